//! From bytes in to bytes kept.

use super::html::Html;
use super::number::{bytes, count, percent};
use super::{PageData, chart, note, table};

/// A step: what it is called, what it took out, and how much.
struct Step {
    name: String,
    what: String,
    taken: u64,
}

pub(super) fn write(page: &PageData<'_>, html: &mut Html) {
    let (b, t) = (&page.report.bytes, &page.report.text);
    note(
        html,
        "Bytes of the decoded input, and what each step takes out of them. Each bar is what is left; the red end is \
                what the step took. Of a dropped document all lines count for the stage that dropped it.",
    );
    let whole = b.r#in.max(t.r#in);
    let columns = ["Step", "Takes out", "#Bytes", "#Left", "#Of all", ""];
    table(html, "funnel", "From bytes in to bytes kept, by step", &columns, |html| {
        let mut left = b.r#in;
        row(html, "Input, decompressed", "", None, left, whole);
        for step in before(page) {
            left = left.saturating_sub(step.taken);
            row(html, &step.name, &step.what, Some(step.taken), left, whole);
        }
        left = t.r#in;
        row(html, "Text of documents", &text_of(page), None, left, whole);
        for step in stages(page) {
            left = left.saturating_sub(step.taken);
            row(html, &step.name, &step.what, Some(step.taken), left, whole);
        }
        row(html, "Kept", "", None, t.kept, whole);
    });
}

fn before(page: &PageData<'_>) -> [Step; 2] {
    let b = &page.report.bytes;
    let records = page.report.documents.quarantined.values().sum();
    [
        Step { name: "Between records".to_owned(), what: "separators".to_owned(), taken: b.separators },
        Step {
            name: "Quarantine".to_owned(),
            what: count(records, "record", "records"),
            taken: b.quarantined,
        },
    ]
}

/// How the text of documents compares with their bytes in the source.
fn text_of(page: &PageData<'_>) -> String {
    let (stored, text) = (page.report.bytes.documents, page.report.text.r#in);
    match stored.cmp(&text) {
        std::cmp::Ordering::Greater => format!("markup, escapes, other fields: {}", bytes(stored - text)),
        std::cmp::Ordering::Equal => String::new(),
        std::cmp::Ordering::Less => format!("decoding made {} more of it", bytes(text - stored)),
    }
}

fn stages(page: &PageData<'_>) -> Vec<Step> {
    let t = &page.report.text;
    let ends = Step {
        name: "Line ends".to_owned(),
        what: "line endings, blank lines".to_owned(),
        taken: t.separators,
    };
    if page.steps.is_empty() {
        let name = || "All stages".to_owned();
        let taken = t.removed + t.dropped;
        return vec![ends, Step { name: name(), what: "lines and documents".to_owned(), taken }];
    }
    let step = |(i, stage): (usize, &super::StageData)| {
        let counts = page.steps.get(i).copied().unwrap_or_default();
        let parts = [
            (counts.removed > 0).then(|| count(counts.removed, "line", "lines")),
            (counts.dropped > 0).then(|| count(counts.dropped, "document", "documents")),
        ];
        let what: Vec<String> = parts.into_iter().flatten().collect();
        let taken = counts.removed_bytes + counts.dropped_bytes;
        Step { name: format!("{}. {}", i + 1, stage.name), what: what.join(", "), taken }
    };
    std::iter::once(ends).chain(page.stages.iter().enumerate().map(step)).collect()
}

fn row(html: &mut Html, name: &str, what: &str, taken: Option<u64>, left: u64, whole: u64) {
    let class = if taken.is_some() { "step" } else { "mark" };
    // Exactly, for programs.
    let (exact, after) = (taken.unwrap_or(0).to_string(), left.to_string());
    html.within("tr", &[("class", class), ("data-taken", &exact), ("data-left", &after)], |html| {
        html.leaf("th", &[("scope", "row")], name).leaf("td", &[], what);
        let minus =
            taken.map_or(String::new(), |n| if n == 0 { "0".to_owned() } else { format!("−{}", bytes(n)) });
        let class = if taken.is_some_and(|n| n > 0) { "n minus" } else { "n" };
        html.leaf("td", &[("class", class)], &minus).leaf("td", &[("class", "n")], &bytes(left));
        html.leaf("td", &[("class", "n")], &percent(left, whole));
        html.within("td", &[("class", "chart")], |html| {
            chart::bar(html, &[("kept", left), ("gone", taken.unwrap_or(0))], whole);
        });
    });
    html.line();
}
