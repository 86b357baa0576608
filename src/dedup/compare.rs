//! How much of two documents is in one another: what decides that one is a copy.
//!
//! A shingle that both have covers its units in each of them, as many times as it occurs in the
//! other. The *covered share* of a document
//! is the part of its units that some common shingle covers. Where one word in sixteen was
//! changed, the words between the changes are still covered, and so are some 93 % of both
//! documents, while the Jaccard similarity of their shingles is 0.6; two notices that share a
//! template of three quarters of their words come to 75 %, with a Jaccard similarity of 0.6 as
//! well. So the share of words tells copies from templates, and the share of shingles does not.
//!
//! Everything here is a function of the two documents alone.

use super::shingles::shingles;

/// What two documents have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overlap {
    /// Covered share of the earlier document, 0 to 1.
    pub earlier: f64,
    /// Covered share of the later document, 0 to 1.
    pub later: f64,
    /// Covered units of both, by all units of both: 0 to 1, 1 if each is in the other.
    pub similarity: f64,
    /// The same units in the same order.
    pub identical: bool,
}

/// How a document relates to an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// The same units in the same order.
    Same,
    /// The same with changes.
    Edited,
    /// It is contained in the earlier document.
    Shortened,
    /// It contains the earlier document, and not much else.
    Extended,
}

impl Relation {
    /// Kebab-case name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Edited => "edited",
            Self::Shortened => "shortened",
            Self::Extended => "extended",
        }
    }
}

/// From where on a document counts as a copy; all of them shares from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Least covered share of either document for an edited copy.
    pub threshold: f64,
    /// Least covered share of the document that is contained in the other.
    pub containment: f64,
    /// Most of an extended copy that its witness does not have.
    pub max_new: f64,
}

impl Overlap {
    /// Of a document with itself.
    pub const WHOLE: Self = Self { earlier: 1.0, later: 1.0, similarity: 1.0, identical: true };
}

impl Limits {
    /// The relation that an overlap is evidence of, if any.
    pub fn relation(&self, overlap: Overlap) -> Option<Relation> {
        let Overlap { earlier, later, identical, .. } = overlap;
        if identical {
            Some(Relation::Same)
        } else if earlier.min(later) >= self.threshold {
            Some(Relation::Edited)
        } else if later >= self.containment {
            Some(Relation::Shortened)
        } else if earlier >= self.containment && later >= 1.0 - self.max_new {
            Some(Relation::Extended)
        } else {
            None
        }
    }
}

/// Compares documents by shingles of `n` units. Kept from one document to the next for its
/// memory.
#[derive(Debug, Default)]
pub struct Comparer {
    /// Shingles of the later document: a table at most half full.
    slots: Vec<Slot>,
    later: Vec<u32>,
    /// Slot of each of them.
    at: Vec<u32>,
    earlier: Vec<u32>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    shingle: u32,
    /// Where it is first in the later document.
    first: u32,
    /// Occurrences in the later document; 0 marks a free slot.
    later: u32,
    /// Occurrences in the earlier one.
    earlier: u32,
    /// Those of the later one that were counted already.
    used: u32,
}

impl Comparer {
    /// Takes the later document; how many different shingles it has comes back.
    pub fn begin(&mut self, later: &[u16], n: usize) -> usize {
        self.later.clear();
        self.at.clear();
        self.slots.clear();
        shingles(later, n, &mut self.later);
        self.slots.resize((self.later.len() * 2).next_power_of_two(), Slot::default());
        let mut different = 0;
        for (i, &shingle) in (0..).zip(&self.later) {
            let at = find(&self.slots, shingle);
            let slot = &mut self.slots[at];
            if slot.later == 0 {
                different += 1;
                (slot.shingle, slot.first) = (shingle, i);
            }
            slot.later += 1;
            self.at.push(at as u32);
        }
        different
    }

    /// Compares an earlier document with the one that was [begun](Self::begin), with the same
    /// `n`.
    pub fn overlap(&mut self, earlier: &[u16], later: &[u16], n: usize) -> Overlap {
        self.earlier.clear();
        shingles(earlier, n, &mut self.earlier);
        for slot in &mut self.slots {
            (slot.earlier, slot.used) = (0, 0);
        }
        let Self { slots, later: theirs, at, earlier: hashes } = self;
        // Copies go on alike: where the one before was found, this one is likely to be next.
        let mut next = 0;
        let in_earlier = covered(earlier.len(), hashes.len(), n, |i| {
            let slot =
                if theirs.get(next) == Some(&hashes[i]) { at[next] as usize } else { find(slots, hashes[i]) };
            let slot = &mut slots[slot];
            if slot.later > 0 && theirs.get(next) != Some(&hashes[i]) {
                next = slot.first as usize;
            }
            next += usize::from(slot.later > 0);
            slot.earlier += u32::from(slot.later > 0);
            (1..=slot.later).contains(&slot.earlier)
        });
        let in_later = covered(later.len(), at.len(), n, |i| {
            let slot = &mut slots[at[i] as usize];
            slot.used += 1;
            slot.used <= slot.earlier
        });
        let share = |part: usize, whole: usize| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
        Overlap {
            earlier: share(in_earlier, earlier.len()),
            later: share(in_later, later.len()),
            similarity: share(in_earlier + in_later, earlier.len() + later.len()),
            identical: earlier == later,
        }
    }
}

/// Where a shingle is in the table, or would be.
fn find(slots: &[Slot], shingle: u32) -> usize {
    let mask = slots.len() - 1;
    let mut at = shingle as usize & mask;
    while slots[at].later != 0 && slots[at].shingle != shingle {
        at = (at + 1) & mask;
    }
    at
}

/// Units covered by those of `shingles` shingles that are `common`.
fn covered(units: usize, shingles: usize, n: usize, mut common: impl FnMut(usize) -> bool) -> usize {
    let (mut covered, mut upto) = (0, 0);
    for i in 0..shingles {
        if common(i) {
            let end = (i + n).min(units);
            covered += end - upto.max(i);
            upto = end;
        }
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LIMITS: Limits = Limits { threshold: 0.85, containment: 0.9, max_new: 0.4 };

    fn overlap(earlier: &[u16], later: &[u16], n: usize) -> Overlap {
        let mut comparer = Comparer::default();
        // Not the first document it sees.
        comparer.begin(earlier, n);
        comparer.begin(later, n);
        comparer.overlap(&[1, 2, 3], later, n);
        comparer.overlap(earlier, later, n)
    }

    /// The definition, word for word.
    fn reference(own: &[u16], other: &[u16], n: usize) -> f64 {
        let runs = |units: &[u16]| -> Vec<Vec<u16>> {
            let n = n.min(units.len()).max(1);
            units.windows(n).map(<[u16]>::to_vec).collect()
        };
        let mut there = runs(other);
        let mut marked = vec![false; own.len()];
        for (i, run) in runs(own).iter().enumerate() {
            if let Some(at) = there.iter().position(|r| r == run) {
                there.swap_remove(at);
                marked[i..i + run.len()].fill(true);
            }
        }
        let all = marked.iter().filter(|m| **m).count();
        if own.is_empty() { 0.0 } else { all as f64 / own.len() as f64 }
    }

    proptest! {
        #[test]
        fn covers_what_common_shingles_cover(
            a in prop::collection::vec(0u16..6, 0..60),
            b in prop::collection::vec(0u16..6, 0..60),
            n in 1usize..6,
        ) {
            let got = overlap(&a, &b, n);
            prop_assert_eq!(got.earlier, reference(&a, &b, n));
            prop_assert_eq!(got.later, reference(&b, &a, n));
            prop_assert_eq!(got.identical, a == b);
            let again = overlap(&b, &a, n);
            prop_assert_eq!((again.earlier, again.similarity), (got.later, got.similarity));
        }
    }

    #[test]
    fn relations() {
        let text: Vec<u16> = (0..400).collect();
        let relation = |later: &[u16]| LIMITS.relation(overlap(&text, later, 5));
        assert_eq!(relation(&text), Some(Relation::Same));
        let edited: Vec<u16> = text.iter().map(|&w| if w % 16 == 7 { w + 1000 } else { w }).collect();
        assert_eq!(relation(&edited), Some(Relation::Edited));
        assert_eq!(relation(&text[100..180]), Some(Relation::Shortened));
        let more: Vec<u16> = text.iter().copied().chain(2000..2200).collect();
        assert_eq!(relation(&more), Some(Relation::Extended));
        let much: Vec<u16> = text.iter().copied().chain(2000..2400).collect();
        assert_eq!(relation(&much), None);
        // A template of three quarters of the words, in runs of 30.
        let notice: Vec<u16> = text.iter().map(|&w| if w % 40 >= 30 { w + 1000 } else { w }).collect();
        assert_eq!(relation(&notice), None);
        assert_eq!(LIMITS.relation(overlap(&[], &[], 5)), Some(Relation::Same));
        // A line printed over and over is no part of an article that has it once.
        let repeated: Vec<u16> = text[50..70].iter().copied().cycle().take(200).collect();
        assert_eq!(relation(&repeated), None);
    }
}
