//! Marks of text browsers: `lynx`, `w3m`, `elinks`.

use super::{BULLET, Cut, FORM, HEAD_LINKS, INDENT, LINK_NUMBER, REFERENCES};
use crate::document::Document;
use crate::reason::Reason;

/// A number of a link comes so much behind the one before it at most: links without a text have none in the page.
const STEP: u32 = 40;

/// Links with a number that a page without a list of their addresses has to have.
const NUMBERED: u32 = 3;

/// Headings of the list of addresses, lower case and without a colon.
const HEADINGS: &[&str] =
    &["references", "visible links", "hidden links", "links", "verweise", "références", "referencias"];

/// Signs that stand for items of a list.
const BULLETS: &[char] = &['*', '+', 'o', '#', '@', '•', '◦', '○', '●', '□', '■', '▪', '☆', '☐'];

/// Names for what a text browser cannot show.
const NAMES: &[&str] = &[
    "(BUTTON)", "[IMG]", "[IMAGE]", "[image]", "[INLINE]", "[EMBED]", "[LINK]", "[USEMAP]", "[ISMAP]",
    "[BUTTON]", "[submit]", "[Submit]", "[SUBMIT]",
];

/// What a document shows of text browsers.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// Links have numbers.
    pub numbered: bool,
    /// The line with which the list of addresses begins, and the first behind it.
    pub references: Option<(usize, usize)>,
    /// Columns by which the text is indented.
    pub indent: usize,
    /// Items of lists have bullets.
    pub bullets: bool,
    /// Fields of forms are drawn.
    pub forms: bool,
}

pub(super) fn look(doc: &Document) -> Seen {
    let (mut links, mut rising, mut last) = (0u32, 0u32, None);
    let (mut lines, mut bullets, mut forms) = (0usize, 0, false);
    let mut indents = [0usize; 9];
    for (_, line) in doc.kept() {
        for mark in Numbers::new(line).filter(|mark| mark.glued) {
            links += 1;
            rising += u32::from(last.is_none_or(|last| last < mark.number && mark.number - last <= STEP));
            last = Some(mark.number);
        }
        let indent = indent(line);
        lines += 1;
        indents[indent.min(8)] += 1;
        bullets += usize::from(indent > 0 && bullet(line).is_some());
        forms |= line.contains("(BUTTON)") || line.contains("IFRAME: ");
    }
    let rises = rising * 10 >= links * 9;
    let references = references(doc).filter(|(_, _, named)| *named || (links > 0 && rises));
    let indented = lines - indents[0];
    let common = (2..8).max_by_key(|n| (indents[*n], std::cmp::Reverse(*n))).unwrap_or(0);
    let numbered = rises && (links >= NUMBERED || (links > 0 && references.is_some()));
    Seen {
        numbered,
        references: references.map(|(from, to, _)| (from, to)),
        indent: if indented * 5 >= lines * 3 && indents[common] * 3 >= lines { common } else { 0 },
        bullets: bullets >= 2,
        forms: forms || numbered,
    }
}

/// The list of addresses at the end of a page: first line, the one behind the last, and whether a heading
/// says that it is one.
fn references(doc: &Document) -> Option<(usize, usize, bool)> {
    let (mut from, mut addresses, mut named) = (None, 0, false);
    let end = doc.kept().next_back()?.0 + 1;
    for (i, line) in doc.kept().rev() {
        let line = line.trim();
        let heading = line.trim_end_matches(':').to_lowercase();
        if is_address(line) {
            addresses += 1;
        } else if line.len() <= 20 && HEADINGS.contains(&heading.as_str()) {
            named |= heading.ends_with("links") && heading.len() > 5;
            from = Some(i);
        } else {
            break;
        }
    }
    from.filter(|_| addresses > 0).map(|from| (from, end, named))
}

/// ` 12. https://example.org/`, also without a number; an address may have spaces in it, as a page writes it.
fn is_address(line: &str) -> bool {
    let numbered = line.split_once(". ").filter(|(number, _)| {
        !number.is_empty() && number.len() <= 6 && number.bytes().all(|b| b.is_ascii_digit())
    });
    let spaced = |address: &str| address.contains(char::is_whitespace);
    match numbered {
        Some((_, address)) => {
            has_scheme(address.trim()) || (address.contains('/') && !spaced(address.trim()))
        }
        None => line.contains("://") && has_scheme(line) && !spaced(line),
    }
}

/// Whether a text begins like `https:` or `mailto:`.
fn has_scheme(text: &str) -> bool {
    let scheme =
        text.split_once(':').map_or("", |(scheme, rest)| if rest.starts_with(' ') { "" } else { scheme });
    scheme.len() >= 3 && scheme.bytes().all(|b| b.is_ascii_lowercase())
}

/// Whether a whole line is a mark, and which. `i` is its number.
pub(super) fn whole_line(i: usize, line: &str, seen: &Seen) -> Option<Reason> {
    let text = line.trim();
    if seen.references.is_some_and(|(from, to)| (from..to).contains(&i)) {
        return Some(REFERENCES);
    }
    if seen.numbered && text.starts_with("#[") {
        return Some(HEAD_LINKS);
    }
    let frame = text.strip_prefix("IFRAME:").map(str::trim);
    frame.is_some_and(|address| !address.contains(' ')).then_some(FORM)
}

/// Marks within a line, in no order. `last` is the number of the last link.
pub(super) fn within(line: &str, seen: &Seen, last: &mut u32, cuts: &mut Vec<Cut>) {
    let indent_here = indent(line);
    let bullet = bullet(line).filter(|_| seen.bullets && indent_here > 0);
    match bullet {
        Some(end) => cuts.push((0..end, BULLET)),
        None if seen.indent > 0 && indent_here > 0 => cuts.push((0..indent_here.min(seen.indent), INDENT)),
        None => {}
    }
    if seen.numbered {
        for mark in Numbers::new(line) {
            let follows = *last < mark.number && mark.number - *last <= STEP;
            if mark.glued || follows {
                *last = mark.number;
                cuts.push((mark.at..mark.end, LINK_NUMBER));
            }
        }
    }
    fields(line, seen, cuts);
}

/// Buttons, fields and names of images.
fn fields(line: &str, seen: &Seen, cuts: &mut Vec<Cut>) {
    if memchr::memchr3(b'(', b'[', b'_', line.as_bytes()).is_none() {
        return;
    }
    for name in NAMES {
        cuts.extend(line.match_indices(name).map(|(at, _)| (at..at + name.len(), FORM)));
    }
    let bytes = line.as_bytes();
    let mut at = 0;
    while seen.forms
        && let Some(n) = memchr::memmem::find(&bytes[at..], b"______")
    {
        let start = at + n;
        at = start + bytes[start..].iter().take_while(|b| **b == b'_').count();
        cuts.push((start..at, FORM));
    }
    let mut at = 0;
    while let Some(n) = memchr::memmem::find(&bytes[at..], b"[     ") {
        let start = at + n;
        let blank = bytes[start + 1..].iter().take_while(|b| **b == b' ').count();
        at = start + 1 + blank;
        if bytes.get(at) == Some(&b']') {
            at += 1;
            cuts.push((start..at, FORM));
        }
    }
}

/// Bytes of white space at the start of a line.
fn indent(line: &str) -> usize {
    line.bytes().take_while(|b| *b == b' ').count()
}

/// Bytes up to the text behind a bullet.
fn bullet(line: &str) -> Option<usize> {
    let text = line.trim_start_matches(' ');
    let rest = text.strip_prefix(BULLETS).filter(|rest| rest.starts_with(' '))?;
    Some(line.len() - rest.trim_start_matches(' ').len())
}

/// A number in brackets.
struct Mark {
    at: usize,
    end: usize,
    number: u32,
    /// In front of a word, and not behind one, as the number of a link and no footnote.
    glued: bool,
}

/// The numbers in brackets of a line.
struct Numbers<'a> {
    line: &'a str,
    at: usize,
}

impl<'a> Numbers<'a> {
    fn new(line: &'a str) -> Self {
        Self { line, at: 0 }
    }
}

impl Iterator for Numbers<'_> {
    type Item = Mark;

    fn next(&mut self) -> Option<Mark> {
        let bytes = self.line.as_bytes();
        while let Some(n) = memchr::memchr(b'[', &bytes[self.at..]) {
            let at = self.at + n;
            let digits = bytes[at + 1..].iter().take(7).take_while(|b| b.is_ascii_digit()).count();
            let end = at + digits + 2;
            self.at = at + 1;
            if digits == 0 || digits == 7 || bytes.get(end - 1) != Some(&b']') {
                continue;
            }
            self.at = end;
            let before = self.line[..at].chars().next_back();
            let after = self.line[end..].chars().next();
            let behind_word =
                before.is_some_and(|c| c.is_alphanumeric() || crate::text::classes::is_terminal(c));
            let in_front =
                after.is_some_and(|c| c.is_alphanumeric() || matches!(c, '"' | '“' | '«' | '#' | '@' | '$'));
            let number = self.line[at + 1..end - 1].parse().unwrap_or(0);
            return Some(Mark { at, end, number, glued: in_front && !behind_word });
        }
        None
    }
}
