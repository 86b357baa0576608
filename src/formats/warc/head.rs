//! Headers, of WARC records and of HTTP messages: a first line, then fields, then a blank line.

use std::borrow::Cow;

use crate::formats::begins_with;

/// Longest header that is read, with its blank line.
pub(super) const MAX_HEAD: usize = 64 << 10;

/// What every record begins with.
pub(super) const MAGIC: &[u8] = b"WARC/";

/// Whether a record begins here: its version is two numbers.
pub(super) fn begins(bytes: &[u8]) -> bool {
    let Some([major, b'.', ..]) = bytes.strip_prefix(MAGIC) else { return false };
    major.is_ascii_digit()
}

/// Whether a source that begins with `bytes` begins with a record; `None` if what follows decides and `bytes` are not
/// the `whole` of it.
pub(super) fn sniff(bytes: &[u8], whole: bool) -> Option<bool> {
    let is_cut_off = begins_with(bytes, MAGIC) != Some(false) && bytes.len() < MAGIC.len() + 2;
    if is_cut_off && !whole { None } else { Some(begins(bytes)) }
}

/// Length of the header at the start of `bytes`, its blank line included. The search goes on
/// at `scanned`, which is moved to where it has to go on once there is more.
pub(super) fn end(bytes: &[u8], scanned: &mut usize) -> Option<usize> {
    let from = *scanned;
    for at in memchr::memchr_iter(b'\n', &bytes[from..]).map(|n| from + n) {
        match &bytes[at + 1..] {
            [b'\n', ..] => return Some(at + 2),
            [b'\r', b'\n', ..] => return Some(at + 3),
            // The next byte will tell.
            [] | [b'\r'] => {
                *scanned = at;
                return None;
            }
            _ => {}
        }
    }
    *scanned = bytes.len();
    None
}

/// The fields of a header.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// Those of a header, with its first line.
    pub fn new(head: &'a [u8]) -> Self {
        let first = memchr::memchr(b'\n', head).map_or(head.len(), |n| n + 1);
        Self(&head[first..])
    }

    /// The first field called `name`, in whichever case.
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        let mut rest = self.0;
        while !rest.is_empty() {
            let end = field_end(rest);
            let field = &rest[..end];
            rest = &rest[end..];
            let colon = memchr::memchr(b':', field);
            if let Some(colon) = colon
                && field[..colon].trim_ascii().eq_ignore_ascii_case(name.as_bytes())
            {
                return Some(field[colon + 1..].trim_ascii());
            }
        }
        None
    }

    /// The same, as text on one line.
    pub fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        let value = String::from_utf8_lossy(self.get(name)?);
        if !value.contains(['\r', '\n']) {
            return Some(value);
        }
        Some(value.split_ascii_whitespace().collect::<Vec<_>>().join(" ").into())
    }

    /// Whether the media type in the field called `name` is one of `types`.
    pub fn is_one_of(&self, name: &str, types: &[&str]) -> bool {
        self.get(name)
            .is_some_and(|value| types.iter().any(|t| media(value).eq_ignore_ascii_case(t.as_bytes())))
    }
}

/// Length of the field at the start of `rest`: lines that begin with white space continue it.
fn field_end(rest: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', rest)
        .find(|n| !matches!(rest.get(n + 1), Some(b' ' | b'\t')))
        .map_or(rest.len(), |n| n + 1)
}

/// The media type of a `Content-Type`, without its parameters.
fn media(value: &[u8]) -> &[u8] {
    let end = memchr::memchr(b';', value).unwrap_or(value.len());
    value[..end].trim_ascii()
}

/// The parameter `charset` of a `Content-Type`.
pub(super) fn charset(value: &str) -> Option<&str> {
    let params = value.split(';').skip(1);
    let mut named = params.filter_map(|p| p.split_once('='));
    let (_, value) = named.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))?;
    Some(value.trim().trim_matches(['"', '\''])).filter(|v| !v.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_ends_at_its_blank_line_however_it_is_cut() {
        for (text, want) in [
            ("a\r\nb: c\r\n\r\nrest", Some(11)),
            ("a\nb: c\n\nrest", Some(8)),
            ("a\r\nb: c\r\n", None),
            ("\n\n", Some(2)),
            ("a\r\n\r", None),
        ] {
            let bytes = text.as_bytes();
            let mut scanned = 0;
            let found = (0..=bytes.len()).find_map(|n| end(&bytes[..n], &mut scanned));
            assert_eq!(found, want, "{text:?}");
            assert_eq!(end(bytes, &mut 0), want, "{text:?}");
        }
    }

    #[test]
    fn fields_are_found_in_any_case_and_unfolded() {
        let head = b"HTTP/1.1 200 OK\r\nContent-type : text/HTML; a=b; CharSet=\"x-y\"\r\nX: 1\r\n  2\r\nX: 3\r\n\r\n";
        let fields = Fields::new(head);
        assert_eq!(fields.text("x").as_deref(), Some("1 2"));
        assert!(fields.is_one_of("Content-Type", &["text/plain", "text/html"]));
        assert_eq!(charset(&fields.text("content-type").expect("there")), Some("x-y"));
        assert_eq!(fields.get("y"), None);
    }
}
