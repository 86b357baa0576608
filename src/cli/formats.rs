//! `textmill formats`.

use std::io::{self, Write};

use crate::config::docs;

/// Lists what can be read.
pub fn run(out: &mut dyn Write) -> io::Result<u8> {
    write!(out, "{}", docs::formats_list())?;
    Ok(0)
}
