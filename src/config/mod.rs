//! Pipeline files: TOML to stages, with every error shown at its place.
//!
//! Loading takes four steps, and gathers errors as far as it can: parse ([`parse`]), build
//! (each stage's own struct), plan (order rules), environment (files exist).

use std::collections::BTreeMap;
use std::path::Path;

use crate::formats::{FormatSpec, InputOptions};
use crate::registry::Registry;
use crate::stage::{Stage, StageSpec};

mod build;
mod diagnostics;
pub mod docs;
mod gather;
pub mod schema;
mod sections;

pub use diagnostics::{Diagnostic, Errors};
pub use gather::nearest;

/// A checked pipeline, ready to run once.
#[derive(Debug)]
pub struct Pipeline {
    /// Name of the built-in pipeline, or the path.
    pub name: String,
    /// What it is for, in its author's words.
    pub description: String,
    /// How input is read.
    pub input: InputOptions,
    /// The dump format; `None` to detect it.
    pub format: Option<&'static FormatSpec>,
    /// The stages in order.
    pub stages: Vec<BuiltStage>,
    /// The file's own tests.
    pub tests: Vec<TestCase>,
}

/// A stage with its type.
pub struct BuiltStage {
    /// The type.
    pub spec: &'static StageSpec,
    /// The stage.
    pub stage: Stage,
    /// Options as written in the file, without `type`.
    pub options: String,
}

impl std::fmt::Debug for BuiltStage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({:?})", self.spec.name, self.stage)
    }
}

/// A `[[test]]` block.
#[derive(Debug, Clone)]
pub struct TestCase {
    /// What it shows.
    pub name: String,
    /// A dump.
    pub input: String,
    /// The rows that should come out, in order.
    pub rows: Vec<ExpectedRow>,
    /// How often each `stage/code` should be given.
    pub reasons: BTreeMap<String, u64>,
    /// Line of the block in the file, from 1.
    pub line: usize,
}

/// What a row should hold; a field that is not named may hold anything.
#[derive(Debug, Clone, Default)]
pub struct ExpectedRow {
    /// The title.
    pub title: Option<String>,
    /// The text.
    pub text: Option<String>,
    /// The captions, one a line.
    pub captions: Option<String>,
}

/// The pipelines that are compiled in: name and file content.
pub static BUILTIN: &[(&str, &str)] = &[
    ("news", include_str!("../../pipelines/news.toml")),
    ("plain", include_str!("../../pipelines/plain.toml")),
    ("web-text", include_str!("../../pipelines/web-text.toml")),
];

/// The content of a built-in pipeline.
pub fn builtin(name: &str) -> Option<&'static str> {
    BUILTIN.iter().find(|(n, _)| *n == name).map(|(_, text)| *text)
}

/// Loads a built-in pipeline by name, or a pipeline file.
///
/// # Errors
/// Everything that is wrong with it.
pub fn resolve(name_or_file: &str, registry: &Registry) -> Result<Pipeline, Errors> {
    if let Some(text) = builtin(name_or_file) {
        return parse(name_or_file, text, registry);
    }
    let path = Path::new(name_or_file);
    let looks_like_a_name = path.components().count() == 1 && path.extension().is_none();
    if looks_like_a_name && !path.exists() {
        let names = BUILTIN.iter().map(|(n, _)| *n);
        let hint = gather::nearest(name_or_file, names.clone())
            .unwrap_or_else(|| format!("built in are {}", names.collect::<Vec<_>>().join(", ")));
        let message = format!("no built-in pipeline and no file is called `{name_or_file}`");
        return Err(Errors::of_file(name_or_file, message, Some(hint)));
    }
    match std::fs::read_to_string(path) {
        Ok(text) => parse(name_or_file, &text, registry),
        Err(e) => Err(Errors::of_file(name_or_file, format!("cannot read the pipeline file: {e}"), None)),
    }
}

/// Parses and checks the text of a pipeline file.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file.
pub fn parse(name: &str, text: &str, registry: &Registry) -> Result<Pipeline, Errors> {
    build::build(name, text, registry).map_err(|found| Errors::new(name, text, found))
}
