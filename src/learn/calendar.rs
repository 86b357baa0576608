//! Names of months and weekdays.

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

/// Places in a table of names.
const PLACES: usize = 2048;

/// No name.
const NONE: u8 = u8::MAX;

/// For each place the last name that belongs there, and for each name the one before it at its place.
const TABLE: ([u8; PLACES], [u8; CALENDAR.len()]) = {
    let (mut heads, mut before, mut k) = ([NONE; PLACES], [NONE; CALENDAR.len()], 0);
    while k < CALENDAR.len() {
        let name = CALENDAR[k].as_bytes();
        let at = place(name[0], name[1], name[2]);
        (before[k], heads[at]) = (heads[at], k as u8);
        k += 1;
    }
    assert!(CALENDAR.len() < NONE as usize);
    (heads, before)
};

/// The place of a name that begins with these bytes: few words share one with a name.
const fn place(first: u8, second: u8, third: u8) -> usize {
    let hash = (first as usize) * 2533 + (second as usize) * 499 + (third as usize) * 53;
    (hash ^ (hash >> 9)) % PLACES
}

/// Whether a word in lower case is the name of a month or a weekday.
pub fn has(word: &[u8]) -> bool {
    let &[first, second, third, ..] = word else { return false };
    let mut next = TABLE.0[place(first, second, third)];
    while let Some(name) = CALENDAR.get(usize::from(next)) {
        if name.as_bytes() == word {
            return true;
        }
        next = TABLE.1[usize::from(next)];
    }
    false
}

/// Whether the ASCII letters that a text begins with, in whatever case, are such a name.
pub fn begins(text: &[u8]) -> bool {
    // Most words are told by their first three letters.
    let &[first, second, third, ..] = text else { return false };
    let lower = [first, second, third].map(|b| b | 0x20);
    if TABLE.0[place(lower[0], lower[1], lower[2])] == NONE {
        return false;
    }
    let letters = text.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    has(&text[..letters].to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_no_others() {
        for name in CALENDAR {
            assert!(has(name.as_bytes()), "{name}");
            let other = format!("{name}s");
            assert_eq!(has(other.as_bytes()), CALENDAR.contains(&other.as_str()), "{other}");
            for len in 0..name.len() {
                let part = &name.as_bytes()[..len];
                assert_eq!(
                    has(part),
                    CALENDAR.iter().any(|n| n.as_bytes() == part),
                    "{name}, {len} bytes of it"
                );
            }
        }
    }

    #[test]
    fn the_place_tells_most_words_apart() {
        let letters = || b'a'..=b'z';
        let all = letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| place(a, b, c))));
        let taken = all.filter(|place| TABLE.0[*place] != NONE).count();
        assert!(taken * 12 < 26 * 26 * 26, "{taken}");
    }

    #[test]
    fn what_a_text_begins_with() {
        for text in ["May", "MONDAY, noon", "mar-a-lago"] {
            assert!(begins(text.as_bytes()), "{text}");
        }
        for text in ["", "ma", "Mayor", "mär", "a may"] {
            assert!(!begins(text.as_bytes()), "{text}");
        }
    }
}
