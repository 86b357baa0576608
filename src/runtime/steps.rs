//! What each stage of the pipeline took out.

use serde::{Deserialize, Serialize};

/// What one stage took out. Bytes are of lines, as scraped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepCount {
    /// Documents.
    pub dropped: u64,
    /// Bytes of them, with what stages before had removed from them.
    pub dropped_bytes: u64,
    /// Lines of kept documents.
    pub removed: u64,
    /// Bytes of those.
    pub removed_bytes: u64,
}

/// Counts by the stages' positions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Steps(pub Vec<StepCount>);

impl Steps {
    /// The stage at a position.
    pub fn of(&mut self, step: u16) -> &mut StepCount {
        let step = usize::from(step);
        if self.0.len() <= step {
            self.0.resize(step + 1, StepCount::default());
        }
        &mut self.0[step]
    }

    pub fn add(&mut self, other: &Self) {
        for (step, from) in (0..).zip(&other.0) {
            let to = self.of(step);
            to.dropped += from.dropped;
            to.dropped_bytes += from.dropped_bytes;
            to.removed += from.removed;
            to.removed_bytes += from.removed_bytes;
        }
    }
}
