//! A limit for what a compressed source may become: a few kilobytes can decode to terabytes.

use super::InputOptions;
use super::bad::BadKind;
use super::wrapping::{Decoded, Decoder, Sink};

/// Decoded bytes that any source may have, whatever the ratio: small ones often compress well.
const FREE: u64 = 16 << 20;

/// `inner`, given up where it becomes larger than `options` allow.
pub fn decoder(inner: Box<dyn Decoder>, options: &InputOptions) -> Box<dyn Decoder> {
    let (most, ratio) = (options.max_decoded_bytes, options.max_ratio);
    Box::new(Guard { inner, most, ratio, read: 0, gave: 0, stopped: false })
}

struct Guard {
    inner: Box<dyn Decoder>,
    most: u64,
    ratio: u64,
    read: u64,
    gave: u64,
    stopped: bool,
}

/// Decoders work at multiples of this and at the end: counted there, it is the same however the
/// input is cut.
const STEP: u64 = 64 << 10;

impl Guard {
    /// Why what came out so far is too much.
    fn exceeded(&self, gave: u64) -> Option<String> {
        if self.most > 0 && gave > self.most {
            return Some(format!(
                "it decodes to more than {} bytes, the limit `max-decoded-bytes`",
                self.most
            ));
        }
        let allowed = self.read.saturating_mul(self.ratio).max(FREE);
        (self.ratio > 0 && gave > allowed).then(|| {
            format!("each byte decodes to more than {} on average, the limit `max-ratio`", self.ratio)
        })
    }

    fn run(&mut self, out: &mut Sink<'_>, step: impl FnOnce(&mut dyn Decoder, &mut Sink<'_>)) {
        if self.stopped {
            return;
        }
        let mut inner = std::mem::replace(&mut self.inner, Box::new(Nothing));
        step(&mut *inner, &mut |decoded| {
            if self.stopped {
                return;
            }
            let Decoded::Bytes(bytes) = decoded else { return out(decoded) };
            if let Some(what) = self.exceeded(self.gave + bytes.len() as u64) {
                self.stopped = true;
                let at = self.read..self.read;
                let reason = BadKind::DecodedLimit.because(format!(
                    "compressed bytes {}..{}: {what}; the rest is left out",
                    at.start, at.end
                ));
                return out(Decoded::Damage { reason, at, head: &[] });
            }
            self.gave += bytes.len() as u64;
            out(Decoded::Bytes(bytes));
        });
        self.inner = inner;
    }
}

impl Decoder for Guard {
    fn push(&mut self, mut chunk: &[u8], out: &mut Sink<'_>) {
        while !chunk.is_empty() && !self.stopped {
            let room = STEP - self.read % STEP;
            let (now, later) = chunk.split_at(chunk.len().min(room as usize));
            self.read += now.len() as u64;
            chunk = later;
            self.run(out, |inner, out| inner.push(now, out));
        }
    }

    fn finish(&mut self, out: &mut Sink<'_>) {
        self.run(out, |inner, out| inner.finish(out));
    }
}

/// Stands in while the real one is at work.
struct Nothing;

impl Decoder for Nothing {
    fn push(&mut self, _: &[u8], _: &mut Sink<'_>) {}
    fn finish(&mut self, _: &mut Sink<'_>) {}
}
