//! Rows as they are written; `docs/output.md` is their reference.

use base64::Engine as _;
use serde::Serialize;

use super::batch::Place;
use crate::document::{BorderKind, Document, Removal};
use crate::formats::Bad;
use crate::reason::Evidence;

/// A kept document.
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
    /// `id` of the kept document that this one duplicates; empty otherwise.
    pub witness: String,
    /// Verified similarity to the witness; 0 otherwise.
    pub similarity: f64,
}

/// Bytes that are no document.
#[derive(Debug, Serialize)]
pub struct QuarantineRow<'a> {
    /// Path as given, or `-`.
    pub source: &'a str,
    /// Number within the source.
    pub record: u64,
    /// First byte in the decoded source.
    pub start: u64,
    /// After the last byte.
    pub end: u64,
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

/// Appends the row of a kept document.
pub(super) fn write_kept(doc: &Document, text: &str, out: &mut Vec<u8>) {
    let captions: Vec<&str> = doc.captions().collect();
    write(
        &Row {
            id: doc.id.to_string(),
            title: doc.title().trim(),
            text,
            captions: captions.join("\n"),
            fingerprint: doc.fingerprint().map_or_else(String::new, |f| format!("{f:032x}")),
            source: &doc.origin.source,
            record: doc.origin.record,
            start: doc.origin.range.start,
            end: doc.origin.range.end,
            meta: meta(doc),
        },
        out,
    );
}

/// The input's other fields, with a note if bytes had to be replaced.
fn meta(doc: &Document) -> String {
    let replaced = doc.replaced();
    let Some(open) = doc.meta.strip_suffix('}').filter(|_| replaced > 0) else {
        return doc.meta.clone();
    };
    let comma = if open == "{" { "" } else { "," };
    format!("{open}{comma}\"_invalid_utf8\":{replaced}}}")
}

/// Appends the ledger rows of a document: its border if that was found rather than given,
/// then each removed line, or the document if it was dropped.
pub(super) fn write_ledger(doc: &Document, out: &mut Vec<u8>) {
    let border = doc.origin.border;
    if !matches!(border.kind, BorderKind::Record) {
        let at = doc.origin.range.start..doc.origin.range.start;
        let reason = format!("segment/{}", border.kind.code());
        write(&ledger_row(doc, at, 0, "", "segment", reason, border.to_string()), out);
    }
    let removed = |removal: &Removal, range, line, text, out: &mut Vec<u8>| {
        let (stage, reason) = (removal.reason.stage, removal.reason.to_string());
        let mut row = ledger_row(doc, range, line, text, stage, reason, removal.evidence.to_string());
        if let Evidence::Witness { id, similarity } = removal.evidence {
            row.witness = id.to_string();
            row.similarity = similarity;
        }
        write(&row, out);
    };
    if let Some(removal) = doc.dropped() {
        removed(removal, doc.origin.range.clone(), 0, doc.text(), out);
        return;
    }
    for (i, line) in doc.lines().iter().enumerate() {
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

/// Appends the row of bytes that are no document.
pub(super) fn write_bad(at: &Place, bad: &Bad, bytes: &[u8], out: &mut Vec<u8>) {
    let kept = &bytes[..bytes.len().min(crate::formats::bad::KEPT_BYTES)];
    let (encoding, raw) = match std::str::from_utf8(kept) {
        Ok(s) => ("utf-8", s.to_owned()),
        Err(_) => ("base64", base64::engine::general_purpose::STANDARD.encode(kept)),
    };
    let row = QuarantineRow {
        source: &at.source,
        record: at.record,
        start: at.range.start,
        end: at.range.end,
        reason: bad.kind.code(),
        detail: &bad.detail,
        encoding,
        raw,
        truncated: (kept.len() as u64) < at.range.end - at.range.start,
    };
    write(&row, out);
}
