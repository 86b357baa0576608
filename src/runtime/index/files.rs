//! Reading and writing at a place of a file, and errors that know the file.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// An error with the file it came from.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
struct At {
    path: PathBuf,
    error: io::Error,
}

/// Lets an error know its file, if that has a name.
pub(super) fn at(path: Option<&Path>, error: io::Error) -> io::Error {
    match path {
        Some(path) => io::Error::new(error.kind(), At { path: path.to_owned(), error }),
        None => error,
    }
}

/// The file that an error came from.
pub(super) fn place_of(error: &io::Error) -> Option<&Path> {
    error.get_ref()?.downcast_ref::<At>().map(|at| at.path.as_path())
}

#[cfg(unix)]
pub(super) fn read_at(file: &File, to: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, to, at)
}

#[cfg(unix)]
pub(super) fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(not(unix))]
pub(super) fn read_at(mut file: &File, to: &mut [u8], at: u64) -> io::Result<()> {
    use std::io::{Read, Seek};
    file.seek(io::SeekFrom::Start(at))?;
    file.read_exact(to)
}

#[cfg(not(unix))]
pub(super) fn write_at(mut file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    use std::io::{Seek, Write};
    file.seek(io::SeekFrom::Start(at))?;
    file.write_all(bytes)
}
