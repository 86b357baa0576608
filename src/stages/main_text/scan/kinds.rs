//! Classes of characters, as far as they tell prose from the rest of a page.

use std::sync::LazyLock;

use crate::text::classes::{is_terminal, is_unspaced};

pub const SPACE: u8 = 0;
pub const LOWER: u8 = 1;
pub const UPPER: u8 = 2;
/// A letter of a script without case, or a mark on one.
pub const CASELESS: u8 = 3;
/// A letter of a script without spaces.
pub const UNSPACED: u8 = 4;
pub const DIGIT: u8 = 5;
pub const TERMINAL: u8 = 6;
pub const COMMA: u8 = 7;
pub const COLON: u8 = 8;
pub const CLOSER: u8 = 9;
/// Signs that navigation is set with.
pub const BAR: u8 = 10;
pub const OTHER: u8 = 11;
pub const ELLIPSIS: u8 = 12;

/// Number of classes.
pub const CLASSES: usize = 13;

/// Class of each character of the basic plane.
static BASIC: LazyLock<Box<[u8]>> =
    LazyLock::new(|| (0..=0xFFFF).map(|c| char::from_u32(c).map_or(OTHER, classify)).collect());

/// The class of any character, by the table.
pub fn of(c: char) -> u8 {
    BASIC.get(c as usize).copied().unwrap_or_else(|| classify(c))
}

fn classify(c: char) -> u8 {
    match c {
        // Most of the plane, quickly said: ideographs, Hangul, private use.
        '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' => UNSPACED,
        '\u{AC00}'..='\u{D7A3}' => CASELESS,
        '\u{E000}'..='\u{F8FF}' => OTHER,
        _ if c.is_whitespace() => SPACE,
        '…' => ELLIPSIS,
        _ if is_terminal(c) => TERMINAL,
        ',' | ';' | '，' | '、' | '،' | '；' | '؛' => COMMA,
        ':' | '：' => COLON,
        '"' | '\'' | '”' | '’' | '»' | '«' | '“' | '‘' | '„' | ')' | ']' | '）' | '」' | '』' | '】'
        | '〉' | '》' => CLOSER,
        '|' | '›' | '·' | '•' | '→' | '▶' | '©' | '®' | '<' | '>' | '{' | '}' | '@' | '/' | '_' | '='
        | '#' | '\\' => BAR,
        _ if c.is_numeric() => DIGIT,
        _ if is_unspaced(c) => UNSPACED,
        _ if c.is_uppercase() => UPPER,
        _ if c.is_lowercase() => LOWER,
        _ if c.is_alphabetic() || matches!(c as u32, 0x0300..=0x036F | 0x0900..=0x0DFF) => CASELESS,
        _ => OTHER,
    }
}

/// Whether a full stop needs no space behind it to end a sentence: those of scripts without
/// spaces.
pub fn is_wide(c: char) -> bool {
    c as u32 > 0x2FFF
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_rule() {
        for c in ['a', 'É', '語', '…', '。', ',', '\u{301}', '7', '»', '\u{3000}', '\u{1F600}'] {
            assert_eq!(of(c), classify(c), "{c}");
        }
    }

    #[test]
    fn what_is_quickly_said_is_so() {
        for c in '\u{3400}'..='\u{F8FF}' {
            let plain = !c.is_whitespace() && !c.is_numeric() && !c.is_uppercase() && !c.is_lowercase();
            let is_so = match c {
                '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' => is_unspaced(c),
                '\u{AC00}'..='\u{D7A3}' => c.is_alphabetic() && !is_unspaced(c),
                '\u{E000}'..='\u{F8FF}' => !c.is_alphabetic() && !is_unspaced(c),
                _ => continue,
            };
            assert!(plain && is_so, "U+{:04X}", c as u32);
        }
    }
}
