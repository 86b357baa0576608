//! Rows as they are written; `docs/output.md` is their reference.

use std::borrow::Cow;
use std::io::Write as _;

use base64::Engine as _;
use serde::Serialize;

use super::batch::Place;
use crate::document::{BorderKind, Document, Removal};
use crate::formats::bad::{Bad, KEPT_BYTES};
use crate::reason::Evidence;
use crate::text::json::escape;

/// A kept document.
///
/// It is written field by field: the text is most of it, and goes straight from the
/// document's lines into the output.
#[derive(Debug, Serialize)]
pub struct Row<'a> {
    /// 32 hex digits, unique and stable across runs.
    pub id: String,
    /// Empty if none.
    pub title: &'a str,
    /// Paragraphs joined by a blank line.
    pub text: &'a str,
    /// One caption a line.
    pub captions: String,
    /// 32 hex digits over the normalised text; empty if the pipeline makes none.
    pub fingerprint: String,
    /// Path as given, or `-`.
    pub source: &'a str,
    /// 0-based within the source.
    pub record: u64,
    /// First byte in the decoded source.
    pub start: u64,
    /// After the last byte.
    pub end: u64,
    /// JSON text of an object.
    pub meta: String,
}

/// Something removed, or a border between articles.
#[derive(Debug, Serialize)]
pub struct LedgerRow<'a> {
    /// The document's.
    pub id: String,
    /// Path as given, or `-`.
    pub source: &'a str,
    /// The document's number within the source.
    pub record: u64,
    /// First byte in the decoded source.
    pub start: u64,
    /// After the last byte.
    pub end: u64,
    /// 1-based among the document's non-blank lines; 0 for the whole document.
    pub line: u64,
    /// What was removed, as scraped.
    pub text: &'a str,
    /// The stage that acted; `segment` for borders.
    pub stage: &'a str,
    /// `stage/code`.
    pub reason: String,
    /// What the stage saw.
    pub evidence: String,
    /// `id` of the earlier document that this one, or this line, repeats; empty otherwise.
    pub witness: String,
    /// Verified similarity to the witness; 0 otherwise.
    pub similarity: f64,
}

/// Bytes that are no document.
#[derive(Debug, Serialize)]
pub struct QuarantineRow<'a> {
    /// Path as given, or `-`.
    pub source: &'a str,
    /// Name of the dump format that cut the record; empty for damage of the source.
    pub format: &'a str,
    /// Number within the source.
    pub record: u64,
    /// First byte in the decoded source.
    pub start: u64,
    /// After the last byte.
    pub end: u64,
    /// Address that the separator in front of it named; empty if none.
    pub url: &'a str,
    /// JSON text of the header that the record stands under; empty if none, or if it is too long.
    pub header: &'a str,
    /// Class of the damage.
    pub reason: &'static str,
    /// What exactly.
    pub detail: &'a str,
    /// `utf-8` or `base64`.
    pub encoding: &'static str,
    /// The bytes.
    pub raw: String,
    /// Whether `raw` is only the beginning.
    pub truncated: bool,
}

/// Appends `row` as one line of JSON.
pub(super) fn write(row: &impl Serialize, out: &mut Vec<u8>) {
    serde_json::to_writer(&mut *out, row).expect("rows are JSON and memory takes them");
    out.push(b'\n');
}

/// Appends the row of a kept document: what [`Row`] says, in its order.
pub(super) fn write_kept(doc: &Document, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"id\":\"");
    hex(doc.id.0, out);
    string("\",\"title\":\"", doc.title().trim(), out);
    out.extend_from_slice(b"\",\"text\":\"");
    escape(doc.joined(), out);
    out.extend_from_slice(b"\",\"captions\":\"");
    for (i, caption) in doc.captions().enumerate() {
        string(if i > 0 { "\\n" } else { "" }, caption, out);
    }
    out.extend_from_slice(b"\",\"fingerprint\":\"");
    if let Some(fingerprint) = doc.fingerprint() {
        hex(fingerprint, out);
    }
    string("\",\"source\":\"", &doc.origin.source, out);
    let (record, range) = (doc.origin.record, &doc.origin.range);
    write!(out, "\",\"record\":{record},\"start\":{},\"end\":{}", range.start, range.end)
        .expect("memory takes it");
    string(",\"meta\":\"", &meta(doc), out);
    out.extend_from_slice(b"\"}\n");
}

fn string(before: &str, value: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(before.as_bytes());
    escape([(0, value)].into_iter(), out);
}

/// Appends 32 hexadecimal digits.
fn hex(number: u128, out: &mut Vec<u8>) {
    let digit = |n: u8| b"0123456789abcdef"[usize::from(n & 15)];
    let bytes = number.to_be_bytes();
    let digits: [u8; 32] = std::array::from_fn(|i| digit(bytes[i / 2] >> (4 * (1 - i % 2))));
    out.extend_from_slice(&digits);
}

/// The input's other fields, with a note if they were not valid UTF-8.
fn meta(doc: &Document) -> Cow<'_, str> {
    let (replaced, encoding) = (doc.replaced(), doc.encoding());
    let Some(open) = doc.meta.strip_suffix('}').filter(|_| replaced > 0 || encoding.is_some()) else {
        return Cow::Borrowed(&doc.meta);
    };
    let comma = if open == "{" { "" } else { "," };
    let encoding = encoding.map(|name| format!("\"_encoding\":\"{name}\""));
    let replaced = (replaced > 0).then(|| format!("\"_invalid_utf8\":{replaced}"));
    let notes: Vec<String> = encoding.into_iter().chain(replaced).collect();
    Cow::Owned(format!("{open}{comma}{}}}", notes.join(",")))
}

/// Appends the ledger rows of a document: its border if that was found rather than given,
/// then each repaired or removed line, or the document if it was dropped.
pub(super) fn write_ledger(doc: &Document, out: &mut Vec<u8>) {
    let border = doc.origin.border;
    if !matches!(border.kind, BorderKind::Record) {
        let at = doc.origin.range.start..doc.origin.range.start;
        let reason = format!("segment/{}", border.kind.code());
        let verdict = doc.origin.verdict.as_ref().map(|verdict| format!("; {verdict}"));
        let evidence = format!("{border}{}", verdict.unwrap_or_default());
        write(&ledger_row(doc, at, 0, "", "segment", reason, evidence), out);
    }
    let removed = |removal: &Removal, range, line, text, out: &mut Vec<u8>| {
        let (stage, reason) = (removal.reason.stage, removal.reason.to_string());
        let mut row = ledger_row(doc, range, line, text, stage, reason, removal.evidence.to_string());
        match removal.evidence {
            Evidence::Witness { id, similarity } => {
                row.witness = id.to_string();
                row.similarity = similarity;
            }
            Evidence::Elsewhere { id, .. } => row.witness = id.to_string(),
            _ => {}
        }
        write(&row, out);
    };
    if let Some(removal) = doc.dropped() {
        removed(removal, doc.origin.range.clone(), 0, doc.text(), out);
        return;
    }
    let mut edits = doc.edits().to_vec();
    // The order of lines; of one line that of the stages.
    edits.sort_by_key(|edit| edit.line);
    let mut edits = edits.iter().peekable();
    let mut edited = |upto: Option<usize>, out: &mut Vec<u8>| {
        while let Some(edit) = edits.next_if(|e| e.line <= upto) {
            let start = edit.line.map_or(0, |i| doc.lines()[i].span().start);
            let at = doc.source_range(start..start).start;
            let line = edit.line.map_or(0, |i| i as u64 + 1);
            let (stage, reason) = (edit.reason.stage, edit.reason.to_string());
            write(&ledger_row(doc, at..at, line, "", stage, reason, edit.evidence.to_string()), out);
        }
    };
    edited(None, out);
    for (i, line) in doc.lines().iter().enumerate() {
        edited(Some(i), out);
        if let Some(removal) = doc.removal(i) {
            removed(removal, doc.source_range(line.span()), i as u64 + 1, doc.original(i), out);
        }
    }
}

fn ledger_row<'a>(
    doc: &'a Document,
    range: std::ops::Range<u64>,
    line: u64,
    text: &'a str,
    stage: &'a str,
    reason: String,
    evidence: String,
) -> LedgerRow<'a> {
    LedgerRow {
        id: doc.id.to_string(),
        source: &doc.origin.source,
        record: doc.origin.record,
        start: range.start,
        end: range.end,
        line,
        text,
        stage,
        reason,
        evidence,
        witness: String::new(),
        similarity: 0.0,
    }
}

/// A quarantine row, with and without the bytes of its record: which of them is written is
/// known once all rows before it are.
pub(super) struct BadRow {
    pub whole: Vec<u8>,
    pub bare: Vec<u8>,
    /// How many bytes of the record and of its header `whole` has.
    pub raw: u64,
}

/// What was known of a record beside its bytes.
#[derive(Clone, Copy, Default)]
pub(super) struct Beside<'a> {
    pub url: &'a str,
    pub header: &'a str,
}

/// The row of bytes that are no document: the first of them, and how many they are.
pub(super) fn bad(at: &Place, beside: Beside<'_>, bad: &Bad, (bytes, len): (&[u8], u64)) -> BadRow {
    let kept = &bytes[..bytes.len().min(KEPT_BYTES)];
    let header = if beside.header.len() > KEPT_BYTES { "" } else { beside.header };
    let write = |kept: &[u8], header| {
        let mut out = Vec::new();
        write(&bad_row(at, Beside { header, ..beside }, bad, (kept, len)), &mut out);
        out
    };
    let raw = (kept.len() + header.len()) as u64;
    BadRow { whole: write(kept, header), bare: write(&[], ""), raw }
}

fn bad_row<'a>(
    at: &'a Place,
    beside: Beside<'a>,
    bad: &'a Bad,
    (kept, len): (&[u8], u64),
) -> QuarantineRow<'a> {
    let (encoding, raw) = match std::str::from_utf8(kept) {
        Ok(s) => ("utf-8", s.to_owned()),
        Err(_) => ("base64", base64::engine::general_purpose::STANDARD.encode(kept)),
    };
    QuarantineRow {
        source: &at.source,
        format: at.format,
        record: at.record,
        start: at.range.start,
        end: at.range.end,
        url: beside.url,
        header: beside.header,
        reason: bad.kind.code(),
        detail: &bad.detail,
        encoding,
        raw,
        truncated: (kept.len() as u64) < len,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Border, Origin};
    use crate::reason::DocId;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_row_is_what_its_struct_says(text in "[ -~\n\t\r\u{0}-\u{1f}é“”\u{7f}👧]{0,120}", title in "[ -~\"\\\\]{0,40}") {
            let border = Border { kind: BorderKind::Record, confidence: 100 };
            let origin = Origin { source: "a\"b".into(), record: 3, range: 5..9, border, verdict: None };
            let mut doc = Document::new(DocId(7), origin, text);
            doc.stated_title = title;
            doc.meta = r#"{"a":"b\\"}"#.to_owned();
            let mut whole = String::new();
            doc.write_text(&mut whole);
            let row = Row {
                id: doc.id.to_string(),
                title: doc.title().trim(),
                text: &whole,
                captions: String::new(),
                fingerprint: String::new(),
                source: &doc.origin.source,
                record: 3,
                start: 5,
                end: 9,
                meta: doc.meta.clone(),
            };
            let (mut want, mut got) = (Vec::new(), Vec::new());
            write(&row, &mut want);
            write_kept(&doc, &mut got);
            let parse = |b: &[u8]| serde_json::from_slice::<serde_json::Value>(b).expect("JSON");
            prop_assert_eq!(parse(&want), parse(&got));
            let keys = |b: &[u8]| String::from_utf8_lossy(b).matches("\":").count();
            prop_assert_eq!(keys(&want), keys(&got));
        }
    }
}
