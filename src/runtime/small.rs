//! Small files are read by workers, many at a time: opening one, telling its format, learning its separators and
//! cutting it cost more than its bytes do, and one thread would have to do all of that alone.
//!
//! Workers only collect what is in a file. The reader adds it to its batches in input order, as if it had
//! read the file itself, so that whoever comes after it sees no difference. A file about which anything is
//! unusual (it cannot be read, it is large, an archive, a table, damaged) is left to the reader.

use std::collections::VecDeque;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc;

use rustix::process::{Resource, getrlimit};

use super::batch::{Item, Limits};
use super::clock::{Clock, Part, timed};
use super::entries::Nest;
use super::reader::Reader;
use super::sources::Source;
use super::sparse::Sparse;
use super::store::SourceId;
use super::stream::Stream;
use super::table;
use super::tally::Progress;
use super::work::guarded;
use crate::formats::{FormatSpec, InputOptions, wrapping};

/// Most bytes of a small file, as stored: with more of them the reader is no slower than the workers' ways.
const SMALL_BYTES: usize = 64 << 10;
/// Most bytes that a small file decodes to: each is held until its turn comes.
const DECODED_BYTES: usize = 128 << 10;
/// Bytes of a group, stored and cut, after which the rest of its files are left to the reader.
const GROUP_BYTES: usize = 256 << 10;
/// Bytes that a group holds at most.
const MOST_BYTES: usize = GROUP_BYTES + SMALL_BYTES + DECODED_BYTES;
/// FileBytes bytes that a group should have, so that handing it over costs little beside reading it.
const AIM_BYTES: u64 = 64 << 10;
/// Most files of a group.
const MAX_FILES: usize = 64;
/// Files that may be open beside those of workers: outputs, indexes, tables, what the program has anyway.
const SPARE_FILES: u64 = 128;
/// Files of the first group, when nothing is known of their sizes.
const FIRST_FILES: usize = 8;

/// What is in a small file.
pub(super) struct Small {
    pub name: Arc<str>,
    pub id: SourceId,
    /// Its bytes as stored.
    pub stored: FileBytes,
    /// What it holds, in order, its end included; bytes stand in `slab`.
    pub items: Vec<Item>,
    pub slab: Arc<Vec<u8>>,
}

/// Bytes of one file among those of its group.
pub(super) struct FileBytes {
    group: Arc<Vec<u8>>,
    range: Range<usize>,
}

impl FileBytes {
    pub fn bytes(&self) -> &[u8] {
        &self.group[self.range.clone()]
    }
}

/// What workers need to read small files.
pub(super) struct Workers {
    pool: Arc<rayon::ThreadPool>,
    input: InputOptions,
    format: Option<&'static FormatSpec>,
    clock: Option<Arc<Clock>>,
}

/// A source as the walk finds it.
pub(super) type Walked = Result<Source, (String, io::Error)>;

/// A group that workers have read: each source with what is in it, unless that is left to the reader.
struct Gathered {
    sources: Vec<(Source, Option<Small>)>,
    /// Bytes of all its files, as far as they were looked at.
    bytes: u64,
}

/// A file of a group that is under way.
struct Cut {
    name: Arc<str>,
    id: SourceId,
    stored: Range<usize>,
    items: Vec<Item>,
}

impl Workers {
    pub fn new(
        pool: Arc<rayon::ThreadPool>,
        (input, format): (&InputOptions, Option<&'static FormatSpec>),
        clock: Option<Arc<Clock>>,
    ) -> Self {
        let mut input = input.clone();
        // What decodes to more has damage for a worker, and is left to the reader.
        let most = DECODED_BYTES as u64;
        input.max_decoded_bytes =
            if input.max_decoded_bytes == 0 { most } else { most.min(input.max_decoded_bytes) };
        Self { pool, input, format, clock }
    }

    /// Reads those files that are wanted, one after the other.
    fn read(&self, sources: Vec<(Source, bool)>) -> Gathered {
        let (stop, progress) = (AtomicBool::new(false), Progress::default());
        let limits = Limits { bytes: usize::MAX, items: usize::MAX, window: None };
        let (mut emit, mut pace) = (|_| false, || {});
        let shared = (&stop, &progress);
        let mut reader =
            Reader::new((&self.input, self.format), limits, SMALL_BYTES, shared, &mut emit, &mut pace);
        reader.flat = true;
        let mut files = Files { reader, stored: Vec::with_capacity(AIM_BYTES as usize), bytes: 0 };
        let cut = |(source, wanted): &(Source, bool)| if *wanted { files.cut(source) } else { None };
        let cut: Vec<_> = sources.iter().map(cut).collect();
        let Files { reader, stored, bytes } = files;
        let (stored, slab) = (Arc::new(stored), Arc::new(reader.batch.slab));
        let small = |Cut { name, id, stored: range, items }| {
            let stored = FileBytes { group: stored.clone(), range };
            Small { name, id, stored, items, slab: slab.clone() }
        };
        let sources = sources.into_iter().map(|(source, _)| source);
        let sources = sources.zip(cut.into_iter().map(|cut| cut.map(small))).collect();
        Gathered { sources, bytes }
    }
}

/// Files of a group that are being read.
struct Files<'a> {
    /// Collects what they hold.
    reader: Reader<'a>,
    stored: Vec<u8>,
    bytes: u64,
}

impl Files<'_> {
    /// What is in a file, unless there is anything unusual about it.
    fn cut(&mut self, source: &Source) -> Option<Cut> {
        let Source::File(path) = source else { return None };
        let (stored, slab, items) =
            (self.stored.len(), self.reader.batch.slab.len(), self.reader.batch.items.len());
        if stored + slab > GROUP_BYTES {
            return None;
        }
        let name: Arc<str> = source.name().into();
        let id = self.fill(path).map(|meta| SourceId::file(&name, &meta));
        let done = id.is_some() && guarded(|| Ok(self.stream(&name, stored, items))).unwrap_or(false);
        if !done {
            self.stored.truncate(stored);
            self.reader.batch.slab.truncate(slab);
            self.reader.batch.items.truncate(items);
            return None;
        }
        let items = self.reader.batch.items.drain(items..).collect();
        Some(Cut { name, id: id?, stored: stored..self.stored.len(), items })
    }

    /// Reads a file to its end, if it is small and has the bytes that it should have.
    fn fill(&mut self, path: &Path) -> Option<Metadata> {
        // Before it is opened: opening a pipe would take away what is in it.
        let meta = std::fs::metadata(path).ok()?;
        self.bytes += meta.len();
        let size = usize::try_from(meta.len()).ok().filter(|size| meta.is_file() && *size <= SMALL_BYTES)?;
        let mut file = open(path).ok()?;
        let start = self.stored.len();
        // One byte more shows that there is no more to come.
        self.stored.resize(start + size + 1, 0);
        let mut end = start;
        loop {
            match file.read(&mut self.stored[end..]) {
                Ok(0) => break,
                Ok(n) => end += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(_) => return None,
            }
            // A file that has given all it should have has ended where there was room for more.
            if end >= start + size {
                break;
            }
        }
        self.stored.truncate(end);
        (end <= start + size).then_some(meta)
    }

    /// Cuts the file whose bytes begin at `stored`; whether nothing about it is unusual.
    fn stream(&mut self, name: &Arc<str>, stored: usize, items: usize) -> bool {
        let bytes = &self.stored[stored..];
        if table::is(bytes, name) || !wrapping::is_light(bytes) {
            return false;
        }
        let mut stream = Stream::new(name.clone(), Nest::default());
        let read = stream.push(bytes, &mut self.reader).and_then(|()| stream.finish(&mut self.reader));
        let is_usual = |item: &Item| !matches!(item, Item::Damage { .. } | Item::Failed { .. });
        read.is_ok() && self.reader.batch.items[items..].iter().all(is_usual)
    }
}

/// Opens a file; what became a pipe since it was looked at keeps nobody waiting.
fn open(path: &Path) -> io::Result<File> {
    let flags = rustix::fs::OFlags::NONBLOCK.bits();
    OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(path)
}

/// Sources in order, each with what workers have found in it ahead of the reader.
pub(super) struct Ahead<I> {
    sources: I,
    workers: Arc<Workers>,
    /// Sources that the reader reads itself before workers begin.
    skip: u64,
    /// Groups that are under way at most.
    most: usize,
    /// Files of the next group.
    files: usize,
    /// What the reader is likely to want, if that is not all; what it decides is known only later.
    forecast: Option<Sparse>,
    groups: VecDeque<mpsc::Receiver<Gathered>>,
    ready: VecDeque<(Source, Option<Small>)>,
    /// What is no file, and stands behind all groups: nothing behind it is touched before it is read.
    other: Option<Walked>,
}

/// Groups that `threads` may have under way within `bytes`. None if so few files may be open that those of workers
/// could be wanting elsewhere.
pub(super) fn groups(threads: usize, bytes: usize) -> usize {
    let open = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    if open < threads as u64 + SPARE_FILES { 0 } else { (2 * threads + 1).min(bytes / MOST_BYTES) }
}

/// Bytes that so many groups hold at most.
pub(super) fn cost(groups: usize) -> usize {
    groups * MOST_BYTES
}

impl<I: Iterator<Item = Walked>> Ahead<I> {
    /// Lets `workers` read `most` groups of files ahead, but for the first sources.
    pub fn new(sources: I, workers: Workers, most: usize, skip: u64, forecast: Option<Sparse>) -> Self {
        Self {
            sources,
            workers: Arc::new(workers),
            skip,
            most,
            files: FIRST_FILES,
            forecast,
            groups: VecDeque::new(),
            ready: VecDeque::new(),
            other: None,
        }
    }

    /// Whether the reader is likely to want a source.
    fn is_wanted(&mut self, source: &Source) -> bool {
        self.forecast.as_mut().is_none_or(|sparse| sparse.wants_source(&source.name()))
    }

    /// Gives workers as many groups as they may have.
    fn fill(&mut self) {
        while self.groups.len() < self.most && self.other.is_none() {
            let mut files = Vec::with_capacity(self.files);
            while files.len() < self.files && self.other.is_none() {
                match self.sources.next() {
                    Some(Ok(file @ Source::File(_))) => {
                        let wanted = self.is_wanted(&file);
                        files.push((file, wanted));
                    }
                    Some(other) => self.other = Some(other),
                    None => break,
                }
            }
            if files.is_empty() {
                break;
            }
            let (done, group) = mpsc::sync_channel(1);
            let workers = self.workers.clone();
            self.workers.pool.spawn(move || {
                let read = timed(workers.clock.as_deref(), Part::Reading, || workers.read(files));
                // A reader that is gone wants nothing.
                let _ = done.send(read);
            });
            self.groups.push_back(group);
        }
    }

    /// Waits for the next group.
    fn wait(&mut self) {
        let Some(group) = self.groups.pop_front() else { return };
        let Gathered { sources, bytes } = group.recv().expect("a worker answers");
        if bytes > 2 * AIM_BYTES {
            self.files = (self.files / 2).max(1);
        } else if bytes < AIM_BYTES / 2 && sources.len() == self.files {
            self.files = (self.files * 2).min(MAX_FILES);
        }
        if let Some(sparse) = &mut self.forecast {
            sources
                .iter()
                .flat_map(|(_, small)| small)
                .for_each(|s| sparse.source_read(s.items.len() as u64));
        }
        self.ready = sources.into();
    }
}

impl<I: Iterator<Item = Walked>> Iterator for Ahead<I> {
    type Item = (Walked, Option<Small>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.most == 0 || self.skip > 0 {
            self.skip = self.skip.saturating_sub(1);
            return Some((self.sources.next()?, None));
        }
        if self.ready.is_empty() {
            self.fill();
            self.wait();
            // Workers go on while the reader adds what they have found.
            self.fill();
        }
        match self.ready.pop_front() {
            Some((source, small)) => Some((Ok(source), small)),
            None => self.other.take().map(|other| (other, None)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workers() -> Workers {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
        Workers::new(Arc::new(pool), (&InputOptions::default(), None), None)
    }

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut encoder, content).expect("memory");
        encoder.finish().expect("memory")
    }

    /// Which files of these contents workers read, all of them in one group.
    fn read(contents: &[(&str, Vec<u8>)]) -> Vec<bool> {
        let dir = tempfile::tempdir().expect("room");
        let file = |(name, content): &(&str, Vec<u8>)| {
            let path = dir.path().join(name);
            std::fs::write(&path, content).expect("room");
            (Source::File(path), true)
        };
        let mut sources: Vec<_> = contents.iter().map(file).collect();
        sources.push((Source::File(dir.path().join("none.txt")), true));
        sources.push((Source::File(dir.path().to_owned()), true));
        let read = workers().read(sources).sources;
        assert!(read[contents.len()..].iter().all(|(_, small)| small.is_none()), "what is no file");
        read[..contents.len()].iter().map(|(_, small)| small.is_some()).collect()
    }

    #[test]
    fn what_is_usual_is_read_and_what_is_not_is_left() {
        let text = b"A line that says something.\n".repeat(9);
        let packed = gzip(&text);
        let zip = b"PK\x03\x04 and so on".to_vec();
        let usual = [
            ("a.txt", text.clone()),
            ("empty.txt", Vec::new()),
            ("b.txt.gz", packed.clone()),
            ("full.txt", vec![b'a'; SMALL_BYTES]),
        ];
        assert_eq!(read(&usual), [true; 4]);
        let unusual = [
            ("large.txt", vec![b'a'; SMALL_BYTES + 1]),
            ("vast.txt.gz", gzip(&vec![b'a'; DECODED_BYTES + 1])),
            ("cut.txt.gz", packed[..packed.len() - 1].to_vec()),
            ("c.zip", zip.clone()),
            ("c.zip.gz", gzip(&zip)),
            ("d.parquet", text.clone()),
            ("e", b"PAR1 and so on".to_vec()),
            ("e.gz", gzip(b"PAR1 and so on")),
            ("f.zst", zstd::encode_all(&*text, 1).expect("memory")),
        ];
        assert_eq!(read(&unusual), [false; 9]);
    }

    #[test]
    fn what_a_group_holds_is_bounded() {
        let packed = gzip(&vec![b'a'; DECODED_BYTES]);
        let files: Vec<_> = (0..9).map(|_| ("", packed.clone())).collect();
        let names: Vec<_> = (0..9).map(|n| format!("{n}.txt.gz")).collect();
        let files: Vec<_> = names.iter().zip(files).map(|(name, (_, bytes))| (&**name, bytes)).collect();
        let dropped = read(&files).iter().filter(|read| !**read).count();
        assert_eq!(dropped, 9 - GROUP_BYTES.div_ceil(DECODED_BYTES));
    }

    #[test]
    fn nothing_behind_what_is_no_file_is_touched_before_it_is_read() {
        let file = |n: usize| Ok(Source::File(format!("none/{n}").into()));
        let pulled = std::cell::Cell::new(0);
        let found = (0..9).map(|n| {
            pulled.set(n);
            if n == 4 { Ok(Source::Stdin) } else { file(n) }
        });
        let mut ahead = Ahead::new(found, workers(), 3, 1, None);
        let order: Vec<_> = ahead
            .by_ref()
            .take(5)
            .map(|(found, small)| {
                assert!(small.is_none() && pulled.get() <= 4, "{}", pulled.get());
                found.expect("a source").name()
            })
            .collect();
        assert_eq!(order, ["none/0", "none/1", "none/2", "none/3", "-"]);
        assert_eq!(ahead.count(), 4);
    }
}
