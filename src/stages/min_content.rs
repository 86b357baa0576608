//! Drops documents with too little text left.
//!
//! ## What it removes
//! A document whose text has fewer than `min-words` words or `min-chars` characters after all
//! stages before it. Title and captions do not count.
//!
//! A word is a run of characters between white space. In scripts that set no spaces (Chinese,
//! Japanese, Thai, Lao, Khmer, Burmese) two characters count as a word, in the last four of them
//! four, so one limit serves every language. Characters are counted without white space.
//!
//! ## Why
//! What is left of a video page, a gallery or an error page is a label or two.
//!
//! ## Options
//! * `min-words` (default 10): one short sentence of news is about that long ("The central
//!   bank left its key rate unchanged on Friday, at 16%." has 11), so that briefs survive.
//!   0 switches it off.
//! * `min-chars` (default 0, off): for texts that are counted better in characters.
//!
//! ## When not to use
//! On collections of short texts, such as headlines or messages. Put it after the stages that
//! remove lines.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::Document;
use crate::editor::Editor;
use crate::reason::{Evidence, Reason};
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Stage, StageSpec, Transform};
use crate::text::classes::words_up_to;

const WORDS: Reason = Reason { stage: "min-content", code: "few-words", summary: "too few words left" };
const CHARS: Reason =
    Reason { stage: "min-content", code: "few-characters", summary: "too few characters left" };

/// The stage's description.
pub static SPEC: StageSpec = StageSpec {
    name: "min-content",
    summary: "drops documents with too little text left",
    source: include_str!("min_content.rs"),
    reasons: &[WORDS, CHARS],
    examples: &[
        Example {
            name: "a label is no text",
            options: "",
            before: "Watch: The match in pictures\n\nMore videos",
            after: None,
            captions: &[],
            removed: &[("few-words", "")],
        },
        Example {
            name: "a brief survives",
            options: "",
            before: "Rate\n\nThe central bank left its key rate unchanged on Friday, at 16%.",
            after: Some("The central bank left its key rate unchanged on Friday, at 16%."),
            captions: &[],
            removed: &[],
        },
        Example {
            name: "a brief without spaces survives",
            options: "",
            before: "地震\n\n気象庁によると、この地震による津波の心配はありません。",
            after: Some("気象庁によると、この地震による津波の心配はありません。"),
            captions: &[],
            removed: &[],
        },
        Example {
            name: "counted in characters",
            options: "min-words = 0\nmin-chars = 20",
            before: "Title\n\nThree little words.",
            after: None,
            captions: &[],
            removed: &[("few-characters", "")],
        },
    ],
    requires: &[],
    build,
    schema: |g| g.subschema_for::<Settings>(),
    notes: None,
};

/// Options of the stage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Settings {
    /// Fewest words of a document that stays; 0 for no limit.
    min_words: usize,
    /// Fewest characters, white space not counted; 0 for no limit.
    min_chars: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { min_words: 10, min_chars: 0 }
    }
}

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    Ok(Stage::Map(Arc::new(options.read::<Settings>()?)))
}

/// Sums `count` over the text, no further than `limit`: the first lines settle most documents.
fn sum_up_to(doc: &Document, limit: usize, count: impl Fn(&str, usize) -> usize) -> usize {
    let mut sum = 0;
    for (_, line) in doc.body() {
        sum += count(line, limit - sum);
        if sum >= limit {
            break;
        }
    }
    sum
}

impl Transform for Settings {
    fn apply(&self, doc: &mut Editor<'_>) {
        let words = sum_up_to(doc.doc(), self.min_words, words_up_to);
        if words < self.min_words {
            let seen = format!("{words} words, limit {}", self.min_words);
            doc.drop_document(WORDS, Evidence::Measure(seen));
            return;
        }
        let visible = |line: &str, limit| line.chars().filter(|c| !c.is_whitespace()).take(limit).count();
        let chars = sum_up_to(doc.doc(), self.min_chars, visible);
        if chars < self.min_chars {
            let seen = format!("{chars} characters, limit {}", self.min_chars);
            doc.drop_document(CHARS, Evidence::Measure(seen));
        }
    }
}
