//! The parallel half: from a document to its keys.

use std::cell::RefCell;

use super::Settings;
use super::record::Kept;
use crate::dedup::shingles::shingles;
use crate::dedup::signature::{Permutations, bands, row_key};
use crate::dedup::words::{Units, units_of};
use crate::document::Document;
use crate::stage::{Keyer, Keys};

pub struct Signer {
    permutations: Permutations,
    words: usize,
    characters: usize,
    bands: usize,
    rows: usize,
    singles: usize,
}

/// Buffers of a thread.
#[derive(Default)]
struct Scratch {
    units: Vec<u32>,
    shingles: Vec<u32>,
    signature: Vec<u32>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

impl Signer {
    pub fn new(s: &Settings) -> Self {
        let count = (s.bands * s.rows).max(s.singles);
        let permutations = Permutations::new(count, s.seed);
        let (words, characters) = (s.shingle, s.characters);
        Self { permutations, words, characters, bands: s.bands, rows: s.rows, singles: s.singles }
    }

    /// Units of a shingle.
    pub fn shingle(&self, units: Units) -> usize {
        match units {
            Units::Words => self.words,
            Units::Characters => self.characters,
        }
    }

    fn keys_in(&self, doc: &Document, scratch: &mut Scratch) -> Keys {
        let Scratch { units, shingles: hashes, signature } = scratch;
        units.clear();
        hashes.clear();
        let kind = units_of(doc.body().map(|(_, line)| line), units);
        if units.is_empty() {
            return Keys::default();
        }
        shingles(units, self.shingle(kind), hashes);
        signature.resize(self.permutations.count(), 0);
        self.permutations.signature(hashes, signature);
        let mut keys = Vec::with_capacity(self.bands + self.singles);
        keys.extend(bands(&signature[..self.bands * self.rows], self.bands, self.rows));
        keys.extend((0..).zip(&signature[..self.singles]).map(|(row, &value)| row_key(row, value)));
        Keys { hashes: keys, content: Kept::encode(kind, units) }
    }
}

impl Keyer for Signer {
    fn keys(&self, doc: &Document) -> Keys {
        SCRATCH.with_borrow_mut(|scratch| self.keys_in(doc, scratch))
    }
}
