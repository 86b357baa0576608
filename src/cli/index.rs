//! `textmill index`: what is remembered from one run to the next.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::code;
use super::escape::one_line;
use super::run::complain;
use crate::runtime::{RunError, care};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what it holds, stage by stage
    Stats {
        /// What `run --index` made
        dir: PathBuf,
    },
    /// Read all of it and say what is wrong
    Check {
        /// What `run --index` made
        dir: PathBuf,
    },
    /// Make one sorted run of many, so that later runs look up faster
    Compact {
        /// What `run --index` made
        dir: PathBuf,
    },
}

/// Does one of them.
pub fn run(command: &Command, out: &mut dyn Write) -> io::Result<u8> {
    match command {
        Command::Stats { dir } => stats(dir, out),
        Command::Check { dir } => check(dir, out),
        Command::Compact { dir } => compact(dir, out),
    }
}

fn stats(dir: &Path, out: &mut dyn Write) -> io::Result<u8> {
    let parts = match care::stats(dir) {
        Ok(parts) => parts,
        Err(error) => return Ok(failed(dir, &error)),
    };
    for part in parts {
        writeln!(out, "{}  {}", one_line(&part.name), one_line(&part.parameters))?;
        writeln!(out, "  {:>14} records", part.records)?;
        writeln!(out, "  {:>14} bytes of log", part.log_bytes)?;
        writeln!(out, "  {:>14} runs", part.runs.len())?;
        for run in part.runs {
            writeln!(out, "  {:>14} keys in {} bytes", run.entries, run.bytes)?;
        }
    }
    Ok(0)
}

fn check(dir: &Path, out: &mut dyn Write) -> io::Result<u8> {
    let problems = match care::check(dir) {
        Ok(problems) => problems,
        Err(error) => return Ok(failed(dir, &error)),
    };
    for problem in &problems {
        writeln!(out, "{}", one_line(problem))?;
    }
    if problems.is_empty() {
        writeln!(out, "{}: all of it is whole", one_line(&dir.display().to_string()))?;
        return Ok(0);
    }
    complain(&format!("the index {} is damaged{REMEDY}", dir.display()));
    Ok(code::LOCKED)
}

fn compact(dir: &Path, out: &mut dyn Write) -> io::Result<u8> {
    let done = match care::compact(dir) {
        Ok(done) => done,
        Err(error) => return Ok(failed(dir, &error)),
    };
    for (name, before, after) in done {
        writeln!(out, "{}: runs before: {before}, now: {after}", one_line(&name))?;
    }
    Ok(0)
}

/// What to do about a damaged index.
pub const REMEDY: &str = "; move it away and make it again, or put a copy of it in its place";

fn failed(dir: &Path, error: &RunError) -> u8 {
    let (code, hint) = super::run::hint(error);
    let hint = match error {
        RunError::Damaged { path, .. } if Path::new(path).starts_with(dir) => REMEDY,
        RunError::Busy { .. } => "; wait for it",
        _ => hint,
    };
    complain(&format!("{error}{hint}"));
    code
}
