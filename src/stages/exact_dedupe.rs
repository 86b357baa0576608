//! Drops documents whose text equals that of an earlier one.
//!
//! ## What it removes
//! Every document with the fingerprint of a kept one. The first in input order stays, and the
//! ledger names it as the witness of each document dropped. What counts as equal is for the
//! `fingerprint` stage to say. Documents without text are left alone.
//!
//! ## Why
//! The same article is scraped again and again; copies waste training and leak between splits.
//!
//! ## Options
//! * `remember` (default 16000000): how many documents are remembered at least; each takes up
//!   to about 70 bytes.
//!
//! There are two halves of `remember` documents each. When the newer half is full the
//! older one is forgotten; a document that is met again moves to the newer half. Which
//! documents are remembered depends on input order alone.
//!
//! ## When not to use
//! To count copies, or to keep the longest of several.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::Document;
use crate::editor::Editor;
use crate::reason::{DocId, Evidence, Reason};
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Keyer, Keys, Ordered, Stage, StageSpec};

const COPY: Reason = Reason {
    stage: "exact-dedupe",
    code: "copy",
    summary: "its normalised text equals that of an earlier document",
};

/// The stage's description.
pub static SPEC: StageSpec = StageSpec {
    name: "exact-dedupe",
    summary: "drops documents whose text equals that of an earlier one",
    source: include_str!("exact_dedupe.rs"),
    reasons: &[COPY],
    examples: &[Example {
        name: "a lone document is no copy",
        options: "",
        before: "Title\n\nIt rained all night.",
        after: Some("It rained all night."),
        captions: &[],
        removed: &[],
    }],
    requires: &["fingerprint"],
    build,
    schema: |g| g.subschema_for::<Settings>(),
};

/// Options of the stage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Settings {
    /// How many documents are remembered at least.
    remember: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { remember: 16_000_000 }
    }
}

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    let Settings { remember } = options.read()?;
    if remember == 0 {
        return Err(OptionsError::at("remember", "`remember` has to be at least 1"));
    }
    Ok(Stage::Ordered(Box::new(Seen { remember, newer: Half::default(), older: Half::default() })))
}

/// Fingerprints are uniform already.
#[derive(Default)]
struct PassThrough(u64);

impl Hasher for PassThrough {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are u128")
    }
    fn write_u128(&mut self, n: u128) {
        self.0 = n as u64;
    }
}

type Half = HashMap<u128, DocId, BuildHasherDefault<PassThrough>>;

struct Seen {
    remember: usize,
    newer: Half,
    older: Half,
}

struct Fingerprints;

impl Keyer for Fingerprints {
    fn keys(&self, doc: &Document) -> Keys {
        let has_text = doc.body().next().is_some();
        Keys(doc.fingerprint().filter(|_| has_text).into_iter().collect())
    }
}

impl Ordered for Seen {
    fn keyer(&self) -> Arc<dyn Keyer> {
        Arc::new(Fingerprints)
    }

    fn decide(&mut self, keys: &Keys, doc: &mut Editor<'_>) {
        let Some(&key) = keys.0.first() else {
            return;
        };
        let known = self.newer.get(&key).copied();
        let id = match known.or_else(|| self.older.get(&key).copied()) {
            Some(witness) => {
                doc.drop_document(COPY, Evidence::Witness { id: witness, similarity: 1.0 });
                witness
            }
            None => doc.doc().id,
        };
        if known.is_some() {
            return;
        }
        if self.newer.len() == self.remember {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(key, id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Border, BorderKind, Origin};

    fn decide(seen: &mut Seen, id: u128, key: u128) -> Option<DocId> {
        let border = Border { kind: BorderKind::Record, confidence: 100 };
        let origin = Origin { source: "-".into(), record: 0, range: 0..0, border };
        let mut doc = Document::new(DocId(id), origin, String::new());
        seen.decide(&Keys(vec![key]), &mut Editor::new(&mut doc, 0));
        match &doc.dropped()?.evidence {
            Evidence::Witness { id, .. } => Some(*id),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn the_first_is_the_witness_and_memory_is_bounded() {
        let mut seen = Seen { remember: 2, newer: Half::default(), older: Half::default() };
        assert_eq!(decide(&mut seen, 1, 7), None);
        assert_eq!(decide(&mut seen, 2, 7), Some(DocId(1)));
        assert_eq!(decide(&mut seen, 3, 8), None);
        assert_eq!(decide(&mut seen, 4, 9), None);
        assert_eq!(decide(&mut seen, 5, 7), Some(DocId(1)), "the older half still counts");
        for key in 10..20 {
            decide(&mut seen, key, key);
        }
        assert!(seen.newer.len() + seen.older.len() <= 4);
        assert_eq!(decide(&mut seen, 21, 7), None, "forgotten by now");
    }
}
