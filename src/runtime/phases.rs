//! The working side of a run: batches through all phases, in order.

use std::sync::Arc;

use futures::stream::{BoxStream, StreamExt};
use tokio::sync::oneshot;

use super::clock::{Part, timed};
use super::error::RunError;
use super::hold;
use super::plan::Phase;
use super::stop::Stop;
use super::target::{Compression, Outputs, Target, Wanted};
use super::windows;
use super::work::{self, Bug, Load, Rows};

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

pub(super) type Loads = BoxStream<'static, Result<Load, RunError>>;

/// Leads batches through all phases, in order.
pub(super) fn through(
    mut loads: Loads,
    phases: Vec<Phase>,
    (pool, stop): (&Arc<rayon::ThreadPool>, &Arc<Stop>),
    window: usize,
    wanted: Wanted,
    packing: Packing,
) -> BoxStream<'static, Result<Rows, RunError>> {
    let mut last = None;
    for Phase { job, ordered, learned } in phases {
        if ordered.is_none() && learned.is_none() {
            last = Some(job);
            break;
        }
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
            .boxed();
        if let Some(learning) = learned {
            loads = hold::through(loads, learning);
        }
        if let Some(deciding) = ordered {
            loads = windows::decided(loads, deciding, stop.clone());
        }
    }
    let (job, pool) = (last.expect("a plan ends with a parallel phase"), pool.clone());
    loads
        .map(move |load| {
            let (pool, job, wanted) = (pool.clone(), job.clone(), wanted.clone());
            async move {
                let mut load = load?;
                offload(&pool, move || {
                    work::apply(&job, &mut load);
                    let rows = || packing.pack(work::rows(load, &wanted)?);
                    timed(job.clock.as_deref(), Part::Rows, rows)
                })
                .await
            }
        })
        .buffered(window)
        .boxed()
}

/// How each kind of row is compressed; quarantine rows, which are few, are in the writer.
#[derive(Clone, Copy)]
pub(super) struct Packing {
    kept: Compression,
    ledger: Compression,
}

impl Packing {
    /// The writer makes the members of a ledger itself if batches may end at any time.
    pub fn new(outputs: &Outputs, live: bool) -> Self {
        let of =
            |t: &Option<Target>| t.as_ref().filter(|_| !live).map_or(Compression::None, Target::compression);
        Self { kept: outputs.kept.compression(), ledger: of(&outputs.ledger) }
    }

    fn pack(self, mut rows: Rows) -> Result<Rows, Bug> {
        let kept = rows.kept.iter_mut().map(|piece| (self.kept, &mut piece.bytes));
        for (how, what) in kept.chain([(self.ledger, &mut rows.ledger)]) {
            *what = how.pack(std::mem::take(what)).map_err(|e| Bug(e.to_string()))?;
        }
        Ok(rows)
    }
}
