//! The trees, and the score of each line.
//!
//! Every tree asks all lines the same few questions, so that a block of lines is answered at
//! once, and all is whole numbers, so that every machine answers alike.

use std::sync::LazyLock;

use super::features::{self, BLOCK, Columns, REACH};

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
    /// What the score gains, by the answers: the first counts 1, the second 2, the third 4.
    gains: [i16; 1 << DEPTH],
}

struct Model {
    bias: i32,
    trees: Vec<Tree>,
}

/// Trained by `tools/train_main_text.py`; in thousandths of a logit.
static MODEL: LazyLock<Model> =
    LazyLock::new(|| parse(include_str!("../data/main_text.txt")).expect("the shipped trees are tested"));

/// Reads the trees; of a line that cannot be read, that line.
fn parse(text: &str) -> Result<Model, &str> {
    let nothing = features::page(&[]);
    let mut model = Model { bias: 0, trees: Vec::new() };
    for line in text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let read = match line.strip_prefix("bias ") {
            Some(bias) => bias.parse().ok().map(|bias| model.bias = bias),
            None => tree(line, nothing.names()).map(|tree| model.trees.push(tree)),
        };
        read.ok_or(line)?;
    }
    Ok(model)
}

fn tree(line: &str, names: &[&str]) -> Option<Tree> {
    let (questions, gains) = line.split_once(" : ")?;
    let questions: Option<Vec<Question>> = questions.split(' ').map(|q| question(q, names)).collect();
    let gains: Option<Vec<i16>> = gains.split(' ').map(|n| n.parse().ok()).collect();
    Some(Tree { questions: questions?.try_into().ok()?, gains: gains?.try_into().ok()? })
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
    let mut out = Vec::with_capacity(page.lines().next_multiple_of(BLOCK));
    for first in (0..page.lines()).step_by(BLOCK) {
        let mut sums = [MODEL.bias; BLOCK];
        for tree in &MODEL.trees {
            let mut answers = [0u8; BLOCK];
            for (k, q) in tree.questions.iter().enumerate() {
                let column = page.block(q.feature, q.shift, first);
                answers.iter_mut().zip(column).for_each(|(a, v)| *a |= u8::from(*v >= q.limit) << k);
            }
            for (sum, answer) in sums.iter_mut().zip(answers) {
                *sum += i32::from(tree.gains[usize::from(answer) % (1 << DEPTH)]);
            }
        }
        out.extend_from_slice(&sums);
    }
    out.truncate(page.lines());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_trees_can_be_read() {
        let text = include_str!("../data/main_text.txt");
        let model = parse(text).expect("it can be read");
        assert_eq!(
            model.trees.len() + 1,
            text.lines().filter(|l| !l.starts_with('#') && !l.is_empty()).count()
        );
    }

    #[test]
    fn what_is_no_tree_is_said() {
        for bad in ["words>=1 : 1", "bias x", "word>=1", "words@9>=1 words>=1 : 1"] {
            assert_eq!(parse(bad).err(), Some(bad));
        }
    }

    #[test]
    fn blocks_do_not_matter() {
        // Lines that are far from the page's ends, on pages of different lengths.
        let lines: Vec<&str> =
            std::iter::repeat_n("It rained, and the rivers rose again by noon.", 64).collect();
        for n in [1, 63, 64] {
            assert_eq!(scores(&features::page(&lines[..n])).len(), n);
        }
    }
}
