//! Cutting a source by its characters: what is not UTF-8 becomes it on the way to the segmenter, and what that finds
//! is handed on with the bytes and the ranges of the source.
//!
//! The set is told where the first line stands that is not UTF-8, from that line on: the place depends on the source
//! alone. From there on each line is in that set or in UTF-8.

use super::super::{Out, Segmenter};
use super::Plain;
use super::original::Original;
use crate::text::legacy;

/// Bytes that the set is told from, if the source has as many.
const LOOK: usize = 64 << 10;

/// Most bytes that are passed on without another look, where there was no set to tell: a look costs some hundred
/// times what it costs to cut as many bytes.
const MOST_DOUBT: u64 = 1 << 20;

/// A longer line is read in parts.
const LONG: usize = 64 << 10;

pub(super) struct Decoding {
    inner: Plain,
    /// The next bytes for `inner`: a line that is not whole yet, or what the set is told from.
    held: Vec<u8>,
    /// Where `held` begins in the source.
    at: u64,
    /// The line at `at` is not UTF-8, and it is to be told what it is.
    telling: bool,
    /// What stands before is damaged UTF-8, or no text.
    damaged: u64,
    /// Over how many bytes that holds the next time.
    doubt: u64,
    /// What the source is beside UTF-8, once that is told.
    original: Option<Original>,
    /// Lines as UTF-8, on their way to `inner`.
    utf8: Vec<u8>,
}

impl Decoding {
    pub fn new(inner: Plain) -> Self {
        Self {
            inner,
            held: Vec::new(),
            at: 0,
            telling: false,
            damaged: 0,
            doubt: LOOK as u64,
            original: None,
            utf8: Vec::new(),
        }
    }

    /// Takes what can be taken of `bytes`, which stand at `at`: whole lines and parts of long ones. Returns how many
    /// bytes that are.
    fn take(&mut self, bytes: &[u8], ended: bool, out: &mut Out<'_>) -> usize {
        let mut used = 0;
        while used < bytes.len() {
            let rest = &bytes[used..];
            let n = match &self.original {
                _ if self.telling => {
                    if rest.len() < LOOK && !ended {
                        break;
                    }
                    self.tell(&rest[..rest.len().min(LOOK)]);
                    continue;
                }
                None => self.pass(rest, ended, out),
                Some(_) => self.decode(rest, ended, out),
            };
            self.at += n as u64;
            used += n;
            if n == 0 && !self.telling {
                break;
            }
        }
        used
    }

    fn tell(&mut self, look: &[u8]) {
        self.telling = false;
        match legacy::tell(look) {
            Some(set) => self.original = Some(Original::new(self.at, set)),
            None => {
                self.damaged = self.at + self.doubt;
                self.doubt = (self.doubt * 2).min(MOST_DOUBT);
            }
        }
    }

    /// Hands on what is UTF-8, or was found to be damaged UTF-8.
    fn pass(&mut self, bytes: &[u8], ended: bool, out: &mut Out<'_>) -> usize {
        let whole = match memchr::memrchr2(b'\n', b'\r', bytes) {
            _ if ended => bytes.len(),
            Some(at) => at + 1,
            None => part(bytes, false),
        };
        let bytes = &bytes[..whole];
        let Err(error) = simdutf8::compat::from_utf8(bytes) else {
            self.inner.push(bytes, out);
            return whole;
        };
        let valid = error.valid_up_to();
        let mut start = memchr::memrchr2(b'\n', b'\r', &bytes[..valid]).map_or(0, |at| at + 1);
        let mut end = start + part(&bytes[start..], true);
        while end <= valid {
            (start, end) = (end, end + part(&bytes[end..], true));
        }
        self.telling = self.at + start as u64 >= self.damaged;
        let n = if self.telling { start } else { end };
        self.inner.push(&bytes[..n], out);
        n
    }

    /// Hands on lines of a source in an older set.
    fn decode(&mut self, bytes: &[u8], ended: bool, out: &mut Out<'_>) -> usize {
        let Some(original) = &mut self.original else { return 0 };
        self.utf8.clear();
        let mut used = 0;
        while used < bytes.len() {
            let n = part(&bytes[used..], ended);
            if n == 0 {
                break;
            }
            original.read(&bytes[used..used + n], &mut self.utf8);
            used += n;
        }
        self.inner.push(&self.utf8, &mut |piece| original.hand_on(piece, out));
        let (from, too_large) = self.inner.holds();
        original.let_go(from, too_large);
        used
    }
}

/// Length of the line that `bytes` begin with, or of a part of it if it is long; 0 if its end is not there yet.
fn part(bytes: &[u8], ended: bool) -> usize {
    let window = &bytes[..bytes.len().min(LONG)];
    match memchr::memchr3(b'\n', b'\r', b'\x0C', window) {
        Some(at) => at + 1,
        None if bytes.len() < LONG => usize::from(ended) * bytes.len(),
        // No character has a byte as low as that but those of ASCII; a text without them is cut where UTF-8 may be.
        None => {
            let low = window.iter().rposition(|b| *b < b'0').map(|at| at + 1);
            let lead = || (LONG - 4..LONG).rev().find(|at| !matches!(window[*at], 0x80..=0xBF));
            low.or_else(lead).unwrap_or(LONG)
        }
    }
}

impl Segmenter for Decoding {
    fn push(&mut self, chunk: &[u8], out: &mut Out<'_>) {
        if self.held.is_empty() {
            let used = self.take(chunk, false, out);
            self.held.extend_from_slice(&chunk[used..]);
            return;
        }
        self.held.extend_from_slice(chunk);
        let ends = || memchr::memchr3(b'\n', b'\r', b'\x0C', chunk).is_some();
        if self.held.len() >= LONG || (!self.telling && ends()) {
            let mut held = std::mem::take(&mut self.held);
            let used = self.take(&held, false, out);
            held.drain(..used);
            self.held = held;
        }
    }

    fn finish(&mut self, cut_short: bool, out: &mut Out<'_>) {
        let held = std::mem::take(&mut self.held);
        self.take(&held, true, out);
        match &mut self.original {
            None => self.inner.finish(cut_short, out),
            Some(original) => self.inner.finish(cut_short, &mut |piece| original.hand_on(piece, out)),
        }
    }
}
