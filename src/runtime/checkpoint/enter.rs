//! How a run begins: what an earlier one left is gone on with, or discarded.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::durable;
use super::super::error::RunError;
use super::super::lock::{take, take_beside};
use super::super::manifest::MANIFEST;
use super::super::record::{Mark, Record};
use super::super::sources::{self, Own, Source};
use super::super::store::{Commit, Redb, SourceId, StoreError};
use super::{Checkpoints, OUTPUT, ROWS, Request, STATE, folder_of};

impl Checkpoints {
    /// Takes the folders of a run. With `resume` the last record comes back, if there is one;
    /// otherwise what an earlier run left is discarded.
    pub fn open(
        request: Request<'_>,
        identity: BTreeMap<String, String>,
    ) -> Result<(Self, Option<Record>), RunError> {
        let lasting = request.index.map(take).transpose()?;
        let mut all = Self {
            out: None,
            lasting,
            identity,
            every: if request.output.is_some() { request.every } else { u64::MAX },
            store: None,
            committed: false,
            pending: Mark::default(),
            indexes: BTreeMap::new(),
            keepers: Vec::new(),
            removed: false,
        };
        // First the index: what it says of the output is told from what stands there now.
        let mut record = if all.lasting.is_some() { all.enter_lasting(request)? } else { None };
        all.out = request.output.map(|output| take_beside(&folder_of(output), output)).transpose()?;
        if all.lasting.is_none() {
            record = all.enter(request)?;
        }
        if let Some(record) = &record {
            all.committed = true;
            all.compare(record)?;
            all.indexes = record.indexes.clone();
        }
        Ok((all, record))
    }

    /// The state beside the output.
    fn enter(&mut self, request: Request<'_>) -> Result<Option<Record>, RunError> {
        let state = self.state();
        if !request.resume {
            durable::remove(&state).map_err(|e| RunError::output(&state, e))?;
            self.remove_index()?;
            return Ok(None);
        }
        if !state.exists() {
            self.remove_index()?;
            return Ok(None);
        }
        self.read_state(&state).map(Some)
    }

    /// Opens the store and reads its record.
    fn read_state(&mut self, state: &PathBuf) -> Result<Record, RunError> {
        self.store = Some(Arc::new(Redb::open(state).map_err(|e| self.failed(e))?));
        let record = self.last()?;
        record.ok_or_else(|| self.failed(StoreError::Damaged("there is no record".to_owned())))
    }

    /// The state in the folder of a lasting index; it is made if it is not there.
    fn enter_lasting(&mut self, request: Request<'_>) -> Result<Option<Record>, RunError> {
        let state = self.state();
        let empty = || Record::closed(BTreeMap::new());
        if !state.exists() {
            let first = Commit { record: empty().encode(), ..Commit::default() };
            let store = Redb::create(&state, &first).map_err(|e| self.failed(e))?;
            self.store = Some(Arc::new(store));
            return Ok(None);
        }
        let record = self.read_state(&state)?;
        let done = self.is_done(&record, request)?;
        if request.resume && (!record.closed || done) {
            return Ok(Some(record));
        }
        // The rows of a run that was not closed may have been published all the same. If this one
        // is to replace them, they do not count.
        let replaced = self.identity.get(OUTPUT).is_some_and(|o| record.identity.get(OUTPUT) == Some(o));
        let published = is_published(&record) && !replaced;
        let is_clear = record.closed && !record.finished;
        self.indexes = record.indexes;
        for held in self.indexes.values_mut() {
            if (record.closed && !done) || published {
                held.base = held.now.clone();
            } else {
                held.now = held.base.clone();
            }
        }
        if !is_clear {
            self.close_record(None)?;
        }
        Ok(None)
    }

    /// Whether the run that is asked for has given its files their names and added to the index.
    /// Run anew, it would find all of its documents there. It is the same run while its folder
    /// stands, and while its inputs are files that nobody has changed.
    fn is_done(&self, record: &Record, request: Request<'_>) -> Result<bool, RunError> {
        let Some(output) = request.output else { return Ok(false) };
        if self.compare(record).is_err() || !is_published(record) {
            return Ok(false);
        }
        Ok(folder_of(output).exists() || self.has_read(request)?)
    }

    /// Whether the sources in the store are those that are asked for, all of them files and
    /// unchanged.
    fn has_read(&self, request: Request<'_>) -> Result<bool, RunError> {
        let Some(store) = &self.store else { return Ok(false) };
        let own = Own::new(request.own);
        let mut number = 0;
        for source in sources::walk(request.inputs, &own) {
            let Ok(Source::File(path)) = source else { return Ok(false) };
            let Ok(meta) = std::fs::metadata(&path) else { return Ok(false) };
            let now = SourceId::file(&Source::File(path).name(), &meta);
            if !meta.is_file() || store.source(number).map_err(|e| self.failed(e))? != Some(now) {
                return Ok(false);
            }
            number += 1;
        }
        Ok(store.source(number).map_err(|e| self.failed(e))?.is_none())
    }

    /// Whether an earlier run left something to go on with.
    pub fn leftover(output: &Path, index: Option<&Path>) -> bool {
        let folder = folder_of(output);
        match index {
            None => folder.join(STATE).exists(),
            Some(index) => folder.join(ROWS).exists() && index.join(STATE).exists(),
        }
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
}

/// Whether the rows of a run have their final name.
pub(in super::super) fn is_published(record: &Record) -> bool {
    let Some(path) = record.identity.get(OUTPUT).map(Path::new) else { return false };
    let (file, last) = match &record.shelf {
        None => (path.to_owned(), record.outputs.first()),
        Some(shelf) if shelf.single => (path.to_owned(), shelf.last.as_ref()),
        Some(shelf) => (path.join(MANIFEST), shelf.last.as_ref()),
    };
    record.finished
        && !folder_of(path).join(ROWS).exists()
        && last.is_some_and(|last| std::fs::metadata(file).is_ok_and(|m| m.len() == last.bytes))
}
