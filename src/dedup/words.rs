//! Text to hashes of its words.

use fearless_simd::{Level, Simd, dispatch};

use super::folding::Cutter;
use super::letters::{self, Fold};

/// What a text was cut into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Units {
    /// Runs of alphanumeric characters.
    Words,
    /// Single alphanumeric characters.
    Characters,
}

/// Appends the hashes of the units of a text to `out`, in order.
///
/// A word is a longest run of alphanumeric characters (`char::is_alphanumeric`) within a line, in
/// lower case (`char::to_lowercase`, character by character). Combining marks U+0300 to U+036F,
/// zero-width U+200B to U+200D, U+FEFF and the soft hyphen U+00AD are as if they were not there.
/// So texts that differ in case, punctuation, quotes and white space only have the same hashes.
///
/// Where more than half of the alphanumeric characters of a text belong to scripts without
/// spaces between words (Han, Hiragana, Katakana, Thai, Lao, Tibetan, Myanmar, Khmer), each
/// alphanumeric character is a unit, lower-cased.
///
/// A hash has 32 bits of which the low 16 are as good as any ([`hash`]).
pub fn units_of<'a>(lines: impl Iterator<Item = &'a str> + Clone, out: &mut Vec<u32>) -> Units {
    let start = out.len();
    let spaceless = words(Level::new(), lines.clone(), out);
    let end = out.len();
    // A word has at least a character: most texts are decided without a look at these.
    if spaceless * 2 <= end - start {
        return Units::Words;
    }
    out.extend(lines.flat_map(characters).map(|c| {
        let mut bytes = [0; CHUNK];
        let len = c.encode_utf8(&mut bytes).len();
        finish(absorb(0, bytes, len))
    }));
    if spaceless * 2 <= out.len() - end {
        out.truncate(end);
        return Units::Words;
    }
    out.drain(start..end);
    Units::Characters
}

/// Appends the hashes of words; returns how many letters belong to scripts without spaces.
fn words<'a>(level: Level, lines: impl Iterator<Item = &'a str>, out: &mut Vec<u32>) -> usize {
    #[inline(always)]
    fn words<'a, S: Simd>(simd: S, lines: impl Iterator<Item = &'a str>, out: &mut Vec<u32>) -> usize {
        let mut cutter = Cutter::new(out);
        // Not `for_each`: what it calls would not be compiled for the processor at hand.
        for line in lines {
            cutter.line(simd, line);
        }
        cutter.flush(simd);
        cutter.spaceless
    }
    dispatch!(level, simd => words(simd, lines, out))
}

/// The letters of a line, in lower case.
fn characters(line: &str) -> impl Iterator<Item = char> {
    line.chars().filter_map(|c| match letters::fold(c) {
        Fold::Letter(l) => Some(l),
        _ => None,
    })
}

/// Hash of a word: `word` is folded already, and neither empty nor with a zero byte.
///
/// The bytes are taken 16 at a time, zeros behind the last, as two numbers of 64 bits, little end
/// first. Both are mixed by the two halves of their product, as in wyhash.
pub fn hash(word: &[u8]) -> u32 {
    finish(word.chunks(CHUNK).fold(0, |state, part| {
        let mut chunk = [0; CHUNK];
        chunk[..part.len()].copy_from_slice(part);
        absorb(state, chunk, part.len())
    }))
}

/// Bytes that enter a hash together.
pub(super) const CHUNK: usize = 16;

/// What is left of a chunk by its length.
const MASKS: [u128; CHUNK + 1] = {
    let (mut masks, mut i) = ([u128::MAX; CHUNK + 1], 0);
    while i < CHUNK {
        masks[i] = (1 << (8 * i)) - 1;
        i += 1;
    }
    masks
};

/// The state of a hash after the first `len` bytes of another chunk. At first it is 0.
#[inline(always)]
pub(super) fn absorb(state: u64, chunk: [u8; CHUNK], len: usize) -> u64 {
    let both = u128::from_le_bytes(chunk) & MASKS[len.min(CHUNK)];
    let (a, b) = (both as u64 ^ state ^ 0x9E37_79B9_7F4A_7C15, (both >> 64) as u64 ^ 0xE703_7ED1_A0B4_28DB);
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// The hash by its last state.
#[inline(always)]
pub(super) fn finish(state: u64) -> u32 {
    ((state ^ state >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93) >> 32) as u32
}

#[cfg(test)]
mod tests;
