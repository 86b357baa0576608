//! The writing side of a run, on a thread of its own.

use std::io;

use tokio::sync::mpsc;

use super::run::RunError;
use super::stop::{Interrupt, Stop};
use super::tally::{Ledger, Progress, Quarantine};
use super::work::{Bug, Rows};
use super::writer::{Failed, Output, Outputs, Target};

/// Sources in trouble that are remembered by name.
const MAX_TROUBLES: usize = 1000;

/// The open outputs.
pub(super) struct Writer {
    kept: Output,
    ledger: Option<Output>,
    quarantine: Option<Output>,
    quarantine_max: u64,
}

impl Writer {
    /// Opens all outputs; nothing appears under their names yet.
    pub fn open(outputs: &Outputs) -> Result<Self, Failed> {
        let open = |t: &Option<Target>| t.as_ref().map(Output::open).transpose();
        Ok(Self {
            kept: Output::open(&outputs.kept)?,
            ledger: open(&outputs.ledger)?,
            quarantine: open(&outputs.quarantine)?,
            quarantine_max: outputs.quarantine_max,
        })
    }

    /// Writes batches as they come and adds up their counts.
    pub fn run(
        mut self,
        mut rows: mpsc::Receiver<Rows>,
        stop: &Stop,
        progress: &Progress,
    ) -> Result<(Self, Ledger, Vec<String>), RunError> {
        let (mut ledger, mut troubles) = (Ledger::default(), Vec::new());
        while let Some(batch) = rows.blocking_recv() {
            match self.write(&batch, &mut ledger.report.quarantine) {
                Ok(()) => {}
                Err(e) if e.error.kind() == io::ErrorKind::BrokenPipe => {
                    stop.stop(Interrupt::Pipe);
                    break;
                }
                Err(e) => return Err(e.into()),
            }
            let room = MAX_TROUBLES - troubles.len();
            troubles.extend(batch.troubles.into_iter().take(room));
            ledger.add(batch.tally).map_err(|b| RunError::Internal(Bug::from(b).0))?;
            progress.wrote(&ledger.report);
            drop(batch.budget);
        }
        Ok((self, ledger, troubles))
    }

    fn write(&mut self, rows: &Rows, counts: &mut Quarantine) -> Result<(), Failed> {
        self.kept.write(&rows.kept)?;
        if let Some(out) = &mut self.ledger {
            out.write(&rows.ledger)?;
        }
        if let Some(out) = &mut self.quarantine {
            // Here, because only here are the rows before known.
            let mut picked = Vec::new();
            for row in &rows.quarantine {
                let whole = counts.admit(row.raw, self.quarantine_max);
                picked.extend_from_slice(if whole { &row.whole } else { &row.bare });
            }
            out.pack(picked)?;
        }
        Ok(())
    }

    /// The main output comes last: where it is, the others are.
    pub fn publish(self) -> Result<(), RunError> {
        for side in [self.ledger, self.quarantine].into_iter().flatten() {
            side.publish()?;
        }
        match self.kept.publish() {
            Err(e) if e.error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => Ok(other?),
        }
    }
}
