//! One run, from the first source to the last rename.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::stream::{BoxStream, StreamExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;

use super::batch::{Batch, Limits};
use super::checkpoint::{self, Checkpoints, OUTPUT, Request};
use super::error::RunError;
use super::index::{Budget, Index, Shared};
use super::plan::{Phase, Plan};
use super::reader::{Reader, Stopped};
use super::record::{Cursor, Record};
use super::sources;
use super::stop::{Interrupt, Stop, wait_for, watch_signals};
use super::store::Store;
use super::tally::{Progress, Report};
use super::target::{Compression, Outputs, Target, Wanted};
use super::work::{self, Bug, Load, Rows};
use super::writing::{Leftovers, Writer};
use crate::guard::Action;

/// How a run uses the machine. The output does not depend on it.
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
    /// What ordered stages remember from one run to the next.
    pub index: Option<LastingIndex>,
    /// What has to be the same for that, beside inputs and outputs; names and values are shown
    /// to the user if they differ.
    pub identity: BTreeMap<String, String>,
}

impl RunOptions {
    /// Bytes at which a batch is closed: a checkpoint stands at the end of one.
    fn batch(&self) -> usize {
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
            index: None,
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
    /// What is to be removed once the run has been reported.
    pub leftovers: Leftovers,
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
    let internal = |e: &dyn std::fmt::Display| RunError::Internal(e.to_string());
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .thread_name(|n| format!("mill-{n}"))
        .build()
        .map_err(|e| internal(&e))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|e| internal(&e))?;
    let outcome = runtime.block_on(flow(plan, inputs, outputs, options, progress, Arc::new(pool)));
    // A reader may hang in a read that never returns; it is not waited for.
    runtime.shutdown_background();
    outcome
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
    let signals = watch_signals(stop.clone()).map_err(|e| RunError::Internal(e.to_string()))?;
    let signals = tokio::spawn(signals);
    tokio::spawn(super::memory::watch(options.memory_bytes, stop.clone()));
    let shared = options.index.as_ref().filter(|i| i.read_only);
    let shared = shared.map(|i| Shared::open(&i.folder)).transpose()?;
    let (mut checkpoints, record) = checkpoints(&inputs, outputs, options, shared.as_ref())?;
    if record.as_ref().is_none_or(|r| !r.finished) {
        indexes(&mut plan.phases, checkpoints.as_mut(), options, shared.as_ref())?;
    }
    let mut resume = None;
    if let (Some(checkpoints), Some(record)) = (&checkpoints, &record) {
        resume = checkpoints.store().map(|store| (record.cursor.clone(), store));
    }
    let hashed = checkpoints.as_ref().is_some_and(Checkpoints::can_resume);
    let guarded = plan.guard.action != Action::Off;
    let guard = (plan.guard.clone(), options.index.is_none());
    let writer = Writer::open(outputs, checkpoints, record, guard)?;
    if writer.finished {
        let (report, troubles) = (writer.counts.report.clone(), writer.troubles.clone());
        let warnings = writer.guard.state.messages.clone();
        return Ok(Outcome { report, troubles, warnings, interrupt: None, leftovers: writer.publish()? });
    }
    let (ledger, quarantine) = (outputs.ledger.is_some(), outputs.quarantine.is_some());
    let wanted = Wanted { ledger, quarantine, guard: guarded };
    let packing = Packing::new(outputs);

    let (batches, queue) = mpsc::channel::<(Batch, OwnedSemaphorePermit)>(2);
    let Plan { input, format, phases, .. } = plan;
    let own = outputs.paths().flat_map(|p| [p.to_owned(), checkpoint::folder_of(p)]).collect();
    let reading = Reading { inputs, own, input, format, options: options.clone(), resume, hashed };
    let reader = {
        let (stop, progress) = (stop.clone(), progress.clone());
        tokio::task::spawn_blocking(move || {
            let read = reading.run(&stop, &progress, &batches);
            if read.is_err() {
                stop.stop(Interrupt::Input);
            }
            read
        })
    };

    let stopped = wait_for(stop.clone());
    let queue = ReceiverStream::new(queue).take_until(stopped).boxed();
    let window = options.threads * 2;
    let loads = queue.map(|(batch, budget)| Ok(Load::new(batch, Some(budget)))).boxed();
    let rows = through(loads, phases, &pool, window, wanted, packing);

    let (to_writer, from_mill) = mpsc::channel::<Rows>(2);
    let writing = {
        let (stop, progress) = (stop.clone(), progress.clone());
        tokio::task::spawn_blocking(move || writer.run(from_mill, &stop, &progress))
    };
    let milled = forward(rows, to_writer).await;
    let written = writing.await.map_err(|e| RunError::Internal(e.to_string()))?;
    signals.abort();
    stop.flag.store(true, Ordering::SeqCst);
    milled?;
    // Whoever cannot write does not wait for a reader that waits for input.
    let writer = written?;
    if matches!(stop.why(), None | Some(Interrupt::Input)) {
        reader.await.map_err(|e| RunError::Internal(panic_text(e)))??;
    }
    // Whoever interrupts a run that the guard has stopped cannot go on with it either.
    let interrupt = if writer.guard.has_stopped() { Some(Interrupt::Guard) } else { stop.why() };
    let warnings = writer.guard.state.messages.clone();
    let (report, troubles) = (writer.counts.report.clone(), writer.troubles.clone());
    let mut leftovers = Leftovers::default();
    if interrupt == Some(Interrupt::Guard) {
        leftovers = writer.discard()?;
    } else if interrupt.is_none() {
        writer.counts.check().map_err(|b| RunError::Internal(Bug::from(b).0))?;
        leftovers = if report.nothing_was_readable() { writer.discard()? } else { writer.publish()? };
    }
    Ok(Outcome { report, troubles, warnings, interrupt, leftovers })
}

/// The checkpoints of a run whose rows go to a file, and the one to go on with.
fn checkpoints(
    inputs: &[PathBuf],
    outputs: &Outputs,
    options: &RunOptions,
    shared: Option<&Shared>,
) -> Result<(Option<Checkpoints>, Option<Record>), RunError> {
    let lasting = options.index.as_ref().filter(|i| !i.read_only).map(|i| i.folder.as_path());
    let request = Request {
        output: outputs.kept.regular(),
        index: lasting,
        every: options.checkpoint_bytes.max(1),
        resume: options.resume,
    };
    if request.output.is_none() && request.index.is_none() {
        return Ok((None, None));
    }
    let mut identity = options.identity.clone();
    identity.insert("the list of inputs".to_owned(), format!("{inputs:?}"));
    // A batch is a member or frame of compressed rows.
    identity.insert("the size of a batch".to_owned(), options.batch().to_string());
    let side = |t: &Option<Target>| t.as_ref().map_or("none".to_owned(), Target::name);
    identity.insert("the ledger".to_owned(), side(&outputs.ledger));
    identity.insert("the quarantine".to_owned(), side(&outputs.quarantine));
    identity.insert("the cap of the quarantine".to_owned(), outputs.quarantine_max.to_string());
    if let (Some(path), Some(_)) = (request.output, request.index) {
        let whole = std::path::absolute(path).map_err(|e| RunError::output(path, e))?;
        identity.insert(OUTPUT.to_owned(), whole.display().to_string());
    }
    if let Some(shared) = shared {
        identity.insert("the index".to_owned(), format!("{:?}", shared.indexes()));
    }
    let (checkpoints, record) = Checkpoints::open(request, identity)?;
    Ok((Some(checkpoints), record))
}

/// Gives each ordered stage its index: where checkpoints keep one, or one that ends with the
/// run, in front of it the index that is only read.
fn indexes(
    phases: &mut [Phase],
    mut checkpoints: Option<&mut Checkpoints>,
    options: &RunOptions,
    shared: Option<&Shared>,
) -> Result<(), RunError> {
    let stages = || phases.iter().filter_map(|p| p.ordered.as_ref());
    let all = stages().map(|d| d.kind().keys).sum();
    let mut seen = BTreeMap::new();
    for deciding in phases.iter_mut().filter_map(|p| p.ordered.as_mut()) {
        let kind = deciding.kind();
        let budget = Budget::share(options.memory_bytes, kind.keys, all);
        // A stage may stand in a pipeline twice.
        let nth = seen.entry(kind.name).and_modify(|n| *n += 1).or_insert(1);
        let name = if *nth == 1 { kind.name.to_owned() } else { format!("{}-{nth}", kind.name) };
        let below = shared.map(|s| s.below(&name, &kind)).transpose()?.flatten();
        deciding.index = match &mut checkpoints {
            Some(checkpoints) => checkpoints.index(name, &kind, budget, below)?,
            None => Index::nameless(budget).after(below)?,
        };
    }
    Ok(())
}

fn panic_text(error: tokio::task::JoinError) -> String {
    match error.try_into_panic() {
        Ok(p) => match p.downcast::<String>() {
            Ok(s) => *s,
            Err(p) => p.downcast_ref::<&str>().map_or("reader failed", |s| s).to_owned(),
        },
        Err(e) => e.to_string(),
    }
}

/// The reading side, on a thread of its own: decompression and segmentation are CPU work.
struct Reading {
    inputs: Vec<PathBuf>,
    /// What this run writes: never read, even if it stands in a folder of inputs.
    own: Vec<PathBuf>,
    input: crate::formats::InputOptions,
    format: Option<&'static crate::formats::FormatSpec>,
    options: RunOptions,
    resume: Option<(Cursor, Arc<dyn Store>)>,
    /// Whether checkpoints need the hash of what was read.
    hashed: bool,
}

impl Reading {
    fn run(
        &self,
        stop: &Stop,
        progress: &Progress,
        batches: &mpsc::Sender<(Batch, OwnedSemaphorePermit)>,
    ) -> Result<(), RunError> {
        let o = &self.options;
        let in_flight = super::memory::budget(o.memory_bytes, o.budget_bytes);
        let budget = Arc::new(Semaphore::new(in_flight));
        let handle = tokio::runtime::Handle::current();
        let alone = Cell::new(false);
        let mut emit = |batch: Batch| {
            // A document costs something beside its text.
            let cost = batch.slab.len() + batch.items.len() * 512;
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
        let limits = Limits { bytes: o.batch(), items: o.batch_items };
        let shared = (&stop.flag, progress);
        let mut reader =
            Reader::new((&self.input, self.format), limits, o.chunk_bytes, shared, &mut emit, &mut pace);
        if self.hashed {
            reader.keep_cursor(self.resume.clone());
        }
        let own = sources::Own::new(&self.own);
        let read = sources::walk(&self.inputs, &own).try_for_each(|source| reader.source(source));
        match read.and_then(|()| reader.finish()) {
            // If the receiver is gone, it knows why.
            Ok(()) | Err(Stopped::Gone) => Ok(()),
            Err(Stopped::Changed(what)) => {
                Err(RunError::Refused(format!("cannot resume: {what}; run without --resume to start over")))
            }
            Err(Stopped::System(path, error)) => Err(RunError::System { path, error }),
        }
    }
}

/// Runs `work` on the pool.
async fn offload<T: Send + 'static>(
    pool: &rayon::ThreadPool,
    work: impl FnOnce() -> Result<T, Bug> + Send + 'static,
) -> Result<T, RunError> {
    let (done, result) = oneshot::channel();
    pool.spawn(move || {
        // A receiver that is gone wants no result.
        let _ = done.send(work::guarded(work));
    });
    Ok(result.await.unwrap_or_else(|_| Err(Bug("a job vanished".to_owned())))?)
}

type Loads = BoxStream<'static, Result<Load, RunError>>;

/// Leads batches through all phases, in order.
fn through(
    mut loads: Loads,
    phases: Vec<Phase>,
    pool: &Arc<rayon::ThreadPool>,
    window: usize,
    wanted: Wanted,
    packing: Packing,
) -> BoxStream<'static, Result<Rows, RunError>> {
    let mut last = None;
    for Phase { job, ordered } in phases {
        let Some(mut deciding) = ordered else {
            last = Some(job);
            break;
        };
        let pool = pool.clone();
        loads = loads
            .map(move |load| {
                let (pool, job) = (pool.clone(), job.clone());
                async move {
                    let mut load = load?;
                    offload(&pool, move || {
                        work::apply(&job, &mut load);
                        Ok(load)
                    })
                    .await
                }
            })
            .buffered(window)
            .map(move |load| {
                let mut load = load?;
                work::guarded(|| Ok(work::decide(&mut deciding, &mut load)))??;
                Ok(load)
            })
            .boxed();
    }
    let (job, pool) = (last.expect("a plan ends with a parallel phase"), pool.clone());
    loads
        .map(move |load| {
            let (pool, job) = (pool.clone(), job.clone());
            async move {
                let mut load = load?;
                offload(&pool, move || {
                    work::apply(&job, &mut load);
                    packing.pack(work::rows(load, wanted)?)
                })
                .await
            }
        })
        .buffered(window)
        .boxed()
}

/// How each kind of row is compressed; quarantine rows, which are few, are in the writer.
#[derive(Clone, Copy)]
struct Packing {
    kept: Compression,
    ledger: Compression,
}

impl Packing {
    fn new(outputs: &Outputs) -> Self {
        let of = |t: &Option<Target>| t.as_ref().map_or(Compression::None, Target::compression);
        Self { kept: outputs.kept.compression(), ledger: of(&outputs.ledger) }
    }

    fn pack(self, mut rows: Rows) -> Result<Rows, Bug> {
        for (how, what) in [(self.kept, &mut rows.kept), (self.ledger, &mut rows.ledger)] {
            *what = how.pack(std::mem::take(what)).map_err(|e| Bug(e.to_string()))?;
        }
        Ok(rows)
    }
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
