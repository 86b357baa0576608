//! Tags and text of a page, one after the other, as the HTML standard's tokenizer finds them.
//!
//! Every byte is looked at a bounded number of times. Comments, declarations and processing
//! instructions are passed over.

use std::ops::Range;

use memchr::{memchr, memmem};

use super::attributes::{Attribute, MAX_ATTRIBUTES, Name};
use super::tag::Tag;

/// A piece of a page.
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// Text.
    Text(Range<u32>),
    /// A start tag.
    Start {
        /// Its name.
        tag: Tag,
        /// Which of the attributes are its own.
        attributes: Range<u32>,
        /// It ends in `/>`.
        closed: bool,
    },
    /// An end tag.
    End(Tag),
}

/// Cuts a page into tokens.
#[derive(Debug)]
pub struct Tokens<'a> {
    page: &'a [u8],
    at: usize,
    /// The element whose raw content comes next.
    raw: Option<Tag>,
}

fn ends_name(b: u8) -> bool {
    b.is_ascii_whitespace() || matches!(b, b'/' | b'>')
}

impl<'a> Tokens<'a> {
    /// From the beginning of `page`.
    pub fn new(page: &'a str) -> Self {
        Self { page: page.as_bytes(), at: 0, raw: None }
    }

    /// The next token; attributes of a start tag are added to `attributes`.
    pub fn next(&mut self, attributes: &mut Vec<Attribute>) -> Option<Token> {
        if let Some(tag) = self.raw.take() {
            return Some(self.raw_text(tag));
        }
        while self.at < self.page.len() {
            let start = self.at;
            let tag_at = self.next_markup(start);
            if tag_at > start {
                self.at = tag_at;
                return Some(text(start..tag_at));
            }
            if let Some(token) = self.markup(tag_at, attributes) {
                return Some(token);
            }
        }
        None
    }

    /// Where the next markup begins, from `from` on: a `<` that opens something.
    fn next_markup(&self, mut from: usize) -> usize {
        while let Some(n) = memchr(b'<', &self.page[from..]) {
            let at = from + n;
            let opens = match self.page.get(at + 1) {
                Some(b'!' | b'?') => true,
                Some(b'/') => self.page.get(at + 2).is_some(),
                Some(b) => b.is_ascii_alphabetic(),
                None => false,
            };
            if opens {
                return at;
            }
            from = at + 1;
        }
        self.page.len()
    }

    /// What begins with `<` at `at`: a tag, or a comment (`None`).
    fn markup(&mut self, at: usize, attributes: &mut Vec<Attribute>) -> Option<Token> {
        match self.page[at + 1] {
            b'!' | b'?' => {
                self.comment(at);
                None
            }
            b'/' if !self.page[at + 2].is_ascii_alphabetic() => {
                self.at = memchr(b'>', &self.page[at..]).map_or(self.page.len(), |n| at + n + 1);
                None
            }
            b'/' => {
                let (tag, end) = self.name(at + 2);
                self.at = end;
                self.skip_attributes();
                Some(Token::End(tag))
            }
            _ => {
                let (tag, end) = self.name(at + 1);
                self.at = end;
                let first = attributes.len();
                let closed = self.attributes(attributes, first);
                if tag.is_raw() && !closed {
                    self.raw = Some(tag);
                }
                Some(Token::Start { tag, attributes: first as u32..attributes.len() as u32, closed })
            }
        }
    }

    fn name(&self, at: usize) -> (Tag, usize) {
        let rest = &self.page[at..];
        let n = rest.iter().position(|b| ends_name(*b)).unwrap_or(rest.len());
        (Tag::of(&rest[..n]), at + n)
    }

    /// Passes over a comment or declaration at `at`.
    fn comment(&mut self, at: usize) {
        let rest = &self.page[at..];
        let end = if rest.starts_with(b"<!-->") {
            Some(5)
        } else if rest.starts_with(b"<!--->") {
            Some(6)
        } else if rest.starts_with(b"<!--") {
            memmem::find(&rest[4..], b"-->").map(|n| 4 + n + 3)
        } else {
            memchr(b'>', rest).map(|n| n + 1)
        };
        self.at = end.map_or(self.page.len(), |n| at + n);
    }

    /// The content of a raw element up to its end tag, which stays.
    fn raw_text(&mut self, tag: Tag) -> Token {
        let name: &[u8] = match tag {
            Tag::Script => b"script",
            Tag::Style => b"style",
            Tag::Title => b"title",
            Tag::Textarea => b"textarea",
            _ => b"iframe",
        };
        let start = self.at;
        let mut from = start;
        self.at = loop {
            let Some(n) = memmem::find(&self.page[from..], b"</") else {
                break self.page.len();
            };
            let end = from + n;
            let after = &self.page[end + 2..];
            if after.len() >= name.len()
                && after[..name.len()].eq_ignore_ascii_case(name)
                && after.get(name.len()).is_none_or(|b| ends_name(*b))
            {
                break end;
            }
            from = end + 2;
        };
        text(start..self.at)
    }

    fn skip_spaces(&mut self) {
        while self.page.get(self.at).is_some_and(|b| b.is_ascii_whitespace() || *b == b'/') {
            self.at += 1;
        }
    }

    fn skip_attributes(&mut self) {
        if self.page.get(self.at) == Some(&b'>') {
            self.at += 1;
            return;
        }
        let mut none = Vec::new();
        self.attributes(&mut none, 0);
    }

    /// Reads attributes up to the end of the tag; whether it ends in `/>`. A tag that the page
    /// breaks off ends with it.
    fn attributes(&mut self, out: &mut Vec<Attribute>, first: usize) -> bool {
        loop {
            self.skip_spaces();
            match self.page.get(self.at) {
                None => return false,
                Some(b'>') => {
                    self.at += 1;
                    return self.page[self.at - 2] == b'/';
                }
                Some(_) => {}
            }
            let start = self.at;
            let rest = &self.page[start..];
            let n =
                rest.iter().skip(1).position(|b| ends_name(*b) || *b == b'=').map_or(rest.len(), |n| n + 1);
            self.at = start + n;
            let value = self.value();
            if out.len() - first < MAX_ATTRIBUTES
                && let Some(name) = Name::of(&self.page[start..start + n])
            {
                out.push(Attribute { name, value: value.start as u32..value.end as u32 });
            }
        }
    }

    /// The value of the attribute whose name ends here, without its quotes; empty if it has none.
    fn value(&mut self) -> Range<usize> {
        let mut at = self.at;
        while self.page.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        if self.page.get(at) != Some(&b'=') {
            return self.at..self.at;
        }
        at += 1;
        while self.page.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        let rest = self.page.get(at..).unwrap_or_default();
        match rest.first() {
            Some(quote @ (b'"' | b'\'')) => {
                let n = memchr(*quote, &rest[1..]).unwrap_or(rest.len() - 1);
                self.at = (at + n + 2).min(self.page.len());
                at + 1..at + 1 + n
            }
            _ => {
                let space = |b: &u8| b.is_ascii_whitespace() || *b == b'>';
                let n = rest.iter().position(space).unwrap_or(rest.len());
                self.at = at + n;
                at..at + n
            }
        }
    }
}

fn text(span: Range<usize>) -> Token {
    Token::Text(span.start as u32..span.end as u32)
}
