//! One writer at a time.
//!
//! The lock is the operating system's, on an open file: it ends with its holder, however that
//! ends. What stands in the file only names the holder.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::access;
use super::durable;
use super::error::RunError;

/// Name of the file that is locked in a folder.
pub(super) const LOCK: &str = "lock";

/// Held until dropped.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// Why there is no lock.
#[derive(Debug)]
enum NoLock {
    /// Someone else holds it: who, as far as is known.
    Held(String),
    Io(io::Error),
}

impl From<io::Error> for NoLock {
    fn from(e: io::Error) -> Self {
        Self::Io(e)
    }
}

/// Locks the file at `path`, which is made if absent, and writes there who holds it.
fn lock(path: &Path, open: impl Fn(&Path) -> io::Result<File>) -> Result<Lock, NoLock> {
    loop {
        let mut file = open(path)?;
        if !try_lock(&file)? {
            let mut holder = String::new();
            // A holder that cannot be read is still a holder.
            let _ = file.take(200).read_to_string(&mut holder);
            return Err(NoLock::Held(holder.trim().to_owned()));
        }
        // The former holder may have removed the file between the two calls.
        if is_at(&file, path) {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            file.write_all(me().as_bytes())?;
            return Ok(Lock { _file: file });
        }
    }
}

/// Locks an open file; `false` if someone else has.
pub(super) fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        // Some network file systems know no locks; there the names alone have to do.
        Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => Ok(true),
        Err(TryLockError::Error(e)) => Err(e),
    }
}

/// Whether an open file is the one at `path`, and not one that was there.
#[cfg(unix)]
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), std::fs::symlink_metadata(path)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

/// Whether there is a file at `path`.
#[cfg(not(unix))]
pub(super) fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

fn me() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("process {} on {}, since {since} (seconds of 1970)\n", std::process::id(), host.trim())
}

/// A folder that this process alone writes to.
pub(super) struct Taken {
    pub folder: PathBuf,
    _lock: Lock,
}

/// Makes the folder of a lasting index and locks it. Users may share one.
pub(super) fn take(folder: &Path) -> Result<Taken, RunError> {
    made(folder, std::fs::create_dir(folder)).map_err(|e| RunError::output(folder, e))?;
    taken(folder, folder, durable::open)
}

/// Makes the folder in which a run keeps what will become `output`, and locks it. One that another
/// user has made is refused: its name can be guessed.
pub(super) fn take_beside(folder: &Path, output: &Path) -> Result<Taken, RunError> {
    let made = made(folder, access::make_folder(folder, output));
    let meta = made.and_then(|()| std::fs::symlink_metadata(folder));
    meta.and_then(|meta| access::is_own(&meta, folder)).map_err(|e| RunError::output(folder, e))?;
    taken(folder, output, |path| durable::open_own(path, 0o666))
}

fn taken(folder: &Path, what: &Path, open: impl Fn(&Path) -> io::Result<File>) -> Result<Taken, RunError> {
    let path = folder.join(LOCK);
    let lock = lock(&path, open).map_err(|e| match e {
        NoLock::Held(holder) => RunError::Busy { path: what.display().to_string(), holder },
        NoLock::Io(e) => RunError::output(&path, e),
    })?;
    Ok(Taken { folder: folder.to_owned(), _lock: lock })
}

/// What comes of making a folder that may be there already.
fn made(folder: &Path, result: io::Result<()>) -> io::Result<()> {
    match result {
        Ok(()) => durable::sync_folder(folder),
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
            let is_folder = std::fs::symlink_metadata(folder)?.is_dir();
            if is_folder { Ok(()) } else { Err(io::ErrorKind::NotADirectory.into()) }
        }
        Err(e) => Err(e),
    }
}
