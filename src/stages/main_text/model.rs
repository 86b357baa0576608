//! The weights, and the score of each line.

use std::sync::LazyLock;

use toml_edit::{Document, Item};

use super::features::{self, GROUPS};

/// Trained weights, in thousandths, group after group.
static WEIGHTS: LazyLock<Vec<i32>> = LazyLock::new(|| {
    let file =
        Document::parse(include_str!("../data/main_text.toml")).expect("the shipped weights are tested");
    let mut out = Vec::new();
    for (name, size) in GROUPS {
        let list = file.get(name).and_then(Item::as_array);
        let list = list.unwrap_or_else(|| panic!("{name} is missing from the weights"));
        assert_eq!(list.len(), *size, "{name} has another number of weights");
        out.extend(list.iter().map(|w| w.as_integer().expect("weights are whole numbers") as i32));
    }
    out
});

/// The score of every line, in thousandths of a logit: above zero is more likely main text.
pub fn scores(lines: &[&str], title: &str) -> Vec<i32> {
    let score = |f: &Vec<features::Feature>| f.iter().map(|&f| WEIGHTS[usize::from(f)]).sum();
    features::lines(lines, title).iter().map(score).collect()
}

/// 65536 times the probability for scores of 0, 500, 1000 and so on.
const PROBABILITY: [u64; 21] = [
    32768, 40793, 47911, 53581, 57724, 60565, 62428, 63615, 64357, 64816, 65097, 65269, 65374, 65438, 65476,
    65500, 65514, 65523, 65528, 65531, 65533,
];

/// 65536 times the probability that a line of this score is main text; linear between the
/// entries of the table, for `exp` may differ from machine to machine.
fn probability(score: i32) -> u64 {
    let size = u64::from(score.unsigned_abs().min(9_999));
    let (at, rest) = ((size / 500) as usize, size % 500);
    let p = PROBABILITY[at] + (PROBABILITY[at + 1] - PROBABILITY[at]) * rest / 500;
    if score < 0 { 65536 - p } else { p }
}

/// The score from which lines are kept: the best of them hold `recall` thousandths of the
/// main text to be expected. Never above 0.
pub fn limit(lines: &[&str], scores: &[i32], recall: u64) -> i32 {
    let expected = |i: usize| features::word_count(lines[i]) as u64 * probability(scores[i]);
    let mut best: Vec<(i32, u64)> = scores.iter().enumerate().map(|(i, s)| (*s, expected(i))).collect();
    best.sort_unstable_by(|a, b| b.cmp(a));
    let wanted = u128::from(best.iter().map(|b| b.1).sum::<u64>()) * u128::from(recall);
    let mut sum = 0;
    let reached = best.iter().find(|(_, words)| {
        sum += u128::from(*words) * 1000;
        sum >= wanted
    });
    reached.map_or(0, |(score, _)| (*score).min(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_lines_hold_the_share() {
        let lines = ["a b c d", "e f g h", "i j k l"];
        assert_eq!(limit(&lines, &[3000, -3000, -4000], 500), 0);
        assert_eq!(limit(&lines, &[3000, -3000, -4000], 970), -3000);
        assert_eq!(limit(&lines, &[3000, -3000, -4000], 1000), -4000);
        assert_eq!(limit(&["", ""], &[-1, -2], 980), -1, "without words nothing is expected");
    }

    #[test]
    fn probabilities_add_up() {
        for score in [0, 1, 499, 500, 7321, 9999, 20000] {
            assert_eq!(probability(score) + probability(-score), 65536);
        }
    }
}
