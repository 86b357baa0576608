//! A line read character by character: for scripts without spaces, in which two characters make a
//! word.

use super::kinds::{self, *};
use super::{Facts, hash};

/// Counts what `line` is made of, and appends the hash of each word to `words`.
pub fn read(line: &str, words: &mut Vec<u32>) -> Facts {
    let mut reader = Reader {
        line,
        words,
        facts: Facts::default(),
        counts: [0; CLASSES],
        open: None,
        first: None,
        last: SPACE,
        ended: false,
    };
    for (at, c) in line.char_indices() {
        reader.push(at, c, kinds::of(c));
    }
    reader.close(line.len());
    let Reader { mut facts, counts, .. } = reader;
    let count = |class: u8| counts[usize::from(class)];
    facts.visible = counts.iter().sum::<u32>() - count(SPACE);
    (facts.capitals, facts.digits) = (count(UPPER), count(DIGIT));
    (facts.commas, facts.bars) = (count(COMMA), count(BAR));
    facts
}

/// What is known of a line while it is being read.
struct Reader<'a> {
    line: &'a str,
    words: &'a mut Vec<u32>,
    facts: Facts,
    counts: [u32; CLASSES],
    /// Where the word begins that is being read.
    open: Option<usize>,
    /// The first of two characters of a script without spaces.
    first: Option<char>,
    /// Class of the last visible character.
    last: u8,
    /// A sentence has ended, and no word has come since.
    ended: bool,
}

impl Reader<'_> {
    fn push(&mut self, at: usize, c: char, class: u8) {
        self.counts[usize::from(class)] += 1;
        match class {
            LOWER | UPPER | CASELESS | DIGIT => {
                if self.open.is_none() {
                    self.open = Some(at);
                    self.first = None;
                    self.facts.capital_words += u32::from(class == UPPER);
                    self.facts.small_words += u32::from(class == LOWER);
                    self.begin();
                }
            }
            UNSPACED => {
                self.close(at);
                self.begin();
                match self.first.take() {
                    Some(first) => self.words.push(hash::pair(first, c)),
                    None => self.first = Some(c),
                }
            }
            _ => {
                self.close(at);
                let after = class == SPACE && self.last == TERMINAL;
                self.ended |= after || (class == TERMINAL && kinds::is_wide(c));
            }
        }
        if class != SPACE {
            self.last = class;
        }
    }

    /// A word begins.
    fn begin(&mut self) {
        self.facts.inner_ends += u32::from(std::mem::take(&mut self.ended));
    }

    /// A word ends, if one was being read.
    fn close(&mut self, at: usize) {
        if let Some(start) = self.open.take() {
            let (hash, letters) = hash::word(self.line, start, at);
            self.facts.longest = self.facts.longest.max(letters);
            self.words.push(hash);
        }
    }
}
