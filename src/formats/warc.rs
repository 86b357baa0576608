//! Web archives: WARC 0.17 to 1.1, and the WET and WAT files made from them.
//!
//! Documents are the pages in `response` and `resource` records, the texts of `conversion`
//! records (WET) and the descriptions in WAT `metadata`. All other records lie between
//! documents as blank lines do: they are skipped by their length.
//!
//! Sources: ISO 28500:2017 (WARC 1.1); RFC 9112 (HTTP/1.1 messages); the WAT specification of
//! the Internet Archive.

use std::sync::Arc;

use super::FormatSpec;

mod body;
mod head;
mod open;
mod segment;
mod wanted;
mod wat;

/// The format's description.
pub static SPEC: FormatSpec = FormatSpec {
    name: "warc",
    summary: "web archives: pages in WARC files, texts in WET files, descriptions in WAT files",
    endings: &["warc", "wet", "wat"],
    detected: "it begins with `WARC/` and a version, after white space",
    fields: &[
        ("title", "of pages: as in the format `html`; of WAT: the page's title"),
        ("text", "of pages: their main text; of WET: the text; of WAT: the page's descriptions"),
        ("captions", "of pages: as in the format `html`"),
        ("meta.url", "`WARC-Target-URI`"),
        ("meta.warc-date", "`WARC-Date`"),
        ("meta.warc-record-id", "`WARC-Record-ID`"),
        ("meta.warc-type", "`WARC-Type`"),
        ("meta.content-type", "`Content-Type` of the HTTP message, else of the record"),
        ("meta.status", "status of the HTTP message, a number"),
        ("meta.truncated", "`WARC-Truncated`, or `unknown` if the end of the body is missing"),
        ("meta", "of pages: as in the format `html`"),
    ],
    sniff: |content, whole| head::sniff(content.trim_ascii_start(), whole),
    segmenter: |options| Box::new(segment::Records::new(options.max_document_bytes)),
    opener: |options| Arc::new(open::WarcOpener(options.clone())),
};
