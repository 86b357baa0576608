//! `textmill schema`.

use std::io::{self, Write};

use crate::registry::Registry;

/// Prints the JSON Schema of a pipeline file.
pub fn run(out: &mut dyn Write) -> io::Result<u8> {
    out.write_all(crate::config::schema::text(&Registry::default()).as_bytes())?;
    Ok(0)
}
