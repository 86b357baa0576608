//! When the counts are enough.

use super::counts::Counts;
use super::group::Group;
use super::recent::NEAR;
use super::seen::Zone;
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

/// Whether the share of a line is too small for [`judge`] to find it boilerplate or near to it, whatever else is
/// known of it, where `near` of [`NEAR`] documents in a row have it: so it is of most lines, and quickly said.
pub fn is_too_rare(counts: &Counts, group: &Group, limits: Limits, near: u64) -> bool {
    // The least share that is ever enough, where not nearly all have it.
    let least = limits.share / 2;
    !is_common(near) && least > 1 && u64::from(counts.documents) * 1000 < least * group.documents
}

/// Whether nearly all of [`NEAR`] documents in a row have a line.
fn is_common(near: u64) -> bool {
    near * 6 >= NEAR * 5
}

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
        () if is_common(near) && !sentence => (limits.documents, 0),
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

#[cfg(test)]
mod tests {
    use super::super::seen::{Seen, tests::numbers};
    use super::super::site::{Place, Site};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_too_rare_is_no_boilerplate(
            all in prop::collection::vec(prop::collection::vec(1u64..20, 0..12), 1..40),
            share in 50u64..=1000,
            text in prop::sample::select(vec!["Home", "More of what was there before, and then", "That is what we say to all of you."]),
        ) {
            let mut site = Site::new(64 << 20);
            for (body, shapes) in all.iter().enumerate() {
                site.add(Place::Group("a"), Seen::new(&numbers(body as u32, shapes)), |_| text);
            }
            let group = site.group(Place::Group("a")).expect("it is there");
            for (line, near) in group.lines(|_| true).into_iter().flat_map(|line| (0..=NEAR).map(move |near| (line, near))) {
                let limits = Limits { documents: 3, share };
                let verdict = judge(line, group, limits, near);
                let is_told = verdict.is_boilerplate || verdict.is_near;
                prop_assert!(!(is_told && is_too_rare(line, group, limits, near)), "{:?}", verdict);
            }
        }
    }
}
