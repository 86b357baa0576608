//! A sample that depends on neither threads nor batches.

use std::collections::BTreeMap;

/// The entries with the smallest numbers. With hashes for numbers that is an even sample of all that were
/// offered, in whatever order they came.
#[derive(Debug, Clone)]
pub(super) struct Bottom<T> {
    room: usize,
    /// Numbers from here on are of no use.
    bar: u64,
    entries: BTreeMap<u64, T>,
}

impl<T> Bottom<T> {
    /// Room for so many entries, below `bar`.
    pub fn new(room: usize, bar: u64) -> Self {
        Self { room, bar, entries: BTreeMap::new() }
    }

    /// Numbers below this are taken.
    pub fn bar(&self) -> u64 {
        match self.entries.last_key_value() {
            Some((last, _)) if self.entries.len() >= self.room => self.bar.min(*last),
            _ => self.bar,
        }
    }

    /// Takes an entry if it belongs to the sample; of two with one number the first stays.
    pub fn put(&mut self, number: u64, entry: impl FnOnce() -> T) {
        if number >= self.bar() || self.entries.contains_key(&number) {
            return;
        }
        self.entries.insert(number, entry());
        if self.entries.len() > self.room {
            self.entries.pop_last();
        }
    }

    /// Takes the entries of a later sample.
    pub fn merge(&mut self, later: Self) {
        later.entries.into_iter().for_each(|(number, entry)| self.put(number, || entry));
    }

    /// The least number; the largest there is if there are no entries.
    pub fn least(&self) -> u64 {
        self.entries.first_key_value().map_or(u64::MAX, |(number, _)| *number)
    }

    /// Each entry made into another.
    pub fn map<U>(self, mut make: impl FnMut(T) -> U) -> Bottom<U> {
        let entries = self.entries.into_iter().map(|(number, entry)| (number, make(entry))).collect();
        Bottom { room: self.room, bar: self.bar, entries }
    }

    /// The entry with a number.
    pub fn get(&self, number: u64) -> Option<&T> {
        self.entries.get(&number)
    }

    /// The same, to change it.
    pub fn get_mut(&mut self, number: u64) -> Option<&mut T> {
        self.entries.get_mut(&number)
    }

    /// Entries by their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.entries.values()
    }

    /// The same.
    pub fn into_values(self) -> impl Iterator<Item = T> {
        self.entries.into_values()
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
