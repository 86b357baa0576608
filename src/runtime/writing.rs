//! The writing side of a run, on a thread of its own.

use std::io;

use tokio::sync::mpsc;

use super::run::RunError;
use super::stop::{Interrupt, Stop};
use super::tally::{Ledger, Progress};
use super::work::{Bug, Rows};
use super::writer::{Failed, Output, Outputs, Target};

/// Sources in trouble that are remembered by name.
const MAX_TROUBLES: usize = 1000;

/// The open outputs.
pub(super) struct Writer {
    kept: Output,
    ledger: Option<Output>,
    quarantine: Option<Output>,
}

impl Writer {
    /// Opens all outputs; nothing appears under their names yet.
    pub fn open(outputs: &Outputs) -> Result<Self, Failed> {
        let open = |t: &Option<Target>| t.as_ref().map(Output::open).transpose();
        Ok(Self {
            kept: Output::open(&outputs.kept)?,
            ledger: open(&outputs.ledger)?,
            quarantine: open(&outputs.quarantine)?,
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
            match self.write(&batch) {
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

    fn write(&mut self, rows: &Rows) -> Result<(), Failed> {
        self.kept.write(&rows.kept)?;
        for (out, rows) in [(&mut self.ledger, &rows.ledger), (&mut self.quarantine, &rows.quarantine)] {
            if let Some(out) = out {
                out.write(rows)?;
            }
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
