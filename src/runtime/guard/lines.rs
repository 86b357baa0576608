//! The lines that a rule removed most, in bounded memory.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Lines that are counted at a time.
const COUNTED: usize = 32;

/// Lines in a message.
const SHOWN: usize = 5;

/// Characters of a line.
const LENGTH: usize = 60;

/// As much of a line as is shown.
pub(super) fn cut(line: &str) -> String {
    let line = line.trim();
    match line.char_indices().nth(LENGTH) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}

/// Counts by Misra and Gries: never too high, and too low by at most the number of lines /
/// ([`COUNTED`] + 1).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Lines(BTreeMap<String, u64>);

impl Lines {
    /// Counts a line.
    pub fn add(&mut self, line: &str) {
        if let Some(count) = self.0.get_mut(line) {
            *count += 1;
        } else if self.0.len() < COUNTED {
            self.0.insert(line.to_owned(), 1);
        } else {
            self.less(1);
        }
    }

    /// Adds the lines of another source.
    pub fn join(&mut self, other: Self) {
        for (line, count) in other.0 {
            *self.0.entry(line).or_default() += count;
        }
        if self.0.len() > COUNTED {
            let mut counts: Vec<u64> = self.0.values().copied().collect();
            counts.sort_unstable_by(|a, b| b.cmp(a));
            self.less(counts[COUNTED]);
        }
    }

    fn less(&mut self, by: u64) {
        self.0.retain(|_, count| {
            *count = count.saturating_sub(by);
            *count > 0
        });
    }

    /// In words, those that were removed most first; escaped.
    pub fn shown(&self) -> String {
        let mut all: Vec<(&String, &u64)> = self.0.iter().collect();
        all.sort_by(|a, b| b.1.cmp(a.1));
        let all: Vec<String> = all.into_iter().take(SHOWN).map(|(line, _)| format!("{line:?}")).collect();
        if all.is_empty() { String::new() } else { format!("; it removed lines such as {}", all.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_lines_are_found_in_bounded_memory() {
        let (mut first, mut second) = (Lines::default(), Lines::default());
        for n in 0..3000 {
            first.add(["Home", "News"][n % 2]);
            first.add(&format!("line {n}"));
            second.add(&format!("row {}", n % 40));
            second.add("Ho\u{202e}me\n");
        }
        first.join(second);
        assert!(first.0.len() <= COUNTED);
        assert!(
            first.shown().starts_with("; it removed lines such as \"Ho\\u{202e}me\\n\", \"Home\", \"News\"")
        );
        assert_eq!(cut(&"é".repeat(61)), format!("{}…", "é".repeat(60)));
    }
}
