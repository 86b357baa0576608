//! The parts of a message, and which of them are its text.

use std::borrow::Cow;

use super::coding;
use super::header::Fields;

/// Most parts within each other; what is deeper is left out.
const DEEPEST: usize = 8;
/// Most parts of text; what is beyond is left out.
const MOST: usize = 1000;

/// What is text in a message.
#[derive(Debug, Default)]
pub(super) struct Body<'a> {
    /// Parts of text, in order.
    pub leaves: Vec<Leaf<'a>>,
    /// Parts that were left out.
    pub attachments: usize,
}

/// A part of text.
#[derive(Debug)]
pub(super) struct Leaf<'a> {
    pub is_html: bool,
    charset: Option<String>,
    bytes: &'a [u8],
    coding: String,
    /// Its lines flow; `true` if the space at their end goes.
    flows: Option<bool>,
}

impl<'a> Body<'a> {
    /// The parts of a message with this header.
    pub fn read(header: &Fields<'_>, content: &'a [u8]) -> Self {
        let mut body = Self::default();
        body.part(header, content, 0);
        body
    }

    fn part(&mut self, header: &Fields<'_>, content: &'a [u8], depth: usize) {
        let kind = header.kind("content-type").unwrap_or_else(|| "text/plain".to_owned());
        if kind.starts_with("multipart/") {
            return match header.parameter("content-type", "boundary").filter(|b| !b.is_empty()) {
                Some(boundary) if depth < DEEPEST => {
                    self.parts(&boundary, content, kind == "multipart/alternative", depth);
                }
                _ => self.attachments += 1,
            };
        }
        // "text" alone is what mailers before MIME wrote.
        let is_html = kind == "text/html";
        let is_text = is_html || kind == "text/plain" || !kind.contains('/');
        let attached = header.kind("content-disposition").is_some_and(|d| d == "attachment");
        if !is_text || attached || self.leaves.len() >= MOST {
            self.attachments += 1;
            return;
        }
        let parameter = |name: &str| header.parameter("content-type", name);
        let is = |name: &str, value: &str| parameter(name).is_some_and(|v| v.eq_ignore_ascii_case(value));
        self.leaves.push(Leaf {
            is_html,
            charset: parameter("charset"),
            bytes: content,
            coding: header.kind("content-transfer-encoding").unwrap_or_default(),
            flows: (!is_html && is("format", "flowed")).then(|| is("delsp", "yes")),
        });
    }

    /// The parts of a part. Of alternatives one is taken: the first in plain text, else the first.
    fn parts(&mut self, boundary: &str, content: &'a [u8], alternative: bool, depth: usize) {
        let first = self.leaves.len();
        let mut chosen: Option<Vec<Leaf<'a>>> = None;
        for part in split(content, boundary.as_bytes()) {
            let (header, content) = Fields::read(part);
            self.part(&header, content, depth + 1);
            if !alternative {
                continue;
            }
            let own = self.leaves.split_off(first);
            if worth(&own) > chosen.as_deref().map_or(0, worth) {
                chosen = Some(own);
            }
        }
        self.leaves.extend(chosen.into_iter().flatten());
    }
}

/// What an alternative is worth: nothing if it is empty, and most in plain text.
fn worth(leaves: &[Leaf<'_>]) -> u8 {
    match leaves.iter().any(|leaf| !leaf.is_blank()) {
        true if leaves.iter().all(|leaf| !leaf.is_html) => 2,
        full => u8::from(full),
    }
}

impl Leaf<'_> {
    fn is_blank(&self) -> bool {
        self.bytes.trim_ascii().is_empty()
    }

    /// The character set that it declares for `bytes`, if they do not read the same in most sets.
    pub fn charset(&self, bytes: &[u8]) -> Option<&str> {
        // ISO-2022 and UTF-16 are ASCII by their bytes.
        let common = bytes.is_ascii() && !bytes.iter().any(|b| matches!(b, 0 | 0x1B));
        self.charset.as_deref().filter(|_| !common)
    }

    /// Its bytes, with what mail did to them undone.
    pub fn decoded(&self) -> Cow<'_, [u8]> {
        let bytes: Cow<'_, [u8]> = match self.coding.as_str() {
            "base64" => coding::base64(self.bytes).into(),
            "quoted-printable" => coding::quoted(self.bytes, false).into(),
            _ => self.bytes.into(),
        };
        let Some(join) = self.flows else {
            return bytes;
        };
        // Only ASCII counts for how lines flow, which all sets that mail is sent in have.
        match std::str::from_utf8(&bytes) {
            Ok(text) => coding::flowed(text, join).into_bytes().into(),
            Err(_) => bytes,
        }
    }
}

/// The parts between lines of two dashes and `boundary`. The last may have no end.
fn split<'a>(content: &'a [u8], boundary: &[u8]) -> impl Iterator<Item = &'a [u8]> {
    let delimiter = [b"--", boundary].concat();
    let finder = memchr::memmem::Finder::new(&delimiter).into_owned();
    // Where the part under way begins; none before the first and after the last delimiter.
    let (mut from, mut at, mut done) = (None, 0, false);
    std::iter::from_fn(move || {
        while !done {
            let Some(n) = finder.find(&content[at..]) else {
                done = true;
                return from.map(|from: usize| &content[from..]);
            };
            let start = at + n;
            at = start + delimiter.len();
            if start > 0 && content[start - 1] != b'\n' {
                continue;
            }
            let end = memchr::memchr(b'\n', &content[at..]).map_or(content.len(), |n| at + n + 1);
            let rest = &content[at..end];
            let last = rest.starts_with(b"--");
            if !rest[if last { 2 } else { 0 }..].trim_ascii().is_empty() {
                continue;
            }
            at = end;
            done = last;
            // The line ending in front of a delimiter is its own.
            let part = from.replace(at).map(|from| {
                let part = &content[from..start.max(from)];
                let part = part.strip_suffix(b"\n").unwrap_or(part);
                part.strip_suffix(b"\r").unwrap_or(part)
            });
            if part.is_some() {
                return part;
            }
        }
        None
    })
}
