//! Removes stray interface text that stands on its own line.
//!
//! ## What it removes
//! Labels of page widgets: text size (`TT` and the bare number under it, `A+ A-`), listening
//! (`Listen to this article`, `5 min`), share bars, counters (`1.2K shares`), print and save
//! buttons, and so on.
//!
//! The labels are data, not code: `src/stages/data/widget_labels.toml` lists them by language,
//! each with the position and the neighbours that it needs. A label is only ever a whole
//! line. One that could be a subhead or an answer by itself goes only beside other widgets;
//! a bare number goes only with the label above it.
//!
//! What looks like labels and is part of the article stays: a list below a line that announces it
//! with a colon, unless that line calls the reader (`Share this story on:`), and three or more names
//! in a row that the prose speaks of.
//!
//! ## Why
//! The words of the interface are on every page of a site and belong to no article.
//!
//! ## Options
//! * `languages` (default all): BCP-47 codes of the tables to use; `und` entries always apply.
//! * `keep` (default none): reason codes, such as `share-bar`, that are left alone.
//! * `lines` (default none): further labels, removed before and after the prose.
//!
//! ## When not to use
//! On text without interfaces around it, such as books.

use std::collections::HashMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::{Document, Role};
use crate::editor::Editor;
use crate::reason::{Evidence, Reason};
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Stage, StageSpec, Transform};
use crate::steps::step;
use crate::text::head::{after_prose, first_prose};

mod content;
mod table;

use table::{Companion, Needs, Table, Where, Widget};

const fn reason(code: &'static str, summary: &'static str) -> Reason {
    Reason { stage: "widget-labels", code, summary }
}

/// Every class of widget; the data file uses these codes.
const REASONS: &[Reason] = &[
    reason("text-size", "text-size control"),
    reason("listen", "read-aloud control"),
    reason("reading-time", "estimated reading time"),
    reason("share-bar", "share buttons"),
    reason("share-count", "counter of shares, likes, views"),
    reason("print-save", "print, save or copy-link button"),
    reason("comments", "link to comments"),
    reason("follow", "follow button"),
    reason("player", "media player control"),
    reason("ad-label", "advertisement label"),
    reason("navigation", "navigation link"),
    reason("user", "label listed in the pipeline"),
];

/// The stage's description.
pub static SPEC: StageSpec = StageSpec {
    name: "widget-labels",
    summary: "removes stray interface text such as text-size and share widgets",
    source: include_str!("widget_labels.rs"),
    reasons: REASONS,
    examples: &[
        Example {
            name: "a text-size widget and its number",
            options: "",
            before: "Rain in the North\n\nTT\n20\n\nIt rained all night in the north, and the rivers rose again by noon.",
            after: Some("It rained all night in the north, and the rivers rose again by noon."),
            captions: &[],
            removed: &[("text-size", "TT"), ("text-size", "20")],
        },
        Example {
            name: "the same letters and numbers in an article",
            options: "",
            before: "Races\n\nThe Audi TT went on sale in 20 countries, and nobody was surprised by it.\n\nTT\n\nScores\n\n20\n\n18\n\nThe Isle of Man TT races drew 20,000 visitors to the island this year.",
            after: Some(
                "The Audi TT went on sale in 20 countries, and nobody was surprised by it.\n\nTT\n\nScores\n\n20\n\n18\n\nThe Isle of Man TT races drew 20,000 visitors to the island this year.",
            ),
            captions: &[],
            removed: &[],
        },
        Example {
            name: "a list that the article announces",
            options: "",
            before: "Networks must report\n\nFive companies have to hand in their figures by May, the committee decided. They are:\n\nFacebook\nTwitter\nWhatsApp\n\nThe committee wants to know how many complaints each of them got this year.\n\nShare this story with your friends on:\nFacebook\nTwitter",
            after: Some(
                "Five companies have to hand in their figures by May, the committee decided. They are:\n\nFacebook\nTwitter\nWhatsApp\n\nThe committee wants to know how many complaints each of them got this year.\n\nShare this story with your friends on:",
            ),
            captions: &[],
            removed: &[("share-bar", "Facebook"), ("share-bar", "Twitter")],
        },
        Example {
            name: "names that the prose speaks of",
            options: "",
            before: "The largest networks\n\nThree networks, Facebook, Instagram and TikTok, have more than a billion users each.\n\nFacebook\nInstagram\nTikTok",
            after: Some(
                "Three networks, Facebook, Instagram and TikTok, have more than a billion users each.\n\nFacebook\nInstagram\nTikTok",
            ),
            captions: &[],
            removed: &[],
        },
        Example {
            name: "a share bar",
            options: "",
            before: "Rain in the North\n\nIt rained all night in the north, and the rivers rose again by noon.\n\nShare this article\nFacebook\nTwitter\nWhatsApp",
            after: Some("It rained all night in the north, and the rivers rose again by noon."),
            captions: &[],
            removed: &[
                ("share-bar", "Share this article"),
                ("share-bar", "Facebook"),
                ("share-bar", "Twitter"),
                ("share-bar", "WhatsApp"),
            ],
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
    /// Use the shipped tables.
    builtin: bool,
    /// BCP-47 codes of the tables to use; empty for all.
    languages: Vec<String>,
    /// Reason codes that are left alone.
    keep: Vec<String>,
    /// Further labels, removed before and after the prose.
    lines: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { builtin: true, languages: Vec::new(), keep: Vec::new(), lines: Vec::new() }
    }
}

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    let settings: Settings = options.read()?;
    let known = |code: &String| REASONS.iter().any(|r| r.code == code);
    if let Some(code) = settings.keep.iter().find(|c| !known(c)) {
        let codes: Vec<&str> = REASONS.iter().map(|r| r.code).collect();
        let codes = codes.join(", ");
        return Err(OptionsError::at(
            "keep",
            format!("`keep` names no reason code `{code}`; there are {codes}"),
        ));
    }
    let languages =
        |lang: &str| settings.languages.is_empty() || settings.languages.iter().any(|l| l == lang);
    let table = if settings.builtin { Table::builtin() } else { Table::nothing() };
    let table = table.with(&settings.lines);
    let used = |w: &Widget| {
        let code = w.code.as_str();
        (w.lang == "und" || languages(&w.lang)) && !settings.keep.iter().any(|k| k == code)
    };
    let active = table.widgets().iter().map(used).collect();
    Ok(Stage::Map(Arc::new(Labels { table, active })))
}

struct Labels {
    table: Table,
    active: Vec<bool>,
}

/// What is found about the lines of one document.
struct Found<'d> {
    doc: &'d Document,
    /// Index of the widget that each line is a label of, as far as position allows.
    hits: HashMap<usize, usize>,
}

impl Transform for Labels {
    fn apply(&self, doc: &mut Editor<'_>) {
        let d = doc.doc();
        let mut hits = self.hits(d);
        if hits.is_empty() {
            return;
        }
        content::spare(d, &mut hits, &self.table);
        let found = Found { doc: d, hits };
        let mut removed: Vec<(usize, usize)> = Vec::new();
        let mut is_gone = vec![false; d.lines().len()];
        let mut order: Vec<(usize, usize)> = found.hits.iter().map(|(i, w)| (*i, *w)).collect();
        order.sort_unstable();
        // A label may become removable by the removal of its neighbour, so until nothing moves.
        loop {
            let before = removed.len();
            for &(i, w) in &order {
                step();
                if !is_gone[i] && found.qualifies(i, self.table.widgets()[w].needs, &is_gone) {
                    for line in std::iter::once((i, w)).chain(self.companion(d, i, w)) {
                        is_gone[line.0] = true;
                        removed.push(line);
                    }
                }
            }
            if removed.len() == before {
                break;
            }
        }
        removed.sort_unstable();
        removed.dedup_by_key(|r| r.0);
        for (i, w) in removed {
            let widget = &self.table.widgets()[w];
            let reason = REASONS.iter().find(|r| r.code == widget.code).expect("codes are checked");
            doc.remove(i, *reason, Evidence::Entry(format!("{} ({})", widget.code, widget.lang)));
        }
    }
}

impl Labels {
    fn hits(&self, d: &Document) -> HashMap<usize, usize> {
        let (mut first, mut after) = (None, None);
        let mut hits = HashMap::new();
        for (i, line) in d.body() {
            let allowed = |w: usize| {
                let mut head = || i < *first.get_or_insert_with(|| first_prose(d));
                let mut tail = || i >= *after.get_or_insert_with(|| after_prose(d));
                self.active[w]
                    && match self.table.widgets()[w].r#where {
                        Where::Head => head(),
                        Where::Tail => tail(),
                        Where::Edges => head() || tail(),
                        Where::Anywhere => true,
                    }
            };
            if let Some(w) = self.table.find(line, allowed) {
                hits.insert(i, w);
            }
        }
        hits
    }

    /// The bare line right below label `i` that goes with it.
    fn companion(&self, d: &Document, i: usize, w: usize) -> Option<(usize, usize)> {
        let below = d.lines().get(i + 1).filter(|l| l.is_kept() && !l.breaks() && l.role() == Role::Body)?;
        let text = d.line(i + 1).trim();
        let goes = self.table.widgets()[w].companions.iter().any(|c: &Companion| c.fits(text));
        (goes && !below.breaks()).then_some((i + 1, w))
    }
}

impl Found<'_> {
    fn qualifies(&self, i: usize, needs: Needs, is_gone: &[bool]) -> bool {
        match needs {
            Needs::Nothing => true,
            Needs::Neighbour => {
                let beside = |k: usize| is_gone[k] || self.hits.contains_key(&k) || self.is_repeat(k);
                (i > 0 && beside(i - 1)) || (i + 1 < self.doc.lines().len() && beside(i + 1))
            }
            Needs::RunOf3 => {
                let hit = |k: &usize| is_gone[*k] || self.hits.contains_key(k);
                // Two on a side are enough; whole runs would be walked again for each label in them.
                let after = (i + 1..self.doc.lines().len()).take(2).take_while(hit).count();
                let before = (0..i).rev().take(2).take_while(hit).count();
                before + 1 + after >= 3
            }
        }
    }

    /// A caption, or the copy of one or of the title: the layout around it is no prose.
    fn is_repeat(&self, k: usize) -> bool {
        let line = &self.doc.lines()[k];
        line.role() == Role::Caption || !line.is_kept()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Border, BorderKind, Origin};
    use crate::reason::DocId;
    use crate::steps::assert_in_proportion;

    fn labels(text: &str) {
        let stage = build(&Options::new(&toml_edit::Table::new())).expect("no option is needed");
        let Stage::Map(stage) = stage else { panic!("it knows one document at a time") };
        let border = Border { kind: BorderKind::Record, confidence: 100 };
        let origin =
            Origin { source: "a".into(), record: 0, range: 0..text.len() as u64, border, verdict: None };
        let mut doc = Document::new(DocId(1), origin, text.to_owned());
        stage.apply(&mut Editor::new(&mut doc, 0));
        assert_eq!(doc.body().count(), 0);
    }

    #[test]
    fn steps_are_in_proportion_to_labels() {
        for label in ["x\n\n", "TT\n20\n", "Share this article\nFacebook\n"] {
            assert_in_proportion(100, |times| labels(&label.repeat(times)));
        }
    }
}
