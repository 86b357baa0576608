//! What was nearly dropped.

use super::bottom::Bottom;
use super::clusters::{Known, Text};
use crate::document::Document;
use crate::reason::DocId;

/// Near misses that are kept.
const ROOM: usize = 16;
/// Least similarity of one: half of the words of both.
const LEAST: f64 = 0.5;
/// Bars of the histogram of similarities.
pub const BARS: usize = 20;

/// Two documents that were compared and are both kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NearMiss {
    /// The later one.
    pub text: Text,
    /// The earlier one.
    pub with: DocId,
    /// Its text, if that is at hand.
    pub earlier: Option<Text>,
    /// Measured similarity.
    pub similarity: f64,
}

/// Comparisons of documents.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Comparisons {
    /// Pairs by similarity, in twentieths: those for which a document was dropped.
    pub dropped: [u64; BARS],
    /// All others.
    pub kept: [u64; BARS],
    /// The most similar pairs of kept documents, most similar first; none that have less than half in common.
    pub near: Vec<NearMiss>,
}

/// Comparisons, as far as they have come.
#[derive(Debug)]
pub(super) struct Near {
    all: Comparisons,
    near: Bottom<NearMiss>,
}

impl Near {
    /// Near misses are of use below `bar`.
    pub fn new(bar: u64) -> Self {
        Self { all: Comparisons::default(), near: Bottom::new(ROOM, bar) }
    }

    pub fn bar(&self) -> u64 {
        self.near.bar()
    }

    pub fn document(&mut self, doc: &Document, number: u64) {
        // Only the last comparison can have decided.
        let last = doc.compared().len().saturating_sub(1);
        for (i, compared) in doc.compared().iter().enumerate() {
            let bar = ((compared.similarity * BARS as f64) as usize).min(BARS - 1);
            let decided = i == last && doc.dropped().is_some() && !compared.relation.is_empty();
            if decided { self.all.dropped[bar] += 1 } else { self.all.kept[bar] += 1 }
        }
        if doc.dropped().is_some() {
            return;
        }
        let most = doc.compared().iter().max_by(|a, b| a.similarity.total_cmp(&b.similarity));
        if let Some(&compared) = most.filter(|c| c.similarity >= LEAST) {
            self.near.put(order(compared.similarity, number), || NearMiss {
                text: Text::of(doc),
                with: compared.with,
                earlier: None,
                similarity: compared.similarity,
            });
        }
    }

    /// Adds a batch; `known` has texts of earlier documents.
    pub fn merge(&mut self, part: Self, known: &Known) {
        for i in 0..BARS {
            self.all.dropped[i] += part.all.dropped[i];
            self.all.kept[i] += part.all.kept[i];
        }
        self.near.merge(part.near.map(|near| NearMiss { earlier: known.text(near.with).cloned(), ..near }));
    }

    pub fn finish(self) -> Comparisons {
        Comparisons { near: self.near.into_values().collect(), ..self.all }
    }
}

/// The most similar first, then by hash.
fn order(similarity: f64, number: u64) -> u64 {
    let parts = ((1.0 - similarity.clamp(0.0, 1.0)) * 1e6) as u64;
    (parts << 40) | (number >> 24)
}
