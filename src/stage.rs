//! What a stage is, and how it describes itself.

use std::sync::Arc;

use crate::document::Document;
use crate::editor::Editor;
use crate::reason::Reason;

/// Works on one document, knows no other: any order, any thread.
pub trait Transform: Send + Sync {
    /// Cleans `doc`. Not called for documents that are dropped already.
    fn apply(&self, doc: &mut Editor<'_>);
}

/// The dear, parallel half of an [`Ordered`] stage.
pub trait Keyer: Send + Sync {
    /// What `decide` will look up.
    fn keys(&self, doc: &Document) -> Keys;
}

/// Keys of one document, as its [`Keyer`] made them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys(pub Vec<u128>);

/// Decides about documents by what came before: serial, in input order.
pub trait Ordered: Send {
    /// The parallel half.
    fn keyer(&self) -> Arc<dyn Keyer>;
    /// The serial half: look-ups only.
    fn decide(&mut self, keys: &Keys, doc: &mut Editor<'_>);
    /// What it learned since the last call, in an encoding of its own: a checkpoint keeps it.
    fn take_journal(&mut self) -> Vec<u8>;
    /// Learns again what [`Ordered::take_journal`] said; called in the same order, before any
    /// decision. The error says what is wrong with the journal.
    fn replay(&mut self, journal: &[u8]) -> Result<(), String>;
}

/// A built stage.
pub enum Stage {
    /// Any order, parallel.
    Map(Arc<dyn Transform>),
    /// Prepared in parallel, decided in input order.
    Ordered(Box<dyn Ordered>),
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Map(_) => "Map",
            Self::Ordered(_) => "Ordered",
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
        out
    }
}
