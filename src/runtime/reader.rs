//! The reading half: sources to decoded bytes to records to batches.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::BorrowedFd;
use std::os::unix::fs::FileTypeExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::batch::{self, Batch, Item, Limits};
use super::entries::Nest;
use super::pauses::{Pauses, live};
use super::prefix::Prefix;
use super::record::{Cursor, Mark};
use super::small::Small;
use super::sources::Source;
use super::sparse::Sparse;
use super::store::{SourceId, Store};
use super::stream::Stream;
use super::table;
use super::tally::Progress;
use crate::formats::{FormatSpec, InputOptions, Opener};

/// Reads sources one after the other and cuts what they hold into batches.
pub(super) struct Reader<'a> {
    pub input: &'a InputOptions,
    pub format: Option<&'static FormatSpec>,
    pub limits: Limits,
    pub chunk: usize,
    /// Memory that the run may take.
    pub memory_bytes: u64,
    pub stop: &'a AtomicBool,
    pub progress: &'a Progress,
    /// Takes a full batch; `false` ends the run.
    pub emit: &'a mut dyn FnMut(Batch) -> bool,
    /// Called before more is read: may wait for what is under way.
    pub pace: &'a mut dyn FnMut(),
    /// Sources that a checkpoint covers, and where it ends, if the run goes on with one.
    pub resume: Option<(Cursor, Arc<dyn Store>)>,
    /// Picks what is looked at, if not all is.
    pub sparse: Option<Sparse>,
    /// Tells where batches end before they are full.
    pub pauses: Pauses,
    /// Whether reading stops at what holds sources of its own.
    pub flat: bool,
    /// What was read since one was handed out.
    pub batch: Batch,
    /// Items, and bytes of them, since a window ended.
    in_window: (u64, u64),
    /// Number of the source under way.
    number: u64,
    /// Items of it so far.
    items: u64,
    /// Items of it that an earlier run has done.
    done: u64,
    /// Bytes of it so far.
    prefix: Prefix,
    openers: Vec<(&'static str, Arc<dyn Opener>)>,
    buffer: Vec<u8>,
}

/// Why reading ends before the input does.
#[derive(Debug)]
pub(super) enum Stopped {
    /// The receiver of batches is gone, or the user has interrupted the run.
    Gone,
    /// The input is not what a checkpoint was made of.
    Changed(String),
    /// The system is out of something that no other source would have either.
    System(String, io::Error),
}

/// What a record costs a checkpoint beside its bytes.
const RECORD_WEIGHT: u64 = 1024;

impl<'a> Reader<'a> {
    pub fn new(
        (input, format): (&'a InputOptions, Option<&'static FormatSpec>),
        limits: Limits,
        chunk: usize,
        (stop, progress): (&'a AtomicBool, &'a Progress),
        emit: &'a mut dyn FnMut(Batch) -> bool,
        pace: &'a mut dyn FnMut(),
    ) -> Self {
        let buffer = vec![0; chunk];
        Self {
            input,
            format,
            limits,
            chunk,
            memory_bytes: u64::MAX,
            stop,
            progress,
            emit,
            pace,
            resume: None,
            sparse: None,
            pauses: Pauses::Never,
            flat: false,
            batch: Batch::default(),
            in_window: (0, 0),
            number: 0,
            items: 0,
            done: 0,
            prefix: Prefix::default(),
            openers: Vec::new(),
            buffer,
        }
    }

    /// Keeps track of where reading stands, and goes on after `resume`.
    pub fn keep_cursor(&mut self, resume: Option<(Cursor, Arc<dyn Store>)>) {
        self.prefix.wanted();
        self.resume = resume;
    }

    /// Reads one source to its end; one that cannot be found is noted. What a worker has found in it needs no
    /// reading any more.
    pub fn source(
        &mut self,
        source: Result<Source, (String, io::Error)>,
        small: Option<Small>,
    ) -> Result<(), Stopped> {
        let name: Arc<str> = match (&small, &source) {
            (Some(small), _) => small.name.clone(),
            (None, Ok(source)) => source.name().into(),
            (None, Err((name, _))) => name.as_str().into(),
        };
        if self.sparse.as_mut().is_some_and(|sparse| !sparse.wants_source(&name)) {
            return Ok(());
        }
        match small {
            Some(small) => self.small(small)?,
            None if !self.open(&name, source)? => {
                self.number += 1;
                return Ok(());
            }
            None => {}
        }
        self.prefix.end(&name)?;
        if let Some(sparse) = &mut self.sparse {
            sparse.source_read(self.items);
        }
        (self.number, self.items, self.done) = (self.number + 1, 0, 0);
        self.prefix.restart();
        self.flush_if_full()
    }

    /// Opens a source and reads it, unless an earlier run has done it; whether it was read.
    fn open(
        &mut self,
        name: &Arc<str>,
        source: Result<Source, (String, io::Error)>,
    ) -> Result<bool, Stopped> {
        if let Ok(Source::File(path)) = &source {
            self.before_opening(path)?;
        }
        let opened = source.map_err(|(_, e)| e).and_then(|source| match source {
            Source::Stdin => Ok((SourceId::stream(name), None)),
            Source::File(path) => {
                open_file(&path).map(|(file, meta)| (SourceId::file(name, &meta), Some(file)))
            }
        });
        let id = opened.as_ref().map_or_else(|_| SourceId::stream(name), |(id, _)| id.clone());
        if self.is_done(&id)? {
            return Ok(false);
        }
        self.batch.mark.sources.push((self.number, id));
        match opened {
            Ok((_, Some(mut file))) => match table::is_file(&mut file, name) {
                Ok(true) => self.table(name, file)?,
                Ok(false) => self.read(name, &mut &file, live(&file))?,
                // A disk that failed once may read again, but then the run must not pass for a good one.
                Err(e) => self.failed(name.clone(), e)?,
            },
            Ok((_, None)) => self.read(name, &mut io::stdin().lock(), live(&io::stdin()))?,
            Err(e) => self.failed(name.clone(), e)?,
        }
        Ok(true)
    }

    /// Adds what a worker has found in a source, as if it were read now.
    fn small(&mut self, small: Small) -> Result<(), Stopped> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Stopped::Gone);
        }
        (self.pace)();
        let Small { id, stored, slab, items, .. } = small;
        self.batch.mark.sources.push((self.number, id));
        self.progress.read(stored.bytes().len());
        self.prefix.whole(stored);
        for mut item in items {
            let is_end = matches!(item, Item::End(_));
            let header = if let Item::Record(record) = &item { record.opener.header().len() } else { 0 };
            let bytes = item.bytes_mut().map_or(0..0, |range| range.clone());
            let place = |range| {
                if let Some(bytes) = item.bytes_mut() {
                    *bytes = range;
                }
                item
            };
            if self.item(&slab[bytes], place) {
                self.weigh(header);
            }
            if !is_end {
                self.flush_if_full()?;
            }
        }
        Ok(())
    }

    /// Whoever opens a named pipe waits for its writer: rows do not.
    fn before_opening(&mut self, path: &std::path::Path) -> Result<(), Stopped> {
        let is_pipe = || std::fs::metadata(path).is_ok_and(|meta| meta.file_type().is_fifo());
        if self.pauses.are_live() && is_pipe() { self.flush_all() } else { Ok(()) }
    }

    /// Whether an earlier run has done this source; if it has begun it, what it did is noted.
    fn is_done(&mut self, id: &SourceId) -> Result<bool, Stopped> {
        let Some((cursor, store)) = &self.resume else { return Ok(false) };
        if self.number > cursor.source {
            return Ok(false);
        }
        let was = store.source(self.number).map_err(|e| Stopped::Changed(format!("{e:?}")))?;
        match was {
            Some(was) if was != *id => {
                let what = was.difference(id);
                Err(Stopped::Changed(format!("input {} differs: {what}", self.number + 1)))
            }
            Some(_) if self.number == cursor.source => {
                self.done = cursor.items;
                self.prefix.expect(cursor);
                Ok(false)
            }
            Some(_) => Ok(true),
            None => Ok(false),
        }
    }

    /// Notes a source that cannot be read.
    fn failed(&mut self, source: Arc<str>, error: io::Error) -> Result<(), Stopped> {
        use rustix::io::Errno;
        // Leaving documents out because this process has too many files open would be a lie.
        let ours = [Errno::MFILE, Errno::NFILE, Errno::NOMEM].map(Errno::raw_os_error);
        if error.raw_os_error().is_some_and(|e| ours.contains(&e)) {
            return Err(Stopped::System(source.to_string(), error));
        }
        self.item(&[], |_| Item::Failed { source, message: error.to_string() });
        Ok(())
    }

    /// Adds an item with its bytes, unless an earlier run has done it; whether it was added.
    pub(super) fn item(&mut self, bytes: &[u8], make: impl FnOnce(std::ops::Range<usize>) -> Item) -> bool {
        self.items += 1;
        let is_wanted = self.sparse.is_none() || Sparse::wants_item(self.items);
        let is_new = self.items > self.done && is_wanted;
        if is_new {
            self.in_window.0 += 1;
            self.in_window.1 += bytes.len() as u64;
            let bytes = self.batch.keep(bytes);
            self.batch.items.push(make(bytes));
        }
        is_new
    }

    /// The item that was added will take so many bytes more than it has.
    pub(super) fn weigh(&mut self, bytes: usize) {
        self.batch.beyond += bytes;
        self.in_window.1 += bytes as u64;
    }

    /// Hands out the last batch.
    pub fn finish(&mut self) -> Result<(), Stopped> {
        self.flush_all()
    }

    /// Hands out what is there, where no window is open.
    fn flush_all(&mut self) -> Result<(), Stopped> {
        if self.batch.items.is_empty() { Ok(()) } else { self.flush(true) }
    }

    /// Hands out what is complete if `input` has nothing more for now.
    fn flush_if_due(&mut self, stream: &mut Stream, input: Option<BorrowedFd<'_>>) -> Result<(), Stopped> {
        if (self.batch.items.is_empty() && !stream.is_untold()) || !self.pauses.is_due(input) {
            return Ok(());
        }
        stream.tell_early(self)?;
        self.flush_all()
    }

    pub(super) fn flush_if_full(&mut self) -> Result<(), Stopped> {
        let (items, bytes) = self.in_window;
        let ends = self.limits.window.map(|w| items >= w.records || bytes >= w.bytes);
        if ends == Some(true) || self.batch.is_full(self.limits) {
            return self.flush(ends.unwrap_or(true));
        }
        Ok(())
    }

    /// Hands out the batch; `whole` says that no window is open after it.
    fn flush(&mut self, whole: bool) -> Result<(), Stopped> {
        if whole {
            self.in_window = (0, 0);
        }
        let next = Batch {
            slab: batch::buffer(self.limits.bytes + self.limits.bytes / 4),
            beyond: 0,
            items: Vec::with_capacity(self.batch.items.len()),
            mark: Mark::default(),
        };
        let mut batch = std::mem::replace(&mut self.batch, next);
        let mark = &mut batch.mark;
        let (read, hash) = self.prefix.so_far();
        mark.cursor = Cursor { source: self.number, items: self.items, read, hash };
        mark.verified = self.prefix.is_verified();
        mark.whole = whole;
        mark.weight = (batch.slab.len() + batch.beyond) as u64 + batch.items.len() as u64 * RECORD_WEIGHT;
        self.pauses.nothing_waits();
        if (self.emit)(batch) { Ok(()) } else { Err(Stopped::Gone) }
    }

    /// Reads a file that is a table.
    fn table(&mut self, name: &Arc<str>, file: File) -> Result<(), Stopped> {
        self.progress.read(file.metadata().map_or(0, |m| usize::try_from(m.len()).unwrap_or(usize::MAX)));
        let mut stream = Stream::new(name.clone(), Nest::default());
        stream.damage = table::read(file, name, &mut stream, self)?;
        stream.finish(self)
    }

    /// Reads `from` through decoder and segmenter; `input` is what it reads from, if that may pause.
    pub fn read(
        &mut self,
        name: &Arc<str>,
        from: &mut dyn Read,
        input: Option<BorrowedFd<'_>>,
    ) -> Result<(), Stopped> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = self.read_with(name, (from, input), &mut buffer);
        self.buffer = buffer;
        result
    }

    fn read_with(
        &mut self,
        name: &Arc<str>,
        (from, input): (&mut dyn Read, Option<BorrowedFd<'_>>),
        buffer: &mut [u8],
    ) -> Result<(), Stopped> {
        let mut stream = Stream::new(name.clone(), Nest::default());
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(Stopped::Gone);
            }
            self.flush_if_due(&mut stream, input)?;
            (self.pace)();
            match from.read(buffer) {
                Ok(0) => break,
                Ok(n) => {
                    self.progress.read(n);
                    self.prefix.add(&buffer[..n], name)?;
                    stream.push(&buffer[..n], self)?;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    self.failed(name.clone(), e)?;
                    stream.damaged = true;
                    break;
                }
            }
        }
        stream.finish(self)
    }

    pub(super) fn opener(&mut self, format: &'static FormatSpec) -> Arc<dyn Opener> {
        if let Some((_, opener)) = self.openers.iter().find(|(name, _)| *name == format.name) {
            return opener.clone();
        }
        let opener = (format.opener)(self.input);
        self.openers.push((format.name, opener.clone()));
        opener
    }
}

fn open_file(path: &std::path::Path) -> io::Result<(File, std::fs::Metadata)> {
    let file = File::open(path)?;
    let meta = file.metadata()?;
    if meta.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok((file, meta))
}
