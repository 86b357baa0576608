//! Compression around a dump, told by its magic bytes.

use super::{Bad, gzip, zstd};

/// Decompresses a stream. Sans-IO.
pub trait Decoder: Send {
    /// Takes the next bytes, hands decoded ones to `out`.
    ///
    /// # Errors
    /// The stream is damaged at this point. What was handed out before is good; the
    /// decoder takes no more input.
    fn push(&mut self, chunk: &[u8], out: &mut dyn FnMut(&[u8])) -> Result<(), Bad>;
    /// The stream has ended.
    ///
    /// # Errors
    /// It ended too early.
    fn finish(&mut self, out: &mut dyn FnMut(&[u8])) -> Result<(), Bad>;
}

/// A decoder chosen by the first bytes of a stream; the identity if none fits.
pub fn decoder(first: &[u8]) -> Box<dyn Decoder> {
    if first.starts_with(&gzip::MAGIC) {
        Box::new(gzip::Gzip::default())
    } else if zstd::is_zstd(first) {
        Box::new(zstd::Zstd::default())
    } else {
        Box::new(Identity)
    }
}

/// Bytes of the stream that [`decoder`] wants to see.
pub const MAGIC_BYTES: usize = 4;

struct Identity;

impl Decoder for Identity {
    fn push(&mut self, chunk: &[u8], out: &mut dyn FnMut(&[u8])) -> Result<(), Bad> {
        out(chunk);
        Ok(())
    }

    fn finish(&mut self, _: &mut dyn FnMut(&[u8])) -> Result<(), Bad> {
        Ok(())
    }
}
