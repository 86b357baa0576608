//! What is kept of a document: its name and 16 bits of each unit.

use crate::dedup::words::Units;
use crate::reason::DocId;

/// A record: 16 bytes of name, one for the kind of units, the units at 2 bytes each.
pub struct Kept {
    pub units: Units,
    pub content: Vec<u16>,
}

const NAME: usize = 16;
const HEAD: usize = NAME + 1;

impl Kept {
    /// A record without a name yet.
    pub fn encode(kind: Units, units: &[u32]) -> Vec<u8> {
        let mut out = vec![0; HEAD + units.len() * 2];
        out[HEAD - 1] = u8::from(kind == Units::Characters);
        for (to, &unit) in out[HEAD..].as_chunks_mut::<2>().0.iter_mut().zip(units) {
            *to = (unit as u16).to_le_bytes();
        }
        out
    }

    /// Reads a record; `None` if it is none.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (head, units) = bytes.split_first_chunk::<HEAD>()?;
        let kind = &head[NAME..];
        let content = units.as_chunks::<2>().0.iter().map(|u| u16::from_le_bytes(*u)).collect();
        let units = if kind == [0] { Units::Words } else { Units::Characters };
        Some(Self { units, content })
    }

    /// The name in a record.
    pub fn id(bytes: &[u8]) -> Option<DocId> {
        bytes.first_chunk::<NAME>().map(|id| DocId(u128::from_le_bytes(*id)))
    }

    /// Whether two records hold the same units.
    pub fn equal(a: &[u8], b: &[u8]) -> bool {
        a.get(NAME..).is_some_and(|a| b.get(NAME..) == Some(a))
    }

    /// The record `bytes`, which has no name yet, with a name.
    pub fn named(id: DocId, bytes: &[u8]) -> Vec<u8> {
        let mut out = bytes.to_vec();
        out[..16].copy_from_slice(&id.0.to_le_bytes());
        out
    }
}
