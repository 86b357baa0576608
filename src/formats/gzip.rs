//! Gzip by member (RFC 1952).

use flate2::{Crc, Decompress, FlushDecompress, Status};
use memchr::memmem::Finder;

use super::bad::BadKind;
use super::members::{Codec, Members, Step, find_magic};
use super::wrapping::Decoder;

/// The first two bytes of a member.
pub const MAGIC: [u8; 2] = [0x1F, 0x8B];
/// The same, and the only compression method there is.
const BEGIN: [u8; 3] = [MAGIC[0], MAGIC[1], 8];
/// Flags that are not given out: where one is set, no member begins.
const RESERVED: u8 = 0xE0;

const OUT_BYTES: usize = 128 << 10;
/// Longest member header accepted: names and comments have no limit of their own.
const MAX_HEADER: usize = 64 << 10;

/// A decoder for any number of members.
pub fn decoder() -> impl Decoder {
    Members::new(Gzip::default())
}

struct Gzip {
    part: Part,
    inflate: Decompress,
    crc: Crc,
    buffer: Box<[u8]>,
    begin: Finder<'static>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Part {
    Header,
    Body,
    Trailer,
}

impl Default for Gzip {
    fn default() -> Self {
        Self {
            part: Part::Header,
            inflate: Decompress::new(false),
            crc: Crc::new(),
            buffer: vec![0; OUT_BYTES].into_boxed_slice(),
            begin: Finder::new(&BEGIN).into_owned(),
        }
    }
}

impl Gzip {
    fn header(&mut self, input: &[u8]) -> Step {
        match header_len(input) {
            Header::Complete(n) if n <= MAX_HEADER => {
                self.part = Part::Body;
                Step::Read(n)
            }
            Header::Partial if input.len() < MAX_HEADER => Step::More,
            _ => Step::Bad(MAX_HEADER.min(input.len()), BadKind::BadMember, "header over 64 KiB".to_owned()),
        }
    }

    fn body(&mut self, input: &[u8], out: &mut dyn FnMut(&[u8])) -> Step {
        let (was_in, was_out) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(input, &mut self.buffer, FlushDecompress::None);
        let read = (self.inflate.total_in() - was_in) as usize;
        let wrote = (self.inflate.total_out() - was_out) as usize;
        self.crc.update(&self.buffer[..wrote]);
        out(&self.buffer[..wrote]);
        match status {
            Ok(Status::StreamEnd) => {
                self.part = Part::Trailer;
                Step::Read(read)
            }
            // The inflater may hold output back after its last input byte.
            Ok(_) if read + wrote == 0 => Step::More,
            Ok(_) => Step::Read(read),
            // The library's own words are about its state, not about the data.
            Err(_) => Step::Bad(read, BadKind::BadMember, "its data is damaged".to_owned()),
        }
    }

    fn trailer(&self, input: &[u8]) -> Step {
        let (Some(crc), Some(len)) = (word(input, 0), word(input, 4)) else {
            return Step::More;
        };
        if (crc, len) == (self.crc.sum(), self.crc.amount()) {
            return Step::End(8);
        }
        Step::Bad(8, BadKind::BadCrc, "checksum or length does not match its data".to_owned())
    }
}

impl Codec for Gzip {
    const NAME: &'static str = "gzip member";
    const PADDED: bool = true;

    fn begins(bytes: &[u8]) -> Option<bool> {
        match bytes.get(3) {
            Some(flags) => Some(bytes.starts_with(&BEGIN) && flags & RESERVED == 0),
            None => (!BEGIN.starts_with(bytes)).then_some(false),
        }
    }

    fn find(&self, bytes: &[u8]) -> Option<usize> {
        find_magic(&self.begin, bytes)
    }

    fn reset(&mut self, _is_thrifty: bool) {
        self.part = Part::Header;
        self.inflate.reset(false);
        self.crc.reset();
    }

    fn step(&mut self, input: &[u8], out: &mut dyn FnMut(&[u8])) -> Step {
        match self.part {
            Part::Header => self.header(input),
            Part::Body => self.body(input, out),
            Part::Trailer => self.trailer(input),
        }
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

enum Header {
    Complete(usize),
    Partial,
}

/// Length of the member header at the start of `h`.
fn header_len(h: &[u8]) -> Header {
    let (hcrc, extra, name, comment) = (2u8, 4u8, 8u8, 16u8);
    if h.len() < 10 {
        return Header::Partial;
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
