//! What is counted of each group of documents and each of its lines, in fixed memory.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use super::distinct::Distinct;
use super::mixed::Mixed;
use super::recent::{NEAR, Recent};
use super::seen::{Seen, Zone};

/// About what a line of two documents or more costs in memory, its example and the table included;
/// bytes. A group costs as much.
const LINE_COST: usize = 1024;

/// About what a line of one document costs; bytes.
const ONCE_COST: usize = 128;

/// Documents from which on a source is a group of its own; those of smaller ones in a folder
/// belong together.
pub const OWN: u64 = 10;

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

/// A line that one document has: most lines are of this kind, and need little room.
#[derive(Debug, Clone, Copy)]
struct Once {
    /// Number of the document, cut off: it is compared with those near it.
    document: u32,
    /// Its number in the group, from 1.
    number: u64,
    zone: Zone,
    places: [u8; 2],
    body: [u32; 3],
    beside: [u32; 2],
}

/// What is counted of a line.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// Documents that have it, at least; at most [`Group::missed`] more.
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
    recent: Recent,
}

fn middle(mut counts: [u64; 3]) -> u64 {
    counts.sort_unstable();
    counts[1]
}

impl Counts {
    /// Documents that have it, near copies counted once.
    pub fn support(&self) -> u64 {
        middle([0, 1, 2].map(|k| self.bodies[k].count())).min(u64::from(self.documents))
    }
}

/// What is counted of a group.
#[derive(Debug, Default)]
pub struct Group {
    /// Documents of the group.
    pub documents: u64,
    bodies: [Distinct; 3],
    once: HashMap<u64, Once, Mixed>,
    lines: HashMap<u64, Counts, Mixed>,
    /// Documents that a line may have beyond its count: what was forgotten to stay in memory.
    pub missed: u32,
    /// Documents that were judged; they come in the order in which they were added.
    judged: u64,
    /// Whether its documents have come in no order.
    is_merged: bool,
}

impl Group {
    /// The most documents of [`NEAR`] in a row that have a line, that with this number in the group among them.
    pub fn near(&self, line: &Counts, number: Option<u64>) -> u64 {
        number.filter(|_| !self.is_merged).map_or(0, |number| line.recent.most_around(number))
    }

    /// Documents, near copies counted once.
    pub fn bodies(&self) -> u64 {
        middle([0, 1, 2].map(|k| self.bodies[k].count())).min(self.documents)
    }

    /// What is known of a shape that two documents have at least.
    pub fn line(&self, shape: u64) -> Option<&Counts> {
        self.lines.get(&shape)
    }

    /// All lines of two documents at least, those that most have first; equal ones by their example.
    pub fn lines(&self) -> Vec<(&u64, &Counts)> {
        let mut all: Vec<_> = self.lines.iter().collect();
        all.sort_unstable_by(|a, b| {
            b.1.documents.cmp(&a.1.documents).then_with(|| a.1.example.cmp(&b.1.example)).then(a.0.cmp(b.0))
        });
        all
    }
}

impl Group {
    fn add<'d>(&mut self, document: u32, seen: &Seen, text: &impl Fn(u32) -> &'d str) {
        self.documents += 1;
        for (set, body) in self.bodies.iter_mut().zip(seen.body) {
            set.add(body);
        }
        for line in &seen.lines {
            let beside = line.beside.map(|shape| shape as u32);
            let number = self.documents;
            let now =
                Once { document, number, zone: line.zone, places: line.places, body: seen.body, beside };
            if let Some(counts) = self.lines.get_mut(&line.shape) {
                // Nobody looks at lines of fewer documents.
                if counts.count(&now) && counts.documents > 2 {
                    counts.show(line.at, text);
                }
                continue;
            }
            match self.once.entry(line.shape) {
                Entry::Vacant(place) => drop(place.insert(now)),
                Entry::Occupied(first) if first.get().document == document => {}
                Entry::Occupied(first) => {
                    let mut counts = Counts::default();
                    counts.count(&first.remove());
                    counts.count(&now);
                    self.lines.insert(line.shape, counts);
                }
            }
        }
    }

    /// Keeps the words of known lines that lack examples.
    fn show<'d>(&mut self, seen: &Seen, text: &impl Fn(u32) -> &'d str) {
        for line in &seen.lines {
            if let Some(counts) = self.lines.get_mut(&line.shape) {
                counts.show(line.at, text);
            }
        }
    }

    /// Adds all of another group, whose documents are others.
    fn merge(&mut self, other: Self) {
        self.is_merged = true;
        self.documents += other.documents;
        self.missed += other.missed;
        for (set, theirs) in self.bodies.iter_mut().zip(&other.bodies) {
            set.merge(theirs);
        }
        for (shape, theirs) in other.lines {
            if let Some(once) = self.once.remove(&shape) {
                self.lines.entry(shape).or_default().count(&once);
            }
            self.lines.entry(shape).or_default().merge(theirs);
        }
        for (shape, theirs) in other.once {
            if let Some(counts) = self.lines.get_mut(&shape) {
                counts.count(&theirs);
            } else if let Some(once) = self.once.remove(&shape) {
                let counts = self.lines.entry(shape).or_default();
                counts.count(&once);
                counts.count(&theirs);
            } else {
                self.once.insert(shape, theirs);
            }
        }
    }

    fn cost(&self) -> usize {
        (self.lines.len() + 1) * LINE_COST + self.once.len() * ONCE_COST
    }

    /// Forgets the lines that no more documents than `few` have.
    fn forget(&mut self, few: u32) {
        let before = self.lines.len() + self.once.len();
        self.once = HashMap::default();
        self.lines.retain(|_, c| c.documents > few);
        if self.lines.len() < before {
            self.missed += few;
        }
    }
}

/// Where a document belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// To this group.
    Group(&'a str),
    /// To its source, or to the source's folder if there is little in the source.
    Source(&'a str),
}

impl Place<'_> {
    /// Of the group that a document is first counted in.
    fn name(&self) -> &str {
        match self {
            Place::Group(name) | Place::Source(name) => name,
        }
    }
}

/// The folder of a source, or the source if it stands in none.
pub fn folder(source: &str) -> &str {
    match source.rsplit_once('/') {
        Some((folder, _)) => folder,
        None if source == "-" => source,
        None => ".",
    }
}

/// All groups.
#[derive(Debug)]
pub struct Site {
    groups: BTreeMap<String, Group>,
    /// The source whose documents come now.
    source: Option<String>,
    /// What all groups cost together.
    cost: usize,
    memory: usize,
    documents: u64,
}

impl Site {
    /// Counts that take about so many bytes at most.
    pub fn new(memory: usize) -> Self {
        let memory = memory.max(64 * LINE_COST);
        Self { groups: BTreeMap::new(), source: None, cost: 0, memory, documents: 0 }
    }

    /// All groups, by name.
    pub fn groups(&self) -> impl Iterator<Item = (&String, &Group)> {
        self.groups.iter()
    }

    /// The group of a document.
    pub fn group(&self, place: Place<'_>) -> Option<&Group> {
        match place {
            Place::Group(name) => self.groups.get(name),
            Place::Source(source) => {
                let own = self.groups.get(source);
                let of_folder = || self.groups.get(folder(source)).or(own);
                if own.is_some_and(|own| own.documents >= OWN) { own } else { of_folder() }
            }
        }
    }

    /// Documents of a place that are added and not judged.
    pub fn ahead(&self, place: Place<'_>) -> u64 {
        let group = self.groups.get(place.name());
        group.map_or(NEAR, |g| g.documents.saturating_sub(g.judged))
    }

    /// Notes that the next document of a place is judged; its number in its group, unless the documents of that have
    /// come in no order.
    pub fn next(&mut self, place: Place<'_>) -> Option<u64> {
        let group = self.groups.get_mut(place.name())?;
        group.judged += 1;
        Some(group.judged)
    }

    /// Adds a document; `text` gives the text of its lines.
    pub fn add<'d>(&mut self, place: Place<'_>, seen: &Seen, text: impl Fn(u32) -> &'d str) {
        self.documents += 1;
        let name = match place {
            Place::Group(name) => name,
            Place::Source(source) => {
                if self.source.as_deref() != Some(source) {
                    self.settle();
                    self.source = Some(source.to_owned());
                }
                // What a folder has of its sources is counts: here are words for them.
                if let Some(of_folder) = self.groups.get_mut(folder(source)) {
                    of_folder.show(seen, &text);
                }
                source
            }
        };
        if !self.groups.contains_key(name) {
            self.groups.insert(name.to_owned(), Group::default());
            self.cost += LINE_COST;
        }
        let group = self.groups.get_mut(name).expect("it is there");
        let before = group.cost();
        group.add(self.documents as u32, seen, &text);
        self.cost = self.cost + group.cost() - before;
        if self.cost > self.memory {
            self.forget();
        }
    }

    /// Says that the source under way has ended: if it was small, it becomes part of its folder.
    pub fn settle(&mut self) {
        let Some(source) = self.source.take() else { return };
        let folder = folder(&source);
        if folder == source || self.groups.get(&source).is_none_or(|own| own.documents >= OWN) {
            return;
        }
        if let Some(own) = self.groups.remove(&source) {
            self.groups.entry(folder.to_owned()).or_default().merge(own);
            self.cost = self.groups.values().map(Group::cost).sum();
        }
    }

    /// Makes room: the rarer half of all lines goes, and again, until half of the room is free. A
    /// line that goes had as many documents as the median at most, and so many may be missing of it
    /// if it comes again.
    fn forget(&mut self) {
        while self.cost * 2 > self.memory && !self.groups.is_empty() {
            let all = self.groups.values();
            let once = all.flat_map(|g| std::iter::repeat_n(1, g.once.len()));
            let lines = self.groups.values().flat_map(|g| g.lines.values().map(|c| c.documents));
            let mut counts: Vec<u32> = once.chain(lines).collect();
            let at = counts.len() / 2;
            let median = if counts.is_empty() { 0 } else { *counts.select_nth_unstable(at).1 };
            self.groups.values_mut().for_each(|group| group.forget(median));
            // Groups that nothing is known of go as well.
            self.groups.retain(|_, g| !g.lines.is_empty());
            self.cost = self.groups.values().map(Group::cost).sum();
        }
    }
}

impl Counts {
    /// Counts a document, unless it has been counted; whether it was new.
    fn count(&mut self, once: &Once) -> bool {
        if self.last == once.document {
            return false;
        }
        self.last = once.document;
        self.recent.mark(once.number, once.body);
        self.documents += 1;
        self.zones[once.zone as usize] += 1;
        for (set, body) in self.bodies.iter_mut().zip(once.body) {
            set.add(body);
        }
        for (majority, beside) in self.majorities.iter_mut().zip(once.beside) {
            // Prose and the ends are no neighbours to know a line by: each of them is another.
            majority.vote(if beside == 0 { once.document } else { beside });
        }
        for (majority, place) in self.places.iter_mut().zip(once.places) {
            majority.vote(u32::from(place));
        }
        true
    }

    /// Adds the counts of other documents.
    fn merge(&mut self, other: Self) {
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

    fn show<'d>(&mut self, at: u32, text: &impl Fn(u32) -> &'d str) {
        if self.example.is_empty() {
            text(at).trim().clone_into(&mut self.example);
        }
        if self.contexts.len() < CONTEXTS {
            let cut = |line: &str| line.trim().chars().take(60).collect::<String>();
            let above = at.checked_sub(1).map(|at| cut(text(at))).unwrap_or_default();
            self.contexts.push([above, cut(text(at + 1))]);
        }
    }

    /// Whether the line stands in a zone often enough to be known there.
    pub fn is_at_home(&self, zone: Zone) -> bool {
        u64::from(self.zones[zone as usize]) * 5 >= u64::from(self.documents)
    }
}
