//! What is counted of a line, in fixed memory.

use super::distinct::Distinct;
use super::recent::Recent;
use super::seen::Zone;
use super::singles::{Owner, Stand};

/// Lines around a line that are shown as its contexts.
pub const CONTEXTS: usize = 3;

/// The value that more than half have, if there is one, and by how much it leads (Boyer and
/// Moore): the lead is never more than the true one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Majority {
    value: u32,
    /// Votes for it less those against it, at least.
    pub lead: u32,
}

impl Majority {
    fn vote(&mut self, value: u32) {
        if self.lead == 0 {
            self.value = value;
        }
        if self.value == value { self.lead += 1 } else { self.lead -= 1 }
    }

    /// The vote of two crowds: the lead is still never more than the true one.
    fn merge(&mut self, other: Self) {
        match (self.value == other.value, self.lead >= other.lead) {
            (true, _) => self.lead += other.lead,
            (false, true) => self.lead -= other.lead,
            (false, false) => *self = Self { lead: other.lead - self.lead, ..other },
        }
    }
}

/// What is counted of a line.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// Documents that have it, at least; at most [`Group::missed`](super::group::Group::missed) more.
    pub documents: u32,
    /// Documents that have it in each zone.
    pub zones: [u32; 3],
    /// Distinct bodies among them: near copies count once. The middle of three counts.
    bodies: [Distinct; 3],
    /// The line above and the line below.
    pub majorities: [Majority; 2],
    /// How many lines of the body are above it, and how many below.
    pub places: [Majority; 2],
    /// The line as one of its first documents has it.
    pub example: String,
    /// The line above and the line below in some of the first documents.
    pub contexts: Vec<[String; 2]>,
    /// The last document that had it.
    last: u32,
    pub(super) recent: Recent,
}

pub(super) fn middle(mut counts: [u64; 3]) -> u64 {
    counts.sort_unstable();
    counts[1]
}

impl Counts {
    /// Documents that have it, near copies counted once.
    pub fn support(&self) -> u64 {
        middle([0, 1, 2].map(|k| self.bodies[k].count())).min(u64::from(self.documents))
    }

    /// Counts a document, unless it has been counted; whether it was new.
    pub(super) fn count(&mut self, owner: Owner, stand: Stand) -> bool {
        if self.last == owner.document {
            return false;
        }
        self.last = owner.document;
        self.recent.mark(owner.number, owner.body);
        self.documents += 1;
        self.zones[stand.zone as usize] += 1;
        for (set, body) in self.bodies.iter_mut().zip(owner.body) {
            set.add(body);
        }
        for (majority, beside) in self.majorities.iter_mut().zip(stand.beside) {
            // Prose and the ends are no neighbours to know a line by: each of them is another.
            majority.vote(if beside == 0 { owner.document } else { beside });
        }
        for (majority, place) in self.places.iter_mut().zip(stand.places) {
            majority.vote(u32::from(place));
        }
        true
    }

    /// Adds the counts of other documents.
    pub(super) fn merge(&mut self, other: Self) {
        self.documents += other.documents;
        self.zones.iter_mut().zip(other.zones).for_each(|(own, theirs)| *own += theirs);
        self.bodies.iter_mut().zip(&other.bodies).for_each(|(own, theirs)| own.merge(theirs));
        self.majorities.iter_mut().zip(other.majorities).for_each(|(own, theirs)| own.merge(theirs));
        self.places.iter_mut().zip(other.places).for_each(|(own, theirs)| own.merge(theirs));
        if self.example.is_empty() {
            self.example = other.example;
        }
        self.contexts.extend(other.contexts);
        self.contexts.truncate(CONTEXTS);
        self.last = self.last.max(other.last);
    }

    pub(super) fn show<'d>(&mut self, at: u32, text: &impl Fn(u32) -> &'d str) {
        if self.example.is_empty() {
            text(at).trim().clone_into(&mut self.example);
        }
        if self.contexts.len() < CONTEXTS {
            let cut = |line: &str| {
                let line = line.trim();
                let end = line.char_indices().nth(60).map_or(line.len(), |(at, _)| at);
                line[..end].to_owned()
            };
            let above = at.checked_sub(1).map(|at| cut(text(at))).unwrap_or_default();
            self.contexts.push([above, cut(text(at + 1))]);
        }
    }

    /// Whether the line stands in a zone often enough to be known there.
    pub fn is_at_home(&self, zone: Zone) -> bool {
        u64::from(self.zones[zone as usize]) * 5 >= u64::from(self.documents)
    }
}
