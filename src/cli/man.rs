//! `textmill man`.

use std::io::{self, Write};

/// Prints the manual page, subcommands included.
pub fn run(command: clap::Command, out: &mut dyn Write) -> io::Result<u8> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page)?;
    for sub in command.get_subcommands() {
        let title = format!("textmill-{}", sub.get_name());
        clap_mangen::Man::new(sub.clone()).title(title).render(&mut page)?;
    }
    out.write_all(&page)?;
    Ok(0)
}
