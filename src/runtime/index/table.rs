//! What was added lately: a hash table from keys to places that can be handed over in order.
//!
//! A slot takes 12 bytes: 48 bits of key, 48 bits of place. A key's home is proportional to the
//! key, so that the table is nearly sorted, and its length may be any number. Beside the slots
//! stands a byte for each, by which most keys that are not there are told without a look at the
//! slots, which are seldom in the processor's cache.

use super::{Entry, WIDTH};

/// Slots of the first table.
const FIRST: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Slot([u32; 3]);

impl Slot {
    const EMPTY: Self = Self([u32::MAX; 3]);

    fn new(entry: Entry) -> Self {
        let (key, place) = (entry.key << 16 | entry.place >> 32, entry.place);
        Self([(key >> 32) as u32, key as u32, place as u32])
    }

    fn entry(self) -> Entry {
        let [high, middle, low] = self.0.map(u64::from);
        Entry { key: high << 16 | middle >> 16, place: (middle & 0xFFFF) << 32 | low }
    }

    fn key(self) -> u64 {
        self.entry().key
    }
}

/// The table. Several places may stand under one key.
#[derive(Default)]
pub(super) struct Table {
    slots: Vec<Slot>,
    /// 0 for a free slot, otherwise a byte of its key.
    tags: Vec<u8>,
    len: usize,
}

impl Table {
    pub fn len(&self) -> usize {
        self.len
    }

    /// Bytes it takes once it holds `entries`, at most; while it grows the former table is
    /// there as well.
    pub fn bytes(entries: usize) -> usize {
        // Up to 8/3 slots for an entry, and half as many while they move.
        entries * 4 * (size_of::<Slot>() + 1)
    }

    /// Fetches from memory what looking for `keys` begins with: all of them side by side, where
    /// one after the other each would be waited for.
    pub fn warm(&self, keys: impl Iterator<Item = u64> + Clone) {
        if self.slots.is_empty() {
            return;
        }
        let tags = keys.clone().fold(0, |all, key| all ^ self.tags[self.home(key)]);
        let likely = keys.filter(|&key| self.tags[self.home(key)] == tag(key));
        let slots = likely.fold(0, |all, key| all ^ self.slots[self.home(key)].0[0]);
        std::hint::black_box((tags, slots));
    }

    /// Hands `each` the places of `key`, in no order.
    pub fn find(&self, key: u64, mut each: impl FnMut(u64)) {
        if self.slots.is_empty() {
            return;
        }
        let (mut at, tag) = (self.home(key), tag(key));
        while self.tags[at] != 0 {
            if self.tags[at] == tag && self.slots[at].key() == key {
                each(self.slots[at].entry().place);
            }
            at = self.next(at);
        }
    }

    pub fn add(&mut self, entry: Entry) {
        // At most 3/4 full.
        if (self.len + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        self.put(Slot::new(entry));
        self.len += 1;
    }

    /// All entries, by key and place; the table is empty afterwards.
    pub fn drain(&mut self) -> impl Iterator<Item = Entry> + use<> {
        let mut slots = std::mem::take(&mut self.slots);
        self.tags = Vec::new();
        self.len = 0;
        slots.retain(|s| *s != Slot::EMPTY);
        // As numbers slots are in the order of their entries.
        slots.sort_unstable();
        slots.into_iter().map(Slot::entry)
    }

    fn put(&mut self, slot: Slot) {
        let mut at = self.home(slot.key());
        while self.tags[at] != 0 {
            at = self.next(at);
        }
        self.tags[at] = tag(slot.key());
        self.slots[at] = slot;
    }

    fn grow(&mut self) {
        let slots = (self.slots.len() * 2).max(FIRST);
        self.tags = vec![0; slots];
        let old = std::mem::replace(&mut self.slots, vec![Slot::EMPTY; slots]);
        old.into_iter().filter(|s| *s != Slot::EMPTY).for_each(|s| self.put(s));
    }

    fn home(&self, key: u64) -> usize {
        ((u128::from(key) * self.slots.len() as u128) >> WIDTH) as usize
    }

    fn next(&self, at: usize) -> usize {
        if at + 1 == self.slots.len() { 0 } else { at + 1 }
    }
}

/// The low byte, which has no bearing on the home; never 0.
fn tag(key: u64) -> u8 {
    (key as u8).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_a_multimap(
            entries in prop::collection::vec((0u64..40, 0u64..1 << 48), 0..500),
            shift in 0u32..42,
        ) {
            let mut table = Table::default();
            // Keys that are near one another all want the same slot.
            let mut want: Vec<_> =
                entries.iter().map(|&(k, place)| Entry { key: k << shift, place: place.min((1 << 48) - 2) }).collect();
            for (n, &entry) in want.iter().enumerate() {
                table.add(entry);
                prop_assert_eq!(table.len(), n + 1);
            }
            for key in (0..40).map(|k| k << shift) {
                let mut got = Vec::new();
                table.find(key, |place| got.push(place));
                let mut there: Vec<_> = want.iter().filter(|e| e.key == key).map(|e| e.place).collect();
                got.sort_unstable();
                there.sort_unstable();
                prop_assert_eq!(got, there);
            }
            want.sort();
            prop_assert_eq!(table.drain().collect::<Vec<_>>(), want);
            prop_assert_eq!(table.len(), 0);
        }
    }
}
