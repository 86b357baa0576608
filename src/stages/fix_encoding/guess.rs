//! What can be put right although a byte of it is lost, and controls that are windows-1252.

use super::repair::sequence;
use super::sets::{Set, letter};

/// Whether a no-break space that became a plain one can be told from the line alone: nothing but
/// a misread `à` has this capital behind a small letter, at the end of a word.
pub fn lost_space(line: &str) -> bool {
    line.match_indices("Ã ").any(|(at, _)| line[..at].ends_with(|c: char| c.is_ascii_lowercase()))
}

/// Misread sequences of windows-1252 that lost a byte: the no-break space became a plain one, or
/// the control character that ends `”` is gone. For lines that are known to be misread. Says how
/// many there are.
pub fn guess(line: &str, latin: &Set) -> Option<(String, usize)> {
    let (mut out, mut places, mut rest) = (String::new(), 0, line);
    let leads: &[char] = &['Ã', 'Â', 'â', 'Å', 'Ð', 'Î', '×'];
    while let Some(at) = rest.find(leads) {
        let (before, here) = rest.split_at(at);
        out.push_str(before);
        if sequence(here, latin).is_some() {
            let len = here.chars().next().map_or(1, char::len_utf8);
            out.push_str(&here[..len]);
            rest = &here[len..];
            continue;
        }
        let (put, taken) = one(out.chars().next_back(), here);
        places += usize::from(taken.is_some());
        let taken = taken.unwrap_or(here.chars().next().map_or(1, char::len_utf8));
        out.push_str(put.unwrap_or(&here[..taken]));
        rest = &here[taken..];
    }
    out.push_str(rest);
    (places > 0).then_some((out, places))
}

/// What the beginning of `here` stands for, and how many bytes of it go.
fn one(before: Option<char>, here: &str) -> (Option<&'static str>, Option<usize>) {
    let capital_before = before.is_some_and(char::is_uppercase);
    let letter_before = before.is_some_and(char::is_alphabetic);
    let small_behind = |len: usize| here[len..].starts_with(char::is_lowercase);
    let found = if here.starts_with("â€\u{FFFD}") {
        ("”", "â€\u{FFFD}".len())
    } else if here.starts_with("â€") {
        ("”", "â€".len())
    } else if here.starts_with("Ã  ") && !capital_before {
        ("à", "Ã ".len())
    } else if here.starts_with("Ã ") && !capital_before {
        ("à", "Ã".len())
    } else if (here.starts_with("Â ") || here == "Â") && !capital_before {
        ("", "Â".len())
    } else if here.starts_with("Å ") && !letter_before && small_behind("Å ".len()) {
        ("Š", "Å ".len())
    } else if here.starts_with("Ð ") && here["Ð ".len()..].starts_with(cyrillic) {
        ("Р", "Ð ".len())
    } else if here.starts_with("Î ") && here["Î ".len()..].starts_with(greek) {
        ("Π", "Î ".len())
    } else {
        return (None, None);
    };
    (Some(found.0), Some(found.1))
}

fn cyrillic(c: char) -> bool {
    matches!(c, '\u{430}'..='\u{45F}')
}

fn greek(c: char) -> bool {
    matches!(c, '\u{3AC}'..='\u{3CE}')
}

/// C1 controls as what they are in windows-1252, those apart that are part of a sequence. A lone
/// U+0085 may well be the end of a line. Says how many there are.
pub fn controls(line: &str, latin: &Set) -> Option<(String, usize)> {
    let is_control = |c: char| matches!(c, '\u{80}'..='\u{9F}');
    if !line.contains(|c| is_control(c) && c != '\u{85}') {
        return None;
    }
    let (mut out, mut places, mut rest) = (String::with_capacity(line.len() + 8), 0, line);
    while let Some(c) = rest.chars().next() {
        let mut taken = c.len_utf8();
        let with = if is_control(c) { letter(encoding_rs::WINDOWS_1252, c as u8).unwrap_or(c) } else { c };
        match sequence(rest, latin) {
            Some((_, len)) => {
                taken = len;
                out.push_str(&rest[..len]);
            }
            None => {
                places += usize::from(with != c);
                out.push(with);
            }
        }
        rest = &rest[taken..];
    }
    (places > 0).then_some((out, places))
}
