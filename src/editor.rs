//! The only mutable view of a document.

use std::ops::Range;

use crate::document::{Compared, Document, Edit, Removal, Role};
use crate::reason::{DocId, Evidence, Reason};

/// Changes a document on behalf of one stage; every change carries a [`Reason`].
#[derive(Debug)]
pub struct Editor<'a> {
    doc: &'a mut Document,
    step: u16,
}

impl<'a> Editor<'a> {
    /// An editor for the stage at position `step` of the pipeline.
    pub fn new(doc: &'a mut Document, step: u16) -> Self {
        Self { doc, step }
    }

    /// The document as it is now.
    pub fn doc(&self) -> &Document {
        self.doc
    }

    /// Removes line `i` from the output. A line is removed once: the first reason stands.
    pub fn remove(&mut self, i: usize, reason: Reason, evidence: Evidence) {
        if self.doc.lines()[i].is_kept() {
            let removal = self.removal(reason, evidence);
            self.doc.remove(i, removal);
        }
    }

    /// Gives line `i` a new content. The original stays in the document.
    pub fn rewrite(&mut self, i: usize, text: String, reason: Reason) {
        self.doc.rewrite(i, text);
        self.doc.changes.push((self.step, reason));
    }

    /// Makes one line of each range of kept lines, which are in order and do not overlap, with the content
    /// that is given. Lines behind them get other numbers.
    pub fn join(&mut self, groups: Vec<(Range<usize>, String)>, reason: Reason) {
        self.doc.changes.extend(groups.iter().map(|_| (self.step, reason)));
        self.doc.join(groups);
    }

    /// Puts line `place` right, or the title that the input states. The original stays in the
    /// document, and the ledger tells of it.
    pub fn repair(&mut self, place: Option<usize>, text: String, reason: Reason, evidence: Evidence) {
        match place {
            Some(i) => self.doc.rewrite(i, text),
            None => self.doc.stated_title = text,
        }
        self.doc.changes.push((self.step, reason));
        self.doc.edits.push(Edit { line: place, reason, evidence });
    }

    /// Makes line `i` the title, in place of any other.
    pub fn set_title(&mut self, i: usize, reason: Reason) {
        for k in 0..self.doc.lines().len() {
            if self.doc.lines()[k].role() == Role::Title {
                self.doc.set_role(k, Role::Body);
            }
        }
        self.set_role(i, Role::Title, reason);
    }

    /// Makes line `i` a caption: it leaves the text for the row's `captions`.
    pub fn set_caption(&mut self, i: usize, reason: Reason) {
        self.set_role(i, Role::Caption, reason);
    }

    /// Drops the whole document. The first reason stands.
    pub fn drop_document(&mut self, reason: Reason, evidence: Evidence) {
        if self.doc.dropped.is_none() {
            self.doc.dropped = Some(self.removal(reason, evidence));
        }
    }

    /// Records the fingerprint of the normalised text.
    pub fn set_fingerprint(&mut self, fingerprint: u128) {
        self.doc.fingerprint = Some(fingerprint);
    }

    /// Counts something about the document in the report, if it is kept.
    pub fn note(&mut self, reason: Reason) {
        self.doc.notes.push(reason);
    }

    /// Records a comparison with an earlier document, whatever came of it.
    pub fn compared(&mut self, with: DocId, similarity: f64, relation: &'static str) {
        self.doc.compared.push(Compared { with, similarity, relation });
    }

    fn set_role(&mut self, i: usize, role: Role, reason: Reason) {
        self.doc.set_role(i, role);
        self.doc.changes.push((self.step, reason));
    }

    fn removal(&self, reason: Reason, evidence: Evidence) -> Removal {
        Removal { step: self.step, reason, evidence }
    }
}
