//! One look at a line: counts by class of character, and a hash of each word.

use fearless_simd::Simd;

mod blocks;
mod chars;
mod hash;
mod kinds;

pub use hash::key;
use kinds::*;

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

/// Reads `line`, which has no white space around it, and appends the hash of each of its words, in
/// lower case, to `words`.
#[inline(always)]
pub fn line<S: Simd>(simd: S, line: &str, words: &mut Vec<u32>) -> Facts {
    let before = words.len();
    let facts = blocks::read(simd, line, words);
    let mut facts = facts.unwrap_or_else(|| {
        words.truncate(before);
        chars::read(line, words)
    });
    facts.words = (words.len() - before) as u32;
    facts.start = match line.chars().next().map_or(OTHER, kinds::of) {
        LOWER => 4,
        CASELESS | UNSPACED => 3,
        UPPER => 2,
        DIGIT => 1,
        _ => 0,
    };
    facts.ending = ending(line);
    facts
}

/// How a line ends; what closes a quotation behind the end of a sentence does not count.
fn ending(line: &str) -> u8 {
    let mut classes = line.chars().rev().map(kinds::of);
    let last = classes.next().unwrap_or(OTHER);
    let content = if last == CLOSER { classes.find(|c| !matches!(*c, CLOSER | SPACE)) } else { None };
    match content.filter(|class| *class == TERMINAL).unwrap_or(last) {
        _ if line.ends_with("...") => 5,
        LOWER | UPPER | CASELESS | UNSPACED => 0,
        DIGIT => 1,
        COMMA => 3,
        COLON => 4,
        ELLIPSIS => 5,
        TERMINAL => 6,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use fearless_simd::{Level, dispatch};
    use proptest::prelude::*;

    use super::*;

    fn by(level: Level, text: &str) -> (Facts, Vec<u32>) {
        let mut words = Vec::new();
        let facts = dispatch!(level, simd => line(simd, text, &mut words));
        (facts, words)
    }

    fn read(text: &str) -> (Facts, Vec<u32>) {
        by(Level::new(), text)
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

    proptest! {
        /// Blocks of bytes tell what a look at each character does, on every processor.
        #[test]
        fn blocks_are_a_short_cut(text in "([a-cA-C]{0,9}|[0-9éÉßİʰ\u{301}в]{0,3}|[.!?…,;:\"»|#©€؟ \u{2003}\t]{0,2}|😀){0,60}") {
            let text = text.trim();
            let mut words = Vec::new();
            let mut wanted = chars::read(text, &mut words);
            wanted.words = words.len() as u32;
            for level in crate::text::levels() {
                let (facts, hashes) = by(level, text);
                wanted.start = facts.start;
                wanted.ending = facts.ending;
                prop_assert_eq!(format!("{:?}", facts), format!("{:?}", wanted));
                prop_assert_eq!(&hashes, &words);
            }
        }
    }
}
