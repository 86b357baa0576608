//! Compression around a dump, told by its magic bytes.

use std::ops::Range;

use super::{Bad, InputOptions, bzip2, guard, gzip, lz4, snappy, widening, xz, zstd};

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
    COMPRESSIONS.iter().find(|c| (c.begins)(first)).map(|c| (c.decoder)())
}

/// Whether undoing the compression of a stream with these first bytes, if there is one, takes hardly any memory:
/// others may ask for a window of many megabytes.
pub fn is_light(first: &[u8]) -> bool {
    first.starts_with(&gzip::MAGIC) || !COMPRESSIONS.iter().any(|c| (c.begins)(first))
}

/// A compression that is undone.
#[derive(Debug)]
pub struct Compression {
    /// Its name.
    pub name: &'static str,
    /// File endings, with their dots.
    pub endings: &'static [&'static str],
    /// Whether a stream with these first bytes is in it.
    pub begins: fn(&[u8]) -> bool,
    decoder: fn() -> Box<dyn Decoder>,
}

/// Every compression, in the order in which they are tried.
pub static COMPRESSIONS: &[Compression] = &[
    Compression {
        name: "gzip",
        endings: &[".gz"],
        begins: |first| first.starts_with(&gzip::MAGIC),
        decoder: || Box::new(gzip::decoder()),
    },
    Compression {
        name: "zstd",
        endings: &[".zst"],
        begins: zstd::is_zstd,
        decoder: || Box::new(zstd::decoder()),
    },
    Compression {
        name: "bzip2",
        endings: &[".bz2"],
        begins: bzip2::is_bzip2,
        decoder: || Box::new(bzip2::decoder()),
    },
    Compression {
        name: "xz",
        endings: &[".xz"],
        begins: xz::is::<xz::Xz>,
        decoder: || Box::new(xz::decoder::<xz::Xz>()),
    },
    Compression {
        name: "lzip",
        endings: &[".lz"],
        begins: xz::is::<xz::Lzip>,
        decoder: || Box::new(xz::decoder::<xz::Lzip>()),
    },
    Compression {
        name: "lzma",
        endings: &[".lzma"],
        begins: xz::is::<xz::Alone>,
        decoder: || Box::new(xz::decoder::<xz::Alone>()),
    },
    Compression {
        name: "lz4",
        endings: &[".lz4"],
        begins: lz4::is_lz4,
        decoder: || Box::new(lz4::decoder()),
    },
    Compression {
        name: "snappy",
        endings: &[".sz", ".snappy"],
        begins: snappy::is_snappy,
        decoder: || Box::new(snappy::decoder()),
    },
];

/// The decoder of a source: compression, its limits, then UTF-16 and UTF-32.
pub fn source(first: &[u8], options: &InputOptions) -> Box<dyn Decoder> {
    match compressed(first) {
        Some(decoder) => Box::new(widening::decoder(guard::decoder(decoder, options))),
        None => Box::new(widening::decoder(Box::new(Identity))),
    }
}

/// `path` without the ending of a compression.
pub fn without_ending(path: &str) -> &str {
    let endings = COMPRESSIONS.iter().flat_map(|c| c.endings);
    endings.into_iter().find_map(|e| path.strip_suffix(e)).unwrap_or(path)
}

/// Bytes of the stream that [`decoder`] wants to see.
pub const MAGIC_BYTES: usize = 13;

struct Identity;

impl Decoder for Identity {
    fn push(&mut self, chunk: &[u8], out: &mut Sink<'_>) {
        out(Decoded::Bytes(chunk));
    }

    fn finish(&mut self, _: &mut Sink<'_>) {}
}
