//! Folding of ASCII with 32 bytes at a time, where the processor has AVX2.

use pulp::x86::V3;

/// Proof that the processor has what is needed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wide(V3);

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
    /// Nothing on other processors.
    pub fn new() -> Option<Self> {
        V3::try_new().map(Self)
    }

    /// Appends ASCII characters at the start of `text`, folded; returns how many.
    pub fn push(self, text: &[u8], out: &mut Vec<u8>) -> usize {
        let text = &text[..text.len().min(WINDOW)];
        let spaced = matches!(out.last(), None | Some(b' '));
        let at = out.len();
        // A block is written whole, wherever it ends.
        out.resize(at + text.len() + BLOCK, 0);
        let place = &mut out[at..];
        let simd = self.0;
        let (read, written) = simd.vectorize(
            #[inline(always)]
            || fold(simd, text, spaced, place),
        );
        out.truncate(at + written);
        read
    }
}

/// Folds up to the end or the first byte that is not ASCII; how many were read and written.
#[inline(always)]
fn fold(simd: V3, text: &[u8], spaced: bool, to: &mut [u8]) -> (usize, usize) {
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
fn ascii_len(simd: V3, block: &[u8; BLOCK]) -> usize {
    (simd.avx2._mm256_movemask_epi8(pulp::cast(*block)) as u32).trailing_zeros() as usize
}

/// Folds the first `len` bytes of a block; `carry` is whether a space stands in front.
#[inline(always)]
fn block_into(simd: V3, block: &[u8; BLOCK], len: usize, carry: &mut u32, to: &mut [u8], n: &mut usize) {
    let folded = block.map(
        #[inline(always)]
        |b| {
            let upper = b.wrapping_sub(b'A') < 26;
            let rest = (b.wrapping_sub(b'a') < 26) | (b.wrapping_sub(b'0') < 10);
            if upper | rest { b | (u8::from(upper) << 5) } else { b' ' }
        },
    );
    let spaces = simd.avx2._mm256_cmpeq_epi8(pulp::cast(folded), pulp::cast([b' '; BLOCK]));
    let spaces = simd.avx2._mm256_movemask_epi8(spaces) as u32;
    let doubled = spaces & (spaces << 1 | *carry);
    *carry = spaces >> 31;
    let mut left = len;
    for (i, eight) in folded.as_chunks::<8>().0.iter().enumerate() {
        let set = (doubled >> (8 * i) & 0xFF) as usize;
        // No branch: where a space is doubled cannot be foreseen.
        let places = pulp::cast([WITHOUT[set], 0]);
        let moved = simd.ssse3._mm_shuffle_epi8(pulp::cast([u64::from_le_bytes(*eight), 0]), places);
        let [moved, _]: [u64; 2] = pulp::cast(moved);
        to[*n..*n + 8].copy_from_slice(&moved.to_le_bytes());
        let here = left.min(8);
        left -= here;
        *n += here - (set & ((1 << here) - 1)).count_ones() as usize;
    }
}
