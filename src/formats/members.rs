//! Streams of compressed members, one after the other: good ones come out, damaged ones are
//! told with their place, and reading goes on at the next good one.

use memchr::memmem::Finder;

use super::bad::BadKind;
use super::damage::{Damage, Head};
use super::wrapping::{Decoded, Decoder, Sink};

/// Members of at most this many decoded bytes come out only when they have proved good.
pub const WITHHELD_BYTES: usize = 1 << 20;
/// Members of more compressed bytes than this are no longer withheld either.
const WITHHELD_INPUT: u64 = 8 << 20;
/// The codec sees input in blocks at fixed offsets, so that chunking cannot change anything.
const BLOCK: u64 = 64 << 10;
/// How far before the point of failure the next member is looked for: damage may show late.
const REWIND: u64 = 256 << 10;
/// Work that may be done more than once: this, and four times the length of the damage. Past
/// that, a good member behind thousands of beginnings that lead nowhere may be passed over.
const CREDIT: u64 = 4 << 20;

/// How one member is told and decoded.
pub(super) trait Codec: Send {
    /// What a member is called.
    const NAME: &'static str;
    /// Whether zeros after a member are padding.
    const PADDED: bool;
    /// Whether a member begins with `bytes`; `None` if they are too few to tell.
    fn begins(bytes: &[u8]) -> Option<bool>;
    /// The first place in `bytes` where a member may begin, be it cut off by their end.
    fn find(&self, bytes: &[u8]) -> Option<usize>;
    /// Makes ready for a member; one that is thrifty takes only work that its bytes are worth, because much was done
    /// in vain: it may call a good one damaged.
    fn reset(&mut self, is_thrifty: bool);
    /// Work for the member under way beyond that for its bytes, in bytes that take as long.
    fn extra(&self) -> u64 {
        0
    }
    /// Decodes `input`, which begins where the step before has stopped.
    fn step(&mut self, input: &[u8], out: &mut dyn FnMut(&[u8])) -> Step;
}

/// How far a step has come.
pub(super) enum Step {
    /// So many bytes are read.
    Read(usize),
    /// It takes more input, or that which is there is used up.
    More,
    /// The member ends after so many bytes.
    End(usize),
    /// It is damaged, which showed after so many bytes.
    Bad(usize, BadKind, String),
}

/// The first place in `bytes` where what `magic` looks for stands, or begins and is cut off.
pub(super) fn find_magic(magic: &Finder<'_>, bytes: &[u8]) -> Option<usize> {
    let begin = magic.needle();
    let cut_off = || (1..begin.len()).rev().find(|n| bytes.ends_with(&begin[..*n]));
    magic.find(bytes).or_else(|| cut_off().map(|n| bytes.len() - n))
}

/// Reads members one after the other.
pub(super) struct Members<C> {
    codec: C,
    /// Input from `base` on: what is not read yet, and what may have to be read again.
    buf: Vec<u8>,
    base: u64,
    /// Where reading goes on.
    at: u64,
    state: State,
    /// Number of the member under way, or of the next.
    number: u64,
    /// Where the member under way begins, and its first bytes.
    start: u64,
    head: Head,
    /// Decoded bytes not handed out yet.
    held: Vec<u8>,
    /// Decoded bytes of the member under way that were handed out unproved.
    given: u64,
    damage: Option<Damage>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    /// Before a member, or padding.
    Between,
    /// In one.
    Member,
    /// In damage, looking for a member.
    Lost,
}

/// Whether reading goes on, or waits for more input.
#[derive(PartialEq)]
enum Go {
    On,
    Wait,
}

impl<C: Codec> Members<C> {
    pub fn new(codec: C) -> Self {
        Self {
            codec,
            buf: Vec::new(),
            base: 0,
            at: 0,
            state: State::Between,
            number: 0,
            start: 0,
            head: Head::default(),
            held: Vec::new(),
            given: 0,
            damage: None,
        }
    }

    fn end(&self) -> u64 {
        self.base + self.buf.len() as u64
    }

    fn rest(&self) -> &[u8] {
        &self.buf[(self.at - self.base) as usize..]
    }

    /// Reads as far as the buffer goes.
    fn run(&mut self, ended: bool, out: &mut Sink<'_>) {
        loop {
            let go = match self.state {
                State::Between => self.between(ended),
                State::Lost => self.look(),
                State::Member => self.member(out),
            };
            if go == Go::On {
                continue;
            }
            if !ended || self.state != State::Member {
                break;
            }
            // The member under way is cut off by the end of the stream, unless it never was one,
            // or the end of its own was lost and it has run over good ones.
            let lost = self.damage.as_ref();
            if lost.is_some_and(|lost| lost.cut.is_none()) && !self.held.is_empty() {
                self.accept(out);
            }
            let cut = self.damage.is_none().then(|| std::mem::take(&mut self.held));
            self.fail(self.end(), BadKind::TruncatedStream, "the stream ends inside it".to_owned());
            if let Some(damage) = self.damage.as_mut().filter(|_| cut.is_some()) {
                damage.cut = cut;
            }
        }
        if ended {
            if let Some(cut) = self.damage.as_mut().and_then(|damage| damage.cut.take()) {
                out(Decoded::Bytes(&cut));
            }
            self.tell(self.end(), out);
        }
        self.let_go();
    }

    fn between(&mut self, ended: bool) -> Go {
        if C::PADDED && self.number > 0 {
            self.at += self.rest().iter().take_while(|b| **b == 0).count() as u64;
        }
        let begins = match C::begins(self.rest()) {
            _ if self.rest().is_empty() => return Go::Wait,
            None if !ended => return Go::Wait,
            begins => begins.unwrap_or(true),
        };
        if begins {
            self.begin();
            return Go::On;
        }
        self.state = State::Lost;
        if self.damage.is_none() {
            let what = format!("no {} where one should begin", C::NAME);
            let label = C::NAME.split(' ').next().unwrap_or_default().to_owned();
            self.head = Head::default();
            self.given = 0;
            self.damaged(self.at, BadKind::BadMember, label, what);
        }
        Go::On
    }

    fn begin(&mut self) {
        let credit = |lost: &Damage| CREDIT + 4 * (self.at - lost.start);
        let is_thrifty = self.damage.as_ref().is_some_and(|lost| lost.spent > credit(lost));
        self.codec.reset(is_thrifty);
        self.state = State::Member;
        (self.start, self.given) = (self.at, 0);
        self.held.clear();
        self.head = Head::default();
    }

    fn look(&mut self) -> Go {
        let Some(n) = self.codec.find(self.rest()) else {
            self.at = self.end();
            return Go::Wait;
        };
        self.at += n as u64;
        match C::begins(self.rest()) {
            None => return Go::Wait,
            Some(true) => self.begin(),
            Some(false) => self.at += 1,
        }
        Go::On
    }

    fn member(&mut self, out: &mut Sink<'_>) -> Go {
        let Self { codec, buf, held, given, .. } = self;
        // Once anything was handed out, so is the rest.
        let open = *given > 0;
        let step = codec.step(&buf[(self.at - self.base) as usize..], &mut |bytes| {
            if open {
                *given += bytes.len() as u64;
                out(Decoded::Bytes(bytes));
            } else {
                held.extend_from_slice(bytes);
            }
        });
        match step {
            Step::Read(n) => self.at += n as u64,
            Step::More => return Go::Wait,
            Step::End(n) => {
                self.at += n as u64;
                self.accept(out);
                self.number += 1;
                self.state = State::Between;
            }
            Step::Bad(n, kind, what) => {
                self.fail(self.at + n as u64, kind, what);
                return Go::On;
            }
        }
        if self.held.len() > WITHHELD_BYTES || self.at - self.start > WITHHELD_INPUT {
            self.accept(out);
        }
        Go::On
    }

    /// The member under way is one: damage before it ends where it begins.
    fn accept(&mut self, out: &mut Sink<'_>) {
        self.tell(self.start, out);
        if !self.held.is_empty() {
            self.given += self.held.len() as u64;
            out(Decoded::Bytes(&self.held));
            self.held.clear();
        }
    }

    /// The member under way is damaged, or was none; it showed at `seen`.
    fn fail(&mut self, seen: u64, kind: BadKind, what: String) {
        if self.damage.is_none() {
            let label = format!("{} {}", C::NAME, self.number);
            self.number += 1;
            self.damaged(self.start, kind, label, what);
        }
        let work = std::mem::take(&mut self.held).len() as u64;
        let extra = self.codec.extra();
        let Some(damage) = &mut self.damage else {
            return;
        };
        damage.spent += extra;
        let next = seen.max(self.start + 1);
        let back = seen.saturating_sub(REWIND).max(self.start + 1).max(self.base).min(next);
        let again = work + (next - back);
        let affordable = damage.spent + again <= CREDIT + 4 * (next - damage.start);
        damage.spent += if affordable { again } else { 0 };
        // A checksum alone does not show where the member ends: cut off, it may have run on.
        (self.state, self.at) = (State::Lost, if affordable { back } else { next });
    }

    fn damaged(&mut self, start: u64, kind: BadKind, label: String, what: String) {
        let head = std::mem::take(&mut self.head);
        let given = self.given;
        self.damage = Some(Damage { start, head, kind, label, what, given, spent: 0, cut: None });
    }

    /// Reports the damage under way, if any; it ends at `end`.
    fn tell(&mut self, end: u64, out: &mut Sink<'_>) {
        if let Some(mut damage) = self.damage.take() {
            if damage.cut.is_some() {
                (damage.kind, damage.what) = (BadKind::BadMember, "its end is missing".to_owned());
            }
            damage.head.fill(damage.start, &self.buf, self.base);
            damage.tell(end, out);
        }
    }

    /// Lets go of what is read for good.
    fn let_go(&mut self) {
        let keep = match self.state {
            State::Member => self.at.saturating_sub(REWIND).max(self.start),
            State::Between | State::Lost => self.at,
        };
        if self.state == State::Member {
            self.head.fill(self.start, &self.buf, self.base);
        }
        if let Some(damage) = &mut self.damage {
            damage.head.fill(damage.start, &self.buf, self.base);
        }
        if keep - self.base >= REWIND {
            self.buf.drain(..(keep - self.base) as usize);
            self.base = keep;
        }
    }
}

impl<C: Codec> Decoder for Members<C> {
    fn push(&mut self, mut chunk: &[u8], out: &mut Sink<'_>) {
        while !chunk.is_empty() {
            let room = BLOCK - self.end() % BLOCK;
            let (now, later) = chunk.split_at(chunk.len().min(room as usize));
            self.buf.extend_from_slice(now);
            chunk = later;
            if self.end().is_multiple_of(BLOCK) {
                self.run(false, out);
            }
        }
    }

    fn finish(&mut self, out: &mut Sink<'_>) {
        self.run(true, out);
    }
}
