//! What is counted of each group of documents and each of its lines, in fixed memory.

use std::collections::HashMap;

use super::distinct::Distinct;
use super::seen::{Line, Seen, Zone};

/// About what one line costs in memory, its example and the table included; bytes.
const LINE_COST: usize = 1024;

/// Lines around a line that are shown as its contexts.
pub const CONTEXTS: usize = 3;

/// The value that more than half have, if there is one, and by how much it leads (Boyer and
/// Moore): the lead is never more than the true one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Majority {
    value: u64,
    /// Votes for it less those against it, at least.
    pub lead: u32,
}

impl Majority {
    fn vote(&mut self, value: u64) {
        if self.lead == 0 {
            self.value = value;
        }
        if self.value == value { self.lead += 1 } else { self.lead -= 1 }
    }
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
    /// The line as it was first seen.
    pub example: String,
    /// The line above and the line below in the first documents.
    pub contexts: Vec<[String; 2]>,
    /// The last document that had it.
    last: u64,
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
    lines: HashMap<u64, Counts>,
    /// Documents that a line may have beyond its count: what was forgotten to stay in memory.
    pub missed: u32,
}

impl Group {
    /// Documents, near copies counted once.
    pub fn bodies(&self) -> u64 {
        middle([0, 1, 2].map(|k| self.bodies[k].count())).min(self.documents)
    }

    /// What is known of a shape.
    pub fn line(&self, shape: u64) -> Option<&Counts> {
        self.lines.get(&shape)
    }

    /// All lines, those that most documents have first; equal ones by their example.
    pub fn lines(&self) -> Vec<(&u64, &Counts)> {
        let mut all: Vec<_> = self.lines.iter().collect();
        all.sort_unstable_by(|a, b| {
            b.1.documents.cmp(&a.1.documents).then_with(|| a.1.example.cmp(&b.1.example)).then(a.0.cmp(b.0))
        });
        all
    }
}

/// All groups.
#[derive(Debug)]
pub struct Site {
    groups: std::collections::BTreeMap<String, Group>,
    /// Lines of all groups together.
    lines: usize,
    most: usize,
    documents: u64,
}

impl Site {
    /// Counts that take about so many bytes at most.
    pub fn new(memory: usize) -> Self {
        let most = (memory / LINE_COST).max(64);
        Self { groups: Default::default(), lines: 0, most, documents: 0 }
    }

    /// All groups, by name.
    pub fn groups(&self) -> impl Iterator<Item = (&String, &Group)> {
        self.groups.iter()
    }

    /// A group.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.get(name)
    }

    /// Adds a document of a group; `text` gives the text of its lines.
    pub fn add<'d>(&mut self, name: &str, seen: &Seen, text: impl Fn(u32) -> &'d str) {
        self.documents += 1;
        if !self.groups.contains_key(name) {
            self.groups.insert(name.to_owned(), Group::default());
        }
        let group = self.groups.get_mut(name).expect("it is there");
        group.documents += 1;
        for (set, body) in group.bodies.iter_mut().zip(seen.body) {
            set.add(body);
        }
        let before = group.lines.len();
        for (k, line) in seen.lines.iter().enumerate() {
            let counts = group.lines.entry(line.shape).or_default();
            let fresh = counts.last != self.documents;
            counts.count(line, seen, fresh);
            if fresh {
                counts.last = self.documents;
                counts.show(k, seen, &text);
            }
        }
        self.lines += group.lines.len() - before;
        if self.lines.max(self.groups.len()) > self.most {
            self.forget();
        }
    }

    /// Makes room: the rarer half of all lines goes. A line that goes had as many documents as
    /// the median at most, and so many may be missing of it if it comes again. Over a run that
    /// adds up to 2 n / m at most, with n lines seen and room for m.
    fn forget(&mut self) {
        let mut counts: Vec<u32> =
            self.groups.values().flat_map(|g| g.lines.values().map(|c| c.documents)).collect();
        let at = counts.len() / 2;
        let median = if counts.is_empty() { 0 } else { *counts.select_nth_unstable(at).1 };
        for group in self.groups.values_mut() {
            let before = group.lines.len();
            group.lines.retain(|_, c| c.documents > median);
            if group.lines.len() < before {
                group.missed += median;
            }
        }
        // Groups that nothing is known of go as well.
        self.groups.retain(|_, g| !g.lines.is_empty());
        self.lines = self.groups.values().map(|g| g.lines.len()).sum();
    }
}

impl Counts {
    fn count(&mut self, line: &Line, seen: &Seen, fresh: bool) {
        if !fresh {
            return;
        }
        self.documents += 1;
        self.zones[line.zone as usize] += 1;
        for (set, body) in self.bodies.iter_mut().zip(seen.body) {
            set.add(body);
        }
        for (majority, beside) in self.majorities.iter_mut().zip(line.beside) {
            // Prose and the ends are no neighbours to know a line by: each of them is another.
            majority.vote(if beside == 0 { u64::from(self.documents) } else { beside });
        }
    }

    fn show<'d>(&mut self, k: usize, seen: &Seen, text: &impl Fn(u32) -> &'d str) {
        let line = &seen.lines[k];
        if self.example.is_empty() {
            text(line.at).trim().clone_into(&mut self.example);
        }
        if self.contexts.len() < CONTEXTS {
            let cut = |line: &str| line.trim().chars().take(60).collect::<String>();
            let above = line.at.checked_sub(1).map(|at| cut(text(at))).unwrap_or_default();
            self.contexts.push([above, cut(text(line.at + 1))]);
        }
    }

    /// Whether the line stands in a zone often enough to be known there.
    pub fn is_at_home(&self, zone: Zone) -> bool {
        u64::from(self.zones[zone as usize]) * 5 >= u64::from(self.documents)
    }
}
