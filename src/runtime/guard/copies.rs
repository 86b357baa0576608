//! How many copies one document has, in bounded memory.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::unit::Example;

/// Documents whose copies are counted at a time.
const WITNESSES: usize = if cfg!(test) { 8 } else { 4096 };

/// Counts by Misra and Gries: a count is never too high, and too low by at most the number of
/// all copies / ([`WITNESSES`] + 1). The order in which documents are held plays no part.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Copies(BTreeMap<u128, Count>);

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Count {
    copies: u64,
    /// The latest, kept only near the limit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    examples: Vec<Example>,
}

impl Copies {
    /// Counts a copy of `witness`. If there are more than `max` for certain, the latest three
    /// come back.
    pub fn add(&mut self, witness: u128, max: u64, example: &dyn Fn() -> Example) -> Option<&[Example]> {
        if self.0.len() == WITNESSES && !self.0.contains_key(&witness) {
            // One copy of each of many documents is set off against this one.
            self.0.retain(|_, count| {
                count.copies -= 1;
                count.copies > 0
            });
            return None;
        }
        let count = self.0.entry(witness).or_default();
        count.copies += 1;
        if count.copies.saturating_add(2) > max {
            if count.examples.len() == 3 {
                count.examples.remove(0);
            }
            count.examples.push(example());
        }
        (count.copies > max).then_some(&count.examples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn example(record: usize) -> Example {
        Example { source: "s".to_owned(), record: record as u64, line: 0 }
    }

    proptest! {
        #[test]
        fn counts_are_bounded_and_never_too_high(
            stream in prop::collection::vec((0u128..40, 0u128..40).prop_map(|(a, b)| a.min(b)), 0..400),
            max in 1u64..12,
        ) {
            let (mut copies, mut exact) = (Copies::default(), BTreeMap::<u128, Vec<usize>>::new());
            for (n, &witness) in stream.iter().enumerate() {
                exact.entry(witness).or_default().push(n);
                let found = copies.add(witness, max, &|| example(n)).map(<[_]>::to_vec);
                prop_assert!(copies.0.len() <= WITNESSES);
                let lost = (n + 1) / (WITNESSES + 1);
                for (key, all) in &exact {
                    let count = copies.0.get(key).map_or(0, |c| c.copies) as usize;
                    prop_assert!(count <= all.len() && all.len() <= count + lost, "{} of {:?}", count, all);
                }
                let all = &exact[&witness];
                if let Some(found) = &found {
                    prop_assert!(all.len() as u64 > max, "too early");
                    prop_assert!(found.len() <= 3 && found.len() >= 3.min(max as usize + 1), "{:?}", found);
                    let numbers: Vec<usize> = found.iter().map(|e| e.record as usize).collect();
                    prop_assert!(numbers.is_sorted() && numbers.iter().all(|n| all.contains(n)));
                    prop_assert_eq!(numbers.last(), Some(&n));
                } else {
                    prop_assert!(all.len() <= max as usize + lost, "too late");
                }
            }
        }
    }

    #[test]
    fn with_room_for_all_the_limit_is_exact() {
        let mut copies = Copies::default();
        let found: Vec<bool> = (0..20).map(|n| copies.add(n % 2, 7, &|| example(0)).is_some()).collect();
        assert_eq!(found.iter().position(|f| *f), Some(14), "the eighth copy of 0");
    }
}
