//! Where rows go, and in which wrapping.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::checkpoint::Checkpoints;
use super::folder::Folder;
use super::links::{End, follow};
use super::split::Splits;
use super::spool;
use super::survey::Hints;

/// Where one kind of row goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Standard output.
    Stdout,
    /// A file; `.gz` and `.zst` endings mean compression. Links are followed: the file that they
    /// lead to is replaced, or written to if it is open already.
    File(PathBuf),
    /// A folder of shards, or a Parquet file; only for kept documents.
    Folder(Box<Folder>),
}

/// Where the rows of a run go.
#[derive(Debug, Clone)]
pub struct Outputs {
    /// Kept documents.
    pub kept: Target,
    /// Removals and borders.
    pub ledger: Option<Target>,
    /// Bytes that are no document.
    pub quarantine: Option<Target>,
    /// Bytes of records kept in quarantine; rows beyond that are written without them.
    pub quarantine_max: u64,
}

/// Which rows are to be made at all.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// How kept rows are split.
    pub splits: Arc<Splits>,
    pub ledger: bool,
    pub quarantine: bool,
    /// Notes for the guard.
    pub guard: bool,
    /// Notes for a page.
    pub survey: Option<Hints>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
    Zstd,
    /// Of a [`spool`].
    Block,
}

impl Target {
    pub(super) fn compression(&self) -> Compression {
        let ending = match self {
            Self::Stdout => None,
            Self::Folder(folder) => return folder.format.compression(),
            Self::File(path) => path.extension().and_then(|e| e.to_str()),
        };
        match ending {
            Some("gz") => Compression::Gzip,
            Some("zst") => Compression::Zstd,
            _ => Compression::None,
        }
    }

    /// The path that links lead to, if this can appear whole: not a pipe or a device, and no file
    /// that is open already.
    pub(super) fn regular(&self) -> Option<PathBuf> {
        match self {
            Self::Folder(folder) => Some(folder.path.clone()),
            Self::File(path) => match follow(path) {
                End::Name(path) if is_free_or_file(&path) => Some(path),
                _ => None,
            },
            Self::Stdout => None,
        }
    }

    pub(super) fn name(&self) -> String {
        match self {
            Self::Stdout => "standard output".to_owned(),
            Self::File(path) => path.to_string_lossy().into_owned(),
            Self::Folder(folder) => folder.path.to_string_lossy().into_owned(),
        }
    }

    /// How rows are split.
    pub(super) fn splits(&self) -> Splits {
        match self {
            Self::Folder(folder) => folder.splits.clone(),
            _ => Splits::default(),
        }
    }
}

fn is_free_or_file(path: &Path) -> bool {
    std::fs::metadata(path).map_or_else(|e| e.kind() == io::ErrorKind::NotFound, |meta| meta.is_file())
}

impl Outputs {
    /// Whether a run with these outputs makes checkpoints: rows go to a regular file or a folder.
    pub fn keeps_checkpoints(&self) -> bool {
        self.kept.regular().is_some()
    }

    /// Whether somebody may wait for each row: rows go to standard output or a pipe, and not compressed, which they
    /// are a batch at a time.
    pub(super) fn are_live(&self) -> bool {
        self.kept.regular().is_none() && self.kept.compression() == Compression::None
    }

    /// Whether an earlier run to the same place, with the same lasting index if there is one,
    /// left a checkpoint.
    pub fn can_resume(&self, index: Option<&Path>) -> bool {
        self.kept.regular().is_some_and(|output| Checkpoints::leftover(&output, index))
    }

    /// What a run with these outputs writes, and what it may leave behind to go on with.
    pub fn own(&self) -> Vec<PathBuf> {
        let all = [Some(&self.kept), self.ledger.as_ref(), self.quarantine.as_ref()];
        let paths = all.into_iter().flatten().filter_map(Target::regular);
        paths.flat_map(|p| [super::checkpoint::folder_of(&p), p]).collect()
    }
}

impl Compression {
    /// Compresses the rows of one batch as a member or frame of its own, so that batches can
    /// be compressed in parallel.
    pub(super) fn pack(self, rows: Vec<u8>) -> io::Result<Vec<u8>> {
        match self {
            _ if rows.is_empty() => Ok(rows),
            Self::None => Ok(rows),
            Self::Gzip => gzip(&rows),
            Self::Zstd => zstd::bulk::compress(&rows, zstd::DEFAULT_COMPRESSION_LEVEL),
            Self::Block => spool::pack(&rows),
        }
    }

    /// What an output without rows consists of.
    pub(super) fn empty(self) -> io::Result<Vec<u8>> {
        match self {
            Self::None | Self::Block => Ok(Vec::new()),
            Self::Gzip => gzip(&[]),
            Self::Zstd => zstd::bulk::compress(&[], zstd::DEFAULT_COMPRESSION_LEVEL),
        }
    }
}

fn gzip(rows: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(rows)?;
    encoder.finish()
}
