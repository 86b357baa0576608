//! What was nearly dropped.

use super::chart::{self, Column};
use super::html::Html;
use super::number::{count, grouped};
use super::{PageData, differ, note, place};
use crate::runtime::survey::{BARS, Comparisons, NearMiss};

pub(super) fn write(page: &PageData<'_>, html: &mut Html) {
    let Some(comparisons) = page.findings.map(|f| &f.comparisons) else {
        return note(html, "Not known.");
    };
    let (dropped, kept) = (comparisons.dropped.iter().sum::<u64>(), comparisons.kept.iter().sum::<u64>());
    if dropped + kept == 0 {
        return note(
            html,
            "No stage of this pipeline measured how close it came: near-dedupe does, where it compares two \
                           documents.",
        );
    }
    histogram(html, comparisons, dropped, kept);
    if comparisons.near.is_empty() {
        return note(
            html,
            "No document that is kept has half of its words in common with one that it was compared with.",
        );
    }
    html.leaf("h3", &[], "Most alike, and both kept").line();
    note(
        html,
        "The later document against the earlier one: struck is what only the earlier one has, underlined what only \
                the later one has.",
    );
    html.within("ol", &[("class", "pairs")], |html| {
        for near in &comparisons.near {
            html.within("li", &[], |html| pair(html, near));
            html.line();
        }
    });
}

fn histogram(html: &mut Html, all: &Comparisons, dropped: u64, kept: u64) {
    let title = format!(
        "Compared pairs by similarity: {} for which a document was dropped, {} for which none was",
        grouped(dropped),
        grouped(kept)
    );
    let columns: Vec<Column> = (0..BARS)
        .map(|i| {
            let name = if i % 2 == 0 { format!("{}\u{A0}%", i * 5) } else { String::new() };
            Column { name, first: all.kept[i], second: all.dropped[i] }
        })
        .collect();
    html.within("figure", &[], |html| {
        chart::columns(html, &title, &columns);
        html.within("figcaption", &[], |html| {
            html.text(&title).text(". ");
            html.leaf("span", &[("class", "key kept")], "kept").text(" ");
            html.leaf("span", &[("class", "key gone")], "dropped");
        });
    });
    html.within("details", &[], |html| {
        html.leaf("summary", &[], "The same as a table");
        super::table(
            html,
            "plain",
            "Compared pairs by similarity",
            &["Similarity", "#Dropped", "#Kept"],
            |html| {
                for i in (0..BARS).filter(|&i| all.kept[i] + all.dropped[i] > 0) {
                    html.within("tr", &[], |html| {
                        html.leaf("th", &[("scope", "row")], &format!("{} to {}\u{A0}%", i * 5, i * 5 + 5));
                        html.leaf("td", &[("class", "n")], &grouped(all.dropped[i]));
                        html.leaf("td", &[("class", "n")], &grouped(all.kept[i]));
                    });
                }
            },
        );
    });
    html.line();
}

fn pair(html: &mut Html, near: &NearMiss) {
    html.within("p", &[("class", "about")], |html| {
        html.leaf("span", &[("class", "badge")], &format!("{:.3}", near.similarity)).text(" ");
        place(html, &near.text.place);
        html.text(" against ");
        match &near.earlier {
            Some(earlier) => place(html, &earlier.place),
            None => {
                html.leaf("code", &[], &near.with.to_string());
            }
        }
    });
    match &near.earlier {
        Some(earlier) => differ::write(html, &earlier.text, &near.text.text),
        None => {
            note(html, "The text of the earlier one is not at hand: `textmill explain --id` shows it.");
            html.scraped("p", "scraped block", &near.text.text);
        }
    }
}

/// Pairs of a cluster or of near misses, in words.
pub(super) fn copies(n: u64) -> String {
    count(n, "copy", "copies")
}
