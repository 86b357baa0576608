//! The rules of `strip-boilerplate`: lists and patterns, made ready for fast matching.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::{RegexBuilder, RegexSet, RegexSetBuilder};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::reason::Reason;
use crate::registry::OptionsError;

use super::gate::Gate;

/// Where in a document a rule applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Scope {
    /// Above the prose.
    Head,
    /// Below the prose.
    Tail,
    /// Above or below the prose.
    Edges,
    /// On any line.
    Anywhere,
}

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Head,
    Inside,
    Tail,
}

impl Scope {
    fn covers(self, place: Place) -> bool {
        match self {
            Self::Head => place == Place::Head,
            Self::Tail => place == Place::Tail,
            Self::Edges => place != Place::Inside,
            Self::Anywhere => true,
        }
    }
}

/// One `[[rule]]` of the shipped table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    pub code: String,
    pub lang: String,
    pub scope: Scope,
    #[serde(default)]
    pub lines: Vec<String>,
    #[serde(default)]
    pub patterns: Vec<String>,
    /// Where the entries come from; for readers of the file.
    #[serde(rename = "source")]
    _source: String,
}

/// The shipped table.
pub(super) static SHIPPED: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct Table {
        rule: Vec<Rule>,
    }
    let table: Table =
        toml_edit::de::from_str(include_str!("../data/boilerplate.toml")).expect("a tested file parses");
    table.rule
});

/// What a rule says about a line it matches.
#[derive(Debug)]
pub(super) struct Entry {
    pub reason: Reason,
    scope: Scope,
    /// The line or pattern as listed.
    pub listed: String,
}

/// Collects rules, then becomes a [`Matcher`].
#[derive(Debug, Default)]
pub(super) struct Builder {
    entries: Vec<Entry>,
    exact: HashMap<String, Vec<usize>>,
    patterns: Vec<(String, usize)>,
}

/// Room for the compiled form of one pattern, and of all of them, in bytes.
const PATTERN_BYTES: usize = 1 << 20;
const ALL_PATTERNS_BYTES: usize = 32 << 20;

impl Builder {
    fn entry(&mut self, reason: Reason, scope: Scope, listed: &str) -> usize {
        self.entries.push(Entry { reason, scope, listed: listed.to_owned() });
        self.entries.len() - 1
    }

    /// Adds a whole line.
    pub fn line(&mut self, reason: Reason, scope: Scope, line: &str) -> Result<(), OptionsError> {
        let mut key = String::new();
        fold_bare(bare(line), &mut key);
        if key.is_empty() {
            return Err(OptionsError::at("lines", "an entry of `lines` is blank"));
        }
        let entry = self.entry(reason, scope, line);
        self.exact.entry(key).or_default().push(entry);
        Ok(())
    }

    /// Adds a regular expression for a whole line, checked.
    pub fn pattern(&mut self, reason: Reason, scope: Scope, pattern: &str) -> Result<(), OptionsError> {
        let bad = |what: &str| OptionsError::at("patterns", format!("pattern `{pattern}`: {what}"));
        // Checked without the group around it, so that `a)(b` is an error.
        RegexBuilder::new(pattern).size_limit(PATTERN_BYTES).build().map_err(|e| match e {
            regex::Error::CompiledTooBig(limit) => bad(&format!("too large, limit {limit} bytes compiled")),
            // The last line of the parser's message says what is wrong.
            e => bad(e.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ")),
        })?;
        self.sound_pattern(reason, scope, pattern);
        Ok(())
    }

    /// Adds a pattern that a test has checked.
    pub fn sound_pattern(&mut self, reason: Reason, scope: Scope, pattern: &str) {
        let entry = self.entry(reason, scope, pattern);
        self.patterns.push((pattern.to_owned(), entry));
    }

    /// Compiles what was added.
    pub fn finish(self) -> Result<Matcher, OptionsError> {
        let (anywhere, edges): (Vec<_>, Vec<_>) =
            self.patterns.into_iter().partition(|(_, e)| self.entries[*e].scope == Scope::Anywhere);
        let mut starts = vec![false; STARTS];
        for key in self.exact.keys() {
            if let Some(n) = start(key) {
                starts[n] = true;
            }
        }
        Ok(Matcher {
            starts,
            longest: self.exact.keys().map(String::len).max().unwrap_or(0),
            exact: self.exact,
            anywhere: Patterns::new(anywhere)?,
            edges: Patterns::new(edges)?,
            entries: self.entries,
        })
    }
}

#[derive(Debug)]
struct Patterns {
    gate: Gate,
    set: RegexSet,
    /// Entry of each pattern.
    entries: Vec<usize>,
}

impl Patterns {
    fn new(patterns: Vec<(String, usize)>) -> Result<Self, OptionsError> {
        let gate = Gate::new(patterns.iter().map(|p| p.0.as_str()));
        let set = RegexSetBuilder::new(patterns.iter().map(|p| format!("^(?:{})$", p.0)))
            .case_insensitive(true)
            .size_limit(ALL_PATTERNS_BYTES)
            .dfa_size_limit(8 << 20)
            .build()
            .map_err(|e| OptionsError::at("patterns", format!("`patterns` all together: {e}")))?;
        Ok(Self { gate, set, entries: patterns.into_iter().map(|p| p.1).collect() })
    }

    fn find(&self, line: &str) -> impl Iterator<Item = usize> {
        // Most lines match nothing, and that answer needs no memory.
        let possible = self.gate.lets_pass(line) && self.set.is_match(line);
        let found = possible.then(|| self.set.matches(line).into_iter());
        found.into_iter().flatten().map(|n| self.entries[n])
    }
}

/// Rules, ready for matching.
#[derive(Debug)]
pub(super) struct Matcher {
    entries: Vec<Entry>,
    /// Entries by folded line.
    exact: HashMap<String, Vec<usize>>,
    /// Which values of [`start`] the folded lines have.
    starts: Vec<bool>,
    /// Length of the longest folded line.
    longest: usize,
    anywhere: Patterns,
    edges: Patterns,
}

/// Bytes by which a line may shrink when folded, to be looked up at all.
const SLACK: usize = 40;

impl Matcher {
    /// The first rule that matches a line at this place. `key` is room to work in.
    pub fn find(&self, line: &str, place: Place, key: &mut String) -> Option<&Entry> {
        let line = line.trim();
        let covers = |&entry: &usize| self.entries[entry].scope.covers(place);
        let bare = bare(line);
        if bare.len() <= self.longest + SLACK && start(bare).is_none_or(|n| self.starts[n]) {
            fold_bare(bare, key);
            let listed = self.exact.get(key.as_str());
            if let Some(&entry) = listed.and_then(|list| list.iter().find(|e| covers(e))) {
                return Some(&self.entries[entry]);
            }
        }
        let edges = || (place != Place::Inside).then(|| self.edges.find(line).find(covers)).flatten();
        self.anywhere.find(line).next().or_else(edges).map(|entry| &self.entries[entry])
    }
}

/// Punctuation, arrows, bullets and brackets that decorate a label.
fn is_decoration(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '!'..='/' | ':'..='?' | '['..='`' | '{'..='~')
            && !matches!(c, '#' | '$' | '%' | '+' | '&')
        || matches!(
            c as u32,
            0xA1 | 0xAB | 0xB7 | 0xBB | 0xBF | 0x060C | 0x061B | 0x061F | 0x06D4 | 0x0964
                | 0x2010..=0x203A | 0x2190..=0x21FF | 0x2500..=0x25FF | 0x2700..=0x27FF | 0x2900..=0x297F
                | 0x2B00..=0x2BFF | 0x3001..=0x3003 | 0x3008..=0x3011 | 0xFE0E | 0xFE0F | 0xFF01 | 0xFF08
                | 0xFF09 | 0xFF0C | 0xFF0E | 0xFF1A | 0xFF1B | 0xFF1E | 0xFF1F
        )
}

/// The line without decoration at its ends; a line that is nothing else stays as it is.
fn bare(line: &str) -> &str {
    match line.trim_matches(is_decoration) {
        "" => line.trim(),
        bare => bare,
    }
}

/// Lower case, and white space run together.
fn fold_bare(bare: &str, key: &mut String) {
    key.clear();
    for word in bare.split_whitespace() {
        if !key.is_empty() {
            key.push(' ');
        }
        if word.is_ascii() {
            key.push_str(word);
            let start = key.len() - word.len();
            key[start..].make_ascii_lowercase();
        } else {
            key.extend(word.chars().flat_map(char::to_lowercase));
        }
    }
}

/// Number of values of [`start`].
const STARTS: usize = 1 << 12;

/// A number made of the first three letters in lower case, the same before and after folding;
/// none if folding may change more about them. It tells most lines apart without folding them.
fn start(bare: &str) -> Option<usize> {
    let first = bare.as_bytes().first_chunk::<3>()?;
    let plain = first.iter().all(|b| b.is_ascii() && !b.is_ascii_whitespace() && !b.is_ascii_control());
    let number = first.iter().fold(0, |n, b| n * 37 + usize::from(b.to_ascii_lowercase()));
    plain.then_some(number % STARTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding() {
        for same in ["Read More", "» read  more…", "READ MORE →", "[Read more]:", "Read\u{A0}more…"] {
            let mut key = String::new();
            fold_bare(bare(same), &mut key);
            assert_eq!(key, "read more", "{same}");
        }
        let mut key = String::new();
        fold_bare(bare(" *** "), &mut key);
        assert_eq!(key, "***");
        fold_bare(bare("Привет!"), &mut key);
        assert_eq!(key, "привет");
        fold_bare(bare("A+"), &mut key);
        assert_eq!(key, "a+");
    }
}
