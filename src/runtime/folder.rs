//! Rows in a folder of shards, or in one Parquet file: what can be asked for.

use std::path::PathBuf;

use super::split::Splits;
use super::target::Compression;

/// A folder of shards, with a manifest and a dataset card; or a file that is made like one shard.
/// It appears whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Its name.
    pub path: PathBuf,
    /// Whether it is a file of all rows: there is one shard, and neither manifest nor card.
    pub single: bool,
    /// Of every shard.
    pub format: Format,
    /// Most bytes of a shard's rows, as JSON and before compression; a single batch may have more.
    pub shard_bytes: u64,
    /// Each has a folder of its own.
    pub splits: Splits,
    /// For the manifest and the card.
    pub about: About,
}

/// What is written down about a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// Name of the pipeline.
    pub pipeline: String,
    /// BLAKE3 of the pipeline file, in hexadecimal.
    pub digest: String,
    /// The command, as far as it bears on the rows.
    pub command: String,
    /// What was to be read.
    pub inputs: Vec<PathBuf>,
}

/// Format of a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON Lines.
    Jsonl,
    /// JSON Lines, gzip.
    JsonlGz,
    /// JSON Lines, zstd.
    JsonlZst,
    /// Parquet, zstd.
    Parquet,
}

impl Format {
    /// All that this textmill can write.
    pub const ALL: &[Self] = &[
        Self::Jsonl,
        Self::JsonlGz,
        Self::JsonlZst,
        #[cfg(feature = "parquet")]
        Self::Parquet,
    ];

    /// The ending of its files, which is its name as well.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::JsonlGz => "jsonl.gz",
            Self::JsonlZst => "jsonl.zst",
            Self::Parquet => "parquet",
        }
    }

    /// The format of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.ending() == name)
    }

    pub(super) fn compression(self) -> Compression {
        match self {
            Self::Jsonl => Compression::None,
            Self::JsonlGz => Compression::Gzip,
            Self::JsonlZst => Compression::Zstd,
            Self::Parquet => Compression::Block,
        }
    }
}

impl Folder {
    /// What has to be the same for a run to go on with it.
    pub(super) fn form(&self) -> String {
        format!("{} shards of {} bytes, {:?}", self.format.ending(), self.shard_bytes, self.splits)
    }

    /// Path of a shard inside the folder.
    pub(super) fn shard(&self, split: usize, number: u32) -> String {
        let name = format!("part-{number:05}.{}", self.format.ending());
        self.splits.names().get(split).map_or(name.clone(), |split| format!("{split}/{name}"))
    }
}
