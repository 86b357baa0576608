//! Where messages begin: at `From ` lines, if a header follows.

use std::borrow::Cow;

use memchr::memmem::{self, Finder};

use super::header;
use crate::document::{Border, BorderKind};
use crate::formats::bad::{Bad, BadKind, KEPT_BYTES};
use crate::formats::{Out, Piece, Segmenter, begins_with};

/// Longest `From ` line, and what is looked at of the line after it.
const LONGEST: usize = 1024;
/// What is looked back over, for a blank line.
const BEHIND: usize = 4;

const SEPARATOR: &[u8] = b"\nFrom ";

/// Cuts a mailbox into messages. What stands before the first `From ` line is one, too: a file
/// may hold a single message, or the end of a mailbox that was damaged.
pub(super) struct Messages {
    max: usize,
    /// The source from `base` on.
    held: Vec<u8>,
    base: u64,
    /// Where in the source the message under way begins.
    start: u64,
    /// Where in `held` the search goes on.
    at: usize,
    /// The first bytes of a message that is too large.
    head: Option<Vec<u8>>,
    finder: Finder<'static>,
}

impl Messages {
    pub fn new(max: usize) -> Self {
        let finder = Finder::new(SEPARATOR);
        Self { max, held: Vec::new(), base: 0, start: 0, at: 0, head: None, finder }
    }

    fn scan(&mut self, last: bool, out: &mut Out<'_>) {
        while let Some(n) = self.finder.find(&self.held[self.at..]) {
            self.at += n;
            let line = self.at + 1;
            if !last && !is_told(&self.held[line..]) {
                return self.trim();
            }
            let before = &self.held[self.at.saturating_sub(BEHIND)..line];
            let after_blank = before.ends_with(b"\n\n") || before.ends_with(b"\n\r\n");
            if is_from_line(&self.held[line..], after_blank) {
                self.end(line, None, out);
            }
            self.at = line;
        }
        // The separator may be there in part.
        self.at = self.at.max(self.held.len().saturating_sub(SEPARATOR.len() - 1));
        self.trim();
    }

    /// The message under way ends at `to`, an index of `held`.
    fn end(&mut self, to: usize, broken: Option<Bad>, out: &mut Out<'_>) {
        let range = self.start..self.base + to as u64;
        self.start = range.end;
        let size = range.end - range.start;
        let head = self.head.take();
        if size > self.max as u64 {
            let bytes = match &head {
                Some(head) => head.as_slice(),
                None => &self.held[(range.start - self.base) as usize..to],
            };
            let reason = BadKind::TooLarge.because(format!("a message of {size} bytes"));
            return out(Piece::Bad {
                reason,
                range,
                head: &bytes[..bytes.len().min(KEPT_BYTES).min(self.max)],
            });
        }
        let message = &self.held[(range.start - self.base) as usize..to];
        let front = (message.len() - message.trim_ascii_start().len()) as u64;
        let bytes = message.trim_ascii();
        if front > 0 {
            out(Piece::Separator(range.start..range.start + front));
        }
        let end = range.start + front + bytes.len() as u64;
        let own = range.start + front..end;
        match broken {
            _ if bytes.is_empty() => {}
            Some(reason) => {
                out(Piece::Bad { reason, range: own, head: &bytes[..bytes.len().min(KEPT_BYTES)] })
            }
            None => {
                let border = Border { kind: BorderKind::Record, confidence: 100 };
                out(Piece::Record { bytes, range: own, border, url: None });
            }
        }
        if end < range.end {
            out(Piece::Separator(end..range.end));
        }
    }

    /// Lets go of messages that are done, and of one that is too large but for the bytes that the
    /// search looks back over.
    fn trim(&mut self) {
        let under_way = self.base + self.at as u64 - self.start;
        if self.head.is_none() && under_way > self.max as u64 {
            let first = (self.start - self.base) as usize;
            self.head = Some(self.held[first..self.at.min(first + KEPT_BYTES)].to_vec());
        }
        let done = match &self.head {
            Some(_) => self.at.saturating_sub(BEHIND),
            None => (self.start - self.base) as usize,
        };
        if done > 0 {
            self.held.drain(..done);
            // One giant message must not keep its room for the rest of the run.
            self.held.shrink_to(1 << 20);
            self.base += done as u64;
            self.at -= done;
        }
    }
}

impl Segmenter for Messages {
    fn push(&mut self, chunk: &[u8], out: &mut Out<'_>) {
        // Large chunks are taken in parts, so that no more than a message is held.
        for part in chunk.chunks(1 << 16) {
            self.held.extend_from_slice(part);
            self.scan(false, out);
        }
    }

    fn finish(&mut self, cut_short: bool, out: &mut Out<'_>) {
        self.scan(true, out);
        let broken = BadKind::TruncatedStream.because("the stream breaks off inside this message");
        self.end(self.held.len(), cut_short.then_some(broken), out);
    }
}

/// Whether a message begins at `rest`: `From `, a sender, and a date as `ctime` writes it; behind a
/// blank line a sender alone will do. The line after it is one of a header.
fn is_from_line(rest: &[u8], after_blank: bool) -> bool {
    let looked_at = &rest[..rest.len().min(LONGEST)];
    let Some(end) = memchr::memchr(b'\n', looked_at).filter(|_| rest.starts_with(b"From ")) else {
        return false;
    };
    let next = &rest[end + 1..rest.len().min(end + 1 + LONGEST)];
    if header::name(next).is_none() && !next.starts_with(b">From ") {
        return false;
    }
    let words = || rest[5..end].split(u8::is_ascii_whitespace).filter(|w| !w.is_empty());
    let one_of = |names: &[&[u8]]| words().any(|word| names.contains(&word));
    let is_time = |word: &[u8]| matches!(word, [h, b':', rest @ ..] | [_, h, b':', rest @ ..] if h.is_ascii_digit() && rest.len() >= 2);
    let is_year = |word: &[u8]| matches!(word, [b'1', b'9', ..] | [b'2', b'0', ..]) && word.len() == 4;
    let dated = one_of(&[b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"])
        && one_of(&[
            b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
        ])
        && words().any(is_time)
        && words().any(is_year);
    dated || after_blank && words().count() == 1
}

/// Whether [`is_from_line`] says the same of what begins so, whatever follows.
fn is_told(rest: &[u8]) -> bool {
    let looked_at = &rest[..rest.len().min(LONGEST)];
    let Some(end) = memchr::memchr(b'\n', looked_at) else { return rest.len() >= LONGEST };
    let next = &rest[end + 1..];
    header::is_told(next) && begins_with(next, b">From ").is_some()
}

/// Whether content begins like a mailbox or a message; `None` if what follows decides, and `content` is not the
/// `whole` of it.
pub(super) fn begins(content: &[u8], whole: bool) -> Option<bool> {
    match begins_with(content, b"From ") {
        Some(true) if whole || is_told(content) => return Some(is_from_line(content, true)),
        Some(false) if header::is_told(content) && header::name(content).is_none() => return Some(false),
        Some(false) => {}
        _ if whole => {}
        _ => return None,
    }
    // A line that is cut off may be anything.
    let lines = if whole { content.len() } else { memchr::memrchr(b'\n', content).map_or(0, |n| n + 1) };
    let (fields, rest) = header::Fields::read(&content[..lines]);
    let has = |name: &str| fields.get(name).is_some();
    let header = &content[..lines - rest.len()];
    let ends = header.ends_with(b"\n\n") || header.ends_with(b"\n\r\n");
    let is_message =
        ends && has("from") && ["subject", "date", "message-id", "newsgroups"].into_iter().any(has);
    (whole || ends || !rest.is_empty()).then_some(is_message)
}

/// A message without the line in front of it, and whether there was one.
pub(super) fn without_from_line(bytes: &[u8]) -> (bool, &[u8]) {
    let Some(end) = memchr::memchr(b'\n', bytes).filter(|_| bytes.starts_with(b"From ")) else {
        return (false, bytes);
    };
    let mut rest = &bytes[end + 1..];
    // Some mailers put another one in front of the header, quoted.
    while let Some(end) = memchr::memchr(b'\n', rest).filter(|_| rest.starts_with(b">From ")) {
        rest = &rest[end + 1..];
    }
    (true, rest)
}

/// The content with `From ` at the beginning of lines as it was before it came into a mailbox.
pub(super) fn unquoted(content: &[u8]) -> Cow<'_, [u8]> {
    if memmem::find(content, b">From ").is_none() {
        return content.into();
    }
    let mut out = Vec::with_capacity(content.len());
    for line in content.split_inclusive(|b| *b == b'\n') {
        let quotes = line.iter().take_while(|b| **b == b'>').count();
        out.extend_from_slice(if quotes > 0 && line[quotes..].starts_with(b"From ") {
            &line[1..]
        } else {
            line
        });
    }
    out.into()
}
