//! Looking after a lasting index: what it holds, whether all of it is whole, and one run of many.

use std::io;
use std::path::{Path, PathBuf};

use super::log::Record as Added;
use super::shared::{Below, Shared, failed, open_below};
use super::sorted::Sorted;
use super::{Budget, Entry, Index, Keeper, LOG, Log, Snapshot, run_name};
use crate::runtime::checkpoint::{OUTPUT, STATE};
use crate::runtime::error::RunError;
use crate::runtime::lock;
use crate::runtime::memory;
use crate::runtime::record::{Held, Record};
use crate::runtime::store::{Commit, Redb, Store, StoreError};

/// Problems of one stage that are told one by one.
const SHOWN: usize = 20;

/// What an index holds for one stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Name of the stage.
    pub name: String,
    /// What keys and records depend on.
    pub parameters: String,
    /// Documents.
    pub records: u64,
    /// Bytes of the log of documents.
    pub log_bytes: u64,
    /// Runs, oldest first.
    pub runs: Vec<Run>,
}

/// One sorted run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Keys in it.
    pub entries: u64,
    /// Bytes of its file.
    pub bytes: u64,
}

/// What the index in `folder` holds, by stage; of a run that has not ended nothing counts.
///
/// # Errors
/// [`RunError::Index`] if there is none, [`RunError::Busy`] while a run adds to it, and
/// [`RunError::Damaged`].
pub fn stats(folder: &Path) -> Result<Vec<Part>, RunError> {
    let shared = Shared::open(folder)?;
    let part = |(name, held): (&String, &Held)| {
        let below = open_below(folder.join(name), &held.now)?;
        let run = |run: &Sorted| {
            let bytes = run.file().metadata().map_err(|e| RunError::output(&below.folder, e))?.len();
            Ok(Run { entries: run.entries, bytes })
        };
        Ok(Part {
            name: name.clone(),
            parameters: held.parameters.clone(),
            records: held.now.records,
            log_bytes: held.now.bytes,
            runs: below.runs.iter().map(run).collect::<Result<_, RunError>>()?,
        })
    };
    shared.indexes().iter().map(part).collect()
}

/// Reads all of the index in `folder`; what is wrong with it comes back in words, with the file.
///
/// # Errors
/// As of [`stats`], where not even a beginning can be made.
pub fn check(folder: &Path) -> Result<Vec<String>, RunError> {
    let shared = Shared::open(folder)?;
    let mut problems = Vec::new();
    for (name, held) in shared.indexes() {
        let mut check = Check { folder: folder.join(name), problems: Vec::new(), more: 0 };
        check.part(&held.now);
        if check.more > 0 {
            check.problems.push(format!("{}: and {} more", check.folder.display(), check.more));
        }
        problems.append(&mut check.problems);
    }
    Ok(problems)
}

/// The check of one stage.
struct Check {
    folder: PathBuf,
    problems: Vec<String>,
    /// Problems that are only counted.
    more: u64,
}

impl Check {
    fn problem(&mut self, file: &str, what: &dyn std::fmt::Display) {
        if self.problems.len() < SHOWN {
            self.problems.push(format!("{}: {what}", self.folder.join(file).display()));
        } else {
            self.more += 1;
        }
    }

    fn part(&mut self, at: &Snapshot) {
        let below = match open_below(self.folder.clone(), at) {
            Ok(below) => below,
            Err(RunError::Damaged { path, what }) => return self.problems.push(format!("{path}: {what}")),
            Err(e) => return self.problems.push(e.to_string()),
        };
        let good = below.runs.iter().filter(|run| self.run(run)).count();
        let Below { log, runs, .. } = below;
        let whole = good == runs.len();
        let log = Log::nameless().after(log.map(|log| (log, self.folder.join(LOG))), at.bytes);
        if let (Some(keys), true) = (self.log(&log, at, if whole { &runs } else { &[] }), whole) {
            let entries: u64 = runs.iter().map(|r| r.entries).sum();
            if entries != keys {
                self.problem(LOG, &format!("its records have {keys} keys in runs, which hold {entries}"));
                runs.iter().for_each(|run| self.entries(run, &log));
            }
        }
    }

    /// Reads all of a run: whether its blocks are whole and in order.
    fn run(&mut self, run: &Sorted) -> bool {
        let (mut last, mut count, mut good) = (None, 0, true);
        for entry in run.entries() {
            match entry {
                Ok(entry) if last.is_none_or(|l: Entry| l <= entry) => {
                    (last, count) = (Some(entry), count + 1)
                }
                Ok(_) => (good, _) = (false, self.problem(&run_name(run.id), &"it is not in order")),
                Err(e) => (good, _) = (false, self.problem(&run_name(run.id), &e)),
            }
        }
        if good && count != run.entries {
            self.problem(&run_name(run.id), &format!("it holds {count} keys and says {}", run.entries));
        }
        good && count == run.entries
    }

    /// Reads all records, and looks them up in `runs` if there are any. Keys that have to be in
    /// runs come back, unless not all records can be read.
    fn log(&mut self, log: &Log, at: &Snapshot, runs: &[Sorted]) -> Option<u64> {
        let covered = runs.last().map_or(0, |run| run.covered);
        let (mut place, mut records, mut keys) = (0, 0, 0);
        while place < at.bytes {
            let (record, next) = match log.read(place) {
                Ok(read) => read,
                Err(e) => {
                    // Where the next one begins cannot be told.
                    self.problem(LOG, &e);
                    return None;
                }
            };
            if place < covered {
                keys += record.keys.len() as u64;
                self.leads_back(&record, place, runs);
            }
            (place, records) = (next, records + 1);
        }
        if records != at.records {
            self.problem(LOG, &format!("it holds {records} records, and {} were added", at.records));
        }
        Some(keys)
    }

    fn leads_back(&mut self, record: &Added, place: u64, runs: &[Sorted]) {
        for &key in &record.keys {
            let mut found = false;
            for run in runs {
                let read = run.find(key, |p| found |= p == place);
                read.unwrap_or_else(|e| self.problem(&run_name(run.id), &e));
            }
            if !found {
                self.problem(LOG, &format!("a key of the record at byte {place} is in no run"));
            }
        }
    }

    /// Names entries of a run that lead to no record with their key.
    fn entries(&mut self, run: &Sorted, log: &Log) {
        for entry in run.entries().map_while(io::Result::ok) {
            if !log.read(entry.place).is_ok_and(|(record, _)| record.keys.contains(&entry.key)) {
                let what =
                    format!("a key leads to byte {} of the log, where there is no such record", entry.place);
                self.problem(&run_name(run.id), &what);
            }
        }
    }
}

/// Makes one run of all runs of each stage and of what is in none: look-ups read one block
/// instead of one for each run. The numbers of runs before and after come back, by stage. The
/// index is as good whenever that is cut short.
///
/// # Errors
/// As of [`stats`]; [`RunError::Index`] also if a run that was cut short can be gone on with, and
/// [`RunError::Output`].
pub fn compact(folder: &Path) -> Result<Vec<(String, usize, usize)>, RunError> {
    let state = folder.join(STATE);
    // Before anything is made.
    drop(Shared::open(folder)?);
    let _taken = lock::take(folder)?;
    let store = Redb::open(&state).map_err(|e| failed(&state, e))?;
    let record = store.record().map_err(|e| failed(&state, e))?;
    let mut record = Record::decode(&record).map_err(|e| failed(&state, StoreError::Damaged(e)))?;
    if !record.closed {
        let output = record.identity.get(OUTPUT).map_or("its output", String::as_str);
        let what =
            format!("a run to {output} was cut short; end it with --resume, or start it again without");
        return Err(RunError::Index { path: folder.display().to_string(), what });
    }
    let (mut done, mut keepers) = (Vec::new(), Vec::new());
    let all = record.indexes.len() as u32;
    for (name, held) in &mut record.indexes {
        let budget = Budget::share(memory::default_limit(), 1, all);
        let folder = folder.join(name);
        let before = held.now.runs.len();
        let mut index = Index::open(&folder, &held.now, &held.base, budget, None)?;
        index.compact().map_err(|e| index.error(e))?;
        held.now = index.settle()?;
        held.base = held.now.clone();
        done.push((name.clone(), before, held.now.runs.len()));
        keepers.extend(index.keeper(true)?.map(|keeper: Keeper| (keeper, held.now.clone())));
    }
    let commit = Commit { record: record.encode(), sources: Vec::new(), anew: true };
    store.commit(&commit).map_err(|e| failed(&state, e))?;
    for (keeper, now) in keepers {
        keeper.tidy(&now, &now)?;
    }
    Ok(done)
}
