//! Bzip2: any number of streams, as `pbzip2` and `cat` make them.

use bzip2::{Decompress, Status};
use memchr::memmem::Finder;

use super::bad::BadKind;
use super::members::{Codec, Members, Step, find_magic};
use super::wrapping::Decoder;

const OUT_BYTES: usize = 128 << 10;
/// Most input for one step.
const IN_BYTES: usize = 8 << 10;
/// The first bytes of a stream; a digit and a block's own beginning follow.
const BEGIN: [u8; 3] = *b"BZh";
/// How a block begins, and how the end of a stream does.
const BLOCK: [u8; 6] = [0x31, 0x41, 0x59, 0x26, 0x53, 0x59];
const END: [u8; 6] = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90];

/// Whether `bytes` begin a bzip2 stream.
pub fn is_bzip2(bytes: &[u8]) -> bool {
    Bzip2::begins(bytes) == Some(true)
}

/// A decoder for any number of streams.
pub fn decoder() -> impl Decoder {
    let buffer = vec![0; OUT_BYTES].into_boxed_slice();
    Members::new(Bzip2 { inner: Decompress::new(false), buffer, begin: Finder::new(&BEGIN).into_owned() })
}

struct Bzip2 {
    inner: Decompress,
    buffer: Box<[u8]>,
    begin: Finder<'static>,
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

    fn reset(&mut self) {
        self.inner = Decompress::new(false);
    }

    fn step(&mut self, input: &[u8], out: &mut dyn FnMut(&[u8])) -> Step {
        let input = &input[..input.len().min(IN_BYTES)];
        let (was_in, was_out) = (self.inner.total_in(), self.inner.total_out());
        let status = self.inner.decompress(input, &mut self.buffer);
        let read = (self.inner.total_in() - was_in) as usize;
        let wrote = (self.inner.total_out() - was_out) as usize;
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
