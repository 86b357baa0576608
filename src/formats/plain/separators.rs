//! What separates the articles of a source.

use super::signs::{SHORT, is_rule, line_hash, mark};
use super::titles::{BlankRun, LineInfo};
use crate::document::BorderKind;

/// Longest line on which the user's separator is tried.
const MAX_SEPARATOR_LINE: usize = 64 << 10;

/// Everything that ends an article. Without any the source is one article.
#[derive(Debug, Clone, Default)]
pub struct Separators {
    /// Lines that match the user's expression.
    pub given: Option<regex::bytes::Regex>,
    /// The end of each line.
    pub lines: bool,
    /// Form feeds.
    pub feeds: bool,
    /// Text that delimits wherever it stands.
    pub delimiter: Option<Box<[u8]>>,
    /// Marks: their key, and the byte that they begin with, or 0 if they differ.
    pub marks: Vec<(u64, u8)>,
    /// Marks count only below a line with nothing on it.
    pub apart: bool,
    /// Rule lines, by hash.
    pub rules: Vec<u64>,
    /// Runs of blank lines.
    pub blank_run: Option<BlankRun>,
    /// Titles that are printed twice, below a blank line.
    pub titles: bool,
    /// Long titles that are printed twice, right below the last line of the dump in front of theirs.
    pub joins: bool,
}

/// A line that separates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Separating {
    /// How.
    pub kind: BorderKind,
    /// So many bytes of the line do; what follows is the first line of the next article.
    pub taken: usize,
}

impl Separators {
    /// The user's own.
    pub fn given(regex: regex::bytes::Regex) -> Self {
        Self { given: Some(regex), ..Self::default() }
    }

    /// Each line is an article.
    pub fn each_line() -> Self {
        Self { lines: true, ..Self::default() }
    }

    /// Whether nothing separates.
    pub fn is_empty(&self) -> bool {
        let stated =
            self.feeds || self.delimiter.is_some() || !self.marks.is_empty() || !self.rules.is_empty();
        !stated && self.given.is_none() && !self.titles && !self.lines && self.blank_run.is_none()
    }

    /// Whether lines have to be known ahead.
    pub fn look_ahead(&self) -> bool {
        self.titles || self.joins
    }

    /// Whether the blank lines in front of `line` separate.
    pub fn run_before(&self, line: &LineInfo) -> Option<u32> {
        self.blank_run.filter(|run| line.follows(*run)).map(|run| run.lines)
    }

    /// How a line separates, if it does.
    pub fn kind_of(&self, line: &[u8], below_blank: bool) -> Option<Separating> {
        let whole = |kind| Some(Separating { kind, taken: line.len() });
        if let Some(regex) = &self.given {
            let matches = line.len() <= MAX_SEPARATOR_LINE && regex.is_match(line);
            return if matches { whole(BorderKind::Separator) } else { None };
        }
        if !self.marks.is_empty()
            && (below_blank || !self.apart)
            && let Some(taken) = self.mark(line)
        {
            return Some(Separating { kind: BorderKind::Banner, taken });
        }
        let rule = !self.rules.is_empty() && line.len() <= SHORT && is_rule(line);
        if rule && self.rules.contains(&line_hash(line)) { whole(BorderKind::Rule) } else { None }
    }

    fn mark(&self, line: &[u8]) -> Option<usize> {
        let first = line.trim_ascii_start().first();
        if !self.marks.iter().any(|(_, f)| Some(f) == first || *f == 0) {
            return None;
        }
        mark(line).filter(|m| self.marks.iter().any(|(key, _)| *key == m.key)).map(|m| m.taken)
    }
}
