//! Which records hold documents: told from their headers, so that all others can be skipped.

use super::head::Fields;

/// Media types of pages and texts.
pub(super) const HTML: &[&str] = &["text/html", "application/xhtml+xml"];
pub(super) const PLAIN: &[&str] = &["text/plain"];

/// What the block of a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    /// A page.
    Html,
    /// A text.
    Plain,
    /// An HTTP response, which has a header of its own.
    Http,
    /// WAT metadata.
    Wat,
    /// Nothing that textmill reads.
    Other,
}

/// What the block of a record with this header is.
pub(super) fn block(record: Fields<'_>) -> Block {
    let kind = record.get("WARC-Type").unwrap_or_default();
    let is = |name: &str| kind.eq_ignore_ascii_case(name.as_bytes());
    let type_is = |types: &[&str]| record.is_one_of("Content-Type", types);
    if is("response") && type_is(&["application/http"]) {
        Block::Http
    } else if is("metadata") && type_is(&["application/json"]) {
        Block::Wat
    } else if !(is("response") || is("resource") || is("conversion")) {
        Block::Other
    } else if type_is(HTML) {
        Block::Html
    } else if type_is(PLAIN) {
        Block::Plain
    } else {
        Block::Other
    }
}

/// What the body of an HTTP response is. Without a `Content-Type` of its own, what the archive
/// says of it counts.
pub(super) fn body(record: Fields<'_>, http: Fields<'_>) -> Block {
    let (fields, name) = match http.get("Content-Type") {
        Some(_) => (http, "Content-Type"),
        None => (record, "WARC-Identified-Payload-Type"),
    };
    if fields.is_one_of(name, HTML) {
        Block::Html
    } else if fields.is_one_of(name, PLAIN) {
        Block::Plain
    } else {
        Block::Other
    }
}
