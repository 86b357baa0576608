//! How a run uses the machine.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// How a run uses the machine. The output does not depend on it, but for `sparse`.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Threads for CPU work; at least 1.
    pub threads: usize,
    /// Bytes at which a batch is closed.
    pub batch_bytes: usize,
    /// Records at which a batch is closed.
    pub batch_items: usize,
    /// Bytes per read.
    pub chunk_bytes: usize,
    /// Bytes of records in flight at most; one larger batch is let through alone.
    pub budget_bytes: usize,
    /// Bytes of memory that the process takes at most; see [`super::memory`].
    pub memory_bytes: u64,
    /// Bytes of input between checkpoints; a record counts 1 KiB more than it has. There are
    /// checkpoints if rows go to a file.
    pub checkpoint_bytes: u64,
    /// Whether to go on with what an earlier run left.
    pub resume: bool,
    /// Files that are never read, even if they stand in a folder of inputs.
    pub never_read: Vec<PathBuf>,
    /// Whether to look only at a part of a large input, for a pass that learns: the first 256 records of
    /// each source and the first 256 pages of each folder, and a quarter of the rest.
    pub sparse: bool,
    /// Whether to find out what a page shows of the run.
    pub survey: bool,
    /// What ordered stages remember from one run to the next.
    pub index: Option<LastingIndex>,
    /// A seed that picks reads before which batches end, as where a live input pauses. For tests: nothing that
    /// is written depends on it.
    pub pauses: Option<u64>,
    /// What has to be the same for that, beside inputs and outputs; names and values are shown
    /// to the user if they differ.
    pub identity: BTreeMap<String, String>,
}

impl RunOptions {
    /// Bytes at which a batch is closed: a checkpoint stands at the end of one.
    pub(super) fn batch(&self) -> usize {
        self.batch_bytes.min(usize::try_from(self.checkpoint_bytes).unwrap_or(usize::MAX)).max(1)
    }
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            batch_bytes: 1 << 20,
            batch_items: 4096,
            chunk_bytes: 256 << 10,
            budget_bytes: 32 << 20,
            memory_bytes: super::memory::default_limit(),
            checkpoint_bytes: 256 << 20,
            resume: false,
            never_read: Vec::new(),
            sparse: false,
            survey: false,
            index: None,
            pauses: None,
            identity: BTreeMap::new(),
        }
    }
}

/// An index that outlives the run.
#[derive(Debug, Clone)]
pub struct LastingIndex {
    /// Its folder; made if it is not there.
    pub folder: PathBuf,
    /// Whether to look up only: nothing is added then.
    pub read_only: bool,
}
