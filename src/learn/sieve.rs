//! Which shapes many documents may have: a bit for each, in less room than the shapes.

/// Bits of shapes, found by their lowest: a shape that was added is found, and few others.
#[derive(Debug, Default)]
pub struct Sieve {
    /// As many as a power of two, or none.
    bits: Vec<u64>,
    /// Shapes that were added.
    added: usize,
}

impl Sieve {
    /// One of these shapes, with room for as many more.
    pub fn of(shapes: impl Iterator<Item = u64>) -> Self {
        let shapes: Vec<u64> = shapes.collect();
        let room = (2 * shapes.len()).next_power_of_two().max(8);
        let mut out = Self { bits: vec![0; room / 8], added: 0 };
        for shape in shapes {
            out.add(shape);
        }
        out
    }

    /// Adds a shape; `false` if there is no room for it.
    pub fn add(&mut self, shape: u64) -> bool {
        // An eighth of the bits at most are set.
        let has_room = self.added < self.bits.len() * 8;
        if has_room {
            let at = self.at(shape);
            self.bits[at] |= 1 << (shape % 64);
            self.added += 1;
        }
        has_room
    }

    /// Whether a shape may have been added.
    pub fn may_have(&self, shape: u64) -> bool {
        !self.bits.is_empty() && self.bits[self.at(shape)] >> (shape % 64) & 1 == 1
    }

    fn at(&self, shape: u64) -> usize {
        (shape >> 6) as usize & (self.bits.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_others_are_found() {
        let shape = |n: u64| xxhash_rust::xxh3::xxh3_64(&n.to_le_bytes());
        assert!(!Sieve::default().may_have(shape(1)) && !Sieve::default().add(shape(1)));
        for count in [0, 1, 8, 1000] {
            let mut sieve = Sieve::of((0..count).map(shape));
            assert!((0..count).all(|n| sieve.may_have(shape(n))), "{count}");
            assert!((count..2 * count).all(|n| sieve.add(shape(n)) && sieve.may_have(shape(n))), "{count}");
            let others = (5000..6000).filter(|n| sieve.may_have(shape(*n))).count();
            assert!(others < 200, "{others} of 1000, where {count} have it");
        }
    }
}
