//! Documents and their copies.
//!
//! Which document will have copies is not known when it passes. So the text of a fixed number of kept
//! documents is held, an even sample by hash; what has copies among them is a sample of all clusters, with exact
//! counts. Beside it the largest clusters are counted; of these the text is at hand only where the witness is in
//! the sample, or was when its first copies came.

use std::collections::BTreeMap;

use super::bottom::Bottom;
use super::excerpt::{Place, body};
use super::heavy::Heavy;
use super::number;
use crate::document::Document;
use crate::reason::{DocId, Evidence, Reason};

/// Kept documents whose text is held.
const HELD: usize = 512;
/// Clusters that are counted at a time.
const ROOM: usize = 256;
/// Copies of a cluster that are shown.
const COPIES: usize = 2;
/// Bytes of text that are held of a document.
pub(super) const TEXT: usize = 1000;

/// A document, as far as it is compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// Where it stands.
    pub place: Place,
    /// Its title.
    pub title: String,
    /// The beginning of its text after cleaning, lines apart.
    pub text: String,
}

/// A copy of another document.
#[derive(Debug, Clone, PartialEq)]
pub struct CopyOf {
    /// The copy.
    pub copy: Text,
    /// Why it was dropped.
    pub reason: Reason,
    /// Verified similarity to the witness.
    pub similarity: f64,
}

/// A kept document and what was dropped as its copies.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// `id` of the kept document.
    pub witness: DocId,
    /// Its text, if that is at hand.
    pub text: Option<Text>,
    /// Documents that were dropped as its copies.
    pub copies: u64,
    /// Some of them, picked by hash.
    pub shown: Vec<CopyOf>,
}

/// All that is known of clusters.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Clusters {
    /// Documents that were dropped as copies.
    pub copies: u64,
    /// By how much each count of `largest` may be too low.
    pub lost: u64,
    /// The largest, largest first.
    pub largest: Vec<Cluster>,
    /// Clusters of an even sample of kept documents, with exact counts; those in `largest` left out.
    pub sampled: Vec<Cluster>,
    /// Kept documents whose text was held to the end.
    pub held: u64,
}

impl Text {
    pub(super) fn of(doc: &Document) -> Self {
        let title = super::excerpt::cut(doc.title().trim(), 200);
        Self { place: Place::of(doc), title, text: body(doc, TEXT) }
    }
}

/// Copies of one document in a batch.
#[derive(Debug)]
struct Copies {
    count: u64,
    shown: Bottom<CopyOf>,
}

impl Default for Copies {
    fn default() -> Self {
        Self { count: 0, shown: Bottom::new(COPIES, u64::MAX) }
    }
}

/// What a batch adds.
#[derive(Debug)]
pub(super) struct Part {
    held: Bottom<Text>,
    copies: BTreeMap<DocId, Copies>,
}

impl Part {
    /// Texts of kept documents are of use below `bar`.
    pub fn new(bar: u64) -> Self {
        Self { held: Bottom::new(HELD, bar), copies: BTreeMap::new() }
    }

    pub fn document(&mut self, doc: &Document, number: u64) {
        let Some(removal) = doc.dropped() else {
            return self.held.put(number, || Text::of(doc));
        };
        let Evidence::Witness { id, similarity } = removal.evidence else { return };
        let copies = self.copies.entry(id).or_default();
        copies.count += 1;
        copies.shown.put(number, || CopyOf { copy: Text::of(doc), reason: removal.reason, similarity });
    }
}

/// Of a held document that has copies.
#[derive(Debug)]
struct Held {
    text: Text,
    copies: Copies,
}

/// Clusters of a run.
#[derive(Debug)]
pub(super) struct Known {
    held: Bottom<Held>,
    largest: Heavy<DocId, (Option<Text>, Bottom<CopyOf>)>,
}

impl Default for Known {
    fn default() -> Self {
        Self { held: Bottom::new(HELD, u64::MAX), largest: Heavy::new(ROOM) }
    }
}

impl Known {
    /// Texts of kept documents are of use below this.
    pub fn bar(&self) -> u64 {
        self.held.bar()
    }

    /// The text of a kept document, if it is at hand.
    pub fn text(&self, id: DocId) -> Option<&Text> {
        self.held.get(number(id)).map(|held| &held.text)
    }

    pub fn merge(&mut self, part: Part) {
        self.held.merge(part.held.map(|text| Held { text, copies: Copies::default() }));
        for (id, copies) in &part.copies {
            if let Some(held) = self.held.get_mut(number(*id)) {
                held.copies.count += copies.count;
                held.copies.shown.merge(copies.shown.clone());
            }
        }
        let held = &self.held;
        let text = |id: DocId| held.get(number(id)).map(|held| held.text.clone());
        self.largest.merge(
            part.copies.into_iter().map(|(id, copies)| (id, copies.count, (id, copies.shown))),
            |(_, shown), (_, more)| shown.merge(more),
            |(id, shown)| (text(id), shown),
        );
    }

    /// The `most` largest clusters, and as many of the sample.
    pub fn finish(self, most: usize) -> Clusters {
        let cluster = |witness, text, copies, shown: Bottom<CopyOf>| Cluster {
            witness,
            text,
            copies,
            shown: shown.into_values().collect(),
        };
        let (copies, lost) = (self.largest.total(), self.largest.lost());
        let largest: Vec<Cluster> = (self.largest.into_sorted().into_iter().take(most))
            .map(|(id, count, (text, shown))| {
                let text = text.or_else(|| self.held.get(number(id)).map(|held| held.text.clone()));
                cluster(id, text, count, shown)
            })
            .collect();
        let held = self.held.len() as u64;
        let sampled = self.held.into_values().filter(|held| held.copies.count > 0);
        let sampled =
            sampled.filter(|held| largest.iter().all(|c| c.witness != held.text.place.id)).take(most);
        let sampled = sampled
            .map(|held| cluster(held.text.place.id, Some(held.text), held.copies.count, held.copies.shown));
        let sampled = sampled.collect();
        Clusters { copies, lost, largest, sampled, held }
    }
}
