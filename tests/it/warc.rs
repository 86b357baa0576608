//! Web archives: fixtures written by warcio, whole, damaged and cut in pieces.

use crate::hostile::{Owned, each_mutation, fixture, open, segment};
use crate::support::*;
use proptest::prelude::*;
use serde_json::Value;

const PLAIN: &[&str] = &["-q", "-p", "plain"];

fn meta(row: &Value) -> Value {
    serde_json::from_str(str_of(row, "meta")).expect("meta is JSON")
}

/// Numbers of the islands whose pages came out.
fn islands(rows: &[Value]) -> Vec<String> {
    let url = |row: &Value| meta(row)["url"].as_str().expect("an address").to_owned();
    rows.iter().map(|r| url(r).rsplit('/').next().expect("a path").to_owned()).collect()
}

const ALL: [&str; 12] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "file.html"];

#[test]
fn pages_of_every_encoding_and_nothing_else() {
    for name in ["islands.warc", "islands.warc.gz"] {
        let ran = textmill(PLAIN, &fixture(name));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        let rows = ran.rows();
        assert_eq!(islands(&rows), ALL);
        for (n, row) in rows.iter().enumerate() {
            let day = format!("the tide of day {n} was to blame, as it often is.");
            let text = str_of(row, "text");
            match n {
                10 => assert_eq!(text, "A plain text of the harbour.\n\nIts second paragraph."),
                11 => assert!(text.contains("harbour master said that so it goes."), "{text}"),
                _ => assert!(text.contains(&day) && !text.contains('<'), "{text}"),
            }
        }
        let meta = meta(&rows[1]);
        assert_eq!(meta["status"], 404);
        assert_eq!(meta["warc-date"], "2026-11-25T06:00:00Z");
        assert_eq!(meta["warc-record-id"], "<urn:uuid:00000000-0000-0000-0000-000000000001>");
        assert_eq!(meta["content-type"], "text/html");
    }
}

#[test]
fn zstd_archives() {
    let warc = fixture("islands.warc");
    let at = memchr::memmem::find_iter(&warc, b"WARC/1.0\r\n").nth(9).expect("ten records");
    let frames = [&warc[..at], &warc[at..]].map(|part| zstd::encode_all(part, 3).expect("memory")).concat();
    assert_eq!(islands(&textmill(PLAIN, &frames).rows()), ALL);
}

#[test]
fn wet_and_wat() {
    let rows = textmill(PLAIN, &fixture("port.warc.wet.gz")).rows();
    let texts: Vec<_> = rows.iter().map(|r| str_of(r, "text")).collect();
    assert_eq!(
        texts,
        ["Port\nThe port of the north is open.\n\nShips come and go.", "Größe 中文\nZwei Zeilen."]
    );
    assert_eq!(meta(&rows[1])["url"], "http://port.example/1");
    let rows = textmill(PLAIN, &fixture("light.warc.wat.gz")).rows();
    assert_eq!(rows.len(), 1);
    assert_eq!(str_of(&rows[0], "title"), "The lighthouse");
    assert_eq!(str_of(&rows[0], "text"), "A light on the cliff, and its keeper.");
}

/// Runs over `input`: rows, quarantine.
fn run(input: &[u8]) -> (Vec<Value>, Vec<Value>) {
    let dir = folder();
    let path = dir.path().join("q");
    let args = [PLAIN, &["--format", "warc", "--quarantine", path.to_str().expect("UTF-8")]].concat();
    let ran = textmill(&args, input);
    assert!(ran.code <= 1, "{}", ran.err);
    (ran.rows(), read_rows(&path))
}

#[test]
fn a_wrong_length_costs_its_own_record() {
    let warc = &fixture("islands.warc")[..];
    // The length of the third response: too short, too long, far too long, none, no number.
    let response = memchr::memmem::find_iter(warc, b"WARC-Type: response").nth(2).expect("three");
    let length =
        memchr::memmem::find(&warc[response..], b"Content-Length: ").expect("a length") + response + 16;
    let digits = warc[length..].iter().take_while(|b| b.is_ascii_digit()).count();
    for wrong in
        ["1", "9999", "999999999", "18446744073709551615", "99999999999999999999999", "", "-5", "0x10"]
    {
        let damaged = [&warc[..length], wrong.as_bytes(), &warc[length + digits..]].concat();
        let (rows, bad) = run(&damaged);
        let lost: Vec<&str> = ALL.into_iter().filter(|n| !islands(&rows).iter().any(|m| m == n)).collect();
        // A length that ends nowhere in sight is believed: the rest of the archive is one record.
        let most = if wrong == "999999999" { 10 } else { 1 };
        assert!(lost.first() == Some(&"2") && lost.len() <= most, "{wrong}: {lost:?}");
        assert!(!bad.is_empty(), "{wrong}");
    }
}

#[test]
fn an_archive_cut_anywhere_gives_its_whole_records() {
    let warc = fixture("islands.warc");
    let all = open("warc", 1 << 20, &segment("warc", 1 << 20, [&warc[..]]));
    for at in (0..warc.len()).step_by(61) {
        let pieces = segment("warc", 1 << 20, [&warc[..at]]);
        let opened = open("warc", 1 << 20, &pieces);
        assert_eq!(opened[..], all[..opened.len()], "cut at {at}");
        let bad = pieces.iter().filter(|p| matches!(p, Owned::Bad(..))).count();
        assert!(bad <= 1, "cut at {at}: {pieces:?}");
    }
}

#[test]
fn garbage_between_records_is_one_bad_record() {
    let warc = fixture("islands.warc");
    let at = memchr::memmem::find_iter(&warc, b"WARC/1.0\r\n").nth(9).expect("ten records");
    let damaged = [&warc[..at], b"\0\0 garbage WARC/1.0 and more\r\n", &warc[at..]].concat();
    let (rows, bad) = run(&damaged);
    assert_eq!((rows.len(), bad.len()), (ALL.len(), 1));
    assert_eq!(str_of(&bad[0], "reason"), "bad_record");
}

#[test]
fn bodies_are_bounded() {
    let body = |coding: &str, body: Vec<u8>| {
        let record = encoded(coding, &body);
        let pieces = segment("warc", 4 << 20, [&record[..]]);
        open("warc", 4 << 20, &pieces).pop().expect("a record").expect_err("too large")
    };
    let zeros = vec![b' '; 8 << 20];
    let bombs = [
        ("gzip", gzip(&zeros)),
        ("zstd", zstd::encode_all(&zeros[..], 3).expect("memory")),
        ("gzip, gzip", gzip(&gzip(&zeros))),
    ];
    for (coding, bomb) in bombs {
        let bad = body(coding, bomb);
        assert!(bad.starts_with("too_large"), "{coding}: {bad}");
    }
    assert!(body("gzip, gzip, gzip", Vec::from("x")).starts_with("bad_record"));
}

/// A record whose body is in the encodings that it names.
fn encoded(coding: &str, body: &[u8]) -> Vec<u8> {
    let http = format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: {coding}\r\n\r\n");
    let length = http.len() + body.len();
    let head = format!(
        "WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), http.as_bytes(), body, b"\r\n\r\n"].concat()
}

#[test]
fn the_inner_of_two_encodings_is_measured_against_what_was_sent() {
    let text = "rain\n".repeat(3 << 18);
    let twice = gzip(&gzip(text.as_bytes()));
    let outcome = |records: Vec<u8>| open("warc", 64 << 20, &segment("warc", 64 << 20, [&records[..]]));
    let bad = outcome(encoded("gzip, gzip", &twice)).pop().expect("a record").expect_err("too large");
    assert!(bad.starts_with("too_large") && bad.contains("200 times what was sent"), "{bad}");
}

#[test]
fn what_small_bodies_may_expand_to_is_shared_by_an_archive() {
    let bomb = encoded("gzip", &gzip(" rain\n".repeat(150_000).as_bytes()));
    let bombs = 400;
    let pieces = segment("warc", 4 << 20, [&bomb.repeat(bombs)[..]]);
    let opened = open("warc", 4 << 20, &pieces);
    assert_eq!(opened.len(), bombs);
    let good = opened.iter().take_while(|document| document.is_ok()).count();
    assert!((10..30).contains(&good), "{good} may expand to a megabyte");
    assert!(opened[good..].iter().all(Result::is_err), "the further an archive goes, the less is free");
    // A page that expands as pages do is read wherever it stands.
    let page: String = (0..4000).map(|n| format!("It rained {n} times.\n")).collect();
    let pieces = segment(
        "warc",
        4 << 20,
        [&[bomb.repeat(bombs), encoded("gzip", &gzip(page.as_bytes()))].concat()[..]],
    );
    assert!(open("warc", 4 << 20, &pieces).pop().expect("a record").is_ok());
}

#[test]
fn records_that_all_lie_take_linear_time() {
    // Each claims more than there is: whoever reads all of it again each time never ends.
    let one =
        "WARC/1.0\r\nWARC-Type: conversion\r\nContent-Type: text/plain\r\nContent-Length: 900000\r\n\r\n";
    let archive = one.repeat(40_000);
    let pieces = segment("warc", 1 << 20, [archive.as_bytes()]);
    assert!(pieces.iter().all(|p| matches!(p, Owned::Bad(..))));
    let endless = "WARC/1.0\n".repeat(1 << 19);
    assert!(!segment("warc", 1 << 20, [endless.as_bytes()]).is_empty());
}

#[test]
fn sums_hold_for_damaged_archives() {
    let warc = fixture("islands.warc");
    for seed in 0..40 {
        let dir = folder();
        let path = file(&dir, "a.warc", &crate::hostile::mutate(&warc, seed));
        let (outcome, [rows, _, bad]) = run_files(pipeline("plain"), &[path], &Default::default());
        let size = |rows: &[u8]| {
            let range =
                |r: &Value| r["end"].as_u64().expect("a number") - r["start"].as_u64().expect("a number");
            crate::support::rows(rows).iter().map(range).sum::<u64>()
        };
        let report = serde_json::to_value(&outcome.report).expect("JSON");
        assert_eq!(report["bytes"]["documents"], size(&rows), "{seed}");
        assert_eq!(report["bytes"]["quarantined"], size(&bad), "{seed}");
    }
}

/// Whatever the bytes: no panic, and the same however they are cut.
fn check(bytes: &[u8]) {
    let whole = segment("warc", 4096, [bytes]);
    open("warc", 4096, &whole);
    let size = 1 + bytes.len() % 97;
    assert_eq!(whole, segment("warc", 4096, bytes.chunks(size)));
}

#[test]
fn ten_thousand_damaged_archives() {
    each_mutation(&fixture("islands.warc"), check);
}

#[test]
fn ten_thousand_damaged_wet_and_wat_files() {
    for name in ["port.warc.wet.gz", "light.warc.wat.gz"] {
        let (packed, mut bytes) = (fixture(name), Vec::new());
        let mut reader = flate2::bufread::MultiGzDecoder::new(&packed[..]);
        std::io::Read::read_to_end(&mut reader, &mut bytes).expect("a good fixture");
        each_mutation(&bytes, check);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(60)))]

    #[test]
    fn chunking_changes_nothing(sizes in prop::collection::vec(1usize..4000, 1..12), seed in any::<u64>(), hurt: bool) {
        let warc = fixture("islands.warc");
        let warc = if hurt { crate::hostile::mutate(&warc, seed) } else { warc };
        let (mut chunks, mut rest, mut i) = (Vec::new(), &warc[..], 0);
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at(sizes[i % sizes.len()].min(rest.len()));
            chunks.push(chunk);
            (rest, i) = (after, i + 1);
        }
        for max in [600, 1 << 20] {
            prop_assert_eq!(segment("warc", max, chunks.iter().copied()), segment("warc", max, [&warc[..]]));
        }
    }
}

#[test]
fn a_page_in_utf_8_is_read_as_such_whatever_its_header_says() {
    let page = "<html><head><meta charset=windows-1252></head><body><p>Über die Brücke ging am Dienstag niemand.</p></body></html>";
    let http = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=ISO-8859-1\r\n\r\n{page}");
    let record = format!(
        "WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: {}\r\n\r\n{http}\r\n\r\n",
        http.len()
    );
    let rows = textmill(PLAIN, record.as_bytes()).rows();
    assert_eq!(str_of(&rows[0], "text"), "Über die Brücke ging am Dienstag niemand.");
}
