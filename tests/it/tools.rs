//! Text as tools print it: wrapped lines, marks of text browsers and of Markdown, front matter; and what looks like a
//! widget and is content.

use proptest::prelude::*;
use serde_json::Value;

use crate::support::{file, folder, str_of, textmill};

/// The texts of the rows of one run.
fn texts(args: &[&str], input: &str) -> Vec<String> {
    let ran = textmill(args, input.as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.rows().iter().map(|row| str_of(row, "text").to_owned()).collect()
}

/// Wraps text at a width, with an indentation.
fn wrap(text: &str, width: usize, indent: &str) -> String {
    let mut out = String::new();
    for paragraph in text.split("\n\n") {
        let mut line = indent.to_owned();
        for word in paragraph.split_whitespace() {
            let empty = line.trim().is_empty();
            if !empty && line.len() + 1 + word.len() > width {
                out.push_str(&line);
                out.push('\n');
                line = indent.to_owned();
            }
            if line.len() > indent.len() {
                line.push(' ');
            }
            line.push_str(word);
        }
        out.push_str(&line);
        out.push_str("\n\n");
    }
    out
}

const ARTICLE: &str = "It rained all night in the north of the county, and the rivers rose again by noon, as they had done \
     in the week before, when nobody had expected it either.\n\nNobody knows when the bridge will be open again, the mayor said \
     on Monday, and it may well take a year until the money for it is found, if it is found at all.\n\nThe trains, which had \
     stood still since Friday, were running again in the evening, if slowly and not everywhere, the company said.";

#[test]
fn wrapped_paragraphs_become_lines() {
    let (dir, config) =
        (folder(), "[[stage]]\ntype = \"normalize-text\"\n[[stage]]\ntype = \"unwrap-lines\"\n");
    let config = file(&dir, "unwrap.toml", config.as_bytes());
    let args = ["-q", "-p", config.to_str().expect("UTF-8")];
    for (width, indent) in [(60, ""), (72, ""), (80, "   "), (100, "  ")] {
        let input = format!("Rain\n\n{}", wrap(ARTICLE, width, indent));
        let rows = texts(&args, &input);
        let trimmed: Vec<String> =
            rows.iter().map(|t| t.replace("\n\n  ", "\n\n").replace("\n\n ", "\n\n")).collect();
        assert_eq!(trimmed.iter().map(|t| t.trim_start()).collect::<Vec<_>>(), [ARTICLE], "{width}");
    }
    // What is not wrapped stays as it is.
    let lines = "Names\n\nThe Harbour Office of the Outer Islands\nThe Society of Friends of the Old Pier\nA Bakery\nThe Ferry Line\n\nIt is.";
    assert_eq!(texts(&args, lines), [lines.split_once("\n\n").expect("a title").1]);
}

#[test]
fn what_was_joined_and_removed_is_in_the_ledger() {
    let dir = folder();
    let (ledger, out) = (dir.path().join("ledger.jsonl"), dir.path().join("rows.jsonl"));
    let menu = "   [2]Home\n   [3]News\n   [4]Sport\n   [5]Weather\n\n";
    let page = format!(
        "   #[1]The Daily\n\n{menu}Rain\n\n{}References\n\n   1. https://a.example/\n   2. https://b.example/\n",
        wrap(ARTICLE, 75, "   ")
    );
    let page = file(&dir, "page.txt", page.as_bytes());
    let [page, ledger_arg, out] = [&page, &ledger, &out].map(|p| p.to_str().expect("UTF-8"));
    let ran = textmill(&["-q", "-p", "web-text", page, "-o", out, "--ledger", ledger_arg], b"");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let source = std::fs::read(page).expect("the page");
    let entries = crate::support::read_rows(&ledger);
    let removed: Vec<&Value> =
        entries.iter().filter(|e| e["text"].is_string() && e["start"].is_u64()).collect();
    assert!(removed.iter().any(|e| e["text"] == "References"), "{entries:?}");
    for entry in removed {
        let at = |key: &str| entry[key].as_u64().expect("an offset") as usize;
        let text = entry["text"].as_str().expect("a text");
        assert_eq!(std::str::from_utf8(&source[at("start")..at("end")]).ok(), Some(text));
    }
}

#[test]
fn front_matter_is_read_and_no_text() {
    let yaml = "---\ntitle: \"Ferry: a second ship\"\ndate: 2026-04-01\ntags: [ferry, islands]\nauthors:\n  - A. Baker\n  - B. Smith\ndescription: >\n  The council has ordered a second ship, and nobody\n  knows why it took so long to do so.\n---\n";
    let toml =
        "+++\ntitle = \"Ferry: a second ship\"\ndate = 2026-04-01\ntags = [\"ferry\", \"islands\"]\n+++\n";
    let body = "The council has ordered a second ship for the ferry line that links the harbour with the villages.\n\n---\n\nUntil then the old ship leaves twice a day, unless the wind is too strong for it.";
    for (head, more) in [(yaml, true), (toml, false)] {
        let dir = folder();
        let post = file(&dir, "post.md", format!("{head}\n{body}\n").as_bytes());
        let ran = textmill(&["-q", "-p", "plain", post.to_str().expect("UTF-8")], b"");
        let rows = ran.rows();
        assert_eq!(rows.len(), 1, "{}", ran.err);
        assert_eq!(str_of(&rows[0], "title"), "Ferry: a second ship");
        assert_eq!(str_of(&rows[0], "text"), body);
        let meta: Value = serde_json::from_str(str_of(&rows[0], "meta")).expect("JSON");
        assert_eq!(meta["date"], "2026-04-01");
        assert_eq!(meta["tags"], serde_json::json!(["ferry", "islands"]));
        if more {
            assert_eq!(meta["authors"], serde_json::json!(["A. Baker", "B. Smith"]));
            assert_eq!(
                meta["description"],
                "The council has ordered a second ship, and nobody knows why it took so long to do so."
            );
        }
    }
    // A dialogue between two rules has colons, and is text.
    let dialogue = "---\nAnna: It rains.\nBen: It does.\n---\nThey left the house at noon, and nobody saw them again that day.";
    let rows = texts(&["-q", "-p", "plain"], dialogue);
    assert!(rows.concat().contains("Anna: It rains."), "{rows:?}");
}

#[test]
fn what_looks_like_a_widget_and_is_content_stays() {
    let prose =
        "The committee wants to know how many complaints each of them got, and how long it took to answer.";
    for list in [
        "Five companies have to report by the end of May, the committee decided on Thursday. They are:\n\nFacebook\nTwitter\nWhatsApp",
        "The new menu of the program has only three entries left:\nPrint\nSave\nShare",
        "Die Zahlen müssen bis Ende Mai vorliegen, und zwar von diesen Diensten:\n\nFacebook\nTelegram\nThreads\nYouTube",
        "The results of the last round of the cup, which was played on Sunday:\n\nNorthport 2\nSouthport 1\n\nEastport 0\nWestport 0",
    ] {
        let rows = texts(
            &["-q"],
            &format!(
                "A title of its own\n\n{prose}\n\n{list}\n\n{prose} So it is.\n\nPrint\n\nIt is over now, the chairwoman of the committee said on Friday morning."
            ),
        );
        assert!(rows.len() == 1 && rows[0].contains(list), "{list:?} in {rows:?}");
        // At the end of an article `strip-boilerplate` takes `Print` by itself.
        if !list.contains("Print") {
            let rows = texts(&["-q"], &format!("A title of its own\n\n{prose}\n\n{list}\n"));
            assert!(rows.len() == 1 && rows[0].contains(list), "{list:?} in {rows:?}");
        }
    }
    for bar in
        ["Share this article on:\nFacebook\nTwitter\nWhatsApp", "Find us on:\nFacebook\nTwitter\nYouTube"]
    {
        let rows = texts(&["-q"], &format!("A title of its own\n\n{prose}\n\n{bar}\n"));
        assert!(!rows[0].contains("Facebook"), "{rows:?}");
    }
}

#[test]
fn a_title_with_character_references_is_a_copy() {
    for (plain, raw) in [
        ("Rain & Wind in the North", "Rain &amp; Wind in the North"),
        ("Council's Plan for the Harbour", "Council&#39;s&nbsp;Plan for the Harbour"),
        ("\"Late\" Harvest on the River", "&quot;Late&quot; Harvest on the River"),
        ("Café on the River opens", "Caf&eacute; on the River opens"),
    ] {
        for (first, second) in [(plain, raw), (raw, plain)] {
            let ran = textmill(&["-q"], format!("{first}\n\n{second}\n\n{ARTICLE}\n").as_bytes());
            let rows = ran.rows();
            assert_eq!((str_of(&rows[0], "title"), str_of(&rows[0], "text")), (plain, ARTICLE), "{first}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::support::cases(24)))]

    /// Whatever signs a text is made of, the sums hold and a run ends well, and a second run changes nothing more.
    #[test]
    fn marks_never_break_a_run(text in "([\\[\\]()*_#\\\\<>|!`~-]{0,4}[a-z0-9 ]{0,6}(https?://a\\.b)?(\\](\\(|\\[))?\n{0,2}){0,80}") {
        let ran = textmill(&["-q", "-p", "web-text"], text.as_bytes());
        prop_assert_eq!(ran.code, 0, "{}", ran.err);
    }
}
