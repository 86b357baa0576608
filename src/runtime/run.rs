//! One run, from the first source to the last rename.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::stream::{BoxStream, StreamExt};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_stream::wrappers::ReceiverStream;

use super::batch::Batch;
use super::checkpoint::Checkpoints;
use super::clock::{Part, Times, timed};
use super::driver;
use super::error::RunError;
use super::index::Shared;
use super::options::RunOptions;
use super::phases::{Packing, through};
use super::plan::Plan;
use super::reading::Reading;
use super::seal::Means;
use super::setup::{checkpoints, done, indexes};
use super::sources;
use super::steps::StepCount;
use super::stop::{Interrupt, Stop, wait_for, watch_signals};
use super::survey::{Findings, Hints, Survey};
use super::tally::{Ledger, Progress, Report};
use super::target::{Outputs, Wanted};
use super::work::{Bug, Load, Rows};
use super::writing::{Leftovers, Writer};
use crate::guard::Action;

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// Counts; of what was written, if the run was interrupted.
    pub report: Report,
    /// Sources that are unreadable or damaged, in words; the first thousand.
    pub troubles: Vec<String>,
    /// What exceeds the limits of the plan's guard, in words; the last one ended the run if
    /// `interrupt` says so.
    pub warnings: Vec<String>,
    /// Set if the run stopped short: files were not published then.
    pub interrupt: Option<Interrupt>,
    /// What each stage took out, by its position; those at the end that took out nothing may be missing.
    pub steps: Vec<StepCount>,
    /// What a page shows of the run, and the time of processors; with [`RunOptions::survey`], if this process
    /// did the work.
    pub survey: Option<(Findings, Times)>,
    /// What is to be removed once the run has been reported.
    pub leftovers: Leftovers,
}

impl Outcome {
    /// Of a run that was done before.
    fn of(report: Report, leftovers: Leftovers) -> Self {
        let (troubles, warnings, steps) = (Vec::new(), Vec::new(), Vec::new());
        Self { report, troubles, warnings, interrupt: None, steps, survey: None, leftovers }
    }
}

/// Runs `plan` over `inputs`.
///
/// # Errors
/// Output failures and bugs; bad input is counted, not an error.
pub fn run(
    plan: Plan,
    inputs: Vec<PathBuf>,
    outputs: &Outputs,
    options: &RunOptions,
    progress: &Arc<Progress>,
) -> Result<Outcome, RunError> {
    let pool = Arc::new(driver::pool(options.threads)?);
    driver::drive(flow(plan, inputs, outputs, options, progress, pool))?
}

async fn flow(
    mut plan: Plan,
    inputs: Vec<PathBuf>,
    outputs: &Outputs,
    options: &RunOptions,
    progress: &Arc<Progress>,
    pool: Arc<rayon::ThreadPool>,
) -> Result<Outcome, RunError> {
    let stop = Arc::new(Stop::default());
    // Before there is anything that an interrupt could leave behind.
    let signals = watch_signals(stop.clone())?;
    let signals = tokio::spawn(signals);
    tokio::spawn(super::memory::watch(options.memory_bytes, stop.clone()));
    let shared = options.index.as_ref().filter(|i| i.read_only);
    let shared = shared.map(|i| Shared::open(&i.folder)).transpose()?;
    let mut own = outputs.own();
    own.extend(options.never_read.clone());
    let (mut checkpoints, record) = checkpoints((&inputs, &own), outputs, options, shared.as_ref())?;
    if let Some(report) = checkpoints.as_ref().and_then(|c| done(c, record.as_ref(), outputs, options)) {
        return Ok(Outcome::of(report, Leftovers::published(checkpoints)));
    }
    if record.as_ref().is_none_or(|r| !r.finished) {
        indexes(&mut plan.phases, checkpoints.as_mut(), options, shared.as_ref())?;
    }
    let mut resume = None;
    if let (Some(checkpoints), Some(record)) = (&checkpoints, &record) {
        resume = checkpoints.store().map(|store| (record.cursor.clone(), store));
    }
    // A checkpoint stands at the end of a batch, and a page counts by batches.
    let live = checkpoints.is_none() && !options.survey && outputs.are_live();
    let hashed = checkpoints.as_ref().is_some_and(Checkpoints::can_resume);
    let guarded = plan.guard.action != Action::Off;
    let guard = (plan.guard.clone(), options.index.is_none());
    let mut writer = match (Writer::open(outputs, checkpoints, record, guard, &stop), stop.why()) {
        // Nobody read a pipe that rows were to go to.
        (Err(_), Some(why)) => {
            let nothing = Outcome::of(Report::default(), Leftovers::default());
            return Ok(Outcome { interrupt: Some(why), ..nothing });
        }
        (opened, _) => opened?,
    };
    writer.live = live;
    if writer.finished {
        let Ledger { report, steps, .. } = writer.counts.clone();
        let (troubles, warnings) = (writer.troubles.clone(), writer.guard.state.messages.clone());
        let whole = Outcome::of(report, writer.publish()?);
        return Ok(Outcome { troubles, warnings, steps: steps.0, ..whole });
    }
    writer.counts.report.sources.repeated = sources::repeated(&inputs).len() as u64;
    let (ledger, quarantine) = (outputs.ledger.is_some(), outputs.quarantine.is_some());
    let splits = Arc::new(outputs.kept.splits());
    let hints = options.survey.then(Hints::default);
    if let Some(hints) = &hints {
        plan.timed();
        writer.survey(Survey::new(hints.clone(), writer.counts.report.documents.r#in), plan.clock.clone());
    }
    let clock = plan.clock.clone();
    let wanted = Wanted { splits, ledger, quarantine, guard: guarded, survey: hints };
    let packing = Packing::new(outputs, live);

    let (batches, queue) = mpsc::channel::<(Batch, OwnedSemaphorePermit)>(2);
    let window = plan.window();
    let Plan { input, format, phases, .. } = plan;
    let reading = Reading {
        inputs,
        own,
        input,
        format,
        options: options.clone(),
        resume,
        window,
        hashed,
        live,
        pool: pool.clone(),
        clock: clock.clone(),
    };
    let reader = {
        let (stop, progress, clock) = (stop.clone(), progress.clone(), clock.clone());
        // It may hang in a read that never returns, and is not waited for then.
        driver::start("read", move || {
            let run = || reading.run(&stop, &progress, &batches);
            let read = timed(clock.as_deref(), Part::Reading, run);
            if read.is_err() {
                stop.stop(Interrupt::Input);
            }
            read
        })?
    };

    let stopped = wait_for(stop.clone());
    let queue = ReceiverStream::new(queue).take_until(stopped).boxed();
    let in_flight = options.threads * 2;
    let loads = queue.map(|(batch, budget)| Ok(Load::new(batch, Some(budget)))).boxed();
    let rows = through(loads, phases, (&pool, &stop), in_flight, wanted, packing);

    let (to_writer, from_mill) = mpsc::channel::<Rows>(2);
    let writing = {
        let (stop, progress) = (stop.clone(), progress.clone());
        driver::start("write", move || writer.run(from_mill, &stop, &progress))?
    };
    let milled = forward(rows, to_writer).await;
    let written = driver::end(writing).await?;
    stop.flag.store(true, Ordering::SeqCst);
    milled?;
    // Whoever cannot write does not wait for a reader that waits for input.
    let mut writer = written?;
    if matches!(stop.why(), None | Some(Interrupt::Input)) {
        driver::end(reader).await??;
    }
    if stop.why().is_none() && !writer.counts.report.nothing_was_readable() {
        writer.counts.check().map_err(|b| RunError::Internal(Bug::from(b).0))?;
        writer.seal(Means { pool: &pool, stop: &stop })?;
    }
    signals.abort();
    // Whoever interrupts a run that the guard has stopped cannot go on with it either.
    let interrupt = if writer.guard.has_stopped() { Some(Interrupt::Guard) } else { stop.why() };
    let warnings = writer.guard.state.messages.clone();
    let Ledger { report, steps, .. } = writer.counts.clone();
    let (steps, troubles) = (steps.0, writer.troubles.clone());
    let survey = writer.surveyed().zip(clock.map(|c| c.times()));
    let mut leftovers = Leftovers::default();
    if interrupt == Some(Interrupt::Guard) {
        leftovers = writer.discard()?;
    } else if interrupt.is_none() {
        leftovers = if report.nothing_was_readable() { writer.discard()? } else { writer.publish()? };
    }
    Ok(Outcome { report, troubles, warnings, interrupt, steps, survey, leftovers })
}

async fn forward(
    mut rows: BoxStream<'static, Result<Rows, RunError>>,
    to: mpsc::Sender<Rows>,
) -> Result<(), RunError> {
    while let Some(batch) = rows.next().await {
        if to.send(batch?).await.is_err() {
            break;
        }
    }
    Ok(())
}
