//! A line read 64 bytes at a time: one bit for each byte tells what stands there, and words lie
//! between the edges of a run of bits.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, u8x64};

use super::kinds::{self, *};
use super::{Facts, hash};

const BLOCK: usize = 64;

/// Counts what `line` is made of, and appends the hash of each word to `words`. Nothing if there
/// are characters of scripts without spaces, whose words have no edges; `words` may have got
/// some of the line then.
#[inline(always)]
pub fn read<S: Simd>(simd: S, line: &str, words: &mut Vec<u32>) -> Option<Facts> {
    let mut reader = Reader { line, ..Reader::default() };
    let (bytes, mut at) = (line.as_bytes(), 0);
    while at < bytes.len() {
        let (block, len) = match bytes[at..].first_chunk::<BLOCK>() {
            Some(block) => (*block, whole(line, at)),
            None => {
                let mut block = [0; BLOCK];
                block[..bytes.len() - at].copy_from_slice(&bytes[at..]);
                (block, bytes.len() - at)
            }
        };
        let (mut masks, wide) = Masks::of(simd, &block, len);
        if wide {
            masks.add_wide(&line[at..at + len])?;
        }
        reader.push(at, len, &masks, words);
        at += len;
    }
    if let Some(start) = reader.open {
        reader.word(start, line.len(), words);
    }
    Some(reader.facts)
}

/// The bytes of whole characters among the next 64, of which there are as many.
fn whole(line: &str, at: usize) -> usize {
    let at_edge = |len: &usize| line.is_char_boundary(at + len);
    (1..=BLOCK).rev().find(at_edge).expect("a character has four bytes at most")
}

/// Which bytes are what. Letters, white space and ends of sentences have all the bytes of their
/// characters, what is only counted has the first.
#[derive(Default)]
struct Masks {
    /// First bytes of characters.
    first: u64,
    letters: u64,
    capitals: u64,
    smalls: u64,
    digits: u64,
    space: u64,
    terminal: u64,
    commas: u64,
    bars: u64,
}

impl Masks {
    /// What stands in the first `len` bytes, and whether there is more than ASCII; that is not
    /// in the masks but for `first`.
    #[inline(always)]
    fn of<S: Simd>(simd: S, block: &[u8; BLOCK], len: usize) -> (Self, bool) {
        let b = u8x64::load_array_ref(simd, block);
        let valid = u64::MAX >> (BLOCK - len);
        let small = (b - b'a').simd_lt(26).to_bitmask();
        let capital = (b - b'A').simd_lt(26).to_bitmask();
        let digit = (b - b'0').simd_lt(10).to_bitmask();
        let space = (b - 9).simd_lt(5) | b.simd_eq(b' ');
        let terminal = b.simd_eq(b'.') | b.simd_eq(b'!') | b.simd_eq(b'?');
        let comma = b.simd_eq(b',') | b.simd_eq(b';');
        // <=> and {|} stand in rows.
        let row = (b - b'<').simd_lt(3) | (b - b'{').simd_lt(3);
        let hash = b.simd_eq(b'#') | b.simd_eq(b'/') | b.simd_eq(b'@');
        let bar = row | hash | b.simd_eq(b'\\') | b.simd_eq(b'_');
        let wide = b.simd_ge(0x80).to_bitmask() & valid;
        let masks = Self {
            first: !(b & 0xC0).simd_eq(0x80).to_bitmask() & valid,
            letters: (small | capital | digit) & valid,
            capitals: capital & valid,
            smalls: small & valid,
            digits: digit & valid,
            space: space.to_bitmask() & valid,
            terminal: terminal.to_bitmask() & valid,
            commas: comma.to_bitmask() & valid,
            bars: bar.to_bitmask() & valid,
        };
        (masks, wide != 0)
    }

    /// Adds what is not ASCII; nothing if there are characters that this way of reading does not
    /// know.
    #[inline(never)]
    fn add_wide(&mut self, text: &str) -> Option<()> {
        for (at, c) in text.char_indices().filter(|(_, c)| !c.is_ascii()) {
            let first = 1 << at;
            let all = (u64::MAX >> (BLOCK - c.len_utf8())) << at;
            match kinds::of(c) {
                UNSPACED => return None,
                TERMINAL if kinds::is_wide(c) => return None,
                SPACE => self.space |= all,
                TERMINAL => self.terminal |= all,
                COMMA => self.commas |= first,
                BAR => self.bars |= first,
                class @ (LOWER | UPPER | CASELESS | DIGIT) => {
                    self.letters |= all;
                    self.smalls |= if class == LOWER { first } else { 0 };
                    self.capitals |= if class == UPPER { first } else { 0 };
                    self.digits |= if class == DIGIT { first } else { 0 };
                }
                _ => {}
            }
        }
        Some(())
    }
}

/// What is known of a line while it is being read.
#[derive(Default)]
struct Reader<'a> {
    line: &'a str,
    facts: Facts,
    /// Where the word begins that goes on in the next block.
    open: Option<usize>,
    /// The last block ended with the end of a sentence.
    terminal: bool,
    /// A sentence has ended, and no word has come since.
    ended: bool,
}

impl Reader<'_> {
    /// Takes the `len` bytes at `at`.
    #[inline(always)]
    fn push(&mut self, at: usize, len: usize, masks: &Masks, words: &mut Vec<u32>) {
        let count = |mask: u64| mask.count_ones();
        let behind = masks.letters << 1 | u64::from(self.open.is_some());
        let mut starts = masks.letters & !behind;
        let mut ends = !masks.letters & behind & (u64::MAX >> (BLOCK - len));
        let facts = &mut self.facts;
        facts.visible += count(masks.first & !masks.space);
        facts.capitals += count(masks.capitals);
        facts.digits += count(masks.digits);
        facts.commas += count(masks.commas);
        facts.bars += count(masks.bars);
        facts.capital_words += count(starts & masks.capitals);
        facts.small_words += count(starts & masks.smalls);
        self.sentences(masks.space & (masks.terminal << 1 | u64::from(self.terminal)), starts);
        self.terminal = masks.terminal >> (len - 1) & 1 == 1;
        while ends != 0 {
            let start = self.open.take().unwrap_or_else(|| {
                let start = at + starts.trailing_zeros() as usize;
                starts &= starts - 1;
                start
            });
            self.word(start, at + ends.trailing_zeros() as usize, words);
            ends &= ends - 1;
        }
        if starts != 0 {
            self.open = Some(at + starts.trailing_zeros() as usize);
        }
    }

    /// Counts the ends of sentences, given the white space behind them, with a word after them.
    #[inline(always)]
    fn sentences(&mut self, mut behind: u64, starts: u64) {
        while self.ended || behind != 0 {
            let from = if self.ended { 0 } else { behind.trailing_zeros() };
            let next = starts & (u64::MAX << from);
            self.ended = next == 0;
            if self.ended {
                return;
            }
            self.facts.inner_ends += 1;
            behind &= u64::MAX << next.trailing_zeros();
        }
    }

    #[inline(always)]
    fn word(&mut self, start: usize, end: usize, words: &mut Vec<u32>) {
        let (hash, letters) = hash::word(self.line, start, end);
        self.facts.longest = self.facts.longest.max(letters);
        words.push(hash);
    }
}
