//! What each format of rows costs: a file of plain text to a file of rows, on one thread.
//!
//! `cargo bench --bench output`; throughput is bytes of rows, as JSON, in wall time. What
//! `jsonl` takes is the price of everything but the format.

mod common;

use std::path::Path;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use textmill::registry::Registry;
use textmill::runtime::{About, Folder, Format, Outputs, Plan, Progress, RunOptions, Splits, Target, run};

fn target(dir: &Path, format: Format) -> Target {
    let path = dir.join(format!("rows.{}", format.ending()));
    if format != Format::Parquet {
        return Target::File(path);
    }
    let (splits, about) = (Splits::default(), About::default());
    Target::Folder(Box::new(Folder { path, single: true, format, shard_bytes: u64::MAX, splits, about }))
}

fn once(dump: &Path, kept: Target) {
    let p = textmill::config::resolve("plain", &Registry::default()).expect("built in");
    let plan = Plan::new(p.input, p.format, p.stages.into_iter().map(|s| s.stage));
    let outputs = Outputs { kept, ledger: None, quarantine: None, quarantine_max: 0 };
    let options = RunOptions { threads: 1, ..RunOptions::default() };
    let ran = run(plan, vec![dump.to_owned()], &outputs, &options, &Arc::new(Progress::default()));
    ran.expect("it runs").leftovers.remove().expect("nothing is left");
}

fn output(c: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let dump = dir.path().join("dump.txt");
    std::fs::write(&dump, common::dump(20_000_000)).expect("room for the dump");
    once(&dump, target(dir.path(), Format::Jsonl));
    let rows = std::fs::metadata(dir.path().join("rows.jsonl")).expect("rows").len();
    let mut group = c.benchmark_group("output");
    group.throughput(Throughput::Bytes(rows)).sample_size(10);
    for format in Format::ALL {
        group.bench_function(format.ending(), |b| b.iter(|| once(&dump, target(dir.path(), *format))));
    }
    group.finish();
}

criterion_group!(benches, output);
criterion_main!(benches);
