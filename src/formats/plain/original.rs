//! The part of a source that is in an older set, as long as records may be made of it.

use std::collections::VecDeque;
use std::ops::Range;

use encoding_rs::Encoding;

use super::super::bad::KEPT_BYTES;
use super::super::{Out, Piece};
use super::header_of;
use crate::text::legacy;

/// Lines of so many bytes together are counted as one, and read again where a record ends in them: a count for each
/// line could take more room than the lines.
const GROUP: usize = 512;

/// What the segmenter sees as UTF-8, as it stands in the source.
pub(super) struct Original {
    set: &'static Encoding,
    /// Where it begins: up to here the source is UTF-8, and offsets are the same.
    begin: u64,
    /// Bytes of the source from `base` on.
    bytes: Vec<u8>,
    base: u64,
    /// Lengths of groups of lines, from `at` on.
    groups: VecDeque<Lengths>,
    at: Place,
    /// Where the piece ends that was handed out last.
    tiled: u64,
    /// A document of which no more than the head is kept.
    too_large: Option<TooLarge>,
    /// Whether the opener knows.
    told: bool,
}

#[derive(Clone, Copy)]
struct Lengths {
    source: u32,
    utf8: u32,
}

/// The same place, in the source and as the segmenter counts.
#[derive(Clone, Copy)]
struct Place {
    source: u64,
    utf8: u64,
}

struct TooLarge {
    start: Place,
    head: Vec<u8>,
}

impl Original {
    /// From offset `begin` on, lines are in `set` or in UTF-8.
    pub fn new(begin: u64, set: &'static Encoding) -> Self {
        Self {
            set,
            begin,
            bytes: Vec::new(),
            base: begin,
            groups: VecDeque::new(),
            at: Place { source: begin, utf8: begin },
            tiled: 0,
            too_large: None,
            told: false,
        }
    }

    /// Appends the next line of the source to `utf8`.
    pub fn read(&mut self, line: &[u8], utf8: &mut Vec<u8>) {
        let before = utf8.len();
        match legacy::read(line, self.set) {
            Some(text) => utf8.extend_from_slice(text.as_bytes()),
            None => utf8.extend_from_slice(line),
        }
        self.bytes.extend_from_slice(line);
        if let Some(large) = &mut self.too_large {
            large.head.extend(line.iter().take(KEPT_BYTES.saturating_sub(large.head.len())));
        }
        let (source, utf8) = (line.len() as u32, (utf8.len() - before) as u32);
        match self.groups.back_mut().filter(|group| group.source + source <= GROUP as u32) {
            Some(group) => (group.source, group.utf8) = (group.source + source, group.utf8 + utf8),
            None => self.groups.push_back(Lengths { source, utf8 }),
        }
    }

    /// Hands on a piece with the bytes and the range that it has in the source.
    pub fn hand_on(&mut self, piece: Piece<'_>, out: &mut Out<'_>) {
        match piece {
            Piece::Separator(range) => {
                let range = self.range(range);
                // What ends a document that is too large may be counted with it.
                if !range.is_empty() {
                    out(Piece::Separator(range));
                }
            }
            Piece::Record { bytes, range, border, url } => {
                let range = self.range(range);
                if range.end > self.begin && !std::mem::replace(&mut self.told, true) {
                    out(Piece::Header(&header_of(self.set)));
                }
                let joined;
                let bytes = if range.end <= self.begin {
                    bytes
                } else if range.start >= self.begin {
                    self.slice(range.clone())
                } else {
                    let before = (self.begin - range.start) as usize;
                    joined = [&bytes[..before], self.slice(self.begin..range.end)].concat();
                    &joined
                };
                out(Piece::Record { bytes, range, border, url });
            }
            Piece::Bad { reason, range, head } => {
                let range = self.range(range);
                let head = self.head(&range, head).to_vec();
                self.too_large = None;
                out(Piece::Bad { reason, range, head: &head });
            }
            piece @ (Piece::Header(_) | Piece::Verdict(_)) => out(piece),
        }
    }

    /// Frees what stands before `from`, as the segmenter counts; it keeps no more than the head of the document that
    /// begins at `too_large`, if there is one.
    pub fn let_go(&mut self, from: u64, too_large: Option<u64>) {
        if let Some(utf8) = too_large.filter(|start| *start >= self.begin)
            && self.too_large.as_ref().is_none_or(|large| large.start.utf8 != utf8)
        {
            let start = Place { source: self.place(utf8), utf8 };
            let head = &self.bytes[(start.source - self.base) as usize..];
            let head = head[..head.len().min(KEPT_BYTES)].to_vec();
            self.too_large = Some(TooLarge { start, head });
        }
        self.pass_by(from);
        let n = (self.at.source - self.base) as usize;
        // Moving the rest down each time would cost more than the room is worth.
        if n > self.bytes.len() / 2 {
            self.bytes.drain(..n);
            self.base = self.at.source;
            self.bytes.shrink_to(self.bytes.len().max(4 << 20));
        }
    }

    fn slice(&self, range: Range<u64>) -> &[u8] {
        &self.bytes[(range.start - self.base) as usize..(range.end - self.base) as usize]
    }

    /// The first bytes of what cannot become a document; the segmenter has `head` of it.
    fn head<'a>(&'a self, range: &Range<u64>, head: &'a [u8]) -> &'a [u8] {
        let len = |bytes: &[u8]| bytes.len().min(KEPT_BYTES).min((range.end - range.start) as usize);
        if range.start < self.begin {
            // Its own beginning is UTF-8; there is no need for more.
            return &head[..len(head).min((self.begin - range.start) as usize)];
        }
        match self.too_large.as_ref().filter(|large| large.start.source == range.start) {
            Some(large) => &large.head[..len(&large.head)],
            None => {
                let end = range.end.min(range.start + KEPT_BYTES as u64);
                self.slice(range.start..end)
            }
        }
    }

    /// Where the next piece stands in the source; pieces tile it.
    fn range(&mut self, range: Range<u64>) -> Range<u64> {
        let start = if range.start <= self.begin { range.start } else { self.tiled };
        self.tiled = match &self.too_large {
            Some(large) if large.start.utf8 == range.end => large.start.source,
            _ => self.place(range.end),
        };
        start..self.tiled
    }

    /// Where the offset `utf8` of the segmenter is in the source. It is never less than in the call before.
    fn place(&mut self, utf8: u64) -> u64 {
        if utf8 <= self.begin {
            return utf8;
        }
        self.pass_by(utf8);
        self.walk(utf8)
    }

    /// Leaves groups behind that end at `utf8` or before.
    fn pass_by(&mut self, utf8: u64) {
        while let Some(group) = self.groups.front().filter(|g| self.at.utf8 + u64::from(g.utf8) <= utf8) {
            self.at.source += u64::from(group.source);
            self.at.utf8 += u64::from(group.utf8);
            self.groups.pop_front();
        }
    }

    /// Where the offset `utf8` is within the group that comes next, whose lines are read again.
    fn walk(&mut self, utf8: u64) -> u64 {
        while let Some(group) = self.groups.front().copied().filter(|_| self.at.utf8 < utf8) {
            let start = (self.at.source - self.base) as usize;
            let group_bytes = &self.bytes[start..start + group.source as usize];
            let n =
                memchr::memchr3(b'\n', b'\r', b'\x0C', group_bytes).map_or(group_bytes.len(), |at| at + 1);
            let line = &group_bytes[..n];
            let len = legacy::read(line, self.set).map_or(n, |text| text.len());
            let wanted = (utf8 - self.at.utf8) as usize;
            if wanted < len {
                return self.at.source + legacy::prefix(line, self.set, wanted) as u64;
            }
            self.at = Place { source: self.at.source + n as u64, utf8: self.at.utf8 + len as u64 };
            let front = self.groups.front_mut().expect("just seen");
            *front = Lengths { source: group.source - n as u32, utf8: group.utf8 - len as u32 };
        }
        self.at.source
    }
}
