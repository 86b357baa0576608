//! The quarantine file: its rows, and what can be done with them.

use crate::support::*;
use proptest::prelude::*;
use std::path::{Path, PathBuf};

fn name(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

const BODY: &str = "It rained all night in the north, and the rivers rose again by noon.";

#[test]
fn rows_name_the_format_that_cut_them() {
    let dir = folder();
    let json = file(&dir, "a.jsonl", format!("{{\"text\":\"{BODY}\"}}\nno json\n").as_bytes());
    let plain = file(&dir, "b.txt", b"one\0two\n");
    let packed = gzip(dump(9, "\n\n\n\n").as_bytes());
    let cut = file(&dir, "c.txt.gz", &packed[..packed.len() - 9]);
    let q = dir.path().join("q");
    let inputs = [&json, &plain, &cut].map(|p| name(p));
    let args = [&["-q", "--quarantine", name(&q)], &inputs[..]].concat();
    assert_eq!(textmill(&args, b"").code, 1);
    let rows = read_rows(&q);
    let formats: Vec<_> = rows.iter().map(|r| (str_of(r, "reason"), str_of(r, "format"))).collect();
    let want = [
        ("bad_json", "jsonl"),
        ("nul_bytes", "plain"),
        ("truncated_stream", "plain"),
        ("truncated_stream", ""),
    ];
    assert_eq!(formats, want);
}

const ESCAPES: &str = concat!(
    r#"{"source":"a\u001b[31m\n.jsonl","format":"jsonl","record":4,"start":10,"end":14,"url":"","reason":"bad_json","#,
    r#""detail":"\u001b]0;x\tno","encoding":"base64","raw":"G1v/YQ==","truncated":false}"#,
    "\n",
    r#"{"source":"b.gz","format":"","record":7,"start":90,"end":90,"url":"","reason":"bad_crc","detail":"gzip member 0","#,
    r#""encoding":"utf-8","raw":"","truncated":false}"#,
    "\n",
);

#[test]
fn list_is_one_line_a_row_without_escapes() {
    let dir = folder();
    let plain = file(&dir, "q", ESCAPES.as_bytes());
    let packed = file(&dir, "packed", &gzip(ESCAPES.as_bytes()));
    for q in [&plain, &packed] {
        let ran = textmill(&["quarantine", "list", name(q)], b"");
        let want = "0  a\\u{1b}[31m\\u{a}.jsonl  4  10-14  bad_json  \\u{1b}]0;x\\u{9}no\n\
                    1  b.gz  7  90-90  bad_crc  gzip member 0\n";
        assert_eq!((ran.code, String::from_utf8_lossy(&ran.out).as_ref()), (0, want));
        assert_eq!(ran.err, "       1  bad_crc\n       1  bad_json\n");
        assert_eq!(textmill(&["quarantine", "list", "-q", name(q)], b"").err, "");
    }
    let none = file(&dir, "none", b"");
    assert_eq!(textmill(&["quarantine", "list", name(&none)], b"").code, 0);
}

#[test]
fn show_escapes_unless_raw_is_asked_for() {
    let dir = folder();
    let q = file(&dir, "q", ESCAPES.as_bytes());
    let ran = textmill(&["quarantine", "show", name(&q), "0"], b"");
    let want = "row 0\nsource  a\\u{1b}[31m\\u{a}.jsonl\nformat  jsonl\nrecord  4\nrange   10-14\nurl     none\nheader  none\nreason  bad_json\n\
                detail  \\u{1b}]0;x\\u{9}no\nraw     4 bytes\n\n\\u{1b}[\\xffa\n";
    assert_eq!((ran.code, String::from_utf8_lossy(&ran.out).as_ref()), (0, want));
    assert_eq!(textmill(&["quarantine", "show", name(&q), "0", "--raw"], b"").out, b"\x1b[\xffa");
    let ran = textmill(&["quarantine", "show", name(&q), "2"], b"");
    assert_eq!((ran.code, ran.err.contains("has no row 2")), (2, true), "{}", ran.err);
}

#[test]
fn a_file_that_is_none_is_refused() {
    let dir = folder();
    let good = ESCAPES.lines().next().expect("a row");
    let cases = [
        (format!("{good}\n{{\"id\":1}}\n"), ":2: not a quarantine row: unknown field `id`"),
        (format!("{good}\n{}", &good[..90]), ":2: not a quarantine row: EOF"),
        (format!("{good}\n\n"), ":2: not a quarantine row: "),
        (good.replace("bad_json", "bad_luck"), ":1: not a quarantine row: no reason is called `bad_luck`"),
        (good.replace("\"jsonl\"", "\"word\""), ":1: not a quarantine row: no format is called `word`"),
        (good.replace("G1v", "G1\u{1b}"), ":1: not a quarantine row: "),
        (good.replace("\"end\":14", "\"end\":13"), ":1: not a quarantine row: `raw` has 4 bytes of 3"),
        (good.replace("\"end\":14", "\"end\":9"), ":1: not a quarantine row: `end` lies before `start`"),
        (format!("{good}\n{}", "x".repeat(5 << 20)), ":2: not a quarantine row: longer than 4194304 bytes"),
    ];
    let out = dir.path().join("out");
    for (content, complaint) in cases {
        let q = file(&dir, "q", content.as_bytes());
        let complaint = format!("{}{complaint}", name(&q));
        let replay = ["quarantine", "replay", name(&q), "-o", name(&out)];
        for args in [&["quarantine", "list", name(&q)][..], &["quarantine", "show", name(&q), "7"], &replay] {
            let ran = textmill(args, b"");
            assert_eq!(ran.code, 3, "{args:?} {}", ran.err);
            assert!(ran.err.contains(&complaint) && !ran.err.contains('\u{1b}'), "{complaint}: {}", ran.err);
        }
    }
    let packed = gzip(ESCAPES.as_bytes());
    let cut = file(&dir, "cut", &packed[..packed.len() - 3]);
    for q in [name(&cut), "/no/such/file", name(dir.path())] {
        let ran = textmill(&["quarantine", "list", q], b"");
        assert_eq!((ran.code, ran.err.contains(q)), (3, true), "{}", ran.err);
    }
    assert_eq!(std::fs::read_dir(dir.path()).expect("the folder").count(), 2, "q and cut, and nothing else");
}

/// Reads files with a pipeline and options into a quarantine file and rows.
fn first_run(inputs: &[PathBuf], q: &Path, options: &[&str]) -> Ran {
    let inputs = inputs.iter().map(|p| name(p));
    let args: Vec<&str> =
        ["-q", "--quarantine", name(q)].into_iter().chain(options.iter().copied()).chain(inputs).collect();
    textmill(&args, b"")
}

fn replay(q: &Path, again: &Path, options: &[&str]) -> Ran {
    let args = ["quarantine", "replay", "-q", name(q), "--quarantine", name(again)];
    textmill(&[&args[..], options].concat(), b"")
}

fn reasons(q: &Path) -> std::collections::BTreeSet<String> {
    read_rows(q).iter().map(|r| str_of(r, "reason").to_owned()).collect()
}

#[test]
fn what_the_options_mend_comes_out_as_from_a_first_run() {
    let dir = folder();
    let line = |n: usize| format!("{{\"n\":{n}, \"title\":\"Rain {n}\", \"body\":\"Part {n}. {BODY}\"}}\n");
    let lines: String = (0..9).map(line).collect();
    let a =
        file(&dir, "a.jsonl", format!("\u{feff}{}\n \n{}no json\r\n{lines}", line(70), line(71)).as_bytes());
    let b = file(&dir, "b.jsonl.gz", &gzip(line(72).as_bytes()));
    let paths = ["q", "direct", "again"].map(|n| dir.path().join(n));
    let [q, direct, again] = &paths;
    let inputs = [a, b];
    assert_eq!(first_run(&inputs, q, &[]).out, b"");
    let want = first_run(&inputs, direct, &["--text-field", "body"]);
    assert_eq!(want.rows().len(), 12);
    let got = replay(q, again, &["--text-field", "body"]);
    assert_eq!((got.code, got.err.as_str()), (0, ""));
    assert_eq!(String::from_utf8_lossy(&got.out), String::from_utf8_lossy(&want.out));
    assert_eq!(read(again), read(direct), "what remains");

    // Into compressed files, with a ledger; and over the quarantine file itself.
    let [rows, ledger] = ["rows.gz", "ledger"].map(|n| dir.path().join(n));
    let options = ["--text-field", "body", "-o", name(&rows), "--ledger", name(&ledger)];
    assert_eq!(replay(q, q, &options).code, 0);
    assert_eq!(read(q), read(direct));
    let reread = textmill(&["-q", "-p", "plain", name(&rows)], b"").rows().len();
    assert_eq!((reread, read(&ledger).len()), (12, 0));
}

#[test]
fn standard_input_keeps_its_ids() {
    let dir = folder();
    let [q, again] = ["q", "again"].map(|n| dir.path().join(n));
    let input = format!("{{\"body\":\"{BODY}\"}}\n");
    assert_eq!(textmill(&["-q", "--quarantine", name(&q)], input.as_bytes()).rows().len(), 0);
    let want = textmill(&["-q", "--text-field", "body"], input.as_bytes());
    assert_eq!(replay(&q, &again, &["--text-field", "body"]).rows(), want.rows());
    assert_eq!(read(&again), b"");
    let mended = file(&dir, "strict.txt", &[article(1, "Bytes").as_bytes(), b" \xff\n"].concat());
    assert_eq!(first_run(std::slice::from_ref(&mended), &q, &["--strict"]).rows().len(), 0);
    let want = first_run(&[mended], &again, &[]);
    assert_eq!(want.rows().len(), 1);
    assert_eq!(replay(&q, &again, &[]).rows(), want.rows());
    assert_eq!(replay(&q, &again, &["--strict"]).rows().len(), 0);
    assert_eq!(read(&again), read(&q));
}

#[test]
fn addresses_are_kept() {
    let dir = folder();
    let part =
        |n| [format!("=== https://a.example/{n}\n\n{}", article(n, "Url")).as_bytes(), b"\xff\n\n"].concat();
    let inputs = [file(&dir, "a.txt", &(0..3).flat_map(part).collect::<Vec<u8>>())];
    let [q, again] = ["q", "again"].map(|n| dir.path().join(n));
    assert_eq!(first_run(&inputs, &q, &["--strict"]).rows().len(), 0);
    let want = first_run(&inputs, &again, &[]).rows();
    assert!(str_of(&want[2], "meta").contains("https://a.example/2"), "{}", want[2]);
    assert_eq!(replay(&q, &again, &[]).rows(), want);
    assert_eq!(replay(&q, &again, &["--strict"]).rows().len(), 0);
    assert_eq!(read(&again), read(&q));
}

#[test]
fn outputs_of_a_replay() {
    let dir = folder();
    let q = file(&dir, "q", ESCAPES.as_bytes());
    for (options, code) in [
        (&["-o", name(&q)][..], 2),
        (&["--ledger", name(&q)], 2),
        (&["-p", "no-such-pipeline"], 2),
        (&["-o", "/no/such/folder/rows"], 4),
        (&["--quarantine", "/no/such/folder/q"], 4),
        (&[], 0),
    ] {
        let args = [&["quarantine", "replay", name(&q)][..], options].concat();
        let ran = textmill(&args, b"");
        assert_eq!((ran.code, ran.out.len()), (code, 0), "{options:?}: {}", ran.err);
    }
    assert_eq!(read(&q), ESCAPES.as_bytes());
    let ran = textmill(&["quarantine", "replay", name(&q)], b"");
    assert_eq!(ran.err, "0 kept, 0 dropped; 2 remain in quarantine, 1 of them not to be tried again\n");
}

#[cfg(unix)]
#[test]
fn an_interrupted_replay_publishes_nothing() {
    let dir = folder();
    let fifo = dir.path().join("fifo");
    let sh =
        |script: &str| std::process::Command::new("sh").args(["-c", script]).status().expect("sh").success();
    assert!(sh(&format!("mkfifo '{}'", name(&fifo))));
    let [out, again] = ["out", "again"].map(|n| dir.path().join(n));
    let args = ["quarantine", "replay", name(&fifo), "-o", name(&out), "--quarantine", name(&again)];
    let mut child = command(&args).stderr(std::process::Stdio::null()).spawn().expect("start");
    let mut pipe = std::fs::File::options().write(true).open(&fifo).expect("a reader");
    let row = ESCAPES.lines().next().expect("a row");
    // More than a pipe and all that is held ahead take: the replay is under way when this returns.
    let many = format!("{row}\n").repeat((4 << 20) / row.len());
    std::io::Write::write_all(&mut pipe, many.as_bytes()).expect("it reads");
    assert!(sh(&format!("kill -INT {}", child.id())));
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    assert_eq!(std::fs::read_dir(dir.path()).expect("the folder").count(), 1, "the fifo only");
}

/// A run with `options` over `inputs`: the quarantine file's content and its part of the report.
fn capped(inputs: &[PathBuf], dir: &tempfile::TempDir, options: &[&str]) -> (Vec<u8>, serde_json::Value) {
    let [q, report] = ["q", "report"].map(|n| dir.path().join(n));
    let options = [&["-o", "/dev/null", "--report", name(&report)][..], options].concat();
    assert_eq!(first_run(inputs, &q, &options).code, 0);
    let report: serde_json::Value = serde_json::from_slice(&read(&report)).expect("JSON");
    (read(&q), report["quarantine"].clone())
}

#[test]
fn the_quarantine_has_a_bound() {
    let dir = folder();
    let line = |n: usize| format!("{n:04} {}\n", "no json ".repeat(125));
    let inputs = [file(
        &dir,
        "a.jsonl",
        format!("{{\"text\":1}}\n{}", (1..4000).map(line).collect::<String>()).as_bytes(),
    )];
    let (whole, counts) = capped(&inputs, &dir, &[]);
    assert_eq!(counts, serde_json::json!({ "rows": 4000, "raw_bytes": 10 + 3999 * 1005, "raw_dropped": 0 }));
    let max = ["--quarantine-max", "1 MiB"];
    let (want, counts) = capped(&inputs, &dir, &max);
    // 10 bytes of the first record, 1005 of each of the others.
    let kept = ((1 << 20) - 10) / 1005;
    let sums = serde_json::json!({ "rows": 4000, "raw_bytes": 10 + kept * 1005, "raw_dropped": 3999 - kept });
    assert_eq!(counts, sums);
    for (i, (got, whole)) in rows(&want).into_iter().zip(rows(&whole)).enumerate() {
        let mut bare = whole.clone();
        (bare["raw"], bare["truncated"]) = ("".into(), true.into());
        assert_eq!(got, if i <= kept { whole } else { bare }, "row {i}");
    }
    for threads in ["1", "2", "7"] {
        assert!(capped(&inputs, &dir, &[&max[..], &["--threads", threads]].concat()).0 == want, "{threads}");
    }
    let [q, again] = ["q", "again"].map(|n| dir.path().join(n));
    assert_eq!(replay(&q, &again, &[]).code, 0);
    assert!(read(&again) == want, "rows without their bytes pass through");
    let (nothing, counts) = capped(&inputs, &dir, &["--quarantine-max", "0"]);
    assert_eq!((rows(&nothing).len(), counts["raw_dropped"].as_u64()), (4000, Some(4000)));
}

#[test]
fn the_bound_counts_what_it_is_told() {
    let dir = folder();
    let input = file(&dir, "a.jsonl", b"{}\n");
    let args = ["--quarantine", "/dev/null", "--quarantine-max", "1 MB", name(&input)];
    let ran = textmill(&args, b"");
    assert_eq!((ran.code, ran.err.contains("16 MiB")), (2, true), "{}", ran.err);
    assert_eq!(textmill(&["--quarantine-max", "1 MiB", name(&input)], b"").code, 2, "without --quarantine");
    let packed = dir.path().join("q.zst");
    assert_eq!(first_run(std::slice::from_ref(&input), &packed, &["--quarantine-max", "1"]).code, 0);
    let list = textmill(&["quarantine", "show", name(&packed), "0"], b"");
    assert!(String::from_utf8_lossy(&list.out).contains("the first 0 of 2 bytes"), "{}", list.err);
    let ran = textmill(&["--quarantine", "/dev/null", "--quarantine-max", "1", name(&input)], b"");
    assert!(ran.err.contains("without their bytes (--quarantine-max)"), "{}", ran.err);
}

/// A line of a JSON Lines dump, good or bad in some way.
fn json_line() -> impl Strategy<Value = Vec<u8>> {
    let text = |t: String| format!("{{\"text\":\"{t}\"}}").into_bytes();
    prop_oneof![
        "[a-z ]{0,40}".prop_map(text),
        "[a-z{}\"\\\\:0-9\u{1}\u{1b}\u{e9}]{1,40}".prop_map(String::into_bytes),
        "[a-z]{1,9}".prop_map(|k| format!("{{\"{k}x\":\"{BODY}\"}}").into_bytes()),
        Just(b"{\"text\":5}".to_vec()),
        Just(b"{\"text\":\"\\ud800\"}".to_vec()),
        Just(b"{\"text\":\"a\xffb\xc3(\"}".to_vec()),
        (4100usize..70_000).prop_map(move |n| text("x".repeat(n))),
        (60_000usize..70_000).prop_map(|n| format!("{{\"text\":\"x\"}}{}]", " ".repeat(n)).into_bytes()),
        prop::collection::vec(any::<u8>(), 1..60),
    ]
}

/// An article of a plain-text dump, good or bad in some way.
fn plain_part() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        (0usize..99).prop_map(|n| article(n, "Rain").into_bytes()),
        (0usize..99).prop_map(|n| format!("{}\0", article(n, "Nul")).into_bytes()),
        (0usize..99).prop_map(|n| [article(n, "Bytes").as_bytes(), b" \xff\xfe"].concat()),
        (4100usize..70_000).prop_map(|n| vec![b'y'; n]),
        (60_000usize..70_000).prop_map(|n| ["y".repeat(n).as_bytes(), b"\0"].concat()),
    ]
}

/// Sources of every kind of damage: a dump of each format, a stream cut short, a wrong checksum.
fn hostile(
    lines: &[Vec<u8>],
    parts: &[Vec<u8>],
    cut: usize,
    max: usize,
) -> (tempfile::TempDir, Vec<PathBuf>) {
    let dir = folder();
    let json = [&b"{\"text\":\"first\"}\n"[..], &lines.join(&b'\n')].concat();
    let plain = parts.join(&b"\n\n\n\n"[..]);
    let packed = gzip(&json);
    let mut wrong = gzip(&plain);
    let sum = wrong.len() - 8;
    wrong[sum] ^= 1;
    let inputs = vec![
        file(&dir, "a.jsonl", &json),
        file(&dir, "b.txt", &plain),
        file(&dir, "c.jsonl.gz", &packed[..packed.len() - 1 - cut % (packed.len() / 2)]),
        file(&dir, "d.txt.gz", &wrong),
        file(&dir, "e.toml", format!("[input]\nmax-document-bytes = {max}\n").as_bytes()),
    ];
    (dir, inputs)
}

/// Replays what remains of `inputs` with nothing mended; the reasons seen.
fn unmended((dir, mut inputs): (tempfile::TempDir, Vec<PathBuf>)) -> std::collections::BTreeSet<String> {
    let pipeline = inputs.pop().expect("the pipeline comes last");
    let options = ["--strict", "-p", name(&pipeline)];
    let [q, again] = ["q", "again"].map(|n| dir.path().join(n));
    assert_eq!(first_run(&inputs, &q, &options).code, 1);
    let ran = replay(&q, &again, &options);
    assert_eq!((ran.code, ran.out.len()), (0, 0), "{}", ran.err);
    assert!(read(&again) == read(&q), "{}\n---\n{}", read(&again).escape_ascii(), read(&q).escape_ascii());
    reasons(&q)
}

#[test]
fn every_reason_passes_through_a_replay() {
    let lines = ["no json", "{}", "{\"text\":\"x\"}"].map(|l| l.as_bytes().to_vec());
    let bytes = [&lines[..], &[b"{\"text\":\"\xff\"}".to_vec(), vec![b'x'; 5000]]].concat();
    let nul = format!("{}\0", article(1, "Nul")).into_bytes();
    let plain = [&vec![nul; 5][..], &[vec![b'y'; 70_000]]].concat();
    let want =
        ["bad_crc", "bad_json", "invalid_utf8", "no_text", "nul_bytes", "too_large", "truncated_stream"];
    assert_eq!(unmended(hostile(&bytes, &plain, 9, 4096)), want.map(str::to_owned).into());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(48)))]

    /// With nothing mended, a replay writes no row, and the quarantine file as it was.
    #[test]
    fn a_replay_loses_nothing(
        lines in prop::collection::vec(json_line(), 0..30),
        parts in prop::collection::vec(plain_part(), 1..12),
        cut in any::<usize>(),
        max in prop::sample::select(vec![4096, 100_000]),
    ) {
        unmended(hostile(&lines, &parts, cut, max));
    }
}
