//! One record, taken apart: title, text, and all else by the names of its elements.

use super::markup::{Tag, attributes, tag};
use super::{entities, wrapped};
use crate::formats::object::{self, Members};

/// Elements whose content is the title; the first that has any.
const TITLES: &[&str] = &["headline", "title", "head", "hl", "ti"];

/// Elements that hold the text. One within another is the text alone.
const TEXTS: &[&str] = &["text", "body", "lp"];

/// Elements that are told of the article where they stand within its text.
const WITHIN: &[&str] = &["headline", "title", "dateline", "byline", "author", "slug"];

/// Most elements within each other that are told apart; what is deeper counts as its parent's.
const DEEPEST: usize = 32;

/// What a record holds.
#[derive(Debug, Default)]
pub(super) struct Article<'a> {
    pub title: String,
    pub text: String,
    pub fields: Members,
    /// The address of a web page and the page, if the record is one (TREC's web collections).
    pub page: Option<(Option<&'a str>, &'a str)>,
}

/// An element that is open, and the text in it that belongs to no element within.
struct Open {
    name: String,
    /// What its list items are kept under; it is one itself.
    list: Option<String>,
    text: String,
}

#[derive(Default)]
struct Reader {
    title: String,
    fields: Members,
    open: Vec<Open>,
    /// Text elements that are open.
    depth: usize,
    /// There was one.
    has_text: bool,
    /// A text element within another was seen: what else is in the outer one is none.
    inner: bool,
    /// No text is meant to be there (`TYPE="BRIEF"`).
    brief: bool,
    text: String,
    /// Text that stands in the record itself.
    loose: String,
}

/// Reads a record, from its opening tag to its closing one.
pub(super) fn read(record: &str) -> Article<'_> {
    let Some(first) = tag(record) else {
        return Article::default();
    };
    let given = attributes(first.attributes);
    let given: Vec<(String, String)> =
        given.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), decoded(value))).collect();
    let inside = &record[first.len..record.rfind("</").filter(|n| *n >= first.len).unwrap_or(record.len())];
    let has = |key: &str| given.iter().any(|(name, _)| name == key);
    if has("title") && has("url") {
        return plain(&given, inside);
    }
    if let Some(page) = page(&given, inside) {
        return page;
    }
    let mut reader = Reader::default();
    reader.read(inside);
    reader.finish(&given)
}

/// A record of WikiExtractor: attributes and plain text, whose first line is the title.
fn plain<'a>(given: &[(String, String)], inside: &str) -> Article<'a> {
    let mut article = Article::default();
    for (name, value) in given {
        match name.as_str() {
            "title" => article.title.clone_from(value),
            _ => object::add(&mut article.fields, name, value),
        }
    }
    let text = decoded(inside);
    let text = text.trim_ascii();
    let rest = text.strip_prefix(article.title.as_str()).filter(|rest| rest.starts_with(['\n', '\r']));
    article.text = rest.unwrap_or(text).to_owned();
    article
}

/// A record of TREC's web collections: a header that begins with the page's address, then the page.
fn page<'a>(given: &[(String, String)], inside: &'a str) -> Option<Article<'a>> {
    let (open, close) = ("<DOCHDR>", "</DOCHDR>");
    let begins = inside.find(open)?;
    let ends = begins + inside[begins..].find(close)?;
    let url = inside[begins + open.len()..ends].split_ascii_whitespace().next();
    let mut reader = Reader::default();
    reader.read(&inside[..begins]);
    let mut article = Article { page: Some((url, &inside[ends + close.len()..])), ..reader.finish(given) };
    article.text.clear();
    Some(article)
}

fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    entities::decode(text, &mut out);
    out
}

/// White space once.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Reader {
    fn read(&mut self, inside: &str) {
        let (mut at, mut from) = (0, 0);
        while let Some(n) = memchr::memchr(b'<', &inside.as_bytes()[from..]) {
            from += n;
            if let Some(found) = tag(&inside[from..]) {
                self.take(&inside[at..from]);
                from += found.len;
                at = from;
                self.tag(&found);
            } else {
                from += 1;
            }
        }
        self.take(&inside[at..]);
        while self.close() {}
    }

    /// Text that stands where the reader is.
    fn take(&mut self, text: &str) {
        let into = match self.open.last_mut() {
            Some(open) => &mut open.text,
            None if self.depth == 0 => &mut self.loose,
            None if self.inner && self.depth == 1 || self.brief => return,
            None => &mut self.text,
        };
        entities::decode(text, into);
    }

    fn tag(&mut self, tag: &Tag<'_>) {
        let name = tag.name.to_ascii_lowercase();
        if TEXTS.contains(&name.as_str()) {
            self.text_element(tag);
        } else if matches!(name.as_str(), "p" | "para" | "br") {
            self.take("\n\n");
        } else if tag.closes {
            // What stands within it without an end ends with it.
            if let Some(n) = self.open.iter().rposition(|open| open.name == name) {
                while self.open.len() > n {
                    self.close();
                }
            }
        } else if self.depth == 0 || WITHIN.contains(&name.as_str()) {
            self.begin(name);
        }
    }

    fn text_element(&mut self, tag: &Tag<'_>) {
        while self.close() {}
        if tag.closes {
            self.depth = self.depth.saturating_sub(1);
            return;
        }
        self.depth += 1;
        self.has_text = true;
        let kind = attributes(tag.attributes).into_iter().find(|(name, _)| name.eq_ignore_ascii_case("type"));
        self.brief = self.brief || kind.is_some_and(|(_, kind)| kind.eq_ignore_ascii_case("brief"));
        if self.depth == 2 {
            self.inner = true;
            self.text.clear();
        } else {
            self.text.push_str("\n\n");
        }
        if let Some((_, kind)) = kind {
            object::add(&mut self.fields, "text-type", kind);
        }
    }

    fn begin(&mut self, name: String) {
        if self.open.len() >= DEEPEST {
            return;
        }
        let list = self.open.last().filter(|_| name == "d").map(|open| open.name.clone());
        self.open.push(Open { name, list, text: String::new() });
    }

    /// Ends the innermost element: what it holds is the title or a field. Whether there was one.
    fn close(&mut self) -> bool {
        let Some(open) = self.open.pop() else {
            return false;
        };
        let text = one_line(&open.text);
        if text.is_empty() {
            return true;
        }
        if TITLES.contains(&open.name.as_str()) && self.title.is_empty() {
            self.title = text;
        } else if let Some(list) = open.list {
            object::add_to_list(&mut self.fields, &list, &text);
        } else {
            object::add(&mut self.fields, &open.name, &text);
        }
        true
    }

    fn finish<'a>(self, given: &[(String, String)]) -> Article<'a> {
        let mut fields = Members::new();
        for (name, value) in given.iter().filter(|(_, value)| !value.is_empty()) {
            // Reuters has an attribute and an element called so.
            let taken = self.fields.iter().any(|(n, _)| n == name);
            object::add(&mut fields, &if taken { format!("@{name}") } else { name.clone() }, value);
        }
        let raw = if self.has_text { &self.text } else { &self.loose };
        let text = wrapped::unwrap(raw);
        fields.extend(self.fields);
        Article { title: self.title, text, fields, page: None }
    }
}
