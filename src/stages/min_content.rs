//! Drops documents with too little text left.
//!
//! ## What it removes
//! Documents whose text, without title and captions, has fewer than `min-words` words. In
//! scripts without spaces two characters count as a word.
//!
//! ## Why
//! What remains of a video page or a gallery after cleaning is a stub. The limit is low on
//! purpose: a two-sentence news brief is an article. Gopher's 50 words (Rae et al. 2021,
//! table A1) is a quality rule, not a test for content.
//!
//! ## Options
//! * `min-words` (default 10).
//!
//! ## When not to use
//! On headlines, captions, chat.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::editor::Editor;
use crate::reason::{Evidence, Reason};
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Stage, StageSpec, Transform};
use crate::text::classes::words_up_to;

const TOO_SHORT: Reason =
    Reason { stage: "min-content", code: "too-short", summary: "too little text is left" };

/// The stage's description.
pub static SPEC: StageSpec = StageSpec {
    name: "min-content",
    summary: "drops documents with too little text left",
    source: include_str!("min_content.rs"),
    reasons: &[TOO_SHORT],
    examples: &[
        Example {
            name: "a stub",
            options: "",
            before: "Watch: rain in the north\n\nWatch now",
            after: None,
            captions: &[],
            removed: &[("too-short", "")],
        },
        Example {
            name: "a brief is an article",
            options: "",
            before: "Rain\n\nIt rained all night in the north. The rivers rose again by noon.",
            after: Some("It rained all night in the north. The rivers rose again by noon."),
            captions: &[],
            removed: &[],
        },
    ],
    requires: &[],
    build,
    schema: |g| g.subschema_for::<Settings>(),
};

/// Options of the stage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Settings {
    /// Documents with fewer words are dropped.
    min_words: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { min_words: 10 }
    }
}

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    Ok(Stage::Map(Arc::new(options.read::<Settings>()?)))
}

impl Transform for Settings {
    fn apply(&self, doc: &mut Editor<'_>) {
        let mut words = 0;
        for (_, line) in doc.doc().body() {
            words += words_up_to(line, self.min_words - words);
            if words >= self.min_words {
                return;
            }
        }
        if words < self.min_words {
            let evidence = Evidence::Measure(format!("{words} words, limit {}", self.min_words));
            doc.drop_document(TOO_SHORT, evidence);
        }
    }
}
