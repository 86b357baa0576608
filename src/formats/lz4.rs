//! LZ4 frames (the frame format, version 1.6), skippable ones included.

use lz4_flex::block::{decompress_into, decompress_into_with_dict};
use memchr::memmem::Finder;
use xxhash_rust::xxh32::{Xxh32, xxh32};

use super::bad::BadKind;
use super::members::{Codec, Members, Step, find_magic};
use super::wrapping::Decoder;

/// The first bytes of a frame.
const BEGIN: [u8; 4] = [0x04, 0x22, 0x4D, 0x18];
/// Those of a skippable frame, after one of 16 bytes.
const SKIPPABLE: [u8; 3] = [0x2A, 0x4D, 0x18];
/// How far back a block may refer.
const WINDOW: usize = 64 << 10;

/// Whether `bytes` begin an LZ4 frame.
pub fn is_lz4(bytes: &[u8]) -> bool {
    bytes.starts_with(&BEGIN)
}

/// A decoder for any number of frames.
pub fn decoder() -> impl Decoder {
    Members::new(Lz4 {
        part: Part::Header,
        frame: Frame::default(),
        sum: Xxh32::new(0),
        window: Vec::new(),
        buffer: Vec::new(),
        begin: Finder::new(&BEGIN).into_owned(),
    })
}

struct Lz4 {
    part: Part,
    frame: Frame,
    sum: Xxh32,
    /// What blocks may refer to, at most [`WINDOW`] bytes.
    window: Vec<u8>,
    buffer: Vec<u8>,
    begin: Finder<'static>,
}

#[derive(Clone, Copy)]
enum Part {
    Header,
    /// So many bytes of a skippable frame are left.
    Skip(usize),
    Block,
    Trailer,
}

/// What a frame's header says.
#[derive(Default)]
struct Frame {
    linked: bool,
    block_sums: bool,
    content_sum: bool,
    max: usize,
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn bad(n: usize, what: impl Into<String>) -> Step {
    Step::Bad(n, BadKind::BadMember, what.into())
}

impl Lz4 {
    fn header(&mut self, input: &[u8]) -> Step {
        if !input.starts_with(&BEGIN) && input.len() >= 4 {
            let Some(len) = word(input, 4) else { return Step::More };
            self.part = Part::Skip(len as usize);
            return if len == 0 { Step::End(8) } else { Step::Read(8) };
        }
        let (Some(flags), Some(size)) = (input.get(4), input.get(5)) else { return Step::More };
        let (content_size, dictionary) = (flags & 8 != 0, flags & 1 != 0);
        let end = 6 + if content_size { 8 } else { 0 } + if dictionary { 4 } else { 0 };
        let Some(sum) = input.get(end) else { return Step::More };
        if *sum != (xxh32(&input[4..end], 0) >> 8) as u8 {
            return Step::Bad(
                end + 1,
                BadKind::BadCrc,
                "the checksum of its header does not match".to_owned(),
            );
        }
        let code = size >> 4 & 7;
        if flags >> 6 != 1 || code < 4 {
            return bad(end + 1, "it asks for what no known version has");
        }
        if dictionary {
            let id = word(input, end - 4).unwrap_or_default();
            return bad(
                end + 1,
                format!("it needs the dictionary {id}; decompress it with its own tool first"),
            );
        }
        self.frame = Frame {
            linked: flags & 0x20 == 0,
            block_sums: flags & 0x10 != 0,
            content_sum: flags & 4 != 0,
            max: 1 << (8 + 2 * usize::from(code)),
        };
        self.part = Part::Block;
        Step::Read(end + 1)
    }

    fn block(&mut self, input: &[u8], out: &mut dyn FnMut(&[u8])) -> Step {
        let Some(size) = word(input, 0) else { return Step::More };
        if size == 0 {
            self.part = Part::Trailer;
            return if self.frame.content_sum { Step::Read(4) } else { Step::End(4) };
        }
        let (stored, len) = (size >> 31 == 1, (size & !(1 << 31)) as usize);
        if len > self.frame.max {
            return bad(4, "a block is larger than its header allows");
        }
        let sums = if self.frame.block_sums { 4 } else { 0 };
        let Some(data) = input.get(4..4 + len) else { return Step::More };
        if input.len() < 4 + len + sums {
            return Step::More;
        }
        let end = 4 + len + sums;
        if sums > 0 && word(input, 4 + len) != Some(xxh32(data, 0)) {
            return Step::Bad(end, BadKind::BadCrc, "the checksum of a block does not match".to_owned());
        }
        let block = if stored {
            data
        } else {
            self.buffer.resize(self.frame.max, 0);
            let unpacked = match self.window.is_empty() {
                true => decompress_into(data, &mut self.buffer),
                false => decompress_into_with_dict(data, &mut self.buffer, &self.window),
            };
            let Ok(n) = unpacked else { return bad(end, "its data is damaged") };
            &self.buffer[..n]
        };
        if self.frame.content_sum {
            self.sum.update(block);
        }
        out(block);
        if self.frame.linked {
            let block = &block[block.len().saturating_sub(WINDOW)..];
            let surplus = (self.window.len() + block.len()).saturating_sub(WINDOW);
            self.window.drain(..surplus);
            self.window.extend_from_slice(block);
        }
        Step::Read(end)
    }
}

impl Codec for Lz4 {
    const NAME: &'static str = "lz4 frame";
    const PADDED: bool = false;

    fn begins(bytes: &[u8]) -> Option<bool> {
        let (head, whole) = (&bytes[..bytes.len().min(4)], bytes.len() >= 4);
        let skippable = |first: &u8| first & 0xF0 == 0x50 && SKIPPABLE.starts_with(&head[1..]);
        let may = BEGIN.starts_with(head) || head.first().is_some_and(skippable);
        (whole || !may).then_some(may)
    }

    fn find(&self, bytes: &[u8]) -> Option<usize> {
        find_magic(&self.begin, bytes)
    }

    fn reset(&mut self, _is_thrifty: bool) {
        self.part = Part::Header;
        self.window.clear();
        self.sum = Xxh32::new(0);
    }

    fn step(&mut self, input: &[u8], out: &mut dyn FnMut(&[u8])) -> Step {
        match self.part {
            Part::Header => self.header(input),
            Part::Skip(_) if input.is_empty() => Step::More,
            Part::Skip(n) if n <= input.len() => Step::End(n),
            Part::Skip(n) => {
                self.part = Part::Skip(n - input.len());
                Step::Read(input.len())
            }
            Part::Block => self.block(input, out),
            Part::Trailer => match word(input, 0) {
                None => Step::More,
                Some(sum) if sum == self.sum.digest() => Step::End(4),
                Some(_) => Step::Bad(4, BadKind::BadCrc, "checksum does not match its data".to_owned()),
            },
        }
    }
}
