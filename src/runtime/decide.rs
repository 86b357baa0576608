//! The serial step: all ordered stages decide about one document before the next comes.
//!
//! What a stage wants to remember of a document is put into its index when all stages have decided, and only if
//! the document is kept. So an index holds nothing but what is in the output, and with it every witness.

use super::clock::{Laps, Part};
use super::error::RunError;
use super::index::Index;
use super::plan::{Decider, Deciding, Turn};
use super::work::{Entry, Load, at};
use crate::document::Document;
use crate::editor::Editor;
use crate::stage::{self, Keys, Window};

/// What a stage has added for a document about which not all have decided.
#[derive(Default)]
pub(super) struct Added {
    keys: Vec<u64>,
    bytes: Vec<u8>,
    /// Where each record ends, in `keys` and in `bytes`.
    ends: Vec<(usize, usize)>,
}

impl Added {
    fn put_into(&mut self, index: &mut Index) {
        let mut from = (0, 0);
        for &to in &self.ends {
            stage::Index::add(index, &self.keys[from.0..to.0], &self.bytes[from.1..to.1]);
            from = to;
        }
        self.clear();
    }

    fn clear(&mut self) {
        self.keys.clear();
        self.bytes.clear();
        self.ends.clear();
    }
}

/// An index as a stage sees it that decides about a document.
struct View<'a> {
    index: &'a mut Index,
    added: &'a mut Added,
}

impl stage::Index for View<'_> {
    fn find(&mut self, keys: &[u64], found: &mut Vec<(u32, u64)>) {
        self.index.find(keys, found);
    }

    fn read(&mut self, place: u64) -> Vec<u8> {
        self.index.read(place)
    }

    fn add(&mut self, keys: &[u64], record: &[u8]) {
        self.added.keys.extend_from_slice(keys);
        self.added.bytes.extend_from_slice(record);
        self.added.ends.push((self.added.keys.len(), self.added.bytes.len()));
    }
}

/// Decides about the documents of batches: of one, or of all of a window.
pub(super) fn decide(deciding: &mut Deciding, loads: &mut [Load]) -> Result<(), RunError> {
    let documents = loads.iter_mut().flat_map(|load| &mut load.entries).filter_map(|entry| match entry {
        Entry::Document { doc, keys } => Some((&mut **doc, keys)),
        _ => None,
    });
    let mut documents: Vec<_> = documents.collect();
    if let Some(decider) = deciding.deciders().find(|d| d.stage.window().is_some()) {
        documents.sort_by_cached_key(|(doc, keys)| std::cmp::Reverse(decider.rank(doc, keys)));
    }
    let clock = deciding.clock.clone();
    let mut laps = Laps::new(clock.as_deref());
    for (doc, keys) in documents {
        deciding.one(doc, std::mem::take(keys), &mut laps);
    }
    for decider in deciding.deciders_mut() {
        let snapshot = decider.index.settle()?;
        loads.iter_mut().for_each(|load| load.mark.indexes.push(snapshot.clone()));
    }
    Ok(())
}

impl Deciding {
    /// The documents that are decided about together, if a stage wants that.
    pub fn window(&self) -> Option<Window> {
        self.deciders().filter_map(|d| d.stage.window()).reduce(Window::max)
    }

    /// Decides about a document.
    fn one(&mut self, doc: &mut Document, mut keys: Vec<(u16, Keys)>, laps: &mut Laps<'_>) {
        // A stage further behind, which ran ahead, has dropped it: those in front of that may have a reason too.
        let ahead = doc.dropped.take();
        let last = ahead.as_ref().map_or(u16::MAX, |removal| removal.step);
        for (step, turn) in &mut self.turns {
            if doc.dropped().is_some() || *step > last {
                break;
            }
            at(*step, doc);
            match turn {
                Turn::Map(transform) => transform.apply(&mut Editor::new(doc, *step)),
                Turn::Decide(decider) => decider.decide(*step, doc, &mut keys),
            }
            laps.lap(Part::Stage(*step));
        }
        match (doc.dropped(), ahead) {
            (Some(removal), _) => doc.restore_behind(removal.step),
            (None, ahead) => doc.dropped = ahead,
        }
        let is_kept = doc.dropped().is_none();
        for Decider { index, added, .. } in self.deciders_mut() {
            if is_kept { added.put_into(index) } else { added.clear() }
        }
    }
}

impl Decider {
    fn decide(&mut self, step: u16, doc: &mut Document, keys: &mut [(u16, Keys)]) {
        let keys = match &self.keyer {
            Some(keyer) => keyer.keys(doc),
            None => keys
                .iter_mut()
                .find(|(of, _)| *of == step)
                .map(|(_, keys)| std::mem::take(keys))
                .unwrap_or_default(),
        };
        let Self { stage, index, added, .. } = self;
        stage.decide(&keys, &mut Editor::new(doc, step), &mut View { index, added });
    }

    /// The rank of a document in its window, as far as it is known before the stages in front have decided.
    fn rank(&self, doc: &Document, keys: &[(u16, Keys)]) -> u64 {
        match &self.keyer {
            Some(keyer) if doc.dropped().is_none() => self.stage.rank(&keyer.keys(doc)),
            Some(_) => 0,
            None => keys.iter().find(|(of, _)| *of == self.step).map_or(0, |(_, keys)| self.stage.rank(keys)),
        }
    }
}
