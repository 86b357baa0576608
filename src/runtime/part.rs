//! A file under a name of its own until it is whole.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::access;
use super::durable;
use super::error::RunError;
use super::lock;
use super::record::Extent;

/// A file that grows, and goes when it is dropped unless something else is said.
pub(super) struct Part {
    file: File,
    path: PathBuf,
    written: u64,
    /// Of everything written; only where checkpoints need it.
    hash: Option<blake3::Hasher>,
    /// Stays if the run stops short: a checkpoint speaks of it.
    keep: bool,
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.keep {
            // The run has a better error to show.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Part {
    /// Opens the file, which is made if absent, for one writer; `None` if there is another, whose
    /// file stays as it is.
    pub fn open(path: PathBuf, hashed: bool) -> io::Result<Option<Self>> {
        Self::open_as(path, 0o666, hashed)
    }

    /// The same for a file that will replace the one at `to`, if there is one: who may not read
    /// that may not read this.
    pub fn open_for(to: &Path, path: PathBuf, hashed: bool) -> io::Result<Option<Self>> {
        let mode = if to.exists() { 0o600 } else { 0o666 };
        let part = Self::open_as(path, mode, hashed)?;
        part.as_ref().map_or(Ok(()), |part| access::copy(&part.file, to))?;
        Ok(part)
    }

    fn open_as(path: PathBuf, mode: u32, hashed: bool) -> io::Result<Option<Self>> {
        loop {
            let file = durable::open_own(&path, mode)?;
            if !lock::try_lock(&file)? {
                return Ok(None);
            }
            // The other writer may have given the file its final name between the two calls.
            if lock::is_at(&file, &path) {
                let hash = hashed.then(blake3::Hasher::new);
                return Ok(Some(Self { file, path, written: 0, hash, keep: false }));
            }
        }
    }

    /// Empties the file of what an earlier run left there.
    pub fn start(&mut self) -> io::Result<()> {
        durable::truncate(&self.file, 0)
    }

    /// Goes on after what a checkpoint says is there, having checked that it is.
    pub fn go_on(&mut self, extent: &Extent) -> Result<(), RunError> {
        self.keep = true;
        let io_failed = |error| RunError::output(&self.path, error);
        let hasher = hash_of(&mut (&self.file).take(extent.bytes)).map_err(io_failed)?;
        if hasher.count() != extent.bytes || hasher.finalize().to_hex().as_str() != extent.blake3 {
            let what = "it is not what the last checkpoint left there".to_owned();
            return Err(RunError::Damaged { path: self.path.display().to_string(), what });
        }
        durable::truncate(&self.file, extent.bytes).map_err(io_failed)?;
        self.file.seek(SeekFrom::Start(extent.bytes)).map_err(io_failed)?;
        self.hash = Some(hasher);
        self.written = extent.bytes;
        Ok(())
    }

    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.written += bytes.len() as u64;
        if let Some(hash) = &mut self.hash {
            hash.update(bytes);
        }
        self.file.write_all(bytes)
    }

    /// Brings everything written so far to the disk, and says what that is. The file stays.
    pub fn settle(&mut self) -> io::Result<Extent> {
        self.keep = true;
        durable::sync(&self.file)?;
        let blake3 = self.hash.as_ref().map_or_else(String::new, |h| h.finalize().to_hex().to_string());
        Ok(Extent { bytes: self.written, blake3 })
    }

    /// The file stays.
    pub fn keep(&mut self) {
        self.keep = true;
    }

    /// The file goes with this.
    pub fn discard(&mut self) {
        self.keep = false;
    }

    /// Makes everything durable and visible under its final name. What it replaces hands its
    /// mode and its owner on.
    pub fn publish(&mut self, to: &Path) -> io::Result<()> {
        access::copy(&self.file, to)?;
        durable::sync(&self.file)?;
        durable::rename(&self.path, to)?;
        // From here on there is nothing to tidy up.
        self.keep = true;
        durable::sync_folder(to)
    }
}

/// The hash of what is left to read.
pub(super) fn hash_of(from: &mut impl Read) -> io::Result<blake3::Hasher> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(hasher),
            Ok(n) => hasher.update(&buffer[..n]),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
    }
}
