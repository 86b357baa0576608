//! Folding of ASCII with 32 bytes at a time, where the processor can do that well.

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, u8x16, u8x32};

/// What the processor can do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wide(Level);

const BLOCK: usize = 32;
/// What is folded at most before the caller looks again.
const WINDOW: usize = 4 << 10;

/// For each set of bytes out of eight: where those stand that are not in it.
static WITHOUT: [u64; 256] = without();

const fn without() -> [u64; 256] {
    let mut table = [0; 256];
    let mut set = 0;
    while set < 256 {
        let (mut from, mut to) = (0, 0);
        while from < 8 {
            if set >> from & 1 == 0 {
                table[set] |= from << (8 * to);
                to += 1;
            }
            from += 1;
        }
        set += 1;
    }
    table
}

impl Wide {
    /// Nothing where bytes of a vector cannot be moved to where another one says.
    pub fn new() -> Option<Self> {
        let level = Level::new();
        #[cfg(target_arch = "x86_64")]
        let suits = level.as_avx2().is_some();
        #[cfg(not(target_arch = "x86_64"))]
        let suits = false;
        suits.then_some(Self(level))
    }

    /// Appends ASCII characters at the start of `text`, folded; returns how many.
    pub fn push(self, text: &[u8], out: &mut Vec<u8>) -> usize {
        let text = &text[..text.len().min(WINDOW)];
        let spaced = matches!(out.last(), None | Some(b' '));
        let at = out.len();
        // A block is written whole, wherever it ends.
        out.resize(at + text.len() + BLOCK, 0);
        let place = &mut out[at..];
        let (read, written) = dispatch!(self.0, simd => fold(simd, text, spaced, place));
        out.truncate(at + written);
        read
    }
}

/// Folds up to the end or the first byte that is not ASCII; how many were read and written.
#[inline(always)]
fn fold<S: Simd>(simd: S, text: &[u8], spaced: bool, to: &mut [u8]) -> (usize, usize) {
    let (mut n, mut carry) = (0, u32::from(spaced));
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    for (i, block) in blocks.iter().enumerate() {
        let ascii = ascii_len(simd, block);
        block_into(simd, block, ascii, &mut carry, to, &mut n);
        if ascii < BLOCK {
            return (i * BLOCK + ascii, n);
        }
    }
    // What is missing to a block is never read back.
    let mut block = [b' '; BLOCK];
    block[..rest.len()].copy_from_slice(rest);
    let ascii = ascii_len(simd, &block).min(rest.len());
    block_into(simd, &block, ascii, &mut carry, to, &mut n);
    (text.len() - rest.len() + ascii, n)
}

#[inline(always)]
fn ascii_len<S: Simd>(simd: S, block: &[u8; BLOCK]) -> usize {
    let wide = u8x32::from_slice(simd, block).simd_ge(0x80);
    (wide.to_bitmask() as u32).trailing_zeros() as usize
}

/// Folds the first `len` bytes of a block; `carry` is whether a space stands in front.
#[inline(always)]
fn block_into<S: Simd>(
    simd: S,
    block: &[u8; BLOCK],
    len: usize,
    carry: &mut u32,
    to: &mut [u8],
    n: &mut usize,
) {
    let block = u8x32::from_slice(simd, block);
    let upper = (block - b'A').simd_lt(26);
    let letter = ((block | 0x20) - b'a').simd_lt(26);
    let kept = letter | (block - b'0').simd_lt(10);
    let lower = upper.select(block | 0x20, block);
    let vector = kept.select(lower, u8x32::splat(simd, b' '));
    let mut folded = [0; BLOCK];
    vector.store_slice(&mut folded);
    let spaces = vector.simd_eq(b' ').to_bitmask() as u32;
    let doubled = spaces & (spaces << 1 | *carry);
    *carry = spaces >> 31;
    let mut left = len;
    for (i, eight) in folded.as_chunks::<8>().0.iter().enumerate() {
        let set = (doubled >> (8 * i) & 0xFF) as usize;
        // No branch: where a space is doubled cannot be foreseen.
        let mut moved = [0; 16];
        let half = |low: [u8; 8]| {
            let mut all = [0; 16];
            all[..8].copy_from_slice(&low);
            u8x16::from_slice(simd, &all)
        };
        half(*eight).swizzle_dyn(half(WITHOUT[set].to_le_bytes())).store_slice(&mut moved);
        to[*n..*n + 8].copy_from_slice(&moved[..8]);
        let here = left.min(8);
        left -= here;
        *n += here - (set & ((1 << here) - 1)).count_ones() as usize;
    }
}
