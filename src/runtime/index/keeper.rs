//! The side of an index that commits.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;

use super::{LOG, Snapshot, remove_runs};
use crate::runtime::durable;
use crate::runtime::error::RunError;

/// The side of an index that commits.
pub(in crate::runtime) struct Keeper {
    pub(super) folder: PathBuf,
    pub(super) log: File,
    /// Whether the names on the way to the log are on the disk.
    pub(super) named: bool,
}

impl Keeper {
    /// Brings the log to the disk; runs are there since they were made.
    pub fn sync(&mut self) -> Result<(), RunError> {
        let path = self.folder.join(LOG);
        durable::sync(&self.log).map_err(|e| RunError::output(&path, e))?;
        if !self.named {
            for place in path.ancestors().take(3) {
                durable::sync_folder(place).map_err(|e| RunError::output(place, e))?;
            }
            self.named = true;
        }
        Ok(())
    }

    /// Removes the runs that neither of two snapshots needs, and no later one.
    pub fn tidy(&self, now: &Snapshot, base: &Snapshot) -> Result<(), RunError> {
        let needed: BTreeSet<u64> = now.runs.iter().chain(&base.runs).copied().collect();
        remove_runs(&self.folder, |n| n < now.next && !needed.contains(&n))
    }
}
