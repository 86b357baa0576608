//! What stands between cells, found by what the first rows have in common.

use std::borrow::Cow;

use super::DELIMITERS;
use super::cells::{Cells, strict_row};
use crate::formats::bom_len;

/// Rows after the header that are looked at.
const ROWS: usize = 64;
/// Most bytes of a column's name that content may be told by.
const SHORT: usize = 64;

/// What the first rows are like with one delimiter.
#[derive(Debug, Default)]
struct Measure {
    /// Cells of the header.
    cells: usize,
    /// Whole rows after it.
    rows: usize,
    /// Those with as many cells, and every quotation mark in its place.
    fitting: usize,
    /// Those of them with a quoted cell.
    quoted: usize,
    /// Empty lines.
    blank: usize,
}

/// The delimiter of a source that begins with `first`, of which nothing may follow (`ended`): that with
/// which most rows have as many cells as the header, of those the one with most cells. A comma if no
/// delimiter stands in the header.
pub(super) fn delimiter(first: &[u8], ended: bool) -> u8 {
    let score = |delimiter: u8| {
        let m = measure(first, delimiter, ended);
        let share = (m.fitting * 1000).checked_div(m.rows).unwrap_or(1000);
        (m.cells > 1).then_some((share, m.cells))
    };
    // The first of equals.
    let best =
        DELIMITERS.into_iter().rev().filter_map(|d| Some((score(d)?, d))).max_by_key(|(score, _)| *score);
    best.map_or(b',', |(_, delimiter)| delimiter)
}

fn measure(mut rest: &[u8], delimiter: u8, ended: bool) -> Measure {
    let mut m = Measure::default();
    while !rest.is_empty() && m.rows < ROWS {
        if let Some(blank) = blank_line(rest) {
            m.blank += 1;
            rest = &rest[blank..];
            continue;
        }
        let line = memchr::memchr(b'\n', rest).map_or(rest.len(), |n| n + 1);
        let row = strict_row(rest, delimiter);
        if m.cells == 0 {
            // A broken header still has its delimiters.
            m.cells =
                row.map_or_else(|| 1 + memchr::memchr_iter(delimiter, &rest[..line]).count(), |r| r.cells);
        } else if row.is_none_or(|r| r.ended || (ended && !r.open)) {
            let fits = row.is_some_and(|r| r.cells == m.cells);
            m.rows += 1;
            m.fitting += usize::from(fits);
            m.quoted += usize::from(fits && row.is_some_and(|r| r.quoted));
        }
        rest = &rest[row.map_or(line, |r| r.len)..];
    }
    m
}

/// Length of the empty line at the start of `bytes`, if there is one.
fn blank_line(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [b'\n', ..] => Some(1),
        [b'\r', b'\n', ..] => Some(2),
        _ => None,
    }
}

/// What has to be there to speak of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follow {
    /// Two rows or more; those beyond the first [`ROWS`], and one that is cut off, are not looked at.
    Some,
    /// All of it, one row at least.
    All,
}

/// Whether `bytes` are rows of so many cells, by the letter; a single cell proves nothing.
pub(super) fn rows_follow(mut bytes: &[u8], delimiter: u8, cells: usize, follow: Follow) -> bool {
    let mut rows = 0;
    while cells > 1 && !bytes.is_empty() && (rows < ROWS || follow == Follow::All) {
        if let Some(blank) = blank_line(bytes) {
            bytes = &bytes[blank..];
            continue;
        }
        match strict_row(bytes, delimiter) {
            Some(row) if !row.ended && follow == Follow::Some => break,
            Some(row) if row.cells == cells && !row.open => bytes = &bytes[row.len..],
            _ => return false,
        }
        rows += 1;
    }
    rows >= if follow == Follow::All { 1 } else { 2 }
}

/// Whether content is a table beyond doubt: a header of two short names or more, none twice, and rows
/// under it that all have as many cells: two of them, or one with a quoted cell. Prose with commas in it
/// has spaces behind them, and blank lines.
pub(super) fn is_table(content: &[u8]) -> bool {
    let content = &content[bom_len(content)..];
    let line = &content[..memchr::memchr(b'\n', content).unwrap_or(0)];
    let Ok(line) = std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)) else {
        return false;
    };
    // Most content is none, which a look at its first line shows.
    if line.len() > 1 << 14 || !DELIMITERS.iter().any(|d| is_header(&names_of(line, *d))) {
        return false;
    }
    let ended = content.len() < crate::formats::SNIFF_BYTES - 3;
    let delimiter = delimiter(content, ended);
    let mut names = names_of(line, delimiter);
    if !is_header(&names) {
        return false;
    }
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    let m = measure(content, delimiter, ended);
    names.len() == all && (m.cells, m.fitting, m.blank) == (all, m.rows, 0) && (m.rows >= 2 || m.quoted == 1)
}

/// The cells of a line up to the first that is broken.
fn names_of(line: &str, delimiter: u8) -> Vec<Cow<'_, str>> {
    Cells::new(line, delimiter).map_while(Result::ok).collect()
}

/// Whether cells read like the names of two columns or more, the first of which may be an index without
/// a name, as pandas writes it.
fn is_header(cells: &[Cow<'_, str>]) -> bool {
    let from = usize::from(cells.first().is_some_and(|first| first.is_empty()));
    let names = &cells[from..];
    names.len() >= 2 && names.iter().all(|name| is_name(name))
}

/// Whether a cell reads like the name of a column: a letter first, then letters, digits, `_`, `-`, `.`.
fn is_name(cell: &str) -> bool {
    cell.len() <= SHORT
        && cell.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && cell.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}
