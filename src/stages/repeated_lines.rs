//! Removes later copies of a line within one document.
//!
//! ## What it removes
//! Every line that equals an earlier kept line of the same document, white space at the ends
//! aside. The first copy stays.
//!
//! ## Why
//! Layouts print pull quotes, notices and whole paragraphs twice; repeats skew word counts
//! and quality rules.
//!
//! ## Options
//! * `min-length` (default 40): shorter lines may repeat; characters. Subheads, answers and
//!   refrains do so by nature.
//!
//! ## When not to use
//! On verse, lyrics, code and tables.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use xxhash_rust::xxh3::xxh3_64;

use crate::editor::Editor;
use crate::reason::{Evidence, Reason};
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Stage, StageSpec, Transform};

const COPY: Reason =
    Reason { stage: "repeated-lines", code: "copy", summary: "the same line stands further up" };

/// The stage's description.
pub static SPEC: StageSpec = StageSpec {
    name: "repeated-lines",
    summary: "removes later copies of a line within one document",
    source: include_str!("repeated_lines.rs"),
    reasons: &[COPY],
    examples: &[
        Example {
            name: "a pull quote",
            options: "",
            before: "Title\n\nThe rivers rose again by noon, said the mayor.\n\nNobody slept.\n\nThe rivers rose again by noon, said the mayor.\n\nNobody slept.",
            after: Some("The rivers rose again by noon, said the mayor.\n\nNobody slept.\n\nNobody slept."),
            captions: &[],
            removed: &[("copy", "The rivers rose again by noon, said the mayor.")],
        },
        Example {
            name: "short lines, if asked for",
            options: "min-length = 1",
            before: "Title\n\nAdvertisement\n\nOne.\n\nAdvertisement",
            after: Some("Advertisement\n\nOne."),
            captions: &[],
            removed: &[("copy", "Advertisement")],
        },
    ],
    requires: &[],
    build,
    schema: |g| g.subschema_for::<Settings>(),
};

/// Options of the stage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Settings {
    /// Shorter lines may repeat; characters.
    min_length: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { min_length: 40 }
    }
}

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    Ok(Stage::Map(Arc::new(options.read::<Settings>()?)))
}

/// The keys are hashes already.
#[derive(Default)]
struct PassThrough(u64);

impl Hasher for PassThrough {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are u64")
    }
    fn write_u64(&mut self, n: u64) {
        self.0 = n;
    }
}

impl Transform for Settings {
    fn apply(&self, doc: &mut Editor<'_>) {
        let d = doc.doc();
        let mut seen: HashMap<u64, usize, BuildHasherDefault<PassThrough>> =
            HashMap::with_capacity_and_hasher(d.lines().len(), BuildHasherDefault::default());
        let mut copies = Vec::new();
        for (i, line) in d.body() {
            let line = line.trim();
            // Bytes first: they are known, and never fewer than characters.
            if line.len() < self.min_length || line.chars().count() < self.min_length {
                continue;
            }
            let first = *seen.entry(xxh3_64(line.as_bytes())).or_insert(i);
            if first != i && d.line(first).trim() == line {
                copies.push((i, first));
            }
        }
        for (i, first) in copies {
            doc.remove(i, COPY, Evidence::EqualsLine(first as u32));
        }
    }
}
