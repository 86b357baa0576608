//! Speed by stage: the one part of the page that is not the same in each run.

use std::time::Duration;

use super::html::Html;
use super::number::{bytes, percent};
use super::{PageData, chart, note, table};

pub(super) fn write(page: &PageData<'_>, html: &mut Html) {
    let (speed, all) = (&page.speed, page.report.bytes.r#in);
    let per = |took: Duration| bytes((all as f64 / took.as_secs_f64().max(1e-6)) as u64);
    note(
        html,
        &format!(
            "{} in {}, {} a second, on {} for cleaning, with {} of memory at most. This section alone differs from run to \
         run.",
            bytes(all),
            seconds(speed.took),
            per(speed.took),
            super::number::count(speed.threads as u64, "thread", "threads"),
            speed.memory
        ),
    );
    let Some(times) = speed.times else {
        return note(html, "Time by stage is not known.");
    };
    let mut parts = vec![
        ("Reading, decompressing, finding records".to_owned(), times.reading),
        ("Making documents of records".to_owned(), times.opening),
    ];
    for (i, stage) in page.stages.iter().enumerate() {
        let took = times.stages.get(i).copied().unwrap_or_default();
        parts.push((format!("{}. {}", i + 1, stage.name), took));
    }
    parts.push(("Making rows, and what this page shows".to_owned(), times.rows));
    parts.push(("Writing rows".to_owned(), times.writing));
    let whole: Duration = parts.iter().map(|(_, took)| *took).sum();
    note(html, &format!("Time of processors, all threads together: {}.", seconds(whole)));
    let most = parts.iter().map(|(_, took)| took.as_nanos() as u64).max().unwrap_or(1);
    let columns = ["Part", "#Processor time", "#Of all", "#Input a second", ""];
    table(html, "counts", "Processor time by part of the run", &columns, |html| {
        for (name, took) in parts {
            let nanos = took.as_nanos() as u64;
            html.within("tr", &[], |html| {
                html.leaf("th", &[("scope", "row")], &name).leaf("td", &[("class", "n")], &seconds(took));
                html.leaf("td", &[("class", "n")], &percent(nanos, whole.as_nanos() as u64));
                html.leaf("td", &[("class", "n")], &if nanos == 0 { "–".to_owned() } else { per(took) });
                html.within("td", &[("class", "chart")], |html| chart::bar(html, &[("kept", nanos)], most));
            });
        }
    });
}

fn seconds(took: Duration) -> String {
    match took.as_secs_f64() {
        s if s < 0.1 => format!("{:.1}\u{A0}ms", s * 1000.0),
        s if s < 100.0 => format!("{s:.2}\u{A0}s"),
        s => format!("{s:.0}\u{A0}s"),
    }
}
