//! Zstandard: any number of frames, skippable ones included.

use memchr::memmem::Finder;
use zstd::stream::raw::{Decoder as Raw, InBuffer, Operation, OutBuffer};

use super::bad::BadKind;
use super::members::{Codec, Members, Step, find_magic};
use super::wrapping::Decoder;

/// Largest window accepted, as a power of two: 128 MiB, the limit of `zstd --long`.
const WINDOW_LOG_MAX: u32 = 27;
/// Most input for one step.
const IN_BYTES: usize = 8 << 10;
/// The first bytes of a frame.
const BEGIN: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// Those of a skippable frame, after one of 16 bytes.
const SKIPPABLE: [u8; 3] = [0x2A, 0x4D, 0x18];

/// Whether `bytes` begin a zstd frame or a skippable one.
pub fn is_zstd(bytes: &[u8]) -> bool {
    Zstd::begins(bytes) == Some(true)
}

/// A decoder for any number of frames.
pub fn decoder() -> impl Decoder {
    Members::new(Zstd { fresh: true, raw: None, buffer: Vec::new(), begin: Finder::new(&BEGIN).into_owned() })
}

/// The number of the dictionary that the frame at the start of `bytes` needs, 0 for none; `None`
/// if they are too few to tell.
fn dictionary(bytes: &[u8]) -> Option<u32> {
    if !bytes.starts_with(&BEGIN) {
        return (bytes.len() >= BEGIN.len()).then_some(0);
    }
    let flags = *bytes.get(4)?;
    let at = if flags & 0x20 == 0 { 6 } else { 5 };
    let len = [0, 1, 2, 4][usize::from(flags & 3)];
    let id = bytes.get(at..at + len)?;
    Some(id.iter().rev().fold(0, |id, b| id << 8 | u32::from(*b)))
}

struct Zstd {
    /// Nothing of the frame is read yet.
    fresh: bool,
    raw: Option<Raw<'static>>,
    buffer: Vec<u8>,
    begin: Finder<'static>,
}

impl Zstd {
    fn run(&mut self, input: &[u8], out: &mut dyn FnMut(&[u8])) -> std::io::Result<Step> {
        let raw = match &mut self.raw {
            Some(raw) => raw,
            none => {
                let mut raw = Raw::new()?;
                raw.set_parameter(zstd::zstd_safe::DParameter::WindowLogMax(WINDOW_LOG_MAX))?;
                self.buffer.resize(zstd::zstd_safe::DCtx::out_size(), 0);
                none.insert(raw)
            }
        };
        let mut input = InBuffer::around(input);
        let mut output = OutBuffer::around(self.buffer.as_mut_slice());
        let hint = raw.run(&mut input, &mut output)?;
        let (read, wrote) = (input.pos(), output.pos());
        out(&self.buffer[..wrote]);
        Ok(match (hint, read + wrote) {
            (0, _) => Step::End(read),
            (_, 0) => Step::More,
            _ => Step::Read(read),
        })
    }
}

impl Codec for Zstd {
    const NAME: &'static str = "zstd frame";
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
        self.fresh = true;
        if self.raw.as_mut().is_some_and(|raw| raw.reinit().is_err()) {
            self.raw = None;
        }
    }

    fn step(&mut self, input: &[u8], out: &mut dyn FnMut(&[u8])) -> Step {
        // Where exactly in the input it failed, the library does not say.
        let input = &input[..input.len().min(IN_BYTES)];
        if self.fresh {
            match dictionary(input) {
                None => return Step::More,
                Some(0) => self.fresh = false,
                Some(id) => {
                    let what = format!("it needs the dictionary {id}; decompress it with `zstd -d -D` first");
                    return Step::Bad(input.len(), BadKind::BadMember, what);
                }
            }
        }
        self.run(input, out).unwrap_or_else(|e| Step::Bad(input.len(), BadKind::BadMember, e.to_string()))
    }
}
