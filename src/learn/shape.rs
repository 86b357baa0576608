//! The shape of a line: what stays the same of it from page to page.

use xxhash_rust::xxh3::xxh3_64;

use crate::text::lines::is_blank_char;

/// Names of months and weekdays, lower case, of languages whose scripts set spaces; cut forms
/// count only together with a number, which the shape masks as well.
const CALENDAR: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "jan",
    "feb",
    "mar",
    "apr",
    "jun",
    "jul",
    "aug",
    "sep",
    "sept",
    "oct",
    "nov",
    "dec",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "mon",
    "tue",
    "wed",
    "thu",
    "fri",
    "sat",
    "sun",
    "januar",
    "februar",
    "märz",
    "mai",
    "juni",
    "juli",
    "oktober",
    "dezember",
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonntag",
    "janvier",
    "février",
    "mars",
    "avril",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
    "lunes",
    "martes",
    "miércoles",
    "jueves",
    "viernes",
    "sábado",
    "domingo",
    "gennaio",
    "febbraio",
    "aprile",
    "maggio",
    "giugno",
    "luglio",
    "settembre",
    "ottobre",
    "dicembre",
    "يناير",
    "فبراير",
    "مارس",
    "أبريل",
    "مايو",
    "يونيو",
    "يوليو",
    "أغسطس",
    "سبتمبر",
    "أكتوبر",
    "نوفمبر",
    "ديسمبر",
];

/// For each place that two first bytes lead to, the lengths in bytes of names with such, a bit each: few
/// words have to be looked for.
const LENGTHS: [u32; 256] = {
    let (mut out, mut k) = ([0; 256], 0);
    while k < CALENDAR.len() {
        let name = CALENDAR[k].as_bytes();
        out[slot(name[0], name[1])] |= 1 << name.len();
        k += 1;
    }
    out
};

const fn slot(first: u8, second: u8) -> usize {
    (first.wrapping_mul(29) ^ second) as usize
}

fn is_of_calendar(word: &str) -> bool {
    let &[first, second, ..] = word.as_bytes() else { return false };
    let lengths = LENGTHS[slot(first, second)];
    word.len() < 32 && lengths & (1 << word.len()) != 0 && CALENDAR.contains(&word)
}

/// Masks a run of numbers.
const NUMBER: char = '#';
/// Masks the name of a month or a weekday.
const NAME: char = '@';

/// Writes the shape of `line` into `out`: lower case, spaces single, numbers with what stands
/// between their digits and the letter behind them (`1.2K`, `12:30`) as `#`, months and weekdays
/// as `@`.
pub fn of(line: &str, out: &mut String) {
    out.clear();
    let line = line.trim_matches(is_blank_char);
    out.reserve(line.len());
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if c.is_alphabetic() {
            let (word, behind) = rest.split_at(letters(rest));
            rest = behind;
            add_word(word, out);
            continue;
        }
        rest = &rest[c.len_utf8()..];
        if c.is_numeric() {
            // A number goes on over what stands between two digits.
            if !out.ends_with(NUMBER) {
                let inner = out.trim_end_matches(['.', ',', ':', '/', '-']);
                if inner.ends_with(NUMBER) && inner.len() < out.len() {
                    out.truncate(inner.len());
                } else {
                    out.push(NUMBER);
                }
            }
        } else if is_blank_char(c) {
            if !out.ends_with(' ') {
                out.push(' ');
            }
        } else {
            out.push(c);
        }
    }
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
            Some(b) if b.is_ascii_alphabetic() => has(b.to_ascii_lowercase()) || has(NAME as u8),
            Some(b) if b.is_ascii_digit() => has(NUMBER as u8),
            Some(b) if b.is_ascii_graphic() => has(b),
            // Blanks are no part of a shape, and other letters become others.
            _ => true,
        }
    }
}

/// Bytes of the letters that a text begins with.
fn letters(text: &str) -> usize {
    let plain = text.bytes().position(|b| !b.is_ascii_alphabetic()).unwrap_or(text.len());
    // What is not ASCII may be a letter as well.
    let rest = &text[plain..];
    if rest.bytes().next().is_none_or(|b| b.is_ascii()) {
        return plain;
    }
    plain + rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len())
}

/// Writes a word in lower case, or what masks it.
fn add_word(word: &str, out: &mut String) {
    let (before, is_after_number) = (out.len(), out.ends_with(NUMBER));
    if word.is_ascii() {
        out.push_str(word);
        out[before..].make_ascii_lowercase();
    } else {
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
    let word = &out[before..];
    if is_after_number && matches!(word, "k" | "m" | "b" | "am" | "pm") {
        out.truncate(before);
    } else if is_of_calendar(word) {
        out.truncate(before);
        out.push(NAME);
    }
}

/// A hash of the shape of `line`, by way of `out`; never 0.
pub fn hash(line: &str, out: &mut String) -> u64 {
    of(line, out);
    hash_of(out)
}

/// The hash of a shape that is written out.
pub fn hash_of(shape: &str) -> u64 {
    xxh3_64(shape.as_bytes()).max(1)
}

#[cfg(test)]
mod tests {
    fn shape(line: &str) -> String {
        let mut out = String::new();
        super::of(line, &mut out);
        out
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
