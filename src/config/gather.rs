//! Reading one table with all its errors, not just the first.

use schemars::Schema;
use toml_edit::{Item, Table};

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
    let known: Vec<&str> = properties(schema).collect();
    let (mut rest, before) = (table.clone(), errors.len());
    for (key, item) in table {
        if known.contains(&key) {
            continue;
        }
        let hint = nearest(key, known.iter().copied()).or_else(|| {
            Some(if known.is_empty() {
                "it has none".to_owned()
            } else {
                format!("there are {}", known.join(", "))
            })
        });
        let span = table.key(key).and_then(toml_edit::Key::span).or_else(|| item.span());
        errors.push(Diagnostic { message: format!("{what} has no option `{key}`"), span, hint });
        rest.remove(key);
    }
    loop {
        match read(&Options::new(&rest)) {
            Ok(value) => return (errors.len() == before).then_some(value),
            Err(e) => {
                let key = culprit(&rest, &e);
                let span =
                    e.span.clone().or_else(|| rest.get(key.as_deref()?)?.span()).or_else(|| table.span());
                let text = e.message.replace("expected usize", "expected a whole number from 0 up");
                let message = match &key {
                    Some(key) if !e.message.contains(key.as_str()) => {
                        format!("`{key}` of {what}: {}", e.message)
                    }
                    _ => format!("{what}: {text}"),
                };
                errors.push(Diagnostic { message: message.trim_end().to_owned(), span, hint: None });
                match key {
                    Some(key) => rest.remove(&key),
                    None => return None,
                };
            }
        }
    }
}

/// The key that an error is about.
fn culprit(table: &Table, error: &OptionsError) -> Option<String> {
    if let Some(key) = error.key {
        return table.contains_key(key).then(|| key.to_owned());
    }
    let at = error.span.as_ref()?;
    let holds = |item: &Item| item.span().is_some_and(|s| s.start <= at.start && at.end <= s.end);
    table.iter().find(|(_, item)| holds(item)).map(|(key, _)| key.to_owned())
}

/// Names of the options in a schema.
pub fn properties(schema: &Schema) -> impl Iterator<Item = &str> {
    let properties = schema.get("properties").and_then(serde_json::Value::as_object);
    properties.into_iter().flat_map(|p| p.keys().map(String::as_str))
}
