//! What a person sees.

use crate::support::*;

const SCRAPED: &str = "Rain in the North\n\nA flooded street. (AFP)\nA flooded street. (AFP)\nTT\n20\n\n\
    Rain in the North\n\nBy Jane Doe\n\nIt rained all night in the north, and the rivers rose again by noon.\n\n\
    Share this article\nFacebook\n\n\n\nSnow\u{1b}[31m in the South\n\nToo short.\n";

#[test]
fn a_scraped_article() {
    let ran = textmill(&["explain"], SCRAPED.as_bytes());
    assert_eq!(ran.code, 0);
    insta::assert_snapshot!(String::from_utf8(ran.out).expect("UTF-8"));
}

#[test]
fn a_quarantined_record() {
    let ran = textmill(&["explain"], b"{\"text\":5}\n");
    insta::assert_snapshot!(String::from_utf8(ran.out).expect("UTF-8"), @r"
    record 1  bytes 0..10  quarantined: no_text: field `text` is not a string
    ");
}

#[test]
fn the_summary() {
    let ran = textmill(&[], format!("{SCRAPED}\n\n\n\nnul\0\n").as_bytes());
    let table: Vec<&str> = ran.err.lines().filter(|l| !l.starts_with("bytes")).collect();
    insta::assert_snapshot!(table.join("\n"));
    assert!(ran.err.lines().any(|l| l.starts_with("bytes") && l.contains("MB/s")));
}

#[test]
fn colours_follow_the_terminal() {
    let ran = textmill(&["explain"], SCRAPED.as_bytes());
    assert!(!ran.out.contains(&0x1b), "no colour on a pipe");
}
