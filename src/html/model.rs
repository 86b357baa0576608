//! How likely a block is main text: a sum of small decision trees over [`features`](super::features).
//!
//! The trees are trained by `tools/train_html.py` and stand in `data/model.txt`, one a line. All
//! is in whole numbers, so that every machine decides alike.

use std::collections::HashMap;
use std::sync::LazyLock;

static TABLE: &str = include_str!("data/model.txt");

/// A place in a tree.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Goes to the next step if the feature is at most the limit, else to `right`.
    Ask { feature: u16, limit: i32, right: u32 },
    /// Log-odds in thousandths.
    Leaf(i32),
}

struct Forest {
    steps: Vec<Step>,
    roots: Vec<u32>,
}

static FOREST: LazyLock<Forest> = LazyLock::new(|| {
    let mut forest = Forest { steps: Vec::new(), roots: Vec::new() };
    for line in TABLE.lines().filter(|l| !l.starts_with('#')) {
        forest.roots.push(forest.steps.len() as u32);
        // Where a left branch has ended, the right one of its step begins.
        let mut open: Vec<usize> = Vec::new();
        for word in line.split(' ') {
            if let Some(value) = word.strip_prefix('=') {
                forest.steps.push(Step::Leaf(value.parse().unwrap_or(0)));
                if let Some(ask) = open.pop()
                    && let Step::Ask { feature, limit, .. } = forest.steps[ask]
                {
                    forest.steps[ask] = Step::Ask { feature, limit, right: forest.steps.len() as u32 };
                }
            } else if let Some((feature, limit)) = word.split_once(':') {
                open.push(forest.steps.len());
                let (feature, limit) = (feature.parse().unwrap_or(0), limit.parse().unwrap_or(0));
                forest.steps.push(Step::Ask { feature, limit, right: 0 });
            }
        }
    }
    forest
});

/// 1 / (1 + e^-x) in thousandths for x = 0, 0.25, 0.5, ... 8.
const LOGISTIC: [i32; 33] = [
    500, 562, 622, 679, 731, 777, 818, 852, 881, 905, 924, 940, 953, 963, 971, 977, 982, 986, 989, 991, 993,
    995, 996, 997, 998, 998, 998, 999, 999, 999, 999, 1000, 1000,
];

/// The odds that a block is main text, in thousandths.
pub fn odds(features: &[i32]) -> i32 {
    let forest = &*FOREST;
    let mut sum = 0;
    for root in &forest.roots {
        let mut at = *root as usize;
        sum += loop {
            match forest.steps[at] {
                Step::Leaf(value) => break value,
                Step::Ask { feature, limit, right } => {
                    at = if features[feature as usize] <= limit { at + 1 } else { right as usize };
                }
            }
        };
    }
    let x = sum.abs().min(7999);
    let (n, part) = ((x / 250) as usize, x % 250);
    let p = LOGISTIC[n] + (LOGISTIC[n + 1] - LOGISTIC[n]) * part / 250;
    if sum < 0 { 1000 - p } else { p }
}

/// Blocks that look alike are judged alike: the answers of a thread, the cards of a list. Where
/// three or more have the same look, the odds of each are drawn half way to the mean of all.
pub fn alike(odds: &[i32], sizes: &[i32], looks: &[u64]) -> Vec<i32> {
    let mut groups: HashMap<u64, (i64, i64, u32)> = HashMap::new();
    for ((odds, size), look) in odds.iter().zip(sizes).zip(looks) {
        let group = groups.entry(*look).or_default();
        group.0 += i64::from(*odds) * i64::from(*size);
        group.1 += i64::from(*size);
        group.2 += 1;
    }
    let draw = |(odds, look): (&i32, &u64)| match groups[look] {
        (sum, size, 3..) if size > 0 => (odds + (sum / size) as i32) / 2,
        _ => *odds,
    };
    odds.iter().zip(looks).map(draw).collect()
}

/// The least odds at which blocks are taken: those with which the expected F1 is greatest. So a
/// page of clear prose is cut sharply, and an unclear one with care. Weights are sizes of blocks.
pub fn limit(odds: &[i32], weights: &[i32]) -> i32 {
    let mut order: Vec<usize> = (0..odds.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(odds[*i]));
    let expected = |i: usize| odds[i] as u128 * weights[i].max(0) as u128;
    let all: u128 = order.iter().map(|i| expected(*i)).sum();
    let (mut taken, mut size, mut best, mut limit) = (0, 0, 0, 1001);
    for &i in &order {
        taken += expected(i);
        size += weights[i].max(0) as u128 * 1000;
        let f1 = (taken * 2_000_000_000).checked_div(size + all).unwrap_or(0);
        if f1 >= best {
            (best, limit) = (f1, odds[i]);
        }
    }
    limit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_whole() {
        let forest = &*FOREST;
        assert!(forest.roots.len() > 10);
        let features = super::super::features::names().len();
        for (i, step) in forest.steps.iter().enumerate() {
            if let Step::Ask { feature, right, .. } = step {
                assert!((*feature as usize) < features, "feature {feature}");
                assert!(
                    *right as usize > i + 1 && (*right as usize) < forest.steps.len(),
                    "step {i} leads to {right}"
                );
            }
        }
    }

    #[test]
    fn what_looks_alike_is_judged_alike() {
        let odds = alike(&[900, 900, 300, 20, 40], &[10, 10, 10, 10, 10], &[1, 1, 1, 2, 2]);
        assert_eq!(odds, [800, 800, 500, 20, 40]);
    }

    #[test]
    fn a_clear_page_is_cut_sharply() {
        assert_eq!(limit(&[900, 900, 30, 30], &[100, 100, 20, 20]), 900);
        assert_eq!(limit(&[400, 300, 10], &[100, 100, 100]), 300);
        assert_eq!(limit(&[], &[]), 1001);
    }
}
