//! Bzip2: any number of streams, as `pbzip2` and `cat` make them.

use bzip2::{Decompress, Status};
use memchr::memmem::Finder;

use super::bad::BadKind;
use super::members::{Codec, Members, Step, find_magic};
use super::wrapping::Decoder;
use crate::steps::step;

const OUT_BYTES: usize = 128 << 10;
/// Most input for one step.
const IN_BYTES: usize = 8 << 10;
/// The first bytes of a stream; a digit and a block's own beginning follow.
const BEGIN: [u8; 3] = *b"BZh";
/// How a block begins, and how the end of a stream does.
const BLOCK: [u8; 6] = [0x31, 0x41, 0x59, 0x26, 0x53, 0x59];
const END: [u8; 6] = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90];
/// Bytes of a stream up to its first block or its end, and of a stream of nothing with its sum, which is 0.
const HEAD: usize = 4;
const EMPTY: usize = 14;
/// Bytes of a stream up to the map of the characters in its first block.
const BLOCK_HEAD: usize = 20;
/// Bytes of input that take as long as to make large tables: 3.6 MB of zeros.
const TABLES_WORK: u64 = 64 << 10;

/// Whether `bytes` begin a bzip2 stream.
pub fn is_bzip2(bytes: &[u8]) -> bool {
    Bzip2::begins(bytes) == Some(true)
}

/// A decoder for any number of streams.
pub fn decoder() -> impl Decoder {
    let buffer = vec![0; OUT_BYTES].into_boxed_slice();
    Members::new(Bzip2 {
        inner: None,
        buffer,
        begin: Finder::new(&BEGIN).into_owned(),
        is_thrifty: false,
        extra: 0,
    })
}

struct Bzip2 {
    /// The stream under way, once it has shown that it needs tables of the size that it states.
    inner: Option<Decompress>,
    buffer: Box<[u8]>,
    begin: Finder<'static>,
    is_thrifty: bool,
    extra: u64,
}

/// Whether the first block may be one: the place of its original in the sorted rotations is within it, and it has
/// characters (bzip2 1.0.8, `BZ2_decompress`). Of what only looks like the beginning of a stream most is not.
fn is_block(stream: &[u8; BLOCK_HEAD]) -> bool {
    let bits = u64::from_be_bytes(*stream[12..].first_chunk().expect("20 bytes"));
    // After the sum of 32 bits: a flag, 24 bits of place, 16 of groups of characters.
    let (place, groups) = (bits << 17 >> 40, bits << 41 >> 48);
    let level = u64::from(stream[3] - b'0');
    place <= 100_000 * level + 10 && groups != 0
}

impl Bzip2 {
    /// Reads a stream that is all in `input` and small, with small tables instead of those it states: with those a
    /// file of many small streams would take hundreds of times as long as others. `None` if it is not small.
    fn small(&mut self, input: &[u8]) -> Option<(usize, usize)> {
        let mut decoder = Decompress::new(false);
        decoder.decompress(b"BZh1", &mut self.buffer).ok()?;
        let status = decoder.decompress(&input[HEAD..], &mut self.buffer).ok()?;
        (status == Status::StreamEnd).then(|| (decoder.total_in() as usize, decoder.total_out() as usize))
    }

    /// Looks at the beginning of a stream: what it comes to, or `None` if it has to be read with tables of the size
    /// that it states.
    fn first(&mut self, input: &[u8], out: &mut dyn FnMut(&[u8])) -> Option<Step> {
        let damaged = |seen| Some(Step::Bad(seen, BadKind::BadMember, "its data is damaged".to_owned()));
        if input.get(HEAD..HEAD + END.len()) == Some(&END) {
            return match input.get(HEAD + END.len()..EMPTY) {
                None => Some(Step::More),
                Some([0, 0, 0, 0]) => Some(Step::End(EMPTY)),
                Some(_) => damaged(EMPTY),
            };
        }
        let Some(head) = input.first_chunk() else { return Some(Step::More) };
        if !is_block(head) {
            return damaged(BLOCK_HEAD);
        }
        if head[3] > b'1' {
            if let Some((read, wrote)) = self.small(input) {
                out(&self.buffer[..wrote]);
                return Some(Step::End(read));
            }
            if self.is_thrifty {
                return damaged(BLOCK_HEAD);
            }
            self.extra = TABLES_WORK;
        }
        None
    }
}

impl Codec for Bzip2 {
    const NAME: &'static str = "bzip2 stream";
    const PADDED: bool = true;

    fn begins(bytes: &[u8]) -> Option<bool> {
        let (magic, rest) = bytes.split_at(bytes.len().min(3));
        let (level, block) = rest.split_at(rest.len().min(1));
        let block = &block[..block.len().min(6)];
        let may = BEGIN.starts_with(magic)
            && level.iter().all(|b| matches!(b, b'1'..=b'9'))
            && (BLOCK.starts_with(block) || END.starts_with(block));
        (bytes.len() >= 10 || !may).then_some(may)
    }

    fn find(&self, bytes: &[u8]) -> Option<usize> {
        find_magic(&self.begin, bytes)
    }

    fn reset(&mut self, is_thrifty: bool) {
        (self.inner, self.is_thrifty, self.extra) = (None, is_thrifty, 0);
    }

    fn extra(&self) -> u64 {
        self.extra
    }

    fn step(&mut self, input: &[u8], out: &mut dyn FnMut(&[u8])) -> Step {
        let input = &input[..input.len().min(IN_BYTES)];
        if self.inner.is_none()
            && let Some(step) = self.first(input, out)
        {
            return step;
        }
        let inner = self.inner.get_or_insert_with(|| {
            step();
            Decompress::new(false)
        });
        let (was_in, was_out) = (inner.total_in(), inner.total_out());
        let status = inner.decompress(input, &mut self.buffer);
        let read = (inner.total_in() - was_in) as usize;
        let wrote = (inner.total_out() - was_out) as usize;
        out(&self.buffer[..wrote]);
        match status {
            Ok(Status::StreamEnd) => Step::End(read),
            Ok(Status::MemNeeded) => Step::Bad(read, BadKind::BadMember, "no memory for it".to_owned()),
            Ok(_) if read + wrote == 0 => Step::More,
            Ok(_) => Step::Read(read),
            Err(_) => Step::Bad(read, BadKind::BadMember, "its data is damaged".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use bzip2::Compression;
    use bzip2::write::BzEncoder;

    use super::super::wrapping::Decoded;
    use super::*;
    use crate::steps::taken;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = BzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    /// What comes out, how often damage is told, and how many large tables are made.
    fn decode(bytes: &[u8]) -> (Vec<u8>, usize, u64) {
        let (mut out, mut damaged) = (Vec::new(), 0);
        let tables = taken(|| {
            let mut take = |decoded: Decoded<'_>| match decoded {
                Decoded::Bytes(bytes) => out.extend_from_slice(bytes),
                Decoded::Damage { .. } => damaged += 1,
            };
            let mut decoder = decoder();
            decoder.push(bytes, &mut take);
            decoder.finish(&mut take);
        });
        (out, damaged, tables)
    }

    #[test]
    fn small_streams_take_no_large_tables() {
        let (rain, nothing) = (packed(b"Rain.\n"), packed(b""));
        let (out, damaged, tables) = decode(&[rain.repeat(999), nothing.repeat(999), rain.clone()].concat());
        assert_eq!((out, damaged), (b"Rain.\n".repeat(1000), 0));
        // A stream that does not end where a piece of input does is read like a large one.
        assert!(tables < 10, "{tables} tables");
        let large: Vec<u8> =
            (0..300_000_u32).flat_map(|n| n.wrapping_mul(0x9E37_79B9).to_be_bytes()).collect();
        assert_eq!(decode(&packed(&large)), (large, 0, 1));
    }

    #[test]
    fn what_only_begins_like_a_stream_takes_no_tables() {
        let rain = packed(b"Rain.\n");
        for (false_one, most) in [
            (&b"BZh91AY&SY"[..], 2),
            (&rain[..14], 2),
            (b"BZh9\x17\x72\x45\x38\x50\x90abcd", 2),
            // Its first bytes may well begin a block.
            (&rain[..28], 100),
        ] {
            let (out, damaged, tables) = decode(&[&false_one.repeat(5000)[..], &rain, &rain].concat());
            assert!(out.ends_with(b"Rain.\nRain.\n") && damaged > 0, "{false_one:?}");
            assert!(tables <= most, "{tables} tables for {false_one:?}");
        }
    }
}
