//! The head of an article that prints its title twice, with captions and interface text
//! between.

use super::signs::{SHORT, counts_as_blank, line_hash, may_be_title};
use crate::text::classes::fits;

/// Lines of look-ahead in which the second copy of a title has to stand.
pub const HEAD_LINES: usize = 40;
/// Bytes of look-ahead.
pub const HEAD_BYTES: u64 = 64 << 10;

/// A line between the copies that takes at most so many columns may be interface text.
const LABEL: usize = 40;

/// Blank lines that follow one another: so many at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlankRun {
    /// How many.
    pub lines: u32,
    /// Only lines without a single byte count: a page that is printed with its white space has many others.
    pub empty: bool,
}

/// The blank lines between two others.
#[derive(Debug, Clone, Copy, Default)]
pub struct Gap {
    /// How many that [`counts_as_blank`].
    pub blanks: u32,
    /// The most of them behind one another that have no byte.
    pub empties: u32,
    /// Those at the end of the gap so far.
    under_way: u32,
}

impl Gap {
    /// Takes the next blank line.
    pub fn add(&mut self, line: &[u8]) {
        self.blanks = self.blanks.saturating_add(u32::from(counts_as_blank(line)));
        self.under_way = if line.is_empty() { self.under_way.saturating_add(1) } else { 0 };
        self.empties = self.empties.max(self.under_way);
    }
}

/// What is known of a non-blank line.
#[derive(Debug, Clone, Copy)]
pub struct LineInfo {
    /// Offset of its first byte.
    pub start: u64,
    /// Offset after its last byte, before the line ending.
    pub end: u64,
    /// Blank lines right before it.
    pub blanks: u32,
    /// The most of them behind one another that hold nothing at all, not even a space.
    pub empties: u32,
    /// See [`super::signs::line_hash`]; 0 for lines that are too long to matter.
    pub hash: u64,
    /// Whether it could be a title by itself: [`super::signs::may_be_title`].
    pub title: bool,
    /// Whether it is short enough for interface text.
    pub label: bool,
}

impl LineInfo {
    /// What is known of `line`, which stands at `start`.
    pub fn new(line: &[u8], start: u64, gap: Gap) -> Self {
        let hash = if fits(line, SHORT) { line_hash(line) } else { 0 };
        Self {
            hash,
            title: may_be_title(line),
            label: fits(line, LABEL),
            ..Self::plain(start, start + line.len() as u64, gap)
        }
    }

    /// A line of which nothing but its place matters.
    pub fn plain(start: u64, end: u64, gap: Gap) -> Self {
        Self { start, end, blanks: gap.blanks, empties: gap.empties, hash: 0, title: false, label: false }
    }

    /// Whether a run of blank lines such as `run` stands before it.
    pub fn follows(&self, run: BlankRun) -> bool {
        (if run.empty { self.empties } else { self.blanks }) >= run.lines
    }

    /// Its bytes.
    pub fn len(&self) -> usize {
        (self.end - self.start) as usize
    }
}

/// A title that stands without a blank line above it has to have so many bytes.
const JOINED: usize = 24;

/// [`second_copy`] of a title right below another text, as where files were joined: both copies stand alone, and a blank
/// line is below the second.
pub fn is_joined(lines: &[LineInfo]) -> Option<usize> {
    let title = lines.first().filter(|l| l.title && l.len() >= JOINED)?;
    let again = second_copy(lines)?;
    let apart = |n: usize| lines.get(n).is_some_and(|l| l.blanks > 0);
    let once = lines.iter().filter(|l| l.hash == title.hash).count() == 2;
    (once && apart(1) && apart(again) && apart(again + 1)).then_some(again)
}

/// Whether `lines` begin with a title that is printed again: index of the second copy.
///
/// Between the copies stand only labels and lines that are themselves printed more than
/// once, so that a subhead or a question that comes back in the body is none.
pub fn second_copy(lines: &[LineInfo]) -> Option<usize> {
    let (title, rest) = lines.split_first()?;
    if title.hash == 0 || !title.title || title.len() < 6 {
        return None;
    }
    let near = rest.iter().take(HEAD_LINES);
    let near = near.take_while(|l| l.end - title.start <= HEAD_BYTES);
    let window = &rest[..near.count()];
    let again = window.iter().position(|l| l.hash == title.hash)?;
    // A line directly under its own copy is a caption.
    if again == 0 && window[0].blanks == 0 {
        return None;
    }
    let between = &window[..again];
    let belongs =
        |l: &LineInfo| l.label || window.iter().filter(|o| o.hash == l.hash && l.hash != 0).count() > 1;
    between.iter().all(belongs).then_some(again + 1)
}
