//! Removes the title where it is printed again at the head of the body.
//!
//! ## What it removes
//! * A line in the head of the article that equals the title, spacing and punctuation aside, and
//!   character references such as `&amp;` and `&#39;`: of two copies the title is the one without.
//! * A first line such as `Title | Site name`, if the plain title is printed below it; the
//!   plain title becomes the row's `title`.
//!
//! The head ends at the first line of prose. A title that comes back later, as a subhead, say,
//! stays.
//!
//! ## Why
//! Scrapers print the page's title, its heading and often a second heading above the text.
//! Repeats teach a model to repeat, and make distinct articles of one layout look alike.
//!
//! ## Options
//! * `site-names` (default true): also recognise `Title | Site name`.
//!
//! ## When not to use
//! On text whose first line is not a title.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::{Document, Role};
use crate::editor::Editor;
use crate::reason::{Evidence, Reason};
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Stage, StageSpec, Transform};
use crate::text::head::{HEAD_LINES, first_prose, has_reference, same_title};

const COPY: Reason =
    Reason { stage: "repeated-title", code: "copy", summary: "the title again, in the head" };
const SITE_NAME: Reason = Reason {
    stage: "repeated-title",
    code: "site-name",
    summary: "the title with the site's name, above the title itself",
};

/// The stage's description.
pub static SPEC: StageSpec = StageSpec {
    name: "repeated-title",
    summary: "removes the title where it is printed again in the head",
    source: include_str!("repeated_title.rs"),
    reasons: &[COPY, SITE_NAME],
    examples: &[
        Example {
            name: "a title printed twice",
            options: "",
            before: "Rain in the North\n\nRain in the North\n\nIt rained all night in the north, and the rivers rose again by noon.",
            after: Some("It rained all night in the north, and the rivers rose again by noon."),
            captions: &[],
            removed: &[("copy", "Rain in the North")],
        },
        Example {
            name: "a title printed again with character references",
            options: "",
            before: "Rain & Wind in the North\n\nRain &amp; Wind in the North\n\nIt rained all night in the north, and the rivers rose again by noon.",
            after: Some("It rained all night in the north, and the rivers rose again by noon."),
            captions: &[],
            removed: &[("copy", "Rain &amp; Wind in the North")],
        },
        Example {
            name: "a page title with the site's name",
            options: "",
            before: "Rain in the North | The Daily\nRain in the North\nIt rained all night in the north, and the rivers rose again by noon.",
            after: Some("It rained all night in the north, and the rivers rose again by noon."),
            captions: &[],
            removed: &[("site-name", "Rain in the North | The Daily")],
        },
        Example {
            name: "a subhead below the first prose stays",
            options: "",
            before: "History of coffee\n\nThe history of coffee is a bit of a mystery, and nobody wrote it down.\n\nHistory of coffee\n\nIt began with a goat.",
            after: Some(
                "The history of coffee is a bit of a mystery, and nobody wrote it down.\n\nHistory of coffee\n\nIt began with a goat.",
            ),
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
    /// Also recognise `Title | Site name` above the title.
    site_names: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { site_names: true }
    }
}

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    Ok(Stage::Map(Arc::new(options.read::<Settings>()?)))
}

/// What stands between a title and the name of its site.
const SEPARATORS: &[&str] = &[" | ", " - ", " – ", " — ", " :: ", " · ", " • ", " » ", "｜"];

impl Transform for Settings {
    fn apply(&self, doc: &mut Editor<'_>) {
        let d = doc.doc();
        let title = d.title();
        if title.is_empty() {
            return;
        }
        let prose = first_prose(d).min(HEAD_LINES);
        let at = d.lines().iter().position(|l| l.role() == Role::Title && l.is_kept());
        let mut copies: Vec<usize> = copies(d, title, prose).filter(|i| Some(*i) != at).collect();
        let mut first = at;
        if copies.is_empty()
            && self.site_names
            && let Some(with_site) = at
            && let Some(plain) = without_site(d, with_site, prose)
        {
            copies = self::copies(d, d.line(plain), prose).filter(|i| *i != plain).collect();
            doc.remove(with_site, SITE_NAME, Evidence::EqualsLine(plain as u32));
            doc.set_title(plain, SITE_NAME);
            first = Some(plain);
        }
        let plain = |i: &usize| !has_reference(doc.doc().line(*i));
        if let Some(raw) = first.filter(|i| !plain(i))
            && let Some(k) = copies.iter().position(plain)
        {
            let plain = std::mem::replace(&mut copies[k], raw);
            doc.set_title(plain, COPY);
            first = Some(plain);
        }
        let evidence =
            first.map_or(Evidence::Entry("the record's title".into()), |i| Evidence::EqualsLine(i as u32));
        for i in copies {
            doc.remove(i, COPY, evidence.clone());
        }
    }
}

fn copies<'d>(d: &'d Document, title: &'d str, prose: usize) -> impl Iterator<Item = usize> + 'd {
    (0..prose).filter(move |&i| d.lines()[i].is_kept() && same_title(d.line(i), title))
}

/// The line that is the title of `with_site` without the name of the site.
fn without_site(d: &Document, with_site: usize, prose: usize) -> Option<usize> {
    let long = d.line(with_site);
    if !long.contains(['|', '-', '–', '—', ':', '·', '•', '»', '｜']) {
        return None;
    }
    let cut = |s: &str| long.match_indices(s).map(|(at, _)| &long[..at]).collect::<Vec<_>>();
    let plain: Vec<&str> =
        SEPARATORS.iter().flat_map(|s| cut(s)).filter(|p| p.chars().count() >= 8).collect();
    (with_site + 1..prose).find(|&i| plain.iter().any(|p| same_title(p, d.line(i))))
}
