//! Which lines are removed most.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64;

use super::bottom::Bottom;
use super::excerpt::{Place, cut, head};
use super::heavy::Heavy;
use super::removed;
use crate::document::Document;
use crate::reason::Reason;

/// Lines that are counted at a time, for each reason.
const ROOM: usize = 96;
/// Bytes that are shown of a line, and of one beside it.
const LINE: usize = 120;
/// Places that are shown of a line.
const CONTEXTS: usize = 3;

/// A line where it stood.
#[derive(Debug, Clone, PartialEq)]
pub struct Context {
    /// The document.
    pub place: Place,
    /// Number of the line, from 1.
    pub line: u64,
    /// The line before, as scraped; empty at the head.
    pub before: String,
    /// The line after, as scraped; empty at the end.
    pub after: String,
}

/// A line that was removed, as often as it was.
#[derive(Debug, Clone, PartialEq)]
pub struct FrequentLine {
    /// The line as scraped, without white space around it.
    pub text: String,
    /// How often, in kept documents.
    pub count: u64,
    /// Where, for example.
    pub contexts: Vec<Context>,
}

/// What one reason removed.
#[derive(Debug, Clone, PartialEq)]
pub struct RemovedLines {
    /// The reason.
    pub reason: Reason,
    /// Lines.
    pub lines: u64,
    /// By how much each count may be too low.
    pub lost: u64,
    /// The most frequent lines, most frequent first.
    pub frequent: Vec<FrequentLine>,
}

/// Removed lines of a batch: the text that may be shown of them in one string.
#[derive(Debug, Default)]
pub(super) struct Part {
    text: String,
    places: Vec<Place>,
    reasons: Vec<(Reason, BTreeMap<u64, Seen>)>,
}

/// One line, in a batch.
#[derive(Debug)]
struct Seen {
    count: u64,
    text: (u32, u32),
    /// By number: the contexts that are kept are a sample of all.
    contexts: Bottom<Here>,
}

/// A context: places in the batch's text.
#[derive(Debug)]
struct Here {
    place: u32,
    line: u64,
    before: (u32, u32),
    after: (u32, u32),
}

impl Part {
    /// Notes the removed lines of a kept document; `number` is the document's hash.
    pub fn document(&mut self, doc: &Document, number: u64) {
        let mut place = None;
        for i in removed(doc) {
            let Some(removal) = doc.removal(i) else { continue };
            let reason = removal.reason;
            let at = self.reasons.iter().position(|(r, _)| *r == reason).unwrap_or_else(|| {
                self.reasons.push((reason, BTreeMap::new()));
                self.reasons.len() - 1
            });
            let line = doc.original(i).trim();
            let text = &mut self.text;
            let seen = self.reasons[at].1.entry(xxh3_64(line.as_bytes())).or_insert_with(|| Seen {
                count: 0,
                text: keep(text, line),
                contexts: Bottom::new(CONTEXTS, u64::MAX),
            });
            seen.count += 1;
            let order = (number ^ i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let places = &mut self.places;
            seen.contexts.put(order, || {
                let place = *place.get_or_insert_with(|| {
                    places.push(Place::of(doc));
                    places.len() as u32 - 1
                });
                let near = |i: usize| if i < doc.lines().len() { doc.original(i).trim() } else { "" };
                let before = if i > 0 { keep(text, near(i - 1)) } else { (0, 0) };
                Here { place, line: i as u64 + 1, before, after: keep(text, near(i + 1)) }
            });
        }
    }

    fn text(&self, range: (u32, u32)) -> String {
        let text = &self.text[range.0 as usize..range.1 as usize];
        // One byte more than is shown says that there is more.
        cut(text, LINE)
    }

    fn contexts(&self, seen: Bottom<Here>) -> Bottom<Context> {
        seen.map(|here| Context {
            place: self.places[here.place as usize].clone(),
            line: here.line,
            before: self.text(here.before),
            after: self.text(here.after),
        })
    }
}

/// Appends as much of `line` as may be shown.
fn keep(text: &mut String, line: &str) -> (u32, u32) {
    let start = text.len() as u32;
    text.push_str(head(line, LINE + 4));
    (start, text.len() as u32)
}

type Frequent = Heavy<u64, (String, Bottom<Context>)>;

/// Removed lines of a run.
#[derive(Debug, Default)]
pub(super) struct Lines(Vec<(Reason, Frequent)>);

impl Lines {
    pub fn merge(&mut self, mut part: Part) {
        for (reason, seen) in std::mem::take(&mut part.reasons) {
            let at = self.0.iter().position(|(r, _)| *r == reason).unwrap_or_else(|| {
                self.0.push((reason, Heavy::new(ROOM)));
                self.0.len() - 1
            });
            self.0[at].1.merge(
                seen.into_iter().map(|(key, seen)| (key, seen.count, seen)),
                |(_, contexts), seen| {
                    if seen.contexts.least() < contexts.bar() {
                        contexts.merge(part.contexts(seen.contexts));
                    }
                },
                |seen| (part.text(seen.text), part.contexts(seen.contexts)),
            );
        }
    }

    /// By reason, the `most` frequent lines of each.
    pub fn finish(self, most: usize) -> Vec<RemovedLines> {
        let mut all: Vec<_> =
            self.0.into_iter().map(|(reason, heavy)| of_reason(reason, heavy, most)).collect();
        all.sort_by_key(|r| r.reason);
        all
    }
}

fn of_reason(reason: Reason, heavy: Frequent, most: usize) -> RemovedLines {
    let (lines, lost) = (heavy.total(), heavy.lost());
    let frequent = heavy.into_sorted().into_iter().take(most);
    let frequent = frequent.map(|(_, count, (text, contexts))| FrequentLine {
        text,
        count,
        contexts: contexts.into_values().collect(),
    });
    RemovedLines { reason, lines, lost, frequent: frequent.collect() }
}
