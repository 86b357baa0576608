//! What each stage of `news` costs, on documents as the stages before have left them.
//!
//! `cargo bench --bench stages`; throughput is bytes of scraped text.

mod common;

use std::collections::HashMap;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use textmill::document::Document;
use textmill::editor::Editor;
use textmill::registry::Registry;
use textmill::runtime::{Plan, inline};
use textmill::stage::{Index, Stage};

fn documents(text: &str) -> Vec<Document> {
    let mut out = Vec::new();
    let ran = inline::run(Plan::new(Default::default(), None, []), "-", &mut text.as_bytes(), &mut |fate| {
        if let inline::Fate::Document(doc) = fate {
            out.push(*doc);
        }
        true
    });
    ran.expect("it runs");
    out
}

/// An index in memory.
#[derive(Default)]
struct Memory(HashMap<u64, Vec<u64>>, Vec<Vec<u8>>);

impl Index for Memory {
    fn find(&mut self, keys: &[u64], found: &mut Vec<(u32, u64)>) {
        let places = |key| self.0.get(key).into_iter().flatten().copied();
        *found = (0..).zip(keys).flat_map(|(n, key)| places(key).map(move |p| (n, p))).collect();
    }

    fn read(&mut self, place: u64) -> Vec<u8> {
        self.1[place as usize].clone()
    }

    fn add(&mut self, keys: &[u64], record: &[u8]) {
        keys.iter().for_each(|&key| self.0.entry(key).or_default().push(self.1.len() as u64));
        self.1.push(record.to_vec());
    }
}

fn apply(stage: &mut Stage, step: u16, docs: &mut [Document]) {
    let mut index = Memory::default();
    for doc in docs.iter_mut().filter(|d| d.dropped().is_none()) {
        match stage {
            Stage::Map(map) => map.apply(&mut Editor::new(doc, step)),
            Stage::Ordered(ordered) => {
                let keys = ordered.keyer().keys(doc);
                ordered.decide(&keys, &mut Editor::new(doc, step), &mut index);
            }
            Stage::Learned(learned) => {
                let keys = learned.keyer().keys(doc);
                learned.observe(&keys, doc);
                learned.judge(&keys, &mut Editor::new(doc, step));
            }
        }
    }
}

fn stages(c: &mut Criterion) {
    let text = common::dump(2_000_000);
    let pipeline = textmill::config::resolve("news", &Registry::default()).expect("news is valid");
    let mut docs = documents(&text);
    let mut group = c.benchmark_group("stages");
    group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
    group.bench_function("segment and open", |b| b.iter(|| documents(&text)));
    for (step, mut built) in pipeline.stages.into_iter().enumerate() {
        let name = built.spec.name;
        group.bench_function(name, |b| {
            b.iter_batched_ref(
                || docs.clone(),
                |docs| apply(&mut built.stage, step as u16, docs),
                BatchSize::LargeInput,
            );
        });
        apply(&mut built.stage, step as u16, &mut docs);
    }
    group.finish();
}

criterion_group!(benches, stages);
criterion_main!(benches);
