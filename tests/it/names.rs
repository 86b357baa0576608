//! Names of sources: no two alike, each file read once, and no two documents of one id.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;

use crate::support::*;

const PLAIN: [&str; 3] = ["-q", "-p", "plain"];

fn text(n: usize) -> String {
    format!("Note {n}\n\nIt rained in county {n} all night, and nobody slept.\n")
}

/// Runs `plain` in `dir` on `args`: what it said, rows, and `sources` of the report.
fn run(dir: &Path, args: &[&str], stdin: &[u8]) -> (String, Vec<Value>, Value) {
    let [rows, report] = ["rows.jsonl", "report.json"].map(|name| dir.join("outputs").join(name));
    std::fs::create_dir_all(dir.join("outputs")).expect("a folder");
    let mut run = command(&["--no-progress", "-p", "plain", "-o"]);
    run.arg(&rows).arg("--report").arg(&report).args(args).current_dir(dir);
    let mut child = run
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), stdin).expect("it reads");
    let done = child.wait_with_output().expect("it ends");
    let err = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{args:?}: {err}");
    let report = serde_json::from_slice::<Value>(&std::fs::read(&report).expect("a report")).expect("JSON");
    (err, read_rows(&rows), report["sources"].clone())
}

fn all<'r>(rows: &'r [Value], key: &str) -> BTreeSet<&'r str> {
    rows.iter().map(|row| str_of(row, key)).collect()
}

#[test]
fn a_file_that_is_named_twice_is_read_once() {
    let dir = folder();
    for (n, name) in ["in/a.txt", "in/b.txt", "in/sub/c.txt", "in/.hidden/d.txt", "e.txt"].iter().enumerate()
    {
        file(&dir, name, text(n).as_bytes());
    }
    std::os::unix::fs::symlink("in/a.txt", dir.path().join("link")).expect("a link");
    std::os::unix::fs::symlink("in", dir.path().join("folder")).expect("a link");
    let absolute = dir.path().join("in/a.txt");
    let absolute = absolute.to_str().expect("UTF-8");
    // The inputs, the sources that are read, and how many inputs are named twice.
    let cases: &[(&[&str], &[&str], u64)] = &[
        (&["in/a.txt", "in/a.txt"], &["in/a.txt"], 1),
        (&["in/a.txt", "e.txt", "./in/a.txt", "in/../in/a.txt", absolute], &["in/a.txt", "e.txt"], 3),
        (&["link", "in/a.txt"], &["link"], 1),
        (&["in", "in/a.txt"], &["in/a.txt", "in/b.txt", "in/sub/c.txt"], 1),
        (&["in/b.txt", "in"], &["in/b.txt", "in/a.txt", "in/sub/c.txt"], 1),
        (&["link", "in"], &["link", "in/b.txt", "in/sub/c.txt"], 1),
        (&["in", "in", "folder", "./in/"], &["in/a.txt", "in/b.txt", "in/sub/c.txt"], 3),
        (&["in/sub", "in"], &["in/sub/c.txt", "in/a.txt", "in/b.txt"], 1),
        (&["in", "in/sub", "folder/sub/c.txt"], &["in/a.txt", "in/b.txt", "in/sub/c.txt"], 2),
        (&["folder/sub", "in/sub/c.txt", "in"], &["folder/sub/c.txt", "in/a.txt", "in/b.txt"], 2),
        // A walk passes over what is hidden, and does not follow links.
        (&["in/sub", "in/.hidden"], &["in/sub/c.txt", "in/.hidden/d.txt"], 0),
        (&["in", "in/.hidden/d.txt"], &["in/a.txt", "in/b.txt", "in/sub/c.txt", "in/.hidden/d.txt"], 0),
        (&["e.txt", "in"], &["e.txt", "in/a.txt", "in/b.txt", "in/sub/c.txt"], 0),
        (&["-", "e.txt", "-"], &["-", "e.txt"], 1),
    ];
    for (inputs, want, twice) in cases {
        let (err, rows, sources) = run(dir.path(), inputs, text(9).as_bytes());
        let got: Vec<&str> = rows.iter().map(|row| str_of(row, "source")).collect();
        assert_eq!(got, *want, "{inputs:?}");
        assert_eq!(sources["repeated"], *twice, "{inputs:?}");
        assert_eq!(sources["read"], want.len(), "{inputs:?}");
        assert_eq!(err.matches("read once").count() as u64, *twice, "{inputs:?}: {err}");
    }
}

#[test]
fn a_run_over_inputs_named_twice_is_gone_on_with() {
    let dir = folder();
    let inputs = ["in/b.txt", "in", "in/a.txt"];
    (0..40).for_each(|n| drop(file(&dir, &format!("in/{n}.txt"), text(n).as_bytes())));
    ["in/a.txt", "in/b.txt"].iter().for_each(|name| drop(file(&dir, name, text(99).as_bytes())));
    // Dies at the given step towards the disk, if there is one.
    let run = |name: &str, more: &[&str], kill_at: Option<usize>| {
        let mut run =
            command(&[&PLAIN[..], &inputs, &["--checkpoint-every", "1", "-o", name], more].concat());
        run.envs(kill_at.map(|n| ("TEXTMILL_KILL_AT", n.to_string()))).current_dir(dir.path());
        let status = run.stderr(std::process::Stdio::null()).status().expect("it starts");
        (status.code(), std::fs::read(dir.path().join(name)).unwrap_or_default())
    };
    let (code, whole) = run("whole", &[], None);
    assert_eq!((code, rows(&whole).len()), (Some(0), 42));
    let mut killed = 0;
    while run("resumed", &["--resume"], Some(9 + killed)).0.is_none() {
        killed += 1;
    }
    assert!(killed > 1, "{killed}");
    assert!(std::fs::read(dir.path().join("resumed")).expect("an output") == whole);
}

/// A tar archive of `entries`.
fn tar<N: AsRef<[u8]>>(entries: &[(N, Vec<u8>)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, content) in entries {
        let mut header = [0u8; 512];
        header[..name.as_ref().len()].copy_from_slice(name.as_ref());
        header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        header[156] = b'0';
        header[257..265].copy_from_slice(b"ustar\x0000");
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        out.extend(header);
        out.extend(content);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

#[test]
fn entries_of_one_name_have_names_of_their_own() {
    for names in [
        ["a.txt", "a.txt", "a.txt#1"],
        ["a.txt#1", "a.txt", "a.txt"],
        ["a.txt#2", "a.txt", "a.txt"],
        ["a.txt", "a.txt#2", "a.txt"],
        ["a.txt", "a.txt", "a.txt"],
    ] {
        let archive = tar(&names.map(|name| (name, text(1).into_bytes())));
        let rows = textmill(&PLAIN, &archive).rows();
        assert_eq!(rows.len(), 3, "{names:?}");
        assert_eq!((all(&rows, "id").len(), all(&rows, "source").len()), (3, 3), "{names:?}: {rows:?}");
    }
}

#[test]
fn a_file_is_no_entry_of_an_archive() {
    let dir = folder();
    file(&dir, "x.tar", &tar(&[("a.txt", text(1).into_bytes()), ("b!/a.txt", text(1).into_bytes())]));
    file(&dir, "x.tar!/a.txt", text(1).as_bytes());
    let (_, rows, _) = run(dir.path(), &["x.tar", "x.tar!"], b"");
    assert_eq!(
        all(&rows, "source"),
        BTreeSet::from(["x.tar!/a.txt", r"x.tar!/b\x21/a.txt", r"x.tar\x21/a.txt"])
    );
    assert_eq!(all(&rows, "id").len(), 3);
}

#[test]
fn names_that_are_no_utf8_are_told_apart_byte_by_byte() {
    let dir = folder();
    for name in [&b"a\xff.txt"[..], b"a\xfe.txt", br"a\xff.txt", "a\u{fffd}.txt".as_bytes()] {
        let path = dir.path().join("in").join(OsStr::from_bytes(name));
        std::fs::create_dir_all(dir.path().join("in")).expect("a folder");
        std::fs::write(path, text(1)).expect("room");
    }
    let (_, rows, _) = run(dir.path(), &["in"], b"");
    let want = [r"in/a\x5cxff.txt", r"in/a\xfe.txt", r"in/a\xff.txt", "in/a\u{fffd}.txt"];
    assert_eq!(all(&rows, "source"), BTreeSet::from(want));
    assert_eq!(all(&rows, "id").len(), 4);
}

/// What ids were at the beginning: they are the same in every version.
#[test]
fn ids_of_ordinary_names_stay_as_they_are() {
    let dir = folder();
    file(&dir, "in/a.txt", text(1).as_bytes());
    file(&dir, "in/x.tar", &tar(&[("dir/é.txt", text(1).into_bytes())]));
    let (_, rows, _) = run(dir.path(), &["in", "-"], text(1).as_bytes());
    let ids: Vec<&str> = rows.iter().map(|row| str_of(row, "id")).collect();
    assert_eq!(ids, IDS);
}

const IDS: [&str; 3] = [
    "dec36140f45fea488bef1e19216b290c",
    "b2673790206dd20a38b286dad266cfb4",
    "a79a74210cae9a79f559f249843e2e2e",
];

/// Parts of names that are hard to tell apart.
fn part() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::sample::select(vec![
            "a", "#1", "#2", "!", r"\xff", r"\x5c", "\\", "x21", "-", "\u{fffd}", ".txt"
        ])
        .prop_map(|s| s.as_bytes().to_vec()),
        (0x80u8..=0xff).prop_map(|b| vec![b]),
    ]
}

fn name() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(part(), 1..4).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(24), ..ProptestConfig::default() })]
    #[test]
    fn no_two_documents_of_an_output_have_one_id(
        files in prop::collection::btree_set(name(), 1..8),
        folders in prop::collection::btree_set(name(), 1..3),
        entries in prop::collection::vec(name(), 0..8),
        again in any::<bool>(),
    ) {
        let dir = folder();
        let at = |name: &[u8]| dir.path().join("in").join(OsStr::from_bytes(name));
        for folder in folders.difference(&files) {
            std::fs::create_dir_all(at(folder)).expect("a folder");
            std::fs::write(at(folder).join("a"), text(1)).expect("room");
        }
        // An archive is called like a folder that ends with an exclamation mark, if there is one.
        let archive = folders.iter().find_map(|f| f.strip_suffix(b"!")).unwrap_or(b"archive");
        let entries: Vec<_> = entries.iter().map(|name| (name, text(1).into_bytes())).collect();
        std::fs::create_dir_all(dir.path().join("in")).expect("a folder");
        let beside = files.iter().filter(|name| name.as_slice() != archive);
        beside.clone().for_each(|name| std::fs::write(at(name), text(1)).expect("room"));
        if !at(archive).is_dir() {
            std::fs::write(at(archive), tar(&entries)).expect("room");
        }
        let inputs: &[&str] = if again { &["in", "./in", "in"] } else { &["in"] };
        let (_, rows, _) = run(dir.path(), inputs, b"");
        prop_assert_eq!(all(&rows, "id").len(), rows.len());
        prop_assert_eq!(all(&rows, "source").len(), rows.len());
        prop_assert!(rows.len() >= beside.filter(|name| name.first() != Some(&b'.')).count());
    }
}
