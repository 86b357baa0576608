//! What a run has to find again after a crash, in one transactional file.
//!
//! A commit is one transaction: the checkpoint record, which says how far outputs and indexes
//! count, and the sources it covers. Either all of it is there afterwards or none of it. Another
//! engine is another implementation of [`Store`].

use std::cell::Cell;
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use redb::{Database, ReadableDatabase, TableDefinition};
use serde::{Deserialize, Serialize};

use super::durable;

/// Identity of a source: a changed one is not gone on with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SourceId {
    pub name: String,
    /// Bytes; 0 for a stream.
    pub size: u64,
    /// Nanoseconds of 1970; 0 for a stream.
    pub modified: i128,
}

impl SourceId {
    /// Something without a size of its own.
    pub fn stream(name: &str) -> Self {
        Self { name: name.to_owned(), size: 0, modified: 0 }
    }

    /// A file.
    pub fn file(name: &str, meta: &std::fs::Metadata) -> Self {
        let since = |t: SystemTime| match t.duration_since(UNIX_EPOCH) {
            Ok(after) => after.as_nanos() as i128,
            Err(before) => -(before.duration().as_nanos() as i128),
        };
        let modified = meta.modified().map_or(0, since);
        let (size, modified) = if meta.is_file() { (meta.len(), modified) } else { (0, 0) };
        Self { name: name.to_owned(), size, modified }
    }

    /// In words, how `now` differs.
    pub fn difference(&self, now: &Self) -> String {
        if self.name != now.name {
            format!("it was {} and is {} now", self.name, now.name)
        } else if self.size != now.size {
            format!("{} had {} bytes and has {} now", now.name, self.size, now.size)
        } else {
            format!("{} was modified since", now.name)
        }
    }
}

/// What one commit adds.
#[derive(Debug, Default)]
pub(super) struct Commit {
    /// Replaces the record before.
    pub record: Vec<u8>,
    /// Sources that were begun, by number.
    pub sources: Vec<(u64, SourceId)>,
    /// Whether the sources of earlier commits are another run's.
    pub anew: bool,
}

/// The store cannot go on.
#[derive(Debug)]
pub(super) enum StoreError {
    Io(std::io::Error),
    /// Another process has it open.
    Busy,
    /// The file is not what was written.
    Damaged(String),
}

/// Keeps commits. One writer; readers see the last commit.
pub(super) trait Store: Send + Sync {
    /// The last record.
    fn record(&self) -> Result<Vec<u8>, StoreError>;
    /// The source of that number, if a commit covers it.
    fn source(&self, number: u64) -> Result<Option<SourceId>, StoreError>;
    /// Makes a commit durable.
    fn commit(&self, commit: &Commit) -> Result<(), StoreError>;
}

const RECORD: TableDefinition<'_, (), &[u8]> = TableDefinition::new("record");
const SOURCES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("sources");

/// Pages held in memory, in bytes.
const CACHE: usize = 8 << 20;

/// The default store: one file of the embedded database redb.
pub(super) struct Redb(Database);

impl Redb {
    /// Makes a new store at `path`. It appears there when the first commit is in it.
    pub fn create(path: &Path, first: &Commit) -> Result<Self, StoreError> {
        let unborn = path.with_extension("new");
        durable::remove(&unborn).map_err(StoreError::Io)?;
        let store = Self(builder().create(&unborn).map_err(|e| damaged(e.into()))?);
        store.commit(first)?;
        durable::rename(&unborn, path).map_err(StoreError::Io)?;
        durable::sync_folder(path).map_err(StoreError::Io)?;
        Ok(store)
    }

    /// Opens the store at `path` and checks all of it.
    pub fn open(path: &PathBuf) -> Result<Self, StoreError> {
        guarded(|| Self::checked(builder().open(path).map_err(|e| damaged(e.into()))?))
    }

    fn checked(mut db: Database) -> Result<Self, StoreError> {
        match db.check_integrity() {
            Ok(true) => Ok(Self(db)),
            Ok(false) => Err(StoreError::Damaged("its checksums do not match".to_owned())),
            Err(e) => Err(damaged(e.into())),
        }
    }

    /// The last record of the store at `path`, without a change to it: a copy is opened, which
    /// is checked and, where a writer was killed, mended.
    pub fn last_record(path: &Path) -> Result<Vec<u8>, StoreError> {
        let mut file = File::open(path).map_err(StoreError::Io)?;
        match file.try_lock_shared() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::Busy),
            // Some network file systems know no locks.
            Err(TryLockError::Error(e)) if e.kind() == ErrorKind::Unsupported => {}
            Err(TryLockError::Error(e)) => return Err(StoreError::Io(e)),
        }
        let mut copy = tempfile::tempfile().map_err(StoreError::Io)?;
        std::io::copy(&mut file, &mut copy).map_err(StoreError::Io)?;
        if file.metadata().map_err(StoreError::Io)?.len() == 0 {
            return Err(StoreError::Damaged("it is empty".to_owned()));
        }
        guarded(|| {
            let backend = redb::backends::FileBackend::new(copy).map_err(|e| damaged(e.into()))?;
            let db = builder().create_with_backend(backend).map_err(|e| damaged(e.into()))?;
            Self::checked(db)?.record()
        })
    }

    fn read<T>(
        &self,
        read: impl FnOnce(&redb::ReadTransaction) -> Result<T, redb::Error>,
    ) -> Result<T, StoreError> {
        let transaction = self.0.begin_read().map_err(|e| damaged(e.into()))?;
        read(&transaction).map_err(damaged)
    }
}

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread only says that a file is damaged: no bug, and not to be told.
pub fn is_damage() -> bool {
    GUARDED.get()
}

/// Runs `open`; the engine panics on some damaged files before it has compared their checksums.
fn guarded<T>(open: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    GUARDED.set(true);
    let result = catch_unwind(AssertUnwindSafe(open));
    GUARDED.set(false);
    result.unwrap_or_else(|_| Err(StoreError::Damaged("it is not what was written".to_owned())))
}

fn builder() -> redb::Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE);
    builder
}

fn damaged(error: redb::Error) -> StoreError {
    match error {
        // So the engine calls a file that is not its own, or a part of one.
        redb::Error::Io(e) if matches!(e.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) => {
            StoreError::Damaged(e.to_string())
        }
        redb::Error::Io(e) => StoreError::Io(e),
        redb::Error::DatabaseAlreadyOpen => StoreError::Busy,
        e => StoreError::Damaged(e.to_string()),
    }
}

impl Store for Redb {
    fn record(&self) -> Result<Vec<u8>, StoreError> {
        self.read(|t| {
            let record = t.open_table(RECORD)?.get(())?.map(|v| v.value().to_vec());
            record.ok_or_else(|| redb::Error::Corrupted("there is no record".to_owned()))
        })
    }

    fn source(&self, number: u64) -> Result<Option<SourceId>, StoreError> {
        let found = self
            .read(|t| Ok(t.open_table(SOURCES)?.get(number)?.map(|v| serde_json::from_slice(v.value()))))?;
        found.transpose().map_err(|e| StoreError::Damaged(e.to_string()))
    }

    fn commit(&self, commit: &Commit) -> Result<(), StoreError> {
        let write = || -> Result<(), redb::Error> {
            let transaction = self.0.begin_write()?;
            {
                transaction.open_table(RECORD)?.insert((), commit.record.as_slice())?;
                if commit.anew {
                    transaction.delete_table(SOURCES)?;
                }
                let mut sources = transaction.open_table(SOURCES)?;
                for (number, id) in &commit.sources {
                    let id = serde_json::to_vec(id).expect("names and numbers are JSON");
                    sources.insert(number, id.as_slice())?;
                }
            }
            durable::before_commit();
            Ok(transaction.commit()?)
        };
        write().map_err(damaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_committed_is_there_again() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("state.redb");
        let id = SourceId { name: "a".to_owned(), size: 5, modified: -7 };
        let commit =
            |n: u8| Commit { record: vec![n], sources: vec![(u64::from(n), id.clone())], anew: false };
        let store = Redb::create(&path, &commit(0)).expect("a store");
        for n in 1..3 {
            store.commit(&commit(n)).expect("a commit");
        }
        drop(store);
        let store = Redb::open(&path).expect("the store");
        assert_eq!(store.record().expect("readable"), [2]);
        assert_eq!(store.source(1).expect("readable"), Some(id.clone()));
        assert_eq!(store.source(3).expect("readable"), None);
        let other = Commit { record: vec![9], sources: vec![], anew: true };
        store.commit(&other).expect("a commit");
        assert_eq!((store.record().expect("readable"), store.source(1).expect("readable")), (vec![9], None));
    }

    #[test]
    fn a_damaged_store_is_named_not_repaired() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("state.redb");
        std::fs::write(&path, b"this is no database").expect("room");
        assert!(matches!(Redb::open(&path), Err(StoreError::Damaged(_))));
        assert_eq!(std::fs::read(&path).expect("still there"), b"this is no database");
    }
}
