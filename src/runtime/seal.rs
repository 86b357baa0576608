//! Shards of which the final form is made when all of their rows are there.

#![cfg_attr(not(feature = "parquet"), allow(dead_code, reason = "nothing else is made late"))]

use std::fs::File;
use std::path::{Path, PathBuf};

use super::durable;
use super::error::RunError;
use super::manifest::Shard;
#[cfg(feature = "parquet")]
use super::parquet;
use super::part::{Part, hash_of};
use super::record::Extent;
use super::stop::Stop;

/// The folder of shards that wait.
pub(super) const SPOOL: &str = "spool";
/// The list of shards in their final form.
pub(super) const SEALED: &str = "sealed";

/// How to go about it.
#[derive(Clone, Copy)]
pub(super) struct Means<'a> {
    pub pool: &'a rayon::ThreadPool,
    pub stop: &'a Stop,
}

/// Makes the shard `to` of the rows that wait at `from`; `None` if it was stopped. What waits
/// goes when the shard is on the disk: where it is gone, the shard is whole.
pub(super) fn shard(
    from: &Path,
    to: &Path,
    notes: &[(&str, &str)],
    means: Means<'_>,
) -> Result<Option<Extent>, RunError> {
    let failed = |e| RunError::output(to, e);
    if !from.exists() {
        let hash = File::open(to).and_then(|mut file| hash_of(&mut file)).map_err(failed)?;
        return Ok(Some(Extent { bytes: hash.count(), blake3: hash.finalize().to_hex().to_string() }));
    }
    let mut part = start(to)?;
    let Some(extent) = write(from, &mut part, notes, means).map_err(failed)? else { return Ok(None) };
    durable::sync_folder(to).map_err(failed)?;
    durable::remove(from).map_err(|e| RunError::output(from, e))?;
    Ok(Some(extent))
}

#[cfg(feature = "parquet")]
use parquet::write;

#[cfg(not(feature = "parquet"))]
fn write(_: &Path, _: &mut Part, _: &[(&str, &str)], _: Means<'_>) -> std::io::Result<Option<Extent>> {
    Err(std::io::Error::new(std::io::ErrorKind::Unsupported, "this textmill is built without Parquet"))
}

fn start(path: &Path) -> Result<Part, RunError> {
    let failed = |e| RunError::output(path, e);
    let busy = || RunError::Busy { path: path.display().to_string(), holder: String::new() };
    let mut part = Part::open(path.to_owned(), true).map_err(failed)?.ok_or_else(busy)?;
    part.start().map_err(failed)?;
    Ok(part)
}

/// The list of shards in their final form, made anew each time.
pub(super) struct List {
    path: PathBuf,
    part: Part,
}

impl List {
    pub fn start(home: &Path) -> Result<Self, RunError> {
        let path = home.join(SEALED);
        let mut part = start(&path)?;
        part.keep();
        Ok(Self { path, part })
    }

    pub fn add(&mut self, shard: Shard) -> Result<(), RunError> {
        self.part.write(&shard.line()).map_err(|e| RunError::output(&self.path, e))
    }
}
