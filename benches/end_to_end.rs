//! The main job from a plain-text file to a file of rows, with one thread and with two.
//!
//! `cargo bench --bench end_to_end`; throughput is bytes of the dump in wall time. With
//! `TEXTMILL_DUMP=FILE` it runs on a dump of yours.

mod common;

use std::path::PathBuf;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use textmill::registry::Registry;
use textmill::runtime::{Outputs, Plan, Progress, RunOptions, Target, run};

fn end_to_end(c: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let dump = std::env::var_os("TEXTMILL_DUMP").map(PathBuf::from).unwrap_or_else(|| {
        let path = dir.path().join("dump.txt");
        std::fs::write(&path, common::dump(20_000_000)).expect("room for the dump");
        path
    });
    let bytes = std::fs::metadata(&dump).expect("the dump is there").len();
    let outputs = Outputs {
        kept: Target::File(dir.path().join("clean.jsonl")),
        ledger: None,
        quarantine: None,
        quarantine_max: 0,
    };
    let mut group = c.benchmark_group("end to end");
    group.throughput(Throughput::Bytes(bytes)).sample_size(10);
    for pipeline in ["plain", "news", "web-text"] {
        for threads in [1, 2] {
            group.bench_function(format!("{pipeline}, threads {threads}"), |b| {
                b.iter(|| {
                    let p = textmill::config::resolve(pipeline, &Registry::default()).expect("built in");
                    let plan = Plan::new(p.input, p.format, p.stages.into_iter().map(|s| s.stage));
                    let options = RunOptions { threads, ..RunOptions::default() };
                    let inputs = vec![dump.clone()];
                    let ran = run(plan, inputs, &outputs, &options, &Arc::new(Progress::default()));
                    ran.expect("it runs").leftovers.remove().expect("nothing is left");
                });
            });
        }
    }
    group.finish();
    // What checkpoints cost: one every 4 MiB, 64 times as often as by default, and none.
    let mut group = c.benchmark_group("checkpoints");
    group.throughput(Throughput::Bytes(bytes)).sample_size(20);
    for (name, checkpoint_bytes) in [("none", u64::MAX), ("every 4 MiB", 4 << 20)] {
        group.bench_function(name, |b| {
            b.iter(|| {
                let p = textmill::config::resolve("news", &Registry::default()).expect("built in");
                let plan = Plan::new(p.input, p.format, p.stages.into_iter().map(|s| s.stage));
                let options = RunOptions { checkpoint_bytes, ..RunOptions::default() };
                let ran = run(plan, vec![dump.clone()], &outputs, &options, &Arc::new(Progress::default()));
                ran.expect("it runs").leftovers.remove().expect("nothing is left");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, end_to_end);
criterion_main!(benches);
