//! A `<page>` of a dump, and what stands in front of the first.

use std::borrow::Cow;

use memchr::memmem;
use serde_json::Value;

use crate::formats::object::Members;
use crate::formats::{after_bom, begins_with};
use crate::text::entities;

/// Whether content begins like a dump: `<mediawiki`, or a page with its title. `None` if what follows decides, and
/// `content` is not the `whole` of it.
pub(super) fn begins(content: &[u8], whole: bool) -> Option<bool> {
    let unknown = whole.then_some(false);
    let Some(mut rest) = after_bom(content, whole) else { return unknown };
    loop {
        rest = rest.trim_ascii_start();
        let end: &[u8] = match rest {
            [b'<', b'!', b'-', b'-', ..] => b"-->",
            [b'<', b'?', ..] => b"?>",
            _ => break,
        };
        match memmem::find(rest, end) {
            Some(n) => rest = &rest[n + end.len()..],
            None => return unknown,
        }
    }
    if let Some(rest) = rest.strip_prefix(b"<mediawiki") {
        return rest.first().map(|b| b.is_ascii_whitespace() || *b == b'>').or(unknown);
    }
    if let Some(rest) = rest.strip_prefix(b"<page>") {
        return begins_with(rest.trim_ascii_start(), b"<title>").or(unknown);
    }
    let may_begin =
        [&b"<mediawiki"[..], b"<page>", b"<!--"].iter().any(|what| begins_with(rest, what).is_none());
    if may_begin { unknown } else { Some(false) }
}

/// The address in front of titles, by the `<base>` of a `<siteinfo>`.
pub(super) fn base(siteinfo: &[u8]) -> Option<String> {
    let base = std::str::from_utf8(inside(siteinfo, "base")?).ok()?.trim_ascii();
    let folder = &base[..=base.rfind('/')?];
    (folder.starts_with("http") && folder.contains("://")).then(|| decoded(folder).into_owned())
}

/// Whether a page is an article: namespace 0, no redirect, wikitext.
pub(super) fn is_article(page: &[u8]) -> bool {
    let (head, revision) = halves(page);
    let ns = inside(head, "ns").is_none_or(|ns| ns.trim_ascii() == b"0");
    let facts = &revision[..memmem::find(revision, b"<text").unwrap_or(revision.len())];
    let model = inside(facts, "model").is_none_or(|model| model.trim_ascii() == b"wikitext");
    if !ns || !model || memmem::find(head, b"<redirect").is_some() {
        return false;
    }
    // Dumps before version 0.4 do not say so.
    let text = text(revision).unwrap_or_default().trim_ascii_start();
    !text.get(..9).is_some_and(|start| start.eq_ignore_ascii_case(b"#redirect"))
}

/// What is said of the page, and its last revision.
fn halves(page: &[u8]) -> (&[u8], &[u8]) {
    let first = memmem::find(page, b"<revision>").unwrap_or(page.len());
    let last = memmem::rfind(page, b"<revision>").unwrap_or(page.len());
    (&page[..first], &page[last..])
}

/// The content of the first element called `name`, without attributes.
fn inside<'a>(xml: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let open = format!("<{name}>");
    let start = memmem::find(xml, open.as_bytes())? + open.len();
    let end = memmem::find(&xml[start..], format!("</{name}>").as_bytes())?;
    Some(&xml[start..start + end])
}

/// The content of the element `text` of a revision, if it has any.
fn text(revision: &[u8]) -> Option<&[u8]> {
    let at = memmem::find(revision, b"<text")?;
    let start = at + memchr::memchr(b'>', &revision[at..])? + 1;
    if revision[..start].ends_with(b"/>") {
        return None;
    }
    let rest = &revision[start..];
    Some(&rest[..memmem::find(rest, b"</text>")?])
}

/// A page, its parts where they stand.
pub(super) struct Page<'a> {
    head: &'a str,
    revision: &'a str,
}

impl<'a> Page<'a> {
    pub fn read(page: &'a str) -> Self {
        let (head, revision) = halves(page.as_bytes());
        Self { head: &page[..head.len()], revision: &page[page.len() - revision.len()..] }
    }

    pub fn title(&self) -> String {
        let title = field(self.head, "title").unwrap_or_default();
        title.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The wikitext, without what XML does to it, and without control characters.
    pub fn source(&self) -> Option<Cow<'a, str>> {
        let text = text(self.revision.as_bytes())?;
        let start = text.as_ptr().addr() - self.revision.as_ptr().addr();
        let text = decoded(&self.revision[start..start + text.len()]);
        let is_control = |c: char| c.is_ascii_control() && c != '\n' && c != '\t';
        if !text.contains(is_control) {
            return Some(text);
        }
        Some(text.replace("\r\n", "\n").replace('\r', "\n").replace(is_control, "").into())
    }

    /// The members of `meta`. `base` is the address in front of titles.
    pub fn meta(&self, base: Option<&str>, categories: Vec<String>) -> Members {
        let number = |text: Cow<'_, str>| text.trim_ascii().parse::<u64>().ok().map(Value::from);
        let facts = &self.revision[..self.revision.find("<text").unwrap_or(self.revision.len())];
        let fields = [
            ("url", base.map(|base| Value::from(address(base, &self.title())))),
            ("id", field(self.head, "id").and_then(number)),
            ("ns", field(self.head, "ns").and_then(number)),
            ("revision", field(facts, "id").and_then(number)),
            ("timestamp", field(facts, "timestamp").map(|t| Value::from(t.trim_ascii()))),
            ("categories", (!categories.is_empty()).then(|| Value::from(categories))),
        ];
        fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

fn field<'a>(xml: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let content = std::str::from_utf8(inside(xml.as_bytes(), name)?).ok()?;
    Some(decoded(content))
}

/// The address of a page: spaces are underscores, and what would end a path is escaped.
fn address(base: &str, title: &str) -> String {
    let mut out = base.to_owned();
    for c in title.chars() {
        match c {
            ' ' => out.push('_'),
            '%' | '?' | '#' | '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}' => {
                out.push_str(&format!("%{:02X}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

/// Text of XML with its references resolved.
fn decoded(xml: &str) -> Cow<'_, str> {
    let bytes = xml.as_bytes();
    let Some(first) = memchr::memchr(b'&', bytes) else {
        return xml.into();
    };
    let mut out = String::with_capacity(xml.len());
    let (mut rest, mut next) = (xml, Some(first));
    while let Some(at) = next {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = [("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&amp;", '&')];
        if let Some((name, means)) = known.iter().find(|(name, _)| rest.starts_with(name)) {
            out.push(*means);
            rest = &rest[name.len()..];
        } else {
            let end = memchr::memchr(b'&', &rest.as_bytes()[1..]).map_or(rest.len(), |n| n + 1);
            entities::decode(&rest[..end], false, &mut out);
            rest = &rest[end..];
        }
        next = memchr::memchr(b'&', rest.as_bytes());
    }
    out.push_str(rest);
    out.into()
}
