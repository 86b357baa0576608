//! Joins the lines of hard-wrapped paragraphs.
//!
//! ## What it changes
//! Lines that were wrapped at a width, as `lynx`, `w3m`, `html2text`, mail and old books have them, become one line
//! for each paragraph. The lines in front of blank lines, items of lists, headings, rows of tables, verse and lines that
//! end with two spaces (a line break of Markdown) stay apart. So does everything in a document that is not wrapped.
//!
//! Where scripts have no spaces (Chinese, Japanese, Thai) none is put between. A hyphen at the end of a line
//! stays, without a space behind it.
//!
//! ## Why
//! A wrapped line is no unit of anything: two paragraphs share one by chance, and stages that compare or judge lines
//! would tear it out of a sentence. Models learn the line breaks otherwise.
//!
//! Who wraps text fills each line with as many words as fit. So the first word of a wrapped line would not have
//! fitted into the line above, which is so in nearly all pairs of lines of a wrapped document for one width, and by
//! chance in one of six of others. Where that width is known, also a line is joined that ends within a sentence near
//! it and goes on with a small letter. A link of Markdown that is cut by a line break is always joined.
//!
//! ## Options
//! None.
//!
//! ## When not to use
//! Where line breaks mean something: on verse with long lines, and code.

use std::ops::Range;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::Document;
use crate::editor::Editor;
use crate::reason::Reason;
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Stage, StageSpec, Transform};
use crate::text::wrap;

const WRAPPED: Reason = Reason {
    stage: "unwrap-lines",
    code: "wrapped",
    summary: "lines of a paragraph that was wrapped, joined",
};

/// The stage's description.
pub static SPEC: StageSpec = StageSpec {
    name: "unwrap-lines",
    summary: "joins the lines of hard-wrapped paragraphs",
    source: include_str!("unwrap_lines.rs"),
    reasons: &[WRAPPED],
    examples: EXAMPLES,
    requires: &[],
    build,
    schema: |g| g.subschema_for::<Settings>(),
    notes: None,
};

const EXAMPLES: &[Example] = &[
    Example {
        name: "paragraphs, a list and a heading",
        options: "",
        before: "Two statements\n\nThe council of the outer islands said in a statement on Friday\nthat the second ship for the ferry line between the harbour and\nthe north would be late by a month, and that it was sorry.\n\nWhat they want\n\n  * a second ship for the ferry line between the harbour and the\n    north\n  * a new pier\n\nThe yard, for its part, wrote in a letter to this paper that well-\nknown ships were ready, and that nobody had come to fetch one.",
        after: Some(
            "The council of the outer islands said in a statement on Friday that the second ship for the ferry line between the harbour and the north would be late by a month, and that it was sorry.\n\nWhat they want\n\n  * a second ship for the ferry line between the harbour and the north\n  * a new pier\n\nThe yard, for its part, wrote in a letter to this paper that well-known ships were ready, and that nobody had come to fetch one.",
        ),
        captions: &[],
        removed: &[],
    },
    Example {
        name: "verse and an address stay",
        options: "",
        before: "Ferry song\n\nThe ship goes out at seven,\nthe ship comes home at four,\nand what it brought from heaven\nit leaves upon the shore.\n\nHarbour Office\n12 Quay Street\nNorthport",
        after: Some(
            "The ship goes out at seven,\nthe ship comes home at four,\nand what it brought from heaven\nit leaves upon the shore.\n\nHarbour Office\n12 Quay Street\nNorthport",
        ),
        captions: &[],
        removed: &[],
    },
];

/// Options of the stage: none.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Settings {}

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    Ok(Stage::Map(Arc::new(options.read::<Settings>()?)))
}

/// Ranges of lines that make one, with their text.
fn joined(doc: &Document) -> Vec<(Range<usize>, String)> {
    let goes_on = wrap::continuations(doc);
    let mut groups: Vec<(Range<usize>, String)> = Vec::new();
    for i in (1..goes_on.len()).filter(|i| goes_on[*i]) {
        match groups.last_mut().filter(|group| group.0.end == i) {
            Some((lines, text)) => {
                lines.end = i + 1;
                wrap::append(text, doc.line(i));
            }
            None => {
                let mut text = doc.line(i - 1).to_owned();
                wrap::append(&mut text, doc.line(i));
                groups.push((i - 1..i + 1, text));
            }
        }
    }
    groups
}

impl Transform for Settings {
    fn apply(&self, doc: &mut Editor<'_>) {
        // What was read from markup has its paragraphs.
        if doc.doc().main_text_known() {
            return;
        }
        let groups = joined(doc.doc());
        if !groups.is_empty() {
            doc.join(groups, WRAPPED);
        }
    }
}
