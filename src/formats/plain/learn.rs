//! Learning from a part of a source what separates its articles.
//!
//! Everything that could separate is a [`Candidate`]; `evidence` gives each a confidence, and one rule decides: a
//! separator that the dump states beats printed titles, printed titles beat runs of blank lines, and what does not
//! reach [`ENOUGH`] cuts nothing.

use std::collections::BTreeMap;

use super::evidence::{ARTICLE, Segments, judge, underlines};
use super::sample::{Before, Sample};
use super::separators::Separators;
use super::signs::{MarkKind, is_rule, mark};
use super::titles::BlankRun;
use crate::document::Verdict;

/// Evidence of less confidence, in percent, cuts nothing.
const ENOUGH: u8 = 70;

/// The same for runs of blank lines.
const ENOUGH_BLANK: u8 = 80;

/// Confidence in titles with which one right below another dump is looked for.
const JOINED: u8 = 90;

/// So many percent more or less say nothing.
const NEARLY: u8 = 10;

/// Borders that are no chance.
const SEVERAL: usize = 3;

/// What was learned of a part of a source.
#[derive(Debug)]
pub struct Learned {
    /// What separates its articles.
    pub separators: Separators,
    /// Whether it is beyond doubt, even inside of what looked like one article.
    pub sure: bool,
    /// Bytes of an ordinary article.
    pub typical: u64,
    /// What was decided, for people.
    pub verdict: Verdict,
}

/// A kind of separator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Form feeds.
    Feed,
    /// Text that delimits wherever it stands.
    Delimiter,
    /// Lines that state it; with the byte that all of them begin with, or 0.
    Mark {
        /// What they look like.
        kind: MarkKind,
        /// What they have in common.
        key: u64,
        /// Their first byte.
        first: u8,
    },
    /// Rule lines, by hash.
    Rule(u64),
    /// Titles that are printed twice.
    Titles,
    /// Blank lines.
    BlankRun(BlankRun),
}

/// A separator that a sample would allow, with what it would cut.
pub struct Candidate {
    /// What separates.
    pub kind: Kind,
    /// Indices of the lines that would begin an article, in order.
    pub borders: Vec<usize>,
    /// The sample begins with it.
    pub opens: bool,
    /// Of marks: the share of them that no other one equals. Of titles: the share with an article on both sides.
    pub distinct: f64,
    /// Of numbered marks: the share whose number is higher than that before.
    pub rising: f64,
    /// Of marks: only those below an empty line count.
    pub apart: bool,
}

impl Candidate {
    fn new(kind: Kind, borders: Vec<usize>) -> Self {
        Self { kind, borders, opens: false, distinct: 1.0, rising: 0.0, apart: false }
    }
}

/// A candidate that was judged.
struct Judged<'a> {
    candidate: &'a Candidate,
    confidence: u8,
    segments: Segments,
}

/// Learns what separates the articles of a source from a part of it.
///
/// `ended` says that nothing follows `bytes`, `inside` that they seemed to be one article.
pub fn learn(bytes: &[u8], ended: bool, inside: bool) -> Learned {
    let delimiter = Sample::delimiter(bytes);
    let sample = Sample::read(bytes, ended, inside, delimiter);
    let heads = sample.heads();
    let candidates = candidates(&sample, &heads);
    let judged: Vec<Judged<'_>> = candidates
        .iter()
        .map(|c| {
            let (confidence, segments) = judge(&sample, c, &heads, &candidates);
            Judged { candidate: c, confidence, segments }
        })
        .collect();
    let best = decide(&judged);
    let mut separators = Separators::default();
    let named = |j: &Judged<'_>| (describe(&sample, j, delimiter), j.confidence);
    let Some(best) = best else {
        let runner_up = judged.iter().max_by_key(|j| j.confidence);
        let confidence = 100 - runner_up.map_or(0, |j| j.confidence);
        let runner_up = runner_up.map(named);
        let verdict = Verdict { separator: None, confidence, borders: 0, runner_up };
        let typical = sample.lines.last().map_or(0, |l| l.end);
        return Learned { separators, sure: false, typical, verdict };
    };
    add(best.candidate, delimiter, &mut separators);
    let titled = judged.iter().any(|j| {
        let titles = j.candidate.kind == Kind::Titles && j.confidence >= JOINED;
        titles && best.candidate.borders.len() <= j.candidate.borders.len() * 2
    });
    separators.joins = titled && heads.len() > SEVERAL;
    let borders = best.candidate.borders.len();
    let runner_up = judged.iter().filter(|j| !std::ptr::eq(*j, best)).max_by_key(|j| j.confidence).map(named);
    let (separator, confidence) = named(best);
    let verdict = Verdict { separator: Some(separator), confidence, borders, runner_up };
    let sure = borders >= SEVERAL && confidence >= sure(best.candidate);
    Learned { separators, sure, typical: best.segments.median, verdict }
}

/// The one rule: what is stated before what is printed twice, that before blank lines.
fn decide<'j, 'a>(judged: &'j [Judged<'a>]) -> Option<&'j Judged<'a>> {
    let enough = || judged.iter().filter(|j| j.confidence >= ENOUGH);
    let titles = enough().find(|j| j.candidate.kind == Kind::Titles);
    let hits = |j: &Judged<'_>| {
        let inner = titles.map_or(&[][..], |t| &t.candidate.borders);
        inner.iter().filter(|&i| j.candidate.borders.binary_search(i).is_ok()).count()
    };
    let all = titles.map_or(0, |t| t.candidate.borders.len());
    let is_stated = |j: &&Judged<'_>| !matches!(j.candidate.kind, Kind::Titles | Kind::BlankRun(_));
    // Titles that stand elsewhere speak against what is only drawn.
    let contradicted = |j: &&Judged<'_>| {
        let weak =
            j.confidence < 90 && matches!(j.candidate.kind, Kind::Rule(_) | Kind::Feed | Kind::Mark { .. });
        // Only those among its own borders: other dumps may have others.
        let own = &j.candidate.borders;
        let inner = titles.map_or(&[][..], |t| &t.candidate.borders);
        let among = inner.iter().filter(|i| own.first() <= Some(i) && Some(*i) <= own.last()).count();
        weak && among >= SEVERAL && among > own.len() && hits(j) * 2 < among
    };
    let stated = enough().filter(is_stated).filter(|j| !contradicted(j));
    let stated = stated.max_by_key(|j| (tier(j.candidate), j.confidence, j.candidate.borders.len()));
    let runs = || judged.iter().filter(|j| matches!(j.candidate.kind, Kind::BlankRun(_)));
    // Of those that are sure enough the longest: shorter ones may set paragraphs apart.
    let length = |j: &&Judged<'_>| if let Kind::BlankRun(run) = j.candidate.kind { run.lines } else { 0 };
    let run = runs().filter(|j| j.confidence >= ENOUGH_BLANK).max_by_key(length);
    // What might be drawn inside of an article does not outweigh blank lines that are seen as often and say more.
    let says_more = |stated: &Judged<'_>| {
        let weak = tier(stated.candidate) < 2 || !stated.candidate.opens;
        let same = |run: &Judged<'_>| {
            let at = &stated.candidate.borders;
            run.candidate.borders.iter().filter(|i| at.binary_search(i).is_ok()).count() * 2 > at.len()
        };
        let more = |run: &Judged<'_>| {
            !same(run)
                && run.confidence > stated.confidence
                && run.candidate.borders.len() >= stated.candidate.borders.len()
        };
        weak && run.is_some_and(more)
    };
    if let Some(stated) = stated.filter(|stated| !says_more(stated)) {
        return Some(stated);
    }
    let Some(titles) = titles else { return run };
    // The fewest borders among those that cut before nearly every title.
    let fitting = |j: &&Judged<'_>| hits(j) * 10 >= all * 9 && hits(j) * 2 >= j.candidate.borders.len();
    if let Some(run) = runs().filter(fitting).min_by_key(|j| j.candidate.borders.len()) {
        return Some(run);
    }
    // Titles that are printed twice by chance do not outweigh blank lines that are seen as often.
    let outweighed =
        |run: &&Judged<'_>| run.candidate.borders.len() >= all || run.confidence > titles.confidence + NEARLY;
    run.filter(outweighed).or(Some(titles))
}

/// How plainly a candidate states that it separates.
fn tier(c: &Candidate) -> u8 {
    match c.kind {
        Kind::Delimiter | Kind::Mark { kind: MarkKind::Name, .. } => 3,
        Kind::Mark { kind: MarkKind::Address, .. } if c.opens => 3,
        Kind::Mark { .. } => 2,
        _ => 1,
    }
}

/// Confidence with which even what looked like one article is cut.
fn sure(c: &Candidate) -> u8 {
    match c.kind {
        Kind::Delimiter | Kind::Mark { .. } => 80,
        Kind::Feed | Kind::Rule(_) => 85,
        // A page may repeat some of its headings.
        Kind::Titles if c.borders.len() > SEVERAL => 90,
        Kind::Titles => 100,
        Kind::BlankRun(_) => 95,
    }
}

fn add(Candidate { kind, apart, .. }: &Candidate, delimiter: Option<&[u8]>, separators: &mut Separators) {
    let (kind, apart) = (*kind, *apart);
    match kind {
        Kind::Feed => separators.feeds = true,
        Kind::Delimiter => separators.delimiter = delimiter.map(Into::into),
        Kind::Mark { key, first, .. } => {
            separators.marks.push((key, first));
            separators.apart = apart;
        }
        Kind::Rule(hash) => separators.rules.push(hash),
        Kind::Titles => separators.titles = true,
        Kind::BlankRun(run) => separators.blank_run = Some(run),
    }
}

/// Everything that could separate.
fn candidates(sample: &Sample<'_>, heads: &[usize]) -> Vec<Candidate> {
    let n = sample.lines.len();
    let mut out = Vec::new();
    for (before, kind) in [(Before::Feed, Kind::Feed), (Before::Delimiter, Kind::Delimiter)] {
        let borders = (1..n).filter(|&i| sample.before[i] == before).collect();
        out.push(Candidate {
            opens: sample.before.first() == Some(&before),
            ..Candidate::new(kind, borders)
        });
    }
    marks(sample, &mut out);
    rules(sample, &mut out);
    titles(sample, heads, &mut out);
    blank_runs(sample, &mut out);
    out.retain(|c| !c.borders.is_empty());
    out
}

/// Adds the lines that state what follows, by what they have in common.
fn marks(sample: &Sample<'_>, out: &mut Vec<Candidate>) {
    let n = sample.lines.len();
    let mut groups = BTreeMap::<u64, Vec<usize>>::new();
    for i in 0..n {
        if let Some(mark) = mark(sample.text(i)) {
            groups.entry(mark.key).or_default().push(i);
        }
    }
    for (key, mut lines) in groups {
        let at = |i: usize| mark(sample.text(i)).expect("it was one before");
        let (kind, opens) = (at(lines[0]).kind, lines[0] == 0);
        // If at least half of the addresses follow an empty line, only those separate; the others belong to the text.
        let below = |i: &usize| *i == 0 || sample.lines[*i].empties > 0;
        let apart =
            kind == MarkKind::BareAddress && lines.iter().filter(|i| below(i)).count() * 2 >= lines.len();
        lines.retain(|i| !apart || below(i));
        if lines.len() < 2 && !opens {
            continue;
        }
        let first = |i: usize| sample.text(i).trim_ascii()[0];
        let same = lines.iter().all(|&i| first(i) == first(lines[0]));
        let values: Vec<&[u8]> = lines.iter().map(|&i| at(i).value).collect();
        let numbers: Vec<Option<u64>> =
            values.iter().map(|v| std::str::from_utf8(v).ok()?.parse().ok()).collect();
        let rising = numbers.windows(2).filter(|w| w[0].is_some() && w[0] < w[1]).count();
        let mut different = values.clone();
        different.sort_unstable();
        different.dedup();
        let step = usize::from(!matches!(kind, MarkKind::Prefix | MarkKind::Heading));
        let first = if same { first(lines[0]) } else { 0 };
        out.push(Candidate {
            opens,
            apart,
            distinct: different.len() as f64 / values.len() as f64,
            rising: rising as f64 / (values.len() - 1).max(1) as f64,
            ..Candidate::new(
                Kind::Mark { kind, key, first },
                lines.iter().map(|i| i + step).filter(|i| (1..n).contains(i)).collect(),
            )
        });
    }
}

/// Adds the rule lines, by hash.
fn rules(sample: &Sample<'_>, out: &mut Vec<Candidate>) {
    let n = sample.lines.len();
    let mut groups = BTreeMap::<u64, Vec<usize>>::new();
    for i in 0..n {
        if is_rule(sample.text(i)) && !underlines(sample, i) {
            groups.entry(sample.lines[i].hash).or_default().push(i + 1);
        }
    }
    for (hash, mut borders) in groups {
        let opens = borders[0] == 1;
        borders.retain(|i| *i < n);
        out.push(Candidate { opens, ..Candidate::new(Kind::Rule(hash), borders) });
    }
}

/// Adds the titles that are printed twice and have an article on both sides.
fn titles(sample: &Sample<'_>, heads: &[usize], out: &mut Vec<Candidate>) {
    let n = sample.lines.len();
    let end = |k: usize| heads.get(k + 1).copied().unwrap_or(n);
    let is_article = |k: usize| {
        let last = k + 1 == heads.len() && !sample.ended;
        last || sample.prose((heads[k], end(k))) >= ARTICLE
    };
    let mut borders = Vec::new();
    for k in 0..heads.len() {
        let from = if k == 0 { 0 } else { heads[k - 1] };
        if heads[k] > 0 && is_article(k) && sample.prose((from, heads[k])) >= ARTICLE {
            borders.push(heads[k]);
        }
    }
    let opens = heads.first() == Some(&0);
    let good = borders.len() + usize::from(opens && is_article(0));
    let distinct = good as f64 / heads.len().max(1) as f64;
    out.push(Candidate { opens, distinct, ..Candidate::new(Kind::Titles, borders) });
}

/// Longest run of blank lines that is told from longer ones.
const LONGEST: u32 = 64;

/// Adds the runs of blank lines, of each length that there is.
fn blank_runs(sample: &Sample<'_>, out: &mut Vec<Candidate>) {
    let n = sample.lines.len();
    for empty in [false, true] {
        let gap = |i: usize| if empty { sample.lines[i].empties } else { sample.lines[i].blanks };
        // Where blank lines hold nothing, both ways to count are one.
        if empty && (1..n).all(|i| sample.lines[i].empties == sample.lines[i].blanks) {
            break;
        }
        let longest = (1..n).map(gap).max().unwrap_or(0).min(LONGEST);
        let mut there = [false; LONGEST as usize + 1];
        (1..n).for_each(|i| there[gap(i).min(LONGEST) as usize] = true);
        for lines in (2..=longest).rev().filter(|lines| there[*lines as usize]) {
            let borders = (1..n).filter(|&i| gap(i) >= lines).collect();
            out.push(Candidate::new(Kind::BlankRun(BlankRun { lines, empty }), borders));
        }
    }
}

/// What a candidate is, for people.
fn describe(sample: &Sample<'_>, judged: &Judged<'_>, delimiter: Option<&[u8]>) -> String {
    let c = judged.candidate;
    let line =
        |i: usize| String::from_utf8_lossy(sample.text(i).trim_ascii()).chars().take(40).collect::<String>();
    match c.kind {
        Kind::Feed => "form feed".to_owned(),
        Kind::Delimiter => String::from_utf8_lossy(delimiter.unwrap_or_default()).into_owned(),
        Kind::Mark { kind: MarkKind::Name, .. } => "==> NAME <==".to_owned(),
        Kind::Mark { kind: MarkKind::BareAddress, .. } => "URL alone".to_owned(),
        Kind::Mark { kind: MarkKind::Address, .. } => {
            let line = line(c.borders[0] - 1);
            // What stands in front of the address is the same in all of them.
            let end = line
                .find("://")
                .map_or(0, |at| at - line[..at].bytes().rev().take_while(u8::is_ascii_alphabetic).count());
            format!("{}URL", &line[..end])
        }
        Kind::Mark { kind: MarkKind::Prefix, .. } => "number in front of the text".to_owned(),
        Kind::Mark { kind: MarkKind::Heading, .. } => "= TITLE =".to_owned(),
        Kind::Mark { .. } | Kind::Rule(_) => line(c.borders[0] - 1),
        Kind::Titles => "title printed twice".to_owned(),
        Kind::BlankRun(run) => format!("{} blank lines", run.lines),
    }
}
