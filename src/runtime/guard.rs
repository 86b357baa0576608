//! Watches how much rules take out, and says when it is too much.
//!
//! Jobs note what became of each document ([`Seen`]); the writer goes through the notes in input
//! order ([`Watch`]) and judges after every document, so that the verdict depends on the input
//! alone. What was dropped because of another document, a *witness*, is judged only where a source
//! ends, and over all sources so far: copies come in runs (a dump may begin with all of last
//! week's, a file may be there twice), while a rule that looks at one document does to the first
//! thousand what it will do to the rest. Where copies of earlier runs are looked for too
//! (`--index`), they are no sign that anything is wrong.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use self::copies::Copies;
use self::notes::{Event, Fate};
use self::unit::{Example, Rule, Unit, When};
use crate::guard::{Action, Guard, Share};

mod copies;
mod lines;
mod notes;
mod unit;

pub(super) use notes::Seen;

/// Messages that are kept; each rule has at most two and one for copies in each source.
const MAX_MESSAGES: usize = 100;

/// What has been counted: part of a checkpoint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// The source under way.
    source: Unit,
    /// Sources before it that had too few documents to be judged each on its own.
    small: Unit,
    /// All sources before it: copies may come from any of them.
    all: Unit,
    copies: Copies,
    /// Limits that were exceeded, in words.
    pub messages: Vec<String>,
}

/// The guard of one run.
pub(super) struct Watch {
    limits: Guard,
    pub state: State,
    /// Whether copies count: not where most of the input may be known from earlier runs.
    copies: bool,
    stopped: bool,
}

impl Watch {
    /// Goes on with `state`.
    pub fn new(limits: Guard, state: State, copies: bool) -> Self {
        Self { limits, state, copies, stopped: false }
    }

    /// Whether the run has to end; the last message says why.
    pub fn has_stopped(&self) -> bool {
        self.stopped
    }

    /// Goes through a batch; whether the run has to end.
    pub fn watch(&mut self, seen: &Seen) -> bool {
        let mut name: Option<&Arc<str>> = None;
        for event in &seen.events {
            match event {
                Event::Source(source) => {
                    self.begin(source);
                    name = Some(source);
                }
                Event::Document { record, fate } => {
                    let source = name.expect("a source comes first");
                    let at = |line| Example { source: source.to_string(), record: *record, line };
                    self.document(seen, fate, &at);
                }
                Event::End => self.end_source(),
            }
            if self.stopped {
                break;
            }
        }
        self.stopped
    }

    fn begin(&mut self, name: &str) {
        // Each batch names its sources, but a source may have many batches.
        if self.state.source.documents == 0 {
            self.state.source = Unit::new(name);
        }
    }

    fn end_source(&mut self) {
        let source = std::mem::take(&mut self.state.source);
        self.state.all.add(source.clone());
        if self.copies && self.state.all.documents >= self.limits.min_documents {
            let found = self.state.all.too_much_dropped(self.limits.max_dropped, When::WithCopies);
            found.into_iter().for_each(|message| self.tell(message));
        }
        if source.documents >= self.limits.min_documents {
            self.judge_unit(source);
            return;
        }
        self.state.small.add(source);
        if self.state.small.documents >= self.limits.min_documents {
            let small = std::mem::take(&mut self.state.small);
            self.judge_unit(small);
        }
    }

    fn document(&mut self, seen: &Seen, fate: &Fate, at: &dyn Fn(u64) -> Example) {
        let unit = &mut self.state.source;
        unit.documents += 1;
        match fate {
            Fate::Dropped { rule, witness } => {
                unit.dropped.add(rule, (1, witness.is_some()), &|| at(0));
                if let Some(witness) = witness {
                    self.copy(rule, *witness, &|| at(0));
                }
                self.judge_dropped(Some(rule.step));
            }
            Fate::Kept { bytes, removed } => {
                unit.kept += 1;
                unit.bytes += bytes;
                for r in &seen.removed[removed.clone()] {
                    unit.removed.add(&r.rule, (r.bytes, r.witnessed), &|| at(r.line));
                    r.shown.iter().for_each(|line| unit.removed.show(&r.rule, line));
                }
                if unit.kept == self.limits.min_documents {
                    self.judge_removed(None);
                } else {
                    seen.removed[removed.clone()].iter().for_each(|r| self.judge_removed(Some(&r.rule)));
                }
            }
        }
        if self.state.source.documents == self.limits.min_documents {
            self.judge_dropped(None);
        }
    }

    /// Judges one stage, or all, by what it dropped of the source under way.
    fn judge_dropped(&mut self, step: Option<u16>) {
        let (unit, limit) = (&mut self.state.source, self.limits.max_dropped);
        if unit.documents < self.limits.min_documents {
            return;
        }
        match step {
            Some(step) => unit.dropped_by(step, limit, When::Underway).into_iter().for_each(|m| self.tell(m)),
            None => unit.too_much_dropped(limit, When::Underway).into_iter().for_each(|m| self.tell(m)),
        }
    }

    fn judge_removed(&mut self, rule: Option<&Rule>) {
        let unit = &mut self.state.source;
        if unit.kept >= self.limits.min_documents {
            let found = unit.too_much_removed(self.limits.max_removed, rule, When::Underway);
            found.into_iter().for_each(|message| self.tell(message));
        }
    }

    /// Judges sources that are done, copies and all.
    fn judge_unit(&mut self, mut unit: Unit) {
        let mut found = unit.too_much_dropped(self.limits.max_dropped, When::Done);
        if unit.kept >= self.limits.min_documents {
            found.extend(unit.too_much_removed(self.limits.max_removed, None, When::WithCopies));
        }
        found.into_iter().for_each(|message| self.tell(message));
    }

    /// Counts a document that was dropped as a copy of `witness`.
    fn copy(&mut self, rule: &Rule, witness: u128, example: &dyn Fn() -> Example) {
        let max = self.limits.max_copies;
        let Some(examples) = self.state.copies.add(witness, max, example) else { return };
        let examples = unit::listed(examples);
        if self.state.source.dropped.first_copies(rule) {
            self.tell(format!(
                "{} dropped more than {max} documents as copies of the document {witness:032x}{examples}{}",
                rule.name(),
                advice("max-copies")
            ));
        }
    }

    fn tell(&mut self, message: String) {
        let messages = &mut self.state.messages;
        match self.limits.action {
            _ if self.stopped => {}
            Action::Stop => {
                messages.push(message);
                self.stopped = true;
            }
            _ if messages.len() < MAX_MESSAGES => messages.push(message),
            _ if messages.len() == MAX_MESSAGES => messages.push("more like these are not named".to_owned()),
            _ => {}
        }
    }
}

fn advice(option: &str) -> String {
    format!(
        "; to look at them, run with --ledger FILE and action = \"warn\" in [guard] of the pipeline; if that is \
         as it should be, raise {option} there"
    )
}

/// `part` of `whole` in percent, and the limit.
fn percent(part: u64, whole: u64, limit: Share) -> String {
    let tenths = u128::from(part) * 1000 / u128::from(whole.max(1));
    format!("{}.{} % (limit {limit})", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Border, BorderKind, Document, Origin};
    use crate::editor::Editor;
    use crate::reason::{DocId, Evidence, Reason};
    use proptest::prelude::*;

    const FEW: Reason = Reason { stage: "a", code: "few", summary: "" };
    const BAD: Reason = Reason { stage: "a", code: "bad", summary: "" };
    const COPY: Reason = Reason { stage: "b", code: "copy", summary: "" };
    const LINE: Reason = Reason { stage: "c", code: "line", summary: "" };

    /// A document that became what `kind` says.
    fn document(source: &Arc<str>, record: u64, kind: u8) -> Document {
        let border = Border { kind: BorderKind::Record, confidence: 100 };
        let origin = Origin { source: source.clone(), record, range: 0..0, border, verdict: None };
        let mut doc = Document::new(DocId(u128::from(record)), origin, "one line\nand another\n".to_owned());
        let why = || Evidence::Measure(String::new());
        let copy = |id| Evidence::Witness { id: DocId(id), similarity: 1.0 };
        match kind {
            0 => Editor::new(&mut doc, 0).drop_document(FEW, why()),
            1 => Editor::new(&mut doc, 0).drop_document(BAD, why()),
            2 | 3 => Editor::new(&mut doc, 1).drop_document(COPY, copy(kind.into())),
            4 => Editor::new(&mut doc, 2).remove(1, LINE, why()),
            5 => (0..2).for_each(|i| Editor::new(&mut doc, 2).remove(i, LINE, why())),
            6 => Editor::new(&mut doc, 2).remove(0, LINE, copy(9)),
            _ => {}
        }
        doc
    }

    /// Sources of documents, `per_batch` of them noted together; `each` may change the guard
    /// between batches.
    fn watch(
        guard: &Guard,
        sources: &[Vec<u8>],
        per_batch: usize,
        mut each: impl FnMut(&mut Watch),
    ) -> Watch {
        let (mut watch, mut seen, mut held) =
            (Watch::new(guard.clone(), State::default(), true), Seen::default(), 0);
        for (n, kinds) in sources.iter().enumerate() {
            let name: Arc<str> = format!("s{n}").into();
            for item in 0..=kinds.len() {
                match kinds.get(item) {
                    Some(kind) => seen.document(&document(&name, item as u64, *kind)),
                    None => seen.end(),
                }
                held += 1;
                if held == per_batch {
                    held = 0;
                    if watch.watch(&std::mem::take(&mut seen)) {
                        return watch;
                    }
                    each(&mut watch);
                }
            }
        }
        watch.watch(&seen);
        watch
    }

    fn guard(action: Action, min_documents: u64) -> Guard {
        let share = |s| Share::new(s).expect("a share");
        Guard { action, max_dropped: share(0.6), max_copies: 5, max_removed: share(0.5), min_documents }
    }

    proptest! {
        #[test]
        fn batches_and_resumption_change_nothing(
            sources in prop::collection::vec(prop::collection::vec(0u8..12, 0..30), 0..6),
            per_batch in 1usize..40,
            stop: bool,
            min in 1u64..20,
        ) {
            let guard = guard(if stop { Action::Stop } else { Action::Warn }, min);
            let whole = watch(&guard, &sources, usize::MAX, |_| {});
            let cut = watch(&guard, &sources, per_batch, |watch| {
                let json = serde_json::to_vec(&watch.state).expect("JSON");
                *watch = Watch::new(guard.clone(), serde_json::from_slice(&json).expect("a state"), true);
            });
            prop_assert_eq!(cut.has_stopped(), whole.has_stopped());
            prop_assert_eq!(&cut.state.messages, &whole.state.messages);
            if !whole.has_stopped() {
                prop_assert_eq!(&cut.state, &whole.state);
            }
        }

        #[test]
        fn what_is_dropped_is_judged_as_counted_by_hand(
            sources in prop::collection::vec(prop::collection::vec(0u8..9, 0..30), 0..5),
            min in 1u64..20,
        ) {
            let guard = Guard { max_copies: u64::MAX, max_removed: Share::new(1.0).expect("a share"), ..guard(Action::Stop, min) };
            let mut small: Vec<u8> = Vec::new();
            let over = |kinds: &[u8], of: &[u8]| {
                let part = kinds.iter().filter(|k| of.contains(k)).count();
                kinds.len() as u64 >= min && part * 10 > kinds.len() * 6
            };
            let (mut expected, mut all) = (false, Vec::new());
            for kinds in &sources {
                all.extend(kinds);
                expected |= over(&all, &[2, 3]);
                // One stage drops by two rules; copies are judged over all sources.
                expected |= (1..=kinds.len()).any(|n| over(&kinds[..n], &[0, 1]));
                let unit = if kinds.len() as u64 >= min { kinds } else { small.extend(kinds); &small };
                expected |= over(unit, &[0, 1]);
                if small.len() as u64 >= min {
                    small.clear();
                }
            }
            prop_assert_eq!(watch(&guard, &sources, 7, |_| {}).has_stopped(), expected);
        }
    }

    #[test]
    fn messages_are_bounded() {
        let sources = vec![vec![0, 0, 0]; 500];
        let warned = watch(&guard(Action::Warn, 2), &sources, 10, |_| {});
        assert_eq!(warned.state.messages.len(), MAX_MESSAGES + 1);
        assert!(warned.state.messages[0].starts_with("a/few dropped 2 of the first 2 documents of s0, 100.0 % (limit 60 %): for example record 0, record 1 of s0; "));
        assert_eq!(warned.state.messages[MAX_MESSAGES], "more like these are not named");
    }
}
