//! Cuts a stream into records that stand between tags: `<page>` … `</page>`.
//!
//! A record begins at the opening tag of one of the grammar's elements and ends behind its closing
//! tag. Between records, tags and white space are separators; text there belongs to no record, and
//! is bad. A record that is not closed before the next one begins (at the start of a line) is bad.

use super::bad::{Bad, BadKind, KEPT_BYTES};
use super::{Out, Piece, Segmenter};
use crate::document::{Border, BorderKind};

/// Bytes after a `<` that are enough to know what it begins, and bytes that are looked back over.
const WINDOW: usize = 64;

/// An element that counts outside of others.
#[derive(Debug)]
pub(super) struct Element {
    /// Its name.
    pub name: &'static str,
    /// It is a record. What is in other elements lies between records.
    pub is_record: bool,
}

/// What is looked for.
#[derive(Debug)]
pub(super) struct Grammar {
    /// The elements, names in lower case; letters of any case fit.
    pub elements: &'static [Element],
    /// Whether a record is read. Others lie between documents.
    pub wanted: fn(&[u8]) -> bool,
    /// What an element that is no record, of up to 64 KiB, tells of the records that follow.
    pub address: fn(&[u8]) -> Option<String>,
}

/// What the bytes from `start` on are.
#[derive(Debug, Clone, Copy)]
enum State {
    /// Tags and white space so far; `in_tag` behind a `<` whose `>` is to come.
    Between { in_tag: bool },
    /// Text that belongs to no record.
    Stray { in_tag: bool },
    /// An element.
    Inside(&'static Element),
}

/// The segmenter of such a format.
pub(super) struct Records {
    grammar: &'static Grammar,
    max: usize,
    /// The source from `base` on.
    held: Vec<u8>,
    base: u64,
    /// Where in the source what is under way begins.
    start: u64,
    /// Where in `held` the search goes on.
    at: usize,
    state: State,
    /// The first bytes of what is too large to be held.
    head: Option<Vec<u8>>,
    address: Option<String>,
}

impl Records {
    pub fn new(grammar: &'static Grammar, max: usize) -> Self {
        let state = State::Between { in_tag: false };
        Self { grammar, max, held: Vec::new(), base: 0, start: 0, at: 0, state, head: None, address: None }
    }

    /// Goes on until more bytes are needed.
    fn scan(&mut self, last: bool, out: &mut Out<'_>) {
        while self.at < self.held.len() {
            let more = match self.state {
                State::Between { in_tag } | State::Stray { in_tag } => self.between(in_tag, last, out),
                State::Inside(element) => self.inside(element, last, out),
            };
            if !more {
                break;
            }
        }
        self.trim(out);
    }

    /// Whether the `<` at `at` has enough bytes after it.
    fn is_whole(&self, last: bool) -> bool {
        last || self.held.len() - self.at >= WINDOW
    }

    fn between(&mut self, in_tag: bool, last: bool, out: &mut Out<'_>) -> bool {
        let rest = &self.held[self.at..];
        let found = if in_tag { memchr::memchr2(b'<', b'>', rest) } else { memchr::memchr(b'<', rest) };
        let n = found.unwrap_or(rest.len());
        // The bytes of a byte order mark are in no text by themselves.
        let is_text = |b: &u8| !b.is_ascii_whitespace() && !matches!(b, 0xEF | 0xBB | 0xBF);
        if let Some(text) = rest[..n].iter().position(is_text).filter(|_| !in_tag) {
            self.stray(text, out);
        }
        self.at += n;
        match self.held.get(self.at) {
            None => return false,
            Some(b'>') => self.tag(false),
            _ if !self.is_whole(last) => return false,
            _ => match self.opens(false) {
                Some(element) => {
                    self.end(self.at, None, out);
                    self.state = State::Inside(element);
                }
                None => self.tag(true),
            },
        }
        self.at += 1;
        true
    }

    /// Text outside of records begins `n` bytes behind `at`.
    fn stray(&mut self, n: usize, out: &mut Out<'_>) {
        if let State::Between { in_tag } = self.state {
            self.end(self.at + n, None, out);
            self.state = State::Stray { in_tag };
        }
    }

    fn tag(&mut self, within: bool) {
        if let State::Between { in_tag } | State::Stray { in_tag } = &mut self.state {
            *in_tag = within;
        }
    }

    /// The element that begins at `at`; only records, if one is under way.
    fn opens(&self, records: bool) -> Option<&'static Element> {
        let rest = &self.held[self.at + 1..];
        let names = self.grammar.elements.iter().filter(|e| e.is_record || !records);
        names.into_iter().find(|e| is_name(rest, e.name))
    }

    fn inside(&mut self, element: &'static Element, last: bool, out: &mut Out<'_>) -> bool {
        let Some(n) = memchr::memchr(b'<', &self.held[self.at..]) else {
            self.at = self.held.len();
            return false;
        };
        self.at += n;
        // A closing tag that is there stays one, whatever follows.
        if let Some(len) = self.closes(element) {
            self.at += len;
            self.end(self.at, None, out);
            return true;
        }
        if !self.is_whole(last) && self.may_count(element) {
            return false;
        }
        if let Some(next) = self.opens(true).filter(|_| !element.is_record || self.begins_line()) {
            let what = format!("no </{}> before the next record", element.name);
            self.end(self.at, Some(BadKind::BadRecord.because(what)), out);
            self.state = State::Inside(next);
        }
        self.at += 1;
        true
    }

    /// Whether the tag at `at` may close `element` or open a record, as far as it is there.
    fn may_count(&self, element: &Element) -> bool {
        let may_be = |rest: &[u8], name: &str| {
            let common = rest.len().min(name.len());
            rest[..common].eq_ignore_ascii_case(&name.as_bytes()[..common])
        };
        match &self.held[self.at + 1..] {
            [b'/', rest @ ..] => may_be(rest, element.name),
            rest => self.grammar.elements.iter().any(|e| e.is_record && may_be(rest, e.name)),
        }
    }

    /// Length of the closing tag of `element` at `at`.
    fn closes(&self, element: &Element) -> Option<usize> {
        let rest = &self.held[self.at..self.held.len().min(self.at + WINDOW)];
        if rest.get(1) != Some(&b'/') || !is_name(&rest[2..], element.name) {
            return None;
        }
        let name = 2 + element.name.len();
        let spaces = rest[name..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        (rest.get(name + spaces) == Some(&b'>')).then_some(name + spaces + 1)
    }

    /// Whether nothing but white space stands between the start of the line and `at`.
    fn begins_line(&self) -> bool {
        let before = &self.held[self.at.saturating_sub(WINDOW)..self.at];
        before[before.trim_ascii_end().len()..].iter().any(|b| matches!(b, b'\n' | b'\r'))
    }

    /// What is under way ends at `to`, an index of `held`; `broken` says why it is no record.
    fn end(&mut self, to: usize, broken: Option<Bad>, out: &mut Out<'_>) {
        let range = self.start..self.base + to as u64;
        let state = std::mem::replace(&mut self.state, State::Between { in_tag: false });
        let head = self.head.take();
        self.start = range.end;
        if range.is_empty() {
            return;
        }
        let bytes = match &head {
            Some(head) => head.as_slice(),
            None => &self.held[(range.start - self.base) as usize..to],
        };
        let kept = &bytes[..bytes.len().min(KEPT_BYTES)];
        match state {
            State::Between { .. } => out(Piece::Separator(range)),
            State::Stray { .. } => {
                let reason = BadKind::BadRecord.because("text outside of records");
                out(Piece::Bad { reason, range, head: kept });
            }
            State::Inside(element) if !element.is_record => {
                if head.is_none() && bytes.len() <= KEPT_BYTES && broken.is_none() {
                    self.address = (self.grammar.address)(bytes).or(self.address.take());
                }
                out(Piece::Separator(range));
            }
            State::Inside(_) => {
                let size = range.end - range.start;
                let too_large = || BadKind::TooLarge.because(format!("a record of {size} bytes"));
                if let Some(reason) = broken.or_else(|| (size > self.max as u64).then(too_large)) {
                    let head = &kept[..kept.len().min(self.max)];
                    out(Piece::Bad { reason, range, head });
                } else if (self.grammar.wanted)(bytes) {
                    let border = Border { kind: BorderKind::Record, confidence: 100 };
                    out(Piece::Record { bytes, range, border, url: self.address.as_deref() });
                } else {
                    out(Piece::Separator(range));
                }
            }
        }
    }

    /// Lets go of what is done, and of what is too large but for the bytes that are looked back
    /// over.
    fn trim(&mut self, out: &mut Out<'_>) {
        if let State::Between { in_tag } = self.state {
            self.end(self.at, None, out);
            self.state = State::Between { in_tag };
        }
        let most = match self.state {
            State::Inside(element) if element.is_record => self.max,
            _ => KEPT_BYTES,
        };
        let under_way = self.base + self.at as u64 - self.start;
        if self.head.is_none() && under_way > most as u64 {
            let first = (self.start - self.base) as usize;
            self.head = Some(self.held[first..self.at.min(first + KEPT_BYTES)].to_vec());
        }
        let done = match &self.head {
            Some(_) => self.at.saturating_sub(WINDOW),
            None => (self.start - self.base) as usize,
        };
        if done > 0 {
            self.held.drain(..done);
            // One giant record must not keep its room for the rest of the run.
            self.held.shrink_to(1 << 20);
            self.base += done as u64;
            self.at -= done;
        }
    }
}

/// Whether `rest` begins with `name`, in any case of letters, and the end of a name after it.
pub(super) fn is_name(rest: &[u8], name: &str) -> bool {
    rest.len() > name.len()
        && rest[..name.len()].eq_ignore_ascii_case(name.as_bytes())
        && (rest[name.len()].is_ascii_whitespace() || rest[name.len()] == b'>')
}

impl Segmenter for Records {
    fn push(&mut self, chunk: &[u8], out: &mut Out<'_>) {
        // Large chunks are taken in parts, so that no more than a record is held.
        for part in chunk.chunks(1 << 16) {
            self.held.extend_from_slice(part);
            self.scan(false, out);
        }
    }

    fn finish(&mut self, cut_short: bool, out: &mut Out<'_>) {
        self.scan(true, out);
        let broken = match self.state {
            State::Inside(_) if cut_short => "the stream breaks off inside this record".to_owned(),
            State::Inside(element) => format!("the source ends before </{}>", element.name),
            _ => String::new(),
        };
        let broken = (!broken.is_empty()).then(|| BadKind::TruncatedStream.because(broken));
        self.end(self.held.len(), broken, out);
    }
}
