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
use std::ops::Range;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::Document;
use crate::editor::Editor;
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Stage, StageSpec, Transform};
use crate::text::fold::{Fold, Folder};
use crate::text::hashes::Hasher;

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

/// Folded text that is hashed together; more would not be any quicker.
const ENOUGH: usize = 256 << 10;

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// One place for document after document.
#[derive(Default)]
struct Scratch {
    folded: Vec<u8>,
    texts: Vec<Range<usize>>,
    hasher: Hasher,
}

impl Scratch {
    /// Adds the folded text of a document.
    fn fold(&mut self, folder: &Folder, doc: &Document) {
        let folded = &mut self.folded;
        folded.reserve(doc.text().len() + 64);
        // Runs together with white space that the text begins with, as nothing would.
        folded.push(b' ');
        let start = folded.len();
        for (n, (_, line)) in doc.body().enumerate() {
            if n > 0 {
                folder.push("\n", folded);
            }
            folder.push(line, folded);
        }
        if folded.len() > start {
            folder.finish(folded);
        }
        self.texts.push(start..folded.len());
    }

    /// The fingerprints of what was added.
    fn hash(&mut self, each: impl FnMut(u128)) {
        self.hasher.hash(&self.folded, &self.texts).for_each(each);
        self.folded.clear();
        self.texts.clear();
        // A giant document must not keep its room for the rest of the run.
        self.folded.shrink_to(1 << 20);
    }
}

impl Transform for Fingerprint {
    fn apply(&self, doc: &mut Editor<'_>) {
        SCRATCH.with_borrow_mut(|scratch| {
            scratch.fold(&self.0, doc.doc());
            scratch.hash(|fingerprint| doc.set_fingerprint(fingerprint));
        });
    }

    fn apply_all<'a>(&self, docs: &mut dyn Iterator<Item = Editor<'a>>) {
        SCRATCH.with_borrow_mut(|scratch| {
            let mut waiting = Vec::new();
            let finish = |scratch: &mut Scratch, waiting: &mut Vec<Editor<'a>>| {
                let mut docs = waiting.drain(..);
                scratch.hash(|fingerprint| {
                    if let Some(mut doc) = docs.next() {
                        doc.set_fingerprint(fingerprint);
                    }
                });
            };
            for doc in docs {
                scratch.fold(&self.0, doc.doc());
                waiting.push(doc);
                if scratch.folded.len() >= ENOUGH {
                    finish(scratch, &mut waiting);
                }
            }
            finish(scratch, &mut waiting);
        });
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
        let origin =
            Origin { source: "-".into(), record: 0, range: 0..text.len() as u64, border, verdict: None };
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
