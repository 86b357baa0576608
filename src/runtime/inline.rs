//! The same work on one thread, document by document: for `explain`, `textmill test` and as
//! the reference that the parallel run is compared with.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::batch::{Batch, Limits};
use super::error::RunError;
use super::plan::Plan;
use super::reader::Reader;
use super::tally::Progress;
use super::work::{self, Entry, Load};
use crate::document::Document;
use crate::formats::Bad;

/// What became of one record.
#[derive(Debug)]
pub enum Fate {
    /// A document with all decisions taken; it may be dropped.
    Document(Box<Document>),
    /// Bytes that are no document: where they stand, and why.
    Bad(std::ops::Range<u64>, Bad),
}

/// Runs `plan` over one stream and hands each record's fate to `each`, in order; `false`
/// from it ends the run.
///
/// # Errors
/// What ordered stages remember fits neither into memory nor on the disk.
pub fn run(
    plan: Plan,
    name: &str,
    from: &mut dyn Read,
    each: &mut dyn FnMut(Fate) -> bool,
) -> Result<(), RunError> {
    let Plan { input, format, mut phases, .. } = plan;
    let (stop, progress, name) = (AtomicBool::new(false), Progress::default(), Arc::from(name));
    let limits = Limits { bytes: 1, items: 1 };
    let mut failed = Ok(());
    let mut emit = |batch: Batch| {
        let mut load = Load::new(batch, None);
        for phase in &mut phases {
            work::apply(&phase.job, &mut load);
            if let Some(deciding) = &mut phase.ordered
                && let Err(error) = work::decide(deciding, &mut load)
            {
                failed = Err(error);
                return false;
            }
        }
        load.entries.into_iter().all(|entry| match entry {
            Entry::Document { doc, .. } => each(Fate::Document(doc)),
            Entry::Bad { at, reason, .. } | Entry::Damage { at, reason, .. } => {
                each(Fate::Bad(at.range, reason))
            }
            Entry::End(_) | Entry::Failed { .. } => true,
        })
    };
    let (shared, mut pace) = ((&stop, &progress), || {});
    let mut reader = Reader::new((&input, format), limits, 64 << 10, shared, &mut emit, &mut pace);
    // A consumer that has seen enough is no error.
    let _ = reader.read(&name, from).and_then(|()| reader.finish());
    failed
}
