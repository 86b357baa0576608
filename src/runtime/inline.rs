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
    let window = plan.window();
    let Plan { input, format, mut phases, .. } = plan;
    let (stop, progress, name) = (AtomicBool::new(false), Progress::default(), Arc::from(name));
    let limits = Limits { bytes: 1, items: 1, window };
    let (mut held, mut failed) = (Vec::new(), Ok(()));
    let mut work = |held: &mut Vec<Load>| {
        for phase in &mut phases {
            held.iter_mut().for_each(|load| work::apply(&phase.job, load));
            if let Some(deciding) = &mut phase.ordered {
                work::decide(deciding, held)?;
            }
        }
        Ok(held.drain(..).flat_map(|load| load.entries).all(|entry| match entry {
            Entry::Document { doc, .. } => each(Fate::Document(doc)),
            Entry::Bad { at, reason, .. } | Entry::Damage { at, reason, .. } => {
                each(Fate::Bad(at.range, reason))
            }
            Entry::End(_) | Entry::Failed { .. } => true,
        }))
    };
    let mut emit = |batch: Batch| {
        let whole = batch.mark.whole;
        held.push(Load::new(batch, None));
        if !whole {
            return true;
        }
        work(&mut held).unwrap_or_else(|error| {
            failed = Err(error);
            false
        })
    };
    let (shared, mut pace) = ((&stop, &progress), || {});
    let mut reader = Reader::new((&input, format), limits, 64 << 10, shared, &mut emit, &mut pace);
    // A consumer that has seen enough is no error.
    let ended = reader.read(&name, from).and_then(|()| reader.finish());
    failed?;
    // The last window may have ended with the input.
    if ended.is_ok() { work(&mut held).map(drop) } else { Ok(()) }
}
