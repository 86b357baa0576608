//! What holds for any input.

use serde_json::Value;

use crate::support::*;
use proptest::prelude::*;
use textmill::runtime::RunOptions;

const STAGES: [&str; 11] = [
    "fix-encoding",
    "normalize-text",
    "repeated-title",
    "repeated-captions",
    "widget-labels",
    "main-text",
    "strip-boilerplate",
    "repeated-lines",
    "min-content",
    "fingerprint",
    "exact-dedupe",
];

/// Lines that stages have something to say about, and any others.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just(String::new()),
        Just("TT".to_owned()),
        Just("20".to_owned()),
        Just("Rain in the North".to_owned()),
        Just("A flooded street. (AFP)".to_owned()),
        Just("Share this article".to_owned()),
        Just("© 2024 All rights reserved".to_owned()),
        Just("-----".to_owned()),
        Just("=== https://a.example/1".to_owned()),
        Just("It rained all night in the north, and the rivers rose again by noon.".to_owned()),
        "[a-zA-Zéß東京ا .,\u{A0}\u{200B}\u{0}-\u{1f}]{0,60}",
        Just("The cafÃ© isnâ€™t open, and it\u{92}s late.".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(64)))]

    /// The program checks its sums on every run; here it gets all sorts of input to do so, and
    /// what it keeps has to be lines of the input, in their order.
    #[test]
    fn sums_hold_and_text_comes_from_the_input(
        lines in prop::collection::vec(line(), 0..120),
        ending in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        chosen in prop::collection::vec(any::<bool>(), STAGES.len() - 1),
        tail in prop::collection::vec(any::<u8>(), 0..40),
        batch_bytes in 1usize..5000,
    ) {
        let toml: String = STAGES.iter().map(|stage| format!("[[stage]]\ntype = \"{stage}\"\n")).collect();
        let rewritten = chosen[0] || chosen[1];
        let mut pipeline = parsed("random", &toml);
        // `exact-dedupe` comes with `fingerprint`.
        let mut wanted = chosen.iter().chain(chosen.last());
        pipeline.stages.retain(|_| *wanted.next().expect("one each"));
        let mut input = lines.join(ending).into_bytes();
        input.extend_from_slice(&tail);
        let dir = folder();
        let path = file(&dir, "in.txt", &input);
        let options = RunOptions { batch_bytes, chunk_bytes: 1 + batch_bytes / 3, ..RunOptions::default() };
        let (outcome, [kept, ..]) = run_files(pipeline, &[path], &options);
        prop_assert_eq!(outcome.report.bytes.r#in, input.len() as u64);
        let source = String::from_utf8_lossy(&input);
        // What is read in another character set has other characters.
        let as_is = |row: &&Value| !rewritten && !str_of(row, "meta").contains("_encoding");
        for row in rows(&kept).iter().filter(as_is) {
            let mut rest = &*source;
            for line in str_of(row, "text").split('\n').filter(|l| !l.is_empty()) {
                let at = rest.find(line);
                prop_assert!(at.is_some(), "{:?} is not in the input, in order", line);
                rest = &rest[at.unwrap_or(0) + line.len()..];
            }
        }
    }

    /// However the work is cut and whoever does it, the bytes are the same.
    #[test]
    fn threads_batches_and_chunks_do_not_matter(
        lines in prop::collection::vec(line(), 0..120),
        threads in 1usize..9,
        batch_bytes in 1usize..5000,
        batch_items in 1usize..50,
        chunk_bytes in 1usize..5000,
    ) {
        let dir = folder();
        let input = file(&dir, "in.txt", lines.join("\n").as_bytes());
        let one = RunOptions { threads: 1, ..RunOptions::default() };
        let other = RunOptions { threads, batch_bytes, batch_items, chunk_bytes, ..RunOptions::default() };
        let (whole, want) = run_files(pipeline("news"), std::slice::from_ref(&input), &one);
        let (cut, got) = run_files(pipeline("news"), std::slice::from_ref(&input), &other);
        prop_assert_eq!(got, want);
        prop_assert_eq!(cut.report, whole.report);
    }

    /// Articles in one source, or the same articles spread over several: the same texts come out.
    #[test]
    fn a_dump_split_at_its_borders_gives_the_same_articles(
        numbers in prop::collection::vec(0usize..40, 1..20),
        cuts in prop::collection::vec(any::<bool>(), 20),
    ) {
        let dir = folder();
        let articles: Vec<String> = numbers.iter().map(|n| article(*n, "Weather")).collect();
        let whole = file(&dir, "whole.txt", articles.join("\n\u{c}\n").as_bytes());
        let mut parts = vec![Vec::new()];
        for (article, cut) in articles.into_iter().zip(cuts) {
            if cut {
                parts.push(Vec::new());
            }
            parts.last_mut().expect("one at least").push(article);
        }
        let name = |i: usize| format!("part-{i:03}.txt");
        let parts: Vec<_> =
            parts.iter().enumerate().map(|(i, p)| file(&dir, &name(i), p.join("\n\u{c}\n").as_bytes())).collect();
        let texts = |inputs: &[std::path::PathBuf]| -> Vec<(String, String)> {
            let (_, [kept, ..]) = run_files(pipeline("news"), inputs, &RunOptions::default());
            rows(&kept).iter().map(|r| (str_of(r, "title").to_owned(), str_of(r, "text").to_owned())).collect()
        };
        prop_assert_eq!(texts(&parts), texts(&[whole]));
    }
}
