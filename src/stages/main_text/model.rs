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
