//! Zstandard: any number of frames, skippable ones included.

use zstd::stream::raw::{Decoder as Raw, InBuffer, Operation, OutBuffer};

use super::bad::{Bad, BadKind};
use super::wrapping::Decoder;

/// Largest window accepted, as a power of two: 128 MiB, the limit of `zstd --long`.
const WINDOW_LOG_MAX: u32 = 27;

/// Whether `bytes` begin a zstd frame or a skippable one.
pub fn is_zstd(bytes: &[u8]) -> bool {
    let Some(magic) = bytes.first_chunk::<4>() else {
        return false;
    };
    let magic = u32::from_le_bytes(*magic);
    magic == 0xFD2F_B528 || (0x184D_2A50..=0x184D_2A5F).contains(&magic)
}

/// Reads frames one after the other.
#[derive(Default)]
pub struct Zstd {
    raw: Option<Raw<'static>>,
    /// Inside a frame: an end here is a truncation.
    within: bool,
    buffer: Vec<u8>,
}

impl Zstd {
    fn run(&mut self, chunk: &[u8], out: &mut dyn FnMut(&[u8])) -> std::io::Result<()> {
        // Asked without input after a frame, the library answers as if the next had begun.
        if chunk.is_empty() {
            return Ok(());
        }
        let raw = match &mut self.raw {
            Some(raw) => raw,
            none => {
                let mut raw = Raw::new()?;
                raw.set_parameter(zstd::zstd_safe::DParameter::WindowLogMax(WINDOW_LOG_MAX))?;
                self.buffer.resize(zstd::zstd_safe::DCtx::out_size(), 0);
                none.insert(raw)
            }
        };
        let mut input = InBuffer::around(chunk);
        loop {
            let mut output = OutBuffer::around(self.buffer.as_mut_slice());
            let at = input.pos();
            let hint = raw.run(&mut input, &mut output)?;
            let (full, n) = (output.pos() == output.capacity(), output.pos());
            self.within = hint != 0;
            out(&self.buffer[..n]);
            if input.pos() == chunk.len() && !full {
                return Ok(());
            }
            if input.pos() == at && n == 0 {
                return Err(std::io::Error::other("no progress"));
            }
        }
    }
}

impl Decoder for Zstd {
    fn push(&mut self, chunk: &[u8], out: &mut dyn FnMut(&[u8])) -> Result<(), Bad> {
        self.run(chunk, out).map_err(|e| BadKind::BadMember.because(format!("zstd: {e}")))
    }

    fn finish(&mut self, _: &mut dyn FnMut(&[u8])) -> Result<(), Bad> {
        if self.within {
            return Err(BadKind::TruncatedStream.because("the zstd stream ends inside a frame"));
        }
        Ok(())
    }
}
