//! The writing side of a run, on a thread of its own.

use std::io;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::batch;
use super::checkpoint::Checkpoints;
use super::clock::{Clock, Part, timed};
use super::error::RunError;
use super::guard::Watch;
use super::kept::Kept;
use super::output::{Output, Place};
use super::record::{Extent, Record};
use super::seal::Means;
use super::stop::{Interrupt, Stop};
use super::survey::{Findings, Survey};
use super::tally::{Ledger, Progress};
use super::target::{Outputs, Target};
use super::work::{Bug, Rows};
use crate::guard::Guard;

/// Sources in trouble that are remembered by name.
const MAX_TROUBLES: usize = 1000;

/// The open outputs, and what was counted on the way to them.
pub(super) struct Writer {
    kept: Kept,
    ledger: Option<Output>,
    quarantine: Option<Output>,
    quarantine_max: u64,
    checkpoints: Option<Checkpoints>,
    pub counts: Ledger,
    pub guard: Watch,
    pub troubles: Vec<String>,
    survey: Option<Survey>,
    clock: Option<Arc<Clock>>,
    /// All rows are there already: only final names are missing.
    pub finished: bool,
    /// Batches may end at any time.
    pub live: bool,
}

impl Writer {
    /// Opens all outputs; nothing appears under their names yet. They go on where `record`
    /// says, or start empty. `copies` says whether the guard judges by copies.
    pub fn open(
        outputs: &Outputs,
        checkpoints: Option<Checkpoints>,
        record: Option<Record>,
        (limits, copies): (Guard, bool),
        stop: &Stop,
    ) -> Result<Self, RunError> {
        let keep = checkpoints.as_ref().is_some_and(Checkpoints::can_resume);
        let digest = checkpoints.as_ref().filter(|c| c.can_resume()).map(Checkpoints::digest);
        let finished = record.as_ref().is_some_and(|r| r.finished);
        let kept = Kept::open(&outputs.kept, record.as_ref(), digest.as_deref(), stop)?;
        let mut extents = record.as_ref().map(|r| r.outputs.iter()).into_iter().flatten();
        if matches!(&kept, Kept::One(out) if out.is_whole()) {
            extents.next();
        }
        let mut open = |target: &Target| -> Result<Output, RunError> {
            let place = Place::Beside;
            if finished && let (Some(_), Some(extent)) = (target.regular(), extents.next()) {
                return Output::reopen_finished(target, place, extent);
            }
            let mut out = Output::open(target, place, keep, stop)?;
            match (out.is_part(), &record) {
                (true, Some(_)) => out.go_on(extents.next().unwrap_or(&Extent::nothing()))?,
                _ => out.start()?,
            }
            Ok(out)
        };
        let mut side = |t: &Option<Target>| t.as_ref().map(&mut open).transpose();
        let (ledger, quarantine) = (side(&outputs.ledger)?, side(&outputs.quarantine)?);
        let (counts, state, troubles) =
            record.map_or_else(Default::default, |r| (r.ledger, r.guard, r.troubles));
        let guard = Watch::new(limits, state, copies);
        let quarantine_max = outputs.quarantine_max;
        let (survey, clock) = (None, None);
        Ok(Self {
            kept,
            ledger,
            quarantine,
            quarantine_max,
            checkpoints,
            counts,
            guard,
            troubles,
            survey,
            clock,
            finished,
            live: false,
        })
    }

    /// Finds out what a page shows, and how long writing takes.
    pub fn survey(&mut self, survey: Survey, clock: Option<Arc<Clock>>) {
        self.survey = Some(survey);
        self.clock = clock;
    }

    /// What a page shows.
    pub fn surveyed(&mut self) -> Option<Findings> {
        self.survey.take().map(Survey::finish)
    }

    /// Writes batches as they come and adds up their counts.
    pub fn run(
        mut self,
        mut rows: mpsc::Receiver<Rows>,
        stop: &Stop,
        progress: &Progress,
    ) -> Result<Self, RunError> {
        while let Some(batch) = rows.blocking_recv() {
            if self.guard.watch(&batch.seen) {
                stop.stop(Interrupt::Guard);
                break;
            }
            let clock = self.clock.clone();
            match timed(clock.as_deref(), Part::Writing, || self.write(&batch)) {
                Ok(()) => {}
                Err(e) if e.is_closed_pipe() => {
                    stop.stop(Interrupt::Pipe);
                    break;
                }
                Err(e) => return Err(e),
            }
            let room = MAX_TROUBLES.saturating_sub(self.troubles.len());
            self.troubles.extend(batch.troubles.into_iter().take(room));
            self.counts.add(batch.tally).map_err(|b| RunError::Internal(Bug::from(b).0))?;
            if let (Some(survey), Some(part)) = (&mut self.survey, batch.survey) {
                survey.merge(part);
            }
            progress.wrote(&self.counts.report);
            batch.kept.into_iter().for_each(|piece| batch::recycle(piece.bytes));
            let due = self.checkpoints.as_mut().is_some_and(|c| c.note(batch.mark));
            drop(batch.budget);
            if due {
                self.commit(false)?;
            }
        }
        if matches!(stop.why(), Some(Interrupt::Int | Interrupt::Term | Interrupt::Memory))
            && !self.guard.has_stopped()
            && self.checkpoints.as_ref().is_some_and(Checkpoints::is_due)
        {
            self.commit(false)?;
        }
        Ok(self)
    }

    fn write(&mut self, rows: &Rows) -> Result<(), RunError> {
        self.kept.write(&rows.kept)?;
        self.counts.report.shards = self.kept.shards();
        if let Some(out) = &mut self.ledger {
            if self.live { out.gather(&rows.ledger)? } else { out.write(&rows.ledger)? }
        }
        if let Some(out) = &mut self.quarantine {
            // Here, because only here are the rows before known.
            let mut picked = Vec::new();
            for row in &rows.quarantine {
                let whole = self.counts.report.quarantine.admit(row.raw, self.quarantine_max);
                picked.extend_from_slice(if whole { &row.whole } else { &row.bare });
            }
            if self.live { out.gather(&picked)? } else { out.pack(picked)? }
        }
        Ok(())
    }

    /// Ledger and quarantine.
    fn sides(&mut self) -> impl Iterator<Item = &mut Output> {
        [self.ledger.as_mut(), self.quarantine.as_mut()].into_iter().flatten()
    }

    /// Data first, then the record.
    fn commit(&mut self, finished: bool) -> Result<(), RunError> {
        let (kept, shelf) = self.kept.settle()?;
        let mut extents: Vec<_> = kept.into_iter().collect();
        for out in self.sides() {
            extents.extend(out.settle()?);
        }
        match &mut self.checkpoints {
            Some(checkpoints) => {
                let counted = (&self.counts, &self.guard.state);
                checkpoints.commit((shelf, extents), counted, &self.troubles, finished)
            }
            None => Ok(()),
        }
    }

    /// Makes of all rows what was asked for, where that is not done while they come. If it is
    /// stopped, the run can be gone on with.
    pub fn seal(&mut self, means: Means<'_>) -> Result<(), RunError> {
        self.kept.complete().or_else(|e| if e.is_closed_pipe() { Ok(()) } else { Err(e) })?;
        let due = |all: &Self| all.checkpoints.as_ref().is_some_and(Checkpoints::is_due);
        if self.kept.is_spooled()
            && due(self)
            && self.checkpoints.as_ref().is_some_and(Checkpoints::needs_end)
        {
            self.commit(false)?;
        }
        if !self.kept.seal(means)? && due(self) {
            self.commit(false)?;
        }
        Ok(())
    }

    /// Keeps nothing of the run.
    pub fn discard(mut self) -> Result<Leftovers, RunError> {
        self.checkpoints.as_mut().map_or(Ok(()), Checkpoints::forget)?;
        self.kept.discard();
        self.sides().for_each(Output::discard);
        Ok(Leftovers { checkpoints: self.checkpoints, published: false })
    }

    /// Gives the files their names. The main output comes last: where it is, the others are.
    pub fn publish(mut self) -> Result<Leftovers, RunError> {
        for out in self.sides() {
            out.complete().or_else(|e| if e.is_closed_pipe() { Ok(()) } else { Err(e) })?;
        }
        self.counts.report.shards = self.kept.shards();
        self.kept.describe(&self.counts.report)?;
        // Files that belong together get their names one after the other: a run that dies in
        // between finds here that there is nothing else left to do.
        if !self.finished && self.checkpoints.as_ref().is_some_and(Checkpoints::needs_end) {
            self.commit(true)?;
        }
        for side in [self.ledger, self.quarantine].into_iter().flatten() {
            side.publish()?;
        }
        match self.kept.publish() {
            Err(e) if e.is_closed_pipe() => {}
            other => other?,
        }
        Ok(Leftovers { checkpoints: self.checkpoints, published: true })
    }
}

/// What a run keeps beside its output until it is known to have ended.
#[derive(Default)]
pub struct Leftovers {
    checkpoints: Option<Checkpoints>,
    published: bool,
}

impl Leftovers {
    /// Of a run whose rows have their name.
    pub(super) fn published(checkpoints: Option<Checkpoints>) -> Self {
        Self { checkpoints, published: true }
    }

    /// Removes it.
    ///
    /// # Errors
    /// [`RunError::Output`].
    pub fn remove(self) -> Result<(), RunError> {
        self.checkpoints.map_or(Ok(()), |c| c.remove(self.published))
    }
}

impl std::fmt::Debug for Leftovers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Leftovers")
    }
}

impl RunError {
    fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output { error, .. } if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
