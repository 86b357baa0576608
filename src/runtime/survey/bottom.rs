//! A sample that depends on neither threads nor batches.

/// The entries with the smallest numbers. With hashes for numbers that is an even sample of all that were
/// offered, in whatever order they came.
#[derive(Debug, Clone)]
pub(super) struct Bottom<T> {
    room: usize,
    /// Numbers from here on are of no use.
    bar: u64,
    /// By number. There are few, and most are made and thrown away with a batch.
    entries: Vec<(u64, T)>,
}

impl<T> Bottom<T> {
    /// Room for so many entries, below `bar`.
    pub fn new(room: usize, bar: u64) -> Self {
        Self { room, bar, entries: Vec::new() }
    }

    /// Numbers below this are taken.
    pub fn bar(&self) -> u64 {
        match self.entries.last() {
            Some((last, _)) if self.entries.len() >= self.room => self.bar.min(*last),
            _ => self.bar,
        }
    }

    fn find(&self, number: u64) -> Result<usize, usize> {
        self.entries.binary_search_by_key(&number, |(n, _)| *n)
    }

    /// Takes an entry if it belongs to the sample; of two with one number the first stays.
    pub fn put(&mut self, number: u64, entry: impl FnOnce() -> T) {
        if number >= self.bar() {
            return;
        }
        if let Err(at) = self.find(number) {
            self.entries.insert(at, (number, entry()));
            self.entries.truncate(self.room);
        }
    }

    /// Takes the entries of a later sample.
    pub fn merge(&mut self, later: Self) {
        later.entries.into_iter().for_each(|(number, entry)| self.put(number, || entry));
    }

    /// The least number; the largest there is if there are no entries.
    pub fn least(&self) -> u64 {
        self.entries.first().map_or(u64::MAX, |(number, _)| *number)
    }

    /// Each entry made into another.
    pub fn map<U>(self, mut make: impl FnMut(T) -> U) -> Bottom<U> {
        let entries = self.entries.into_iter().map(|(number, entry)| (number, make(entry))).collect();
        Bottom { room: self.room, bar: self.bar, entries }
    }

    /// The entry with a number.
    pub fn get(&self, number: u64) -> Option<&T> {
        self.find(number).ok().map(|at| &self.entries[at].1)
    }

    /// The same, to change it.
    pub fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        self.find(number).ok().map(|at| &mut self.entries[at].1)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Entries by their numbers.
    pub fn into_values(self) -> impl Iterator<Item = T> {
        self.entries.into_iter().map(|(_, entry)| entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_give_what_the_whole_gives(numbers in prop::collection::vec(0u64..500, 0..200), cut in 1usize..50, room in 1usize..20) {
            let mut whole = Bottom::new(room, u64::MAX);
            numbers.iter().for_each(|n| whole.put(*n, || *n));
            let mut merged = Bottom::new(room, u64::MAX);
            for part in numbers.chunks(cut) {
                let mut some = Bottom::new(room, merged.bar());
                part.iter().for_each(|n| some.put(*n, || *n));
                merged.merge(some);
            }
            let mut sorted = numbers.clone();
            sorted.sort_unstable();
            sorted.dedup();
            sorted.truncate(room);
            prop_assert_eq!(merged.into_values().collect::<Vec<_>>(), sorted.clone());
            prop_assert_eq!(whole.into_values().collect::<Vec<_>>(), sorted);
        }
    }
}
