//! `textmill stages`.

use std::io::{self, Write};

use super::code;
use super::escape::one_line;
use crate::config::docs;
use crate::registry::Registry;

/// Lists all stages.
pub fn list(out: &mut dyn Write) -> io::Result<u8> {
    for spec in Registry::default().specs() {
        writeln!(out, "{:<18} {}", spec.name, spec.summary)?;
    }
    Ok(0)
}

/// Shows one stage.
pub fn show(name: &str, out: &mut dyn Write, errors: &mut dyn Write) -> io::Result<u8> {
    let registry = Registry::default();
    if let Some(spec) = registry.get(name) {
        write!(out, "{}", docs::stage_markdown(spec, "#"))?;
        return Ok(0);
    }
    let hint = crate::config::nearest(name, registry.specs().iter().map(|s| s.name));
    let hint = hint.unwrap_or_else(|| "`textmill stages list` names them all".to_owned());
    writeln!(errors, "textmill: no stage is called `{}`; {hint}", one_line(name))?;
    Ok(code::USAGE)
}
