//! Checkpoints: from which a run goes on as if it had never stopped.
//!
//! Data first, then the record: output files are brought to the disk up to the end of a batch,
//! then one transaction of the [`store`](super::store) says how long they are and where in the
//! input that is. What stands in the files beyond that was never promised, and is cut off.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::durable;
use super::guard;
use super::lock::{Lock, NoLock, lock};
use super::run::RunError;
use super::store::{Commit, Redb, SourceId, Store, StoreError};
use super::tally::Ledger;

/// Version of [`Record`]; a record of another version is refused.
const VERSION: u32 = 2;
const STATE: &str = "state.redb";
const LOCK: &str = "lock";

/// Where reading stands: everything before is in the outputs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// Number of the source under way, from 0.
    pub source: u64,
    /// Items of it that are done.
    pub items: u64,
    /// Bytes of it, as stored, that were read for them.
    pub read: u64,
    /// BLAKE3 of those bytes.
    pub hash: String,
}

/// What one batch adds to a checkpoint.
#[derive(Debug, Default)]
pub(super) struct Mark {
    /// Where the batch ends.
    pub cursor: Cursor,
    /// Whether the input up to the point of resumption has been compared.
    pub verified: bool,
    /// Sources that begin in it.
    pub sources: Vec<(u64, SourceId)>,
    /// Bytes of records; each record costs something more.
    pub weight: u64,
    /// What ordered stages learned from it.
    pub journal: Vec<(u16, Vec<u8>)>,
}

/// Length and content of an output file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Extent {
    pub bytes: u64,
    pub blake3: String,
}

impl Extent {
    /// Of an empty file.
    pub fn nothing() -> Self {
        Self { bytes: 0, blake3: blake3::hash(&[]).to_hex().to_string() }
    }
}

/// What a checkpoint says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    version: u32,
    /// What has to be the same for a run to go on.
    identity: BTreeMap<String, String>,
    pub cursor: Cursor,
    /// Rows, ledger, quarantine, as far as there are such files.
    pub outputs: Vec<Extent>,
    pub ledger: Ledger,
    pub guard: guard::State,
    pub troubles: Vec<String>,
    /// All input is done and only final names are missing.
    pub finished: bool,
}

impl Record {
    fn encode(&self) -> Vec<u8> {
        let json = serde_json::to_vec(self).expect("counts and names are JSON");
        [blake3::hash(&json).as_bytes().as_slice(), &json].concat()
    }

    /// Reads a record; the error says what is wrong with it.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        let (hash, json) = bytes.split_first_chunk::<32>().ok_or("the record is too short")?;
        if blake3::hash(json).as_bytes() != hash {
            return Err("the checksum of the record does not match".to_owned());
        }
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let Version { version } = serde_json::from_slice(json).map_err(|e| e.to_string())?;
        if version != VERSION {
            return Err(format!("the record has version {version}, this textmill reads {VERSION}"));
        }
        serde_json::from_slice(json).map_err(|e| e.to_string())
    }
}

/// Whether `bytes` are a record that a run could go on with. For fuzzing.
#[doc(hidden)]
pub fn is_record(bytes: &[u8]) -> bool {
    Record::decode(bytes).is_ok_and(|record| Record::decode(&record.encode()) == Ok(record))
}

/// The folder beside an output in which a run keeps what it has.
pub(super) fn folder_of(output: &Path) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}

/// The checkpoints of one run.
pub(super) struct Checkpoints {
    folder: PathBuf,
    _lock: Lock,
    identity: BTreeMap<String, String>,
    every: u64,
    /// Made at the first commit: a short run needs none.
    store: Option<Arc<dyn Store>>,
    /// Since the last commit.
    pending: Mark,
    removed: bool,
}

impl Checkpoints {
    /// Takes the folder of `output`. With `resume` the last record comes back, if there is one;
    /// otherwise what an earlier run left is discarded.
    pub fn open(
        output: &Path,
        identity: BTreeMap<String, String>,
        every: u64,
        resume: bool,
    ) -> Result<(Self, Option<Record>), RunError> {
        let folder = folder_of(output);
        make_folder(&folder).map_err(|e| RunError::output(&folder, e))?;
        let lock_file = folder.join(LOCK);
        let lock = lock(&lock_file).map_err(|e| match e {
            NoLock::Held(holder) => RunError::Busy { path: output.display().to_string(), holder },
            NoLock::Io(e) => RunError::output(&lock_file, e),
        })?;
        let mut all = Self {
            folder,
            _lock: lock,
            identity,
            every,
            store: None,
            pending: Mark::default(),
            removed: false,
        };
        let state = all.folder.join(STATE);
        if !resume {
            durable::remove(&state).map_err(|e| RunError::output(&state, e))?;
            return Ok((all, None));
        }
        if !state.exists() {
            return Ok((all, None));
        }
        let store = Redb::open(&state).map_err(|e| all.failed(e))?;
        let record = store.record().map_err(|e| all.failed(e))?;
        let record = Record::decode(&record).map_err(|e| all.damaged(e))?;
        all.store = Some(Arc::new(store));
        all.compare(&record)?;
        Ok((all, Some(record)))
    }

    /// Whether an earlier run left something to go on with.
    pub fn leftover(output: &Path) -> bool {
        folder_of(output).join(STATE).exists()
    }

    fn compare(&self, record: &Record) -> Result<(), RunError> {
        for (what, now) in &self.identity {
            let was = record.identity.get(what).map_or("", String::as_str);
            if was != now {
                return Err(RunError::Refused(format!(
                    "cannot resume: {what} differs: it was {was:?} and is {now:?} now; run without --resume \
                     to start over"
                )));
            }
        }
        Ok(())
    }

    fn failed(&self, error: StoreError) -> RunError {
        let path = self.folder.join(STATE);
        match error {
            StoreError::Io(e) => RunError::output(&path, e),
            StoreError::Damaged(what) => RunError::Damaged { path: path.display().to_string(), what },
        }
    }

    /// The store holds what no run wrote.
    pub fn damaged(&self, what: String) -> RunError {
        self.failed(StoreError::Damaged(what))
    }

    /// Where earlier sources can be looked up.
    pub fn store(&self) -> Option<Arc<dyn Store>> {
        self.store.clone()
    }

    /// Hands `each` what ordered stages had learned.
    pub fn replay(&self, each: &mut dyn FnMut(u16, &[u8])) -> Result<(), RunError> {
        match &self.store {
            Some(store) => store.journal(each).map_err(|e| self.failed(e)),
            None => Ok(()),
        }
    }

    /// Notes a batch that was written; whether it is time to commit comes back.
    pub fn note(&mut self, mark: Mark) -> bool {
        let pending = &mut self.pending;
        pending.cursor = mark.cursor;
        pending.verified = mark.verified;
        pending.weight += mark.weight;
        pending.sources.extend(mark.sources);
        pending.journal.extend(mark.journal);
        pending.weight >= self.every && pending.verified
    }

    /// Whether there is something to commit that may be committed.
    pub fn is_due(&self) -> bool {
        self.pending.weight > 0 && self.pending.verified
    }

    /// The one commit point. The files of `outputs` are on the disk already.
    pub fn commit(
        &mut self,
        outputs: Vec<Extent>,
        (ledger, guard): (&Ledger, &guard::State),
        troubles: &[String],
        finished: bool,
    ) -> Result<(), RunError> {
        let pending = std::mem::take(&mut self.pending);
        let record = Record {
            version: VERSION,
            identity: self.identity.clone(),
            cursor: pending.cursor.clone(),
            outputs,
            ledger: ledger.clone(),
            guard: guard.clone(),
            troubles: troubles.to_vec(),
            finished,
        };
        self.pending.cursor = pending.cursor;
        self.pending.verified = pending.verified;
        let commit = Commit { record: record.encode(), sources: pending.sources, journal: pending.journal };
        match &self.store {
            Some(store) => store.commit(&commit).map_err(|e| self.failed(e)),
            None => {
                let store = Redb::create(&self.folder.join(STATE), &commit).map_err(|e| self.failed(e))?;
                self.store = Some(Arc::new(store));
                Ok(())
            }
        }
    }

    /// Whether a commit was made, by this run or the one it goes on with.
    pub fn has_store(&self) -> bool {
        self.store.is_some()
    }

    /// Takes back what was committed: the files that it speaks of are about to go.
    pub fn forget(&mut self) -> Result<(), RunError> {
        self.store = None;
        let state = self.folder.join(STATE);
        durable::remove(&state).map_err(|e| RunError::output(&state, e))
    }

    /// Removes the folder: the run is published, or nothing of it is worth keeping.
    pub fn remove(mut self) -> Result<(), RunError> {
        self.store = None;
        // What is in its place from now on belongs to another run.
        self.removed = true;
        let folder = &self.folder;
        for name in [STATE, "state.new", "rows", LOCK] {
            let path = folder.join(name);
            durable::remove(&path).map_err(|e| RunError::output(&path, e))?;
        }
        // What else someone put there is not ours to remove.
        let _ = std::fs::remove_dir(folder);
        Ok(())
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        if self.store.is_none() && !self.removed {
            // Nothing was committed, and nothing can be gone on with.
            let _ = std::fs::remove_file(self.folder.join(LOCK));
            let _ = std::fs::remove_dir(&self.folder);
        }
    }
}

fn make_folder(folder: &Path) -> std::io::Result<()> {
    match std::fs::create_dir(folder) {
        Ok(()) => durable::sync_folder(folder),
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
            let is_folder = std::fs::symlink_metadata(folder)?.is_dir();
            if is_folder { Ok(()) } else { Err(std::io::ErrorKind::NotADirectory.into()) }
        }
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record() -> Record {
        Record {
            version: VERSION,
            identity: [("inputs".to_owned(), "a".to_owned())].into(),
            cursor: Cursor { source: 1, items: 2, read: 3, hash: "ab".to_owned() },
            outputs: vec![Extent { bytes: 5, blake3: "cd".to_owned() }],
            ledger: Ledger::default(),
            guard: guard::State::default(),
            troubles: vec!["t".to_owned()],
            finished: false,
        }
    }

    #[test]
    fn another_version_is_refused() {
        let old = Record { version: VERSION + 1, ..record() };
        assert!(Record::decode(&old.encode()).expect_err("another version").contains("version 3"));
    }

    proptest! {
        #[test]
        fn a_record_comes_back_whole_or_not_at_all(at in 0usize..400, bit in 0u8..8) {
            let mut bytes = record().encode();
            prop_assert_eq!(Record::decode(&bytes), Ok(record()));
            let at = at % bytes.len();
            prop_assert!(Record::decode(&bytes[..at]).is_err());
            bytes[at] ^= 1 << bit;
            prop_assert!(Record::decode(&bytes).is_err());
        }
    }
}
