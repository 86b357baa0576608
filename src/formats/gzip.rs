//! Gzip by member (RFC 1952): all members are read, and damage is told from an early end.

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::bad::{Bad, BadKind};
use super::wrapping::Decoder;

/// The first two bytes of a member.
pub const MAGIC: [u8; 2] = [0x1F, 0x8B];

const OUT_BYTES: usize = 128 << 10;
/// Longest member header accepted: names and comments have no limit of their own.
const MAX_HEADER: usize = 64 << 10;

/// Reads members one after the other.
pub struct Gzip {
    state: State,
    /// Header or trailer bytes of the current member, as far as they have come.
    held: Vec<u8>,
    inflate: Decompress,
    crc: Crc,
    buffer: Box<[u8]>,
    member: u64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    /// Before a member; later ones may be preceded by zero padding.
    Between,
    Header,
    Body,
    Trailer,
    /// Bytes after the last member that are no member.
    Garbage,
}

impl Default for Gzip {
    fn default() -> Self {
        Self {
            state: State::Between,
            held: Vec::new(),
            inflate: Decompress::new(false),
            crc: Crc::new(),
            buffer: vec![0; OUT_BYTES].into_boxed_slice(),
            member: 0,
        }
    }
}

impl Gzip {
    fn bad(&self, kind: BadKind, what: &str) -> Bad {
        kind.because(format!("gzip member {}: {what}", self.member))
    }

    fn header(&mut self, chunk: &mut &[u8]) -> Result<(), Bad> {
        let had = self.held.len();
        self.held.extend_from_slice(&chunk[..chunk.len().min(MAX_HEADER)]);
        match header_len(&self.held) {
            Header::Complete(n) => {
                *chunk = &chunk[n - had..];
                self.held.clear();
                self.inflate.reset(false);
                self.crc = Crc::new();
                self.state = State::Body;
            }
            Header::Partial if self.held.len() < MAX_HEADER => *chunk = &[],
            Header::Partial => return Err(self.bad(BadKind::BadMember, "header over 64 KiB")),
            Header::Bad(what) => return Err(self.bad(BadKind::BadMember, what)),
        }
        Ok(())
    }

    fn body(&mut self, chunk: &mut &[u8], out: &mut dyn FnMut(&[u8])) -> Result<(), Bad> {
        let (was_in, was_out) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(chunk, &mut self.buffer, FlushDecompress::None);
        let n = (self.inflate.total_out() - was_out) as usize;
        *chunk = &chunk[(self.inflate.total_in() - was_in) as usize..];
        self.crc.update(&self.buffer[..n]);
        out(&self.buffer[..n]);
        match status {
            Ok(Status::StreamEnd) => self.state = State::Trailer,
            Ok(_) => {}
            Err(e) => return Err(self.bad(BadKind::BadMember, &format!("damaged data ({e})"))),
        }
        Ok(())
    }

    fn trailer(&mut self, chunk: &mut &[u8]) -> Result<(), Bad> {
        let n = chunk.len().min(8 - self.held.len());
        self.held.extend_from_slice(&chunk[..n]);
        *chunk = &chunk[n..];
        if self.held.len() < 8 {
            return Ok(());
        }
        let word = |i: usize| u32::from_le_bytes(self.held[i..i + 4].try_into().expect("4 bytes"));
        let good = word(0) == self.crc.sum() && word(4) == self.crc.amount();
        self.held.clear();
        if !good {
            return Err(self.bad(BadKind::BadCrc, "checksum or length does not match its data"));
        }
        self.state = State::Between;
        self.member += 1;
        Ok(())
    }
}

impl Decoder for Gzip {
    fn push(&mut self, mut chunk: &[u8], out: &mut dyn FnMut(&[u8])) -> Result<(), Bad> {
        loop {
            // The inflater may hold output back after its last input byte.
            let drained = chunk.is_empty();
            match self.state {
                State::Between if chunk.is_empty() => return Ok(()),
                State::Between if chunk[0] == 0 && self.member > 0 => chunk = &chunk[1..],
                State::Between if chunk[0] == MAGIC[0] => self.state = State::Header,
                State::Between => self.state = State::Garbage,
                State::Garbage => {
                    return Err(self.bad(BadKind::BadMember, "bytes after the last member"));
                }
                State::Header | State::Trailer if drained => return Ok(()),
                State::Header => self.header(&mut chunk)?,
                State::Trailer => self.trailer(&mut chunk)?,
                State::Body => {
                    let was = self.inflate.total_out();
                    self.body(&mut chunk, out)?;
                    if drained && self.state == State::Body && self.inflate.total_out() == was {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn finish(&mut self, _: &mut dyn FnMut(&[u8])) -> Result<(), Bad> {
        match self.state {
            State::Between => Ok(()),
            _ => Err(self.bad(BadKind::TruncatedStream, "the stream ends inside it")),
        }
    }
}

enum Header {
    Complete(usize),
    Partial,
    Bad(&'static str),
}

/// Length of the member header at the start of `h`.
fn header_len(h: &[u8]) -> Header {
    let (hcrc, extra, name, comment) = (2u8, 4u8, 8u8, 16u8);
    if h.len() >= 2 && h[..2] != MAGIC {
        return Header::Bad("no gzip header where a member should begin");
    }
    if h.len() < 10 {
        return Header::Partial;
    }
    if h[2] != 8 {
        return Header::Bad("unknown compression method");
    }
    let (flags, mut at) = (h[3], 10);
    if flags & extra != 0 {
        let Some(n) = h.get(at..at + 2) else {
            return Header::Partial;
        };
        at += 2 + usize::from(u16::from_le_bytes([n[0], n[1]]));
    }
    for flag in [name, comment] {
        if flags & flag != 0 {
            match h.get(at..).and_then(|rest| memchr::memchr(0, rest)) {
                Some(n) => at += n + 1,
                None => return Header::Partial,
            }
        }
    }
    at += if flags & hcrc != 0 { 2 } else { 0 };
    if at > h.len() { Header::Partial } else { Header::Complete(at) }
}
