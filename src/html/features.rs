//! What a block looks like and where it stands, in whole numbers.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::attributes::Name;
use super::blocks::{Blocks, around};
use super::facts::{self, Facts};
use super::hints::GROUPS;
use super::meta::Meta;
use super::tag::Tag;
use super::tree::Tree;

/// `part` of `whole` in thousandths.
fn permille(part: i64, whole: i64) -> i32 {
    if whole <= 0 { 0 } else { (part * 1000 / whole) as i32 }
}

/// Sums over the first blocks of a page.
#[derive(Clone, Copy, Default)]
struct Sums {
    size: i64,
    linked: i64,
    prose: i64,
    blocks: i64,
}

/// A page on its way to features.
pub struct Page<'p> {
    tree: &'p Tree<'p>,
    blocks: &'p Blocks,
    meta: &'p Meta,
    facts: Vec<Facts>,
    /// Size, links and heading of each block, which its neighbours are asked for as well.
    own: Vec<[i32; 3]>,
    copies: Vec<i32>,
    /// Sums over the blocks before each, and over all.
    sums: Vec<Sums>,
    /// How many blocks begin before each node, and how many there are.
    before: Vec<u32>,
    /// Prose under each block element and its own parent: where the text may be.
    best: u32,
    first_h1: usize,
    articles: i32,
}

/// How many features there are.
pub const COUNT: usize =
    OWN.len() + PLACE.len() + PAGE.len() + BITS.len() + GROUPS + 2 * 7 + LEVELS.len() * 5;

/// Names of the features, in order: for the trainer.
pub fn names() -> Vec<String> {
    let mut all: Vec<String> = OWN.iter().chain(PLACE).chain(PAGE).map(|s| (*s).to_owned()).collect();
    for (name, _) in BITS {
        all.push(format!("in_{name}"));
    }
    for group in 0..GROUPS {
        all.push(format!("hint_{group}"));
    }
    for side in ["before", "after"] {
        for n in 1..=2 {
            all.extend(["size", "linked", "heading"].map(|what| format!("{side}_{n}_{what}")));
        }
        all.push(format!("{side}_largest_of_5"));
    }
    for level in LEVELS {
        let what = ["size", "share", "linked", "prose", "blocks"];
        all.extend(what.map(|what| format!("up_{level}_{what}")));
    }
    all
}

const OWN: &[&str] = &[
    "size",
    "linked",
    "words",
    "ends_sentence",
    "ends_colon",
    "commas",
    "digits",
    "capitals",
    "is_p",
    "is_li",
    "heading",
    "is_cell",
    "is_dd",
    "is_div",
    "copies",
];
const PLACE: &[&str] = &[
    "depth",
    "position",
    "after_h1",
    "since_heading",
    "last_heading",
    "to_best",
    "in_best",
    "siblings",
    "alone",
];
const PAGE: &[&str] = &["page_size", "page_prose", "page_linked", "page_articles", "page_kinds"];
const LEVELS: &[usize] = &[1, 2, 3, 5];
const BITS: &[(&str, u32)] = &[
    ("nav", around::NAV),
    ("header", around::HEADER),
    ("footer", around::FOOTER),
    ("aside", around::ASIDE),
    ("main", around::MAIN),
    ("article", around::ARTICLE),
    ("form", around::FORM),
    ("table", around::TABLE),
    ("list", around::LIST),
    ("figure", around::FIGURE),
    ("figcaption", around::FIGCAPTION),
    ("hidden", around::HIDDEN),
    ("button", around::BUTTON),
    ("label", around::LABEL),
    ("quote", around::QUOTE),
    ("pre", around::PRE),
    ("dialog", around::DIALOG),
    ("paragraph", around::PARAGRAPH),
    ("details", around::DETAILS),
    ("strong", around::STRONG),
];

/// A distance that stands for "nowhere".
const FAR: i32 = 16;

impl<'p> Page<'p> {
    /// Gathers what the blocks have in common.
    pub fn new(tree: &'p Tree<'p>, blocks: &'p Blocks, meta: &'p Meta) -> Self {
        let texts = || blocks.all.iter().map(|b| &blocks.text[b.text.clone()]);
        let facts: Vec<Facts> = texts().map(Facts::of).collect();
        let first_h1 = blocks.all.iter().position(|b| b.around & around::H1 != 0).unwrap_or(usize::MAX);
        let articles = tree.nodes.iter().filter(|n| n.tag == Tag::Article).count().min(50) as i32;
        let mut page = Self {
            tree,
            blocks,
            meta,
            own: Vec::with_capacity(facts.len()),
            copies: facts::copies(texts(), FAR),
            sums: Vec::with_capacity(facts.len() + 1),
            before: Vec::with_capacity(tree.nodes.len() + 1),
            best: 0,
            first_h1,
            articles,
            facts,
        };
        page.add_up();
        page.best = page.find_best();
        page
    }

    /// Fills in what a block adds to its page.
    fn add_up(&mut self) {
        let mut sum = Sums::default();
        for (i, block) in self.blocks.all.iter().enumerate() {
            self.before.resize(block.at as usize + 1, i as u32);
            self.sums.push(sum);
            let size = i32::try_from(self.facts[i].size).unwrap_or(i32::MAX / 4);
            let linked = permille(block.linked.into(), block.chars.into());
            self.own.push([size, linked, self.heading(i)]);
            sum.size += i64::from(size);
            sum.linked += i64::from(size) * i64::from(linked) / 1000;
            sum.prose += if is_prose(size, linked) { i64::from(size) } else { 0 };
            sum.blocks += 1;
        }
        self.before.resize(self.tree.nodes.len() + 1, self.blocks.all.len() as u32);
        self.sums.push(sum);
    }

    /// The block element that is nearest around most of the prose.
    fn find_best(&self) -> u32 {
        let mut scores = Vec::new();
        for (block, &[size, linked, _]) in self.blocks.all.iter().zip(&self.own) {
            if is_prose(size, linked) && block.around & around::HIDDEN == 0 {
                let one = self.up(block.holder);
                scores.extend([(one, i64::from(size) * 2), (self.up(one), i64::from(size))]);
            }
        }
        scores.sort_unstable();
        let sums =
            scores.chunk_by(|a, b| a.0 == b.0).map(|s| (s[0].0, s.iter().map(|(_, n)| n).sum::<i64>()));
        sums.max_by_key(|(node, score)| (*score, std::cmp::Reverse(*node))).map_or(0, |(node, _)| node)
    }

    /// The block element around `node`.
    fn up(&self, node: u32) -> u32 {
        let parent = self.tree.nodes[node as usize].parent;
        self.blocks.holder[parent as usize]
    }

    /// Sums over the blocks within `node`.
    fn within(&self, node: u32) -> Sums {
        let end = self.tree.nodes[node as usize].end;
        let from = self.before[node as usize];
        let to = self.before[end as usize].max(from);
        let (a, b) = (self.sums[from as usize], self.sums[to as usize]);
        Sums {
            size: b.size - a.size,
            linked: b.linked - a.linked,
            prose: b.prose - a.prose,
            blocks: b.blocks - a.blocks,
        }
    }

    /// Hands out the features of each block, in order.
    pub fn each(&self, mut take: impl FnMut(&[i32])) {
        let (mut since, mut last) = (0, 0);
        let mut seen = [(u32::MAX, [0; 5]); LEVELS.len()];
        let mut f = Vec::with_capacity(COUNT);
        for i in 0..self.blocks.all.len() {
            let level = self.own[i][2];
            if level > 0 {
                (since, last) = (0, level);
            }
            f.clear();
            self.own(i, &mut f);
            self.place(i, since, last, &mut f);
            self.page(&mut f);
            self.surroundings(i, &mut f);
            self.neighbours(i, &mut f);
            self.containers(i, &mut seen, &mut f);
            take(&f);
            since += 1;
        }
    }

    /// What the place of a block looks like: tags and classes of its block element and the two
    /// around it. Blocks that are laid out alike have the same.
    pub fn looks(&self) -> Vec<u64> {
        self.blocks.all.iter().map(|b| self.look(b.holder)).collect()
    }

    fn look(&self, mut node: u32) -> u64 {
        let mut hash = 0;
        for _ in 0..3 {
            let class = self.tree.attribute(node as usize, Name::Class).unwrap_or_default();
            hash ^= self.tree.nodes[node as usize].tag as u64;
            hash = xxh3_64_with_seed(&class.as_bytes()[..class.len().min(240)], hash);
            node = self.up(node);
        }
        hash
    }

    /// Level of the heading that the block is in, 0 for none.
    fn heading(&self, i: usize) -> i32 {
        let b = &self.blocks.all[i];
        if b.around & around::HEADING == 0 {
            return 0;
        }
        let mut node = b.at;
        for _ in 0..FAR {
            let tag = self.tree.nodes[node as usize].tag;
            if tag.is_heading() {
                return tag as i32 - Tag::H1 as i32 + 1;
            }
            node = self.tree.nodes[node as usize].parent;
        }
        0
    }

    fn own(&self, i: usize, f: &mut Vec<i32>) {
        let b = &self.blocks.all[i];
        let text = &self.blocks.text[b.text.clone()];
        let (facts, [size, linked, heading]) = (&self.facts[i], self.own[i]);
        let share = |count: u32| permille(count.into(), b.chars.into());
        let tag = self.tree.nodes[b.holder as usize].tag;
        let last = text.trim_end_matches(['"', '\'', '”', '’', ')', '»', '」', ']']).chars().next_back();
        let ends = last.is_some_and(|c| matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '؟' | '।'));
        f.extend([
            size,
            linked,
            b.words as i32,
            i32::from(ends),
            i32::from(last.is_some_and(|c| matches!(c, ':' | '：'))),
            share(facts.commas),
            share(facts.digits),
            share(facts.likely_capitals(b)),
            i32::from(tag == Tag::P),
            i32::from(tag == Tag::Li),
            heading,
            i32::from(matches!(tag, Tag::Td | Tag::Th)),
            i32::from(matches!(tag, Tag::Dd | Tag::Dt)),
            i32::from(matches!(tag, Tag::Div | Tag::Section | Tag::Custom)),
            self.copies[i],
        ]);
    }

    fn place(&self, i: usize, since: i32, last: i32, f: &mut Vec<i32>) {
        let b = &self.blocks.all[i];
        let total = self.sums[self.blocks.all.len()].size;
        let best = &self.tree.nodes[self.best as usize];
        let mut node = b.holder;
        let mut to_best = 0;
        while to_best < FAR {
            let n = &self.tree.nodes[node as usize];
            if node <= self.best && self.best < n.end {
                break;
            }
            node = n.parent;
            to_best += 1;
        }
        let parent = self.tree.nodes[b.holder as usize].parent;
        f.extend([
            i32::from(self.tree.nodes[b.at as usize].depth),
            permille(self.sums[i].size, total),
            if self.first_h1 == usize::MAX { 0 } else { 1 + i32::from(i >= self.first_h1) },
            since.min(50),
            last,
            to_best,
            i32::from(self.best <= b.at && b.at < best.end),
            self.within(parent).blocks.min(200) as i32,
            i32::from(self.within(b.holder).blocks == 1),
        ]);
    }

    fn page(&self, f: &mut Vec<i32>) {
        let total = self.sums[self.blocks.all.len()];
        f.extend([
            total.size.min(1 << 24) as i32,
            permille(total.prose, total.size),
            permille(total.linked, total.size),
            self.articles,
            self.meta.kinds as i32,
        ]);
    }

    fn surroundings(&self, i: usize, f: &mut Vec<i32>) {
        let b = &self.blocks.all[i];
        f.extend(BITS.iter().map(|(_, bit)| i32::from(b.around & bit != 0)));
        let (mut distance, mut missing) = ([FAR; GROUPS], u32::MAX);
        let mut node = self.tree.nodes[b.at as usize].parent;
        for level in 0..FAR {
            let mut found = self.blocks.hints[node as usize].0 & missing;
            missing &= !found;
            while found != 0 {
                distance[found.trailing_zeros() as usize] = level;
                found &= found - 1;
            }
            if node == 0 {
                break;
            }
            node = self.tree.nodes[node as usize].parent;
        }
        f.extend(distance);
    }

    fn neighbours(&self, i: usize, f: &mut Vec<i32>) {
        let n = self.blocks.all.len();
        for back in [true, false] {
            let at = |k: usize| if back { i.checked_sub(k) } else { (i + k < n).then_some(i + k) };
            for k in 1..=2 {
                match at(k) {
                    Some(j) => f.extend(self.own[j]),
                    None => f.extend([-1, -1, -1]),
                }
            }
            f.push((1..=5).filter_map(at).map(|j| self.own[j][0]).max().unwrap_or(-1));
        }
    }

    /// `seen` has what was said of each level for the block before: most have the same containers.
    fn containers(&self, i: usize, seen: &mut [(u32, [i32; 5]); LEVELS.len()], f: &mut Vec<i32>) {
        let mut node = self.blocks.all[i].holder;
        let mut level = 0;
        for (wanted, seen) in LEVELS.iter().zip(seen) {
            while level < *wanted {
                node = self.up(node);
                level += 1;
            }
            if seen.0 != node {
                *seen = (node, self.container(node));
            }
            f.extend(seen.1);
        }
    }

    fn container(&self, node: u32) -> [i32; 5] {
        let (s, total) = (self.within(node), self.sums[self.blocks.all.len()].size);
        [
            s.size.min(1 << 24) as i32,
            permille(s.size, total),
            permille(s.linked, s.size),
            permille(s.prose, s.size),
            s.blocks.min(1 << 20) as i32,
        ]
    }
}

/// Long enough for prose, and no list of links.
fn is_prose(size: i32, linked: i32) -> bool {
    size >= 80 && linked < 400
}
