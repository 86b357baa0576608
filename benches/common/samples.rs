//! The same articles in every format and compression that is read.

use std::io::Write;

/// Something that is read: a name for the table, a file ending, and its bytes.
pub struct Sample {
    /// What it is.
    pub name: &'static str,
    /// Value of `--format`; empty for what only `name` tells.
    pub format: &'static str,
    /// The file.
    pub bytes: Vec<u8>,
    /// Bytes once decompressed.
    pub decoded: usize,
}

/// Title and paragraphs of an article.
fn parts(article: &str) -> (&str, &str) {
    article.split_once('\n').unwrap_or((article, ""))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn json(article: &str) -> String {
    let (title, text) = parts(article);
    serde_json::json!({ "title": title, "text": text.trim(), "lang": "en" }).to_string() + "\n"
}

/// A page of which about half is script and template, as on the web.
fn page(article: &str) -> String {
    let article = escaped(article);
    let (title, text) = parts(&article);
    let paragraphs: String =
        text.split("\n\n").filter(|p| !p.trim().is_empty()).map(|p| format!("<p>{p}</p>\n")).collect();
    let links: String = (0..40)
        .map(|n| format!("<li class=\"nav-item\"><a href=\"/section/{n}\">Section {n}</a></li>\n"))
        .collect();
    let script =
        "window.dataLayer=window.dataLayer||[];dataLayer.push({page:{type:'article',ads:[1,2,3]}});\n"
            .repeat(20);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><title>{title}</title><script>{script}</script></head>\n<body><nav><ul>\n\
         {links}</ul></nav>\n<article><h1>{title}</h1>\n{paragraphs}</article>\n<footer>All rights reserved</footer></body></html>\n"
    )
}

fn warc(kind: &str, body: &str) -> String {
    let http =
        format!("HTTP/1.1 200 OK\r\nServer: bench\r\nContent-Type: {kind}; charset=utf-8\r\n\r\n{body}");
    format!(
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.example/\r\nWARC-Date: 2026-11-25T06:00:00Z\r\n\
         Content-Type: application/http; msgtype=response\r\nContent-Length: {}\r\n\r\n{http}\r\n\r\n",
        http.len()
    )
}

fn wet(article: &str) -> String {
    format!(
        "WARC/1.0\r\nWARC-Type: conversion\r\nWARC-Target-URI: http://a.example/\r\nWARC-Date: 2026-11-25T06:00:00Z\r\n\
         Content-Type: text/plain\r\nContent-Length: {}\r\n\r\n{article}\r\n\r\n",
        article.len()
    )
}

fn csv(article: &str) -> String {
    let (title, text) = parts(article);
    let cell = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    format!("{},{},en\n", cell(title), cell(text.trim()))
}

fn wiki(article: &str) -> String {
    let (title, text) = parts(article);
    let text =
        text.replace("government", "[[government|the government]]").replace("million", "'''million'''");
    let text = format!(
        "{{{{Infobox event|name={title}|date=2026}}}}\n{text}<ref>{{{{cite news|title=x}}}}</ref>\n[[Category:News]]"
    );
    format!(
        "  <page>\n    <title>{}</title>\n    <ns>0</ns>\n    <id>7</id>\n    <revision>\n      <id>8</id>\n      \
         <text bytes=\"{}\" xml:space=\"preserve\">{}</text>\n    </revision>\n  </page>\n",
        escaped(title),
        text.len(),
        escaped(&text)
    )
}

fn mail(article: &str) -> String {
    let (title, text) = parts(article);
    format!(
        "From someone@a.example Wed Nov 25 06:00:00 2026\nFrom: Someone <someone@a.example>\nSubject: {}\n\
         Date: Wed, 25 Nov 2026 06:00:00 +0000\nMessage-ID: <1@a.example>\nContent-Type: text/plain; charset=utf-8\n\n{}\n\n",
        title.chars().filter(char::is_ascii).collect::<String>(),
        text.trim().replace("\nFrom ", "\n>From ")
    )
}

fn sgml(article: &str) -> String {
    let (title, text) = parts(article);
    let paragraphs: String = escaped(text).split("\n\n").map(|p| format!("<P>\n{p}\n</P>\n")).collect();
    format!(
        "<DOC>\n<DOCNO> A-1 </DOCNO>\n<HEADLINE>\n{}\n</HEADLINE>\n<TEXT>\n{paragraphs}</TEXT>\n</DOC>\n",
        escaped(title)
    )
}

/// The articles of `dump` in each format that is not made by a library.
pub fn formats(dump: &str) -> Vec<Sample> {
    let all = |make: &dyn Fn(&str) -> String| dump.split("\n\n\n\n").map(make).collect::<String>();
    let plain =
        |name, format, text: String| Sample { name, format, decoded: text.len(), bytes: text.into_bytes() };
    vec![
        plain("plain text", "plain", dump.to_owned()),
        plain("JSON Lines", "jsonl", all(&json)),
        plain(
            "JSON Lines of pages",
            "jsonl",
            all(&|a| serde_json::json!({ "text": page(a) }).to_string() + "\n"),
        ),
        plain("HTML, pages in a row", "html", all(&page)),
        plain("WARC, pages", "warc", all(&|a| warc("text/html", &page(a)))),
        plain("WARC, records that are skipped", "warc", all(&|a| warc("image/png", &page(a)))),
        plain("WET", "warc", all(&wet)),
        plain("CSV", "csv", "title,text,lang\n".to_owned() + &all(&csv)),
        plain(
            "MediaWiki XML",
            "mediawiki",
            format!(
                "<mediawiki xmlns=\"http://www.mediawiki.org/xml/export-0.11/\" version=\"0.11\" xml:lang=\"en\">\n{}</mediawiki>\n",
                all(&wiki)
            ),
        ),
        plain("mbox", "mbox", all(&mail)),
        plain("SGML news", "sgml", all(&sgml)),
    ]
}

/// Bytes that the library alone decodes.
pub type Decode = fn(&[u8]) -> usize;

/// The same JSON Lines in each compression.
pub fn compressions(lines: &[u8]) -> Vec<(Sample, Decode)> {
    let sample = |name, bytes| Sample { name, format: "jsonl", bytes, decoded: lines.len() };
    let finished = "memory does not fail";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(lines).expect(finished);
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    bzip2.write_all(lines).expect(finished);
    let mut xz = liblzma::write::XzEncoder::new(Vec::new(), 6);
    xz.write_all(lines).expect(finished);
    let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
    lz4.write_all(lines).expect(finished);
    let mut snappy = snap::write::FrameEncoder::new(Vec::new());
    snappy.write_all(lines).expect(finished);
    vec![
        (sample("gzip", gzip.finish().expect(finished)), |b| drain(flate2::read::GzDecoder::new(b))),
        (sample("zstd", zstd::encode_all(lines, 3).expect(finished)), |b| {
            drain(zstd::stream::read::Decoder::new(b).expect("a zstd frame"))
        }),
        (sample("bzip2", bzip2.finish().expect(finished)), |b| drain(bzip2::read::BzDecoder::new(b))),
        (sample("xz", xz.finish().expect(finished)), |b| drain(liblzma::read::XzDecoder::new(b))),
        (sample("lz4", lz4.finish().expect(finished)), |b| drain(lz4_flex::frame::FrameDecoder::new(b))),
        (sample("snappy", snappy.into_inner().expect(finished)), |b| drain(snap::read::FrameDecoder::new(b))),
    ]
}

/// Bytes that come out of a decoder and are let go.
fn drain(mut decoder: impl std::io::Read) -> usize {
    let (mut buffer, mut all) = (vec![0; 256 << 10], 0);
    loop {
        match decoder.read(&mut buffer).expect("it was just encoded") {
            0 => return all,
            n => all += n,
        }
    }
}
