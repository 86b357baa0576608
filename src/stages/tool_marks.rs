//! Removes the marks that text browsers and makers of Markdown put into a page's text.
//!
//! ## What it removes
//! * Numbers of links, `[12]`, as `lynx -dump` and `elinks` print them: in front of a word, rising through the text. Footnotes,
//!   which stand behind a word, stay.
//! * The list of addresses at the end (`References`, `Visible links`, `Hidden links`), and the links of a page's head.
//! * Links of Markdown: `[text](address)` becomes `text`; images go with the text that describes them, which no page shows;
//!   lines that define a link (`[1]: address`) go.
//! * Signs of Markdown around words and in front of lines: `**bold**`, `_italic_`, `## Heading`, `> quotation`, `1\.`, lines of
//!   `* * *` and `---|---`.
//! * Buttons, fields and names of images: `(BUTTON)`, `[submit]`, `IFRAME: address`, `[          ]`, fields drawn as `________`.
//! * Bullets that are indented, and the indentation that all of the text has.
//!
//! Each kind goes only where the document shows that a tool has written it: numbers have to rise, emphasis and the like need
//! links, headings or bold words beside them.
//!
//! ## Why
//! The addresses of a page are often longer than its text, and the marks make words of one page unlike those of another.
//!
//! ## Options
//! * `markdown` (default true): marks of Markdown.
//! * `browsers` (default true): marks of text browsers.
//!
//! ## When not to use
//! On Markdown that is to stay Markdown.

use std::ops::Range;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::Document;
use crate::editor::Editor;
use crate::reason::{Evidence, Reason};
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Stage, StageSpec, Transform};

mod browser;
mod markdown;

const fn reason(code: &'static str, summary: &'static str) -> Reason {
    Reason { stage: "tool-marks", code, summary }
}

const LINK_NUMBER: Reason = reason("link-number", "number of a link, by a text browser");
const REFERENCES: Reason = reason("references", "list of the page's addresses, by a text browser");
const HEAD_LINKS: Reason = reason("head-links", "links of the page's head, by a text browser");
const LINK: Reason = reason("link", "link of Markdown; its text stays");
const IMAGE: Reason = reason("image", "image of Markdown");
const HEADING: Reason = reason("heading", "sign of a heading in Markdown");
const EMPHASIS: Reason = reason("emphasis", "emphasis of Markdown");
const ESCAPE: Reason = reason("escape", "backslash of Markdown");
const QUOTE: Reason = reason("quotation", "sign of a quotation in Markdown");
const RULE: Reason = reason("rule", "rule or border of a table in Markdown");
const FORM: Reason = reason("form", "button, field or frame that a text browser names or draws");
const BULLET: Reason = reason("bullet", "bullet of a list, indented");
const INDENT: Reason = reason("indentation", "indentation that the whole text has");

/// A range of bytes of a line that goes, and why.
type Cut = (Range<usize>, Reason);

/// The stage's description.
pub static SPEC: StageSpec = StageSpec {
    name: "tool-marks",
    summary: "removes marks of text browsers and of Markdown",
    source: include_str!("tool_marks.rs"),
    reasons: &[
        LINK_NUMBER,
        REFERENCES,
        HEAD_LINKS,
        LINK,
        IMAGE,
        HEADING,
        EMPHASIS,
        ESCAPE,
        QUOTE,
        RULE,
        FORM,
        BULLET,
        INDENT,
    ],
    examples: EXAMPLES,
    requires: &[],
    build,
    schema: |g| g.subschema_for::<Settings>(),
    notes: None,
};

const EXAMPLES: &[Example] = &[
    Example {
        name: "a page by lynx",
        options: "",
        before: "#[1]Feed\n\n   [2]Home [3]News (BUTTON)\n\nRain in the North\n\n   It rained all night in [4]Northport, as a study of 2019 had said.[1]\n\n     * [5]Bridges\n     * [6]Ferries\n\n   ____________________ (BUTTON)\n   IFRAME: [7]https://ads.example/frame\n\nReferences\n\n   Visible links:\n   1. https://north.example/feed\n   2. https://north.example/\n   3. https://north.example/news",
        after: Some(
            "Home News\n\nRain in the North\n\nIt rained all night in Northport, as a study of 2019 had said.[1]\n\nBridges\nFerries",
        ),
        captions: &[],
        removed: &[
            ("head-links", "#[1]Feed"),
            ("form", "   ____________________ (BUTTON)"),
            ("form", "   IFRAME: [7]https://ads.example/frame"),
            ("references", "References"),
            ("references", "   Visible links:"),
            ("references", "   1. https://north.example/feed"),
            ("references", "   2. https://north.example/"),
            ("references", "   3. https://north.example/news"),
        ],
    },
    Example {
        name: "footnotes, brackets and a list of sources stay",
        options: "",
        before: "Rain\n\nIt rained in 1990,[1] and again in 1994.[2] Then f[i](x) was 0.[3]\n\n  It is [12] hours, [3] of them dry.\n\nReferences\n1. Smith, J. (1990), Rain.\n2. https://rain.example/",
        after: Some(
            "It rained in 1990,[1] and again in 1994.[2] Then f[i](x) was 0.[3]\n\n  It is [12] hours, [3] of them dry.\n\nReferences\n1. Smith, J. (1990), Rain.\n2. https://rain.example/",
        ),
        captions: &[],
        removed: &[],
    },
    Example {
        name: "a page by html2text",
        options: "",
        before: "Rain\n\n[![Logo](/img/logo.svg)](/)\n\n## Until then\n\nThe **old** ship, _Anna_, leaves [twice a day](https://ferry.example/times_(new)/ \"Times\"), see <https://ferry.example/>\\.\n\n* * *\n\n> It costs 3\\*4 crowns, as [before](/a-b- c/).\n\nShip | Seats\n---|---\nAnna | 90",
        after: Some(
            "Until then\n\nThe old ship, Anna, leaves twice a day, see https://ferry.example/.\n\nIt costs 3*4 crowns, as before.\n\nShip | Seats\nAnna | 90",
        ),
        captions: &[],
        removed: &[("image", "[![Logo](/img/logo.svg)](/)"), ("rule", "* * *"), ("rule", "---|---")],
    },
    Example {
        name: "a page by w3m",
        options: "",
        before: "Rain\n\n[                    ] [submit]\n  • Bridges are closed.\n  • Ferries are late.\n\nIt rained all night in the north.",
        after: Some("Bridges are closed.\nFerries are late.\n\nIt rained all night in the north."),
        captions: &[],
        removed: &[("form", "[                    ] [submit]")],
    },
    Example {
        name: "signs that are no Markdown stay",
        options: "",
        before: "Code\n\n# a comment\nx = a * b * c_d_e\n\nA star* is born** twice, at 5 > 4.",
        after: Some("# a comment\nx = a * b * c_d_e\n\nA star* is born** twice, at 5 > 4."),
        captions: &[],
        removed: &[],
    },
];

/// Options of the stage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Settings {
    /// Remove marks of Markdown.
    markdown: bool,
    /// Remove marks of text browsers.
    browsers: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { markdown: true, browsers: true }
    }
}

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    Ok(Stage::Map(Arc::new(options.read::<Settings>()?)))
}

/// What a document shows of its makers.
struct Seen {
    browser: Option<browser::Seen>,
    markdown: Option<markdown::Seen>,
}

/// What becomes of a line.
enum Fate {
    Stays,
    Goes(Reason),
    Becomes(String, Reason),
}

impl Settings {
    fn look(&self, doc: &Document) -> Seen {
        Seen {
            browser: self.browsers.then(|| browser::look(doc)),
            markdown: self.markdown.then(|| markdown::look(doc)),
        }
    }
}

impl Seen {
    fn fate(&self, i: usize, line: &str, last: &mut u32) -> Fate {
        let whole = self.browser.as_ref().and_then(|seen| browser::whole_line(i, line, seen));
        if let Some(reason) =
            whole.or_else(|| self.markdown.and_then(|seen| markdown::whole_line(line, seen)))
        {
            return Fate::Goes(reason);
        }
        let mut cuts = Vec::new();
        if let Some(seen) = &self.browser {
            browser::within(line, seen, last, &mut cuts);
        }
        if let Some(seen) = self.markdown {
            markdown::within(line, seen, &mut cuts);
        }
        let Some((_, reason)) = cuts.iter().max_by_key(|(range, _)| range.len()) else { return Fate::Stays };
        let reason = *reason;
        let text = without(line, cuts);
        if crate::text::lines::is_blank(text.as_bytes()) {
            Fate::Goes(reason)
        } else {
            Fate::Becomes(text, reason)
        }
    }
}

/// The line without what is cut out. Where that leaves two spaces, or one at the end, they become one or none.
fn without(line: &str, mut cuts: Vec<Cut>) -> String {
    cuts.sort_unstable_by_key(|(range, _)| (range.start, range.end));
    let (mut text, mut from) = (String::with_capacity(line.len()), 0);
    for (range, _) in cuts {
        if range.start > from {
            text.push_str(&line[from..range.start]);
        }
        from = from.max(range.end);
        let spaced = text.is_empty() || text.ends_with(' ');
        if spaced && range.start > 0 && line[from..].starts_with(' ') {
            from += 1;
        }
    }
    text.push_str(&line[from..]);
    text.truncate(text.trim_end().len());
    text
}

/// Whether a text has any character that a mark begins with: most have none, and are left alone at once.
fn has_marks(doc: &Document) -> bool {
    let bytes = doc.text().as_bytes();
    let signs =
        memchr::memchr3(b'[', b'<', b'_', bytes).or_else(|| memchr::memchr3(b'*', b'#', b'\\', bytes));
    let signs = signs.or_else(|| memchr::memmem::find(bytes, b"(BUTTON)"));
    signs.or_else(|| memchr::memmem::find(bytes, b"\n  ")).is_some()
}

impl Transform for Settings {
    fn apply(&self, doc: &mut Editor<'_>) {
        if doc.doc().main_text_known() || !has_marks(doc.doc()) {
            return;
        }
        let (seen, mut last) = (self.look(doc.doc()), 0);
        for i in 0..doc.doc().lines().len() {
            if !doc.doc().lines()[i].is_kept()
                || doc.doc().lines()[i].role() == crate::document::Role::FrontMatter
            {
                continue;
            }
            match seen.fate(i, doc.doc().line(i), &mut last) {
                Fate::Stays => {}
                Fate::Goes(reason) => doc.remove(i, reason, Evidence::Entry(reason.summary.to_owned())),
                Fate::Becomes(text, reason) => doc.rewrite(i, text, reason),
            }
        }
    }
}
