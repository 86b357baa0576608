//! The line rules of C4 and RefinedWeb, each by its name, all off unless asked for.
//!
//! ## What it removes
//! Lines of the text, by the rules that the options switch on; three rules drop the whole
//! document instead, two take phrases out of a line. A line is given the first rule it breaks,
//! in the order of the list.
//!
//! ## Why
//! To reproduce the published corpora. Newer corpora use few of these rules: FineWeb, for one,
//! left out `terminal-punctuation`.
//!
//! ## Options
//! Take phrases out:
//!
//! * `citation-marks = true` (C4): `[1]`, `[edit]`, `[citation needed]`.
//! * `short-line-phrases = true` (RefinedWeb): in lines of at most 10 words "items in cart",
//!   "Read more..." at the end and "Sign-in" at the start.
//!
//! Remove lines:
//!
//! * `javascript = true` (C4): the line has the word.
//! * `policy-phrases = true` (C4): it has "terms of use", "privacy policy", "cookie policy",
//!   "uses cookies", "use of cookies" or "use cookies".
//! * `counter-lines = true` (RefinedWeb): it is nothing but a counter, "1.2K shares". Copies
//!   of this rule elsewhere forget that the line has to end there.
//! * `min-words` (C4: 3, RefinedWeb: 2): it has fewer words.
//! * `max-word-length` (C4: 1000): it has a longer word, in characters.
//! * `max-uppercase-ratio` (RefinedWeb: 0.5): a larger share of its characters is upper case.
//!   Characters are counted, not bytes.
//! * `max-digit-ratio` (RefinedWeb: 0.999999): the same for digits.
//! * `terminal-punctuation = true` (C4): it does not end with a full stop, question or
//!   exclamation mark or closing quotation mark, or it ends with three dots. Marks of every
//!   script and curly quotes count; C4 itself knew only straight ones, and lost lines ending
//!   with `.”`.
//!
//! Drop documents:
//!
//! * `lorem-ipsum = true` (C4): the text has the words.
//! * `curly-bracket = true` (C4): the text has a `{`.
//! * `max-removed-words-ratio` (RefinedWeb: 0.05): the rules above took out a larger share of
//!   the words.
//!
//! ## When not to use
//! On news without looking at the ledger: one leftover of an embed has a `{` and the word
//! "javascript", subheads and datelines end without a full stop, headlines are in capitals.
//! Stages that know what a line is come first (`widget-labels`, `strip-boilerplate`), as
//! FineWeb's and RefinedWeb's ratios punish an article for what those would have repaired.

use std::borrow::Cow;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::Document;
use crate::editor::Editor;
use crate::reason::{Evidence, Reason};
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Stage, StageSpec, Transform};
use crate::text::classes::words_up_to;

mod rules;

const fn reason(code: &'static str, summary: &'static str) -> Reason {
    Reason { stage: "line-rules", code, summary }
}

const CITATION_MARKS: Reason = reason("citation-marks", "marks such as [1] or [edit]");
const SHORT_LINE_PHRASES: Reason = reason("short-line-phrases", "phrase of a shop or teaser");
const JAVASCRIPT: Reason = reason("javascript", "line about javascript");
const POLICY_PHRASES: Reason = reason("policy-phrases", "line about terms, privacy or cookies");
const COUNTER_LINES: Reason = reason("counter-lines", "nothing but a counter");
const MIN_WORDS: Reason = reason("min-words", "too few words on the line");
const MAX_WORD_LENGTH: Reason = reason("max-word-length", "a word too long");
const MAX_UPPERCASE: Reason = reason("max-uppercase-ratio", "too much in upper case");
const MAX_DIGITS: Reason = reason("max-digit-ratio", "too many digits");
const TERMINAL: Reason = reason("terminal-punctuation", "line does not end like a sentence");
const LOREM_IPSUM: Reason = reason("lorem-ipsum", "document with placeholder text");
const CURLY_BRACKET: Reason = reason("curly-bracket", "document with a curly bracket");
const MAX_REMOVED: Reason = reason("max-removed-words-ratio", "too large a share of the words removed");

/// The stage's description.
pub static SPEC: StageSpec = StageSpec {
    name: "line-rules",
    summary: "the line rules of C4 and RefinedWeb, by name",
    source: include_str!("line_rules.rs"),
    reasons: &[
        CITATION_MARKS,
        SHORT_LINE_PHRASES,
        JAVASCRIPT,
        POLICY_PHRASES,
        COUNTER_LINES,
        MIN_WORDS,
        MAX_WORD_LENGTH,
        MAX_UPPERCASE,
        MAX_DIGITS,
        TERMINAL,
        LOREM_IPSUM,
        CURLY_BRACKET,
        MAX_REMOVED,
    ],
    examples: EXAMPLES,
    requires: &[],
    build,
    schema: |g| g.subschema_for::<Settings>(),
    notes: None,
};

const EXAMPLES: &[Example] = &[
    Example {
        name: "off by default",
        options: "",
        before: "Title\n\n1.2K shares\n\nSUBHEAD\n\nPlease enable JavaScript {}",
        after: Some("1.2K shares\n\nSUBHEAD\n\nPlease enable JavaScript {}"),
        captions: &[],
        removed: &[],
    },
    Example {
        name: "C4's lines",
        options: "terminal-punctuation = true\nmin-words = 3\njavascript = true\npolicy-phrases = true\n\
                  citation-marks = true",
        before: "Title\n\nHe left,[1] she said. “For good.”\n\nHe waited there...\n\nHe left.\n\n\
                 Please enable JavaScript now.\n\nRead our Privacy Policy here.\n\nA line without end",
        after: Some("He left, she said. “For good.”"),
        captions: &[],
        removed: &[
            ("terminal-punctuation", "He waited there..."),
            ("min-words", "He left."),
            ("javascript", "Please enable JavaScript now."),
            ("policy-phrases", "Read our Privacy Policy here."),
            ("terminal-punctuation", "A line without end"),
        ],
    },
    Example {
        name: "RefinedWeb's lines",
        options: "max-uppercase-ratio = 0.5\nmax-digit-ratio = 0.999999\ncounter-lines = true\n\
                  min-words = 2\nshort-line-phrases = true",
        before: "Title\n\n1.2K shares\n\n3 comments from the minister caused an outcry.\n\nBREAKING NEWS\n\n\
                 2024\n\nSubhead\n\nItems in cart\n\nThe flood goes on. Read more...",
        after: Some("3 comments from the minister caused an outcry.\n\nThe flood goes on."),
        captions: &[],
        removed: &[
            ("counter-lines", "1.2K shares"),
            ("max-uppercase-ratio", "BREAKING NEWS"),
            ("min-words", "2024"),
            ("min-words", "Subhead"),
            ("short-line-phrases", "Items in cart"),
        ],
    },
    Example {
        name: "too much removed",
        options: "min-words = 3\nmax-removed-words-ratio = 0.05",
        before: "Title\n\nOne two three four.\n\nTwo words.",
        after: None,
        captions: &[],
        removed: &[("max-removed-words-ratio", "")],
    },
];

/// Options of the stage.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Settings {
    /// Take out `[1]`, `[edit]`, `[citation needed]`.
    citation_marks: bool,
    /// Take "items in cart", "Read more...", "Sign-in" out of short lines.
    short_line_phrases: bool,
    /// Remove lines with the word.
    javascript: bool,
    /// Remove lines about terms, privacy and cookies.
    policy_phrases: bool,
    /// Remove lines that are nothing but a counter.
    counter_lines: bool,
    /// Remove lines with fewer words.
    min_words: Option<usize>,
    /// Remove lines with a longer word; characters.
    max_word_length: Option<usize>,
    /// Remove lines with a larger share of upper-case characters.
    max_uppercase_ratio: Option<f64>,
    /// Remove lines with a larger share of digits.
    max_digit_ratio: Option<f64>,
    /// Remove lines that do not end like a sentence or a quotation.
    terminal_punctuation: bool,
    /// Drop documents with "lorem ipsum".
    lorem_ipsum: bool,
    /// Drop documents with a `{`.
    curly_bracket: bool,
    /// Drop documents of which the other rules removed a larger share of the words.
    max_removed_words_ratio: Option<f64>,
}

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    let s: Settings = options.read()?;
    let ratios = [
        ("max-uppercase-ratio", s.max_uppercase_ratio),
        ("max-digit-ratio", s.max_digit_ratio),
        ("max-removed-words-ratio", s.max_removed_words_ratio),
    ];
    for (key, ratio) in ratios {
        if ratio.is_some_and(|r| !(0.0..=1.0).contains(&r)) {
            return Err(OptionsError::at(key, format!("`{key}` has to be between 0 and 1")));
        }
    }
    Ok(Stage::Map(Arc::new(s)))
}

/// Takes phrases out of a line.
type Shorten = fn(&str) -> Cow<'_, str>;
/// A kind of characters.
type Kind = fn(char) -> bool;

fn words(doc: &Document) -> usize {
    doc.body().map(|(_, line)| words_up_to(line, usize::MAX)).sum()
}

impl Settings {
    fn tests_lines(&self) -> bool {
        self.citation_marks
            || self.short_line_phrases
            || self.javascript
            || self.policy_phrases
            || self.counter_lines
            || self.min_words.is_some()
            || self.max_word_length.is_some()
            || self.max_uppercase_ratio.is_some()
            || self.max_digit_ratio.is_some()
            || self.terminal_punctuation
    }

    /// Takes phrases out of the line; whether anything visible is left.
    fn shorten(&self, doc: &mut Editor<'_>, i: usize) -> bool {
        let rules: [(bool, Reason, Shorten); 2] = [
            (self.citation_marks, CITATION_MARKS, rules::without_citations),
            (self.short_line_phrases, SHORT_LINE_PHRASES, rules::without_short_line_phrases),
        ];
        for (on, reason, rule) in rules {
            let Some(Cow::Owned(left)) = on.then(|| rule(doc.doc().line(i))) else { continue };
            if left.trim().is_empty() {
                doc.remove(i, reason, Evidence::Entry("nothing else on the line".to_owned()));
                return false;
            }
            doc.rewrite(i, left.trim_end().to_owned(), reason);
        }
        true
    }

    /// The first rule that the line breaks.
    fn verdict(&self, line: &str) -> Option<(Reason, Evidence)> {
        let entry = |e: &str| Evidence::Entry(e.to_owned());
        let over = |value: f64, limit: f64| Evidence::Measure(format!("{value:.3}, limit {limit}"));
        if let Some(word) = self.javascript.then(|| rules::javascript(line)).flatten() {
            return Some((JAVASCRIPT, entry(word)));
        }
        if let Some(phrase) = self.policy_phrases.then(|| rules::policy_phrase(line)).flatten() {
            return Some((POLICY_PHRASES, entry(phrase)));
        }
        if self.counter_lines && rules::is_counter(line) {
            return Some((COUNTER_LINES, entry("a number and what it counts")));
        }
        if let Some(limit) = self.min_words
            && let n = words_up_to(line, limit)
            && n < limit
        {
            return Some((MIN_WORDS, Evidence::Measure(format!("{n} words, limit {limit}"))));
        }
        if let Some(limit) = self.max_word_length
            && let n = rules::longest_word(line)
            && n > limit
        {
            return Some((MAX_WORD_LENGTH, Evidence::Measure(format!("{n} characters, limit {limit}"))));
        }
        let shares: [(_, Kind, _); 2] = [
            (self.max_uppercase_ratio, char::is_uppercase, MAX_UPPERCASE),
            (self.max_digit_ratio, char::is_numeric, MAX_DIGITS),
        ];
        for (limit, kind, reason) in shares {
            let share = limit.map(|limit| (rules::ratio(line, kind), limit));
            if let Some((share, limit)) = share.filter(|(share, limit)| share > limit) {
                return Some((reason, over(share, limit)));
            }
        }
        let end = self.terminal_punctuation && !rules::is_terminated(line);
        end.then(|| (TERMINAL, entry("no mark at the end")))
    }

    /// The document rule that the text breaks.
    fn document_verdict(&self, doc: &Document) -> Option<(Reason, Evidence)> {
        let any = |test: fn(&str) -> bool| doc.body().find(|(_, line)| test(line));
        let at = |i: usize| Evidence::Entry(format!("line {}", i + 1));
        if let Some((i, _)) = self.lorem_ipsum.then(|| any(rules::lorem_ipsum)).flatten() {
            return Some((LOREM_IPSUM, at(i)));
        }
        let bracket = self.curly_bracket.then(|| any(|line| line.contains('{'))).flatten();
        bracket.map(|(i, _)| (CURLY_BRACKET, at(i)))
    }
}

impl Transform for Settings {
    fn apply(&self, doc: &mut Editor<'_>) {
        if let Some((reason, evidence)) = self.document_verdict(doc.doc()) {
            return doc.drop_document(reason, evidence);
        }
        if !self.tests_lines() {
            return;
        }
        let limit = self.max_removed_words_ratio.map(|limit| (limit, words(doc.doc())));
        let body: Vec<usize> = doc.doc().body().map(|(i, _)| i).collect();
        for i in body {
            if self.shorten(doc, i)
                && let Some((reason, evidence)) = self.verdict(doc.doc().line(i))
            {
                doc.remove(i, reason, evidence);
            }
        }
        let Some((limit, before)) = limit else { return };
        let removed = before.saturating_sub(words(doc.doc()));
        if removed as f64 > limit * before as f64 {
            let seen = format!("{removed} of {before} words removed, limit {limit}");
            doc.drop_document(MAX_REMOVED, Evidence::Measure(seen));
        }
    }
}
