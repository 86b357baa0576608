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
                let marks = &mut self.marks[(at % KEPT) as usize / 64];
                if at.is_multiple_of(64) && at + 63 <= number {
                    *marks = 0;
                    at += 64;
                } else {
                    *marks &= !(1 << (at % 64));
                    at += 1;
                }
            }
        }
        (self.last, self.body) = (number, body);
        if !is_copy {
            self.marks[(number % KEPT) as usize / 64] |= 1 << (number % 64);
        }
    }

    fn has(&self, number: u64) -> bool {
        let kept = number > 0 && number <= self.last && number + KEPT > self.last;
        kept && self.marks[(number % KEPT) as usize / 64] >> (number % 64) & 1 == 1
    }

    /// The most marks that [`NEAR`] documents in a row have, `number` among them.
    pub fn most_around(&self, number: u64) -> u64 {
        let first = number.saturating_sub(NEAR - 1);
        let mut now = (first..first + NEAR).filter(|n| self.has(*n)).count() as u64;
        let mut most = now;
        for next in first + NEAR..number + NEAR {
            now += u64::from(self.has(next));
            now -= u64::from(self.has(next - NEAR));
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
