//! Drops documents whose text is a copy of an earlier one.
//!
//! ## What it removes
//! A document whose fingerprint equals that of one that was kept before. The first stays, and is named
//! as the witness of every copy. One that a later stage drops is no witness: its copies are judged as if
//! it had not been there. Titles and captions are not compared; documents without text are left alone.
//!
//! ## Why
//! Dumps hold the same article many times: crawled twice, printed by several outlets. Copies
//! cost training time and are learned by heart.
//!
//! ## Options
//! None. Every fingerprint is remembered, in memory as long as there is room (`--memory`) and on
//! the disk beyond that; with `--index DIR` also from one run to the next.
//!
//! ## When not to use
//! In front of stages that change documents, which may make copies of what was none. And where it
//! matters how often a text occurs.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::Document;
use crate::editor::Editor;
use crate::reason::{DocId, Evidence, Reason};
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Index, IndexKind, Keyer, Keys, Ordered, Stage, StageSpec};

const COPY: Reason =
    Reason { stage: "exact-dedupe", code: "copy", summary: "same text as an earlier document" };

/// The stage's description.
pub static SPEC: StageSpec = StageSpec {
    name: "exact-dedupe",
    summary: "drops documents whose text equals an earlier one's",
    source: include_str!("exact_dedupe.rs"),
    reasons: &[COPY],
    examples: &[
        Example {
            name: "a copy with other quotation marks",
            options: "",
            before: "Title\n\n“It rains,” he said.\u{C}Other title\n\n\"It rains\", he said.",
            after: None,
            captions: &[],
            removed: &[("copy", "")],
        },
        Example {
            name: "another text stays",
            options: "",
            before: "Title\n\nIt rains.\u{C}Title\n\nIt rained.",
            after: Some("It rained."),
            captions: &[],
            removed: &[],
        },
    ],
    requires: &["fingerprint"],
    build,
    schema: |g| g.subschema_for::<Settings>(),
    notes: None,
};

/// Options of the stage: none.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Settings {}

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    let Settings {} = options.read()?;
    Ok(Stage::Ordered(Box::new(Dedupe { found: Vec::new() })))
}

struct Dedupe {
    /// Kept for its memory.
    found: Vec<(u32, u64)>,
}

struct Fingerprints {
    /// The fingerprint of no text at all.
    empty: u128,
}

impl Keyer for Fingerprints {
    fn keys(&self, doc: &Document) -> Keys {
        let Some(fingerprint) = doc.fingerprint().filter(|&f| f != self.empty) else {
            return Keys::default();
        };
        Keys { hashes: vec![(fingerprint >> 64) as u64], content: fingerprint.to_le_bytes().to_vec() }
    }
}

impl Ordered for Dedupe {
    fn keyer(&self) -> Arc<dyn Keyer> {
        let hash = blake3::hash(b"");
        let empty = u128::from_be_bytes(*hash.as_bytes().first_chunk().expect("32 bytes"));
        Arc::new(Fingerprints { empty })
    }

    fn index(&self) -> IndexKind {
        IndexKind { name: "exact-dedupe", parameters: "version 1".to_owned(), keys: 1 }
    }

    fn only_drops(&self) -> bool {
        true
    }

    /// A record is a fingerprint and the first document that has it.
    fn decide(&mut self, keys: &Keys, doc: &mut Editor<'_>, index: &mut dyn Index) {
        if keys.hashes.is_empty() {
            return;
        }
        index.find(&keys.hashes, &mut self.found);
        for &(_, place) in &self.found {
            let record = index.read(place);
            let Some((first, id)) = record.split_first_chunk::<16>() else { continue };
            if let (Some(id), true) = (id.first_chunk(), keys.content == first) {
                let id = DocId(u128::from_le_bytes(*id));
                doc.drop_document(COPY, Evidence::Witness { id, similarity: 1.0 });
                return;
            }
        }
        let record = [&keys.content[..], &doc.doc().id.0.to_le_bytes()].concat();
        index.add(&keys.hashes, &record);
    }
}
