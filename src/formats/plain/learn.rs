//! Learning from the first part of a stream what separates its articles.

use std::collections::BTreeMap;

use super::separators::Separators;
use super::signs::{
    Banner, banner, clear_title, counts_as_blank, is_rule, rule_len, starts_drawn, title_like,
};
use super::titles::{LineInfo, second_copy};
use crate::text::lines::is_blank;

/// Most lines looked at; more than enough, and a bound on memory.
const MAX_LINES: usize = 100_000;

/// Repeated titles that are no chance.
const SEVERAL: usize = 3;

/// What was learned of a part of a source.
#[derive(Debug)]
pub struct Learned {
    /// What separates its articles.
    pub separators: Separators,
    /// How sure that is, in percent.
    pub confidence: u8,
    /// Several kinds of dumps stand behind one another.
    pub mixed: bool,
    /// Whether it is beyond doubt, even inside of what looked like one article.
    pub sure: bool,
}

/// A kind of separator.
#[derive(Debug, Clone, Copy)]
enum Kind {
    FormFeed,
    /// Key of the banner lines, and the byte that they begin with.
    Banner(u64, u8),
    /// Hash of the rule lines.
    Rule(u64),
    /// Fewest blank lines.
    BlankRun(u32),
}

impl Kind {
    fn add_to(self, separators: &mut Separators) {
        match self {
            Self::FormFeed => separators.feeds = true,
            Self::Banner(key, first) => separators.banners.push((key, first)),
            Self::Rule(hash) => separators.rules.push(hash),
            Self::BlankRun(run) => {
                separators.blank_run = Some(separators.blank_run.map_or(run, |r| r.min(run)));
            }
        }
    }
}

/// A separator that the sample would allow, with what it would cut.
struct Candidate {
    kind: Kind,
    /// Indices of the lines that would begin an article, in order.
    borders: Vec<usize>,
}

struct Sample<'a> {
    bytes: &'a [u8],
    lines: Vec<LineInfo>,
    /// Whether a form feed stands right before the line.
    fed: Vec<bool>,
}

impl Sample<'_> {
    fn text(&self, i: usize) -> &[u8] {
        &self.bytes[self.lines[i].start as usize..self.lines[i].end as usize]
    }
}

/// Learns what separates the articles of a source from a part of it.
///
/// `ended` says that nothing follows `bytes`.
pub fn learn(bytes: &[u8], ended: bool) -> Learned {
    let sample = read(bytes, ended);
    let heads = heads(&sample);
    let candidates = candidates(&sample);
    let inner: Vec<usize> = heads.iter().copied().filter(|&i| i > 0).collect();
    let best_alone = candidates.iter().find(|c| plausible(&sample, c, &candidates));

    if !inner.is_empty() {
        // Fewest borders among those that cut before every repeated title.
        let hits = |c: &Candidate| inner.iter().filter(|&i| c.borders.binary_search(i).is_ok()).count();
        let fitting = |c: &&Candidate| hits(c) * 10 >= inner.len() * 9;
        if let Some(c) = candidates.iter().filter(fitting).min_by_key(|c| c.borders.len()) {
            let share = hits(c) * 100 / c.borders.len().max(1);
            let confidence = (60 + share * 2 / 5).min(99) as u8;
            let several = inner.len() >= SEVERAL;
            let mut separators = Separators { joins: several, ..Separators::default() };
            c.kind.add_to(&mut separators);
            return Learned { separators, confidence, mixed: false, sure: several && share >= 80 };
        }
        // Chance repeats do not outweigh a separator that is seen as often or more.
        let others = best_alone.map_or(0, |c| c.borders.len());
        if inner.len() > others && (heads.first() == Some(&0) || inner.len() >= SEVERAL) {
            let several = inner.len() >= SEVERAL;
            let mut separators = Separators { titles: true, joins: several, ..Separators::default() };
            // In a mixture each kind of dump has titles at most of its own separators.
            let precise = |c: &&Candidate| hits(c) >= SEVERAL && hits(c) * 5 >= c.borders.len() * 4;
            candidates.iter().filter(precise).for_each(|c| c.kind.add_to(&mut separators));
            let mixed = separators.is_more_than_titles();
            return Learned { separators, confidence: 90, mixed, sure: several };
        }
    }
    let mut separators = Separators::default();
    let Some(c) = best_alone else {
        return Learned { separators, confidence: if ended { 80 } else { 0 }, mixed: false, sure: false };
    };
    let titled = c.borders.iter().filter(|&&b| clear_title(sample.text(b))).count();
    let confidence = (50 + titled * 45 / c.borders.len().max(1)) as u8;
    c.kind.add_to(&mut separators);
    let sure = c.borders.len() >= SEVERAL && matches!(c.kind, Kind::Banner(..) | Kind::FormFeed);
    Learned { separators, confidence, mixed: false, sure }
}

fn read(bytes: &[u8], ended: bool) -> Sample<'_> {
    let mut sample = Sample { bytes, lines: Vec::new(), fed: Vec::new() };
    let (mut at, mut blanks, mut fed) = (super::super::bom_len(bytes), 0, false);
    while at < bytes.len() && sample.lines.len() < MAX_LINES {
        let end = memchr::memchr3(b'\n', b'\r', b'\x0C', &bytes[at..]).map(|n| at + n);
        let Some(end) = end.or(ended.then_some(bytes.len())) else {
            break;
        };
        let line = &bytes[at..end];
        if is_blank(line) {
            blanks += u32::from(counts_as_blank(line));
        } else {
            sample.lines.push(LineInfo::new(line, at as u64, blanks));
            sample.fed.push(std::mem::take(&mut fed));
            blanks = 0;
        }
        fed |= bytes.get(end) == Some(&b'\x0C');
        at = end + 1 + usize::from(bytes[end..].starts_with(b"\r\n"));
    }
    sample
}

/// Lines at which an article with a repeated title begins.
fn heads(sample: &Sample<'_>) -> Vec<usize> {
    let (mut out, mut i) = (Vec::new(), 0);
    while i < sample.lines.len() {
        let opens = |i: usize| {
            i == 0 || sample.lines[i].blanks > 0 || sample.fed[i] || is_separator_line(sample.text(i - 1))
        };
        match second_copy(&sample.lines[i..]) {
            Some(n) if opens(i) && !is_separator_line(sample.text(i)) => {
                out.push(i);
                // Captions printed again under the second copy are not heads.
                let head: Vec<u64> = sample.lines[i..i + n].iter().map(|l| l.hash).collect();
                i += n + 1;
                while i < sample.lines.len() && head.contains(&sample.lines[i].hash) {
                    i += 1;
                }
            }
            _ => i += 1,
        }
    }
    out
}

fn is_separator_line(line: &[u8]) -> bool {
    is_rule(line) || banner(line).is_some()
}

/// Everything that could separate, most telling first.
fn candidates(sample: &Sample<'_>) -> Vec<Candidate> {
    let n = sample.lines.len();
    let mut out = Vec::new();
    let fed: Vec<usize> = (1..n).filter(|&i| sample.fed[i]).collect();
    if !fed.is_empty() {
        out.push(Candidate { kind: Kind::FormFeed, borders: fed });
    }
    let (mut banners, mut rules) = (BTreeMap::<u64, Vec<usize>>::new(), BTreeMap::<u64, Vec<usize>>::new());
    for i in 0..n {
        let line = sample.text(i);
        if let Some(Banner { key, .. }) = banner(line) {
            banners.entry(key).or_default().push(i + 1);
        } else if is_rule(line) && !underlines(sample, i) {
            rules.entry(sample.lines[i].hash).or_default().push(i + 1);
        }
    }
    let by_count = |groups: BTreeMap<u64, Vec<usize>>| {
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|(_, borders)| std::cmp::Reverse(borders.len()));
        groups
    };
    let cut = |borders: Vec<usize>| borders.into_iter().filter(|&i| i < n).collect::<Vec<_>>();
    for (key, borders) in by_count(banners) {
        out.push(Candidate {
            kind: Kind::Banner(key, sample.text(borders[0] - 1).trim_ascii()[0]),
            borders: cut(borders),
        });
    }
    let longest = sample.lines.iter().skip(1).map(|l| l.blanks).max().unwrap_or(0);
    for run in (2..=longest.min(64)).rev() {
        let borders: Vec<usize> = (1..n).filter(|&i| sample.lines[i].blanks >= run).collect();
        let exact = borders.iter().any(|&i| sample.lines[i].blanks == run);
        if exact || run == 64 {
            out.push(Candidate { kind: Kind::BlankRun(run), borders });
        }
    }
    for (hash, borders) in by_count(rules) {
        out.push(Candidate { kind: Kind::Rule(hash), borders: cut(borders) });
    }
    out.retain(|c| !c.borders.is_empty());
    out
}

/// Whether rule line `i` underlines the line before it, as a heading.
fn underlines(sample: &Sample<'_>, i: usize) -> bool {
    if i == 0 || sample.lines[i].blanks > 0 {
        return false;
    }
    let above = String::from_utf8_lossy(sample.text(i - 1)).trim().chars().count();
    let long_enough = rule_len(sample.text(i)) + 3 >= above;
    above <= 100 && long_enough && rule_len(sample.text(i)) <= above + 3
}

/// Whether a candidate can stand alone, without repeated titles to confirm it.
fn plausible(sample: &Sample<'_>, c: &Candidate, all: &[Candidate]) -> bool {
    let count = c.borders.len();
    let share = |test: fn(&[u8]) -> bool| {
        let n = c.borders.iter().filter(|&&i| test(sample.text(i))).count();
        n as f64 / count as f64
    };
    match c.kind {
        Kind::FormFeed => share(title_like) >= 0.5,
        Kind::Banner(..) => {
            let drawn = |i: &usize| starts_drawn(sample.text(*i - 1));
            let opens = c.borders[0] == 1;
            // Addresses also stand in lists and at the foot of articles: those that separate
            // are set apart, and have a text below.
            set_apart(sample, c)
                && median_bytes(sample, &c.borders) >= 300
                && (opens || (count >= 3 && c.borders.iter().all(drawn)))
        }
        Kind::BlankRun(run) => plausible_run(sample, c, run, all, share(title_like)),
        Kind::Rule(_) => {
            let rule = rule_len(sample.text(c.borders[0] - 1));
            set_apart(sample, c)
                && rule >= if count > 1 { 5 } else { 10 }
                && share(clear_title) >= 0.8
                && median_bytes(sample, &c.borders) >= 250
        }
    }
}

/// Whether blank lines stand above nearly all separator lines, or below their titles.
fn set_apart(sample: &Sample<'_>, c: &Candidate) -> bool {
    let blank = |i: usize| sample.lines.get(i).is_some_and(|l| l.blanks > 0);
    let apart = |&&i: &&usize| i == 1 || blank(i - 1) || sample.fed[i - 1];
    c.borders.iter().filter(apart).count() * 10 >= c.borders.len() * 9
        && c.borders.iter().filter(|&&i| blank(i) || blank(i + 1)).count() * 10 >= c.borders.len() * 9
}

/// The longest common run separates articles, shorter ones separate paragraphs.
fn plausible_run(sample: &Sample<'_>, c: &Candidate, run: u32, all: &[Candidate], titled: f64) -> bool {
    let count = c.borders.len();
    let next = all.iter().find_map(|o| match o.kind {
        Kind::BlankRun(n) if n < run => Some(o.borders.len() - count),
        _ => None,
    });
    let common = next.is_none_or(|n| count * 7 >= n);
    let shortest = sample.lines.iter().skip(1).map(|l| l.blanks).filter(|&b| b > 0).min();
    // If no shorter run shows, this one may just be how paragraphs are set apart.
    let paragraphs = shortest == Some(run) && median_lines(sample, &c.borders) < 3;
    let alone = count > 1 || c.borders.iter().all(|&i| opens_article(sample, i, run));
    let least = if shortest == Some(run) { 200 } else { 100 };
    common && alone && titled >= 0.6 && !paragraphs && median_bytes(sample, &c.borders) >= least
}

/// A lone border has to look the part: a clear title set apart, some text before and after,
/// more of it if the run is only two lines, as editors leave above a subhead.
fn opens_article(sample: &Sample<'_>, i: usize, run: u32) -> bool {
    let last = sample.lines.len() - 1;
    let before = sample.lines[i].start - sample.lines[0].start;
    let after = sample.lines[last].end - sample.lines[i].start;
    let apart = sample.lines.get(i + 1).is_some_and(|l| l.blanks > 0);
    let (bytes, lines) = if run > 2 { (100, 1) } else { (300, 3) };
    let long_enough = before >= bytes && after >= bytes && i >= lines && last - i >= lines;
    clear_title(sample.text(i)) && apart && long_enough
}

fn segments(sample: &Sample<'_>, borders: &[usize]) -> Vec<(usize, usize)> {
    let ends = borders.iter().copied().chain([sample.lines.len()]);
    let starts = [0].into_iter().chain(borders.iter().copied());
    starts.zip(ends).filter(|(a, b)| a < b).collect()
}

fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}

fn median_bytes(sample: &Sample<'_>, borders: &[usize]) -> u64 {
    let len = |(a, b): (usize, usize)| sample.lines[b - 1].end - sample.lines[a].start;
    median(segments(sample, borders).into_iter().map(len).collect())
}

fn median_lines(sample: &Sample<'_>, borders: &[usize]) -> u64 {
    median(segments(sample, borders).into_iter().map(|(a, b)| (b - a) as u64).collect())
}
