//! From scores to lines that are kept.

/// Tells how much a neighbour's score says of a line: `2 atanh(0.2 tanh(x / 2))`, which is what
/// two states that stay as they are with a chance of 0.6 come to. In thousandths, for scores
/// of 0, 250, 500 and so on; a table, for `tanh` may differ from machine to machine.
const MESSAGE: [i32; 33] = [
    0, 50, 98, 143, 185, 222, 255, 283, 307, 326, 342, 355, 366, 375, 381, 387, 391, 394, 397, 399, 400, 401,
    402, 403, 403, 404, 404, 404, 405, 405, 405, 405, 405,
];

/// A score counts so much before its neighbours are heard, in tenths: trees are surer than
/// they should be.
const TENTHS: i32 = 7;

/// Between the entries of a table with steps of `step`, in a straight line.
fn interpolate(table: &[i32], step: u32, x: u32) -> i32 {
    let at = (x / step) as usize;
    match table.get(at..at + 2) {
        Some(pair) => pair[0] + (pair[1] - pair[0]) * (x % step) as i32 / step as i32,
        None => table[table.len() - 1],
    }
}

fn message(score: i32) -> i32 {
    score.signum() * interpolate(&MESSAGE, 250, score.unsigned_abs())
}

/// Lets every line hear its neighbours, from above and from below: prose stands in blocks.
pub fn smooth(scores: &mut [i32]) {
    scores.iter_mut().for_each(|s| *s = *s * TENTHS / 10);
    let mut heard = 0;
    let mut from_above: Vec<i32> = Vec::with_capacity(scores.len());
    for score in scores.iter() {
        from_above.push(heard);
        heard = message(score + heard);
    }
    heard = 0;
    for (score, above) in scores.iter_mut().zip(from_above).rev() {
        let below = heard;
        heard = message(*score + below);
        *score += above + below;
    }
}

/// 65536 times the probability for scores of 0, 500, 1000 and so on.
const PROBABILITY: [i32; 21] = [
    32768, 40793, 47911, 53581, 57724, 60565, 62428, 63615, 64357, 64816, 65097, 65269, 65374, 65438, 65476,
    65500, 65514, 65523, 65528, 65531, 65533,
];

/// 65536 times the probability that a line of this score is main text.
fn probability(score: i32) -> u64 {
    let p = interpolate(&PROBABILITY, 500, score.unsigned_abs());
    (if score < 0 { 65536 - p } else { p }) as u64
}

/// The score from which lines are kept: where the F-measure to be expected is the highest.
///
/// With `recall` thousandths as beta: how much more recall counts than precision. A line
/// counts by its words.
pub fn limit(words: impl Iterator<Item = u32>, scores: &[i32], recall: u64) -> i32 {
    // Score and words in one number, which is quicker sorted than two.
    let mut ranks: Vec<i64> =
        scores.iter().zip(words).map(|(score, words)| i64::from(*score) << 32 | i64::from(words)).collect();
    ranks.sort_unstable();
    let best = || ranks.iter().rev().map(|rank| ((rank >> 32) as i32, (rank & 0xFFFF_FFFF) as u64));
    let all: u64 = best().map(|(score, words)| words * probability(score)).sum();
    let wanted = u128::from(all) * u128::from(recall * recall);
    let (mut found, mut kept) = (0u128, 0u128);
    // The measure as a fraction, and its score.
    let mut top = (0u128, 1u128, 0);
    let mut best = best().peekable();
    while let Some((score, words)) = best.next() {
        found += u128::from(words * probability(score));
        kept += u128::from(words) * 65536 * 1_000_000;
        let last_of_its_score = best.peek().is_none_or(|next| next.0 != score);
        // Of 4 GiB of words, one a byte, and a beta of 10, the products have 124 bits.
        let whole = wanted + kept;
        if last_of_its_score && found * top.1 > top.0 * whole {
            top = (found, whole, score);
        }
    }
    top.2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_what_they_say() {
        for (k, m) in MESSAGE.iter().enumerate() {
            let x = k as f64 * 0.25;
            let exact = 2000.0 * (0.2 * (x / 2.0).tanh()).atanh();
            assert!((f64::from(*m) - exact).abs() <= 1.0, "{k}: {m}, {exact}");
        }
        for (k, p) in PROBABILITY.iter().enumerate() {
            let exact = 65536.0 / (1.0 + (-(k as f64) * 0.5).exp());
            assert!((f64::from(*p) - exact).abs() <= 1.0, "{k}: {p}, {exact}");
        }
        for score in [0, 1, 499, 500, 7321, 9999, 20000] {
            assert_eq!(probability(score) + probability(-score), 65536);
        }
    }

    #[test]
    fn neighbours_are_heard() {
        let mut scores = [3000, 3000, -100, 3000, 3000, -3000, -3000, 100, -3000, -3000];
        smooth(&mut scores);
        assert!(scores[2] > 0 && scores[7] < 0, "{scores:?}");
        let mut reversed = [3000, -100, 0];
        smooth(&mut reversed);
        reversed.reverse();
        let mut scores = [0, -100, 3000];
        smooth(&mut scores);
        assert_eq!(scores, reversed);
    }

    #[test]
    fn the_best_cut() {
        let words = || [4, 4, 4].into_iter();
        assert_eq!(limit(words(), &[3000, -3000, -4000], 1000), 3000);
        assert_eq!(limit(words(), &[3000, -1000, -4000], 5000), -1000);
        assert_eq!(limit(words(), &[-3000, -3000, -3000], 1000), -3000);
        assert_eq!(limit([0, 0].into_iter(), &[-1, -2], 1000), 0, "nothing to find");
        assert_eq!(limit([].into_iter(), &[], 1000), 0);
    }
}
