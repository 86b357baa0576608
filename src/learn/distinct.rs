//! Counting distinct things in fixed memory: the smallest hashes say how many there are.

/// Hashes kept; up to here the count is exact.
pub const EXACT: usize = 32;

/// Hashes that need no memory of their own: most sets are small.
const FEW: usize = 6;

/// The smallest distinct hashes of a set. Merging two is the sketch of both sets together, in
/// any order. Beyond [`EXACT`] the count is an estimate with a relative standard error of
/// 1 / sqrt(EXACT - 2), 18 %.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distinct(Sorted);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Sorted {
    Few(u8, [u32; FEW]),
    Many(Vec<u32>),
}

impl Default for Distinct {
    fn default() -> Self {
        Self(Sorted::Few(0, [0; FEW]))
    }
}

impl Distinct {
    fn hashes(&self) -> &[u32] {
        match &self.0 {
            Sorted::Few(len, few) => &few[..usize::from(*len)],
            Sorted::Many(many) => many,
        }
    }

    /// Adds a thing by its hash.
    pub fn add(&mut self, hash: u32) {
        let hashes = self.hashes();
        if hashes.len() == EXACT && hashes.last().is_some_and(|last| hash >= *last) {
            return;
        }
        let Err(at) = hashes.binary_search(&hash) else { return };
        match &mut self.0 {
            Sorted::Few(len, few) if usize::from(*len) < FEW => {
                few.copy_within(at..usize::from(*len), at + 1);
                few[at] = hash;
                *len += 1;
            }
            Sorted::Few(_, few) => {
                let mut many = Vec::with_capacity(2 * FEW);
                many.extend_from_slice(few);
                many.insert(at, hash);
                self.0 = Sorted::Many(many);
            }
            Sorted::Many(many) => {
                many.insert(at, hash);
                many.truncate(EXACT);
            }
        }
    }

    /// Adds all of another set.
    pub fn merge(&mut self, other: &Self) {
        other.hashes().iter().for_each(|hash| self.add(*hash));
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        let hashes = self.hashes();
        match hashes.last() {
            Some(last) if hashes.len() == EXACT => {
                ((EXACT as u64 - 1) << 32) / u64::from((*last).max(1)).max(1)
            }
            _ => hashes.len() as u64,
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
        fn the_smallest_are_kept(all in proptest::collection::vec(0u32..100, 0..120)) {
            let mut set = Distinct::default();
            all.iter().for_each(|hash| set.add(*hash));
            let kept: Vec<u32> = std::collections::BTreeSet::from_iter(all).into_iter().take(EXACT).collect();
            prop_assert_eq!(set.hashes(), kept);
        }

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
