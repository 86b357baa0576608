//! The table of labels.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex::{RegexSet, RegexSetBuilder};
use serde::Deserialize;

/// Longest line looked up, in bytes.
const MAX_LABEL: usize = 120;

/// One entry of the data file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Widget {
    pub code: String,
    pub lang: String,
    #[serde(default)]
    pub lines: Vec<String>,
    #[serde(default)]
    pub patterns: Vec<String>,
    pub case: Case,
    pub r#where: Where,
    pub needs: Needs,
    #[serde(default)]
    pub companions: Vec<Companion>,
    /// Where the label is seen; for the reader of the file.
    #[serde(rename = "source")]
    _source: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Case {
    Exact,
    Fold,
}

/// Position in the article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Where {
    /// Before the first line of prose.
    Head,
    /// After the last line of prose.
    Tail,
    Edges,
    Anywhere,
}

/// What has to stand beside a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Needs {
    Nothing,
    /// Another label, or a repeated title or caption.
    Neighbour,
    /// Two more labels in a row.
    #[serde(rename = "run-of-3")]
    RunOf3,
}

/// A bare line below a label that belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Companion {
    /// `20`
    Number,
    /// `5 min`, `03:24`
    Duration,
    /// `1.2K`
    Count,
}

impl Companion {
    /// Whether a line is such a companion.
    pub fn fits(self, line: &str) -> bool {
        let digits = line.chars().filter(|c| c.is_numeric()).count();
        let short = line.chars().count() <= 12;
        match self {
            Self::Number => (1..=3).contains(&digits) && line.chars().all(char::is_numeric),
            Self::Duration => {
                let clock = line.chars().all(|c| c.is_numeric() || c == ':') && line.contains(':');
                let minutes = line.starts_with(char::is_numeric) && digits <= 3 && !line.contains('.');
                let words = line.split_whitespace().count() <= 2;
                short && digits > 0 && (clock || (minutes && words && digits < line.chars().count()))
            }
            Self::Count => {
                let rest = line.trim_start_matches(|c: char| c.is_numeric() || matches!(c, '.' | ','));
                short && digits > 0 && matches!(rest.trim(), "" | "K" | "k" | "M" | "m" | "B" | "b")
            }
        }
    }
}

#[derive(Deserialize)]
struct File {
    widget: Vec<Widget>,
}

static BUILTIN: LazyLock<Vec<Widget>> = LazyLock::new(|| {
    let text = include_str!("../data/widget_labels.toml");
    let file: File = toml_edit::de::from_str(text).expect("the shipped table is tested");
    file.widget
});

/// Labels by content.
pub struct Table {
    widgets: Vec<Widget>,
    exact: HashMap<String, Vec<usize>>,
    folded: HashMap<String, Vec<usize>>,
    /// Length of the longest label, with room for spaces that are collapsed.
    longest: usize,
    /// Which values of [`start`] the labels have.
    starts: Vec<bool>,
    /// First words of labels, lower case.
    openers: HashSet<String>,
    patterns: RegexSet,
    /// Widget of each pattern.
    of_pattern: Vec<usize>,
}

impl Table {
    /// The shipped table.
    pub fn builtin() -> Self {
        Self::new(BUILTIN.clone())
    }

    /// A table without labels.
    pub fn nothing() -> Self {
        Self::new(Vec::new())
    }

    /// The table with labels of the user's.
    pub fn with(self, lines: &[String]) -> Self {
        let mut widgets = self.widgets;
        if !lines.is_empty() {
            widgets.push(Widget {
                code: "user".to_owned(),
                lang: "und".to_owned(),
                lines: lines.to_vec(),
                patterns: Vec::new(),
                case: Case::Fold,
                r#where: Where::Edges,
                needs: Needs::Nothing,
                companions: Vec::new(),
                _source: None,
            });
        }
        Self::new(widgets)
    }

    fn new(widgets: Vec<Widget>) -> Self {
        let (mut exact, mut folded) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        let (mut patterns, mut of_pattern) = (Vec::new(), Vec::new());
        let (mut starts, mut longest, mut openers) = (vec![false; STARTS], 0, HashSet::new());
        for (w, widget) in widgets.iter().enumerate() {
            for line in &widget.lines {
                starts[start(line)] = true;
                longest = longest.max(line.len() + 8);
                openers.extend(line.split_whitespace().next().map(str::to_lowercase));
                match widget.case {
                    Case::Exact => exact.entry(collapse(line).into_owned()).or_default().push(w),
                    Case::Fold => folded.entry(collapse(line).to_lowercase()).or_default().push(w),
                }
            }
            for pattern in &widget.patterns {
                patterns.push(format!("^(?:{pattern})$"));
                of_pattern.push(w);
            }
        }
        let patterns = RegexSetBuilder::new(patterns).case_insensitive(true).build();
        Self {
            widgets,
            exact,
            folded,
            longest,
            starts,
            openers,
            patterns: patterns.expect("the shipped table is tested"),
            of_pattern,
        }
    }

    /// All entries.
    pub fn widgets(&self) -> &[Widget] {
        &self.widgets
    }

    /// Whether a label begins with this word, which is in lower case.
    pub fn begins_label(&self, word: &str) -> bool {
        self.openers.contains(word)
    }

    /// The first entry that `line` is a label of and that `allowed` lets pass.
    pub fn find(&self, line: &str, mut allowed: impl FnMut(usize) -> bool) -> Option<usize> {
        let line = line.trim();
        if line.len() > MAX_LABEL {
            return None;
        }
        if line.len() <= self.longest && self.starts[start(line)] {
            let line = collapse(line);
            let mut of = |map: &HashMap<String, Vec<usize>>, key: &str| {
                map.get(key).and_then(|ws| ws.iter().copied().find(|&w| allowed(w)))
            };
            let found = of(&self.exact, &line).or_else(|| of(&self.folded, &line.to_lowercase()));
            if found.is_some() {
                return found;
            }
        }
        let telling = |b: u8| b.is_ascii_digit() || !b.is_ascii() || matches!(b, b'|' | b'/');
        if !line.bytes().any(telling) {
            return None;
        }
        let line = collapse(line);
        let matched = self.patterns.matches(&line);
        matched.into_iter().map(|p| self.of_pattern[p]).find(|&w| allowed(w))
    }
}

/// Number of values of [`start`].
const STARTS: usize = 512;

/// A number from how a label begins, the same in either case: it tells most lines from labels
/// without a copy of the line. All that begin outside ASCII share one.
fn start(line: &str) -> usize {
    match line.as_bytes() {
        [a, ..] if !a.is_ascii() => 0,
        [a, b, ..] if b.is_ascii() => {
            let [a, b] = [a, b].map(|c| usize::from(c.to_ascii_lowercase()));
            1 + (a * 31 + b) % (STARTS - 1)
        }
        [a, ..] => 1 + usize::from(a.to_ascii_lowercase()) * 31 % (STARTS - 1),
        [] => 0,
    }
}

/// White space trimmed at the ends and collapsed inside.
fn collapse(line: &str) -> Cow<'_, str> {
    let line = line.trim();
    let odd = |(a, b): (u8, u8)| (a == b' ' && b == b' ') || a == b'\t' || !a.is_ascii();
    if !line.bytes().zip(line.bytes().skip(1)).any(odd) {
        return Cow::Borrowed(line);
    }
    Cow::Owned(line.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_table_is_sound() {
        let table = Table::builtin();
        assert!(!table.widgets().is_empty());
        for widget in table.widgets() {
            let known = super::super::REASONS.iter().any(|r| r.code == widget.code);
            assert!(known, "code {}", widget.code);
            assert!(!widget.lines.is_empty() || !widget.patterns.is_empty());
        }
    }

    #[test]
    fn companions() {
        assert!(Companion::Number.fits("20") && Companion::Number.fits("٢٠"));
        assert!(!Companion::Number.fits("2020") && !Companion::Number.fits("20."));
        assert!(Companion::Duration.fits("5 min") && Companion::Duration.fits("03:24"));
        assert!(!Companion::Duration.fits("5.") && !Companion::Duration.fits("20"));
        assert!(Companion::Count.fits("1.2K") && Companion::Count.fits("17"));
    }
}
