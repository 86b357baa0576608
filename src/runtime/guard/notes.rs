//! What a batch tells the guard.

use std::ops::Range;
use std::sync::Arc;

use super::lines;
use super::unit::Rule;
use crate::document::{Document, Removal};
use crate::reason::Evidence;

/// What became of the documents of a batch, in input order: two lists, whatever they hold.
#[derive(Debug, Default)]
pub(in crate::runtime) struct Seen {
    source: Option<Arc<str>>,
    pub(super) events: Vec<Event>,
    pub(super) removed: Vec<Removed>,
}

#[derive(Debug)]
pub(super) enum Event {
    /// The documents that follow are of this source.
    Source(Arc<str>),
    Document {
        record: u64,
        fate: Fate,
    },
    /// The source has ended.
    End,
}

#[derive(Debug)]
pub(super) enum Fate {
    Dropped {
        rule: Rule,
        /// Of which kept document it is a copy.
        witness: Option<u128>,
    },
    Kept {
        /// Of its lines, kept or removed.
        bytes: u64,
        /// What was removed from it.
        removed: Range<usize>,
    },
}

/// What one rule removed from one document.
#[derive(Debug)]
pub(super) struct Removed {
    pub rule: Rule,
    pub bytes: u64,
    /// The first line, from 1.
    pub line: u64,
    /// Whether because of another document.
    pub witnessed: bool,
    lines: u64,
    /// The line that stands for all of them, from 0.
    picked: usize,
    /// Its text, if this document is one of those whose lines are counted.
    pub shown: Option<String>,
}

/// Documents of a source whose lines are counted; of the rest it is an eighth.
const SHOWN: u64 = 1024;

/// Whether the last of so many lines of a document is to stand for all: each with the same chance, and
/// the same one each time.
fn is_picked(id: u128, lines: u64) -> bool {
    let mixed = (id as u64 ^ (lines << 40)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 32).is_multiple_of(lines)
}

fn witness(removal: &Removal) -> Option<u128> {
    match &removal.evidence {
        Evidence::Witness { id, .. } | Evidence::Elsewhere { id, .. } => Some(id.0),
        _ => None,
    }
}

impl Seen {
    /// Notes a document.
    pub fn document(&mut self, doc: &Document) {
        let source = &doc.origin.source;
        if self.source.as_ref().is_none_or(|s| !Arc::ptr_eq(s, source)) {
            self.source = Some(source.clone());
            self.events.push(Event::Source(source.clone()));
        }
        let fate = match doc.dropped() {
            Some(removal) => Fate::Dropped { rule: Rule::of(removal), witness: witness(removal) },
            None => self.kept(doc),
        };
        self.events.push(Event::Document { record: doc.origin.record, fate });
    }

    fn kept(&mut self, doc: &Document) -> Fate {
        let (start, mut bytes) = (self.removed.len(), 0);
        for (i, line) in doc.lines().iter().enumerate() {
            let len = line.span().len() as u64;
            bytes += len;
            let Some(removal) = doc.removal(i) else { continue };
            let witnessed = witness(removal).is_some();
            let rule = Rule::of(removal);
            let of_rule = |r: &Removed| r.rule == rule && r.witnessed == witnessed;
            let known = self.removed[start..].iter().position(of_rule).map(|at| start + at);
            let at = known.unwrap_or(self.removed.len());
            if known.is_none() {
                let (line, shown) = (i as u64 + 1, None);
                self.removed.push(Removed { rule, bytes: 0, line, witnessed, lines: 0, picked: i, shown });
            }
            let removed = &mut self.removed[at];
            removed.bytes += len;
            removed.lines += 1;
            if is_picked(doc.id.0, removed.lines) {
                removed.picked = i;
            }
        }
        if doc.origin.record < SHOWN || doc.origin.record.is_multiple_of(8) {
            let all = self.removed[start..].iter_mut();
            all.for_each(|removed| removed.shown = Some(lines::cut(doc.original(removed.picked))));
        }
        Fate::Kept { bytes, removed: start..self.removed.len() }
    }

    /// Notes that the source has ended.
    pub fn end(&mut self) {
        self.source = None;
        self.events.push(Event::End);
    }
}
