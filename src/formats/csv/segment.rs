//! Finds the ends of rows: line feeds outside of quoted cells.
//!
//! Quotation marks are looked for with vector code, and only there is anything to decide. One opens a
//! cell if a delimiter or the beginning of the row stands in front of it; the cell ends at the next one
//! that a delimiter or the end of a line follows. One that neither holds for is in the wrong place: it
//! is passed over, and where reading goes on is decided at the end of the row (see [`Rows::settle`]) or
//! when the row gets too long (see [`Rows::overflow`]).

use super::dialect::{self, Follow, rows_follow};
use super::header;
use crate::document::{Border, BorderKind};
use crate::formats::bad::{BadKind, KEPT_BYTES};
use crate::formats::{Out, Piece, SNIFF_BYTES, Segmenter, bom_len};
use crate::text::charset;

/// Rows of bytes, the first of which is the header.
pub(super) struct Rows {
    max: usize,
    columns: Option<Columns>,
    /// From the first byte that has not been handed out, or from the last but one that has been looked
    /// at in a row that is too long.
    held: Vec<u8>,
    /// Offset of the first byte of `held` in the source.
    base: u64,
    scan: Scan,
    /// A row that is too long, of which the beginning is no longer held.
    long: Option<Long>,
    /// Bytes that were read twice because a row turned out to be too long.
    reread: u64,
}

/// What the header says.
#[derive(Clone, Copy)]
struct Columns {
    delimiter: u8,
    /// How many; none before the header is read.
    count: usize,
}

impl Columns {
    /// Whether `rows` are rows under this header, or under none yet.
    fn are_those_of(self, rows: &[u8], follow: Follow) -> bool {
        self.count == 0 || rows_follow(rows, self.delimiter, self.count, follow)
    }
}

struct Long {
    start: u64,
    head: Vec<u8>,
}

/// How far the row under way has been looked at.
#[derive(Default)]
struct Scan {
    /// Up to here.
    at: usize,
    /// Within a quoted cell.
    quoted: bool,
    /// Where the last quoted cell begins.
    opened: usize,
    /// Where the first quoted cell begins that has a quotation mark in the wrong place.
    broken: Option<usize>,
}

impl Scan {
    /// Looks on in `row`, after which nothing follows if it is `last`: the place of the line feed that
    /// ends the row, if that is there.
    fn end(&mut self, row: &[u8], delimiter: u8, last: bool) -> Option<usize> {
        loop {
            if self.quoted {
                let Some(n) = memchr::memchr(b'"', &row[self.at..]) else {
                    self.at = row.len();
                    return None;
                };
                self.at += n;
                match row.get(self.at + 1) {
                    // What follows decides.
                    None if !last => return None,
                    Some(b'"') => self.at += 1,
                    None | Some(b'\n' | b'\r') => self.quoted = false,
                    Some(b) if *b == delimiter => self.quoted = false,
                    Some(_) => {
                        self.broken.get_or_insert(self.opened);
                    }
                }
                self.at += 1;
            } else {
                let Some(n) = memchr::memchr2(b'"', b'\n', &row[self.at..]) else {
                    self.at = row.len();
                    return None;
                };
                let found = self.at + n;
                if row[found] == b'\n' {
                    return Some(found);
                }
                self.at = found + 1;
                if found == 0 || row[found - 1] == delimiter {
                    (self.quoted, self.opened) = (true, found);
                }
            }
        }
    }
}

impl Rows {
    pub fn new(max: usize) -> Self {
        Self { max, columns: None, held: Vec::new(), base: 0, scan: Scan::default(), long: None, reread: 0 }
    }

    /// Hands out what is whole, and all there is if this is the `last` time.
    fn rows(&mut self, last: bool, out: &mut Out<'_>) {
        let Some(mut columns) = self.columns.or_else(|| self.begin(last, out)) else { return };
        let held = std::mem::take(&mut self.held);
        let mut rest = &held[..];
        while !rest.is_empty() {
            // A row is looked at to its largest size, however much is there.
            let view = &rest[..rest.len().min(self.max + 1)];
            let last = last && view.len() == rest.len();
            let used = match self.scan.end(view, columns.delimiter, last) {
                Some(end) => self.settle(view, (end, 1), &mut columns, out),
                None if view.len() > self.max => self.overflow(view, &mut columns, out),
                None if last => self.settle(view, (view.len(), 0), &mut columns, out),
                None => break,
            };
            self.base += used as u64;
            rest = &rest[used..];
        }
        self.columns = Some(columns);
        let used = held.len() - rest.len();
        self.held = held;
        self.held.drain(..used);
        // One giant row must not keep its room for the rest of the run.
        if self.held.len() < 1 << 16 {
            self.held.shrink_to(1 << 20);
        }
    }

    /// Finds the delimiter once there is enough to tell it by: the header, if no other one stands in it.
    fn begin(&mut self, last: bool, out: &mut Out<'_>) -> Option<Columns> {
        let first = &self.held[..self.held.len().min(SNIFF_BYTES)];
        let bom = bom_len(first);
        let sure = dialect::sure_delimiter(&first[bom..]);
        if sure.is_none() && self.held.len() < SNIFF_BYTES && !last {
            return None;
        }
        let look = || dialect::delimiter(&first[bom..], last && self.held.len() < SNIFF_BYTES);
        let delimiter = sure.unwrap_or_else(look);
        separator(0..bom as u64, out);
        self.held.drain(..bom);
        self.base = bom as u64;
        Some(Columns { delimiter, count: 0 })
    }

    /// The row ends at `end`, and its line ending has so many bytes. If a quotation mark was in the wrong
    /// place, or is not closed at the end of the source, its cell may have taken in the rows that
    /// follow: if all that stands behind its first line are whole rows, they are, and that line alone is
    /// broken. A header has one line then in any case. Returns how many bytes are done with.
    fn settle(
        &mut self,
        view: &[u8],
        (end, ending): (usize, usize),
        columns: &mut Columns,
        out: &mut Out<'_>,
    ) -> usize {
        let scan = std::mem::take(&mut self.scan);
        let mut line = (end, ending);
        if self.long.is_none()
            && let Some(broken) = scan.broken.or(scan.quoted.then_some(scan.opened))
            && let Some(n) = memchr::memchr(b'\n', &view[broken..end])
            && columns.are_those_of(&view[broken + n + 1..end], Follow::All)
        {
            line = (broken + n, 1);
        }
        self.row(&view[..line.0], line.1, columns, out);
        line.0 + line.1
    }

    /// Hands out a row.
    fn row(&mut self, row: &[u8], ending: usize, columns: &mut Columns, out: &mut Out<'_>) {
        let (start, end) = (self.base, self.base + row.len() as u64);
        let after = end + ending as u64;
        if let Some(long) = self.long.take() {
            self.too_long(long, end, "", out);
            return separator(end..after, out);
        }
        let bytes = row.strip_suffix(b"\r").unwrap_or(row);
        let content = start..start + bytes.len() as u64;
        if bytes.is_empty() {
            return separator(start..after, out);
        }
        if columns.count == 0 {
            let row = charset::decode(bytes, None);
            let (json, count) = header::to_json(&row.text, columns.delimiter);
            columns.count = count;
            separator(start..after, out);
            return out(Piece::Header(&json));
        }
        let border = Border { kind: BorderKind::Record, confidence: 100 };
        out(Piece::Record { bytes, range: content.clone(), border, url: None });
        separator(content.end..after, out);
    }

    /// The row is longer than it may be. If it is so within a quoted cell, and all that stands behind the
    /// first line of what was looked at are whole rows, the cell was never closed: reading goes on there.
    /// Otherwise it is let go, and the next piece of it looked at in the same way. Returns how many bytes
    /// are done with.
    fn overflow(&mut self, view: &[u8], columns: &mut Columns, out: &mut Out<'_>) -> usize {
        let from = if self.long.is_some() { 0 } else { self.scan.opened };
        let line = memchr::memchr(b'\n', &view[from..]).map(|n| from + n + 1);
        let again = line.filter(|line| {
            self.scan.quoted
                && self.may_reread(view.len())
                && columns.are_those_of(&view[*line..], Follow::Some)
        });
        let Some(line) = again else { return self.let_go(view) };
        self.reread += view.len() as u64;
        self.scan = Scan::default();
        match self.long.take() {
            Some(long) => {
                let hint = "; a quotation mark that is not closed? Reading went on at the next row";
                self.too_long(long, self.base + line as u64, hint, out);
            }
            None => self.row(&view[..line - 1], 1, columns, out),
        }
        line
    }

    /// Whether so many bytes may be read again: not more than were read at all, so that it takes linear
    /// time whatever the input is.
    fn may_reread(&self, bytes: usize) -> bool {
        let read = self.base + bytes as u64;
        self.reread + bytes as u64 <= read + 4 * self.max as u64
    }

    /// Forgets what was looked at, but for the byte before what comes next.
    fn let_go(&mut self, view: &[u8]) -> usize {
        self.long.get_or_insert_with(|| Long {
            start: self.base,
            head: view[..view.len().min(KEPT_BYTES)].to_vec(),
        });
        let used = self.scan.at - 1;
        self.scan = Scan { at: 1, opened: 0, ..std::mem::take(&mut self.scan) };
        used
    }

    fn too_long(&mut self, long: Long, end: u64, hint: &str, out: &mut Out<'_>) {
        let Long { start, head } = long;
        let reason = BadKind::TooLarge.because(format!("a row of {} bytes{hint}", end - start));
        out(Piece::Bad { reason, range: start..end, head: &head[..head.len().min((end - start) as usize)] });
    }
}

impl Segmenter for Rows {
    fn push(&mut self, chunk: &[u8], out: &mut Out<'_>) {
        self.held.extend_from_slice(chunk);
        self.rows(false, out);
    }

    fn finish(&mut self, cut_short: bool, out: &mut Out<'_>) {
        if !cut_short {
            return self.rows(true, out);
        }
        // The delimiter is told by less, if need be; what is whole is handed out.
        self.columns = self.columns.or_else(|| self.begin(true, out));
        self.rows(false, out);
        let row = std::mem::take(&mut self.held);
        let end = self.base + row.len() as u64;
        if let Some(long) = self.long.take() {
            self.too_long(long, end, "", out);
        } else if !row.is_empty() {
            let reason = BadKind::TruncatedStream.because("the stream breaks off inside this row");
            out(Piece::Bad { reason, range: self.base..end, head: &row[..row.len().min(KEPT_BYTES)] });
        }
    }

    fn after_damage(&self) -> Option<Box<dyn Segmenter>> {
        let columns = self.columns.filter(|columns| columns.count > 0)?;
        Some(Box::new(Self { columns: Some(columns), ..Self::new(self.max) }))
    }
}

fn separator(range: std::ops::Range<u64>, out: &mut Out<'_>) {
    if !range.is_empty() {
        out(Piece::Separator(range));
    }
}
