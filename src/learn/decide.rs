//! When the counts are enough.

use super::recent::NEAR;
use super::seen::Zone;
use super::site::{Counts, Group};
use crate::text::classes::{ends_sentence, words_up_to};

/// What has to be seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Documents that have the line, near copies counted once.
    pub documents: u64,
    /// Share of the group's documents that have it, in thousandths.
    pub share: u64,
}

/// What the counts of a line come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Documents that have it, near copies counted once.
    pub support: u64,
    /// Share of the group's documents, in thousandths.
    pub share: u64,
    /// Zones in which it would be removed.
    pub zones: Vec<Zone>,
    /// Whether it is boilerplate.
    pub is_boilerplate: bool,
    /// Whether a little more would make it so.
    pub is_near: bool,
    /// Why not, in a few words; empty if it is.
    pub why_not: &'static str,
}

impl Verdict {
    /// How sure it is, in hundredths: the lower end of the interval that holds the true share
    /// with a chance of 95 % (Wilson, z = 2, in whole numbers).
    pub fn confidence(&self, documents: u64) -> u64 {
        let (n, x) = (documents.max(1), (self.share * documents + 500) / 1000);
        // (x + 2 - 2 sqrt(x (n - x) / n + 1)) / (n + 4)
        let root = (x * (n - x.min(n)) * 10_000 / n + 10_000).isqrt();
        ((x + 2) * 100).saturating_sub(2 * root) / (n + 4)
    }
}

/// Words of a label at most.
const LABEL: usize = 4;

/// Judges a line of a group.
///
/// A line is boilerplate if enough documents have it that are not copies of each other, a large
/// enough share of the group, and it does not read like a sentence. Above and below the prose
/// that is enough; half the share is, for a label of few words that has the same number of lines above or
/// below it in nine tenths of half as many documents more. Among prose it has to stand beside the same
/// line in three fifths of its documents: a section head or a refrain stands beside something else each
/// time.
///
/// `near` of [`NEAR`] documents in a row have it. Where nearly all do, that is enough whatever the share of the whole
/// group: another site may stand there.
pub fn judge(counts: &Counts, group: &Group, limits: Limits, near: u64) -> Verdict {
    let (support, bodies) = (counts.support(), group.bodies().max(1));
    // Of all documents and of distinct ones: copies shall neither help nor hinder.
    let all = u64::from(counts.documents) * 1000 / group.documents.max(1);
    let share = (support * 1000 / bodies).min(all.max(1)).min(1000);
    let sentence = ends_sentence(&counts.example) && words_up_to(&counts.example, 6) >= 6;
    let place = counts.places.iter().map(|m| u64::from(m.lead)).max().unwrap_or(0);
    // A lead of four fifths is a majority of nine tenths.
    let is_fixed = place * 5 >= u64::from(counts.documents) * 4
        && !counts.is_at_home(Zone::Inside)
        && words_up_to(&counts.example, LABEL + 1) <= LABEL;
    let needed = match () {
        () if near * 6 >= NEAR * 5 && !sentence => (limits.documents, 0),
        () if sentence => (limits.documents * 2, limits.share.max(900)),
        () if is_fixed && share < limits.share => (limits.documents * 3 / 2, limits.share / 2),
        () => (limits.documents, limits.share),
    };
    let lead = counts.majorities.iter().map(|m| u64::from(m.lead)).max().unwrap_or(0);
    // A lead of a fifth is a majority of three fifths.
    let steady = lead * 5 >= u64::from(counts.documents);
    let zones: Vec<Zone> = Zone::ALL
        .into_iter()
        .filter(|z| counts.is_at_home(*z) && (*z != Zone::Inside || (steady && !sentence)))
        .collect();
    let why_not = if zones.is_empty() {
        "among prose, beside something else each time"
    } else if support < needed.0 {
        "in too few distinct documents"
    } else if share < needed.1 {
        if sentence { "reads like a sentence" } else { "in too small a share of the documents" }
    } else {
        ""
    };
    let is_near =
        !why_not.is_empty() && support * 2 >= limits.documents && support >= 3 && share * 2 >= limits.share;
    Verdict { support, share, zones, is_boilerplate: why_not.is_empty(), is_near, why_not }
}
