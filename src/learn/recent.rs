//! Which of the last documents of a group have a line: in a stream of many sites behind one another, a line of one
//! of them is rare in all and common where the site stands.

/// Documents that are looked at together: few sites have fewer pages in a dump.
pub const NEAR: u64 = 12;

/// Documents that are remembered.
const KEPT: u64 = 512;

/// A mark for each of the last documents.
#[derive(Debug, Clone)]
pub struct Recent {
    marks: [u64; KEPT as usize / 64],
    /// The last document that was marked, from 1.
    last: u64,
    /// Hashes of its body.
    body: [u32; 3],
}

impl Default for Recent {
    fn default() -> Self {
        Self { marks: [0; KEPT as usize / 64], last: 0, body: [0; 3] }
    }
}

impl Recent {
    /// Marks document `number`, unless it is a near copy of the one marked before.
    pub fn mark(&mut self, number: u64, body: [u32; 3]) {
        let is_copy = self.last > 0 && body.iter().zip(self.body).filter(|(a, b)| **a == *b).count() > 1;
        if number >= self.last + KEPT {
            self.marks.fill(0);
        } else {
            let mut at = self.last + 1;
            while at <= number {
                // All that are in one piece of the marks.
                let end = (at | 63).min(number);
                let bits = (u64::MAX << (at % 64)) & (u64::MAX >> (63 - end % 64));
                self.marks[(at % KEPT) as usize / 64] &= !bits;
                at = end + 1;
            }
        }
        (self.last, self.body) = (number, body);
        if !is_copy {
            self.marks[(number % KEPT) as usize / 64] |= 1 << (number % 64);
        }
    }

    /// The marks of 64 documents from `first` on.
    fn from(&self, first: u64) -> u64 {
        let marks = |number: u64| self.marks[(number % KEPT) as usize / 64];
        // Those of the next piece, if there are any, stand above those of this one.
        let bits = (marks(first) >> (first % 64)) | ((marks(first + 64) << 1) << (63 - first % 64));
        // Documents count from 1, up to the last, and older ones are forgotten.
        let begin = (self.last + 1).saturating_sub(KEPT).max(1).saturating_sub(first);
        let end = (self.last + 1).saturating_sub(first);
        let below = |end: u64| if end < 64 { (1 << end) - 1 } else { u64::MAX };
        bits & below(end) & !below(begin)
    }

    /// The most marks that [`NEAR`] documents in a row have, `number` among them.
    pub fn most_around(&self, number: u64) -> u64 {
        let first = number.saturating_sub(NEAR - 1);
        let marks = self.from(first);
        let mut now = u64::from((marks & ((1 << NEAR) - 1)).count_ones());
        let mut most = now;
        for gone in 0..number - first {
            now = now + (marks >> (gone + NEAR) & 1) - (marks >> gone & 1);
            most = most.max(now);
        }
        most
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn as_counted_by_hand(gaps in prop::collection::vec(prop_oneof![9 => 1u64..40, 1 => 1u64..700], 1..60), back in 0u64..400) {
            let mut recent = Recent::default();
            let mut all = Vec::new();
            for (n, gap) in gaps.iter().enumerate() {
                all.push(all.last().copied().unwrap_or(0) + gap);
                // Every fifth is a copy of the one before.
                let body = (n - usize::from(n % 5 == 4)) as u32;
                recent.mark(all[n], [body, u32::MAX - body, body + 1000]);
            }
            let marked = all.iter().enumerate().filter(|(n, _)| n % 5 != 4).map(|(_, at)| *at);
            let number = (all[all.len() - 1] + 5).saturating_sub(back).max(1);
            let inside = |first: u64| marked.clone().filter(|m| (first..first + NEAR).contains(m)).count() as u64;
            let most = (number.saturating_sub(NEAR - 1)..=number).map(inside).max();
            prop_assert_eq!(Some(recent.most_around(number)), most);
        }
    }
}
