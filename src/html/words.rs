//! Words of a text, whose white space means nothing but that one ends.

use std::ops::Range;

/// A run of anything but white space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Where it stands in the text.
    pub at: Range<usize>,
    /// Its characters but controls, one at least.
    pub chars: u32,
}

/// What a byte is: a character that counts, or a part of one that does not.
const ONE: u8 = 1;
const NONE: u8 = 0;
/// White space perhaps, or a control: more bytes tell.
const LOOK: u8 = 2;

static CLASSES: [u8; 256] = {
    let (mut classes, mut b) = ([ONE; 256], 0);
    while b < 256 {
        classes[b] = match b as u8 {
            b'\t'..=b'\r' | b' ' | 0xC2 | 0xE1..=0xE3 | 0xEF => LOOK,
            0..b' ' | 0x7F | 0x80..=0xBF => NONE,
            _ => ONE,
        };
        b += 1;
    }
    classes
};

/// Bytes of the white space that `bytes` begins with, 0 for none: that of Unicode, and the two
/// characters without width that part words.
fn space(bytes: &[u8]) -> usize {
    match bytes {
        [b'\t'..=b'\r' | b' ', ..] => 1,
        [0xC2, 0x85 | 0xA0, ..] => 2,
        [0xE1, 0x9A, 0x80, ..] | [0xE3, 0x80, 0x80, ..] | [0xEF, 0xBB, 0xBF, ..] => 3,
        [0xE2, 0x80, 0x80..=0x8B | 0xA8 | 0xA9 | 0xAF, ..] | [0xE2, 0x81, 0x9F, ..] => 3,
        _ => 0,
    }
}

/// The first word of `text` from byte `at` on.
pub fn next(text: &str, mut at: usize) -> Option<Word> {
    let bytes = text.as_bytes();
    loop {
        match space(bytes.get(at..)?) {
            0 => break,
            n => at += n,
        }
    }
    let (start, mut chars) = (at, 0);
    while let Some(b) = bytes.get(at) {
        match CLASSES[usize::from(*b)] {
            LOOK if space(&bytes[at..]) > 0 => break,
            // Of the characters that begin so, the others below U+00A0 are controls.
            LOOK => chars += u32::from(*b != 0xC2 || bytes[at + 1] >= 0xA0),
            counts => chars += u32::from(counts),
        }
        at += 1;
    }
    (at > start).then(|| Word { at: start..at, chars: chars.max(1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<Word> {
        std::iter::successors(next(text, 0), |word| next(text, word.at.end)).collect()
    }

    fn by_definition(text: &str) -> Vec<Word> {
        let space = |c: char| c.is_whitespace() || c == '\u{200B}' || c == '\u{FEFF}';
        let word = |w: &str| {
            let start = w.as_ptr() as usize - text.as_ptr() as usize;
            let chars = w.chars().filter(|c| !c.is_control()).count() as u32;
            Word { at: start..start + w.len(), chars: chars.max(1) }
        };
        text.split(space).filter(|w| !w.is_empty()).map(word).collect()
    }

    #[test]
    fn every_character_is_what_it_is() {
        for c in (0..=0x10_FFFF).filter_map(char::from_u32) {
            for text in [format!("{c}"), format!("a{c}b")] {
                assert_eq!(all(&text), by_definition(&text), "{c:?}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn words_are_what_white_space_leaves(text in "([a-zé’か]{0,5}|\\PC|[ \\t\\n\u{A0}\u{200B}\u{3000}\u{1}\u{85}]){0,20}") {
            proptest::prop_assert_eq!(all(&text), by_definition(&text));
        }
    }
}
