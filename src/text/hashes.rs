//! BLAKE3 of many texts at once.
//!
//! A text of a few kilobytes is too short for the vectors of a hash function that goes along one
//! text: here each lane of a vector has a piece of another text. The result is what
//! `blake3::hash` says, which is the plain reference.
//!
//! Source: O'Connor, Aumasson, Neves and Wilcox-O'Hearn, "BLAKE3: one function, fast everywhere",
//! 2020, sections 2.1 to 2.4; the names are theirs.

use std::ops::Range;

use fearless_simd::prelude::*;
use fearless_simd::{Simd, dispatch};

use super::LEVEL;

const BLOCK: usize = 64;
const CHUNK: usize = 1024;
/// Longer texts fill vectors by themselves.
const LONG: usize = 32 * CHUNK;

const CHUNK_START: u32 = 1;
const CHUNK_END: u32 = 2;
const PARENT: u32 = 4;
const ROOT: u32 = 8;

const IV: [u32; 8] =
    [0x6A09_E667, 0xBB67_AE85, 0x3C6E_F372, 0xA54F_F53A, 0x510E_527F, 0x9B05_688C, 0x1F83_D9AB, 0x5BE0_CD19];

/// Which words of the block each round takes, in order.
const SCHEDULE: [[usize; 16]; 7] = schedule();

const fn schedule() -> [[usize; 16]; 7] {
    let permutation = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
    let mut all = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]; 7];
    let mut round = 1;
    while round < 7 {
        let mut i = 0;
        while i < 16 {
            all[round][i] = all[round - 1][permutation[i]];
            i += 1;
        }
        round += 1;
    }
    all
}

/// A chaining value.
type Cv = [u32; 8];

/// As many lanes as any vector has.
const LANES: usize = 16;

/// Memory that is used again for text after text.
#[derive(Debug, Default)]
pub struct Hasher {
    chunks: Vec<Chunk>,
    parents: Vec<Parent>,
    /// For each text where its chaining values begin, and how many there are.
    trees: Vec<(usize, usize)>,
    /// Chaining values of all texts; those of one text are merged in place.
    values: Vec<Cv>,
}

/// A piece of a text.
#[derive(Debug, Clone, Copy)]
struct Chunk {
    /// Which chaining value it makes.
    value: usize,
    /// Where it stands among the bytes of all texts.
    start: usize,
    len: usize,
    /// Its number within its text.
    number: u32,
    /// `ROOT` if it is all of its text.
    root: u32,
}

/// Two values that become one.
#[derive(Debug, Clone, Copy)]
struct Parent {
    left: usize,
    value: usize,
    flags: u32,
}

impl Chunk {
    fn blocks(&self) -> usize {
        self.len.div_ceil(BLOCK).max(1)
    }
}

impl Hasher {
    /// The first 128 bits of the hash of each of `texts`, which are ranges of `bytes`, in order.
    ///
    /// # Panics
    /// If a range lies outside of `bytes`.
    pub fn hash(&mut self, bytes: &[u8], texts: &[Range<usize>]) -> impl Iterator<Item = u128> {
        self.plan(texts);
        dispatch!(*LEVEL, simd => self.all_chunks(simd, bytes));
        while self.plan_parents() {
            dispatch!(*LEVEL, simd => self.all_parents(simd));
        }
        texts.iter().zip(&self.trees).map(|(text, &(first, values))| {
            let words = self.values[first];
            u128::from_be_bytes(match values {
                0 => *blake3::hash(&bytes[text.clone()]).as_bytes().first_chunk().expect("32 bytes"),
                _ => std::array::from_fn(|i| words[i / 4].to_le_bytes()[i % 4]),
            })
        })
    }

    fn plan(&mut self, texts: &[Range<usize>]) {
        self.chunks.clear();
        self.trees.clear();
        let mut value = 0;
        for text in texts {
            let count = if text.len() > LONG { 0 } else { text.len().div_ceil(CHUNK).max(1) };
            self.trees.push((value, count));
            let root = if count == 1 { ROOT } else { 0 };
            for number in 0..count {
                let start = text.start + number * CHUNK;
                let (len, number) = (CHUNK.min(text.end - start), number as u32);
                self.chunks.push(Chunk { value, start, len, number, root });
                value += 1;
            }
        }
        self.values.clear();
        self.values.resize(value + 1, IV);
        // The lanes of a vector go on until the longest of them is done.
        self.chunks.sort_unstable_by_key(|chunk| (chunk.blocks(), chunk.value));
    }

    /// The next level of all trees; whether there is one.
    fn plan_parents(&mut self) -> bool {
        self.parents.clear();
        for (first, count) in &mut self.trees {
            let flags = if *count == 2 { PARENT | ROOT } else { PARENT };
            let pairs = *count / 2;
            let parent = |i| Parent { left: *first + 2 * i, value: *first + i, flags };
            self.parents.extend((0..pairs).map(parent).filter(|_| *count > 1));
        }
        !self.parents.is_empty()
    }

    #[inline(always)]
    fn all_chunks<S: Simd>(&mut self, simd: S, bytes: &[u8]) {
        for chunks in self.chunks.chunks(S::u32s::LEN) {
            chunk_lanes(simd, bytes, chunks, &mut self.values);
        }
    }

    #[inline(always)]
    fn all_parents<S: Simd>(&mut self, simd: S) {
        for parents in self.parents.chunks(S::u32s::LEN) {
            parent_lanes(simd, parents, &mut self.values);
        }
        for (first, count) in &mut self.trees {
            if *count > 1 && *count % 2 == 1 {
                self.values[*first + *count / 2] = self.values[*first + *count - 1];
            }
            *count = count.div_ceil(2);
        }
    }
}

/// What a compression takes, for each lane.
struct Input {
    blocks: [[u8; BLOCK]; LANES],
    numbers: [u32; LANES],
    lens: [u32; LANES],
    flags: [u32; LANES],
}

impl Input {
    const NOTHING: Self =
        Self { blocks: [[0; BLOCK]; LANES], numbers: [0; LANES], lens: [0; LANES], flags: [0; LANES] };
}

/// Chunks, one a lane, the shortest first.
#[inline(always)]
fn chunk_lanes<S: Simd>(simd: S, bytes: &[u8], chunks: &[Chunk], values: &mut [Cv]) {
    let mut state = IV.map(|word| S::u32s::splat(simd, word));
    let mut input = Input::NOTHING;
    let steps = chunks.last().map_or(0, Chunk::blocks);
    for step in 0..steps {
        let done = chunks.partition_point(|chunk| chunk.blocks() <= step);
        for (lane, chunk) in chunks.iter().enumerate().skip(done) {
            let rest = &bytes[chunk.start..chunk.start + chunk.len][step * BLOCK..];
            if let Some(block) = rest.first_chunk() {
                input.blocks[lane] = *block;
            } else {
                input.blocks[lane] = [0; BLOCK];
                input.blocks[lane][..rest.len()].copy_from_slice(rest);
            }
            let last = step + 1 == chunk.blocks();
            input.numbers[lane] = chunk.number;
            input.lens[lane] = rest.len().min(BLOCK) as u32;
            input.flags[lane] =
                if step == 0 { CHUNK_START } else { 0 } | if last { CHUNK_END | chunk.root } else { 0 };
        }
        compress(simd, &mut state, &input);
        let ended = chunks.iter().enumerate().skip(done).take_while(|(_, c)| c.blocks() == step + 1);
        for (lane, chunk) in ended {
            values[chunk.value] = std::array::from_fn(|i| state[i].as_slice()[lane]);
        }
    }
}

#[inline(always)]
fn parent_lanes<S: Simd>(simd: S, parents: &[Parent], values: &mut [Cv]) {
    let mut state = IV.map(|word| S::u32s::splat(simd, word));
    let mut input = Input::NOTHING;
    for (lane, parent) in parents.iter().enumerate() {
        let both = values[parent.left].iter().chain(&values[parent.left + 1]);
        let block = input.blocks[lane].as_chunks_mut::<4>().0;
        block.iter_mut().zip(both).for_each(|(bytes, word)| *bytes = word.to_le_bytes());
        input.lens[lane] = BLOCK as u32;
        input.flags[lane] = parent.flags;
    }
    compress(simd, &mut state, &input);
    for (lane, parent) in parents.iter().enumerate() {
        values[parent.value] = std::array::from_fn(|i| state[i].as_slice()[lane]);
    }
}

#[inline(always)]
fn compress<S: Simd>(simd: S, state: &mut [S::u32s; 8], input: &Input) {
    let row = |row: &[u32; LANES]| S::u32s::from_slice(simd, &row[..S::u32s::LEN]);
    let words = words(simd, &input.blocks);
    let mut v: [S::u32s; 16] = std::array::from_fn(|i| match i {
        0..8 => state[i],
        8..12 => S::u32s::splat(simd, IV[i - 8]),
        12 => row(&input.numbers),
        // No text here has 2^32 chunks.
        13 => S::u32s::splat(simd, 0),
        14 => row(&input.lens),
        _ => row(&input.flags),
    });
    // One by one, so that rows stay in registers.
    round::<S, 0>(&mut v, &words);
    round::<S, 1>(&mut v, &words);
    round::<S, 2>(&mut v, &words);
    round::<S, 3>(&mut v, &words);
    round::<S, 4>(&mut v, &words);
    round::<S, 5>(&mut v, &words);
    round::<S, 6>(&mut v, &words);
    for i in 0..8 {
        state[i] = v[i] ^ v[i + 8];
    }
}

/// The words of the blocks, each with a lane for each block.
#[inline(always)]
fn words<S: Simd>(simd: S, blocks: &[[u8; BLOCK]; LANES]) -> [S::u32s; 16] {
    let (lanes, bytes) = (S::u32s::LEN, 4 * S::u32s::LEN);
    let mut words = [S::u32s::splat(simd, 0); 16];
    for (part, words) in words.chunks_exact_mut(lanes).enumerate() {
        for (row, block) in words.iter_mut().zip(blocks) {
            // Words are little-endian, as are the processors that have vectors.
            *row = Bytes::from_bytes(S::u8s::from_slice(simd, &block[part * bytes..][..bytes]));
        }
        transpose(words);
    }
    words
}

/// Exchanges rows and lanes.
#[inline(always)]
fn transpose<S: Simd, V: SimdInt<S>>(rows: &mut [V]) {
    let mut width = 1;
    while width < rows.len() {
        let mut old = [rows[0]; LANES];
        old[..rows.len()].copy_from_slice(rows);
        let (low, high) = old[..rows.len()].split_at(rows.len() / 2);
        for (to, (a, b)) in rows.chunks_exact_mut(2).zip(low.iter().zip(high)) {
            (to[0], to[1]) = (a.zip_low(*b), a.zip_high(*b));
        }
        width *= 2;
    }
}

/// Columns, then diagonals.
#[inline(always)]
fn round<S: Simd, const R: usize>(v: &mut [S::u32s; 16], words: &[S::u32s; 16]) {
    let word = |i: usize| words[SCHEDULE[R][i]];
    quarter(v, [0, 4, 8, 12], word(0), word(1));
    quarter(v, [1, 5, 9, 13], word(2), word(3));
    quarter(v, [2, 6, 10, 14], word(4), word(5));
    quarter(v, [3, 7, 11, 15], word(6), word(7));
    quarter(v, [0, 5, 10, 15], word(8), word(9));
    quarter(v, [1, 6, 11, 12], word(10), word(11));
    quarter(v, [2, 7, 8, 13], word(12), word(13));
    quarter(v, [3, 4, 9, 14], word(14), word(15));
}

#[inline(always)]
fn quarter<S: Simd, V: SimdInt<S, Element = u32>>(v: &mut [V; 16], [a, b, c, d]: [usize; 4], x: V, y: V) {
    v[a] = v[a] + v[b] + x;
    v[d] = rotate(v[d] ^ v[a], 16);
    v[c] += v[d];
    v[b] = rotate(v[b] ^ v[c], 12);
    v[a] = v[a] + v[b] + y;
    v[d] = rotate(v[d] ^ v[a], 8);
    v[c] += v[d];
    v[b] = rotate(v[b] ^ v[c], 7);
}

#[inline(always)]
fn rotate<S: Simd, V: SimdInt<S>>(word: V, by: u32) -> V {
    word >> by | word << (32 - by)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn same(lens: &[usize]) {
        let ends = lens.iter().scan(0, |at, len| {
            *at += len + 1;
            Some(*at)
        });
        // A byte between them that belongs to none.
        let texts: Vec<Range<usize>> = ends.zip(lens).map(|(end, len)| end - len..end).collect();
        let all = texts.last().map_or(0, |text| text.end);
        let bytes: Vec<u8> = (0..all).map(|i| ((i * 31) >> 3) as u8).collect();
        let mut hasher = Hasher::default();
        assert_eq!(hasher.hash(b"what was hashed before", &[0..4, 0..22]).count(), 2);
        let got: Vec<u128> = hasher.hash(&bytes, &texts).collect();
        let plain = |text: &Range<usize>| {
            let hash = blake3::hash(&bytes[text.clone()]);
            u128::from_be_bytes(*hash.as_bytes().first_chunk().expect("32 bytes"))
        };
        assert_eq!(got, texts.iter().map(plain).collect::<Vec<_>>());
    }

    #[test]
    fn every_border() {
        let around = |n: usize| n.saturating_sub(1)..n + 2;
        let lens: Vec<usize> = [1, 64, 128, 960, 1024, 1088, 2048, 3072, 5 * 1024, 8 * 1024, LONG]
            .into_iter()
            .flat_map(around)
            .collect();
        same(&lens);
        lens.iter().for_each(|len| same(&[*len]));
        same(&[]);
    }

    proptest! {
        #[test]
        fn as_the_reference(lens in prop::collection::vec(0usize..6000, 0..40)) {
            same(&lens);
        }
    }
}
