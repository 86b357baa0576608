//! What near-duplicate detection costs before anything is looked up.
//!
//! `cargo bench --bench dedup`; throughput is bytes of scraped text.

mod common;

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use textmill::dedup::shingles::shingles;
use textmill::dedup::signature::{Permutations, bands};
use textmill::dedup::words::units_of;

fn dedup(c: &mut Criterion) {
    let text = common::dump(2_000_000);
    let docs: Vec<Vec<&str>> = text.split("\n\n\n\n").map(|doc| doc.lines().collect()).collect();
    let units: Vec<Vec<u32>> = docs
        .iter()
        .map(|doc| {
            let mut out = Vec::new();
            units_of(doc.iter().copied(), &mut out);
            out
        })
        .collect();
    let sets: Vec<Vec<u32>> = units
        .iter()
        .map(|units| {
            let mut out = Vec::new();
            shingles(units, 5, &mut out);
            out
        })
        .collect();
    let permutations = Permutations::new(Permutations::USUAL, 0);
    let (mut words, mut set, mut signature) = (Vec::new(), Vec::new(), vec![0; Permutations::USUAL]);
    let mut group = c.benchmark_group("dedup");
    group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
    let mut each = |name: &str, run: &mut dyn FnMut(usize)| {
        group.bench_function(name, |b| b.iter(|| (0..docs.len()).for_each(&mut *run)));
    };
    each("words", &mut |i| {
        words.clear();
        units_of(docs[i].iter().copied(), &mut words);
    });
    each("shingles of 5", &mut |i| {
        set.clear();
        shingles(&units[i], 5, &mut set);
    });
    each("signature of 112", &mut |i| permutations.signature(&sets[i], &mut signature));
    each("all, and 28 bands", &mut |i| {
        words.clear();
        set.clear();
        units_of(docs[i].iter().copied(), &mut words);
        shingles(&words, 5, &mut set);
        permutations.signature(&set, &mut signature);
        bands(&signature, 28, 4).for_each(|key| {
            black_box(key);
        });
    });
    group.finish();
}

criterion_group!(benches, dedup);
criterion_main!(benches);
