//! Tar and zip archives: fixtures of common tools, whole, damaged and cut in pieces.

use crate::hostile::{each_mutation, fixture, fixture_path, mutate};
use crate::support::*;
use proptest::prelude::*;
use serde_json::Value;
use textmill::formats::archive::{Event, MAGIC_BYTES, unpacker};

const PLAIN: &[&str] = &["-q", "-p", "plain"];

/// Entry and text of each row.
fn texts(rows: &[Value]) -> Vec<(String, String)> {
    let entry = |row: &Value| str_of(row, "source").split_once("!/").expect("an entry").1.to_owned();
    rows.iter().map(|r| (entry(r), str_of(r, "text").to_owned())).collect()
}

fn wanted(with_zip: bool) -> Vec<(String, String)> {
    let long = format!("notes/{}name.txt", "long-".repeat(30));
    let mut all = vec![
        ("notes/first.txt", "It has two paragraphs."),
        (&*long, "A note with a long name."),
        ("notes/packed.txt.gz", "A packed note."),
        ("notes/rows.jsonl", "Row one."),
        ("notes/rows.jsonl", "Row two."),
        ("port.warc.wet.gz", "Port\nThe port of the north is open.\n\nShips come and go."),
        ("port.warc.wet.gz", "Größe 中文\nZwei Zeilen."),
    ];
    if with_zip {
        all.push(("inner.zip!/deep.txt", "A note in a zip in a tar."));
    }
    all.sort();
    all.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
}

#[test]
fn entries_are_sources() {
    for name in ["notes.tar", "notes-pax.tar", "notes.zip", "notes-streamed.zip", "notes-infozip.zip"] {
        let input = fixture(name);
        for (what, input) in [("as it is", input.clone()), ("packed", gzip(&input))] {
            let ran = textmill(PLAIN, &input);
            assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{name}, {what}");
            let rows = ran.rows();
            let mut got = texts(&rows);
            got.sort();
            assert_eq!(got, wanted(name.ends_with(".tar")), "{name}, {what}");
            assert!(rows.iter().all(|r| str_of(r, "source").starts_with("-!/")));
            let second = rows.iter().find(|r| r["text"] == "Row two.").expect("a row");
            assert_eq!(
                (&second["record"], &second["start"], &second["end"]),
                (&1.into(), &21.into(), &41.into())
            );
        }
    }
}

#[test]
fn the_format_of_the_entries_can_be_named() {
    let path = fixture_path("notes.tar");
    let args = [PLAIN, &["--format", "plain", path.to_str().expect("UTF-8")]].concat();
    let rows = textmill(&args, b"").rows();
    let jsonl =
        rows.iter().find(|r| str_of(r, "source").ends_with("notes/rows.jsonl")).expect("read as plain text");
    assert!(str_of(jsonl, "text").starts_with("{\"text\""));
}

/// Runs over `input`: code, rows, quarantine.
fn run(input: &[u8]) -> (i32, Vec<Value>, Vec<Value>) {
    let dir = folder();
    let path = dir.path().join("q");
    let args = [PLAIN, &["--quarantine", path.to_str().expect("UTF-8")]].concat();
    let ran = textmill(&args, input);
    (ran.code, ran.rows(), read_rows(&path))
}

/// A zip archive of one entry with these flags, this method and this name.
fn one_entry(flags: u16, method: u16, name: &str, data: &[u8]) -> Vec<u8> {
    let mut zip = b"PK\x03\x04\x14\x00".to_vec();
    zip.extend(flags.to_le_bytes());
    zip.extend(method.to_le_bytes());
    zip.extend([0; 4]);
    let mut crc = flate2::Crc::new();
    crc.update(data);
    zip.extend(crc.sum().to_le_bytes());
    zip.extend((data.len() as u32).to_le_bytes());
    zip.extend((data.len() as u32).to_le_bytes());
    zip.extend((name.len() as u16).to_le_bytes());
    zip.extend([0; 2]);
    zip.extend(name.as_bytes());
    zip.extend(data);
    zip
}

#[test]
fn what_cannot_be_read_is_told_with_its_name() {
    let entries = [
        one_entry(1, 0, "secret.txt", b"x"),
        one_entry(0, 98, "odd.txt", b"y"),
        one_entry(0, 0, "../../etc/good.txt", b"Still read."),
        one_entry(0, 0, "../../etc/good.txt", b"Twice."),
    ];
    let mut zip = entries.concat();
    zip.extend(b"PK\x05\x06");
    zip.extend([0; 18]);
    let (code, rows, bad) = run(&zip);
    assert_eq!(code, 1);
    let bad: Vec<_> =
        bad.iter().map(|r| (str_of(r, "source"), str_of(r, "reason"), str_of(r, "detail"))).collect();
    assert_eq!(
        bad,
        [
            ("-!/secret.txt", "bad_file", "it is encrypted"),
            ("-!/odd.txt", "bad_file", "its compression method 98 is not known"),
        ]
    );
    let sources: Vec<_> = rows.iter().map(|r| str_of(r, "source")).collect();
    assert_eq!(sources, ["-!/../../etc/good.txt", "-!/../../etc/good.txt#3"]);
}

#[test]
fn archives_within_each_other_end_somewhere() {
    let mut zip = b"The innermost note.".to_vec();
    for depth in 0..6 {
        zip = [one_entry(0, 0, &format!("{depth}.zip"), &zip), b"PK\x05\x06".to_vec(), vec![0; 18]].concat();
    }
    let (code, rows, bad) = run(&zip);
    assert_eq!((code, rows.len(), bad.len()), (1, 0, 1));
    assert!(str_of(&bad[0], "detail").contains("within each other"), "{bad:?}");
}

#[test]
fn a_bomb_in_an_archive_is_passed_over() {
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::copy(&mut std::io::Read::take(std::io::repeat(b'\n'), 300 << 20), &mut deflate).expect("memory");
    let mut inner = one_entry(0, 8, "lines.txt", &deflate.finish().expect("memory"));
    inner.extend(b"PK\x05\x06");
    inner.extend([0; 18]);
    let outer = [one_entry(0, 0, "bomb.zip", &inner), one_entry(0, 0, "a.txt", b"A note.")].concat();
    let (code, rows, bad) = run(&[&outer[..], b"PK\x05\x06", &[0; 18]].concat());
    assert_eq!((code, rows.len(), bad.len()), (1, 1, 1));
    assert!(str_of(&bad[0], "detail").contains("without end"), "{bad:?}");
}

#[test]
fn damage_costs_its_own_entry() {
    let tar = fixture("notes.tar");
    let header = memchr::memmem::find(&tar, b"notes/packed.txt.gz").expect("an entry");
    let mut damaged = tar.clone();
    damaged[header] ^= 1;
    let (code, rows, bad) = run(&damaged);
    assert_eq!((code, rows.len(), bad.len()), (1, wanted(true).len() - 1, 1));
    let (code, rows, bad) = run(&tar[..header + 512 + 10]);
    assert_eq!(code, 1);
    assert!(!rows.is_empty() && str_of(&bad[0], "reason") == "truncated_stream", "{bad:?}");
    let mut zip = fixture("notes.zip");
    let data =
        memchr::memmem::find(&zip, b"A packed note").or(memchr::memmem::find(&zip, b"notes/rows.jsonl"));
    let at = data.expect("an entry") + 16;
    zip[at] ^= 0x40;
    let (code, _, bad) = run(&zip);
    assert_eq!((code, bad.is_empty()), (1, false));
}

#[test]
fn resuming_inside_an_archive() {
    let dir = folder();
    let path = fixture_path("notes.tar");
    let (outcome, [rows, ..]) =
        run_files(pipeline("plain"), std::slice::from_ref(&path), &Default::default());
    assert_eq!(serde_json::to_value(&outcome.report).expect("JSON")["documents"]["in"], wanted(true).len());
    // Killed at the first commit, then gone on with.
    let out = dir.path().join("rows.jsonl");
    let args = ["-q", "-p", "plain", "--checkpoint-every", "1", "-o", out.to_str().expect("UTF-8")];
    let args = [&args[..], &[path.to_str().expect("UTF-8")]].concat();
    for step in 1..60 {
        let _ = std::fs::remove_file(&out);
        let killed = command(&args).env("TEXTMILL_KILL_AT", step.to_string()).output().expect("it runs");
        if killed.status.success() {
            break;
        }
        let resumed = command(&[&args[..], &["--resume"]].concat()).output().expect("it runs");
        assert!(resumed.status.success(), "{step}: {}", String::from_utf8_lossy(&resumed.stderr));
        assert_eq!(std::fs::read(&out).expect("rows"), rows, "killed at step {step}");
    }
}

/// Entries of an archive in `parts`, in words.
fn unpack<'p>(parts: impl IntoIterator<Item = &'p [u8]>, first: &[u8]) -> Vec<String> {
    let Some(mut unpacker) = unpacker(&first[..first.len().min(MAGIC_BYTES)]) else { return Vec::new() };
    let (mut events, mut bytes, mut open) = (Vec::new(), Vec::new(), false);
    let mut take = |event: Event<'_>| match event {
        Event::Begin { name, at } => {
            assert!(!std::mem::replace(&mut open, true), "an entry in an entry");
            events.push(format!("begin {name} at {at}"));
        }
        Event::Bytes(more) => {
            assert!(open, "bytes of no entry");
            // What a flipped bit makes of sixty bytes has no end: enough is seen.
            bytes.extend_from_slice(&more[..more.len().min((1 << 16) - bytes.len().min(1 << 16))]);
        }
        Event::End { damage } => {
            assert!(std::mem::take(&mut open), "the end of no entry");
            events.push(format!("end {damage:?} {:?}", std::mem::take(&mut bytes)));
        }
        Event::Damage { name, reason } => events.push(format!("damage {name} {reason}")),
    };
    for part in parts {
        unpacker.push(part, &mut take);
    }
    unpacker.finish(&mut take);
    assert!(!open, "an entry without an end");
    events
}

#[test]
fn ten_thousand_damaged_archives() {
    for name in ["notes.tar", "notes-pax.tar", "notes.zip", "notes-streamed.zip", "notes-infozip.zip"] {
        let archive = fixture(name);
        each_mutation(&archive, |bytes| {
            let size = 1 + bytes.len() % 997;
            assert_eq!(unpack([bytes], bytes), unpack(bytes.chunks(size), bytes));
        });
    }
}

#[test]
fn damaged_archives_go_through_the_program() {
    for seed in 0..30 {
        for name in ["notes.tar", "notes-streamed.zip"] {
            let (code, rows, _) = run(&mutate(&fixture(name), seed));
            assert!(code <= 1, "{name}, {seed}");
            assert!(rows.len() <= 40);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(60)))]

    #[test]
    fn chunking_changes_nothing(sizes in prop::collection::vec(1usize..3000, 1..12), seed in any::<u64>(), hurt: bool) {
        for name in ["notes.tar", "notes-streamed.zip"] {
            let archive = fixture(name);
            let archive = if hurt { mutate(&archive, seed) } else { archive };
            let (mut chunks, mut rest, mut i) = (Vec::new(), &archive[..], 0);
            while !rest.is_empty() {
                let (chunk, after) = rest.split_at(sizes[i % sizes.len()].min(rest.len()));
                chunks.push(chunk);
                (rest, i) = (after, i + 1);
            }
            prop_assert_eq!(unpack(chunks, &archive), unpack([&archive[..]], &archive));
        }
    }
}
