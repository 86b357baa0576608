//! Keeps the main text of a page whose visible text was scraped, navigation and all.
//!
//! ## What it removes
//! Lines that look like navigation, teasers, forms or footers rather than main text. Each line
//! gets a score from how it looks and where it stands: its length and ending, its capitals,
//! digits and commas, how many of its words also stand in the page's long lines, its
//! neighbours, and how far it is from prose. No markup is needed, and no list of words: it
//! works alike in scripts with and without spaces.
//!
//! A score is the odds that a line is main text. The best lines of a page are kept until they
//! hold the share `recall` of all the main text that is to be expected on it; lines that are
//! more likely main text than not are kept in any case. So a page of clear prose is cut
//! sharply, and an unclear one with care.
//!
//! ## Why
//! Of the visible words of a web page a quarter to a half are not its text. That prose comes in
//! blocks, and navigation in blocks, is what jusText, boilerpipe and Web2Text go by.
//!
//! The weights are a logistic regression, trained on pages of some 35 countries by
//! `tools/train_main_text.py`, and stand in `src/stages/data/main_text.toml`.
//!
//! ## Options
//! * `recall` (default 0.98): share of the expected main text that is kept at least, 0 to 1.
//!   Higher keeps more of the text, and of the rest too.
//! * `min-lines` (default 5): shorter documents are left alone.
//!
//! ## When not to use
//! On text that has been extracted already, on lists, tables, verse and code.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::editor::Editor;
use crate::reason::{Evidence, Reason};
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Stage, StageSpec, Transform};

pub mod features;
mod model;

const BEFORE: Reason =
    Reason { stage: "main-text", code: "before", summary: "no main text, and none above it" };
const BETWEEN: Reason =
    Reason { stage: "main-text", code: "between", summary: "no main text, in the midst of it" };
const AFTER: Reason =
    Reason { stage: "main-text", code: "after", summary: "no main text, and none below it" };

/// The stage's description.
pub static SPEC: StageSpec = StageSpec {
    name: "main-text",
    summary: "keeps the main text of a page, by the look of its lines",
    source: include_str!("main_text.rs"),
    reasons: &[BEFORE, BETWEEN, AFTER],
    examples: &[
        Example {
            name: "navigation around an article",
            options: "",
            before: "Rain in the North\nHome\nNews\nSport\nWeather\nSign in\nIt rained all night in the north, and the rivers rose again by noon, as they had done the week before.\nNobody knows when the bridge will be open again, the mayor said on Monday, and it may well take a year.\nThe trains, which had stood still since Friday, were running again in the evening, if slowly and not everywhere.\nMost read\nPrivacy\nContact\nTerms of use",
            after: Some(
                "It rained all night in the north, and the rivers rose again by noon, as they had done the week before.\nNobody knows when the bridge will be open again, the mayor said on Monday, and it may well take a year.\nThe trains, which had stood still since Friday, were running again in the evening, if slowly and not everywhere.",
            ),
            captions: &[],
            removed: &[
                ("before", "Home"),
                ("before", "News"),
                ("before", "Sport"),
                ("before", "Weather"),
                ("before", "Sign in"),
                ("after", "Most read"),
                ("after", "Privacy"),
                ("after", "Contact"),
                ("after", "Terms of use"),
            ],
        },
        Example {
            name: "a short document is left alone",
            options: "",
            before: "Rain\nHome\nIt rained.",
            after: Some("Home\nIt rained."),
            captions: &[],
            removed: &[],
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
    /// Share of the expected main text that is kept at least, 0 to 1.
    recall: f64,
    /// Documents with fewer lines are left alone.
    min_lines: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { recall: 0.98, min_lines: 5 }
    }
}

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    let settings: Settings = options.read()?;
    if !(0.0..=1.0).contains(&settings.recall) {
        return Err(OptionsError::at("recall", "`recall` has to be between 0 and 1"));
    }
    // Whole numbers from here on, so that every machine decides alike.
    let recall = (settings.recall * 1000.0).round() as u64;
    Ok(Stage::Map(Arc::new(MainText { recall, min_lines: settings.min_lines })))
}

struct MainText {
    /// In thousandths.
    recall: u64,
    min_lines: usize,
}

impl Transform for MainText {
    fn apply(&self, doc: &mut Editor<'_>) {
        let (at, lines): (Vec<usize>, Vec<&str>) = doc.doc().body().unzip();
        if lines.len() < self.min_lines {
            return;
        }
        let scores = model::scores(&lines, doc.doc().title());
        let limit = model::limit(&lines, &scores, self.recall);
        let first = scores.iter().position(|s| *s >= limit).unwrap_or(0);
        let last = scores.iter().rposition(|s| *s >= limit).unwrap_or(0);
        for (k, (&i, &score)) in at.iter().zip(&scores).enumerate().filter(|(_, (_, s))| **s < limit) {
            let reason = match k {
                _ if k < first => BEFORE,
                _ if k > last => AFTER,
                _ => BETWEEN,
            };
            let [score, limit] = [score, limit].map(|n| f64::from(n) / 1000.0);
            doc.remove(i, reason, Evidence::Measure(format!("score {score:.3}, limit {limit:.3}")));
        }
    }
}
