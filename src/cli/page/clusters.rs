//! Documents with what was dropped as their copies.

use super::html::Html;
use super::near::copies;
use super::number::grouped;
use super::{PageData, differ, note, place};
use crate::runtime::survey::{Cluster, CopyOf};

pub(super) fn write(page: &PageData<'_>, html: &mut Html) {
    let Some(clusters) = page.findings.map(|f| &f.clusters) else {
        return note(html, "Not known.");
    };
    if clusters.copies == 0 {
        return note(html, "No document was dropped as a copy of another.");
    }
    note(
        html,
        &format!(
            "{} dropped, each with the kept document, its witness, that it was compared with. Struck is what only the witness \
         has, underlined what only the copy has.",
            copies(clusters.copies)
        ),
    );
    html.leaf("h3", &[], "Largest").line();
    if clusters.lost > 0 {
        note(
            html,
            &format!(
                "Counts are of a sketch of fixed size: up to {} too low, never too high.",
                grouped(clusters.lost)
            ),
        );
    }
    if clusters.largest.is_empty() {
        note(html, "No document has so many copies that it can be told from the others.");
    }
    list(html, &clusters.largest);
    if !clusters.sampled.is_empty() {
        html.leaf("h3", &[], "Others, at random").line();
        note(
            html,
            &format!(
                "Those that have copies among {} kept documents picked by hash; their counts are exact.",
                grouped(clusters.held)
            ),
        );
        list(html, &clusters.sampled);
    }
}

fn list(html: &mut Html, clusters: &[Cluster]) {
    html.open("div", &[("class", "clusters")]);
    for cluster in clusters {
        html.within("details", &[("class", "cluster")], |html| {
            html.within("summary", &[], |html| {
                html.leaf("span", &[("class", "badge")], &copies(cluster.copies)).text(" of ");
                match &cluster.text {
                    Some(text) if !text.title.is_empty() => html.scraped("bdi", "", &text.title),
                    _ => html.leaf("code", &[], &cluster.witness.to_string()),
                };
            });
            one(html, cluster);
        });
        html.line();
    }
    html.close("div").line();
}

fn one(html: &mut Html, cluster: &Cluster) {
    html.within("p", &[("class", "about")], |html| {
        html.text("Witness: ");
        match &cluster.text {
            Some(text) => place(html, &text.place),
            None => {
                html.leaf("code", &[], &cluster.witness.to_string());
            }
        }
    });
    match &cluster.text {
        Some(text) => {
            html.scraped("p", "scraped block", &text.text);
        }
        None => note(
            html,
            "The witness had gone by before it was known to have copies: `textmill explain --id` shows it.",
        ),
    }
    for shown in &cluster.shown {
        copy(html, shown, cluster);
    }
}

fn copy(html: &mut Html, shown: &CopyOf, cluster: &Cluster) {
    html.within("p", &[("class", "about")], |html| {
        html.text("Copy: ");
        place(html, &shown.copy.place);
        html.text(", ").leaf("code", &[], &shown.reason.to_string());
        html.text(&format!(", similarity {:.3}", shown.similarity));
    });
    match &cluster.text {
        Some(text) if text.text == shown.copy.text => note(html, "The same text."),
        Some(text) => differ::write(html, &text.text, &shown.copy.text),
        None => {
            html.scraped("p", "scraped block", &shown.copy.text);
        }
    }
}
