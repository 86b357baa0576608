//! The usual record, read in one pass over its bytes; `super::read` is the plain reference.
//!
//! Whatever is out of the ordinary is left to the reference: damage of any kind, for it has the
//! words for that, a path into nested objects, names with escapes, names that occur twice.

use serde_json::value::RawValue;

use super::{Fields, MAX_DEPTH};
use crate::text::json::{hex, unescape};

/// Memory that is used again for record after record.
#[derive(Default)]
pub(super) struct Scratch {
    meta: Vec<u8>,
}

/// What is kept from one record to the next at most.
const KEPT: usize = 1 << 20;

impl Scratch {
    /// What [`super::read`] makes of `line`, if that is easily told. Bytes that are not UTF-8
    /// are not: every byte of the line is in what is checked here, or ASCII.
    pub fn read(&mut self, line: &[u8], field: &str) -> Option<Fields> {
        self.meta.clear();
        self.meta.shrink_to(KEPT);
        let (text, title) = self.members(line, field)?;
        let meta = simdutf8::basic::from_utf8(&self.meta).ok()?.to_owned();
        // Of the two, which are moved, the second is most often empty.
        Some(Fields { text: String::from_utf8(text).ok()?, title: String::from_utf8(title).ok()?, meta })
    }

    /// Reads all members and returns the text, and the title, if one is stated.
    fn members(&mut self, line: &[u8], field: &str) -> Option<(Vec<u8>, Vec<u8>)> {
        let (mut text, mut title) = (Vec::new(), Vec::new());
        let (mut titled, mut found) = (false, false);
        self.meta.push(b'{');
        let mut at = expect(line, blank(line, 0), b'{')?;
        loop {
            let name = expect(line, blank(line, at), b'"')?;
            at = string_end(line, name)?;
            let name = &line[name..at - 1];
            at = blank(line, expect(line, blank(line, at), b':')?);
            if memchr::memchr(b'\\', name).is_some() {
                return None;
            } else if name == field.as_bytes() {
                if std::mem::replace(&mut found, true) {
                    return None;
                }
                // Most of the record is its text, which is not longer than what it is written as.
                text.reserve_exact(line.len() - at + 32);
                at = unescape(line, expect(line, at, b'"')?, &mut text)?;
            } else {
                let start = at;
                if name == b"title" {
                    if std::mem::replace(&mut titled, true) {
                        return None;
                    }
                    at = unescape(line, expect(line, at, b'"')?, &mut title)?;
                } else {
                    at = value_end(line, at)?;
                }
                if title.is_empty() || name != b"title" {
                    self.keep(name, &line[start..at]);
                }
            }
            at = blank(line, at);
            match line.get(at)? {
                b',' => at += 1,
                b'}' => break,
                _ => return None,
            }
        }
        self.meta.push(b'}');
        (found && blank(line, at + 1) == line.len()).then_some((text, title))
    }

    fn keep(&mut self, name: &[u8], value: &[u8]) {
        if self.meta.len() > 1 {
            self.meta.push(b',');
        }
        self.meta.push(b'"');
        self.meta.extend_from_slice(name);
        self.meta.extend_from_slice(b"\":");
        self.meta.extend_from_slice(value);
    }
}

/// Where the white space ends that begins at `at`, if any does.
fn blank(line: &[u8], at: usize) -> usize {
    at + line[at..].iter().take_while(|b| matches!(b, b' ' | b'\n' | b'\t' | b'\r')).count()
}

/// The place after `wanted`, if it stands at `at`.
fn expect(line: &[u8], at: usize, wanted: u8) -> Option<usize> {
    (*line.get(at)? == wanted).then_some(at + 1)
}

/// The place after a value that is handed on as it is.
fn value_end(line: &[u8], at: usize) -> Option<usize> {
    if line.get(at)? == &b'"' {
        return string_end(line, at + 1);
    }
    let mut values = serde_json::Deserializer::from_slice(&line[at..]).into_iter::<&RawValue>();
    let value = values.next()?.ok()?.get().as_bytes();
    // With the record itself around it.
    memchr::memchr2_iter(b'[', b'{', value).nth(MAX_DEPTH - 1).is_none().then_some(at + value.len())
}

/// The place after a string whose inside begins at `start`.
fn string_end(line: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        at += memchr::memchr2(b'"', b'\\', &line[at..])?;
        if line[at] == b'"' {
            return no_control(&line[start..at]).then_some(at + 1);
        }
        at += match line.get(at + 1)? {
            b'u' => {
                hex(line, at + 2)?;
                6
            }
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
            _ => return None,
        };
    }
}

fn no_control(inside: &[u8]) -> bool {
    // Without an early way out, so that the compiler makes vector code of it.
    !inside.iter().fold(false, |any, b| any | (*b < 0x20))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the reference makes of a line, if anything.
    fn reference(line: &[u8], field: &str) -> Option<Fields> {
        let line = std::str::from_utf8(line).ok()?;
        super::super::check_depth(line.as_bytes()).ok()?;
        super::super::read(line, &[field.to_owned()]).ok()
    }

    fn same(line: &[u8]) -> bool {
        let mut scratch = Scratch::default();
        // What an earlier record left must not show.
        let _ = scratch.read(br#"{"text":"left","a":"over"}"#, "text");
        ["text", "title"].into_iter().all(|field| {
            let quick = scratch.read(line, field);
            quick.is_none() || quick == reference(line, field)
        })
    }

    #[test]
    fn the_usual_record_is_quick() {
        let line = br#" { "id" : "a\"b\u0041", "n":-1.5e3 ,"title":"T\n","text":"a\n\n\u201cb\ud83d\udc67\/","x":[{},"]"],"y":null} "#;
        let record = Scratch::default().read(line, "text").expect("nothing unusual");
        assert_eq!(record.text, "a\n\n\u{201c}b\u{1f467}/");
        assert_eq!(record.title, "T\n");
        assert_eq!(record.meta, r#"{"id":"a\"b\u0041","n":-1.5e3,"x":[{},"]"],"y":null}"#);
        assert_eq!(Some(record), reference(line, "text"));
    }

    #[test]
    fn the_unusual_is_left_to_the_reference() {
        let nested = format!("{{\"a\":{}{},\"text\":\"x\"}}", "[".repeat(128), "]".repeat(128));
        for line in [
            &b"{}"[..],
            b"",
            b"{\"text\":1}",
            b"{\"text\":\"a\",\"text\":\"b\"}",
            b"{\"te\\u0078t\":\"a\"}",
            b"{\"text\":\"\\ud800\"}",
            b"{\"text\":\"\\x\"}",
            b"{\"text\":\"a\nb\"}",
            b"{\"text\":\"a\"} x",
            b"{\"text\":\"a\",}",
            b"{\"text\":\"a\",\"b\":01}",
            b"{\"text\":\"\xe2\"}",
            b"{\"text\":\"a\",\"\xe2\":1}",
            nested.as_bytes(),
        ] {
            assert_eq!(Scratch::default().read(line, "text"), None, "{}", line.escape_ascii());
        }
    }

    /// Pieces of JSON, most often in an order that makes sense.
    fn member() -> impl Strategy<Value = String> {
        let name = prop::sample::select(vec!["text", "text", "title", "a", "\\u0061", "", "é"]);
        let string = r#"([ a-z\[{é“👧]|\\["\\/bfnrtux]|\\u[0-9a-fA-D]{4}|\\ud83d\\udc67|["\n]){0,12}"#;
        let string = string.prop_map(|s| format!("\"{s}\""));
        let other = r#"-?[0-9]{1,3}(\.[0-9])?(e[+-]?[0-9])?|null|true|\[(1|\{\})?\]|\{"b":"\]"\}|x"#;
        (name, prop_oneof![4 => string, 2 => other], " {0,2}")
            .prop_map(|(n, v, s)| format!("{s}\"{n}\"{s}:{s}{v}{s}"))
    }

    proptest! {
        #[test]
        fn what_is_quick_is_right(members in prop::collection::vec(member(), 0..5), ends in "[ {]{0,1}[}x]?") {
            let line = format!("{{{}}}{}", members.join(","), if ends.len() > 1 { &ends } else { "" });
            prop_assert!(same(line.as_bytes()));
        }

        #[test]
        fn damage_is_seen(members in prop::collection::vec(member(), 1..4), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut line = format!("{{{}}}", members.join(",")).into_bytes();
            let at = at.index(line.len());
            line[at] = byte;
            prop_assert!(same(&line));
            prop_assert!(same(&line[..at]));
        }
    }
}
