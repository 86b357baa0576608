//! The trees, and the score of each line.
//!
//! Every tree asks all lines the same few questions, so that a block of lines is answered at
//! once, and all is whole numbers, so that every machine answers alike.

use std::sync::LazyLock;

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, i16x32, u8x64};

use super::features::{self, BLOCK, Columns, REACH};
use crate::text::LEVEL;

/// Questions a tree asks.
const DEPTH: usize = 6;

/// Whether a feature of a line, or of one near it, is at least a limit.
struct Question {
    feature: usize,
    shift: isize,
    limit: u8,
}

struct Tree {
    questions: [Question; DEPTH],
    /// What the score gains, by the answers: the first counts 1, the second 2, the third 4. Low
    /// and high bytes apart, to be looked up by all lines of a block at once.
    low: [u8; 1 << DEPTH],
    high: [u8; 1 << DEPTH],
}

struct Model {
    bias: i32,
    /// Trees whose gains fit into 16 bits together.
    groups: Vec<Vec<Tree>>,
    /// The most that the last group can gain or lose.
    most: u32,
}

impl Model {
    fn push(&mut self, questions: [Question; DEPTH], gains: [i16; 1 << DEPTH]) {
        let most = gains.iter().map(|gain| u32::from(gain.unsigned_abs())).max().unwrap_or(0);
        self.most += most;
        if self.groups.is_empty() || self.most > i16::MAX as u32 {
            self.groups.push(Vec::new());
            self.most = most;
        }
        let bytes = |k: usize| gains.map(|gain| gain.to_le_bytes()[k]);
        let tree = Tree { questions, low: bytes(0), high: bytes(1) };
        self.groups.last_mut().expect("one at least").push(tree);
    }
}

/// Trained by `tools/train_main_text.py`; in thousandths of a logit.
static MODEL: LazyLock<Model> =
    LazyLock::new(|| parse(include_str!("../data/main_text.txt")).expect("the shipped trees are tested"));

/// Reads the trees; of a line that cannot be read, that line.
fn parse(text: &str) -> Result<Model, &str> {
    let nothing = features::page(&[]);
    let mut model = Model { bias: 0, groups: Vec::new(), most: 0 };
    for line in text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let read = match line.strip_prefix("bias ") {
            Some(bias) => bias.parse().ok().map(|bias| model.bias = bias),
            None => tree(line, nothing.names()).map(|(questions, gains)| model.push(questions, gains)),
        };
        read.ok_or(line)?;
    }
    Ok(model)
}

fn tree(line: &str, names: &[&str]) -> Option<([Question; DEPTH], [i16; 1 << DEPTH])> {
    let (questions, gains) = line.split_once(" : ")?;
    let questions: Option<Vec<Question>> = questions.split(' ').map(|q| question(q, names)).collect();
    let gains: Option<Vec<i16>> = gains.split(' ').map(|n| n.parse().ok()).collect();
    Some((questions?.try_into().ok()?, gains?.try_into().ok()?))
}

/// `words@-1>=12`.
fn question(text: &str, names: &[&str]) -> Option<Question> {
    let (what, limit) = text.split_once(">=")?;
    let (name, shift) = what.split_once('@').unwrap_or((what, "0"));
    let (feature, shift) = (names.iter().position(|n| *n == name)?, shift.parse::<isize>().ok()?);
    (shift.unsigned_abs() <= REACH).then_some(())?;
    Some(Question { feature, shift, limit: limit.parse().ok()? })
}

/// The score of every line, in thousandths of a logit: above zero is more likely main text.
pub fn scores(page: &Columns) -> Vec<i32> {
    scores_by(*LEVEL, page)
}

fn scores_by(level: Level, page: &Columns) -> Vec<i32> {
    let model: &Model = &MODEL;
    let mut out = Vec::with_capacity(page.lines().next_multiple_of(BLOCK));
    dispatch!(level, simd => for first in (0..page.lines()).step_by(BLOCK) {
        let mut sums = [model.bias; BLOCK];
        model.groups.iter().for_each(|trees| gain(simd, trees, page, first, &mut sums));
        out.extend_from_slice(&sums);
    });
    out.truncate(page.lines());
    out
}

/// Adds what a group of trees says of a block of lines.
#[inline(always)]
fn gain<S: Simd>(simd: S, trees: &[Tree], page: &Columns, first: usize, sums: &mut [i32; BLOCK]) {
    let mut halves = [i16x32::splat(simd, 0); 2];
    for tree in trees {
        let mut answers = u8x64::splat(simd, 0);
        for (k, q) in tree.questions.iter().enumerate() {
            let column = u8x64::load_array_ref(simd, page.block(q.feature, q.shift, first));
            answers |= column.simd_ge(q.limit).select(u8x64::splat(simd, 1 << k), u8x64::splat(simd, 0));
        }
        let of = |bytes| u8x64::load_array_ref(simd, bytes).swizzle_dyn(answers);
        let (low, high) = of(&tree.low).interleave(of(&tree.high));
        halves[0] += low.bitcast::<i16x32<S>>();
        halves[1] += high.bitcast::<i16x32<S>>();
    }
    for (sums, half) in sums.chunks_mut(BLOCK / 2).zip(halves) {
        sums.iter_mut().zip(half.as_slice()).for_each(|(sum, gain)| *sum += i32::from(*gain));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_trees_can_be_read() {
        let text = include_str!("../data/main_text.txt");
        let model = parse(text).expect("it can be read");
        assert_eq!(
            model.groups.iter().map(Vec::len).sum::<usize>() + 1,
            text.lines().filter(|l| !l.starts_with('#') && !l.is_empty()).count()
        );
    }

    #[test]
    fn what_is_no_tree_is_said() {
        for bad in ["words>=1 : 1", "bias x", "word>=1", "words@9>=1 words>=1 : 1"] {
            assert_eq!(parse(bad).err(), Some(bad));
        }
    }

    /// The score of a line by its definition, a tree after the other.
    fn score(page: &Columns, line: usize) -> i32 {
        MODEL.groups.iter().flatten().fold(MODEL.bias, |sum, tree| {
            let answer = |(k, q): (usize, &Question)| {
                let value = page.block(q.feature, q.shift, line / BLOCK * BLOCK)[line % BLOCK];
                usize::from(value >= q.limit) << k
            };
            let answers: usize = tree.questions.iter().enumerate().map(answer).sum();
            sum + i32::from(i16::from_le_bytes([tree.low[answers], tree.high[answers]]))
        })
    }

    #[test]
    fn every_processor_answers_alike() {
        let lines: Vec<String> = (0..150)
            .map(|n| "It rained, and the rivers rose 7 times. ".repeat(n % 5) + &"Home | ".repeat(n % 3))
            .collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        for n in [1, 63, 64, 65, 150] {
            let page = features::page(&lines[..n]);
            let wanted: Vec<i32> = (0..n).map(|line| score(&page, line)).collect();
            for level in crate::text::levels() {
                assert_eq!(scores_by(level, &page), wanted, "{n} lines, {level:?}");
            }
        }
    }

    #[test]
    fn gains_that_are_large_do_not_wrap() {
        let question = || Question { feature: 0, shift: 0, limit: 0 };
        let mut model = Model { bias: 0, groups: Vec::new(), most: 0 };
        for gain in [i16::MIN, i16::MIN, 30_000, 2_000, 2_000] {
            model.push(std::array::from_fn(|_| question()), [gain; 1 << DEPTH]);
        }
        assert_eq!(model.groups.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 2, 1]);
    }
}
