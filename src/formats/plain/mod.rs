//! Plain text: articles back to back, cut where the dump itself shows its borders.
//!
//! The first part of a source is read ahead and its separator learned (`learn`); then the
//! stream is cut line by line (`cutter`).

use std::sync::Arc;

use encoding_rs::Encoding;

use super::bad::{Bad, BadKind};
use super::{Articles, FormatSpec, InputOptions, Opener, Out, Piece, Raw, Segmenter, check_lines};
use crate::document::Document;
use crate::reason::DocId;
use crate::text::{charset, head, legacy};

mod cutter;
mod decoding;
mod evidence;
mod front_matter;
mod inside;
mod learn;
mod original;
mod sample;
mod separators;
mod signs;
mod titles;

use cutter::Cutter;
use decoding::Decoding;
use learn::learn;
use separators::Separators;

/// The format's description.
pub static SPEC: FormatSpec = FormatSpec {
    name: "plain",
    summary: "plain text: articles back to back, or one article a file",
    endings: &["txt", "text", "md"],
    detected: "it is none of the others",
    fields: &[
        (
            "title",
            "the first line, unless it reads like a sentence; of a Markdown file what its front matter says",
        ),
        ("text", "the lines of the article"),
        ("meta.*", "the other fields of front matter, in YAML or TOML"),
        ("meta.url", "the address in the separator in front of the article, if it names one"),
    ],
    sniff: |_, _| Some(false),
    segmenter: |options| Box::new(Decoding::new(Plain::new(options))),
    opener: |options| Arc::new(PlainOpener { strict: options.strict, set: None }),
};

/// Bytes read ahead before the separator is learned. While none shows, twice as many are
/// tried, up to the size of the largest document.
const LEARN_BYTES: usize = 1 << 20;

struct Plain {
    /// Everything from the first byte not yet handed out, while learning.
    held: Vec<u8>,
    /// Length of `held` at which to try again.
    try_at: usize,
    max: usize,
    cutter: Option<Cutter>,
}

impl Plain {
    fn new(options: &InputOptions) -> Self {
        let known = match (&options.separator, options.articles) {
            (_, Articles::File | Articles::Page) => Some(Separators::default()),
            (_, Articles::Line) => Some(Separators::each_line()),
            (Some(regex), Articles::Auto) => Some(Separators::given(regex.clone())),
            (None, Articles::Auto) => None,
        };
        let max = options.max_document_bytes;
        Self {
            held: Vec::new(),
            try_at: LEARN_BYTES,
            max,
            cutter: known.map(|separators| Cutter::fixed(separators, 100, max)),
        }
    }

    /// Where the bytes begin that records may still be made of, and the document of which only the head is kept.
    fn holds(&self) -> (u64, Option<u64>) {
        self.cutter.as_ref().map_or((0, None), Cutter::holds)
    }

    /// Learns from what is held, and begins to cut, unless more may tell more.
    fn try_to_learn(&mut self, ended: bool, out: &mut Out<'_>) {
        let learned = learn(&self.held, ended, false);
        if learned.separators.is_empty() && !ended && self.held.len() < self.max {
            self.try_at = (self.held.len() * 2).min(self.max.max(LEARN_BYTES));
            return;
        }
        let held = std::mem::take(&mut self.held);
        out(Piece::Verdict(&learned.verdict));
        self.cutter.insert(Cutter::new(learned, self.max)).push(&held, out);
    }
}

impl Segmenter for Plain {
    fn push(&mut self, mut chunk: &[u8], out: &mut Out<'_>) {
        while !chunk.is_empty() {
            if let Some(cutter) = &mut self.cutter {
                return cutter.push(chunk, out);
            }
            // Attempts happen at fixed lengths, so that chunking cannot change the outcome.
            let n = chunk.len().min(self.try_at - self.held.len());
            self.held.extend_from_slice(&chunk[..n]);
            chunk = &chunk[n..];
            if self.held.len() == self.try_at {
                self.try_to_learn(false, out);
            }
        }
    }

    fn finish(&mut self, cut_short: bool, out: &mut Out<'_>) {
        if self.cutter.is_none() {
            self.try_to_learn(true, out);
        }
        if let Some(cutter) = &mut self.cutter {
            cutter.finish(cut_short, out);
        }
    }
}

/// The header of records in a source that is in `set`, where they are not in UTF-8.
fn header_of(set: &'static Encoding) -> String {
    serde_json::json!({ "encoding": set.name() }).to_string()
}

struct PlainOpener {
    strict: bool,
    /// The set of the source, and what [`header_of`] says of it.
    set: Option<(&'static Encoding, String)>,
}

impl PlainOpener {
    /// The text of a record that is not in UTF-8: in the set of its source, unless it reads much better in another.
    fn foreign<'a>(&self, bytes: &'a [u8]) -> Option<charset::Decoded<'a>> {
        let Some((set, _)) = self.set else { return charset::foreign(bytes) };
        let text = legacy::read(bytes, set)?;
        if let Some(other) = charset::foreign(bytes).filter(|other| legacy::overrules(&other.text, &text)) {
            return Some(other);
        }
        let replaced = text.matches(char::REPLACEMENT_CHARACTER).count() as u32;
        Some(charset::Decoded { text, encoding: set.name(), replaced })
    }
}

impl Opener for PlainOpener {
    fn open(&self, raw: Raw<'_>) -> Result<Document, Bad> {
        if let Some(at) = memchr::memchr(0, raw.bytes) {
            let what = "binary data, or UTF-16 or UTF-32 text";
            return Err(BadKind::NulBytes.because(format!("NUL at byte {at} of the record: {what}?")));
        }
        check_lines(raw.bytes)?;
        let id = id(&raw);
        let mut doc = match Some(raw.bytes).filter(|_| !self.strict).and_then(|bytes| self.foreign(bytes)) {
            Some(read) => {
                let mut doc = Document::new(id, raw.origin, read.text.into_owned());
                (doc.replaced, doc.encoding) = (read.replaced, Some(read.encoding));
                doc
            }
            None => Document::from_bytes(id, raw.origin, raw.bytes),
        };
        if self.strict && doc.replaced() > 0 {
            return Err(BadKind::InvalidUtf8.because(format!("{} invalid sequences", doc.replaced())));
        }
        if let Some(url) = raw.url {
            doc.meta = serde_json::json!({ "url": url }).to_string();
        }
        front_matter::read(&mut doc);
        head::assign_roles(&mut doc, head::Trust::FirstLine);
        Ok(doc)
    }

    fn header(&self) -> &str {
        self.set.as_ref().map_or("", |(_, header)| header)
    }

    fn with_header(&self, header: &str) -> Option<Arc<dyn Opener>> {
        let said: serde_json::Value = serde_json::from_str(header).ok()?;
        let set = Encoding::for_label(said.get("encoding")?.as_str()?.as_bytes())?;
        Some(Arc::new(Self { strict: self.strict, set: Some((set, header.to_owned())) }))
    }
}

/// Identity of a record: its source's name and its range. Standard input has no name of its
/// own, so there the bytes count as well.
pub(super) fn id(raw: &Raw<'_>) -> DocId {
    let origin = &raw.origin;
    let mut key = Vec::with_capacity(origin.source.len() + 48);
    key.extend_from_slice(origin.source.as_bytes());
    key.push(0);
    key.extend_from_slice(&origin.range.start.to_le_bytes());
    key.extend_from_slice(&origin.range.end.to_le_bytes());
    if &*origin.source == "-" || origin.source.starts_with("-!/") {
        key.extend_from_slice(&xxhash_rust::xxh3::xxh3_128(raw.bytes).to_le_bytes());
    }
    let hash = blake3::hash(&key);
    DocId(u128::from_be_bytes(*hash.as_bytes().first_chunk().expect("32 bytes")))
}
