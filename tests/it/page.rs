//! The page of a run, as bytes. `make browser` looks at it in a browser.

use std::path::Path;

use base64::Engine as _;
use sha2::{Digest, Sha256};

use crate::support::*;

/// Stages that drop, remove, rewrite and compare.
const PIPELINE: &str = r#"
[[stage]]
type = "normalize-text"
[[stage]]
type = "repeated-title"
[[stage]]
type = "widget-labels"
[[stage]]
type = "strip-boilerplate"
[[stage]]
type = "min-content"
[[stage]]
type = "fingerprint"
[[stage]]
type = "exact-dedupe"
[[stage]]
type = "near-dedupe"
"#;

const HOSTILE: &str = "<script>alert(1)</script>\" onload='x' </style><!-- &amp; \u{202e}\u{1b}[31m";

fn row(title: &str, text: &str) -> String {
    format!("{}\n", serde_json::json!({ "title": title, "text": text, "lang": "en-GB" }))
}

/// JSON Lines: sixty articles, copies and changed copies of some, and others that have half in common.
fn articles(first: usize) -> String {
    let mut out = String::new();
    let mut doc = |title: &str, text: &str| out.push_str(&row(title, text));
    for n in first..first + 60 {
        // Of other words each time: only what is meant to be near is near.
        let words =
            |from: usize| (0..50).map(|i| format!("w{}", n * 1000 + from + i)).collect::<Vec<_>>().join(" ");
        let text = format!("{}.\n\nShare this article\n\n{}.", words(0), words(50));
        doc(&format!("Report {n}"), &text);
        if n % 10 == 0 {
            doc(&format!("Copy of {n}"), &text);
            doc(&format!("Edited copy of {n}"), &text.replace(&format!("w{}", n * 1000 + 20), "changed"));
            let new = words(500).replace('w', "v").split(' ').take(30).collect::<Vec<_>>().join(" ");
            doc(&format!("Rather like {n}"), &format!("{}.\n\n{new}.", words(0)));
        }
    }
    out
}

/// The same with a short one, a hostile one and a bad one.
fn corpus() -> Vec<u8> {
    let text = format!("{HOSTILE} {}\n\nShare this article\n\n{HOSTILE}", "word upon word ".repeat(20));
    let rows = [articles(0), row("Short", "Nothing."), row(HOSTILE, &text), "{broken\n".to_owned()];
    rows.concat().into_bytes()
}

/// A page, its report and its rows.
struct Made {
    page: String,
    report: serde_json::Value,
    rows: Vec<u8>,
    code: i32,
}

fn make(dir: &tempfile::TempDir, input: &[u8], options: &[&str]) -> Made {
    let (pipeline, input) = (file(dir, "p.toml", PIPELINE.as_bytes()), file(dir, "in.jsonl", input));
    let at = |name: &str| dir.path().join(name);
    let (page, report, rows) = (at("page.html"), at("report.json"), at("rows.jsonl"));
    let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    let (p, i, r, h, o) = (text(&pipeline), text(&input), text(&report), text(&page), text(&rows));
    let mut args = vec!["run", "-q", "-p", &p, &i, "-o", &o, "--report", &r, "--report-html", &h];
    args.extend(options);
    let code = textmill(&args, b"").code;
    let read = |path: &Path| std::fs::read(path).unwrap_or_default();
    Made {
        page: String::from_utf8(read(&page)).expect("UTF-8"),
        report: serde_json::from_slice(&read(&report)).expect("JSON"),
        rows: read(&rows),
        code,
    }
}

/// The section of the page with an id.
fn section<'p>(page: &'p str, id: &str) -> &'p str {
    let start = page.find(&format!("<section id=\"{id}\"")).unwrap_or_else(|| panic!("no section {id}"));
    &page[start..start + page[start..].find("</section>").expect("an end")]
}

/// The values of an attribute, in order.
fn values(html: &str, attribute: &str) -> Vec<u64> {
    html.split(&format!(" {attribute}=\""))
        .skip(1)
        .map(|rest| rest.split('"').next().expect("a value").parse().expect("a number"))
        .collect()
}

#[test]
fn the_funnel_has_the_sums_of_the_report() {
    let dir = folder();
    let made = make(&dir, &corpus(), &[]);
    assert_eq!(made.code, 0);
    let of = |keys: &str| made.report.pointer(keys).and_then(serde_json::Value::as_u64).expect("a count");
    let funnel = section(&made.page, "funnel");
    let (left, taken) = (values(funnel, "data-left"), values(funnel, "data-taken"));
    // Input, separators, quarantine, text, line ends, eight stages, kept.
    assert_eq!(left.len(), 14);
    assert_eq!(left[0], of("/bytes/in"));
    assert_eq!(taken[1..3], [of("/bytes/separators"), of("/bytes/quarantined")]);
    assert_eq!(left[2], of("/bytes/documents"));
    assert_eq!(left[3], of("/text/in"));
    assert_eq!(taken[4], of("/text/separators"));
    assert_eq!(taken[5..13].iter().sum::<u64>(), of("/text/removed") + of("/text/dropped"));
    assert_eq!(left[12..14], [of("/text/kept"), of("/text/kept")]);
    assert!(taken[5..13].iter().filter(|n| **n > 0).count() >= 4, "{taken:?}");
    let kept = of("/documents/kept");
    assert!(
        section(&made.page, "overview").contains(&format!("<dt>Kept</dt><dd class=\"figure\">{kept}</dd>"))
    );
    for (reason, n) in made.report["lines"]["removed"].as_object().expect("counts") {
        assert!(section(&made.page, "reasons").contains(&format!("<code>{reason}</code>")), "{reason}: {n}");
    }
}

#[test]
fn all_that_is_scraped_is_text() {
    let dir = folder();
    let page = make(&dir, &corpus(), &[]).page;
    assert_eq!(page.matches("<script").count(), 1);
    assert_eq!(page.matches("</style>").count(), 1);
    assert_eq!(page.matches("<!--").count(), 0);
    assert!(
        page.contains("&lt;script&gt;alert(1)&lt;/script&gt;\" onload='x' &lt;/style&gt;&lt;!-- &amp;amp; ")
    );
    assert!(!page.contains(['\u{202e}', '\u{1b}']));
    assert!(page.contains("\\u{202e}\\u{1b}[31m"));
    for foreign in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(foreign), "the page names {foreign}");
    }
    // A style in an attribute would be one that the policy forbids.
    assert!(!page.contains(" style=\""));
}

#[test]
fn the_policy_names_what_is_there() {
    let dir = folder();
    let page = make(&dir, &corpus(), &[]).page;
    let between =
        |a: &str, b: &str| page.split_once(a).and_then(|(_, rest)| rest.split_once(b)).expect(a).0.to_owned();
    let hash = |text: String| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
    let policy = between("Content-Security-Policy\" content=\"", "\"");
    let style = format!("style-src 'sha256-{}'", hash(between("<style>", "</style>")));
    let script = format!("script-src 'sha256-{}'", hash(between("<script>", "</script>")));
    assert_eq!(policy, format!("default-src 'none'; {style}; {script}; base-uri 'none'; form-action 'none'"));
}

#[test]
fn the_same_page_at_any_number_of_threads_and_the_same_rows_without_it() {
    let dir = folder();
    let mut input: String = (1..30).map(|part| articles(part * 60)).collect();
    input.push_str(&String::from_utf8(corpus()).expect("UTF-8"));
    let timeless = |page: &str| page.replace(section(page, "speed"), "");
    let one = make(&dir, input.as_bytes(), &["--threads", "1"]);
    let four = make(&dir, input.as_bytes(), &["--threads", "4"]);
    assert_eq!(timeless(&one.page), timeless(&four.page));
    assert_eq!(one.rows, four.rows);
    let path = |name: &str| dir.path().join(name).to_str().expect("UTF-8").to_owned();
    let plain = textmill(&["-q", "-p", &path("p.toml"), &path("in.jsonl")], b"");
    assert_eq!(plain.out, one.rows);
}

#[test]
fn what_was_removed_most_stands_with_its_places() {
    let dir = folder();
    let made = make(&dir, &corpus(), &[]);
    let reasons = section(&made.page, "reasons");
    let (_, share) = reasons
        .split_once("<code>widget-labels/share-bar</code>")
        .or_else(|| reasons.split_once("share"))
        .expect("the reason");
    let share = share.split_once("</details>").expect("its end").0;
    assert!(share.contains("Share this article"), "{share}");
    assert!(share.contains(" record "), "{share}");
    assert_eq!(share.matches("class=\"contexts\"").count(), share.matches("data-item=\"lines\"").count());
    assert!(!share.contains("too low"), "there is room for every line");
}

#[test]
fn copies_and_near_misses_are_compared_word_by_word() {
    let dir = folder();
    let page = make(&dir, &corpus(), &[]).page;
    let clusters = section(&page, "clusters");
    assert!(clusters.contains("2\u{a0}copies</span> of <bdi"), "{clusters}");
    assert!(clusters.contains("<del>w20020</del><ins>changed</ins>"), "{clusters}");
    assert!(clusters.contains("The same text."));
    let near = section(&page, "near");
    assert!(near.contains("<ins>v"), "{near}");
    assert!(near.contains("role=\"img\""));
    assert!(section(&page, "documents").contains("<th scope=\"row\">en</th>"));
    assert!(section(&page, "documents").contains("<th scope=\"row\">Latin</th>"));
}

#[test]
fn a_sample_shows_lines_with_their_reasons() {
    let dir = folder();
    let page = make(&dir, &corpus(), &[]).page;
    let samples = section(&page, "samples");
    for reason in ["exact-dedupe/copy", "near-dedupe/edited", "min-content/few-words"] {
        assert!(samples.contains(&format!("<option value=\"{reason}\">")), "{reason}");
    }
    assert!(samples.matches("<article").count() >= 16);
    assert!(samples.contains("<li class=\"removed\" value=\"2\"><del"), "{samples}");
}

#[test]
fn a_page_of_anything_is_bounded() {
    let dir = folder();
    let mut input = String::new();
    for n in 0..4000 {
        // All that takes most room when it is escaped.
        let line = |k: usize| format!("{} {n} {k}", "\"&\u{1b}".repeat(200));
        let text: Vec<String> = (0..8).map(line).collect();
        let text = format!("{}\n\nShare\n\nadvertisement", text.join("\n\n"));
        input.push_str(&row(&"&".repeat(900), &text));
    }
    let made = make(&dir, input.as_bytes(), &[]);
    assert_eq!(made.code, 0);
    assert!(made.page.len() < 2 << 20, "{} bytes", made.page.len());
    assert!(made.page.len() > 100_000);
}

#[test]
fn a_run_of_nothing_has_a_page() {
    let dir = folder();
    let made = make(&dir, b"", &[]);
    assert_eq!(made.code, 0);
    for id in ["overview", "funnel", "reasons", "samples", "near", "clusters", "documents", "speed", "config"]
    {
        section(&made.page, id);
    }
}

#[test]
fn a_run_that_the_guard_stops_has_a_page_that_says_so() {
    let dir = folder();
    let input: String = (0..3000).map(|n| format!("{{\"text\":\"Short {n}.\"}}\n")).collect();
    let made = make(&dir, input.as_bytes(), &[]);
    assert_eq!(made.code, 3);
    let overview = section(&made.page, "overview");
    assert!(
        overview.contains("The guard stopped this run") && overview.contains("min-content"),
        "{overview}"
    );
}

#[test]
fn the_page_is_an_output_like_others() {
    let dir = folder();
    let path = |name: &str| dir.path().join(name).to_str().expect("UTF-8").to_owned();
    std::fs::write(path("in.txt"), article(1, "Rain")).expect("room");
    let ran = textmill(&["run", &path("in.txt"), "-o", &path("a"), "--report-html", &path("a")], b"");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("two outputs go to"), "{}", ran.err);
    let ran =
        textmill(&["run", &path("in.txt"), "-o", &path("out/"), "--report-html", &path("out/p.html")], b"");
    assert_eq!(ran.code, 2);
    let ran = textmill(&["run", "-q", &path("in.txt"), "--report-html", &path("no/p.html")], b"");
    assert_eq!(ran.code, 4);
    // A page in the folder that is read is no input of the next run.
    for _ in 0..2 {
        let ran = textmill(&["run", "-q", &path(""), "--report-html", &path("p.html")], b"");
        assert_eq!((ran.code, ran.rows().len()), (0, 1), "{}", ran.err);
    }
}
