//! `textmill quarantine show`.

use std::io::{self, IsTerminal, Write};

use super::{ShowArgs, refused};
use crate::cli::code;
use crate::cli::escape::{self, one_line};
use crate::cli::run::complain;
use crate::cli::style::Style;
use crate::runtime::quarantine::{Quarantined, Rows};

/// Shows one row.
pub fn run(args: &ShowArgs, out: &mut dyn Write) -> io::Result<u8> {
    let mut rows = match Rows::open(&args.file) {
        Ok(rows) => rows,
        Err(e) => return Ok(refused(&e)),
    };
    let mut seen = 0;
    let row = loop {
        match rows.next() {
            Some(Err(e)) => return Ok(refused(&e)),
            Some(Ok(row)) if seen == args.number => break row,
            Some(Ok(_)) => seen += 1,
            None => {
                let (file, n) = (args.file.display(), args.number);
                complain(&format!("{file} has no row {n}: it has {seen}, counted from 0"));
                return Ok(code::USAGE);
            }
        }
    };
    if args.raw && !io::stdout().is_terminal() {
        out.write_all(&row.raw)?;
        return Ok(0);
    }
    if !args.raw {
        particulars(args.number, &row, out)?;
    }
    writeln!(out, "{}", escape::bytes(&row.raw))?;
    Ok(0)
}

fn particulars(number: u64, row: &Quarantined, out: &mut dyn Write) -> io::Result<()> {
    let style = Style::stdout();
    let (start, end) = (row.range.start, row.range.end);
    let kept = row.raw.len() as u64;
    let raw = match row.truncated {
        true => format!("the first {kept} of {} bytes", end - start),
        false => format!("{kept} bytes"),
    };
    writeln!(out, "{}", style.bold(&format!("row {number}")))?;
    for (what, value) in [
        ("source", one_line(&row.source)),
        ("format", row.format.map_or("none: the source is damaged", |f| f.name).to_owned()),
        ("record", row.record.to_string()),
        ("range", format!("{start}-{end}")),
        ("url", one_line(row.url.as_deref().unwrap_or("none"))),
        ("header", one_line(if row.header.is_empty() { "none" } else { &row.header })),
        ("reason", row.reason.code().to_owned()),
        ("detail", one_line(&row.detail)),
        ("raw", raw),
    ] {
        writeln!(out, "{} {value}", style.dim(&format!("{what:<7}")))?;
    }
    writeln!(out)
}
