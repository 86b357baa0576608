//! `textmill learn`, and the first of two passes of `textmill run`.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use super::args::LearnArgs;
use super::code;
use super::outputs::target;
use super::progress::Bar;
use super::run::{complain, hint, interrupted, tell_repeated};
use super::style::Style;
use crate::config::{self, Pipeline};
use crate::learn::profile::{Action, Profile};
use crate::runtime::{self, Interrupt, Outputs, Plan, Progress, RunError, RunOptions, Target};
use crate::stage::{Learned, Stage};

/// Lines just under the limits that a page and a report show.
const NEAR_LINES: usize = 30;

/// Learns and writes a profile; the exit code comes back.
pub fn run(args: &LearnArgs) -> u8 {
    learn(args).unwrap_or_else(|exit| exit)
}

fn learn(args: &LearnArgs) -> Result<u8, u8> {
    let mut pipeline = super::pipeline(args.reading.pipeline()).ok_or(code::USAGE)?;
    args.reading.apply(&mut pipeline.input, &mut pipeline.format);
    let old = args.update.as_deref().map(config::profile).transpose().map_err(|errors| {
        let _ = write!(io::stderr(), "{}", errors.render(Style::stderr().is_on()));
        code::USAGE
    })?;
    let usage = |message: String| {
        complain(&message);
        code::USAGE
    };
    let (before, learned) = learner(&pipeline).ok_or_else(|| {
        let name = &pipeline.name;
        usage(format!(
            "`{name}` cannot learn: it needs a stage `learned-boilerplate` that has no profile, before any stage that \
             goes in order"
        ))
    })?;
    let mut options = RunOptions::default();
    options.threads = args.threads.map_or(options.threads, usize::from);
    let said = |error: RunError| {
        let (code, hint) = hint(&error);
        complain(&format!("{error}{hint}"));
        code
    };
    tell_repeated(&args.inputs);
    let plan = observing(&pipeline, before, &*learned);
    if let Some(interrupt) = observe(plan, &args.inputs, &options, &Arc::default()).map_err(said)? {
        return Err(interrupted(interrupt));
    }
    let text = learned.profile(old.as_deref()).map_err(usage)?;
    let to = args.update.as_deref().unwrap_or(&args.output);
    runtime::write_whole(&target(to), text.as_bytes()).map_err(said)?;
    Ok(0)
}

/// How a run learns, if it does.
#[derive(Default)]
pub(super) struct Learns {
    /// What interrupted a first pass.
    pub interrupt: Option<Interrupt>,
    /// Whether all documents are to be held back until the input ends.
    pub holds_all: bool,
    /// What learns while the run goes on.
    learned: Option<Box<dyn Learned>>,
    near: Vec<NearLine>,
}

impl Learns {
    /// Lines just under the limits, as known now.
    pub fn near(&self) -> Vec<NearLine> {
        self.learned.as_deref().map_or_else(|| self.near.clone(), near_lines)
    }
}

/// A line just under the limits of a stage that learns.
#[derive(Debug, Clone, serde::Serialize)]
pub(super) struct NearLine {
    /// The group of documents.
    pub group: String,
    /// The line's shape.
    pub shape: String,
    /// Documents that have it, near copies counted once.
    pub support: u64,
    /// Documents that have it.
    pub documents: u64,
    /// Documents of the group.
    pub of: u64,
}

/// Lines of a profile that are to be looked at, those in most documents first.
fn near_lines(learned: &dyn Learned) -> Vec<NearLine> {
    let profile = learned.profile(None).ok().and_then(|text| Profile::read(&text).ok()).unwrap_or_default();
    let mut all: Vec<NearLine> = Vec::new();
    for (name, group) in profile.groups {
        let rules = group.rules.into_values().filter(|rule| rule.action == Action::Review);
        all.extend(rules.map(|rule| NearLine {
            group: name.clone(),
            shape: rule.shape,
            support: rule.support,
            documents: rule.documents,
            of: group.documents,
        }));
    }
    all.sort_by_key(|line| std::cmp::Reverse(line.support));
    all.truncate(NEAR_LINES);
    all
}

/// Gets ready to learn. A large input of files is read here, the first of two times, and the stage that
/// learns becomes one that knows.
pub(super) fn prepare(
    pipeline: &mut Pipeline,
    inputs: &[PathBuf],
    outputs: &Outputs,
    options: &RunOptions,
    bar: impl Fn(&Arc<Progress>) -> Option<Bar>,
) -> Result<Learns, RunError> {
    let Some((before, learned)) = learner(pipeline) else {
        return Ok(Learns::default());
    };
    let mut learns = Learns::default();
    // What is no file can be read only once.
    let again = |path: &PathBuf| std::fs::metadata(path).is_ok_and(|m| m.is_file() || m.is_dir());
    let passes = learned.passes();
    if passes != Some(1) && !inputs.is_empty() && inputs.iter().all(again) {
        let never_read = [outputs.own(), options.never_read.clone()].concat();
        learns.holds_all =
            passes.is_none() && runtime::sources::are_small(inputs, &never_read, runtime::WHOLE_BYTES);
        if !learns.holds_all {
            let RunOptions { threads, memory_bytes, .. } = *options;
            let options =
                RunOptions { threads, memory_bytes, never_read, sparse: true, ..Default::default() };
            let progress = Arc::new(Progress::default());
            let bar = bar(&progress);
            learns.interrupt = observe(observing(pipeline, before, &*learned), inputs, &options, &progress)?;
            drop(bar);
            pipeline.stages[before].stage = Stage::Map(learned.finish());
            learns.near = near_lines(&*learned);
            return Ok(learns);
        }
    }
    learns.learned = Some(learned);
    Ok(learns)
}

/// The first stage that learns, and how many are before it; they can be run twice.
fn learner(pipeline: &Pipeline) -> Option<(usize, Box<dyn Learned>)> {
    for (at, built) in pipeline.stages.iter().enumerate() {
        match &built.stage {
            Stage::Map(_) => {}
            Stage::Ordered(_) => return None,
            Stage::Learned(learned) => return Some((at, learned.again())),
        }
    }
    None
}

/// A plan that runs the stages before a learner, and lets it observe.
fn observing(pipeline: &Pipeline, before: usize, learned: &dyn Learned) -> Plan {
    let maps = pipeline.stages[..before].iter().filter_map(|built| match &built.stage {
        Stage::Map(map) => Some(Stage::Map(map.clone())),
        _ => None,
    });
    let stages = maps.chain([Stage::Learned(learned.again())]);
    let mut plan = Plan::new(pipeline.input.clone(), pipeline.format, stages);
    plan.only_observe();
    plan
}

fn observe(
    plan: Plan,
    inputs: &[PathBuf],
    options: &RunOptions,
    progress: &Arc<Progress>,
) -> Result<Option<Interrupt>, RunError> {
    let kept = Target::File("/dev/null".into());
    let outputs = Outputs { kept, ledger: None, quarantine: None, quarantine_max: 0 };
    runtime::run(plan, inputs.to_vec(), &outputs, options, progress).map(|outcome| outcome.interrupt)
}
