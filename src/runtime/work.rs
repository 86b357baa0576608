//! The CPU half: what a rayon job does with a batch.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::batch::{self, Batch, Item, Place, SourceEnd};
use super::clock::{Laps, Part};
use super::guard::Seen;
use super::plan::{Act, Job};
use super::record::Mark;
use super::rows::{self, BadRow, Beside};
use super::survey;
use super::tally::{Broken, Tally};
use super::target::Wanted;
use crate::document::Document;
use crate::editor::Editor;
use crate::formats::{Bad, Opener};
use crate::stage::Keys;

/// A batch whose records are, or are about to become, documents.
pub(super) struct Load {
    /// The batch, until the first job opens it.
    unopened: Option<Batch>,
    pub entries: Vec<Entry>,
    /// Entries that nobody wants any more: freed by the threads that made them, not by the one that goes
    /// through all loads.
    pub spent: Vec<Entry>,
    /// What the batch adds to a checkpoint.
    pub mark: Mark,
    /// Keeps the batch's share of the memory budget.
    pub budget: Option<tokio::sync::OwnedSemaphorePermit>,
}

pub(super) enum Entry {
    /// With what stages will look up, by their positions.
    Document {
        doc: Box<Document>,
        keys: Vec<(u16, Keys)>,
    },
    Bad {
        at: Place,
        url: Option<Box<str>>,
        opener: Option<Arc<dyn Opener>>,
        reason: Bad,
        bytes: Vec<u8>,
    },
    Damage {
        at: Place,
        reason: Bad,
        bytes: Vec<u8>,
        len: u64,
    },
    End(SourceEnd),
    Failed {
        source: std::sync::Arc<str>,
        message: String,
    },
}

impl Entry {
    /// Its document, unless it is dropped.
    fn document(&mut self) -> Option<(&mut Document, &mut Vec<(u16, Keys)>)> {
        match self {
            Self::Document { doc, keys } if doc.dropped().is_none() => Some((doc, keys)),
            _ => None,
        }
    }

    /// About how many bytes its row will have.
    fn size(&self) -> usize {
        match self {
            // The end of a line takes two bytes.
            Self::Document { doc, .. } if doc.dropped().is_none() => {
                doc.text().len() + 2 * doc.lines().len() + 320
            }
            _ => 0,
        }
    }
}

/// Kept rows of a batch that go to one file.
#[derive(Default)]
pub(super) struct Piece {
    pub rows: u64,
    /// Bytes before compression.
    pub raw: u64,
    pub bytes: Vec<u8>,
}

/// Rows of a batch, ready to be written.
pub(super) struct Rows {
    /// By split.
    pub kept: Vec<Piece>,
    pub ledger: Vec<u8>,
    pub quarantine: Vec<BadRow>,
    pub tally: Tally,
    /// What the guard has to know.
    pub seen: Seen,
    /// What a page has to know.
    pub survey: Option<survey::Part>,
    /// Sources that are unreadable or damaged, in words.
    pub troubles: Vec<String>,
    pub mark: Mark,
    pub budget: Option<tokio::sync::OwnedSemaphorePermit>,
}

/// A bug, caught: where it struck.
#[derive(Debug)]
pub(super) struct Bug(pub String);

impl From<Broken> for Bug {
    fn from(b: Broken) -> Self {
        Self(format!("the sums do not come out: {}", b.0))
    }
}

impl Load {
    pub fn new(mut batch: Batch, budget: Option<tokio::sync::OwnedSemaphorePermit>) -> Self {
        let mark = std::mem::take(&mut batch.mark);
        Self { unopened: Some(batch), entries: Vec::new(), spent: Vec::new(), mark, budget }
    }

    /// Turns records into documents, if that has not been done, and hands them to `each` a few
    /// at a time, while they are still in the processor's cache.
    fn open(&mut self, laps: &mut Laps<'_>, mut each: impl FnMut(&mut [Entry], &mut Laps<'_>)) {
        let Some(Batch { slab, items, .. }) = self.unopened.take() else {
            self.entries.chunks_mut(GROUP).for_each(|group| each(group, laps));
            return;
        };
        self.entries.reserve_exact(items.len());
        let mut items = items.into_iter();
        while items.len() > 0 {
            let done = self.entries.len();
            self.entries.extend(items.by_ref().take(GROUP).map(|item| open_one(item, &slab)));
            laps.lap(Part::Opening);
            each(&mut self.entries[done..], laps);
        }
        batch::recycle(slab);
    }
}

/// Entries that go through the parallel stages of a phase together.
const GROUP: usize = 64;

fn open_one(item: Item, slab: &[u8]) -> Entry {
    match item {
        Item::Record(record) => match record.opener.open(record.raw(slab)) {
            Ok(doc) => Entry::Document { doc: Box::new(doc), keys: Vec::new() },
            Err(reason) => {
                let bytes = slab[record.bytes.clone()].to_vec();
                Entry::Bad { at: record.at, url: record.url, opener: Some(record.opener), reason, bytes }
            }
        },
        Item::Bad { at, reason, bytes } => {
            Entry::Bad { at, url: None, opener: None, reason, bytes: slab[bytes].to_vec() }
        }
        Item::Damage { at, reason, bytes, len } => {
            Entry::Damage { at, reason, bytes: slab[bytes].to_vec(), len }
        }
        Item::End(end) => Entry::End(end),
        Item::Failed { source, message } => Entry::Failed { source, message },
    }
}

/// Runs the parallel stages of a phase.
pub(super) fn apply(job: &Job, load: &mut Load) {
    let mut laps = Laps::new(job.clock.as_deref());
    load.open(&mut laps, |group, laps| {
        for (step, act) in &job.acts {
            let docs = group.iter_mut().filter_map(Entry::document);
            match act {
                Act::Map(transform) => transform.apply_all(&mut docs.map(|(doc, _)| {
                    at(*step, doc);
                    Editor::new(doc, *step)
                })),
                Act::Keys(keyer) => docs.for_each(|(doc, keys)| keys.push((*step, keyer.keys(doc)))),
            }
            laps.lap(Part::Stage(*step));
        }
    });
}

/// Writes the rows of a batch.
pub(super) fn rows(load: Load, wanted: &Wanted) -> Result<Rows, Bug> {
    drop(load.spent);
    let mut kept: Vec<Piece> = wanted.splits.names().iter().skip(1).map(|_| Piece::default()).collect();
    let room = batch::buffer(load.entries.iter().map(Entry::size).sum());
    // The first split is most of it.
    kept.insert(0, Piece { bytes: room, ..Piece::default() });
    let mut out = Rows {
        kept,
        ledger: Vec::new(),
        quarantine: Vec::new(),
        tally: Tally::default(),
        seen: Seen::default(),
        survey: wanted.survey.as_ref().map(survey::Part::new),
        troubles: Vec::new(),
        mark: load.mark,
        budget: load.budget,
    };
    for entry in load.entries {
        match entry {
            Entry::Document { doc, .. } => {
                out.tally.document(&doc)?;
                if wanted.guard {
                    out.seen.document(&doc);
                }
                if let Some(survey) = &mut out.survey {
                    survey.document(&doc);
                }
                if doc.dropped().is_none() {
                    let piece = &mut out.kept[wanted.splits.of(doc.fingerprint().unwrap_or(doc.id.0))];
                    rows::write_kept(&doc, &mut piece.bytes);
                    piece.rows += 1;
                }
                if wanted.ledger {
                    rows::write_ledger(&doc, &mut out.ledger);
                }
            }
            Entry::Bad { at, url, opener, reason, bytes } => {
                out.tally.bad(&at, reason.kind);
                if let Some(survey) = &mut out.survey {
                    survey.bad(&at.source);
                }
                if wanted.quarantine {
                    let len = at.range.end - at.range.start;
                    let header = opener.as_ref().map_or("", |opener| opener.header());
                    let beside = Beside { url: url.as_deref().unwrap_or_default(), header };
                    out.quarantine.push(rows::bad(&at, beside, &reason, (&bytes, len)));
                }
            }
            Entry::Damage { at, reason, bytes, len } => {
                out.tally.damaged(reason.kind);
                out.troubles.push(format!("{}: {reason}", at.source));
                if wanted.quarantine {
                    out.quarantine.push(rows::bad(&at, Beside::default(), &reason, (&bytes, len)));
                }
            }
            Entry::End(end) => {
                out.tally.end(end);
                out.seen.end();
            }
            Entry::Failed { source, message } => {
                out.tally.failed();
                out.troubles.push(format!("{source}: {message}"));
            }
        }
    }
    out.kept.iter_mut().for_each(|piece| piece.raw = piece.bytes.len() as u64);
    Ok(out)
}

thread_local! {
    /// What this thread works on, for the message of a caught panic.
    static AT: Cell<Option<(u16, u128)>> = const { Cell::new(None) };
}

pub(super) fn at(step: u16, doc: &Document) {
    AT.set(Some((step, doc.id.0)));
}

/// Runs `work`; a panic in it becomes a [`Bug`] that names stage and document.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, Bug>) -> Result<T, Bug> {
    AT.set(None);
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let what = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
        let what = what.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
        Err(Bug(match AT.get() {
            Some((step, id)) => format!("stage {} failed on document {id:032x}: {what}", step + 1),
            None => what,
        }))
    })
}
