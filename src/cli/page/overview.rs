//! What it comes to.

use super::html::Html;
use super::number::{bytes, count, grouped, percent};
use super::{PageData, chart, note};

/// The head of the page.
pub(super) fn banner(page: &PageData<'_>, html: &mut Html) {
    let (d, t) = (&page.report.documents, &page.report.text);
    html.leaf("p", &[("class", "brand")], "textmill");
    html.leaf("h1", &[], "Report of a run");
    let lead = format!(
        "{} of {} documents kept, {} of {} of their text.",
        grouped(d.kept),
        grouped(d.r#in),
        bytes(t.kept),
        bytes(t.r#in)
    );
    html.leaf("p", &[("class", "lead")], &lead);
}

pub(super) fn write(page: &PageData<'_>, html: &mut Html) {
    let report = page.report;
    if let Some(ended) = &page.ended {
        html.leaf("p", &[("class", "alarm"), ("role", "note")], ended).line();
    }
    if let Some(since) = page.findings.map(|f| f.since).filter(|since| *since > 0) {
        note(
            html,
            &format!(
                "The run was gone on with (--resume). Counts and the funnel are of all of it; samples, lines, near misses, \
             duplicates, documents by length and speed are of what came after the first {} documents.",
                grouped(since)
            ),
        );
    }
    if page.findings.is_none() {
        note(html, "All rows had been written by an earlier process: there are counts only.");
    }
    let d = &report.documents;
    let dropped: u64 = d.dropped.values().sum();
    let quarantined: u64 = d.quarantined.values().sum();
    let removed: u64 = report.lines.removed.values().sum();
    html.within("dl", &[("class", "cards")], |html| {
        for (name, value, beside) in [
            ("Read", bytes(report.bytes.r#in), count(report.sources.read, "source", "sources")),
            ("Documents", grouped(d.r#in), format!("{} in quarantine", grouped(quarantined))),
            ("Kept", grouped(d.kept), percent(d.kept, d.r#in)),
            ("Dropped", grouped(dropped), percent(dropped, d.r#in)),
            ("Lines removed", grouped(removed), format!("{} of lines", percent(removed, report.lines.r#in))),
            (
                "Text kept",
                bytes(report.text.kept),
                format!("{} of text", percent(report.text.kept, report.text.r#in)),
            ),
        ] {
            html.within("div", &[], |html| {
                html.leaf("dt", &[], name).leaf("dd", &[("class", "figure")], &value);
                html.leaf("dd", &[("class", "beside")], &beside);
            });
        }
    });
    html.line();
    chart::bar(html, &[("kept", d.kept), ("gone", dropped), ("bad", quarantined)], d.r#in);
    html.within("p", &[("class", "legend")], |html| {
        for (class, name) in [("kept", "kept"), ("gone", "dropped"), ("bad", "in quarantine")] {
            html.leaf("span", &[("class", &format!("key {class}"))], name).text(" ");
        }
    });
    html.line();
    warnings(page, html);
}

fn warnings(page: &PageData<'_>, html: &mut Html) {
    if page.warnings.is_empty() {
        return;
    }
    html.leaf("h3", &[], "Warnings");
    html.within("ul", &[("class", "warnings")], |html| {
        for warning in &page.warnings {
            html.scraped("li", "", warning);
        }
    });
    html.line();
}
