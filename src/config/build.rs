//! From parsed TOML to stages.

use std::ops::Range;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde_json::Value;
use toml_edit::{Document, Item, Table};

use super::diagnostics::Diagnostic;
use super::gather::{nearest, table};
use super::{BuiltStage, Pipeline, TestCase, guard, sections};
use crate::formats::bad::BadKind;
use crate::registry::{Options, OptionsError, Registry};
use crate::stage::{Stage, StageSpec};

const SECTIONS: [&str; 5] = ["description", "input", "guard", "stage", "test"];

/// Builds a pipeline or says everything that is wrong with its text.
pub fn build(name: &str, text: &str, registry: &Registry) -> Result<Pipeline, Vec<Diagnostic>> {
    let document = Document::parse(text).map_err(|e| {
        vec![Diagnostic { message: e.message().trim_end().to_owned(), span: e.span(), hint: None }]
    })?;
    let mut errors = Vec::new();
    let root = document.as_table();
    unknown_sections(root, &mut errors);
    let description = root.get("description").and_then(Item::as_str).unwrap_or_default().to_owned();
    let input = section::<sections::Input, _>(root, "input", sections::input, &mut errors);
    let guard = section::<guard::Guard, _>(root, "guard", guard::guard, &mut errors);
    let (stages, written) = stages(root, registry, &mut errors);
    order(&written, &mut errors);
    learns_first(&stages, &written, &mut errors);
    let tests = tests(root, text, registry, &mut errors);
    match (input, guard) {
        (Some((input, format)), Some(guard)) if errors.is_empty() => {
            let (name, digest) = (name.to_owned(), digest(root, text));
            Ok(Pipeline { name, digest, description, input, format, guard, stages, tests })
        }
        _ => Err(errors),
    }
}

/// BLAKE3 of the file, and of the profiles that its stages name.
fn digest(root: &Table, text: &str) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(text.as_bytes());
    let tables = root.get("stage").and_then(Item::as_array_of_tables).into_iter().flatten();
    for path in tables.filter_map(|t| t.get("profile")?.as_str()).filter(|p| !p.is_empty()) {
        hasher.update(super::text_of(path).unwrap_or_default().as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// The schema of `T`, without references.
pub fn schema_of<T: JsonSchema>() -> Schema {
    generator().into_root_schema_for::<T>()
}

/// A generator that writes schemas out in place.
pub fn generator() -> SchemaGenerator {
    schemars::generate::SchemaSettings::draft07().with(|s| s.inline_subschemas = true).into_generator()
}

fn key_span(table: &Table, key: &str) -> Option<Range<usize>> {
    table.key(key).and_then(toml_edit::Key::span).or_else(|| table.get(key)?.span())
}

fn unknown_sections(root: &Table, errors: &mut Vec<Diagnostic>) {
    for (key, _) in root.iter().filter(|(key, _)| !SECTIONS.contains(key)) {
        let hint = nearest(key, SECTIONS.into_iter());
        let hint = hint.or_else(|| Some(format!("there are {}", SECTIONS.join(", "))));
        let message = format!("a pipeline has no section `{key}`");
        errors.push(Diagnostic { message, span: key_span(root, key), hint });
    }
    if root.get("description").is_some_and(|d| d.as_str().is_none()) {
        let message = "`description` has to be a string".to_owned();
        errors.push(Diagnostic { message, span: key_span(root, "description"), hint: None });
    }
}

/// Reads the table under `key`, or what there is by default.
fn section<S: JsonSchema, T>(
    root: &Table,
    key: &str,
    read: fn(&Options<'_>) -> Result<T, OptionsError>,
    errors: &mut Vec<Diagnostic>,
) -> Option<T> {
    let empty = Table::new();
    let found = match root.get(key) {
        None => &empty,
        Some(Item::Table(t)) => t,
        Some(_) => {
            let message = format!("`{key}` has to be a table");
            let hint = Some(format!("write it as [{key}]"));
            errors.push(Diagnostic { message, span: key_span(root, key), hint });
            return None;
        }
    };
    table(found, &schema_of::<S>(), &format!("`[{key}]`"), read, errors)
}

/// The tables of an array of tables; anything else under that name is an error.
fn tables<'t>(root: &'t Table, key: &str, errors: &mut Vec<Diagnostic>) -> Vec<&'t Table> {
    match root.get(key) {
        None => Vec::new(),
        Some(Item::ArrayOfTables(all)) => all.iter().collect(),
        Some(_) => {
            let message = format!("`{key}` has to be an array of tables");
            let hint = Some(format!("write each as [[{key}]]"));
            errors.push(Diagnostic { message, span: key_span(root, key), hint });
            Vec::new()
        }
    }
}

/// A stage as the file names it, built or not: its type if that is known, and where it stands.
type Written = (Option<&'static StageSpec>, Option<Range<usize>>);

fn stages(
    root: &Table,
    registry: &Registry,
    errors: &mut Vec<Diagnostic>,
) -> (Vec<BuiltStage>, Vec<Written>) {
    let (mut built, mut written) = (Vec::new(), Vec::new());
    for found in tables(root, "stage", errors) {
        let spec = stage_type(found, registry, errors);
        written.push((spec, found.get("type").and_then(Item::span)));
        let Some(spec) = spec else {
            continue;
        };
        let mut options = found.clone();
        options.remove("type");
        let schema = (spec.schema)(&mut generator());
        if !registry.lists && schema.as_value()["properties"].get("builtin").is_some() {
            options.insert("builtin", toml_edit::value(false));
        }
        let what = format!("stage `{}`", spec.name);
        let text = unlike_default(&options, schema.as_value());
        if let Some(stage) = table(&options, &schema, &what, spec.build, errors) {
            built.push(BuiltStage { spec, stage, options: text });
        }
    }
    (built, written)
}

/// The options that are not what they are by default, one a line.
fn unlike_default(options: &Table, schema: &Value) -> Vec<String> {
    let set = options.iter().filter_map(|(key, item)| {
        let value = item.clone().into_value().ok()?;
        let json = Value::deserialize(value.clone().into_deserializer()).ok()?;
        let same = schema["properties"][key].get("default").is_some_and(|default| *default == json);
        // Comments around the value stay behind.
        (!same).then(|| format!("{key} = {}", value.decorated("", "")))
    });
    set.collect()
}

fn stage_type(
    table: &Table,
    registry: &Registry,
    errors: &mut Vec<Diagnostic>,
) -> Option<&'static StageSpec> {
    let Some(item) = table.get("type") else {
        let message = "a stage needs a `type`".to_owned();
        let hint = Some("`textmill stages list` names them all".to_owned());
        errors.push(Diagnostic { message, span: table.span(), hint });
        return None;
    };
    let Some(name) = item.as_str() else {
        let message = "`type` has to be a string, the name of a stage".to_owned();
        errors.push(Diagnostic { message, span: item.span(), hint: None });
        return None;
    };
    let spec = registry.get(name);
    if spec.is_none() {
        let hint = nearest(name, registry.specs().iter().map(|s| s.name))
            .or_else(|| Some("`textmill stages list` names them all".to_owned()));
        let message = format!("no stage is called `{name}`");
        errors.push(Diagnostic { message, span: item.span(), hint });
    }
    spec
}

/// Stages that need others have to come after them. A stage that could not be built counts
/// all the same, and one of an unknown type may be any: no error follows from another.
fn order(written: &[Written], errors: &mut Vec<Diagnostic>) {
    for (i, (spec, place)) in written.iter().enumerate() {
        let Some(spec) = spec else { continue };
        for needed in spec.requires {
            let is = |(s, _): &Written| s.is_some_and(|s| s.name == *needed);
            if written[..i].iter().any(|w| w.0.is_none() || is(w)) {
                continue;
            }
            let later = written[i..].iter().any(is);
            let hint = if later { "move it down, or the other up" } else { "add that stage before it" };
            errors.push(Diagnostic {
                message: format!("stage `{}` needs a stage `{needed}` before it", spec.name),
                span: place.clone(),
                hint: Some(hint.to_owned()),
            });
        }
    }
}

/// Stages that learn have to see what earlier ones make of documents, and a stage that compares and changes them is
/// through with one only when all stages are.
fn learns_first(built: &[BuiltStage], written: &[Written], errors: &mut Vec<Diagnostic>) {
    let changes = |b: &BuiltStage| matches!(&b.stage, Stage::Ordered(stage) if !stage.only_drops());
    let Some(changing) = built.iter().position(changes) else { return };
    let learning = built.iter().skip(changing).find(|b| matches!(b.stage, Stage::Learned(_)));
    let Some(learning) = learning else { return };
    let place = written.iter().rfind(|(spec, _)| spec.is_some_and(|s| s.name == learning.spec.name));
    errors.push(Diagnostic {
        message: format!(
            "stage `{}` cannot learn behind `{}`",
            learning.spec.name, built[changing].spec.name
        ),
        span: place.and_then(|(_, span)| span.clone()),
        hint: Some("move it up, or give it a profile".to_owned()),
    });
}

fn tests(root: &Table, text: &str, registry: &Registry, errors: &mut Vec<Diagnostic>) -> Vec<TestCase> {
    let schema = schema_of::<sections::Test>();
    let mut out = Vec::new();
    for found in tables(root, "test", errors) {
        let Some(mut case) = table(found, &schema, "`[[test]]`", sections::test, errors) else {
            continue;
        };
        let start = found.span().map_or(0, |s| s.start);
        case.line = text[..start].matches('\n').count() + 1;
        reasons(found, registry, errors);
        out.push(case);
    }
    out
}

/// Reasons that no stage gives can never be met.
fn reasons(test: &Table, registry: &Registry, errors: &mut Vec<Diagnostic>) {
    let Some(named) = test.get("reasons").and_then(Item::as_table_like) else {
        return;
    };
    let of_stages = registry.specs().iter().flat_map(|s| s.reasons).map(ToString::to_string);
    let of_quarantine = BadKind::ALL.iter().map(|k| format!("quarantine/{}", k.code()));
    let known: Vec<String> = of_stages.chain(of_quarantine).collect();
    for (reason, item) in named.iter().filter(|(r, _)| !known.iter().any(|k| k == r)) {
        let span = named.key(reason).and_then(toml_edit::Key::span).or_else(|| item.span());
        let hint = nearest(reason, known.iter().map(String::as_str));
        errors.push(Diagnostic { message: format!("no stage gives the reason `{reason}`"), span, hint });
    }
}
