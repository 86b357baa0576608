//! UTF-16 and UTF-32 streams, told by their byte order marks, as UTF-8.
//!
//! It stands behind decompression and in front of the segmenter, so that every format may come
//! in them. Offsets are those of the UTF-8.

use super::wrapping::{Decoded, Decoder, Sink};
use crate::text::charset::Wide;

/// Bytes that tell a byte order mark.
const MARK: usize = 4;

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
            let found = Wide::of(&self.held);
            self.held.drain(..found.map_or(0, |(_, mark)| mark));
            self.wide = Some(found.map(|(wide, _)| wide));
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
