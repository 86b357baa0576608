//! What ordered stages remember: an index that outgrows memory and, in a folder, a run.
//!
//! The [`log`] holds every record in the order in which they came; entries that were added
//! lately stand in a hash [`table`], all others in [`sorted`] runs on the disk. When the table
//! is full it becomes a run; four runs of one size are merged into one. Where entries stand has
//! no bearing on what is found.
//!
//! An index in a folder is as long as a [`Snapshot`] says, which a checkpoint commits: what
//! stands in the folder beyond that was never promised.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub mod care;
mod files;
mod filter;
mod keeper;
mod log;
mod shared;
mod sorted;
mod table;
#[cfg(test)]
mod tests;

pub(super) use self::keeper::Keeper;
use self::log::{Log, Record};
pub(super) use self::shared::{Below, Shared};
use self::sorted::{Sorted, Writing, merge};
use self::table::Table;
use super::durable;
use super::error::RunError;
use crate::stage;

/// Bits of a key that count.
const WIDTH: u32 = 48;
/// Runs of one size that are merged.
const FAN: usize = 4;
/// Bits of filter for a key, if memory allows.
const FILTER_BITS: u64 = 10;
const LOG: &str = "log";
const SHORT: &str = "it is shorter than the last checkpoint says";

/// A key and one place under it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    key: u64,
    place: u64,
}

/// Memory that an index may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    /// Bytes of the table of late entries.
    pub table: u64,
    /// Bytes of filters.
    pub filters: u64,
}

impl Budget {
    /// A share of `memory` bytes: `part` of `whole`.
    pub fn share(memory: u64, part: u32, whole: u32) -> Self {
        let of = |bytes: u64| bytes * u64::from(part) / u64::from(whole.max(1));
        Self { table: of(small_table().unwrap_or(memory / 4)), filters: of(memory / 8) }
    }
}

/// A test may have tables that are full after a few documents, so that there are runs.
#[cfg(debug_assertions)]
fn small_table() -> Option<u64> {
    std::env::var("TEXTMILL_TABLE_BYTES").ok()?.parse().ok()
}

#[cfg(not(debug_assertions))]
fn small_table() -> Option<u64> {
    None
}

/// How far an index had come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Snapshot {
    /// Bytes of the log.
    pub bytes: u64,
    /// Numbers of the runs, oldest first.
    pub runs: Vec<u64>,
    /// Number of the next run.
    pub next: u64,
    /// Records in the log.
    pub records: u64,
}

enum Home {
    /// In memory and, beyond that, in files without a name.
    Nameless,
    Folder(PathBuf),
}

/// An index of one stage.
pub(super) struct Index {
    home: Home,
    log: Log,
    table: Table,
    runs: Vec<Sorted>,
    /// Runs of an index that is only read.
    below: Vec<Sorted>,
    next: u64,
    records: u64,
    budget: Budget,
    /// Why nothing more is found: the run ends with it.
    failed: Option<RunError>,
}

impl Index {
    /// An empty index that ends with the run.
    pub fn nameless(budget: Budget) -> Self {
        Self {
            home: Home::Nameless,
            log: Log::nameless(),
            table: Table::default(),
            runs: Vec::new(),
            below: Vec::new(),
            next: 0,
            records: 0,
            budget,
            failed: None,
        }
    }

    /// The index in `folder` as `at` says it was; what stands there beyond that, and beyond
    /// `base`, is removed. It goes on after `below`.
    pub fn open(
        folder: &Path,
        at: &Snapshot,
        base: &Snapshot,
        budget: Budget,
        below: Option<Below>,
    ) -> Result<Self, RunError> {
        std::fs::create_dir_all(folder).map_err(|e| RunError::output(folder, e))?;
        let path = folder.join(LOG);
        let file = durable::open(&path).map_err(|e| RunError::output(&path, e))?;
        let length = file.metadata().map_err(|e| RunError::output(&path, e))?.len();
        let want = at.bytes.saturating_sub(below.as_ref().map_or(0, |b| b.at.bytes));
        if length < want {
            return Err(damaged(&path, SHORT));
        }
        if length > want {
            durable::truncate(&file, want).map_err(|e| RunError::output(&path, e))?;
        }
        remove_runs(folder, |n| !at.runs.contains(&n) && !base.runs.contains(&n))?;
        let mut index = Self::nameless(budget);
        index.log = Log::named(file, path, want);
        index.runs = open_runs(folder, at)?;
        (index.next, index.records) = (at.next, at.records);
        index.home = Home::Folder(folder.to_owned());
        index.after(below)
    }

    /// Lets this index find what `below` holds as well, and enters what is in no run.
    pub fn after(mut self, below: Option<Below>) -> Result<Self, RunError> {
        if let Some(Below { log, at, runs, folder }) = below {
            self.log = self.log.after(log.map(|log| (log, folder.join(LOG))), at.bytes);
            self.below = runs;
            self.records = self.records.max(at.records);
        }
        let covered = self.runs.last().or(self.below.last()).map_or(0, |r| r.covered);
        self.replay(covered)?;
        Ok(self)
    }

    /// Puts the records from `place` on into the table.
    fn replay(&mut self, mut place: u64) -> Result<(), RunError> {
        while place < self.log.len() {
            let (Record { keys, .. }, next) = self.log.read(place).map_err(|e| self.error(e))?;
            self.enter(&keys, place).map_err(|e| self.error(e))?;
            place = next;
        }
        Ok(())
    }

    /// Ends a batch: what the index holds now may be committed from now on.
    pub fn settle(&mut self) -> Result<Snapshot, RunError> {
        if matches!(self.home, Home::Folder(_)) {
            self.log.flush().map_err(|e| self.error(e))?;
        }
        match self.failed.take() {
            Some(error) => Err(error),
            None => Ok(Snapshot {
                bytes: self.log.len(),
                runs: self.runs.iter().map(|r| r.id).collect(),
                next: self.next,
                records: self.records,
            }),
        }
    }

    /// Who brings the index to the disk; `None` if it stands in no folder.
    /// `named` says that a checkpoint was made with it before.
    pub fn keeper(&self, named: bool) -> Result<Option<Keeper>, RunError> {
        let (Home::Folder(folder), Some(log)) = (&self.home, self.log.file()) else { return Ok(None) };
        let log = log.try_clone().map_err(|e| RunError::output(&folder.join(LOG), e))?;
        Ok(Some(Keeper { folder: folder.clone(), log, named }))
    }

    fn enter(&mut self, keys: &[u64], place: u64) -> io::Result<()> {
        if Table::bytes(self.table.len() + keys.len()) as u64 > self.budget.table && self.table.len() > 0 {
            self.spill(place)?;
        }
        keys.iter().for_each(|&key| self.table.add(Entry { key, place }));
        Ok(())
    }

    /// Makes a run of the table; the log up to `covered` is in runs then.
    fn spill(&mut self, covered: u64) -> io::Result<()> {
        let entries = self.table.len() as u64;
        let (file, id) = self.new_file()?;
        let mut writing = Writing::new(file, entries, self.filter_bits(entries));
        for entry in self.table.drain() {
            writing.push(entry)?;
        }
        let run = writing.finish(id, covered)?.named(self.run_path(id));
        self.sync(&run)?;
        self.runs.push(run);
        while let Some(from) = self.mergeable() {
            self.merge(from)?;
        }
        Ok(())
    }

    /// Makes one run of all runs and of what is in none.
    fn compact(&mut self) -> io::Result<()> {
        if self.table.len() > 0 {
            self.spill(self.log.len())?;
        }
        if self.runs.len() > 1 { self.merge(0) } else { Ok(()) }
    }

    /// The first of the newest runs that are of one size, if there are enough of them.
    fn mergeable(&self) -> Option<usize> {
        let from = self.runs.len().checked_sub(FAN)?;
        let sizes = || self.runs[from..].iter().map(|r| r.entries);
        let (least, most) = (sizes().min()?, sizes().max()?);
        (most < least * FAN as u64).then_some(from)
    }

    /// Merges the runs from number `from` on.
    fn merge(&mut self, from: usize) -> io::Result<()> {
        let (file, id) = self.new_file()?;
        let parts = self.runs.split_off(from);
        let entries = parts.iter().map(|r| r.entries).sum();
        let merged = merge(&parts, file, id, self.filter_bits(entries))?.named(self.run_path(id));
        self.sync(&merged)?;
        self.runs.push(merged);
        Ok(())
    }

    fn run_path(&self, id: u64) -> Option<PathBuf> {
        match &self.home {
            Home::Nameless => None,
            Home::Folder(folder) => Some(folder.join(run_name(id))),
        }
    }

    fn new_file(&mut self) -> io::Result<(File, u64)> {
        let id = self.next;
        self.next += 1;
        let file = match &self.home {
            Home::Nameless => tempfile::tempfile()?,
            Home::Folder(folder) => {
                let file = durable::open(&folder.join(run_name(id)))?;
                // Left by a run that was cut short.
                file.set_len(0)?;
                file
            }
        };
        Ok((file, id))
    }

    fn sync(&self, run: &Sorted) -> io::Result<()> {
        match &self.home {
            Home::Nameless => Ok(()),
            Home::Folder(folder) => {
                durable::sync(run.file())?;
                durable::sync_folder(&folder.join(LOG))
            }
        }
    }

    /// Bits of filter a key of a run of `entries` can have. Half of the memory is for the
    /// filters of runs that are being merged.
    fn filter_bits(&self, entries: u64) -> u32 {
        let held: u64 = self.runs.iter().chain(&self.below).map(|r| r.resident()).sum();
        let free = self.budget.filters.saturating_sub(held) / 2;
        (free * 8 / entries.max(1)).min(FILTER_BITS) as u32
    }

    fn error(&self, error: io::Error) -> RunError {
        let home = match &self.home {
            Home::Nameless => std::env::temp_dir(),
            Home::Folder(folder) => folder.clone(),
        };
        let path = files::place_of(&error).map_or(home, Path::to_owned);
        match error.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => damaged(&path, &error.to_string()),
            _ => RunError::output(&path, error),
        }
    }

    fn fail(&mut self, error: io::Error) {
        let error = self.error(error);
        self.failed.get_or_insert(error);
    }
}

impl stage::Index for Index {
    fn find(&mut self, keys: &[u64], found: &mut Vec<(u32, u64)>) {
        found.clear();
        self.table.warm(keys.iter().map(|key| key >> (64 - WIDTH)));
        for (n, &key) in (0..).zip(keys) {
            let key = key >> (64 - WIDTH);
            let mut runs = self.below.iter().chain(&self.runs);
            if let Err(e) = runs.try_for_each(|run| run.find(key, |place| found.push((n, place)))) {
                return self.fail(e);
            }
            self.table.find(key, |place| found.push((n, place)));
        }
        found.sort_unstable();
        // A record may have been added twice under one key.
        found.dedup();
    }

    fn read(&mut self, place: u64) -> Vec<u8> {
        if self.failed.is_some() {
            return Vec::new();
        }
        match self.log.read(place) {
            Ok((record, _)) => record.content,
            Err(e) => {
                self.fail(e);
                Vec::new()
            }
        }
    }

    fn add(&mut self, keys: &[u64], content: &[u8]) {
        if self.failed.is_some() {
            return;
        }
        let keys: Vec<u64> = keys.iter().map(|k| k >> (64 - WIDTH)).collect();
        let place = self.log.len();
        let added = self.enter(&keys, place).and_then(|()| self.log.append(&keys, content));
        match added {
            Ok(_) => self.records += 1,
            Err(e) => self.fail(e),
        }
    }
}

fn run_name(id: u64) -> String {
    format!("run-{id:08}")
}

fn open_runs(folder: &Path, at: &Snapshot) -> Result<Vec<Sorted>, RunError> {
    let open = |&id: &u64| {
        let path = folder.join(run_name(id));
        let run = File::open(&path).and_then(Sorted::open);
        let run = run.map_err(|e| damaged(&path, &e.to_string()))?;
        if run.id == id { Ok(run.named(Some(path))) } else { Err(damaged(&path, "it is another run")) }
    };
    at.runs.iter().map(open).collect()
}

fn remove_runs(folder: &Path, which: impl Fn(u64) -> bool) -> Result<(), RunError> {
    let failed = |e| RunError::output(folder, e);
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(|n| n.to_str()).and_then(|n| n.strip_prefix("run-"));
        if name.and_then(|n| n.parse().ok()).is_some_and(&which) {
            durable::remove(&path).map_err(failed)?;
        }
    }
    Ok(())
}

fn damaged(path: &Path, what: &str) -> RunError {
    RunError::Damaged { path: path.display().to_string(), what: what.to_owned() }
}
