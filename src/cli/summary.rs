//! The counts of a run, for people and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use super::escape::one_line;
use super::learn::NearLine;
use super::style::Style;
use crate::runtime::Report;

/// How fast a run was.
#[derive(Debug, Clone, Copy)]
pub struct Speed {
    /// Bytes read, before decompression.
    pub read: u64,
    /// Wall time.
    pub took: Duration,
}

impl Speed {
    /// Decoded megabytes (10^6 bytes) a second.
    fn megabytes_per_second(self, decoded: u64) -> f64 {
        decoded as f64 / 1e6 / self.took.as_secs_f64().max(1e-6)
    }
}

/// The table on standard error.
pub fn table(report: &Report, speed: Speed, has_quarantine: bool) -> String {
    let style = Style::stderr();
    let (d, l) = (&report.documents, &report.lines);
    let mut out = String::new();
    let mut row = |name: &str, n: u64, note: &str| {
        // Padding is counted before colour.
        let name = format!("{name:<44}");
        let name = if name.starts_with(' ') { name } else { style.bold(&name) };
        let _ = writeln!(out, "{name}{:>14}{note}", grouped(n));
    };
    row("documents in", d.r#in, "");
    row("  kept", d.kept, "");
    if report.shards > 0 {
        row("    in shards", report.shards, "");
    }
    group(&mut row, "  dropped", &d.dropped);
    group(&mut row, "  quarantined", &d.quarantined);
    if report.quarantine.raw_dropped > 0 {
        row("    without their bytes (--quarantine-max)", report.quarantine.raw_dropped, "");
    }
    for (what, n) in &d.noted {
        row(&format!("  {what}"), *n, "");
    }
    if d.repaired > 0 {
        row("  repaired (invalid UTF-8)", d.repaired, "");
    }
    if !report.sources.borders.is_empty() {
        row("plain-text sources", report.sources.borders.values().sum(), "");
        for (separator, n) in &report.sources.borders {
            row(&format!("  {}", borders(separator, *n)), *n, "");
        }
    }
    row("lines in", l.r#in, "");
    group(&mut row, "  removed", &l.removed);
    let rate = speed.megabytes_per_second(report.bytes.r#in);
    let seconds = speed.took.as_secs_f64();
    row("bytes", report.bytes.r#in, &format!("  in {seconds:.2} s, {rate:.0} MB/s"));
    if !d.quarantined.is_empty() && !has_quarantine {
        out.push_str("Run again with --quarantine FILE to keep the records that could not be read.\n");
    }
    for (source, bytes) in &report.sources.large {
        let _ = writeln!(
            out,
            "{}: one document of {} bytes. If it holds several, `--articles line` makes a document of each line, and \
             `--separator REGEX` cuts at lines that match.",
            one_line(source),
            grouped(*bytes)
        );
    }
    out
}

/// How sources are cut, in words.
fn borders(separator: &str, n: u64) -> String {
    match separator {
        "one document" if n == 1 => "is one article".to_owned(),
        "one document" => "are one article each".to_owned(),
        _ => format!("borders by \"{}\"", one_line(separator)),
    }
}

fn group(row: &mut impl FnMut(&str, u64, &str), name: &str, counts: &BTreeMap<String, u64>) {
    row(name, counts.values().sum(), "");
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
    for (what, n) in counts {
        row(&format!("    {what}"), *n, "");
    }
}

/// `1234567` as `1 234 567`.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(c);
    }
    out
}

/// How a run ended.
#[derive(Debug, Clone, Copy)]
pub struct End<'a> {
    /// Its exit code.
    pub code: u8,
    /// Whether another run can go on with it.
    pub resumable: bool,
    /// How, if it can.
    pub hint: &'static str,
    /// Limits of the guard that were exceeded, in words.
    pub guard: &'a [String],
    /// Lines that a stage which learns has nearly taken for boilerplate.
    pub near: &'a [NearLine],
}

/// The `--report` file.
pub fn json(report: &Report, speed: Speed, end: End<'_>, pipeline: &str) -> String {
    let mut value = serde_json::json!({
        "version": env!("CARGO_PKG_VERSION"),
        "pipeline": pipeline,
        "exit_code": end.code,
        "resumable": end.resumable,
        "hint": if end.resumable { end.hint } else { "" },
        "guard": end.guard,
        "nearly_boilerplate": end.near,
        "bytes_read": speed.read,
        "seconds": speed.took.as_secs_f64(),
        "megabytes_per_second": speed.megabytes_per_second(report.bytes.r#in),
    });
    let counts = serde_json::to_value(report).expect("counts are JSON");
    if let (Some(all), Some(counts)) = (value.as_object_mut(), counts.as_object()) {
        all.extend(counts.clone());
    }
    format!("{value:#}\n")
}
