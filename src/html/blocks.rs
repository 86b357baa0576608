//! Blocks of a page: runs of text that no block begins or ends in.

use std::ops::Range;

use super::attributes::Name;
use super::hints::{Hints, Memo};
use super::tag::Tag;
use super::tree::Tree;
use super::words;
use crate::text::entities;

/// What stands around a block, as bits.
pub mod around {
    #![allow(missing_docs, reason = "each is called as its element is")]
    pub const NAV: u32 = 1 << 0;
    pub const HEADER: u32 = 1 << 1;
    pub const FOOTER: u32 = 1 << 2;
    pub const ASIDE: u32 = 1 << 3;
    pub const MAIN: u32 = 1 << 4;
    pub const ARTICLE: u32 = 1 << 5;
    pub const FORM: u32 = 1 << 6;
    pub const TABLE: u32 = 1 << 7;
    pub const LIST: u32 = 1 << 8;
    pub const FIGURE: u32 = 1 << 9;
    pub const FIGCAPTION: u32 = 1 << 10;
    pub const LINK: u32 = 1 << 11;
    pub const HEADING: u32 = 1 << 12;
    pub const HIDDEN: u32 = 1 << 13;
    pub const BUTTON: u32 = 1 << 14;
    pub const LABEL: u32 = 1 << 15;
    pub const QUOTE: u32 = 1 << 16;
    pub const PRE: u32 = 1 << 17;
    pub const DIALOG: u32 = 1 << 18;
    pub const PARAGRAPH: u32 = 1 << 19;
    pub const DETAILS: u32 = 1 << 20;
    pub const STRONG: u32 = 1 << 21;
    pub const H1: u32 = 1 << 22;
    pub const CELL: u32 = 1 << 23;
}

/// A run of text.
#[derive(Debug, Clone)]
pub struct Block {
    /// Its text in [`Blocks::text`]: white space collapsed but in `pre`.
    pub text: Range<usize>,
    /// Its first text node.
    pub at: u32,
    /// The block element that holds it.
    pub holder: u32,
    /// What stands around it, see [`around`].
    pub around: u32,
    /// Characters, and those of them within links, white space left out.
    pub chars: u32,
    /// See `chars`.
    pub linked: u32,
    /// Words.
    pub words: u32,
}

/// All blocks of a page, in order.
#[derive(Debug, Default)]
pub struct Blocks {
    /// The blocks.
    pub all: Vec<Block>,
    /// Their texts, back to back.
    pub text: String,
    /// For each node what stands around it.
    pub around: Vec<u32>,
    /// For each node the nearest block element, itself included.
    pub holder: Vec<u32>,
    /// For each node what its class, id and role hint at.
    pub hints: Vec<Hints>,
}

/// Bits that an element adds for all within it.
fn adds(tag: Tag) -> u32 {
    match tag {
        Tag::Nav | Tag::Menu => around::NAV,
        Tag::Header | Tag::Hgroup => around::HEADER,
        Tag::Footer => around::FOOTER,
        Tag::Aside => around::ASIDE,
        Tag::Main => around::MAIN,
        Tag::Article => around::ARTICLE,
        Tag::Form | Tag::Fieldset => around::FORM,
        Tag::Table => around::TABLE,
        Tag::Td | Tag::Th => around::CELL,
        Tag::Li | Tag::Dd | Tag::Dt => around::LIST,
        Tag::Figure | Tag::Picture => around::FIGURE,
        Tag::Figcaption => around::FIGCAPTION,
        Tag::A => around::LINK,
        Tag::H1 => around::HEADING | around::H1,
        Tag::H2 | Tag::H3 | Tag::H4 | Tag::H5 | Tag::H6 => around::HEADING,
        Tag::Button => around::BUTTON,
        Tag::Label | Tag::Legend => around::LABEL,
        Tag::Blockquote => around::QUOTE,
        Tag::Pre => around::PRE,
        Tag::Dialog => around::DIALOG,
        Tag::P => around::PARAGRAPH,
        Tag::Details | Tag::Summary => around::DETAILS,
        Tag::Strong | Tag::B => around::STRONG,
        _ => 0,
    }
}

fn is_hidden(tree: &Tree<'_>, node: usize) -> bool {
    tree.attributes(node).iter().any(|a| match a.name {
        Name::Hidden => true,
        Name::AriaHidden => tree.value(a).eq_ignore_ascii_case("true"),
        Name::Style => {
            let style: String =
                tree.value(a).chars().filter(|c| !c.is_ascii_whitespace()).take(4096).collect();
            let style = style.to_ascii_lowercase();
            style.contains("display:none") || style.contains("visibility:hidden")
        }
        _ => false,
    })
}

/// Cuts a page into blocks.
pub fn cut(tree: &Tree<'_>) -> Blocks {
    let n = tree.nodes.len();
    let mut cutter = Cutter {
        tree,
        out: Blocks { around: vec![0; n], holder: vec![0; n], hints: vec![Hints(0); n], ..Blocks::default() },
        open: None,
        space: false,
        breaks: 0,
        scratch: String::new(),
    };
    let mut memo = Memo::default();
    let mut i = 0;
    while i < n {
        let node = &tree.nodes[i];
        let parent = node.parent as usize;
        cutter.out.around[i] = cutter.out.around[parent];
        cutter.out.holder[i] = cutter.out.holder[parent];
        if node.tag == Tag::Text {
            cutter.text(i);
            i += 1;
            continue;
        }
        if node.tag.is_skipped() {
            i = (node.end as usize).max(i + 1);
            continue;
        }
        cutter.element(i, &mut memo);
        i += 1;
    }
    cutter.flush();
    cutter.out
}

struct Cutter<'t, 'a> {
    tree: &'t Tree<'a>,
    out: Blocks,
    /// The block under way: its text begins here, at this node.
    open: Option<Block>,
    /// White space was passed over.
    space: bool,
    /// Line breaks were passed over.
    breaks: u32,
    scratch: String,
}

impl<'a> Cutter<'_, 'a> {
    fn element(&mut self, i: usize, memo: &mut Memo<'a>) {
        let tag = self.tree.nodes[i].tag;
        self.out.around[i] |= adds(tag);
        // A cut-short piece of formatting holds only what stands before its end tag.
        let hints = memo.of(self.tree, i);
        self.out.hints[i] = hints;
        if is_hidden(self.tree, i) {
            self.out.around[i] |= around::HIDDEN;
        }
        if tag.is_block() || tag == Tag::Button {
            self.out.holder[i] = i as u32;
            self.flush();
        } else if tag == Tag::Br {
            self.breaks += 1;
        }
    }

    fn text(&mut self, i: usize) {
        let raw = self.tree.text(i);
        let around = self.out.around[i];
        let holder = self.out.holder[i];
        if self.open.as_ref().is_some_and(|b| b.holder != holder) || self.breaks > 1 {
            self.flush();
        }
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        let text = if memchr::memchr(b'&', raw.as_bytes()).is_some() {
            entities::decode(raw, false, &mut scratch);
            &scratch
        } else {
            raw
        };
        if around & around::PRE != 0 {
            self.preformatted(i, text);
        } else {
            self.collapsed(i, text);
        }
        self.scratch = scratch;
    }

    fn begin(&mut self, i: usize) {
        if self.open.is_none() {
            let at = self.out.text.len();
            let (around, holder) = (self.out.around[i], self.out.holder[i]);
            let block = Block { text: at..at, at: i as u32, holder, around, chars: 0, linked: 0, words: 0 };
            self.open = Some(block);
            (self.space, self.breaks) = (false, 0);
        }
    }

    fn linked(&self, i: usize) -> bool {
        // An `a` that was cut short by its end tag no longer holds what follows.
        if self.out.around[i] & around::LINK == 0 {
            return false;
        }
        let mut node = i;
        loop {
            let parent = self.tree.nodes[node].parent as usize;
            if self.tree.nodes[parent].tag == Tag::A {
                return (i as u32) < self.tree.nodes[parent].end;
            }
            if parent == 0 {
                return false;
            }
            node = parent;
        }
    }

    fn collapsed(&mut self, i: usize, text: &str) {
        let Some(first) = words::next(text, 0) else {
            self.space |= !text.is_empty();
            return;
        };
        self.space |= first.at.start > 0;
        self.begin(i);
        let linked = self.linked(i);
        let Some(block) = &mut self.open else { return };
        let (out, empty) = (&mut self.out.text, block.chars == 0);
        if self.breaks > 0 && !empty {
            out.push('\n');
        } else if self.space && !empty {
            out.push(' ');
        }
        block.words += u32::from(empty || self.space || self.breaks > 0);
        let (mut run, mut chars) = (first.at, first.chars);
        while let Some(word) = words::next(text, run.end) {
            (chars, block.words) = (chars + word.chars, block.words + 1);
            // Words with a space between go over together.
            if word.at.start > run.end + 1 || text.as_bytes()[run.end] != b' ' {
                out.push_str(&text[run]);
                out.push(' ');
                run = word.at;
            } else {
                run.end = word.at.end;
            }
        }
        (self.space, self.breaks) = (run.end < text.len(), 0);
        out.push_str(&text[run]);
        block.chars += chars;
        block.linked += if linked { chars } else { 0 };
    }

    fn preformatted(&mut self, i: usize, text: &str) {
        let linked = self.linked(i);
        if self.open.is_none() && text.trim().is_empty() {
            return;
        }
        self.begin(i);
        let Some(block) = &mut self.open else { return };
        if std::mem::take(&mut self.breaks) > 0 {
            self.out.text.push('\n');
        }
        self.out.text.push_str(text);
        let chars = text.chars().filter(|c| !c.is_whitespace()).count() as u32;
        block.chars += chars;
        block.linked += if linked { chars } else { 0 };
        block.words += text.split_whitespace().count() as u32;
    }

    fn flush(&mut self) {
        (self.space, self.breaks) = (false, 0);
        let Some(mut block) = self.open.take() else { return };
        let kept = block.text.start + self.out.text[block.text.start..].trim_end().len();
        self.out.text.truncate(kept);
        block.text.end = kept;
        if block.chars > 0 {
            self.out.all.push(block);
        }
    }
}
