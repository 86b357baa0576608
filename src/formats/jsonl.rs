//! JSON Lines: one object a line, its text in one field, everything else kept in `meta`. The text
//! may be HTML (`text-type`).

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::bad::{Bad, BadKind, KEPT_BYTES};
use super::fields::Fields;
use super::{FormatSpec, InputOptions, Opener, Out, Piece, Raw, Segmenter, after_bom, bom_len, read_text};
use crate::document::{Border, BorderKind, Document};
use crate::text::lines;

mod quick;

/// The format's description.
pub static SPEC: FormatSpec = FormatSpec {
    name: "jsonl",
    summary: "JSON Lines: one object a line with a text field",
    endings: &["jsonl", "ndjson", "json"],
    detected: "the first line with something on it is a JSON object",
    fields: &[
        ("title", "the member `title`, if it is a string with something in it"),
        (
            "text",
            "the member that `text-field` names (`text`); a string, of HTML with `text-type = \"html\"`",
        ),
        ("captions", "of HTML: as in the format `html`"),
        (
            "meta",
            "all other members, in order, as they are written; of HTML also what the page states and they do not",
        ),
    ],
    sniff,
    segmenter: |options| Box::new(Records::new(options.max_document_bytes)),
    opener: |options| Arc::new(JsonOpener(options.clone())),
};

/// The first line with something on it begins like an object, and is one if it is whole.
fn sniff(content: &[u8], whole: bool) -> Option<bool> {
    let content = after_bom(content, whole)?.trim_ascii_start();
    let Some(inside) = content.strip_prefix(b"{") else {
        return (whole || !content.is_empty()).then_some(false);
    };
    if let Some(n) = memchr::memchr(b'\n', content) {
        return Some(serde_json::from_slice::<serde::de::IgnoredAny>(&content[..n]).is_ok());
    }
    whole.then(|| matches!(inside.trim_ascii_start().first(), Some(b'"' | b'}') | None))
}

/// Cuts a stream into lines; each line with something on it is a record.
pub(super) struct Records {
    max: usize,
    /// The line under way, at most `max` bytes of it.
    held: Vec<u8>,
    /// Offset of the first byte of the line under way.
    start: u64,
    /// Bytes of the line under way that were let go because it is too long.
    skipped: u64,
}

impl Records {
    pub(super) fn new(max: usize) -> Self {
        Self { max, held: Vec::new(), start: 0, skipped: 0 }
    }

    /// The line under way is complete, but for its ending of `ending` bytes.
    fn end_line(&mut self, line: &[u8], ending: u64, cut_short: bool, out: &mut Out<'_>) {
        let mut at = self.start;
        let separator = |to: u64, at: &mut u64, out: &mut Out<'_>| {
            if to > *at {
                out(Piece::Separator(*at..to));
                *at = to;
            }
        };
        let end = at + line.len() as u64 + self.skipped;
        let bom = if at == 0 { bom_len(line) } else { 0 };
        separator(at + bom as u64, &mut at, out);
        let line = &line[bom..];
        if self.skipped > 0 {
            let reason = BadKind::TooLarge.because(format!("a line of {} bytes", end - at));
            let head = &line[..line.len().min(KEPT_BYTES)];
            out(Piece::Bad { reason, range: at..end, head });
            at = end;
        } else if !lines::is_blank(line) {
            let trailing_cr = usize::from(line.ends_with(b"\r"));
            let bytes = &line[..line.len() - trailing_cr];
            let range = at..at + bytes.len() as u64;
            at = range.end;
            if cut_short {
                let reason = BadKind::TruncatedStream.because("the stream breaks off inside this record");
                let head = &bytes[..bytes.len().min(KEPT_BYTES)];
                out(Piece::Bad { reason, range, head });
            } else {
                let border = Border { kind: BorderKind::Record, confidence: 100 };
                out(Piece::Record { bytes, range, border, url: None });
            }
        }
        separator(end + ending, &mut at, out);
        self.start = end + ending;
        self.skipped = 0;
    }

    fn hold(&mut self, bytes: &[u8]) {
        let room = self.max.saturating_sub(self.held.len()).min(bytes.len());
        self.held.extend_from_slice(&bytes[..room]);
        self.skipped += (bytes.len() - room) as u64;
    }
}

impl Segmenter for Records {
    fn push(&mut self, chunk: &[u8], out: &mut Out<'_>) {
        let mut at = 0;
        for end in memchr::memchr_iter(b'\n', chunk) {
            let line = &chunk[at..end];
            at = end + 1;
            if self.held.is_empty() && self.skipped == 0 && line.len() <= self.max {
                self.end_line(line, 1, false, out);
            } else {
                self.hold(line);
                let held = std::mem::take(&mut self.held);
                self.end_line(&held, 1, false, out);
                self.held = held;
                self.held.clear();
                // One giant line must not keep its room for the rest of the run.
                self.held.shrink_to(1 << 20);
            }
        }
        self.hold(&chunk[at..]);
    }

    fn finish(&mut self, cut_short: bool, out: &mut Out<'_>) {
        let held = std::mem::take(&mut self.held);
        if !held.is_empty() {
            self.end_line(&held, 0, cut_short, out);
        }
    }
}

/// Members of an object in order, values as raw text: nothing is lost on the way.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(Key(key)) = map.next_key()? {
                    members.push((key, map.next_value()?));
                }
                Ok(Members(members))
            }
        }
        d.deserialize_map(V)
    }
}

#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

pub(super) struct JsonOpener(pub InputOptions);

thread_local! {
    static SCRATCH: RefCell<quick::Scratch> = RefCell::default();
}

impl Opener for JsonOpener {
    fn open(&self, raw: Raw<'_>) -> Result<Document, Bad> {
        let quick = match self.0.text_field.as_slice() {
            [field] => SCRATCH.with_borrow_mut(|scratch| scratch.read(raw.bytes, field)),
            _ => None,
        };
        let (record, replaced, encoding) = match quick {
            Some(record) => (record, 0, None),
            None => self.read(raw.bytes)?,
        };
        record.document(raw, (replaced, encoding), &self.0)
    }
}

impl JsonOpener {
    /// A record of any kind, how many invalid sequences were replaced in it, and its encoding
    /// if that is not UTF-8.
    fn read(&self, bytes: &[u8]) -> Result<(Fields, u32, Option<&'static str>), Bad> {
        let line = read_text(bytes, None, self.0.strict)?;
        check_depth(line.text.as_bytes())?;
        Ok((read(&line.text, &self.0.text_field)?, line.replaced, line.foreign()))
    }
}

/// Most arrays and objects within each other, the record itself included.
const MAX_DEPTH: usize = 128;

/// Refuses what nests too deep. The parser does not look: it hands on values that nobody reads
/// as they are, and whoever reads `meta` should not have to cope.
fn check_depth(line: &[u8]) -> Result<(), Bad> {
    if memchr::memchr2_iter(b'[', b'{', line).nth(MAX_DEPTH).is_none() {
        return Ok(());
    }
    let (mut depth, mut string, mut escaped) = (0usize, false, false);
    for b in line {
        match b {
            _ if escaped => escaped = false,
            b'\\' => escaped = string,
            b'"' => string = !string,
            b'[' | b'{' if !string => depth += 1,
            b']' | b'}' if !string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_DEPTH {
            let what = format!("more than {MAX_DEPTH} arrays and objects within each other");
            return Err(BadKind::JsonDepth.because(what));
        }
    }
    Ok(())
}

fn read(line: &str, path: &[String]) -> Result<Fields, Bad> {
    let members: Members<'_> =
        serde_json::from_str(line).map_err(|e| BadKind::BadJson.because(e.to_string()))?;
    let mut record = Fields::default();
    // The last of several members of one name counts, as in every JSON library.
    let title = members.0.iter().rposition(|(k, _)| k == "title");
    let title = title.filter(|_| path != ["title"]);
    if let Some(i) = title {
        record.title = serde_json::from_str(members.0[i].1.get()).unwrap_or_default();
    }
    let without_title = title.filter(|_| !record.title.is_empty());
    record.meta = strip(&members, path, path, without_title, &mut record.text)?;
    Ok(record)
}

/// Takes the text at `path` out of an object; the JSON text of the rest comes back.
fn strip(
    members: &Members<'_>,
    path: &[String],
    whole: &[String],
    without: Option<usize>,
    text: &mut String,
) -> Result<String, Bad> {
    let missing = |what: &str| BadKind::NoText.because(format!("field `{}` {what}", whole.join(".")));
    let (key, deeper) = path.split_first().ok_or_else(|| missing("has no name"))?;
    let at = members.0.iter().rposition(|(k, _)| k == key);
    let at = at.ok_or_else(|| missing("is missing"))?;
    let mut rest = String::from("{");
    for (i, (k, value)) in members.0.iter().enumerate() {
        let inner;
        let value = if i == at && deeper.is_empty() {
            *text = serde_json::from_str(value.get()).map_err(|e| match e.classify() {
                serde_json::error::Category::Data => missing("is not a string"),
                _ => BadKind::BadJson.because(format!("field `{key}`: {e}")),
            })?;
            continue;
        } else if i == at {
            let object: Members<'_> = serde_json::from_str(value.get()).map_err(|_| missing("is missing"))?;
            inner = strip(&object, deeper, whole, None, text)?;
            inner.as_str()
        } else if Some(i) == without {
            continue;
        } else {
            value.get()
        };
        if rest.len() > 1 {
            rest.push(',');
        }
        rest.push_str(&serde_json::to_string(k).expect("a string is JSON"));
        rest.push(':');
        rest.push_str(value);
    }
    rest.push('}');
    Ok(rest)
}
