//! Entities of newswire: those of HTML, and codes of typesetters.

use crate::text::entities;

/// Names that only newswire has. Codes that place or slant text stand for nothing.
const WIRE: &[(&str, &str)] = &[
    ("&UR;", ""),
    ("&LR;", ""),
    ("&QL;", ""),
    ("&QC;", ""),
    ("&QR;", ""),
    ("&TL;", ""),
    ("&HT;", "\t"),
    ("&MD;", "—"),
    ("&blank;", " "),
];

/// Appends `text` with its entities resolved, and without control characters (`&#3;` ends a
/// text of Reuters).
pub(super) fn decode(text: &str, out: &mut String) {
    let is_control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if !text.contains('&') {
        push(text, out, is_control);
        return;
    }
    let (mut resolved, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = memchr::memchr(b'&', rest.as_bytes()) {
        resolved.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((code, means)) = WIRE.iter().find(|(code, _)| rest.starts_with(code)) {
            resolved.push_str(means);
            rest = &rest[code.len()..];
            continue;
        }
        let end = memchr::memchr(b'&', &rest.as_bytes()[1..]).map_or(rest.len(), |n| n + 1);
        entities::decode(&rest[..end], false, &mut resolved);
        rest = &rest[end..];
    }
    resolved.push_str(rest);
    push(&resolved, out, is_control);
}

fn push(text: &str, out: &mut String, is_control: impl Fn(char) -> bool) {
    if text.contains(&is_control) {
        out.extend(text.chars().filter(|c| !is_control(*c)));
    } else {
        out.push_str(text);
    }
}
