//! The reading half: sources to decoded bytes to records to batches.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::batch::{Batch, Item, Limits, Place, Record, SourceEnd};
use super::sources::Source;
use super::tally::Progress;
use crate::formats::bad::BadKind;
use crate::formats::wrapping::{self, Decoded, Decoder};
use crate::formats::{self, FormatSpec, InputOptions, Opener, Piece, SNIFF_BYTES, Segmenter};

/// Reads sources one after the other and cuts what they hold into batches.
pub(super) struct Reader<'a> {
    pub input: &'a InputOptions,
    pub format: Option<&'static FormatSpec>,
    pub limits: Limits,
    pub chunk: usize,
    pub stop: &'a AtomicBool,
    pub progress: &'a Progress,
    /// Takes a full batch; `false` ends the run.
    pub emit: &'a mut dyn FnMut(Batch) -> bool,
    batch: Batch,
    openers: Vec<(&'static str, Arc<dyn Opener>)>,
    buffer: Vec<u8>,
}

/// The receiver of batches is gone, or the user has interrupted the run.
pub(super) struct Stopped;

impl<'a> Reader<'a> {
    pub fn new(
        (input, format): (&'a InputOptions, Option<&'static FormatSpec>),
        limits: Limits,
        chunk: usize,
        (stop, progress): (&'a AtomicBool, &'a Progress),
        emit: &'a mut dyn FnMut(Batch) -> bool,
    ) -> Self {
        let buffer = vec![0; chunk];
        let (batch, openers) = (Batch::default(), Vec::new());
        Self { input, format, limits, chunk, stop, progress, emit, batch, openers, buffer }
    }

    /// Reads one source to its end.
    pub fn source(&mut self, source: &Source) -> Result<(), Stopped> {
        let name: Arc<str> = source.name().into();
        let read = match source {
            Source::Stdin => self.read(&name, &mut io::stdin().lock()),
            Source::File(path) => match open(path) {
                Ok(mut file) => self.read(&name, &mut file),
                Err(e) => {
                    self.failed(name, &e);
                    Ok(())
                }
            },
        };
        self.flush_if_full()?;
        read
    }

    /// Notes a source that cannot be read.
    pub fn failed(&mut self, source: Arc<str>, error: &io::Error) {
        self.batch.items.push(Item::Failed { source, message: error.to_string() });
    }

    /// Adds to the batch what a source gave; every item of a source comes this way.
    fn push_item(&mut self, item: Item) {
        self.batch.items.push(item);
    }

    /// Hands out the last batch.
    pub fn finish(&mut self) -> Result<(), Stopped> {
        if self.batch.items.is_empty() { Ok(()) } else { self.flush() }
    }

    fn flush_if_full(&mut self) -> Result<(), Stopped> {
        if self.batch.is_full(self.limits) { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Stopped> {
        let next = Batch {
            slab: Vec::with_capacity(self.limits.bytes + self.limits.bytes / 4),
            items: Vec::with_capacity(self.batch.items.len()),
        };
        let batch = std::mem::replace(&mut self.batch, next);
        if (self.emit)(batch) { Ok(()) } else { Err(Stopped) }
    }

    /// Reads `from` through decoder and segmenter.
    pub fn read(&mut self, name: &Arc<str>, from: &mut dyn Read) -> Result<(), Stopped> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = self.read_with(name, from, &mut buffer);
        self.buffer = buffer;
        result
    }

    fn read_with(&mut self, name: &Arc<str>, from: &mut dyn Read, buffer: &mut [u8]) -> Result<(), Stopped> {
        let mut stream = Stream::new(name.clone());
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(Stopped);
            }
            match from.read(buffer) {
                Ok(0) => break,
                Ok(n) => {
                    self.progress.read(n);
                    stream.push(&buffer[..n], self)?;
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => {
                    self.failed(name.clone(), &e);
                    stream.damaged = true;
                    break;
                }
            }
        }
        stream.finish(self)
    }

    fn opener(&mut self, format: &'static FormatSpec) -> Arc<dyn Opener> {
        if let Some((_, opener)) = self.openers.iter().find(|(name, _)| *name == format.name) {
            return opener.clone();
        }
        let opener = (format.opener)(self.input);
        self.openers.push((format.name, opener.clone()));
        opener
    }
}

fn open(path: &std::path::Path) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok(file)
}

/// One source on its way through decoder and segmenter.
struct Stream {
    decoder: Option<Box<dyn Decoder>>,
    /// First bytes of the stream, until there are enough to tell compression.
    first: Vec<u8>,
    records: Records,
    /// It could not be read to its end.
    damaged: bool,
}

/// The decoded side of a source.
struct Records {
    name: Arc<str>,
    format: Option<&'static FormatSpec>,
    /// First decoded bytes, until there are enough to tell the format.
    first: Vec<u8>,
    segmenter: Option<(Box<dyn Segmenter>, Arc<dyn Opener>)>,
    /// Where the bytes begin that the segmenter has seen.
    base: u64,
    counted: SourceEnd,
    /// Up to where the pieces tile the source.
    tiled: u64,
    stopped: bool,
}

impl Stream {
    fn new(name: Arc<str>) -> Self {
        let records = Records {
            name,
            format: None,
            first: Vec::new(),
            segmenter: None,
            base: 0,
            counted: SourceEnd::default(),
            tiled: 0,
            stopped: false,
        };
        Self { decoder: None, first: Vec::new(), records, damaged: false }
    }

    /// Takes bytes as read.
    fn push(&mut self, chunk: &[u8], reader: &mut Reader<'_>) -> Result<(), Stopped> {
        let records = &mut self.records;
        let mut take = |decoded: Decoded<'_>| records.take(decoded, reader);
        match &mut self.decoder {
            Some(decoder) => decoder.push(chunk, &mut take),
            None => {
                self.first.extend_from_slice(chunk);
                if self.first.len() >= wrapping::MAGIC_BYTES {
                    let first = std::mem::take(&mut self.first);
                    self.decoder.insert(wrapping::decoder(&first)).push(&first, &mut take);
                }
            }
        }
        if self.records.stopped { Err(Stopped) } else { Ok(()) }
    }

    fn finish(mut self, reader: &mut Reader<'_>) -> Result<(), Stopped> {
        let (records, damaged) = (&mut self.records, self.damaged);
        let mut take = |decoded: Decoded<'_>| match decoded {
            // That it could not be read to its end is told already.
            Decoded::Damage { reason, .. } if damaged && reason.kind == BadKind::TruncatedStream => {
                records.break_off(reader);
            }
            decoded => records.take(decoded, reader),
        };
        let decoder = self.decoder.get_or_insert_with(|| wrapping::decoder(&self.first));
        decoder.push(&self.first, &mut take);
        decoder.finish(&mut take);
        self.records.finish(damaged, reader)
    }
}

impl Records {
    fn take(&mut self, decoded: Decoded<'_>, reader: &mut Reader<'_>) {
        match decoded {
            Decoded::Bytes(bytes) => self.push(bytes, reader),
            Decoded::Damage { reason, at, head } => {
                self.break_off(reader);
                // The damage has no length of its own in the decoded source.
                let here = self.counted.bytes;
                let place =
                    Place { source: self.name.clone(), record: self.counted.records, range: here..here };
                let bytes = reader.batch.keep(head);
                self.item(Item::Damage { at: place, reason, bytes, len: at.end - at.start }, reader);
            }
        }
    }

    fn push(&mut self, bytes: &[u8], reader: &mut Reader<'_>) {
        self.counted.bytes += bytes.len() as u64;
        if self.segmenter.is_some() {
            self.segment(bytes, reader);
            return;
        }
        self.first.extend_from_slice(bytes);
        if self.first.len() >= SNIFF_BYTES || self.format.or(reader.format).is_some() {
            self.begin(reader);
        }
    }

    /// Settles the format and hands on what was held back for that.
    fn begin(&mut self, reader: &mut Reader<'_>) {
        let sniffed = &self.first[..self.first.len().min(SNIFF_BYTES)];
        let known = self.format.or(reader.format);
        let format = known.unwrap_or_else(|| formats::detect(sniffed, &self.name));
        self.format = Some(format);
        self.segmenter = Some(((format.segmenter)(reader.input), reader.opener(format)));
        let first = std::mem::take(&mut self.first);
        self.segment(&first, reader);
    }

    fn segment(&mut self, bytes: &[u8], reader: &mut Reader<'_>) {
        let Some((mut segmenter, opener)) = self.segmenter.take() else {
            return;
        };
        // Chunks of a fixed size keep batches from outgrowing their limit.
        for part in bytes.chunks(reader.chunk) {
            if self.stopped {
                break;
            }
            segmenter.push(part, &mut |piece| self.piece(piece, &opener, reader));
        }
        self.segmenter = Some((segmenter, opener));
    }

    fn piece(&mut self, piece: Piece<'_>, opener: &Arc<dyn Opener>, reader: &mut Reader<'_>) {
        let range = match &piece {
            Piece::Record { range, .. } | Piece::Bad { range, .. } | Piece::Separator(range) => range,
        };
        let range = self.base + range.start..self.base + range.end;
        assert_eq!(range.start, self.tiled, "pieces of {} do not tile it", self.name);
        self.tiled = range.end;
        let at = Place { source: self.name.clone(), record: self.counted.records, range };
        let item = match piece {
            Piece::Separator(range) => {
                self.counted.separators += range.end - range.start;
                return;
            }
            Piece::Record { bytes, border, url, .. } => {
                let bytes = reader.batch.keep(bytes);
                let (url, opener) = (url.map(Into::into), opener.clone());
                Item::Record(Record { at, border, url, bytes, opener })
            }
            Piece::Bad { reason, head, .. } => {
                let bytes = reader.batch.keep(head);
                Item::Bad { at, reason, bytes }
            }
        };
        self.counted.records += 1;
        self.item(item, reader);
    }

    fn item(&mut self, item: Item, reader: &mut Reader<'_>) {
        reader.push_item(item);
        self.stopped |= reader.flush_if_full().is_err();
    }

    /// What comes next does not continue what came so far: it gets a segmenter of its own.
    fn break_off(&mut self, reader: &mut Reader<'_>) {
        if self.base < self.counted.bytes {
            self.end_segment(true, reader);
        }
    }

    fn end_segment(&mut self, cut_short: bool, reader: &mut Reader<'_>) {
        if self.segmenter.is_none() {
            self.begin(reader);
        }
        if let Some((mut segmenter, opener)) = self.segmenter.take() {
            segmenter.finish(cut_short, &mut |piece| self.piece(piece, &opener, reader));
        }
        self.base = self.counted.bytes;
    }

    fn finish(mut self, cut_short: bool, reader: &mut Reader<'_>) -> Result<(), Stopped> {
        self.end_segment(cut_short, reader);
        if self.stopped {
            return Err(Stopped);
        }
        assert_eq!(self.tiled, self.counted.bytes, "pieces of {} do not tile it", self.name);
        reader.push_item(Item::End(self.counted));
        Ok(())
    }
}
