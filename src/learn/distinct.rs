//! Counting distinct things in fixed memory: the smallest hashes say how many there are.

/// Hashes kept; up to here the count is exact.
pub const EXACT: usize = 32;

/// The smallest distinct hashes of a set. Merging two is the sketch of both sets together, in
/// any order. Beyond [`EXACT`] the count is an estimate with a relative standard error of
/// 1 / sqrt(EXACT - 2), 18 %.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Distinct(Vec<u32>);

impl Distinct {
    /// Adds a thing by its hash.
    pub fn add(&mut self, hash: u32) {
        if self.0.len() == EXACT && self.0.last().is_some_and(|last| hash >= *last) {
            return;
        }
        if let Err(at) = self.0.binary_search(&hash) {
            self.0.insert(at, hash);
            self.0.truncate(EXACT);
        }
    }

    /// Adds all of another set.
    pub fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|hash| self.add(*hash));
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        match self.0.last() {
            Some(last) if self.0.len() == EXACT => {
                ((EXACT as u64 - 1) << 32) / u64::from((*last).max(1)).max(1)
            }
            _ => self.0.len() as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use xxhash_rust::xxh3::xxh3_64;

    proptest! {
        #[test]
        fn merging_is_adding_in_any_order(a in proptest::collection::vec(0u32..200, 0..90), b in proptest::collection::vec(0u32..200, 0..90)) {
            let of = |all: &[u32]| {
                let mut set = Distinct::default();
                all.iter().for_each(|h| set.add(xxh3_64(&h.to_le_bytes()) as u32));
                set
            };
            let (mut ab, mut ba) = (of(&a), of(&b));
            ab.merge(&of(&b));
            ba.merge(&of(&a));
            prop_assert_eq!(&ab, &ba);
            prop_assert_eq!(ab, of(&[a, b].concat()));
        }
    }

    #[test]
    fn estimates_are_near() {
        let mut set = Distinct::default();
        (0u32..31).for_each(|h| set.add(xxh3_64(&h.to_le_bytes()) as u32));
        assert_eq!(set.count(), 31);
        (0u32..5000).for_each(|h| set.add(xxh3_64(&h.to_le_bytes()) as u32));
        assert!((3000..8000).contains(&set.count()), "{}", set.count());
    }
}
