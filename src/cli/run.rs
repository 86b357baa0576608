//! `textmill run`.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::args::RunArgs;
use super::escape::visible;
use super::progress::Bar;
use super::{code, summary};
use crate::runtime::{self, Interrupt, Outcome, Outputs, Plan, Progress, RunError, RunOptions, Target};

/// Runs and reports; the exit code comes back.
pub fn run(args: &RunArgs) -> u8 {
    let Some(mut pipeline) = super::pipeline(&args.reading.pipeline) else {
        return code::USAGE;
    };
    args.reading.apply(&mut pipeline.input, &mut pipeline.format);
    if let Some(message) = contradiction(args) {
        complain(&message);
        return code::USAGE;
    }
    if args.inputs.is_empty() && io::stdin().is_terminal() && !args.quiet {
        complain("reading from the terminal; Ctrl-D ends the input (see `textmill --help` to read files)");
    }
    let mut options = RunOptions::default();
    if let Some(n) = args.threads {
        options.threads = n.into();
    }
    let outputs = Outputs {
        kept: target(&args.output),
        ledger: args.ledger.as_deref().map(target),
        quarantine: args.quarantine.as_deref().map(target),
    };
    let (progress, began) = (Arc::new(Progress::default()), Instant::now());
    let bar = (!args.no_progress && !args.quiet && io::stderr().is_terminal())
        .then(|| Bar::start(progress.clone(), runtime::sources::total_bytes(&args.inputs)));
    let stages = pipeline.stages.into_iter().map(|s| s.stage);
    let plan = Plan::new(pipeline.input, pipeline.format, stages);
    let outcome = runtime::run(plan, args.inputs.clone(), &outputs, &options, &progress);
    drop(bar);
    match outcome {
        Ok(outcome) => {
            finish(args, &outcome, summary::Speed { read: progress.bytes(), took: began.elapsed() })
        }
        Err(error) => failed(&error),
    }
}

fn target(path: &Path) -> Target {
    if path.as_os_str() == "-" { Target::Stdout } else { Target::File(path.to_owned()) }
}

fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "textmill: {}", visible(message));
}

/// Two outputs of one name would overwrite each other.
fn contradiction(args: &RunArgs) -> Option<String> {
    let named = [Some(&args.output), args.ledger.as_ref(), args.quarantine.as_ref(), args.report.as_ref()];
    let mut seen: Vec<&PathBuf> = Vec::new();
    for path in named.into_iter().flatten().filter(|p| *p != Path::new("/dev/null")) {
        if seen.contains(&path) {
            return Some(format!("two outputs go to {}; give each a file of its own", path.display()));
        }
        seen.push(path);
    }
    None
}

fn failed(error: &RunError) -> u8 {
    match error {
        RunError::Output { path, error } => {
            let hint = match error.kind() {
                io::ErrorKind::StorageFull => "; free some space and run again",
                io::ErrorKind::PermissionDenied => "; choose a place that you may write to",
                io::ErrorKind::NotFound => "; create the directory first",
                _ => "",
            };
            complain(&format!("cannot write {path}: {error}{hint}"));
            code::OUTPUT
        }
        RunError::Internal(_) => {
            complain(&format!("{error}; this is a bug in textmill, please report it"));
            code::INTERNAL
        }
    }
}

const SHOWN_TROUBLES: usize = 10;

fn finish(args: &RunArgs, outcome: &Outcome, speed: summary::Speed) -> u8 {
    let troubles = &outcome.troubles;
    let shown = if args.verbose > 0 { troubles.len() } else { SHOWN_TROUBLES };
    for trouble in troubles.iter().take(shown) {
        complain(trouble);
    }
    let sources = &outcome.report.sources;
    let all = sources.failed + sources.damaged.values().sum::<u64>();
    if all > shown.min(troubles.len()) as u64 {
        complain(&format!("{all} unreadable sources and damaged places in all (-v names more of them)"));
    }
    let exit = exit_code(outcome);
    if !args.quiet && outcome.interrupt != Some(Interrupt::Pipe) {
        let _ = write!(io::stderr(), "{}", summary::table(&outcome.report, speed, args.quarantine.is_some()));
    }
    if let Some(path) = &args.report {
        let json = summary::json(&outcome.report, speed, exit, &args.reading.pipeline);
        if let Err(e) = runtime::write_whole(&target(path), json.as_bytes()) {
            return failed(&e);
        }
    }
    exit
}

fn exit_code(outcome: &Outcome) -> u8 {
    let sources = &outcome.report.sources;
    match outcome.interrupt {
        Some(Interrupt::Int) => code::SIGINT,
        Some(Interrupt::Term) => code::SIGTERM,
        Some(Interrupt::Pipe) => 0,
        None if sources.read == 0 && sources.failed > 0 => code::REFUSED,
        None if sources.failed > 0 || !sources.damaged.is_empty() => code::DAMAGED,
        None => 0,
    }
}
