//! Snappy in its framing format. Every chunk has a checksum of its own, so each is a member.

use std::io::Read;

use memchr::memmem::Finder;
use snap::read::FrameDecoder;

use super::bad::BadKind;
use super::members::{Codec, Members, Step};
use super::wrapping::Decoder;

/// The chunk with which a stream begins.
const BEGIN: [u8; 10] = [0xFF, 6, 0, 0, b's', b'N', b'a', b'P', b'p', b'Y'];
/// Decoded bytes of a chunk at most.
const CHUNK: usize = 64 << 10;
/// Longest body of a chunk with data: its checksum and the worst that compression does.
const LONGEST: usize = 4 + 32 + CHUNK + CHUNK / 6;

/// Whether `bytes` begin a snappy stream.
pub fn is_snappy(bytes: &[u8]) -> bool {
    bytes.starts_with(&BEGIN)
}

/// A decoder for any number of streams.
pub fn decoder() -> impl Decoder {
    let inner = FrameDecoder::new(Feed { bytes: BEGIN.to_vec(), at: 0 });
    Members::new(Snappy { inner, buffer: vec![0; CHUNK], skip: 0, begin: Finder::new(&BEGIN).into_owned() })
}

/// One chunk at a time.
struct Feed {
    bytes: Vec<u8>,
    at: usize,
}

impl Read for Feed {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let n = (&self.bytes[self.at..]).read(out)?;
        self.at += n;
        Ok(n)
    }
}

struct Snappy {
    inner: FrameDecoder<Feed>,
    buffer: Vec<u8>,
    /// Bytes left of a chunk that nobody reads.
    skip: usize,
    begin: Finder<'static>,
}

fn length(bytes: &[u8]) -> Option<usize> {
    let [a, b, c] = *bytes.get(1..)?.first_chunk()?;
    Some(usize::from(a) | usize::from(b) << 8 | usize::from(c) << 16)
}

/// Whether `bytes` may be the header of a chunk with data.
fn is_data(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(0 | 1)) && length(bytes).is_none_or(|n| (5..=LONGEST).contains(&n))
}

impl Snappy {
    fn data(&mut self, chunk: &[u8], out: &mut dyn FnMut(&[u8])) -> Result<(), String> {
        let feed = self.inner.get_mut();
        // What an earlier, damaged chunk has left is not for this one.
        feed.bytes.drain(..if feed.at == 0 { 0 } else { feed.bytes.len() });
        feed.at = 0;
        feed.bytes.extend_from_slice(chunk);
        loop {
            match self.inner.read(&mut self.buffer) {
                Ok(0) => return Ok(()),
                Ok(n) => out(&self.buffer[..n]),
                Err(e) => return Err(e.to_string()),
            }
        }
    }
}

impl Codec for Snappy {
    const NAME: &'static str = "snappy chunk";
    const PADDED: bool = false;

    fn begins(bytes: &[u8]) -> Option<bool> {
        match bytes.first()? {
            0xFF if bytes.len() < BEGIN.len() => (!BEGIN.starts_with(bytes)).then_some(false),
            0xFF => Some(bytes.starts_with(&BEGIN)),
            0 | 1 if bytes.len() < 4 => None,
            0 | 1 => Some(is_data(bytes)),
            2..0x80 => Some(false),
            0x80..0xFF => (bytes.len() >= 4).then_some(true),
        }
    }

    fn find(&self, bytes: &[u8]) -> Option<usize> {
        let stream = self.begin.find(bytes).unwrap_or(bytes.len());
        let mut data = memchr::memchr2_iter(0, 1, &bytes[..stream]).filter(|at| is_data(&bytes[*at..]));
        let cut_off = || (1..BEGIN.len()).rev().find(|n| bytes.ends_with(&BEGIN[..*n]));
        let found = data.next().or((stream < bytes.len()).then_some(stream));
        found.or_else(|| cut_off().map(|n| bytes.len() - n))
    }

    fn reset(&mut self, _is_thrifty: bool) {
        self.skip = 0;
    }

    fn step(&mut self, input: &[u8], out: &mut dyn FnMut(&[u8])) -> Step {
        if self.skip > 0 {
            let n = self.skip.min(input.len());
            self.skip -= n;
            return match (n, self.skip) {
                (0, _) => Step::More,
                (_, 0) => Step::End(n),
                _ => Step::Read(n),
            };
        }
        let Some(len) = length(input) else { return Step::More };
        if !matches!(input[0], 0 | 1) {
            self.skip = len;
            return if len == 0 { Step::End(4) } else { Step::Read(4) };
        }
        let Some(chunk) = input.get(..4 + len) else { return Step::More };
        let mut whole = Vec::new();
        match self.data(chunk, &mut |bytes| whole.extend_from_slice(bytes)) {
            Ok(()) => {
                out(&whole);
                Step::End(chunk.len())
            }
            Err(what) => {
                let kind = if what.contains("checksum") { BadKind::BadCrc } else { BadKind::BadMember };
                Step::Bad(chunk.len(), kind, what)
            }
        }
    }
}
