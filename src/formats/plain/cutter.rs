//! Cutting a stream of lines at known separators.

use std::collections::VecDeque;

use super::super::bad::{BadKind, KEPT_BYTES};
use super::super::{Out, Piece, bom_len};
use super::inside::{DEPTH, Inside};
use super::learn::Learned;
use super::separators::{Separating, Separators};
use super::signs::mark;
use super::titles::{Gap, HEAD_BYTES, HEAD_LINES, LineInfo, is_joined, second_copy};
use crate::document::{Border, BorderKind};
use crate::text::lines::is_blank;

mod turns;

/// Cuts one source. Offsets are in the decoded source.
pub struct Cutter {
    /// What separates the articles of the dump under way.
    dump: Dump,
    /// Dumps in front of it whose own separators may come back.
    outer: Vec<Dump>,
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
    gap: Gap,
    doc: Option<Doc>,
    /// What the next document's border is.
    next: Border,
    url: Option<String>,
    /// Lines whose fate depends on what follows ([`Separators::look_ahead`] only).
    ahead: VecDeque<LineInfo>,
    /// Hashes of the lines of a head that was just found, while their copies may follow.
    head: Vec<u64>,
    /// The rule, or the mark, that stood above the last title: what tells it, and whether it is a mark.
    tail: Option<(u64, bool)>,
    /// The line under way is larger than a document may be, and counted as content already.
    giant: bool,
    /// What looks for other dumps; `None` where separators are given.
    inside: Option<Inside>,
}

/// How the articles of a dump are separated.
#[derive(Debug, Clone, Default)]
struct Dump {
    separators: Separators,
    confidence: u8,
}

/// Dumps whose separators are waited for.
const OUTER: usize = 4;

struct Doc {
    start: u64,
    /// Its last line with something on it.
    last: u64,
    /// After that line.
    end: u64,
    border: Border,
    url: Option<String>,
    /// Its first bytes, once it is too large to keep.
    over: Option<Vec<u8>>,
}

impl Cutter {
    /// A cutter for a source whose separators were learned.
    pub fn new(learned: Learned, max: usize) -> Self {
        let Learned { separators, typical, verdict, .. } = learned;
        let opening = if separators.is_empty() { verdict.confidence } else { 100 };
        let next = Border { kind: BorderKind::SourceStart, confidence: opening };
        let inside = Some(Inside::new(typical, 0));
        Self { inside, next, ..Self::fixed(separators, verdict.confidence, max) }
    }

    /// The same for separators that nobody has to learn.
    pub fn fixed(separators: Separators, confidence: u8, max: usize) -> Self {
        Self {
            dump: Dump { separators, confidence },
            outer: Vec::new(),
            max: max as u64,
            buf: Vec::new(),
            base: 0,
            line: 0,
            searched: 0,
            done: 0,
            gap: Gap::default(),
            doc: None,
            next: Border { kind: BorderKind::SourceStart, confidence: 100 },
            url: None,
            ahead: VecDeque::new(),
            head: Vec::new(),
            tail: None,
            giant: false,
            inside: None,
        }
    }

    /// A cutter for a document that holds another dump.
    fn nested(learned: Learned, doc: &Doc, (max, depth): (u64, u8)) -> Self {
        let Learned { separators, typical, verdict, .. } = learned;
        Self {
            base: doc.start,
            line: doc.start,
            searched: doc.start,
            done: doc.start,
            next: doc.border,
            url: doc.url.clone(),
            inside: (depth < DEPTH).then(|| Inside::new(typical, depth + 1)),
            ..Self::fixed(separators, verdict.confidence, max as usize)
        }
    }

    /// Where the bytes begin that records may still be made of, and where the document begins of which only the head
    /// is kept, if there is one.
    pub fn holds(&self) -> (u64, Option<u64>) {
        (self.base, self.doc.as_ref().filter(|doc| doc.over.is_some()).map(|doc| doc.start))
    }

    /// Takes the next bytes.
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
        loop {
            let from = (self.searched - self.base) as usize;
            let found = if self.has_feeds() {
                memchr::memchr3(b'\n', b'\r', b'\x0C', &self.buf[from..])
            } else {
                memchr::memchr2(b'\n', b'\r', &self.buf[from..])
            };
            let found = found.map(|n| from + n);
            if let Some((at, len)) = self.delimiter(found.unwrap_or(self.buf.len())) {
                let end = self.base + at as u64;
                self.end_line((end, end + len as u64), Some(BorderKind::Delimiter), out);
                continue;
            }
            let Some(at) = found else {
                self.searched = self.base + self.buf.len() as u64;
                if ended && self.line < self.searched {
                    let end = self.searched;
                    self.end_line((end, end), None, out);
                    // What was found in it may be cut again.
                    if self.line < end {
                        continue;
                    }
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
            let fed = (self.buf[at] == b'\x0C').then_some(BorderKind::FormFeed);
            self.end_line((end, end + ending), fed, out);
        }
    }

    fn has_feeds(&self) -> bool {
        self.dump.separators.feeds || self.outer.iter().any(|dump| dump.separators.feeds)
    }

    /// The position and length, in the buffer, of a document delimiter in the current line before `end`.
    fn delimiter(&self, end: usize) -> Option<(usize, usize)> {
        let delimiter = self.dump.separators.delimiter.as_deref()?;
        let line = (self.line - self.base) as usize;
        // It may have been there in part when the line was searched before.
        let searched = (self.searched - self.base) as usize;
        let from = line.max(searched.saturating_sub(delimiter.len()));
        memchr::memmem::find(&self.buf[from..end], delimiter).map(|n| (from + n, delimiter.len()))
    }

    /// The line under way ends at `end`, its ending at `next`; `delimits` says that this is more than the end of
    /// a line.
    fn end_line(&mut self, (end, next): (u64, u64), delimits: Option<BorderKind>, out: &mut Out<'_>) {
        let start = self.line_start();
        self.line = next;
        self.searched = next;
        if std::mem::take(&mut self.giant) {
            self.giant_reaches(end);
        } else {
            self.take_line(start, end, out);
        }
        if let Some(kind) = delimits {
            self.decide_all(out);
            self.end_document(out);
            if kind == BorderKind::FormFeed
                && !self.dump.separators.feeds
                && let Some(at) = self.outer.iter().rposition(|dump| dump.separators.feeds)
            {
                self.go_back(at);
            }
            self.next = Border { kind, confidence: self.dump.confidence };
        }
        self.look_inside(out);
    }

    fn take_line(&mut self, start: u64, end: u64, out: &mut Out<'_>) {
        let long = end - start > self.max;
        let line = if long { &b"x"[..] } else { self.slice(start, end) };
        let below = self.below_blank();
        let separating = if long { None } else { self.dump.separators.kind_of(line, below) };
        if let Some(separating) = separating {
            self.note_separator(separating, (start, end), out);
        } else if is_blank(line) {
            let mut gap = self.gap;
            gap.add(line);
            self.gap = gap;
        } else if let Some(separating) = self.comes_back(start, end) {
            self.note_separator(separating, (start, end), out);
        } else {
            self.take_content(start, end, out);
        }
    }

    /// Whether an empty line stands before the line under way, or a separator, or nothing.
    fn below_blank(&self) -> bool {
        self.gap.empties > 0 || (self.doc.is_none() && self.ahead.is_empty())
    }

    fn take_content(&mut self, start: u64, end: u64, out: &mut Out<'_>) {
        let gap = std::mem::take(&mut self.gap);
        let whole = end - start > self.max || !self.dump.separators.look_ahead();
        let info = if whole {
            LineInfo::plain(start, end, gap)
        } else {
            LineInfo::new(self.slice(start, end), start, gap)
        };
        self.content(info, out);
    }

    /// The line is a separator, or begins with one: it ends the document before it.
    fn note_separator(&mut self, separating: Separating, (start, end): (u64, u64), out: &mut Out<'_>) {
        let url = mark(self.slice(start, end)).and_then(|m| m.url).map(str::to_owned);
        self.decide_all(out);
        self.end_document(out);
        self.url = url;
        self.next = Border { kind: separating.kind, confidence: self.dump.confidence };
        self.gap = Gap::default();
        let rest = start + separating.taken as u64;
        if rest < end {
            self.take_content(rest, end, out);
        }
    }

    fn content(&mut self, line: LineInfo, out: &mut Out<'_>) {
        if self.dump.separators.lines {
            self.end_document(out);
            self.next = Border { kind: BorderKind::Line, confidence: self.dump.confidence };
        }
        if !self.dump.separators.look_ahead() {
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
        if let Some(run) = self.dump.separators.run_before(&line)
            && self.doc.is_some()
        {
            self.end_document(out);
            self.next = Border { kind: BorderKind::BlankRun(run), confidence: self.dump.confidence };
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
        let opens = self.doc.is_none() || (line.blanks > 0 && self.dump.separators.titles);
        let found = if opens { second_copy(ahead) } else { None };
        let joined = self.dump.separators.joins && !opens && line.blanks == 0;
        if let Some(n) = found.or_else(|| if joined { is_joined(ahead) } else { None }) {
            self.head = self.ahead.iter().take(n + 1).map(|l| l.hash).collect();
            if self.doc.is_some() {
                self.learn_from_tail();
                self.end_document(out);
                self.next = Border { kind: BorderKind::RepeatedTitle, confidence: self.dump.confidence };
            }
        }
        self.ahead.pop_front();
        self.extend(line);
    }

    /// Adds a line to the document under way, or begins one with it.
    fn extend(&mut self, line: LineInfo) {
        let doc = self.doc.get_or_insert_with(|| Doc {
            start: line.start,
            last: line.start,
            end: line.end,
            border: self.next,
            url: self.url.take(),
            over: None,
        });
        (doc.last, doc.end) = (line.start, line.end);
    }

    fn end_document(&mut self, out: &mut Out<'_>) {
        let Some(doc) = self.doc.take() else {
            return;
        };
        self.separator_up_to(doc.start, out);
        let range = doc.start..doc.end;
        let len = doc.end - doc.start;
        if len > self.max {
            let kept = doc.over.as_deref().unwrap_or_else(|| self.slice(doc.start, doc.end));
            let head = &kept[..kept.len().min(KEPT_BYTES)];
            let reason =
                BadKind::TooLarge.because(format!("an article of {len} bytes; no separator inside it"));
            out(Piece::Bad { reason, range, head });
        } else if let Some(mut nested) = self.opened(&doc, out) {
            nested.push(self.slice(doc.start, doc.end), out);
            nested.finish(false, out);
        } else {
            let bytes = self.slice(doc.start, doc.end);
            out(Piece::Record { bytes, range, border: doc.border, url: doc.url.as_deref() });
        }
        if let Some(inside) = &mut self.inside {
            inside.end(len);
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
            let gap = std::mem::take(&mut self.gap);
            self.content(LineInfo::plain(start, end, gap), out);
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
