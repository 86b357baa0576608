//! The references of all stages and all formats, made from their descriptions.

use std::fmt::Write;

use serde_json::Value;

use super::build::generator;
use crate::registry::Registry;
use crate::stage::{Example, Stage, StageSpec};

mod formats;

pub use formats::{formats_list, formats_markdown};

/// `docs/stages.md`.
pub fn stages_markdown(registry: &Registry) -> String {
    let mut out = String::from(
        "# Stages\n\nThis page is made from the stages' own descriptions; `cargo run --example generate` renews it.\n",
    );
    for spec in registry.specs() {
        let _ = write!(out, "\n{}", stage_markdown(spec, "##"));
    }
    out
}

/// One stage; `level` is the heading's marks.
pub fn stage_markdown(spec: &StageSpec, level: &str) -> String {
    let mut out = format!("{level} `{}`\n\n", spec.name);
    let manual = spec.manual().replace("\n## ", &format!("\n{level}# "));
    let _ = writeln!(out, "{}", manual.trim_end());
    let _ = writeln!(out, "\n{level}# Settings\n\n{}", options(spec));
    let _ = writeln!(out, "{level}# Reasons\n\n| reason | meaning |\n|---|---|");
    for reason in spec.reasons {
        let _ = writeln!(out, "| `{reason}` | {} |", reason.summary);
    }
    for (i, example) in spec.examples.iter().enumerate() {
        if i == 0 {
            let _ = writeln!(out, "\n{level}# Examples");
        }
        let _ = write!(out, "\n{}", render(example));
    }
    out
}

/// The options of a stage as a table.
fn options(spec: &StageSpec) -> String {
    let schema = (spec.schema)(&mut generator()).to_value();
    let Some(properties) = schema["properties"].as_object().filter(|p| !p.is_empty()) else {
        return "None.\n".to_owned();
    };
    let mut out = String::from("| option | type | default | meaning |\n|---|---|---|---|\n");
    for (name, property) in properties {
        let kind = match &property["type"] {
            Value::String(s) => s.clone(),
            Value::Array(all) => {
                let types = all.iter().filter_map(Value::as_str).filter(|t| *t != "null");
                types.collect::<Vec<_>>().join(" or ")
            }
            _ => property["enum"].as_array().map_or("value".to_owned(), |all| {
                all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            }),
        };
        let default = match &property["default"] {
            Value::Null => "none".to_owned(),
            value => format!("`{value}`"),
        };
        let meaning = property["description"].as_str().unwrap_or_default().replace('\n', " ");
        let _ = writeln!(out, "| `{name}` | {kind} | {default} | {} |", meaning.replace('|', "\\|"));
    }
    out
}

fn render(example: &Example) -> String {
    let mut out = format!("{}{}", example.name[..1].to_uppercase(), &example.name[1..]);
    if !example.options.is_empty() {
        let _ = write!(out, " (`{}`)", example.options.replace('\n', "; "));
    }
    let _ = write!(out, ":\n\n```text\n{}\n```\n\nbecomes\n\n", example.before);
    match example.after {
        Some(text) => {
            let _ = write!(out, "```text\n{text}\n```\n");
        }
        None => out.push_str("nothing: the document is dropped.\n"),
    }
    for caption in example.captions {
        let _ = writeln!(out, "\nwith the caption `{caption}`");
    }
    out
}

/// Kind of a built stage, for `textmill plan`.
pub fn kind(stage: &Stage) -> &'static str {
    match stage {
        Stage::Map(_) => "parallel",
        Stage::Ordered(_) => "in order",
        Stage::Learned(_) => "learned",
    }
}
