//! Compression around a dump, told by its magic bytes.

use std::ops::Range;

use super::{Bad, InputOptions, guard, gzip, widening, zstd};

/// What a decoder hands out.
#[derive(Debug)]
pub enum Decoded<'a> {
    /// The next decoded bytes.
    Bytes(&'a [u8]),
    /// Input that could not be decoded. What follows does not continue what came before.
    Damage {
        /// What is wrong with it.
        reason: Bad,
        /// Where it stands in the compressed source.
        at: Range<u64>,
        /// The first of it, at most [`KEPT_BYTES`](super::bad::KEPT_BYTES).
        head: &'a [u8],
    },
}

/// Receives decoded bytes and damage in order.
pub type Sink<'s> = dyn FnMut(Decoded<'_>) + 's;

/// Decompresses a stream. Sans-IO: the result does not depend on how chunks are cut.
pub trait Decoder: Send {
    /// Takes the next bytes.
    fn push(&mut self, chunk: &[u8], out: &mut Sink<'_>);
    /// The stream has ended.
    fn finish(&mut self, out: &mut Sink<'_>);
}

/// A decoder chosen by the first bytes of a stream; the identity if none fits.
pub fn decoder(first: &[u8]) -> Box<dyn Decoder> {
    compressed(first).unwrap_or_else(|| Box::new(Identity))
}

fn compressed(first: &[u8]) -> Option<Box<dyn Decoder>> {
    if first.starts_with(&gzip::MAGIC) {
        Some(Box::new(gzip::decoder()))
    } else if zstd::is_zstd(first) {
        Some(Box::new(zstd::decoder()))
    } else {
        None
    }
}

/// The decoder of a source: compression, its limits, then UTF-16 and UTF-32.
pub fn source(first: &[u8], options: &InputOptions) -> Box<dyn Decoder> {
    match compressed(first) {
        Some(decoder) => Box::new(widening::decoder(guard::decoder(decoder, options))),
        None => Box::new(widening::decoder(Box::new(Identity))),
    }
}

/// File endings of compressions, with their dots.
pub const ENDINGS: &[&str] = &[".gz", ".zst"];

/// Bytes of the stream that [`decoder`] wants to see.
pub const MAGIC_BYTES: usize = 4;

struct Identity;

impl Decoder for Identity {
    fn push(&mut self, chunk: &[u8], out: &mut Sink<'_>) {
        out(Decoded::Bytes(chunk));
    }

    fn finish(&mut self, _: &mut Sink<'_>) {}
}
