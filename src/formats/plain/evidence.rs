//! What speaks for and against each separator that a sample would allow.
//!
//! Each candidate gets a confidence in percent, a sum of what was counted. The weights were set by hand: a
//! separator that a dump states can stand alone, a run of blank lines needs everything that could speak for it.

use super::learn::{Candidate, Kind};
use super::sample::Sample;
use super::signs::{MarkKind, clear_title, is_rule, rule_len, title_like};
use super::titles::BlankRun;
use crate::text::classes::ends_sentence;

/// A text with fewer bytes of prose is no article.
pub const ARTICLE: u64 = 120;

/// A segment of fewer bytes has no text of its own.
const EMPTY: u64 = 40;

/// A last segment of fewer bytes says nothing of the others.
const REST: u64 = 160;

/// So many times the median, the first or last segment belongs to another dump.
const OTHER_DUMP: u64 = 6;

/// If one segment of so many is hardly prose, the first and the last may be so too.
const LOW: usize = 8;

/// A sample of fewer bytes is too small to ask for articles of an ordinary length.
const SMALL: u64 = 4 << 10;

/// Bytes of an ordinary article.
const ORDINARY: u64 = 2500;

/// Bytes of prose of an article with a title that is printed twice.
const TITLED: u64 = 500;

/// Few parts of a page have so many bytes.
const PAGE: u64 = 4000;

/// What was counted of the segments between the borders of a candidate.
#[derive(Debug, Clone, Copy)]
pub struct Segments {
    /// Bytes of the one in the middle.
    pub median: u64,
    /// Lines of the one in the middle.
    lines: usize,
    /// Bytes of prose of the one in the middle.
    prose_median: u64,
    /// Share with an article's text.
    prose: f64,
    /// Share with next to nothing.
    empty: f64,
    /// The first and the last are about as much prose as the others. Parts of a page are not: its menu comes
    /// first, its foot last.
    alike: bool,
}

/// Segments of a candidate: all of them, but for one at either end that is so long that it holds another dump.
fn segments(sample: &Sample<'_>, Candidate { borders, opens, .. }: &Candidate) -> Segments {
    let ends = borders.iter().copied().chain([sample.lines.len()]);
    let starts = [0].into_iter().chain(borders.iter().copied());
    let mut all: Vec<(usize, usize)> = starts.zip(ends).filter(|(a, b)| a < b).collect();
    // A mark that the sample begins with is no segment.
    if *opens && borders[0] == 1 && all.len() > 1 {
        all.remove(0);
    }
    // Nobody knows how the last one goes on.
    if !sample.ended && all.len() > 2 {
        all.pop();
    }
    let bytes = |s: &(usize, usize)| sample.bytes(*s);
    let median = middle(all.iter().map(bytes).collect());
    if all.len() > 3 {
        let other = |s: Option<&(usize, usize)>| s.is_some_and(|s| bytes(s) > OTHER_DUMP * median);
        if other(all.last()) {
            all.pop();
        }
        if other(all.first()) {
            all.remove(0);
        }
        // A line at the end may be anything.
        if all.last().is_some_and(|last| bytes(last) < REST) {
            all.pop();
        }
    }
    let share = |test: &dyn Fn(&(usize, usize)) -> bool| {
        all.iter().filter(|s| test(s)).count() as f64 / all.len().max(1) as f64
    };
    let ratio = |s: &(usize, usize)| sample.prose(*s) as f64 / bytes(s).max(1) as f64;
    let mut ratios: Vec<f64> = all.iter().map(ratio).collect();
    let ends = [ratios.first(), ratios.last()].map(|r| r.copied().unwrap_or(0.0));
    ratios.sort_unstable_by(f64::total_cmp);
    // Of two segments neither can stand for the others.
    let usual = if ratios.len() > 2 { ratios[ratios.len() / 2] } else { 1.0 };
    let is_low = |ratio: &f64| ratio * 2.0 < usual;
    // If inner segments have little prose too, little prose in the first or last one is no evidence.
    let low = ratios.iter().filter(|r| is_low(r)).count()
        - ends.iter().filter(|r| is_low(r)).count().min(ratios.len());
    let varied = low * LOW >= ratios.len().saturating_sub(2).max(1);
    Segments {
        alike: varied || !ends.iter().any(is_low),
        median: middle(all.iter().map(bytes).collect()),
        lines: middle(all.iter().map(|(a, b)| (b - a) as u64).collect()) as usize,
        prose_median: middle(all.iter().map(|s| sample.prose(*s)).collect()),
        prose: share(&|s| sample.prose(*s) >= ARTICLE),
        empty: share(&|s| bytes(s) < EMPTY),
    }
}

fn middle(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}

/// How sure it is that a candidate separates articles, in percent, and what its segments are like.
///
/// `heads` are the lines at which a title stands that is printed again.
pub fn judge(sample: &Sample<'_>, c: &Candidate, heads: &[usize], all: &[Candidate]) -> (u8, Segments) {
    let segments = segments(sample, c);
    let seen = Seen::new(sample, c, heads, segments);
    let sum = match c.kind {
        Kind::Feed => seen.feed(),
        Kind::Delimiter => seen.delimiter(),
        Kind::Mark { kind, .. } => seen.mark(kind),
        Kind::Rule(_) => seen.rule(),
        Kind::BlankRun(run) => seen.blank_run(run, all),
        Kind::Titles => seen.titles(),
    };
    // What a dump states need not look alike.
    let stated = match c.kind {
        Kind::Delimiter => true,
        Kind::Mark { kind, .. } => kind < MarkKind::BareAddress || c.opens,
        _ => false,
    };
    // Whole pages are as long as nothing inside of one is.
    let long = matches!(c.kind, Kind::BlankRun(_)) && c.borders.len() > SEVERAL && segments.median >= PAGE;
    let sum = match segments.alike {
        true => sum,
        false if stated => sum,
        false if long => sum * 0.85,
        false => sum * 0.65,
    };
    ((sum * 100.0).round().clamp(0.0, 99.0) as u8, segments)
}

/// What was counted of one candidate; shares are between 0 and 1.
struct Seen<'a, 'b> {
    sample: &'a Sample<'b>,
    candidate: &'a Candidate,
    segments: Segments,
    /// Borders with a line below that could be a title.
    titled: f64,
    /// Borders with a line below that is a title beyond doubt.
    clear: f64,
    /// Borders at a title that is printed twice.
    headed: f64,
    /// Borders with blank lines above or below.
    apart: f64,
    /// 1 if there are several.
    several: f64,
}

/// Borders that are no chance.
const SEVERAL: usize = 3;

/// Borders in a dump, and hardly in a page.
const MANY: usize = 6;

impl<'a, 'b> Seen<'a, 'b> {
    fn new(sample: &'a Sample<'b>, candidate: &'a Candidate, heads: &[usize], segments: Segments) -> Self {
        let borders: Vec<usize> =
            candidate.borders.iter().copied().filter(|i| *i < sample.lines.len()).collect();
        let share = |test: &dyn Fn(usize) -> bool| {
            borders.iter().filter(|i| test(**i)).count() as f64 / borders.len().max(1) as f64
        };
        let blank = |i: usize| sample.lines.get(i).is_some_and(|l| l.blanks > 0);
        Self {
            sample,
            candidate,
            segments,
            titled: share(&|i| title_like(sample.text(i))),
            clear: share(&|i| clear_title(sample.text(i))),
            headed: share(&|i| heads.binary_search(&i).is_ok()),
            apart: share(&|i| i <= 1 || blank(i) || blank(i - 1)),
            several: f64::from(u8::from(candidate.borders.len() >= SEVERAL)),
        }
    }

    /// 1 if the sample begins with a mark of the candidate.
    fn opens(&self) -> f64 {
        f64::from(u8::from(self.candidate.opens))
    }

    fn mark(&self, kind: MarkKind) -> f64 {
        let Segments { prose, empty, .. } = self.segments;
        let Candidate { distinct, rising, .. } = self.candidate;
        let lone = self.candidate.borders.len() < 2;
        let lists = 0.6 * empty;
        match kind {
            // One mark alone says only what its own source is.
            MarkKind::Name | MarkKind::Address if lone && !self.candidate.opens => 0.5,
            MarkKind::Name => 0.7 + 0.15 * self.opens() + 0.1 * self.several + 0.1 * prose - lists,
            MarkKind::Address => 0.55 + 0.2 * self.opens() + 0.1 * self.several + 0.15 * prose - lists,
            MarkKind::BareAddress => {
                let same = if *distinct < 0.5 { 0.2 } else { 0.0 };
                // An address in a list is followed by its text as well.
                let list =
                    if self.candidate.opens || (self.clear >= 0.8 && self.apart >= 0.8) { 0.0 } else { 0.2 };
                let several = 0.1 * self.several + 0.1 * self.apart + 0.15 * self.clear;
                0.3 + 0.35 * self.opens() + 0.2 * prose + several - lists - same - list
            }
            MarkKind::Number => {
                0.2 + 0.4 * rising + 0.2 * prose + 0.1 * self.opens() + 0.1 * self.several - lists
            }
            MarkKind::Prefix => 0.5 + 0.15 * self.opens() + 0.2 * prose + 0.1 * self.several - lists,
            MarkKind::Heading => 0.4 + 0.25 * self.opens() + 0.2 * prose + 0.1 * self.several - lists,
            MarkKind::Symbol => 0.4 + 0.3 * prose + 0.1 * self.several + 0.2 * self.clear - lists,
            MarkKind::End => 0.4 + 0.3 * prose + 0.1 * self.several + 0.1 * self.titled - lists,
        }
    }

    fn delimiter(&self) -> f64 {
        let sentences = if self.segments.median < ARTICLE && self.segments.prose < 0.3 { 0.5 } else { 0.0 };
        0.75 + 0.1 * self.several + 0.1 * self.segments.prose - 0.5 * self.segments.empty - sentences
    }

    fn rule(&self) -> f64 {
        let line = self.sample.text(self.candidate.borders[0] - 1);
        // Three stars or dashes divide the parts of one text in Markdown and in books; `###` does not.
        let base = match rule_len(line) {
            _ if line.trim_ascii().starts_with(b"#") => 0.35,
            0..5 => 0.1,
            5..10 => 0.25,
            10..20 => 0.35,
            _ => 0.45,
        };
        // Browsers that print text draw the rules of a page with these.
        let printed = line.trim_ascii().starts_with(b"_") || !line.is_ascii();
        let base = if printed { base - 0.35 } else { base };
        // One or two rules may stand anywhere in a page.
        let base = match self.candidate.borders.len() {
            _ if size(self.sample) < SMALL => base,
            0..2 => base - 0.3,
            2 => base - 0.2,
            _ => base,
        };
        let Segments { prose, empty, .. } = self.segments;
        let look = 0.15 * self.clear + 0.1 * self.apart + 0.25 * self.headed;
        base + 0.25 * (prose - 0.6).max(0.0) / 0.4 + 0.05 * self.several + look - 0.6 * empty
    }

    fn feed(&self) -> f64 {
        let Segments { prose, empty, .. } = self.segments;
        let pages = 0.6 * pages(self.sample, &self.candidate.borders);
        0.35 + 0.2 * prose + 0.25 * self.titled + 0.15 * self.headed + 0.1 * self.several
            - 0.6 * empty
            - pages
    }

    fn titles(&self) -> f64 {
        let opens = if self.candidate.opens { 0.1 } else { 0.0 };
        // Pages print names twice too: of products, of rubrics, of pictures.
        // In an article that holds a dump, and behind another dump, they begin later.
        let first = self.candidate.borders.first().map_or(0, |i| self.sample.lines[*i].start);
        let later = self.sample.inside || first >= self.segments.median * SEVERAL as u64;
        let least = if later { SEVERAL } else { MANY };
        let articles = self.candidate.borders.len() > least && self.segments.prose_median >= TITLED;
        let alone =
            if self.candidate.opens || (articles && self.candidate.distinct > 0.9) { 0.0 } else { 0.3 };
        0.45 + 0.4 * self.candidate.distinct + opens + 0.05 * self.several - alone
    }

    /// The longest common run separates articles, shorter ones separate paragraphs.
    fn blank_run(&self, run: BlankRun, all: &[Candidate]) -> f64 {
        let (sample, borders) = (self.sample, &self.candidate.borders);
        let Segments { prose, median, lines, .. } = self.segments;
        let shorter = all.iter().find_map(|o| match o.kind {
            Kind::BlankRun(n) if n.empty == run.empty && n.lines < run.lines => {
                Some(o.borders.len() - borders.len())
            }
            _ => None,
        });
        let gap = |l: &super::titles::LineInfo| if run.empty { l.empties } else { l.blanks };
        let shortest = sample.lines.iter().skip(1).map(gap).filter(|&b| b > 0).min();
        let others = sample.lines.iter().skip(1).filter(|l| gap(l) >= 2 && gap(l) < run.lines).count();
        // If no shorter run shows, this one may just be how paragraphs are set apart.
        let only = shortest == Some(run.lines);
        let common = shorter.is_none_or(|n| borders.len() * 7 >= n);
        let least = if only { 200 } else { 100 };
        let alone = borders.len() > 1 || borders.iter().all(|&i| opens_article(sample, i, run.lines));
        let size = size(sample);
        let untitled = size < SMALL && self.titled < 0.6;
        if untitled || !common || !alone || (only && lines < 3) || median < least {
            return 0.3;
        }
        // Parts of a page are set apart in the same way, but they are shorter than articles.
        let long_enough = match run.lines {
            _ if size < SMALL || self.headed >= 0.5 => true,
            2 => median >= PAGE && borders.len() >= MANY && self.clear > 0.8,
            _ if median >= PAGE && borders.len() >= SEVERAL => true,
            _ if median >= ORDINARY && borders.len() >= MANY => true,
            _ => borders.len() >= SEVERAL && others == 0 && prose >= 0.8 && self.clear >= 0.6,
        };
        if !long_enough {
            return 0.6;
        }
        // A page that is printed with its layout has runs of every length.
        let wider = sample.lines.iter().skip(1).filter(|l| gap(l) > run.lines + 1).count();
        let others = if wider * 10 >= borders.len() { others + borders.len() + 1 } else { others };
        let clean = match others {
            n if n * 4 <= borders.len() => 1.0,
            n if n <= borders.len() => 0.85,
            n if n <= borders.len() * 2 => 0.75,
            _ => 0.6,
        };
        let paragraphs = if only { 0.0 } else { 0.1 };
        let look = 0.25 * self.titled.max(0.6 * (prose - 0.5) * 2.0) + 0.15 * self.headed + paragraphs;
        clean * (0.25 + 0.4 * prose + look + 0.05 * self.several)
    }
}

fn size(sample: &Sample<'_>) -> u64 {
    sample.lines.last().map_or(0, |l| l.end)
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

/// Lines above and below a form feed in which a page has its number and its running title.
const MARGIN: usize = 3;

/// Form feeds that are looked at.
const LOOKED: usize = 100;

/// How much speaks for form feeds between the pages of one document, from 0 to 1: sentences that go on behind
/// them, the same line at the top of each page, numbers of pages.
fn pages(sample: &Sample<'_>, borders: &[usize]) -> f64 {
    let text = |i: usize| String::from_utf8_lossy(sample.text(i)).trim().to_owned();
    let first = |i: usize| text(i).chars().find(|c| !c.is_whitespace());
    let below = |i: usize| i..sample.lines.len().min(i + MARGIN);
    let above = |i: usize| i.saturating_sub(MARGIN)..i;
    let goes_on = |i: usize| {
        let open = above(i).any(|k| text(k).chars().count() > 40 && !ends_sentence(&text(k)));
        open && below(i).any(|k| first(k).is_some_and(char::is_lowercase))
    };
    // The running title of a page may have the page's number at either end; copies of an article are no pages.
    let bare = |i: usize| text(i).trim_matches(|c: char| c.is_numeric() || c.is_whitespace()).to_owned();
    let differ = |i: usize, o: usize| {
        i + 1 < sample.lines.len() && o + 1 < sample.lines.len() && sample.text(i + 1) != sample.text(o + 1)
    };
    let same = |i: usize| borders.iter().take(LOOKED).any(|&o| o != i && bare(o) == bare(i) && differ(i, o));
    let looked: Vec<usize> = borders.iter().copied().take(LOOKED).collect();
    let share = |test: &dyn Fn(usize) -> bool| {
        looked.iter().filter(|i| test(**i)).count() as f64 / looked.len().max(1) as f64
    };
    // Pages are numbered one by one.
    let number = |i: &usize| above(*i).chain(below(*i)).find_map(|k| page_number(&text(k)));
    let numbers: Vec<Option<u32>> = looked.iter().map(number).collect();
    let rising = numbers.windows(2).filter(|w| w[0].is_some() && w[0] < w[1]).count();
    let numbered = rising as f64 / looked.len().max(2) as f64;
    // Sentences break off at one page in two or three. Titles of articles may be alike as well, but their last
    // sentences are whole.
    let broken = share(&goes_on);
    let running = if broken > 0.0 { share(&same) } else { 0.0 };
    (broken * 3.0).max(numbered).max(running).min(1.0)
}

/// The number of a page, if a line is one: `12`, `- 12 -`, `Page 12 of 30`.
fn page_number(line: &str) -> Option<u32> {
    let line = line.trim_matches(|c: char| c == '-' || c == '–' || c.is_whitespace());
    let page =
        line.split(|c: char| !c.is_alphabetic()).next().is_some_and(|w| w.eq_ignore_ascii_case("page"));
    let number = line.split(|c: char| !c.is_ascii_digit()).find(|n| !n.is_empty())?;
    let alone = line.len() <= 4 && number.len() == line.len();
    if alone || (page && line.len() <= 20) { number.parse().ok() } else { None }
}

/// Whether the rule at line `i` underlines a heading: right below a short line, and about as
/// long as that or short itself.
pub fn underlines(sample: &Sample<'_>, i: usize) -> bool {
    if i == 0 || sample.lines[i].blanks > 0 || is_rule(sample.text(i - 1)) {
        return false;
    }
    let above = String::from_utf8_lossy(sample.text(i - 1)).trim().chars().count();
    let long_enough = rule_len(sample.text(i)) + 3 >= above;
    above <= 100 && long_enough && rule_len(sample.text(i)) <= above + 3
}
