//! The same bytes, however the work is cut.

use std::path::PathBuf;

use crate::support::*;
use textmill::config::{self, Pipeline};
use textmill::registry::Registry;
use textmill::runtime::RunOptions;
use textmill::runtime::inline::{self, Fate};

/// About 1.5 MB: articles of many lengths, copies, widgets, bad bytes.
fn corpus() -> Vec<u8> {
    let (mut out, mut seed) = (Vec::new(), 7u64);
    while out.len() < 1_500_000 {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let n = (seed >> 40) as usize;
        out.extend_from_slice(article(n % 900, ["Rain", "Snow", "Naïve “Wind”"][n % 3]).as_bytes());
        for k in 0..n % 13 {
            out.extend_from_slice(
                format!("\n\nParagraph {k} of {n} was written, it is said, in one night.").as_bytes(),
            );
        }
        if n.is_multiple_of(7) {
            out.extend_from_slice(b"\n\nShare this article\nFacebook\nTwitter");
        }
        match n % 50 {
            0 => out.extend_from_slice(b"\n\nbad \xff byte"),
            1 => out.extend_from_slice(b"\n\nnul \0 byte"),
            _ => {}
        }
        out.extend_from_slice(b"\n\n\n\n");
    }
    out
}

fn hashes(outputs: [Vec<u8>; 3]) -> [blake3::Hash; 3] {
    outputs.map(|o| blake3::hash(&o))
}

fn same_everywhere(name: &str, content: &[u8]) {
    same_with(|| pipeline("news"), name, content);
}

fn same_with(pipeline: impl Fn() -> Pipeline, name: &str, content: &[u8]) {
    let dir = folder();
    let cut = content.len() / 3;
    // Three sources, one of them compressed: batches span sources.
    let inputs = vec![
        file(&dir, &format!("a.{name}"), &content[..cut]),
        file(&dir, &format!("b.{name}.gz"), &gzip(&content[cut..cut * 2])),
        file(&dir, &format!("c.{name}"), &content[cut * 2..]),
    ];
    let reference = run_files(pipeline(), &inputs, &RunOptions { threads: 1, ..RunOptions::default() });
    assert!(reference.0.report.documents.kept > 100);
    let want = hashes(reference.1);
    for (threads, batch_bytes, batch_items, chunk_bytes) in [
        (1, 5_000, 3, 1_021),
        (2, 1 << 20, 4096, 256 << 10),
        (8, 70_000, 100, 4_096),
        (8, 1, 1, 64 << 10),
        (2, 1 << 30, 1 << 30, 7_777),
    ] {
        let options = RunOptions { threads, batch_bytes, batch_items, chunk_bytes, ..RunOptions::default() };
        let (outcome, outputs) = run_files(pipeline(), &inputs, &options);
        assert_eq!(hashes(outputs), want, "{name}: {options:?}");
        assert_eq!(outcome.report, reference.0.report);
    }
    pauses_change_nothing(&pipeline, &inputs, &[1, 2]);
}

/// Batches end, and formats are told, wherever the input pauses.
fn pauses_change_nothing(pipeline: &dyn Fn() -> Pipeline, inputs: &[PathBuf], seeds: &[u64]) {
    let (reference, outputs) = run_files(pipeline(), inputs, &RunOptions::default());
    let want = hashes(outputs);
    for seed in seeds {
        let chunk_bytes = [13, 100, 700, 3000][*seed as usize % 4];
        let options = RunOptions { pauses: Some(*seed), chunk_bytes, ..RunOptions::default() };
        let (outcome, outputs) = run_files(pipeline(), inputs, &options);
        assert_eq!(hashes(outputs), want, "{inputs:?}: {options:?}");
        assert_eq!(outcome.report, reference.report);
    }
}

/// Small sources of every format, with a fault in each.
#[test]
fn pauses() {
    let articles: Vec<String> = (0..24).map(|i| article(i, "Weather")).collect();
    let page = |a: &String| {
        format!("<html>\n<head></head><body><p>{}</p></body></html>", a.replace("\n\n", "</p>\n<p>"))
    };
    let pages: Vec<String> = articles.iter().map(page).collect();
    let record = |page: &String| {
        let http = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n{page}");
        let head = "WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: ";
        format!("{head}{}\r\n\r\n{http}\r\n\r\n", http.len())
    };
    let message =
        |a: &String| format!("From a@b.example Mon Nov 30 10:00:00 2026\nFrom: a\nSubject: b\n\n{a}\n\n");
    let doc = |a: &String| format!("<DOC>\n<DOCNO> 1 </DOCNO>\n<TEXT>\n{a}\n</TEXT>\n</DOC>\n");
    let wiki = |a: &String| {
        format!("<page><title>A</title><ns>0</ns><revision><text>{a}</text></revision></page>\n")
    };
    let json = |a: &String| serde_json::json!({ "text": a }).to_string() + "\n";
    let row = |a: &String| format!("7,\"{a}\"\r\n");
    let all = |make: &dyn Fn(&String) -> String, of: &[String], fault: &str| {
        let (front, rest) = of.split_at(of.len() / 2);
        let side = |part: &[String]| part.iter().map(make).collect::<String>();
        [side(front), fault.to_owned(), side(rest)].concat().into_bytes()
    };
    let contents = [
        all(&json, &articles, "{broken\n\n"),
        [b"id,text\r\n".to_vec(), all(&row, &articles, "ragged,\"row\n")].concat(),
        [b"a,b,text\n".to_vec(), all(&|a| format!("1,2,{}\n", a.replace('\n', " ")), &articles, "x\n")]
            .concat(),
        all(&|p| format!("{p}\n"), &pages, "<!-- late -->\n<p>stray</p>\n"),
        all(&|p| format!("<!doctype html>{p}"), &pages, "</html>\n<script>'</html>\n'</script>"),
        all(&record, &pages, "garbage\n"),
        all(&message, &articles, "From here\non\n"),
        all(&doc, &articles, "stray text\n<DOC>\nopen\n"),
        [b"<mediawiki>\n".to_vec(), all(&wiki, &articles, "<page>\n")].concat(),
        all(&|a| format!("{a}\n\n\n\n"), &articles, "\u{0}\n\n\n\n"),
    ];
    let dir = folder();
    let inputs: Vec<_> =
        contents.iter().enumerate().map(|(i, c)| file(&dir, &format!("{i:02}"), c)).collect();
    let seeds: Vec<u64> = (0..u64::from(cases(6))).collect();
    pauses_change_nothing(&|| pipeline("news"), &inputs, &seeds);
}

#[test]
fn plain_text() {
    same_everywhere("txt", &corpus());
}

#[test]
fn windows() {
    let longest = || {
        let text = "[[stage]]\ntype = \"fingerprint\"\n[[stage]]\ntype = \"exact-dedupe\"\n[[stage]]\n\
                    type = \"near-dedupe\"\nkeep = \"longest\"\nwindow = 23\nthreshold = 0.98\ncontainment = 0.99\n";
        config::parse("longest", text, &Registry::default()).expect("a pipeline")
    };
    same_with(longest, "txt", &corpus());
}

#[test]
fn json_lines() {
    let text = String::from_utf8_lossy(&corpus()).into_owned();
    let mut lines = String::new();
    for (i, article) in text.split("\n\n\n\n").enumerate() {
        lines.push_str(&serde_json::json!({ "i": i, "text": article, "lang": "en" }).to_string());
        lines.push_str(if i % 97 == 0 { "\n{broken\n" } else { "\n" });
    }
    same_everywhere("jsonl", lines.as_bytes());
}

#[test]
fn tables() {
    let text = String::from_utf8_lossy(&corpus()).into_owned();
    let mut rows = String::from("i,text,lang\n");
    for (i, article) in text.split("\n\n\n\n").enumerate() {
        rows.push_str(&format!("{i},\"{}\",en\n", article.replace('"', "\"\"")));
        rows.push_str(if i % 97 == 0 { "ragged,\"row\n" } else { "" });
    }
    same_everywhere("csv", rows.as_bytes());
}

#[test]
fn the_parallel_run_equals_the_reference() {
    let (dir, content) = (folder(), corpus());
    let input = file(&dir, "a.txt", &content);
    let (_, [rows, ..]) = run_files(pipeline("news"), std::slice::from_ref(&input), &RunOptions::default());
    let mut kept = Vec::new();
    let ran =
        inline::run(plan(pipeline("news")), input.to_str().expect("UTF-8"), &mut &content[..], &mut |fate| {
            if let Fate::Document(doc) = fate
                && doc.dropped().is_none()
            {
                let mut text = String::new();
                doc.write_text(&mut text);
                kept.push((doc.id.to_string(), doc.title().to_owned(), text));
            }
            true
        });
    ran.expect("it runs");
    let rows: Vec<_> = crate::support::rows(&rows)
        .iter()
        .map(|r| ["id", "title", "text"].map(|k| str_of(r, k).to_owned()))
        .map(|[id, title, text]| (id, title, text))
        .collect();
    assert_eq!(rows, kept);
}
