//! Front matter: what a Markdown file states of itself above its text, in YAML between lines of `---` or in TOML
//! between lines of `+++`, as Jekyll, Hugo and Obsidian write it.
//!
//! Of YAML only what such files use is read: scalars, quoted or not, lists in one line or with a line for each
//! item, and texts of several lines. Mappings within stay as they are written.

use std::ops::Range;

use serde_json::{Map, Value};

use crate::document::{Document, Role};

/// Lines that front matter has at most, and bytes of each.
const MOST_LINES: usize = 200;
const LONGEST: usize = 4096;

/// Keys of which one has to be there: a dialogue between two rules has colons as well.
const KNOWN: &[&str] = &[
    "aliases",
    "author",
    "authors",
    "categories",
    "category",
    "created",
    "date",
    "description",
    "draft",
    "id",
    "keywords",
    "lang",
    "language",
    "layout",
    "modified",
    "permalink",
    "published",
    "slug",
    "source",
    "subtitle",
    "summary",
    "tags",
    "title",
    "type",
    "updated",
    "url",
    "weight",
];

/// Gives the lines of front matter their role and reads them into `title` and `meta`.
pub fn read(doc: &mut Document) {
    let Some((lines, fields)) = find(doc) else { return };
    if !fields.keys().any(|key| KNOWN.contains(&key.to_lowercase().as_str())) {
        return;
    }
    lines.for_each(|i| doc.set_role(i, Role::FrontMatter));
    let mut meta: Map<String, Value> = serde_json::from_str(&doc.meta).unwrap_or_default();
    for (key, value) in fields {
        match value {
            Value::String(title) if key.eq_ignore_ascii_case("title") && doc.stated_title.is_empty() => {
                doc.stated_title = title;
            }
            // What the dump says of the document stands above what the document says of itself.
            value => drop(meta.entry(key).or_insert(value)),
        }
    }
    doc.meta = Value::Object(meta).to_string();
}

/// The lines of front matter, rules included, and its fields.
fn find(doc: &Document) -> Option<(Range<usize>, Map<String, Value>)> {
    let line = |i: usize| doc.original(i).trim_end();
    let rule = doc.lines().first().map(|_| line(0).trim_start_matches('\u{FEFF}'))?;
    let toml = match rule {
        "---" => false,
        "+++" => true,
        _ => return None,
    };
    let ends = |i: &usize| line(*i) == rule || (!toml && line(*i) == "...");
    let last = (1..doc.lines().len().min(MOST_LINES)).find(ends)?;
    let inner = 1..last;
    if inner.clone().any(|i| line(i).len() > LONGEST) {
        return None;
    }
    let fields = match toml {
        true => from_toml(&inner.map(line).collect::<Vec<_>>().join("\n"))?,
        false => from_yaml(&inner.map(line).collect::<Vec<_>>())?,
    };
    Some((0..last + 1, fields))
}

fn from_toml(text: &str) -> Option<Map<String, Value>> {
    let table: toml_edit::DocumentMut = text.parse().ok()?;
    let value = |item: &toml_edit::Item| match item {
        toml_edit::Item::Value(toml_edit::Value::String(s)) => Value::String(s.value().clone()),
        toml_edit::Item::Value(toml_edit::Value::Array(items)) => {
            let text = |v: &toml_edit::Value| v.as_str().map_or_else(|| v.to_string(), str::to_owned);
            Value::Array(items.iter().map(|v| Value::String(text(v).trim().to_owned())).collect())
        }
        other => Value::String(other.to_string().trim().to_owned()),
    };
    Some(table.iter().map(|(key, item)| (key.to_owned(), value(item))).collect())
}

/// Returns `None` if a line cannot belong to front matter.
fn from_yaml(lines: &[&str]) -> Option<Map<String, Value>> {
    let (mut fields, mut at) = (Map::new(), 0);
    while let Some(line) = lines.get(at) {
        at += 1;
        if line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once(':')?;
        let is_key = |key: &str| {
            let letters = key.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' '));
            key.starts_with(|c: char| c.is_alphabetic() || c == '_') && letters && key.len() <= 40
        };
        let key = key.trim_matches(['"', '\'']);
        if !is_key(key) || !(value.is_empty() || value.starts_with([' ', '\t'])) {
            return None;
        }
        // What belongs to the key is indented, or an item of a list.
        let belongs = |line: &&&str| line.starts_with([' ', '\t', '-']);
        let below = lines[at..].iter().take_while(belongs).count();
        fields.insert(key.to_owned(), value_of(value.trim(), &lines[at..at + below]));
        at += below;
    }
    Some(fields)
}

fn value_of(first: &str, below: &[&str]) -> Value {
    let text = |s: &str| Value::String(scalar(s));
    if let Some(items) = first.strip_prefix('[').and_then(|s| s.strip_suffix(']')) {
        return Value::Array(items.split(',').map(str::trim).filter(|s| !s.is_empty()).map(text).collect());
    }
    let item = |line: &&str| line.trim_start().strip_prefix("- ").map(str::to_owned);
    let items: Option<Vec<String>> = below.iter().map(item).collect();
    match items {
        Some(items) if first.is_empty() && !items.is_empty() => {
            Value::Array(items.iter().map(|s| text(s)).collect())
        }
        _ if below.is_empty() => text(first),
        _ => {
            // `|` keeps line breaks, `>` and an indented text do not; a mapping stays as it is written.
            let block = first.is_empty() || first.starts_with(['>', '|']);
            let mapping = first.is_empty() && below.iter().any(|s| s.contains(": "));
            let lines = below.iter().map(|s| s.trim());
            let all = (!block).then_some(first).into_iter().chain(lines).collect::<Vec<_>>();
            Value::String(all.join(if mapping || first.starts_with('|') { "\n" } else { " " }))
        }
    }
}

/// A scalar without its quotation marks and without a comment.
fn scalar(text: &str) -> String {
    let text = text.trim();
    if let Some(inner) = text.strip_prefix('"').and_then(|s| s.strip_suffix('"')) {
        return inner.replace("\\\"", "\"").replace("\\\\", "\\");
    }
    if let Some(inner) = text.strip_prefix('\'').and_then(|s| s.strip_suffix('\'')) {
        return inner.replace("''", "'");
    }
    text.split_once(" #").map_or(text, |(before, _)| before.trim_end()).to_owned()
}
