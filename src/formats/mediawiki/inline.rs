//! Wikitext to text, first half: what stands within lines. Links become their labels, tags go, and
//! what cannot be known before lines are looked at is left as a mark.

use super::lines::{self, Article};
use super::links::Links;
use super::skipped::{self, Kind, Skip, Tag};
use crate::text::entities;

/// Marks in the text between the two halves. Wikitext has no control characters.
pub(super) mod mark {
    /// Around the number of a literal.
    pub const LITERAL: char = '\u{1}';
    pub const END_LITERAL: char = '\u{2}';
    /// Around a caption.
    pub const CAPTION: char = '\u{3}';
    pub const END_CAPTION: char = '\u{4}';
    /// The line ends here, but not the paragraph.
    pub const BREAK: char = '\u{5}';
    /// A template or a number of a footnote stood here.
    pub const GAP: char = '\u{6}';
}

/// Tags that begin or end a paragraph.
const BLOCKS: &[&str] = &[
    "p",
    "div",
    "blockquote",
    "center",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "ul",
    "ol",
    "dl",
    "tr",
    "caption",
    "figure",
    "tabs",
    "tab",
];

/// Tags that are part of a line, and go.
const INLINE: &[&str] = &[
    "b",
    "i",
    "u",
    "s",
    "em",
    "strong",
    "small",
    "big",
    "sub",
    "sup",
    "span",
    "font",
    "tt",
    "code",
    "var",
    "kbd",
    "samp",
    "del",
    "ins",
    "abbr",
    "cite",
    "dfn",
    "q",
    "mark",
    "data",
    "time",
    "bdi",
    "bdo",
    "ruby",
    "rb",
    "rt",
    "rp",
    "rtc",
    "strike",
    "wbr",
    "nowiki",
    "noinclude",
    "onlyinclude",
    "includeonly",
    "ref",
    "references",
    "gallery",
    "td",
    "th",
    "table",
    "pre",
    "math",
    "section",
    "translate",
    "tvar",
    "langconvert",
    "a",
    "img",
    "input",
    "link",
    "meta",
    "syntaxhighlight",
    "source",
    "timeline",
    "imagemap",
    "indicator",
    "score",
    "chem",
    "ce",
];

/// Reads wikitext.
pub(super) fn read(source: &str) -> Article {
    let mut inline = Inline { literals: Vec::new(), categories: Vec::new(), poem: false };
    let mut out = String::with_capacity(source.len());
    inline.run(source, &mut out);
    let mut article = lines::read(&out, &inline.literals);
    article.categories = inline.categories;
    article
}

/// Templates that stand for a sign: without it words and numbers would run together.
fn sign(template: &str) -> Option<&'static str> {
    if template.len() > 24 {
        return None;
    }
    let name = template.trim_matches(['{', '}']).trim().to_ascii_lowercase();
    match name.as_str() {
        "nbsp" | "space" => Some("\u{A0}"),
        "snd" | "spnd" | "spaced ndash" | "spaced en dash" => Some("\u{A0}– "),
        "ndash" | "en dash" | "endash" => Some("–"),
        "mdash" | "em dash" | "emdash" => Some("—"),
        "'" => Some("'"),
        _ => None,
    }
}

fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    entities::decode(text, false, &mut out);
    out
}

/// What was found beside the text.
struct Inline {
    literals: Vec<String>,
    categories: Vec<String>,
    /// Within `<poem>`: lines are lines.
    poem: bool,
}

impl Inline {
    fn run(&mut self, source: &str, out: &mut String) {
        let skips = skipped::find(source);
        let mut links = Links::default();
        let mut at = 0;
        for skip in &skips {
            self.text(&source[at..skip.range.start], &mut links, out);
            at = self.skip(source, skip, out);
        }
        self.text(&source[at..], &mut links, out);
    }

    /// Puts what stands for a skipped place; returns where the text goes on.
    fn skip(&mut self, source: &str, skip: &Skip, out: &mut String) -> usize {
        match &skip.kind {
            Kind::Comment => {
                // One that has a line to itself leaves no empty line behind.
                let alone = out.is_empty() || out.ends_with('\n');
                let end = skip.range.end;
                return end + usize::from(alone && source[end..].starts_with('\n'));
            }
            Kind::Template => match sign(&source[skip.range.clone()]) {
                Some(sign) => out.push_str(sign),
                None => out.push(mark::GAP),
            },
            Kind::Table => out.push('\n'),
            Kind::Nothing => {}
            Kind::Literal(inside) => self.literal(decoded(&source[inside.clone()]), out),
            Kind::Block(inside) => {
                let text = source[inside.clone()].trim_matches('\n');
                // What is highlighted as code stands for itself, `&lt;` too.
                let is_code = !source[skip.range.start..].starts_with("<pre");
                out.push_str("\n\n");
                self.literal(if is_code { text.to_owned() } else { decoded(text) }, out);
                out.push_str("\n\n");
            }
            Kind::Formula(inside, apart) => {
                let formula =
                    decoded(&source[inside.clone()]).split_whitespace().collect::<Vec<_>>().join(" ");
                let sign = if *apart { "$$" } else { "$" };
                self.literal(format!("{sign}{formula}{sign}"), out);
            }
            Kind::Gallery(inside) => self.gallery(&source[inside.clone()], out),
        }
        skip.range.end
    }

    fn literal(&mut self, text: String, out: &mut String) {
        if text.is_empty() {
            return;
        }
        out.push(mark::LITERAL);
        out.push_str(&self.literals.len().to_string());
        out.push(mark::END_LITERAL);
        self.literals.push(text);
    }

    /// Lines of `File:name.jpg|caption`.
    fn gallery(&mut self, inside: &str, out: &mut String) {
        out.push_str("\n\n");
        for line in inside.lines() {
            let caption = line.split_once('|').map_or("", |(_, rest)| rest);
            let caption = caption.rsplit_once("|alt=").map_or(caption, |(caption, _)| caption).trim();
            if caption.is_empty() || caption.starts_with("alt=") && !caption.contains('|') {
                continue;
            }
            let caption = match caption.split_once('|') {
                Some((option, rest)) if option.starts_with("alt=") || option.starts_with("link=") => rest,
                _ => caption,
            };
            out.push(mark::CAPTION);
            let mut text = String::new();
            self.run(caption, &mut text);
            out.push_str(&text.trim().replace('\n', " "));
            out.push(mark::END_CAPTION);
            out.push('\n');
        }
        out.push('\n');
    }

    /// Text in which nothing is skipped.
    fn text(&mut self, text: &str, links: &mut Links, out: &mut String) {
        let bytes = text.as_bytes();
        let mut at = 0;
        let special = |b: &u8| matches!(b, b'[' | b']' | b'|' | b'<' | b'\n');
        while let Some(n) = bytes[at..].iter().position(special) {
            out.push_str(&text[at..at + n]);
            at += n;
            let rest = &text[at..];
            at += match bytes[at] {
                b'[' => links.open(rest, out),
                b']' => links.close(rest, out, &mut self.categories),
                b'|' => links.bar(out),
                b'<' => self.tag(rest, out),
                _ => self.line(rest, links, out),
            };
        }
        out.push_str(&text[at..]);
    }

    fn line(&mut self, rest: &str, links: &mut Links, out: &mut String) -> usize {
        links.end_line(rest[1..].starts_with(['\n', '=']));
        if self.poem {
            out.push(mark::BREAK);
        }
        out.push('\n');
        1
    }

    /// A tag that is not skipped with its content; how long it is.
    fn tag(&mut self, rest: &str, out: &mut String) -> usize {
        let Some(tag) = Tag::read(rest) else {
            out.push('<');
            return 1;
        };
        let name = tag.name.to_ascii_lowercase();
        match name.as_str() {
            "br" => out.push(mark::BREAK),
            "poem" => {
                self.poem = !tag.closes;
                out.push_str("\n\n");
            }
            "li" if !tag.closes => out.push_str("\n* "),
            "li" => {}
            "dd" | "dt" => out.push('\n'),
            name if BLOCKS.contains(&name) => out.push_str("\n\n"),
            name if INLINE.contains(&name) => {}
            // No tag of wikitext: it is shown.
            _ => {
                out.push('<');
                return 1;
            }
        }
        tag.len
    }
}
