//! What stands between cells, found by what the first rows have in common.

use std::borrow::Cow;

use super::DELIMITERS;
use super::cells::{Cells, strict_row};
use crate::formats::parquet::TEXT_COLUMNS;
use crate::formats::{BOM, SNIFF_BYTES, after_bom};

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

/// The delimiter of a source that begins with `first`, if it is the same whatever follows: the header is whole, and
/// one delimiter at most stands between cells of it.
pub(super) fn sure_delimiter(mut first: &[u8]) -> Option<u8> {
    while let Some(blank) = blank_line(first) {
        first = &first[blank..];
    }
    let line = &first[..=memchr::memchr(b'\n', first)?];
    let mut found = None;
    for delimiter in DELIMITERS {
        let cells = match strict_row(first, delimiter) {
            Some(row) if !row.ended => return None,
            Some(row) => row.cells,
            // As `measure` counts them.
            None => 1 + memchr::memchr_iter(delimiter, line).count(),
        };
        if cells > 1 && found.replace(delimiter).is_some() {
            return None;
        }
    }
    Some(found.unwrap_or(b','))
}

/// Whether content is a table beyond doubt: a header of two short names or more, none twice, and rows
/// under it that all have as many cells: two of them, or one with a quoted cell, or one under a header that
/// names a column of texts. Prose with commas in it has spaces behind them, and blank lines. `None` if what follows
/// decides, and `content` is not the `whole` of what is looked at.
pub(super) fn is_table(content: &[u8], whole: bool) -> Option<bool> {
    let content = after_bom(content, whole)?;
    let Some(end) = memchr::memchr(b'\n', content) else {
        return (whole || content.len() > LONGEST_HEADER + 1).then_some(false);
    };
    let line = &content[..end];
    let Ok(line) = std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)) else {
        return Some(false);
    };
    // Most content is none, which a look at its first line shows.
    if line.len() > LONGEST_HEADER || !DELIMITERS.iter().any(|d| columns(line, *d).is_some()) {
        return Some(false);
    }
    let ended = whole && content.len() < SNIFF_BYTES - BOM.len();
    if shows_at_once(content, line, ended) {
        return Some(true);
    }
    whole.then(|| shows_by_rows(content, line, ended))
}

/// Longest header that content may be told by.
const LONGEST_HEADER: usize = 1 << 14;

/// Whether the header, which is the first `line`, names a column of texts, and the row under it has as many cells.
fn shows_at_once(content: &[u8], line: &str, ended: bool) -> bool {
    let Some(delimiter) = sure_delimiter(content) else { return false };
    let Some(names) = columns(line, delimiter) else { return false };
    let Some(header) = strict_row(content, delimiter) else { return false };
    let row = strict_row(&content[header.len..], delimiter);
    names.iter().any(|name| TEXT_COLUMNS.contains(&&**name))
        && header.cells == names.len()
        && row.is_some_and(|row| row.cells == names.len() && (row.ended || ended && !row.open))
}

fn shows_by_rows(content: &[u8], line: &str, ended: bool) -> bool {
    let delimiter = delimiter(content, ended);
    let m = measure(content, delimiter, ended);
    columns(line, delimiter).is_some_and(|names| names.len() == m.cells)
        && (m.fitting, m.blank) == (m.rows, 0)
        && (m.rows >= 2 || m.quoted == 1)
}

/// The cells of a line that reads like a header: two names or more, none twice.
fn columns(line: &str, delimiter: u8) -> Option<Vec<Cow<'_, str>>> {
    let mut names: Vec<_> = Cells::new(line, delimiter).map_while(Result::ok).collect();
    let all = names.len();
    // An index without a name, as pandas writes it.
    let from = usize::from(names.first().is_some_and(|first| first.is_empty()));
    if all < from + 2 || !names[from..].iter().all(|name| is_name(name)) {
        return None;
    }
    names.sort_unstable();
    names.dedup();
    (names.len() == all).then_some(names)
}

/// Whether a cell reads like the name of a column: a letter first, then letters, digits, `_`, `-`, `.`.
fn is_name(cell: &str) -> bool {
    cell.len() <= SHORT
        && cell.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && cell.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}
