//! `textmill tap`: the rows as they are behind a stage.

use std::io::{self, IsTerminal, Write};

use super::args::TapArgs;
use super::code;
use super::run::complain;
use super::walk::{open, walk_through};
use crate::config::{BuiltStage, Pipeline, nearest};
use crate::runtime::inline::{Fate, write_row};
use crate::text::visible::visible_json;

/// Prints a row for each document that the stages up to the one asked for have kept.
pub fn run(args: &TapArgs, out: &mut dyn Write) -> io::Result<u8> {
    let Some(mut pipeline) = open(&args.input) else {
        return Ok(code::USAGE);
    };
    match position(&pipeline, &args.after) {
        Ok(at) => pipeline.stages.truncate(at + 1),
        Err(message) => {
            complain(&message);
            return Ok(code::USAGE);
        }
    }
    let terminal = io::stdout().is_terminal();
    walk_through(pipeline, &args.input, &mut |fate| {
        let Fate::Document(doc) = fate else { return Ok(true) };
        if doc.dropped().is_none() {
            let mut row = Vec::new();
            write_row(&doc, &mut row);
            if terminal {
                out.write_all(visible_json(&String::from_utf8_lossy(&row)).as_bytes())?;
            } else {
                out.write_all(&row)?;
            }
        }
        Ok(true)
    })
}

/// Where the stage called `asked` stands: its name, or its name and which of that name it is.
fn position(pipeline: &Pipeline, asked: &str) -> Result<usize, String> {
    let (name, which) = match asked.rsplit_once(':') {
        Some((name, n)) => (name, n.parse::<usize>().ok().filter(|n| *n > 0)),
        None => (asked, None),
    };
    let of_name = |s: &&BuiltStage| s.spec.name == name;
    let count = pipeline.stages.iter().filter(of_name).count();
    if count == 0 {
        let names = || pipeline.stages.iter().map(|s| s.spec.name);
        let hint = nearest(name, names());
        let hint = hint.unwrap_or_else(|| format!("it has {}", names().collect::<Vec<_>>().join(", ")));
        return Err(format!("no stage of the pipeline {} is called `{name}`; {hint}", pipeline.name));
    }
    let nth = match which {
        Some(n) if n <= count => n,
        None if count == 1 && name == asked => 1,
        _ => {
            let all: Vec<String> = (1..=count).map(|n| format!("{name}:{n}")).collect();
            return Err(format!(
                "`{asked}` is not one stage of the pipeline {}; say {}",
                pipeline.name,
                all.join(" or ")
            ));
        }
    };
    let mut found = pipeline.stages.iter().enumerate().filter(|(_, s)| of_name(s));
    Ok(found.nth(nth - 1).map_or(0, |(at, _)| at))
}
