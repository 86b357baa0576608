//! All groups of documents, in fixed memory.

use std::collections::BTreeMap;

use super::group::{Group, LINE_COST};
use super::recent::NEAR;
use super::seen::Seen;

/// Documents from which on a source is a group of its own; those of smaller ones in a folder
/// belong together.
pub const OWN: u64 = 10;

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
            self.cost -= own.cost();
            let of_folder = self.groups.entry(folder.to_owned()).or_insert_with(|| {
                self.cost += Group::default().cost();
                Group::default()
            });
            let before = of_folder.cost();
            of_folder.merge(own);
            // All groups summed up again would be a look at each group for each source.
            self.cost = self.cost + of_folder.cost() - before;
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
            self.groups.retain(|_, g| g.lines.len() > 0);
            self.cost = self.groups.values().map(Group::cost).sum();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::group::COMMON;
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

    #[test]
    fn each_end_of_a_source_looks_at_one_folder() {
        crate::steps::assert_in_proportion(50, |folders| {
            let mut site = Site::new(64 << 20);
            for n in 0..folders {
                add(&mut site, Place::Source(&format!("{n}/a")), &vec![vec![n as u64]]);
            }
        });
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
                    let common = group.common_line(shape).map(|line| line.documents);
                    prop_assert_eq!(common, known.filter(|n| *n >= COMMON), "{} of {}", shape, name);
                }
                let several = (1..12).filter(|shape| having(all, *shape) > 1).count();
                prop_assert_eq!(group.lines(|_| true).len(), several);
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
