//! What will run, in which phases.

use std::sync::Arc;

use crate::formats::{FormatSpec, InputOptions};
use crate::guard::Guard;
use crate::stage::{Keyer, Ordered, Stage, Transform};

/// A pipeline, ready to run once.
pub struct Plan {
    /// How input is read.
    pub input: InputOptions,
    /// The dump format; `None` to detect it for each source.
    pub format: Option<&'static FormatSpec>,
    /// What [`run`](super::run()) may take out at most; nothing is watched unless this is set.
    pub guard: Guard,
    pub(super) phases: Vec<Phase>,
}

/// Stages that run as one parallel job, and the ordered stage that ends them.
pub(super) struct Phase {
    pub job: Arc<Job>,
    pub ordered: Option<(u16, Box<dyn Ordered>)>,
}

/// The parallel part of a phase.
pub(super) struct Job {
    pub maps: Vec<(u16, Arc<dyn Transform>)>,
    pub keyer: Option<Arc<dyn Keyer>>,
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
                    let job = Job { maps: std::mem::take(&mut maps), keyer: Some(ordered.keyer()) };
                    phases.push(Phase { job: Arc::new(job), ordered: Some((step as u16, ordered)) });
                }
            }
        }
        phases.push(Phase { job: Arc::new(Job { maps, keyer: None }), ordered: None });
        Self { input, format, guard: Guard::off(), phases }
    }
}
