//! Reasons to stop before the input ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use rustix::process::Signal;

use super::error::RunError;

/// Why a run stopped short without an error of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupt {
    /// SIGINT.
    Int,
    /// SIGTERM.
    Term,
    /// Nobody reads standard output any more.
    Pipe,
    /// The run would take more memory than it may.
    Memory,
    /// The reader met an error that ends the run.
    Input,
    /// A rule takes out more than the guard allows.
    Guard,
}

/// Signals and other reasons to stop, shared by all parts of a run.
#[derive(Default)]
pub(super) struct Stop {
    pub flag: AtomicBool,
    why: AtomicU8,
}

impl Stop {
    pub fn stop(&self, why: Interrupt) {
        let _ = self.why.compare_exchange(0, why as u8 + 1, Ordering::SeqCst, Ordering::SeqCst);
        self.flag.store(true, Ordering::SeqCst);
    }

    pub fn why(&self) -> Option<Interrupt> {
        match self.why.load(Ordering::SeqCst) {
            0 => None,
            1 => Some(Interrupt::Int),
            2 => Some(Interrupt::Term),
            3 => Some(Interrupt::Pipe),
            4 => Some(Interrupt::Memory),
            5 => Some(Interrupt::Input),
            _ => Some(Interrupt::Guard),
        }
    }
}

/// Listens for signals that end a run from now on; the future waits for one and notes it. A
/// second one ends the process at once.
///
/// # Errors
/// [`RunError::System`]: the system does not let us listen.
pub(super) fn watch_signals(stop: Arc<Stop>) -> Result<impl Future<Output = ()>, RunError> {
    let refused = |error| RunError::System { path: "the signals of this process".to_owned(), error };
    #[cfg(unix)]
    let (mut int, mut term) = {
        use tokio::signal::unix::{SignalKind, signal};
        // Somebody who listens, if only for a moment, is enough for a write beyond the limit on file
        // sizes to fail as others do; otherwise this signal would end the process.
        drop(signal(SignalKind::from_raw(Signal::XFSZ.as_raw())).map_err(refused)?);
        let listen = |kind| signal(kind).map_err(refused);
        (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?)
    };
    Ok(async move {
        for first in [true, false] {
            #[cfg(unix)]
            let (why, code) = tokio::select! {
                _ = int.recv() => (Interrupt::Int, 130),
                _ = term.recv() => (Interrupt::Term, 143),
            };
            #[cfg(not(unix))]
            let (why, code) = match tokio::signal::ctrl_c().await {
                Ok(()) => (Interrupt::Int, 130),
                Err(_) => return,
            };
            if !first {
                // Whoever asks twice does not want to wait; the last checkpoint stands.
                std::process::exit(code);
            }
            stop.stop(why);
        }
    })
}

/// Returns once there is a reason to stop.
pub(super) async fn wait_for(stop: Arc<Stop>) {
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(50));
    while !stop.flag.load(Ordering::SeqCst) {
        tick.tick().await;
    }
}
