//! What a batch tells the guard.

use std::ops::Range;
use std::sync::Arc;

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
            match self.removed[start..].iter_mut().find(|r| r.rule == rule && r.witnessed == witnessed) {
                Some(known) => known.bytes += len,
                None => self.removed.push(Removed { rule, bytes: len, line: i as u64 + 1, witnessed }),
            }
        }
        Fate::Kept { bytes, removed: start..self.removed.len() }
    }

    /// Notes that the source has ended.
    pub fn end(&mut self) {
        self.source = None;
        self.events.push(Event::End);
    }
}
