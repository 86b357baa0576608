//! What the class, id and role of an element hint at.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use xxhash_rust::xxh3::xxh3_64_with_seed;

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
pub struct Memo<'a>(HashMap<&'a str, Hints, Keyed>);

impl<'a> Memo<'a> {
    /// What an element hints at.
    pub fn of(&mut self, tree: &Tree<'a>, node: usize) -> Hints {
        let mut found = 0;
        for a in tree.attributes(node) {
            let value = tree.value(a);
            match a.name {
                // An id stands once on a page.
                Name::Id => found |= Hints::of(value).0,
                Name::Class | Name::Role | Name::Itemprop => {
                    found |= self.0.entry(value).or_insert_with(|| Hints::of(value)).0;
                }
                _ => {}
            }
        }
        Hints(found)
    }
}

/// Hashes short strings with a number that nobody outside the process knows: a page shall not choose
/// where in a table its classes stand.
#[derive(Debug, Clone)]
struct Keyed(u64);

impl Default for Keyed {
    fn default() -> Self {
        Self(*KEY)
    }
}

static KEY: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0));

impl BuildHasher for Keyed {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        self.clone()
    }
}

impl Hasher for Keyed {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64_with_seed(bytes, self.0);
    }

    /// What ends a string, which is hashed as a whole.
    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        self.0
    }
}
