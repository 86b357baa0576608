//! Threads of a run that wait for something, and what the system has to give for them.
//!
//! The library that waits for signals and timers panics if the system gives it no thread or no file
//! descriptor. Here threads are started one by one, and descriptors are asked for before.

use std::io;
use std::os::fd::AsFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use tokio::sync::oneshot;

use super::error::RunError;

/// Descriptors that waiting takes: a queue of events and its double, what wakes it, both ends of the
/// signals' pipe and a double of one; and two for the first file that is opened.
const DESCRIPTORS: usize = 8;

/// Runs `flow` on this thread. Timers, signals and tasks that it spawns go by another.
///
/// # Errors
/// [`RunError::System`] and [`RunError::Thread`].
pub(super) fn drive<T>(flow: impl Future<Output = T>) -> Result<T, RunError> {
    let system = |error| RunError::System { path: "what a run waits with".to_owned(), error };
    has_descriptors().map_err(system)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(system)?;
    let handle = runtime.handle().clone();
    let (going_on, over) = oneshot::channel::<()>();
    let waiting = start("wait", move || runtime.block_on(over))?;
    let result = handle.block_on(flow);
    drop(going_on);
    // It ends at once, and what it was waiting for does not matter any more.
    let _ = handle.block_on(waiting);
    Ok(result)
}

fn has_descriptors() -> io::Result<()> {
    let stdin = io::stdin();
    let doubles = (0..DESCRIPTORS).map(|_| stdin.as_fd().try_clone_to_owned());
    doubles.collect::<io::Result<Vec<_>>>().map(drop)
}

/// What a thread came to; in words, if it panicked.
pub(super) type Ended<T> = oneshot::Receiver<Result<T, String>>;

/// Starts a thread, which may wait for what the others of the same run do.
///
/// # Errors
/// [`RunError::Thread`].
pub(super) fn start<T: Send + 'static>(
    name: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Ended<T>, RunError> {
    let (done, ended) = oneshot::channel();
    let handle = tokio::runtime::Handle::try_current().ok();
    let run = move || {
        let _entered = handle.as_ref().map(tokio::runtime::Handle::enter);
        let result = catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a thread failed").to_owned()
        });
        // Whoever does not wait any more does not want to know.
        let _ = done.send(result);
    };
    let started = thread::Builder::new().name(name.to_owned()).spawn(run);
    started.map_err(|error| RunError::Thread { wanted: 1, error })?;
    Ok(ended)
}

/// What a thread came to, once it has.
///
/// # Errors
/// [`RunError::Internal`] if it panicked.
pub(super) async fn end<T>(thread: Ended<T>) -> Result<T, RunError> {
    let ended = thread.await.unwrap_or_else(|_| Err("a thread vanished".to_owned()));
    ended.map_err(RunError::Internal)
}

/// The pool of threads on which the work is done.
///
/// # Errors
/// [`RunError::Thread`].
pub(super) fn pool(threads: usize) -> Result<rayon::ThreadPool, RunError> {
    let built =
        rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(|n| format!("mill-{n}")).build();
    built.map_err(|e| RunError::Thread { wanted: threads, error: io::Error::other(e.to_string()) })
}
