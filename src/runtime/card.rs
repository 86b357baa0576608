//! The dataset card: what stands in a folder of shards as `README.md`.
//!
//! Its head is the YAML that the Hugging Face hub and the `datasets` library read. Nothing that
//! was scraped or typed gets into the head; below it such text stands in fenced blocks only.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::folder::Folder;
use super::manifest::Sum;
use super::tally::Report;
use crate::text::visible::visible;

/// Columns and their types, in the order of a row.
pub(super) const COLUMNS: [(&str, &str); 10] = [
    ("id", "string"),
    ("title", "string"),
    ("text", "string"),
    ("captions", "string"),
    ("fingerprint", "string"),
    ("source", "string"),
    ("record", "int64"),
    ("start", "int64"),
    ("end", "int64"),
    ("meta", "string"),
];

/// Most inputs that are named.
const NAMED: usize = 20;

/// The card.
pub(super) fn text(folder: &Folder, splits: &BTreeMap<String, Sum>, report: &Report) -> String {
    let mut out = String::new();
    let rows = splits.values().map(|s| s.rows).sum();
    head(folder, splits, rows, &mut out);
    let version = env!("CARGO_PKG_VERSION");
    let about = &folder.about;
    let _ = write!(
        out,
        "# Cleaned text\n\nMade by textmill {version}. `{}` has counts, checksums and the hash of the \
         pipeline; the columns are described in textmill's `docs/output.md`.\n\n",
        super::manifest::MANIFEST
    );
    sizes(splits, &mut out);
    removed(report, &mut out);
    out.push_str("## How it was made\n\n");
    fenced(&about.command, &mut out);
    let pipeline = format!("pipeline {}\nblake3 {}", about.pipeline, about.digest);
    fenced(&pipeline, &mut out);
    let named = about.inputs.iter().take(NAMED).map(|p| format!("{}\n", visible(&p.to_string_lossy())));
    let more = about.inputs.len().saturating_sub(NAMED);
    let mut inputs: String = named.collect();
    if more > 0 {
        let _ = writeln!(inputs, "and {more} more");
    }
    let _ = writeln!(out, "Inputs, {} files or streams in all:\n", report.sources.read);
    fenced(if inputs.is_empty() { "standard input" } else { &inputs }, &mut out);
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn head(folder: &Folder, splits: &BTreeMap<String, Sum>, rows: u64, out: &mut String) {
    out.push_str("---\ndataset_info:\n  features:\n");
    for (name, kind) in COLUMNS {
        let _ = writeln!(out, "  - name: {name}\n    dtype: {kind}");
    }
    out.push_str("  splits:\n");
    for (name, sum) in ordered(folder, splits) {
        let (bytes, rows) = (sum.json_bytes, sum.rows);
        let _ = writeln!(out, "  - name: {name}\n    num_bytes: {bytes}\n    num_examples: {rows}");
    }
    let total = |of: fn(&Sum) -> u64| splits.values().map(of).sum::<u64>();
    let _ = writeln!(out, "  download_size: {}", total(|s| s.bytes));
    let _ = writeln!(out, "  dataset_size: {}", total(|s| s.json_bytes));
    out.push_str("configs:\n- config_name: default\n  data_files:\n");
    for (name, _) in ordered(folder, splits) {
        let inside = if folder.splits.names().is_empty() { String::new() } else { format!("{name}/") };
        let ending = folder.format.ending();
        let _ = writeln!(out, "  - split: {name}\n    path: {inside}part-*.{ending}");
    }
    let _ = write!(out, "size_categories:\n- {}\n---\n\n", category(rows));
}

/// Splits in the order in which they were asked for, without those that have no rows, for which
/// loaders fail; unless none has any.
fn ordered<'a>(
    folder: &'a Folder,
    splits: &'a BTreeMap<String, Sum>,
) -> impl Iterator<Item = (&'a str, &'a Sum)> {
    let place = |name: &str| folder.splits.names().iter().position(|n| n == name);
    let none = splits.values().all(|sum| sum.rows == 0);
    let shown = splits.iter().filter(|(_, sum)| none || sum.rows > 0);
    let mut all: Vec<_> = shown.map(|(name, sum)| (name.as_str(), sum)).collect();
    all.sort_by_key(|(name, _)| place(name));
    all.into_iter()
}

/// The hub's name for a number of rows.
fn category(rows: u64) -> String {
    const STEPS: [&str; 10] = ["1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T"];
    match (0..).zip(STEPS).find(|(power, _)| rows < 10u64.pow(power + 3)) {
        None => "n>1T".to_owned(),
        Some((0, least)) => format!("n<{least}"),
        Some((power, to)) => format!("{}<n<{to}", STEPS[power as usize - 1]),
    }
}

fn sizes(splits: &BTreeMap<String, Sum>, out: &mut String) {
    out.push_str("| split | rows | shards | bytes of the files | bytes as JSON |\n|---|--:|--:|--:|--:|\n");
    for (name, sum) in splits {
        let Sum { shards, rows, json_bytes, bytes } = sum;
        let _ = writeln!(out, "| {name} | {rows} | {shards} | {bytes} | {json_bytes} |");
    }
    out.push('\n');
}

/// What was removed, and why.
fn removed(report: &Report, out: &mut String) {
    let (d, l) = (&report.documents, &report.lines);
    let _ = write!(
        out,
        "## What was removed, and why\n\nOf {} documents {} were kept, with {} of {} lines.\n\n\
         | what | reason | number |\n|---|---|--:|\n",
        d.r#in, d.kept, l.kept, l.r#in
    );
    for (what, counts) in [
        ("documents dropped", &d.dropped),
        ("records that could not be read", &d.quarantined),
        ("lines removed from kept documents", &l.removed),
        ("places where an input is damaged", &report.sources.damaged),
    ] {
        for (reason, n) in counts {
            let _ = writeln!(out, "| {what} | `{reason}` | {n} |");
        }
    }
    out.push_str("\n`textmill stages show STAGE` explains a reason, which is `STAGE/CODE`.\n\n");
}

/// Text of which nothing is known, in a block that it cannot end.
fn fenced(text: &str, out: &mut String) {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let lines: Vec<_> = text.lines().map(visible).collect();
    let _ = write!(out, "{fence}text\n{}\n{fence}\n\n", lines.join("\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_are_those_of_the_hub() {
        for (rows, want) in [
            (0, "n<1K"),
            (999, "n<1K"),
            (1000, "1K<n<10K"),
            (999_999, "100K<n<1M"),
            (10u64.pow(12) - 1, "100B<n<1T"),
            (10u64.pow(12), "n>1T"),
        ] {
            assert_eq!(category(rows), want, "{rows}");
        }
    }

    #[test]
    fn a_block_cannot_be_left() {
        let mut out = String::new();
        fenced("a ```` b\u{1b}[31m\n```\n---", &mut out);
        assert!(out.starts_with("`````text\n") && out.trim_end().ends_with("\n`````"), "{out}");
        assert!(!out.contains('\u{1b}'));
    }
}
