//! What each stage of `news` costs, on documents as the stages before have left them.
//!
//! `cargo bench --bench stages`; throughput is bytes of scraped text.

mod common;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use textmill::document::Document;
use textmill::editor::Editor;
use textmill::registry::Registry;
use textmill::runtime::{Plan, inline};
use textmill::stage::Stage;

fn documents(text: &str) -> Vec<Document> {
    let mut out = Vec::new();
    inline::run(Plan::new(Default::default(), None, []), "-", &mut text.as_bytes(), &mut |fate| {
        if let inline::Fate::Document(doc) = fate {
            out.push(*doc);
        }
        true
    });
    out
}

fn apply(stage: &mut Stage, step: u16, docs: &mut [Document]) {
    for doc in docs.iter_mut().filter(|d| d.dropped().is_none()) {
        match stage {
            Stage::Map(map) => map.apply(&mut Editor::new(doc, step)),
            Stage::Ordered(ordered) => {
                let keys = ordered.keyer().keys(doc);
                ordered.decide(&keys, &mut Editor::new(doc, step));
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
