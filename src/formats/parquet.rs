//! Tables: Parquet files, and Arrow IPC files and streams.
//!
//! What this module sees is their rows as JSON Lines, one object a row, columns in order: a table needs
//! random access and is turned into that by [`runtime`](crate::runtime). Ranges and quarantined
//! bytes are those of the JSON Lines.

use std::sync::Arc;

use super::bad::{Bad, BadKind};
use super::{FormatSpec, InputOptions, Opener, Raw, jsonl};
use crate::document::Document;

/// The format's description.
pub static SPEC: FormatSpec = FormatSpec {
    name: "parquet",
    summary: "rows of Parquet files, and of Arrow IPC files and streams",
    endings: &["parquet", "arrow", "arrows", "feather", "ipc"],
    detected: "it begins with `PAR1`, `PARE`, `ARROW1` or the length of an Arrow stream's schema",
    fields: &[
        ("title", "the column `title`, if it holds a string with something in it"),
        (
            "text",
            "the column that `text-field` names, else the first of `text`, `content` and `body` that holds a \
                  string in the row; HTML with `text-type = \"html\"`",
        ),
        ("captions", "of HTML: as in the format `html`"),
        ("meta", "all other columns, in order, as JSON; of HTML also what the page states and they do not"),
    ],
    sniff: |_, _| Some(false),
    segmenter: |options| Box::new(jsonl::Records::new(options.max_document_bytes)),
    opener: |options| Arc::new(RowOpener::new(options)),
};

/// Bytes that [`is_table`] wants to see.
pub const MAGIC_BYTES: usize = 8;

/// Columns that hold the text, in the order in which they are tried, unless an option names one.
pub(super) const TEXT_COLUMNS: [&str; 3] = ["text", "content", "body"];

/// Whether a table begins with `first`: Parquet, plain or encrypted, an Arrow file, or an Arrow
/// stream, which begins with the length of its schema.
pub fn is_table(first: &[u8]) -> bool {
    let stream = match first {
        [0xFF, 0xFF, 0xFF, 0xFF, a, b, c, d, ..] => {
            // Flatbuffers of schemas are short, and padded.
            let length = u32::from_le_bytes([*a, *b, *c, *d]);
            length > 0 && length < 1 << 24 && length.is_multiple_of(8)
        }
        _ => false,
    };
    stream || first.starts_with(b"PAR1") || first.starts_with(b"PARE") || first.starts_with(b"ARROW1\0\0")
}

/// Whether what begins with `first` may be a table, as far as can be seen.
pub fn may_begin(first: &[u8]) -> bool {
    first.len() < MAGIC_BYTES || is_table(first)
}

/// Whether a file is called like a table.
pub fn is_called_table(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, ending)| SPEC.endings.iter().any(|e| e.eq_ignore_ascii_case(ending)))
}

/// Opens rows, with the first text column that has one.
struct RowOpener(Vec<jsonl::JsonOpener>);

impl RowOpener {
    fn new(options: &InputOptions) -> Self {
        if options.text_field != InputOptions::default().text_field {
            return Self(vec![jsonl::JsonOpener(options.clone())]);
        }
        let with = |column: &str| InputOptions { text_field: vec![column.to_owned()], ..options.clone() };
        Self(TEXT_COLUMNS.map(|column| jsonl::JsonOpener(with(column))).into())
    }
}

impl Opener for RowOpener {
    fn open(&self, raw: Raw<'_>) -> Result<Document, Bad> {
        let mut without = None;
        for opener in &self.0 {
            match opener.open(Raw { origin: raw.origin.clone(), ..raw }) {
                Err(bad) if bad.kind == BadKind::NoText => without = without.or(Some(bad)),
                opened => return opened,
            }
        }
        Err(without.unwrap_or_else(|| BadKind::NoText.because("no text column")))
    }
}
