//! Rows as a folder of shards, which appears by one rename; or as a file that is made like one.
//!
//! In the folder of the run's checkpoints, `rows` is what will have the final name, and `shards`
//! is a list of the shards that are done. That list and the shards under way, one for each split,
//! are what a checkpoint speaks of: a shard is on the disk before its line is written.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::access;
use super::checkpoint::{ROWS, folder_of};
use super::durable;
use super::error::RunError;
use super::folder::{Folder, Format};
use super::manifest::{self, MANIFEST, Shard};
use super::part::Part;
use super::record::{Extent, OpenShard, Record, Shelf};
use super::seal::{self, Means, SEALED, SPOOL};
use super::tally::Report;
use super::work::Piece;

/// The list of shards that are done, a line of JSON each.
pub(super) const LIST: &str = "shards";

pub(super) struct Shards {
    folder: Folder,
    /// Of what bears on the rows.
    digest: String,
    /// Of the run's checkpoints.
    home: PathBuf,
    list: Part,
    /// By split.
    open: Vec<Open>,
    /// Of the manifest, or of the one file, once there is one.
    last: Option<Extent>,
    /// A checkpoint speaks of it.
    keep: bool,
    /// It has its final name since an earlier run.
    published: bool,
}

/// The shard of a split that is under way.
#[derive(Default)]
struct Open {
    number: u32,
    rows: u64,
    /// Bytes of its rows before compression.
    raw: u64,
    part: Option<Part>,
}

impl Drop for Shards {
    fn drop(&mut self) {
        if !self.keep {
            self.list.discard();
            // The run has a better error to show.
            for name in [ROWS, SPOOL, SEALED] {
                let _ = durable::remove_tree(&self.home.join(name));
            }
        }
    }
}

impl Shards {
    /// Goes on where `record` says, or starts empty.
    pub fn open(folder: &Folder, record: Option<&Record>, digest: Option<&str>) -> Result<Self, RunError> {
        let home = folder_of(&folder.path);
        let published = record.is_some_and(|r| r.finished) && !home.join(ROWS).exists();
        if !published {
            is_free(folder).map_err(|e| RunError::output(&folder.path, e))?;
        }
        let failed = |path: &Path, e| RunError::output(path, e);
        if record.is_none() {
            for name in [ROWS, SPOOL, SEALED, LIST] {
                durable::remove_tree(&home.join(name)).map_err(|e| failed(&home.join(name), e))?;
            }
        }
        let path = home.join(LIST);
        let busy = || RunError::Busy { path: folder.path.display().to_string(), holder: String::new() };
        let list = Part::open(path.clone(), true).map_err(|e| failed(&path, e))?.ok_or_else(busy)?;
        let open = (0..folder.splits.names().len().max(1)).map(|_| Open::default()).collect();
        let folder = folder.clone();
        let digest = digest.unwrap_or_default().to_owned();
        let mut all = Self { folder, digest, home, list, open, last: None, keep: false, published };
        match record.map(|r| &r.shelf) {
            None => all.start().map_err(|(path, e)| failed(&path, e))?,
            Some(shelf) => all.go_on(shelf.as_ref())?,
        }
        Ok(all)
    }

    fn start(&mut self) -> Result<(), (PathBuf, io::Error)> {
        self.list.start().map_err(|e| (self.home.join(LIST), e))?;
        self.folders().try_for_each(|path| durable::make_folder(&path).map_err(|e| (path, e)))
    }

    /// Goes on after what a checkpoint says is there, having checked that it is.
    fn go_on(&mut self, shelf: Option<&Shelf>) -> Result<(), RunError> {
        self.keep = true;
        let nothing = Shelf::default();
        let shelf = shelf.unwrap_or(&nothing);
        self.list.go_on(&shelf.list)?;
        self.last.clone_from(&shelf.last);
        if self.published {
            let path = &self.folder.path;
            let path = if shelf.single { path.clone() } else { path.join(MANIFEST) };
            return same_size(&path, shelf.last.as_ref().map_or(0, |last| last.bytes));
        }
        for shard in list_of(&self.home.join(LIST))? {
            let shard = shard?;
            let waiting = self.waiting(&shard.file);
            // Parquet has taken its place, if it was made already.
            if !(self.is_spooled() && !waiting.exists() && self.place(&shard.file).exists()) {
                same_size(&waiting, shard.bytes)?;
            }
        }
        for (split, was) in shelf.open.iter().enumerate().take(self.open.len()) {
            let part = match &was.extent {
                None => None,
                Some(extent) => {
                    let mut part = self.part(split, was.number)?;
                    part.go_on(extent)?;
                    Some(part)
                }
            };
            self.open[split] = Open { number: was.number, rows: was.rows, raw: was.raw, part };
        }
        Ok(())
    }

    /// Whether shards wait in a spool for all rows to be there.
    pub fn is_spooled(&self) -> bool {
        self.folder.format == Format::Parquet
    }

    /// The folder that will have the final name, that of the spool, and those in them.
    fn folders(&self) -> impl Iterator<Item = PathBuf> + use<> {
        let tops = [(ROWS, !self.folder.single), (SPOOL, self.is_spooled())];
        let tops = tops.into_iter().filter(|(_, used)| *used).map(|(name, _)| self.home.join(name));
        let names = self.folder.splits.names();
        let with = |top: PathBuf| {
            names.iter().fold(vec![top.clone()], |all, name| [all, vec![top.join(name)]].concat())
        };
        tops.flat_map(with).collect::<Vec<_>>().into_iter()
    }

    /// Where a shard stands while rows come.
    fn waiting(&self, file: &str) -> PathBuf {
        self.home.join(if self.is_spooled() { SPOOL } else { ROWS }).join(file)
    }

    /// Where it stands when the folder gets its name.
    fn place(&self, file: &str) -> PathBuf {
        let rows = self.home.join(ROWS);
        if self.folder.single { rows } else { rows.join(file) }
    }

    fn part(&self, split: usize, number: u32) -> Result<Part, RunError> {
        let path = self.waiting(&self.folder.shard(split, number));
        let busy = || RunError::Busy { path: path.display().to_string(), holder: String::new() };
        Part::open(path.clone(), true).map_err(|e| RunError::output(&path, e))?.ok_or_else(busy)
    }

    /// Writes the rows of a batch. A shard ends before a batch that it has no room for.
    pub fn write(&mut self, pieces: &[Piece]) -> Result<(), RunError> {
        for (split, piece) in pieces.iter().enumerate().filter(|(_, piece)| piece.rows > 0) {
            let open = &self.open[split];
            if open.rows > 0 && open.raw.saturating_add(piece.raw) > self.folder.shard_bytes {
                self.close(split)?;
            }
            self.add(split, &piece.bytes)?;
            self.open[split].rows += piece.rows;
            self.open[split].raw += piece.raw;
        }
        Ok(())
    }

    fn add(&mut self, split: usize, bytes: &[u8]) -> Result<(), RunError> {
        if self.open[split].part.is_none() {
            let mut part = self.part(split, self.open[split].number)?;
            part.start().map_err(|e| self.failed(split, e))?;
            self.open[split].part = Some(part);
        }
        let part = self.open[split].part.as_mut().map_or(Ok(()), |part| part.write(bytes));
        part.map_err(|e| self.failed(split, e))
    }

    fn failed(&self, split: usize, error: io::Error) -> RunError {
        RunError::output(&self.waiting(&self.folder.shard(split, self.open[split].number)), error)
    }

    /// Ends the shard of a split that is under way: it is brought to the disk and listed.
    fn close(&mut self, split: usize) -> Result<(), RunError> {
        let Some(part) = &mut self.open[split].part else { return Ok(()) };
        let extent = part.settle().map_err(|e| self.failed(split, e))?;
        let Open { number, rows, raw, .. } = std::mem::take(&mut self.open[split]);
        self.open[split].number = number + 1;
        let file = self.folder.shard(split, number);
        let Extent { bytes, blake3 } = extent;
        let shard = Shard { split: self.split(split), file, rows, json_bytes: raw, bytes, blake3 };
        self.list.write(&shard.line()).map_err(|e| RunError::output(&self.home.join(LIST), e))
    }

    /// Name of a split, as loaders know it.
    fn split(&self, number: usize) -> String {
        self.folder.splits.names().get(number).map_or("train", String::as_str).to_owned()
    }

    /// Brings everything written so far to the disk, and says what that is.
    pub fn settle(&mut self) -> Result<Shelf, RunError> {
        self.keep = true;
        let mut open = Vec::new();
        for split in 0..self.open.len() {
            let Open { number, rows, raw, part } = &mut self.open[split];
            let (number, rows, raw) = (*number, *rows, *raw);
            let extent = part.as_mut().map(Part::settle).transpose().map_err(|e| self.failed(split, e))?;
            open.push(OpenShard { number, rows, raw, extent });
        }
        let failed = |path: &Path, e| RunError::output(path, e);
        for folder in self.folders().filter(|_| !self.published) {
            durable::sync_folder(&folder.join(MANIFEST)).map_err(|e| failed(&folder, e))?;
        }
        let list = self.list.settle().map_err(|e| failed(&self.home.join(LIST), e))?;
        Ok(Shelf { list, open, single: self.folder.single, last: self.last.clone() })
    }

    /// Shards, those under way included.
    pub fn count(&self) -> u64 {
        self.open.iter().map(|o| u64::from(o.number) + u64::from(o.part.is_some())).sum()
    }

    /// All rows are there. A split without rows has a shard without rows.
    pub fn complete(&mut self) -> Result<(), RunError> {
        if self.published {
            return Ok(());
        }
        for split in 0..self.open.len() {
            if self.open[split].number == 0 && self.open[split].part.is_none() {
                let empty = self.folder.format.compression().empty().map_err(|e| self.failed(split, e))?;
                self.add(split, &empty)?;
            }
            self.close(split)?;
        }
        Ok(())
    }

    /// Makes of what waits in the spool what was asked for; whether it came to its end. All rows
    /// are there.
    pub fn seal(&mut self, means: Means<'_>) -> Result<bool, RunError> {
        if self.published || !self.is_spooled() {
            return Ok(true);
        }
        self.keep = true;
        let mut sealed = seal::List::start(&self.home)?;
        let pipeline = &self.folder.about.digest;
        let notes =
            [("textmill.config_blake3", self.digest.as_str()), ("textmill.pipeline_blake3", pipeline)];
        for shard in list_of(&self.home.join(LIST))? {
            let shard = shard?;
            let (from, to) = (self.waiting(&shard.file), self.place(&shard.file));
            let Some(extent) = seal::shard(&from, &to, &notes, means)? else { return Ok(false) };
            self.last = Some(extent.clone());
            sealed.add(Shard { bytes: extent.bytes, blake3: extent.blake3, ..shard })?;
        }
        Ok(true)
    }

    /// Writes the manifest and the card.
    pub fn describe(&mut self, report: &Report) -> Result<(), RunError> {
        if self.published || self.folder.single {
            return Ok(());
        }
        let rows = self.home.join(ROWS);
        let list = self.home.join(if self.is_spooled() { SEALED } else { LIST });
        let extent = manifest::write(&rows, (&self.folder, &self.digest), report, || list_of(&list))?;
        self.last = Some(extent);
        Ok(())
    }

    /// The rows go when this does.
    pub fn discard(&mut self) {
        self.keep = false;
    }

    fn name(&self, to: &Path) -> io::Result<()> {
        let rows = self.home.join(ROWS);
        if self.folder.single {
            access::copy(&File::open(&rows)?, to)?;
        }
        durable::rename(&rows, to)?;
        durable::sync_folder(to)
    }

    /// Gives the folder its final name.
    pub fn publish(mut self: Box<Self>) -> Result<(), RunError> {
        if !self.published {
            self.settle()?;
            let to = &self.folder.path;
            self.name(to).map_err(|e| RunError::output(to, e))?;
        }
        self.keep = true;
        Ok(())
    }
}

/// The shards of a list.
fn list_of(path: &Path) -> Result<impl Iterator<Item = Result<Shard, RunError>> + use<>, RunError> {
    let path = path.to_owned();
    let file = File::open(&path).map_err(|e| RunError::output(&path, e))?;
    Ok(BufReader::new(file).split(b'\n').map(move |line| {
        let line = line.map_err(|e| RunError::output(&path, e))?;
        serde_json::from_slice(&line)
            .map_err(|e| RunError::Damaged { path: path.display().to_string(), what: e.to_string() })
    }))
}

/// Whether a folder can appear there, or a file, which may replace another.
fn is_free(folder: &Folder) -> io::Result<()> {
    if !Format::ALL.contains(&folder.format) {
        return Err(io::Error::new(io::ErrorKind::Unsupported, "this textmill is built without Parquet"));
    }
    let path = &folder.path;
    if folder.single {
        return match std::fs::metadata(path) {
            Ok(meta) if meta.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(meta) if !meta.is_file() => Err(io::Error::other("Parquet needs a file that can be replaced")),
            _ => Ok(()),
        };
    }
    if path.file_name().is_none() {
        return Err(io::ErrorKind::InvalidFilename.into());
    }
    match std::fs::read_dir(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(e),
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(io::ErrorKind::DirectoryNotEmpty.into()),
        },
    }
}

/// A shard that is done is told by its size: its content was on the disk before it was listed,
/// and reading all of a large run again would take as long as the run.
fn same_size(path: &Path, bytes: u64) -> Result<(), RunError> {
    let damaged = |what: String| RunError::Damaged { path: path.display().to_string(), what };
    match std::fs::metadata(path) {
        Ok(meta) if meta.len() == bytes => Ok(()),
        Ok(meta) => Err(damaged(format!("it had {bytes} bytes and has {} now", meta.len()))),
        Err(e) => Err(damaged(e.to_string())),
    }
}
