//! Hashes of words and lines. They only have to differ mostly: a table that is a little lossy
//! counts them.

/// Spreads bits: 2^32 and 2^64 divided by the golden ratio.
const FACTOR: u32 = 0x9E37_79B1;
const WIDE: u64 = 0x9E37_79B9_7F4A_7C15;

/// The bit that tells small letters from capitals in ASCII; digits have it.
const SMALL: u64 = 0x2020_2020_2020_2020;
/// Bits that ASCII does not use.
const BEYOND: u64 = 0x8080_8080_8080_8080;

/// Takes up to eight bytes more into a hash.
fn mix(state: u64, value: u64) -> u64 {
    (state.rotate_left(23) ^ value).wrapping_mul(WIDE)
}

/// The hash of a word of letters and digits, whatever their case, and the number of its characters.
#[inline(always)]
pub fn word(line: &str, start: usize, end: usize) -> (u32, u32) {
    let (mut at, mut state, mut seen) = (start, 0, 0);
    while at < end {
        let mask = u64::MAX >> (64 - 8 * (end - at).min(8));
        let chunk = eight(&line.as_bytes()[at..]) & mask;
        seen |= chunk;
        state = mix(state, chunk | (SMALL & mask));
        at += 8;
    }
    if seen & BEYOND == 0 { ((state >> 32) as u32, (end - start) as u32) } else { any(&line[start..end]) }
}

/// The bytes at the start, and zeros where there are fewer.
#[inline(always)]
fn eight(bytes: &[u8]) -> u64 {
    let chunk = bytes.first_chunk().copied().unwrap_or_else(|| {
        let mut chunk = [0; 8];
        chunk[..bytes.len()].copy_from_slice(bytes);
        chunk
    });
    u64::from_le_bytes(chunk)
}

/// The same of a word that is not ASCII.
#[inline(never)]
fn any(word: &str) -> (u32, u32) {
    let lower = |c: char| c.to_lowercase().next().unwrap_or(c);
    let (state, letters) =
        word.chars().fold((0, 0), |(state, letters), c| (mix(state, u64::from(lower(c))), letters + 1));
    ((state >> 32) as u32, letters)
}

/// The hash of two characters of a script without spaces.
pub fn pair(first: char, second: char) -> u32 {
    (mix(mix(0, u64::from(first)), u64::from(second)) >> 32) as u32
}

/// A hash of a whole line, by those of its words and the number of its characters.
pub fn key(words: &[u32], visible: u32) -> u32 {
    words.iter().fold(visible, |hash, word| (hash.rotate_left(5) ^ word).wrapping_mul(FACTOR))
}
