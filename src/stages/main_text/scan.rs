//! One look at a line: counts by class of character, and a hash of each word.

use std::sync::LazyLock;

use crate::text::classes::{is_terminal, is_unspaced};

/// Classes of characters.
mod class {
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
}
use class::*;

/// Number of classes.
const CLASSES: usize = 13;

/// Class of each character of the basic plane.
static BASIC: LazyLock<Box<[u8]>> =
    LazyLock::new(|| (0..=0xFFFF).map(|c| char::from_u32(c).map_or(OTHER, classify)).collect());

fn classify(c: char) -> u8 {
    match c {
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

/// What one line is made of.
#[derive(Debug, Default, Clone)]
pub struct Facts {
    /// Words; in scripts without spaces two characters make one.
    pub words: u32,
    /// Characters but white space.
    pub visible: u32,
    /// Capital letters.
    pub capitals: u32,
    /// Digits.
    pub digits: u32,
    /// Commas and semicolons.
    pub commas: u32,
    /// Signs that navigation is set with.
    pub bars: u32,
    /// Words that begin with a capital.
    pub capital_words: u32,
    /// Words that begin with a small letter.
    pub small_words: u32,
    /// Letters of the longest word.
    pub longest: u32,
    /// Ends of sentences within the line.
    pub inner_ends: u32,
    /// 0 a letter, 1 a number, 2 another sign, 3 a comma, 4 a colon, 5 an ellipsis, 6 a
    /// sentence's end.
    pub ending: u8,
    /// 0 a sign, 1 a number, 2 a capital, 3 a letter without case, 4 a small letter.
    pub start: u8,
}

impl Facts {
    /// Whether the line ends like a sentence.
    pub fn ends_sentence(&self) -> bool {
        self.ending == 6
    }

    /// Whether the line begins with a small letter.
    pub fn starts_small(&self) -> bool {
        self.start == 4
    }

    /// Whether the line reads like a paragraph.
    pub fn is_prose(&self) -> bool {
        (self.words >= 12 && self.ends_sentence()) || (self.words >= 25 && self.inner_ends > 0)
    }
}

/// Spreads bits: 2^32 divided by the golden ratio.
const FACTOR: u32 = 0x9E37_79B1;

/// A word that is being read.
#[derive(Default, Clone, Copy)]
struct Word {
    letters: u32,
    hash: u32,
}

impl Word {
    fn push(&mut self, c: u32) {
        self.letters += 1;
        self.hash = (self.hash.rotate_left(5) ^ c).wrapping_mul(FACTOR);
    }
}

/// A hash of a whole line, by those of its words.
pub fn key(words: &[u32], facts: &Facts) -> u32 {
    words.iter().fold(facts.visible, |hash, word| (hash.rotate_left(5) ^ word).wrapping_mul(FACTOR))
}

/// Reads `line`, which has no white space around it, and hands the hash of each of its words,
/// in lower case, to `each`.
pub fn line(line: &str, mut each: impl FnMut(u32)) -> Facts {
    let basic: &[u8] = &BASIC;
    let mut reader = Reader::default();
    for c in line.chars() {
        let class = basic.get(c as usize).copied().unwrap_or_else(|| classify(c));
        reader.push(c, class, &mut each);
    }
    reader.close(&mut each);
    let Reader { mut facts, counts, last, content, .. } = reader;
    let count = |class: u8| counts[usize::from(class)];
    facts.visible = counts.iter().sum::<u32>() - count(SPACE);
    (facts.capitals, facts.digits) = (count(UPPER), count(DIGIT));
    (facts.commas, facts.bars) = (count(COMMA), count(BAR));
    facts.ending = match if content == TERMINAL { content } else { last } {
        _ if line.ends_with("...") => 5,
        LOWER | UPPER | CASELESS | UNSPACED => 0,
        DIGIT => 1,
        COMMA => 3,
        COLON => 4,
        ELLIPSIS => 5,
        TERMINAL => 6,
        _ => 2,
    };
    facts.start = match line.chars().next().map_or(OTHER, classify) {
        LOWER => 4,
        CASELESS | UNSPACED => 3,
        UPPER => 2,
        DIGIT => 1,
        _ => 0,
    };
    facts
}

/// What is known of a line while it is being read.
#[derive(Default)]
struct Reader {
    facts: Facts,
    counts: [u32; CLASSES],
    word: Word,
    /// Class of the last visible character, and of the last that closes no quotation.
    last: u8,
    content: u8,
    /// A sentence has ended, and no word has come since.
    ended: bool,
    /// One character of a pair has been read, in a script without spaces.
    half: bool,
}

impl Reader {
    #[inline]
    fn push(&mut self, c: char, class: u8, each: &mut impl FnMut(u32)) {
        self.counts[usize::from(class)] += 1;
        match class {
            LOWER | UPPER | CASELESS | DIGIT => {
                if self.word.letters == 0 {
                    self.word = Word::default();
                    self.half = false;
                    self.facts.capital_words += u32::from(class == UPPER);
                    self.facts.small_words += u32::from(class == LOWER);
                    self.begin();
                }
                self.word.push(if class == UPPER { lower(c) } else { c as u32 });
            }
            UNSPACED => {
                self.close(each);
                self.begin();
                self.pair(c, each);
            }
            _ => {
                self.close(each);
                // The full stops of scripts without spaces have no space after them.
                let wide = c as u32 > 0x2FFF;
                self.ended |= (class == SPACE && self.last == TERMINAL) || (class == TERMINAL && wide);
            }
        }
        if class != SPACE {
            self.last = class;
            self.content = if class == CLOSER { self.content } else { class };
        }
    }

    /// A word begins.
    fn begin(&mut self) {
        self.facts.inner_ends += u32::from(std::mem::take(&mut self.ended));
    }

    /// Two characters of a script without spaces make a word.
    fn pair(&mut self, c: char, each: &mut impl FnMut(u32)) {
        if !self.half {
            self.word = Word::default();
        }
        self.word.push(c as u32);
        self.word.letters = 0;
        if self.half {
            self.facts.words += 1;
            each(self.word.hash);
        }
        self.half = !self.half;
    }

    /// A word ends, if one was being read.
    fn close(&mut self, each: &mut impl FnMut(u32)) {
        if self.word.letters > 0 {
            self.facts.words += 1;
            self.facts.longest = self.facts.longest.max(self.word.letters);
            each(self.word.hash);
            self.word = Word::default();
            self.half = false;
        }
    }
}

fn lower(c: char) -> u32 {
    if c.is_ascii() { u32::from(c.to_ascii_lowercase()) } else { c.to_lowercase().next().unwrap_or(c) as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Facts, Vec<u32>) {
        let mut words = Vec::new();
        let facts = line(text, |w| words.push(w));
        (facts, words)
    }

    #[test]
    fn words_of_every_script() {
        for (text, words) in [
            ("It rained all night.", 4),
            ("Es regnete über Nacht, naïve’s", 6),
            ("東京都知事選挙", 3),
            ("في الليل نزل المطر", 4),
            ("สวัสดี", 3),
            ("", 0),
            ("•", 0),
        ] {
            let (facts, hashes) = read(text);
            assert_eq!((facts.words, hashes.len()), (words, words as usize), "{text}");
        }
    }

    #[test]
    fn case_does_not_matter() {
        assert_eq!(read("RAIN Über ÉTÉ").1, read("rain über été").1);
        assert_ne!(read("rain").1, read("train").1);
    }

    #[test]
    fn ends_and_starts() {
        for (text, start, ending, inner) in [
            ("It rained. “He left.”", 2, 6, 1),
            ("and then", 4, 0, 0),
            ("雨が降った。川が増水した。", 3, 6, 1),
            ("12 shares:", 1, 4, 0),
            ("Read more...", 2, 5, 0),
            ("Version 1.2", 2, 1, 0),
            ("(AFP)", 0, 2, 0),
            ("one,", 4, 3, 0),
        ] {
            let facts = read(text).0;
            assert_eq!((facts.start, facts.ending, facts.inner_ends), (start, ending, inner), "{text}");
        }
    }

    #[test]
    fn the_table_is_the_rule() {
        for c in ['a', 'É', '語', '…', '。', ',', '\u{301}', '7', '»', '\u{3000}'] {
            assert_eq!(BASIC[c as usize], classify(c), "{c}");
        }
    }
}
