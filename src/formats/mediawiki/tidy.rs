//! One line of text, made presentable: marks, switches and what templates leave behind.

use std::borrow::Cow;

use super::inline::mark;
use super::quotes;
use crate::text::entities;

/// White space of a line once, as a page shows it.
pub(super) fn spaced(line: &str) -> Cow<'_, str> {
    if !line.contains("  ") && !line.contains('\t') {
        return line.into();
    }
    line.split([' ', '\t']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ").into()
}

/// The text of a line. Lines within it are those that the source breaks it into, and those of
/// `literals`.
pub(super) fn line(line: &str, literals: &[String]) -> String {
    let line = quotes::strip(line);
    let line = without_switches(&line);
    let line = variants(&line);
    let line = without_gaps(&line);
    let mut text = String::with_capacity(line.len());
    entities::decode(&line, false, &mut text);
    let text = with_literals(text, literals);
    if !text.contains(mark::BREAK) {
        return text.trim().to_owned();
    }
    let lines = text.split(mark::BREAK).map(str::trim).filter(|l| !l.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// Without `__NOTOC__` and its like: capitals between two underscores each.
fn without_switches(line: &str) -> Cow<'_, str> {
    if !line.contains("__") {
        return line.into();
    }
    let (mut out, mut rest) = (String::with_capacity(line.len()), line);
    while let Some(at) = rest.find("__") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let is_name = |c: char| c.is_alphabetic() && !c.is_lowercase() || c == '_';
        let name = rest[2..].split_once("__").map_or("", |(name, _)| name);
        // The longest name of any language is shorter.
        if name.len() <= 80 && name.chars().all(is_name) && name.contains(char::is_alphabetic) {
            rest = &rest[name.len() + 4..];
        } else {
            out.push('_');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out.into()
}

/// With the first of the variants of a word (`-{zh-hans:计算机; zh-hant:電腦}-`).
fn variants(line: &str) -> Cow<'_, str> {
    if !line.contains("-{") {
        return line.into();
    }
    let (mut out, mut rest) = (String::with_capacity(line.len()), line);
    while let Some(at) = rest.find("-{") {
        let Some(end) = rest[at..].find("}-") else {
            break;
        };
        out.push_str(&rest[..at]);
        out.push_str(variant(&rest[at + 2..at + end]));
        rest = &rest[at + end + 2..];
    }
    out.push_str(rest);
    out.into()
}

fn variant(inside: &str) -> &str {
    let (flags, rules) = inside.split_once('|').unwrap_or(("", inside));
    // Rules for titles and for the rest of the page are not shown.
    if flags.contains(['H', 'T', '-', 'D']) {
        return "";
    }
    for rule in rules.split(';') {
        if let Some((code, word)) = rule.split_once(':')
            && code.trim().bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
        {
            return word.trim();
        }
    }
    rules
}

const SPACES: [char; 2] = [' ', '\u{A0}'];
const PAUSES: [char; 6] = [',', ';', ':', '，', '；', '：'];

/// Without the marks of gaps, and without the spaces, commas and empty brackets around them:
/// `Bern (; born {{…}})` never was meant.
fn without_gaps(line: &str) -> Cow<'_, str> {
    let Some((first, rest)) = line.split_once(mark::GAP) else {
        return line.into();
    };
    let mut out = String::with_capacity(line.len());
    out.push_str(first);
    for part in rest.split(mark::GAP) {
        let kept = out.trim_end_matches(SPACES).len();
        let mut space = kept < out.len();
        out.truncate(kept);
        let opened = out.ends_with(['(', '（']);
        let mut part = part;
        if space || opened || out.is_empty() {
            part = part.trim_start_matches(SPACES);
        }
        if opened {
            part = part.trim_start_matches(|c| SPACES.contains(&c) || PAUSES.contains(&c));
        }
        let next = part.trim_start_matches(SPACES);
        if next.starts_with([')', '）']) {
            out.truncate(out.trim_end_matches(|c| SPACES.contains(&c) || PAUSES.contains(&c)).len());
            part = next;
            if let Some(before) = out.strip_suffix(['(', '（']) {
                let kept = before.trim_end_matches(SPACES).len();
                out.truncate(kept);
                part = &next[next.chars().next().map_or(0, char::len_utf8)..];
            }
            space = false;
        } else if next.starts_with(PAUSES) || next.starts_with(['.', '。']) {
            part = if out.ends_with(PAUSES) { next.trim_start_matches(PAUSES) } else { next };
            space = false;
        }
        if space && !opened && !out.is_empty() {
            out.push(' ');
        }
        out.push_str(part);
    }
    out.into()
}

/// With the literals in the places of their marks.
fn with_literals(text: String, literals: &[String]) -> String {
    if !text.contains(mark::LITERAL) {
        return text;
    }
    let mut parts = text.split(mark::LITERAL);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (number, rest) = part.split_once(mark::END_LITERAL).unwrap_or(("", part));
        if let Some(literal) = number.parse().ok().and_then(|n: usize| literals.get(n)) {
            out.push_str(literal);
        }
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_templates() {
        let gap = |text: &str| line(&text.replace('_', "\u{6}"), &[]);
        for (text, want) in [
            ("Bern (_) is", "Bern is"),
            ("Bern (_; _, born 1900) is", "Bern (born 1900) is"),
            ("Bern (born 1900; _) is", "Bern (born 1900) is"),
            ("Bern _, the town", "Bern, the town"),
            ("Bern, _, the town", "Bern, the town"),
            ("main() and _ more", "main() and more"),
            ("_ Bern", "Bern"),
            ("a_b", "ab"),
            ("a _ _ _ b", "a b"),
            ("(_", "("),
            ("_", ""),
        ] {
            assert_eq!(gap(text), want, "{text}");
        }
    }

    #[test]
    fn switches_variants_and_entities() {
        for (text, want) in [
            ("__NOTOC__A", "A"),
            ("__KEIN_INHALTSVERZEICHNIS__", ""),
            ("def __init__(self): ____", "def __init__(self): ____"),
            ("用-{zh-hans:计算机; zh-hant:電腦}-的", "用计算机的"),
            ("-{T|zh:a}-b-{c}-d-{A|zh:e}-", "bcde"),
            ("a -{ b", "a -{ b"),
            ("5&nbsp;km &lt;b&gt; &amp;lt;", "5\u{A0}km <b> &lt;"),
            ("one\u{5}two\u{5}", "one\ntwo"),
        ] {
            assert_eq!(line(text, &[]), want, "{text}");
        }
    }
}
