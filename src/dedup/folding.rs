//! Text to folded bytes: letters in lower case, and a zero byte wherever a word ends.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, mask8x32, u8x32};

use super::letters::{self, Fold, OTHER, SHORT};
use super::words::{CHUNK, absorb, finish};

/// Bytes that are looked at together.
const BLOCK: usize = 32;
/// Folded bytes that are kept; small enough to be cleared for every document.
const ROOM: usize = 2048;

/// Cuts folded bytes into words and hashes them, some hundred words at a time.
pub(super) struct Cutter<'a> {
    out: &'a mut Vec<u32>,
    /// Folded bytes; what is behind `len` is left over and means nothing.
    bytes: [u8; ROOM],
    len: usize,
    /// State of the hash of a word that was longer than `bytes`.
    state: u64,
    /// Letters so far of scripts without spaces.
    pub(super) spaceless: usize,
    /// Where words begin and end.
    edges: [u16; ROOM + SPARE],
}

impl<'a> Cutter<'a> {
    pub(super) fn new(out: &'a mut Vec<u32>) -> Self {
        Self { out, bytes: [0; ROOM], len: 0, state: 0, spaceless: 0, edges: [0; ROOM + SPARE] }
    }

    /// Takes a line, whose end ends a word.
    #[inline(always)]
    pub(super) fn line<S: Simd>(&mut self, simd: S, line: &str) {
        let (bytes, mut at) = (line.as_bytes(), 0);
        if line.is_empty() {
            return;
        }
        while at < bytes.len() {
            if self.len > ROOM - 2 * BLOCK {
                self.flush(simd);
            }
            let read = (bytes.len() - at).min(BLOCK);
            at += match bytes[at..].first_chunk::<BLOCK>() {
                Some(block) => self.block(simd, block, BLOCK),
                None => {
                    let mut block = [0; BLOCK];
                    block[..read].copy_from_slice(&bytes[at..]);
                    self.block(simd, &block, read)
                }
            };
        }
        self.bytes[self.len] = 0;
        self.len += 1;
    }

    /// Folds a block of which `read` bytes are text. Returns the bytes done with.
    #[inline(always)]
    fn block<S: Simd>(&mut self, simd: S, bytes: &[u8; BLOCK], read: usize) -> usize {
        let block = u8x32::from_slice(simd, bytes);
        // What is a letter or digit afterwards was one before, and a digit has this bit anyway.
        let low = block | 0x20;
        let letter = (low - b'a').simd_lt(26);
        let digit = (block - b'0').simd_lt(10);
        let zero = u8x32::splat(simd, 0);
        (letter | digit).select(low, zero).store_slice(&mut self.bytes[self.len..self.len + BLOCK]);
        let wide: mask8x32<S> = block.simd_ge(0x80);
        match wide.to_bitmask() {
            0 => {
                self.len += read;
                read
            }
            wide => self.wide(bytes, read, wide as u32),
        }
    }

    /// Puts the folded wide characters of a block where their bytes are, up to the first that
    /// becomes longer or shorter or goes on behind the `read` bytes. Returns the bytes done with.
    #[inline(never)]
    fn wide(&mut self, block: &[u8; BLOCK], read: usize, mut wide: u32) -> usize {
        let Some(to) = self.bytes[self.len..].first_chunk_mut::<{ 2 * BLOCK }>() else { return 0 };
        let (short, mut spaceless) = (&*SHORT, 0);
        let mut stop = (read, read);
        while wide != 0 {
            let i = wide.trailing_zeros() as usize % BLOCK;
            let (c, len) = decode(block, i);
            if i + len > read {
                stop = (i, i);
                break;
            }
            wide &= !(((1 << len) - 1) << i);
            if len == 2 && short[c as usize % 0x800] != OTHER {
                to[i..i + 2].copy_from_slice(&short[c as usize % 0x800].to_le_bytes());
                continue;
            }
            let written = match letters::fold(char::from_u32(c).unwrap_or(' ')) {
                Fold::Break => len,
                Fold::Nothing => 0,
                Fold::Letter(l) => {
                    spaceless += usize::from(letters::is_spaceless(l));
                    l.encode_utf8(&mut to[i..i + 4]).len()
                }
            };
            if written != len {
                stop = (i + len, i + written);
                break;
            }
        }
        self.spaceless += spaceless;
        self.len += stop.1;
        stop.0
    }

    /// Hashes the words that have ended and keeps the beginning of the next.
    #[inline(always)]
    pub(super) fn flush<S: Simd>(&mut self, simd: S) {
        let (mut n, mut last) = (0, 0);
        for (block, at) in self.bytes.as_chunks::<64>().0.iter().zip((0..self.len).step_by(64)) {
            let (a, b) = block.split_at(32);
            let bits = |half| {
                let half: mask8x32<S> = u8x32::from_slice(simd, half).simd_eq(0);
                half.to_bitmask()
            };
            let mut letters = !(bits(a) | bits(b) << 32);
            if self.len - at < 64 {
                letters &= (1 << (self.len - at)) - 1;
            }
            // Where a word begins or has ended.
            n += positions(letters ^ (letters << 1 | last), at as u16, &mut self.edges[n..]);
            last = letters >> 63;
        }
        // A word that is cut off by the end of the bytes has not ended.
        if n > 0 && usize::from(self.edges[n - 1]) == self.len {
            n -= 1;
        }
        let open = if n % 2 == 1 { usize::from(self.edges[n - 1]) } else { self.len };
        self.hash(n);
        self.keep(open);
    }

    /// Hashes words by the first `n` edges, in pairs.
    #[inline(always)]
    fn hash(&mut self, n: usize) {
        let words = self.edges[..n].as_chunks::<2>().0;
        self.out.reserve(words.len());
        let (mut state, bytes) = (self.state, &self.bytes);
        self.out.extend(words.iter().map(|&[from, to]| {
            let (mut from, to) = (usize::from(from), usize::from(to));
            let mut h = std::mem::take(&mut state);
            while to - from > CHUNK {
                h = absorb(h, chunk(bytes, from), CHUNK);
                from += CHUNK;
            }
            finish(absorb(h, chunk(bytes, from), to - from))
        }));
        self.state = state;
    }

    /// Moves the bytes from `open` on to the front. If that is all there is, the word is too long
    /// to wait for its end.
    fn keep(&mut self, mut open: usize) {
        if open == 0 {
            while self.len - open > CHUNK {
                self.state = absorb(self.state, chunk(&self.bytes, open), CHUNK);
                open += CHUNK;
            }
        }
        self.bytes.copy_within(open..self.len, 0);
        self.len -= open;
    }
}

/// Edges that [`positions`] writes at once, whether there are so many or not.
const SPARE: usize = 16;

/// Writes the positions of the set bits, counted from `base`; returns how many.
#[inline(always)]
fn positions(mut bits: u64, base: u16, to: &mut [u16]) -> usize {
    let n = bits.count_ones() as usize;
    // Sixteen at a time without a look: a branch for each would often be mispredicted.
    for sixteen in to.as_chunks_mut::<SPARE>().0.iter_mut().take(n.div_ceil(SPARE)) {
        for to in sixteen {
            *to = base + bits.trailing_zeros() as u16;
            bits &= bits.wrapping_sub(1);
        }
    }
    n
}

/// The code point of the wide character at `i`, and its bytes. Behind the end of the block it goes
/// on at its beginning, and means nothing.
#[inline(always)]
fn decode(block: &[u8; BLOCK], i: usize) -> (u32, usize) {
    let more = |k: usize| u32::from(block[(i + k) % BLOCK] & 0x3F);
    match u32::from(block[i % BLOCK]) {
        b @ ..0xE0 => ((b & 0x1F) << 6 | more(1), 2),
        b @ ..0xF0 => ((b & 0xF) << 12 | more(1) << 6 | more(2), 3),
        b => ((b & 7) << 18 | more(1) << 12 | more(2) << 6 | more(3), 4),
    }
}

/// The bytes from `from` on, and zeros behind the end.
#[inline(always)]
fn chunk(bytes: &[u8; ROOM], from: usize) -> [u8; CHUNK] {
    *bytes[from..].first_chunk().unwrap_or(&[0; CHUNK])
}
