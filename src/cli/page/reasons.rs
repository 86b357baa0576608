//! What was removed, by reason, with the lines that were removed most.

use std::collections::BTreeMap;

use super::html::Html;
use super::number::{count, grouped, percent};
use super::{PageData, chart, filter, note, place};
use crate::runtime::survey::{Context, FrequentLine, RemovedLines};

/// Bytes of the section; contexts of further lines are left out.
const MOST: usize = 450 << 10;

pub(super) fn write(page: &PageData<'_>, html: &mut Html) {
    let report = page.report;
    html.leaf("h3", &[], "Lines of kept documents").line();
    if report.lines.removed.is_empty() {
        note(html, "None was removed.");
    } else {
        note(html, "Each reason opens to the lines that it removed most, with places where they stood.");
        filter::form(html, "lines", "Filter removed lines", |html| filter::words(html, "Lines with"));
        lines(page, html);
    }
    for (title, class, counts, whole) in [
        ("Documents dropped", "gone", &report.documents.dropped, report.documents.r#in),
        ("Records in quarantine", "bad", &report.documents.quarantined, report.documents.r#in),
        ("Lines rewritten or given a role", "kept", &report.lines.changed, report.lines.r#in),
        ("Documents noted", "kept", &report.documents.noted, report.documents.r#in),
    ] {
        if !counts.is_empty() {
            html.leaf("h3", &[], title).line();
            plain(page, html, (title, class), counts, whole);
        }
    }
}

/// The counts, largest first.
fn sorted(counts: &BTreeMap<String, u64>) -> Vec<(&str, u64)> {
    let mut all: Vec<_> = counts.iter().map(|(reason, n)| (reason.as_str(), *n)).collect();
    all.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    all
}

fn plain(
    page: &PageData<'_>,
    html: &mut Html,
    (title, class): (&str, &str),
    counts: &BTreeMap<String, u64>,
    whole: u64,
) {
    let counts = sorted(counts);
    let most = counts.first().map_or(1, |(_, n)| *n);
    super::table(html, "counts", title, &["Reason", "#Count", "#Of all", ""], |html| {
        for (reason, n) in counts {
            html.within("tr", &[], |html| {
                html.within("th", &[("scope", "row")], |html| reason_name(page, html, reason));
                html.leaf("td", &[("class", "n")], &grouped(n));
                html.leaf("td", &[("class", "n")], &percent(n, whole));
                html.within("td", &[("class", "chart")], |html| chart::bar(html, &[(class, n)], most));
            });
        }
    });
}

/// A reason with what it means.
fn reason_name(page: &PageData<'_>, html: &mut Html, reason: &str) {
    html.leaf("code", &[], reason);
    if let Some(meaning) = (page.meaning)(reason) {
        html.text(" ").leaf("span", &[("class", "meaning")], meaning);
    }
}

fn lines(page: &PageData<'_>, html: &mut Html) {
    let counts = sorted(&page.report.lines.removed);
    let (most, room) = (counts.first().map_or(1, |(_, n)| *n), html.len() + MOST);
    html.open("div", &[("class", "reasons")]);
    for (reason, n) in counts {
        let known = page.findings.and_then(|f| f.lines.iter().find(|l| l.reason.to_string() == reason));
        html.within("details", &[("class", "reason")], |html| {
            html.within("summary", &[], |html| {
                html.within("span", &[("class", "what")], |html| reason_name(page, html, reason));
                html.leaf("span", &[("class", "n")], &count(n, "line", "lines"));
                chart::bar(html, &[("gone", n)], most);
            });
            match known {
                Some(known) => frequent(html, known, room),
                None => note(html, "Which lines these were is not known."),
            }
        });
        html.line();
    }
    html.close("div").line();
}

fn frequent(html: &mut Html, removed: &RemovedLines, room: usize) {
    if removed.frequent.is_empty() {
        return note(html, "No line was removed often enough to be told from the others.");
    }
    if removed.lost > 0 {
        let lost = grouped(removed.lost);
        note(
            html,
            &format!("Counts of lines are of a sketch of fixed size: up to {lost} too low, never too high."),
        );
    }
    html.within("ol", &[("class", "lines")], |html| {
        for line in &removed.frequent {
            html.within("li", &[("data-item", "lines")], |html| one(html, line, room));
            html.line();
        }
    });
}

fn one(html: &mut Html, line: &FrequentLine, room: usize) {
    html.within("p", &[("class", "line")], |html| {
        html.leaf("span", &[("class", "times")], &format!("{}×", grouped(line.count))).text(" ");
        html.scraped("del", "scraped", &line.text);
    });
    if html.len() > room {
        return;
    }
    html.within("ul", &[("class", "contexts")], |html| {
        for context in &line.contexts {
            html.within("li", &[], |html| around(html, context, &line.text));
        }
    });
}

fn around(html: &mut Html, context: &Context, line: &str) {
    place(html, &context.place);
    html.text(&format!(", line {}", context.line));
    for (text, tag) in [(context.before.as_str(), "span"), (line, "del"), (context.after.as_str(), "span")] {
        if !text.is_empty() {
            html.scraped(tag, "scraped block", text);
        }
    }
}
