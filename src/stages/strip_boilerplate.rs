//! Removes lines that pages print around articles: newsletter, sign-in, cookie, copyright and
//! so on, and those that you list.
//!
//! ## What it removes
//! Whole lines of the text that equal an entry of `lines` or match one of `patterns`, yours or
//! shipped. Never a part of a line, never a title or caption.
//!
//! * An entry of `lines` is compared without regard to case, to spacing, and to punctuation,
//!   brackets, bullets and arrows at both ends: "Read more" also meets "» READ MORE …".
//! * A pattern is a regular expression (the syntax of Rust's `regex`) that has to match the
//!   whole line, white space at its ends aside, in any case.
//!
//! ## Why
//! These lines are on every page of a site. Deduplication sees them as common text, models
//! learn them by heart.
//!
//! ## Options
//! * `lines`, `patterns` (default none): your own entries; reason `user`.
//! * `scope` (default `anywhere`): where your entries apply. `head` is above the prose: at most
//!   the first `scope-lines` lines, up to the first that reads like prose and matches nothing;
//!   `tail` is the same from the end upwards; `edges` is both; `anywhere` is every line. The
//!   shipped entries have a scope each.
//! * `scope-lines` (default 12): kept lines, blank ones not counted.
//! * `max-line-bytes` (default 300): longer lines are never tested.
//! * `builtin` (default true): use the shipped table.
//! * `languages` (default all): of the shipped table, only entries in these languages, such as
//!   `["en", "de"]`, and those that hold in every language.
//!
//! ## When not to use
//! On texts about web pages, on chats and on lists of labels; or set `builtin = false` there.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::Document;
use crate::editor::Editor;
use crate::reason::{Evidence, Reason};
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Stage, StageSpec, Transform};
use crate::text::classes::is_prose;

mod gate;
mod rules;

use rules::{Builder, Entry, Matcher, Place, SHIPPED, Scope};

const fn reason(code: &'static str, summary: &'static str) -> Reason {
    Reason { stage: "strip-boilerplate", code, summary }
}

const USER: Reason = reason("user", "listed in the pipeline");

/// The codes of the shipped table, and the user's own.
const REASONS: &[Reason] = &[
    reason("newsletter", "asks to subscribe to a newsletter"),
    reason("sign-in", "asks to sign in or to register"),
    reason("cookie", "speaks of cookies or consent"),
    reason("copyright", "states rights or terms"),
    reason("read-more", "leads to the rest of the page or to another article"),
    reason("related", "heads a list of other articles"),
    reason("advert", "labels an advertisement"),
    reason("app-promo", "asks to install an app"),
    reason("social", "share bar, or asks to follow"),
    reason("paywall", "asks to pay"),
    reason("correction-contact", "tells how to reach the newsroom"),
    USER,
];

/// The stage's description.
pub static SPEC: StageSpec = StageSpec {
    name: "strip-boilerplate",
    summary: "removes listed lines: newsletter, sign-in, cookie, copyright, your own",
    source: include_str!("strip_boilerplate.rs"),
    reasons: REASONS,
    examples: EXAMPLES,
    requires: &[],
    build,
    schema: |g| g.subschema_for::<Settings>(),
    notes: None,
};

const EXAMPLES: &[Example] = &[
    Example {
        name: "newsletter and copyright at the end, an advertisement inside",
        options: "",
        before: "Title\n\nThe river rose by two metres within a single night in May.\n\nADVERTISEMENT\n\n\
                 The mayor asked people to stay at home until the morning.\n\n\
                 Sign up for our newsletter\n\n© 2024 The Daily Example. All rights reserved.",
        after: Some(
            "The river rose by two metres within a single night in May.\n\n\
             The mayor asked people to stay at home until the morning.",
        ),
        captions: &[],
        removed: &[
            ("advert", "ADVERTISEMENT"),
            ("newsletter", "Sign up for our newsletter"),
            ("copyright", "© 2024 The Daily Example. All rights reserved."),
        ],
    },
    Example {
        name: "sentences about such things stay, and labels between paragraphs",
        options: "",
        before: "Title\n\nThe paper's newsletter and its cookies were the subject of the hearing on Monday.\n\n\
                 Newsletter\n\n“Sign up for our newsletter” is a line that readers know, the judge said.",
        after: Some(
            "The paper's newsletter and its cookies were the subject of the hearing on Monday.\n\n\
             Newsletter\n\n“Sign up for our newsletter” is a line that readers know, the judge said.",
        ),
        captions: &[],
        removed: &[],
    },
    Example {
        name: "your own entries",
        options: "lines = [\"Our correspondent reports\"]\npatterns = ['tip line: [0-9 ]+']\nbuiltin = false",
        before: "Title\n\nOur correspondent reports:\n\nIt rains.\n\nTip line: 555 0100\n\nTip line: none",
        after: Some("It rains.\n\nTip line: none"),
        captions: &[],
        removed: &[("user", "Our correspondent reports:"), ("user", "Tip line: 555 0100")],
    },
    Example {
        name: "your own entries, at the end only",
        options: "lines = [\"The editors\"]\nscope = \"tail\"",
        before: "Title\n\nThe editors\n\nThe river rose by two metres within a single night in May.\n\nThe editors",
        after: Some("The editors\n\nThe river rose by two metres within a single night in May."),
        captions: &[],
        removed: &[("user", "The editors")],
    },
];

/// Options of the stage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Settings {
    /// Whole lines to remove.
    lines: Vec<String>,
    /// Regular expressions for whole lines to remove.
    patterns: Vec<String>,
    /// Where `lines` and `patterns` apply.
    scope: Scope,
    /// Kept lines in the head and in the tail, at most.
    scope_lines: usize,
    /// Longer lines are never tested.
    max_line_bytes: usize,
    /// Use the shipped table.
    builtin: bool,
    /// Languages of the shipped table, BCP-47; none means all.
    languages: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lines: Vec::new(),
            patterns: Vec::new(),
            scope: Scope::Anywhere,
            scope_lines: 12,
            max_line_bytes: 300,
            builtin: true,
            languages: Vec::new(),
        }
    }
}

struct Strip {
    matcher: Matcher,
    scope_lines: usize,
    max_line_bytes: usize,
}

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    let s: Settings = options.read()?;
    let mut rules = Builder::default();
    s.lines.iter().try_for_each(|line| rules.line(USER, s.scope, line))?;
    s.patterns.iter().try_for_each(|pattern| rules.pattern(USER, s.scope, pattern))?;
    let listed = |lang: &str| s.languages.is_empty() || s.languages.iter().any(|l| l == lang);
    if let Some(unknown) = s.languages.iter().find(|l| !SHIPPED.iter().any(|r| r.lang == **l)) {
        let what = format!("the shipped table has no entries in `{unknown}`");
        return Err(OptionsError::at("languages", what));
    }
    for rule in SHIPPED.iter().filter(|r| s.builtin && (r.lang == "mul" || listed(&r.lang))) {
        let reason = *REASONS.iter().find(|r| r.code == rule.code).expect("a tested table has known codes");
        rule.lines.iter().try_for_each(|line| rules.line(reason, rule.scope, line))?;
        rule.patterns.iter().for_each(|pattern| rules.sound_pattern(reason, rule.scope, pattern));
    }
    let (scope_lines, max_line_bytes) = (s.scope_lines, s.max_line_bytes);
    Ok(Stage::Map(Arc::new(Strip { matcher: rules.finish()?, scope_lines, max_line_bytes })))
}

impl Strip {
    /// Matches lines from one end until one reads like prose and matches nothing: beyond it a
    /// match is too likely to be part of the article. Returns how many lines were tested.
    fn peel<'l, 'd: 'l>(
        &self,
        lines: impl Iterator<Item = &'l (usize, &'d str)>,
        mut find: impl FnMut(&str) -> Option<&'d Entry>,
        found: &mut Vec<(usize, &'d Entry)>,
    ) -> usize {
        let mut tested = 0;
        for &(i, line) in lines.take(self.scope_lines) {
            tested += 1;
            match find(line) {
                Some(entry) => found.push((i, entry)),
                None if is_prose(line) => break,
                None => {}
            }
        }
        tested
    }

    fn matches<'d>(&'d self, doc: &'d Document) -> Vec<(usize, &'d Entry)> {
        let (mut found, mut key) = (Vec::new(), String::new());
        let mut find = |line: &str, place| {
            let short = line.len() <= self.max_line_bytes;
            short.then(|| self.matcher.find(line, place, &mut key)).flatten()
        };
        let body: Vec<(usize, &str)> = doc.body().collect();
        let head = self.peel(body.iter(), |line| find(line, Place::Head), &mut found);
        let tail = self.peel(body.iter().rev(), |line| find(line, Place::Tail), &mut found);
        // The rules for any place were tried on the edges as well.
        for &(i, line) in body.get(head..body.len() - tail).unwrap_or_default() {
            found.extend(find(line, Place::Inside).map(|entry| (i, entry)));
        }
        found
    }
}

impl Transform for Strip {
    fn apply(&self, doc: &mut Editor<'_>) {
        let found: Vec<_> = {
            let entries = self.matches(doc.doc());
            entries.iter().map(|(i, e)| (*i, e.reason, e.listed.clone())).collect()
        };
        // A line found twice is removed once.
        for (i, reason, listed) in found {
            doc.remove(i, reason, Evidence::Entry(listed));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(options: &str) -> String {
        let table: toml_edit::DocumentMut = options.parse().expect("TOML");
        build(&Options::new(table.as_table())).expect_err("an error").message
    }

    #[test]
    fn bad_options() {
        let bad = error("patterns = ['fine', 'a(b']");
        assert_eq!(bad, "pattern `a(b`: unclosed group");
        assert!(error("patterns = ['a)(b']").contains("`a)(b`: unopened group"));
        assert!(error(r"patterns = ['\w{500}']").contains(r"`\w{500}`: too large"));
        assert!(error("lines = ['  ']").contains("blank"));
        assert!(error("languages = ['xx']").contains("`xx`"));
    }

    #[test]
    fn shipped_table() {
        for rule in SHIPPED.iter() {
            assert!(REASONS.iter().any(|r| r.code == rule.code && r.code != "user"), "{}", rule.code);
            assert!(!rule.lines.is_empty() || !rule.patterns.is_empty(), "{rule:?}");
            // On lines outside ASCII it would make the regex engine slow.
            let slow =
                rule.patterns.iter().find(|p| p.replace("(?-u:", "").contains(r"\b") && !p.contains("-u"));
            assert!(slow.is_none(), "write (?-u:\\b) in {slow:?}");
        }
        assert!(build(&Options::new(&toml_edit::Table::new())).is_ok());
        let mut rules = Builder::default();
        for pattern in SHIPPED.iter().flat_map(|r| &r.patterns) {
            rules.pattern(USER, Scope::Anywhere, pattern).expect("a sound pattern");
        }
    }
}
