//! `textmill explain`: a document as scraped, with what was done to each line.

use std::io::{self, Write};

use super::args::ExplainArgs;
use super::asked::{Asked, unknown_reason};
use super::code;
use super::escape::{one_line, visible};
use super::run::complain;
use super::style::Style;
use super::walk::{open, walk_through};
use crate::document::{Document, Role};
use crate::runtime::inline::Fate;

/// Explains the documents of one input, or those that are asked for.
pub fn run(args: &ExplainArgs, out: &mut dyn Write) -> io::Result<u8> {
    let Some(pipeline) = open(&args.input) else {
        return Ok(code::USAGE);
    };
    if let Some(message) = unknown_reason(&args.which, &pipeline) {
        complain(&message);
        return Ok(code::USAGE);
    }
    let (style, mut n, mut asked) = (Style::stdout(), 0u64, Asked::new(&args.which));
    let read = walk_through(pipeline, &args.input, &mut |fate| {
        n += 1;
        match fate {
            Fate::Document(doc) => asked.take((n, &doc), out, |out| document(&doc, n, style, out))?,
            Fate::Bad(..) if asked.is_picky() => {}
            Fate::Bad(range, bad) => {
                let head = format!("record {n}  bytes {}..{}", range.start, range.end);
                let why = style.label(&format!("quarantined: {}", one_line(&bad.to_string())));
                writeln!(out, "{}  {why}\n", style.bold(&head))?;
            }
        }
        Ok(!asked.is_settled())
    })?;
    asked.finish(read, out)
}

fn document(doc: &Document, n: u64, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let origin = &doc.origin;
    let head = format!("document {n}  {}", doc.id);
    let place = format!("bytes {}..{}  border: {}", origin.range.start, origin.range.end, origin.border);
    writeln!(out, "{}  {}", style.bold(&head), style.dim(&place))?;
    // At the first document of a source: how it was decided where its documents begin.
    if let Some(verdict) = origin.verdict.as_ref().filter(|_| origin.record == 0) {
        writeln!(out, "{}", style.dim(&one_line(&verdict.to_string())))?;
    }
    if doc.replaced() > 0 {
        writeln!(out, "{}", style.label(&format!("{} invalid UTF-8 sequences replaced", doc.replaced())))?;
    }
    if let Some(removal) = doc.dropped() {
        let why = format!("dropped: {}: {}", removal.reason, one_line(&removal.evidence.to_string()));
        writeln!(out, "{}", style.label(&why))?;
    }
    for (i, line) in doc.lines().iter().enumerate() {
        if line.breaks() {
            writeln!(out, "{}", style.dim("              |"))?;
        }
        write_line(doc, i, style, out)?;
    }
    writeln!(out)
}

fn write_line(doc: &Document, i: usize, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let line = &doc.lines()[i];
    let number = style.dim(&format!("{:>5}", i + 1));
    if let Some(removal) = doc.removal(i) {
        let text = style.struck(&visible(doc.original(i)));
        let why = format!("[{}: {}]", removal.reason, one_line(&removal.evidence.to_string()));
        return writeln!(out, "{number} {} | {text}  {}", style.label("-      "), style.label(&why));
    }
    let role = match line.role() {
        Role::Body => "       ",
        Role::Title => "title  ",
        Role::Caption => "caption",
        Role::Byline => "byline ",
        Role::Dateline => "date   ",
        Role::FrontMatter => "meta   ",
    };
    write!(out, "{number} {} | {}", style.role(role), visible(doc.line(i)))?;
    for edit in doc.edits().iter().filter(|edit| edit.line == Some(i)) {
        let why = format!("[{}: {}]", edit.reason, one_line(&edit.evidence.to_string()));
        write!(out, "  {}", style.label(&why))?;
    }
    writeln!(out)
}
