//! What a checkpoint says.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::RunError;
use super::guard;
use super::index::Snapshot;
use super::store::SourceId;
use super::tally::Ledger;
use crate::stage::IndexKind;

/// Version of [`Record`]; a record of another version is refused.
const VERSION: u32 = 5;

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
    /// Whether no window of an ordered stage is open where the batch ends.
    pub whole: bool,
    /// How far the index of each ordered stage had come, in the order of the stages.
    pub indexes: Vec<Snapshot>,
}

/// Length and content of an output file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Extent {
    pub bytes: u64,
    pub blake3: String,
}

/// How far a folder of shards had come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shelf {
    /// Of the list of shards that are done.
    pub list: Extent,
    /// By split.
    pub open: Vec<OpenShard>,
    /// Whether all rows are in one file.
    pub single: bool,
    /// Of the manifest, or of the one file, once all rows are there.
    pub last: Option<Extent>,
}

impl Default for Shelf {
    fn default() -> Self {
        Self { list: Extent::nothing(), open: Vec::new(), single: false, last: None }
    }
}

/// A shard under way; without an extent it has not been begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OpenShard {
    pub number: u32,
    pub rows: u64,
    /// Bytes of its rows before compression.
    pub raw: u64,
    pub extent: Option<Extent>,
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
    pub version: u32,
    /// What has to be the same for a run to go on.
    pub identity: BTreeMap<String, String>,
    pub cursor: Cursor,
    /// Rows, ledger, quarantine, as far as there are such files.
    pub outputs: Vec<Extent>,
    /// Rows, if they go to a folder of shards.
    pub shelf: Option<Shelf>,
    pub ledger: Ledger,
    pub guard: guard::State,
    pub troubles: Vec<String>,
    /// All input is done and only final names are missing.
    pub finished: bool,
    /// Indexes of ordered stages, by name.
    pub indexes: BTreeMap<String, Held>,
    /// Nothing is under way: what a lasting index keeps between runs.
    pub closed: bool,
}

impl Held {
    /// Refuses an index that was made with other parameters than a stage asks for.
    pub fn suits(&self, kind: &IndexKind, folder: &Path) -> Result<(), RunError> {
        // Nothing depends on the parameters of runs that added nothing.
        if self.parameters == kind.parameters || (self.now.bytes == 0 && self.base.bytes == 0) {
            return Ok(());
        }
        Err(RunError::Index {
            path: folder.display().to_string(),
            what: format!(
                "it was made with {:?}, and the pipeline asks for {:?}; use the options it was made with, or \
                 another folder",
                self.parameters, kind.parameters
            ),
        })
    }
}

/// What a record says of an index.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    /// What its entries depend on.
    pub parameters: String,
    /// Before the run that is under way.
    pub base: Snapshot,
    /// At this commit.
    pub now: Snapshot,
}

impl Record {
    /// Between runs.
    pub fn closed(indexes: BTreeMap<String, Held>) -> Self {
        Self {
            version: VERSION,
            identity: BTreeMap::new(),
            cursor: Cursor::default(),
            outputs: Vec::new(),
            shelf: None,
            ledger: Ledger::default(),
            guard: guard::State::default(),
            troubles: Vec::new(),
            finished: false,
            indexes,
            closed: true,
        }
    }

    pub fn encode(&self) -> Vec<u8> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record() -> Record {
        Record {
            identity: [("inputs".to_owned(), "a".to_owned())].into(),
            cursor: Cursor { source: 1, items: 2, read: 3, hash: "ab".to_owned() },
            outputs: vec![Extent { bytes: 5, blake3: "cd".to_owned() }],
            troubles: vec!["t".to_owned()],
            closed: false,
            ..Record::closed([("exact-dedupe".to_owned(), Held::default())].into())
        }
    }

    #[test]
    fn another_version_is_refused() {
        let old = Record { version: VERSION + 1, ..record() };
        assert!(Record::decode(&old.encode()).expect_err("another version").contains("version 6"));
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
