//! What the class, id and role of an element hint at.

use std::collections::HashMap;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::attributes::Name;
use super::tree::Tree;

/// A set of hints, one bit a group of `data/hints.tsv`, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hints(pub u32);

/// Groups and their words: `name TAB words`. A word with a leading `=` has to stand alone
/// between characters that are no letters.
static TABLE: &str = include_str!("data/hints.tsv");

/// How many groups there are.
pub const GROUPS: usize = 16;

/// The part of a class that is looked at, in bytes.
const LOOKED_AT: usize = 512;

struct Words {
    automaton: AhoCorasick,
    /// For each word its group, and whether it has to stand alone.
    groups: Vec<(u8, bool)>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let (mut words, mut groups) = (Vec::new(), Vec::new());
    let lines = TABLE.lines().filter(|l| !l.starts_with('#'));
    for (group, line) in lines.enumerate() {
        for word in line.split('\t').nth(1).unwrap_or_default().split(' ') {
            groups.push((group as u8, word.starts_with('=')));
            words.push(word.trim_start_matches('='));
        }
    }
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::DFA))
        .build(words)
        .expect("words of the table fit");
    Words { automaton, groups }
});

impl Hints {
    /// What one value hints at.
    pub fn of(value: &str) -> Self {
        let bytes = &value.as_bytes()[..value.len().min(LOOKED_AT)];
        let mut found = 0;
        for m in WORDS.automaton.find_overlapping_iter(bytes) {
            let (group, alone) = WORDS.groups[m.pattern().as_usize()];
            let letter = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphabetic);
            let before = m.start().checked_sub(1).and_then(|i| bytes.get(i));
            if !alone || !(letter(before) || letter(bytes.get(m.end()))) {
                found |= 1 << group;
            }
        }
        Self(found)
    }
}

/// Remembers what classes hint at: they repeat.
#[derive(Debug, Default)]
pub struct Memo<'a>(HashMap<&'a str, Hints>);

impl<'a> Memo<'a> {
    /// What an element hints at.
    pub fn of(&mut self, tree: &Tree<'a>, node: usize) -> Hints {
        let mut found = 0;
        for a in tree.attributes(node) {
            if matches!(a.name, Name::Class | Name::Id | Name::Role | Name::Itemprop) {
                let value = tree.value(a);
                found |= self.0.entry(value).or_insert_with(|| Hints::of(value)).0;
            }
        }
        Hints(found)
    }
}
