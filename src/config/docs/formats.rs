//! All formats, for `docs/formats.md` and for a terminal.

use std::fmt::Write;

use crate::formats::archive::ARCHIVES;
use crate::formats::wrapping::COMPRESSIONS;
use crate::formats::{BUILTIN, FormatSpec};

const HOW: &str = "\
A source is told by its content; if nothing shows there, by the ending of its name; else it is plain text. `--format NAME` or `[input] format` says what it is.";

const ENCODING: &str = "\
All of them: `meta._encoding` is the character set that a record was read in, if not UTF-8, and `meta._invalid_utf8` \
the number of sequences that were replaced in it.";

const AROUND: &str = "\
Told by content alone, around each of the formats above; a compressed file in an archive, an archive in a compression or \
in an archive too.";

/// `docs/formats.md`.
pub fn formats_markdown() -> String {
    let mut out = format!(
        "# Formats\n\nThis page is made from the formats' own descriptions; `cargo run --example generate` renews it, \
         `textmill formats` prints the same.\n\n{HOW}\n\n{ENCODING}\n"
    );
    for spec in BUILTIN {
        let _ = write!(out, "\n## `{}`\n\n{}.\n\n", spec.name, sentence(spec.summary));
        let _ = writeln!(out, "* Endings: {}", quoted(&endings(spec)));
        let _ = writeln!(out, "* Told by content: {}", spec.detected);
        let _ = writeln!(out, "\n| field of the row | read from |\n|---|---|");
        for (field, from) in spec.fields {
            let _ = writeln!(out, "| `{field}` | {} |", from.replace('|', "\\|"));
        }
    }
    let _ = write!(
        out,
        "\n## Compressions and archives\n\n{AROUND}\n\n| name | kind | endings |\n|---|---|---|\n"
    );
    for (name, kind, endings) in around() {
        let _ = writeln!(out, "| {name} | {kind} | {} |", quoted(&endings));
    }
    out
}

/// The same for a terminal.
pub fn formats_list() -> String {
    let mut out = format!("{HOW}\n");
    for spec in BUILTIN {
        let _ = writeln!(out, "\n{:<18} {}", spec.name, spec.summary);
        let own = [("endings", endings(spec).join(" ")), ("told by content", spec.detected.to_owned())];
        let own = own.iter().map(|(name, what)| (*name, what.as_str()));
        for (name, what) in own.chain(spec.fields.iter().copied()) {
            let _ = writeln!(out, "  {name:<20} {what}");
        }
    }
    let _ = writeln!(out, "\n{ENCODING}\n\nCompressions and archives\n{AROUND}\n");
    for (name, kind, endings) in around() {
        let _ = writeln!(out, "{name:<18} {kind:<12} {}", endings.join(" "));
    }
    out
}

fn endings(spec: &FormatSpec) -> Vec<String> {
    spec.endings.iter().map(|e| format!(".{e}")).collect()
}

/// Name, kind and endings of what may be around a dump.
fn around() -> impl Iterator<Item = (&'static str, &'static str, Vec<String>)> {
    let owned = |endings: &[&str]| endings.iter().map(|e| (*e).to_owned()).collect();
    let compressions = COMPRESSIONS.iter().map(move |c| (c.name, "compression", owned(c.endings)));
    compressions.chain(ARCHIVES.iter().map(move |a| (a.name, "archive", owned(a.endings))))
}

fn quoted(endings: &[String]) -> String {
    endings.iter().map(|e| format!("`{e}`")).collect::<Vec<_>>().join(", ")
}

fn sentence(summary: &str) -> String {
    format!("{}{}", summary[..1].to_uppercase(), &summary[1..])
}
