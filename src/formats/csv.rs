//! CSV and TSV: RFC 4180 as people write it. The first row names the columns.
//!
//! A delimiter is found by what the first rows have in common (`dialect`), rows are cut in order
//! (`segment`) and read in parallel. What the header says travels with each row in its opener.

use std::sync::Arc;

use super::bad::{Bad, BadKind};
use super::fields::Fields;
use super::{FormatSpec, InputOptions, Opener, Raw, read_text};
use crate::document::Document;
use crate::text::json;

mod cells;
mod dialect;
mod header;
mod segment;

use cells::{Broken, Cells};
use header::Header;

/// The format's description.
pub static SPEC: FormatSpec = FormatSpec {
    name: "csv",
    summary: "CSV and TSV: rows under a header that names the columns",
    endings: &["csv", "tsv", "tab"],
    detected: "a first row of two short names or more, and rows under it that all have as many cells; of a first row with `text`, `content` or `body` in it the second row tells",
    fields: &[
        ("title", "the column `title`, if there is something in it"),
        (
            "text",
            "the column that `text-field` names, else the first of `text`, `content` and `body` that is there; HTML \
             with `text-type = \"html\"`",
        ),
        ("captions", "of HTML: as in the format `html`"),
        (
            "meta",
            "all other columns, in order, as strings; of HTML also what the page states and they do not",
        ),
    ],
    sniff: dialect::is_table,
    segmenter: |options| Box::new(segment::Rows::new(options.max_document_bytes)),
    opener: |options| Arc::new(RowOpener { options: options.clone(), header: None }),
};

/// What may stand between cells.
const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// Opens the rows under a header.
struct RowOpener {
    options: InputOptions,
    header: Option<Header>,
}

impl Opener for RowOpener {
    fn open(&self, raw: Raw<'_>) -> Result<Document, Bad> {
        let header = self.header.as_ref();
        let header = header.ok_or_else(|| BadKind::BadRecord.because("a row whose header is not known"))?;
        let text = header.text.clone()?;
        if let Some(at) = memchr::memchr(0, raw.bytes) {
            return Err(BadKind::NulBytes.because(format!("NUL at byte {at} of the row: binary data?")));
        }
        let row = read_text(raw.bytes, None, self.options.strict)?;
        let fields = read(&row.text, header, text)?;
        fields.document(raw, (row.replaced, row.foreign()), &self.options)
    }

    fn needs_header(&self) -> bool {
        self.header.is_none()
    }

    fn header(&self) -> &str {
        self.header.as_ref().map_or("", |header| &header.json)
    }

    fn with_header(&self, header: &str) -> Option<Arc<dyn Opener>> {
        let header = Header::read(header, &self.options)?;
        Some(Arc::new(Self { options: self.options.clone(), header: Some(header) }))
    }
}

/// Reads a row whose text is in the column `text`.
fn read(row: &str, header: &Header, text: usize) -> Result<Fields, Bad> {
    let mut fields = Fields::default();
    let mut meta = Vec::with_capacity(header.keys_len() + 64);
    let mut count = 0;
    for (i, cell) in Cells::new(row, header.delimiter).enumerate() {
        let cell = cell.map_err(|broken| wrong_quote(row, i, broken))?;
        count = i + 1;
        if i == text {
            fields.text = cell.into_owned();
        } else if Some(i) == header.title && !cell.is_empty() {
            fields.title = cell.into_owned();
        } else if i < header.columns {
            meta.push(if meta.is_empty() { b'{' } else { b',' });
            meta.extend_from_slice(header.key(i).as_bytes());
            meta.push(b'"');
            json::escape([(0, &*cell)].into_iter(), &mut meta);
            meta.push(b'"');
        }
    }
    if count != header.columns {
        let lines = 1 + memchr::memchr_iter(b'\n', row.as_bytes()).count();
        let what = format!("{count} cells in a row of {lines} lines; the header has {}", header.columns);
        return Err(BadKind::BadRecord.because(what));
    }
    meta.extend_from_slice(if meta.is_empty() { b"{}" } else { b"}" });
    fields.meta = String::from_utf8(meta).expect("made of strings");
    Ok(fields)
}

/// A quotation mark in the wrong place of cell `i`, in words.
fn wrong_quote(row: &str, i: usize, broken: Broken) -> Bad {
    let (at, what) = match broken {
        Broken::Unclosed(at) => (at, "opens a cell that is not closed"),
        Broken::Inside(at) => (at, "stands inside a quoted cell and is not doubled"),
    };
    let line = 1 + memchr::memchr_iter(b'\n', &row.as_bytes()[..at]).count();
    BadKind::BadRecord
        .because(format!("the quotation mark in line {line} of the row, cell {}, {what}", i + 1))
}
