//! Drops documents that are copies of an earlier one with changes.
//!
//! ## What it removes
//! A document most of whose words stand in an earlier document that was kept, in the same runs.
//! Every document that is dropped names that one as its witness, with the measured similarity and
//! the relation: `same` (the same words in the same order), `edited`, `shortened` (it is contained
//! in the witness), `extended` (it contains the witness, and not much else).
//!
//! ## Why
//! News is printed many times over: updated, shortened, with another lead or another sign-off.
//! Copies cost training time and are learned by heart.
//!
//! ## How
//! 1. The text, without title and captions, becomes words: runs of letters and digits in lower
//!    case. A text mostly in a script without spaces becomes characters instead.
//! 2. Every run of `shingle` words is a shingle; their least hashes under `bands` times `rows`
//!    permutations are the document's signature (MinHash).
//! 3. Documents are candidates if a band of the signature agrees, or two of its first `singles`
//!    rows do. A key that more than `bucket` kept documents have is a common phrase and leads to
//!    nobody.
//! 4. Candidates are compared word by word, those with most keys in common first. A word is
//!    *covered* if a shingle it stands in occurs in the other document. Edited: at least `threshold`
//!    of the words of both are covered. Shortened: at least `containment` of this one's. Extended:
//!    at least `containment` of the earlier one's, and at most `max-new` of this one's are not.
//!    A text of fewer than 8 different shingles is a copy only if it is the same.
//! 5. The first candidate that fits is the witness. Documents that are dropped, by this stage or by a
//!    later one, are never witnesses: nothing is dropped for being similar to something similar.
//!
//! ## Options
//! * `threshold` (default 0.85), `containment` (0.9), `max-new` (0.4): as above, shares of words.
//! * `drop` (default all four): relations for which a document is dropped.
//! * `keep` (default `first`): which of two copies stays. With `longest`, the longest of those
//!   within a window: documents are taken in windows of `window` (default 1000; fewer once they have
//!   4 MiB), counted from the start of the run, and within a window those with more words are
//!   decided about first. Whatever an earlier window has kept stays.
//! * `shingle` (default 5): words of a shingle; `characters` (default 8): characters of one, where
//!   there are no words.
//! * `bands` (default 14), `rows` (default 8), `singles` (default 12), `seed` (default 1): how
//!   candidates are found.
//! * `bucket` (default 8): most kept documents under one key of a single row, and 8 times as many
//!   under one of a band; `candidates` (default 64): most candidates that a document is compared
//!   with. Documents for which that left somebody out, and which were kept, are counted in the
//!   report as `near-dedupe/candidates-skipped`.
//!
//! ## When not to use
//! In front of stages that change documents, which may make copies of what was none. Where documents differ in a few words that matter, as forms and weather reports do, raise
//! `threshold`.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::dedup::compare::{Comparer, Limits, Overlap, Relation};
use crate::dedup::curve::{Banding, NEEDED};
use crate::editor::Editor;
use crate::reason::{Evidence, Reason};
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Index, IndexKind, Keyer, Keys, Ordered, Stage, StageSpec, Window};

mod candidates;
mod keyer;
mod record;

use candidates::Candidates;
use keyer::Signer;
use record::Kept;

const fn reason(code: &'static str, summary: &'static str) -> Reason {
    Reason { stage: "near-dedupe", code, summary }
}

const SAME: Reason = reason("same", "the same words as an earlier document");
const EDITED: Reason = reason("edited", "an earlier document with changes");
const SHORTENED: Reason = reason("shortened", "part of an earlier document");
const EXTENDED: Reason = reason("extended", "an earlier document with additions");
const SKIPPED: Reason = reason("candidates-skipped", "not compared with every candidate");

/// Different shingles that a text has to have to be told from another by them.
const THIN: usize = 8;

/// The stage's description.
pub static SPEC: StageSpec = StageSpec {
    name: "near-dedupe",
    summary: "drops documents that are changed copies of earlier ones",
    source: include_str!("near_dedupe.rs"),
    reasons: &[SAME, EDITED, SHORTENED, EXTENDED, SKIPPED],
    examples: &[
        Example {
            name: "a copy with a word changed",
            options: "",
            before: "Rain\n\nIt rained all night in the north, and by noon the river had risen over its banks \
                     again; nobody was hurt.\u{C}Rain again\n\nIt rained all night in the north, and by noon the \
                     river had risen over its banks again; nobody was injured.",
            after: None,
            captions: &[],
            removed: &[("edited", "")],
        },
        Example {
            name: "a shortened copy",
            options: "",
            before: "Rain\n\nIt rained all night in the north, and by noon the river had risen over its banks \
                     again.\n\nThe bridge was closed until evening, said the mayor, who had come to see for \
                     himself.\u{C}Rain\n\nIt rained all night in the north, and by noon the river had risen over \
                     its banks again.",
            after: None,
            captions: &[],
            removed: &[("shortened", "")],
        },
        Example {
            name: "another text with a sentence in common",
            options: "",
            before: "Rain\n\nAll our readers are welcome to write to us at any time of day.\n\nIt rained all night \
                     in the north, and the river rose.\u{C}Sun\n\nAll our readers are welcome to write to us at any \
                     time of day.\n\nIn the south people went to the beaches in great numbers.",
            after: Some(
                "All our readers are welcome to write to us at any time of day.\n\nIn the south people went to the \
                 beaches in great numbers.",
            ),
            captions: &[],
            removed: &[],
        },
    ],
    requires: &[],
    build,
    schema: |g| g.subschema_for::<Settings>(),
    notes: Some(|| Settings::default().banding().table()),
};

/// Options of the stage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Settings {
    /// Least share of the words of both documents that have to be covered in an edited copy.
    threshold: f64,
    /// Least share of the words of the shorter document that have to be covered in a shortened
    /// or extended copy.
    containment: f64,
    /// Most of an extended copy that may be new.
    max_new: f64,
    /// Relations for which a document is dropped.
    drop: Vec<Droppable>,
    /// Which of two copies stays.
    keep: Keep,
    /// Documents among which the longest copy is looked for, if that is to stay.
    window: u64,
    /// Words of a shingle.
    shingle: usize,
    /// Characters of a shingle, in scripts without spaces.
    characters: usize,
    /// Bands of the signature.
    bands: usize,
    /// Rows of a band.
    rows: usize,
    /// Single rows that are looked up as well.
    singles: usize,
    /// Seed of the permutations.
    seed: u64,
    /// Most kept documents under one key of a single row; 8 times as many under one of a band.
    bucket: usize,
    /// Most candidates that a document is compared with.
    candidates: usize,
}

/// A relation, as an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Droppable {
    Same,
    Edited,
    Shortened,
    Extended,
}

/// Which of two copies stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Keep {
    /// The one that comes first.
    First,
    /// The one with most words, within a window.
    Longest,
}

impl Droppable {
    fn is(self, relation: Relation) -> bool {
        matches!(
            (self, relation),
            (Self::Same, Relation::Same)
                | (Self::Edited, Relation::Edited)
                | (Self::Shortened, Relation::Shortened)
                | (Self::Extended, Relation::Extended)
        )
    }
}

impl Default for Settings {
    fn default() -> Self {
        use Droppable::{Edited, Extended, Same, Shortened};
        Self {
            threshold: 0.85,
            containment: 0.9,
            max_new: 0.4,
            drop: vec![Same, Edited, Shortened, Extended],
            keep: Keep::First,
            window: 1000,
            shingle: 5,
            characters: 8,
            bands: 14,
            rows: 8,
            singles: 12,
            seed: 1,
            bucket: 8,
            candidates: 64,
        }
    }
}

impl Settings {
    fn banding(&self) -> Banding {
        Banding { bands: self.bands, rows: self.rows, singles: self.singles }
    }

    fn limits(&self) -> Limits {
        Limits { threshold: self.threshold, containment: self.containment, max_new: self.max_new }
    }

    /// Everything that keys and records depend on.
    fn parameters(&self) -> String {
        let Self { shingle, characters, bands, rows, singles, seed, .. } = self;
        format!(
            "version 1, shingle = {shingle}, characters = {characters}, bands = {bands}, rows = {rows}, singles = \
             {singles}, seed = {seed}"
        )
    }

    fn check(&self) -> Result<(), OptionsError> {
        let shares =
            [("threshold", self.threshold), ("containment", self.containment), ("max-new", self.max_new)];
        if let Some((key, _)) = shares.iter().find(|(_, share)| !(0.0..=1.0).contains(share)) {
            return Err(OptionsError::at(key, format!("`{key}` is a share of words: 0 to 1")));
        }
        let counts = [
            ("shingle", self.shingle, 1..=100),
            ("characters", self.characters, 1..=100),
            ("bands", self.bands, 0..=1000),
            ("rows", self.rows, 1..=1000),
            ("singles", self.singles, 0..=1000),
            ("bucket", self.bucket, 1..=100_000),
            ("candidates", self.candidates, 1..=100_000),
        ];
        if let Some((key, _, range)) = counts.iter().find(|(_, n, range)| !range.contains(n)) {
            let message = format!("`{key}` has to be between {} and {}", range.start(), range.end());
            return Err(OptionsError::at(key, message));
        }
        if !(1..=100_000).contains(&self.window) {
            return Err(OptionsError::at("window", "`window` has to be between 1 and 100000"));
        }
        if self.bands == 0 && self.singles < NEEDED {
            return Err(OptionsError::at("bands", "without bands there have to be 2 `singles` at least"));
        }
        Ok(())
    }
}

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    let settings: Settings = options.read()?;
    settings.check()?;
    let signer = Arc::new(Signer::new(&settings));
    Ok(Stage::Ordered(Box::new(Dedupe {
        settings,
        signer,
        candidates: Candidates::default(),
        comparer: Comparer::default(),
    })))
}

struct Dedupe {
    settings: Settings,
    signer: Arc<Signer>,
    candidates: Candidates,
    comparer: Comparer,
}

/// Bytes of records at which a window ends.
const WINDOW_BYTES: u64 = 4 << 20;

impl Ordered for Dedupe {
    fn keyer(&self) -> Arc<dyn Keyer> {
        self.signer.clone()
    }

    fn index(&self) -> IndexKind {
        let s = &self.settings;
        IndexKind { name: "near-dedupe", parameters: s.parameters(), keys: (s.bands + s.singles) as u32 }
    }

    fn only_drops(&self) -> bool {
        true
    }

    fn window(&self) -> Option<Window> {
        let window = Window { records: self.settings.window, bytes: WINDOW_BYTES };
        (self.settings.keep == Keep::Longest).then_some(window)
    }

    fn rank(&self, keys: &Keys) -> u64 {
        // Two bytes a word.
        keys.content.len() as u64
    }

    fn decide(&mut self, keys: &Keys, doc: &mut Editor<'_>, index: &mut dyn Index) {
        if keys.hashes.is_empty() {
            return;
        }
        let s = &self.settings;
        let skipped = self.candidates.find(&keys.hashes, s, index);
        // Most documents have no candidates.
        let mut begun = None;
        for &place in self.candidates.places() {
            let bytes = index.read(place);
            let Some(id) = Kept::id(&bytes) else { continue };
            let overlap = if Kept::equal(&bytes, &keys.content) {
                Overlap::WHOLE
            } else {
                let (now, n, thin) = begun.get_or_insert_with(|| {
                    let now = Kept::decode(&keys.content).expect("as the keyer made it");
                    let n = self.signer.shingle(now.units);
                    let thin = self.comparer.begin(&now.content, n) < THIN;
                    (now, n, thin)
                });
                match Kept::decode(&bytes).filter(|kept| kept.units == now.units && !*thin) {
                    Some(kept) => self.comparer.overlap(&kept.content, &now.content, *n),
                    None => continue,
                }
            };
            let relation = s.limits().relation(overlap);
            doc.compared(id, overlap.similarity, relation.map_or("", Relation::code));
            if let Some(relation) = relation.filter(|&r| s.drop.iter().any(|d| d.is(r))) {
                let evidence = Evidence::Witness { id, similarity: overlap.similarity };
                doc.drop_document(reason_of(relation), evidence);
                return;
            }
        }
        if skipped {
            doc.note(SKIPPED);
        }
        let record = Kept::named(doc.doc().id, &keys.content);
        index.add(self.candidates.free_keys(), &record);
    }
}

fn reason_of(relation: Relation) -> Reason {
    match relation {
        Relation::Same => SAME,
        Relation::Edited => EDITED,
        Relation::Shortened => SHORTENED,
        Relation::Extended => EXTENDED,
    }
}
