//! Marks of Markdown, as `html2text` and other converters write them.

use std::ops::Range;

use super::{Cut, EMPHASIS, ESCAPE, HEADING, IMAGE, LINK, QUOTE, RULE};
use crate::document::Document;

/// Bytes of an address or of a link's title.
const LONGEST: usize = 2048;

/// Links within one another, and brackets that are open.
const DEEPEST: usize = 64;

/// Signs of Markdown that a document without links has to have.
const SIGNS: usize = 2;

/// What a document shows of Markdown.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// It is Markdown: line marks, emphasis and escapes count.
    pub is_markdown: bool,
    /// It has lines that define links: `[1]: https://example.org`.
    pub has_definitions: bool,
}

pub(super) fn look(doc: &Document) -> Seen {
    let (mut seen, mut signs) = (Seen::default(), 0);
    for (_, line) in doc.kept() {
        let text = line.trim_start();
        seen.has_definitions |= is_definition(text);
        signs += usize::from(heading(text) >= 2) + usize::from(bold_pairs(text));
        seen.is_markdown |= link_target(line).is_some();
    }
    seen.is_markdown |= seen.has_definitions || signs >= SIGNS;
    seen
}

/// Whether a whole line is a mark, and which.
pub(super) fn whole_line(line: &str, seen: Seen) -> Option<crate::reason::Reason> {
    let text = line.trim();
    if seen.has_definitions && is_definition(text) {
        return Some(LINK);
    }
    let rule = |text: &str| {
        let mut signs = text.chars().filter(|c| !c.is_whitespace());
        let first = signs.next();
        let same = |c: char| matches!(first, Some('*' | '-' | '_')) && Some(c) == first;
        signs.clone().count() >= 2 && signs.all(same)
    };
    let between_cells =
        || text.contains('|') && text.contains("--") && text.bytes().all(|b| b" |-:".contains(&b));
    (seen.is_markdown && (rule(text) || between_cells() || text == "__")).then_some(RULE)
}

/// Marks within a line, in no order.
pub(super) fn within(line: &str, seen: Seen, cuts: &mut Vec<Cut>) {
    links(line, seen, cuts);
    if !seen.is_markdown {
        return;
    }
    let text = line.trim_start();
    let start = line.len() - text.len();
    match heading(text) {
        0 => {}
        level => cuts.push((start..start + level + 1, HEADING)),
    }
    let quotes = text.len() - text.trim_start_matches(['>', ' ']).len();
    if text.starts_with("> ") {
        cuts.push((start..start + quotes, QUOTE));
    }
    escapes(line, cuts);
    emphasis(line, cuts);
}

/// Number of `#` that begin a heading, or 0.
fn heading(text: &str) -> usize {
    let level = text.bytes().take_while(|b| *b == b'#').count();
    if level <= 6 && text[level..].starts_with(' ') { level } else { 0 }
}

fn bold_pairs(text: &str) -> bool {
    let mut marks = text.match_indices("**").map(|(at, _)| at);
    marks.next().zip(marks.next()).is_some_and(|(a, b)| b > a + 2 && !text[a + 2..].starts_with('*'))
}

/// `[1]: https://example.org "Title"`.
fn is_definition(text: &str) -> bool {
    let Some((name, target)) = text.strip_prefix('[').and_then(|s| s.split_once("]:")) else { return false };
    let target = target.trim_start();
    let address = target.split_whitespace().next().unwrap_or_default().trim_start_matches('<');
    name.len() <= 80 && (address.contains("://") || address.starts_with(['/', '#']))
}

/// The place behind the first link's text, if the line has a link.
fn link_target(line: &str) -> Option<usize> {
    line.match_indices("](").find_map(|(at, _)| target(&line[at + 1..]).map(|_| at))
}

/// Length of `(https://example.org "Title")` at the start of `text`. A line that was cut at a hyphen has a space there.
fn target(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('(')?;
    let mut depth = 0;
    let bytes = inner.as_bytes();
    for at in 0..bytes.len().min(LONGEST) {
        match bytes[at] {
            b'(' if depth == 3 => return None,
            b'(' => depth += 1,
            b')' if depth == 0 => return is_address(&inner[..at]).then_some(at + 2),
            b')' => depth -= 1,
            b' ' | b'\t' => {
                let rest = inner[at..].trim_start();
                let skipped = inner.len() - rest.len();
                if rest.starts_with(['"', '\'']) && is_address(&inner[..at]) {
                    return titled(rest).map(|n| skipped + n + 1);
                }
                let cut_at_hyphen = at > 0 && matches!(bytes[at - 1], b'-' | b' ');
                let ends = rest.starts_with(')') || rest.starts_with('>');
                if !cut_at_hyphen && !ends {
                    return None;
                }
            }
            _ => {}
        }
    }
    None
}

/// Length of `"Title")` at the start of `text`.
fn titled(text: &str) -> Option<usize> {
    let quote = text.chars().next()?;
    let mut ends = text.match_indices(quote).skip(1).map(|(at, _)| at).take_while(|at| *at < LONGEST);
    ends.find_map(|at| {
        let rest = &text[at + 1..];
        let after = rest.trim_start();
        after.starts_with(')').then(|| at + 1 + rest.len() - after.len() + 1)
    })
}

/// Whether what stands in brackets can be an address: not the argument of a function.
fn is_address(text: &str) -> bool {
    text.is_empty() || text.starts_with("mailto") || text.contains(['/', '.', '#', ':', '?', '='])
}

/// Links and images, from the inside out.
fn links(line: &str, seen: Seen, cuts: &mut Vec<Cut>) {
    let bytes = line.as_bytes();
    let mut open: Vec<usize> = Vec::new();
    let mut from = 0;
    while let Some(n) = memchr::memchr3(b'[', b']', b'<', &bytes[from..]) {
        let at = from + n;
        from = at + 1;
        match bytes[at] {
            _ if at > 0 && bytes[at - 1] == b'\\' => {}
            b'[' if open.len() < DEEPEST => open.push(at),
            b'[' => {}
            b']' => {
                let Some(start) = open.pop() else { continue };
                let Some(len) = target(&line[at + 1..]).or_else(|| named(&line[at + 1..], seen)) else {
                    continue;
                };
                let end = at + 1 + len;
                from = end;
                if start > 0 && bytes[start - 1] == b'!' {
                    cuts.push((start - 1..end, IMAGE));
                } else {
                    cuts.push((start..start + 1, LINK));
                    cuts.push((at..end, LINK));
                }
            }
            _ => {
                let end = bytes[from..].iter().take(LONGEST).position(|b| matches!(b, b'>' | b' ' | b'<'));
                let Some(end) = end.map(|n| from + n).filter(|end| bytes[*end] == b'>') else { continue };
                if line[from..end].starts_with("http") && line[from..end].contains("://") {
                    cuts.push((at..from, LINK));
                    cuts.push((end..end + 1, LINK));
                }
            }
        }
    }
}

/// Length of `[1]` at the start of `text`, where links are named so.
fn named(text: &str, seen: Seen) -> Option<usize> {
    let inner = text.strip_prefix('[').filter(|_| seen.has_definitions)?;
    inner.bytes().take(80).position(|b| b == b']').map(|n| n + 2)
}

/// `1\.` and `\-`: a character that means itself.
fn escapes(line: &str, cuts: &mut Vec<Cut>) {
    let bytes = line.as_bytes();
    let mut at = 0;
    while let Some(n) = memchr::memchr(b'\\', &bytes[at..]) {
        at += n;
        if bytes.get(at + 1).is_some_and(u8::is_ascii_punctuation) {
            cuts.push((at..at + 1, ESCAPE));
            at += 1;
        }
        at += 1;
    }
}

/// `**bold**`, `_italic_`, `~~struck~~`: what opens stands in front of a word, what closes behind one.
fn emphasis(line: &str, cuts: &mut Vec<Cut>) {
    let bytes = line.as_bytes();
    // The last open mark of each kind.
    let mut open: [Option<Range<usize>>; 5] = Default::default();
    let mut at = 0;
    while let Some(n) = memchr::memchr3(b'*', b'_', b'~', &bytes[at..]) {
        at += n;
        let len = bytes[at..].iter().take_while(|b| **b == bytes[at]).count();
        let mark = at..at + len;
        at += len;
        let kind = match (bytes[mark.start], len) {
            (b'*', 1) => 0,
            (b'*', 2 | 3) => 1,
            (b'_', 1) => 2,
            (b'_', 2) => 3,
            (b'~', 2) => 4,
            _ => continue,
        };
        let before = line[..mark.start].chars().next_back();
        let after = line[mark.end..].chars().next();
        let escaped = before == Some('\\');
        let opens = after.is_some_and(|c| !c.is_whitespace())
            && (kind == 1 || before.is_none_or(|c| !c.is_alphanumeric()));
        let closes = before.is_some_and(|c| !c.is_whitespace())
            && (kind == 1 || after.is_none_or(|c| !c.is_alphanumeric()));
        match open[kind].take().filter(|_| closes) {
            _ if escaped => {}
            Some(first) => {
                cuts.push((first, EMPHASIS));
                cuts.push((mark, EMPHASIS));
            }
            None if opens => open[kind] = Some(mark),
            None => {}
        }
    }
}
