//! What separates the articles of a source.

use super::signs::{SHORT, banner, is_rule, line_hash};
use crate::document::BorderKind;

/// Longest line on which the user's separator is tried.
const MAX_SEPARATOR_LINE: usize = 64 << 10;

/// Everything that ends an article. Without any the source is one article.
#[derive(Debug, Clone, Default)]
pub struct Separators {
    /// Lines that match the user's expression.
    pub given: Option<regex::bytes::Regex>,
    /// Form feeds.
    pub feeds: bool,
    /// Banner lines: their key, and the byte that they begin with.
    pub banners: Vec<(u64, u8)>,
    /// Rule lines, by hash.
    pub rules: Vec<u64>,
    /// Runs of at least so many blank lines.
    pub blank_run: Option<u32>,
    /// Titles that are printed twice, below a blank line.
    pub titles: bool,
    /// Long titles that are printed twice, right below the last line of the dump in front of theirs.
    pub joins: bool,
}

impl Separators {
    /// The user's own.
    pub fn given(regex: regex::bytes::Regex) -> Self {
        Self { given: Some(regex), ..Self::default() }
    }

    /// These where kinds of dumps follow one another: titles count as well, and so does what separated the part before.
    pub fn after(mut self, before: &Self) -> Self {
        self.titles = true;
        self.joins = true;
        self.feeds |= before.feeds;
        self.blank_run = self.blank_run.or(before.blank_run);
        self.banners.extend(&before.banners);
        self.rules.extend(&before.rules);
        self
    }

    /// Whether anything but titles separates.
    pub fn is_more_than_titles(&self) -> bool {
        self.feeds || self.blank_run.is_some() || !self.banners.is_empty() || !self.rules.is_empty()
    }

    /// Whether nothing separates.
    pub fn is_empty(&self) -> bool {
        !self.titles && self.given.is_none() && !self.is_more_than_titles()
    }

    /// Whether lines have to be known ahead.
    pub fn look_ahead(&self) -> bool {
        self.titles || self.joins
    }

    /// What kind of separator a line is.
    pub fn kind_of(&self, line: &[u8]) -> Option<BorderKind> {
        if let Some(regex) = &self.given {
            let matches = line.len() <= MAX_SEPARATOR_LINE && regex.is_match(line);
            return matches.then_some(BorderKind::Separator);
        }
        if !self.banners.is_empty() && self.is_banner(line) {
            return Some(BorderKind::Banner);
        }
        let rule = !self.rules.is_empty() && line.len() <= SHORT && is_rule(line);
        (rule && self.rules.contains(&line_hash(line))).then_some(BorderKind::Rule)
    }

    fn is_banner(&self, line: &[u8]) -> bool {
        let first = line.trim_ascii_start().first();
        self.banners.iter().any(|(_, f)| Some(f) == first)
            && banner(line).is_some_and(|b| self.banners.iter().any(|(key, _)| *key == b.key))
    }
}
