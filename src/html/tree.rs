//! A page as a flat tree: nodes in the order of the page, each with the end of its subtree.
//!
//! Nodes refer to the page's text and own nothing. Building takes linear time and memory: an
//! element that would stand deeper than [`MAX_DEPTH`] becomes a leaf of the deepest one, and a page
//! of more than [`MAX_NODES`] nodes is refused. The rules for tags that are left out or out of order are
//! those of the HTML standard where they matter for text; what they are needed for else
//! (formatting that crosses blocks, text between table cells) stays where it was written.

use std::ops::Range;

use super::attributes::{Attribute, Name};
use super::tag::{TAGS, Tag};
use super::token::{Token, Tokens};

/// Elements within each other; browsers stop at the same depth.
pub const MAX_DEPTH: usize = 512;

/// Most elements and runs of text of a page: each costs memory beyond its bytes.
pub const MAX_NODES: usize = 1 << 19;

/// A page has more than [`MAX_NODES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooManyNodes;

/// An element or a run of text.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it is.
    pub tag: Tag,
    /// Elements around it.
    pub depth: u16,
    /// Index of the element around it; its own for the first.
    pub parent: u32,
    /// Index after the last node within it.
    pub end: u32,
    /// For text, where it stands in the page; for elements the range of their attributes.
    span: Range<u32>,
}

/// A page.
#[derive(Debug)]
pub struct Tree<'a> {
    page: &'a str,
    /// All nodes; the first is the root.
    pub nodes: Vec<Node>,
    attributes: Vec<Attribute>,
}

impl<'a> Tree<'a> {
    /// Reads a page of less than 4 GiB.
    ///
    /// # Errors
    /// The page has more than [`MAX_NODES`].
    pub fn new(page: &'a str) -> Result<Self, TooManyNodes> {
        let mut builder = Builder::new(page);
        let mut tokens = Tokens::new(page);
        while let Some(token) = tokens.next(&mut builder.tree.attributes) {
            builder.take(token);
            if builder.tree.nodes.len() > MAX_NODES {
                return Err(TooManyNodes);
            }
        }
        builder.close_to(0);
        Ok(builder.tree)
    }

    /// The text of a text node, references not resolved; empty for an element.
    pub fn text(&self, node: usize) -> &'a str {
        let n = &self.nodes[node];
        if n.tag == Tag::Text { &self.page[n.span.start as usize..n.span.end as usize] } else { "" }
    }

    /// The attributes of an element that are kept.
    pub fn attributes(&self, node: usize) -> &[Attribute] {
        let n = &self.nodes[node];
        if n.tag == Tag::Text { &[] } else { &self.attributes[n.span.start as usize..n.span.end as usize] }
    }

    /// The value of an attribute as it was written.
    pub fn attribute(&self, node: usize, name: Name) -> Option<&'a str> {
        self.attributes(node).iter().find(|a| a.name == name).map(|a| self.value(a))
    }

    /// The value of an attribute as it was written.
    pub fn value(&self, attribute: &Attribute) -> &'a str {
        &self.page[attribute.value.start as usize..attribute.value.end as usize]
    }
}

struct Builder<'a> {
    tree: Tree<'a>,
    /// Open elements, the root first.
    open: Vec<u32>,
    /// How many of them there are of each tag.
    count: [u16; TAGS],
    /// Elements that are open beyond the greatest depth.
    beyond: usize,
    in_head: bool,
}

impl<'a> Builder<'a> {
    fn new(page: &'a str) -> Self {
        let nodes = Vec::with_capacity(page.len() / 48 + 16);
        let tree = Tree { page, nodes, attributes: Vec::with_capacity(page.len() / 64 + 16) };
        let mut builder = Self { tree, open: Vec::new(), count: [0; TAGS], beyond: 0, in_head: false };
        builder.push(Tag::Html, 0..0);
        builder
    }

    fn take(&mut self, token: Token) {
        match token {
            Token::Text(span) => self.text(span),
            Token::Start { tag, attributes, closed } => self.start(tag, attributes, closed),
            Token::End(tag) => self.end(tag),
        }
    }

    fn add(&mut self, tag: Tag, span: Range<u32>) -> u32 {
        let index = self.tree.nodes.len() as u32;
        let parent = self.open.last().copied().unwrap_or(0);
        self.tree.nodes.push(Node { tag, depth: self.open.len() as u16, parent, end: index + 1, span });
        index
    }

    fn push(&mut self, tag: Tag, attributes: Range<u32>) {
        let index = self.add(tag, attributes);
        // 0 until it is closed.
        self.tree.nodes[index as usize].end = 0;
        self.open.push(index);
        self.count[tag as usize] += 1;
    }

    fn tag(&self, depth: usize) -> Tag {
        self.tree.nodes[self.open[depth] as usize].tag
    }

    /// Closes all open elements from `depth` on.
    fn close_to(&mut self, depth: usize) {
        let end = self.tree.nodes.len() as u32;
        for index in self.open.drain(depth..) {
            let node = &mut self.tree.nodes[index as usize];
            self.count[node.tag as usize] -= 1;
            if node.end == 0 {
                node.end = end;
            }
        }
    }

    /// Depth of the innermost open element that is one of `wanted`, with none of `barrier` within it.
    fn find(&self, wanted: &[Tag], barrier: &[Tag]) -> Option<usize> {
        if wanted.iter().all(|t| self.count[*t as usize] == 0) {
            return None;
        }
        for depth in (1..self.open.len()).rev() {
            let tag = self.tag(depth);
            if wanted.contains(&tag) {
                return Some(depth);
            }
            if barrier.contains(&tag) {
                return None;
            }
        }
        None
    }

    fn close(&mut self, wanted: &[Tag], barrier: &[Tag]) {
        if let Some(depth) = self.find(wanted, barrier) {
            self.close_to(depth);
        }
    }

    fn text(&mut self, span: Range<u32>) {
        if span.is_empty() {
            return;
        }
        if self.in_head {
            let text = &self.tree.page[span.start as usize..span.end as usize];
            let raw = self.open.last().is_some_and(|i| self.tree.nodes[*i as usize].tag != Tag::Head);
            if !raw && !text.trim_ascii().is_empty() {
                self.leave_head();
            }
        }
        self.add(Tag::Text, span);
    }

    fn leave_head(&mut self) {
        self.close(&[Tag::Head], &[]);
        self.in_head = false;
    }

    fn start(&mut self, tag: Tag, attributes: Range<u32>, closed: bool) {
        use Tag::*;
        match tag {
            // The root is there; its attributes are those of the first that is written.
            Html => {
                let root = &mut self.tree.nodes[0];
                if root.span.is_empty() {
                    root.span = attributes;
                }
                return;
            }
            Body if self.count[Body as usize] > 0 => return,
            Head if self.tree.nodes.len() > 1 && (self.in_head || self.count[Body as usize] > 0) => return,
            Head => self.in_head = true,
            _ if self.in_head
                && !matches!(
                    tag,
                    Meta | Link | Title | Script | Style | Base | Noscript | Template | Other
                ) =>
            {
                self.leave_head();
            }
            _ => {}
        }
        let foreign = self.count[Svg as usize] + self.count[Math as usize] > 0;
        if !foreign {
            self.imply_ends(tag);
        }
        if tag.is_void() || (closed && (foreign || matches!(tag, Svg | Math))) {
            self.add(tag, attributes);
        } else if self.open.len() >= MAX_DEPTH {
            self.add(tag, attributes);
            self.beyond += 1;
        } else {
            self.push(tag, attributes);
        }
    }

    /// Closes what the start of `tag` closes.
    fn imply_ends(&mut self, tag: Tag) {
        use Tag::*;
        if tag.ends_paragraph() {
            self.close(&[P], &[Td, Th, Caption, Table, Button, Object, Template]);
        }
        match tag {
            Li => self.close(&[Li], &[Ul, Ol, Menu, Td, Th, Table]),
            Dt | Dd => self.close(&[Dt, Dd], &[Dl, Td, Th, Table]),
            Option | Optgroup => self.close(&[Option], &[Select, Div]),
            Td | Th => self.close(&[Td, Th], &[Table, Tr]),
            Tr => self.close(&[Tr], &[Table]),
            Tbody | Thead | Tfoot => self.close(&[Tbody, Thead, Tfoot], &[Table]),
            A => self.end(A),
            Button => self.close(&[Button], &[Td, Th, Table, Div]),
            _ if tag.is_heading() && self.tag(self.open.len() - 1).is_heading() => {
                self.close_to(self.open.len() - 1);
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: Tag) {
        use Tag::*;
        if self.beyond > 0 && tag != A {
            self.beyond -= 1;
            return;
        }
        match tag {
            Html | Body | Text => {}
            Head => self.leave_head(),
            Td | Th | Tr | Tbody | Thead | Tfoot | Caption => self.close(&[tag], &[Table]),
            Table => self.close(&[Table], &[]),
            Li => self.close(&[Li], &[Ul, Ol, Menu, Td, Th, Table]),
            _ if tag.is_heading() => self.close(&[H1, H2, H3, H4, H5, H6], &[Td, Th, Caption, Table]),
            _ => self.end_any(tag),
        }
    }

    /// An end tag of a block closes all within it; that of a piece of formatting only if no
    /// block stands between, else it is cut short and the block goes on.
    fn end_any(&mut self, tag: Tag) {
        use Tag::*;
        let Some(depth) = self.find(&[tag], &[Td, Th, Caption, Table]) else {
            return;
        };
        let inline = !tag.is_block() && !tag.is_skipped() && !matches!(tag, Button | Label | Other | Picture);
        if inline && (depth + 1..self.open.len()).any(|d| self.tag(d).is_block()) {
            let end = self.tree.nodes.len() as u32;
            let node = &mut self.tree.nodes[self.open[depth] as usize];
            if node.end == 0 {
                node.end = end;
            }
        } else {
            self.close_to(depth);
        }
    }
}
