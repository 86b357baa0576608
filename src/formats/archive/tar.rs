//! Tar: POSIX `ustar` and pax, GNU long names, and archives older than both (POSIX.1-2017, pax).

use memchr::memmem;

use super::{Buffer, Event, MAX_NAME, Sink, Unpacker};
use crate::formats::bad::BadKind;

const BLOCK: usize = 512;
/// Where the magic of a header stands in it.
const MAGIC_AT: usize = 257;
/// Longest pax header that is read.
const MAX_PAX: u64 = 1 << 20;

/// Whether a header stands here.
pub(super) fn begins(first: &[u8]) -> bool {
    first.get(..BLOCK).is_some_and(|header| may_begin(header) && is_header(header))
}

/// Whether this can be the header of a tar entry: its name has no line feed, and its mode is a number.
/// Text shows by that before a whole header could be there.
pub(super) fn may_begin(first: &[u8]) -> bool {
    let name = &first[..first.len().min(MODE.start)];
    let is_name = first.first().is_none_or(|b| *b != 0) && !name.contains(&b'\n');
    let mode = first.get(MODE).unwrap_or(b"0");
    is_name && mode.iter().all(|b| matches!(b, 0 | b' ' | b'0'..=b'7'))
}

/// Where a header says who may do what with a file.
const MODE: std::ops::Range<usize> = 100..108;

/// Whether the checksum of a header is right.
fn is_header(header: &[u8]) -> bool {
    let Some(stated) = octal(&header[148..156]) else { return false };
    let (before, after) = (&header[..148], &header[156..BLOCK]);
    let sum: u64 = before.iter().chain(after).map(|b| u64::from(*b)).sum();
    stated == sum + 8 * u64::from(b' ')
}

/// A number in octal digits, between spaces and zeros.
fn octal(field: &[u8]) -> Option<u64> {
    let digits = field.split(|b| *b == 0).next()?.trim_ascii();
    if digits.is_empty() || digits.len() > 20 {
        return None;
    }
    digits.iter().try_fold(0u64, |n, d| match d {
        b'0'..=b'7' => n.checked_mul(8)?.checked_add(u64::from(d - b'0')),
        _ => None,
    })
}

/// A size: octal, or binary if the first bit is set (GNU).
fn size(field: &[u8]) -> Option<u64> {
    if field[0] & 0x80 == 0 {
        return if field.iter().all(|b| matches!(b, 0 | b' ')) { Some(0) } else { octal(field) };
    }
    let (high, low) = field.split_at(field.len() - 8);
    let is_zero = high[0] == 0x80 && high[1..].iter().all(|b| *b == 0);
    let low = u64::from_be_bytes(*low.first_chunk()?);
    is_zero.then_some(low).filter(|n| *n < 1 << 62)
}

/// What the block of an entry is for.
#[derive(Clone, Copy, PartialEq)]
enum Use {
    File,
    Skip,
    Pax,
    LongName,
}

enum State {
    Header,
    /// In an entry; so many bytes of it are to come, then so many of padding.
    Data {
        left: u64,
        padding: u64,
        of: Use,
    },
    /// Behind damage, looking for a header.
    Lost,
    /// Behind the end.
    Done,
}

/// Takes a tar archive apart.
pub(super) struct Tar {
    buffer: Buffer,
    state: State,
    /// Name and size that an extended header gives to the next entry.
    name: Option<Vec<u8>>,
    size: Option<u64>,
    sparse: bool,
    /// An extended header under way.
    extended: Vec<u8>,
    /// Blocks of zeros so far; two end the archive.
    zeros: u8,
}

impl Default for Tar {
    fn default() -> Self {
        Self {
            buffer: Buffer::default(),
            state: State::Header,
            name: None,
            size: None,
            sparse: false,
            extended: Vec::new(),
            zeros: 0,
        }
    }
}

impl Tar {
    /// Whether there is more to do with the bytes at hand.
    fn step(&mut self, out: &mut Sink<'_>) -> bool {
        match self.state {
            State::Header => self.header(out),
            State::Data { left, padding, of } => self.data(left, padding, of, out),
            State::Lost => self.look(),
            State::Done => {
                self.buffer.skip(self.buffer.rest().len());
                false
            }
        }
    }

    fn header(&mut self, out: &mut Sink<'_>) -> bool {
        let Some(header) = self.buffer.rest().first_chunk::<BLOCK>() else { return false };
        if header.iter().all(|b| *b == 0) {
            self.buffer.skip(BLOCK);
            self.zeros += 1;
            if self.zeros == 2 {
                self.state = State::Done;
            }
            return true;
        }
        self.zeros = 0;
        let stated = size(&header[124..136]).filter(|_| is_header(header));
        let Some(stated) = stated else {
            let reason = BadKind::BadFile.because("no header of an entry where one should be");
            out(Event::Damage { name: "", reason });
            self.state = State::Lost;
            return true;
        };
        let header = *header;
        self.buffer.skip(BLOCK);
        self.entry(&header, stated, out);
        true
    }

    fn entry(&mut self, header: &[u8; BLOCK], stated: u64, out: &mut Sink<'_>) {
        let of = match header[156] {
            b'0' | 0 | b'7' => Use::File,
            b'x' if stated <= MAX_PAX => Use::Pax,
            b'L' if stated <= MAX_PAX => Use::LongName,
            _ => Use::Skip,
        };
        let is_extension = matches!(header[156], b'x' | b'g' | b'L' | b'K');
        let left = if is_extension { stated } else { self.size.take().unwrap_or(stated) };
        let padding = (BLOCK as u64 - left % BLOCK as u64) % BLOCK as u64;
        self.extended.clear();
        self.state = State::Data { left, padding, of };
        if is_extension {
            return;
        }
        let name = super::name(&self.name.take().unwrap_or_else(|| path(header)));
        let sparse = std::mem::take(&mut self.sparse) || header[156] == b'S';
        if sparse {
            out(Event::Damage {
                name: &name,
                reason: BadKind::BadFile.because("a sparse file in a tar archive"),
            });
            self.state = State::Data { left, padding, of: Use::Skip };
        } else if of == Use::File && name.ends_with('/') {
            self.state = State::Data { left, padding, of: Use::Skip };
        } else if of == Use::File {
            out(Event::Begin { name: &name, at: self.buffer.taken });
        }
    }

    fn data(&mut self, left: u64, padding: u64, of: Use, out: &mut Sink<'_>) -> bool {
        let rest = self.buffer.rest();
        let n = rest.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        match of {
            Use::File if n > 0 => out(Event::Bytes(&rest[..n])),
            Use::Pax | Use::LongName => self.extended.extend_from_slice(&rest[..n]),
            Use::File | Use::Skip => {}
        }
        self.buffer.skip(n);
        let left = left - n as u64;
        if left > 0 {
            self.state = State::Data { left, padding, of };
            return false;
        }
        match of {
            Use::File => out(Event::End { damage: None }),
            Use::Pax => self.pax(),
            Use::LongName => self.name = Some(cut(&self.extended).to_vec()),
            Use::Skip => {}
        }
        self.state = match padding {
            0 => State::Header,
            padding => State::Data { left: padding, padding: 0, of: Use::Skip },
        };
        true
    }

    /// Reads an extended header: records of `LENGTH KEY=VALUE\n`.
    fn pax(&mut self) {
        let mut rest = &self.extended[..];
        while let Some(space) = memchr::memchr(b' ', &rest[..rest.len().min(20)]) {
            let length = std::str::from_utf8(&rest[..space]).ok().and_then(|n| n.parse::<usize>().ok());
            let Some(length) = length.filter(|n| (space + 2..=rest.len()).contains(n)) else { return };
            let record = &rest[space + 1..length - 1];
            rest = &rest[length..];
            let Some(equals) = memchr::memchr(b'=', record) else { continue };
            let (key, value) = (&record[..equals], &record[equals + 1..]);
            match key {
                b"path" => self.name = Some(value[..value.len().min(MAX_NAME)].to_vec()),
                b"size" => {
                    let size = std::str::from_utf8(value).ok().and_then(|n| n.parse().ok());
                    self.size = size.filter(|n: &u64| *n < 1 << 62);
                }
                key if key.starts_with(b"GNU.sparse.") => self.sparse = true,
                _ => {}
            }
        }
    }

    /// Looks for a header with a magic, at any offset.
    fn look(&mut self) -> bool {
        let rest = self.buffer.rest();
        let mut from = MAGIC_AT;
        while let Some(n) = rest.get(from..).and_then(|rest| memmem::find(rest, b"ustar")) {
            let start = from + n - MAGIC_AT;
            let Some(header) = rest.get(start..start + BLOCK) else {
                self.buffer.skip(start);
                return false;
            };
            // One whose size cannot be read has been refused already.
            if is_header(header) && size(&header[124..136]).is_some() {
                self.buffer.skip(start);
                self.state = State::Header;
                return true;
            }
            from += n + 1;
        }
        self.buffer.skip(rest.len().saturating_sub(BLOCK));
        false
    }

    /// An entry that is under way has no end.
    fn cut(&mut self, what: &str, out: &mut Sink<'_>) {
        if let State::Data { left, of: Use::File, .. } = self.state {
            let what = format!("{what}, {left} bytes before the end of this entry");
            out(Event::End { damage: Some(BadKind::TruncatedStream.because(what)) });
        }
    }
}

impl Unpacker for Tar {
    fn push(&mut self, chunk: &[u8], out: &mut Sink<'_>) {
        self.buffer.push(chunk);
        while self.step(out) {}
    }

    fn broken(&mut self, out: &mut Sink<'_>) {
        self.cut("the archive is damaged", out);
        let buffer = Buffer { taken: self.buffer.taken, ..Buffer::default() };
        *self = Self { state: State::Lost, buffer, ..Self::default() };
    }

    fn finish(&mut self, out: &mut Sink<'_>) {
        self.cut("the archive ends", out);
        let inside = match self.state {
            State::Data { left, of, .. } => left > 0 && of != Use::File,
            State::Header => !self.buffer.rest().is_empty(),
            State::Lost | State::Done => false,
        };
        if inside {
            out(Event::Damage {
                name: "",
                reason: BadKind::TruncatedStream.because("the archive ends too early"),
            });
        }
        self.state = State::Done;
    }
}

/// The path in a header; `ustar` splits long ones in two.
fn path(header: &[u8; BLOCK]) -> Vec<u8> {
    let (name, prefix) = (cut(&header[..100]), cut(&header[345..500]));
    let is_posix = &header[MAGIC_AT..MAGIC_AT + 6] == b"ustar\0";
    if is_posix && !prefix.is_empty() { [prefix, b"/", name].concat() } else { name.to_vec() }
}

/// Up to the first zero.
fn cut(field: &[u8]) -> &[u8] {
    let end = memchr::memchr(0, field).unwrap_or(field.len());
    &field[..end]
}
