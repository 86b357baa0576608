//! The JSON object of a document's `meta`, in order.

use serde_json::Value;

/// Most members of an object that a record names itself.
pub(super) const MOST: usize = 256;

/// Members by name, in the order in which they were named.
pub(super) type Members = Vec<(String, Value)>;

/// Adds a member. A second value of one name makes a list; more than [`MOST`] names are let go.
pub(super) fn add(members: &mut Members, name: &str, value: &str) {
    let value = Value::from(value);
    match members.iter().position(|(n, _)| n == name) {
        Some(i) => match &mut members[i].1 {
            Value::Array(list) => list.push(value),
            other => *other = Value::Array(vec![other.take(), value]),
        },
        None if members.len() < MOST => members.push((name.to_owned(), value)),
        None => {}
    }
}

/// The same for a member that is a list even if it has one value.
pub(super) fn add_to_list(members: &mut Members, name: &str, value: &str) {
    if members.len() < MOST && !members.iter().any(|(n, _)| n == name) {
        members.push((name.to_owned(), Value::Array(Vec::new())));
    }
    add(members, name, value);
}

/// The members of an object, as text.
pub(super) fn members(json: &str) -> Members {
    let read: serde_json::Map<String, Value> = serde_json::from_str(json).unwrap_or_default();
    read.into_iter().collect()
}

/// The object as text. Of members of one name the first counts.
pub(super) fn text(members: &Members) -> String {
    let first = |i: usize| members.iter().position(|(name, _)| *name == members[i].0) == Some(i);
    let own = members.iter().enumerate().filter(|(i, _)| first(*i));
    let own: Vec<String> =
        own.map(|(_, (name, value))| format!("{}:{value}", Value::from(name.as_str()))).collect();
    format!("{{{}}}", own.join(","))
}
