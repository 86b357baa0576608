//! Where articles begin and end.

use crate::support::*;
use proptest::prelude::*;
use textmill::document::BorderKind;
use textmill::formats::{Articles, InputOptions, Piece, by_name, detect};

/// Records (range and kind of border), bad ranges, and whether everything is tiled.
#[derive(Debug, PartialEq, Default)]
struct Cut {
    records: Vec<(std::ops::Range<u64>, Option<BorderKind>, Option<String>)>,
    tiled: u64,
}

fn cut(format: &str, options: &InputOptions, chunks: &[&[u8]]) -> Cut {
    let mut segmenter = (by_name(format).expect("a format").segmenter)(options);
    let mut out = Cut::default();
    let mut take = |piece: Piece<'_>| {
        let range = match &piece {
            Piece::Separator(range) | Piece::Record { range, .. } | Piece::Bad { range, .. } => range.clone(),
            Piece::Header(_) | Piece::Verdict(_) => return,
        };
        assert_eq!(range.start, out.tiled, "pieces tile the source");
        assert!(range.end > range.start, "no piece is empty");
        out.tiled = range.end;
        match piece {
            Piece::Separator(_) | Piece::Header(_) | Piece::Verdict(_) => {}
            Piece::Record { bytes, border, url, .. } => {
                assert_eq!(bytes.len() as u64, range.end - range.start);
                out.records.push((range, Some(border.kind), url.map(str::to_owned)));
            }
            Piece::Bad { .. } => out.records.push((range, None, None)),
        }
    };
    chunks.iter().for_each(|c| segmenter.push(c, &mut take));
    segmenter.finish(false, &mut take);
    assert_eq!(out.tiled, chunks.iter().map(|c| c.len() as u64).sum::<u64>());
    out
}

fn plain(text: &str) -> Vec<String> {
    let cut = cut("plain", &InputOptions::default(), &[text.as_bytes()]);
    cut.records.into_iter().map(|(r, ..)| text[r.start as usize..r.end as usize].to_owned()).collect()
}

fn kinds(text: &str) -> Vec<BorderKind> {
    let cut = cut("plain", &InputOptions::default(), &[text.as_bytes()]);
    cut.records.into_iter().filter_map(|(_, kind, _)| kind).collect()
}

fn articles(n: usize) -> Vec<String> {
    (0..n).map(|i| article(i, "Borders")).collect()
}

#[test]
fn every_kind_of_border() {
    let a = articles(4);
    for (between, kind) in [
        ("\n\n\n\n", BorderKind::BlankRun(3)),
        ("\n\n\n", BorderKind::BlankRun(2)),
        ("\n\u{c}\n", BorderKind::FormFeed),
        ("\u{c}", BorderKind::FormFeed),
        ("\n\n----------------\n\n", BorderKind::Rule),
        ("\n\n=== https://a.example/1\n\n", BorderKind::Banner),
        ("\n\n\n=== https://a.example/1\n", BorderKind::Banner),
    ] {
        let opening = if kind == BorderKind::Banner { between.trim_start() } else { "" };
        let text = format!("{opening}{}\n", a.join(between));
        assert_eq!(plain(&text), a, "{between:?}");
        assert!(kinds(&text)[1..].iter().all(|k| *k == kind), "{between:?}: {:?}", kinds(&text));
        let crlf = text.replace('\n', "\r\n");
        assert_eq!(plain(&crlf).len(), 4, "{between:?} with CRLF");
        if kind != BorderKind::FormFeed {
            assert_eq!(plain(&text.replace('\n', "\r")).len(), 4, "{between:?} with CR");
        }
    }
}

#[test]
fn a_banner_names_the_address() {
    let text = articles(3)
        .iter()
        .enumerate()
        .fold(String::new(), |t, (i, a)| format!("{t}=== https://a.example/{i}\n\n{a}\n\n"));
    let cut = cut("plain", &InputOptions::default(), &[text.as_bytes()]);
    let urls: Vec<_> = cut.records.into_iter().filter_map(|(_, _, url)| url).collect();
    assert_eq!(urls, ["https://a.example/0", "https://a.example/1", "https://a.example/2"]);
    let rows = textmill(&["-q"], text.as_bytes()).rows();
    assert_eq!(str_of(&rows[1], "meta"), r#"{"url":"https://a.example/1"}"#);
}

#[test]
fn titles_that_are_printed_twice() {
    let with_head = |i: usize| {
        let body = article(i, "Titles");
        let (title, rest) = body.split_once("\n\n").expect("a title");
        let caption = format!("A long caption of picture {i} in the series of the day");
        format!("{title}\n\n{caption}\n{caption}\nTT\n20\n\n{title}\n\n{caption}\n{caption}\n\n{rest}")
    };
    let a: Vec<String> = (0..5).map(with_head).collect();
    let text = a.join("\n\n");
    assert_eq!(plain(&text), a);
    assert!(kinds(&text)[1..].iter().all(|k| *k == BorderKind::RepeatedTitle));
}

/// A dump whose articles print their titles twice, every seventh but the first excepted.
fn titled_dump(name: &str, n: usize, opening: &str, between: &str) -> (Vec<String>, String) {
    let with_head = |i: usize| {
        let body = article(i, name);
        let (title, rest) = body.split_once("\n\n").expect("a title");
        let title = format!("{title} in the {name} of the day");
        let again = if i % 7 == 6 { String::new() } else { format!("TT\n20\n\n{title}\n\n") };
        format!("{title}\n\n{again}{}", rest.trim_end())
    };
    let a: Vec<String> = (0..n).map(with_head).collect();
    let text = format!("{opening}{}\n", a.join(between));
    (a, text)
}

#[test]
fn dumps_of_several_kinds_behind_one_another() {
    let kinds = [
        ("Gaps", "", "\n\n\n\n"),
        ("Rules", "", "\n\n----------------\n\n"),
        ("Feeds", "", "\n\u{c}\n"),
        ("Banners", "=== https://a.example/1\n\n", "\n\n=== https://a.example/1\n\n"),
        ("Heads", "", "\n\n"),
        ("Wider rules", "", "\n\n********************\n\n"),
    ];
    // Few of each, so that the first part read shows them all; and so many that later parts bring others.
    for n in [20, 1500] {
        let made = kinds.map(|(name, opening, between)| titled_dump(name, n, opening, between));
        // Without a blank line between two dumps, as `cat` joins files.
        let text: String = made.iter().map(|(_, text)| text.as_str()).collect();
        let got = plain(&text);
        // Nothing but its title tells where an article begins that only blank lines like all others set apart.
        let heads = |a: &String| !a.contains("Heads");
        let want: Vec<_> = made.iter().flat_map(|(a, _)| a).filter(|a| heads(a)).collect();
        let missing: Vec<_> = want.iter().filter(|a| !got.contains(a)).collect();
        assert!(
            missing.len() * 100 <= want.len(),
            "{} of {}: {:?}",
            missing.len(),
            want.len(),
            missing.first()
        );
        let titled = made[4].0.iter().filter(|a| a.contains("TT")).count();
        let found = got.iter().filter(|a| !heads(a)).count();
        assert!(found.abs_diff(titled) <= 1, "{found} of {titled}");
        let whole = cut("plain", &InputOptions::default(), &[text.as_bytes()]);
        for size in [777, 100_000] {
            let chunks: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            assert_eq!(cut("plain", &InputOptions::default(), &chunks), whole, "chunks of {size}");
        }
    }
}

#[test]
fn one_article_stays_one() {
    let long =
        "It rained all night in the north, and the rivers of the county rose again by noon, the mayor said.";
    let section = |head: &str| format!("{head}\n\n{long} {long}\n\n{long} {long} {long}\n\n");
    let heads = ["The night", "The morning", "The bridge", "The ferry"];
    let join = |f: &dyn Fn(&str) -> String| {
        format!("A title\n\n{long}\n\n{}", heads.map(|h| section(&f(h))).concat())
    };
    for (what, text) in [
        ("Markdown rules and headings", join(&|h| format!("---\n\n## {h}"))),
        ("headings with a line below", join(&|h| format!("{h}\n{}", "-".repeat(h.len())))),
        ("stars between scenes", join(&|h| format!("* * *\n\n{h} came and {long}"))),
        ("paragraphs set apart by two blank lines", join(&|h| h.to_owned()).replace("\n\n", "\n\n\n")),
        (
            "a question that comes back",
            join(&|h| format!("What about {h}?\n\nThe answer on {h}: {long}\n\nWhat about {h}?")),
        ),
        (
            "addresses in a list",
            join(&|h| format!("{h}\nhttps://a.example/1\nhttps://a.example/2\nhttps://a.example/3")),
        ),
        (
            "one wide gap above a subhead",
            join(&|h| h.to_owned()).replacen("\n\nThe bridge", "\n\n\nthe bridge", 1),
        ),
    ] {
        assert_eq!(plain(&text).len(), 1, "{what}:\n{text}");
    }
    assert_eq!(plain(&dump(1, "")).len(), 1);
    assert_eq!(plain("").len(), 0);
    assert_eq!(plain("\n\n \n").len(), 0);
    assert_eq!(plain("\u{feff}Hello"), ["Hello"]);
}

#[test]
fn a_separator_of_the_users_own() {
    let options = InputOptions {
        separator: Some(regex::bytes::Regex::new("^##### ").expect("a regex")),
        ..InputOptions::default()
    };
    let text = "##### 1\none\n\n\n\nstill one\n##### 2\ntwo";
    let got = cut("plain", &options, &[text.as_bytes()]);
    let got: Vec<&str> = got.records.iter().map(|(r, ..)| &text[r.start as usize..r.end as usize]).collect();
    assert_eq!(got, ["one\n\n\n\nstill one", "two"]);
    let one = InputOptions { articles: Articles::File, ..options };
    assert_eq!(cut("plain", &one, &[text.as_bytes()]).records.len(), 1);
}

/// The slow way: all lines in memory, one rule, no state.
fn reference(text: &str, run: usize) -> Vec<String> {
    let lines: Vec<&str> = text.split('\n').collect();
    let full: Vec<usize> = (0..lines.len()).filter(|&i| !lines[i].trim().is_empty()).collect();
    let mut articles: Vec<Vec<usize>> = Vec::new();
    for (k, &i) in full.iter().enumerate() {
        let gap = if k == 0 { usize::MAX } else { i - full[k - 1] - 1 };
        match articles.last_mut() {
            Some(last) if gap < run => last.push(i),
            _ => articles.push(vec![i]),
        }
    }
    articles.iter().map(|a| lines[a[0]..=a[a.len() - 1]].join("\n")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(200)))]

    #[test]
    fn the_stream_equals_the_slow_reference(gaps in prop::collection::vec(0usize..3, 1..40), cuts in 2usize..9) {
        // Articles with gaps of up to two lines inside, and four blank lines between them.
        let mut text = String::new();
        for (n, chunk) in gaps.chunks(cuts).enumerate() {
            text.push_str(&format!("{}Report {n} of the day\n\n", if n > 0 { "\n\n\n\n" } else { "" }));
            for gap in chunk {
                text.push_str("Some words of an article that goes on for a while, line by line.");
                text.push_str(&"\n".repeat(gap + 1));
            }
            text.push_str("The end of it, after all these lines of words and more words.\n");
        }
        let got = plain(&text);
        if got.len() > 1 {
            prop_assert_eq!(got, reference(&text, 4));
        }
    }

    #[test]
    fn chunking_changes_nothing(
        bytes in prop::collection::vec(prop_oneof![
            4 => Just(b'\n'), 1 => Just(b'\r'), 1 => Just(b'\x0c'), 1 => Just(b'-'), 1 => Just(0xEF), 1 => Just(0xBB),
            1 => Just(0xBF), 2 => Just(b'{'), 2 => Just(b'"'), 4 => b'a'..=b'c', 1 => any::<u8>()], 0..400),
        sizes in prop::collection::vec(1usize..50, 1..20),
        max in prop::sample::select(vec![4usize, 40, 1 << 20]),
    ) {
        let options = InputOptions { max_document_bytes: max, ..InputOptions::default() };
        let (mut chunks, mut rest, mut i) = (Vec::new(), &bytes[..], 0);
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at(sizes[i % sizes.len()].min(rest.len()));
            chunks.push(chunk);
            (rest, i) = (after, i + 1);
        }
        for format in ["plain", "jsonl", "html", "csv"] {
            prop_assert_eq!(cut(format, &options, &chunks), cut(format, &options, &[&bytes]), "{}", format);
        }
        for separator in ["^a", "-", "^$"] {
            let separator = Some(regex::bytes::Regex::new(separator).expect("a regex"));
            let options = InputOptions { separator, ..options.clone() };
            prop_assert_eq!(cut("plain", &options, &chunks), cut("plain", &options, &[&bytes]));
        }
    }
}

#[test]
fn formats_are_told_by_content_then_by_ending() {
    assert_eq!(detect(b"{\"text\": \"a\"}\n", "x.txt").name, "jsonl");
    assert_eq!(detect(b"\xEF\xBB\xBF\n{\"a\":", "x").name, "jsonl");
    assert_eq!(detect(b"no json at all", "x.jsonl.gz").name, "jsonl");
    assert_eq!(detect(b"{curly} braces\nin a text", "-").name, "plain");
}

#[test]
fn a_gzip_stream_cut_or_damaged_anywhere() {
    let parts = [dump(2, "\n\n\n\n"), format!("\n\n\n\n{}\n", article(8, "Ends"))];
    let whole = parts.concat();
    let packed: Vec<u8> = parts.iter().flat_map(|p| gzip(p.as_bytes())).collect();
    let first = gzip(parts[0].as_bytes()).len();
    let run = |bytes: &[u8]| {
        let dir = folder();
        let path = file(&dir, "in.gz", bytes);
        let (outcome, [rows, ..]) = run_files(pipeline("plain"), &[path], &Default::default());
        let texts: Vec<String> =
            crate::support::rows(&rows).iter().map(|r| str_of(r, "text").to_owned()).collect();
        (outcome.report, texts)
    };
    let (_, all) = run(&packed);
    assert_eq!(all.len(), plain(&whole).len());
    for at in (3..packed.len()).filter(|at| *at != first) {
        let (report, rows) = run(&packed[..at]);
        assert_eq!(report.sources.damaged.values().sum::<u64>(), 1, "cut at {at}");
        assert!(rows.len() < all.len());
        for (row, want) in rows.iter().zip(&all) {
            assert_eq!(row, want, "cut at {at}");
        }
    }
    for at in (10..packed.len()).step_by(7) {
        let mut damaged = packed.clone();
        damaged[at] ^= 0x10;
        let (report, rows) = run(&damaged);
        // A flip in a header field that nobody reads does no harm.
        if rows != all {
            assert!(
                !report.sources.damaged.is_empty(),
                "flipped at {at} of {}: {report:?} {rows:?}",
                packed.len()
            );
        }
    }
    let mut padded = packed.clone();
    padded.extend_from_slice(&[0; 100]);
    assert_eq!(run(&padded), (run(&packed).0, all), "zeros after the last member are padding");
}
