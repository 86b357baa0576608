//! Drops documents whose text is a copy of an earlier one.
//!
//! ## What it removes
//! A document whose fingerprint equals that of one seen before. The first stays, and is named
//! as the witness of every copy. Titles and captions are not compared; documents without text
//! are left alone.
//!
//! ## Why
//! Dumps hold the same article many times: crawled twice, printed by several outlets. Copies
//! cost training time and are learned by heart.
//!
//! ## Options
//! * `remember` (default 16000000): most fingerprints held in memory, at 38 to 43 bytes each;
//!   a run over fewer documents needs less. They are held in two generations of half that
//!   size. When the newer is full, the older is forgotten and the newer takes its place; one
//!   that is met again moves to the newer. So a copy is found if at most `remember` / 2 other
//!   texts lie between it and the latest copy before it.
//!
//! ## When not to use
//! In front of stages that change or drop documents: a witness should be in the output. And
//! where it matters how often a text occurs.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::Document;
use crate::editor::Editor;
use crate::reason::{DocId, Evidence, Reason};
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Keyer, Keys, Ordered, Stage, StageSpec};

mod memory;

use memory::Memory;

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
};

/// Options of the stage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Settings {
    /// Most fingerprints held in memory.
    remember: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { remember: 16_000_000 }
    }
}

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    let s: Settings = options.read()?;
    if s.remember < 2 {
        return Err(OptionsError::at("remember", "`remember` has to be at least 2"));
    }
    Ok(Stage::Ordered(Box::new(Dedupe::new(s.remember))))
}

struct Dedupe {
    newer: Memory,
    older: Memory,
    generation: usize,
    /// Insertions since the journal was last taken: key and first document, 16 bytes each.
    journal: Vec<u8>,
}

impl Dedupe {
    fn new(remember: usize) -> Self {
        let (newer, older) = (Memory::default(), Memory::default());
        Self { newer, older, generation: remember / 2, journal: Vec::new() }
    }

    /// The document that had this key first, if it is remembered; otherwise `id` is.
    fn first(&mut self, key: u128, id: DocId) -> Option<DocId> {
        if let Some(first) = self.newer.get(key) {
            return Some(first);
        }
        let known = self.older.get(key);
        let first = known.unwrap_or(id);
        self.insert(key, first);
        self.journal.extend_from_slice(&key.to_le_bytes());
        self.journal.extend_from_slice(&first.0.to_le_bytes());
        known
    }

    fn insert(&mut self, key: u128, first: DocId) {
        if self.newer.len() >= self.generation {
            self.older = std::mem::take(&mut self.newer);
        }
        self.newer.insert(key, first);
    }
}

struct Fingerprints {
    /// The fingerprint of no text at all.
    empty: u128,
}

impl Keyer for Fingerprints {
    fn keys(&self, doc: &Document) -> Keys {
        Keys(doc.fingerprint().filter(|&f| f != self.empty).into_iter().collect())
    }
}

impl Ordered for Dedupe {
    fn keyer(&self) -> Arc<dyn Keyer> {
        let hash = blake3::hash(b"");
        let empty = u128::from_be_bytes(*hash.as_bytes().first_chunk().expect("32 bytes"));
        Arc::new(Fingerprints { empty })
    }

    fn decide(&mut self, keys: &Keys, doc: &mut Editor<'_>) {
        let (Some(&key), None) = (keys.0.first(), doc.doc().dropped()) else { return };
        let id = doc.doc().id;
        if let Some(first) = self.first(key, id) {
            doc.drop_document(COPY, Evidence::Witness { id: first, similarity: 1.0 });
        }
    }

    fn take_journal(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.journal)
    }

    fn replay(&mut self, journal: &[u8]) -> Result<(), String> {
        let (pairs, []) = journal.as_chunks::<32>() else {
            return Err(format!("{} bytes are no pairs of fingerprint and document", journal.len()));
        };
        for pair in pairs {
            let number =
                |at: usize| u128::from_le_bytes(*pair[at..].first_chunk().expect("a pair has 32 bytes"));
            self.insert(number(0), DocId(number(16)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_hit_in_the_older_generation_is_carried_over() {
        let mut d = Dedupe::new(4);
        let mut see = |key, id| d.first(key, DocId(id)).map(|d| d.0);
        assert_eq!([see(1, 1), see(2, 2)], [None, None]);
        // 1 and 2 are the older generation now.
        assert_eq!([see(3, 3), see(1, 4)], [None, Some(1)]);
        // 3 and 1 are; 2 is forgotten.
        assert_eq!([see(5, 5), see(1, 6), see(2, 7)], [None, Some(1), None]);
    }

    proptest! {
        #[test]
        fn a_replayed_journal_decides_alike(
            before in prop::collection::vec(0u128..12, 0..60),
            after in prop::collection::vec(0u128..12, 0..60),
        ) {
            let (mut whole, mut again) = (Dedupe::new(8), Dedupe::new(8));
            for (n, &key) in before.iter().enumerate() {
                whole.first(key, DocId(n as u128));
                if n % 3 == 0 {
                    again.replay(&whole.take_journal()).expect("its own journal");
                }
            }
            again.replay(&whole.take_journal()).expect("its own journal");
            for (n, &key) in after.iter().enumerate() {
                let id = DocId(1000 + n as u128);
                prop_assert_eq!(whole.first(key, id), again.first(key, id));
            }
        }

        #[test]
        fn near_copies_are_found_and_memory_is_bounded(keys in prop::collection::vec(0u128..12, 0..200)) {
            let mut d = Dedupe::new(8);
            for (n, &key) in keys.iter().enumerate() {
                let found = d.first(key, DocId(n as u128));
                prop_assert!(d.newer.len() + d.older.len() <= 8);
                if let Some(first) = found {
                    prop_assert_eq!(keys[first.0 as usize], key);
                }
                let between: Vec<_> = keys[..n].iter().rev().take_while(|&&k| k != key).collect();
                let distinct: std::collections::BTreeSet<_> = between.iter().collect();
                if between.len() < n && distinct.len() <= 4 {
                    prop_assert!(found.is_some(), "a copy at {} is missed", n);
                }
            }
        }
    }
}
