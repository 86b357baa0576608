//! What holds for SGML news, mailboxes and dumps of MediaWiki alike.

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

use crate::hostile::{Owned, each_mutation, fixture, mutate, open, segment};
use crate::support::*;
use proptest::prelude::*;
use serde_json::Value;
use textmill::formats::detect;

const FILES: [(&str, &str); 5] = [
    ("sgml", "dumps/agency.sgm"),
    ("sgml", "dumps/wire.sgml"),
    ("mbox", "dumps/harbour.mbox"),
    ("mbox", "dumps/news-article"),
    ("mediawiki", "dumps/atlas.xml"),
];

/// Titles and texts of a run over `input`.
fn texts(args: &[&str], input: &[u8]) -> Vec<(String, String)> {
    let ran = textmill(&[&["-q", "-p", "plain"], args].concat(), input);
    assert!(ran.code <= 1, "{}", ran.err);
    ran.rows().iter().map(|r| (str_of(r, "title").to_owned(), str_of(r, "text").to_owned())).collect()
}

#[test]
fn they_are_told_by_content_and_by_name() {
    for (format, name) in FILES {
        assert_eq!(detect(&fixture(name), "-").name, format, "{name}");
    }
    let endings = [
        ("sgml", "reut2-000.sgm"),
        ("sgml", "afp_eng_200303.sgml.gz"),
        ("mbox", "archive.mbox"),
        ("mbox", "a.mbx.zst"),
        ("mbox", "message.eml"),
        ("mediawiki", "enwiki-latest-pages-articles.xml.bz2"),
    ];
    for (format, name) in endings {
        assert_eq!(detect(b"nothing that shows\n", name).name, format, "{name}");
    }
    let letter =
        "From here to the bridge it is a mile.\n\nNote: the bridge is closed.\n\nFrom there on, walk.\n";
    for (text, format) in [
        (letter, "plain"),
        ("From 1999 on it rained\nThe bridge: closed\n", "plain"),
        ("Title: a talk\nSpeaker: Ann\n\nFrom: the harbour.\n", "plain"),
        ("From: the harbour\nThe ferry is late.\n", "plain"),
        ("{\"text\": \"<DOC id=1>\"}\n", "jsonl"),
        ("<html><DOC id=1>", "html"),
        ("<!doctype html><p>From a@b Mon Jan 1 10:00:00 2024", "html"),
        ("<?xml version=\"1.0\"?><feed><page><title>", "plain"),
        ("A page\n<page>\n<title>", "plain"),
    ] {
        assert_eq!(detect(text.as_bytes(), "-").name, format, "{text}");
    }
}

/// In several streams, as dumps of Wikipedia are.
fn bzip2(content: &[u8]) -> Vec<u8> {
    let pack = |part: &[u8]| {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(part).expect("memory");
        encoder.finish().expect("memory")
    };
    content.chunks(content.len() / 3 + 1).flat_map(pack).collect()
}

/// One file, in an archive of ustar.
fn tar(name: &str, content: &[u8]) -> Vec<u8> {
    let mut header = vec![0; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[100..107].copy_from_slice(b"0000644");
    header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    header[156] = b'0';
    header[257..263].copy_from_slice(b"ustar\0");
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    header.extend_from_slice(content);
    header.resize(header.len().next_multiple_of(512) + 1024, 0);
    header
}

#[test]
fn compressed_and_in_archives() {
    for (format, name) in FILES {
        let bytes = fixture(name);
        let want = texts(&[], &bytes);
        assert!(!want.is_empty(), "{name}");
        for packed in [gzip(&bytes), bzip2(&bytes), tar("a/dump", &bytes), gzip(&tar("x", &bzip2(&bytes)))] {
            assert_eq!(texts(&[], &packed), want, "{name}");
        }
        assert_eq!(texts(&["--format", format], &bytes), want, "{name}");
        let crlf: Vec<u8> = bytes.split(|b| *b == b'\n').collect::<Vec<_>>().join(&b"\r\n"[..]);
        let unix = |rows: Vec<(String, String)>| -> Vec<_> {
            rows.into_iter().map(|(title, text)| (title, text.replace('\r', ""))).collect()
        };
        assert_eq!(unix(texts(&[], &crlf)), want, "{name} with CRLF");
    }
}

#[test]
fn sums_hold_for_damaged_dumps() {
    for (format, name) in FILES {
        for seed in 0..30 {
            let dir = folder();
            let path = file(&dir, "dump", &mutate(&fixture(name), seed));
            let mut pipeline = pipeline("plain");
            pipeline.format = textmill::formats::by_name(format);
            let (outcome, [rows, _, bad]) = run_files(pipeline, &[path], &Default::default());
            let number = |row: &Value, key: &str| row[key].as_u64().expect("a number");
            let size = |rows: &[u8]| -> u64 {
                crate::support::rows(rows).iter().map(|r| number(r, "end") - number(r, "start")).sum()
            };
            let report = serde_json::to_value(&outcome.report).expect("JSON");
            assert_eq!(report["bytes"]["documents"], size(&rows), "{name} {seed}");
            assert_eq!(report["bytes"]["quarantined"], size(&bad), "{name} {seed}");
        }
    }
}

/// Whatever the bytes: no panic, and the same however they are cut.
fn check(format: &str, bytes: &[u8]) {
    for max in [900, 1 << 20] {
        let whole = segment(format, max, [bytes]);
        let size = 1 + bytes.len() % 97;
        assert_eq!(whole, segment(format, max, bytes.chunks(size)));
        open(format, max, &whole);
    }
}

#[test]
fn ten_thousand_damaged_dumps_each() {
    for (format, name) in FILES {
        each_mutation(&fixture(name), |bytes| check(format, bytes));
    }
}

#[test]
fn a_record_that_is_too_large_costs_itself_alone() {
    let large = "word ".repeat(100_000);
    let doc = |text: &str| format!("<DOC id=\"1\">\n<TEXT>\n{text}\n</TEXT>\n</DOC>\n");
    let mail =
        |text: &str| format!("From a@b.example Wed Nov 25 10:00:00 2026\nFrom: a\nSubject: b\n\n{text}\n\n");
    let page = |text: &str| {
        format!(
            "<page>\n<title>A</title>\n<ns>0</ns>\n<revision>\n<text>{text}</text>\n</revision>\n</page>\n"
        )
    };
    for (format, one) in [("sgml", &doc as &dyn Fn(&str) -> String), ("mbox", &mail), ("mediawiki", &page)] {
        let source = [one("small"), one(&large), one("small")].concat();
        let mut sizes = [1 << 20, 4096, 100].map(|chunk| {
            let pieces = segment(format, 10_000, source.as_bytes().chunks(chunk));
            assert_eq!(pieces.iter().filter(|p| matches!(p, Owned::Record(..))).count(), 2, "{format}");
            let bad: Vec<_> = pieces
                .iter()
                .filter_map(|p| {
                    if let Owned::Bad(range, what, head) = p {
                        Some((range.clone(), what.clone(), head.len()))
                    } else {
                        None
                    }
                })
                .collect();
            assert!(
                matches!(&bad[..], [(_, what, 10_000)] if what.starts_with("too_large")),
                "{format}: {bad:?}"
            );
            bad
        });
        sizes.sort_by_key(|bad| bad[0].0.start);
        assert!(sizes.windows(2).all(|w| w[0] == w[1]), "{format}");
    }
}

/// Records made to wear the reader out: whoever looks at all of it again and again never ends.
#[test]
fn hostile_records_take_linear_time() {
    const MANY: usize = 200_000;
    let mut inputs: Vec<(&str, String)> = Vec::new();
    let page = |text: &str| {
        format!("<page><title>A</title><ns>0</ns><revision><text>{text}</text></revision></page>")
    };
    for unit in [
        "{{",
        "}}",
        "{|\n",
        "\n|}",
        "{{{",
        "[[",
        "]]",
        "[[a|",
        "[",
        "]",
        "[http://",
        "[http://a ",
        "''",
        "'''''",
        "'",
        "&lt;ref&gt;",
        "&lt;!--",
        "&lt;nowiki&gt;",
        "&lt;math",
        "&lt;a",
        "&lt;",
        "&amp;",
        "&amp;amp",
        "&",
        "=",
        "==\n",
        "*",
        "* a\n",
        "-{",
        "-{a",
        "__",
        "__A",
        "(",
        "({{a}}",
        "{{a}} ",
        "{{a}},",
        "{{a}}\n",
        "[[File:a|b]]",
        "[[Category:a]]",
        "|",
        "\n|",
        " ",
        "\n ",
        "&lt;br&gt;",
        "&lt;poem&gt;\n",
        "&lt;gallery&gt;",
        "&lt;gallery&gt;a|b&lt;/gallery&gt;",
        "&lt;nowiki&gt;a&lt;/nowiki&gt;",
        "[[a|{{",
        "[[a\n\n",
        "<!--",
        "</",
        "\u{3}",
        "\u{1}",
        "&#1;",
    ] {
        inputs.push(("mediawiki", page(&unit.repeat(MANY))));
    }
    for (open, close) in [
        ("{{", "}}"),
        ("[[", "]]"),
        ("[[a|", "]]"),
        ("[[File:a|b ", "]]"),
        ("{|\n", "\n|}"),
        ("[http://a ", "]"),
        ("-{", "}-"),
        ("({{a}}", ")"),
    ] {
        inputs.push(("mediawiki", page(&format!("{}b{}", open.repeat(MANY), close.repeat(MANY)))));
    }
    inputs.push(("mediawiki", page("").repeat(MANY / 10)));
    inputs.push(("mediawiki", "<page>\n".repeat(MANY)));
    inputs.push(("mediawiki", "<siteinfo>".repeat(MANY)));
    for unit in [
        "<P>",
        "<D>",
        "<A>",
        "</A>",
        "<TEXT>",
        "</TEXT>",
        "<BODY><TEXT>",
        "<a",
        "<",
        "&",
        "&a;",
        "&#3;",
        "a\n",
        "  a\n",
        "<H x=y>b</H>",
        "\n",
    ] {
        inputs.push(("sgml", format!("<DOC id=1>{}</DOC>", unit.repeat(MANY))));
        inputs.push(("sgml", unit.repeat(MANY)));
    }
    inputs.push(("sgml", "<DOC id=1>\n".repeat(MANY)));
    inputs.push(("sgml", "<DOC id=1></DOC>".repeat(MANY)));
    inputs.push(("sgml", format!("<DOC {}>a</DOC>", "a=b c ".repeat(MANY))));
    let fields = (0..MANY).fold(String::new(), |mut all, n| {
        let _ = write!(all, "<F{n}>a</F{n}>");
        all
    });
    inputs.push(("sgml", format!("<DOC id=1>{fields}</DOC>")));
    let mail = |head: &str, body: &str| format!("From: a\nSubject: b\n{head}\n\n{body}");
    let nested = (0..MANY / 3).fold(String::new(), |mut all, n| {
        let _ = write!(all, "Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n");
        all
    });
    inputs.push(("mbox", format!("From: a\nSubject: b\n{nested}")));
    let mixed = |boundary: &str| format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"");
    for (boundary, unit) in
        [("b", "--b\n"), ("b", "--b"), ("-", "-"), ("b", "--b--\n"), ("b", "--b\n\na\n"), ("", "--\n")]
    {
        inputs.push(("mbox", mail(&mixed(boundary), &unit.repeat(MANY))));
        inputs.push(("mbox", mail(&mixed(boundary).replace("mixed", "alternative"), &unit.repeat(MANY))));
    }
    for unit in [
        "a: b\n",
        " c\n",
        "Subject: =?",
        "=?a?q?",
        "=?utf-8?q?a?= ",
        "Content-Type: a; ",
        "; a=b",
        "; a=\"",
        "From: \n",
    ] {
        inputs.push(("mbox", mail(unit.repeat(MANY).trim_end(), "a")));
        inputs.push(("mbox", mail(&format!("Subject: {}", unit.repeat(MANY).replace('\n', "")), "a")));
        inputs.push((
            "mbox",
            mail(&format!("Content-Type: text/plain; {}", unit.repeat(MANY).replace('\n', "")), "a"),
        ));
    }
    for unit in ["\nFrom ", "From a\n", "\nFrom a\nb: c\n", ">From a\n", ">", "=\n", "=  ", " \n", "> \n"] {
        inputs.push(("mbox", mail("Content-Transfer-Encoding: quoted-printable", &unit.repeat(MANY))));
        inputs.push(("mbox", mail("Content-Type: text/plain; format=flowed", &unit.repeat(MANY))));
        inputs.push(("mbox", format!("From a\n{}", mail("a: b", &unit.repeat(MANY)))));
    }
    for (format, input) in inputs {
        let since = Instant::now();
        let pieces = segment(format, 16 << 20, [input.as_bytes()]);
        open(format, 16 << 20, &pieces);
        let took = since.elapsed();
        // Far more than it takes on a busy machine, far less than if it took the square.
        assert!(
            took < Duration::from_secs(10),
            "{format}: {took:?} for {:?}",
            &input[..input.len().min(200)]
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(60)))]

    #[test]
    fn chunking_changes_nothing(sizes in prop::collection::vec(1usize..4000, 1..12), seed in any::<u64>(), hurt: bool) {
        for (format, name) in FILES {
            let bytes = fixture(name);
            let bytes = if hurt { mutate(&bytes, seed) } else { bytes };
            let (mut chunks, mut rest, mut i) = (Vec::new(), &bytes[..], 0);
            while !rest.is_empty() {
                let (chunk, after) = rest.split_at(sizes[i % sizes.len()].min(rest.len()));
                chunks.push(chunk);
                (rest, i) = (after, i + 1);
            }
            for max in [300, 1 << 20] {
                prop_assert_eq!(segment(format, max, chunks.iter().copied()), segment(format, max, [&bytes[..]]));
            }
        }
    }
}
