//! What is counted of each group of documents and each of its lines, in fixed memory.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use super::counts::{Counts, Once, middle};
use super::distinct::Distinct;
use super::mixed::Mixed;
use super::recent::NEAR;
use super::seen::{Line, Seen};

/// About what a line of two documents or more costs in memory, its example and the table included;
/// bytes. A group costs as much.
const LINE_COST: usize = 1024;

/// About what a line of one document costs; bytes.
const ONCE_COST: usize = 128;

/// Documents from which on a source is a group of its own; those of smaller ones in a folder
/// belong together.
pub const OWN: u64 = 10;

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
    /// Lines of one document, in the order in which they came; those that another has had since are still there.
    once: Vec<Once>,
    /// Slots that lead to one of them.
    singles: usize,
    lines: Vec<Counts>,
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
        Some(&self.lines[self.slots.get(&shape)?.of_several()?])
    }

    /// All lines of two documents at least, those that most have first; equal ones by their example.
    pub fn lines(&self) -> Vec<&Counts> {
        let several =
            self.slots.iter().filter_map(|(shape, slot)| Some((shape, &self.lines[slot.of_several()?])));
        let mut all: Vec<_> = several.collect();
        all.sort_unstable_by(|a, b| {
            b.1.documents.cmp(&a.1.documents).then_with(|| a.1.example.cmp(&b.1.example)).then(a.0.cmp(b.0))
        });
        all.into_iter().map(|(_, counts)| counts).collect()
    }
}

impl Group {
    fn add<'d>(&mut self, document: u32, seen: Seen<'_>, text: &impl Fn(u32) -> &'d str) {
        self.documents += 1;
        for (set, body) in self.bodies.iter_mut().zip(seen.body) {
            set.add(body);
        }
        for line in seen.lines() {
            let Line { zone, places, beside, .. } = line;
            let now = Once { document, number: self.documents, zone, places, body: seen.body, beside };
            // Nobody looks at lines of fewer documents.
            if let Some(counts) = self.count(line.shape, &now).filter(|counts| counts.documents > 2) {
                counts.show(line.at, text);
            }
        }
    }

    /// Counts a document of a line; what is known of the line now, if the document was new and not the first.
    fn count(&mut self, shape: u64, now: &Once) -> Option<&mut Counts> {
        let mut slot = match self.slots.entry(shape) {
            Entry::Vacant(place) => {
                place.insert(Slot::once(self.once.len()));
                self.once.push(*now);
                self.singles += 1;
                return None;
            }
            Entry::Occupied(slot) => slot,
        };
        match slot.get().found() {
            Found::Several(at) => {
                let counts = &mut self.lines[at];
                counts.count(now).then_some(counts)
            }
            Found::Once(at) if self.once[at].document == now.document => None,
            Found::Once(at) => {
                slot.insert(Slot::several(self.lines.len()));
                self.singles -= 1;
                let mut counts = Counts::default();
                counts.count(&self.once[at]);
                counts.count(now);
                self.lines.push(counts);
                self.lines.last_mut()
            }
        }
    }

    /// Keeps the words of known lines that lack examples.
    fn show<'d>(&mut self, seen: Seen<'_>, text: &impl Fn(u32) -> &'d str) {
        for line in seen.lines() {
            if let Some(at) = self.slots.get(&line.shape).and_then(|slot| slot.of_several()) {
                self.lines[at].show(line.at, text);
            }
        }
    }

    /// Adds all of another group, whose documents are others.
    fn merge(&mut self, mut other: Self) {
        self.is_merged = true;
        self.documents += other.documents;
        self.missed += other.missed;
        for (set, theirs) in self.bodies.iter_mut().zip(&other.bodies) {
            set.merge(theirs);
        }
        for (shape, slot) in other.slots {
            match slot.found() {
                Found::Once(at) => drop(self.count(shape, &other.once[at])),
                Found::Several(at) => self.merge_line(shape, std::mem::take(&mut other.lines[at])),
            }
        }
    }

    fn merge_line(&mut self, shape: u64, theirs: Counts) {
        let found = self.slots.get(&shape).map(|slot| slot.found());
        if let Some(Found::Several(at)) = found {
            return self.lines[at].merge(theirs);
        }
        let mut counts = Counts::default();
        if let Some(Found::Once(at)) = found {
            counts.count(&self.once[at]);
            self.singles -= 1;
        }
        counts.merge(theirs);
        self.slots.insert(shape, Slot::several(self.lines.len()));
        self.lines.push(counts);
    }

    fn cost(&self) -> usize {
        (self.lines.len() + 1) * LINE_COST + self.singles * ONCE_COST
    }

    /// Forgets the lines that no more documents than `few` have.
    fn forget(&mut self, few: u32) {
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
        (self.once, self.singles) = (Vec::new(), 0);
        if self.slots.len() < before {
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
    pub fn add<'d>(&mut self, place: Place<'_>, seen: Seen<'_>, text: impl Fn(u32) -> &'d str) {
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
            let once = all.flat_map(|g| std::iter::repeat_n(1, g.singles));
            let lines = self.groups.values().flat_map(|g| g.lines.iter().map(|c| c.documents));
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

#[cfg(test)]
mod tests {
    use super::super::seen::tests::numbers;
    use super::*;
    use proptest::prelude::*;

    type Documents = Vec<Vec<u64>>;

    fn documents(
        shapes: u64,
        each: usize,
        count: std::ops::Range<usize>,
    ) -> impl Strategy<Value = Documents> {
        prop::collection::vec(prop::collection::vec(1..shapes, 0..each), count)
    }

    fn add(site: &mut Site, place: Place<'_>, documents: &Documents) {
        for (body, shapes) in documents.iter().enumerate() {
            site.add(place, Seen::new(&numbers(body as u32, shapes)), |_| "text");
        }
    }

    /// Documents that have a line.
    fn having(documents: &Documents, shape: u64) -> u32 {
        documents.iter().filter(|shapes| shapes.contains(&shape)).count() as u32
    }

    proptest! {
        #[test]
        fn all_are_counted(sources in prop::collection::vec(documents(12, 9, 1..14), 1..6)) {
            let mut site = Site::new(64 << 20);
            let mut of_folder = Documents::new();
            for (n, documents) in sources.iter().enumerate() {
                add(&mut site, Place::Source(&format!("a/{n}")), documents);
                if documents.len() < OWN as usize {
                    of_folder.extend(documents.clone());
                }
            }
            site.settle();
            for (n, documents) in sources.iter().enumerate() {
                let all = if documents.len() < OWN as usize { &of_folder } else { documents };
                let name = format!("a/{n}");
                let group = site.group(Place::Source(&name)).expect("it is there");
                prop_assert_eq!(group.documents, all.len() as u64);
                for shape in 1..12 {
                    let known = group.line(shape).map(|line| line.documents);
                    prop_assert_eq!(known, Some(having(all, shape)).filter(|n| *n > 1), "{} of {}", shape, name);
                }
                let several = (1..12).filter(|shape| having(all, *shape) > 1).count();
                prop_assert_eq!(group.lines().len(), several);
                prop_assert_eq!(group.singles, (1..12).filter(|shape| having(all, *shape) == 1).count());
            }
            prop_assert_eq!(site.cost, site.groups.values().map(Group::cost).sum::<usize>());
        }

        #[test]
        fn no_more_is_forgotten_than_it_says(all in documents(400, 40, 1..60)) {
            let mut site = Site::new(0);
            add(&mut site, Place::Group("a"), &all);
            prop_assert!(site.cost <= site.memory);
            let Some(group) = site.group(Place::Group("a")) else { return Ok(()) };
            for shape in 1..400 {
                let (known, all) = (group.line(shape).map_or(0, |line| line.documents), having(&all, shape));
                // One document may be known of a line that is not told of.
                prop_assert!(known <= all && all <= known.max(1) + group.missed, "{}: {} of {}", shape, known, all);
            }
        }
    }
}
