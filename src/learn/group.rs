//! What is counted of a group of documents and each of its lines, in fixed memory.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::chunked::Chunked;
use super::counts::{Counts, middle};
use super::distinct::Distinct;
use super::mixed::Mixed;
use super::seen::Seen;
use super::sieve::Sieve;
use super::singles::{Owner, Singles, Stand};
use crate::steps::step;

/// About what a line of two documents or more costs in memory, its example and the table included;
/// bytes. A group costs as much.
pub(super) const LINE_COST: usize = 1024;

/// About what a line of one document costs; bytes.
const ONCE_COST: usize = 128;

/// Documents from which on a line is looked at.
pub(super) const COMMON: u32 = 3;

/// Where a line of a group is: a position, and in the lowest bit whether several documents have it.
#[derive(Debug, Clone, Copy)]
struct Slot(usize);

enum Found {
    Once(usize),
    Several(usize),
}

impl Slot {
    fn once(at: usize) -> Self {
        Self(at << 1)
    }

    fn several(at: usize) -> Self {
        Self(at << 1 | 1)
    }

    fn found(self) -> Found {
        if self.0 & 1 == 0 { Found::Once(self.0 >> 1) } else { Found::Several(self.0 >> 1) }
    }

    fn of_several(self) -> Option<usize> {
        (self.0 & 1 == 1).then_some(self.0 >> 1)
    }
}

/// What is counted of a group.
#[derive(Debug, Default)]
pub struct Group {
    /// Documents of the group.
    pub documents: u64,
    bodies: [Distinct; 3],
    /// By shape: the table that every line is looked for in is kept small.
    slots: HashMap<u64, Slot, Mixed>,
    /// Lines of one document; those that another has had since are still there.
    once: Singles,
    /// Slots that lead to one of them.
    pub(super) singles: usize,
    pub(super) lines: Chunked<Counts, 256>,
    /// Shapes that [`COMMON`] documents have.
    common: Sieve,
    /// Documents that a line may have beyond its count: what was forgotten to stay in memory.
    pub missed: u32,
    /// Documents that were judged; they come in the order in which they were added.
    pub(super) judged: u64,
    /// Whether its documents have come in no order.
    is_merged: bool,
}

impl Group {
    /// The most documents of [`NEAR`](super::recent::NEAR) in a row that have a line, that with this number in the group among them.
    pub fn near(&self, line: &Counts, number: Option<u64>) -> u64 {
        number.filter(|_| !self.is_merged).map_or(0, |number| line.recent.most_around(number))
    }

    /// Documents, near copies counted once.
    pub fn bodies(&self) -> u64 {
        middle([0, 1, 2].map(|k| self.bodies[k].count())).min(self.documents)
    }

    /// What is known of a shape that two documents have at least.
    pub fn line(&self, shape: u64) -> Option<&Counts> {
        Some(&self.lines[self.slots.get(&shape)?.of_several()?])
    }

    /// The same of a shape that three documents have at least; that others have none is quicker said.
    pub fn common_line(&self, shape: u64) -> Option<&Counts> {
        if self.common.may_have(shape) {
            self.line(shape).filter(|line| line.documents >= COMMON)
        } else {
            None
        }
    }

    /// Lines of two documents at least that `wanted` picks, those that most have first; equal ones by their example.
    pub fn lines(&self, wanted: impl Fn(&Counts) -> bool) -> Vec<&Counts> {
        let several =
            self.slots.iter().filter_map(|(shape, slot)| Some((shape, &self.lines[slot.of_several()?])));
        let mut all: Vec<_> = several.filter(|(_, counts)| wanted(counts)).collect();
        all.sort_unstable_by(|a, b| {
            b.1.documents.cmp(&a.1.documents).then_with(|| a.1.example.cmp(&b.1.example)).then(a.0.cmp(b.0))
        });
        all.into_iter().map(|(_, counts)| counts).collect()
    }
}

impl Group {
    pub(super) fn add<'d>(&mut self, document: u32, seen: Seen<'_>, text: &impl Fn(u32) -> &'d str) {
        self.documents += 1;
        for (set, body) in self.bodies.iter_mut().zip(seen.body) {
            set.add(body);
        }
        let owner = Owner { document, number: self.documents, body: seen.body };
        for line in seen.lines() {
            // Nobody looks at lines of fewer documents.
            if let Some(at) =
                self.count(line.shape, owner, line.into()).filter(|at| self.lines[*at].documents >= COMMON)
            {
                self.lines[at].show(line.at, text);
                self.mark(line.shape, at, 1);
            }
        }
    }

    /// Notes a line that so many documents more have made common: once, or the sieve would fill up for nothing.
    fn mark(&mut self, shape: u64, at: usize, more: u32) {
        let documents = self.lines[at].documents;
        if documents >= COMMON && documents - more < COMMON && !self.common.add(shape) {
            self.common = self.sieve();
        }
    }

    fn sieve(&self) -> Sieve {
        let is_common = |slot: &Slot| slot.of_several().is_some_and(|at| self.lines[at].documents >= COMMON);
        Sieve::of(self.slots.iter().filter(|(_, slot)| is_common(slot)).map(|(shape, _)| *shape))
    }

    /// Counts a document of a line; where the line is now, if the document was new and not the first.
    fn count(&mut self, shape: u64, owner: Owner, stand: Stand) -> Option<usize> {
        let mut slot = match self.slots.entry(shape) {
            Entry::Vacant(place) => {
                place.insert(Slot::once(self.once.push(owner, stand)));
                self.singles += 1;
                return None;
            }
            Entry::Occupied(slot) => slot,
        };
        match slot.get().found() {
            Found::Several(at) => self.lines[at].count(owner, stand).then_some(at),
            Found::Once(at) => {
                let first = self.once.get(at);
                if first.0.document == owner.document {
                    return None;
                }
                let mut counts = Counts::default();
                counts.count(first.0, first.1);
                counts.count(owner, stand);
                let at = self.lines.push(counts);
                slot.insert(Slot::several(at));
                self.singles -= 1;
                Some(at)
            }
        }
    }

    /// Keeps the words of known lines that lack examples.
    pub(super) fn show<'d>(&mut self, seen: Seen<'_>, text: &impl Fn(u32) -> &'d str) {
        for line in seen.lines() {
            if let Some(at) = self.slots.get(&line.shape).and_then(|slot| slot.of_several()) {
                self.lines[at].show(line.at, text);
            }
        }
    }

    /// Adds all of another group, whose documents are others.
    pub(super) fn merge(&mut self, mut other: Self) {
        self.is_merged = true;
        self.documents += other.documents;
        self.missed += other.missed;
        for (set, theirs) in self.bodies.iter_mut().zip(&other.bodies) {
            set.merge(theirs);
        }
        for (shape, slot) in other.slots {
            match slot.found() {
                Found::Once(at) => {
                    let (owner, stand) = other.once.get(at);
                    if let Some(at) = self.count(shape, owner, stand) {
                        self.mark(shape, at, 1);
                    }
                }
                Found::Several(at) => self.merge_line(shape, std::mem::take(&mut other.lines[at])),
            }
        }
    }

    fn merge_line(&mut self, shape: u64, theirs: Counts) {
        let (more, found) = (theirs.documents, self.slots.get(&shape).map(|slot| slot.found()));
        let at = match found {
            Some(Found::Several(at)) => at,
            _ => self.lines.len(),
        };
        if at == self.lines.len() {
            self.slots.insert(shape, Slot::several(at));
            self.lines.push(Counts::default());
        }
        if let Some(Found::Once(once)) = found {
            let (owner, stand) = self.once.get(once);
            self.lines[at].count(owner, stand);
            self.singles -= 1;
        }
        self.lines[at].merge(theirs);
        self.mark(shape, at, more);
    }

    pub(super) fn cost(&self) -> usize {
        step();
        (self.lines.len() + 1) * LINE_COST + self.singles * ONCE_COST
    }

    /// Forgets the lines that no more documents than `few` have.
    pub(super) fn forget(&mut self, few: u32) {
        let before = self.slots.len();
        let is_kept = |counts: &Counts| counts.documents > few;
        let mut next = 0;
        let moved: Vec<Option<usize>> = self
            .lines
            .iter()
            .map(|counts| {
                next += usize::from(is_kept(counts));
                is_kept(counts).then(|| next - 1)
            })
            .collect();
        self.slots.retain(|_, slot| {
            let at = slot.of_several().and_then(|at| moved[at]);
            *slot = Slot::several(at.unwrap_or_default());
            at.is_some()
        });
        self.lines.retain(is_kept);
        (self.once, self.singles) = (Singles::default(), 0);
        self.common = self.sieve();
        if self.slots.len() < before {
            self.missed += few;
        }
    }
}
