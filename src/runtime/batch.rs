//! Batches: the unit of work. Their cuts depend on the input only.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};

use super::record::Mark;
use crate::document::{Border, Origin, Verdict};
use crate::formats::bad::Bad;
use crate::formats::{Opener, Raw};
use crate::stage::Window;

/// A run of records, in input order.
#[derive(Default)]
pub(super) struct Batch {
    /// Bytes of all its records.
    pub slab: Vec<u8>,
    /// Bytes that its documents may have beyond those: of headers, which stand in the slab of none.
    pub beyond: usize,
    pub items: Vec<Item>,
    /// What it adds to a checkpoint.
    pub mark: Mark,
}

/// One thing that happened in the input.
pub(super) enum Item {
    Record(Record),
    /// Bytes that are no document.
    Bad {
        at: Place,
        reason: Bad,
        bytes: Range<usize>,
    },
    /// The source itself is damaged here; `len` bytes of it could not be decoded.
    Damage {
        at: Place,
        reason: Bad,
        bytes: Range<usize>,
        len: u64,
    },
    /// A source has ended.
    End(SourceEnd),
    /// A source could not be read, or not to its end.
    Failed {
        source: Arc<str>,
        message: String,
    },
}

/// Where something stands.
#[derive(Clone)]
pub(super) struct Place {
    pub source: Arc<str>,
    /// Name of the dump format that cut it; empty for damage of the source.
    pub format: &'static str,
    pub record: u64,
    pub range: Range<u64>,
}

pub(super) struct Record {
    pub at: Place,
    pub border: Border,
    pub verdict: Option<Arc<Verdict>>,
    pub url: Option<Box<str>>,
    pub bytes: Range<usize>,
    pub opener: Arc<dyn Opener>,
}

/// What the reader counted in one source; the writer's counts have to agree.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SourceEnd {
    /// Decoded bytes.
    pub bytes: u64,
    /// Bytes between records.
    pub separators: u64,
    /// Records, good or bad.
    pub records: u64,
}

impl Item {
    /// Where its bytes stand in the slab, if it has any.
    pub fn bytes_mut(&mut self) -> Option<&mut Range<usize>> {
        match self {
            Self::Record(Record { bytes, .. }) | Self::Bad { bytes, .. } | Self::Damage { bytes, .. } => {
                Some(bytes)
            }
            Self::End(_) | Self::Failed { .. } => None,
        }
    }
}

impl Record {
    pub fn raw<'a>(&'a self, slab: &'a [u8]) -> Raw<'a> {
        Raw {
            origin: Origin {
                source: self.at.source.clone(),
                record: self.at.record,
                range: self.at.range.clone(),
                border: self.border,
                verdict: self.verdict.clone(),
            },
            bytes: &slab[self.bytes.clone()],
            url: self.url.as_deref(),
        }
    }
}

impl Batch {
    /// Copies bytes into the slab.
    pub fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.slab.len();
        self.slab.extend_from_slice(bytes);
        start..self.slab.len()
    }

    /// Whether the batch has reached its size.
    pub fn is_full(&self, limits: Limits) -> bool {
        self.slab.len() + self.beyond >= limits.bytes || self.items.len() >= limits.items
    }
}

/// Buffers of a batch's size that nobody uses now. Made anew for each batch, their pages would
/// go back to the system and be zeroed again.
static SPARE: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// Most buffers that wait.
const SPARES: usize = 8;
/// Most bytes of one that waits: what a giant document needed is let go.
const SPARE_BYTES: usize = 2 << 20;

/// An empty buffer with room for `bytes`.
pub(super) fn buffer(bytes: usize) -> Vec<u8> {
    let spare = SPARE.lock().ok().and_then(|mut spare| spare.pop());
    let mut buffer = spare.unwrap_or_default();
    buffer.reserve(bytes);
    buffer
}

/// Lets another batch use a buffer.
pub(super) fn recycle(mut buffer: Vec<u8>) {
    buffer.clear();
    if (1 << 16..=SPARE_BYTES).contains(&buffer.capacity())
        && let Ok(mut spare) = SPARE.lock()
        && spare.len() < SPARES
    {
        spare.push(buffer);
    }
}

/// When a batch is closed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub bytes: usize,
    pub items: usize,
    /// Where one ends, a batch does.
    pub window: Option<Window>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_documents_have_from_a_header_fills_a_batch() {
        let limits = Limits { bytes: 100, items: 9, window: None };
        let batch = |beyond| Batch { slab: vec![0; 60], beyond, ..Batch::default() };
        assert_eq!([39, 40].map(|beyond| batch(beyond).is_full(limits)), [false, true]);
    }

    #[test]
    fn a_buffer_is_empty_and_has_room() {
        for bytes in [0, 1 << 16, SPARE_BYTES, SPARE_BYTES + 1] {
            let mut used = buffer(bytes);
            used.resize(bytes, 7);
            recycle(used);
            let next = buffer(bytes);
            assert!(next.is_empty() && next.capacity() >= bytes);
        }
    }
}
