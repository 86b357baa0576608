//! Which words stand in how many lines: a small table without buckets, quick and a little lossy.

/// Number of lines by hash of a word. Words whose hashes meet in the table count as one.
pub struct Words {
    /// The line that counted last, and the number of lines.
    slots: Vec<(u32, u32)>,
}

/// Slots at most: half a MiB.
const MOST: usize = 1 << 16;

impl Words {
    /// A table for about as many words.
    pub fn new(words: usize) -> Self {
        Self { slots: vec![(u32::MAX, 0); (words.min(MOST) * 2).next_power_of_two().clamp(64, MOST)] }
    }

    fn slot(&self, hash: u32) -> usize {
        // The low bits of a product are the weak ones.
        (hash ^ (hash >> 15)) as usize & (self.slots.len() - 1)
    }

    /// Line `line` has the word; lines come one after the other.
    pub fn add(&mut self, hash: u32, line: u32) {
        let slot = self.slot(hash);
        let slot = &mut self.slots[slot];
        if slot.0 != line {
            *slot = (line, slot.1 + 1);
        }
    }

    /// Lines that have the word.
    pub fn lines(&self, hash: u32) -> u32 {
        self.slots[self.slot(hash)].1
    }
}
