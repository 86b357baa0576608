//! How likely a block is main text: a sum of small decision trees over [`features`].
//!
//! The trees are trained by `tools/train_html.py` and stand in `data/model.txt`, one a line. Each
//! answers many blocks at once, and all is in whole numbers, so that every machine decides alike.

use std::collections::HashMap;
use std::sync::LazyLock;

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, i16x32};

use super::features;
use crate::text::LEVEL;

/// Blocks that are answered at once.
const LANES: usize = 32;

/// Where the feature is beyond the limit, only the leaves of `keep` can be the answer.
struct Step {
    feature: usize,
    limit: i16,
    keep: i16,
}

struct Tree {
    /// In any order: each rules out leaves.
    steps: Vec<Step>,
    /// Log-odds in thousandths, the rightmost first. Of those not ruled out the last is the answer.
    leaves: Vec<i16>,
}

/// Trees whose answers fit into 16 bits together, a group each.
#[derive(Default)]
struct Forest(Vec<Vec<Tree>>);

static FOREST: LazyLock<Forest> =
    LazyLock::new(|| parse(include_str!("data/model.txt")).expect("the shipped trees are tested"));

/// Reads the trees; of a line that cannot be read, that line.
fn parse(text: &str) -> Result<Forest, &str> {
    let (mut forest, mut room) = (Forest::default(), 0);
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let tree = tree(line).ok_or(line)?;
        let most = tree.leaves.iter().map(|leaf| i32::from(*leaf).abs()).max().unwrap_or(0);
        if room < most {
            forest.0.push(Vec::new());
            room = i32::from(i16::MAX);
        }
        room -= most;
        forest.0.last_mut().ok_or(line)?.push(tree);
    }
    Ok(forest)
}

/// Read from its end, the branches of a step come before it: each a set of leaves.
fn tree(line: &str) -> Option<Tree> {
    let (mut tree, mut open) = (Tree { steps: Vec::new(), leaves: Vec::new() }, Vec::new());
    for word in line.rsplit(' ') {
        if let Some(leaf) = word.strip_prefix('=') {
            open.push(1u16.checked_shl(tree.leaves.len() as u32)?);
            tree.leaves.push(leaf.parse().ok()?);
        } else {
            let (feature, limit) = word.split_once(':')?;
            let (feature, limit) = (feature.parse().ok()?, limit.parse().ok()?);
            let (left, right) = (open.pop()?, open.pop()?);
            tree.steps.push(Step { feature, limit, keep: !left as i16 });
            open.push(left | right);
        }
    }
    // Features are cut to 16 bits: no answer changes, unless a limit were the greatest number.
    let fits = |s: &Step| s.feature < features::COUNT && s.limit < i16::MAX;
    (open.len() == 1 && tree.steps.iter().all(fits)).then_some(tree)
}

/// 1 / (1 + e^-x) in thousandths for x = 0, 0.25, 0.5, ... 8.
const LOGISTIC: [i32; 33] = [
    500, 562, 622, 679, 731, 777, 818, 852, 881, 905, 924, 940, 953, 963, 971, 977, 982, 986, 989, 991, 993,
    995, 996, 997, 998, 998, 998, 999, 999, 999, 999, 1000, 1000,
];

/// Judges the blocks of a page one after the other.
pub struct Judge {
    level: Level,
    /// The features of blocks that wait to be judged together, a column each.
    columns: Vec<[i16; LANES]>,
    waiting: usize,
    odds: Vec<i32>,
}

impl Default for Judge {
    fn default() -> Self {
        Self::by(*LEVEL)
    }
}

impl Judge {
    fn by(level: Level) -> Self {
        Self { level, columns: vec![[0; LANES]; features::COUNT], waiting: 0, odds: Vec::new() }
    }

    /// Takes the next block.
    pub fn add(&mut self, features: &[i32]) {
        let lane = self.waiting % LANES;
        for (column, value) in self.columns.iter_mut().zip(features) {
            column[lane] = (*value).clamp(i16::MIN.into(), i16::MAX.into()) as i16;
        }
        self.waiting += 1;
        if self.waiting == LANES {
            self.answer();
        }
    }

    fn answer(&mut self) {
        let (level, columns) = (self.level, &self.columns);
        let sums = dispatch!(level, simd => {
            let mut sums = [0; LANES];
            FOREST.0.iter().for_each(|trees| gain(simd, trees, columns, &mut sums));
            sums
        });
        self.odds.extend(sums[..self.waiting].iter().map(|sum| logistic(*sum)));
        self.waiting = 0;
    }

    /// The odds that each block is main text, in thousandths, in order.
    pub fn odds(mut self) -> Vec<i32> {
        self.answer();
        self.odds
    }
}

/// Adds what a group of trees says.
#[inline(always)]
fn gain<S: Simd>(simd: S, trees: &[Tree], columns: &[[i16; LANES]], sums: &mut [i32; LANES]) {
    let splat = |value| i16x32::splat(simd, value);
    let mut total = splat(0);
    for tree in trees {
        let mut left = splat(-1);
        for step in &tree.steps {
            let column = i16x32::load_array_ref(simd, &columns[step.feature]);
            left = column.simd_le(step.limit).select(left, left & step.keep);
        }
        let (mut answer, mut bit) = (splat(0), splat(1));
        for leaf in &tree.leaves {
            answer = (left & bit).simd_eq(0).select(answer, splat(*leaf));
            bit += bit;
        }
        total += answer;
    }
    sums.iter_mut().zip(total.as_slice()).for_each(|(sum, gain)| *sum += i32::from(*gain));
}

fn logistic(sum: i32) -> i32 {
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

    static TEXT: &str = include_str!("data/model.txt");

    #[test]
    fn the_shipped_trees_can_be_read() {
        let forest = parse(TEXT).expect("it can be read");
        let trees = forest.0.iter().map(Vec::len).sum::<usize>();
        assert_eq!(trees, TEXT.lines().filter(|l| !l.starts_with('#')).count());
        let names = features::names().len();
        assert_eq!(names, features::COUNT);
    }

    #[test]
    fn what_is_no_tree_is_said() {
        let long = format!("{}=1", "0:1 =1 ".repeat(16));
        for bad in ["", "=", "=1 =2", "0:1 =1", "0:x =1 =2", "999:1 =1 =2", "0:32767 =1 =2", "=99999", &long]
        {
            assert_eq!(parse(&format!("=1\n{bad}\n")).err(), Some(bad));
        }
    }

    #[test]
    fn answers_that_are_large_do_not_wrap() {
        let forest = parse("=32767\n=-30000\n=2767\n=1").unwrap_or_default();
        assert_eq!(forest.0.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2, 1]);
    }

    /// What trees say of a block by their definition.
    fn sum(features: &[i32]) -> i32 {
        fn tree<'t>(words: &mut impl Iterator<Item = &'t str>, features: &[i32]) -> i32 {
            let word = words.next().expect("a word");
            if let Some(leaf) = word.strip_prefix('=') {
                return leaf.parse().expect("a number");
            }
            let (feature, limit) = word.split_once(':').expect("a step");
            let (left, right) = (tree(words, features), tree(words, features));
            let value = features[feature.parse::<usize>().expect("a number")];
            if value <= limit.parse().expect("a number") { left } else { right }
        }
        TEXT.lines().filter(|l| !l.starts_with('#')).map(|l| tree(&mut l.split(' '), features)).sum()
    }

    #[test]
    fn every_processor_judges_alike() {
        let scales = [2, 20, 300, 1000, 30_000, 1 << 24];
        let value =
            |n: usize, k: usize| (n * 7919 + k * 104_729 + n * k * 31) as i32 % scales[(n + k) % 6] - 1;
        let blocks: Vec<Vec<i32>> =
            (0..70).map(|n| (0..features::COUNT).map(|k| value(n, k)).collect()).collect();
        for n in [0, 1, 31, 32, 33, 70] {
            let wanted: Vec<i32> = blocks[..n].iter().map(|f| logistic(sum(f))).collect();
            for level in crate::text::levels() {
                let mut judge = Judge::by(level);
                blocks[..n].iter().for_each(|f| judge.add(f));
                assert_eq!(judge.odds(), wanted, "{n} blocks, {level:?}");
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
