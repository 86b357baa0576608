//! The manifest of a folder of shards; `docs/output.md` is its reference.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::card;
use super::error::RunError;
use super::folder::Folder;
use super::part::Part;
use super::record::Extent;
use super::tally::Report;

pub(super) const MANIFEST: &str = "manifest.json";
const CARD: &str = "README.md";

/// Goes up whenever a key of the manifest changes its meaning or goes.
const VERSION: u32 = 1;

/// A shard that is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shard {
    /// The path inside the folder, with `/`.
    pub file: String,
    pub split: String,
    pub rows: u64,
    /// Bytes of its rows as JSON Lines, before compression.
    pub json_bytes: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Of the file, in hexadecimal.
    pub blake3: String,
}

impl Shard {
    /// As a line of JSON.
    pub fn line(&self) -> Vec<u8> {
        let mut line = serde_json::to_vec(self).expect("names and numbers are JSON");
        line.push(b'\n');
        line
    }
}

/// What the shards of a split have between them.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Sum {
    pub shards: u64,
    pub rows: u64,
    pub json_bytes: u64,
    pub bytes: u64,
}

#[derive(Serialize)]
struct Head<'a> {
    manifest_version: u32,
    textmill: &'static str,
    pipeline: Pipeline<'a>,
    config_blake3: &'a str,
    command: &'a str,
    format: &'static str,
    shard_size: u64,
    splits: &'a BTreeMap<String, Sum>,
    inputs: Vec<Input>,
    report: &'a Report,
}

/// What is read of a manifest.
#[derive(Deserialize)]
struct Known {
    manifest_version: u32,
    config_blake3: String,
    inputs: Vec<Input>,
    report: Report,
}

/// The counts of the run that made the folder, if it is the run of that digest over these inputs.
pub(super) fn made_by(folder: &Folder, digest: &str) -> Option<Report> {
    let text = std::fs::read(folder.path.join(MANIFEST)).ok()?;
    let known: Known = serde_json::from_slice(&text).ok()?;
    let inputs: Vec<_> = folder.about.inputs.iter().map(input).collect();
    let same = known.manifest_version == VERSION && known.config_blake3 == digest && known.inputs == inputs;
    same.then_some(known.report)
}

#[derive(Serialize)]
struct Pipeline<'a> {
    name: &'a str,
    blake3: &'a str,
}

/// An input as it was named; size and time only of a file.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
struct Input {
    path: String,
    bytes: u64,
    /// Seconds of 1970.
    modified: u64,
}

/// Writes manifest and card into `rows` and brings them to the disk. `list` reads the shards
/// that are done; there may be more of them than one would want in memory.
pub(super) fn write<L>(
    rows: &Path,
    (folder, digest): (&Folder, &str),
    report: &Report,
    list: impl Fn() -> Result<L, RunError>,
) -> Result<Extent, RunError>
where
    L: Iterator<Item = Result<Shard, RunError>>,
{
    let names = folder.splits.names().iter().cloned();
    let mut splits: BTreeMap<String, Sum> = names.map(|name| (name, Sum::default())).collect();
    for shard in list()? {
        let shard = shard?;
        let sum = splits.entry(shard.split).or_default();
        sum.shards += 1;
        sum.rows += shard.rows;
        sum.json_bytes += shard.json_bytes;
        sum.bytes += shard.bytes;
    }
    whole(&rows.join(CARD), |part| part.write(card::text(folder, &splits, report).as_bytes()))?;
    let path = rows.join(MANIFEST);
    let shards = list()?;
    let failed = |e| RunError::output(&path, e);
    let mut part = open(&path)?;
    part.write(head((folder, digest), &splits, report).as_bytes()).map_err(failed)?;
    let mut before = "\n    ";
    for shard in shards {
        let line = shard?.line();
        part.write(before.as_bytes()).map_err(failed)?;
        part.write(line.trim_ascii_end()).map_err(failed)?;
        before = ",\n    ";
    }
    part.write(b"\n  ]\n}\n").map_err(failed)?;
    part.settle().map_err(failed)
}

/// Everything up to the list of shards.
fn head((folder, digest): (&Folder, &str), splits: &BTreeMap<String, Sum>, report: &Report) -> String {
    let about = &folder.about;
    let head = Head {
        manifest_version: VERSION,
        textmill: env!("CARGO_PKG_VERSION"),
        pipeline: Pipeline { name: &about.pipeline, blake3: &about.digest },
        config_blake3: digest,
        command: &about.command,
        format: folder.format.ending(),
        shard_size: folder.shard_bytes,
        splits,
        inputs: about.inputs.iter().map(input).collect(),
        report,
    };
    let json = serde_json::to_string_pretty(&head).expect("names and counts are JSON");
    format!("{},\n  \"shards\": [", json.trim_end_matches('}').trim_end())
}

fn input(path: &PathBuf) -> Input {
    let meta = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file);
    let modified = meta.as_ref().and_then(|m| m.modified().ok()?.duration_since(UNIX_EPOCH).ok());
    Input {
        path: path.to_string_lossy().into_owned(),
        bytes: meta.map_or(0, |m| m.len()),
        modified: modified.map_or(0, |d| d.as_secs()),
    }
}

fn open(path: &Path) -> Result<Part, RunError> {
    let busy = || RunError::Busy { path: path.display().to_string(), holder: String::new() };
    let failed = |e| RunError::output(path, e);
    let mut part = Part::open(path.to_owned(), true).map_err(failed)?.ok_or_else(busy)?;
    part.start().map_err(failed)?;
    Ok(part)
}

fn whole(path: &Path, write: impl FnOnce(&mut Part) -> std::io::Result<()>) -> Result<(), RunError> {
    let mut part = open(path)?;
    write(&mut part).and_then(|()| part.settle()).map_err(|e| RunError::output(path, e)).map(drop)
}
