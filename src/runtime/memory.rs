//! How much memory a run may take, and what it does when that is reached.

use std::sync::Arc;
use std::time::Duration;

use super::stop::{Interrupt, Stop};

/// The least that a run can be given, in bytes.
pub const LEAST: u64 = 128 << 20;

/// Files in which Linux says how much this process may use: of control groups, version 2 and 1.
const LIMITS: [&str; 2] = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

/// A quarter of what the machine or its control group gives, at least [`LEAST`]; 2 GiB where
/// that cannot be told.
pub fn default_limit() -> u64 {
    let groups = LIMITS.iter().filter_map(|p| std::fs::read_to_string(p).ok()?.trim().parse::<u64>().ok());
    let least = groups.chain(machine()).min();
    least.map_or(2 << 30, |bytes| (bytes / 4).max(LEAST))
}

fn machine() -> Option<u64> {
    let info = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = info.lines().find_map(|l| l.strip_prefix("MemTotal:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes << 10)
}

/// Bytes of records in flight for a limit: each costs several times its size on the way.
pub(super) fn budget(limit: u64, usual: usize) -> usize {
    usual.min(usize::try_from(limit / 32).unwrap_or(usual))
}

/// Resident memory of this process in bytes, where the system tells.
fn resident() -> Option<u64> {
    let pages: u64 = std::fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as u64)
}

/// Whether `more` bytes would take this process beyond `limit`, as far as the system tells.
pub(super) fn lacks(limit: u64, more: usize) -> bool {
    resident().is_some_and(|bytes| bytes + more as u64 > limit)
}

/// Ends the run with a checkpoint before it takes more than `limit` bytes. What is in flight is
/// bounded anyway; this is for what grows with the number of documents.
pub(super) async fn watch(limit: u64, stop: Arc<Stop>) {
    // Room for what one document can add between two looks.
    let enough = limit - (limit / 16).max(24 << 20);
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    while !stop.flag.load(std::sync::atomic::Ordering::SeqCst) {
        tick.tick().await;
        match resident() {
            Some(bytes) if bytes > enough => return stop.stop(Interrupt::Memory),
            Some(_) => {}
            None => return,
        }
    }
}
