//! Gives each document a fingerprint of its text, for the row and for exact deduplication.
//!
//! ## What it does
//! The fingerprint is the first 128 bits of the BLAKE3 hash of the folded text, written as 32
//! hexadecimal digits. The folded text is made thus, and can be made so by anyone:
//!
//! 1. the lines of the text that are kept, title and captions not among them, joined by one
//!    line feed;
//! 2. `fold-punctuation`: every character that is neither alphanumeric (Unicode Alphabetic, Nd,
//!    Nl or No) nor white space (Unicode White_Space) becomes a space;
//! 3. `fold-case`: every alphanumeric character becomes its lower case by Unicode's default
//!    mapping, each by itself, whatever the language and the neighbours;
//! 4. `fold-spaces`: every run of white space becomes one space, none at the start and the end;
//! 5. the result in UTF-8.
//!
//! With all three, `“Don’t go,” he said.` is `don t go he said`. Nothing is removed.
//!
//! ## Why
//! Copies differ in quotation marks, spaces and capitals. Two documents with one fingerprint
//! have the same words in the same order.
//!
//! ## Options
//! * `fold-case`, `fold-spaces`, `fold-punctuation` (all default true): as above. Fingerprints
//!   compare only between runs with the same settings.
//!
//! ## When not to use
//! Where texts differ in signs alone (`+5` and `-5`, source code), switch `fold-punctuation`
//! off. Leave the stage out if neither rows nor deduplication need it; and put it after all
//! stages that change text, before `exact-dedupe`.

use std::cell::RefCell;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::Document;
use crate::editor::Editor;
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Stage, StageSpec, Transform};
use crate::text::fold::{Fold, Folder};

/// The stage's description.
pub static SPEC: StageSpec = StageSpec {
    name: "fingerprint",
    summary: "hashes the folded text of each document",
    source: include_str!("fingerprint.rs"),
    reasons: &[],
    examples: &[
        Example {
            name: "the text stays as it is",
            options: "",
            before: "Title\n\n“Don’t go,”  he said.",
            after: Some("“Don’t go,”  he said."),
            captions: &[],
            removed: &[],
        },
        Example {
            name: "a stricter fingerprint",
            options: "fold-case = false\nfold-punctuation = false",
            before: "Title\n\n+5 and -5 differ.",
            after: Some("+5 and -5 differ."),
            captions: &[],
            removed: &[],
        },
    ],
    requires: &[],
    build,
    schema: |g| g.subschema_for::<Settings>(),
    notes: None,
};

/// Options of the stage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Settings {
    /// Capital and small letters count as equal.
    fold_case: bool,
    /// A run of white space counts as one space.
    fold_spaces: bool,
    /// Punctuation and signs count as spaces.
    fold_punctuation: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { fold_case: true, fold_spaces: true, fold_punctuation: true }
    }
}

struct Fingerprint(Folder);

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    let s: Settings = options.read()?;
    let fold = Fold { case: s.fold_case, spaces: s.fold_spaces, punctuation: s.fold_punctuation };
    Ok(Stage::Map(Arc::new(Fingerprint(Folder::new(fold)))))
}

thread_local! {
    /// The folded text: one place for document after document.
    static FOLDED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Fingerprint {
    fn of(&self, doc: &Document) -> u128 {
        FOLDED.with_borrow_mut(|folded| {
            folded.clear();
            // A giant document must not keep its room for the rest of the run.
            folded.shrink_to(1 << 20);
            folded.reserve(doc.text().len() + 64);
            self.fold(doc, folded);
            let hash = blake3::hash(folded);
            u128::from_be_bytes(*hash.as_bytes().first_chunk().expect("32 bytes"))
        })
    }

    fn fold(&self, doc: &Document, folded: &mut Vec<u8>) {
        for (n, (_, line)) in doc.body().enumerate() {
            if n > 0 {
                self.0.push("\n", folded);
            }
            self.0.push(line, folded);
        }
        self.0.finish(folded);
    }
}

impl Transform for Fingerprint {
    fn apply(&self, doc: &mut Editor<'_>) {
        let fingerprint = self.of(doc.doc());
        doc.set_fingerprint(fingerprint);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Border, BorderKind, Origin};
    use crate::reason::DocId;

    fn of(options: &str, text: &str) -> String {
        let table: toml_edit::DocumentMut = options.parse().expect("TOML");
        let Ok(Stage::Map(stage)) = build(&Options::new(table.as_table())) else { panic!("a map") };
        let border = Border { kind: BorderKind::SourceStart, confidence: 100 };
        let origin = Origin { source: "-".into(), record: 0, range: 0..text.len() as u64, border };
        let mut doc = Document::new(DocId(0), origin, text.to_owned());
        stage.apply(&mut Editor::new(&mut doc, 0));
        format!("{:032x}", doc.fingerprint().expect("one"))
    }

    #[test]
    fn is_the_hash_of_the_folded_text() {
        let hash = |s: &str| blake3::hash(s.as_bytes()).to_hex()[..32].to_owned();
        let text = "“Don’t go,”  he said.\n\nHe WENT…\r\n";
        assert_eq!(of("", text), hash("don t go he said he went"));
        let none = "fold-case = false\nfold-spaces = false\nfold-punctuation = false";
        assert_eq!(of(none, text), hash("“Don’t go,”  he said.\nHe WENT…"));
        assert_eq!(of("fold-case = false", text), hash("Don t go he said He WENT"));
        assert_eq!(of("", "***"), hash(""));
    }

    #[test]
    fn is_pinned() {
        // This value is in users' files: a change breaks deduplication against old runs.
        assert_eq!(of("", "Hello, world!"), "d74981efa70a0c880b8d8c1985d075db");
    }
}
