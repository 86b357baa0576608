//! One run, from the first source to the last rename.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::stream::{BoxStream, StreamExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;

use super::batch::{Batch, Limits};
use super::plan::{Phase, Plan};
use super::reader::Reader;
use super::sources;
use super::stop::{Interrupt, Stop, wait_for, watch_signals};
use super::tally::{Progress, Report};
use super::work::{self, Bug, Load, Rows};
use super::writer::{Compression, Failed, Outputs, Wanted};
use super::writing::Writer;

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
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            batch_bytes: 1 << 20,
            batch_items: 4096,
            chunk_bytes: 256 << 10,
            budget_bytes: 32 << 20,
        }
    }
}

/// A run that came to no good end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Output cannot be written.
    #[error("cannot write {path}: {error}")]
    Output {
        /// What was written to.
        path: String,
        /// What the system says.
        error: io::Error,
    },
    /// A bug in textmill.
    #[error("internal error: {0}")]
    Internal(String),
}

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// Counts; of what was written, if the run was interrupted.
    pub report: Report,
    /// Sources that are unreadable or damaged, in words; the first thousand.
    pub troubles: Vec<String>,
    /// Set if the run stopped short: files were not published then.
    pub interrupt: Option<Interrupt>,
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
    plan: Plan,
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
    let writer = Writer::open(outputs).map_err(RunError::from)?;
    let wanted = Wanted { ledger: outputs.ledger.is_some(), quarantine: outputs.quarantine.is_some() };
    let packing = Packing::new(outputs);

    let (batches, queue) = mpsc::channel::<(Batch, OwnedSemaphorePermit)>(2);
    let Plan { input, format, phases } = plan;
    let reading = Reading { inputs, input, format, options: options.clone() };
    let reader = {
        let (stop, progress) = (stop.clone(), progress.clone());
        tokio::task::spawn_blocking(move || reading.run(&stop, &progress, &batches))
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
    milled.map_err(|b| RunError::Internal(b.0))?;
    // Whoever cannot write does not wait for a reader that waits for input.
    let (writer, ledger, troubles) = written?;
    if stop.why().is_none() {
        reader.await.map_err(|e| RunError::Internal(panic_text(e)))?;
    }
    let interrupt = stop.why();
    if interrupt.is_none() {
        ledger.check().map_err(|b| RunError::Internal(Bug::from(b).0))?;
        writer.publish()?;
    }
    Ok(Outcome { report: ledger.report, troubles, interrupt })
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
    input: crate::formats::InputOptions,
    format: Option<&'static crate::formats::FormatSpec>,
    options: RunOptions,
}

impl Reading {
    fn run(&self, stop: &Stop, progress: &Progress, batches: &mpsc::Sender<(Batch, OwnedSemaphorePermit)>) {
        let o = &self.options;
        let budget = Arc::new(Semaphore::new(o.budget_bytes));
        let handle = tokio::runtime::Handle::current();
        let mut emit = |batch: Batch| {
            let share = batch.slab.len().clamp(1, o.budget_bytes) as u32;
            let permit = handle.block_on(budget.clone().acquire_many_owned(share));
            permit.is_ok_and(|permit| batches.blocking_send((batch, permit)).is_ok())
        };
        let limits = Limits { bytes: o.batch_bytes, items: o.batch_items };
        let shared = (&stop.flag, progress);
        let mut reader = Reader::new((&self.input, self.format), limits, o.chunk_bytes, shared, &mut emit);
        for source in sources::walk(&self.inputs) {
            let read = match source {
                Ok(source) => reader.source(&source),
                Err((name, error)) => {
                    reader.failed(name.into(), &error);
                    Ok(())
                }
            };
            if read.is_err() {
                return;
            }
        }
        // If the receiver is gone, it knows why.
        let _ = reader.finish();
    }
}

/// Runs `work` on the pool.
async fn offload<T: Send + 'static>(
    pool: &rayon::ThreadPool,
    work: impl FnOnce() -> Result<T, Bug> + Send + 'static,
) -> Result<T, Bug> {
    let (done, result) = oneshot::channel();
    pool.spawn(move || {
        // A receiver that is gone wants no result.
        let _ = done.send(work::guarded(work));
    });
    result.await.unwrap_or_else(|_| Err(Bug("a job vanished".to_owned())))
}

type Loads = BoxStream<'static, Result<Load, Bug>>;

/// Leads batches through all phases, in order.
fn through(
    mut loads: Loads,
    phases: Vec<Phase>,
    pool: &Arc<rayon::ThreadPool>,
    window: usize,
    wanted: Wanted,
    packing: Packing,
) -> BoxStream<'static, Result<Rows, Bug>> {
    let mut last = None;
    for Phase { job, ordered } in phases {
        let Some((step, mut ordered)) = ordered else {
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
                work::guarded(|| {
                    work::decide(step, ordered.as_mut(), &mut load);
                    Ok(load)
                })
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
        let of = |t: &Option<super::Target>| t.as_ref().map_or(Compression::None, super::Target::compression);
        Self { kept: outputs.kept.compression(), ledger: of(&outputs.ledger) }
    }

    fn pack(self, mut rows: Rows) -> Result<Rows, Bug> {
        for (how, what) in [(self.kept, &mut rows.kept), (self.ledger, &mut rows.ledger)] {
            *what = how.pack(std::mem::take(what)).map_err(|e| Bug(e.to_string()))?;
        }
        Ok(rows)
    }
}

async fn forward(mut rows: BoxStream<'static, Result<Rows, Bug>>, to: mpsc::Sender<Rows>) -> Result<(), Bug> {
    while let Some(batch) = rows.next().await {
        if to.send(batch?).await.is_err() {
            break;
        }
    }
    Ok(())
}

impl From<Failed> for RunError {
    fn from(f: Failed) -> Self {
        Self::Output { path: f.path, error: f.error }
    }
}
