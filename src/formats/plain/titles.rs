//! The head of an article that prints its title twice, with captions and interface text
//! between.

use super::signs::{SHORT, line_hash, may_be_title};
use crate::text::classes::fits;

/// Lines of look-ahead in which the second copy of a title has to stand.
pub const HEAD_LINES: usize = 40;
/// Bytes of look-ahead.
pub const HEAD_BYTES: u64 = 64 << 10;

/// A line between the copies that takes at most so many columns may be interface text.
const LABEL: usize = 40;

/// What is known of a non-blank line.
#[derive(Debug, Clone, Copy)]
pub struct LineInfo {
    /// Offset of its first byte.
    pub start: u64,
    /// Offset after its last byte, before the line ending.
    pub end: u64,
    /// Blank lines right before it.
    pub blanks: u32,
    /// See [`super::signs::line_hash`]; 0 for lines that are too long to matter.
    pub hash: u64,
    /// Whether it could be a title by itself: [`super::signs::may_be_title`].
    pub title: bool,
    /// Whether it is short enough for interface text.
    pub label: bool,
}

impl LineInfo {
    /// What is known of `line`, which stands at `start`.
    pub fn new(line: &[u8], start: u64, blanks: u32) -> Self {
        let end = start + line.len() as u64;
        let hash = if fits(line, SHORT) { line_hash(line) } else { 0 };
        Self { start, end, blanks, hash, title: may_be_title(line), label: fits(line, LABEL) }
    }

    fn len(&self) -> usize {
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
