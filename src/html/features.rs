//! What a block looks like and where it stands, in whole numbers.

use std::collections::HashMap;

use super::attributes::Name;
use super::blocks::{Block, Blocks, around};
use super::hints::GROUPS;
use super::meta::Meta;
use super::tag::Tag;
use super::tree::Tree;

/// Characters of a block as they weigh: those of scripts without spaces count threefold.
fn size(text: &str) -> i32 {
    let weigh = |c: char| match c {
        c if c.is_whitespace() => 0,
        '\u{2E80}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{3FFFF}' => 3,
        _ => 1,
    };
    i32::try_from(text.chars().map(weigh).sum::<usize>()).unwrap_or(i32::MAX / 4)
}

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
    sizes: Vec<i32>,
    sums: Vec<Sums>,
    /// Prose under each block element and its own parent: where the text may be.
    best: u32,
    first_h1: usize,
    copies: HashMap<&'p str, i32>,
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
        let text = |b: &Block| &blocks.text[b.text.clone()];
        let sizes: Vec<i32> = blocks.all.iter().map(|b| size(text(b))).collect();
        let mut sums = vec![Sums::default()];
        let mut sum = Sums::default();
        let mut copies = HashMap::new();
        for (block, &size) in blocks.all.iter().zip(&sizes) {
            let linked = permille(block.linked.into(), block.chars.into());
            sum.size += i64::from(size);
            sum.linked += i64::from(size) * i64::from(linked) / 1000;
            sum.prose += if is_prose(size, linked) { i64::from(size) } else { 0 };
            sum.blocks += 1;
            sums.push(sum);
            *copies.entry(text(block)).or_insert(0) += 1;
        }
        let first_h1 = blocks.all.iter().position(|b| b.around & around::H1 != 0).unwrap_or(usize::MAX);
        let articles = tree.nodes.iter().filter(|n| n.tag == Tag::Article).count().min(50) as i32;
        let mut page = Self { tree, blocks, meta, sizes, sums, best: 0, first_h1, copies, articles };
        page.best = page.find_best();
        page
    }

    /// The block element that is nearest around most of the prose.
    fn find_best(&self) -> u32 {
        let mut scores: HashMap<u32, i64> = HashMap::new();
        for (block, &size) in self.blocks.all.iter().zip(&self.sizes) {
            let linked = permille(block.linked.into(), block.chars.into());
            if is_prose(size, linked) && block.around & around::HIDDEN == 0 {
                let one = self.up(block.holder);
                *scores.entry(one).or_default() += i64::from(size) * 2;
                *scores.entry(self.up(one)).or_default() += i64::from(size);
            }
        }
        let best = scores.iter().max_by_key(|(node, score)| (**score, std::cmp::Reverse(**node)));
        best.map_or(0, |(node, _)| *node)
    }

    /// The block element around `node`.
    fn up(&self, node: u32) -> u32 {
        let parent = self.tree.nodes[node as usize].parent;
        self.blocks.holder[parent as usize]
    }

    /// Sums over the blocks within `node`.
    fn within(&self, node: u32) -> Sums {
        let end = self.tree.nodes[node as usize].end;
        let from = self.blocks.all.partition_point(|b| b.at < node);
        let to = self.blocks.all.partition_point(|b| b.at < end).max(from);
        let (a, b) = (self.sums[from], self.sums[to]);
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
        let mut f = Vec::with_capacity(COUNT);
        for i in 0..self.blocks.all.len() {
            let level = self.heading(i);
            if level > 0 {
                (since, last) = (0, level);
            }
            f.clear();
            self.own(i, &mut f);
            self.place(i, since, last, &mut f);
            self.page(&mut f);
            self.surroundings(i, &mut f);
            self.neighbours(i, &mut f);
            self.containers(i, &mut f);
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
        let mut hash = xxhash_rust::xxh3::Xxh3::new();
        for _ in 0..3 {
            let class = self.tree.attribute(node as usize, Name::Class).unwrap_or_default();
            hash.update(&[self.tree.nodes[node as usize].tag as u8]);
            hash.update(&class.as_bytes()[..class.len().min(256)]);
            node = self.up(node);
        }
        hash.digest()
    }

    fn linked(&self, i: usize) -> i32 {
        let b = &self.blocks.all[i];
        permille(b.linked.into(), b.chars.into())
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
        let count = |is: fn(char) -> bool| text.chars().filter(|c| is(*c)).count() as i64;
        let chars = i64::from(b.chars);
        let tag = self.tree.nodes[b.holder as usize].tag;
        let last = text.trim_end_matches(['"', '\'', '”', '’', ')', '»', '」', ']']).chars().next_back();
        let ends = last.is_some_and(|c| matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '؟' | '।'));
        f.extend([
            self.sizes[i],
            self.linked(i),
            b.words as i32,
            i32::from(ends),
            i32::from(last.is_some_and(|c| matches!(c, ':' | '：'))),
            permille(count(|c| matches!(c, ',' | '，' | '、' | '،' | ';')), chars),
            permille(count(|c| c.is_numeric()), chars),
            permille(capitals(text, b), chars),
            i32::from(tag == Tag::P),
            i32::from(tag == Tag::Li),
            self.heading(i),
            i32::from(matches!(tag, Tag::Td | Tag::Th)),
            i32::from(matches!(tag, Tag::Dd | Tag::Dt)),
            i32::from(matches!(tag, Tag::Div | Tag::Section | Tag::Custom)),
            self.copies[text].min(FAR),
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
        let mut distance = [FAR; GROUPS];
        let mut node = self.tree.nodes[b.at as usize].parent;
        for level in 0..FAR {
            let hints = self.blocks.hints[node as usize].0;
            for (group, d) in distance.iter_mut().enumerate() {
                if *d == FAR && hints & (1 << group) != 0 {
                    *d = level;
                }
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
                    Some(j) => f.extend([self.sizes[j], self.linked(j), self.heading(j)]),
                    None => f.extend([-1, -1, -1]),
                }
            }
            f.push((1..=5).filter_map(at).map(|j| self.sizes[j]).max().unwrap_or(-1));
        }
    }

    fn containers(&self, i: usize, f: &mut Vec<i32>) {
        let total = self.sums[self.blocks.all.len()].size;
        let mut node = self.blocks.all[i].holder;
        for level in 1..=LEVELS[LEVELS.len() - 1] {
            node = self.up(node);
            if LEVELS.contains(&level) {
                let s = self.within(node);
                f.extend([
                    s.size.min(1 << 24) as i32,
                    permille(s.size, total),
                    permille(s.linked, s.size),
                    permille(s.prose, s.size),
                    s.blocks.min(1 << 20) as i32,
                ]);
            }
        }
    }
}

/// Capitals of a block. Where the script has none, as many as text in Latin letters is likely to have:
/// one for each word of a label, one for each sentence of a text.
fn capitals(text: &str, block: &Block) -> i64 {
    let (mut letters, mut upper, mut cased) = (false, 0, false);
    for c in text.chars() {
        letters |= c.is_alphabetic();
        cased |= c.is_lowercase() || c.is_uppercase();
        upper += i64::from(c.is_uppercase());
    }
    match block.chars {
        _ if cased || !letters => upper,
        0..LABEL => i64::from(block.words.max(1)),
        chars => 1 + i64::from(chars / LABEL),
    }
}

/// Fewer characters are a label, not a sentence.
const LABEL: u32 = 40;

/// Long enough for prose, and no list of links.
fn is_prose(size: i32, linked: i32) -> bool {
    size >= 80 && linked < 400
}
