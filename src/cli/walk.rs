//! One input, record by record, on one thread.

use std::fs::File;
use std::io::{self, Read};

use super::args::InputArgs;
use super::code;
use crate::config::Pipeline;
use crate::runtime::Plan;
use crate::runtime::inline::{self, Fate};

/// The pipeline that was asked for, or `None` after its errors are printed.
pub fn open(args: &InputArgs) -> Option<Pipeline> {
    let mut pipeline = super::pipeline(args.reading.pipeline())?;
    args.reading.apply(&mut pipeline.input, &mut pipeline.format);
    Some(pipeline)
}

/// Runs the pipeline over the input and hands each record's fate to `each`; the exit code.
///
/// # Errors
/// That of `each`, which ends the run.
pub fn walk(args: &InputArgs, each: &mut dyn FnMut(Fate) -> io::Result<()>) -> io::Result<u8> {
    match open(args) {
        Some(pipeline) => walk_through(pipeline, args, &mut |fate| each(fate).map(|()| true)),
        None => Ok(code::USAGE),
    }
}

/// The same with a pipeline at hand; `false` from `each` ends it too.
///
/// # Errors
/// That of `each`, which ends the run.
pub fn walk_through(
    pipeline: Pipeline,
    args: &InputArgs,
    each: &mut dyn FnMut(Fate) -> io::Result<bool>,
) -> io::Result<u8> {
    let plan = Plan::new(pipeline.input, pipeline.format, pipeline.stages.into_iter().map(|s| s.stage));
    let path = args.input.as_ref().filter(|p| p.as_os_str() != "-");
    let name = path.map_or("-".to_owned(), |p| p.to_string_lossy().into_owned());
    let mut input: Box<dyn Read> = match path.map(File::open) {
        None => Box::new(io::stdin().lock()),
        Some(Ok(file)) => Box::new(file),
        Some(Err(e)) => {
            super::run::complain(&format!("{name}: {e}"));
            return Ok(code::REFUSED);
        }
    };
    let (mut done, mut damaged) = (Ok(true), false);
    let ran = inline::run(plan, &name, &mut input, &mut |fate| {
        damaged |= matches!(&fate, Fate::Bad(_, bad) if bad.kind.is_damage());
        done = each(fate);
        matches!(done, Ok(true))
    });
    if let Err(error) = ran {
        let (code, hint) = super::run::hint(&error);
        super::run::complain(&format!("{error}{hint}"));
        return Ok(code);
    }
    done.map(|_| if damaged { code::DAMAGED } else { 0 })
}
