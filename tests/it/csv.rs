//! CSV and TSV: fixtures of Python, pandas and DuckDB, whole and damaged.

use std::fmt::Write as _;

use crate::hostile::{self, Owned, each_mutation, fixture, fixture_path, mutate, open, segment};
use crate::support::*;
use proptest::prelude::*;
use serde_json::Value;
use textmill::formats::detect;

const MADE: [&str; 7] = [
    "csv/excel.csv",
    "csv/semicolons.csv",
    "csv/tabs.tsv",
    "csv/pipes.csv",
    "csv/pandas.csv",
    "csv/duckdb.csv",
    "csv/duckdb.tsv",
];

/// Runs with `options` over bytes on standard input: code, rows, quarantine.
fn run_with(options: &[&str], bytes: &[u8]) -> (i32, Vec<Value>, Vec<Value>) {
    let dir = folder();
    let quarantine = dir.path().join("q");
    let args = ["-q", "-p", "plain", "--quarantine", quarantine.to_str().expect("UTF-8")];
    let ran = textmill(&[&args, options].concat(), bytes);
    assert_eq!(ran.err, "");
    (ran.code, ran.rows(), read_rows(&quarantine))
}

fn run(bytes: &[u8]) -> (i32, Vec<Value>, Vec<Value>) {
    run_with(&["--format", "csv"], bytes)
}

fn texts(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|r| str_of(r, "text")).collect()
}

fn details(bad: &[Value]) -> Vec<String> {
    bad.iter().map(|r| format!("{}: {}", str_of(r, "reason"), str_of(r, "detail"))).collect()
}

/// What a row says, but for its place.
fn said(rows: &[Value]) -> Vec<(String, String, String)> {
    let one = |row: &Value| ["title", "text", "meta"].map(|key| str_of(row, key).to_owned()).into();
    rows.iter().map(one).collect()
}

#[test]
fn the_same_rows_as_from_json_lines_and_parquet() {
    let run = |name: &str| {
        let ran = textmill(&["-q", "-p", "plain", fixture_path(name).to_str().expect("UTF-8")], b"");
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{name}");
        said(&ran.rows())
    };
    let want = run("csv/rows.jsonl");
    assert_eq!(want.len(), 5);
    assert_eq!(want[1].2, r#"{"id":"a2","title":"","url":"http://ferry.example/2","note":""}"#);
    assert_eq!(want[2].0, "Große Flut, 中文");
    if cfg!(feature = "parquet") {
        assert_eq!(run("csv/rows.parquet"), want);
    }
    for name in MADE {
        let mut got = run(name);
        if name == "csv/pandas.csv" {
            for (i, (.., meta)) in got.iter_mut().enumerate() {
                *meta = meta.replace(&format!("{{\"\":\"{i}\","), "{");
            }
        }
        assert_eq!(got, want, "{name}");
    }
}

#[test]
fn tables_are_told_by_content_or_ending() {
    for name in MADE.into_iter().filter(|name| !name.ends_with("tabs.tsv")) {
        assert_eq!(detect(&fixture(name), "-").name, "csv", "{name}");
    }
    for (content, name) in [
        ("id,text\n1,a\n2,b\n", "csv"),
        ("\u{FEFF}id;text\r\n1;\"a\r\n\r\nb\"\r\n", "csv"),
        // The row under a column of texts tells alone; others tell together.
        ("id,text\n1,a\n", "csv"),
        ("id,text\n1,a\n2,b,c\n", "csv"),
        ("id,text\n1,a\n\n2,b\n", "csv"),
        ("id,text\n1,a,b\n2,b\n", "plain"),
        ("id,text\n\n1,a\n", "plain"),
        ("id,note\n1,a\n", "plain"),
        ("id,note\n1,a\n2,b,c\n", "plain"),
        ("id,note\n1,a\n\n2,b\n", "plain"),
        ("id,id\n1,a\n2,b\n", "plain"),
        ("id,text\n1,a \"b\"\n2,b\n", "plain"),
        ("Rain, wind\nand snow, all night\nin the north, they said\n", "plain"),
        ("Paris,London\n\nIt rained, again.\n\nIt rained, still.\n", "plain"),
        ("1,2\n3,4\n5,6\n", "plain"),
        ("a\nb\nc\n", "plain"),
        ("{\"a\":1,\"text\":2}\n{\"a\":1,\"text\":2}\n", "jsonl"),
        ("<!doctype html>\n<p>a,b\n", "html"),
        ("", "plain"),
        (",", "plain"),
    ] {
        assert_eq!(detect(content.as_bytes(), "-").name, name, "{content:?}");
        if name == "plain" {
            for ending in ["x.csv", "x.TSV", "x.tsv.gz"] {
                assert_eq!(detect(content.as_bytes(), ending).name, "csv", "{content:?}");
            }
        }
    }
    let sample = include_str!("../../samples/dump.txt").to_owned();
    for text in [sample, dump(40, "\n\n\n\n"), dump(3, "\n-----\n"), article(1, "Wind, rain")] {
        assert_eq!(detect(text.as_bytes(), "-").name, "plain");
    }
}

#[test]
fn the_delimiter_is_what_the_rows_agree_on() {
    for (table, want) in [
        ("id,text\n1,a;b\n2,c;d\n", ["a;b", "c;d"]),
        ("id;text,more\n1;a,b\n2;c\n", ["a,b", "c"]),
        ("a,b;text,c;d\n1;x;2\n3;y,z;4\n", ["x", "y,z"]),
        ("\"a;b;c\",text\n1,x\n2,y\n", ["x", "y"]),
        ("id|note|text\n1|a,b|x\n2|c,d|y\n", ["x", "y"]),
        ("id\ttext\n1\t\"x\ty\"\n2\tz\n", ["x\ty", "z"]),
        ("text\nx; y\nz| w\n", ["x; y", "z| w"]),
    ] {
        let field = if table.contains("text,more") { "text,more" } else { "text" };
        let field = if table.contains("text,c") { "text,c" } else { field };
        let (_, rows, bad) = run_with(&["--format", "csv", "--text-field", field], table.as_bytes());
        assert_eq!((texts(&rows), bad.len()), (want.to_vec(), 0), "{table:?}");
    }
}

#[test]
fn the_text_column_can_be_named_and_can_be_html() {
    let table = b"url,content,x.y\nu1,<p>It <b>rained</b> all night in the north.</p>,other\n";
    let (_, rows, bad) = run(table);
    assert_eq!((texts(&rows), bad.len()), (vec!["<p>It <b>rained</b> all night in the north.</p>"], 0));
    let (_, rows, _) = run_with(&["--format", "csv", "--text-field", "x.y"], table);
    assert_eq!(texts(&rows), ["other"]);
    let (_, rows, _) = run_with(&["--format", "csv", "--text-type", "html"], table);
    assert_eq!(texts(&rows), ["It rained all night in the north."]);
    assert_eq!(str_of(&rows[0], "meta"), r#"{"url":"u1","x.y":"other"}"#);
}

#[test]
fn character_sets_are_told_row_by_row() {
    let row = |n: usize| {
        format!("{n},Die Fähre fährt für Gäste über den Fluss, früh und spät.\n").replace(", früh", " früh")
    };
    let latin: Vec<u8> = format!("id,text\n{}{}", row(1), row(2)).chars().map(|c| c as u8).collect();
    let (_, rows, _) = run(&latin);
    assert_eq!((rows.len(), str_of(&rows[1], "meta")), (2, r#"{"id":"2","_encoding":"windows-1252"}"#));
    assert!(str_of(&rows[0], "text").starts_with("Die Fähre"), "{}", rows[0]);
    let (_, rows, bad) = run_with(&["--format", "csv", "--strict"], &latin);
    assert_eq!((rows.len(), str_of(&bad[1], "reason")), (0, "invalid_utf8"));
}

#[test]
fn odd_headers() {
    let (_, rows, bad) = run(b"a,,text,,text,a\n1,2,3,4,5,6\n");
    assert_eq!((texts(&rows), bad.len()), (vec!["5"], 0), "the last of one name counts");
    assert_eq!(str_of(&rows[0], "meta"), r#"{"a":"1","":"2","text":"3","":"4","a":"6"}"#);

    let (_, rows, bad) = run(b"text\nonly \"one\" column\n\n\"and, a\nsecond\"\n");
    assert_eq!((texts(&rows), bad.len()), (vec!["only \"one\" column", "and, a\nsecond"], 0));

    let (_, rows, bad) = run(b"id,words,url\n1,a,b\n2,c,d\n");
    assert!(rows.is_empty());
    let want = "no_text: no column is called `text`, `content`, `body`; the header has `id`, `words`, `url`";
    assert_eq!(details(&bad), [want; 2]);
    let (_, _, bad) = run_with(&["--format", "csv", "--text-field", "a.b"], b"id,words\n1,a\n");
    assert_eq!(details(&bad), ["no_text: no column is called `a.b`; the header has `id`, `words`"]);

    let long = format!("1,{}\n2,b\n", "word ".repeat(90));
    let (_, _, bad) = run(long.as_bytes());
    assert_eq!(bad.len(), 1);
    assert!(
        details(&bad)[0]
            .starts_with("bad_record: the first row is no header: its cell 2 has more than 256 bytes")
    );

    // A header that is not closed is one line.
    let (_, rows, bad) = run(b"id,\"text\n1,a\n2,b\n");
    assert_eq!((rows.len(), details(&bad).len()), (0, 2), "{bad:?}");
    assert!(details(&bad)[0].ends_with("the header has `id`, `\"text`"), "{bad:?}");
}

#[test]
fn very_many_columns() {
    let names: Vec<String> = (0..100_000).map(|n| format!("c{n}")).collect();
    let cells: Vec<String> = (0..100_000).map(|n| n.to_string()).collect();
    let table = format!("text,{}\nIt rained.,{}\n", names.join(","), cells.join(","));
    let (_, rows, bad) = run(table.as_bytes());
    assert_eq!((texts(&rows), bad.len()), (vec!["It rained."], 0));
    assert!(str_of(&rows[0], "meta").ends_with(",\"c99999\":\"99999\"}"));
    let (_, rows, bad) = run(format!("text{0}\na{0}\nb\n", ",".repeat(140_000)).as_bytes());
    assert_eq!(
        (rows.len(), details(&bad)),
        (0, vec!["bad_record: the header has more than 131072 columns".into(); 2])
    );
}

#[test]
fn rows_that_do_not_fit_are_bad() {
    let table = b"id,title,text\n1,a,one\n2,b\n3,c,three,\"more\nlines\"\n4,d,\"x\" y\n\n5,\0,z\n6,e,six\n";
    let (code, rows, bad) = run(table);
    assert_eq!((code, texts(&rows)), (0, vec!["one", "six"]));
    assert_eq!(
        details(&bad),
        [
            "bad_record: 2 cells in a row of 1 lines; the header has 3",
            "bad_record: 4 cells in a row of 2 lines; the header has 3",
            "bad_record: the quotation mark in line 1 of the row, cell 3, stands inside a quoted cell and is not doubled",
            "nul_bytes: NUL at byte 2 of the row: binary data?",
        ]
    );
    assert_eq!((str_of(&bad[1], "raw"), &bad[1]["record"]), ("3,c,three,\"more\nlines\"", &2.into()));
}

/// Rows after each kind of broken quotation mark, and what is bad.
#[test]
fn a_broken_quotation_mark_costs_its_own_row() {
    for (what, table, good, reasons) in [
        (
            "closed by the next quoted cell",
            "id,text\n1,\"one\n2,\"two, too\"\n3,\"three\"\n",
            vec!["two, too", "three"],
            vec![
                "bad_record: the quotation mark in line 1 of the row, cell 2, opens a cell that is not closed",
            ],
        ),
        (
            "open at the end",
            "id,text\n1,\"one\n2,two\n3,three",
            vec!["two", "three"],
            vec![
                "bad_record: the quotation mark in line 1 of the row, cell 2, opens a cell that is not closed",
            ],
        ),
        (
            "not doubled",
            "id,text\n1,\"say \"no\" to it\"\n2,two\n",
            vec!["two"],
            vec![
                "bad_record: the quotation mark in line 1 of the row, cell 2, stands inside a quoted cell and is not doubled",
            ],
        ),
        (
            "not doubled, over lines with a comma in each",
            "id,text\n1,\"One, two.\n\nIt said \"no\" twice, and left.\"\n2,two\n",
            vec!["two"],
            vec![
                "bad_record: the quotation mark in line 3 of the row, cell 2, stands inside a quoted cell and is not doubled",
            ],
        ),
    ] {
        let (_, rows, bad) = run(table.as_bytes());
        assert_eq!(texts(&rows), good, "{what}");
        assert_eq!(details(&bad), reasons, "{what}");
    }
}

#[test]
fn an_open_cell_does_not_swallow_the_rest() {
    let mut table = String::from("id,text\n1,one\n2,\"two\n");
    for n in 3..4000 {
        writeln!(table, "{n},row {n}").expect("memory");
    }
    let max = |input: &str| {
        let dir = folder();
        let pipeline = file(&dir, "p.toml", b"[input]\nmax-document-bytes = 4096\nformat = \"csv\"\n");
        let q = dir.path().join("q");
        let args =
            ["-q", "-p", pipeline.to_str().expect("UTF-8"), "--quarantine", q.to_str().expect("UTF-8")];
        let ran = textmill(&args, input.as_bytes());
        (ran.rows(), read_rows(&q))
    };
    let (rows, bad) = max(&table);
    assert_eq!((rows.len(), bad.len()), (3998, 1), "{:?}", details(&bad));
    assert_eq!(str_of(&bad[0], "raw"), "2,\"two");

    // A row that is too large is one, whatever stands in it.
    let prose = "One line, and then\nanother, of the same kind, with more\n".repeat(400);
    let (rows, bad) = max(&format!("id,text\n1,\"{prose}\"\n2,two\n3,\"{prose} and never closed\n4,four\n"));
    assert_eq!(texts(&rows), ["two"]);
    assert_eq!(details(&bad).len(), 2);
    assert_eq!(details(&bad)[0], format!("too_large: a row of {} bytes", prose.len() + 4));

    // Lost in the middle of such a row, rows are found again.
    let (rows, bad) = max(&format!("id,text\n1,\"{prose}\n{}", &table[8..].replace("\"two", "two")));
    assert!(rows.len() > 3000, "{}", rows.len());
    assert!(
        details(&bad)[0].contains("a quotation mark that is not closed? Reading went on"),
        "{:?}",
        details(&bad)
    );
}

#[test]
fn rows_that_are_read_again_take_linear_time() {
    // Each group of rows looks as if the mark in front of it was never closed; whoever reads all of
    // the limit again each time never ends.
    let group = format!("1,\"x\n{}", "2,y\n".repeat(70));
    let table = format!("a,text\n{}", group.repeat(60_000));
    assert!(segment("csv", 4 << 20, [table.as_bytes()]).len() > 100);
    let marks = format!("a,text\n{}", "1,\"x\n".repeat(1 << 20));
    assert!(!segment("csv", 1 << 20, [marks.as_bytes()]).is_empty());
}

#[test]
fn bad_rows_can_be_tried_again() {
    let dir = folder();
    let [q, again] = ["q", "again"].map(|n| dir.path().join(n));
    let [q, again] = [&q, &again].map(|p| p.to_str().expect("UTF-8"));
    let a = file(
        &dir,
        "a.csv",
        b"\xEF\xBB\xBFid;words;title\r\n1;\"a \"\"b\"\"; c\";T\r\n2;d\r\n3;\"e\r\nf\";\r\n",
    );
    let b = file(&dir, "b.tsv", b"words\tn\ng\t\"\"\"1\"\"\"\n");
    let [a, b] = [&a, &b].map(|p| p.to_str().expect("UTF-8"));
    let first = textmill(&["-q", "-p", "plain", "--quarantine", q, a, b], b"");
    assert_eq!(first.rows().len(), 0);
    let header = r#"{"delimiter":";","columns":["id","words","title"]}"#;
    assert_eq!(str_of(&read_rows(q.as_ref())[0], "header"), header);
    let want = textmill(&["-q", "-p", "plain", "--text-field", "words", "--quarantine", again, a, b], b"");
    assert_eq!(want.rows().len(), 3);
    let left = std::fs::read(again).expect("there");
    let got = textmill(
        &["quarantine", "replay", q, "-q", "-p", "plain", "--text-field", "words", "--quarantine", again],
        b"",
    );
    assert_eq!((got.code, got.err.as_str()), (0, ""));
    assert_eq!(String::from_utf8_lossy(&got.out), String::from_utf8_lossy(&want.out));
    assert_eq!(std::fs::read(again).expect("there"), left);
    // A row from before there were headers in the quarantine stays as it is.
    let old = std::fs::read_to_string(q).expect("there").lines().next().expect("a row").to_owned();
    let old = old.replace(&format!("\"header\":{},", Value::from(header)), "") + "\n";
    std::fs::write(q, &old).expect("room");
    let ran = textmill(&["quarantine", "replay", q, "-q", "-p", "plain", "--quarantine", again], b"");
    assert_eq!((ran.code, ran.rows().len(), std::fs::read_to_string(again).expect("there")), (0, 0, old));
}

/// A table of `n` rows.
fn table(n: usize) -> String {
    let mut table = String::from("id,title,text\n");
    for i in 0..n {
        let text = article(i, "Weather").replace("Nobody", "\"\"Nobody\"\"");
        writeln!(table, "{i},Report {i},\"{text}\"").expect("memory");
        if i % 50 == 7 {
            table.push_str("ragged,row\n");
        }
    }
    table
}

#[test]
fn a_run_that_goes_on_reads_a_table_again() {
    let dir = folder();
    let path = file(&dir, "in.csv", table(400).as_bytes());
    let path = path.to_str().expect("UTF-8");
    let whole = textmill(&["-q", "-p", "plain", path], b"").out;
    assert_eq!(rows(&whole).len(), 400);
    let out = dir.path().join("rows.jsonl");
    let args =
        ["-q", "-p", "plain", "--checkpoint-every", "10 KiB", path, "-o", out.to_str().expect("UTF-8")];
    for step in (1..80).step_by(9) {
        let _ = std::fs::remove_file(&out);
        let killed = command(&args).env("TEXTMILL_KILL_AT", step.to_string()).output().expect("it runs");
        if killed.status.success() {
            break;
        }
        let resumed = command(&[&args[..], &["--resume"]].concat()).output().expect("it runs");
        assert!(resumed.status.success(), "{step}: {}", String::from_utf8_lossy(&resumed.stderr));
        assert_eq!(std::fs::read(&out).expect("rows"), whole, "killed at step {step}");
    }
}

#[test]
fn rows_behind_a_damaged_place_stand_under_the_same_header() {
    let (dir, table) = (folder(), table(60));
    let (a, b) = table.split_at(table.find("\n30,").expect("a row") + 1);
    let mut packed = gzip(a.as_bytes());
    let middle = packed.len();
    packed.extend(gzip(b"lost"));
    packed[middle + 12] ^= 0x55;
    packed.extend(gzip(b.as_bytes()));
    let path = file(&dir, "in.csv.gz", &packed);
    let (outcome, [rows, _, bad]) = run_files(pipeline("plain"), &[path], &Default::default());
    let (rows, bad) = (crate::support::rows(&rows), crate::support::rows(&bad));
    assert_eq!(outcome.report.sources.damaged.len(), 1);
    assert_eq!(rows.len(), 60, "{:?}", details(&bad));
    assert_eq!(str_of(&rows[59], "title"), "Report 59");
}

/// Whatever the bytes: no panic, and the same however they are cut.
fn check(bytes: &[u8]) {
    let whole = segment("csv", 4096, [bytes]);
    open("csv", 4096, &whole);
    let size = 1 + bytes.len() % 97;
    assert_eq!(whole, segment("csv", 4096, bytes.chunks(size)));
}

#[test]
fn ten_thousand_damaged_tables() {
    each_mutation(&fixture("csv/excel.csv"), check);
    each_mutation(&fixture("csv/semicolons.csv"), check);
}

#[test]
fn sums_hold_for_damaged_tables() {
    for seed in 0..30 {
        let dir = folder();
        let path = file(&dir, "a.csv", &mutate(table(20).as_bytes(), seed));
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

/// A cell as a careful writer puts it.
fn quoted(cell: &str, delimiter: char, always: bool) -> String {
    if always || cell.contains(['"', '\n', '\r', delimiter]) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(60)))]

    /// What a careful writer wrote is read back.
    #[test]
    fn cells_come_back(
        cells in prop::collection::vec(prop::array::uniform3("[a-c,;\t|\"\n\r é]{0,12}"), 1..40),
        delimiter in prop::sample::select(vec![',', ';', '\t', '|']),
        always: bool,
        crlf: bool,
    ) {
        let row = |row: &[String; 3]| row.each_ref().map(|c| quoted(c, delimiter, always)).join(&delimiter.to_string());
        let ending = if crlf { "\r\n" } else { "\n" };
        let header = ["id", "text", "other"].map(str::to_owned);
        let table: Vec<String> = std::iter::once(&header).chain(&cells).map(row).collect();
        let table = table.join(ending) + ending;
        let opened = open("csv", 1 << 20, &segment("csv", 1 << 20, [table.as_bytes()]));
        let want: Vec<_> = cells.iter().map(|[_, text, _]| Ok(text.clone())).collect();
        prop_assert_eq!(opened, want);
    }

    #[test]
    fn chunking_changes_nothing(
        bytes in prop::collection::vec(prop_oneof![6 => Just(b'"'), 6 => Just(b','), 4 => Just(b'\n'), 1 => Just(b'\r'),
            1 => Just(b';'), 4 => b'a'..=b'c', 1 => any::<u8>()], 0..600),
        sizes in prop::collection::vec(1usize..90, 1..12),
        long: bool,
    ) {
        let table = [b"a,text\n".as_slice(), &bytes, b"\n1,2\n", &bytes, &[b'x'; 40], &bytes].concat();
        let table = if long { table } else { bytes };
        let (mut chunks, mut rest, mut i) = (Vec::new(), &table[..], 0);
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at(sizes[i % sizes.len()].min(rest.len()));
            chunks.push(chunk);
            (rest, i) = (after, i + 1);
        }
        for max in [30, 200, 1 << 20] {
            let whole = segment("csv", max, [&table[..]]);
            prop_assert_eq!(&whole, &segment("csv", max, chunks.iter().copied()));
            let records = whole.iter().filter_map(|piece| match piece {
                Owned::Record(_, bytes) => Some(bytes.len()),
                _ => None,
            });
            prop_assert!(records.max().unwrap_or(0) <= max);
            hostile::open("csv", max, &whole);
        }
    }
}
