//! `textmill validate`.

use std::io::{self, Write};

use super::code;
use super::escape::one_line;
use super::style::Style;
use crate::config;
use crate::registry::Registry;

/// Checks all `pipelines`; every error of every file is shown.
pub fn run(pipelines: &[String], out: &mut dyn Write, errors: &mut dyn Write) -> io::Result<u8> {
    let mut exit = 0;
    for name in pipelines {
        match config::resolve(name, &Registry::default()) {
            Ok(pipeline) => {
                let (stages, tests) = (pipeline.stages.len(), pipeline.tests.len());
                writeln!(out, "ok  {}: {stages} stages, {tests} tests", one_line(name))?;
            }
            Err(found) => {
                write!(errors, "{}", found.render(Style::stderr().is_on()))?;
                exit = code::USAGE;
            }
        }
    }
    Ok(exit)
}
