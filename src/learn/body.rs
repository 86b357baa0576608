//! What tells the body of a document from others, and not from its near copies.

use super::plain::up_to_space;

/// Ways of hashing groups of words.
const WAYS: [u32; 3] = [0x9E37_79B1, 0x85EB_CA77, 0xC2B2_AE3D];

/// Words that tell a body from others, and those of one line: more would cost time.
const ENOUGH: usize = 96;
const OF_LINE: usize = 48;

/// The words of a line, with ASCII white space between them, each with its hash.
struct Words<'l>(&'l [u8]);

impl Iterator for Words<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        while let [first, rest @ ..] = self.0
            && first.is_ascii_whitespace()
        {
            self.0 = rest;
        }
        if self.0.is_empty() {
            return None;
        }
        let (eight, mut len) = up_to_space(self.0);
        // Words of more than seven bytes, and those with control characters.
        let is_short = len < 8 && self.0.get(len).is_none_or(u8::is_ascii_whitespace);
        while !is_short && self.0.get(len).is_some_and(|b| !b.is_ascii_whitespace()) {
            len += 1 + up_to_space(&self.0[len + 1..]).1;
        }
        let (word, rest) = self.0.split_at(len);
        self.0 = rest;
        Some(if is_short { hash_of_few(eight, len) } else { hash_of(word) })
    }
}

/// A hash of a word; of those that are no longer than most, a quick one.
fn hash_of(word: &[u8]) -> u32 {
    match (word.first_chunk::<8>(), word.last_chunk::<8>()) {
        _ if word.len() > 16 => xxhash_rust::xxh3::xxh3_64(word) as u32,
        (Some(head), Some(tail)) => mix(u64::from_le_bytes(*head), u64::from_le_bytes(*tail), word.len()),
        _ => {
            let mut eight = [0; 8];
            eight[..word.len()].copy_from_slice(word);
            hash_of_few(u64::from_le_bytes(eight), word.len())
        }
    }
}

/// The same of one to seven bytes, those lowest that come first; what is above them counts for nothing.
fn hash_of_few(eight: u64, len: usize) -> u32 {
    let bits = 8 * len as u32;
    let word = eight & !(u64::MAX << bits);
    // The first and the last four bytes; of fewer all of them, from the last.
    let (head, tail) = if bits < 32 {
        (word.swap_bytes().wrapping_shr(64 - bits), 0)
    } else {
        (word & u64::from(u32::MAX), word.wrapping_shr(bits - 32))
    };
    mix(head, tail, len)
}

fn mix(head: u64, tail: u64, len: usize) -> u32 {
    let mixed = (head ^ tail.rotate_left(29) ^ len as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9).rotate_left(32) as u32
}

/// The smallest hashes of five words in a row, in three ways; of a text without so many, of all of it.
pub fn smallest<'d>(lines: impl Iterator<Item = &'d str>) -> [u32; 3] {
    let (mut least, mut whole, mut left) = ([u32::MAX; 3], 0u32, ENOUGH);
    for line in lines {
        let (mut last, mut words) = ([0u32; 4], 0);
        for now in Words(line.as_bytes()).take(left.min(OF_LINE)) {
            let five = last.iter().fold(0u32, |sum, word| (sum ^ word).rotate_left(7)) ^ now;
            whole = whole.rotate_left(5) ^ five;
            words += 1;
            if words > 4 {
                for (least, way) in least.iter_mut().zip(WAYS) {
                    let h = (five ^ (five >> 15)).wrapping_mul(way);
                    *least = (*least).min(h ^ (h >> 13));
                }
            }
            last = [last[1], last[2], last[3], now];
        }
        left -= words;
        if left == 0 {
            break;
        }
    }
    // The smallest of many are all small: spread out again, for counting.
    std::array::from_fn(|k| {
        let value = if least[k] == u32::MAX { whole } else { least[k] };
        xxhash_rust::xxh3::xxh3_64(&value.to_le_bytes()) as u32
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The hash of a word, byte by byte.
    fn slowly(word: &[u8]) -> u32 {
        let number = |bytes: &[u8]| bytes.iter().rev().fold(0u64, |sum, b| (sum << 8) | u64::from(*b));
        match word.len() {
            17.. => xxhash_rust::xxh3::xxh3_64(word) as u32,
            len @ 8.. => mix(number(&word[..8]), number(&word[len - 8..]), len),
            len @ 4.. => mix(number(&word[..4]), number(&word[len - 4..]), len),
            len => mix(word.iter().fold(0, |sum, b| (sum << 8) | u64::from(*b)), 0, len),
        }
    }

    proptest! {
        #[test]
        fn words_and_their_hashes(line in "[a-zA-Zé’東 \\t\\x0b\\x0c\\x01\\x1f\\x20\\x7f\u{a0}]{0,80}", other in ".{0,60}") {
            for line in [line, other] {
                let quickly: Vec<u32> = Words(line.as_bytes()).collect();
                let words = line.split_ascii_whitespace().map(|word| slowly(word.as_bytes()));
                prop_assert_eq!(quickly, words.collect::<Vec<_>>(), "{:?}", line);
            }
        }
    }
}
