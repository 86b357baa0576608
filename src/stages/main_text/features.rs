//! What a line of a page looks like, in small whole numbers.
//!
//! Every feature is a group and a bucket within it. The groups, their sizes and their order
//! are [`GROUPS`]; the weights file has one list of weights for each.

use std::collections::{HashMap, HashSet};

use xxhash_rust::xxh3::xxh3_64;

use crate::text::classes::{ends_sentence, is_terminal, is_unspaced};

/// The groups, with the number of buckets in each.
pub const GROUPS: &[(&str, usize)] = &[
    ("bias", 1),
    ("words-ending", WORDS * ENDINGS),
    ("words-known", WORDS * SHARES),
    ("commas", 3),
    ("capitals", SHARES),
    ("digits", 4),
    ("marks", 4),
    ("start", 5),
    ("copies", 3),
    ("position", 10),
    ("page-length", 6),
    ("page-prose", 6),
    ("before-1", NEIGHBOUR),
    ("before-2", NEIGHBOUR),
    ("before-3", NEIGHBOUR),
    ("after-1", NEIGHBOUR),
    ("after-2", NEIGHBOUR),
    ("after-3", NEIGHBOUR),
    ("density-4", DENSITIES),
    ("density-12", DENSITIES),
    ("prose-before", DISTANCES),
    ("prose-after", DISTANCES),
    ("within-prose", 12),
    ("title", 3),
];

const WORDS: usize = 10;
const ENDINGS: usize = 5;
const SHARES: usize = 6;
const NEIGHBOUR: usize = WORDS * 2 + 1;
const DENSITIES: usize = 8;
const DISTANCES: usize = 8;

/// A feature: its index over all groups.
pub type Feature = u16;

/// Collects the features of one line, group by group.
struct Row<'a> {
    out: &'a mut Vec<Feature>,
    base: usize,
    groups: std::slice::Iter<'static, (&'static str, usize)>,
}

impl<'a> Row<'a> {
    fn new(out: &'a mut Vec<Feature>) -> Self {
        Self { out, base: 0, groups: GROUPS.iter() }
    }

    /// The next group has this bucket set.
    fn set(&mut self, bucket: usize) {
        let (name, size) = self.groups.next().expect("one call for each group");
        debug_assert!(bucket < *size, "bucket {bucket} of {name}");
        self.out.push((self.base + bucket) as Feature);
        self.base += size;
    }
}

/// What is seen in one line by itself.
struct Facts {
    words: usize,
    ending: usize,
    commas: usize,
    known: usize,
    capitals: usize,
    digits: usize,
    marks: usize,
    start: usize,
    copies: usize,
    prose: bool,
    title: usize,
}

/// Number of words in buckets.
fn word_bucket(words: usize) -> usize {
    match words {
        0..=3 => words,
        4..=5 => 4,
        6..=8 => 5,
        9..=13 => 6,
        14..=24 => 7,
        25..=49 => 8,
        _ => 9,
    }
}

/// A share in buckets: nothing to share, none, and quarters.
fn share(part: usize, whole: usize) -> usize {
    match (part, whole) {
        (_, 0) => 0,
        (0, _) => 1,
        _ => 2 + ((part * 4 - 1) / whole).min(3),
    }
}

/// Hashes of the words of a line, lower case; in scripts without spaces, pairs of characters.
fn words(line: &str, mut each: impl FnMut(u64, bool)) {
    let mut word = String::new();
    let mut capital = false;
    let mut last: Option<char> = None;
    for c in line.chars().chain([' ']) {
        if c.is_alphanumeric() && !is_unspaced(c) {
            if word.is_empty() {
                capital = c.is_uppercase();
            }
            word.extend(c.to_lowercase());
            continue;
        }
        if !word.is_empty() {
            each(xxh3_64(word.as_bytes()), capital);
            word.clear();
        }
        last = match last.filter(|_| is_unspaced(c)) {
            Some(before) => {
                let pair: String = [before, c].into_iter().collect();
                each(xxh3_64(pair.as_bytes()), false);
                // Every second character closes a word.
                None
            }
            None => Some(c).filter(|c| is_unspaced(*c)),
        };
    }
}

/// Number of words of a line.
pub fn word_count(line: &str) -> usize {
    let mut n = 0;
    words(line, |_, _| n += 1);
    n
}

/// Features of all lines, one list a line.
pub fn lines(lines: &[&str], title: &str) -> Vec<Vec<Feature>> {
    let facts = facts(lines, title);
    let n = facts.len();
    let prose: Vec<usize> = (0..n).filter(|&i| facts[i].prose).collect();
    let sums = prefix_sums(facts.iter().map(|f| f.words.min(50) as i64));
    let (before, after) = distances(n, |i| facts[i].prose);
    let mut out = Vec::with_capacity(n);
    for (i, f) in facts.iter().enumerate() {
        let mut features = Vec::with_capacity(GROUPS.len());
        let mut row = Row::new(&mut features);
        row.set(0);
        row.set(word_bucket(f.words) * ENDINGS + f.ending);
        row.set(word_bucket(f.words) * SHARES + f.known);
        row.set(f.commas);
        row.set(f.capitals);
        row.set(f.digits);
        row.set(f.marks);
        row.set(f.start);
        row.set(f.copies);
        row.set(i * 10 / n);
        row.set([10, 30, 100, 300, 1000].iter().filter(|&&l| n >= l).count());
        row.set([1, 3, 8, 20, 50].iter().filter(|&&l| prose.len() >= l).count());
        let neighbour = |k: Option<usize>| match k.and_then(|k| facts.get(k)) {
            None => 0,
            Some(f) => 1 + word_bucket(f.words) * 2 + usize::from(f.ending == 0),
        };
        (1..=3).for_each(|k| row.set(neighbour(i.checked_sub(k))));
        (1..=3).for_each(|k| row.set(neighbour(Some(i + k))));
        for reach in [4, 12] {
            let density = mean(&sums, i, reach);
            row.set([1, 2, 4, 7, 12, 18, 28].iter().filter(|&&l| density >= l).count());
        }
        row.set(before[i]);
        row.set(after[i]);
        row.set(match (prose.first(), prose.last()) {
            (Some(&first), _) if i < first => 0,
            (_, Some(&last)) if i > last => 1,
            (Some(&first), Some(&last)) => 2 + (i - first) * 10 / (last - first + 1),
            _ => 0,
        });
        row.set(f.title);
        out.push(features);
    }
    out
}

fn prefix_sums(values: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut sum = 0;
    [0].into_iter()
        .chain(values.map(|v| {
            sum += v;
            sum
        }))
        .collect()
}

/// Mean over the lines within `reach` of line `i`, itself not counted.
fn mean(sums: &[i64], i: usize, reach: usize) -> i64 {
    let (from, to) = (i.saturating_sub(reach), (i + reach + 1).min(sums.len() - 1));
    let own = sums[i + 1] - sums[i];
    let others = (to - from - 1) as i64;
    if others == 0 { own } else { (sums[to] - sums[from] - own).div_euclid(others) }
}

/// Distance of each line to the nearest line before and after it that passes, in buckets.
fn distances(n: usize, passes: impl Fn(usize) -> bool) -> (Vec<usize>, Vec<usize>) {
    let bucket = |d: Option<usize>| match d {
        None => 0,
        Some(1) => 1,
        Some(2) => 2,
        Some(3) => 3,
        Some(4..=5) => 4,
        Some(6..=9) => 5,
        Some(10..=20) => 6,
        Some(_) => 7,
    };
    let (mut before, mut after, mut last) = (vec![0; n], vec![0; n], None);
    for (i, to) in before.iter_mut().enumerate() {
        *to = bucket(last.map(|l| i - l));
        last = if passes(i) { Some(i) } else { last };
    }
    last = None;
    for (i, to) in after.iter_mut().enumerate().rev() {
        *to = bucket(last.map(|l: usize| l - i));
        last = if passes(i) { Some(i) } else { last };
    }
    (before, after)
}

fn facts(lines: &[&str], title: &str) -> Vec<Facts> {
    let mut copies: HashMap<&str, usize> = HashMap::with_capacity(lines.len());
    lines.iter().for_each(|l| *copies.entry(l.trim()).or_default() += 1);
    // Words that two long lines share are the small words of the page's language, and those
    // of its subject.
    let (mut once, mut known) = (HashSet::new(), HashSet::new());
    for line in lines.iter().filter(|l| l.len() >= 80) {
        let mut own = Vec::new();
        words(line, |w, _| own.push(w));
        own.sort_unstable();
        own.dedup();
        for w in own {
            if !once.insert(w) {
                known.insert(w);
            }
        }
    }
    let mut title_words = HashSet::new();
    words(title, |w, _| {
        title_words.insert(w);
    });
    lines.iter().map(|line| one(line.trim(), &known, &title_words, copies[line.trim()])).collect()
}

fn one(line: &str, known: &HashSet<u64>, title: &HashSet<u64>, copies: usize) -> Facts {
    let (mut n, mut familiar, mut capitals, mut titled) = (0, 0, 0, 0);
    words(line, |w, capital| {
        n += 1;
        familiar += usize::from(known.contains(&w));
        capitals += usize::from(capital);
        titled += usize::from(title.contains(&w));
    });
    let (mut digits, mut visible, mut commas, mut bars, mut links) = (0, 0, 0, false, false);
    for c in line.chars() {
        visible += usize::from(!c.is_whitespace());
        digits += usize::from(c.is_numeric());
        commas += usize::from(matches!(c, ',' | ';' | '，' | '、' | '،' | '；'));
        bars |= matches!(c, '|' | '»' | '›' | '·' | '•' | '→' | '▶' | '©' | '®' | '<' | '>' | '{' | '}');
        links |= c == '@';
    }
    links |= line.contains("://") || line.contains("www.");
    let ending = match line.chars().next_back() {
        _ if line.ends_with("...") || line.ends_with('…') => 1,
        _ if ends_sentence(line) => 0,
        Some(':' | '：') => 2,
        Some(',' | ';' | '，' | '、') => 3,
        _ => 4,
    };
    let start = match line.chars().next() {
        Some(c) if c.is_lowercase() => 0,
        Some(c) if c.is_uppercase() => 1,
        Some(c) if c.is_numeric() => 2,
        Some(c) if c.is_alphabetic() => 3,
        _ => 4,
    };
    let inner = line.trim_end_matches(is_terminal).chars().any(is_terminal);
    Facts {
        words: n,
        ending,
        commas: commas.min(2),
        known: share(familiar, n),
        capitals: share(capitals, n),
        digits: [1, 15, 50].iter().filter(|&&p| visible > 0 && digits * 100 >= p * visible).count(),
        marks: usize::from(bars) + 2 * usize::from(links),
        start,
        copies: copies.min(3) - 1,
        prose: n >= 12 && (ending == 0 || (n >= 25 && inner)),
        title: if titled * 2 < n.max(1) { 0 } else { 1 + usize::from(titled == n) },
    }
}
