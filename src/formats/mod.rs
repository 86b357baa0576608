//! Dump formats: bytes in, records out; no IO here.
//!
//! A format has two halves. The [`Segmenter`] runs once over the stream, in order, and only
//! finds where records begin and end. The [`Opener`] turns the bytes of one record into a
//! [`Document`] and runs in parallel.
//!
//! A new format is one file with a `static SPEC`, and one line in [`BUILTIN`].

use std::ops::Range;
use std::sync::Arc;

use crate::document::{Border, Document, Origin, Verdict};
use crate::text::{charset, lines};

pub mod archive;
pub mod bad;
pub mod bzip2;
pub mod csv;
mod damage;
mod fields;
mod guard;
pub mod gzip;
pub mod html;
pub mod jsonl;
pub mod lz4;
pub mod mbox;
pub mod mediawiki;
mod members;
mod object;
pub mod parquet;
pub mod plain;
pub mod sgml;
pub mod snappy;
mod tagged;
pub mod warc;
mod widening;
pub mod wrapping;
pub mod xz;
pub mod zstd;

pub use bad::Bad;

/// Every dump format, in the order in which their signs are tried on the content.
pub static BUILTIN: &[&FormatSpec] = &[
    &jsonl::SPEC,
    &warc::SPEC,
    &parquet::SPEC,
    &mediawiki::SPEC,
    &sgml::SPEC,
    &mbox::SPEC,
    &html::SPEC,
    &csv::SPEC,
    &plain::SPEC,
];

/// What stands in the text field of records.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TextType {
    /// Text as it is.
    #[default]
    Plain,
    /// An HTML page, or a part of one.
    Html,
}

impl TextType {
    /// Every type, by name.
    pub const NAMES: &'static [(&'static str, Self)] = &[("plain", Self::Plain), ("html", Self::Html)];
}

/// How plain text is cut into articles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Articles {
    /// By what separates them, found in the source itself.
    #[default]
    Auto,
    /// Each file is one document.
    File,
    /// Each line is a document.
    Line,
    /// Each file is one document, with form feeds between its pages.
    Page,
}

impl Articles {
    /// Every way, by name, with what it does.
    pub const NAMES: &'static [(&'static str, Self, &'static str)] = &[
        ("auto", Self::Auto, "by what separates articles, found in the source itself"),
        ("file", Self::File, "each file is one document"),
        ("line", Self::Line, "each line is a document"),
        ("page", Self::Page, "each file is one document; form feeds are its page breaks"),
    ];
}

/// Options of the `[input]` section.
#[derive(Debug, Clone)]
pub struct InputOptions {
    /// A line that separates articles in a plain-text dump.
    pub separator: Option<regex::bytes::Regex>,
    /// How a plain-text source is cut.
    pub articles: Articles,
    /// Path of the text field in JSON records.
    pub text_field: Vec<String>,
    /// What stands in the text field of records.
    pub text_type: TextType,
    /// Alternative texts of images in HTML are captions.
    pub alt_text: bool,
    /// Larger documents go to quarantine; bytes.
    pub max_document_bytes: usize,
    /// Documents with invalid UTF-8 go to quarantine.
    pub strict: bool,
    /// A compressed source that decodes to more bytes is given up there; 0 for no limit.
    pub max_decoded_bytes: u64,
    /// The same, for decoded bytes for each compressed one, once 16 MiB of bytes came out.
    pub max_ratio: u64,
}

impl Default for InputOptions {
    fn default() -> Self {
        Self {
            separator: None,
            articles: Articles::Auto,
            text_field: vec!["text".to_owned()],
            text_type: TextType::Plain,
            alt_text: false,
            max_document_bytes: 16 << 20,
            strict: false,
            max_decoded_bytes: 0,
            max_ratio: 2000,
        }
    }
}

/// What a segmenter finds. The ranges of all pieces tile the source.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece<'a> {
    /// One record.
    Record {
        /// Its bytes, as they stand in the source.
        bytes: &'a [u8],
        /// Where they stand.
        range: Range<u64>,
        /// How its beginning was found.
        border: Border,
        /// Address of the article, if the separator in front of it names one.
        url: Option<&'a str>,
    },
    /// Bytes between records.
    Separator(Range<u64>),
    /// How it was decided where the records that follow begin. It has no bytes of its own.
    Verdict(&'a Verdict),
    /// What [`Opener::with_header`] has to know to open the records that follow. It has no bytes of its
    /// own: those of a header lie between records.
    Header(&'a str),
    /// Bytes that cannot become a document.
    Bad {
        /// Why not.
        reason: Bad,
        /// Where they stand.
        range: Range<u64>,
        /// The first of them, at most [`bad::KEPT_BYTES`].
        head: &'a [u8],
    },
}

/// Receives pieces in order.
pub type Out<'o> = dyn FnMut(Piece<'_>) + 'o;

/// Finds records in a stream. Sans-IO: the result does not depend on how chunks are cut.
pub trait Segmenter: Send {
    /// Takes the next bytes of the source.
    fn push(&mut self, chunk: &[u8], out: &mut Out<'_>);
    /// The source has ended. If it was `cut_short` (a truncated or damaged compressed stream),
    /// the record that was under way is bad.
    fn finish(&mut self, cut_short: bool, out: &mut Out<'_>);
    /// After the end: the segmenter of what stands behind a damaged place, if that has to know what came
    /// before it.
    fn after_damage(&self) -> Option<Box<dyn Segmenter>> {
        None
    }
}

/// One record on its way to becoming a document.
#[derive(Debug)]
pub struct Raw<'a> {
    /// Where it came from.
    pub origin: Origin,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Address named by the separator in front of it.
    pub url: Option<&'a str>,
}

/// Turns records into documents, in parallel.
pub trait Opener: Send + Sync {
    /// Reads one record.
    ///
    /// # Errors
    /// What is wrong with the record; it goes to quarantine.
    fn open(&self, raw: Raw<'_>) -> Result<Document, Bad>;
    /// Whether it can open nothing before [`with_header`](Self::with_header).
    fn needs_header(&self) -> bool {
        false
    }
    /// What it knows of the source beside the record, for the quarantine; its length is about what a
    /// document may have beyond the bytes of its record.
    fn header(&self) -> &str {
        ""
    }
    /// An opener for records under `header`, if the format has headers and this is one.
    fn with_header(&self, header: &str) -> Option<Arc<dyn Opener>> {
        let _ = header;
        None
    }
}

/// Everything textmill knows about a dump format.
pub struct FormatSpec {
    /// Name for `--format`.
    pub name: &'static str,
    /// One line for people.
    pub summary: &'static str,
    /// File endings, without the dot, after that of a compression.
    pub endings: &'static [&'static str],
    /// How it is told by content, for people.
    pub detected: &'static str,
    /// What is read into each field of a row that the format fills: the field (`meta.KEY` for one
    /// key of `meta`, `meta` for all others), and what of the input goes there.
    pub fields: &'static [(&'static str, &'static str)],
    /// Whether content that begins with these bytes looks like this format; `None` if that depends on what
    /// follows. It does not if they are the `whole` of what is looked at.
    pub sniff: fn(content: &[u8], whole: bool) -> Option<bool>,
    /// A segmenter for one source.
    pub segmenter: fn(&InputOptions) -> Box<dyn Segmenter>,
    /// The opener for all sources of a run.
    pub opener: fn(&InputOptions) -> Arc<dyn Opener>,
}

impl std::fmt::Debug for FormatSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Reads a user's separator: a regular expression for the lines that separate articles.
///
/// # Errors
/// What is wrong with it.
pub fn separator(expression: &str) -> Result<regex::bytes::Regex, String> {
    regex::bytes::RegexBuilder::new(expression).size_limit(1 << 20).build().map_err(|e| {
        let why = e.to_string();
        // The last line of the parser's message says what is wrong.
        why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
    })
}

/// The format called `name`.
pub fn by_name(name: &str) -> Option<&'static FormatSpec> {
    BUILTIN.iter().copied().find(|f| f.name == name)
}

/// Bytes of content that [`detect`] wants to see, if the source has as many.
pub const SNIFF_BYTES: usize = 64 << 10;

/// The format of a source: by content first, then by file ending, else plain text.
pub fn detect(content: &[u8], path: &str) -> &'static FormatSpec {
    let by_content = BUILTIN.iter().find(|f| (f.sniff)(content, true) == Some(true));
    by_content.copied().unwrap_or_else(|| by_ending(path))
}

fn by_ending(path: &str) -> &'static FormatSpec {
    let name = path.to_ascii_lowercase();
    let ending = wrapping::without_ending(&name).rsplit_once('.').map_or("", |(_, ending)| ending);
    BUILTIN.iter().copied().find(|f| f.endings.contains(&ending)).unwrap_or(&plain::SPEC)
}

/// The format of a source that begins with `first`, be it the one that is `known`, if it is the same whatever
/// follows; `None` if more has to be seen, or if it is an archive or a table.
pub fn told(first: &[u8], path: &str, known: Option<&'static FormatSpec>) -> Option<&'static FormatSpec> {
    if archive::may_begin(first) || parquet::may_begin(first) {
        return None;
    }
    if known.is_some() {
        return known;
    }
    for format in BUILTIN {
        if (format.sniff)(first, false)? {
            return Some(format);
        }
    }
    Some(by_ending(path))
}

/// Whether `bytes`, of which more may follow, begin with `what`; `None` if they are too few to tell.
pub(crate) fn begins_with(bytes: &[u8], what: &[u8]) -> Option<bool> {
    let common = bytes.len().min(what.len());
    match bytes[..common] == what[..common] {
        true if common < what.len() => None,
        begins => Some(begins),
    }
}

/// `content` behind a byte order mark; `None` if that may be cut off, where `content` is not `whole`.
pub(crate) fn after_bom(content: &[u8], whole: bool) -> Option<&[u8]> {
    let is_cut_off = !whole && begins_with(content, BOM).is_none();
    (!is_cut_off).then(|| &content[bom_len(content)..])
}

/// Most lines of a document: each costs memory beyond its bytes.
pub const MAX_LINES: usize = 1 << 18;

/// Refuses texts of more than [`MAX_LINES`] lines, blank ones included.
pub(crate) fn check_lines(text: &[u8]) -> Result<(), Bad> {
    // A text of fewer bytes cannot have as many.
    if text.len() <= MAX_LINES || lines::Lines::new(text).nth(MAX_LINES).is_none() {
        return Ok(());
    }
    Err(bad::BadKind::TooManyLines.because(format!("more than {MAX_LINES} lines")))
}

/// Refuses texts with NUL in them.
pub(crate) fn check_nul(text: &str) -> Result<(), Bad> {
    match memchr::memchr(0, text.as_bytes()) {
        Some(at) => {
            Err(bad::BadKind::NulBytes.because(format!("NUL at byte {at} of the record: binary data?")))
        }
        None => Ok(()),
    }
}

/// The text of a record, whose encoding may be `declared`.
///
/// # Errors
/// In `strict` mode, where the bytes are no valid text.
pub(crate) fn read_text<'a>(
    bytes: &'a [u8],
    declared: Option<&str>,
    strict: bool,
) -> Result<charset::Decoded<'a>, Bad> {
    if strict && declared.is_none() {
        let faults = bytes.utf8_chunks().filter(|c| !c.invalid().is_empty()).count();
        if faults > 0 {
            return Err(bad::BadKind::InvalidUtf8.because(format!("{faults} invalid sequences")));
        }
    }
    let read = charset::decode(bytes, declared);
    if strict && read.replaced > 0 {
        let what = format!("{} sequences that are invalid in {}", read.replaced, read.encoding);
        return Err(bad::BadKind::InvalidUtf8.because(what));
    }
    Ok(read)
}

pub(crate) const BOM: &[u8] = b"\xEF\xBB\xBF";

/// Length of a UTF-8 byte order mark at the start of `bytes`.
pub(crate) fn bom_len(bytes: &[u8]) -> usize {
    if bytes.starts_with(BOM) { BOM.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What formats are told by, and what they are not.
    const PIECES: &[&str] = &[
        "{",
        "{\"text\": \"a\"}",
        "\n",
        "\r\n",
        "\n\n",
        "<",
        "<!-- ",
        "-->",
        "<!doctype html",
        "<!DOCTYPE lewis>",
        ">",
        "<html",
        "<doc",
        " id=\"1\"",
        "<DOCNO>",
        "<reuters newid=1",
        "<page>",
        "<title>",
        "<mediawiki",
        "<?xml",
        "?>",
        "WARC/",
        "1.0",
        "From ",
        "a@b Mon Nov 30 10:00:00 2026",
        "From:",
        "Subject: b",
        ":",
        ",",
        ";",
        "\t",
        "|",
        "text",
        "id",
        "\"",
        "1",
        " ",
        "words that go on",
        "\u{FEFF}",
        "\u{FE}",
        "PK\u{3}\u{4}",
        "\0",
        "0000644",
    ];

    fn content() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop::sample::select(PIECES), 0..14)
            .prop_map(|pieces| pieces.concat().into_bytes())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        #[test]
        fn what_is_told_of_a_source_stays_so_whatever_follows(first in content(), rest in content(), cut in 0usize..40) {
            let first = &first[..first.len().saturating_sub(cut)];
            if let Some(format) = told(first, "-", None) {
                let whole = [first, &rest].concat();
                prop_assert_eq!(detect(&whole, "-").name, format.name, "{}", String::from_utf8_lossy(&whole));
                prop_assert!(archive::unpacker(&whole).is_none() && !parquet::is_table(&whole));
            }
        }

        #[test]
        fn signs_of_the_whole_are_certain(content in content()) {
            for format in BUILTIN {
                let sign = (format.sniff)(&content, true);
                prop_assert!(sign.is_some());
                let early = (format.sniff)(&content, false);
                prop_assert!(early.is_none() || early == sign, "{}", format.name);
            }
        }
    }

    #[test]
    fn formats_are_told_by_their_first_record() {
        for (format, content) in [
            ("jsonl", "{\"text\": \"a longer text\"}\n"),
            ("warc", "WARC/1.0\r\nWARC-Type: response\r\n"),
            ("mediawiki", "<mediawiki xmlns=\"\">\n"),
            ("sgml", "<DOC>\n<DOCNO> AP-1 </DOCNO>\n"),
            ("mbox", "From a@b Mon Nov 30 10:00:00 2026\nFrom: a\n"),
            ("mbox", "From: a\nSubject: b\n\n"),
            ("html", "<!doctype html>\n<html><head></head>\n"),
            ("csv", "id,text\n1,a longer text\n"),
            ("plain", "The river rises in the north, and falls\n"),
        ] {
            assert_eq!(told(content.as_bytes(), "-", None).map(|f| f.name), Some(format), "{content}");
        }
    }
}
