//! `--report-html`: the page of a run, from its arguments and its outcome.

use super::args::RunArgs;
use super::folder;
use super::learn::NearLine;
use super::page::{self, PageData, SpeedData, StageData};
use super::summary::Speed;
use crate::config::Pipeline;
use crate::registry::Registry;
use crate::runtime::Outcome;

/// Inputs that are named.
const INPUTS: usize = 50;

/// What the page says of a run before it begins.
#[derive(Debug)]
pub struct Before {
    stages: Vec<StageData>,
    config: Vec<(&'static str, String)>,
    threads: usize,
    memory: String,
}

impl Before {
    /// Of a run with these arguments.
    pub fn of(args: &RunArgs, pipeline: &Pipeline, threads: usize, memory: u64) -> Self {
        let stages = pipeline.stages.iter().map(|s| StageData {
            name: s.spec.name,
            summary: s.spec.summary,
            options: s.options.clone(),
        });
        let inputs = args.inputs.iter().take(INPUTS).map(|path| path.to_string_lossy().into_owned());
        let mut inputs: Vec<String> = inputs.collect();
        if args.inputs.is_empty() {
            inputs.push("-".to_owned());
        }
        if args.inputs.len() > INPUTS {
            inputs.push(format!("and {} more", args.inputs.len() - INPUTS));
        }
        let guard = &pipeline.guard;
        let config = vec![
            ("textmill", env!("CARGO_PKG_VERSION").to_owned()),
            ("Pipeline", pipeline.name.clone()),
            ("What it is for", pipeline.description.clone()),
            ("BLAKE3 of the pipeline", pipeline.digest.clone()),
            ("Command", cut(folder::about(args, pipeline).command)),
            ("Inputs", inputs.join("\n")),
            ("Shipped lists", if args.no_lists { "unused" } else { "used" }.to_owned()),
            (
                "Guard",
                format!(
                    "{:?}: at most {} of documents dropped, {} of text removed, {} copies of one",
                    guard.action, guard.max_dropped, guard.max_removed, guard.max_copies
                ),
            ),
        ];
        let memory = format!("{} MiB", memory >> 20);
        Self { stages: stages.collect(), config, threads, memory }
    }

    /// The page; `near` are lines that are nearly boilerplate.
    pub fn page(&self, outcome: &Outcome, near: &[NearLine], speed: Speed, ended: Option<String>) -> String {
        let guard = outcome.warnings.iter().map(|w| format!("guard: {w}"));
        let (findings, times) = outcome.survey.as_ref().map(|(f, t)| (f, t)).unzip();
        page::render(&PageData {
            ended,
            warnings: guard.chain(outcome.troubles.iter().take(INPUTS).cloned()).collect(),
            report: &outcome.report,
            steps: &outcome.steps,
            findings,
            near,
            meaning,
            stages: &self.stages,
            config: &self.config,
            speed: SpeedData { times, took: speed.took, threads: self.threads, memory: &self.memory },
        })
    }
}

/// What a reason means, in a line.
fn meaning(reason: &str) -> Option<&'static str> {
    let (stage, code) = reason.split_once('/')?;
    let spec = Registry::default().get(stage)?;
    spec.reasons.iter().find(|r| r.code == code).map(|r| r.summary)
}

/// As much of a command as is read.
fn cut(command: String) -> String {
    match command.char_indices().nth(2000) {
        Some((at, _)) => format!("{}…", &command[..at]),
        None => command,
    }
}
