//! `textmill pairs`: what was compared with what, for audits.

use std::io::{self, Write};

use serde::Serialize;

use super::args::InputArgs;
use super::walk::walk;
use crate::runtime::inline::Fate;

/// One comparison; docs/output.md is the reference.
#[derive(Serialize)]
struct Pair<'a> {
    id: String,
    source: &'a str,
    record: u64,
    witness: String,
    similarity: f64,
    relation: &'a str,
}

/// Prints a line for each comparison, in input order.
pub fn run(args: &InputArgs, out: &mut dyn Write) -> io::Result<u8> {
    walk(args, &mut |fate| {
        let Fate::Document(doc) = fate else { return Ok(()) };
        for compared in doc.compared() {
            let pair = Pair {
                id: doc.id.to_string(),
                source: &doc.origin.source,
                record: doc.origin.record,
                witness: compared.with.to_string(),
                similarity: compared.similarity,
                relation: compared.relation,
            };
            serde_json::to_writer(&mut *out, &pair)?;
            out.write_all(b"\n")?;
        }
        Ok(())
    })
}
