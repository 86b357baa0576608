//! Zip, by its local headers: the central directory stands at the end, where a stream comes too late
//! (PKWARE APPNOTE 6.3.10).

use flate2::{Crc, Decompress, FlushDecompress, Status};
use memchr::memmem;

use super::{Buffer, Event, Sink, Unpacker};
use crate::formats::bad::{Bad, BadKind};

const LOCAL: [u8; 4] = *b"PK\x03\x04";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
/// Fixed part of a local header.
const HEADER: usize = 30;
const OUT_BYTES: usize = 64 << 10;
/// Flags of a local header.
const ENCRYPTED: u16 = 1;
const SIZES_FOLLOW: u16 = 1 << 3;
/// A size that stands in the extra field instead.
const ZIP64: u32 = u32::MAX;

/// Whether a zip archive begins here, an empty one included.
pub(super) fn begins(first: &[u8]) -> bool {
    first.starts_with(&LOCAL) || (first.starts_with(b"PK\x05\x06") && first.len() >= 22)
}

/// Whether one may begin with `first`.
pub(super) fn may_begin(first: &[u8]) -> bool {
    first.iter().zip(b"PK").all(|(a, b)| a == b)
}

/// Takes a zip archive apart.
pub(super) struct Zip {
    buffer: Buffer,
    state: State,
    inflate: Decompress,
    crc: Crc,
    out: Box<[u8]>,
}

impl Default for Zip {
    fn default() -> Self {
        Self {
            buffer: Buffer::default(),
            state: State::Between,
            inflate: Decompress::new(false),
            crc: Crc::new(),
            out: vec![0; OUT_BYTES].into_boxed_slice(),
        }
    }
}

enum State {
    Between,
    /// In an entry that is read.
    Data(Entry),
    /// Behind the data of an entry whose sizes follow.
    Descriptor(Entry),
    /// In an entry that is not.
    Skip(u64),
    Lost,
    Done,
}

#[derive(Clone, Copy)]
struct Entry {
    deflated: bool,
    /// Packed bytes to come, if they are known.
    left: Option<u64>,
    /// Checksum, if it stands in the header.
    crc: Option<u32>,
    zip64: bool,
    /// The deflated data has ended.
    ended: bool,
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// The packed size in a zip64 extra field; the unpacked one stands before it.
fn zip64_size(mut extra: &[u8]) -> Option<u64> {
    while extra.len() >= 4 {
        let (id, length) = (u16_at(extra, 0), usize::from(u16_at(extra, 2)));
        let field = extra.get(4..4 + length)?;
        if id == 1 {
            return Some(u64::from_le_bytes(*field.get(8..)?.first_chunk()?));
        }
        extra = &extra[4 + length..];
    }
    None
}

impl Zip {
    /// Whether there is more to do with the bytes at hand.
    fn step(&mut self, out: &mut Sink<'_>) -> bool {
        match self.state {
            State::Between => self.between(out),
            State::Data(entry) if entry.deflated => self.inflate(entry, out),
            State::Data(entry) => self.stored(entry, out),
            State::Descriptor(entry) => self.descriptor(entry, out),
            State::Skip(left) => {
                let n = self.buffer.rest().len().min(usize::try_from(left).unwrap_or(usize::MAX));
                self.buffer.skip(n);
                let left = left - n as u64;
                self.state = if left == 0 { State::Between } else { State::Skip(left) };
                left == 0
            }
            State::Lost => self.look(),
            State::Done => {
                self.buffer.skip(self.buffer.rest().len());
                false
            }
        }
    }

    fn between(&mut self, out: &mut Sink<'_>) -> bool {
        let rest = self.buffer.rest();
        if rest.len() < 4 {
            return false;
        }
        if rest.starts_with(&DESCRIPTOR) {
            // That of a folder, which has sizes of four bytes or of eight.
            let Some(next) = rest.get(16..18) else { return false };
            let length = if next == b"PK" { 16 } else { 24 };
            if rest.len() < length {
                return false;
            }
            self.buffer.skip(length);
            return true;
        }
        if !rest.starts_with(&LOCAL) {
            // The central directory, what may stand before it, or its end.
            let known: [&[u8]; 4] = [b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x08"];
            if known.iter().any(|k| rest.starts_with(k)) {
                self.state = State::Done;
            } else {
                let reason = BadKind::BadFile.because("no header of an entry where one should be");
                out(Event::Damage { name: "", reason });
                self.state = State::Lost;
            }
            return true;
        }
        if rest.len() < HEADER {
            return false;
        }
        let (name_len, extra_len) = (usize::from(u16_at(rest, 26)), usize::from(u16_at(rest, 28)));
        let Some(header) = rest.get(..HEADER + name_len + extra_len) else { return false };
        let header = header.to_vec();
        self.buffer.skip(header.len());
        self.entry(&header, name_len, out);
        true
    }

    fn entry(&mut self, header: &[u8], name_len: usize, out: &mut Sink<'_>) {
        let name = super::name(&header[HEADER..HEADER + name_len]);
        let (flags, method) = (u16_at(header, 6), u16_at(header, 8));
        let (packed, unpacked) = (u32_at(header, 18), u32_at(header, 22));
        let zip64 = zip64_size(&header[HEADER + name_len..]);
        let follows = flags & SIZES_FOLLOW != 0;
        let size = if packed == ZIP64 || unpacked == ZIP64 { zip64 } else { Some(u64::from(packed)) };
        let left = size.filter(|n| !(follows && *n == 0) && *n < 1 << 62);
        let problem = match (flags & ENCRYPTED != 0, method, left) {
            (_, 0, _) if name.ends_with('/') => None,
            (true, ..) => Some("it is encrypted".to_owned()),
            (_, 8, _) | (_, 0, Some(_)) => None,
            (_, 0, None) => Some("it is stored without a length".to_owned()),
            (_, method, _) => Some(format!("its compression method {method} is not known")),
        };
        if let Some(problem) = problem {
            out(Event::Damage { name: &name, reason: BadKind::BadFile.because(problem) });
        } else if !name.ends_with('/') {
            out(Event::Begin { name: &name, at: self.buffer.taken });
            self.inflate.reset(false);
            self.crc.reset();
            let crc = (!follows).then(|| u32_at(header, 14));
            let entry = Entry { deflated: method == 8, left, crc, zip64: zip64.is_some(), ended: false };
            self.state = State::Data(entry);
            return;
        }
        self.state = match left {
            Some(left) => State::Skip(left),
            // A folder has nothing in it.
            None if name.ends_with('/') && method == 0 => State::Skip(0),
            None => State::Lost,
        };
    }

    fn stored(&mut self, mut entry: Entry, out: &mut Sink<'_>) -> bool {
        let rest = self.buffer.rest();
        let left = entry.left.unwrap_or(0);
        let n = rest.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if n > 0 {
            self.crc.update(&rest[..n]);
            out(Event::Bytes(&rest[..n]));
        }
        self.buffer.skip(n);
        entry.left = Some(left - n as u64);
        if entry.left == Some(0) { self.end(entry, out) } else { self.wait(entry) }
    }

    fn wait(&mut self, entry: Entry) -> bool {
        self.state = State::Data(entry);
        false
    }

    fn inflate(&mut self, mut entry: Entry, out: &mut Sink<'_>) -> bool {
        let rest = self.buffer.rest();
        let most = entry.left.map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX));
        let input = &rest[..rest.len().min(most)];
        if entry.ended {
            // What its stated length has beyond its data.
            let n = input.len();
            self.buffer.skip(n);
            entry.left = entry.left.map(|left| left - n as u64);
            return if entry.left.unwrap_or(0) == 0 { self.end(entry, out) } else { self.wait(entry) };
        }
        let (was_in, was_out) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(input, &mut self.out, FlushDecompress::None);
        let read = (self.inflate.total_in() - was_in) as usize;
        let wrote = (self.inflate.total_out() - was_out) as usize;
        if wrote > 0 {
            self.crc.update(&self.out[..wrote]);
            out(Event::Bytes(&self.out[..wrote]));
        }
        self.buffer.skip(read);
        entry.left = entry.left.map(|left| left - read as u64);
        match status {
            Ok(Status::StreamEnd) => entry.ended = true,
            Ok(_) if read + wrote > 0 => {}
            Ok(_) if entry.left != Some(0) => return self.wait(entry),
            Ok(_) => {
                return self.fail(BadKind::BadFile.because("its data goes on behind its end"), entry, out);
            }
            Err(_) => return self.fail(BadKind::BadFile.because("its data is damaged"), entry, out),
        }
        if entry.ended && entry.left.unwrap_or(0) == 0 {
            return self.end(entry, out);
        }
        self.state = State::Data(entry);
        true
    }

    /// The entry is damaged, which shows here.
    fn fail(&mut self, reason: Bad, entry: Entry, out: &mut Sink<'_>) -> bool {
        out(Event::End { damage: Some(reason) });
        self.state = entry.left.map_or(State::Lost, State::Skip);
        true
    }

    fn end(&mut self, entry: Entry, out: &mut Sink<'_>) -> bool {
        self.state = match entry.crc {
            Some(crc) => {
                out(Event::End { damage: self.compare(crc) });
                State::Between
            }
            None => State::Descriptor(entry),
        };
        true
    }

    fn compare(&self, crc: u32) -> Option<Bad> {
        let what = "its checksum does not match; its bytes had come out before that showed";
        (crc != self.crc.sum()).then(|| BadKind::BadCrc.because(what))
    }

    /// Checksum and sizes behind the data, with or without a signature.
    fn descriptor(&mut self, entry: Entry, out: &mut Sink<'_>) -> bool {
        let rest = self.buffer.rest();
        let sizes = if entry.zip64 { 16 } else { 8 };
        let Some(bytes) = rest.get(..8 + sizes) else { return false };
        let signed = bytes.starts_with(&DESCRIPTOR);
        let at = if signed { 4 } else { 0 };
        let damage = self.compare(u32_at(bytes, at));
        self.buffer.skip(at + 4 + sizes);
        out(Event::End { damage });
        self.state = State::Between;
        true
    }

    /// Looks for the next local header.
    fn look(&mut self) -> bool {
        let rest = self.buffer.rest();
        match memmem::find(rest, &LOCAL) {
            Some(n) => {
                self.buffer.skip(n);
                self.state = State::Between;
                true
            }
            None => {
                self.buffer.skip(rest.len().saturating_sub(LOCAL.len() - 1));
                false
            }
        }
    }

    /// An entry that is under way has no end.
    fn cut(&mut self, what: &str, out: &mut Sink<'_>) {
        if matches!(self.state, State::Data(_) | State::Descriptor(_)) {
            let what = format!("{what} inside this entry");
            out(Event::End { damage: Some(BadKind::TruncatedStream.because(what)) });
        }
    }
}

impl Unpacker for Zip {
    fn push(&mut self, chunk: &[u8], out: &mut Sink<'_>) {
        self.buffer.push(chunk);
        while self.step(out) {}
    }

    fn broken(&mut self, out: &mut Sink<'_>) {
        self.cut("the archive is damaged", out);
        self.buffer = Buffer { taken: self.buffer.taken, ..Buffer::default() };
        self.state = State::Lost;
    }

    fn finish(&mut self, out: &mut Sink<'_>) {
        self.cut("the archive ends", out);
        if matches!(self.state, State::Between | State::Skip(_)) {
            let reason = BadKind::TruncatedStream.because("the archive ends before its directory");
            out(Event::Damage { name: "", reason });
        }
        self.state = State::Done;
    }
}
