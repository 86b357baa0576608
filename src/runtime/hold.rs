//! Holding documents back until the stage that learns from them knows enough.
//!
//! What happens to a document depends on the documents before it and on those of its own window,
//! never on how they came in batches. What is held back gives its share of the budget of bytes
//! in flight back, so that reading goes on: a bound of its own holds for it.

use std::collections::VecDeque;

use futures::stream::{self, StreamExt};

use super::clock::{Part, timed};
use super::phases::Loads;
use super::plan::{Learning, Mode, WHOLE_BYTES};
use super::work::{self, Entry, Load};
use crate::editor::Editor;
use crate::stage::Keys;

/// Loads that are held back, each with the number of its entries that are done.
pub(super) struct Hold {
    learning: Learning,
    loads: VecDeque<(Load, usize)>,
    /// Bytes of the documents that are not done.
    bytes: usize,
}

/// Bytes that an entry counts.
fn size(entry: &Entry) -> usize {
    match entry {
        Entry::Document { doc, .. } => doc.text().len() + 512,
        _ => 0,
    }
}

/// Keys of the stage that learns: nobody has made any since.
fn made_last(keys: &[(u16, Keys)]) -> &Keys {
    &keys.last().expect("made for each document that is not dropped").1
}

/// Leads loads through a stage that learns.
pub(super) fn through(loads: Loads, learning: Learning) -> Loads {
    let mut hold = Hold::new(learning);
    let end = stream::once(async { None });
    let parts = loads.map(Some).chain(end).map(move |load| {
        let done = match load {
            Some(Err(error)) => return vec![Err(error)],
            Some(Ok(load)) => work::guarded(|| Ok(hold.push(load))),
            None => work::guarded(|| Ok(hold.end())),
        };
        match done {
            Ok(done) => done.into_iter().map(Ok).collect(),
            Err(bug) => vec![Err(bug.into())],
        }
    });
    parts.flat_map(stream::iter).boxed()
}

impl Hold {
    pub fn new(learning: Learning) -> Self {
        Self { learning, loads: VecDeque::new(), bytes: 0 }
    }

    /// Takes a load, and hands out those that are done.
    pub fn push(&mut self, load: Load) -> Vec<Load> {
        let (clock, step) = (self.learning.clock.clone(), self.learning.step);
        timed(clock.as_deref(), Part::Stage(step), || self.take(load))
    }

    fn take(&mut self, mut load: Load) -> Vec<Load> {
        load.budget = None;
        // No checkpoint knows what was learned: a run that stops begins anew.
        load.mark.verified = false;
        let entries = std::mem::take(&mut load.entries);
        self.loads.push_back((load, 0));
        for entry in entries {
            if let Entry::Document { doc, keys } = &entry
                && doc.dropped().is_none()
            {
                self.learning.stage.observe(made_last(keys), doc);
            }
            // Nobody wants rows of a pass that only observes.
            if self.learning.mode == Mode::Observe {
                self.loads.back_mut().expect("one was pushed").0.spent.push(entry);
                continue;
            }
            self.bytes += size(&entry);
            self.loads.back_mut().expect("one was pushed").0.entries.push(entry);
            // After every document, so that batches do not matter.
            self.judge(false);
        }
        self.done()
    }

    /// Hands out the rest.
    pub fn end(&mut self) -> Vec<Load> {
        self.learning.stage.settle();
        self.judge(true);
        self.done()
    }

    fn done(&mut self) -> Vec<Load> {
        let done = self.loads.iter().take_while(|(load, judged)| *judged == load.entries.len()).count();
        self.loads.drain(..done).map(|(load, _)| load).collect()
    }

    /// Judges, in order, what may be judged: all of it, or what enough is known for.
    fn judge(&mut self, all: bool) {
        let Learning { step, stage, mode, .. } = &self.learning;
        let room = if *mode == Mode::Whole { WHOLE_BYTES as usize } else { stage.held_bytes() };
        for (load, judged) in &mut self.loads {
            for entry in &mut load.entries[*judged..] {
                let size = size(entry);
                if let Entry::Document { doc, keys } = entry
                    && doc.dropped().is_none()
                {
                    let waits = *mode == Mode::Whole || !stage.is_known(made_last(keys), doc);
                    if !all && self.bytes <= room && waits {
                        return;
                    }
                    stage.judge(made_last(keys), &mut Editor::new(doc, *step));
                    keys.pop();
                }
                self.bytes -= size;
                *judged += 1;
            }
        }
    }
}
