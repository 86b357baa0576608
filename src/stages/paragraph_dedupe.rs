//! Removes paragraphs that stand in an earlier document too.
//!
//! ## What it removes
//! A paragraph of at least `min-words` words that an earlier document has, word for word: case,
//! punctuation and white space aside. The first document to have it keeps it; the ledger names that
//! document and the line. Only whole paragraphs go, never a part of one, so no sentence is cut.
//! What a document repeats of itself is the business of `repeated-lines`.
//!
//! ## Why
//! Agency reports, notes on the author, legal notices and calls to subscribe stand in many articles
//! that are otherwise different.
//!
//! ## Options
//! * `min-words` (default 10): shorter paragraphs stay, subheads and "Read more" among them.
//!
//! ## When not to use
//! It can hurt, and no shipped pipeline has it. What remains of a document may refer to what is
//! gone. Penedo et al. (*The FineWeb Datasets*, 2024) tried to remove repeated lines and paragraphs
//! over their whole corpus, after deduplicating documents, and models trained on the result did
//! worse than without; CCNet and RefinedWeb do remove repeated text inside documents. Use it on
//! sources whose paragraphs are known to be pasted, after `exact-dedupe` and `near-dedupe` (or the
//! second copy of an article loses its paragraphs one by one) and before `min-content`, which drops
//! what is left empty: this stage keeps a document even if all its paragraphs are gone.

use std::collections::HashSet;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::Document;
use crate::editor::Editor;
use crate::reason::{DocId, Evidence, Reason};
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Index, IndexKind, Keyer, Keys, Ordered, Stage, StageSpec};
use crate::steps::step;
use crate::text::fold::{Fold, Folder};

const SEEN: Reason = Reason {
    stage: "paragraph-dedupe",
    code: "seen-before",
    summary: "paragraph that stands in an earlier document",
};

/// The stage's description.
pub static SPEC: StageSpec = StageSpec {
    name: "paragraph-dedupe",
    summary: "removes paragraphs that an earlier document has",
    source: include_str!("paragraph_dedupe.rs"),
    reasons: &[SEEN],
    examples: &[
        Example {
            name: "a note under two articles",
            options: "",
            before: "Rain\n\nIt rained.\n\nThe author writes about the weather for this and for other papers \
                     since 1999.\u{C}Sun\n\nIt was dry.\n\nThe author writes about the weather, for this and for \
                     other papers, since 1999!",
            after: Some("It was dry."),
            captions: &[],
            removed: &[(
                "seen-before",
                "The author writes about the weather, for this and for other papers, since 1999!",
            )],
        },
        Example {
            name: "short paragraphs stay, and what differs",
            options: "",
            before: "Rain\n\nRead more.\n\nIt rained all night in the north, and the river rose over its banks.\
                     \u{C}Rain\n\nRead more.\n\nIt rained all night in the south, and the river rose over its banks.",
            after: Some("Read more.\n\nIt rained all night in the south, and the river rose over its banks."),
            captions: &[],
            removed: &[],
        },
    ],
    requires: &[],
    build,
    schema: |g| g.subschema_for::<Settings>(),
    notes: None,
};

/// Options of the stage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Settings {
    /// Paragraphs of fewer words stay.
    min_words: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { min_words: 10 }
    }
}

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    let Settings { min_words } = options.read()?;
    Ok(Stage::Ordered(Box::new(Dedupe { min_words, found: Vec::new() })))
}

struct Dedupe {
    min_words: usize,
    /// Kept for its memory.
    found: Vec<(u32, u64)>,
}

/// A paragraph: its hash, and its first and last line.
struct Paragraph {
    hash: [u8; 16],
    lines: (u32, u32),
}

const SIZE: usize = 24;

impl Paragraph {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.hash);
        out.extend_from_slice(&self.lines.0.to_le_bytes());
        out.extend_from_slice(&self.lines.1.to_le_bytes());
    }

    fn read(bytes: &[u8; SIZE]) -> Self {
        let line = |at: usize| u32::from_le_bytes(*bytes[at..].first_chunk().expect("24 bytes"));
        Self { hash: *bytes.first_chunk().expect("24 bytes"), lines: (line(16), line(20)) }
    }

    /// What is remembered of it: hash, document, line.
    fn record(&self, id: DocId) -> Vec<u8> {
        [&self.hash[..], &id.0.to_le_bytes(), &self.lines.0.to_le_bytes()].concat()
    }

    /// The document and line of a record, if it is of the same paragraph.
    fn first(&self, record: &[u8]) -> Option<(DocId, u32)> {
        let (hash, rest) = record.split_first_chunk::<16>()?;
        let (id, line) = rest.split_first_chunk::<16>()?;
        let line = u32::from_le_bytes(*line.first_chunk()?);
        (*hash == self.hash).then_some((DocId(u128::from_le_bytes(*id)), line))
    }
}

struct Paragraphs {
    folder: Folder,
    min_words: usize,
}

impl Paragraphs {
    /// Adds the paragraph that `folded` holds, if it is long enough.
    fn end(&self, folded: &mut Vec<u8>, lines: (u32, u32), keys: &mut Keys) {
        self.folder.finish(folded);
        let words = folded.split(|b| *b == b' ').filter(|w| !w.is_empty()).count();
        if words >= self.min_words.max(1) {
            let hash = *blake3::hash(folded).as_bytes().first_chunk().expect("32 bytes");
            keys.hashes.push(u64::from_be_bytes(*hash.first_chunk().expect("16 bytes")));
            Paragraph { hash, lines }.write(&mut keys.content);
        }
        folded.clear();
    }
}

impl Keyer for Paragraphs {
    fn keys(&self, doc: &Document) -> Keys {
        let (mut keys, mut folded) = (Keys::default(), Vec::new());
        let mut open: Option<(u32, u32)> = None;
        for (i, line) in doc.body() {
            let i = i as u32;
            if let Some((first, last)) = open {
                // A blank line counts even if a line beside it was removed.
                if doc.lines()[last as usize + 1..=i as usize].iter().any(|l| l.breaks()) {
                    self.end(&mut folded, (first, last), &mut keys);
                    open = None;
                }
            }
            self.folder.push(line, &mut folded);
            self.folder.push("\n", &mut folded);
            open = Some((open.map_or(i, |(first, _)| first), i));
        }
        if let Some(lines) = open {
            self.end(&mut folded, lines, &mut keys);
        }
        keys
    }
}

impl Ordered for Dedupe {
    fn keyer(&self) -> Arc<dyn Keyer> {
        let folder = Folder::new(Fold { case: true, spaces: true, punctuation: true });
        Arc::new(Paragraphs { folder, min_words: self.min_words })
    }

    fn index(&self) -> IndexKind {
        IndexKind { name: "paragraph-dedupe", parameters: "version 1".to_owned(), keys: 8 }
    }

    fn decide(&mut self, keys: &Keys, doc: &mut Editor<'_>, index: &mut dyn Index) {
        index.find(&keys.hashes, &mut self.found);
        let (id, mut at, mut new) = (doc.doc().id, 0, Vec::new());
        // Of equal paragraphs of one document the first is remembered: all of them would be found again for each copy.
        let mut known = HashSet::new();
        let paragraphs = keys.content.as_chunks::<SIZE>().0.iter().map(Paragraph::read);
        for (n, (&key, paragraph)) in (0..).zip(keys.hashes.iter().zip(paragraphs)) {
            let len = self.found[at..].iter().take_while(|(k, _)| *k == n).inspect(|_| step()).count();
            let places = &self.found[at..at + len];
            at += len;
            match places.iter().find_map(|(_, place)| paragraph.first(&index.read(*place))) {
                Some((id, line)) => remove(doc, paragraph.lines, &Evidence::Elsewhere { id, line }),
                None if known.insert(paragraph.hash) => new.push((key, paragraph.record(id))),
                None => {}
            }
        }
        // After all look-ups: what a document repeats of itself stays.
        new.iter().for_each(|(key, record)| index.add(&[*key], record));
    }
}

fn remove(doc: &mut Editor<'_>, (first, last): (u32, u32), evidence: &Evidence) {
    for i in first as usize..=last as usize {
        step();
        if doc.doc().is_body(i) {
            doc.remove(i, SEEN, evidence.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Border, BorderKind, Origin};
    use crate::steps::assert_in_proportion;

    /// An index in memory that finds all places of a key, as the real one does.
    #[derive(Default)]
    struct All(Vec<(u64, Vec<u8>)>);

    impl Index for All {
        fn find(&mut self, keys: &[u64], found: &mut Vec<(u32, u64)>) {
            found.clear();
            for (n, key) in (0..).zip(keys) {
                found.extend((0..).zip(&self.0).filter(|(_, (k, _))| k == key).map(|(place, _)| (n, place)));
            }
        }

        fn read(&mut self, place: u64) -> Vec<u8> {
            self.0[place as usize].1.clone()
        }

        fn add(&mut self, keys: &[u64], record: &[u8]) {
            self.0.extend(keys.iter().map(|key| (*key, record.to_vec())));
        }
    }

    fn two_of(text: &str) {
        let mut dedupe = Dedupe { min_words: 1, found: Vec::new() };
        let (keyer, mut index) = (dedupe.keyer(), All::default());
        for n in 1..=2 {
            let border = Border { kind: BorderKind::Record, confidence: 100 };
            let origin =
                Origin { source: "a".into(), record: n, range: 0..text.len() as u64, border, verdict: None };
            let mut doc = Document::new(DocId(n.into()), origin, text.to_owned());
            let keys = keyer.keys(&doc);
            dedupe.decide(&keys, &mut Editor::new(&mut doc, 0), &mut index);
            assert_eq!(doc.body().count(), if n == 1 { doc.lines().len() } else { 0 });
        }
    }

    #[test]
    fn a_copy_takes_as_many_steps_as_it_has_paragraphs() {
        assert_in_proportion(50, |paragraphs| two_of(&"Rain.\n\n".repeat(paragraphs)));
        let numbered = |n| (0..n).map(|k| format!("Rain {k}.\n\n")).collect::<String>();
        assert_in_proportion(50, |paragraphs| two_of(&numbered(paragraphs)));
    }
}
