//! The sections of a pipeline file that are not stages.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::size::Size;
use super::{ExpectedRow, TestCase};
use crate::formats::{self, Articles, FormatSpec, InputOptions, TextType};
use crate::registry::{Options, OptionsError};

/// Largest `max-document-bytes`.
const MAX_DOCUMENT: usize = 1 << 30;

/// How input is read.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Input {
    /// Format of the dump, or `auto` to tell it by content, then by ending.
    #[schemars(extend("enum" = format_names()))]
    format: String,
    /// Regular expression for the lines that separate articles in a plain-text dump; without
    /// it the separator is learned.
    separator: Option<String>,
    /// How plain text is cut: `auto`, by what separates articles in it; `file`, each file is one document; `line`,
    /// each line is one; `page`, each file is one, with form feeds between its pages.
    articles: Articles,
    /// The same as `articles = "file"`.
    one_per_file: bool,
    /// Field or column that holds the text of JSON records and rows of tables; a path with dots.
    text_field: String,
    /// What the text field holds: `plain` text, or `html`, of which the main text is taken.
    text_type: TextType,
    /// Alternative texts of images in the main text of HTML pages are captions too.
    alt_text: bool,
    /// Larger documents go to quarantine: a number of bytes or `"16 MiB"`, 4096 bytes to 1 GiB.
    max_document_bytes: Size,
    /// Documents with invalid UTF-8 go to quarantine instead of being repaired.
    strict: bool,
    /// A compressed source that decodes to more is given up there: bytes or `"1 TiB"`; 0 for no
    /// limit.
    max_decoded_bytes: Size,
    /// The same for a source of which each byte decodes to more bytes than this on average, once
    /// 16 MiB have come out; 0 for no limit.
    max_ratio: u64,
}

impl Default for Input {
    fn default() -> Self {
        let d = InputOptions::default();
        Self {
            format: "auto".to_owned(),
            separator: None,
            articles: d.articles,
            one_per_file: false,
            text_field: d.text_field.join("."),
            text_type: d.text_type,
            alt_text: d.alt_text,
            max_document_bytes: Size(d.max_document_bytes),
            strict: d.strict,
            max_decoded_bytes: Size(d.max_decoded_bytes as usize),
            max_ratio: d.max_ratio,
        }
    }
}

/// What `format` may be.
fn format_names() -> Vec<&'static str> {
    std::iter::once("auto").chain(formats::BUILTIN.iter().map(|f| f.name)).collect()
}

/// Reads `[input]`.
pub fn input(options: &Options<'_>) -> Result<(InputOptions, Option<&'static FormatSpec>), OptionsError> {
    let input: Input = options.read()?;
    let format = match input.format.as_str() {
        "auto" => None,
        name => Some(formats::by_name(name).ok_or_else(|| {
            let names = format_names().join(", ");
            OptionsError::at("format", format!("no `format` is called `{name}`; there are {names}"))
        })?),
    };
    let separator = input.separator.map(|s| {
        let read = formats::separator(&s);
        read.map_err(|why| {
            OptionsError::at("separator", format!("`separator` is no regular expression: {why}"))
        })
    });
    let articles = match (input.one_per_file, input.articles) {
        (true, Articles::Auto | Articles::File) => Articles::File,
        (true, _) => {
            let message = "`one-per-file` says `articles = \"file\"`, and `articles` says something else";
            return Err(OptionsError::at("articles", message));
        }
        (false, articles) => articles,
    };
    if separator.is_some() && articles != Articles::Auto {
        let message = "a `separator` cuts nothing where `articles` is not \"auto\"";
        return Err(OptionsError::at("separator", message));
    }
    if !(4096..=MAX_DOCUMENT).contains(&input.max_document_bytes.0) {
        let message = "`max-document-bytes` has to be between 4096 bytes and 1 GiB";
        return Err(OptionsError::at("max-document-bytes", message));
    }
    if input.text_field.split('.').any(str::is_empty) {
        return Err(OptionsError::at("text-field", "`text-field` has to be a name, or names joined by dots"));
    }
    let options = InputOptions {
        separator: separator.transpose()?,
        articles,
        text_field: input.text_field.split('.').map(str::to_owned).collect(),
        text_type: input.text_type,
        alt_text: input.alt_text,
        max_document_bytes: input.max_document_bytes.0,
        strict: input.strict,
        max_decoded_bytes: input.max_decoded_bytes.0 as u64,
        max_ratio: input.max_ratio,
    };
    Ok((options, format))
}

/// A test: a dump, and what should come of it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Test {
    /// What it shows.
    name: String,
    /// A dump.
    input: String,
    /// The rows that should come out, in order; a field that is not named may hold anything.
    #[serde(default)]
    row: Vec<Row>,
    /// How often each `stage/code` should be given.
    #[serde(default)]
    reasons: BTreeMap<String, u64>,
}

/// What a row should hold.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Row {
    /// The title.
    title: Option<String>,
    /// The text.
    text: Option<String>,
    /// The captions, one a line.
    captions: Option<String>,
}

/// Reads a `[[test]]`.
pub fn test(options: &Options<'_>) -> Result<TestCase, OptionsError> {
    let Test { name, input, row, reasons } = options.read()?;
    let rows = row.into_iter().map(|r| ExpectedRow { title: r.title, text: r.text, captions: r.captions });
    Ok(TestCase { name, input, rows: rows.collect(), reasons, line: 0 })
}
