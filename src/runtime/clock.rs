//! How much time of processors each part of a run takes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// A part of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Reading, decompressing, and finding where records begin.
    Reading,
    /// Making documents of records.
    Opening,
    /// The stage at a position.
    Stage(u16),
    /// Making rows, and compressing them.
    Rows,
    /// Writing them.
    Writing,
}

/// Time that threads have spent, by part.
#[derive(Debug, Default)]
pub(super) struct Clock {
    stages: Vec<AtomicU64>,
    others: [AtomicU64; 4],
}

/// Time of processors, all threads together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Times {
    /// Reading, decompressing, and finding where records begin.
    pub reading: Duration,
    /// Making documents of records.
    pub opening: Duration,
    /// Stages, by position.
    pub stages: Vec<Duration>,
    /// Making rows, and compressing them.
    pub rows: Duration,
    /// Writing them.
    pub writing: Duration,
}

/// Time that this thread has spent so far.
fn spent() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), now.tv_nsec.unsigned_abs() as u32)
}

impl Clock {
    pub fn new(stages: usize) -> Self {
        Self { stages: (0..stages).map(|_| AtomicU64::new(0)).collect(), others: Default::default() }
    }

    fn of(&self, part: Part) -> Option<&AtomicU64> {
        match part {
            Part::Stage(step) => self.stages.get(usize::from(step)),
            Part::Reading => Some(&self.others[0]),
            Part::Opening => Some(&self.others[1]),
            Part::Rows => Some(&self.others[2]),
            Part::Writing => Some(&self.others[3]),
        }
    }

    pub fn times(&self) -> Times {
        let of = |n: &AtomicU64| Duration::from_nanos(n.load(Ordering::Relaxed));
        let [reading, opening, rows, writing] = self.others.each_ref().map(of);
        Times { reading, opening, stages: self.stages.iter().map(of).collect(), rows, writing }
    }
}

/// Takes the time of parts that follow each other.
pub(super) struct Laps<'a> {
    clock: Option<&'a Clock>,
    since: Duration,
}

impl<'a> Laps<'a> {
    /// From now on, if there is a clock.
    pub fn new(clock: Option<&'a Clock>) -> Self {
        Self { clock, since: clock.map_or(Duration::ZERO, |_| spent()) }
    }

    /// What was done since the last one was `part`.
    pub fn lap(&mut self, part: Part) {
        if let Some(counter) = self.clock.and_then(|c| c.of(part)) {
            let now = spent();
            let took = now.saturating_sub(std::mem::replace(&mut self.since, now)).as_nanos();
            counter.fetch_add(took as u64, Ordering::Relaxed);
        }
    }
}

/// Does `work`, and notes how long it took if there is a clock.
pub(super) fn timed<T>(clock: Option<&Clock>, part: Part, work: impl FnOnce() -> T) -> T {
    let mut laps = Laps::new(clock);
    let done = work();
    laps.lap(part);
    done
}
