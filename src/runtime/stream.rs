//! One source, from its bytes as stored to records in a batch.

use std::sync::Arc;

use super::batch::{Item, Place, Record, SourceEnd};
use super::entries::{Entries, Nest};
use super::reader::{Reader, Stopped};
use super::stash::Stash;
use crate::document::Verdict;
use crate::formats::bad::{Bad, BadKind};
use crate::formats::wrapping::{self, Decoded, Decoder};
use crate::formats::{self, FormatSpec, Opener, Piece, SNIFF_BYTES, Segmenter, archive, parquet};

/// One source on its way through decoder and segmenter.
pub(super) struct Stream {
    decoder: Option<Box<dyn Decoder>>,
    /// First bytes of the stream, until there are enough to tell compression.
    first: Vec<u8>,
    /// A table on its way to a place where it can be read.
    stash: Option<Stash>,
    records: Records,
    /// It could not be read to its end.
    pub damaged: bool,
    /// What is wrong with it, if that is still to be told.
    pub damage: Option<Bad>,
}

/// The decoded side of a source.
struct Records {
    name: Arc<str>,
    /// Where it stands among archives.
    nest: Nest,
    format: Option<&'static FormatSpec>,
    /// First decoded bytes, until there are enough to tell the format.
    first: Vec<u8>,
    segmenter: Option<Box<dyn Segmenter>>,
    /// Of the records that come next.
    opener: Option<Arc<dyn Opener>>,
    /// How it was decided where records begin, if that had to be found out.
    verdict: Option<Arc<Verdict>>,
    /// If it is an archive.
    entries: Option<Entries>,
    /// If it is a table in a compression.
    table: Option<Box<Stream>>,
    /// Where the bytes begin that the segmenter has seen.
    base: u64,
    counted: SourceEnd,
    /// Up to where the pieces tile the source.
    tiled: u64,
    stopped: Option<Stopped>,
}

impl Stream {
    /// The source `name`, which stands where `nest` says.
    pub fn new(name: Arc<str>, nest: Nest) -> Self {
        let records = Records {
            name,
            nest,
            format: None,
            first: Vec::new(),
            segmenter: None,
            opener: None,
            verdict: None,
            entries: None,
            table: None,
            base: 0,
            counted: SourceEnd::default(),
            tiled: 0,
            stopped: None,
        };
        Self { decoder: None, first: Vec::new(), stash: None, records, damaged: false, damage: None }
    }

    /// What rows call it.
    pub fn name(&self) -> Arc<str> {
        self.records.name.clone()
    }

    /// Rows of a table, as JSON Lines.
    pub fn rows(&mut self, bytes: &[u8], reader: &mut Reader<'_>) -> Result<(), Stopped> {
        self.records.format = Some(&parquet::SPEC);
        self.records.push(bytes, reader);
        self.records.stopped.take().map_or(Ok(()), Err)
    }

    /// Takes bytes as read.
    pub fn push(&mut self, chunk: &[u8], reader: &mut Reader<'_>) -> Result<(), Stopped> {
        if let Some(stash) = &mut self.stash {
            stash.push(chunk);
            return Ok(());
        }
        let records = &mut self.records;
        let options = reader.input;
        let mut take = |decoded: Decoded<'_>| records.take(decoded, reader);
        match &mut self.decoder {
            Some(decoder) => decoder.push(chunk, &mut take),
            None => {
                let least = wrapping::MAGIC_BYTES.max(parquet::MAGIC_BYTES);
                let joined;
                let first = if self.first.is_empty() && chunk.len() >= least {
                    chunk
                } else {
                    self.first.extend_from_slice(chunk);
                    if self.first.len() < least {
                        return Ok(());
                    }
                    joined = std::mem::take(&mut self.first);
                    &joined
                };
                if parquet::is_table(first) {
                    self.stash.insert(Stash::default()).push(first);
                    return Ok(());
                }
                self.decoder.insert(wrapping::source(first, options)).push(first, &mut take);
            }
        }
        records.stopped.take().map_or(Ok(()), Err)
    }

    /// Whether bytes are held back until it is known what they are.
    pub fn is_untold(&self) -> bool {
        self.records.is_untold() && !self.records.first.is_empty()
    }

    /// Hands on what is held back for that, if there is no doubt whatever follows.
    pub fn tell_early(&mut self, reader: &mut Reader<'_>) -> Result<(), Stopped> {
        let records = &mut self.records;
        let known = records.format.or(reader.format);
        if self.stash.is_none()
            && records.is_untold()
            && let Some(format) = formats::told(&records.first, &records.name, known)
        {
            records.begin_as(format, reader);
        }
        records.stopped.take().map_or(Ok(()), Err)
    }

    pub fn finish(mut self, reader: &mut Reader<'_>) -> Result<(), Stopped> {
        // All of it may be less than what a decoder wants to see.
        if self.decoder.is_none() && self.stash.is_none() && parquet::is_table(&self.first) {
            self.stash.insert(Stash::default()).push(&std::mem::take(&mut self.first));
        }
        if let Some(stash) = self.stash.take() {
            self.damage = stash.read(&mut self, reader)?.or(self.damage);
        }
        let (records, damaged) = (&mut self.records, self.damaged);
        let options = reader.input;
        let mut take = |decoded: Decoded<'_>| match decoded {
            // That it could not be read to its end is told already.
            Decoded::Damage { reason, .. } if damaged && reason.kind == BadKind::TruncatedStream => {
                records.break_off(reader);
            }
            decoded => records.take(decoded, reader),
        };
        let decoder = self.decoder.get_or_insert_with(|| wrapping::source(&self.first, options));
        decoder.push(&self.first, &mut take);
        decoder.finish(&mut take);
        if let Some(reason) = self.damage {
            self.records.take(Decoded::Damage { reason, at: 0..0, head: &[] }, reader);
        }
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
                let record = self.counted.records;
                let place = Place { source: self.name.clone(), format: "", record, range: here..here };
                let len = at.end - at.start;
                reader.item(head, |bytes| Item::Damage { at: place, reason, bytes, len });
                self.stop(|| reader.flush_if_full());
            }
        }
    }

    /// Notes why reading ends, if it does.
    fn stop(&mut self, act: impl FnOnce() -> Result<(), Stopped>) {
        if self.stopped.is_none() {
            self.stopped = act().err();
        }
    }

    fn push(&mut self, bytes: &[u8], reader: &mut Reader<'_>) {
        if let Some(entries) = &mut self.entries {
            let result = if self.stopped.is_none() { entries.push(bytes, reader) } else { Ok(()) };
            return self.stop(|| result);
        }
        if let Some(table) = &mut self.table {
            let result = table.push(bytes, reader);
            return self.stop(|| result);
        }
        self.counted.bytes += bytes.len() as u64;
        if self.segmenter.is_some() {
            self.segment(bytes, reader);
            return;
        }
        self.first.extend_from_slice(bytes);
        let known = self.format.or(reader.format).is_some() && self.first.len() >= archive::MAGIC_BYTES;
        if known || self.first.len() >= SNIFF_BYTES {
            self.begin(reader);
        }
    }

    /// Whether it is not known yet what the source is.
    fn is_untold(&self) -> bool {
        self.segmenter.is_none() && self.entries.is_none() && self.table.is_none()
    }

    /// Settles the format and hands on what was held back for that.
    fn begin(&mut self, reader: &mut Reader<'_>) {
        let holds_sources = archive::unpacker(&self.first).is_some() || parquet::is_table(&self.first);
        if reader.flat && holds_sources {
            return self.stop(|| Err(Stopped::Gone));
        }
        if self.format.is_none()
            && let Some(unpacker) = archive::unpacker(&self.first)
        {
            return self.unpack(unpacker, reader);
        }
        if self.format.is_none() && parquet::is_table(&self.first) {
            self.counted = SourceEnd::default();
            self.table = Some(Box::new(Stream::new(self.name.clone(), self.nest.clone())));
            let first = std::mem::take(&mut self.first);
            return self.push(&first, reader);
        }
        let sniffed = &self.first[..self.first.len().min(SNIFF_BYTES)];
        let known = self.format.or(reader.format);
        let format = known.unwrap_or_else(|| formats::detect(sniffed, &self.name));
        self.begin_as(format, reader);
    }

    fn begin_as(&mut self, format: &'static FormatSpec, reader: &mut Reader<'_>) {
        self.format = Some(format);
        self.segmenter = Some((format.segmenter)(reader.input));
        self.opener = Some(reader.opener(format));
        let first = std::mem::take(&mut self.first);
        self.segment(&first, reader);
    }

    /// It is an archive: its bytes are those of its entries.
    fn unpack(&mut self, unpacker: Box<dyn archive::Unpacker>, reader: &mut Reader<'_>) {
        self.counted = SourceEnd::default();
        let first = std::mem::take(&mut self.first);
        self.entries = Some(Entries::new(self.name.clone(), self.nest.clone(), unpacker));
        self.push(&first, reader);
    }

    fn segment(&mut self, bytes: &[u8], reader: &mut Reader<'_>) {
        let Some(mut segmenter) = self.segmenter.take() else { return };
        // Chunks of a fixed size keep batches from outgrowing their limit.
        for part in bytes.chunks(reader.chunk) {
            if self.stopped.is_some() {
                break;
            }
            segmenter.push(part, &mut |piece| self.piece(piece, reader));
        }
        self.segmenter = Some(segmenter);
    }

    fn piece(&mut self, piece: Piece<'_>, reader: &mut Reader<'_>) {
        let range = match &piece {
            Piece::Record { range, .. } | Piece::Bad { range, .. } | Piece::Separator(range) => range,
            Piece::Header(header) => return self.header(header),
            Piece::Verdict(verdict) => {
                self.verdict = Some(Arc::new(Verdict::clone(verdict)));
                return;
            }
        };
        let range = self.base + range.start..self.base + range.end;
        assert_eq!(range.start, self.tiled, "pieces of {} do not tile it", self.name);
        self.tiled = range.end;
        let (record, format) = (self.counted.records, self.format.map_or("", |f| f.name));
        let at = Place { source: self.name.clone(), format, record, range };
        match piece {
            Piece::Separator(range) => {
                self.counted.separators += range.end - range.start;
                return;
            }
            Piece::Header(_) | Piece::Verdict(_) => {}
            Piece::Record { bytes, border, url, .. } => {
                let Some(opener) = self.opener.clone() else { return };
                let (url, header) = (url.map(Into::into), opener.header().len());
                let verdict = self.verdict.clone();
                let make = |bytes| Item::Record(Record { at, border, verdict, url, bytes, opener });
                if reader.item(bytes, make) {
                    reader.weigh(header);
                }
            }
            Piece::Bad { reason, head, .. } => {
                reader.item(head, |bytes| Item::Bad { at, reason, bytes });
            }
        }
        self.counted.records += 1;
        self.stop(|| reader.flush_if_full());
    }

    /// Records that come next stand under this header.
    fn header(&mut self, header: &str) {
        let opener = self.opener.as_ref().and_then(|opener| opener.with_header(header));
        self.opener = Some(opener.expect("a format reads its own headers"));
    }

    /// What comes next does not continue what came so far: it gets a segmenter of its own.
    fn break_off(&mut self, reader: &mut Reader<'_>) {
        if self.segmenter.is_none() && self.entries.is_none() && !self.first.is_empty() {
            self.begin(reader);
        }
        if let Some(table) = &mut self.table {
            table.damaged = true;
        } else if let Some(entries) = &mut self.entries {
            let result = entries.broken(reader);
            self.stop(|| result);
        } else if self.base < self.counted.bytes {
            self.end_segment(true, reader);
        }
    }

    fn end_segment(&mut self, cut_short: bool, reader: &mut Reader<'_>) {
        if self.is_untold() {
            self.begin(reader);
        }
        if let Some(mut segmenter) = self.segmenter.take() {
            segmenter.finish(cut_short, &mut |piece| self.piece(piece, reader));
            self.segmenter = segmenter.after_damage();
        }
        self.base = self.counted.bytes;
    }

    fn finish(mut self, cut_short: bool, reader: &mut Reader<'_>) -> Result<(), Stopped> {
        self.end_segment(cut_short, reader);
        if let Some(stopped) = self.stopped {
            return Err(stopped);
        }
        if let Some(entries) = self.entries {
            return entries.finish(reader);
        }
        if let Some(table) = self.table {
            return table.finish(reader);
        }
        assert_eq!(self.tiled, self.counted.bytes, "pieces of {} do not tile it", self.name);
        let counted = self.counted;
        reader.item(&[], |_| Item::End(counted));
        Ok(())
    }
}
