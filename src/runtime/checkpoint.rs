//! Checkpoints: from which a run goes on as if it had never stopped.
//!
//! Data first, then the record: output files and the logs of indexes are brought to the disk up
//! to the end of a batch, then one transaction of the [`store`](super::store) says how long they
//! are and where in the input that is. What stands in the files beyond that was never promised,
//! and is cut off.
//!
//! The store stands beside the output, or in the folder of a lasting index: there its record
//! stays from one run to the next, and says what each index was before the run under way, so
//! that a run whose rows were never published can be taken back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::durable;
use super::error::RunError;
use super::guard;
use super::index::{Below, Budget, Index, Keeper};
use super::lock::{LOCK, Taken};
use super::record::{Extent, Held, Mark, Record, Shelf};
use super::seal::{SEALED, SPOOL};
use super::shards::LIST;
use super::store::{Commit, Redb, Store, StoreError};
use super::tally::Ledger;
use crate::stage::IndexKind;

mod enter;

pub(super) use enter::is_published;

pub(super) const STATE: &str = "state.redb";
/// The file or folder that will have the final name.
pub(super) const ROWS: &str = "rows";
/// Folder of the indexes of a run that has no lasting one.
const INDEX: &str = "index";

/// The folder beside an output in which a run keeps what it has.
pub(super) fn folder_of(output: &Path) -> PathBuf {
    let mut name = output.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}

/// What a run asks for.
#[derive(Clone, Copy)]
pub(super) struct Request<'a> {
    /// What it reads.
    pub inputs: &'a [PathBuf],
    /// What it writes, which is not read.
    pub own: &'a [PathBuf],
    /// The file that rows go to; without one the run cannot be gone on with.
    pub output: Option<&'a Path>,
    /// The folder of a lasting index that the run adds to.
    pub index: Option<&'a Path>,
    /// Bytes of input between commits.
    pub every: u64,
    pub resume: bool,
}

/// The checkpoints of one run.
pub(super) struct Checkpoints {
    out: Option<Taken>,
    lasting: Option<Taken>,
    identity: BTreeMap<String, String>,
    every: u64,
    /// Made at the first commit: a short run needs none. That of a lasting index is always there.
    store: Option<Arc<dyn Store>>,
    /// Whether a commit speaks of this run.
    committed: bool,
    /// Since the last commit.
    pending: Mark,
    indexes: BTreeMap<String, Held>,
    /// In the order of the stages.
    keepers: Vec<(String, Keeper)>,
    removed: bool,
}

impl Checkpoints {
    /// The last record in the store, if there is one yet.
    fn last(&self) -> Result<Option<Record>, RunError> {
        let Some(store) = &self.store else { return Ok(None) };
        let record = store.record().map_err(|e| self.failed(e))?;
        Record::decode(&record).map(Some).map_err(|e| self.failed(StoreError::Damaged(e)))
    }

    /// Says in the store that nothing is under way; `last` is the record of the run that ended,
    /// if it may have to be known again: its sources stay as well.
    fn close_record(&mut self, last: Option<Record>) -> Result<(), RunError> {
        let anew = last.is_none();
        let last = last.unwrap_or_else(|| Record::closed(BTreeMap::new()));
        let record = Record { closed: true, indexes: self.indexes.clone(), ..last }.encode();
        let commit = Commit { record, sources: Vec::new(), anew };
        self.store.as_ref().map_or(Ok(()), |s| s.commit(&commit)).map_err(|e| self.failed(e))
    }

    /// Whether rows go to a file, so that the run can be gone on with.
    pub fn can_resume(&self) -> bool {
        self.out.is_some()
    }

    /// The index `name` of a stage, as far as the record says that it had come.
    /// `below` is looked up as well.
    pub fn index(
        &mut self,
        name: String,
        kind: &IndexKind,
        budget: Budget,
        below: Option<Below>,
    ) -> Result<Index, RunError> {
        let folder = self.index_folder().join(&name);
        let held = self.indexes.entry(name.clone()).or_default();
        held.suits(kind, &folder)?;
        held.parameters.clone_from(&kind.parameters);
        let index = Index::open(&folder, &held.now, &held.base, budget, below)?;
        self.keepers.extend(index.keeper(self.committed)?.map(|keeper| (name, keeper)));
        Ok(index)
    }

    fn state(&self) -> PathBuf {
        let held = self.lasting.as_ref().or(self.out.as_ref());
        held.map_or_else(PathBuf::new, |h| h.folder.join(STATE))
    }

    fn index_folder(&self) -> PathBuf {
        match (&self.lasting, &self.out) {
            (Some(lasting), _) => lasting.folder.clone(),
            (None, Some(out)) => out.folder.join(INDEX),
            (None, None) => PathBuf::new(),
        }
    }

    /// Removes the indexes of a run that has no lasting one.
    fn remove_index(&self) -> Result<(), RunError> {
        let folder = self.index_folder();
        match std::fs::remove_dir_all(&folder) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(RunError::output(&folder, e)),
            _ => Ok(()),
        }
    }

    fn failed(&self, error: StoreError) -> RunError {
        let path = self.state();
        match error {
            StoreError::Io(e) => RunError::output(&path, e),
            StoreError::Busy => RunError::Busy { path: path.display().to_string(), holder: String::new() },
            StoreError::Damaged(what) => RunError::Damaged { path: path.display().to_string(), what },
        }
    }

    /// Hash of what bears on the rows of a run, wherever they and other outputs stand.
    pub fn digest(&self) -> String {
        let place = |what: &str| what == OUTPUT || SIDES.contains(&what);
        let all: Vec<_> = self.identity.iter().filter(|(what, _)| !place(what)).collect();
        let json = serde_json::to_vec(&all).expect("names are JSON");
        blake3::hash(&json).to_hex().to_string()
    }

    /// Where earlier sources can be looked up.
    pub fn store(&self) -> Option<Arc<dyn Store>> {
        self.store.clone()
    }

    /// Notes a batch that was written; whether it is time to commit comes back.
    pub fn note(&mut self, mark: Mark) -> bool {
        let pending = &mut self.pending;
        pending.cursor = mark.cursor;
        pending.verified = mark.verified;
        pending.whole = mark.whole;
        pending.weight += mark.weight;
        pending.sources.extend(mark.sources);
        for ((name, _), now) in self.keepers.iter().zip(mark.indexes) {
            if let Some(held) = self.indexes.get_mut(name) {
                held.now = now;
            }
        }
        pending.weight >= self.every && pending.verified && pending.whole
    }

    /// Whether there is something to commit that may be committed before the end.
    pub fn is_due(&self) -> bool {
        self.can_resume() && self.pending.weight > 0 && self.pending.verified && self.pending.whole
    }

    /// The one commit point. The files of `outputs` are on the disk already.
    pub fn commit(
        &mut self,
        (shelf, outputs): (Option<Shelf>, Vec<Extent>),
        (ledger, guard): (&Ledger, &guard::State),
        troubles: &[String],
        finished: bool,
    ) -> Result<(), RunError> {
        for (_, keeper) in &mut self.keepers {
            keeper.sync()?;
        }
        let pending = std::mem::take(&mut self.pending);
        let record = Record {
            identity: self.identity.clone(),
            cursor: pending.cursor.clone(),
            shelf,
            outputs,
            ledger: ledger.clone(),
            guard: guard.clone(),
            troubles: troubles.to_vec(),
            finished,
            closed: false,
            ..Record::closed(self.indexes.clone())
        };
        self.pending.cursor = pending.cursor;
        self.pending.verified = pending.verified;
        let anew = !self.committed;
        let commit = Commit { record: record.encode(), sources: pending.sources, anew };
        match &self.store {
            Some(store) => store.commit(&commit).map_err(|e| self.failed(e))?,
            None => {
                let store = Redb::create(&self.state(), &commit).map_err(|e| self.failed(e))?;
                self.store = Some(Arc::new(store));
            }
        }
        self.committed = true;
        self.tidy()
    }

    fn tidy(&self) -> Result<(), RunError> {
        for (name, keeper) in &self.keepers {
            let held = &self.indexes[name];
            keeper.tidy(&held.now, &held.base)?;
        }
        Ok(())
    }

    /// Whether there is something that the end of the run has to be committed to.
    pub fn needs_end(&self) -> bool {
        self.committed || self.lasting.is_some()
    }

    /// Takes back what was committed: the files that it speaks of are about to go.
    pub fn forget(&mut self) -> Result<(), RunError> {
        if self.lasting.is_some() {
            for held in self.indexes.values_mut() {
                held.now = held.base.clone();
            }
            return self.close_record(None);
        }
        self.store = None;
        let state = self.state();
        durable::remove(&state).map_err(|e| RunError::output(&state, e))
    }

    /// Removes the folder beside the output: the run is published, or nothing of it is worth
    /// keeping. A lasting index keeps what a `published` run added.
    pub fn remove(mut self, published: bool) -> Result<(), RunError> {
        // What is in the place of the folder from now on belongs to another run.
        self.removed = true;
        if self.lasting.is_some() {
            self.close(published)?;
        }
        // It takes its time to close its file.
        self.store = None;
        let Some(Taken { folder, .. }) = &self.out else { return Ok(()) };
        if self.lasting.is_none() {
            self.remove_index()?;
        }
        // Last: as long as it is there, the same command ends as this run did.
        for name in [STATE, "state.new", LIST, SEALED, SPOOL, ROWS, LOCK] {
            let path = folder.join(name);
            durable::remove_tree(&path).map_err(|e| RunError::output(&path, e))?;
        }
        // What else someone put there is not ours to remove.
        let _ = std::fs::remove_dir(folder);
        Ok(())
    }

    /// Ends the run in a lasting index. How that was before is kept until the next run begins.
    fn close(&mut self, published: bool) -> Result<(), RunError> {
        if !published {
            self.indexes.values_mut().for_each(|held| held.now = held.base.clone());
        }
        let last = if published && self.out.is_some() { self.last()? } else { None };
        self.close_record(last)?;
        self.tidy()
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        if let (Some(out), false, false) = (&self.out, self.committed, self.removed)
            // A store that could not be opened now may be opened yet.
            && !out.folder.join(STATE).exists()
        {
            // Nothing was committed, and nothing can be gone on with.
            if self.lasting.is_none() {
                let _ = self.remove_index();
            }
            let _ = std::fs::remove_file(out.folder.join(LOCK));
            let _ = std::fs::remove_dir(&out.folder);
        }
    }
}

/// What the identity of a run calls its other outputs.
pub(super) const SIDES: [&str; 3] = ["the ledger", "the quarantine", "the cap of the quarantine"];

/// What the identity of a run calls the file that rows go to.
pub(super) const OUTPUT: &str = "the output";
