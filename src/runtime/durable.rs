//! Steps that have to survive a power cut, each in one place.
//!
//! A failed fsync is an error for good: the pages it was to write may be gone, so nothing here
//! tries again.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::access;

/// A test may end the process before the n-th durable step; see `tools/torture`.
#[cfg(debug_assertions)]
fn step() {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};
    static LAST: OnceLock<Option<u64>> = OnceLock::new();
    static DONE: AtomicU64 = AtomicU64::new(0);
    let last = LAST.get_or_init(|| std::env::var("TEXTMILL_KILL_AT").ok()?.parse().ok());
    if last.is_some_and(|last| DONE.fetch_add(1, Ordering::SeqCst) + 1 == last) {
        let me = rustix::process::getpid();
        // If it fails the test sees a run that was not killed.
        let _ = rustix::process::kill_process(me, rustix::process::Signal::KILL);
    }
}

#[cfg(not(debug_assertions))]
fn step() {}

/// Opens a file for reading and writing, made if absent; a symbolic link is refused, as it
/// may have been put there to have another file overwritten.
pub(super) fn open(path: &Path) -> io::Result<File> {
    step();
    options().create(true).open(path)
}

/// The same for a file that stands under a name that others can guess, in a folder that they may
/// write to: one that is there already has to be a file of this user, and to have no second name.
/// One that is made can be read by `mode`, as far as the process makes such files.
pub(super) fn open_own(path: &Path, mode: u32) -> io::Result<File> {
    step();
    loop {
        match options().create_new(true).mode(mode).open(path) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made,
        }
        match options().open(path) {
            // It has gone between the two calls.
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(e),
            Ok(file) => {
                let meta = file.metadata()?;
                access::is_single(&meta, path).and_then(|()| access::is_own(&meta, path))?;
                return Ok(file);
            }
        }
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits() as i32);
    options
}

/// Cuts a file to `length`.
pub(super) fn truncate(file: &File, length: u64) -> io::Result<()> {
    step();
    file.set_len(length)
}

/// Brings a file's content to the disk.
pub(super) fn sync(file: &File) -> io::Result<()> {
    step();
    file.sync_all()
}

/// Gives a file its final name. It is durable once [`sync_folder`] is done.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    step();
    std::fs::rename(from, to)
}

/// Removes a file, if it is there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    step();
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Makes a folder, if it is not there, and its name durable.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    step();
    match std::fs::create_dir(path) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(e),
        _ => sync_folder(path),
    }
}

/// Removes a file, or a folder with all that is in it, if it is there; links are not followed.
pub(super) fn remove_tree(path: &Path) -> io::Result<()> {
    step();
    let removed = match std::fs::symlink_metadata(path) {
        Ok(meta) if meta.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(e) => Err(e),
    };
    match removed {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

/// Brings the names in the folder of `path` to the disk.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    step();
    if cfg!(unix) { File::open(folder(path))?.sync_all() } else { Ok(()) }
}

/// Just before the store's own commit.
pub(super) fn before_commit() {
    step();
}

/// The folder a path stands in.
pub(super) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    }
}
