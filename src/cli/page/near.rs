//! What was nearly dropped, and lines that were nearly removed.

use super::super::learn::NearLine;
use super::chart::{self, Column};
use super::html::Html;
use super::number::{count, grouped, percent};
use super::{PageData, differ, note, place, table};
use crate::runtime::survey::{BARS, Comparisons, NearMiss};

pub(super) fn write(page: &PageData<'_>, html: &mut Html) {
    let compared = page.findings.map(|f| &f.comparisons);
    let compared = compared.filter(|c| c.dropped.iter().chain(&c.kept).sum::<u64>() > 0);
    if compared.is_none() && page.near.is_empty() {
        return note(
            html,
            "No stage of this run measured how close it came: near-dedupe does where it compares two documents, and \
             learned-boilerplate where it reads files twice.",
        );
    }
    if !page.near.is_empty() {
        lines(html, page.near);
    }
    if let Some(comparisons) = compared {
        documents(html, comparisons);
    }
}

fn lines(html: &mut Html, near: &[NearLine]) {
    html.leaf("h3", &[], "Lines that are nearly boilerplate").line();
    note(
        html,
        "Just under the limits of learned-boilerplate, and kept. Numbers are #, months and weekdays @. `textmill learn` \
         writes all of them into a profile that can be edited.",
    );
    let columns = ["Line", "Group", "#Documents", "#Unlike each other", "#Of the group"];
    table(html, "counts", "Lines that are nearly boilerplate", &columns, |html| {
        for line in near {
            html.within("tr", &[], |html| {
                html.within("th", &[("scope", "row")], |html| {
                    html.scraped("bdi", "scraped", &super::shorten(&line.shape));
                });
                html.within("td", &[], |html| {
                    html.scraped("bdi", "source", &super::shorten(&line.group));
                });
                html.leaf("td", &[("class", "n")], &grouped(line.documents));
                html.leaf("td", &[("class", "n")], &grouped(line.support));
                html.leaf("td", &[("class", "n")], &percent(line.documents, line.of));
            });
        }
    });
}

fn documents(html: &mut Html, comparisons: &Comparisons) {
    html.leaf("h3", &[], "Pairs of documents by similarity").line();
    histogram(html, comparisons);
    if comparisons.near.is_empty() {
        return note(
            html,
            "No document that is kept has half of its words in common with one that it was compared with.",
        );
    }
    html.leaf("h3", &[], "Most alike, and both kept").line();
    note(
        html,
        "The later document against the earlier one: struck is what only the earlier one has, underlined what only the \
         later one has.",
    );
    html.within("ol", &[("class", "pairs")], |html| {
        for near in &comparisons.near {
            html.within("li", &[], |html| pair(html, near));
            html.line();
        }
    });
}

fn histogram(html: &mut Html, all: &Comparisons) {
    let title = format!(
        "Compared pairs by similarity: {} for which a document was dropped, {} for which none was",
        grouped(all.dropped.iter().sum()),
        grouped(all.kept.iter().sum())
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
        table(html, "plain", "Compared pairs by similarity", &["Similarity", "#Dropped", "#Kept"], |html| {
            for i in (0..BARS).filter(|&i| all.kept[i] + all.dropped[i] > 0) {
                html.within("tr", &[], |html| {
                    html.leaf("th", &[("scope", "row")], &format!("{} to {}\u{A0}%", i * 5, i * 5 + 5));
                    html.leaf("td", &[("class", "n")], &grouped(all.dropped[i]));
                    html.leaf("td", &[("class", "n")], &grouped(all.kept[i]));
                });
            }
        });
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

/// So many copies, in words.
pub(super) fn copies(n: u64) -> String {
    count(n, "copy", "copies")
}
