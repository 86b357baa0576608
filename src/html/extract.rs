//! The main text of a page, as lines with roles.

use std::fmt::Write;

use super::attributes::Name;
use super::blocks::{self, Block, Blocks, around};
use super::features::Page;
use super::meta::{self, Meta};
use super::model;
use super::tag::Tag;
use super::tree::{TooManyNodes, Tree};
use crate::text::entities;

/// What a part of the text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The title.
    Title,
    /// A caption.
    Caption,
}

/// What is left of a page.
#[derive(Debug, Default)]
pub struct Extract {
    /// Title, captions and main text in the order of the page. Blank lines between paragraphs;
    /// items of a list and rows of a table on lines of their own, cells joined by ` | `.
    pub text: String,
    /// Where in `text` lines begin that are something else than text.
    pub parts: Vec<(usize, Part)>,
    /// What the page states about itself.
    pub meta: Meta,
}

/// Longest alternative text that is taken, in bytes.
const MAX_ALT: usize = 1000;

/// Reads a page. With `alt_text`, alternative texts of images within the main text are captions.
///
/// # Errors
/// The page has too many elements.
pub fn extract(html: &str, alt_text: bool) -> Result<Extract, TooManyNodes> {
    let tree = Tree::new(html)?;
    let blocks = blocks::cut(&tree);
    let meta = meta::read(&tree);
    let kinds = kinds(&tree, &blocks, &meta);
    let mut writer = Writer { tree: &tree, blocks: &blocks, out: Extract::default(), last: None };
    let mut images =
        if alt_text { images(&tree, &blocks, &kinds) } else { Vec::new() }.into_iter().peekable();
    for (block, kind) in blocks.all.iter().zip(&kinds) {
        while let Some((_, alt)) = images.next_if(|(node, _)| *node < block.at) {
            writer.caption(&alt);
        }
        match kind {
            Kind::Other => {}
            Kind::Text => writer.block(block),
            Kind::Title => writer.part(Part::Title, &blocks.text[block.text.clone()]),
            Kind::Caption => writer.caption(&blocks.text[block.text.clone()]),
        }
    }
    let mut out = writer.out;
    out.meta = meta;
    Ok(out)
}

/// What becomes of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Other,
    Text,
    Title,
    Caption,
}

fn kinds(tree: &Tree<'_>, blocks: &Blocks, meta: &Meta) -> Vec<Kind> {
    let (mut judge, mut sizes) = (model::Judge::default(), Vec::new());
    let page = Page::new(tree, blocks, meta);
    page.each(|f| {
        judge.add(f);
        sizes.push(f[0]);
    });
    let odds = model::alike(&judge.odds(), &sizes, &page.looks());
    let limit = model::limit(&odds, &sizes);
    let mut kinds: Vec<Kind> =
        odds.iter().map(|o| if *o >= limit { Kind::Text } else { Kind::Other }).collect();
    let first = kinds.iter().position(|k| *k == Kind::Text).unwrap_or(0);
    let last = kinds.iter().rposition(|k| *k == Kind::Text).unwrap_or(0);
    for (i, block) in blocks.all.iter().enumerate() {
        let mostly_link = block.linked * 2 > block.chars;
        let caption = block.around & around::FIGCAPTION != 0 && block.around & around::HIDDEN == 0;
        if caption && (kinds[i] == Kind::Text || (first <= i + 6 && i <= last && !mostly_link)) {
            kinds[i] = Kind::Caption;
        }
    }
    if let Some(i) = title(blocks, meta, last) {
        kinds[i] = Kind::Title;
    }
    kinds
}

/// The heading that is the page's title: an `h1` that its metadata name as well, or the only one.
fn title(blocks: &Blocks, meta: &Meta, last: usize) -> Option<usize> {
    let letters =
        |s: &str| s.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
    let stated = letters(&meta.title);
    let is_h1 = |b: &Block| b.around & around::H1 != 0 && b.around & around::HIDDEN == 0;
    let mut h1 = (0..=last).filter(|i| blocks.all.get(*i).is_some_and(is_h1));
    let named = h1.clone().find(|i| {
        let own = letters(&blocks.text[blocks.all[*i].text.clone()]);
        !own.is_empty() && (stated.contains(&own) || (!stated.is_empty() && own.contains(&stated)))
    });
    let only = h1.next().filter(|_| h1.next().is_none());
    named.or(only).filter(|i| !blocks.text[blocks.all[*i].text.clone()].contains('\n'))
}

/// Images with an alternative text among the main text, by node.
fn images(tree: &Tree<'_>, blocks: &Blocks, kinds: &[Kind]) -> Vec<(u32, String)> {
    let text = || blocks.all.iter().zip(kinds).filter(|(_, k)| **k == Kind::Text).map(|(b, _)| b.at);
    let (Some(first), Some(last)) = (text().next(), text().next_back()) else {
        return Vec::new();
    };
    let alt = |i: u32| {
        let node = &tree.nodes[i as usize];
        let seen = blocks.around[i as usize] & (around::HIDDEN | around::NAV | around::ASIDE) == 0;
        let alt = tree.attribute(i as usize, Name::Alt).filter(|_| node.tag == Tag::Img && seen)?;
        if alt.len() > MAX_ALT {
            return None;
        }
        let mut decoded = String::new();
        entities::decode(alt, true, &mut decoded);
        let words: Vec<&str> = decoded.split_whitespace().collect();
        // One word is a name of a file or of an icon.
        (words.len() > 1).then(|| (i, words.join(" ")))
    };
    (first..last).filter_map(alt).collect()
}

struct Writer<'t, 'a> {
    tree: &'t Tree<'a>,
    blocks: &'t Blocks,
    out: Extract,
    /// Row and item of the block before.
    last: Option<(Option<u32>, Option<u32>)>,
}

impl Writer<'_, '_> {
    fn paragraph(&mut self) {
        if !self.out.text.is_empty() {
            self.out.text.push_str("\n\n");
        }
        self.last = None;
    }

    fn part(&mut self, part: Part, text: &str) {
        self.paragraph();
        self.out.parts.push((self.out.text.len(), part));
        // One line each.
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.out.text.push_str(&text);
    }

    fn caption(&mut self, text: &str) {
        self.part(Part::Caption, text);
    }

    fn block(&mut self, block: &Block) {
        let blocks = self.blocks;
        let row = self.around(block, &[Tag::Tr]);
        let item = self.around(block, &[Tag::Li]);
        let text = &blocks.text[block.text.clone()];
        match self.last {
            // A cell of the same row; what stands in layout tables is long.
            Some((Some(before), _)) if Some(before) == row && text.len() < 400 => {
                self.out.text.push_str(" | ")
            }
            Some((Some(before), _)) if row.is_some_and(|r| self.same_parent(before, r)) => {
                self.out.text.push('\n');
            }
            Some((_, Some(before))) if item.is_some_and(|i| i == before || self.same_parent(before, i)) => {
                self.out.text.push('\n');
            }
            _ => self.paragraph(),
        }
        let new_item = item.is_some() && self.last.is_none_or(|(_, before)| before != item);
        if new_item && row.is_none() {
            let _ = write!(self.out.text, "- ");
        }
        self.out.text.push_str(text);
        self.last = Some((row, item));
    }

    fn same_parent(&self, a: u32, b: u32) -> bool {
        self.tree.nodes[a as usize].parent == self.tree.nodes[b as usize].parent
    }

    /// The nearest element around a block that is one of `tags`.
    fn around(&self, block: &Block, tags: &[Tag]) -> Option<u32> {
        if block.around & (around::CELL | around::LIST) == 0 {
            return None;
        }
        let mut node = block.holder;
        while node != 0 {
            if tags.contains(&self.tree.nodes[node as usize].tag) {
                return Some(node);
            }
            node = self.tree.nodes[node as usize].parent;
        }
        None
    }
}
