//! Pauses of a live input: what is complete goes on then and does not wait for a full batch.
//!
//! Nothing that is written depends on where a batch ends, so the clock decides only when a row comes.

use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, fstat};

/// Input that has nothing for so long pauses: a writer that has more writes it sooner, and a person
/// does not notice.
const PAUSE: Duration = Duration::from_millis(100);
/// For so long a record waits at most where input trickles on without a pause: with what stages take, its row is
/// there within half a second.
const OLDEST: Duration = Duration::from_millis(250);

/// Tells when to hand on what is complete.
#[derive(Debug, Default)]
pub(super) enum Pauses {
    /// Nobody waits for rows: batches end by their size.
    #[default]
    Never,
    /// Where input pauses, or something has waited for long enough.
    Clock {
        /// When the oldest of what waits was first seen to wait.
        since: Option<Instant>,
    },
    /// Before reads that are picked by a state of numbers: for tests.
    Picked(u64),
}

impl Pauses {
    /// Called before a read from `input`, while something waits. Returns once there is more to read
    /// or it is time to hand on what waits; whether it is.
    pub fn is_due(&mut self, input: Option<BorrowedFd<'_>>) -> bool {
        match (self, input) {
            (Self::Clock { since }, Some(input)) => {
                let waited = since.get_or_insert_with(Instant::now).elapsed();
                let left = OLDEST.saturating_sub(waited).min(PAUSE);
                let is_due = left.is_zero() || !has_more(input, left);
                if is_due {
                    *since = None;
                }
                is_due
            }
            (Self::Picked(state), _) => {
                *state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                *state >> 62 == 0
            }
            _ => false,
        }
    }

    /// Nothing waits any more.
    pub fn nothing_waits(&mut self) {
        if let Self::Clock { since } = self {
            *since = None;
        }
    }

    /// Whether somebody waits for rows.
    pub fn are_live(&self) -> bool {
        !matches!(self, Self::Never)
    }
}

/// Whether a read will not have to wait, within `time`.
fn has_more(input: BorrowedFd<'_>, time: Duration) -> bool {
    let began = Instant::now();
    loop {
        let left = time.saturating_sub(began.elapsed());
        let timeout = Timespec { tv_sec: 0, tv_nsec: left.subsec_nanos().into() };
        match poll(&mut [PollFd::new(&input, PollFlags::IN)], Some(&timeout)) {
            Ok(ready) => return ready > 0,
            Err(rustix::io::Errno::INTR) if !left.is_zero() => {}
            // The read will tell.
            Err(_) => return true,
        }
    }
}

/// The descriptor of an input that may pause: of anything but a file.
pub(super) fn live(input: &impl AsFd) -> Option<BorrowedFd<'_>> {
    let input = input.as_fd();
    let is_file =
        fstat(input).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile);
    (!is_file).then_some(input)
}
