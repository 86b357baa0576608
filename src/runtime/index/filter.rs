//! Tells keys that a run does not hold, most of the time, without a look at the disk.
//!
//! A Bloom filter in blocks of one cache line: a key's bits all stand in one block.

/// Words of 64 bits in a block.
const BLOCK: usize = 8;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filter {
    words: Vec<u64>,
    /// Bits set for a key.
    probes: u32,
}

impl Filter {
    /// For `keys` keys at `bits` bits each; none of them is forgotten whatever `bits` is, and
    /// with 0 the filter lets everything pass.
    pub fn new(keys: u64, bits: u32) -> Self {
        let blocks = (keys * u64::from(bits)).div_ceil(BLOCK as u64 * 64) as usize;
        Self::over(vec![0; blocks * BLOCK], bits)
    }

    /// The same with its words, as [`Filter::words`] gave them.
    pub fn over(words: Vec<u64>, bits: u32) -> Self {
        Self { words, probes: (bits * 7 / 10).clamp(1, 8) }
    }

    pub fn words(&self) -> &[u64] {
        &self.words
    }

    pub fn insert(&mut self, key: u64) {
        let (start, mut bits) = self.place(key);
        for _ in 0..if self.words.is_empty() { 0 } else { self.probes } {
            self.words[start + (bits >> 6 & 7) as usize] |= 1 << (bits & 63);
            bits = bits.rotate_right(9);
        }
    }

    /// Whether the key may have been inserted.
    pub fn may_hold(&self, key: u64) -> bool {
        let (start, mut bits) = self.place(key);
        (0..if self.words.is_empty() { 0 } else { self.probes }).all(|_| {
            let word = self.words[start + (bits >> 6 & 7) as usize];
            let set = word >> (bits & 63) & 1 == 1;
            bits = bits.rotate_right(9);
            set
        })
    }

    /// First word of the key's block, and the bits that choose within it.
    fn place(&self, key: u64) -> (usize, u64) {
        // Keys are hashes, but those of one run may share their first bits.
        let mixed = (key ^ key >> 23).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let blocks = self.words.len() / BLOCK;
        let block = ((u128::from(mixed) * blocks as u128) >> 64) as usize;
        let bits = (mixed ^ mixed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (block * BLOCK, bits ^ bits >> 32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u64) -> u64 {
        xxhash_rust::xxh3::xxh3_64(&n.to_le_bytes()) >> 16
    }

    #[test]
    fn holds_what_was_inserted_and_little_else() {
        for (bits, most) in [(10, 300), (5, 1800), (1, 8500)] {
            let mut filter = Filter::new(10_000, bits);
            (0..10_000).for_each(|n| filter.insert(key(n)));
            assert!((0..10_000).all(|n| filter.may_hold(key(n))));
            let wrong = (10_000..20_000).filter(|&n| filter.may_hold(key(n))).count();
            assert!(wrong < most, "{wrong} of 10000 at {bits} bits");
            assert_eq!(Filter::over(filter.words().to_vec(), bits), filter);
        }
        assert!(Filter::new(10, 0).may_hold(key(3)));
    }
}
