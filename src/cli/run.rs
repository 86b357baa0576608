//! `textmill run`.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::args::RunArgs;
use super::escape::one_line;
use super::folder;
use super::learn::{Learns, NearLine};
use super::outputs::{self, target};
use super::progress::Bar;
use super::report_html::Before;
use super::{code, summary};
use crate::config::{BuiltStage, Pipeline};
use crate::runtime::{self, Interrupt, LastingIndex, Outcome, Plan, Progress, RunError, RunOptions, Target};

/// Runs and reports; the exit code comes back.
pub fn run(args: &RunArgs) -> u8 {
    let registry = crate::registry::Registry::default();
    let registry = if args.no_lists { registry.without_lists() } else { registry };
    let Some(mut pipeline) = super::pipeline_of(args.reading.pipeline(), &registry) else {
        return code::USAGE;
    };
    args.reading.apply(&mut pipeline.input, &mut pipeline.format);
    let contradiction = outputs::contradiction(args).or_else(|| folder::unsplittable(args, &pipeline));
    if let Some(message) = contradiction {
        complain(&message);
        return code::USAGE;
    }
    if args.inputs.is_empty() && io::stdin().is_terminal() && !args.quiet {
        complain("reading from the terminal; Ctrl-D ends the input (see `textmill --help` to read files)");
    }
    let options = options(args, &pipeline);
    let mut outputs = outputs::of(args);
    if let Target::Folder(to) = &mut outputs.kept {
        to.about = folder::about(args, &pipeline);
    }
    if !args.quiet && !args.resume && outputs.can_resume(lasting(args)) {
        complain(&format!(
            "an unfinished run to {} is discarded; with --resume it would have been gone on with",
            args.output.display()
        ));
    }
    if !args.quiet {
        tell_repeated(&args.inputs);
    }
    let (progress, began) = (Arc::new(Progress::default()), Instant::now());
    let total = || runtime::sources::total_bytes(&args.inputs);
    let is_shown = !args.no_progress && !args.quiet && io::stderr().is_terminal();
    let bar =
        |progress: &Arc<Progress>, learns| is_shown.then(|| Bar::start(progress.clone(), total(), learns));
    let guard = pipeline.guard.clone();
    let wanted = args.report_html.is_some();
    let page = wanted.then(|| Before::of(args, &pipeline, options.threads, options.memory_bytes));
    let learns = super::learn::prepare(&mut pipeline, &args.inputs, &outputs, &options, |p| bar(p, true));
    let learns = match learns {
        Ok(Learns { interrupt: Some(interrupt), .. }) => return interrupted(interrupt),
        Ok(learns) => learns,
        Err(error) => {
            let (code, hint) = hint(&error);
            complain(&format!("{error}{hint}"));
            return code;
        }
    };
    let mut plan = plan(pipeline);
    plan.guard = guard;
    if learns.holds_all {
        plan.hold_all();
    }
    let bar = bar(&progress, false);
    let outcome = runtime::run(plan, args.inputs.clone(), &outputs, &options, &progress);
    drop(bar);
    let speed = summary::Speed { read: progress.bytes(), took: began.elapsed() };
    let ran = Ran { args, page, speed, near: learns.near() };
    match outcome {
        Ok(outcome) => ran.finish(outcome),
        Err(error) => {
            let code = ran.failed(&error);
            ran.report(&progress.report(), &[], code).unwrap_or(code)
        }
    }
}

/// The pipeline as a plan. What a stage needs before it has a bearing on its index.
fn plan(pipeline: Pipeline) -> Plan {
    let needed = |i: usize| {
        let built: &[BuiltStage] = &pipeline.stages;
        let before = built[..i].iter().filter(|b| built[i].spec.requires.contains(&b.spec.name));
        before.flat_map(|b| b.options.clone()).collect::<Vec<_>>().join(", ")
    };
    let inherited: Vec<String> = (0..pipeline.stages.len()).map(needed).collect();
    let stages = pipeline.stages.into_iter().map(|s| s.stage);
    let mut plan = Plan::new(pipeline.input, pipeline.format, stages);
    inherited.into_iter().enumerate().for_each(|(i, parameters)| plan.inherit(i, parameters));
    plan
}

/// The folder of the index that the run adds to.
fn lasting(args: &RunArgs) -> Option<&std::path::Path> {
    args.index.as_deref().filter(|_| !args.index_read_only)
}

fn options(args: &RunArgs, pipeline: &Pipeline) -> RunOptions {
    let mut options = RunOptions {
        checkpoint_bytes: args.checkpoint_every.0 as u64,
        resume: args.resume,
        survey: args.report_html.is_some(),
        never_read: [&args.report, &args.report_html].into_iter().flatten().cloned().collect(),
        ..RunOptions::default()
    };
    options.index = args
        .index
        .as_ref()
        .map(|folder| LastingIndex { folder: folder.clone(), read_only: args.index_read_only });
    if let Some(folder) = folder::of(args) {
        // A shard ends where a batch does.
        let most = usize::try_from(folder.shard_bytes).unwrap_or(usize::MAX);
        options.batch_bytes = options.batch_bytes.min(most);
    }
    if let Some(n) = args.threads {
        options.threads = n.into();
    }
    if let Some(size) = args.memory {
        options.memory_bytes = size.0 as u64;
    }
    let how = format!("{:?}, format {:?}", pipeline.input, pipeline.format);
    for (what, value) in [
        ("the version of textmill", env!("CARGO_PKG_VERSION")),
        ("the pipeline", &pipeline.digest),
        ("the way input is read", &how),
        ("the shipped lists", if args.no_lists { "unused" } else { "used" }),
    ] {
        options.identity.insert(what.to_owned(), value.to_owned());
    }
    options
}

/// Says which inputs are read once though they are named twice.
pub(super) fn tell_repeated(inputs: &[PathBuf]) {
    let repeated = runtime::sources::repeated(inputs);
    for (read, other) in repeated.iter().take(SHOWN_TROUBLES) {
        let (read, other) = (one_line(&read.to_string_lossy()), one_line(&other.to_string_lossy()));
        complain(&match read == other {
            true => format!("{read} is named twice, and read once"),
            false => format!("{read} is named by {other} too, and read once"),
        });
    }
    if repeated.len() > SHOWN_TROUBLES {
        complain(&format!("{} inputs in all are named twice, and read once", repeated.len()));
    }
}

/// Says something on a line of its own.
pub(super) fn complain(message: &str) {
    // Nothing to do if standard error is closed.
    let _ = writeln!(io::stderr(), "textmill: {}", one_line(message));
}

const SHOWN_TROUBLES: usize = 10;
const RESUMABLE: &str = "the same command with --resume goes on where this run stopped";

/// A run that has ended, one way or another.
struct Ran<'a> {
    args: &'a RunArgs,
    /// What the page says of it, if there is to be one.
    page: Option<Before>,
    speed: summary::Speed,
    /// Lines that are nearly boilerplate.
    near: Vec<NearLine>,
}

impl Ran<'_> {
    /// Whether a later run could go on with this one, given its exit code.
    fn is_resumable(&self, code: u8) -> bool {
        let stopped = [code::OUTPUT, code::LIMIT, code::INTERNAL, code::SIGINT, code::SIGTERM];
        stopped.contains(&code) && outputs::of(self.args).can_resume(lasting(self.args))
    }

    fn failed(&self, error: &RunError) -> u8 {
        let (code, mut hint) = hint(error);
        if let (RunError::Damaged { path, .. }, Some(index)) = (error, &self.args.index)
            && std::path::Path::new(path).starts_with(index)
        {
            hint = super::index::REMEDY;
        }
        let resume = if self.is_resumable(code) { format!("; then {RESUMABLE}") } else { String::new() };
        complain(&format!("{error}{hint}{resume}"));
        code
    }

    fn finish(&self, outcome: Outcome) -> u8 {
        let (args, troubles) = (self.args, &outcome.troubles);
        let shown = if args.verbose > 0 { troubles.len() } else { SHOWN_TROUBLES };
        for trouble in troubles.iter().take(shown) {
            complain(trouble);
        }
        let sources = &outcome.report.sources;
        let all = sources.failed + sources.damaged.values().sum::<u64>();
        if all > shown.min(troubles.len()) as u64 {
            complain(&format!("{all} unreadable sources and damaged places in all (-v names more of them)"));
        }
        for warning in &outcome.warnings {
            complain(&format!("guard: {warning}"));
        }
        let exit = exit_code(&outcome);
        if exit == code::LIMIT {
            complain("the memory limit is reached; give more with --memory");
        }
        if !args.quiet && outcome.interrupt != Some(Interrupt::Pipe) {
            let table = summary::table(&outcome.report, self.speed, args.quarantine.is_some());
            let _ = write!(io::stderr(), "{table}");
            if self.is_resumable(exit) {
                complain(RESUMABLE);
            }
        }
        if let Some(code) = self.report(&outcome.report, &outcome.warnings, exit) {
            return code;
        }
        if let Some(code) = self.report_html(&outcome) {
            return code;
        }
        // Last, so that a run that dies before can still be gone on with.
        match outcome.leftovers.remove() {
            Ok(()) => exit,
            Err(e) => self.failed(&e),
        }
    }

    /// Writes the page; its own failure comes back as an exit code.
    fn report_html(&self, outcome: &Outcome) -> Option<u8> {
        let (path, before) = self.args.report_html.as_deref().zip(self.page.as_ref())?;
        let page = before.page(outcome, &self.near, self.speed, ended(outcome));
        runtime::write_whole(&target(path), page.as_bytes()).err().map(|e| self.failed(&e))
    }

    /// Writes the report; its own failure comes back as an exit code.
    fn report(&self, report: &runtime::Report, guard: &[String], exit: u8) -> Option<u8> {
        let path = self.args.report.as_deref()?;
        let end = summary::End {
            code: exit,
            resumable: self.is_resumable(exit),
            hint: RESUMABLE,
            guard,
            near: &self.near,
        };
        let json = summary::json(report, self.speed, end, self.args.reading.pipeline());
        runtime::write_whole(&target(path), json.as_bytes()).err().map(|e| self.failed(&e))
    }
}

/// How a run ended that did not end well, in words.
fn ended(outcome: &Outcome) -> Option<String> {
    Some(
        match outcome.interrupt? {
            Interrupt::Guard => {
                "The guard stopped this run: no rows were published. The last warning says why."
            }
            Interrupt::Memory => {
                "This run stopped at its limit of memory: the page is of what was written until then."
            }
            Interrupt::Pipe => "Whoever read the rows went away: the page is of what was written until then.",
            Interrupt::Int | Interrupt::Term | Interrupt::Input => {
                "This run was interrupted: the page is of what was written until then."
            }
        }
        .to_owned(),
    )
}

/// What to do about threads or processes that the system does not give.
const NO_THREADS: &str = "; run with fewer --threads, or raise the limit on processes (`ulimit -u`, `pids.max` of a \
                          container) or memory (`ulimit -v`)";

/// What to do about what the system says.
fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        _ if runtime::lacks_files(error) => "; raise the limit on open files (`ulimit -n`)",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; free some space",
        io::ErrorKind::PermissionDenied => "; choose a place that you may write to",
        io::ErrorKind::NotFound => "; create the directory first",
        io::ErrorKind::DirectoryNotEmpty => "; choose another folder, or remove what is in it",
        io::ErrorKind::FileTooLarge => "; raise the limit on file sizes (`ulimit -f`)",
        io::ErrorKind::OutOfMemory => "; raise the limit on memory (`ulimit -v`)",
        _ => "",
    }
}

/// The exit code of an error, and what to do about it.
pub(super) fn hint(error: &RunError) -> (u8, &'static str) {
    match error {
        RunError::System { error, .. } if error.kind() == io::ErrorKind::WouldBlock => {
            (code::OUTPUT, NO_THREADS)
        }
        RunError::Output { error, .. } | RunError::System { error, .. } => (code::OUTPUT, remedy(error)),
        RunError::Thread { .. } => (code::OUTPUT, NO_THREADS),
        RunError::Busy { .. } => (code::LOCKED, "; wait for it, or choose another output"),
        RunError::Index { .. } => (code::LOCKED, ""),
        RunError::Damaged { .. } => (code::LOCKED, "; run without --resume to start over"),
        RunError::Refused(_) => (code::REFUSED, ""),
        RunError::Internal(_) => (code::INTERNAL, "; this is a bug in textmill, please report it"),
    }
}

/// The exit code of a run, or of its first pass, that stopped short.
pub(super) fn interrupted(interrupt: Interrupt) -> u8 {
    match interrupt {
        Interrupt::Int => code::SIGINT,
        Interrupt::Term => code::SIGTERM,
        Interrupt::Memory => code::LIMIT,
        Interrupt::Guard => code::REFUSED,
        // The reader's own error has come back in place of an outcome.
        Interrupt::Input => code::INTERNAL,
        Interrupt::Pipe => 0,
    }
}

fn exit_code(outcome: &Outcome) -> u8 {
    let sources = &outcome.report.sources;
    match outcome.interrupt {
        Some(interrupt) => interrupted(interrupt),
        None if outcome.report.nothing_was_readable() => code::REFUSED,
        None if sources.failed > 0 || !sources.damaged.is_empty() => code::DAMAGED,
        None => 0,
    }
}
