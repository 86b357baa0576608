//! The writing half: files that appear whole or not at all.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Where one kind of row goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Standard output.
    Stdout,
    /// A file; `.gz` and `.zst` endings mean compression.
    File(PathBuf),
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
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    pub ledger: bool,
    pub quarantine: bool,
}

/// Writing has failed.
#[derive(Debug)]
pub(super) struct Failed {
    pub path: String,
    pub error: io::Error,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
    Zstd,
}

impl Target {
    pub(super) fn compression(&self) -> Compression {
        let ending = match self {
            Self::Stdout => None,
            Self::File(path) => path.extension().and_then(|e| e.to_str()),
        };
        match ending {
            Some("gz") => Compression::Gzip,
            Some("zst") => Compression::Zstd,
            _ => Compression::None,
        }
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
        }
    }

    /// What an output without rows consists of.
    fn empty(self) -> io::Result<Vec<u8>> {
        match self {
            Self::None => Ok(Vec::new()),
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

/// An open output.
pub(super) struct Output {
    name: String,
    compression: Compression,
    wrote: bool,
    to: To,
}

enum To {
    Stdout(io::Stdout),
    /// A temporary file beside the final one.
    File {
        temporary: NamedTempFile,
        path: PathBuf,
    },
    /// Something that is no regular file, such as a pipe or `/dev/null`.
    Special(File),
}

impl Output {
    /// Opens a target. Nothing appears under its name yet.
    pub fn open(target: &Target) -> Result<Self, Failed> {
        let compression = target.compression();
        let (name, to) = match target {
            Target::Stdout => ("standard output".to_owned(), Ok(To::Stdout(io::stdout()))),
            Target::File(path) => (path.to_string_lossy().into_owned(), open(path)),
        };
        match to {
            Ok(to) => Ok(Self { name, compression, wrote: false, to }),
            Err(error) => Err(Failed { path: name, error }),
        }
    }

    fn failed(&self, error: io::Error) -> Failed {
        Failed { path: self.name.clone(), error }
    }

    /// Writes whole rows, packed already.
    pub fn write(&mut self, rows: &[u8]) -> Result<(), Failed> {
        if rows.is_empty() {
            return Ok(());
        }
        self.wrote = true;
        let result = match &mut self.to {
            To::Stdout(out) => out.write_all(rows),
            To::File { temporary, .. } => temporary.write_all(rows),
            To::Special(file) => file.write_all(rows),
        };
        result.map_err(|e| self.failed(e))
    }

    /// Writes whole rows, compressed if the file's ending says so.
    pub fn pack(&mut self, rows: Vec<u8>) -> Result<(), Failed> {
        let packed = self.compression.pack(rows).map_err(|e| self.failed(e))?;
        self.write(&packed)
    }

    /// Makes everything durable and, for a file, visible.
    pub fn publish(mut self) -> Result<(), Failed> {
        if !self.wrote {
            let empty = self.compression.empty().map_err(|e| self.failed(e))?;
            self.write(&empty)?;
        }
        let name = self.name.clone();
        self.to.publish().map_err(|error| Failed { path: name, error })
    }
}

impl To {
    fn publish(self) -> io::Result<()> {
        match self {
            Self::Stdout(mut out) => out.flush(),
            Self::Special(mut file) => file.flush(),
            Self::File { temporary, path } => {
                temporary.as_file().sync_all()?;
                temporary.persist(&path).map_err(|e| e.error)?;
                sync_folder(&path)
            }
        }
    }
}

/// Writes one file at once; it appears whole or not at all.
///
/// # Errors
/// [`super::RunError::Output`].
pub fn write_whole(target: &Target, content: &[u8]) -> Result<(), super::RunError> {
    let mut out = Output::open(target)?;
    out.write(content)?;
    Ok(out.publish()?)
}

fn open(path: &Path) -> io::Result<To> {
    if let Ok(meta) = std::fs::metadata(path) {
        if meta.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if !meta.is_file() {
            return File::options().write(true).open(path).map(To::Special);
        }
    }
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let prefix = format!(".{}.", name.to_string_lossy());
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".partial");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As an ordinary `open` would create it: the umask still applies.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let temporary = builder.tempfile_in(folder(path))?;
    Ok(To::File { temporary, path: path.to_owned() })
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(p) if !p.as_os_str().is_empty() => p,
        _ => Path::new("."),
    }
}

/// A rename is durable once its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder(path))?.sync_all() } else { Ok(()) }
}
