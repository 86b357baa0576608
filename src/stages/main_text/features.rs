//! What the lines of a page look like, in small whole numbers: one column of bytes for each
//! feature, one byte for each line.

use fearless_simd::dispatch;

use super::scan::{self, Facts};
use super::words::Words;
use crate::text::LEVEL;

/// Lines above and below a line whose features a tree may ask for.
pub const REACH: usize = 3;

/// Columns are filled up to a multiple of this many lines.
pub const BLOCK: usize = 64;

/// The features of a page, a column each.
pub struct Columns {
    lines: usize,
    stride: usize,
    bytes: Vec<u8>,
    names: Vec<&'static str>,
}

impl Columns {
    fn new(lines: usize) -> Self {
        let stride = lines.next_multiple_of(BLOCK) + 2 * REACH;
        Self { lines, stride, bytes: Vec::with_capacity(stride * 56), names: Vec::with_capacity(56) }
    }

    fn add(&mut self, name: &'static str, values: impl Iterator<Item = u8>) {
        let start = self.bytes.len();
        self.bytes.resize(start + REACH, 0);
        self.bytes.extend(values);
        self.bytes.resize(start + self.stride, 0);
        self.names.push(name);
    }

    /// Names of the columns.
    pub fn names(&self) -> &[&'static str] {
        &self.names
    }

    /// Number of lines.
    pub fn lines(&self) -> usize {
        self.lines
    }

    /// Column `feature` from line `line` on, as seen `shift` lines away; 0 outside the page.
    pub fn block(&self, feature: usize, shift: isize, line: usize) -> &[u8; BLOCK] {
        let start = (feature * self.stride + REACH + line).wrapping_add_signed(shift);
        self.bytes[start..start + BLOCK].try_into().expect("a block's length")
    }

    /// Words of each line, which is the first feature; 255 at most.
    pub fn words(&self) -> impl Iterator<Item = u32> + '_ {
        self.bytes[REACH..].iter().take(self.lines).map(|n| u32::from(*n))
    }

    /// One feature of one line.
    pub fn value(&self, feature: usize, line: usize) -> u8 {
        self.bytes[feature * self.stride + REACH + line]
    }
}

fn cap(n: u32) -> u8 {
    n.min(255) as u8
}

/// A share in 250ths; 0 of nothing.
fn share(part: u32, whole: u32) -> u8 {
    (part.min(whole) * 250).checked_div(whole).unwrap_or(0) as u8
}

/// A number in steps that grow, four to an octave.
fn steps(n: u32) -> u8 {
    if n < 8 {
        return n as u8;
    }
    let octave = 31 - n.leading_zeros();
    (octave * 4 + ((n >> (octave - 2)) & 3) - 4) as u8
}

/// What has been read of a page before its features are made.
struct Page {
    facts: Vec<Facts>,
    prose: Vec<bool>,
    /// Words of each line that another long line has too, in 250ths of its words.
    known: Vec<u8>,
    /// Words of each line that a quarter of the long lines have, likewise.
    common: Vec<u8>,
    /// How often each line stands on the page.
    copies: Vec<u32>,
    /// Known words of the page, in 250ths.
    familiar: u8,
}

/// Bytes from which on a line shows which words belong to the page's prose.
const LONG: usize = 80;

fn read(lines: &[&str]) -> Page {
    let n = lines.len();
    let mut hashes: Vec<u32> = Vec::with_capacity(lines.iter().map(|l| l.len() / 5 + 1).sum());
    let (mut facts, mut ends) = (Vec::with_capacity(n), Vec::with_capacity(n + 1));
    ends.push(0);
    dispatch!(*LEVEL, simd => for line in lines {
        facts.push(scan::line(simd, line.trim(), &mut hashes));
        ends.push(hashes.len());
    });
    let own = |i: usize| &hashes[ends[i]..ends[i + 1]];
    let keys: Vec<u32> = facts.iter().enumerate().map(|(i, f)| scan::key(own(i), f.visible)).collect();
    let (mut seen, mut whole, mut long) = (Words::new(hashes.len()), Words::new(n), 0);
    for (i, line) in lines.iter().enumerate() {
        whole.add(keys[i], i as u32);
        if line.len() >= LONG {
            long += 1;
            own(i).iter().for_each(|word| seen.add(*word, i as u32));
        }
    }
    let many = (long / 4).clamp(3, u32::from(u16::MAX));
    let (mut known, mut common, mut sum) = (Vec::with_capacity(n), Vec::with_capacity(n), 0);
    for (i, f) in facts.iter().enumerate() {
        let (mut k, mut c) = (0, 0);
        for word in own(i) {
            let lines = seen.lines(*word);
            k += u32::from(lines >= 2);
            c += u32::from(lines >= many);
        }
        known.push(share(k, f.words));
        common.push(share(c, f.words));
        sum += k;
    }
    Page {
        prose: facts.iter().map(Facts::is_prose).collect(),
        copies: keys.iter().map(|key| whole.lines(*key).max(1)).collect(),
        familiar: share(sum, hashes.len() as u32),
        facts,
        known,
        common,
    }
}

/// The features of all lines of a page.
pub fn page(lines: &[&str]) -> Columns {
    let page = read(lines);
    let mut out = Columns::new(lines.len());
    by_line(&page, &mut out);
    by_place(&page, &mut out);
    by_window(&page, &mut out);
    out
}

/// What a line shows by itself.
fn by_line(page: &Page, out: &mut Columns) {
    let facts = || page.facts.iter();
    out.add("words", facts().map(|f| cap(f.words)));
    out.add("visible", facts().map(|f| cap(f.visible / 4)));
    out.add("ending", facts().map(|f| f.ending));
    out.add("commas", facts().map(|f| cap(f.commas)));
    out.add("inner-ends", facts().map(|f| cap(f.inner_ends)));
    out.add("capital-words", facts().map(|f| share(f.capital_words, f.words)));
    out.add("small-words", facts().map(|f| share(f.small_words, f.words)));
    out.add("capitals", facts().map(|f| share(f.capitals, f.visible)));
    out.add("digits", facts().map(|f| cap(f.digits)));
    out.add("digit-share", facts().map(|f| share(f.digits, f.visible)));
    out.add("bars", facts().map(|f| cap(f.bars)));
    out.add("start", facts().map(|f| f.start));
    out.add("copies", page.copies.iter().map(|n| cap(*n)));
    out.add("word-length", facts().map(|f| cap(f.visible.min(9999) * 8 / f.words.max(1))));
    out.add("longest", facts().map(|f| cap(f.longest)));
    out.add("known", page.known.iter().copied());
    out.add("common", page.common.iter().copied());
    out.add("prose", page.prose.iter().map(|p| u8::from(*p)));
}

/// Where a line stands on its page, and what the page is like.
fn by_place(page: &Page, out: &mut Columns) {
    let (n, all) = (page.facts.len(), 0..page.facts.len());
    let prose = page.prose.iter().filter(|p| **p).count() as u32;
    out.add("position", all.clone().map(|i| share(i as u32, n as u32)));
    out.add("from-head", all.clone().map(|i| cap(i as u32)));
    out.add("from-tail", all.clone().map(|i| cap((n - 1 - i) as u32)));
    out.add("page-lines", all.clone().map(|_| steps(n as u32)));
    out.add("page-prose", all.clone().map(|_| steps(prose)));
    out.add("page-known", all.clone().map(|_| page.familiar));
    let mut above = 0;
    let above = page.prose.iter().map(|p| {
        above += u32::from(*p);
        share(above - u32::from(*p), prose)
    });
    out.add("prose-above", above);
    let ends = page.prose.iter().position(|p| *p).zip(page.prose.iter().rposition(|p| *p));
    let outside = all.map(|i| match ends {
        Some((first, _)) if i < first => cap((first - i) as u32).min(99),
        Some((_, last)) if i > last => 255 - cap((i - last) as u32).min(99),
        Some(_) => 128,
        None => 0,
    });
    out.add("prose-span", outside);
    distances(out, ["prose-before", "prose-after"], n, |i| page.prose[i]);
    distances(out, ["words-before", "words-after"], n, |i| page.facts[i].words >= 8);
}

/// What the lines around a line are like on average.
fn by_window(page: &Page, out: &mut Columns) {
    let facts = || page.facts.iter();
    let words: Vec<u32> = facts().map(|f| f.words.min(60)).collect();
    let ends: Vec<u32> = facts().map(|f| u32::from(f.ends_sentence())).collect();
    let known: Vec<u32> = page.known.iter().map(|k| u32::from(*k)).collect();
    let small: Vec<u32> = facts().map(|f| u32::from(share(f.small_words, f.words))).collect();
    let commas: Vec<u32> = facts().map(|f| f.commas.min(8)).collect();
    let starts: Vec<u32> = facts().map(|f| u32::from(f.starts_small())).collect();
    let digits: Vec<u32> = facts().map(|f| u32::from(share(f.digits, f.visible))).collect();
    let twice: Vec<u32> = page.copies.iter().map(|n| u32::from(*n > 1)).collect();
    for (names, values, times) in [
        (["words-5", "words-11", "words-31"], &words, 4),
        (["ends-5", "ends-11", "ends-31"], &ends, 250),
        (["known-5", "known-11", "known-31"], &known, 1),
        (["small-5", "small-11", "small-31"], &small, 1),
        (["commas-5", "commas-11", "commas-31"], &commas, 30),
    ] {
        mean::<2>(out, names[0], values, times);
        mean::<5>(out, names[1], values, times);
        mean::<15>(out, names[2], values, times);
    }
    mean::<5>(out, "starts-11", &starts, 250);
    mean::<5>(out, "digits-11", &digits, 1);
    mean::<5>(out, "copies-11", &twice, 250);
    let most = |reach: usize| {
        let words = &words;
        (0..words.len()).map(move |i| {
            let near = &words[i.saturating_sub(reach)..(i + reach + 1).min(words.len())];
            cap(near.iter().copied().max().unwrap_or(0))
        })
    };
    out.add("most-5", most(2));
    out.add("most-11", most(5));
}

/// `times` the mean over the lines within `REACH`; lines outside the page count as 0.
fn mean<const REACH: usize>(out: &mut Columns, name: &'static str, values: &[u32], times: u32) {
    let mut sum: u32 = values.iter().take(REACH).sum();
    let values = (0..values.len()).map(|i| {
        sum += values.get(i + REACH).unwrap_or(&0);
        let mean = cap(sum * times / (2 * REACH as u32 + 1));
        sum -= i.checked_sub(REACH).map_or(0, |i| values[i]);
        mean
    });
    out.add(name, values);
}

/// Lines since the last one that passes, above each line and below it; 255 without one.
fn distances(out: &mut Columns, names: [&'static str; 2], n: usize, passes: impl Fn(usize) -> bool) {
    let run = |order: &mut dyn Iterator<Item = usize>| -> Vec<u8> {
        let mut since = 255;
        let step = |i| {
            let here = since;
            since = if passes(i) { 1 } else { (since + 1).min(255) };
            here as u8
        };
        order.map(step).collect()
    };
    let (above, mut below) = (run(&mut (0..n)), run(&mut (0..n).rev()));
    below.reverse();
    out.add(names[0], above.into_iter());
    out.add(names[1], below.into_iter());
}
