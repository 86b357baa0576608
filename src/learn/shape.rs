//! The shape of a line: what stays the same of it from page to page.

use xxhash_rust::xxh3::xxh3_64;

use super::calendar;
use super::plain::{self, HIGH};
use crate::text::lines::is_blank_char;

/// Masks a run of numbers.
const NUMBER: u8 = b'#';
/// Masks the name of a month or a weekday.
const NAME: u8 = b'@';

/// Writes the shape of `line` into `out`: lower case, spaces single, numbers with what stands
/// between their digits and the letter behind them (`1.2K`, `12:30`) as `#`, months and weekdays
/// as `@`.
pub fn of(line: &str, out: &mut String) {
    let mut bytes = std::mem::take(out).into_bytes();
    write(line, &mut bytes);
    *out = String::from_utf8(bytes).expect("characters are written whole");
}

/// Writes the shape of `line`, a word at a time.
fn write(line: &str, out: &mut Vec<u8>) {
    out.clear();
    let mut rest = trim(line);
    out.reserve(rest.len() + EIGHT);
    if plain::write(rest.as_bytes(), out) {
        return;
    }
    out.clear();
    while let Some(&first) = rest.as_bytes().first() {
        rest = match first {
            b'A'..=b'Z' | b'a'..=b'z' => add_word(rest, out),
            b'0'..=b'9' => {
                add_number(out);
                rest.trim_start_matches(|c: char| c.is_ascii_digit())
            }
            b' ' | b'\t'..=b'\r' => {
                add_blank(out);
                &rest[1..]
            }
            0..0x80 => {
                out.push(first);
                &rest[1..]
            }
            0x80.. => add_character(rest, out),
        };
    }
}

fn trim(line: &str) -> &str {
    match line.as_bytes() {
        // Nearly every line.
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => line,
        _ => line.trim_matches(is_blank_char),
    }
}

/// Writes a digit: a number goes on over what stands between two of them.
fn add_number(out: &mut Vec<u8>) {
    let between = out.iter().rev().take_while(|b| matches!(b, b'.' | b',' | b':' | b'/' | b'-')).count();
    let inner = out.len() - between;
    if out[..inner].ends_with(&[NUMBER]) { out.truncate(inner) } else { out.push(NUMBER) }
}

fn add_blank(out: &mut Vec<u8>) {
    if !out.ends_with(b" ") {
        out.push(b' ');
    }
}

/// Writes what a text begins with that is not ASCII: a word or a character. The rest of the text.
fn add_character<'l>(text: &'l str, out: &mut Vec<u8>) -> &'l str {
    let mut chars = text.chars();
    match chars.next() {
        Some(c) if c.is_alphabetic() => return add_word(text, out),
        Some(c) if c.is_numeric() => add_number(out),
        Some(c) if is_blank_char(c) => add_blank(out),
        Some(c) => push(c, out),
        None => {}
    }
    chars.as_str()
}

fn push(c: char, out: &mut Vec<u8>) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// The first bytes of shapes: what cannot have one of them need not be written as a shape.
#[derive(Debug, Clone)]
pub struct Firsts([bool; 256]);

impl Firsts {
    /// Those of these shapes.
    pub fn of<'s>(shapes: impl Iterator<Item = &'s str>) -> Self {
        let mut all = [false; 256];
        shapes.filter_map(|shape| shape.bytes().next()).for_each(|b| all[usize::from(b)] = true);
        Self(all)
    }

    /// Whether one of the shapes may be that of `line`.
    pub fn may_have(&self, line: &str) -> bool {
        let has = |b: u8| self.0[usize::from(b)];
        match line.bytes().next() {
            Some(b) if b.is_ascii_alphabetic() => has(b.to_ascii_lowercase()) || has(NAME),
            Some(b) if b.is_ascii_digit() => has(NUMBER),
            Some(b) if b.is_ascii_graphic() => has(b),
            // Blanks are no part of a shape, and other letters become others.
            _ => true,
        }
    }
}

/// Writes the word that a text begins with in lower case, or what masks it. The rest of the text.
fn add_word<'l>(text: &'l str, out: &mut Vec<u8>) -> &'l str {
    let (before, mut rest) = (out.len(), add_letters(text, out));
    // What is not ASCII may be a letter as well.
    while let Some(c) = rest.chars().next().filter(|c| !c.is_ascii() && c.is_alphabetic()) {
        c.to_lowercase().for_each(|c| push(c, out));
        rest = add_letters(&rest[c.len_utf8()..], out);
    }
    let word = &out[before..];
    let masks_number = || out[..before].ends_with(&[NUMBER]);
    if word.len() < 3 {
        if matches!(word, b"k" | b"m" | b"b" | b"am" | b"pm") && masks_number() {
            out.truncate(before);
        }
    } else if calendar::has(word) {
        out.truncate(before);
        out.push(NAME);
    }
    rest
}

/// Bytes that are looked at together.
const EIGHT: usize = 8;

/// Writes the ASCII letters that a text begins with in lower case. The rest of the text.
fn add_letters<'l>(text: &'l str, out: &mut Vec<u8>) -> &'l str {
    let mut done = 0;
    while let Some(eight) = text.as_bytes()[done..].first_chunk::<EIGHT>() {
        let eight = u64::from_le_bytes(*eight);
        let is_letter = plain::letters(eight);
        let letters = (is_letter ^ HIGH).trailing_zeros() as usize / 8;
        // Writing all eight and taking some back is quicker than writing so many.
        out.extend_from_slice(&(eight | (is_letter >> 2)).to_le_bytes());
        done += letters;
        if letters < EIGHT {
            out.truncate(out.len() + letters - EIGHT);
            return &text[done..];
        }
    }
    let tail = text.as_bytes()[done..].iter().take_while(|b| b.is_ascii_alphabetic());
    let before = out.len();
    out.extend(tail.map(u8::to_ascii_lowercase));
    &text[done + out.len() - before..]
}

/// A hash of the shape of `line`, by way of `out`; never 0.
pub fn hash(line: &str, out: &mut Vec<u8>) -> u64 {
    write(line, out);
    hash_of_bytes(out)
}

/// The hash of a shape that is written out.
pub fn hash_of(shape: &str) -> u64 {
    hash_of_bytes(shape.as_bytes())
}

fn hash_of_bytes(shape: &[u8]) -> u64 {
    xxh3_64(shape).max(1)
}

#[cfg(test)]
mod tests {
    use super::is_blank_char;

    fn shape(line: &str) -> String {
        let mut out = String::new();
        super::of(line, &mut out);
        out
    }

    /// The shape, character by character.
    fn slowly(line: &str) -> String {
        let mut out = String::new();
        let mut rest = line.trim_matches(is_blank_char);
        while let Some(c) = rest.chars().next() {
            let letters = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
            if letters > 0 {
                let word: String = rest[..letters].chars().flat_map(char::to_lowercase).collect();
                rest = &rest[letters..];
                match word.as_str() {
                    "k" | "m" | "b" | "am" | "pm" if out.ends_with('#') => {}
                    name if super::calendar::has(name.as_bytes()) => out.push('@'),
                    other => out.push_str(other),
                }
                continue;
            }
            rest = &rest[c.len_utf8()..];
            if c.is_numeric() {
                let inner = out.trim_end_matches(['.', ',', ':', '/', '-']).len();
                if out[..inner].ends_with('#') { out.truncate(inner) } else { out.push('#') }
            } else if !is_blank_char(c) {
                out.push(c);
            } else if !out.ends_with(' ') {
                out.push(' ');
            }
        }
        out
    }

    proptest::proptest! {
        #[test]
        fn as_character_by_character(
            parts in proptest::collection::vec(proptest::sample::select(vec![
                "a", "Zz", "quick", "ABCDEFG", "abcdefgh", "Straßenbahn", "İ", "É", "K", "Monday", "MÄRZ", "may", "Am", "pm", "k", "m",
                "1", "20", "½", "٣", ".", ",", "-", "/", ":", "#", "@", "[", "`", "{", " ", "  ", "\t", "\u{a0}", "\u{200b}", "\u{1c}", "’", "東", "ä",
            ]), 0..24),
            other in ".{0,24}",
        ) {
            for line in [parts.concat(), other] {
                proptest::prop_assert_eq!(shape(&line), slowly(&line), "{:?}", line);
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn the_first_byte_rules_nothing_out_that_fits(line in "[ a-zA-Z0-9#@.É-]{0,6}") {
            let shape = shape(&line);
            let firsts = super::Firsts::of([shape.as_str()].into_iter());
            proptest::prop_assert!(shape.is_empty() || firsts.may_have(&line));
        }
    }

    #[test]
    fn what_changes_is_masked() {
        for (line, want) in [
            ("5 min read", "# min read"),
            ("12 MIN  READ ", "# min read"),
            ("Updated 12:30", "updated #"),
            ("1.2K shares", "# shares"),
            ("318 shares", "# shares"),
            ("Monday, 3 March 2024", "@, # @ #"),
            ("2024-03-03", "#"),
            ("TT", "tt"),
            ("5km", "#km"),
            ("Été 2024, MÄRZ", "été #, @"),
            ("Maybe März-May", "maybe @-@"),
            ("No. 5", "no. #"),
            ("", ""),
        ] {
            assert_eq!(shape(line), want, "{line}");
        }
    }
}
