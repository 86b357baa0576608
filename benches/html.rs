//! What reading HTML costs, step by step.
//!
//! `cargo bench --bench html`; throughput is bytes of pages. The pages are those of the tests, each
//! with the scripts and styles that make up most of a page of today.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use textmill::html::{blocks, extract, features, meta, tree};

fn pages() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/fixtures/html");
    let script =
        "<script>window.q=window.q||[];q.push({a:1,b:'<p>',c:[2,3]});</script><style>.a{color:red}</style>";
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the pages").map(|e| e.expect("an entry").path()).collect();
    files.sort();
    let page = |path: &std::path::PathBuf| {
        let page = std::fs::read_to_string(path).expect("a page");
        page.replace("</head>", &format!("{}</head>", script.repeat(200)))
    };
    files.iter().map(page).collect()
}

fn html(c: &mut Criterion) {
    let pages = pages();
    let mut group = c.benchmark_group("html");
    group.throughput(Throughput::Bytes(pages.iter().map(|p| p.len() as u64).sum()));
    let mut each = |name: &str, step: fn(&str)| {
        group.bench_function(name, |b| b.iter(|| pages.iter().for_each(|p| step(p))));
    };
    each("tree", |p| drop(black_box(tree::Tree::new(p))));
    each("tree, blocks", |p| {
        let tree = tree::Tree::new(p).expect("a small page");
        black_box(blocks::cut(&tree));
    });
    each("tree, blocks, metadata, features", |p| {
        let tree = tree::Tree::new(p).expect("a small page");
        let (blocks, meta) = (blocks::cut(&tree), meta::read(&tree));
        features::Page::new(&tree, &blocks, &meta).each(|f| {
            black_box(f.len());
        });
    });
    each("all", |p| drop(black_box(extract::extract(p, false))));
    group.finish();
}

criterion_group!(benches, html);
criterion_main!(benches);
