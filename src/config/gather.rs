//! Reading one table with all its errors, not just the first.

use std::ops::Range;

use schemars::Schema;
use serde_json::Value;
use toml_edit::{Item, Table, TableLike};

use super::diagnostics::Diagnostic;
use crate::registry::{Options, OptionsError};

/// A hint that names what was probably meant.
pub fn nearest<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    known
        .map(|k| (strsim::jaro_winkler(typed, k), k))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, k)| format!("did you mean `{k}`?"))
}

/// Reads `table` with `read`. Keys that its schema does not know are errors; a value that
/// does not fit is set aside, and the rest read on.
pub fn table<T>(
    table: &Table,
    schema: &Schema,
    what: &str,
    read: impl Fn(&Options<'_>) -> Result<T, OptionsError>,
    errors: &mut Vec<Diagnostic>,
) -> Option<T> {
    let (mut rest, before) = (table.clone(), errors.len());
    unknown(&mut rest, schema.as_value(), what, errors);
    let mut aside: Vec<String> = Vec::new();
    loop {
        let error = match read(&Options::reading(&rest, super::text_of)) {
            Ok(value) => return (errors.len() == before).then_some(value),
            Err(e) => e,
        };
        // A key that was set aside is missing only because of that.
        if missing(&error.message).is_some_and(|key| aside.iter().any(|a| a == key)) {
            return None;
        }
        let key_value = error.key.and_then(|key| rest.get(key)?.span());
        let path = match error.key {
            Some(key) => rest.remove(key).map(|_| vec![key.to_owned()]),
            None => error.span.as_ref().and_then(|at| take(&mut rest, at)),
        };
        let message = worded(&error.message, path.as_deref(), what);
        let span = error.span.or(key_value).or_else(|| table.span());
        errors.push(Diagnostic { message, span, hint: None });
        aside.extend(path?.pop());
    }
}

/// Takes every key out of `table` that its schema does not know, inner tables included.
fn unknown(table: &mut dyn TableLike, schema: &Value, what: &str, errors: &mut Vec<Diagnostic>) {
    let empty = serde_json::Map::new();
    let known = schema["properties"].as_object().unwrap_or(&empty);
    let keys: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
    for key in keys {
        if let Some(inner) = known.get(&key) {
            // Tables with free keys, such as `reasons`, have no properties.
            let inner = if inner["items"].is_object() { &inner["items"] } else { inner };
            if inner["properties"].is_object() {
                let what = format!("`{key}` of {what}");
                tables(table.get_mut(&key), &mut |t| unknown(t, inner, &what, errors));
            }
            continue;
        }
        let names = || known.keys().map(String::as_str);
        let hint = nearest(&key, names()).unwrap_or_else(|| match known.len() {
            0 => "it has none".to_owned(),
            _ => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
        });
        let span = table.key(&key).and_then(toml_edit::Key::span);
        let span = span.or_else(|| table.get(&key)?.span());
        let message = format!("{what} has no option `{key}`");
        errors.push(Diagnostic { message, span, hint: Some(hint) });
        table.remove(&key);
    }
}

/// Calls `each` for the table, or the tables of the array, that an item is.
fn tables(item: Option<&mut Item>, each: &mut dyn FnMut(&mut dyn TableLike)) {
    match item {
        Some(Item::ArrayOfTables(all)) => all.iter_mut().for_each(|t| each(t)),
        Some(Item::Value(toml_edit::Value::Array(all))) => {
            all.iter_mut().filter_map(toml_edit::Value::as_inline_table_mut).for_each(|t| each(t));
        }
        Some(item) => {
            if let Some(t) = item.as_table_like_mut() {
                each(t);
            }
        }
        None => {}
    }
}

/// Takes the innermost key out whose value an error at `at` is about; its path, outermost first.
fn take(table: &mut dyn TableLike, at: &Range<usize>) -> Option<Vec<String>> {
    let keys: Vec<String> = table.iter().map(|(key, _)| key.to_owned()).collect();
    for key in keys {
        let mut found = None;
        tables(table.get_mut(&key), &mut |t| found = found.take().or_else(|| take(t, at)));
        let own = table.get(&key).and_then(Item::span);
        if let Some(mut path) = found {
            path.insert(0, key);
            return Some(path);
        }
        if own.is_some_and(|s| s.start <= at.start && at.end <= s.end) {
            table.remove(&key);
            return Some(vec![key]);
        }
    }
    None
}

/// The key that serde misses.
fn missing(message: &str) -> Option<&str> {
    message.trim_end().strip_prefix("missing field `")?.strip_suffix('`')
}

/// What serde says, in words of TOML rather than of Rust.
fn worded(message: &str, path: Option<&[String]>, what: &str) -> String {
    const TERMS: [(&str, &str); 6] = [
        ("usize", "a whole number from 0 up"),
        ("u64", "a whole number from 0 up"),
        ("f64", "a number"),
        ("a sequence", "an array"),
        ("a map", "a table"),
        ("struct ", "a table"),
    ];
    let mut message = message.trim_end().to_owned();
    if let Some((head, expected)) = message.split_once(", expected ")
        && let Some((_, term)) = TERMS
            .iter()
            .find(|(rust, _)| expected == *rust || rust.ends_with(' ') && expected.starts_with(rust))
    {
        message = format!("{head}, expected {term}");
    }
    match path {
        Some(path) if !message.contains(&format!("`{}`", path[path.len() - 1])) => {
            let path: Vec<String> = path.iter().rev().map(|key| format!("`{key}`")).collect();
            format!("{} of {what}: {message}", path.join(" in "))
        }
        _ => format!("{what}: {message}"),
    }
}
