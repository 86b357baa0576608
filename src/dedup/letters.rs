//! What a single character is to a word.

use std::sync::{LazyLock, OnceLock};

/// What a character is to a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fold {
    /// Ends a word.
    Break,
    /// As if it were not there: a word goes on behind it.
    Nothing,
    /// Part of a word, as this character.
    Letter(char),
}

/// What `c` is.
#[inline]
pub(super) fn fold(c: char) -> Fold {
    match u32::from(c) {
        // Without a look at tables: these are frequent, or many.
        0x2010..=0x205F | 0x1F300..=0x1FAFF => Fold::Break,
        0x4E00..=0x9FFF | 0xAC00..=0xD7A3 | 0x20000..=0x2A6DF => Fold::Letter(c),
        code @ 0..=0xFFFF => match page(code)[code as usize % PAGE] {
            BREAK => Fold::Break,
            NOTHING => Fold::Nothing,
            lower => char::from_u32(lower.into()).map_or(Fold::Break, Fold::Letter),
        },
        _ => look_up(c),
    }
}

const PAGE: usize = 64;
const BREAK: u16 = 0;
const NOTHING: u16 = 1;

/// What [`PAGE`] characters are, `code` among them. The look-ups of the standard library are slow
/// (microseconds for Thai), and so each page in use is looked up once.
#[inline]
fn page(code: u32) -> &'static [u16; PAGE] {
    static PAGES: [OnceLock<[u16; PAGE]>; 0x1_0000 / PAGE] = [const { OnceLock::new() }; _];
    let number = code / PAGE as u32;
    PAGES[number as usize].get_or_init(|| {
        std::array::from_fn(|i| match char::from_u32(number * PAGE as u32 + i as u32).map(look_up) {
            None | Some(Fold::Break) => BREAK,
            Some(Fold::Nothing) => NOTHING,
            // Lower case stays in the Basic Multilingual Plane.
            Some(Fold::Letter(lower)) => u32::from(lower) as u16,
        })
    })
}

/// In [`SHORT`]: ask [`fold`].
pub(super) const OTHER: u16 = 1;

/// What characters of two bytes become, by code point: the bytes of a letter in lower case, little
/// end first; 0 for a break; [`OTHER`].
pub(super) static SHORT: LazyLock<[u16; 0x800]> = LazyLock::new(|| {
    std::array::from_fn(|code| match char::from_u32(code as u32).map(look_up) {
        Some(Fold::Letter(lower)) if lower.len_utf8() == 2 => {
            let mut bytes = [0; 2];
            lower.encode_utf8(&mut bytes);
            u16::from_le_bytes(bytes)
        }
        Some(Fold::Break) => 0,
        _ => OTHER,
    })
});

/// The same as [`fold`], slowly.
#[cold]
fn look_up(c: char) -> Fold {
    if is_nothing(c) {
        Fold::Nothing
    } else if c.is_alphanumeric() {
        // One letter becomes one: the dot above that comes out of U+0130 is nothing.
        c.to_lowercase().find(|&l| !is_nothing(l)).map_or(Fold::Nothing, Fold::Letter)
    } else {
        Fold::Break
    }
}

/// Combining marks, characters of no width, and the soft hyphen.
fn is_nothing(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{200B}'..='\u{200D}' | '\u{FEFF}' | '\u{AD}')
}

/// Whether a letter belongs to a script that is written without spaces between words: Han,
/// Hiragana, Katakana, Thai, Lao, Tibetan, Myanmar, Khmer. By block, as in Unicode's `Blocks.txt`.
pub(super) fn is_spaceless(c: char) -> bool {
    matches!(c,
        '\u{E00}'..='\u{109F}'
        | '\u{1780}'..='\u{17FF}'
        | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3031}'..='\u{3035}' | '\u{3038}'..='\u{30FF}'
        | '\u{31F0}'..='\u{31FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{A9E0}'..='\u{A9FF}' | '\u{AA60}'..='\u{AA7F}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FF9F}'
        | '\u{1AFF0}'..='\u{1B16F}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Short cuts and pages change nothing, and a letter in lower case is a single one.
    #[test]
    fn every_character() {
        for c in '\0'..=char::MAX {
            assert_eq!(fold(c), look_up(c), "{c:?}");
            let lower: Vec<char> = c.to_lowercase().filter(|&l| !is_nothing(l)).collect();
            match fold(c) {
                Fold::Letter(l) => assert_eq!(lower, [l], "{c:?}"),
                Fold::Nothing => assert!(is_nothing(c)),
                Fold::Break => assert!(!c.is_alphanumeric(), "{c:?}"),
            }
        }
    }

    #[test]
    fn scripts() {
        assert!("漢々〇ひカｶไທཀကខ𠀀".chars().all(is_spaceless));
        assert!(!"aéжαשعहগ한ㄱＡ１ﬁ".chars().any(is_spaceless));
    }
}
