//! Reading the head of an article: title, byline, dateline, and where the prose begins.

use crate::document::{Document, Role};
use crate::text::classes::{ends_sentence, fits, is_prose, words_up_to};
use crate::text::entities;

/// Lines from the top that can belong to the head.
pub const HEAD_LINES: usize = 40;

/// Longest title, in columns.
const MAX_TITLE: usize = 400;

/// What the first line of a document tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// It is the title unless it reads like prose: a dump prints titles first.
    FirstLine,
    /// It is the title only if it is printed again in the head.
    RepeatsOnly,
}

/// Gives title, byline and dateline their roles.
pub fn assign_roles(doc: &mut Document, trust: Trust) {
    if doc.stated_title.is_empty()
        && let Some(i) = find_title(doc, trust)
    {
        doc.set_role(i, Role::Title);
    }
    let first = first_line(doc);
    let zone = doc.lines().len().min(first + 12);
    for i in first..zone {
        if doc.lines()[i].role() != Role::Body {
            continue;
        }
        let line = doc.line(i);
        if is_byline(line) {
            doc.set_role(i, Role::Byline);
        } else if is_dateline(line) {
            doc.set_role(i, Role::Dateline);
        }
    }
}

fn find_title(doc: &Document, trust: Trust) -> Option<usize> {
    let (lines, at) = (doc.lines(), first_line(doc));
    // A document of one line is a text without a title.
    if lines.len() < at + 2 || !fits(doc.line(at).as_bytes(), MAX_TITLE) {
        return None;
    }
    let first = doc.line(at);
    let mut head = at + 1..lines.len().min(at + HEAD_LINES);
    let again = head.any(|i| same_title(first, doc.line(i)) && (lines[i].breaks() || i > at + 1));
    if again {
        return Some(at);
    }
    match trust {
        Trust::RepeatsOnly => None,
        Trust::FirstLine => (!reads_like_text(first)).then_some(at),
    }
}

/// Index of the first line below the front matter.
fn first_line(doc: &Document) -> usize {
    doc.lines().iter().take_while(|l| l.role() == Role::FrontMatter).count()
}

/// A first line that is no title: a long sentence, or a paragraph.
fn reads_like_text(line: &str) -> bool {
    let words = words_up_to(line, 60);
    words >= 40 || (words >= 22 && ends_sentence(line))
}

/// Whether two lines are the same title: spacing, punctuation and character references aside. A
/// subhead in capitals may well repeat the title's words, so case counts.
pub fn same_title(a: &str, b: &str) -> bool {
    if a == b || same_letters(a, b) {
        return true;
    }
    let referenced = has_reference(a) || has_reference(b);
    referenced && a.len().max(b.len()) <= REFERENCED_TITLE && same_letters(&resolved(a), &resolved(b))
}

/// Longest title with references that is compared, in bytes: no character of a title takes more than ten.
const REFERENCED_TITLE: usize = MAX_TITLE * 10;

fn same_letters(a: &str, b: &str) -> bool {
    a.len().abs_diff(b.len()) <= 24 && letters(a).eq(letters(b))
}

/// Whether a line holds what may be a character reference, such as `&amp;` or `&#39;`.
pub fn has_reference(line: &str) -> bool {
    line.split_once('&').is_some_and(|(_, rest)| rest.contains(';'))
}

/// The line with its references resolved, twice, for a page may have escaped what was escaped already.
fn resolved(line: &str) -> String {
    let (mut once, mut twice) = (String::new(), String::new());
    entities::decode(line, false, &mut once);
    entities::decode(&once, false, &mut twice);
    twice
}

fn letters(s: &str) -> impl Iterator<Item = char> {
    s.chars().filter(|c| c.is_alphanumeric())
}

/// Words that introduce an author, lower case.
const BY: &[&str] = &["by", "von", "par", "por", "di", "door", "av", "af", "przez", "oleh", "от", "автор:"];

/// Whether a line names an author: "By" in some language, then a few names.
pub fn is_byline(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let by = words.next().unwrap_or_default();
    // "автор:" is the longest, in bytes.
    if line.len() > 120 || by.len() > 11 || !BY.contains(&by.to_lowercase().as_str()) {
        return false;
    }
    let (mut n, mut capitals) = (0, 0);
    for w in words {
        n += 1;
        capitals += usize::from(w.chars().next().is_some_and(char::is_uppercase));
    }
    // "By Jane Doe and John Roe, Reuters"
    (1..=12).contains(&n) && capitals * 2 >= n && capitals >= 1 && !ends_sentence(line)
}

/// Whether a line states when, or where and when, an article was written: short, with a
/// year and a day, and no sentence.
pub fn is_dateline(line: &str) -> bool {
    // A year and a day are five digits at least.
    let digits = || line.bytes().filter(u8::is_ascii_digit).count();
    if line.len() > 100 || digits() < 5 || ends_sentence(line) || words_up_to(line, 13) > 12 {
        return false;
    }
    let numbers = line.split(|c: char| !c.is_ascii_digit()).filter(|s| !s.is_empty());
    let (mut year, mut day) = (false, false);
    for n in numbers {
        match n.len() {
            4 => year |= n.starts_with("19") || n.starts_with("20"),
            1 | 2 => day |= (1..=31).contains(&n.parse::<u8>().unwrap_or(0)),
            _ => {}
        }
    }
    year && day
}

/// Index of the first line of prose; the number of lines if there is none. A line that is
/// printed twice within the head is not prose: it is a caption or a title.
pub fn first_prose(doc: &Document) -> usize {
    let n = doc.lines().len();
    let head = n.min(HEAD_LINES);
    let repeated = |i: usize| (0..head).any(|k| k != i && doc.line(k) == doc.line(i));
    let mut lines = 0..n;
    let prose = lines.find(|&i| {
        !matches!(doc.lines()[i].role(), Role::Title | Role::FrontMatter)
            && is_prose(doc.line(i))
            && (i >= head || !repeated(i))
    });
    prose.unwrap_or(n)
}

/// Index after the last line of prose; 0 if there is none.
pub fn after_prose(doc: &Document) -> usize {
    (0..doc.lines().len()).rev().find(|&i| is_prose(doc.line(i))).map_or(0, |i| i + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_with_references() {
        for (a, b) in [
            ("Rain & Wind", "Rain &amp; Wind"),
            ("Council's Plan", "Council&#39;s&nbsp;Plan"),
            ("Caf\u{e9} \"Late\"", "&quot;x&quot;"),
            ("Rain & Wind", "Rain &amp;amp; Wind"),
            ("Caf\u{e9} opens", "Caf&eacute; opens"),
        ] {
            assert_eq!(same_title(a, b), !b.contains("&quot;x"), "{a}, {b}");
            assert_eq!(same_title(b, a), !b.contains("&quot;x"), "{a}, {b}");
        }
        assert!(!same_title("Q&A; Rain", "Q&A; Wind"));
    }

    #[test]
    fn bylines_and_datelines() {
        assert!(is_byline("By Jane Doe and John Roe"));
        assert!(is_byline("Von Max Mustermann"));
        assert!(!is_byline("By the time he left, it rained"));
        assert!(!is_byline("Buy now"));
        assert!(is_dateline("Last updated on 4 March 2024"));
        assert!(is_dateline("CAIRO, 2024-03-04"));
        assert!(!is_dateline("The 2024 budget"));
        assert!(!is_dateline("On 4 March 2024 he left the country for good."));
    }
}
