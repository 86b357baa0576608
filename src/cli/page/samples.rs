//! Documents as they were and as they are.

use std::collections::BTreeSet;

use super::html::Html;
use super::number::{count, grouped};
use super::{PageData, filter, note, place};
use crate::document::Role;
use crate::runtime::survey::{Excerpt, ShownLine, Why};

/// Bytes of the section; further documents are left out.
const MOST: usize = 800 << 10;

pub(super) fn write(page: &PageData<'_>, html: &mut Html) {
    let samples = page.findings.map_or(&[][..], |f| &f.samples);
    if samples.is_empty() {
        return note(html, "There are no documents to show.");
    }
    note(
        html,
        "Picked by a hash of their id, so the same in each run: some of all documents, and some that each reason \
                touched. Removed lines are struck, with the reason and what the stage saw.",
    );
    controls(html, samples);
    let start = html.len();
    html.open("div", &[("class", "samples"), ("data-view", "both")]);
    let mut shown = 0;
    for (i, sample) in samples.iter().enumerate() {
        if html.len() - start > MOST {
            break;
        }
        shown += 1;
        article(html, sample, i);
    }
    html.close("div").line();
    if shown < samples.len() {
        note(html, &format!("{} more have no room on this page.", grouped((samples.len() - shown) as u64)));
    }
}

/// Every reason that touched a document, once.
fn reasons(sample: &Excerpt) -> BTreeSet<String> {
    let lines = sample.lines.iter().filter_map(|l| l.why.as_ref());
    lines.chain(&sample.dropped).map(|why| why.reason.to_string()).collect()
}

fn controls(html: &mut Html, samples: &[Excerpt]) {
    let all: BTreeSet<String> = samples.iter().flat_map(reasons).collect();
    let all: Vec<(String, String)> = all.into_iter().map(|r| (r.clone(), r)).collect();
    let fates = [("kept", "kept"), ("dropped", "dropped")].map(|(v, n)| (v.to_owned(), n.to_owned()));
    filter::form(html, "samples", "Filter documents", |html| {
        filter::choice(html, "reasons", "Touched by", "any reason or none", &all);
        filter::choice(html, "fate", "Fate", "kept or dropped", &fates);
        filter::words(html, "Text with");
        html.within("fieldset", &[], |html| {
            html.leaf("legend", &[], "Show");
            for (value, name) in [("both", "both"), ("before", "before"), ("after", "after")] {
                html.within("label", &[], |html| {
                    let mut attributes = vec![("type", "radio"), ("name", "view"), ("value", value)];
                    if value == "both" {
                        attributes.push(("checked", ""));
                    }
                    html.leaf("input", &attributes, "").leaf("span", &[], name);
                });
            }
        });
    });
}

fn article(html: &mut Html, sample: &Excerpt, i: usize) {
    let (id, fate) = (format!("sample-{i}"), if sample.dropped.is_some() { "dropped" } else { "kept" });
    let reasons = reasons(sample).into_iter().collect::<Vec<_>>().join(" ");
    let attributes = [
        ("class", "sample"),
        ("data-item", "samples"),
        ("data-fate", fate),
        ("data-reasons", &reasons),
        ("aria-labelledby", &id),
    ];
    html.within("article", &attributes, |html| {
        html.open("h3", &[("id", &id)]);
        match sample.title.as_str() {
            "" => html.leaf("span", &[("class", "untitled")], "Without a title"),
            title => html.scraped("bdi", "", title),
        };
        html.close("h3");
        html.within("p", &[("class", "about")], |html| {
            html.leaf("span", &[("class", &format!("badge {fate}"))], fate).text(" ");
            place(html, &sample.place);
        });
        if let Some(why) = &sample.dropped {
            html.within("p", &[("class", "verdict")], |html| reason(html, why));
        }
        lines(html, sample);
    });
    html.line();
}

fn reason(html: &mut Html, why: &Why) {
    html.within("span", &[("class", "why")], |html| {
        html.leaf("code", &[], &why.reason.to_string()).text(" ");
        html.scraped("bdi", "evidence", &why.evidence);
    });
}

fn lines(html: &mut Html, sample: &Excerpt) {
    html.open("ol", &[("class", "text")]);
    let mut next = 1;
    for line in &sample.lines {
        if line.number > next {
            gap(html, line.number - next);
        }
        next = line.number + 1;
        one(html, line);
    }
    let shown = sample.lines.len() as u64;
    let rest = (shown + sample.left_out + 1).saturating_sub(next);
    if rest > 0 {
        gap(html, rest);
    }
    html.close("ol");
}

fn gap(html: &mut Html, lines: u64) {
    html.leaf("li", &[("class", "gap")], &format!("{} left out", count(lines, "line", "lines")));
}

fn one(html: &mut Html, line: &ShownLine) {
    let number = line.number.to_string();
    let class = if line.why.is_some() { "removed" } else { "stays" };
    html.within("li", &[("class", class), ("value", &number)], |html| {
        if let Some(why) = &line.why {
            html.scraped("del", "scraped", &line.before).text(" ");
            return reason(html, why);
        }
        if let Some(role) = role(line.role) {
            html.leaf("span", &[("class", "role")], role).text(" ");
        }
        match &line.after {
            Some(after) => {
                html.scraped("del", "scraped old", &line.before).text(" ").scraped("ins", "scraped", after)
            }
            None => html.scraped("span", "scraped", &line.before),
        };
    });
}

fn role(role: Role) -> Option<&'static str> {
    match role {
        Role::Body => None,
        Role::Title => Some("title"),
        Role::Caption => Some("caption"),
        Role::Byline => Some("byline"),
        Role::Dateline => Some("date"),
        Role::FrontMatter => Some("meta"),
    }
}
