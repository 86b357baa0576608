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
const PLACES: usize = 512;

/// No name.
const NONE: u8 = u8::MAX;

/// For each place the last name that belongs there, and for each name the one before it at its place.
const TABLE: ([u8; PLACES], [u8; CALENDAR.len()]) = {
    let (mut heads, mut before, mut k) = ([NONE; PLACES], [NONE; CALENDAR.len()], 0);
    while k < CALENDAR.len() {
        let at = place(CALENDAR[k].as_bytes());
        (before[k], heads[at]) = (heads[at], k as u8);
        k += 1;
    }
    assert!(CALENDAR.len() < NONE as usize);
    (heads, before)
};

/// The place of a word of three bytes or more: few words share one with a name.
const fn place(word: &[u8]) -> usize {
    let hash = (word[0] as usize).wrapping_mul(29) ^ (word[1] as usize).wrapping_mul(5) ^ (word[2] as usize);
    (hash ^ word.len().wrapping_mul(43)) % PLACES
}

/// Whether a word in lower case is the name of a month or a weekday.
pub fn has(word: &[u8]) -> bool {
    if word.len() < 3 {
        return false;
    }
    let mut next = TABLE.0[place(word)];
    while let Some(name) = CALENDAR.get(usize::from(next)) {
        if name.as_bytes() == word {
            return true;
        }
        next = TABLE.1[usize::from(next)];
    }
    false
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
        let all =
            ('a'..='z').flat_map(|a| ('a'..='z').flat_map(move |b| ('a'..='z').map(move |c| [a, b, c])));
        let taken = all.filter(|w| TABLE.0[place(w.map(|c| c as u8).as_slice())] != NONE).count();
        assert!(taken * 4 < 26 * 26 * 26, "{taken}");
    }
}
