//! Parquet and Arrow: fixtures of pyarrow and Polars, whole and damaged.
#![cfg(feature = "parquet")]

use std::process::Stdio;

use crate::hostile::{fixture, fixture_path, mutate};
use crate::support::*;
use serde_json::Value;

const PLAIN: &[&str] = &["-q", "-p", "plain"];
const ALL: [&str; 5] =
    ["buoys.parquet", "buoys-zstd.parquet", "buoys.arrows", "buoys-polars.parquet", "buoys-polars.arrow"];

/// Runs over a file, or over its bytes on standard input: code, rows, quarantine.
fn run(name: &str, bytes: Option<&[u8]>) -> (i32, Vec<Value>, Vec<Value>) {
    let dir = folder();
    let quarantine = dir.path().join("q");
    let path = fixture_path(name);
    let mut args = [PLAIN, &["--quarantine", quarantine.to_str().expect("UTF-8")]].concat();
    if bytes.is_none() {
        args.push(path.to_str().expect("UTF-8"));
    }
    let ran = textmill(&args, bytes.unwrap_or_default());
    (ran.code, ran.rows(), read_rows(&quarantine))
}

#[test]
fn rows_of_tables() {
    for name in ALL {
        let (from_file, from_stdin) = (run(name, None), run(name, Some(&fixture(name))));
        for (code, rows, bad) in [&from_file, &from_stdin] {
            assert_eq!((*code, rows.len(), bad.len()), (0, 199, 1), "{name}");
            assert_eq!((str_of(&bad[0], "reason"), &bad[0]["record"]), ("no_text", &7.into()));
            let row = &rows[9];
            assert_eq!(row["record"], 10);
            assert_eq!(
                str_of(row, "text"),
                "Buoy 10 lies off the coast.\n\nIt rings when waves pass, day 10 or not."
            );
            let title = if name.contains("polars") { "" } else { "Buoy 10" };
            assert_eq!(str_of(row, "title"), title);
            let meta: Value = serde_json::from_str(str_of(row, "meta")).expect("meta is JSON");
            assert_eq!((&meta["id"], &meta["depth"]), (&10.into(), &2.5.into()), "{name}");
            assert_eq!(meta["tags"], serde_json::json!(["sea"]));
            assert!(meta["seen"].as_str().expect("a time").starts_with("2026-11-25T06:10:00"), "{meta}");
            assert!(meta.get("text").or(meta.get("content")).is_none());
        }
        let texts = |rows: &[Value]| rows.iter().map(|r| r["meta"].clone()).collect::<Vec<_>>();
        assert_eq!(texts(&from_file.1), texts(&from_stdin.1));
    }
}

#[test]
fn the_text_column_can_be_named() {
    let path = fixture_path("buoys.parquet");
    let dir = folder();
    let pipeline = file(&dir, "p.toml", b"[input]\ntext-field = \"title\"\n");
    let args = ["-q", "-p", pipeline.to_str().expect("UTF-8"), path.to_str().expect("UTF-8")];
    let rows = textmill(&args, b"").rows();
    assert_eq!((rows.len(), str_of(&rows[3], "text")), (200, "Buoy 3"));
}

#[test]
fn sums_hold_and_rows_can_be_replayed() {
    let dir = folder();
    let (quarantine, report) = (dir.path().join("q"), dir.path().join("r"));
    let path = fixture_path("buoys.parquet");
    let [q, r, p] = [&quarantine, &report, &path].map(|p| p.to_str().expect("UTF-8"));
    let ran = textmill(&[PLAIN, &["--quarantine", q, "--report", r, p]].concat(), b"");
    let report: Value = serde_json::from_slice(&std::fs::read(&report).expect("a report")).expect("JSON");
    assert_eq!(report["documents"]["in"], 200);
    let size = |rows: &[Value]| {
        rows.iter()
            .map(|r| r["end"].as_u64().zip(r["start"].as_u64()))
            .map(|r| r.expect("numbers"))
            .map(|(e, s)| e - s)
            .sum::<u64>()
    };
    assert_eq!(report["bytes"]["documents"], size(&ran.rows()));
    let replayed = textmill(&["quarantine", "replay", q, "-p", "plain", "-q"], b"");
    assert_eq!(replayed.code, 0, "{}", replayed.err);
}

#[test]
fn a_damaged_table_is_a_damaged_source() {
    let table = fixture("buoys.parquet");
    let (footer, pages) = (table.len() - 200, 2000);
    for (what, bytes) in [
        ("cut short", table[..table.len() / 2].to_vec()),
        ("only the magic", b"PAR1PAR1".to_vec()),
        ("footer", [&table[..footer], &[0xFF; 100], &table[footer + 100..]].concat()),
        ("pages", [&table[..pages], &[0xFF; 400], &table[pages + 400..]].concat()),
    ] {
        let (code, rows, bad) = run("", Some(&bytes));
        assert_eq!(code, 1, "{what}");
        let last = bad.last().unwrap_or_else(|| panic!("{what}: no row"));
        assert_eq!(str_of(last, "reason"), "bad_file", "{what}: {bad:?}");
        assert!(!str_of(last, "detail").is_empty(), "{what}");
        assert!(rows.len() < 200, "{what}");
    }
}

#[test]
fn a_run_that_goes_on_reads_a_table_again() {
    let dir = folder();
    let path = fixture_path("buoys.parquet");
    let (whole, ..) = (textmill(&[PLAIN, &[path.to_str().expect("UTF-8")]].concat(), b"").out, ());
    let out = dir.path().join("rows.jsonl");
    let args = ["-q", "-p", "plain", "--checkpoint-every", "10 KiB", "-o", out.to_str().expect("UTF-8")];
    let args = [&args[..], &[path.to_str().expect("UTF-8")]].concat();
    for step in (1..80).step_by(7) {
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

/// The process that reads tables, on damaged ones: it ends, says why, and every line is whole. Each
/// copy costs a process, so that there are fewer of them unless `TEXTMILL_CASES` says otherwise.
#[test]
fn damaged_tables_end_their_own_process_only() {
    let copies = u64::from(cases(40));
    for name in ALL {
        let table = fixture(name);
        for seed in 0..copies {
            let dir = folder();
            let path = file(&dir, "table", &mutate(&table, seed));
            let input = std::fs::File::open(&path).expect("there");
            let output =
                command(&["__rows", "1073741824", "60"]).stdin(Stdio::from(input)).output().expect("it ends");
            // 134: the shell's name for an abort, which has no code of its own here.
            assert!(
                matches!(output.status.code(), Some(0 | 1) | None),
                "{name}, {seed}: {:?}",
                output.status
            );
            if output.status.code() == Some(1) {
                assert!(!output.stderr.is_empty() && output.stderr.len() < 4096, "{name}, {seed}");
            }
            if output.status.code().is_some() {
                rows(&output.stdout);
            }
        }
    }
}

/// What a process that reads tables is given, looked at while nobody reads its rows.
#[cfg(target_os = "linux")]
#[test]
fn the_process_that_reads_tables_has_limits_and_no_environment() {
    let dir = folder();
    let table = fixture("buoys.parquet");
    let paths: Vec<_> = (0..400).map(|n| file(&dir, &format!("{n:03}.parquet"), &table)).collect();
    let mut command = command(&["-q", "-p", "plain"]);
    command.args(&paths).env("SECRET", "of the user").stdout(Stdio::piped());
    let mut parent = command.spawn().expect("start");
    let tasks = format!("/proc/{}/task", parent.id());
    let children = || {
        let tasks = std::fs::read_dir(&tasks).expect("tasks");
        let of = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("children")).ok();
        let all: String = tasks.filter_map(|task| of(task.ok()?)).collect();
        all.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let read = |child: &str, what: &str| {
        std::fs::read_to_string(format!("/proc/{child}/{what}")).unwrap_or_default()
    };
    // One that has set its limits, before it ends.
    let (environment, limits) = 'found: loop {
        for child in children() {
            let (environment, limits) = (read(&child, "environ"), read(&child, "limits"));
            if limits.lines().any(|l| l.starts_with("Max cpu time") && !l.contains("unlimited")) {
                parent.kill().expect("killed");
                parent.wait().expect("it ends");
                break 'found (environment, limits);
            }
        }
        assert!(parent.try_wait().expect("a child").is_none(), "no child was seen");
    };
    assert_eq!(environment, "RUST_BACKTRACE=0\0");
    let limit = |name: &str| limits.lines().find(|l| l.starts_with(name)).expect("a limit").to_owned();
    let seconds = 60 + table.len() / (256 << 10);
    assert!(limit("Max cpu time").contains(&format!(" {seconds} ")), "{limits}");
    assert!(limit("Max core file size").contains(" 0 "), "{limits}");
    assert!(!limit("Max address space").contains(" unlimited  "), "{limits}");
}

/// Tables that come as streams, cut in pieces of every kind, compressed and not.
#[test]
fn chunking_changes_nothing() {
    use std::io::Write;
    textmill::runtime::table::read_tables_with(env!("CARGO_BIN_EXE_textmill").into());
    for name in ALL {
        let dir = folder();
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&fixture(name)).expect("memory");
        let input = file(&dir, "table.gz", &packed.finish().expect("memory"));
        let run = |chunk_bytes, batch_items| {
            let parsed = textmill::config::parse("p", "[input]\n", &Default::default()).expect("a pipeline");
            let options =
                textmill::runtime::RunOptions { threads: 2, chunk_bytes, batch_items, ..Default::default() };
            run_files(parsed, std::slice::from_ref(&input), &options).1
        };
        let want = run(1 << 18, 4096);
        assert_eq!(want[0].iter().filter(|b| **b == b'\n').count(), 199, "{name}");
        for (chunk, items) in [(1, 7), (61, 4096), (4096, 1)] {
            assert_eq!(run(chunk, items), want, "{name} in chunks of {chunk}");
        }
    }
}
