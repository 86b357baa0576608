//! What each format and compression costs, in and out: megabytes for each second of processor time, user and system,
//! on one thread.
//!
//! `cargo bench --bench formats` prints the tables of `docs/performance.md`; `-- NAME` only what has the name in it, and
//! `TEXTMILL_BENCH_MB` is the size of a sample (32). The program itself is run, five times each; the median counts.

#![allow(missing_docs)]

mod common;
#[path = "common/samples.rs"]
mod samples;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use samples::Sample;

const TIMES: usize = 5;

/// Processor time of all processes that this one has waited for, theirs included.
fn children() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let after_name = stat.rsplit_once(')').expect("a name").1;
    let ticks: u64 =
        after_name.split_whitespace().skip(13).take(2).map(|n| n.parse::<u64>().expect("ticks")).sum();
    Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second())
}

fn own() -> Duration {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// Median of what `clock` says of several runs of `job`, in seconds; at least one tick.
fn median(clock: fn() -> Duration, job: &dyn Fn()) -> f64 {
    let mut times: Vec<f64> = (0..TIMES)
        .map(|_| {
            let before = clock();
            job();
            (clock() - before).as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[TIMES / 2].max(0.01)
}

fn textmill(dir: &Path, args: &[&str]) {
    let ran = Command::new(env!("CARGO_BIN_EXE_textmill"))
        .args(["-q", "--threads", "1", "-p", "none.toml"])
        .args(args)
        .current_dir(dir)
        .stdout(Stdio::null())
        .status()
        .expect("the program starts");
    assert!(ran.success(), "textmill {args:?}: {ran}");
}

fn speed(bytes: usize, seconds: f64) -> String {
    format!("{:.0}", bytes as f64 / 1e6 / seconds)
}

/// Reads a sample to rows on `/dev/null`.
fn reading(dir: &Path, sample: &Sample) -> f64 {
    fs::write(dir.join("in"), &sample.bytes).expect("room for a sample");
    median(children, &|| textmill(dir, &["--format", sample.format, "in"]))
}

/// A parse of each line that borrows what it can, and copies nothing else.
fn json_alone(lines: &[u8]) {
    #[derive(serde::Deserialize)]
    struct Row<'a> {
        #[serde(borrow)]
        text: std::borrow::Cow<'a, str>,
    }
    for line in lines.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
        std::hint::black_box(serde_json::from_slice::<Row<'_>>(line).expect("a row").text.len());
    }
}

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let shown = |name: &str| wanted.is_empty() || wanted.iter().any(|w| name.contains(w.as_str()));
    let size: usize = std::env::var("TEXTMILL_BENCH_MB").ok().and_then(|n| n.parse().ok()).unwrap_or(32);
    let dir = tempfile::tempdir().expect("a temporary folder");
    let dir = dir.path();
    fs::write(dir.join("none.toml"), "[input]\n").expect("room for a pipeline");
    let dump = common::dump(size * 1_000_000);
    let formats = samples::formats(&dump);
    let lines = formats.iter().find(|s| s.name == "JSON Lines").expect("among the samples").bytes.clone();

    println!("| read | MB/s | alone |\n|---|---|---|");
    for sample in formats.iter().filter(|s| shown(s.name)) {
        let alone = match sample.name {
            "JSON Lines" => speed(sample.decoded, median(own, &|| json_alone(&sample.bytes))),
            _ => String::new(),
        };
        println!("| {} | {} | {alone} |", sample.name, speed(sample.decoded, reading(dir, sample)));
    }
    fs::write(dir.join("rows.jsonl"), &lines).expect("room for a sample");
    if shown("Parquet") {
        textmill(dir, &["rows.jsonl", "-o", "rows.parquet"]);
        let seconds = median(children, &|| textmill(dir, &["rows.parquet"]));
        println!("| Parquet (zstd; MB of JSON) | {} | |", speed(lines.len(), seconds));
    }

    println!("\n| read, JSON Lines in | MB/s | alone |\n|---|---|---|");
    for (sample, decode) in samples::compressions(&lines).into_iter().filter(|(s, _)| shown(s.name)) {
        let alone = median(own, &|| assert_eq!(decode(&sample.bytes), sample.decoded));
        let seconds = reading(dir, &sample);
        println!(
            "| {} | {} | {} |",
            sample.name,
            speed(sample.decoded, seconds),
            speed(sample.decoded, alone)
        );
    }

    println!("\n| written | MB/s |\n|---|---|");
    for ending in ["jsonl", "jsonl.gz", "jsonl.zst", "parquet"].into_iter().filter(|e| shown(e)) {
        let out = format!("out.{ending}");
        let seconds = median(children, &|| textmill(dir, &["rows.jsonl", "-o", &out]));
        println!("| {ending} | {} |", speed(lines.len(), seconds));
    }
}
