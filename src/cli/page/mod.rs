//! The page of a run: one HTML file that needs nothing else.
//!
//! [`render`] makes it of a [`PageData`], without IO. All text goes through [`html::Html`], which escapes it; a
//! Content-Security-Policy that names the hashes of the one style sheet and the one script is a second lock.

use std::time::Duration;

use base64::Engine as _;
use sha2::{Digest, Sha256};

use super::learn::NearLine;
use crate::runtime::survey::Findings;
use crate::runtime::{Report, StepCount, Times};

mod chart;
mod clusters;
mod config;
mod differ;
mod filter;
mod funnel;
mod html;
mod near;
mod number;
mod overview;
mod reasons;
mod samples;
mod shape;
mod speed;

use html::Html;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("page.js");

/// A stage of the pipeline.
#[derive(Debug, Clone)]
pub struct StageData {
    /// Its type.
    pub name: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// Options that are not as by default, as `key = value`.
    pub options: Vec<String>,
}

/// What the page shows.
#[derive(Debug)]
pub struct PageData<'a> {
    /// How the run ended, if not well.
    pub ended: Option<String>,
    /// What the guard and sources have to say.
    pub warnings: Vec<String>,
    /// The counts.
    pub report: &'a Report,
    /// What each stage took out; empty if that is not known.
    pub steps: &'a [StepCount],
    /// What else is known, if this process did the work.
    pub findings: Option<&'a Findings>,
    /// Lines that a stage which learns has nearly taken for boilerplate.
    pub near: &'a [NearLine],
    /// What a reason means.
    pub meaning: fn(&str) -> Option<&'static str>,
    /// Stages, in order.
    pub stages: &'a [StageData],
    /// Versions and options by name.
    pub config: &'a [(&'a str, String)],
    /// How long it took.
    pub speed: SpeedData<'a>,
}

/// The part of the page that differs from run to run.
#[derive(Debug)]
pub struct SpeedData<'a> {
    /// Time of processors, by part.
    pub times: Option<&'a Times>,
    /// Wall time.
    pub took: Duration,
    /// Threads for cleaning.
    pub threads: usize,
    /// Most memory that it was to take, in words.
    pub memory: &'a str,
}

/// A section: its name in addresses, its heading, and what writes it.
type Section = (&'static str, &'static str, fn(&PageData<'_>, &mut Html));

const SECTIONS: &[Section] = &[
    ("overview", "Overview", overview::write),
    ("funnel", "From bytes in to bytes kept", funnel::write),
    ("reasons", "What was removed, by reason", reasons::write),
    ("samples", "Documents before and after", samples::write),
    ("near", "Near misses", near::write),
    ("clusters", "Duplicates", clusters::write),
    ("documents", "Documents by length, language and source", shape::write),
    ("speed", "Speed", speed::write),
    ("config", "Configuration and versions", config::write),
];

/// Names in the list of sections, where headings are too long.
const SHORT: &[&str] = &[
    "Overview",
    "Funnel",
    "Reasons",
    "Samples",
    "Near misses",
    "Duplicates",
    "Documents",
    "Speed",
    "Configuration",
];

/// The page.
pub fn render(page: &PageData<'_>) -> String {
    let mut html = Html::default();
    html.trusted("<!DOCTYPE html>\n").open("html", &[("lang", "en")]).line();
    head(&mut html);
    html.open("body", &[]).line();
    html.leaf("a", &[("class", "skip"), ("href", "#main")], "Skip to the report").line();
    html.within("header", &[("class", "top")], |html| overview::banner(page, html)).line();
    html.within("nav", &[("aria-label", "Sections")], |html| {
        html.within("ol", &[], |html| {
            for ((id, ..), short) in SECTIONS.iter().zip(SHORT) {
                html.within("li", &[], |html| {
                    html.leaf("a", &[("href", &format!("#{id}"))], short);
                });
            }
        });
    });
    html.line().open("main", &[("id", "main"), ("tabindex", "-1")]).line();
    for (id, title, write) in SECTIONS {
        let heading = format!("{id}-title");
        html.within("section", &[("id", id), ("aria-labelledby", &heading)], |html| {
            html.leaf("h2", &[("id", &heading)], title).line();
            write(page, html);
        });
        html.line();
    }
    html.close("main").line();
    html.leaf("footer", &[], &format!("Made by textmill {}.", env!("CARGO_PKG_VERSION"))).line();
    html.open("script", &[]).trusted(SCRIPT).close("script").line();
    html.close("body").close("html").line();
    html.finish()
}

fn head(html: &mut Html) {
    let hash = |text: &str| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    html.open("head", &[]).line();
    html.leaf("meta", &[("charset", "utf-8")], "").line();
    html.leaf("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &policy)], "").line();
    html.leaf("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")], "").line();
    html.leaf("meta", &[("name", "color-scheme"), ("content", "light dark")], "").line();
    html.leaf("meta", &[("name", "referrer"), ("content", "no-referrer")], "").line();
    html.leaf("title", &[], "textmill: report of a run").line();
    html.open("style", &[]).trusted(STYLE).close("style").line();
    html.close("head").line();
}

/// A paragraph beside the figures.
fn note(html: &mut Html, text: &str) {
    html.leaf("p", &[("class", "note")], text).line();
}

/// The head of a table: columns, those of numbers marked by a leading `#`.
fn thead(html: &mut Html, caption: &str, columns: &[&str]) {
    html.leaf("caption", &[], caption);
    html.within("thead", &[], |html| {
        html.within("tr", &[], |html| {
            for column in columns {
                let (class, name) = column.strip_prefix('#').map_or(("", *column), |name| ("n", name));
                html.leaf("th", &[("scope", "col"), ("class", class)], name);
            }
        });
    });
    html.line();
}

/// A table that scrolls on its own where it is too wide; the keyboard reaches it.
fn table(html: &mut Html, class: &str, caption: &str, columns: &[&str], rows: impl FnOnce(&mut Html)) {
    let around = [("class", "wide"), ("role", "region"), ("aria-label", caption), ("tabindex", "0")];
    html.within("div", &around, |html| {
        html.within("table", &[("class", class)], |html| {
            thead(html, caption, columns);
            html.within("tbody", &[], rows);
        });
    });
    html.line();
}

/// The first digits of an `id`, all of them for who hovers or copies.
fn place(html: &mut Html, place: &crate::runtime::survey::Place) {
    let (id, record) = (place.id.to_string(), format!(" record {}", place.record));
    html.within("span", &[("class", "place")], |html| {
        html.leaf("code", &[("title", &id)], &id[..8]).text(" in ");
        html.scraped("bdi", "source", &place.source).text(&record);
    });
}

/// As much of a name or a line as a table takes.
fn shorten(text: &str) -> std::borrow::Cow<'_, str> {
    match text.char_indices().nth(200) {
        Some((at, _)) => format!("{}…", &text[..at]).into(),
        None => text.into(),
    }
}
