//! What is judged together: one source, or small ones in a row.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::lines::Lines;
use super::{advice, percent};
use crate::document::Removal;
use crate::guard::Share;

/// Examples in a message.
const EXAMPLES: usize = 3;

/// A stage at its place in the pipeline, and a reason of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rule {
    pub step: u16,
    stage: Cow<'static, str>,
    code: Cow<'static, str>,
}

impl Rule {
    pub fn of(removal: &Removal) -> Self {
        let (stage, code) = (removal.reason.stage.into(), removal.reason.code.into());
        Self { step: removal.step, stage, code }
    }

    pub fn name(&self) -> String {
        format!("{}/{}", self.stage, self.code)
    }
}

/// A document, or a line of it, that a rule took out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Example {
    pub source: String,
    pub record: u64,
    /// From 1; 0 for the whole document.
    pub line: u64,
}

/// Examples in words, the source of several named once.
pub(super) fn listed(examples: &[Example]) -> String {
    let mut out = String::new();
    for (i, e) in examples.iter().enumerate() {
        out.push_str(if i == 0 { ": for example " } else { ", " });
        out.push_str(&format!("record {}", e.record));
        if e.line > 0 {
            out.push_str(&format!(" line {}", e.line));
        }
        if examples.get(i + 1).is_none_or(|next| next.source != e.source) {
            out.push_str(&format!(" of {}", e.source));
        }
    }
    out
}

/// When a unit is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// More may come.
    Underway,
    /// It is done.
    Done,
    /// It is done, and what was taken out because of other documents counts as well.
    WithCopies,
}

/// Documents, or bytes, that each rule took out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Tallies(Vec<Tally>);

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Tally {
    rule: Rule,
    amount: u64,
    /// How much of it because of another document.
    witnessed: u64,
    examples: Vec<Example>,
    #[serde(default)]
    lines: Lines,
    /// Whether it was said that this is too much.
    told: bool,
    /// Whether it was said that one document has too many copies.
    told_copies: bool,
}

impl Tally {
    fn judged(&self, when: When) -> u64 {
        if when == When::WithCopies { self.amount } else { self.amount - self.witnessed }
    }
}

impl Tallies {
    /// Counts what `rule` took out, and whether because of another document.
    pub fn add(&mut self, rule: &Rule, (amount, witnessed): (u64, bool), example: &dyn Fn() -> Example) {
        let tally = self.of(rule);
        tally.amount += amount;
        tally.witnessed += if witnessed { amount } else { 0 };
        if tally.examples.len() < EXAMPLES {
            tally.examples.push(example());
        }
    }

    /// Notes a line that `rule` removed.
    pub fn show(&mut self, rule: &Rule, line: &str) {
        self.of(rule).lines.add(line);
    }

    fn of(&mut self, rule: &Rule) -> &mut Tally {
        let known = self.0.iter().position(|t| t.rule == *rule);
        let at = known.unwrap_or_else(|| {
            self.0.push(Tally { rule: rule.clone(), ..Tally::default() });
            self.0.len() - 1
        });
        &mut self.0[at]
    }

    /// Whether nothing was said yet of copies by `rule`.
    pub fn first_copies(&mut self, rule: &Rule) -> bool {
        !std::mem::replace(&mut self.of(rule).told_copies, true)
    }

    fn join(&mut self, other: Self) {
        for tally in other.0 {
            let own = self.of(&tally.rule);
            own.amount += tally.amount;
            own.witnessed += tally.witnessed;
            own.told |= tally.told;
            own.told_copies |= tally.told_copies;
            let room = EXAMPLES.saturating_sub(own.examples.len());
            own.examples.extend(tally.examples.into_iter().take(room));
            own.lines.join(tally.lines);
        }
    }
}

/// What is judged together.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Unit {
    sources: u64,
    first: String,
    last: String,
    /// Kept or dropped.
    pub documents: u64,
    pub kept: u64,
    /// Of the lines of kept documents.
    pub bytes: u64,
    /// Documents.
    pub dropped: Tallies,
    /// Bytes of lines, in kept documents.
    pub removed: Tallies,
}

impl Unit {
    pub fn new(name: &str) -> Self {
        Self { sources: 1, first: name.to_owned(), last: name.to_owned(), ..Self::default() }
    }

    /// Adds another source.
    pub fn add(&mut self, other: Self) {
        if other.documents == 0 {
            return;
        }
        if self.sources == 0 {
            self.first = other.first;
        }
        self.last = other.last;
        self.sources += other.sources;
        self.documents += other.documents;
        self.kept += other.kept;
        self.bytes += other.bytes;
        self.dropped.join(other.dropped);
        self.removed.join(other.removed);
    }

    /// Messages on stages that dropped more than `limit`, in their order.
    pub fn too_much_dropped(&mut self, limit: Share, when: When) -> Vec<String> {
        let mut steps: Vec<u16> = self.dropped.0.iter().map(|t| t.rule.step).collect();
        steps.sort_unstable();
        steps.dedup();
        steps.into_iter().filter_map(|step| self.dropped_by(step, limit, when)).collect()
    }

    /// The same for one stage.
    pub fn dropped_by(&mut self, step: u16, limit: Share, when: When) -> Option<String> {
        let rules = || self.dropped.0.iter().filter(|t| t.rule.step == step);
        let part = rules().map(|t| t.judged(when)).sum();
        if !limit.is_exceeded(part, self.documents) || rules().any(|t| t.told) {
            return None;
        }
        // What looks at one document alone has been judged source by source.
        if when == When::WithCopies && rules().all(|t| t.witnessed == 0) {
            return None;
        }
        let most = rules().rev().max_by_key(|t| t.judged(when))?;
        let name = match rules().nth(1) {
            None => most.rule.name(),
            Some(_) => format!("{} (most by {})", most.rule.stage, most.rule.name()),
        };
        let message = format!(
            "{name} dropped {part} of the {}{} documents of {}, {}{}{}",
            if when == When::Underway { "first " } else { "" },
            self.documents,
            self.sources(),
            percent(part, self.documents, limit),
            listed(&most.examples),
            advice("max-dropped")
        );
        self.dropped.0.iter_mut().filter(|t| t.rule.step == step).for_each(|t| t.told = true);
        Some(message)
    }

    /// Messages on rules, or on one, that removed more of the bytes of kept documents.
    pub fn too_much_removed(&mut self, limit: Share, rule: Option<&Rule>, when: When) -> Vec<String> {
        let mut found = Vec::new();
        for at in 0..self.removed.0.len() {
            let tally = &self.removed.0[at];
            let part = tally.judged(when);
            let asked = rule.is_none_or(|r| *r == tally.rule);
            if !asked || tally.told || !limit.is_exceeded(part, self.bytes) {
                continue;
            }
            found.push(format!(
                "{} removed {part} of {} bytes of the {}{} kept documents of {}, {}{}{}",
                tally.rule.name(),
                self.bytes,
                if when == When::Underway { "first " } else { "" },
                self.kept,
                self.sources(),
                percent(part, self.bytes, limit),
                listed(&tally.examples),
                tally.lines.shown() + &advice("max-removed")
            ));
            self.removed.0[at].told = true;
        }
        found
    }

    fn sources(&self) -> String {
        match self.sources {
            0 | 1 => self.first.clone(),
            n => format!("{} and {} more sources, up to {}", self.first, n - 1, self.last),
        }
    }
}
