//! UTF-16 and UTF-32 streams, told by their byte order marks or by their zeros, as UTF-8.
//!
//! It stands behind decompression and in front of the segmenter, so that every format may come
//! in them. Offsets are those of the UTF-8.

use super::wrapping::{Decoded, Decoder, Sink};
use crate::text::charset::Wide;

/// Bytes that tell a byte order mark.
const MARK: usize = 4;

/// Bytes that tell it without one, if the source has as many.
const LOOK: usize = 1 << 10;

/// A decoder whose output is UTF-8 where that of `inner` is wider.
pub fn decoder(inner: Box<dyn Decoder>) -> impl Decoder {
    Widening { inner, text: Text::default() }
}

struct Widening {
    inner: Box<dyn Decoder>,
    text: Text,
}

#[derive(Default)]
struct Text {
    /// What the stream is, once that is known: `Some(None)` is anything but wide.
    wide: Option<Option<Wide>>,
    /// Bytes not handed on yet: the first ones, or part of a unit.
    held: Vec<u8>,
    utf8: Vec<u8>,
}

impl Text {
    fn take(&mut self, decoded: Decoded<'_>, out: &mut Sink<'_>) {
        // Most streams are not wide, which their first bytes show without a copy of them.
        if let Decoded::Bytes(bytes) = decoded
            && self.wide.is_none()
            && self.held.is_empty()
            && bytes.len() >= MARK
            && Wide::of(bytes).is_none()
            && is_usual(&bytes[..MARK])
        {
            self.wide = Some(None);
        }
        match decoded {
            Decoded::Bytes(bytes) if self.wide == Some(None) => out(Decoded::Bytes(bytes)),
            Decoded::Bytes(bytes) => self.bytes(bytes, false, out),
            damage => {
                // What comes after it need not continue a unit.
                self.bytes(&[], true, out);
                out(damage);
            }
        }
    }

    fn bytes(&mut self, bytes: &[u8], last: bool, out: &mut Sink<'_>) {
        self.held.extend_from_slice(bytes);
        if self.wide.is_none() && (self.held.len() >= MARK || (last && !self.held.is_empty())) {
            self.tell(last);
        }
        match self.wide {
            None => return,
            Some(None) => self.utf8.append(&mut self.held),
            Some(Some(wide)) => {
                let used = wide.append(&self.held, last, &mut self.utf8);
                self.held.drain(..used);
            }
        }
        if !self.utf8.is_empty() {
            out(Decoded::Bytes(&self.utf8));
            self.utf8.clear();
        }
    }

    /// Settles what the stream is, if enough of it is there. One that begins like any text is not held back.
    fn tell(&mut self, last: bool) {
        let marked = Wide::of(&self.held);
        let first = &self.held[..self.held.len().min(MARK)];
        let usual = marked.is_some() || is_usual(first);
        if usual || last || self.held.len() >= LOOK {
            let look = &self.held[..self.held.len().min(LOOK)];
            let found = marked.or_else(|| Wide::without_mark(look).filter(|_| !usual).map(|wide| (wide, 0)));
            self.held.drain(..found.map_or(0, |(_, mark)| mark));
            self.wide = Some(found.map(|(wide, _)| wide));
        }
    }
}

/// Whether `bytes` are the beginning of a text in UTF-8, without zeros.
fn is_usual(bytes: &[u8]) -> bool {
    !bytes.contains(&0) && std::str::from_utf8(bytes).map_or_else(|e| e.error_len().is_none(), |_| true)
}

impl Decoder for Widening {
    fn push(&mut self, chunk: &[u8], out: &mut Sink<'_>) {
        self.inner.push(chunk, &mut |decoded| self.text.take(decoded, out));
    }

    fn finish(&mut self, out: &mut Sink<'_>) {
        self.inner.finish(&mut |decoded| self.text.take(decoded, out));
        self.text.bytes(&[], true, out);
    }
}
