//! The reading side of a run, on a thread of its own: decompression and segmentation are CPU work.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::batch::{Batch, Limits};
use super::clock::Clock;
use super::error::RunError;
use super::options::RunOptions;
use super::pauses::Pauses;
use super::reader::{Reader, Stopped};
use super::record::Cursor;
use super::small::{self, Ahead, Workers};
use super::sources;
use super::sparse::Sparse;
use super::stop::{Interrupt, Stop};
use super::store::Store;
use super::tally::Progress;
use crate::stage::Window;

/// The reading side, on a thread of its own: decompression and segmentation are CPU work.
pub(super) struct Reading {
    pub inputs: Vec<PathBuf>,
    /// What this run writes: never read, even if it stands in a folder of inputs.
    pub own: Vec<PathBuf>,
    pub input: crate::formats::InputOptions,
    pub format: Option<&'static crate::formats::FormatSpec>,
    pub options: RunOptions,
    pub resume: Option<(Cursor, Arc<dyn Store>)>,
    /// What ordered stages decide about together.
    pub window: Option<Window>,
    /// Whether checkpoints need the hash of what was read.
    pub hashed: bool,
    /// Reads small files.
    pub pool: Arc<rayon::ThreadPool>,
    pub clock: Option<Arc<Clock>>,
    /// Whether somebody may wait for each row.
    pub live: bool,
}

impl Reading {
    /// Groups of small files that workers may read ahead, for a third of the bytes in flight.
    fn ahead(&self, in_flight: usize) -> usize {
        let many = self.inputs.len() > 1 || self.inputs.iter().any(|input| input.is_dir());
        if many { small::groups(self.options.threads, in_flight / 3) } else { 0 }
    }

    pub fn run(
        &self,
        stop: &Stop,
        progress: &Progress,
        batches: &mpsc::Sender<(Batch, OwnedSemaphorePermit)>,
    ) -> Result<(), RunError> {
        let o = &self.options;
        let in_flight = super::memory::budget(o.memory_bytes, o.budget_bytes);
        let ahead = self.ahead(in_flight);
        let in_flight = in_flight - small::cost(ahead);
        let budget = Arc::new(Semaphore::new(in_flight));
        let handle = tokio::runtime::Handle::current();
        let alone = Cell::new(false);
        let mut emit = |batch: Batch| {
            // A document costs something beside its text.
            let cost = batch.slab.len() + batch.beyond + batch.items.len() * 512;
            let share = cost.clamp(1, in_flight) as u32;
            let permit = handle.block_on(budget.clone().acquire_many_owned(share));
            alone.set(cost >= in_flight);
            // It will take its size twice more, sooner than anyone would look.
            if cost >= in_flight && super::memory::lacks(o.memory_bytes, 2 * cost) {
                stop.stop(Interrupt::Memory);
                return false;
            }
            permit.is_ok_and(|permit| batches.blocking_send((batch, permit)).is_ok())
        };
        // What is read while a batch takes the whole budget, or more, would come on top of it.
        let mut pace = || {
            if alone.take() {
                // Nobody closes it, and its permits come back even if the run stops.
                let _ = handle.block_on(budget.acquire_many(in_flight as u32));
            }
        };
        let limits = Limits { bytes: o.batch(), items: o.batch_items, window: self.window };
        let shared = (&stop.flag, progress);
        let mut reader =
            Reader::new((&self.input, self.format), limits, o.chunk_bytes, shared, &mut emit, &mut pace);
        reader.memory_bytes = o.memory_bytes;
        reader.sparse = o.sparse.then(Sparse::default);
        reader.pauses = self.pauses();
        if self.hashed {
            reader.keep_cursor(self.resume.clone());
        }
        let own = sources::Own::new(&self.own);
        let workers = Workers::new(self.pool.clone(), (&self.input, self.format), self.clock.clone());
        // The sources that a checkpoint covers, and the one in which it stands, are compared one by one.
        let skip = self.resume.as_ref().map_or(0, |(cursor, _)| cursor.source + 1);
        let mut sources = Ahead::new(
            sources::walk(&self.inputs, &own),
            workers,
            ahead,
            skip,
            o.sparse.then(Sparse::default),
        );
        let read = sources.try_for_each(|(source, small)| reader.source(source, small));
        match read.and_then(|()| reader.finish()) {
            // If the receiver is gone, it knows why.
            Ok(()) | Err(Stopped::Gone) => Ok(()),
            Err(Stopped::Changed(what)) => {
                Err(RunError::Refused(format!("cannot resume: {what}; run without --resume to start over")))
            }
            Err(Stopped::System(path, error)) => Err(RunError::System { path, error }),
        }
    }

    /// Where batches end before they are full: nowhere if they belong to windows, which only the input ends.
    fn pauses(&self) -> Pauses {
        match self.options.pauses {
            _ if self.window.is_some() => Pauses::Never,
            Some(seed) => Pauses::Picked(seed),
            None if self.live => Pauses::Clock { since: None },
            None => Pauses::Never,
        }
    }
}
