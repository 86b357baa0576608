//! Cutting a stream of lines at known separators.

use std::collections::VecDeque;

use super::super::bad::{BadKind, KEPT_BYTES};
use super::super::{Out, Piece, bom_len};
use super::learn::{Learned, learn};
use super::separators::Separators;
use super::signs::{banner, counts_as_blank};
use super::titles::{HEAD_BYTES, HEAD_LINES, LineInfo, is_joined, second_copy};
use crate::document::{Border, BorderKind};
use crate::text::lines::is_blank;

/// Cuts one source. Offsets are in the decoded source.
pub struct Cutter {
    separators: Separators,
    confidence: u8,
    max: u64,
    buf: Vec<u8>,
    /// Offset of `buf[0]`.
    base: u64,
    /// Start of the line under way.
    line: u64,
    /// No line ending before here.
    searched: u64,
    /// Everything before is handed out.
    done: u64,
    blanks: u32,
    doc: Option<Doc>,
    /// What the next document's border is.
    next: (BorderKind, u8),
    url: Option<String>,
    /// Lines whose fate depends on what follows ([`Separators::look_ahead`] only).
    ahead: VecDeque<LineInfo>,
    /// Hashes of the lines of a head that was just found, while their copies may follow.
    head: Vec<u64>,
    /// The line under way is larger than a document may be, and counted as content already.
    giant: bool,
    /// Length at which a document is looked at for other separators.
    suspect: u64,
    /// What was found in it.
    found: Option<Learned>,
}

/// Few articles are as long: one that is may be the beginning of another dump.
const SUSPECT: u64 = 64 << 10;

struct Doc {
    start: u64,
    /// After its last line with something on it.
    end: u64,
    border: Border,
    url: Option<String>,
    /// Its first bytes, once it is too large to keep.
    over: Option<Vec<u8>>,
}

impl Cutter {
    /// A cutter for a source.
    pub fn new(separators: Separators, confidence: u8, max: usize) -> Self {
        let opening = if separators.is_empty() { confidence } else { 100 };
        Self {
            separators,
            confidence,
            max: max as u64,
            buf: Vec::new(),
            base: 0,
            line: 0,
            searched: 0,
            done: 0,
            blanks: 0,
            doc: None,
            next: (BorderKind::SourceStart, opening),
            url: None,
            ahead: VecDeque::new(),
            head: Vec::new(),
            giant: false,
            suspect: SUSPECT,
            found: None,
        }
    }

    /// The same for separators that nobody has to learn.
    pub fn fixed(separators: Separators, confidence: u8, max: usize) -> Self {
        Self { suspect: u64::MAX, ..Self::new(separators, confidence, max) }
    }

    /// From here on `separators` count.
    pub fn separate(&mut self, separators: Separators, confidence: u8) {
        (self.separators, self.confidence) = (separators, confidence);
    }

    /// If another dump was found to have begun inside of the document under way: goes back to its beginning, with the
    /// separators of both, which are returned with the bytes that nobody has looked at.
    pub fn turn(&mut self, out: &mut Out<'_>) -> Option<(Separators, Vec<u8>)> {
        let Learned { separators, confidence, .. } = self.found.take()?;
        let rest = self.buf.split_off((self.line - self.base) as usize);
        let separators = separators.after(&self.separators);
        self.separate(separators.clone(), confidence);
        self.suspect = u64::MAX;
        if let Some(doc) = self.doc.take() {
            (self.line, self.searched) = (doc.start, doc.start);
            (self.next, self.url) = ((doc.border.kind, doc.border.confidence), doc.url);
        }
        self.blanks = 0;
        self.ahead.clear();
        self.head.clear();
        self.push(&[], out);
        Some((separators, rest))
    }

    /// Where the bytes begin that records may still be made of, and where the document begins of which only the head
    /// is kept, if there is one.
    pub fn holds(&self) -> (u64, Option<u64>) {
        (self.base, self.doc.as_ref().filter(|doc| doc.over.is_some()).map(|doc| doc.start))
    }

    /// Takes the next bytes, unless [`Self::turn`] has to be called first.
    pub fn push(&mut self, chunk: &[u8], out: &mut Out<'_>) {
        self.buf.extend_from_slice(chunk);
        self.lines(false, out);
        self.begin_giant(out);
        self.let_go();
    }

    /// The source has ended.
    pub fn finish(&mut self, cut_short: bool, out: &mut Out<'_>) {
        self.lines(true, out);
        self.decide_all(out);
        let end = self.base + self.buf.len() as u64;
        if let (true, Some(doc)) = (cut_short, &self.doc) {
            let (start, end) = (doc.start, doc.end);
            self.separator_up_to(start, out);
            let doc = self.doc.take().expect("just seen");
            let kept = doc.over.as_deref().unwrap_or_else(|| self.slice(start, end));
            let head = &kept[..kept.len().min(KEPT_BYTES)];
            let reason = BadKind::TruncatedStream.because("the stream breaks off inside this record");
            out(Piece::Bad { reason, range: start..end, head });
            self.done = end;
        }
        self.end_document(out);
        self.separator_up_to(end, out);
    }

    fn slice(&self, start: u64, end: u64) -> &[u8] {
        &self.buf[(start - self.base) as usize..(end - self.base) as usize]
    }

    /// Handles every complete line in the buffer; at the end of the source the last one too.
    fn lines(&mut self, ended: bool, out: &mut Out<'_>) {
        let feeds = self.separators.feeds;
        while self.found.is_none() {
            let from = (self.searched - self.base) as usize;
            let found = if feeds {
                memchr::memchr3(b'\n', b'\r', b'\x0C', &self.buf[from..])
            } else {
                memchr::memchr2(b'\n', b'\r', &self.buf[from..])
            };
            let Some(at) = found.map(|n| from + n) else {
                self.searched = self.base + self.buf.len() as u64;
                if ended && self.line < self.searched {
                    let end = self.searched;
                    self.end_line(end, end, false, out);
                }
                return;
            };
            let ending = match self.buf[at] {
                b'\r' if at + 1 == self.buf.len() && !ended => {
                    // Whether a line feed follows is not known yet.
                    self.searched = self.base + at as u64;
                    return;
                }
                b'\r' if self.buf.get(at + 1) == Some(&b'\n') => 2,
                _ => 1,
            };
            let end = self.base + at as u64;
            let fed = self.buf[at] == b'\x0C';
            self.end_line(end, end + ending, fed, out);
        }
    }

    /// The line under way ends at `end`, its ending at `next`.
    fn end_line(&mut self, end: u64, next: u64, fed: bool, out: &mut Out<'_>) {
        let start = self.line_start();
        self.line = next;
        self.searched = next;
        if std::mem::take(&mut self.giant) {
            self.giant_reaches(end);
            return;
        }
        let long = end - start > self.max;
        let line = if long { &b"x"[..] } else { self.slice(start, end) };
        if let Some(kind) = self.separators.kind_of(line).filter(|_| !long) {
            self.note_separator(kind, start, end, out);
        } else if is_blank(line) {
            self.blanks = self.blanks.saturating_add(u32::from(counts_as_blank(line)));
        } else {
            let info = if self.separators.look_ahead() {
                LineInfo::new(line, start, self.blanks)
            } else {
                LineInfo { start, end, blanks: self.blanks, hash: 0, title: false, label: false }
            };
            self.blanks = 0;
            self.content(LineInfo { end, ..info }, out);
        }
        if fed {
            self.decide_all(out);
            self.end_document(out);
            self.next = (BorderKind::FormFeed, self.confidence);
        }
        self.look_inside();
    }

    /// Looks for the separators of another dump in a document that has become long; twice as late each time.
    fn look_inside(&mut self) {
        let Some(doc) = self.doc.as_ref().filter(|d| d.end - d.start >= self.suspect) else { return };
        self.suspect = (doc.end - doc.start).saturating_mul(2);
        if doc.over.is_none() {
            let learned = learn(self.slice(doc.start, self.line), false);
            self.found = Some(learned).filter(|l| l.sure);
        }
    }

    /// The line is a separator: it ends the document before it.
    fn note_separator(&mut self, kind: BorderKind, start: u64, end: u64, out: &mut Out<'_>) {
        let url = banner(self.slice(start, end)).and_then(|b| b.url).map(str::to_owned);
        self.decide_all(out);
        self.end_document(out);
        self.url = url;
        self.next = (kind, self.confidence);
        self.blanks = 0;
    }

    fn content(&mut self, line: LineInfo, out: &mut Out<'_>) {
        if !self.separators.look_ahead() {
            self.decide_run(line, out);
            self.extend(line);
            return;
        }
        self.ahead.push_back(line);
        while let (Some(first), Some(last)) = (self.ahead.front(), self.ahead.back()) {
            if self.ahead.len() <= HEAD_LINES && last.end - first.start <= HEAD_BYTES {
                break;
            }
            let line = self.ahead.pop_front().expect("not empty");
            self.decide(line, out);
        }
    }

    /// A run of blank lines above `line` may end the document before it.
    fn decide_run(&mut self, line: LineInfo, out: &mut Out<'_>) {
        if let Some(run) = self.separators.blank_run.filter(|run| line.blanks >= *run)
            && self.doc.is_some()
        {
            self.end_document(out);
            self.next = (BorderKind::BlankRun(run), self.confidence);
        }
    }

    /// Nothing that lines ahead depend on will follow.
    fn decide_all(&mut self, out: &mut Out<'_>) {
        while let Some(line) = self.ahead.pop_front() {
            self.decide(line, out);
        }
    }

    /// Whether `line`, with the lines ahead known, begins an article.
    fn decide(&mut self, line: LineInfo, out: &mut Out<'_>) {
        if self.head.contains(&line.hash) && line.hash != 0 {
            self.extend(line);
            return;
        }
        self.head.clear();
        self.decide_run(line, out);
        self.ahead.push_front(line);
        let ahead = self.ahead.make_contiguous();
        let opens = self.doc.is_none() || (line.blanks > 0 && self.separators.titles);
        let found = if opens { second_copy(ahead) } else { None };
        let joined = self.separators.joins && !opens && line.blanks == 0;
        if let Some(n) = found.or_else(|| if joined { is_joined(ahead) } else { None }) {
            self.head = self.ahead.iter().take(n + 1).map(|l| l.hash).collect();
            if self.doc.is_some() {
                self.end_document(out);
                self.next = (BorderKind::RepeatedTitle, self.confidence);
            }
        }
        self.ahead.pop_front();
        self.extend(line);
    }

    /// Adds a line to the document under way, or begins one with it.
    fn extend(&mut self, line: LineInfo) {
        let doc = self.doc.get_or_insert_with(|| Doc {
            start: line.start,
            end: line.end,
            border: Border { kind: self.next.0, confidence: self.next.1 },
            url: self.url.take(),
            over: None,
        });
        doc.end = line.end;
    }

    fn end_document(&mut self, out: &mut Out<'_>) {
        let Some(doc) = self.doc.take() else {
            return;
        };
        if self.suspect < u64::MAX {
            self.suspect = SUSPECT;
        }
        self.separator_up_to(doc.start, out);
        let range = doc.start..doc.end;
        let len = doc.end - doc.start;
        if len > self.max {
            let kept = doc.over.as_deref().unwrap_or_else(|| self.slice(doc.start, doc.end));
            let head = &kept[..kept.len().min(KEPT_BYTES)];
            let reason =
                BadKind::TooLarge.because(format!("an article of {len} bytes; no separator inside it"));
            out(Piece::Bad { reason, range, head });
        } else {
            let bytes = self.slice(doc.start, doc.end);
            out(Piece::Record { bytes, range, border: doc.border, url: doc.url.as_deref() });
        }
        self.done = doc.end;
    }

    fn separator_up_to(&mut self, at: u64, out: &mut Out<'_>) {
        if at > self.done {
            out(Piece::Separator(self.done..at));
            self.done = at;
        }
    }

    /// Start of the line under way, after a byte order mark.
    fn line_start(&self) -> u64 {
        let bom = if self.line == 0 && self.base == 0 { bom_len(&self.buf) } else { 0 };
        self.line + bom as u64
    }

    /// A line larger than any document may be is content, whatever else comes of it: it is
    /// counted now, so that its bytes need not be kept.
    fn begin_giant(&mut self, out: &mut Out<'_>) {
        // A carriage return at the very end may be the line's ending.
        let (start, end) = (self.line_start(), self.searched);
        if !self.giant && end.saturating_sub(start) > self.max {
            self.giant = true;
            let blanks = std::mem::take(&mut self.blanks);
            self.content(LineInfo { start, end, blanks, hash: 0, title: false, label: false }, out);
        }
        if self.giant {
            self.giant_reaches(end);
        }
    }

    fn giant_reaches(&mut self, end: u64) {
        match (self.ahead.back_mut(), &mut self.doc) {
            (Some(line), _) => line.end = end,
            (None, Some(doc)) => doc.end = end,
            (None, None) => {}
        }
    }

    /// Frees what is no longer needed: what was handed out, and documents that are too large.
    fn let_go(&mut self) {
        let mut keep = self.ahead.front().map_or(self.line, |l| l.start);
        if let Some(doc) = &self.doc {
            if doc.end - doc.start <= self.max {
                keep = doc.start;
            } else if doc.over.is_none() {
                let n = (KEPT_BYTES as u64).min(doc.end - doc.start);
                let head = self.slice(doc.start, doc.start + n).to_vec();
                self.doc.as_mut().expect("just seen").over = Some(head);
            }
        }
        if self.giant && keep == self.line {
            keep = self.searched;
        }
        let n = keep.saturating_sub(self.base) as usize;
        // Moving the rest down each time would cost more than the room is worth.
        if n > self.buf.len() / 2 {
            self.buf.drain(..n);
            self.base = keep;
            self.buf.shrink_to(self.buf.len().max(4 << 20));
        }
    }
}
