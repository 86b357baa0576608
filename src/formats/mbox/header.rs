//! Headers of messages and of their parts.

use super::coding;
use crate::text::charset;

/// Fields that are read.
const WANTED: &[&str] = &[
    "subject",
    "from",
    "date",
    "message-id",
    "newsgroups",
    "references",
    "in-reply-to",
    "content-type",
    "content-transfer-encoding",
    "content-disposition",
];

/// Longest name of a field.
const LONGEST_NAME: usize = 100;

/// The name of the field that begins at `line`: printable characters, then a colon.
pub(super) fn name(line: &[u8]) -> Option<&[u8]> {
    let end = memchr::memchr(b':', &line[..line.len().min(LONGEST_NAME)])?;
    let name = line[..end].trim_ascii_end();
    (!name.is_empty() && name.iter().all(u8::is_ascii_graphic)).then_some(name)
}

/// Whether [`name`] says the same of a line that begins so, whatever follows.
pub(super) fn is_told(line: &[u8]) -> bool {
    let looked_at = &line[..line.len().min(LONGEST_NAME)];
    let begun = looked_at.trim_ascii_end();
    looked_at.len() == LONGEST_NAME
        || memchr::memchr(b':', looked_at).is_some()
        || !begun.iter().all(u8::is_ascii_graphic)
}

/// The header of a message or a part: the fields that are wanted, each once.
#[derive(Debug, Default)]
pub(super) struct Fields<'a> {
    fields: Vec<(&'static str, &'a [u8])>,
    any: bool,
}

impl<'a> Fields<'a> {
    /// Reads the header at the start of `message`; what follows it comes back as well. A header
    /// ends with a blank line, or before a line that is none of it.
    pub fn read(message: &'a [u8]) -> (Self, &'a [u8]) {
        let mut header = Self::default();
        let mut at = 0;
        // The field under way, and where its value begins.
        let mut field: Option<(&'static str, usize)> = None;
        loop {
            let rest = &message[at..];
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |n| n + 1);
            let folded = header.any && matches!(rest.first(), Some(b' ' | b'\t'));
            let line = rest[..end].trim_ascii();
            let name = if folded { None } else { name(&rest[..end]) };
            if (!folded || line.is_empty())
                && let Some((name, from)) = field.take()
            {
                header.fields.push((name, message[from..at].trim_ascii()));
            }
            if line.is_empty() {
                return (header, &rest[end..]);
            }
            if let Some(name) = name {
                header.any = true;
                let wanted = WANTED.iter().find(|w| name.eq_ignore_ascii_case(w.as_bytes()));
                let wanted = wanted.filter(|w| header.get(w).is_none());
                let colon = memchr::memchr(b':', rest).unwrap_or(0);
                field = wanted.map(|w| (*w, at + colon + 1));
            } else if !folded {
                return (header, rest);
            }
            at += end;
        }
    }

    /// Whether there was no field at all.
    pub fn is_empty(&self) -> bool {
        !self.any
    }

    /// The value of a field, folded as it is.
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.fields.iter().find(|(n, _)| *n == name).map(|(_, value)| *value)
    }

    /// The value in one line, encoded words resolved.
    pub fn text(&self, name: &str) -> Option<String> {
        let value = self.get(name)?;
        let read = charset::decode(value, None);
        let text = words(&read.text);
        let text = text.split(|c: char| c.is_whitespace() || c.is_control());
        Some(text.filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" "))
    }

    /// The value in lower case up to the first semicolon: `text/plain`, `base64`.
    pub fn kind(&self, name: &str) -> Option<String> {
        let value = self.get(name)?.split(|b| *b == b';').next()?;
        Some(String::from_utf8_lossy(value.trim_ascii()).to_ascii_lowercase())
    }

    /// A parameter of a field: `charset` of `Content-Type`.
    pub fn parameter(&self, field: &str, name: &str) -> Option<String> {
        let value = String::from_utf8_lossy(self.get(field)?).into_owned();
        let mut rest = &value[value.find(';')? + 1..];
        loop {
            let (key, after) = rest.split_once('=')?;
            let key = key.rsplit(';').next().unwrap_or_default().trim();
            let (found, after) = parameter_value(after.trim_start());
            // RFC 2231: in an encoding, or in parts, of which the first is enough here.
            let base = key.strip_suffix('*').unwrap_or(key);
            let base = base.strip_suffix("*0").unwrap_or(base);
            if base.eq_ignore_ascii_case(name) {
                let encoded = key.ends_with('*') && found.matches('\'').count() >= 2;
                let found = if encoded { found.rsplit('\'').next().unwrap_or_default() } else { &found };
                return Some(found.to_owned());
            }
            rest = after;
        }
    }
}

/// The value at the start of `rest`, without quotation marks, and what follows.
fn parameter_value(rest: &str) -> (String, &str) {
    let Some(inside) = rest.strip_prefix('"') else {
        let end = rest.find(|c: char| c == ';' || c.is_whitespace()).unwrap_or(rest.len());
        return (rest[..end].to_owned(), &rest[end..]);
    };
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in inside.char_indices() {
        match c {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => return (value, &inside[at + 1..]),
            c => {
                escaped = false;
                value.push(c);
            }
        }
    }
    (value, "")
}

/// Resolves encoded words: `=?utf-8?q?Gr=C3=BC=C3=9Fe?=`.
fn words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Bytes of words of one character set in a row: a character may be cut between them.
    let mut run: Option<(&str, Vec<u8>)> = None;
    let mut rest = text;
    while let Some(at) = rest.find("=?") {
        let Some((word, len)) = Word::read(&rest[at..]) else {
            flush(&mut run, &rest[..at], &mut out);
            out.push_str("=?");
            rest = &rest[at + 2..];
            continue;
        };
        let goes_on = rest[..at].trim().is_empty()
            && run.as_ref().is_some_and(|(set, _)| set.eq_ignore_ascii_case(word.charset));
        if !goes_on {
            // White space between encoded words is none.
            let between = if run.is_some() && rest[..at].trim().is_empty() { "" } else { &rest[..at] };
            flush(&mut run, between, &mut out);
        }
        run.get_or_insert((word.charset, Vec::new())).1.extend(word.bytes());
        rest = &rest[at + len..];
    }
    flush(&mut run, rest, &mut out);
    out
}

/// Puts out what is under way, and the text after it.
fn flush(run: &mut Option<(&str, Vec<u8>)>, text: &str, out: &mut String) {
    if let Some((set, bytes)) = run.take() {
        out.push_str(&charset::decode(&bytes, Some(set)).text);
    }
    out.push_str(text);
}

struct Word<'a> {
    charset: &'a str,
    base64: bool,
    text: &'a str,
}

impl<'a> Word<'a> {
    /// The encoded word at the start of `text`, and its length.
    fn read(text: &'a str) -> Option<(Self, usize)> {
        let mut parts = text[2..].splitn(4, '?');
        let (set, coding) = (parts.next()?, parts.next()?);
        let (inside, rest) = (parts.next()?, parts.next()?);
        let is_name = |b: u8| b.is_ascii_alphanumeric() || b"-_.:+*()".contains(&b);
        let fits = !set.is_empty() && set.bytes().all(is_name) && rest.starts_with('=');
        let base64 = match coding {
            "b" | "B" => true,
            "q" | "Q" => false,
            _ => return None,
        };
        let len = 2 + set.len() + 1 + coding.len() + 1 + inside.len() + 2;
        // RFC 2231 allows a language behind the set.
        let charset = set.split('*').next()?;
        fits.then_some((Self { charset, base64, text: inside }, len))
    }

    fn bytes(&self) -> Vec<u8> {
        if self.base64 {
            return coding::base64(self.text.as_bytes());
        }
        coding::quoted(self.text.replace('_', " ").as_bytes(), true)
    }
}
