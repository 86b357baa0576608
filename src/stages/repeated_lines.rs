//! Removes later copies of a line within one document.
//!
//! ## What it removes
//! A line of the text that equals an earlier one, white space at both ends set aside. The first
//! stays. Titles, captions and lines that are removed already are not compared.
//!
//! Text that is wrapped at a width is compared by paragraphs: a line that two of them share is part of a
//! sentence in each.
//!
//! ## Why
//! Pull quotes, teasers and captions are printed twice on a page; a broken scrape prints whole
//! paragraphs twice. FineWeb rejects an article for 1% of repeated characters: to remove the
//! copy saves the article.
//!
//! ## Options
//! * `min-length` (default 40): shorter lines stay, in characters, of which those of Chinese, Japanese and Korean count twice. Short lines repeat by right:
//!   names in an interview, rows of a table, a refrain. A Chinese or Japanese sentence has
//!   fewer characters than an English one: 20 suits such text.
//!
//! ## When not to use
//! On lyrics, liturgy, legal forms and other texts in which whole sentences return.

use std::ops::Range;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::document::Document;
use crate::editor::Editor;
use crate::reason::{Evidence, Reason};
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Stage, StageSpec, Transform};
use crate::text::classes::fits;
use crate::text::wrap::continuations;

const COPY: Reason =
    Reason { stage: "repeated-lines", code: "copy", summary: "same line earlier in the document" };

/// The stage's description.
pub static SPEC: StageSpec = StageSpec {
    name: "repeated-lines",
    summary: "removes later copies of a line within a document",
    source: include_str!("repeated_lines.rs"),
    reasons: &[COPY],
    examples: EXAMPLES,
    requires: &[],
    build,
    schema: |g| g.subschema_for::<Settings>(),
    notes: None,
};

const EXAMPLES: &[Example] = &[
    Example {
        name: "a pull quote",
        options: "",
        before: "Title\n\nThe river rose by two metres within a single night.\n\nOne.\n\n  \
                 The river rose by two metres within a single night.\n\nTwo.",
        after: Some("The river rose by two metres within a single night.\n\nOne.\n\nTwo."),
        captions: &[],
        removed: &[("copy", "  The river rose by two metres within a single night.")],
    },
    Example {
        name: "short lines and near copies stay",
        options: "",
        before: "Interview\n\nQ. Why?\n\nBecause it is there.\n\nQ. Why?\n\n\
                 The river rose by two metres within a single night.\n\n\
                 The river rose by six metres within a single night.",
        after: Some(
            "Q. Why?\n\nBecause it is there.\n\nQ. Why?\n\n\
             The river rose by two metres within a single night.\n\n\
             The river rose by six metres within a single night.",
        ),
        captions: &[],
        removed: &[],
    },
    Example {
        name: "a line that two wrapped paragraphs share",
        options: "",
        before: "Two statements\n\nThe council of the outer islands said in a statement on Friday\nthat the second ship for the ferry line between the harbour and\nthe north would be late by a month, and that it was sorry.\n\n\
                 The yard, for its part, wrote in a letter to this newspaper\nthat the second ship for the ferry line between the harbour and\nthe north was ready.\n\n\
                 The yard, for its part, wrote in a letter to this newspaper\nthat the second ship for the ferry line between the harbour and\nthe north was ready.",
        after: Some(
            "The council of the outer islands said in a statement on Friday\nthat the second ship for the ferry line between the harbour and\nthe north would be late by a month, and that it was sorry.\n\n\
             The yard, for its part, wrote in a letter to this newspaper\nthat the second ship for the ferry line between the harbour and\nthe north was ready.",
        ),
        captions: &[],
        removed: &[
            ("copy", "The yard, for its part, wrote in a letter to this newspaper"),
            ("copy", "that the second ship for the ferry line between the harbour and"),
            ("copy", "the north was ready."),
        ],
    },
    Example {
        name: "a lower limit",
        options: "min-length = 5",
        before: "Title\n\nRefrain\n\nOne.\n\nRefrain\n\nRefrain",
        after: Some("Refrain\n\nOne."),
        captions: &[],
        removed: &[("copy", "Refrain"), ("copy", "Refrain")],
    },
];

/// Options of the stage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Settings {
    /// Shorter lines stay; characters, of which those of Chinese, Japanese and Korean count twice.
    min_length: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { min_length: 40 }
    }
}

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    let settings: Settings = options.read()?;
    if settings.min_length == 0 {
        return Err(OptionsError::at("min-length", "`min-length` has to be at least 1"));
    }
    Ok(Stage::Map(Arc::new(settings)))
}

impl Settings {
    fn long_enough(&self, line: &str) -> bool {
        !fits(line.as_bytes(), self.min_length - 1)
    }

    /// Copies, and the line with which the first of each begins.
    fn copies(&self, doc: &Document) -> Vec<(Range<usize>, usize)> {
        let copies = self.equal(doc, doc.body().map(|(i, _)| i..i + 1));
        // Most documents have none, and need no look at how their lines are wrapped.
        let wrapped = if copies.is_empty() { Vec::new() } else { continuations(doc) };
        if wrapped.is_empty() { copies } else { self.equal(doc, paragraphs(doc, &wrapped).into_iter()) }
    }

    /// Those among `parts` of a document that equal an earlier one.
    fn equal(&self, doc: &Document, parts: impl Iterator<Item = Range<usize>>) -> Vec<(Range<usize>, usize)> {
        let hash = |part: &Range<usize>| match part.len() {
            1 => xxh3_64(doc.line(part.start).trim().as_bytes()),
            _ => part.clone().fold(0, |sum, i| xxh3_64_with_seed(doc.line(i).trim().as_bytes(), sum)),
        };
        let mut hashes: Vec<(u64, usize, usize)> = parts
            .filter(|part| part.len() > 1 || self.long_enough(doc.line(part.start).trim()))
            .map(|part| (hash(&part), part.start, part.end))
            .collect();
        hashes.sort_unstable();
        let mut copies = Vec::new();
        for run in hashes.chunk_by(|a, b| a.0 == b.0).filter(|run| run.len() > 1) {
            let (_, start, end) = run[0];
            let same =
                |a: &Range<usize>| a.len() == end - start && a.clone().zip(start..end).all(same_line(doc));
            copies.extend(run[1..].iter().map(|r| r.1..r.2).filter(same).map(|copy| (copy, start)));
        }
        copies.sort_unstable_by_key(|(copy, _)| copy.start);
        copies
    }
}

fn same_line(doc: &Document) -> impl Fn((usize, usize)) -> bool {
    |(a, b)| doc.line(a).trim() == doc.line(b).trim()
}

/// The body in paragraphs: lines of text, with those that go on with each other together.
fn paragraphs(doc: &Document, goes_on: &[bool]) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    for (i, _) in doc.body() {
        match out.last_mut().filter(|last| goes_on[i] && last.end == i) {
            Some(last) => last.end = i + 1,
            None => out.push(i..i + 1),
        }
    }
    out
}

impl Transform for Settings {
    fn apply(&self, doc: &mut Editor<'_>) {
        for (copy, first) in self.copies(doc.doc()) {
            for (i, first) in copy.zip(first..) {
                doc.remove(i, COPY, Evidence::EqualsLine(first as u32));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_counts_columns() {
        let settings = Settings { min_length: 3 };
        assert!(settings.long_enough("abc") && settings.long_enough("ฝนตก") && settings.long_enough("東京"));
        assert!(!settings.long_enough("ab") && !settings.long_enough("東"));
    }
}
