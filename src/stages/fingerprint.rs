//! Gives each document a fingerprint: BLAKE3 over its normalised text.
//!
//! ## What it does
//! Sets the row's `fingerprint`: the first 128 bits of BLAKE3, as 32 hex digits, over the
//! UTF-8 bytes of the text (without title and captions), normalised like this:
//!
//! 1. the kept lines, one after the other, with a space between them;
//! 2. `fold-case`: every character is replaced by its Unicode lower case;
//! 3. `fold-punctuation`: every character that is neither a letter nor a number (Unicode
//!    `Alphabetic`, `Numeric`) becomes a space;
//! 4. `fold-spaces`: every run of white space becomes one space; none at the ends.
//!
//! ## Why
//! Copies that differ in quotation marks, case or spacing are copies. 128 bits make an
//! accidental match among 10^12 documents less likely than 10^-14.
//!
//! ## Options
//! * `fold-case`, `fold-punctuation`, `fold-spaces` (all default true).
//!
//! ## When not to use
//! Without use for the column or for `exact-dedupe`, leave it out: it costs a look at every
//! byte.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::Document;
use crate::editor::Editor;
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Stage, StageSpec, Transform};

/// The stage's description.
pub static SPEC: StageSpec = StageSpec {
    name: "fingerprint",
    summary: "sets the fingerprint: BLAKE3 over the normalised text",
    source: include_str!("fingerprint.rs"),
    reasons: &[],
    examples: &[Example {
        name: "the text stays as it is",
        options: "fold-case = false",
        before: "Title\n\nIt rained all night.",
        after: Some("It rained all night."),
        captions: &[],
        removed: &[],
    }],
    requires: &[],
    build,
    schema: |g| g.subschema_for::<Settings>(),
};

/// Options of the stage.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Settings {
    /// Upper and lower case are the same.
    fold_case: bool,
    /// Punctuation and symbols count as white space.
    fold_punctuation: bool,
    /// White space of any kind and length is the same.
    fold_spaces: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { fold_case: true, fold_punctuation: true, fold_spaces: true }
    }
}

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    let settings: Settings = options.read()?;
    let mut ascii = [0; 128];
    for (b, to) in (0u8..).zip(ascii.iter_mut()) {
        *to = settings.ascii(b);
    }
    Ok(Stage::Map(Arc::new(Normaliser { settings, ascii })))
}

impl Settings {
    fn ascii(self, b: u8) -> u8 {
        match b {
            _ if self.fold_punctuation && !b.is_ascii_alphanumeric() => b' ',
            b'\t' if self.fold_spaces => b' ',
            _ if self.fold_case => b.to_ascii_lowercase(),
            _ => b,
        }
    }
}

struct Normaliser {
    settings: Settings,
    /// What each ASCII character becomes.
    ascii: [u8; 128],
}

impl Transform for Normaliser {
    fn apply(&self, doc: &mut Editor<'_>) {
        let text = self.text(doc.doc());
        let hash = blake3::hash(&text);
        doc.set_fingerprint(u128::from_be_bytes(*hash.as_bytes().first_chunk().expect("32 bytes")));
    }
}

impl Normaliser {
    fn text(&self, doc: &Document) -> Vec<u8> {
        let mut out = Vec::with_capacity(doc.text().len() + 8);
        for (_, line) in doc.body() {
            if !out.is_empty() {
                self.push(b' ', &mut out);
            }
            self.line(line, &mut out);
        }
        if self.settings.fold_spaces && out.last() == Some(&b' ') {
            out.pop();
        }
        out
    }

    fn push(&self, b: u8, out: &mut Vec<u8>) {
        let folds = b == b' ' && self.settings.fold_spaces && out.last().is_none_or(|l| *l == b' ');
        if !folds {
            out.push(b);
        }
    }

    fn line(&self, line: &str, out: &mut Vec<u8>) {
        let bytes = line.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let run = bytes[at..].iter().take_while(|b| b.is_ascii()).count();
            for &b in &bytes[at..at + run] {
                self.push(self.ascii[usize::from(b)], out);
            }
            at += run;
            if let Some(c) = line[at..].chars().next() {
                self.character(c, out);
                at += c.len_utf8();
            }
        }
    }

    fn character(&self, c: char, out: &mut Vec<u8>) {
        let s = self.settings;
        if (s.fold_punctuation && !c.is_alphanumeric()) || (s.fold_spaces && c.is_whitespace()) {
            self.push(b' ', out);
            return;
        }
        let mut utf8 = [0; 4];
        if s.fold_case {
            c.to_lowercase().for_each(|c| out.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes()));
        } else {
            out.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Border, BorderKind, Origin};
    use crate::reason::DocId;

    fn normalised(text: &str, settings: Settings) -> String {
        let border = Border { kind: BorderKind::SourceStart, confidence: 100 };
        let origin = Origin { source: "-".into(), record: 0, range: 0..text.len() as u64, border };
        let doc = Document::new(DocId(0), origin, text.to_owned());
        let mut ascii = [0; 128];
        (0u8..).zip(ascii.iter_mut()).for_each(|(b, to)| *to = settings.ascii(b));
        String::from_utf8(Normaliser { settings, ascii }.text(&doc)).expect("UTF-8 stays UTF-8")
    }

    #[test]
    fn folding() {
        let all = Settings::default();
        assert_eq!(normalised("“Don’t GO,”  he\tsaid.\n\nÉté—2024!", all), "don t go he said été 2024");
        let none = Settings { fold_case: false, fold_punctuation: false, fold_spaces: false };
        assert_eq!(normalised("A  b.\nC", none), "A  b. C");
    }
}
