//! The same work on one thread, document by document: for `explain`, `textmill test` and as
//! the reference that the parallel run is compared with.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::batch::{Batch, Limits};
use super::decide::decide;
use super::error::RunError;
use super::hold::Hold;
use super::plan::{Deciding, Job, Phase, Plan};
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

/// Appends the row of a document, as a run would write it.
pub fn write_row(doc: &Document, out: &mut Vec<u8>) {
    super::rows::write_kept(doc, out);
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
    let Plan { input, format, phases, .. } = plan;
    let mut steps: Vec<Step> = phases.into_iter().map(Step::from).collect();
    let (stop, progress, name) = (AtomicBool::new(false), Progress::default(), Arc::from(name));
    let limits = Limits { bytes: 1, items: 1, window };
    let mut failed = Ok(());
    let mut go_on = true;
    let mut emit = |batch: Option<Batch>| {
        let mut done = Vec::new();
        if let Err(error) = lead(&mut steps, batch.map(|b| Load::new(b, None)), &mut done) {
            failed = Err(error);
            return false;
        }
        go_on &= done.into_iter().flat_map(|load| load.entries).all(|entry| match entry {
            Entry::Document { doc, .. } => each(Fate::Document(doc)),
            Entry::Bad { at, reason, .. } | Entry::Damage { at, reason, .. } => {
                each(Fate::Bad(at.range, reason))
            }
            Entry::End(_) | Entry::Failed { .. } => true,
        });
        go_on
    };
    let mut batch = |batch: Batch| emit(Some(batch));
    let (shared, mut pace) = ((&stop, &progress), || {});
    let mut reader = Reader::new((&input, format), limits, 64 << 10, shared, &mut batch, &mut pace);
    // A consumer that has seen enough is no error.
    let read = reader.read(&name, from, None).and_then(|()| reader.finish());
    if read.is_ok() {
        emit(None);
    }
    failed
}

/// A phase, with what it holds back.
struct Step {
    job: Arc<Job>,
    ordered: Option<Deciding>,
    hold: Option<Hold>,
    /// Batches of a window that is open.
    window: Vec<Load>,
}

impl From<Phase> for Step {
    fn from(phase: Phase) -> Self {
        Self {
            job: phase.job,
            ordered: phase.ordered,
            hold: phase.learned.map(Hold::new),
            window: Vec::new(),
        }
    }
}

/// Leads a load, or the end of the input, through all that is left of the plan.
fn lead(steps: &mut [Step], load: Option<Load>, done: &mut Vec<Load>) -> Result<(), RunError> {
    let Some((step, rest)) = steps.split_first_mut() else {
        done.extend(load);
        return Ok(());
    };
    let is_end = load.is_none();
    let mut loads = Vec::from_iter(load);
    for load in &mut loads {
        work::apply(&step.job, load);
    }
    if let Some(deciding) = &mut step.ordered {
        let windows = deciding.window().is_some();
        step.window.append(&mut loads);
        if is_end || !windows || step.window.last().is_none_or(|load| load.mark.whole) {
            decide(deciding, &mut step.window)?;
            loads.append(&mut step.window);
        }
    }
    if let Some(hold) = &mut step.hold {
        loads = loads.into_iter().flat_map(|load| hold.push(load)).collect();
        if is_end {
            loads = hold.end();
        }
    }
    loads.into_iter().try_for_each(|load| lead(rest, Some(load), done))?;
    if is_end { lead(rest, None, done) } else { Ok(()) }
}
