//! Documents by length, language and source.

use super::chart::{self, Column};
use super::html::Html;
use super::number::{bytes, grouped, percent, power};
use super::{PageData, note, table};
use crate::runtime::survey::{Fates, LENGTHS, Shape, SourceCount};
use crate::text::script::Script;

/// Sources that are shown at once.
const FIRST: usize = 12;

pub(super) fn write(page: &PageData<'_>, html: &mut Html) {
    let Some(shape) = page.findings.map(|f| &f.shape) else {
        return note(html, "Not known.");
    };
    lengths(html, shape);
    languages(html, shape);
    sources(html, shape);
}

fn lengths(html: &mut Html, shape: &Shape) {
    html.leaf("h3", &[], "By length of the scraped text").line();
    let Some(last) = (0..LENGTHS).rev().find(|&i| shape.lengths[i].all() > 0) else {
        return note(html, "There are no documents.");
    };
    let first = (0..LENGTHS).find(|&i| shape.lengths[i].all() > 0).unwrap_or(0);
    let from = |i: usize| if i == 0 { "0\u{A0}B".to_owned() } else { power(i - 1) };
    let column =
        |i: usize| Column { name: from(i), first: shape.lengths[i].kept, second: shape.lengths[i].dropped };
    let columns: Vec<Column> = (first..=last).map(column).collect();
    let most = (first..=last).max_by_key(|&i| shape.lengths[i].all()).unwrap_or(first);
    let title = format!("Documents by length of their text: most have {} to {}", from(most), from(most + 1));
    html.within("figure", &[], |html| {
        chart::columns(html, &title, &columns);
        html.within("figcaption", &[], |html| {
            html.text(&title).text(". Each column begins at the length below it. ");
            html.leaf("span", &[("class", "key kept")], "kept").text(" ");
            html.leaf("span", &[("class", "key gone")], "dropped");
        });
    });
    html.within("details", &[], |html| {
        html.leaf("summary", &[], "The same as a table");
        table(html, "plain", "Documents by length", &["Length", "#Kept", "#Dropped"], |html| {
            for i in first..=last {
                let name = if i + 1 == LENGTHS {
                    format!("{} and more", from(i))
                } else {
                    format!("{} and more, under {}", from(i), from(i + 1))
                };
                html.within("tr", &[], |html| {
                    html.leaf("th", &[("scope", "row")], &name);
                    fates(html, shape.lengths[i]);
                });
            }
        });
    });
    html.line();
}

fn fates(html: &mut Html, fates: Fates) {
    html.leaf("td", &[("class", "n")], &grouped(fates.kept));
    html.leaf("td", &[("class", "n")], &grouped(fates.dropped));
}

fn languages(html: &mut Html, shape: &Shape) {
    html.leaf("h3", &[], "By script").line();
    note(
        html,
        "By most of 64 letters from a third of the way into the text. textmill does not tell languages: \
                those below are what the input itself states.",
    );
    let scripts = shape.scripts.iter().enumerate().filter(|(_, fates)| fates.all() > 0);
    let mut scripts: Vec<_> = scripts.map(|(i, fates)| (Script(i).name(), fates)).collect();
    scripts.sort_by_key(|(_, fates)| std::cmp::Reverse(fates.all()));
    let most = scripts.first().map_or(1, |(_, fates)| fates.all());
    table(html, "counts", "Documents by script", &["Script", "#Kept", "#Dropped", ""], |html| {
        for (name, count) in scripts {
            html.within("tr", &[], |html| {
                html.leaf("th", &[("scope", "row")], name);
                fates(html, *count);
                bar(html, *count, most);
            });
        }
    });
    html.leaf("h3", &[], "By language, where the input states one").line();
    let Some((_, most)) = shape.languages.first() else {
        return note(html, "No document has a language in its metadata.");
    };
    let all: u64 = shape.lengths.iter().map(|l| l.all()).sum();
    table(
        html,
        "counts",
        "Documents by stated language",
        &["Language", "#Documents", "#Of all", ""],
        |html| {
            for (name, n) in shape.languages.iter().take(FIRST) {
                html.within("tr", &[], |html| {
                    html.leaf("th", &[("scope", "row")], name);
                    html.leaf("td", &[("class", "n")], &grouped(*n));
                    html.leaf("td", &[("class", "n")], &percent(*n, all));
                    html.within("td", &[("class", "chart")], |html| chart::bar(html, &[("kept", *n)], *most));
                });
            }
        },
    );
}

fn bar(html: &mut Html, fates: Fates, most: u64) {
    html.within("td", &[("class", "chart")], |html| {
        chart::bar(html, &[("kept", fates.kept), ("gone", fates.dropped)], most);
    });
}

fn sources(html: &mut Html, shape: &Shape) {
    html.leaf("h3", &[], "By source").line();
    let most = shape.sources.first().map_or(1, |s| s.documents.all());
    let (first, more) = shape.sources.split_at(shape.sources.len().min(FIRST));
    source_table(html, "Sources with most documents", first, most);
    if !more.is_empty() {
        html.within("details", &[], |html| {
            html.leaf("summary", &[], &format!("{} more", more.len()));
            source_table(html, "Further sources", more, most);
        });
    }
    if shape.other_sources > 0 {
        let (n, o) = (grouped(shape.other_sources), &shape.others);
        note(
            html,
            &format!(
                "{n} other sources have {} documents together, {} of them kept, and {} of text.",
                grouped(o.documents.all()),
                grouped(o.documents.kept),
                bytes(o.bytes)
            ),
        );
    }
}

fn source_table(html: &mut Html, caption: &str, sources: &[SourceCount], most: u64) {
    let columns = ["Source", "#Kept", "#Dropped", "#Quarantine", "#Text", ""];
    table(html, "sources", caption, &columns, |html| {
        for source in sources {
            html.within("tr", &[], |html| {
                html.within("th", &[("scope", "row")], |html| {
                    html.scraped("bdi", "source", &source.name);
                });
                fates(html, source.documents);
                html.leaf("td", &[("class", "n")], &grouped(source.quarantined));
                html.leaf("td", &[("class", "n")], &bytes(source.bytes));
                bar(html, source.documents, most);
            });
        }
    });
}
