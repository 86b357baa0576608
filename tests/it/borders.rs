//! Where the articles of plain text begin: dumps as tools and people make them.

use proptest::prelude::*;

use crate::support::{cases, file, folder, rows, str_of, textmill};

/// An article that begins with its title.
fn article(name: &str, n: usize) -> String {
    format!(
        "The {n}th report on the rivers of {name}\n\nIt rained all night in the hills above {name}, and by noon the \
         river had risen by {n} centimetres.\n\nNobody on the {n}th floor of the town hall of {name} could say when \
         the bridge would be open again.\n\nThe ferry left at {n} minutes past the hour, and those who had waited \
         longest went first."
    )
}

fn articles(name: &str, n: usize) -> Vec<String> {
    (0..n).map(|i| article(name, i)).collect()
}

fn texts(args: &[&str], input: &str) -> Vec<String> {
    let ran = textmill(&[&["-q", "-p", "plain"], args].concat(), input.as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.rows().iter().map(|row| format!("{}\n\n{}", str_of(row, "title"), str_of(row, "text"))).collect()
}

/// Kinds of dumps: what stands in front of the first article, between two, and behind the last.
const KINDS: &[(&str, &str, &str)] = &[
    ("", "\n\n\n\n", "\n"),
    ("", "\n\n----------------------------------------\n\n", "\n"),
    ("", "\n\u{c}\n", "\n"),
    ("=== https://a.example/n\n\n", "\n\n=== https://a.example/n\n\n", "\n\n"),
    ("==> pages/n.txt <==\n", "\n\n==> pages/n.txt <==\n", "\n\n"),
    ("", "\n<|endoftext|>\n", "\n<|endoftext|>\n"),
    ("Document n of 200\n\n", "\n\nDocument n of 200\n\n", "\n\n"),
];

/// A dump, with `n` in its separators counted.
fn dump((opening, between, end): (&str, &str, &str), articles: &[String]) -> String {
    let mut out = String::new();
    for (i, article) in articles.iter().enumerate() {
        let mark = if i == 0 { opening } else { between };
        out.push_str(&mark.replace("/n", &format!("/{i}")).replace(" n ", &format!(" {} ", i + 1)));
        out.push_str(article);
    }
    out + end
}

#[test]
fn what_a_dump_states_separates() {
    for kind in KINDS {
        let want = articles("Elm", 8);
        assert_eq!(texts(&[], &dump(*kind, &want)), want, "{kind:?}");
    }
    for between in
        ["\n</s>\n", "</s>\n", "\n[SEP]\n", "\n\n###\n\n", "\n\n***END***\n\n", "\n\nhttps://a.example/n\n"]
    {
        let opening = if between.contains("http") { between.trim_start() } else { "" };
        let want = articles("Oak", 8);
        assert_eq!(texts(&[], &dump((opening, between, "\n"), &want)), want, "{between:?}");
    }
}

#[test]
fn a_number_in_front_of_the_text_separates_and_is_no_part_of_it() {
    let lines: Vec<String> = (0..9).map(|i| article("Ash", i).replace("\n\n", " ")).collect();
    let text: String = lines.iter().enumerate().map(|(i, l)| format!("@@{} {l}\n", 4_000_160 + i)).collect();
    let ran = textmill(&["-q", "-p", "plain"], text.as_bytes());
    let got: Vec<_> = ran.rows().iter().map(|row| str_of(row, "text").to_owned()).collect();
    assert_eq!(got, lines);
}

#[test]
fn turns_of_a_talk_and_parts_of_a_page_do_not_separate() {
    let body = article("Yew", 1);
    let chat = format!("<|im_start|>user\n{body}\n<|im_end|>\n").repeat(4);
    let parts = ["* * *", "---", "|", "12 comments", "Page 3 of 9", "Step 2"];
    let scenes = parts.map(|part| format!("{body}\n\n{part}\n\n").repeat(5));
    let menu = "News\nSport\n\nNews\nSport\n\n".repeat(6) + &body;
    for text in [chat, menu].into_iter().chain(scenes) {
        assert_eq!(texts(&[], &text).len(), 1, "{text}");
    }
}

#[test]
fn form_feeds_between_pages_cut_nothing() {
    let page = |i: usize| {
        let words = "the board noted that the works at the harbour had taken longer than planned and asked for a \
                     report on what the delay would cost the towns along the river before the end of the year";
        format!("Annual report {}\n\n{words} {words} and that\n", i + 1)
    };
    let report: String = (0..4).map(|i| page(i) + "\u{c}").collect();
    assert_eq!(texts(&[], &report).len(), 1);
    assert_eq!(texts(&["--articles", "page"], &dump(KINDS[2], &articles("Fir", 5))).len(), 1);
}

#[test]
fn short_articles_with_numbered_titles_are_no_pages() {
    let short = |n: usize| {
        format!("Title {n}\n\nIt rained {n} times in the north, and the rivers rose again by noon.\n")
    };
    let text: String = (0..50).map(|n| short(n) + "\u{c}\n").collect();
    assert_eq!(texts(&[], &text).len(), 50);
}

#[test]
fn options_say_how_plain_text_is_cut() {
    let text = dump(("", "\n-----8<-----\n", "\n"), &articles("Pine", 3));
    assert_eq!(texts(&["--separator", "^-+8<-+$"], &text).len(), 3);
    assert_eq!(texts(&["--articles", "file"], &dump(KINDS[3], &articles("Pine", 6))).len(), 1);
    assert_eq!(texts(&["--one-per-file"], &dump(KINDS[3], &articles("Pine", 6))).len(), 1);
    let ran =
        textmill(&["-q", "-p", "plain", "--articles", "line"], b"One line.\n\nAnother line.\nA third one.\n");
    assert_eq!(ran.rows().len(), 3);
    let wrong = textmill(&["--separator", "(", "--articles", "line"], b"");
    assert_eq!(wrong.code, 2, "{}", wrong.err);
    assert_eq!(textmill(&["--separator", "("], b"").code, 2);
}

#[test]
fn the_summary_the_ledger_and_explain_say_how_sources_were_cut() {
    let dir = folder();
    let banner = file(&dir, "banner.txt", dump(KINDS[3], &articles("Larch", 8)).as_bytes());
    let lone = file(&dir, "lone.txt", article("Larch", 99).as_bytes());
    let ledger = dir.path().join("ledger.jsonl");
    let args = ["-p", "plain", "--no-progress", "--ledger", ledger.to_str().expect("UTF-8")];
    let inputs = [banner.to_str().expect("UTF-8"), lone.to_str().expect("UTF-8")];
    let ran = textmill(&[&args[..], &inputs].concat(), b"");
    assert!(ran.err.contains("borders by \"=== URL\""), "{}", ran.err);
    assert!(ran.err.contains("is one article"), "{}", ran.err);
    let evidence = |row: &serde_json::Value| str_of(row, "evidence").to_owned();
    let ledger: Vec<String> = rows(&std::fs::read(&ledger).expect("a ledger")).iter().map(evidence).collect();
    assert!(ledger[0].contains("borders by \"=== URL\", 8 seen, confidence 9"), "{ledger:?}");
    assert!(ledger.last().is_some_and(|e| e.contains("one document, confidence")), "{ledger:?}");
    let shown = |input: &str| textmill(&["explain", "-p", "plain", input], b"").out;
    let lines = |out: Vec<u8>| String::from_utf8(out).expect("UTF-8").matches("borders by").count();
    // Once a source, not once a document.
    assert_eq!((lines(shown(inputs[0])), lines(shown(inputs[1]))), (1, 0));
    assert!(String::from_utf8_lossy(&shown(inputs[1])).contains("one document, confidence"));
}

#[test]
fn one_very_long_document_is_named_with_the_option_that_cuts_it() {
    let line = article("Beech", 3).replace("\n\n", " ");
    let corpus = format!("{line} {line}\n").repeat(900);
    let ran = textmill(&["-p", "plain", "--no-progress"], corpus.as_bytes());
    assert_eq!(ran.rows().len(), 1);
    assert!(ran.err.contains("--articles line") && ran.err.contains("--separator"), "{}", ran.err);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(24)))]

    /// Pieces tile the source, which the run itself checks, and each dump of five articles or more is cut by its own
    /// separators. Its first article and the last of the dump in front may be one: nothing has to stand between.
    #[test]
    fn dumps_behind_one_another_are_cut_each_by_its_own_separators(
        dumps in prop::collection::vec((0..KINDS.len(), prop_oneof![
            4 => 5usize..40, 2 => 120usize..220, 1 => 1500usize..2200]), 2..4),
    ) {
        let mut kinds: Vec<usize> = dumps.iter().map(|(kind, _)| *kind).collect();
        kinds.dedup();
        prop_assume!(kinds.len() == dumps.len());
        let names = ["Elm", "Oak", "Ash"];
        let made: Vec<Vec<String>> = dumps.iter().zip(names).map(|((_, n), name)| articles(name, *n)).collect();
        let text: String = dumps.iter().zip(&made).map(|((kind, _), a)| dump(KINDS[*kind], a)).collect();
        let got: std::collections::HashSet<String> = texts(&[], &text).into_iter().collect();
        for (articles, (kind, n)) in made.iter().zip(&dumps) {
            let found = articles.iter().filter(|a| got.contains(*a)).count();
            prop_assert!(found + 2 >= *n, "{found} of {n}: {:?} in {dumps:?}", KINDS[*kind]);
        }
    }
}
