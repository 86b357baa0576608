//! Lines of one document: most lines are of this kind, and need little room.

use super::chunked::Chunked;
use super::seen::{Line, Zone};

/// A document that has a line.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    /// Its number, cut off: it is compared with those near it.
    pub document: u32,
    /// Its number in the group, from 1.
    pub number: u64,
    /// See [`super::seen::Seen::body`].
    pub body: [u32; 3],
}

/// How a document has a line; see [`Line`].
#[derive(Debug, Clone, Copy)]
pub struct Stand {
    pub zone: Zone,
    pub places: [u8; 2],
    pub beside: [u32; 2],
}

impl From<Line> for Stand {
    fn from(Line { zone, places, beside, .. }: Line) -> Self {
        Self { zone, places, beside }
    }
}

/// Lines of one document each, in the order in which they came.
#[derive(Debug, Default)]
pub struct Singles {
    /// Each with the position of its document.
    lines: Chunked<(usize, Stand), 2048>,
    owners: Vec<Owner>,
}

impl Singles {
    /// Adds a line; its position.
    pub fn push(&mut self, owner: Owner, stand: Stand) -> usize {
        // Lines of a document come together.
        if self.owners.last().is_none_or(|last| last.document != owner.document) {
            self.owners.push(owner);
        }
        self.lines.push((self.owners.len() - 1, stand))
    }

    /// The line at a position.
    pub fn get(&self, at: usize) -> (Owner, Stand) {
        let (owner, stand) = self.lines[at];
        (self.owners[owner], stand)
    }
}
