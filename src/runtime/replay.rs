//! Quarantined records, tried again: on one thread, through the phases of a run.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::mpsc;

use super::batch::{Batch, Item, Limits, Place, Record};
use super::decide::decide;
use super::driver;
use super::error::RunError;
use super::output::{Output, Place as Waits};
use super::plan::Plan;
use super::quarantine::{Quarantined, Rows, Unreadable};
use super::stop::{Interrupt, Stop, wait_for, watch_signals};
use super::tally::{Ledger, Report};
use super::target::{Outputs, Target, Wanted};
use super::work::{self, Bug, Load};
use crate::document::{Border, BorderKind};
use crate::formats::{FormatSpec, Opener};

const LIMITS: Limits = Limits { bytes: 1 << 20, items: 4096, window: None };

/// What came of a replay.
#[derive(Debug)]
pub struct Replayed {
    /// Counts of the records that were tried again.
    pub report: Report,
    /// Rows that cannot be tried again, and stay as they are.
    pub unchanged: u64,
    /// Set if the replay stopped short: files were not published then.
    pub interrupt: Option<Interrupt>,
}

/// A replay that came to no good end.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The quarantine file.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// Everything else.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl From<Bug> for ReplayError {
    fn from(bug: Bug) -> Self {
        Self::Run(RunError::Internal(bug.0))
    }
}

/// Opens the records of a quarantine file again, each with the place it had in the first run, and
/// runs `plan` over them. What still cannot be read, or cannot be tried again, goes to quarantine
/// in the order of the file.
///
/// # Errors
/// The file cannot be read or is no quarantine file; output fails; bugs.
pub fn replay(plan: Plan, file: &Path, outputs: &Outputs) -> Result<Replayed, ReplayError> {
    match driver::drive(flow(plan, file.to_owned(), outputs))? {
        Err(ReplayError::Run(RunError::Output { error, .. }))
            if error.kind() == std::io::ErrorKind::BrokenPipe =>
        {
            let report = Report::default();
            Ok(Replayed { report, unchanged: 0, interrupt: Some(Interrupt::Pipe) })
        }
        other => other,
    }
}

async fn flow(plan: Plan, file: PathBuf, outputs: &Outputs) -> Result<Replayed, ReplayError> {
    let stop = Arc::new(Stop::default());
    // Before there is anything that an interrupt could leave behind.
    tokio::spawn(watch_signals(stop.clone())?);
    let mut replay = match (Replay::new(plan, outputs, &stop), stop.why()) {
        // Nobody read a pipe that rows were to go to.
        (Err(_), Some(why)) => {
            return Ok(Replayed { report: Report::default(), unchanged: 0, interrupt: Some(why) });
        }
        (opened, _) => opened?,
    };
    let (to, mut rows) = mpsc::channel(4);
    // A read that never returns is not waited for.
    let reading = driver::start("read", move || match Rows::open(&file) {
        Ok(mut rows) => rows.all(|row| to.blocking_send(row).is_ok()),
        Err(e) => to.blocking_send(Err(e)).is_ok(),
    })?;
    let mut stopped = std::pin::pin!(wait_for(stop.clone()));
    loop {
        tokio::select! {
            biased;
            () = &mut stopped => break,
            row = rows.recv() => match row {
                Some(row) => replay.row(row?)?,
                None => break,
            },
        }
    }
    let interrupt = stop.why();
    if interrupt.is_none() {
        // A reader that failed has sent an end as well.
        driver::end(reading).await?;
    }
    replay.finish(interrupt)
}

struct Replay {
    plan: Plan,
    openers: Vec<(&'static str, Arc<dyn Opener>)>,
    batch: Batch,
    files: Files,
    ledger: Ledger,
    unchanged: u64,
}

impl Replay {
    fn new(plan: Plan, outputs: &Outputs, stop: &Stop) -> Result<Self, ReplayError> {
        let (openers, batch, ledger) = (Vec::new(), Batch::default(), Ledger::default());
        Ok(Self { plan, openers, batch, files: Files::open(outputs, stop)?, ledger, unchanged: 0 })
    }

    fn finish(mut self, interrupt: Option<Interrupt>) -> Result<Replayed, ReplayError> {
        if interrupt.is_none() {
            self.flush()?;
            self.files.publish()?;
        }
        Ok(Replayed { report: self.ledger.report, unchanged: self.unchanged, interrupt })
    }

    fn row(&mut self, row: Quarantined) -> Result<(), ReplayError> {
        let openable = whole(&row).and_then(|cut_by| Some((cut_by, self.opener_of(cut_by, &row.header)?)));
        let Some((cut_by, opener)) = openable else {
            // Behind those in front of it.
            self.flush()?;
            self.unchanged += 1;
            return Ok(self.files.unchanged(&row.line)?);
        };
        let at =
            Place { source: row.source.into(), format: cut_by.name, record: row.record, range: row.range };
        let border = Border { kind: BorderKind::Record, confidence: 100 };
        let bytes = self.batch.keep(&row.raw);
        self.batch.items.push(Item::Record(Record {
            at,
            border,
            verdict: None,
            url: row.url,
            bytes,
            opener,
        }));
        if self.batch.is_full(LIMITS) { self.flush() } else { Ok(()) }
    }

    /// What opens a record that `cut_by` has cut under `header`, if that is enough to know.
    fn opener_of(&mut self, cut_by: &'static FormatSpec, header: &str) -> Option<Arc<dyn Opener>> {
        let opener = self.opener(self.plan.format.unwrap_or(cut_by));
        let under =
            Some(header).filter(|header| !header.is_empty()).and_then(|header| opener.with_header(header));
        under.or_else(|| (!opener.needs_header()).then_some(opener))
    }

    fn opener(&mut self, format: &'static FormatSpec) -> Arc<dyn Opener> {
        if let Some((_, opener)) = self.openers.iter().find(|(name, _)| *name == format.name) {
            return opener.clone();
        }
        let opener = (format.opener)(&self.plan.input);
        self.openers.push((format.name, opener.clone()));
        opener
    }

    /// Runs the batch at hand through all phases and writes what comes of it.
    fn flush(&mut self) -> Result<(), ReplayError> {
        if self.batch.items.is_empty() {
            return Ok(());
        }
        let mut load = Load::new(std::mem::take(&mut self.batch), None);
        let (phases, wanted) = (&mut self.plan.phases, self.files.wanted());
        let decided = work::guarded(|| {
            Ok(phases.iter_mut().try_for_each(|phase| {
                work::apply(&phase.job, &mut load);
                phase
                    .ordered
                    .as_mut()
                    .map_or(Ok(()), |deciding| decide(deciding, std::slice::from_mut(&mut load)))
            }))
        });
        decided??;
        let mut rows = work::guarded(|| work::rows(load, &wanted))?;
        self.files.write(&mut rows)?;
        Ok(self.ledger.add(rows.tally).map_err(Bug::from)?)
    }
}

/// The format that can open the record again, if all of the record is there. What the
/// segmenter found too large or cut short would have to be cut again.
fn whole(row: &Quarantined) -> Option<&'static FormatSpec> {
    use crate::formats::bad::BadKind::{BadJson, InvalidUtf8, JsonDepth, NoText, NulBytes, TooManyLines};
    let opened = matches!(row.reason, InvalidUtf8 | NulBytes | BadJson | JsonDepth | NoText | TooManyLines);
    row.format.filter(|_| opened && !row.truncated)
}

/// The open outputs.
struct Files {
    kept: Output,
    ledger: Option<Output>,
    quarantine: Option<Output>,
    /// Quarantine rows until there are enough for a member or frame of their own.
    held: Vec<u8>,
}

impl Files {
    fn open(outputs: &Outputs, stop: &Stop) -> Result<Self, RunError> {
        let one = |target: &Target| {
            let mut out = Output::open(target, Waits::Beside, false, stop)?;
            out.start()?;
            Ok::<_, RunError>(out)
        };
        let open = |t: &Option<Target>| t.as_ref().map(one).transpose();
        Ok(Self {
            kept: one(&outputs.kept)?,
            ledger: open(&outputs.ledger)?,
            quarantine: open(&outputs.quarantine)?,
            held: Vec::new(),
        })
    }

    fn wanted(&self) -> Wanted {
        let (ledger, quarantine) = (self.ledger.is_some(), self.quarantine.is_some());
        Wanted { splits: Arc::default(), ledger, quarantine, guard: false, survey: None }
    }

    fn write(&mut self, rows: &mut work::Rows) -> Result<(), RunError> {
        for piece in &mut rows.kept {
            self.kept.pack(std::mem::take(&mut piece.bytes))?;
        }
        if let Some(out) = &mut self.ledger {
            out.pack(std::mem::take(&mut rows.ledger))?;
        }
        rows.quarantine.iter().for_each(|row| self.held.extend_from_slice(&row.whole));
        self.release(LIMITS.bytes)
    }

    fn unchanged(&mut self, line: &[u8]) -> Result<(), RunError> {
        if self.quarantine.is_some() {
            self.held.extend_from_slice(line);
            self.held.push(b'\n');
        }
        self.release(LIMITS.bytes)
    }

    /// Writes quarantine rows if there are at least `least` bytes of them.
    fn release(&mut self, least: usize) -> Result<(), RunError> {
        match &mut self.quarantine {
            Some(out) if self.held.len() >= least => out.pack(std::mem::take(&mut self.held)),
            _ => Ok(()),
        }
    }

    /// The main output comes last: where it is, the others are.
    fn publish(mut self) -> Result<(), RunError> {
        self.release(0)?;
        let all = [self.ledger, self.quarantine, Some(self.kept)];
        all.into_iter().flatten().try_for_each(|mut out| {
            out.complete()?;
            out.publish()
        })
    }
}
