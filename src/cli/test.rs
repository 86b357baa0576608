//! `textmill test`: the tests in pipeline files.

use std::collections::BTreeMap;
use std::io::{self, Write};

use similar::{ChangeTag, TextDiff};

use super::code;
use super::escape::{one_line, visible};
use super::style::Style;
use crate::config::{Pipeline, TestCase};
use crate::document::Document;
use crate::runtime::Plan;
use crate::runtime::inline::{self, Fate};

/// Runs the tests of all `pipelines`.
pub fn run(pipelines: &[String], out: &mut dyn Write) -> io::Result<u8> {
    let (mut passed, mut failed, mut broken) = (0, 0, false);
    for name in pipelines {
        let Some(pipeline) = super::pipeline(name) else {
            broken = true;
            continue;
        };
        for (i, case) in pipeline.tests.iter().enumerate() {
            // Ordered stages remember: every test gets a pipeline of its own.
            let Some(fresh) = super::pipeline(name) else {
                continue;
            };
            let problems = check(fresh, i);
            let at = format!("{}:{}", one_line(name), case.line);
            if problems.is_empty() {
                passed += 1;
                writeln!(out, "ok      {} ({at})", one_line(&case.name))?;
            } else {
                failed += 1;
                writeln!(out, "FAILED  {} ({at})", one_line(&case.name))?;
                problems.iter().try_for_each(|p| write!(out, "{p}"))?;
            }
        }
    }
    writeln!(out, "{passed} passed, {failed} failed")?;
    Ok(if broken || failed > 0 { code::USAGE } else { 0 })
}

/// What differs from what test `i` expects.
fn check(mut pipeline: Pipeline, i: usize) -> Vec<String> {
    let case = pipeline.tests.swap_remove(i);
    let plan = Plan::new(pipeline.input, pipeline.format, pipeline.stages.into_iter().map(|s| s.stage));
    let (mut kept, mut reasons) = (Vec::new(), BTreeMap::<String, u64>::new());
    let ran = inline::run(plan, "-", &mut case.input.as_bytes(), &mut |fate| {
        match fate {
            Fate::Bad(_, bad) => *reasons.entry(format!("quarantine/{}", bad.kind.code())).or_default() += 1,
            Fate::Document(doc) => {
                count(&doc, &mut reasons);
                if doc.dropped().is_none() {
                    kept.push(doc);
                }
            }
        }
        true
    });
    let mut problems = rows(&case, &kept);
    problems.extend(ran.err().map(|e| format!("  {}\n", one_line(&e.to_string()))));
    for (reason, want) in &case.reasons {
        let got = reasons.get(reason).copied().unwrap_or(0);
        if got != *want {
            problems.push(format!("  {}: {want} expected, {got} found\n", one_line(reason)));
        }
    }
    problems
}

fn count(doc: &Document, reasons: &mut BTreeMap<String, u64>) {
    if let Some(removal) = doc.dropped() {
        *reasons.entry(removal.reason.to_string()).or_default() += 1;
        return;
    }
    for removal in (0..doc.lines().len()).filter_map(|i| doc.removal(i)) {
        *reasons.entry(removal.reason.to_string()).or_default() += 1;
    }
}

fn rows(case: &TestCase, kept: &[Box<Document>]) -> Vec<String> {
    let mut problems = Vec::new();
    if case.rows.len() != kept.len() {
        problems.push(format!("  {} rows expected, {} found\n", case.rows.len(), kept.len()));
    }
    for (n, (want, doc)) in case.rows.iter().zip(kept).enumerate() {
        let mut text = String::new();
        doc.write_text(&mut text);
        let captions = doc.captions().collect::<Vec<_>>().join("\n");
        let fields = [
            ("title", &want.title, doc.title()),
            ("text", &want.text, &text),
            ("captions", &want.captions, &captions),
        ];
        for (field, want, got) in fields {
            if let Some(want) = want
                && want.trim() != got.trim()
            {
                problems.push(format!("  row {}, {field}:\n{}", n + 1, diff(want.trim(), got.trim())));
            }
        }
    }
    problems
}

fn diff(want: &str, got: &str) -> String {
    let style = Style::stdout();
    let mut out = String::new();
    for change in TextDiff::from_lines(want, got).iter_all_changes() {
        let line = visible(change.value().trim_end_matches('\n')).into_owned();
        let line = match change.tag() {
            ChangeTag::Delete => style.label(&format!("    - {line}")),
            ChangeTag::Insert => style.role(&format!("    + {line}")),
            ChangeTag::Equal => format!("      {line}"),
        };
        out.push_str(&line);
        out.push('\n');
    }
    out
}
