//! Every example of every stage, run.

use textmill::document::{Border, BorderKind, Document, Origin};
use textmill::editor::Editor;
use textmill::formats::{InputOptions, Raw, plain};
use textmill::registry::{Options, Registry};
use textmill::stage::{Example, Stage, StageSpec};
use textmill::stages::template;

use crate::support::PlainIndex;

fn build(spec: &StageSpec, options: &str) -> Stage {
    let table = options.parse::<toml_edit::DocumentMut>().expect("an example's options are TOML");
    (spec.build)(&Options::new(table.as_table())).unwrap_or_else(|e| panic!("{}: {e}", spec.name))
}

fn open(text: &str, record: u64) -> Document {
    let origin = Origin {
        source: "example".into(),
        record,
        // Ids come from ranges, and no two articles of an example may share one.
        range: record << 32..(record << 32) + text.len() as u64,
        border: Border { kind: BorderKind::SourceStart, confidence: 100 },
        verdict: None,
    };
    let opener = (plain::SPEC.opener)(&InputOptions::default());
    opener.open(Raw { origin, bytes: text.as_bytes(), url: None }).expect("an example opens")
}

fn apply(stage: &mut Stage, doc: &mut Document, step: u16, index: &mut PlainIndex) {
    if doc.dropped().is_some() {
        return;
    }
    match stage {
        Stage::Map(map) => map.apply(&mut Editor::new(doc, step)),
        Stage::Ordered(ordered) => {
            let keys = ordered.keyer().keys(doc);
            ordered.decide(&keys, &mut Editor::new(doc, step), index);
        }
        Stage::Learned(learned) => {
            let keys = learned.keyer().keys(doc);
            learned.observe(&keys, doc);
            learned.judge(&keys, &mut Editor::new(doc, step));
        }
    }
}

fn check(spec: &StageSpec, example: &Example) {
    let name = format!("{}, {:?}", spec.name, example.name);
    let registry = Registry::default();
    let required = spec.requires.iter().map(|r| build(registry.get(r).expect("a known stage"), ""));
    let mut stages: Vec<Stage> = required.chain([build(spec, example.options)]).collect();
    let mut indexes: Vec<PlainIndex> = stages.iter().map(|_| PlainIndex::default()).collect();
    let mut doc = None;
    for (record, text) in example.before.split('\u{C}').enumerate() {
        let doc = doc.insert(open(text, record as u64));
        for (step, stage) in stages.iter_mut().enumerate() {
            apply(stage, doc, step as u16, &mut indexes[step]);
        }
    }
    let doc = doc.expect("an article");
    let mut removed: Vec<(&str, &str)> = Vec::new();
    for i in 0..doc.lines().len() {
        removed.extend(doc.removal(i).map(|r| (r.reason.code, doc.original(i))));
    }
    let text = doc.dropped().is_none().then(|| {
        let mut text = String::new();
        doc.write_text(&mut text);
        text
    });
    if let Some(dropped) = doc.dropped() {
        removed = vec![(dropped.reason.code, "")];
        assert!(spec.reasons.contains(&dropped.reason), "{name}: reason not declared");
    }
    assert_eq!(text.as_deref(), example.after, "{name}: text");
    assert_eq!(doc.captions().collect::<Vec<_>>(), example.captions, "{name}: captions");
    assert_eq!(removed, example.removed, "{name}: removed");
    for i in 0..doc.lines().len() {
        let declared = doc.removal(i).is_none_or(|r| spec.reasons.contains(&r.reason));
        assert!(declared, "{name}: reason not declared");
    }
}

#[test]
fn examples() {
    let registry = Registry::default();
    for spec in registry.specs().iter().copied().chain([&template::SPEC]) {
        assert!(!spec.examples.is_empty(), "{} has no example", spec.name);
        for example in spec.examples {
            check(spec, example);
        }
    }
}

#[test]
fn descriptions() {
    for spec in Registry::default().specs() {
        let manual = spec.manual();
        for heading in ["## What it ", "## Why", "## Options", "## When not to use"] {
            assert!(manual.contains(heading), "{}: no {heading:?}", spec.name);
        }
        assert!(spec.reasons.iter().all(|r| r.stage == spec.name), "{}: reasons", spec.name);
        assert!(build_error(spec).contains("no-such-option"), "{}", spec.name);
    }
}

fn build_error(spec: &StageSpec) -> String {
    let table = "no-such-option = 1".parse::<toml_edit::DocumentMut>().expect("TOML");
    (spec.build)(&Options::new(table.as_table())).expect_err("unknown options are errors").message
}
