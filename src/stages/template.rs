//! Drops lines of a single repeated character; the file to copy for a new stage.
//!
//! ## What it removes
//! Lines that are nothing but one character, printed at least `min-length` times.
//!
//! ## Why
//! They are ornaments: they carry no words, and models learn to draw them.
//!
//! ## Options
//! * `min-length` (default 3): shorter lines stay.
//!
//! ## When not to use
//! On text where such lines mean something, such as Markdown with setext headings.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::editor::Editor;
use crate::reason::{Evidence, Reason};
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Stage, StageSpec, Transform};

const ORNAMENT: Reason = Reason { stage: "template", code: "ornament", summary: "one character, repeated" };

/// The stage's description.
pub static SPEC: StageSpec = StageSpec {
    name: "template",
    summary: "drops lines of a single repeated character",
    source: include_str!("template.rs"),
    reasons: &[ORNAMENT],
    examples: &[Example {
        name: "an ornament between paragraphs",
        options: "min-length = 3",
        before: "Title\n\nOne.\n\n~~~~~\n\nTwo.",
        after: Some("One.\n\nTwo."),
        captions: &[],
        removed: &[("ornament", "~~~~~")],
    }],
    requires: &[],
    build,
    schema: |g| g.subschema_for::<Settings>(),
    notes: None,
};

/// Options of the stage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Settings {
    /// Shorter lines stay; characters.
    min_length: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { min_length: 3 }
    }
}

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    let settings: Settings = options.read()?;
    if settings.min_length == 0 {
        return Err(OptionsError::at("min-length", "`min-length` has to be at least 1"));
    }
    Ok(Stage::Map(Arc::new(settings)))
}

impl Transform for Settings {
    fn apply(&self, doc: &mut Editor<'_>) {
        for i in 0..doc.doc().lines().len() {
            let mut chars = doc.doc().line(i).chars();
            let first = chars.next();
            if doc.doc().line(i).chars().count() >= self.min_length && chars.all(|c| Some(c) == first) {
                doc.remove(
                    i,
                    ORNAMENT,
                    Evidence::Measure(format!("{} times", doc.doc().line(i).chars().count())),
                );
            }
        }
    }
}
