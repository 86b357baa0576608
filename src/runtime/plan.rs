//! What will run, in which phases.

use std::sync::Arc;

use super::clock::Clock;
use super::decide::Added;
use super::index::{Budget, Index};
use crate::formats::{FormatSpec, InputOptions};
use crate::guard::Guard;
use crate::stage::{IndexKind, Keyer, Learned, Ordered, Stage, Transform, Window};

/// A pipeline, ready to run once.
pub struct Plan {
    /// How input is read.
    pub input: InputOptions,
    /// The dump format; `None` to detect it for each source.
    pub format: Option<&'static FormatSpec>,
    /// What [`run`](super::run()) may take out at most; nothing is watched unless this is set.
    pub guard: Guard,
    pub(super) phases: Vec<Phase>,
    pub(super) clock: Option<Arc<Clock>>,
    /// How many stages there are.
    stages: usize,
}

/// What runs as one parallel job, and the serial step that ends it.
pub(super) struct Phase {
    pub job: Arc<Job>,
    pub ordered: Option<Deciding>,
    pub learned: Option<Learning>,
}

/// A stage that learns, and its position.
pub(super) struct Learning {
    pub step: u16,
    pub clock: Option<Arc<Clock>>,
    pub stage: Box<dyn Learned>,
    pub mode: Mode,
}

/// When documents are judged by what was learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// As soon as enough is known.
    Window,
    /// When the input has ended.
    Whole,
    /// Never: this is the first of two passes.
    Observe,
}

/// Bytes of text that may be held back until the input ends, and so the largest input for which
/// [`Plan::hold_all`] makes sense.
pub const WHOLE_BYTES: u64 = 32 << 20;

/// Ordered stages, and what has to wait for them, in the order of the pipeline.
pub(super) struct Deciding {
    pub turns: Vec<(u16, Turn)>,
    pub clock: Option<Arc<Clock>>,
}

/// What the serial step does for a stage.
pub(super) enum Turn {
    /// It stands behind an ordered stage that may have changed the document.
    Map(Arc<dyn Transform>),
    Decide(Box<Decider>),
}

/// An ordered stage with what it remembers.
pub(super) struct Decider {
    pub step: u16,
    pub stage: Box<dyn Ordered>,
    pub index: Index,
    pub added: Added,
    /// Makes the keys, if they could not be made ahead.
    pub keyer: Option<Arc<dyn Keyer>>,
    /// What else its entries depend on.
    inherited: String,
}

impl Deciding {
    pub fn deciders(&self) -> impl Iterator<Item = &Decider> {
        self.turns.iter().filter_map(|(_, turn)| match turn {
            Turn::Decide(decider) => Some(&**decider),
            Turn::Map(_) => None,
        })
    }

    pub fn deciders_mut(&mut self) -> impl Iterator<Item = &mut Decider> {
        self.turns.iter_mut().filter_map(|(_, turn)| match turn {
            Turn::Decide(decider) => Some(&mut **decider),
            Turn::Map(_) => None,
        })
    }
}

impl Phase {
    /// Its ordered stages.
    pub fn deciders(&self) -> impl Iterator<Item = &Decider> {
        self.ordered.iter().flat_map(Deciding::deciders)
    }

    pub fn deciders_mut(&mut self) -> impl Iterator<Item = &mut Decider> {
        self.ordered.iter_mut().flat_map(Deciding::deciders_mut)
    }
}

impl Decider {
    fn new(step: u16, stage: Box<dyn Ordered>, keyer: Option<Arc<dyn Keyer>>) -> Self {
        let index = Index::nameless(Budget::share(super::memory::default_limit(), 1, 4));
        Self { step, stage, index, added: Added::default(), keyer, inherited: String::new() }
    }

    /// What its entries in an index are.
    pub fn kind(&self) -> IndexKind {
        let mut kind = self.stage.index();
        if !self.inherited.is_empty() {
            kind.parameters = format!("{}; {}", kind.parameters, self.inherited);
        }
        kind
    }
}

/// The parallel part of a phase, with the positions of stages.
#[derive(Default)]
pub(super) struct Job {
    pub acts: Vec<(u16, Act)>,
    pub clock: Option<Arc<Clock>>,
}

/// What a parallel job does for a stage.
pub(super) enum Act {
    Map(Arc<dyn Transform>),
    /// Makes what the stage will look up, or learn from.
    Keys(Arc<dyn Keyer>),
}

impl Plan {
    /// A plan for `stages` in their order; positions count from 0.
    pub fn new(
        input: InputOptions,
        format: Option<&'static FormatSpec>,
        stages: impl IntoIterator<Item = Stage>,
    ) -> Self {
        let mut phases = Phases::default();
        let mut count = 0;
        for (step, stage) in stages.into_iter().enumerate() {
            phases.add(step as u16, stage);
            count = step + 1;
        }
        Self { input, format, guard: Guard::off(), phases: phases.finish(), clock: None, stages: count }
    }

    /// The documents that ordered stages decide about together, if any does.
    pub(super) fn window(&self) -> Option<Window> {
        self.phases.iter().filter_map(|p| p.ordered.as_ref()?.window()).reduce(Window::max)
    }

    /// Has the time taken that each stage needs.
    pub(super) fn timed(&mut self) {
        let clock = Arc::new(Clock::new(self.stages));
        for phase in &mut self.phases {
            if let Some(job) = Arc::get_mut(&mut phase.job) {
                job.clock = Some(clock.clone());
            }
            phase.ordered.iter_mut().for_each(|d| d.clock = Some(clock.clone()));
            phase.learned.iter_mut().for_each(|l| l.clock = Some(clock.clone()));
        }
        self.clock = Some(clock);
    }

    /// Makes this the first of two passes: stages that learn judge nothing, and there are no rows.
    pub fn only_observe(&mut self) {
        self.learn(Mode::Observe);
    }

    /// Has stages that learn judge nothing before the input ends, unless it has more than
    /// [`WHOLE_BYTES`] of text.
    pub fn hold_all(&mut self) {
        self.learn(Mode::Whole);
    }

    fn learn(&mut self, mode: Mode) {
        self.phases.iter_mut().filter_map(|p| p.learned.as_mut()).for_each(|l| l.mode = mode);
    }

    /// Notes what the entries of the ordered stage at position `step` depend on beside its own
    /// options, such as those of the stage that makes fingerprints: an index made with others
    /// cannot be used.
    pub fn inherit(&mut self, step: usize, parameters: String) {
        let all = self.phases.iter_mut().flat_map(Phase::deciders_mut);
        all.filter(|d| usize::from(d.step) == step).for_each(|d| d.inherited.clone_from(&parameters));
    }
}

/// A plan in the making.
///
/// A document is decided about by all ordered stages at once, so that none of them remembers what a later one drops.
/// Stages behind an ordered one therefore run ahead of it, in parallel: what they would not have seen is found out
/// when their turn comes. They have to wait only for a stage that may change documents.
#[derive(Default)]
struct Phases {
    done: Vec<Phase>,
    acts: Vec<(u16, Act)>,
    turns: Vec<(u16, Turn)>,
    /// Whether an ordered stage may have changed the document.
    waits: bool,
}

impl Phases {
    fn add(&mut self, step: u16, stage: Stage) {
        match stage {
            Stage::Map(transform) if self.waits => self.turns.push((step, Turn::Map(transform))),
            Stage::Map(transform) => self.acts.push((step, Act::Map(transform))),
            Stage::Ordered(stage) => {
                let mut keyer = Some(stage.keyer());
                if !self.waits {
                    self.acts.extend(keyer.take().map(|keyer| (step, Act::Keys(keyer))));
                }
                self.waits |= !stage.only_drops();
                self.turns.push((step, Turn::Decide(Box::new(Decider::new(step, stage, keyer)))));
            }
            Stage::Learned(stage) => {
                if self.waits {
                    self.end_deciding();
                }
                self.acts.push((step, Act::Keys(stage.keyer())));
                let learned = Learning { step, clock: None, stage, mode: Mode::Window };
                let job = self.job();
                self.done.push(Phase { job, ordered: None, learned: Some(learned) });
            }
        }
    }

    fn job(&mut self) -> Arc<Job> {
        Arc::new(Job { acts: std::mem::take(&mut self.acts), clock: None })
    }

    fn end_deciding(&mut self) {
        self.waits = false;
        let turns = std::mem::take(&mut self.turns);
        if !turns.is_empty() {
            let ordered = Some(Deciding { turns, clock: None });
            let job = self.job();
            self.done.push(Phase { job, ordered, learned: None });
        }
    }

    fn finish(mut self) -> Vec<Phase> {
        self.end_deciding();
        let job = self.job();
        self.done.push(Phase { job, ordered: None, learned: None });
        self.done
    }
}
