//! What will run, in which phases.

use std::sync::Arc;

use super::clock::Clock;
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
}

/// Stages that run as one parallel job, and the serial stage that ends them.
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

/// An ordered stage with what it remembers.
pub(super) struct Deciding {
    pub step: u16,
    pub clock: Option<Arc<Clock>>,
    pub stage: Box<dyn Ordered>,
    pub index: Index,
    /// What else its entries depend on.
    inherited: String,
}

impl Deciding {
    /// What its entries in an index are.
    pub fn kind(&self) -> IndexKind {
        let mut kind = self.stage.index();
        if !self.inherited.is_empty() {
            kind.parameters = format!("{}; {}", kind.parameters, self.inherited);
        }
        kind
    }
}

/// The parallel part of a phase.
pub(super) struct Job {
    pub maps: Vec<(u16, Arc<dyn Transform>)>,
    /// With the position of its stage.
    pub keyer: Option<(u16, Arc<dyn Keyer>)>,
    pub clock: Option<Arc<Clock>>,
}

impl Job {
    fn new(maps: &mut Vec<(u16, Arc<dyn Transform>)>, keyer: Option<(u16, Arc<dyn Keyer>)>) -> Self {
        Self { maps: std::mem::take(maps), keyer, clock: None }
    }
}

impl Plan {
    /// A plan for `stages` in their order; positions count from 0.
    pub fn new(
        input: InputOptions,
        format: Option<&'static FormatSpec>,
        stages: impl IntoIterator<Item = Stage>,
    ) -> Self {
        let (mut phases, mut maps) = (Vec::new(), Vec::new());
        for (step, stage) in stages.into_iter().enumerate() {
            match stage {
                Stage::Map(transform) => maps.push((step as u16, transform)),
                Stage::Ordered(ordered) => {
                    let job = Job::new(&mut maps, Some((step as u16, ordered.keyer())));
                    let index = Index::nameless(Budget::share(super::memory::default_limit(), 1, 4));
                    let (step, inherited) = (step as u16, String::new());
                    let deciding = Deciding { step, clock: None, stage: ordered, index, inherited };
                    phases.push(Phase { job: Arc::new(job), ordered: Some(deciding), learned: None });
                }
                Stage::Learned(stage) => {
                    let step = step as u16;
                    let job = Job::new(&mut maps, Some((step, stage.keyer())));
                    let learned = Some(Learning { step, clock: None, stage, mode: Mode::Window });
                    phases.push(Phase { job: Arc::new(job), ordered: None, learned });
                }
            }
        }
        phases.push(Phase { job: Arc::new(Job::new(&mut maps, None)), ordered: None, learned: None });
        Self { input, format, guard: Guard::off(), phases, clock: None }
    }

    /// The documents that ordered stages decide about together, if any does.
    pub(super) fn window(&self) -> Option<Window> {
        let all = self.phases.iter().filter_map(|p| p.ordered.as_ref()?.stage.window());
        all.reduce(Window::max)
    }

    /// Has the time taken that each stage needs.
    pub(super) fn timed(&mut self) {
        let steps = |p: &Phase| p.job.maps.len() + usize::from(p.job.keyer.is_some());
        let clock = Arc::new(Clock::new(self.phases.iter().map(steps).sum()));
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
        let all = self.phases.iter_mut().filter_map(|p| p.ordered.as_mut());
        all.filter(|d| usize::from(d.step) == step).for_each(|d| d.inherited.clone_from(&parameters));
    }
}
