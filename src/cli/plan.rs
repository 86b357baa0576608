//! `textmill plan`.

use std::io::{self, Write};

use super::code;
use super::escape::{one_line, visible};
use super::style::Style;
use crate::config;
use crate::guard::Guard;
use crate::registry::Registry;
use crate::stage::Stage;

/// Shows what a pipeline would do.
pub fn run(name: &str, out: &mut dyn Write, errors: &mut dyn Write) -> io::Result<u8> {
    let pipeline = match config::resolve(name, &Registry::default()) {
        Ok(pipeline) => pipeline,
        Err(found) => {
            write!(errors, "{}", found.render(Style::stderr().is_on()))?;
            return Ok(code::USAGE);
        }
    };
    let style = Style::stdout();
    writeln!(out, "{}  {}", style.bold(&one_line(name)), visible(&pipeline.description))?;
    let format = pipeline.format.map_or("detected for each source", |f| f.summary);
    writeln!(out, "input: {format}")?;
    let learns = pipeline.stages.iter().any(|built| matches!(built.stage, Stage::Learned(_)));
    let passes =
        if learns { "one pass over the input, two over large files:" } else { "one pass over the input:" };
    writeln!(out, "{passes}")?;
    for (i, stage) in pipeline.stages.iter().enumerate() {
        let kind = config::docs::kind(&stage.stage);
        let step = format!("{:>3}. {:<18}", i + 1, stage.spec.name);
        writeln!(out, "{} {kind}  {}", style.role(&step), stage.spec.summary)?;
        for option in stage.options.iter().flat_map(|option| option.lines()) {
            writeln!(out, "{}", style.dim(&format!("       {}", visible(option))))?;
        }
    }
    if pipeline.guard != Guard::default() {
        writeln!(out, "guard: {}", pipeline.guard)?;
    }
    writeln!(out, "output: JSON Lines")?;
    Ok(0)
}
