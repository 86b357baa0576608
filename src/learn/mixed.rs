//! A quick way to hash what is a hash already, for tables.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Mixes hashes with a number that nobody outside the process knows: whoever chooses the lines of an
/// input shall not choose their places in a table.
#[derive(Debug, Clone)]
pub struct Mixed(u64);

impl Default for Mixed {
    fn default() -> Self {
        Self(RandomState::new().hash_one(0u8) | 1)
    }
}

impl BuildHasher for Mixed {
    type Hasher = Mixer;

    fn build_hasher(&self) -> Mixer {
        Mixer { key: self.0, value: 0 }
    }
}

/// Hashes one number.
#[derive(Debug)]
pub struct Mixer {
    key: u64,
    value: u64,
}

impl Hasher for Mixer {
    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|b| self.write_u64(u64::from(*b)));
    }

    fn write_u64(&mut self, number: u64) {
        // The high half of a product depends on all of both factors.
        let product = u128::from(self.value ^ number) * u128::from(self.key);
        self.value = product as u64 ^ (product >> 64) as u64;
    }

    fn finish(&self) -> u64 {
        self.value
    }
}
