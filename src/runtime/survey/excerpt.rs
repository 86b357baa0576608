//! Part of a document, to be shown.

use crate::document::{Document, Removal, Role};
use crate::reason::{DocId, Reason};

/// Bytes of text in an excerpt.
const BYTES: usize = 5 << 10;
/// Bytes of one line of it.
const LINE: usize = 360;
/// Bytes of what a stage saw.
const EVIDENCE: usize = 120;
/// Lines of it.
const LINES: usize = 90;
/// Lines at the head that are there whatever was done to them.
const HEAD: usize = 3;
/// Lines up to which those are shown to which nothing was done.
const FILL: usize = 10;

/// Where a document stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its `id`.
    pub id: DocId,
    /// Path as given, or `-`.
    pub source: std::sync::Arc<str>,
    /// Number within the source.
    pub record: u64,
}

impl Place {
    pub(super) fn of(doc: &Document) -> Self {
        Self { id: doc.id, source: doc.origin.source.clone(), record: doc.origin.record }
    }
}

/// Why something was removed.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    /// The reason.
    pub reason: Reason,
    /// What the stage saw, in words.
    pub evidence: String,
}

impl Why {
    fn of(removal: &Removal) -> Self {
        Self { reason: removal.reason, evidence: cut(&removal.evidence.to_string(), EVIDENCE) }
    }
}

/// A document with what was done to its lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Excerpt {
    /// Where it stands.
    pub place: Place,
    /// Its title, if it has one.
    pub title: String,
    /// Why it was dropped, if it was.
    pub dropped: Option<Why>,
    /// Lines in order: the first, removed ones with a line on either side, others as far as there is room.
    pub lines: Vec<ShownLine>,
    /// Lines that there is no room for.
    pub left_out: u64,
}

/// A line of an excerpt.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownLine {
    /// From 1, among the document's non-blank lines.
    pub number: u64,
    /// As scraped, and no longer than a screen takes.
    pub before: String,
    /// As it is in the row, if it was rewritten.
    pub after: Option<String>,
    /// What it is in its article.
    pub role: Role,
    /// Why it was removed, if it was.
    pub why: Option<Why>,
}

impl Excerpt {
    pub(super) fn of(doc: &Document) -> Self {
        let chosen = choose(doc);
        let lines: Vec<ShownLine> = chosen.iter().map(|&i| shown(doc, i)).collect();
        Self {
            place: Place::of(doc),
            title: cut(doc.title().trim(), LINE),
            dropped: doc.dropped().map(Why::of),
            left_out: (doc.lines().len() - lines.len()) as u64,
            lines,
        }
    }
}

/// The lines that are shown, in order.
fn choose(doc: &Document) -> Vec<usize> {
    let all = doc.lines().len();
    let removed = |i: usize| i < all && !doc.lines()[i].is_kept();
    let near = |i: usize| removed(i) || removed(i + 1) || (i > 0 && removed(i - 1));
    let (mut taken, mut bytes) = (Vec::new(), 0);
    let mut take = |i: usize, taken: &mut Vec<usize>| {
        bytes += doc.lines()[i].span().len().min(LINE) + 16;
        let room = taken.len() < LINES && bytes <= BYTES;
        if room {
            taken.push(i);
        }
        room
    };
    let first = (0..all).filter(|&i| i < HEAD || near(i));
    let mut full = first.map(|i| take(i, &mut taken)).any(|room| !room);
    for i in (HEAD..all).take(LINES) {
        if full || taken.len() >= FILL {
            break;
        }
        full = !near(i) && !take(i, &mut taken);
    }
    taken.sort_unstable();
    taken
}

fn shown(doc: &Document, i: usize) -> ShownLine {
    let (before, now) = (doc.original(i), doc.line(i));
    let why = doc.removal(i).map(Why::of);
    let after = (why.is_none() && before != now).then(|| cut(now, LINE));
    ShownLine { number: i as u64 + 1, before: cut(before, LINE), after, role: doc.lines()[i].role(), why }
}

/// The first bytes of `text`, with an ellipsis if that is not all.
pub(super) fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    format!("{}…", head(text, bytes))
}

/// The first characters of `text`, as many as fit.
pub(super) fn head(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The text of a document as far as two of them are compared, lines apart.
pub(super) fn body(doc: &Document, bytes: usize) -> String {
    let mut out = String::new();
    for (i, (_, line)) in doc.body().enumerate() {
        if out.len() >= bytes {
            break;
        }
        if i > 0 {
            out.push('\n');
        }
        out.push_str(head(line, bytes - out.len()));
    }
    out
}
