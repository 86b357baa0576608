//! Which words stand in how many lines: a small table, quick and a little lossy.

/// Number of lines by hash of a word.
pub struct Words {
    slots: Vec<Slot>,
}

/// A word; free where it has no lines.
#[derive(Debug, Default, Clone, Copy)]
struct Slot {
    /// The line that counted last.
    line: u32,
    /// What the place in the table does not tell of the hash.
    tag: u16,
    lines: u16,
}

/// Slots at most: half a MiB.
const MOST: usize = 1 << 16;

/// Slots that are looked at. Words that find no place among them are in no line.
const PROBES: usize = 4;

impl Words {
    /// A table for about as many words.
    pub fn new(words: usize) -> Self {
        let slots = (words.min(MOST) * 2).next_power_of_two().clamp(64, MOST);
        Self { slots: vec![Slot::default(); slots] }
    }

    /// The slot of a word, or the one that it can have.
    fn find(&self, hash: u32) -> Option<usize> {
        let mask = self.slots.len() - 1;
        let places = (0..PROBES).map(|step| (hash as usize + step) & mask);
        places.into_iter().find(|at| self.slots[*at].lines == 0 || self.slots[*at].tag == tag(hash))
    }

    /// Line `line` has the word; lines come one after the other.
    pub fn add(&mut self, hash: u32, line: u32) {
        let Some(at) = self.find(hash) else { return };
        let slot = &mut self.slots[at];
        if slot.lines == 0 || slot.line != line {
            *slot = Slot { line, tag: tag(hash), lines: slot.lines.saturating_add(1) };
        }
    }

    /// Lines that have the word, 65,535 at most.
    pub fn lines(&self, hash: u32) -> u32 {
        self.find(hash).map_or(0, |at| u32::from(self.slots[at].lines))
    }
}

fn tag(hash: u32) -> u16 {
    (hash >> 16) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_once_and_words_apart() {
        let mut words = Words::new(10);
        // The same place, other words.
        for (word, line) in [(5, 0), (5, 0), (5, 3), (5 + (1 << 16), 3), (5, 4), (5 + (1 << 16), 3)] {
            words.add(word, line);
        }
        assert_eq!([5, 5 + (1 << 16), 5 + (2 << 16), 6].map(|w| words.lines(w)), [3, 1, 0, 0]);
    }

    #[test]
    fn a_full_table_loses_words_and_no_more() {
        let mut words = Words::new(0);
        (0..10_000u32).for_each(|w| words.add(w.wrapping_mul(0x9E37_79B1), w));
        assert!((0..10_000u32).all(|w| words.lines(w.wrapping_mul(0x9E37_79B1)) <= 1));
    }
}
