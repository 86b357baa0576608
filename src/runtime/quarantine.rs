//! Reading a quarantine file back; `docs/output.md` says what is in it.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use base64::Engine as _;
use serde::Deserialize;

use crate::formats::bad::BadKind;
use crate::formats::wrapping::{self, Decoded, Decoder};
use crate::formats::{self, FormatSpec};

/// Longest row: control characters take six bytes each, and names are added to them.
const MAX_ROW: usize = 4 << 20;

/// A row of a quarantine file.
#[derive(Debug, Clone)]
pub struct Quarantined {
    /// The line itself, without its ending.
    pub line: Vec<u8>,
    /// Path as given to the first run, or `-`.
    pub source: String,
    /// The dump format that cut the record; `None` for damage of the source.
    pub format: Option<&'static FormatSpec>,
    /// Number within the source.
    pub record: u64,
    /// Where it stands in the decoded source.
    pub range: std::ops::Range<u64>,
    /// Address that the separator in front of it named.
    pub url: Option<Box<str>>,
    /// JSON text of the header that it stands under; empty if none, or if it was too long.
    pub header: String,
    /// Class of the damage.
    pub reason: BadKind,
    /// What exactly.
    pub detail: String,
    /// The bytes.
    pub raw: Vec<u8>,
    /// Whether `raw` is only the beginning.
    pub truncated: bool,
}

/// A quarantine file that cannot be read, or is none.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The file as a whole.
    #[error("{path}: {what}")]
    File {
        /// As given.
        path: String,
        /// What is wrong.
        what: String,
    },
    /// One line of it.
    #[error("{path}:{line}: not a quarantine row: {what}")]
    Row {
        /// As given.
        path: String,
        /// From 1.
        line: u64,
        /// What is wrong.
        what: String,
    },
}

/// The rows of a quarantine file, in order; compression is told by content.
pub struct Rows {
    path: String,
    file: File,
    decoder: Option<Box<dyn Decoder>>,
    /// First bytes of the file, until there are enough to tell compression.
    first: Vec<u8>,
    lines: Lines,
    /// Lines handed out.
    line: u64,
    /// Why there is nothing after the lines at hand.
    failed: Option<String>,
    ended: bool,
}

/// Whole lines, and the one under way.
#[derive(Default)]
struct Lines {
    whole: VecDeque<Vec<u8>>,
    held: Vec<u8>,
}

impl Lines {
    fn push(&mut self, bytes: &[u8]) {
        let mut parts = bytes.split(|b| *b == b'\n');
        let last = parts.next_back().unwrap_or_default();
        for part in parts {
            self.held.extend_from_slice(part);
            self.whole.push_back(std::mem::take(&mut self.held));
        }
        // One byte more than fits is enough to tell.
        let room = (MAX_ROW + 1).saturating_sub(self.held.len()).min(last.len());
        self.held.extend_from_slice(&last[..room]);
    }
}

impl Rows {
    /// Opens a quarantine file.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(path: &Path) -> Result<Self, Unreadable> {
        let name = path.to_string_lossy().into_owned();
        let opened = File::open(path).and_then(|file| match file.metadata()?.is_dir() {
            true => Err(io::ErrorKind::IsADirectory.into()),
            false => Ok(file),
        });
        let file = opened.map_err(|e| Unreadable::File { path: name.clone(), what: e.to_string() })?;
        let (lines, first) = (Lines::default(), Vec::new());
        Ok(Self { path: name, file, decoder: None, first, lines, line: 0, failed: None, ended: false })
    }

    /// Reads on; damage ends the file after the lines in front of it.
    fn fill(&mut self) {
        let mut buffer = vec![0; 16 << 10];
        let read = match self.file.read(&mut buffer) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => return,
            Err(e) => return self.failed = Some(e.to_string()),
            Ok(n) => n,
        };
        self.ended = read == 0;
        let lines = &mut self.lines;
        let mut fresh = &buffer[..read];
        if self.decoder.is_none() {
            self.first.extend_from_slice(fresh);
            if self.first.len() < wrapping::MAGIC_BYTES && !self.ended {
                return;
            }
            fresh = &self.first;
        }
        let decoder = self.decoder.get_or_insert_with(|| wrapping::decoder(&self.first));
        let mut failed = None;
        // After damage there is no telling which rows are missing.
        let mut take = |decoded: Decoded<'_>| match decoded {
            Decoded::Bytes(bytes) if failed.is_none() => lines.push(bytes),
            Decoded::Bytes(_) => {}
            Decoded::Damage { reason, .. } => {
                failed.get_or_insert_with(|| reason.to_string());
            }
        };
        decoder.push(fresh, &mut take);
        if self.ended {
            decoder.finish(&mut take);
            if failed.is_none() && !lines.held.is_empty() {
                lines.whole.push_back(std::mem::take(&mut lines.held));
            }
        }
        self.failed = failed;
    }

    fn row(&mut self, line: Vec<u8>) -> Result<Quarantined, Unreadable> {
        self.line += 1;
        parse(line).map_err(|what| Unreadable::Row { path: self.path.clone(), line: self.line, what })
    }
}

impl Iterator for Rows {
    type Item = Result<Quarantined, Unreadable>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(line) = self.lines.whole.pop_front() {
                return Some(self.row(line));
            }
            if let Some(what) = self.failed.take() {
                self.ended = true;
                return Some(Err(Unreadable::File { path: self.path.clone(), what }));
            }
            if self.lines.held.len() > MAX_ROW {
                self.ended = true;
                let line = std::mem::take(&mut self.lines.held);
                return Some(self.row(line));
            }
            if self.ended {
                return None;
            }
            self.fill();
        }
    }
}

/// A row as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    source: String,
    format: String,
    record: u64,
    start: u64,
    end: u64,
    url: String,
    /// Earlier versions had none.
    #[serde(default)]
    header: String,
    reason: String,
    detail: String,
    encoding: String,
    raw: String,
    truncated: bool,
}

fn parse(line: Vec<u8>) -> Result<Quarantined, String> {
    if line.len() > MAX_ROW {
        return Err(format!("longer than {MAX_ROW} bytes"));
    }
    // A line of its own has no line number worth naming.
    let row: Stored = serde_json::from_slice(&line).map_err(|e| {
        let what = e.to_string();
        what.split_once(" at line ").map_or(what.clone(), |(what, _)| what.to_owned())
    })?;
    let format = match row.format.as_str() {
        "" => None,
        name => Some(formats::by_name(name).ok_or_else(|| format!("no format is called `{name}`"))?),
    };
    let reason = BadKind::ALL.iter().copied().find(|k| k.code() == row.reason);
    let reason = reason.ok_or_else(|| format!("no reason is called `{}`", row.reason))?;
    let raw = match row.encoding.as_str() {
        "utf-8" => row.raw.into_bytes(),
        "base64" => base64::engine::general_purpose::STANDARD
            .decode(row.raw)
            .map_err(|e| format!("`raw` is no base64: {e}"))?,
        other => return Err(format!("no encoding is called `{other}`")),
    };
    let len = row.end.checked_sub(row.start).ok_or("`end` lies before `start`")?;
    // Damage of a source has bytes of the compressed file, and no length in the decoded one.
    let counts = !row.format.is_empty();
    if counts && (row.truncated != ((raw.len() as u64) < len) || raw.len() as u64 > len) {
        return Err(format!("`raw` has {} bytes of {len}, `truncated` is {}", raw.len(), row.truncated));
    }
    Ok(Quarantined {
        line,
        source: row.source,
        format,
        record: row.record,
        range: row.start..row.end,
        url: Some(row.url).filter(|url| !url.is_empty()).map(Into::into),
        header: row.header,
        reason,
        detail: row.detail,
        raw,
        truncated: row.truncated,
    })
}
