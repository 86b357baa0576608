//! Lines without anything to mask: most lines by far, read eight bytes at a time.

use super::calendar;

/// A byte in each of eight.
const EACH: u64 = u64::MAX / 0xFF;

/// The high bit of each of eight bytes.
pub const HIGH: u64 = EACH << 7;

/// The high bit of each byte below 0x80 that is at least `least`, which is so too.
fn from(bytes: u64, least: u8) -> u64 {
    bytes + EACH * u64::from(0x80 - least)
}

/// The high bit of each byte that is an ASCII letter.
pub fn letters(eight: u64) -> u64 {
    let lower = (eight | (EACH * 0x20)) & !HIGH;
    from(lower, b'a') & !from(lower, b'z' + 1) & !eight & HIGH
}

/// The high bit of each byte that is no ASCII, a control character, a digit or `#`.
fn special(eight: u64) -> u64 {
    let seven = eight & !HIGH;
    let digits = from(seven, b'0') & !from(seven, b'9' + 1);
    ((eight | !from(seven, b' ') | digits) & HIGH) | same(eight, b'#')
}

/// The high bit of each byte that is this ASCII character.
fn same(eight: u64, byte: u8) -> u64 {
    let other = eight ^ (EACH * u64::from(byte));
    !from(other & !HIGH, 1) & !other & HIGH
}

/// The first eight bytes of a text, and how many bytes come before a space or a control character in them; what a
/// text of fewer lacks counts as spaces.
pub fn up_to_space(text: &[u8]) -> (u64, usize) {
    let eight = u64::from_le_bytes(text.first_chunk::<8>().copied().unwrap_or_else(|| padded(text, b' ')));
    let low = !from(eight & !HIGH, b'!') & !eight & HIGH;
    (eight, low.trailing_zeros() as usize / 8)
}

/// Writes `line` in lower case, if that is its shape: no numbers and names in it, spaces single, all ASCII. `false` if it
/// may be another; what was written then means nothing.
pub fn write(line: &[u8], out: &mut Vec<u8>) -> bool {
    // The high bit of the byte before the eight in its lowest byte: whether it is a letter, a space.
    let (mut letter, mut space) = (0, 0);
    let mut at = 0;
    while at < line.len() {
        let eight = match line[at..].first_chunk::<8>() {
            Some(eight) => *eight,
            // What changes nothing.
            None => padded(&line[at..], b'.'),
        };
        let eight = u64::from_le_bytes(eight);
        let (letters, spaces) = (letters(eight), same(eight, b' '));
        if special(eight) | (spaces & ((spaces << 8) | space)) != 0 {
            return false;
        }
        let mut starts = letters & !((letters << 8) | letter);
        while starts != 0 {
            if calendar::begins(&line[at + starts.trailing_zeros() as usize / 8..]) {
                return false;
            }
            starts &= starts - 1;
        }
        out.extend_from_slice(&(eight | (letters >> 2)).to_le_bytes());
        (letter, space) = (letters >> 56, spaces >> 56);
        at += 8;
    }
    out.truncate(line.len());
    true
}

/// Fewer than eight bytes, and others behind them.
fn padded(tail: &[u8], others: u8) -> [u8; 8] {
    let mut eight = [others; 8];
    eight[..tail.len()].copy_from_slice(tail);
    eight
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_of_bytes() {
        for b in 0..=u8::MAX {
            for at in 0..8 {
                let mut eight = *b"aZ.Yb zA";
                eight[at] = b;
                let told = |bits: u64| bits.to_le_bytes().map(|byte| byte == 0x80);
                let number = u64::from_le_bytes(eight);
                assert_eq!(told(letters(number)), eight.map(|b| b.is_ascii_alphabetic()), "{b} at {at}");
                let is_special = |b: u8| !b.is_ascii() || b < b' ' || b.is_ascii_digit() || b == b'#';
                assert_eq!(told(special(number)), eight.map(is_special), "{b} at {at}");
                assert_eq!(told(same(number, b' ')), eight.map(|b| b == b' '), "{b} at {at}");
            }
        }
    }

    #[test]
    fn what_is_plain() {
        for (line, is_plain) in [
            ("Sign in / Register [Free]", true),
            ("A_B@C~D", true),
            ("", true),
            ("Sun-dried tomatoes", false),
            ("Every  day, twice", false),
            ("In March", false),
            ("Marching on", true),
            ("No 1 in the world", false),
            ("#tags", false),
            ("café", false),
            ("a\tb", false),
        ] {
            let mut out = Vec::new();
            assert_eq!(write(line.as_bytes(), &mut out), is_plain, "{line}");
            assert!(!is_plain || out == line.to_ascii_lowercase().as_bytes(), "{line}");
        }
    }
}
