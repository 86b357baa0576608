//! News in SGML: records in, rows out.

use crate::hostile::fixture;
use crate::support::*;
use serde_json::{Value, json};

fn run(input: &[u8]) -> (Vec<Value>, Vec<Value>) {
    let dir = folder();
    let path = dir.path().join("q");
    let args = ["-q", "-p", "plain", "--format", "sgml", "--quarantine", path.to_str().expect("UTF-8")];
    let ran = textmill(&args, input);
    assert!(ran.code <= 1, "{}", ran.err);
    (ran.rows(), read_rows(&path))
}

fn meta(row: &Value) -> Value {
    serde_json::from_str(str_of(row, "meta")).expect("meta is JSON")
}

#[test]
fn reuters() {
    let (rows, bad) = run(&fixture("dumps/agency.sgm"));
    assert_eq!(rows.len(), 2);
    assert_eq!(str_of(&rows[0], "title"), "FERRY LINE <FER> SEES HIGHER TIDES");
    assert_eq!(
        str_of(&rows[0], "text"),
        "The ferry to the outer islands was late again, and the harbour master said that the tide & the wind were to \
         blame for it.\n\nNobody knows when the line will be back to its old timetable, which passengers of the morning \
         boat have asked for since autumn.\n\nHarbour News"
    );
    let told = meta(&rows[0]);
    assert_eq!(told["newid"], "1");
    assert_eq!(told["date"], "26-FEB-1987 15:01:01.79");
    assert_eq!(told["topics"], json!(["ferry", "tide"]));
    assert_eq!(told["places"], json!(["norland"]));
    assert_eq!(told["@topics"], "YES");
    assert_eq!(told["dateline"], "NORTH PORT, Feb 26 -");
    assert_eq!(told["author"], "By A. Writer, Harbour News");
    assert_eq!(told.get("people"), None, "a list without items");
    // What was never split into title and body is text as it stands; lines of a table stay lines.
    assert_eq!(
        str_of(&rows[1], "text"),
        "BOAT YARD <BTY> 4TH QTR\nNORTH PORT, Feb 26\nShr 34 cts vs 1.19 dlrs\nNet 807,000 vs 2,858,000\nHarbour News"
    );
    // A headline alone is no text.
    assert_eq!(bad.len(), 1);
    assert_eq!(str_of(&bad[0], "reason"), "no_text");
    assert!(str_of(&bad[0], "detail").contains("BRIDGE OF NORTH PORT CLOSED"), "{}", bad[0]);
}

#[test]
fn trec_aquaint_gigaword_and_wikiextractor() {
    let (rows, bad) = run(&fixture("dumps/wire.sgml"));
    let titles: Vec<_> = rows.iter().map(|r| str_of(r, "title")).collect();
    assert_eq!(
        titles,
        [
            "Harbour Master Blames the Tide for Late Ferries",
            "Bridge to Island Two Open Again",
            "Lighthouse",
            "Tide tables of the harbour"
        ]
    );
    assert_eq!(
        str_of(&rows[0], "text"),
        "The ferry to island 1 was late again on Wednesday, and the harbour master said that the tide & the wind were to \
         blame, as they often are.\n\n``It is what it is,'' he said."
    );
    assert_eq!(meta(&rows[0])["id"], "HBN_ENG_20261125.0001");
    assert_eq!(meta(&rows[0])["dateline"], "NORTH PORT, Nov 25 (HBN)");
    assert!(
        str_of(&rows[1], "text")
            .starts_with("NORTH PORT (HBN) — The bridge to island 2 is open again after a winter")
    );
    assert!(!str_of(&rows[1], "text").contains("PROFILE"));
    assert_eq!(meta(&rows[1])["docno"], "HBN19981125.0002");
    assert!(str_of(&rows[2], "text").starts_with("A lighthouse is a tower with a lamp <at the top>."));
    assert_eq!(meta(&rows[2]), json!({"id": "12", "url": "https://wiki.example/wiki?curid=12"}));
    assert!(str_of(&rows[3], "text").starts_with("The tide tables of the harbour have been printed"));
    assert_eq!(meta(&rows[3])["url"], "http://harbour.example/tide.html");
    assert_eq!(bad.len(), 1, "a record without a text");
    assert_eq!(str_of(&bad[0], "reason"), "no_text");
}

#[test]
fn damage_costs_its_own_record() {
    let one = |n: usize| {
        format!("<DOC>\n<DOCNO> {n} </DOCNO>\n<TEXT>\nText number {n} of the day.\n</TEXT>\n</DOC>\n")
    };
    let all: String = (0..5).map(one).collect();
    let numbers = |rows: &[Value]| -> Vec<String> {
        rows.iter().map(|r| meta(r)["docno"].as_str().expect("a number").to_owned()).collect()
    };
    for (what, damaged, want, reasons) in [
        ("no end", one(0) + &one(1).replace("</DOC>", "</DO") + &one(2), "0 2", "bad_record"),
        ("no beginning", one(0) + &one(1).replace("<DOC>", "<D0C>") + &one(2), "0 2", "bad_record"),
        ("text between", all.replacen("</DOC>\n", "</DOC>\nand more\n", 1), "0 1 2 3 4", "bad_record"),
        ("cut off", all[..all.len() - 9].to_owned(), "0 1 2 3", "truncated_stream"),
        ("NUL", all.replacen("number 2", "number\0 2", 1), "0 1 3 4", "nul_bytes"),
    ] {
        let (rows, bad) = run(damaged.as_bytes());
        assert_eq!(numbers(&rows).join(" "), want, "{what}");
        let got: Vec<_> = bad.iter().map(|r| str_of(r, "reason")).collect();
        assert_eq!(got, [reasons], "{what}");
    }
    // Latin-1, as old collections are.
    let latin: Vec<u8> = one(1).replace("Text", "Größter Text").chars().map(|c| c as u8).collect();
    assert_eq!(str_of(&run(&latin).0[0], "text"), "Größter Text number 1 of the day.");
}
