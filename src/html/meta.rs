//! What a page states about itself: meta tags, JSON-LD, `lang`, `title`.

use serde_json::Value;

use super::attributes::Name;
use super::tag::Tag;
use super::tree::Tree;
use crate::text::entities;

/// Kinds of page that a page may state to be, as bits.
pub mod kind {
    #![allow(missing_docs, reason = "names of kinds")]
    pub const ARTICLE: u32 = 1;
    pub const PRODUCT: u32 = 2;
    pub const FAQ: u32 = 4;
    pub const FORUM: u32 = 8;
    pub const COLLECTION: u32 = 16;
    pub const SERVICE: u32 = 32;
}

/// What a page states about itself; empty where it states nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meta {
    /// Its title.
    pub title: String,
    /// Its address: `link rel=canonical`, `og:url`, JSON-LD, in this order.
    pub url: String,
    /// When it was published, as stated.
    pub date: String,
    /// Its author or authors, joined by `; `.
    pub author: String,
    /// Its language tag.
    pub lang: String,
    /// Name of the site.
    pub site: String,
    /// See [`kind`].
    pub kinds: u32,
}

/// Bytes of JSON-LD that are read of a page.
const MAX_JSON: usize = 1 << 20;

/// Longest value that is kept, in bytes.
const MAX_VALUE: usize = 2048;

/// A value with references resolved and white space collapsed; empty if it is too long.
fn clean(value: &str) -> String {
    if value.len() > MAX_VALUE {
        return String::new();
    }
    let mut decoded = String::new();
    entities::decode(value, true, &mut decoded);
    decoded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Sets a field that is still empty.
fn set(field: &mut String, value: String) {
    if field.is_empty() {
        *field = value;
    }
}

/// What was found, by how far it is to be trusted.
#[derive(Default)]
struct Found {
    meta: Meta,
    html_title: String,
    og_title: String,
    og_url: String,
    linked: Meta,
    authors: Vec<String>,
    modified: String,
    time: String,
}

/// Reads a page's metadata.
pub fn read(tree: &Tree<'_>) -> Meta {
    let mut found = Found::default();
    let mut budget = MAX_JSON;
    for i in 0..tree.nodes.len() {
        match tree.nodes[i].tag {
            Tag::Html => found.meta.lang = tree.attribute(i, Name::Lang).map(clean).unwrap_or_default(),
            Tag::Meta => meta_tag(tree, i, &mut found),
            Tag::Link => {
                let rel = tree.attribute(i, Name::Rel).unwrap_or_default();
                if rel.eq_ignore_ascii_case("canonical") {
                    set(&mut found.meta.url, clean(tree.attribute(i, Name::Href).unwrap_or_default()));
                }
            }
            Tag::Title if found.html_title.is_empty() => {
                found.html_title = clean(tree.text((i + 1).min(tree.nodes.len() - 1)));
            }
            Tag::Time if found.time.is_empty() => {
                found.time = clean(tree.attribute(i, Name::Datetime).unwrap_or_default());
            }
            Tag::Script => json_ld(tree, i, &mut budget, &mut found),
            _ => {}
        }
    }
    settle(found)
}

fn settle(found: Found) -> Meta {
    let Found { mut meta, linked, .. } = found;
    meta.kinds |= linked.kinds;
    set(&mut meta.title, found.og_title);
    set(&mut meta.title, linked.title);
    set(&mut meta.title, found.html_title);
    set(&mut meta.url, found.og_url);
    set(&mut meta.url, linked.url);
    // JSON-LD is written for machines, meta tags as often for people.
    let date = if linked.date.is_empty() { meta.date } else { linked.date };
    meta.date = date;
    set(&mut meta.date, found.time);
    set(&mut meta.date, found.modified);
    meta.author = if linked.author.is_empty() { found.authors.join("; ") } else { linked.author };
    set(&mut meta.site, linked.site);
    set(&mut meta.lang, linked.lang);
    meta
}

fn meta_tag(tree: &Tree<'_>, i: usize, found: &mut Found) {
    let name = [Name::Property, Name::Name, Name::Itemprop].iter().find_map(|n| tree.attribute(i, *n));
    let (Some(name), Some(content)) = (name, tree.attribute(i, Name::Content)) else {
        return;
    };
    if name.len() > 64 {
        return;
    }
    let value = || clean(content);
    match name.to_ascii_lowercase().as_str() {
        "og:title" => set(&mut found.og_title, value()),
        "og:url" => set(&mut found.og_url, value()),
        "og:site_name" => set(&mut found.meta.site, value()),
        "og:type" => found.meta.kinds |= kinds(&value()),
        "article:published_time"
        | "datepublished"
        | "date"
        | "pubdate"
        | "publishdate"
        | "dc.date"
        | "dc.date.issued"
        | "parsely-pub-date"
        | "sailthru.date"
        | "citation_publication_date" => {
            set(&mut found.meta.date, value());
        }
        "article:modified_time" | "og:updated_time" | "last-modified" => set(&mut found.modified, value()),
        "author" | "article:author" | "dc.creator" | "parsely-author" | "sailthru.author"
        | "citation_author" => {
            let value = value();
            // Some name a profile's address.
            if !value.is_empty()
                && !value.starts_with("http")
                && !found.authors.contains(&value)
                && found.authors.len() < 32
            {
                found.authors.push(value);
            }
        }
        "og:locale" | "language" | "content-language" => {
            set(&mut found.linked.lang, value().replace('_', "-"))
        }
        _ => {}
    }
}

/// The kinds that a type of Open Graph or schema.org stands for.
fn kinds(name: &str) -> u32 {
    let name = name.rsplit(['/', ':']).next().unwrap_or_default().to_ascii_lowercase();
    match name.as_str() {
        "discussionforumposting" | "qapage" | "socialmediaposting" => kind::FORUM,
        "product" | "product.item" | "productgroup" | "og:product" | "individualproduct" => kind::PRODUCT,
        "faqpage" => kind::FAQ,
        "collectionpage" | "itemlist" | "searchresultspage" | "offercatalog" => kind::COLLECTION,
        "service" | "localbusiness" | "professionalservice" | "softwareapplication" | "course" => {
            kind::SERVICE
        }
        "report" | "recipe" | "howto" => kind::ARTICLE,
        _ if name.ends_with("article") || name.ends_with("posting") => kind::ARTICLE,
        _ => 0,
    }
}

fn json_ld(tree: &Tree<'_>, i: usize, budget: &mut usize, found: &mut Found) {
    let is_json =
        tree.attribute(i, Name::Type).is_some_and(|t| t.trim().eq_ignore_ascii_case("application/ld+json"));
    if !is_json || tree.nodes[i].end as usize <= i + 1 {
        return;
    }
    let text = tree.text(i + 1);
    if text.len() > *budget {
        return;
    }
    *budget -= text.len();
    let text = text.trim().trim_end_matches(';');
    if let Ok(value) = serde_json::from_str::<Value>(text) {
        thing(&value, 0, &mut found.linked);
    }
}

/// Reads a thing of schema.org, or several of them. Articles come first, whatever their order.
fn thing(value: &Value, depth: usize, out: &mut Meta) {
    match value {
        Value::Array(items) if depth < 4 => items.iter().for_each(|v| thing(v, depth + 1, out)),
        Value::Object(members) => {
            let kinds = types(value);
            if depth < 3 {
                out.kinds |= kinds;
            }
            if let Some(graph) = members.get("@graph") {
                thing(graph, depth + 1, out);
            }
            if let Some(entity) = members.get("mainEntity") {
                out.kinds |= types(entity);
            }
            if kinds & (kind::ARTICLE | kind::FORUM) != 0 {
                article(value, out);
            } else if kinds & kind::PRODUCT != 0 {
                set(&mut out.title, string(&value["name"]));
            }
        }
        _ => {}
    }
}

fn types(value: &Value) -> u32 {
    match &value["@type"] {
        Value::String(name) => kinds(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).fold(0, |k, n| k | kinds(n)),
        _ => 0,
    }
}

fn article(value: &Value, out: &mut Meta) {
    set(&mut out.title, string(&value["headline"]));
    set(&mut out.url, string(&value["url"]));
    if out.url.is_empty() {
        let page = &value["mainEntityOfPage"];
        out.url = string(if page.is_string() { page } else { &page["@id"] });
    }
    set(&mut out.date, string(&value["datePublished"]));
    set(&mut out.lang, string(&value["inLanguage"]));
    set(&mut out.site, string(&value["publisher"]["name"]));
    if out.author.is_empty() {
        let mut names = Vec::new();
        match &value["author"] {
            Value::Array(authors) => authors.iter().take(32).for_each(|a| names.push(name(a))),
            author => names.push(name(author)),
        }
        names.retain(|n| !n.is_empty() && !n.starts_with("http"));
        names.dedup();
        out.author = names.join("; ");
    }
}

fn name(author: &Value) -> String {
    string(if author.is_string() { author } else { &author["name"] })
}

fn string(value: &Value) -> String {
    value.as_str().map(clean).unwrap_or_default()
}
