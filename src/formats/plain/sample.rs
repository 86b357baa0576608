//! The first part of a source, or a part of a document, cut into lines to learn from.

use std::cell::OnceCell;

use super::signs::{delimiter, is_rule, mark};
use super::titles::{Gap, LineInfo, second_copy};
use crate::text::classes::{fits, is_prose, words_up_to};
use crate::text::lines::is_blank;

/// Most lines looked at; more than enough, and a bound on memory.
const MAX_LINES: usize = 100_000;

/// A line of so many words and columns is a line of a wrapped paragraph, whatever its end.
const WRAPPED: (usize, usize) = (8, 45);

/// What stands right before a line, beside blank lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// The end of another line.
    Line,
    /// A form feed.
    Feed,
    /// The delimiter that the sample was read with.
    Delimiter,
}

/// Lines with something on them, and what stands between them.
pub struct Sample<'a> {
    bytes: &'a [u8],
    /// The lines.
    pub lines: Vec<LineInfo>,
    /// What stands before each.
    pub before: Vec<Before>,
    /// Nothing follows the sample.
    pub ended: bool,
    /// It is a part of what seemed to be one article.
    pub inside: bool,
    /// Bytes of prose in front of each line, and in all.
    prose: OnceCell<Vec<u64>>,
}

impl<'a> Sample<'a> {
    /// Reads a sample in which documents may be delimited by `delimiter`; `ended` says that nothing follows.
    pub fn read(bytes: &'a [u8], ended: bool, inside: bool, delimiter: Option<&[u8]>) -> Self {
        let mut sample =
            Sample { bytes, lines: Vec::new(), before: Vec::new(), ended, inside, prose: OnceCell::new() };
        let mut delimiters = delimiter.map(|d| (memchr::memmem::find_iter(bytes, d).peekable(), d.len()));
        let (mut gap, mut before) = (Gap::default(), Before::Line);
        let mut at = super::super::bom_len(bytes);
        while at < bytes.len() && sample.lines.len() < MAX_LINES {
            let found = memchr::memchr3(b'\n', b'\r', b'\x0C', &bytes[at..]).map(|n| at + n);
            let Some(mut end) = found.or(ended.then_some(bytes.len())) else { break };
            let mut next = end + 1 + usize::from(bytes[end..].starts_with(b"\r\n"));
            let mut ending = if bytes.get(end) == Some(&b'\x0C') { Before::Feed } else { Before::Line };
            if let Some((places, len)) = &mut delimiters {
                while places.next_if(|place| *place < at).is_some() {}
                if let Some(place) = places.next_if(|place| *place < end) {
                    (end, next) = (place, place + *len);
                    ending = Before::Delimiter;
                }
            }
            let line = &bytes[at..end];
            if is_blank(line) {
                gap.add(line);
                before = if ending == Before::Line { before } else { ending };
            } else {
                sample.lines.push(LineInfo::new(line, at as u64, gap));
                sample.before.push(before);
                (gap, before) = (Gap::default(), ending);
            }
            at = next;
        }
        sample
    }

    /// The text of line `i`.
    pub fn text(&self, i: usize) -> &[u8] {
        &self.bytes[self.lines[i].start as usize..self.lines[i].end as usize]
    }

    /// Bytes of lines `a..b`, with what stands between them.
    pub fn bytes(&self, (a, b): (usize, usize)) -> u64 {
        self.lines[b - 1].end - self.lines[a].start
    }

    /// Bytes of prose in lines `a..b`.
    pub fn prose(&self, (a, b): (usize, usize)) -> u64 {
        let sums = self.prose.get_or_init(|| {
            let mut sum = 0;
            let of = |i: usize| if reads_on(self.text(i)) { self.lines[i].len() as u64 } else { 0 };
            let each = (0..self.lines.len()).map(|i| {
                sum += of(i);
                sum
            });
            std::iter::once(0).chain(each).collect()
        });
        sums[b] - sums[a]
    }

    /// The text that delimits documents in it most often.
    pub fn delimiter(bytes: &[u8]) -> Option<&[u8]> {
        let mut found: Vec<(&[u8], usize)> = Vec::new();
        let mut at = 0;
        while let Some(n) = memchr::memchr2(b'<', b'[', &bytes[at..]) {
            let here = at + n;
            let near = &bytes[here..bytes.len().min(here + 40)];
            match delimiter(near).filter(|d| d.start == 0) {
                Some(d) => {
                    let text = &near[d.clone()];
                    match found.iter().position(|(known, _)| *known == text) {
                        Some(i) => found[i].1 += 1,
                        None if found.len() < 16 => found.push((text, 1)),
                        None => {}
                    }
                    at = here + d.end;
                }
                None => at = here + 1,
            }
        }
        // An end says more than a beginning where both are there.
        found
            .into_iter()
            .max_by_key(|(text, count)| (*count, !text.starts_with(b"<|s")))
            .map(|(text, _)| text)
    }

    /// Lines at which an article with a repeated title begins.
    pub fn heads(&self) -> Vec<usize> {
        let (mut out, mut i) = (Vec::new(), 0);
        while i < self.lines.len() {
            match second_copy(&self.lines[i..]) {
                Some(n) if self.opens(i) && !is_separator(self.text(i)) => {
                    out.push(i);
                    // Captions printed again under the second copy are not heads.
                    let head: Vec<u64> = self.lines[i..i + n].iter().map(|l| l.hash).collect();
                    i += n + 1;
                    while i < self.lines.len() && head.contains(&self.lines[i].hash) {
                        i += 1;
                    }
                }
                _ => i += 1,
            }
        }
        out
    }

    /// Whether something may begin at line `i`: nothing but blank lines or a separator stands right before it.
    fn opens(&self, i: usize) -> bool {
        i == 0 || self.lines[i].blanks > 0 || self.before[i] != Before::Line || is_separator(self.text(i - 1))
    }
}

fn is_separator(line: &[u8]) -> bool {
    is_rule(line) || mark(line).is_some()
}

/// Whether a line is prose, or a line of a wrapped paragraph.
fn reads_on(line: &[u8]) -> bool {
    let (words, columns) = WRAPPED;
    if line.len() < 20 {
        return false;
    }
    let text = String::from_utf8_lossy(line);
    is_prose(&text) || (!fits(line, columns) && words_up_to(&text, words) >= words)
}
