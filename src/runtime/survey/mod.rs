//! What a page shows of a run beside its counts: samples, frequent lines, clusters, shapes.
//!
//! The last job of each batch makes a `Part`, as it does for the guard; the writer merges them in input order
//! (`Survey`). Samples are those with the smallest hashes of their ids, so they depend on neither threads nor
//! batches. All of it takes a fixed amount of memory, about 8 MiB at most, whatever the run is; it is no part of a
//! checkpoint.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use self::bottom::Bottom;
use crate::document::Document;
use crate::reason::{DocId, Reason};

mod bottom;
mod clusters;
mod excerpt;
mod heavy;
mod lines;
mod near;
mod shape;

pub use clusters::{Cluster, Clusters, CopyOf, Text};
pub use excerpt::{Excerpt, Place, ShownLine, Why};
pub use lines::{Context, FrequentLine, RemovedLines};
pub use near::{BARS, Comparisons, NearMiss};
pub use shape::{Fates, LENGTHS, Shape, SourceCount};

/// Documents that are shown, whatever was done to them.
const EVEN: usize = 16;
/// Documents that are shown of those that a reason touched.
const TOUCHED: usize = 3;
/// Frequent lines of a reason that are shown.
const LINES: usize = 10;
/// Clusters that are shown of either kind.
const CLUSTERS: usize = 12;

/// A document's place in all samples: those with the smallest are picked.
pub fn number(id: DocId) -> u64 {
    xxh3_64_with_seed(&id.0.to_le_bytes(), 0x7465_7874_6d69_6c6c)
}

/// Lines that were removed.
fn removed(doc: &Document) -> impl Iterator<Item = usize> {
    doc.lines().iter().enumerate().filter(|(_, line)| !line.is_kept()).map(|(i, _)| i)
}

/// What can be shown of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Findings {
    /// Documents that had been read before: the run was gone on with, and what follows is of the rest.
    pub since: u64,
    /// Frequent removed lines, by reason.
    pub lines: Vec<RemovedLines>,
    /// Documents, an even sample and some that each reason touched, in the order of the input as far as its
    /// sources go.
    pub samples: Vec<Excerpt>,
    /// How documents compare that are kept and nearly were not.
    pub comparisons: Comparisons,
    /// Copies.
    pub clusters: Clusters,
    /// Documents by length, language and source.
    pub shape: Shape,
}

/// What would be thrown away at once: numbers from which on samples have no room.
#[derive(Debug, Clone)]
struct Bars {
    even: u64,
    touched: BTreeMap<Reason, u64>,
    held: u64,
    near: u64,
}

impl Default for Bars {
    fn default() -> Self {
        Self { even: u64::MAX, touched: BTreeMap::new(), held: u64::MAX, near: u64::MAX }
    }
}

/// The bars as they were last: they only sink, so an old one does no harm.
#[derive(Debug, Clone, Default)]
pub(super) struct Hints(Arc<Mutex<Arc<Bars>>>);

impl Hints {
    fn now(&self) -> Arc<Bars> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What a batch adds.
#[derive(Debug)]
pub(super) struct Part {
    bars: Arc<Bars>,
    samples: Samples,
    lines: lines::Part,
    near: near::Near,
    clusters: clusters::Part,
    shape: shape::Part,
}

impl Part {
    /// An empty one.
    pub fn new(hints: &Hints) -> Self {
        let bars = hints.now();
        Self {
            samples: Samples::new(bars.even),
            lines: lines::Part::default(),
            near: near::Near::new(bars.near),
            clusters: clusters::Part::new(bars.held),
            shape: shape::Part::default(),
            bars,
        }
    }

    /// Notes a document.
    pub fn document(&mut self, doc: &Document) {
        let number = number(doc.id);
        self.shape.document(doc);
        self.near.document(doc, number);
        self.clusters.document(doc, number);
        self.samples.document(doc, number, &self.bars);
        if doc.is_touched() && doc.dropped().is_none() {
            self.lines.document(doc, number);
        }
    }

    /// Notes a record that is no document.
    pub fn bad(&mut self, source: &Arc<str>) {
        self.shape.bad(source);
    }
}

/// Sampled documents.
#[derive(Debug)]
struct Samples {
    even: Bottom<Arc<Excerpt>>,
    touched: BTreeMap<Reason, Bottom<Arc<Excerpt>>>,
}

impl Samples {
    fn new(bar: u64) -> Self {
        Self { even: Bottom::new(EVEN, bar), touched: BTreeMap::new() }
    }

    fn document(&mut self, doc: &Document, number: u64, bars: &Bars) {
        let mut made = None;
        let mut excerpt = || made.get_or_insert_with(|| Arc::new(Excerpt::of(doc))).clone();
        self.even.put(number, &mut excerpt);
        if !doc.is_touched() && doc.dropped().is_none() {
            return;
        }
        let mut last = None;
        let removals = removed(doc).filter_map(|i| doc.removal(i)).chain(doc.dropped());
        for reason in removals.map(|removal| removal.reason) {
            // Removals of one reason come in runs.
            if last.replace(reason) != Some(reason) {
                let bar = || bars.touched.get(&reason).copied().unwrap_or(u64::MAX);
                let touched = self.touched.entry(reason).or_insert_with(|| Bottom::new(TOUCHED, bar()));
                touched.put(number, &mut excerpt);
            }
        }
    }

    fn merge(&mut self, part: Self) {
        self.even.merge(part.even);
        for (reason, some) in part.touched {
            self.touched.entry(reason).or_insert_with(|| Bottom::new(TOUCHED, u64::MAX)).merge(some);
        }
    }

    fn finish(self) -> Vec<Excerpt> {
        let all = self.even.into_values().chain(self.touched.into_values().flat_map(Bottom::into_values));
        let by_id: BTreeMap<DocId, Arc<Excerpt>> = all.map(|e| (e.place.id, e)).collect();
        let mut all: Vec<Excerpt> = by_id.into_values().map(Arc::unwrap_or_clone).collect();
        all.sort_by(|a, b| (&a.place.source, a.place.record).cmp(&(&b.place.source, b.place.record)));
        all
    }
}

/// What is known of a run so far.
#[derive(Debug)]
pub(super) struct Survey {
    hints: Hints,
    since: u64,
    samples: Samples,
    lines: lines::Lines,
    near: near::Near,
    clusters: clusters::Known,
    shape: shape::Shapes,
}

impl Survey {
    /// Of a run that begins after `since` documents.
    pub fn new(hints: Hints, since: u64) -> Self {
        Self {
            hints,
            since,
            samples: Samples::new(u64::MAX),
            lines: lines::Lines::default(),
            near: near::Near::new(u64::MAX),
            clusters: clusters::Known::default(),
            shape: shape::Shapes::default(),
        }
    }

    /// Adds the next batch.
    pub fn merge(&mut self, part: Part) {
        self.shape.merge(part.shape);
        self.clusters.merge(part.clusters);
        self.near.merge(part.near, &self.clusters);
        self.samples.merge(part.samples);
        self.lines.merge(part.lines);
        let bars = Bars {
            even: self.samples.even.bar(),
            touched: self.samples.touched.iter().map(|(reason, some)| (*reason, some.bar())).collect(),
            held: self.clusters.bar(),
            near: self.near.bar(),
        };
        *self.hints.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(bars);
    }

    /// All that can be shown.
    pub fn finish(self) -> Findings {
        Findings {
            since: self.since,
            lines: self.lines.finish(LINES),
            samples: self.samples.finish(),
            comparisons: self.near.finish(),
            clusters: self.clusters.finish(CLUSTERS),
            shape: self.shape.finish(),
        }
    }
}
