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

/// Masks a run of numbers.
const NUMBER: char = '#';
/// Masks the name of a month or a weekday.
const NAME: char = '@';

/// Writes the shape of `line` into `out`: lower case, spaces single, numbers with what stands
/// between their digits and the letter behind them (`1.2K`, `12:30`) as `#`, months and weekdays
/// as `@`.
pub fn of(line: &str, out: &mut String) {
    out.clear();
    let mut chars = line.trim_matches(is_blank_char).chars().peekable();
    let mut word = String::new();
    while let Some(c) = chars.next() {
        if c.is_alphabetic() {
            word.extend(c.to_lowercase());
            if chars.peek().is_some_and(|c| c.is_alphabetic()) {
                continue;
            }
            let after_number =
                out.ends_with(NUMBER) && matches!(word.as_str(), "k" | "m" | "b" | "am" | "pm");
            match CALENDAR.contains(&word.as_str()) {
                _ if after_number => {}
                true => out.push(NAME),
                false => out.push_str(&word),
            }
            word.clear();
        } else if c.is_numeric() {
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
            ("No. 5", "no. #"),
            ("", ""),
        ] {
            assert_eq!(shape(line), want, "{line}");
        }
    }
}
