//! What is frequent, in bounded memory.

use std::collections::BTreeMap;

/// Counts of the most frequent keys, by Misra and Gries, as summaries that are merged (Agarwal and others,
/// *Mergeable summaries*, 2012). A count is never too high, and too low by at most [`lost`](Self::lost), which
/// is at most the total / (room + 1).
#[derive(Debug, Clone)]
pub(super) struct Heavy<K, V> {
    room: usize,
    lost: u64,
    total: u64,
    entries: BTreeMap<K, (u64, V)>,
}

impl<K: Ord, V> Heavy<K, V> {
    /// Room for so many keys.
    pub fn new(room: usize) -> Self {
        Self { room, lost: 0, total: 0, entries: BTreeMap::new() }
    }

    /// All that was counted.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// By how much a count may be too low; 0 while there is room for every key.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// Adds the counts of a part, each key once. `join` adds what else is known of a key to what is held of it;
    /// `make` is asked only for keys that stay.
    pub fn merge<P>(
        &mut self,
        part: impl Iterator<Item = (K, u64, P)>,
        mut join: impl FnMut(&mut V, P),
        mut make: impl FnMut(P) -> V,
    ) {
        let mut new = Vec::new();
        for (key, count, what) in part {
            self.total += count;
            match self.entries.get_mut(&key) {
                Some((held, value)) => {
                    *held += count;
                    join(value, what);
                }
                None => new.push((key, count, what)),
            }
        }
        let mut cut = 0;
        if self.entries.len() + new.len() > self.room {
            let held = self.entries.values().map(|(count, _)| *count);
            let mut counts: Vec<u64> = held.chain(new.iter().map(|(_, count, _)| *count)).collect();
            cut = *counts.select_nth_unstable_by(self.room, |a, b| b.cmp(a)).1;
            self.lost += cut;
            self.entries.retain(|_, (count, _)| *count > cut);
            self.entries.values_mut().for_each(|(count, _)| *count -= cut);
        }
        for (key, count, what) in new {
            if count > cut {
                self.entries.insert(key, (count - cut, make(what)));
            }
        }
    }

    /// Everything held, the most frequent first; of equals the least key.
    pub fn into_sorted(self) -> Vec<(K, u64, V)> {
        let mut all: Vec<_> =
            self.entries.into_iter().map(|(key, (count, value))| (key, count, value)).collect();
        all.sort_by_key(|(_, count, _)| std::cmp::Reverse(*count));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counts_are_bounded_and_never_too_high(
            stream in prop::collection::vec((0u8..40, 0u8..40).prop_map(|(a, b)| a.min(b)), 0..400),
            cut in 1usize..60,
            room in 1usize..12,
        ) {
            let (mut heavy, mut exact) = (Heavy::new(room), BTreeMap::<u8, u64>::new());
            for part in stream.chunks(cut) {
                let mut counts = BTreeMap::<u8, u64>::new();
                for key in part {
                    *counts.entry(*key).or_default() += 1;
                    *exact.entry(*key).or_default() += 1;
                }
                heavy.merge(counts.into_iter().map(|(k, n)| (k, n, ())), |(), ()| {}, |()| ());
                prop_assert!(heavy.entries.len() <= room);
            }
            let (total, lost) = (heavy.total(), heavy.lost());
            prop_assert_eq!(total, stream.len() as u64);
            prop_assert!(lost * (room as u64 + 1) <= total);
            let held: BTreeMap<u8, u64> = heavy.into_sorted().into_iter().map(|(k, n, ())| (k, n)).collect();
            for (key, n) in exact {
                let count = held.get(&key).copied().unwrap_or(0);
                prop_assert!(count <= n && n <= count + lost, "{}: {} of {}, {} lost", key, count, n, lost);
            }
        }
    }
}
