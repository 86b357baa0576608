//! `textmill completions`.

use std::io::{self, Write};

use clap_complete::Shell;

/// Prints a completion script.
pub fn run(shell: Shell, mut command: clap::Command, out: &mut dyn Write) -> io::Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "textmill", &mut script);
    out.write_all(&script)?;
    Ok(0)
}
