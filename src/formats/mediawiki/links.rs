//! Links: to pages, files, categories and addresses.

use super::inline::mark;
use super::names::{self, Kind};

/// Most links within each other. MediaWiki allows links in captions of files only; the label of a
/// link is moved once for each that it is in.
const DEEPEST: usize = 8;

/// Beginnings of addresses in `[address label]`.
const SCHEMES: &[&str] = &[
    "http://",
    "https://",
    "//",
    "ftp://",
    "mailto:",
    "irc://",
    "ircs://",
    "news:",
    "gopher://",
    "tel:",
    "geo:",
];

/// A link that is open.
#[derive(Debug)]
struct Frame {
    /// Where its brackets stand in the text that was put out.
    at: usize,
    /// Of `[address label]`, rather than of `[[page|label]]`.
    external: bool,
    /// Where the first bar in it stands.
    bar: Option<usize>,
}

/// Links that are open, the innermost last.
#[derive(Debug, Default)]
pub(super) struct Links(Vec<Frame>);

impl Links {
    /// Looks at the `[` at the start of `rest`; returns how much of it is done.
    pub fn open(&mut self, rest: &str, out: &mut String) -> usize {
        let at = out.len();
        if rest.starts_with("[[") {
            // `[[[` is a bracket and a link to what is named next.
            if rest.starts_with("[[[") {
                out.push('[');
                return 1;
            }
            if self.0.len() < DEEPEST {
                self.0.push(Frame { at, external: false, bar: None });
            }
            out.push_str("[[");
            return 2;
        }
        let is_address = SCHEMES.iter().any(|scheme| {
            rest.as_bytes().get(1..=scheme.len()).is_some_and(|b| b.eq_ignore_ascii_case(scheme.as_bytes()))
        });
        if is_address && self.0.len() < DEEPEST && !self.0.last().is_some_and(|f| f.external) {
            self.0.push(Frame { at, external: true, bar: None });
        }
        out.push('[');
        1
    }

    /// A bar: what is before it in a link is the target.
    pub fn bar(&mut self, out: &mut String) -> usize {
        if let Some(frame) = self.0.last_mut().filter(|f| !f.external) {
            frame.bar.get_or_insert(out.len());
        }
        out.push('|');
        1
    }

    /// A line ends: links to addresses end with it. What is open at the end of a paragraph is none.
    pub fn end_line(&mut self, paragraph: bool) {
        while self.0.last().is_some_and(|f| f.external || paragraph) {
            self.0.pop();
        }
    }

    /// Looks at the `]` at the start of `rest`; returns how much of it is done.
    pub fn close(&mut self, rest: &str, out: &mut String, categories: &mut Vec<String>) -> usize {
        match self.0.last() {
            Some(Frame { external: true, at, .. }) => {
                let at = *at;
                self.0.pop();
                external(at, out);
                1
            }
            Some(Frame { external: false, at, bar }) if rest.starts_with("]]") => {
                let (at, bar) = (*at, *bar);
                // `[[page|[label]]]`: the first bracket is the label's.
                let label = &out[bar.unwrap_or(at + 1) + 1..];
                if rest.starts_with("]]]") && label.rfind('[') > label.rfind(']') {
                    out.push(']');
                    return 1;
                }
                self.0.pop();
                internal(at, bar, out, categories);
                2
            }
            _ => {
                out.push(']');
                1
            }
        }
    }
}

/// `[address label]`, which begins at `at` of `out`, becomes its label.
fn external(at: usize, out: &mut String) {
    let label = out[at..].find([' ', '\t']).map(|n| out[at + n..].trim().to_owned());
    out.truncate(at);
    match label.filter(|label| !label.is_empty()) {
        Some(label) => out.push_str(&label),
        None => out.push(mark::GAP),
    }
}

/// `[[target|label]]` becomes what is shown of it.
fn internal(at: usize, bar: Option<usize>, out: &mut String, categories: &mut Vec<String>) {
    let inside = at + 2;
    let target = out[inside..bar.unwrap_or(out.len())].trim();
    let label = bar.map(|bar| out[bar + 1..].trim());
    // A line of its own is no target: `[[` was meant as it stands.
    if target.contains('\n') || target.is_empty() && label.is_none_or(str::is_empty) {
        out.push_str("]]");
        return;
    }
    let shown = match names::kind(target) {
        Some((Kind::Category, name)) => {
            let name = plain(name);
            if !name.is_empty() && !categories.contains(&name) && categories.len() < 1000 {
                categories.push(name);
            }
            String::new()
        }
        Some((Kind::Language, _)) => String::new(),
        Some((Kind::File, _)) => caption(label),
        None => {
            let own = target.strip_prefix(':').unwrap_or(target);
            label.filter(|label| !label.is_empty()).unwrap_or(own).to_owned()
        }
    };
    out.truncate(at);
    out.push_str(&shown);
}

/// The caption in what stands behind a file's name: the last part that is no option.
fn caption(parts: Option<&str>) -> String {
    let mut parts = parts.into_iter().flat_map(|parts| parts.split('|'));
    let last = parts.rfind(|part| !names::is_option(part)).map(str::trim).unwrap_or_default();
    if last.is_empty() {
        return String::new();
    }
    format!("{}{}{}", mark::CAPTION, last.replace('\n', " "), mark::END_CAPTION)
}

/// A name without marks.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).collect::<String>().split('_').collect::<Vec<_>>().join(" ")
}
