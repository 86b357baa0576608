//! Rows as a folder of shards, which appears by one rename.
//!
//! In the folder of the run's checkpoints, `rows` is what will have the final name, and `shards`
//! is a list of the shards that are done. That list and the shards under way, one for each split,
//! are what a checkpoint speaks of: a shard is on the disk before its line is written.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::checkpoint::{ROWS, folder_of};
use super::durable;
use super::error::RunError;
use super::folder::Folder;
use super::manifest::{self, MANIFEST, Shard};
use super::part::Part;
use super::record::{Extent, OpenShard, Record, Shelf};
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
    /// Of the manifest, once there is one.
    manifest: Option<Extent>,
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
            let _ = durable::remove_tree(&self.home.join(ROWS));
        }
    }
}

impl Shards {
    /// Goes on where `record` says, or starts empty.
    pub fn open(folder: &Folder, record: Option<&Record>, digest: Option<&str>) -> Result<Self, RunError> {
        let home = folder_of(&folder.path);
        let published = record.is_some_and(|r| r.finished) && !home.join(ROWS).exists();
        if !published {
            is_free(&folder.path).map_err(|e| RunError::output(&folder.path, e))?;
        }
        let failed = |path: &Path, e| RunError::output(path, e);
        if record.is_none() {
            for name in [ROWS, LIST] {
                durable::remove_tree(&home.join(name)).map_err(|e| failed(&home.join(name), e))?;
            }
        }
        let path = home.join(LIST);
        let busy = || RunError::Busy { path: folder.path.display().to_string(), holder: String::new() };
        let list = Part::open(path.clone(), true).map_err(|e| failed(&path, e))?.ok_or_else(busy)?;
        let open = (0..folder.splits.names().len().max(1)).map(|_| Open::default()).collect();
        let folder = folder.clone();
        let digest = digest.unwrap_or_default().to_owned();
        let mut all = Self { folder, digest, home, list, open, manifest: None, keep: false, published };
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
        self.manifest.clone_from(&shelf.manifest);
        if self.published {
            let path = self.folder.path.join(MANIFEST);
            return same_size(&path, shelf.manifest.as_ref().map_or(0, |m| m.bytes));
        }
        for shard in self.list()? {
            let shard = shard?;
            same_size(&self.home.join(ROWS).join(&shard.file), shard.bytes)?;
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

    /// The folder that will have the final name, and those in it.
    fn folders(&self) -> impl Iterator<Item = PathBuf> + use<> {
        let rows = self.home.join(ROWS);
        let splits: Vec<_> = self.folder.splits.names().iter().map(|name| rows.join(name)).collect();
        std::iter::once(rows).chain(splits)
    }

    fn part(&self, split: usize, number: u32) -> Result<Part, RunError> {
        let path = self.home.join(ROWS).join(self.folder.shard(split, number));
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
        RunError::output(&self.home.join(ROWS).join(self.folder.shard(split, self.open[split].number)), error)
    }

    /// Ends the shard of a split that is under way: it is brought to the disk and listed.
    fn close(&mut self, split: usize) -> Result<(), RunError> {
        let Some(part) = &mut self.open[split].part else { return Ok(()) };
        let extent = part.settle().map_err(|e| self.failed(split, e))?;
        let Open { number, rows, raw, .. } = std::mem::take(&mut self.open[split]);
        self.open[split].number = number + 1;
        let file = self.folder.shard(split, number).to_string_lossy().into_owned();
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
        Ok(Shelf { list, open, manifest: self.manifest.clone() })
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

    /// The shards that are done.
    fn list(&self) -> Result<impl Iterator<Item = Result<Shard, RunError>> + use<>, RunError> {
        let path = self.home.join(LIST);
        let file = File::open(&path).map_err(|e| RunError::output(&path, e))?;
        Ok(BufReader::new(file).split(b'\n').map(move |line| {
            let line = line.map_err(|e| RunError::output(&path, e))?;
            serde_json::from_slice(&line)
                .map_err(|e| RunError::Damaged { path: path.display().to_string(), what: e.to_string() })
        }))
    }

    /// Writes the manifest and the card.
    pub fn describe(&mut self, report: &Report) -> Result<(), RunError> {
        if self.published {
            return Ok(());
        }
        let rows = self.home.join(ROWS);
        let extent = manifest::write(&rows, (&self.folder, &self.digest), report, || self.list())?;
        self.manifest = Some(extent);
        Ok(())
    }

    /// The rows go when this does.
    pub fn discard(&mut self) {
        self.keep = false;
    }

    /// Gives the folder its final name.
    pub fn publish(mut self: Box<Self>) -> Result<(), RunError> {
        if !self.published {
            self.settle()?;
            let to = &self.folder.path;
            let named = durable::rename(&self.home.join(ROWS), to).and_then(|()| durable::sync_folder(to));
            named.map_err(|e| RunError::output(to, e))?;
        }
        self.keep = true;
        Ok(())
    }
}

/// Whether a folder can appear there.
fn is_free(path: &Path) -> io::Result<()> {
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
