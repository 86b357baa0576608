//! From one dump to another: finding that one has begun, and that one goes on.

use super::{Cutter, Doc, Dump, OUTER};
use crate::formats::plain::learn::{Learned, learn};
use crate::formats::plain::separators::Separating;
use crate::formats::plain::signs::{is_rule, line_hash, mark};
use crate::formats::plain::titles::Gap;
use crate::formats::{Out, Piece};

impl Cutter {
    /// Whether the line is a separator of a dump in front of this one; that dump goes on, then.
    pub(super) fn comes_back(&mut self, start: u64, end: u64) -> Option<Separating> {
        if self.outer.is_empty() || end - start > self.max {
            return None;
        }
        let line = self.slice(start, end);
        let below = self.below_blank();
        let dumps = self.outer.iter().enumerate().rev();
        let found = dumps.map(|(at, dump)| (at, dump.separators.kind_of(line, below)));
        let found = found.filter_map(|(at, separating)| Some((at, separating?))).next();
        let (at, separating) = found?;
        self.go_back(at);
        Some(separating)
    }

    /// Goes back to a dump in front of this one, which may come back in its turn.
    pub(super) fn go_back(&mut self, at: usize) {
        let to = self.outer.remove(at);
        let left = std::mem::replace(&mut self.dump, to);
        self.outer.insert(0, left);
    }

    /// Looks for the separators of another dump in a document that has become long; twice as late each time. From
    /// the beginning of the document on they count, if there are any.
    pub(super) fn look_inside(&mut self, out: &mut Out<'_>) {
        let Some(inside) = &mut self.inside else { return };
        let Some(doc) = self.doc.as_ref().filter(|d| d.end - d.start >= inside.suspect) else { return };
        let len = doc.end - doc.start;
        inside.suspect = len.saturating_mul(2);
        if doc.over.is_some() || !inside.affords(len, doc.end) {
            return;
        }
        let learned = learn(self.slice(doc.start, self.line), false, true);
        if learned.sure {
            self.enter(learned, out);
        }
    }

    /// Another dump has begun in the document under way.
    fn enter(&mut self, learned: Learned, out: &mut Out<'_>) {
        let Some(doc) = self.doc.take() else { return };
        let Learned { separators, typical, verdict, .. } = learned;
        let dump = Dump { separators, confidence: verdict.confidence };
        let before = std::mem::replace(&mut self.dump, dump);
        self.outer.push(before);
        if self.outer.len() > OUTER {
            self.outer.remove(0);
        }
        out(Piece::Verdict(&verdict));
        (self.line, self.searched) = (doc.start, doc.start);
        (self.next, self.url) = (doc.border, doc.url);
        self.gap = Gap::default();
        self.ahead.clear();
        self.head.clear();
        if let Some(inside) = &mut self.inside {
            inside.enter(typical);
        }
    }

    /// A rule or a mark that stands above one title after the other separates as well: another dump may have begun
    /// that has both.
    pub(super) fn learn_from_tail(&mut self) {
        let Some(doc) = self.doc.as_ref().filter(|doc| doc.over.is_none()) else { return };
        let line = self.slice(doc.last, doc.end);
        let tail = match mark(line) {
            Some(mark) => Some((mark.key, true)),
            None => is_rule(line).then(|| (line_hash(line), false)),
        };
        let again = tail.filter(|tail| Some(*tail) == self.tail);
        let first = line.trim_ascii().first().copied().unwrap_or_default();
        match again {
            Some((key, true)) => self.dump.separators.marks.push((key, first)),
            Some((hash, false)) => self.dump.separators.rules.push(hash),
            None => {}
        }
        self.tail = tail;
    }

    /// A cutter for a document that is complete, if it holds another dump.
    pub(super) fn opened(&mut self, doc: &Doc, out: &mut Out<'_>) -> Option<Self> {
        let inside = self.inside.as_mut()?;
        let len = doc.end - doc.start;
        if !inside.suspects(len) || !inside.affords(len, doc.end) {
            return None;
        }
        let depth = inside.depth;
        let learned = learn(self.slice(doc.start, doc.end), true, true);
        if !learned.sure {
            return None;
        }
        out(Piece::Verdict(&learned.verdict));
        Some(Self::nested(learned, doc, (self.max, depth)))
    }
}
