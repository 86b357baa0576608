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
    sniff: |content| head::begins(content.trim_ascii_start()),
    segmenter: |options| Box::new(segment::Records::new(options.max_document_bytes)),
    opener: |options| Arc::new(open::WarcOpener(options.clone())),
};
