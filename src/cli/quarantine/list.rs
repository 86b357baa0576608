//! `textmill quarantine list`.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::{ListArgs, refused};
use crate::cli::escape::one_line;
use crate::cli::style::Style;
use crate::runtime::quarantine::Rows;

/// Lists the rows; the counts come last.
pub fn run(args: &ListArgs, out: &mut dyn Write) -> io::Result<u8> {
    let (style, mut counts) = (Style::stdout(), BTreeMap::<&str, u64>::new());
    let rows = match Rows::open(&args.file) {
        Ok(rows) => rows,
        Err(e) => return Ok(refused(&e)),
    };
    for (n, row) in rows.enumerate() {
        let row = match row {
            Ok(row) => row,
            Err(e) => return Ok(refused(&e)),
        };
        *counts.entry(row.reason.code()).or_default() += 1;
        let number = style.role(&n.to_string());
        let place =
            format!("{}  {}  {}-{}", one_line(&row.source), row.record, row.range.start, row.range.end);
        writeln!(out, "{number}  {place}  {}  {}", style.label(row.reason.code()), one_line(&row.detail))?;
    }
    out.flush()?;
    if !args.quiet {
        for (reason, n) in counts {
            // Nothing to do if standard error is closed.
            let _ = writeln!(io::stderr(), "{n:>8}  {reason}");
        }
    }
    Ok(0)
}
