//! What the characters of a block are.

use xxhash_rust::xxh3::xxh3_64;

use super::blocks::Block;

/// Fewer characters are a label, not a sentence.
const LABEL: u32 = 40;

/// What a text is made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facts {
    /// Characters as they weigh: those of scripts without spaces count threefold, white space not at all.
    pub size: u32,
    /// Commas and their like.
    pub commas: u32,
    /// Numerals of any script.
    pub digits: u32,
    /// Capitals.
    pub capitals: u32,
    /// There are letters of a script that has capitals.
    pub cased: bool,
    /// There are letters of any script.
    pub letters: bool,
}

impl Facts {
    /// Looks at all characters of a text.
    pub fn of(text: &str) -> Self {
        let mut facts = Self::default();
        let mut rest = text.as_bytes().chunks(BYTES).map(|bytes| facts.ascii(bytes)).sum::<usize>();
        let (mut at, bytes) = (0, text.as_bytes());
        while rest > 0 {
            at += bytes[at..].chunks_exact(16).take_while(|b| b.is_ascii()).count() * 16;
            at += bytes[at..].iter().take_while(|b| b.is_ascii()).count();
            for c in text[at..].chars().take_while(|c| !c.is_ascii()) {
                facts.wide(c);
                at += c.len_utf8();
                rest = rest.saturating_sub(c.len_utf8());
            }
        }
        facts
    }

    /// Counts characters of ASCII; how many bytes are of others. Plain sums, for the compiler to
    /// take many bytes at once.
    fn ascii(&mut self, bytes: &[u8]) -> usize {
        let [mut size, mut commas, mut digits, mut capitals, mut small, mut wide] = [0u8; 6];
        for b in bytes {
            let space = (*b == b' ') | (b.wrapping_sub(b'\t') < 5);
            size += u8::from(b.is_ascii() & !space);
            commas += u8::from((*b == b',') | (*b == b';'));
            digits += u8::from(b.is_ascii_digit());
            capitals += u8::from(b.is_ascii_uppercase());
            small |= u8::from(b.is_ascii_lowercase());
            wide += u8::from(!b.is_ascii());
        }
        self.size += u32::from(size);
        self.commas += u32::from(commas);
        self.digits += u32::from(digits);
        self.capitals += u32::from(capitals);
        self.cased |= (small != 0) | (capitals != 0);
        self.letters |= self.cased;
        wide.into()
    }

    /// Counts another character.
    fn wide(&mut self, c: char) {
        self.size += match c {
            '\u{2E80}'..='\u{9FFF}'
            | '\u{AC00}'..='\u{D7AF}'
            | '\u{F900}'..='\u{FAFF}'
            | '\u{20000}'..='\u{3FFFF}' => 3 * u32::from(c != '\u{3000}'),
            c => u32::from(!c.is_whitespace()),
        };
        self.commas += u32::from(matches!(c, '，' | '、' | '،'));
        self.digits += u32::from(is_numeric(c));
        let capital = c.is_uppercase();
        self.capitals += u32::from(capital);
        self.cased = self.cased || capital || c.is_lowercase();
        self.letters = self.letters || self.cased || c.is_alphabetic();
    }

    /// Capitals of a block of this text. Where the script has none, as many as text in Latin letters
    /// is likely to have: one for each word of a label, one for each sentence of a text.
    pub fn likely_capitals(&self, block: &Block) -> u32 {
        match block.chars {
            _ if self.cased || !self.letters => self.capitals,
            0..LABEL => block.words.max(1),
            chars => 1 + chars / LABEL,
        }
    }
}

/// Bytes whose number fits into one.
const BYTES: usize = 240;

/// As `char::is_numeric`, without a search where most letters and punctuation are.
fn is_numeric(c: char) -> bool {
    let never = matches!(c, '\u{C0}'..='\u{65F}' | '\u{2010}'..='\u{206F}' | '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}');
    !never && c.is_numeric()
}

/// How often each text stands among `texts`, `most` at most. Two texts of one hash would be counted as
/// one, which does no harm.
pub fn copies<'t>(texts: impl Iterator<Item = &'t str>, most: i32) -> Vec<i32> {
    let mut order: Vec<(u64, usize)> = texts.map(|t| xxh3_64(t.as_bytes())).zip(0..).collect();
    order.sort_unstable();
    let mut copies = vec![0; order.len()];
    for same in order.chunk_by(|a, b| a.0 == b.0) {
        same.iter().for_each(|(_, i)| copies[*i] = i32::try_from(same.len()).unwrap_or(most).min(most));
    }
    copies
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_definition(text: &str) -> Facts {
        let count = |is: fn(char) -> bool| text.chars().filter(|c| is(*c)).count() as u32;
        let unspaced = |c| matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}');
        let seen = |c: &char| !c.is_whitespace();
        Facts {
            size: text.chars().filter(seen).map(|c| if unspaced(c) { 3 } else { 1 }).sum(),
            commas: count(|c| matches!(c, ',' | '，' | '、' | '،' | ';')),
            digits: count(char::is_numeric),
            capitals: count(char::is_uppercase),
            cased: text.chars().any(|c| c.is_uppercase() || c.is_lowercase()),
            letters: text.chars().any(char::is_alphabetic),
        }
    }

    #[test]
    fn every_character_is_what_it_is() {
        for c in (0..=0x10_FFFF).filter_map(char::from_u32) {
            let text = c.to_string();
            assert_eq!(Facts::of(&text), by_definition(&text), "{c:?}");
        }
    }

    #[test]
    fn copies_are_counted_up_to_a_number() {
        assert_eq!(copies(["a", "b", "a", "", "a"].into_iter(), 2), [2, 1, 2, 1, 2]);
    }

    proptest::proptest! {
        #[test]
        fn texts_are_the_sum_of_their_characters(parts in proptest::collection::vec("[ -~]{0,300}|\\PC{0,9}", 0..6)) {
            let text = parts.concat();
            proptest::prop_assert_eq!(Facts::of(&text), by_definition(&text));
        }
    }
}
