//! Pipeline files: TOML to stages, with every error shown at its place.
//!
//! Loading takes four steps, and gathers errors as far as it can: parse ([`parse`]), build
//! (each stage's own struct), plan (order rules), environment (files exist). [`load`] and
//! [`resolve`] read the file itself, the only input or output here.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

use crate::formats::{FormatSpec, InputOptions};
use crate::guard::Guard;
use crate::learn::profile::{Profile, Wrong};
use crate::registry::Registry;
use crate::stage::{Stage, StageSpec};

mod build;
mod diagnostics;
pub mod docs;
mod gather;
mod guard;
pub mod schema;
mod sections;
mod size;

pub use diagnostics::{Diagnostic, Errors};
pub use gather::nearest;
pub use size::Size;

/// Bytes of a pipeline file: a thousand times those that are shipped.
const PIPELINE_BYTES: u64 = 16 << 20;
/// Bytes of a file that an option names, such as a profile: rules of a million sites.
const NAMED_BYTES: u64 = 256 << 20;

/// A checked pipeline, ready to run once.
#[derive(Debug)]
pub struct Pipeline {
    /// Name of the built-in pipeline, or the path.
    pub name: String,
    /// BLAKE3 of the file's text, in hex digits.
    pub digest: String,
    /// What it is for, in its author's words.
    pub description: String,
    /// How input is read.
    pub input: InputOptions,
    /// The dump format; `None` to detect it.
    pub format: Option<&'static FormatSpec>,
    /// What a run may take out at most.
    pub guard: Guard,
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
    /// Its options that are not as by default, each as `key = value`.
    pub options: Vec<String>,
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
    ("dedupe", include_str!("../../pipelines/dedupe.toml")),
    ("news", include_str!("../../pipelines/news.toml")),
    ("news-learned", include_str!("../../pipelines/news-learned.toml")),
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
    if path.exists() {
        return load(path, registry);
    }
    let names = BUILTIN.iter().map(|(n, _)| *n);
    let stem = path.file_stem().and_then(std::ffi::OsStr::to_str).unwrap_or(name_or_file);
    let hint = nearest(stem, names.clone())
        .unwrap_or_else(|| format!("built in are {}", names.collect::<Vec<_>>().join(", ")));
    let message = format!("no built-in pipeline and no file is called `{name_or_file}`");
    Err(Errors::of_file(name_or_file, message, Some(hint)))
}

/// Loads a pipeline file.
///
/// # Errors
/// That it cannot be read, or everything that is wrong with it.
pub fn load(path: &Path, registry: &Registry) -> Result<Pipeline, Errors> {
    let name = path.display().to_string();
    let bytes = bytes_of(path, PIPELINE_BYTES)
        .map_err(|e| Errors::of_file(&name, format!("cannot read the pipeline file `{name}`: {e}"), None))?;
    match std::str::from_utf8(&bytes) {
        Ok(text) => parse(&name, text, registry),
        Err(e) => {
            // What is not UTF-8 is shown as U+FFFD, which takes three bytes.
            let at = e.valid_up_to();
            let message = "a pipeline file has to be UTF-8".to_owned();
            let wrong = Diagnostic { message, span: Some(at..at + 3), hint: None };
            Err(Errors::new(&name, &String::from_utf8_lossy(&bytes), vec![wrong]))
        }
    }
}

/// Reads a profile of `learned-boilerplate`; its text comes back.
///
/// # Errors
/// That it cannot be read, or what is wrong with it.
pub fn profile(path: &Path) -> Result<String, Errors> {
    let name = path.display().to_string();
    let text = text_of(&name).map_err(|message| Errors::of_file(&name, message, None))?;
    match Profile::read(&text) {
        Ok(_) => Ok(text),
        Err(Wrong { message, span }) => {
            let wrong = Diagnostic { message, span, hint: None };
            Err(Errors::new(&name, &text, vec![wrong]))
        }
    }
}

/// The text of a file that an option names.
fn text_of(path: &str) -> Result<String, String> {
    let failed = |e: io::Error| format!("cannot read `{path}`: {e}");
    let bytes = bytes_of(Path::new(path), NAMED_BYTES).map_err(failed)?;
    String::from_utf8(bytes).map_err(|e| failed(io::Error::new(io::ErrorKind::InvalidData, e.utf8_error())))
}

/// The content of a file of at most `most` bytes.
fn bytes_of(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let mebibytes = most >> 20;
        return Err(io::Error::other(format!(
            "it is larger than {mebibytes} MiB, the most that such a file may be"
        )));
    }
    Ok(bytes)
}

/// Parses and checks the text of a pipeline file.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file.
pub fn parse(name: &str, text: &str, registry: &Registry) -> Result<Pipeline, Errors> {
    build::build(name, text, registry).map_err(|found| Errors::new(name, text, found))
}
