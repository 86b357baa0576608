//! Removes later copies of a line within one document.
//!
//! ## What it removes
//! A line of the text that equals an earlier one, white space at both ends set aside. The first
//! stays. Titles, captions and lines that are removed already are not compared.
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

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use xxhash_rust::xxh3::xxh3_64;

use crate::document::Document;
use crate::editor::Editor;
use crate::reason::{Evidence, Reason};
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Stage, StageSpec, Transform};
use crate::text::classes::fits;

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

    /// Pairs of a copy and its first occurrence.
    fn copies(&self, doc: &Document) -> Vec<(usize, usize)> {
        let mut hashes: Vec<(u64, usize)> = doc
            .body()
            .map(|(i, line)| (i, line.trim()))
            .filter(|(_, line)| self.long_enough(line))
            .map(|(i, line)| (xxh3_64(line.as_bytes()), i))
            .collect();
        hashes.sort_unstable();
        let same_text = |a: usize, b: usize| doc.line(a).trim() == doc.line(b).trim();
        let mut copies = Vec::new();
        for run in hashes.chunk_by(|a, b| a.0 == b.0).filter(|run| run.len() > 1) {
            let first = run[0].1;
            copies.extend(run[1..].iter().map(|r| (r.1, first)).filter(|&(i, k)| same_text(i, k)));
        }
        copies.sort_unstable();
        copies
    }
}

impl Transform for Settings {
    fn apply(&self, doc: &mut Editor<'_>) {
        for (copy, first) in self.copies(doc.doc()) {
            doc.remove(copy, COPY, Evidence::EqualsLine(first as u32));
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
