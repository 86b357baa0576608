//! One record of an archive, to a document.

use std::borrow::Cow;

use serde_json::json;

use super::body::{self, Body};
use super::head::{self, Fields, MAX_HEAD};
use super::wanted::{self, Block};
use super::wat;
use crate::document::{Document, Origin};
use crate::formats::bad::{Bad, BadKind};
use crate::formats::{InputOptions, Opener, Raw, check_lines, html, plain};
use crate::text::{charset, head as article};

/// Reads records that the segmenter has found.
pub(super) struct WarcOpener(pub InputOptions);

/// What a record is made of.
struct Parts<'a> {
    record: Fields<'a>,
    block: Block,
    /// Status and header of the HTTP message, if the block is one.
    http: Option<(u16, Fields<'a>)>,
    body: Body<'a>,
}

impl Opener for WarcOpener {
    fn open(&self, raw: Raw<'_>) -> Result<Document, Bad> {
        let id = plain::id(&raw);
        let parts = parts(raw.bytes, body::share(&raw.origin), self.0.max_document_bytes)?;
        let mut doc = self.document(raw.origin, &parts)?;
        doc.id = id;
        doc.meta = meta(&parts, &doc.meta);
        Ok(doc)
    }
}

/// Takes a record apart.
fn parts(bytes: &[u8], share: usize, max: usize) -> Result<Parts<'_>, Bad> {
    let broken = |what: &str| BadKind::BadRecord.because(what);
    let end = head::end(&bytes[..bytes.len().min(MAX_HEAD)], &mut 0);
    let (record, content) = bytes.split_at(end.ok_or_else(|| broken("its header has no end"))?);
    let record = Fields::new(record);
    let block = wanted::block(record);
    if block != Block::Http {
        let body = Body { bytes: Cow::Borrowed(content), cut: false };
        return Ok(Parts { record, block, http: None, body });
    }
    let end = head::end(&content[..content.len().min(MAX_HEAD)], &mut 0);
    let (head, sent) =
        content.split_at(end.ok_or_else(|| broken("its HTTP header has no end within 64 KiB"))?);
    let status = status(head).ok_or_else(|| broken("its HTTP message begins with no status"))?;
    let http = Fields::new(head);
    let block = wanted::body(record, http);
    Ok(Parts { record, block, http: Some((status, http)), body: body::decode(sent, http, share, max)? })
}

/// The status of an HTTP message: `HTTP/1.1 200 OK`.
fn status(head: &[u8]) -> Option<u16> {
    let line = head.split(|b| *b == b'\n').next()?;
    let line = std::str::from_utf8(line.get(..line.len().min(64))?).ok()?;
    let mut words = line.split_ascii_whitespace();
    words.next().filter(|w| w.starts_with("HTTP/"))?;
    words.next()?.parse().ok().filter(|s| (100..1000).contains(s))
}

/// The address of a record; some tools put it in angle brackets.
fn url<'a>(record: Fields<'a>) -> Option<Cow<'a, str>> {
    let url = record.text("WARC-Target-URI")?;
    match url.strip_prefix('<').and_then(|u| u.strip_suffix('>')) {
        Some(inside) => Some(inside.to_owned().into()),
        None => Some(url),
    }
}

impl WarcOpener {
    fn document(&self, origin: Origin, parts: &Parts<'_>) -> Result<Document, Bad> {
        let bytes = &*parts.body.bytes;
        if bytes.len() > self.0.max_document_bytes {
            return Err(BadKind::TooLarge.because(format!("a body of {} bytes", bytes.len())));
        }
        if parts.block == Block::Wat {
            return described(origin, bytes);
        }
        let (fields, is_html) =
            (parts.http.map_or(parts.record, |(_, http)| http), parts.block == Block::Html);
        let stated = fields.text("Content-Type");
        let mut declared = stated.as_deref().and_then(head::charset).map(str::to_owned);
        if is_html {
            declared = html::encoding(bytes, declared);
        }
        let decoded = charset::decode(bytes, declared.as_deref());
        if let Some(at) = memchr::memchr(0, decoded.text.as_bytes()).filter(|_| !is_html) {
            return Err(BadKind::NulBytes.because(format!("NUL at byte {at} of the text: binary data?")));
        }
        if self.0.strict && decoded.replaced > 0 {
            return Err(BadKind::InvalidUtf8.because(format!("{} invalid sequences", decoded.replaced)));
        }
        check_lines(decoded.text.as_bytes())?;
        let (replaced, encoding) = (decoded.replaced, decoded.foreign());
        let mut doc = if is_html {
            html::document(origin, &decoded.text, url(parts.record).as_deref(), &self.0)?
        } else {
            let mut doc = Document::new(crate::reason::DocId(0), origin, decoded.text.into_owned());
            article::assign_roles(&mut doc, article::Trust::RepeatsOnly);
            doc
        };
        (doc.replaced, doc.encoding) = (replaced, encoding);
        Ok(doc)
    }
}

/// What a page says of itself, by its WAT record.
fn described(origin: Origin, bytes: &[u8]) -> Result<Document, Bad> {
    let stated = wat::read(bytes).map_err(|e| BadKind::BadJson.because(e.to_string()))?;
    if stated.text.is_empty() {
        return Err(BadKind::NoText.because("the page has no description"));
    }
    check_lines(stated.text.as_bytes())?;
    let mut doc = Document::new(crate::reason::DocId(0), origin, stated.text);
    doc.stated_title = stated.title.trim().to_owned();
    Ok(doc)
}

/// What the archive says of a record, and after it what is known of its page.
fn meta(parts: &Parts<'_>, page: &str) -> String {
    let record = parts.record;
    let named = |name: &str| record.text(name).map(|v| json!(v));
    let type_of = parts.http.map_or(record, |(_, http)| http).text("Content-Type");
    let fields = [
        ("url", url(record).map(|u| json!(u))),
        ("warc-date", named("WARC-Date")),
        ("warc-record-id", named("WARC-Record-ID")),
        ("warc-type", named("WARC-Type")),
        ("content-type", type_of.map(|v| json!(v))),
        ("status", parts.http.map(|(status, _)| json!(status))),
        ("truncated", named("WARC-Truncated").or_else(|| parts.body.cut.then(|| json!("unknown")))),
    ];
    let page: serde_json::Map<String, serde_json::Value> = serde_json::from_str(page).unwrap_or_default();
    let given = fields.iter().filter_map(|(key, value)| Some((*key, value.as_ref()?)));
    let own = page.iter().filter(|(key, _)| !fields.iter().any(|(k, v)| k == key && v.is_some()));
    let all = given.chain(own.map(|(key, value)| (key.as_str(), value)));
    let members: Vec<String> = all.map(|(key, value)| format!("{}:{value}", json!(key))).collect();
    format!("{{{}}}", members.join(","))
}
