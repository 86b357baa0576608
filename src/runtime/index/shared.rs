//! A lasting index that is looked up only.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use super::sorted::Sorted;
use super::{LOG, SHORT, Snapshot, damaged, open_runs};
use crate::runtime::checkpoint::{self, STATE};
use crate::runtime::error::RunError;
use crate::runtime::lock::LOCK;
use crate::runtime::record::{Held, Record};
use crate::runtime::store::{Redb, StoreError};
use crate::stage::IndexKind;

/// What a lasting index held when it was opened. Later writers do not disturb it.
pub(in crate::runtime) struct Shared {
    folder: PathBuf,
    indexes: BTreeMap<String, Held>,
}

/// An open part of it.
pub(in crate::runtime) struct Below {
    pub(super) folder: PathBuf,
    /// There is none where nothing was ever added.
    pub(super) log: Option<File>,
    pub(super) at: Snapshot,
    pub(super) runs: Vec<Sorted>,
}

impl Shared {
    /// Reads what the index in `folder` holds, without the run that may not have ended.
    ///
    /// # Errors
    /// [`RunError::Busy`] while a run adds to it, [`RunError::Index`] if there is none,
    /// [`RunError::Damaged`].
    pub fn open(folder: &Path) -> Result<Self, RunError> {
        let path = folder.join(STATE);
        if !path.exists() {
            let what = "there is none; a run with --index and without --index-read-only makes one".to_owned();
            return Err(RunError::Index { path: folder.display().to_string(), what });
        }
        let record = match Redb::last_record(&path) {
            Ok(record) => record,
            Err(StoreError::Busy) => {
                let holder = std::fs::read_to_string(folder.join(LOCK)).unwrap_or_default();
                let path = folder.display().to_string();
                return Err(RunError::Busy { path, holder: holder.trim().to_owned() });
            }
            Err(e) => return Err(failed(&path, e)),
        };
        let record = Record::decode(&record).map_err(|e| failed(&path, StoreError::Damaged(e)))?;
        let counts = record.closed || checkpoint::is_published(&record);
        let mut indexes = record.indexes;
        if !counts {
            indexes.values_mut().for_each(|held| held.now = held.base.clone());
        }
        Ok(Self { folder: folder.to_owned(), indexes })
    }

    /// Names, parameters and lengths, for people and for comparing.
    pub fn indexes(&self) -> &BTreeMap<String, Held> {
        &self.indexes
    }

    /// The part `name` for a stage, if there is one.
    pub fn below(&self, name: &str, kind: &IndexKind) -> Result<Option<Below>, RunError> {
        let Some(held) = self.indexes.get(name) else { return Ok(None) };
        let folder = self.folder.join(name);
        held.suits(kind, &folder)?;
        open_below(folder, &held.now).map(Some)
    }
}

/// What stands in `folder`, as `at` says it was, for reading.
pub(super) fn open_below(folder: PathBuf, at: &Snapshot) -> Result<Below, RunError> {
    if at.bytes > 0 {
        let path = folder.join(LOG);
        let log = File::open(&path).and_then(|log| Ok((log.metadata()?.len(), log)));
        let (length, log) = log.map_err(|e| damaged(&path, &e.to_string()))?;
        if length < at.bytes {
            return Err(damaged(&path, SHORT));
        }
        return Ok(Below { log: Some(log), at: at.clone(), runs: open_runs(&folder, at)?, folder });
    }
    Ok(Below { log: None, at: at.clone(), runs: Vec::new(), folder })
}

pub(super) fn failed(path: &Path, error: StoreError) -> RunError {
    match error {
        StoreError::Io(e) => RunError::output(path, e),
        StoreError::Busy => RunError::Busy { path: path.display().to_string(), holder: String::new() },
        StoreError::Damaged(what) => RunError::Damaged { path: path.display().to_string(), what },
    }
}
