//! A map from fingerprints to documents that grows without copying what it holds.
//!
//! Entries stand in blocks of a fixed size, in the order in which they came; a table of 4-byte
//! numbers finds them. Only the table is made anew when it is full, so that memory rises
//! steadily: 32 bytes an entry and 6 to 11 for the table.

use crate::reason::DocId;

/// Entries of one block.
const BLOCK: usize = 4096;
/// Slots of the first table.
const FIRST: usize = 64;
const EMPTY: u32 = u32::MAX;

#[derive(Default)]
pub struct Memory {
    blocks: Vec<Vec<(u128, DocId)>>,
    len: usize,
    /// Numbers of entries, by fingerprint: a power of two, at most 2/3 full.
    table: Vec<u32>,
}

impl Memory {
    pub fn len(&self) -> usize {
        self.len
    }

    /// The document of `key`.
    pub fn get(&self, key: u128) -> Option<DocId> {
        let n = *self.table.get(self.slot(key)?)?;
        (n != EMPTY).then(|| self.entry(n).1)
    }

    /// Adds a key that is not there yet.
    ///
    /// # Panics
    /// At 2^32 - 1 entries; a stage forgets before.
    pub fn insert(&mut self, key: u128, document: DocId) {
        if (self.len + 1) * 3 > self.table.len() * 2 {
            self.grow();
        }
        let number = u32::try_from(self.len).ok().filter(|n| *n != EMPTY).expect("fewer than 2^32 entries");
        if self.len.is_multiple_of(BLOCK) {
            self.blocks.push(Vec::with_capacity(BLOCK));
        }
        self.blocks.last_mut().expect("just made").push((key, document));
        self.len += 1;
        if let Some(slot) = self.slot(key) {
            self.table[slot] = number;
        }
    }

    fn entry(&self, number: u32) -> (u128, DocId) {
        self.blocks[number as usize / BLOCK][number as usize % BLOCK]
    }

    /// Where `key` is in the table, or would be.
    fn slot(&self, key: u128) -> Option<usize> {
        let mask = self.table.len().checked_sub(1)?;
        // Fingerprints are hashes already.
        let mut slot = key as usize & mask;
        loop {
            match self.table[slot] {
                EMPTY => return Some(slot),
                n if self.entry(n).0 == key => return Some(slot),
                _ => slot = (slot + 1) & mask,
            }
        }
    }

    fn grow(&mut self) {
        let slots = (self.table.len() * 2).max(FIRST);
        self.table = Vec::new();
        self.table.resize(slots, EMPTY);
        for number in 0..self.len as u32 {
            // Keys are distinct: the slot is a free one.
            if let Some(slot) = self.slot(self.entry(number).0) {
                self.table[slot] = number;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        #[test]
        fn it_is_a_map(keys in prop::collection::vec(any::<u16>(), 0..2000), shift in 0u32..112) {
            let (mut got, mut want) = (Memory::default(), HashMap::new());
            for (n, key) in keys.iter().enumerate() {
                // Keys that agree in their low bits all want the same slot.
                let (key, id) = (u128::from(*key) << shift, DocId(n as u128));
                prop_assert_eq!(got.get(key), want.get(&key).copied());
                if want.insert(key, id).is_none() {
                    got.insert(key, id);
                } else {
                    want.insert(key, got.get(key).expect("it is there"));
                }
                prop_assert_eq!(got.len(), want.len());
            }
        }
    }
}
