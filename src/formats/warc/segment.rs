//! Finding records in an archive by their stated lengths, and again after damage.

use memchr::memmem::Finder;

use super::head::{self, Fields, MAX_HEAD};
use super::wanted::{self, Block};
use super::wat;
use crate::document::{Border, BorderKind};
use crate::formats::bad::{Bad, BadKind, KEPT_BYTES};
use crate::formats::{Out, Piece, Segmenter};

/// What the next record is looked for by, after damage.
const NEXT: &[u8] = b"\nWARC/1.";
/// Line endings between two records that are looked past.
const MAX_GAP: usize = 64;
/// Bytes that may be read again in search of a record inside a broken one: this, and four times
/// what came before it. So the work is linear, whatever lengths are stated.
const CREDIT: u64 = 64 << 20;

/// Cuts an archive into records.
pub(super) struct Records {
    /// Largest block that is held.
    max: usize,
    /// Bytes from `base` on that are not settled; those before `at` are.
    buf: Vec<u8>,
    base: u64,
    at: usize,
    state: State,
    /// Bytes read again so far.
    again: u64,
    next: Finder<'static>,
}

enum State {
    /// Before a record: line endings.
    Between,
    /// A record begins at `at`; so much of its header has been searched for its end.
    Head(usize),
    /// The same for the header of the HTTP message in it.
    Http { scanned: usize, head: usize, whole: u64 },
    /// A record is held until all `whole` bytes of it are there.
    Held { whole: usize, block: Block, head: usize },
    /// What is passed over; `left` bytes of it are to come, or all until a record begins.
    Passing { left: Option<u64>, over: Passed },
}

/// What is passed over.
struct Passed {
    start: u64,
    /// The first of it.
    head: Vec<u8>,
    /// Why it is bad; without a reason it is between documents.
    bad: Option<Bad>,
}

impl Passed {
    fn take(&mut self, bytes: &[u8]) {
        let room = KEPT_BYTES - self.head.len();
        self.head.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn tell(self, end: u64, out: &mut Out<'_>) {
        let range = self.start..end;
        match self.bad {
            _ if range.is_empty() => {}
            Some(reason) => out(Piece::Bad { reason, range, head: &self.head }),
            None => out(Piece::Separator(range)),
        }
    }
}

/// Whether there is more to do with the bytes at hand.
type More = bool;

impl Records {
    pub fn new(max_document_bytes: usize) -> Self {
        Self {
            // What is around the text: both headers, and those of chunks.
            max: max_document_bytes.saturating_add(2 * MAX_HEAD),
            buf: Vec::new(),
            base: 0,
            at: 0,
            state: State::Between,
            again: 0,
            next: Finder::new(NEXT),
        }
    }

    fn here(&self) -> u64 {
        self.base + self.at as u64
    }

    fn rest(&self) -> &[u8] {
        &self.buf[self.at..]
    }

    fn step(&mut self, ended: bool, out: &mut Out<'_>) -> More {
        match std::mem::replace(&mut self.state, State::Between) {
            State::Between => self.between(ended, out),
            State::Head(scanned) => self.head(scanned, ended),
            State::Http { scanned, head, whole } => self.http(scanned, head, whole, ended),
            State::Held { whole, block, head } => self.held(whole, block, head, ended, out),
            State::Passing { left, over } => self.passing(left, over, out),
        }
    }

    fn between(&mut self, ended: bool, out: &mut Out<'_>) -> More {
        let start = self.here();
        let n = self.rest().iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
        self.at += n;
        if n > 0 {
            out(Piece::Separator(start..start + n as u64));
        }
        let rest = self.rest();
        if head::begins(rest) {
            self.state = State::Head(0);
        } else if rest.is_empty() || (!ended && may_begin(rest)) {
            return false;
        } else {
            self.lose("no record where one should begin", 0);
        }
        true
    }

    fn head(&mut self, mut scanned: usize, ended: bool) -> More {
        let rest = self.rest();
        let within = &rest[..rest.len().min(MAX_HEAD)];
        let Some(end) = head::end(within, &mut scanned) else {
            let searched = within.len();
            if searched == MAX_HEAD {
                self.lose("its header does not end within 64 KiB", searched);
            } else if ended {
                self.cut_off("the archive ends inside a header", searched);
            } else {
                self.state = State::Head(scanned);
                return false;
            }
            return true;
        };
        let fields = Fields::new(&rest[..end]);
        let length =
            fields.get("Content-Length").and_then(|v| std::str::from_utf8(v).ok()?.parse::<u64>().ok());
        let Some(whole) = length.and_then(|n| n.checked_add(end as u64)).filter(|n| *n < 1 << 62) else {
            self.lose("its Content-Length is missing or no number", end);
            return true;
        };
        match wanted::block(fields) {
            Block::Http => self.state = State::Http { scanned: end, head: end, whole },
            block => self.decide(block, end, whole),
        }
        true
    }

    /// Whether the response is one of those that are read, by the header of its message.
    fn http(&mut self, mut scanned: usize, head: usize, whole: u64, ended: bool) -> More {
        let rest = self.rest();
        let limit = usize::try_from(whole).unwrap_or(usize::MAX).min(head + MAX_HEAD);
        let within = &rest[..rest.len().min(limit)];
        let Some(end) = head::end(within, &mut scanned) else {
            if within.len() < limit && !ended {
                self.state = State::Http { scanned, head, whole };
                return false;
            }
            // Whoever opens it says what is wrong with it.
            let block = if whole > head as u64 { Block::Http } else { Block::Other };
            self.decide(block, head, whole);
            return true;
        };
        let block = wanted::body(Fields::new(&rest[..head]), Fields::new(&rest[head..end]));
        self.decide(block, end, whole);
        true
    }

    /// The record at hand has `whole` bytes, `head` of them headers.
    fn decide(&mut self, block: Block, head: usize, whole: u64) {
        let empty = whole == head as u64 && block != Block::Http;
        if block == Block::Other || empty {
            return self.pass(whole, None);
        }
        match usize::try_from(whole) {
            Ok(whole) if whole <= self.max => self.state = State::Held { whole, block, head },
            _ => self.pass(whole, Some(BadKind::TooLarge.because(format!("a record of {whole} bytes")))),
        }
    }

    fn pass(&mut self, whole: u64, bad: Option<Bad>) {
        let over = Passed { start: self.here(), head: Vec::new(), bad };
        self.state = State::Passing { left: Some(whole), over };
    }

    fn held(&mut self, whole: usize, block: Block, head: usize, ended: bool, out: &mut Out<'_>) -> More {
        let rest = self.rest();
        if rest.len() < whole {
            if ended {
                let there = rest.len();
                self.cut_off("the archive ends inside this record", there);
                return true;
            }
            self.state = State::Held { whole, block, head };
            return false;
        }
        // Only what stands behind it shows that its length is true.
        let after = &rest[whole..];
        let proved = after.starts_with(b"\r\n\r\n");
        let gap = after.iter().take(MAX_GAP).take_while(|b| matches!(b, b'\r' | b'\n')).count();
        let after = &after[gap..];
        if !proved && gap < MAX_GAP && !ended && !head::begins(after) && may_begin(after) {
            self.state = State::Held { whole, block, head };
            return false;
        }
        if !proved && gap < MAX_GAP && !after.is_empty() && !head::begins(after) {
            self.lose("no record follows where its length says", whole);
            return true;
        }
        let range = self.here()..self.here() + whole as u64;
        let bytes = &rest[..whole];
        if block == Block::Wat && !wat::may_have_text(&bytes[head..]) {
            out(Piece::Separator(range));
        } else {
            let border = Border { kind: BorderKind::Record, confidence: 100 };
            out(Piece::Record { bytes, range, border, url: None });
        }
        self.at += whole;
        true
    }

    /// What begins here is broken, as `searched` bytes of it show; the next record may be among them.
    fn lose(&mut self, what: &str, searched: usize) {
        self.give_up(BadKind::BadRecord.because(what), searched);
    }

    fn cut_off(&mut self, what: &str, searched: usize) {
        self.give_up(BadKind::TruncatedStream.because(what), searched);
    }

    fn give_up(&mut self, reason: Bad, searched: usize) {
        let mut over = Passed { start: self.here(), head: Vec::new(), bad: Some(reason) };
        self.again += searched as u64;
        let affordable = self.again <= CREDIT + 4 * self.here();
        let past = if affordable { 1 } else { searched }.min(self.rest().len());
        if !affordable {
            self.again -= searched as u64;
        }
        over.take(&self.buf[self.at..self.at + past]);
        self.at += past;
        self.state = State::Passing { left: None, over };
    }

    fn passing(&mut self, left: Option<u64>, mut over: Passed, out: &mut Out<'_>) -> More {
        let rest = &self.buf[self.at..];
        let (n, done) = match left {
            Some(left) => {
                (rest.len().min(usize::try_from(left).unwrap_or(usize::MAX)), left <= rest.len() as u64)
            }
            None => match self.next.find(rest) {
                Some(at) => (at + 1, true),
                // The beginning of one may be cut off.
                None => (rest.len().saturating_sub(NEXT.len() - 1), false),
            },
        };
        over.take(&rest[..n]);
        self.at += n;
        if done {
            over.tell(self.here(), out);
        } else {
            self.state = State::Passing { left: left.map(|left| left - n as u64), over };
        }
        done
    }

    /// Lets go of what is settled.
    fn let_go(&mut self) {
        self.buf.drain(..self.at);
        self.base += self.at as u64;
        self.at = 0;
        if self.buf.capacity() > 4 << 20 && self.buf.len() < 1 << 20 {
            self.buf.shrink_to(1 << 20);
        }
    }
}

/// Whether these bytes may go on to begin a record.
fn may_begin(bytes: &[u8]) -> bool {
    let known = b"WARC/1.";
    head::MAGIC.starts_with(&bytes[..bytes.len().min(5)]) && bytes.len() < known.len()
}

impl Segmenter for Records {
    fn push(&mut self, mut chunk: &[u8], out: &mut Out<'_>) {
        // What is skipped is not even copied.
        if let (true, State::Passing { left: Some(left), over }) = (self.buf.is_empty(), &mut self.state) {
            let n = chunk.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
            over.take(&chunk[..n]);
            *left -= n as u64;
            self.base += n as u64;
            chunk = &chunk[n..];
        }
        self.buf.extend_from_slice(chunk);
        while self.step(false, out) {}
        self.let_go();
    }

    fn finish(&mut self, _cut_short: bool, out: &mut Out<'_>) {
        while self.step(true, out) {}
        if let State::Passing { left, mut over } = std::mem::replace(&mut self.state, State::Between) {
            over.take(&self.buf[self.at..]);
            self.at = self.buf.len();
            if left.is_some() {
                let what = "the archive ends inside this record";
                over.bad.get_or_insert_with(|| BadKind::TruncatedStream.because(what));
            }
            over.tell(self.here(), out);
        }
        self.let_go();
    }
}
