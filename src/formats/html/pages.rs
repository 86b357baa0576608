//! Cuts a stream into pages.
//!
//! A page begins with `<!doctype html` or `<html`. The first one begins where the source does, so
//! that nothing is lost in front of it. Another begins
//! * where a page has ended (`</html>`) and only white space stands between;
//! * at a `<!doctype html` that begins a line, or comes right after a tag or comment behind
//!   `</html>`, once the page has had a doctype, `<html` or `<body` itself: pages may leave out
//!   their end, or be cut short.
//!
//! A page ends at a `</html>` that ends its line, unless more `<html` than `</html>` stand in it: then it is one of
//! a page inside of the page; nor does a page end there that began where none had ended. Thus a live page need not wait for the next. What stands behind that end, up to the
//! next page, is a page of its own if there is text in it; comments and scripts, which servers add, are not.
//!
//! None of that counts within a script, which may well write a page.

use super::super::bad::{BadKind, KEPT_BYTES};
use super::super::{Out, Piece, Segmenter};
use super::declared::{starts_doctype, starts_tag};
use crate::document::{Border, BorderKind};
use crate::html::tag::Tag;
use crate::html::token::{Token, Tokens};

/// Bytes after a `<` that are enough to know what it begins, and bytes of white space that are
/// looked back over.
const WINDOW: usize = 64;

pub(super) struct Pages {
    max: usize,
    /// The source from `base` on: the page under way, or the last bytes of one that is too large.
    held: Vec<u8>,
    base: u64,
    /// Where the page under way begins in the source.
    start: u64,
    /// Where in `held` the search goes on.
    at: usize,
    /// The first bytes of a page that is too large.
    head: Option<Vec<u8>>,
    /// `<!doctype html`, `<html` or `<body` was seen in the page.
    begun: bool,
    /// `</html>` was seen.
    ended: bool,
    /// How many `<html` were seen in the page, less the `</html>`.
    open: i32,
    /// It begins where a page has ended, not with a sign of its own.
    follows: bool,
    /// It begins where no page has ended: perhaps inside of one, which goes on behind it.
    inside: bool,
    in_script: bool,
}

impl Pages {
    pub fn new(max: usize) -> Self {
        Self {
            max,
            held: Vec::new(),
            base: 0,
            start: 0,
            at: 0,
            head: None,
            begun: false,
            ended: false,
            open: 0,
            follows: false,
            inside: false,
            in_script: false,
        }
    }

    /// Looks at each `<` that has enough bytes after it, or at all of them at the end.
    fn scan(&mut self, last: bool, out: &mut Out<'_>) {
        while let Some(n) = memchr::memchr(b'<', &self.held[self.at..]) {
            let at = self.at + n;
            self.at = at;
            if let Some(len) = self.page_end(at) {
                self.at += len;
                self.emit(self.at, false, out);
                self.follows = true;
                continue;
            }
            if !last && !is_told(&self.held[at..]) {
                return self.trim();
            }
            if self.look(at) {
                let inside = !self.ended && !self.is_between();
                self.emit(at, false, out);
                (self.begun, self.inside) = (true, inside);
                self.open = i32::from(starts_tag(&self.held[at..], b"<html"));
            }
            self.at += 1;
        }
        self.at = self.held.len();
        self.trim();
    }

    /// Takes note of the tag at `at`; whether a page begins there.
    fn look(&mut self, at: usize) -> bool {
        let rest = &self.held[at..];
        if self.in_script {
            self.in_script = !starts_tag(rest, b"</script");
            return false;
        }
        match rest.get(1).map(u8::to_ascii_lowercase) {
            Some(b's') => self.in_script = starts_tag(rest, b"<script"),
            Some(b'/') if starts_tag(rest, b"</html") => {
                self.ended = true;
                self.open -= 1;
            }
            Some(b'!') if starts_doctype(rest) => {
                if self.is_between() || self.begun && self.is_free(at) {
                    return true;
                }
                self.begun = true;
            }
            Some(b'h') if starts_tag(rest, b"<html") => {
                if self.is_between() || self.ended && self.after_end(at) {
                    return true;
                }
                self.begun = true;
                self.open += 1;
            }
            Some(b'b') if starts_tag(rest, b"<body") => self.begun = true,
            _ => {}
        }
        false
    }

    /// Whether a page has ended and none has begun.
    fn is_between(&self) -> bool {
        self.follows && !self.begun
    }

    /// Length of the `</html>` at `at` if that ends the page.
    fn page_end(&self, at: usize) -> Option<usize> {
        let rest = &self.held[at..self.held.len().min(at + WINDOW)];
        if self.in_script || !starts_tag(rest, b"</html") {
            return None;
        }
        let len = memchr::memchr(b'>', rest)? + 1;
        let is_end =
            self.begun && !self.inside && self.open <= 1 && matches!(rest.get(len), Some(b'\n' | b'\r'));
        is_end.then_some(len)
    }

    /// Up to [`WINDOW`] bytes of the page before `at`.
    fn before(&self, at: usize) -> &[u8] {
        let first = self.start.saturating_sub(self.base) as usize;
        &self.held[at.saturating_sub(WINDOW).max(first)..at]
    }

    /// Whether nothing but white space stands between the start of the line and `at`, or where a
    /// page has ended, between a tag or comment and `at`.
    fn is_free(&self, at: usize) -> bool {
        let before = self.before(at);
        let kept = before.trim_ascii_end();
        before[kept.len()..].contains(&b'\n') || (self.ended && kept.ends_with(b">"))
    }

    /// Whether `</html>` is the last thing before `at`.
    fn after_end(&self, at: usize) -> bool {
        let before = self.before(at).trim_ascii_end();
        let tag = before.iter().rposition(|b| *b == b'<');
        before.ends_with(b">") && tag.is_some_and(|n| starts_tag(&before[n..], b"</html"))
    }

    /// Lets go of pages that are done, and of one that is too large but for the bytes that the
    /// search looks back over.
    fn trim(&mut self) {
        let page = self.base + self.at as u64 - self.start;
        if self.head.is_none() && page > self.max as u64 {
            self.head = Some(self.first_bytes(self.at).to_vec());
        }
        let done = if self.head.is_some() {
            self.at.saturating_sub(WINDOW)
        } else {
            (self.start - self.base) as usize
        };
        if done > 0 {
            self.held.drain(..done);
            // One giant page must not keep its room for the rest of the run.
            self.held.shrink_to(1 << 20);
            self.base += done as u64;
            self.at -= done;
        }
    }

    /// What is kept of the page under way, which is held up to `to`, if it is too large.
    fn first_bytes(&self, to: usize) -> &[u8] {
        let page = &self.held[(self.start - self.base) as usize..to];
        &page[..page.len().min(KEPT_BYTES).min(self.max)]
    }

    /// The page under way ends at `to`, an index of `held`.
    fn emit(&mut self, to: usize, cut_short: bool, out: &mut Out<'_>) {
        let end = self.base + to as u64;
        let mut at = self.start;
        if let Some(head) = self.head.take() {
            self.too_large(end, &head, out);
            at = end;
        } else if end - at > self.max as u64 {
            self.too_large(end, self.first_bytes(to), out);
            at = end;
        } else {
            let page = &self.held[(at - self.base) as usize..to];
            let front = (page.len() - page.trim_ascii_start().len()) as u64;
            let bytes = if self.is_between() && !has_text(page) { &[] } else { page.trim_ascii() };
            if front > 0 {
                out(Piece::Separator(at..at + front));
            }
            let range = at + front..at + front + bytes.len() as u64;
            at = range.end;
            if cut_short && !bytes.is_empty() {
                let reason = BadKind::TruncatedStream.because("the stream breaks off inside this page");
                out(Piece::Bad { reason, range, head: &bytes[..bytes.len().min(KEPT_BYTES)] });
            } else if !bytes.is_empty() {
                let border = Border { kind: BorderKind::Record, confidence: 100 };
                out(Piece::Record { bytes, range, border, url: None });
            }
        }
        if end > at {
            out(Piece::Separator(at..end));
        }
        self.start = end;
        (self.begun, self.ended, self.in_script) = (false, false, false);
        (self.open, self.follows, self.inside) = (0, false, false);
    }

    fn too_large(&self, end: u64, head: &[u8], out: &mut Out<'_>) {
        let reason = BadKind::TooLarge.because(format!("a page of {} bytes", end - self.start));
        out(Piece::Bad { reason, range: self.start..end, head });
    }
}

/// Whether enough of a tag has been read to tell which one it is: either it cannot be one of the tags that matter here,
/// or all of its name is there. For `</html>`, what follows the tag matters too.
fn is_told(rest: &[u8]) -> bool {
    const TAGS: [&[u8]; 4] = [b"<script", b"</script", b"<html", b"<body"];
    let may_be = |tag: &[u8]| {
        let common = rest.len().min(tag.len());
        rest[..common].eq_ignore_ascii_case(&tag[..common])
    };
    rest.len() >= WINDOW
        || starts_doctype(rest)
        || TAGS.iter().any(|tag| starts_tag(rest, tag))
        || !(TAGS.iter().any(|tag| may_be(tag)) || may_be(b"</html") || may_be(b"<!doctype"))
}

/// Whether there is text outside of scripts and styles.
fn has_text(bytes: &[u8]) -> bool {
    let page = String::from_utf8_lossy(bytes);
    let (mut attributes, mut tokens, mut raw) = (Vec::new(), Tokens::new(&page), false);
    while let Some(token) = tokens.next(&mut attributes) {
        match token {
            Token::Text(at) if !raw && !page[at.start as usize..at.end as usize].trim().is_empty() => {
                return true;
            }
            token => raw = matches!(token, Token::Start { tag: Tag::Script | Tag::Style, .. }),
        }
    }
    false
}

impl Segmenter for Pages {
    fn push(&mut self, chunk: &[u8], out: &mut Out<'_>) {
        // Large chunks are taken in parts, so that no more than a page is held.
        for part in chunk.chunks(1 << 16) {
            self.held.extend_from_slice(part);
            self.scan(false, out);
        }
    }

    fn finish(&mut self, cut_short: bool, out: &mut Out<'_>) {
        self.scan(true, out);
        self.emit(self.held.len(), cut_short, out);
    }
}
