//! What a stage is, and how it describes itself.

use std::sync::Arc;

use crate::document::Document;
use crate::editor::Editor;
use crate::reason::Reason;

/// Works on one document, knows no other: any order, any thread.
pub trait Transform: Send + Sync {
    /// Cleans `doc`. Not called for documents that are dropped already.
    fn apply(&self, doc: &mut Editor<'_>);

    /// The same for some documents, for a stage that is quicker with many at once.
    fn apply_all<'a>(&self, docs: &mut dyn Iterator<Item = Editor<'a>>) {
        docs.for_each(|mut doc| self.apply(&mut doc));
    }
}

/// The dear, parallel half of an [`Ordered`] stage.
pub trait Keyer: Send + Sync {
    /// What `decide` will look up.
    fn keys(&self, doc: &Document) -> Keys;
}

/// Keys of one document, as its [`Keyer`] made them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// What `decide` will look up: hashes, of which the first 48 bits count.
    pub hashes: Vec<u64>,
    /// What else `decide` needs of the document.
    pub content: Vec<u8>,
}

/// What an [`Ordered`] stage remembers of earlier documents, of this run and of others: records
/// under keys. Outgrows memory where it has to; nothing is forgotten.
pub trait Index {
    /// The places of records under each of `keys`, as pairs of the key's position and the place,
    /// in order; of one key the oldest first. A key may be found under which nothing was added,
    /// with a chance of about 2^-48 times the number of entries: look at the record.
    fn find(&mut self, keys: &[u64], found: &mut Vec<(u32, u64)>);
    /// The record at a place; empty if it cannot be read, in which case the run ends.
    fn read(&mut self, place: u64) -> Vec<u8>;
    /// Adds a record under `keys`, for the documents that come later. It is forgotten if a later stage
    /// drops the document that is decided about: a witness is in the output.
    fn add(&mut self, keys: &[u64], record: &[u8]);
}

/// What the entries of an [`Ordered`] stage in an index are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexKind {
    /// Name of the index: the stage's.
    pub name: &'static str,
    /// Everything that records and keys depend on, for people too: an index made with other
    /// parameters cannot be used.
    pub parameters: String,
    /// Keys of a document, about: memory is shared out by them.
    pub keys: u32,
}

/// Documents that an [`Ordered`] stage decides about together. Where one ends depends on the
/// input alone: it counts records from the first on, and bytes of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Records at which it ends.
    pub records: u64,
    /// Bytes of records at which it ends; they are held in memory.
    pub bytes: u64,
}

impl Window {
    /// One that is as large as both.
    pub fn max(self, other: Self) -> Self {
        Self { records: self.records.max(other.records), bytes: self.bytes.max(other.bytes) }
    }
}

/// Decides about documents by what came before: serial, in input order, or window by window. All ordered stages
/// of a pipeline decide about a document before the next one comes.
pub trait Ordered: Send {
    /// The parallel half.
    fn keyer(&self) -> Arc<dyn Keyer>;
    /// What it puts into its index.
    fn index(&self) -> IndexKind;
    /// The serial half: look-ups, and what has to be compared then. Everything that is
    /// remembered is in `index`.
    fn decide(&mut self, keys: &Keys, doc: &mut Editor<'_>, index: &mut dyn Index);
    /// Whether it only ever drops documents, and looks at nothing of them but their keys: then the stages
    /// behind it, which run in parallel, need not wait for it.
    fn only_drops(&self) -> bool {
        false
    }
    /// Documents that are decided about by [`rank`](Self::rank) rather than in input order.
    /// If several stages of a pipeline have a window, the largest is that of all.
    fn window(&self) -> Option<Window> {
        None
    }
    /// Of the documents in a window those with the highest come first; of equals the earlier.
    fn rank(&self, _: &Keys) -> u64 {
        0
    }
}

/// Learns from documents what it then judges them by: serial, in input order.
///
/// In one pass the first documents of each group are held back until enough of it is known, or all
/// until the input ends; in two the first pass only observes, and [`finish`](Self::finish) makes the
/// stage of the second.
pub trait Learned: Send {
    /// The parallel half.
    fn keyer(&self) -> Arc<dyn Keyer>;
    /// Learns from a document.
    fn observe(&mut self, keys: &Keys, doc: &Document);
    /// Whether enough is known to judge a document, its whole group held back so far included.
    fn is_known(&self, keys: &Keys, doc: &Document) -> bool;
    /// Says that no more documents come.
    fn settle(&mut self);
    /// Judges a document by what is known now.
    fn judge(&self, keys: &Keys, doc: &mut Editor<'_>);
    /// Bytes of text that may be held back; beyond them the oldest is judged all the same.
    fn held_bytes(&self) -> usize;
    /// How often files are to be read, 1 or 2; `None` to have it told by their size.
    fn passes(&self) -> Option<u8>;
    /// Another handle on the same knowledge.
    fn again(&self) -> Box<dyn Learned>;
    /// A stage that judges by what is known now, and learns no more.
    fn finish(&self) -> Arc<dyn Transform>;
    /// What is known now, as a file for people; together with what such a file says, if there is
    /// one.
    ///
    /// # Errors
    /// What is wrong with that file.
    fn profile(&self, with: Option<&str>) -> Result<String, String>;
}

/// A built stage.
pub enum Stage {
    /// Any order, parallel.
    Map(Arc<dyn Transform>),
    /// Prepared in parallel, decided in input order.
    Ordered(Box<dyn Ordered>),
    /// Learns from the documents themselves.
    Learned(Box<dyn Learned>),
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Map(_) => "Map",
            Self::Ordered(_) => "Ordered",
            Self::Learned(_) => "Learned",
        })
    }
}

/// A before-and-after pair: shown by `stages show`, run as a test.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// What it shows.
    pub name: &'static str,
    /// The stage's options, as TOML.
    pub options: &'static str,
    /// One article as scraped; its first line is read as the title. For a stage that compares
    /// articles there are several, a form feed between them; the rest speaks of the last.
    pub before: &'static str,
    /// The row's text afterwards; `None` if the document is dropped.
    pub after: Option<&'static str>,
    /// Captions afterwards.
    pub captions: &'static [&'static str],
    /// Code and original text of each removed line, in order; for a dropped document its code
    /// and nothing.
    pub removed: &'static [(&'static str, &'static str)],
}

/// Everything textmill knows about a stage type. One static per stage file.
pub struct StageSpec {
    /// The `type` in a pipeline file, kebab-case.
    pub name: &'static str,
    /// One line.
    pub summary: &'static str,
    /// Source text of the stage's file: its leading `//!` lines are the manual.
    pub source: &'static str,
    /// Every reason it can give.
    pub reasons: &'static [Reason],
    /// Examples that are also tests.
    pub examples: &'static [Example],
    /// Stage types that have to stand earlier in the pipeline.
    pub requires: &'static [&'static str],
    /// Builds the stage from the remaining keys of its table.
    pub build: fn(&crate::registry::Options<'_>) -> Result<Stage, crate::registry::OptionsError>,
    /// JSON Schema of its options.
    pub schema: fn(&mut schemars::SchemaGenerator) -> schemars::Schema,
    /// What follows from its options as they are by default, in Markdown, if that is worth a table.
    pub notes: Option<fn() -> String>,
}

impl StageSpec {
    /// The stage's manual in Markdown, taken from its file's module documentation.
    pub fn manual(&self) -> String {
        let lines = self.source.lines().map_while(|l| l.strip_prefix("//!"));
        let mut out = String::new();
        for line in lines {
            out.push_str(line.strip_prefix(' ').unwrap_or(line));
            out.push('\n');
        }
        if let Some(notes) = self.notes {
            out.push_str(&format!("\n## Figures\n{}", notes()));
        }
        out
    }
}
