//! The JSON Schema of a pipeline file, for editors.

use serde_json::{Value, json};

use super::build::{generator, schema_of};
use super::{guard, sections};
use crate::registry::Registry;

/// The schema for pipelines made of the stages in `registry`.
pub fn schema(registry: &Registry) -> Value {
    let stages: Vec<Value> = registry
        .specs()
        .iter()
        .map(|spec| {
            let mut schema = (spec.schema)(&mut generator()).to_value();
            tidy(&mut schema);
            schema["title"] = json!(spec.name);
            schema["description"] = json!(spec.summary);
            schema["properties"]["type"] = json!({ "const": spec.name });
            schema["required"] = json!(["type"]);
            schema["additionalProperties"] = json!(false);
            schema
        })
        .collect();
    let mut input = schema_of::<sections::Input>().to_value();
    let mut test = schema_of::<sections::Test>().to_value();
    let mut guard = schema_of::<guard::Guard>().to_value();
    tidy(&mut input);
    tidy(&mut guard);
    tidy(&mut test);
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "textmill pipeline",
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "description": { "type": "string", "description": "What the pipeline is for." },
            "input": input,
            "guard": guard,
            "stage": {
                "type": "array",
                "description": "The stages, in order.",
                "items": { "type": "object", "required": ["type"], "oneOf": stages },
            },
            "test": { "type": "array", "description": "Tests for `textmill test`.", "items": test },
        },
    })
}

fn tidy(schema: &mut Value) {
    if let Some(object) = schema.as_object_mut() {
        object.remove("$schema");
        object.remove("title");
    }
    without_null(schema);
}

/// TOML has no null: an option that may be left out has no default, and is of its one type.
fn without_null(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.retain(|key, value| !(key == "default" && value.is_null()));
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|t| t != "null");
                if let [one] = &types[..] {
                    let one = one.clone();
                    object.insert("type".to_owned(), one);
                }
            }
            object.values_mut().for_each(without_null);
        }
        Value::Array(all) => all.iter_mut().for_each(without_null),
        _ => {}
    }
}

/// The schema as it stands in `pipelines/schema.json`.
pub fn text(registry: &Registry) -> String {
    format!("{:#}\n", schema(registry))
}
