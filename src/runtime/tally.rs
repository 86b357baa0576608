//! Counts, and the sums that have to come out.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use super::batch::{Place, SourceEnd};
use super::steps::Steps;
use crate::document::Document;
use crate::formats::bad::BadKind;
use crate::reason::Reason;
use crate::text::lines::is_blank;

/// Live figures for a progress display.
#[derive(Debug, Default)]
pub struct Progress {
    read: AtomicU64,
    documents: AtomicU64,
    kept: AtomicU64,
    report: Mutex<Report>,
}

impl Progress {
    pub(super) fn read(&self, n: usize) {
        self.read.fetch_add(n as u64, Ordering::Relaxed);
    }

    pub(super) fn wrote(&self, tally: &Report) {
        self.documents.store(tally.documents.r#in, Ordering::Relaxed);
        self.kept.store(tally.documents.kept, Ordering::Relaxed);
        if let Ok(mut report) = self.report.lock() {
            report.clone_from(tally);
        }
    }

    /// Counts of what was written so far.
    pub fn report(&self) -> Report {
        self.report.lock().map(|r| r.clone()).unwrap_or_default()
    }

    /// Bytes read so far, before decompression.
    pub fn bytes(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Documents decided so far, and how many of them were kept.
    pub fn documents(&self) -> (u64, u64) {
        (self.documents.load(Ordering::Relaxed), self.kept.load(Ordering::Relaxed))
    }
}

/// What a run did, as `--report` writes it. All sizes in bytes.
#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq)]
pub struct Report {
    /// Sources.
    pub sources: Sources,
    /// Bytes of the decoded sources: `in` = `documents` + `quarantined` + `separators`.
    pub bytes: Bytes,
    /// Documents: `in` = `kept` + all of `dropped` + all of `quarantined`.
    pub documents: Documents,
    /// Quarantine rows written.
    pub quarantine: Quarantine,
    /// Lines with something on them: `in` = `kept` + all of `removed` + `dropped`.
    pub lines: Lines,
    /// Bytes of the documents' text: `in` = `kept` + `removed` + `dropped` + `separators`.
    pub text: Text,
    /// Files of rows, where rows go to a folder.
    pub shards: u64,
}

impl Report {
    /// Whether there were sources, and not one of them could be opened.
    pub fn nothing_was_readable(&self) -> bool {
        self.sources.read == 0 && self.sources.failed > 0
    }
}

/// Counts of sources.
#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq)]
pub struct Sources {
    /// Read to their end.
    pub read: u64,
    /// Unreadable, or not to their end.
    pub failed: u64,
    /// Places where one is damaged, by class.
    pub damaged: BTreeMap<String, u64>,
    /// Plain-text sources by what separates their articles; `one document` where nothing does.
    pub borders: BTreeMap<String, u64>,
    /// The first plain-text sources that became one very long document: name and bytes.
    pub large: Vec<(String, u64)>,
    /// Files and folders that were named twice, and read once.
    #[serde(default)]
    pub repeated: u64,
}

/// Sums over the decoded sources.
#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq)]
pub struct Bytes {
    /// All of them.
    pub r#in: u64,
    /// In documents, kept or dropped.
    pub documents: u64,
    /// In quarantined records.
    pub quarantined: u64,
    /// Between records.
    pub separators: u64,
}

/// Counts of documents.
#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq)]
pub struct Documents {
    /// Records found.
    pub r#in: u64,
    /// Rows written.
    pub kept: u64,
    /// By reason.
    pub dropped: BTreeMap<String, u64>,
    /// By class of damage.
    pub quarantined: BTreeMap<String, u64>,
    /// With invalid UTF-8 that was replaced.
    pub repaired: u64,
    /// Kept, with something about them that a stage counts, by reason.
    pub noted: BTreeMap<String, u64>,
}

/// Counts of quarantine rows; a run without `--quarantine` writes none.
#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq)]
pub struct Quarantine {
    /// All of them.
    pub rows: u64,
    /// Bytes of records in them.
    pub raw_bytes: u64,
    /// Rows written without their bytes.
    pub raw_dropped: u64,
}

impl Quarantine {
    /// Counts the next row, in input order; whether its `raw` bytes are to be written. After
    /// the first row that has no room within `max`, no more are.
    pub(super) fn admit(&mut self, raw: u64, max: u64) -> bool {
        let room = self.raw_dropped == 0 && raw <= max.saturating_sub(self.raw_bytes);
        let keep = raw == 0 || room;
        self.rows += 1;
        self.raw_bytes += if keep { raw } else { 0 };
        self.raw_dropped += u64::from(!keep);
        keep
    }
}

/// Counts of lines.
#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq)]
pub struct Lines {
    /// In all documents.
    pub r#in: u64,
    /// In kept documents, and kept.
    pub kept: u64,
    /// In dropped documents.
    pub dropped: u64,
    /// By reason, in kept documents.
    pub removed: BTreeMap<String, u64>,
    /// Rewritten or given a role, by reason, in kept documents.
    pub changed: BTreeMap<String, u64>,
}

/// Sums over the text of documents.
#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq)]
pub struct Text {
    /// All of it.
    pub r#in: u64,
    /// Lines kept, as scraped.
    pub kept: u64,
    /// Lines removed from kept documents.
    pub removed: u64,
    /// Lines of dropped documents.
    pub dropped: u64,
    /// Line endings and blank lines.
    pub separators: u64,
}

/// A sum that does not come out: a bug in textmill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken(pub String);

/// What one batch adds to the report.
#[derive(Default)]
pub(super) struct Tally {
    documents: Report,
    dropped: BTreeMap<Reason, u64>,
    removed: BTreeMap<Reason, u64>,
    changed: BTreeMap<Reason, u64>,
    noted: BTreeMap<Reason, u64>,
    steps: Steps,
    /// Records and their bytes, source by source, with the reader's count where one ends.
    sources: Vec<(SourceEnd, Option<SourceEnd>)>,
}

impl Tally {
    fn source(&mut self) -> &mut SourceEnd {
        if self.sources.last().is_none_or(|(_, end)| end.is_some()) {
            self.sources.push((SourceEnd::default(), None));
        }
        &mut self.sources.last_mut().expect("just pushed").0
    }

    fn record(&mut self, bytes: u64) {
        let source = self.source();
        source.records += 1;
        source.bytes += bytes;
        self.documents.documents.r#in += 1;
        // Source by source this is compared with what the reader counted.
        self.documents.bytes.r#in += bytes;
    }

    pub fn end(&mut self, end: SourceEnd) {
        self.source();
        self.sources.last_mut().expect("just made").1 = Some(end);
        self.documents.sources.read += 1;
        self.documents.bytes.separators += end.separators;
        self.documents.bytes.r#in += end.separators;
    }

    pub fn failed(&mut self) {
        self.documents.sources.failed += 1;
    }

    pub fn damaged(&mut self, kind: BadKind) {
        *self.documents.sources.damaged.entry(kind.code().to_owned()).or_default() += 1;
    }

    pub fn bad(&mut self, at: &Place, kind: BadKind) {
        let len = at.range.end - at.range.start;
        self.record(len);
        self.documents.bytes.quarantined += len;
        *self.documents.documents.quarantined.entry(kind.code().to_owned()).or_default() += 1;
    }

    /// Counts what separates the articles of a source, at its first.
    fn borders(&mut self, doc: &Document, len: u64) {
        let Some(verdict) = doc.origin.verdict.as_ref().filter(|_| doc.origin.record == 0) else { return };
        let separator = verdict.separator.as_deref().unwrap_or("one document");
        count_border(&mut self.documents.sources.borders, separator, 1);
        if verdict.separator.is_none() && len >= LARGE && self.documents.sources.large.len() < NAMED {
            self.documents.sources.large.push((doc.origin.source.to_string(), len));
        }
    }

    /// Counts a document and checks that its lines and the gaps between them tile it.
    pub fn document(&mut self, doc: &Document) -> Result<(), Broken> {
        let len = doc.origin.range.end - doc.origin.range.start;
        self.record(len);
        self.documents.bytes.documents += len;
        self.documents.documents.repaired += u64::from(doc.replaced() > 0);
        self.borders(doc, len);
        let (lines, text) = (&mut self.documents.lines, &mut self.documents.text);
        let all = doc.lines().len() as u64;
        lines.r#in += all;
        text.r#in += doc.text().len() as u64;
        let dropped = doc.dropped();
        if let Some(removal) = dropped {
            *self.dropped.entry(removal.reason).or_default() += 1;
            lines.dropped += all;
        } else {
            self.documents.documents.kept += 1;
            for (_, reason) in &doc.changes {
                *self.changed.entry(*reason).or_default() += 1;
            }
            for reason in &doc.notes {
                *self.noted.entry(*reason).or_default() += 1;
            }
        }
        if let Some(removal) = dropped {
            self.steps.of(removal.step).dropped += 1;
        }
        let mut at = 0;
        for (i, line) in doc.lines().iter().enumerate() {
            let span = line.span();
            gap(doc, at..span.start)?;
            text.separators += (span.start - at) as u64;
            at = span.end;
            let len = (span.end - span.start) as u64;
            match (dropped, doc.removal(i)) {
                (Some(removal), _) => {
                    text.dropped += len;
                    self.steps.of(removal.step).dropped_bytes += len;
                }
                (None, Some(removal)) => {
                    text.removed += len;
                    *self.removed.entry(removal.reason).or_default() += 1;
                    let step = self.steps.of(removal.step);
                    step.removed += 1;
                    step.removed_bytes += len;
                }
                (None, None) => {
                    text.kept += len;
                    lines.kept += 1;
                }
            }
        }
        gap(doc, at..doc.text().len())?;
        text.separators += (doc.text().len() - at) as u64;
        Ok(())
    }
}

/// A plain-text document of so many bytes is likely to be a dump whose separators nobody found.
const LARGE: u64 = 512 << 10;

/// So many of those are named.
const NAMED: usize = 5;

/// Separators that are counted by name; sources are hostile, and each may have one of its own.
const SEPARATORS: usize = 24;

fn count_border(to: &mut BTreeMap<String, u64>, separator: &str, n: u64) {
    let known = to.len() < SEPARATORS || to.contains_key(separator);
    *to.entry(if known { separator } else { "others" }.to_owned()).or_default() += n;
}

fn gap(doc: &Document, range: std::ops::Range<usize>) -> Result<(), Broken> {
    let bytes = doc.text().as_bytes().get(range.clone());
    if bytes.is_some_and(|b| b.iter().all(|b| matches!(b, b'\n' | b'\r')) || is_blank(b)) {
        return Ok(());
    }
    let at = &doc.origin;
    Err(Broken(format!("{} record {}: bytes {range:?} are in no line", at.source, at.record)))
}

/// Adds up batches in order and checks the sums.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Ledger {
    pub report: Report,
    pub steps: Steps,
    open: SourceEnd,
}

impl Ledger {
    pub fn add(&mut self, tally: Tally) -> Result<(), Broken> {
        for (part, end) in tally.sources {
            self.open.records += part.records;
            self.open.bytes += part.bytes;
            if let Some(end) = end {
                let open = std::mem::take(&mut self.open);
                if open.records != end.records || open.bytes + end.separators != end.bytes {
                    return Err(Broken(format!("a source of {end:?} gave {open:?}")));
                }
            }
        }
        self.steps.add(&tally.steps);
        let (report, part) = (&mut self.report, tally.documents);
        report.sources.read += part.sources.read;
        report.sources.failed += part.sources.failed;
        part.sources.borders.iter().for_each(|(name, n)| count_border(&mut report.sources.borders, name, *n));
        let room = NAMED.saturating_sub(report.sources.large.len());
        report.sources.large.extend(part.sources.large.into_iter().take(room));
        report.documents.r#in += part.documents.r#in;
        report.documents.kept += part.documents.kept;
        report.documents.repaired += part.documents.repaired;
        for (to, from) in [
            (&mut report.documents.quarantined, part.documents.quarantined),
            (&mut report.sources.damaged, part.sources.damaged),
        ] {
            from.into_iter().for_each(|(code, n)| *to.entry(code).or_default() += n);
        }
        for (to, from) in [
            (&mut report.documents.dropped, tally.dropped),
            (&mut report.documents.noted, tally.noted),
            (&mut report.lines.removed, tally.removed),
            (&mut report.lines.changed, tally.changed),
        ] {
            from.into_iter().for_each(|(reason, n)| *to.entry(reason.to_string()).or_default() += n);
        }
        let (to, from) = (&mut report.bytes, part.bytes);
        to.r#in += from.r#in;
        to.documents += from.documents;
        to.quarantined += from.quarantined;
        to.separators += from.separators;
        let (to, from) = (&mut report.lines, part.lines);
        to.r#in += from.r#in;
        to.kept += from.kept;
        to.dropped += from.dropped;
        let (to, from) = (&mut report.text, part.text);
        to.r#in += from.r#in;
        to.kept += from.kept;
        to.removed += from.removed;
        to.dropped += from.dropped;
        to.separators += from.separators;
        Ok(())
    }

    /// Checks the sums of a finished run.
    pub fn check(&self) -> Result<(), Broken> {
        let (b, d, l, t) =
            (&self.report.bytes, &self.report.documents, &self.report.lines, &self.report.text);
        let sums = [
            ("bytes", b.r#in, b.documents + b.quarantined + b.separators),
            (
                "documents",
                d.r#in,
                d.kept + d.dropped.values().sum::<u64>() + d.quarantined.values().sum::<u64>(),
            ),
            ("lines", l.r#in, l.kept + l.dropped + l.removed.values().sum::<u64>()),
            ("text", t.r#in, t.kept + t.removed + t.dropped + t.separators),
            ("removed text", t.removed, self.steps.0.iter().map(|s| s.removed_bytes).sum()),
            ("dropped text", t.dropped, self.steps.0.iter().map(|s| s.dropped_bytes).sum()),
        ];
        match sums.iter().find(|(_, whole, parts)| whole != parts) {
            None => Ok(()),
            Some((what, whole, parts)) => Err(Broken(format!("{what}: {whole} in, {parts} accounted for"))),
        }
    }
}
