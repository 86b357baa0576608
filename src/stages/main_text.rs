//! Keeps the main text of a page whose visible text was scraped, navigation and all.
//!
//! ## What it removes
//! Lines that look like navigation, teasers, forms or footers rather than main text. Each line
//! gets a score from how it looks and where it stands: its length and ending, its capitals,
//! digits and commas, how many of its words also stand in the page's long lines, the same of
//! the lines around it, and how far it is from prose. No markup is needed, and no list of
//! words: it works alike in scripts with and without spaces.
//!
//! A score is the odds that a line is main text, by trees of questions. Then each line hears
//! its neighbours, for prose stands in blocks. Of each page the best lines are kept, as many
//! as make the F-measure that is to be expected the highest. So a page of clear prose is cut
//! sharply, and an unclear one with care.
//!
//! Lines that `learned-boilerplate` has removed still count as neighbours of the others.
//!
//! ## Why
//! Of the visible words of a web page a quarter to a half are not its text. That prose comes in
//! blocks, and navigation in blocks, is what jusText, boilerpipe and Web2Text go by.
//!
//! The trees are gradient-boosted, trained on pages of some 35 countries by
//! `tools/train_main_text.py`, and stand in `src/stages/data/main_text.txt`.
//!
//! ## Options
//! * `recall-weight` (default 1.0): how much more recall counts than precision, the beta of the
//!   F-measure, 0.1 to 10. Higher keeps more of the text, and of the rest too.
//! * `min-lines` (default 5): shorter documents are left alone.
//!
//! ## When not to use
//! On text that has been extracted already, on lists, tables, verse and code. Documents read from
//! HTML are left alone: there the markup has told.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::Document;
use crate::editor::Editor;
use crate::reason::{Evidence, Reason};
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Stage, StageSpec, Transform};

mod decide;
pub mod features;
mod model;
mod scan;
mod words;

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
    /// How much more recall counts than precision, 0.1 to 10.
    recall_weight: f64,
    /// Documents with fewer lines are left alone.
    min_lines: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { recall_weight: 1.0, min_lines: 5 }
    }
}

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    let settings: Settings = options.read()?;
    if !(0.1..=10.0).contains(&settings.recall_weight) {
        return Err(OptionsError::at("recall-weight", "`recall-weight` has to be between 0.1 and 10"));
    }
    // Whole numbers from here on, so that every machine decides alike.
    let recall_weight = (settings.recall_weight * 1000.0).round() as u64;
    Ok(Stage::Map(Arc::new(MainText { recall_weight, min_lines: settings.min_lines })))
}

struct MainText {
    /// In thousandths.
    recall_weight: u64,
    min_lines: usize,
}

/// The stage that removes what many pages of a site have.
const OF_SITE: &str = "learned-boilerplate";

/// The body as the page had it: the trees have learned on pages with everything that a site prints
/// around its texts, and tell prose by where that ends.
fn page(doc: &Document) -> impl Iterator<Item = (usize, &str)> {
    let is_text = |i: &usize| doc.lines()[*i].role().is_text();
    let was_there = |i: &usize| doc.removal(*i).is_none_or(|removal| removal.reason.stage == OF_SITE);
    (0..doc.lines().len()).filter(is_text).filter(was_there).map(|i| (i, doc.line(i)))
}

impl Transform for MainText {
    fn apply(&self, doc: &mut Editor<'_>) {
        let (at, lines): (Vec<usize>, Vec<&str>) = page(doc.doc()).unzip();
        if lines.len() < self.min_lines || doc.doc().main_text_known() {
            return;
        }
        let page = features::page(&lines);
        let mut scores = model::scores(&page);
        decide::smooth(&mut scores);
        let limit = decide::limit(page.words(), &scores, self.recall_weight);
        let first = scores.iter().position(|s| *s >= limit).unwrap_or(0);
        let last = scores.iter().rposition(|s| *s >= limit).unwrap_or(0);
        for (k, (&i, &score)) in at.iter().zip(&scores).enumerate().filter(|(_, (_, s))| **s < limit) {
            let reason = match k {
                _ if k < first => BEFORE,
                _ if k > last => AFTER,
                _ => BETWEEN,
            };
            doc.remove(i, reason, Evidence::Score { score, limit });
        }
    }
}
