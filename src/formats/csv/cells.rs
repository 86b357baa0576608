//! The cells of one row: RFC 4180, with any delimiter.
//!
//! A cell is quoted if its first byte is a quotation mark; a quotation mark elsewhere in a cell that
//! does not begin with one stands for itself, as everybody reads it.

use std::borrow::Cow;

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// The quotation mark at this byte has no second one.
    Unclosed(usize),
    /// Behind the second quotation mark, at this byte, stands neither a delimiter nor the end.
    Inside(usize),
}

/// Cells in order; after an error there is nothing more.
pub(super) struct Cells<'a> {
    row: &'a str,
    delimiter: u8,
    /// Where the next cell begins, unless there is none.
    at: Option<usize>,
}

impl<'a> Cells<'a> {
    /// The cells of `row`, which has no line ending.
    pub fn new(row: &'a str, delimiter: u8) -> Self {
        Self { row, delimiter, at: Some(0) }
    }

    /// What is left of the row: after an error, the cell that is broken and all that follows.
    pub fn rest(&self) -> &'a str {
        self.at.map_or("", |at| &self.row[at..])
    }

    /// The cell that begins with the quotation mark at `start`, and the place behind it.
    fn quoted(&self, start: usize) -> Result<(Cow<'a, str>, usize), Broken> {
        let bytes = self.row.as_bytes();
        let (mut from, mut at) = (start + 1, start + 1);
        let mut unescaped = String::new();
        loop {
            at += memchr::memchr(b'"', &bytes[at..]).ok_or(Broken::Unclosed(start))?;
            match bytes.get(at + 1) {
                Some(b'"') => {
                    // One of the two.
                    unescaped.push_str(&self.row[from..=at]);
                    (from, at) = (at + 2, at + 2);
                }
                Some(b) if *b != self.delimiter => return Err(Broken::Inside(at)),
                _ => break,
            }
        }
        if unescaped.is_empty() {
            return Ok((Cow::Borrowed(&self.row[from..at]), at + 1));
        }
        unescaped.push_str(&self.row[from..at]);
        Ok((Cow::Owned(unescaped), at + 1))
    }
}

impl<'a> Iterator for Cells<'a> {
    type Item = Result<Cow<'a, str>, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at?;
        let bytes = self.row.as_bytes();
        let (cell, end) = if bytes.get(start) == Some(&b'"') {
            match self.quoted(start) {
                Ok(found) => found,
                Err(broken) => return Some(Err(broken)),
            }
        } else {
            let end = memchr::memchr(self.delimiter, &bytes[start..]).map_or(bytes.len(), |n| start + n);
            (Cow::Borrowed(&self.row[start..end]), end)
        };
        // What stands at `end` is a delimiter, if anything does.
        self.at = (end < bytes.len()).then_some(end + 1);
        Some(Ok(cell))
    }
}

/// A row, by the letter of RFC 4180.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub cells: usize,
    /// Bytes of it, its line ending included.
    pub len: usize,
    /// Whether its line ending is there.
    pub ended: bool,
    /// Whether a quoted cell has not ended.
    pub open: bool,
    /// Whether a cell is quoted.
    pub quoted: bool,
}

/// The row at the start of `bytes`; none if quotation marks stand in it where they may not.
pub(super) fn strict_row(bytes: &[u8], delimiter: u8) -> Option<Row> {
    let mut row = Row { cells: 1, len: bytes.len(), ended: false, open: false, quoted: false };
    let (mut at, mut cell) = (0, 0);
    loop {
        if at == cell && bytes.get(at) == Some(&b'"') {
            row.quoted = true;
            at += 1;
            loop {
                let Some(n) = memchr::memchr(b'"', &bytes[at..]) else {
                    return Some(Row { open: true, ..row });
                };
                at += n + 1;
                match bytes.get(at) {
                    Some(b'"') => at += 1,
                    None | Some(b'\n' | b'\r') => break,
                    Some(b) if *b == delimiter => break,
                    Some(_) => return None,
                }
            }
        }
        let Some(n) = memchr::memchr3(delimiter, b'\n', b'"', &bytes[at..]) else {
            return Some(row);
        };
        at += n + 1;
        match bytes[at - 1] {
            b'\n' => return Some(Row { len: at, ended: true, ..row }),
            b'"' => return None,
            _ => (row.cells, cell) = (row.cells + 1, at),
        }
    }
}
