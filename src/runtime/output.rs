//! Files that appear whole or not at all.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::checkpoint;
use super::driver;
use super::error::RunError;
use super::links;
use super::part::Part;
use super::record::Extent;
use super::special;
use super::stop::{Stop, watch_signals};
use super::target::{Compression, Target};
use crate::text::visible::visible_json;

/// An open output.
pub(super) struct Output {
    name: String,
    compression: Compression,
    written: u64,
    /// Rows that wait until a member is made of them.
    waiting: Vec<u8>,
    to: To,
}

/// Bytes of rows that become one compressed member where a batch may end at any time.
const MEMBER_BYTES: usize = 1 << 20;

enum To {
    Stdout(io::Stdout),
    /// A terminal, which scraped text must not have any effect on.
    Terminal(Box<dyn Write + Send>),
    /// A file that will have the name `path`.
    Part {
        part: Box<Part>,
        path: PathBuf,
    },
    /// Something that is no regular file, such as a pipe or `/dev/null`.
    Special(File),
    /// Under its final name since an earlier run.
    Published,
}

impl To {
    fn stdout() -> Self {
        let out = io::stdout();
        if out.is_terminal() { Self::Terminal(Box::new(out)) } else { Self::Stdout(out) }
    }

    fn special(file: File) -> Self {
        if file.is_terminal() { Self::Terminal(Box::new(file)) } else { Self::Special(file) }
    }
}

/// Under which name an output waits for its end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the folder of the run's checkpoints.
    Folder,
    /// Beside its final name.
    Beside,
}

impl Output {
    /// Opens a target. Nothing appears under its name yet. `hashed` is for runs with
    /// checkpoints. A pipe that nobody reads is waited for until the run is stopped.
    pub fn open(target: &Target, place: Place, hashed: bool, stop: &Stop) -> Result<Self, RunError> {
        let to = match (target, target.regular()) {
            (Target::Stdout, _) => Ok(To::stdout()),
            (Target::File(path), Some(to)) => return Self::part((target, path), to, place, hashed),
            (Target::File(path), None) if path.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            (Target::Folder(_), _) => Err(io::ErrorKind::IsADirectory.into()),
            // Opened anew, it would have a place of its own in the file that others go on with.
            (Target::File(path), None) if links::is_stdout(path) => Ok(To::stdout()),
            (Target::File(path), None) => special::open(path, stop).map(To::special),
        };
        let to = to.map_err(|error| RunError::Output { path: target.name(), error })?;
        Ok(Self::at(target, to))
    }

    fn at(target: &Target, to: To) -> Self {
        Self { name: target.name(), compression: target.compression(), written: 0, waiting: Vec::new(), to }
    }

    /// Opens what will be a file at `path`; the target's own name may be that of a link.
    fn part(
        (target, name): (&Target, &Path),
        path: PathBuf,
        place: Place,
        hashed: bool,
    ) -> Result<Self, RunError> {
        let failed = |error| RunError::output(name, error);
        if path.file_name().is_none() {
            return Err(failed(io::ErrorKind::InvalidInput.into()));
        }
        let partial = checkpoint::folder_of(&path);
        let partial = if place == Place::Folder { partial.join("rows") } else { partial };
        let busy = || RunError::Busy { path: target.name(), holder: String::new() };
        let part = Part::open_for(&path, partial, hashed).map_err(failed)?.ok_or_else(busy)?;
        let to = To::Part { part: Box::new(part), path };
        Ok(Self::at(target, to))
    }

    /// Whether the file can be gone on with.
    pub fn is_part(&self) -> bool {
        matches!(self.to, To::Part { .. })
    }

    /// Whether a checkpoint speaks of it.
    pub fn is_whole(&self) -> bool {
        matches!(self.to, To::Part { .. } | To::Published)
    }

    /// Empties the file of what an earlier run left there.
    pub fn start(&mut self) -> Result<(), RunError> {
        let result = match &mut self.to {
            To::Part { part, .. } => part.start(),
            _ => Ok(()),
        };
        result.map_err(|e| self.failed(e))
    }

    /// Goes on after what a checkpoint says is there, having checked that it is.
    pub fn go_on(&mut self, extent: &Extent) -> Result<(), RunError> {
        let To::Part { part, .. } = &mut self.to else { return Ok(()) };
        part.go_on(extent)?;
        self.written = extent.bytes;
        Ok(())
    }

    /// The same for a run of which only final names were missing.
    pub fn reopen_finished(target: &Target, place: Place, extent: &Extent) -> Result<Self, RunError> {
        if let Some(path) = target.regular() {
            let partial = checkpoint::folder_of(&path);
            let partial = if place == Place::Folder { partial.join("rows") } else { partial };
            if !partial.exists() {
                let name = target.name();
                return match std::fs::metadata(&path) {
                    Ok(meta) if meta.len() == extent.bytes => {
                        Ok(Self { written: extent.bytes, ..Self::at(target, To::Published) })
                    }
                    Ok(_) => Err(RunError::Damaged {
                        path: name,
                        what: "it changed since it was written".to_owned(),
                    }),
                    Err(e) => Err(RunError::output(&path, e)),
                };
            }
        }
        // What appears whole is no pipe that could be waited for.
        let mut out = Self::open(target, place, true, &Stop::default())?;
        out.go_on(extent)?;
        Ok(out)
    }

    fn failed(&self, error: io::Error) -> RunError {
        RunError::Output { path: self.name.clone(), error }
    }

    /// Writes whole rows, packed already.
    pub fn write(&mut self, rows: &[u8]) -> Result<(), RunError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.written += rows.len() as u64;
        let result = match &mut self.to {
            To::Stdout(out) => out.write_all(rows),
            To::Terminal(out) => out.write_all(visible_json(&String::from_utf8_lossy(rows)).as_bytes()),
            To::Special(file) => file.write_all(rows),
            To::Published => Err(io::Error::other("the file is complete")),
            To::Part { part, .. } => part.write(rows),
        };
        result.map_err(|e| self.failed(e))
    }

    /// Writes whole rows, compressed if the file's ending says so.
    pub fn pack(&mut self, rows: Vec<u8>) -> Result<(), RunError> {
        let packed = self.compression.pack(rows).map_err(|e| self.failed(e))?;
        self.write(&packed)
    }

    /// The same where batches end at any time: members end by the rows alone, so that their bytes are always the same.
    pub fn gather(&mut self, rows: &[u8]) -> Result<(), RunError> {
        if self.compression == Compression::None {
            return self.write(rows);
        }
        self.waiting.extend_from_slice(rows);
        while let Some(from) = self.waiting.get(MEMBER_BYTES - 1..)
            && let Some(end) = memchr::memchr(b'\n', from)
        {
            let rest = self.waiting.split_off(MEMBER_BYTES + end);
            let member = std::mem::replace(&mut self.waiting, rest);
            self.pack(member)?;
        }
        Ok(())
    }

    /// Brings everything written so far to the disk, and says what that is.
    pub fn settle(&mut self) -> Result<Option<Extent>, RunError> {
        let To::Part { part, .. } = &mut self.to else { return Ok(None) };
        let settled = part.settle();
        settled.map(Some).map_err(|error| RunError::Output { path: self.name.clone(), error })
    }

    /// An output of no rows has to be a valid file as well.
    pub fn complete(&mut self) -> Result<(), RunError> {
        let last = std::mem::take(&mut self.waiting);
        self.pack(last)?;
        if self.written == 0 {
            let empty = self.compression.empty().map_err(|e| self.failed(e))?;
            self.write(&empty)?;
        }
        Ok(())
    }

    /// The file goes when the output does.
    pub fn discard(&mut self) {
        if let To::Part { part, .. } = &mut self.to {
            part.discard();
        }
    }

    /// Makes everything durable and, for a file, visible.
    pub fn publish(mut self) -> Result<(), RunError> {
        let result = match &mut self.to {
            To::Stdout(out) => out.flush(),
            To::Terminal(out) => out.flush(),
            To::Special(file) => file.flush(),
            To::Published => Ok(()),
            To::Part { part, path } => part.publish(path),
        };
        result.map_err(|e| self.failed(e))
    }
}

/// Writes one file at once; it appears whole or not at all.
///
/// # Errors
/// [`RunError::Output`], or [`RunError::Busy`] if another process writes the same file.
pub fn write_whole(target: &Target, content: &[u8]) -> Result<(), RunError> {
    let stop = Arc::new(Stop::default());
    let open = || Output::open(target, Place::Beside, false, &stop);
    // Only a pipe is waited for, and signals are heard only by who listens.
    let mut out = if matches!(target, Target::Stdout) || target.regular().is_some() {
        open()?
    } else {
        driver::drive(async {
            tokio::spawn(watch_signals(stop.clone())?);
            open()
        })??
    };
    out.start()?;
    out.write(content)?;
    out.publish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The file that rows become which are gathered in pieces of so many lines.
    fn gathered(rows: &[u8], lines: usize) -> Vec<u8> {
        let dir = tempfile::tempdir().expect("room");
        let path = dir.path().join("rows.jsonl.gz");
        let target = Target::File(path.clone());
        let mut out = Output::open(&target, Place::Beside, false, &Stop::default()).expect("room");
        out.start().expect("room");
        let all: Vec<_> = rows.split_inclusive(|b| *b == b'\n').collect();
        all.chunks(lines).for_each(|piece| out.gather(&piece.concat()).expect("room"));
        out.complete().expect("room");
        out.publish().expect("room");
        std::fs::read(path).expect("it is there")
    }

    #[test]
    fn members_do_not_depend_on_how_rows_come() {
        let row = |i: usize| format!("{{\"row\":{i},\"text\":\"{}\"}}\n", "a".repeat(i % 900));
        let rows = (0..6000).map(row).collect::<String>().into_bytes();
        let whole = gathered(&rows, usize::MAX);
        for lines in [1, 7, 1000, 5999] {
            assert!(gathered(&rows, lines) == whole, "{lines}");
        }
        let mut text = Vec::new();
        let mut members = flate2::read::MultiGzDecoder::new(&*whole);
        io::Read::read_to_end(&mut members, &mut text).expect("it is whole");
        assert!(text == rows && rows.len() > 2 * MEMBER_BYTES);
        assert_eq!(gathered(b"", 1), gzip_of_nothing());
    }

    fn gzip_of_nothing() -> Vec<u8> {
        Compression::Gzip.empty().expect("memory")
    }
}
