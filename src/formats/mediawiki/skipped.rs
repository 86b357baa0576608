//! What of wikitext is not read as such: comments, templates, tables, and tags with their content.
//!
//! One pass over the text finds all of it, so that the next can jump. An opening without an end is
//! none, as in MediaWiki: it stays text.

use std::ops::Range;

/// What is skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A comment.
    Comment,
    /// `{{…}}`.
    Template,
    /// `{| … |}`.
    Table,
    /// A tag that is not shown in the text, with its content.
    Nothing,
    /// A tag whose content stands for itself: its place. `<nowiki>`.
    Literal(Range<usize>),
    /// The same, in lines of its own: code and `<pre>`.
    Block(Range<usize>),
    /// A formula; `true` if it stands in a line of its own.
    Formula(Range<usize>, bool),
    /// `<gallery>`: lines of files, with captions.
    Gallery(Range<usize>),
}

/// A place that is skipped.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Skip {
    pub range: Range<usize>,
    pub kind: Kind,
}

/// Tags whose content is no wikitext, or not shown.
const NOTHING: &[&str] = &[
    "ref",
    "references",
    "timeline",
    "imagemap",
    "score",
    "includeonly",
    "templatestyles",
    "mapframe",
    "maplink",
    "graph",
    "hiero",
    "indicator",
    "inputbox",
    "categorytree",
    "table",
    "style",
    "script",
    "templatedata",
    "section",
    "rss",
    "dynamicpagelist",
    "chart",
    "phonos",
];
const LITERAL: &[&str] = &["nowiki"];
const BLOCK: &[&str] = &["pre", "syntaxhighlight", "source"];
const FORMULA: &[&str] = &["math", "chem", "ce"];
const GALLERY: &[&str] = &["gallery"];

/// Most templates and tables within each other; what is deeper is not looked at by itself.
const DEEPEST: usize = 1 << 16;

/// A template or table that is open.
struct Open {
    at: usize,
    is_table: bool,
}

/// Finds what is skipped.
struct Finder<'a> {
    text: &'a str,
    found: Vec<Skip>,
    open: Vec<Open>,
    /// How many of `open` are templates.
    templates: usize,
    /// Openings beyond [`DEEPEST`].
    beyond: usize,
    /// Tags of which no end is to come: whoever looked for one looked to the end of the text.
    endless: Vec<String>,
}

/// Everything that is skipped in `text`, in order; the outermost of what is nested.
pub(super) fn find(text: &str) -> Vec<Skip> {
    let mut finder =
        Finder { text, found: Vec::new(), open: Vec::new(), templates: 0, beyond: 0, endless: Vec::new() };
    let (bytes, mut at) = (text.as_bytes(), 0);
    while let Some(n) = memchr::memchr3(b'<', b'{', b'}', &bytes[at..]) {
        at += n;
        at = match bytes[at] {
            b'<' => finder.tag(at),
            b'{' => finder.open(at),
            _ => finder.close(at),
        };
    }
    finder.found
}

impl Finder<'_> {
    /// A place is skipped, with all that was found within it.
    fn skip(&mut self, range: Range<usize>, kind: Kind) {
        while self.found.last().is_some_and(|last| last.range.start >= range.start) {
            self.found.pop();
        }
        self.found.push(Skip { range, kind });
    }

    /// Looks at the `<` at `at`; where the search goes on.
    fn tag(&mut self, at: usize) -> usize {
        let rest = &self.text[at..];
        if let Some(inside) = rest.strip_prefix("<!--") {
            let end = inside.find("-->").map_or(rest.len(), |n| 4 + n + 3);
            self.skip(at..at + end, Kind::Comment);
            return at + end;
        }
        let Some(tag) = Tag::read(rest).filter(|tag| !tag.closes) else {
            return at + 1;
        };
        let name = tag.name.to_ascii_lowercase();
        let all = [NOTHING, LITERAL, BLOCK, FORMULA, GALLERY];
        let Some(class) = all.iter().position(|names| names.contains(&name.as_str())) else {
            return at + 1;
        };
        let start = at + tag.len;
        if tag.is_empty() {
            self.skip(at..start, Kind::Nothing);
            return start;
        }
        if self.endless.contains(&name) {
            return start;
        }
        let Some((end, after)) = closing(&self.text[start..], &name) else {
            self.endless.push(name);
            return start;
        };
        let inside = start..start + end;
        let apart = tag.attributes.contains("block");
        let kind = match class {
            1 => Kind::Literal(inside),
            2 => Kind::Block(inside),
            3 => Kind::Formula(inside, apart),
            4 => Kind::Gallery(inside),
            _ => Kind::Nothing,
        };
        self.skip(at..start + after, kind);
        start + after
    }

    /// Braces that open; where the search goes on.
    fn open(&mut self, at: usize) -> usize {
        let bytes = self.text.as_bytes();
        let run = bytes[at..].iter().take_while(|b| **b == b'{').count();
        if run == 1 && bytes.get(at + 1) == Some(&b'|') && self.begins_line(at) {
            self.push(at, true);
        }
        for n in 0..run / 2 {
            self.push(at + 2 * n, false);
        }
        at + run
    }

    fn push(&mut self, at: usize, is_table: bool) {
        if self.open.len() >= DEEPEST {
            self.beyond += 1;
            return;
        }
        self.open.push(Open { at, is_table });
        self.templates += usize::from(!is_table);
    }

    /// Braces that close; where the search goes on.
    fn close(&mut self, at: usize) -> usize {
        let bytes = self.text.as_bytes();
        let run = bytes[at..].iter().take_while(|b| **b == b'}').count();
        let mut from = at;
        let after_bar = at > 0 && bytes[at - 1] == b'|' && self.begins_line(at - 1);
        let in_table = self.open.last().is_some_and(|open| open.is_table);
        // `|}}` in the first column may end a table or a template.
        let ends_table = if in_table { run != 2 || self.templates == 0 } else { run == 1 };
        if after_bar && ends_table {
            self.pop(true, at + 1);
            from += 1;
        }
        let end = at + run;
        from += (end - from) % 2;
        while from < end {
            from += 2;
            self.pop(false, from);
        }
        end
    }

    /// The innermost table or template ends at `end`; what is open within it has no end.
    fn pop(&mut self, is_table: bool, end: usize) {
        if self.beyond > 0 {
            self.beyond -= 1;
            return;
        }
        let there = if is_table { self.open.len() > self.templates } else { self.templates > 0 };
        while there && let Some(open) = self.open.pop() {
            self.templates -= usize::from(!open.is_table);
            if open.is_table == is_table {
                let kind = if is_table { Kind::Table } else { Kind::Template };
                return self.skip(open.at..end, kind);
            }
        }
    }

    /// Whether nothing but an indent stands between the start of the line and `at`.
    fn begins_line(&self, at: usize) -> bool {
        let before = &self.text.as_bytes()[at.saturating_sub(64)..at];
        let line = memchr::memrchr(b'\n', before).map_or(before, |n| &before[n + 1..]);
        (line.len() < before.len() || at < 64) && line.iter().all(|b| b" \t:*#".contains(b))
    }
}

/// A tag of wikitext.
pub(super) struct Tag<'a> {
    pub name: &'a str,
    pub closes: bool,
    pub attributes: &'a str,
    /// Its length in bytes.
    pub len: usize,
}

impl<'a> Tag<'a> {
    /// The tag at the start of `text`: it ends with `>`, before another begins.
    pub fn read(text: &'a str) -> Option<Self> {
        let inside = text.strip_prefix('<')?;
        let closes = inside.starts_with('/');
        let inside = &inside[usize::from(closes)..];
        let len = inside.bytes().take_while(u8::is_ascii_alphanumeric).count();
        if !inside.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let (name, rest) = inside.split_at(len);
        let end = memchr::memchr2(b'<', b'>', rest.as_bytes()).filter(|n| rest.as_bytes()[*n] == b'>')?;
        let attributes = &rest[..end];
        let apart = attributes.is_empty() || attributes.starts_with(|c: char| c.is_whitespace() || c == '/');
        apart.then(|| Self { name, closes, attributes, len: 1 + usize::from(closes) + len + end + 1 })
    }

    /// Whether it ends with `/>`.
    fn is_empty(&self) -> bool {
        self.attributes.ends_with('/')
    }
}

/// Where `</name>` begins in `text`, and where it ends.
fn closing(text: &str, name: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    memchr::memmem::find_iter(bytes, b"</").find_map(|at| {
        let rest = &bytes[at + 2..];
        let fits = rest.get(..name.len())?.eq_ignore_ascii_case(name.as_bytes());
        let spaces = rest[name.len()..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        let ends = rest.get(name.len() + spaces) == Some(&b'>');
        (fits && ends).then_some((at, at + 2 + name.len() + spaces + 1))
    })
}
