//! Repairs characters: one form for each, nothing invisible, no space at the end of lines.
//!
//! ## What it changes
//! In every kept line, title and captions included:
//!
//! * canonical composition, Unicode NFC: `e` and a combining accent become `é`. Ligatures,
//!   superscripts, full-width letters and the like stay (that would be NFKC);
//! * no-break, thin, em, ideographic and other wide or narrow spaces become plain spaces;
//! * zero-width spaces, word joiners and byte order marks go. Zero-width joiners and
//!   non-joiners stay where they shape words (Arabic, Persian, Indic scripts) or join emoji;
//! * control characters go, tabs stay; those that break lines (VT, FF, NEL, U+2028, U+2029)
//!   become a space;
//! * soft hyphens go;
//! * embeddings, overrides and isolates of writing direction go; the marks LRM, RLM and ALM stay;
//! * white space at the end of a line goes, at its start it stays.
//!
//! A line with nothing visible left is removed. The wording never changes.
//!
//! ## Why
//! The same sentence, scraped twice, should be the same bytes: everything that compares
//! lines or documents stands on it. Models learn odd spaces otherwise, at a price in tokens.
//!
//! Joiners are kept where Unicode Standard Annex 31 (section 2.3) lets them tell words apart: a non-joiner
//! between letters that join, either behind a virama; and where emoji sequences have them. Embeddings,
//! isolates and overrides change no letter and no order of letters in the text, only how a line is laid out (Annex
//! 9, section 2), and page templates put them there; an override shows a reader another text than the one
//! that is there. A mark is what authors type to put punctuation or a number on its right side, and stays.
//!
//! ## Options
//! Each part can be switched off: `compose`, `spaces`, `zero-width`, `controls`,
//! `soft-hyphens`, `bidi-controls`, `trailing-space` (all default true).
//!
//! ## When not to use
//! Where the text is code or poetry in which the width of spaces matters, switch off `spaces`.

use std::borrow::Cow;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::Document;
use crate::editor::Editor;
use crate::reason::{Evidence, Reason};
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Stage, StageSpec, Transform};
use crate::text::lines::is_blank;
use crate::text::normal::{Parts, clean, scan};

const CHARACTERS: Reason = reason("characters", "characters composed, replaced or taken out");
const TRAILING: Reason = reason("trailing-space", "white space at the end of the line");
const INVISIBLE: Reason = reason("invisible", "nothing visible on the line");

const fn reason(code: &'static str, summary: &'static str) -> Reason {
    Reason { stage: "normalize-text", code, summary }
}

/// The stage's description.
pub static SPEC: StageSpec = StageSpec {
    name: "normalize-text",
    summary: "one form for each character, nothing invisible, no trailing space",
    source: include_str!("normalize_text.rs"),
    reasons: &[CHARACTERS, TRAILING, INVISIBLE],
    examples: EXAMPLES,
    requires: &[],
    build,
    schema: |g| g.subschema_for::<Settings>(),
    notes: None,
};

const EXAMPLES: &[Example] = &[
    Example {
        name: "spaces, soft hyphens, accents",
        options: "",
        before: "Title\n\nA\u{A0}cafe\u{301} in\u{AD}side \u{200B}the\u{2009}mall.  \n  Indented\tline.",
        after: Some("A café inside the mall.\n  Indented\tline."),
        captions: &[],
        removed: &[],
    },
    Example {
        name: "a line of control characters",
        options: "",
        before: "Title\n\nOne.\n\n\u{7}\u{202A}\u{202C}\n\nTwo.",
        after: Some("One.\n\nTwo."),
        captions: &[],
        removed: &[("invisible", "\u{7}\u{202A}\u{202C}")],
    },
    Example {
        name: "joiners that mean something, marks, ligatures and emoji stay",
        options: "",
        before: "Title\n\nمی\u{200C}روم \u{200F}(AFP)\u{200E} 👩\u{200D}👧 ﬁne m²",
        after: Some("می\u{200C}روم \u{200F}(AFP)\u{200E} 👩\u{200D}👧 ﬁne m²"),
        captions: &[],
        removed: &[],
    },
    Example {
        name: "a part switched off",
        options: "spaces = false",
        before: "Title\n\n10\u{A0}000 euros\u{AD}.",
        after: Some("10\u{A0}000 euros."),
        captions: &[],
        removed: &[],
    },
];

/// Options of the stage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Settings {
    /// Canonical composition (NFC).
    compose: bool,
    /// No-break and exotic spaces become plain spaces.
    spaces: bool,
    /// Zero-width characters go, joiners with a meaning stay.
    zero_width: bool,
    /// Control characters go, tabs stay.
    controls: bool,
    /// Soft hyphens go.
    soft_hyphens: bool,
    /// Embeddings, overrides and isolates of writing direction go.
    bidi_controls: bool,
    /// White space at the end of lines goes.
    trailing_space: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            compose: true,
            spaces: true,
            zero_width: true,
            controls: true,
            soft_hyphens: true,
            bidi_controls: true,
            trailing_space: true,
        }
    }
}

struct Normalize {
    parts: Parts,
    trailing: bool,
}

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    let s: Settings = options.read()?;
    let parts = Parts {
        compose: s.compose,
        spaces: s.spaces,
        zero_width: s.zero_width,
        controls: s.controls,
        soft_hyphens: s.soft_hyphens,
        bidi_controls: s.bidi_controls,
    };
    Ok(Stage::Map(Arc::new(Normalize { parts, trailing: s.trailing_space })))
}

impl Normalize {
    /// The line as it should be, and why; `None` if it is so already.
    fn line(&self, doc: &Document, i: usize, clean_text: bool) -> Option<(String, Reason)> {
        let line = doc.line(i);
        let mut now = if clean_text { Cow::Borrowed(line) } else { clean(line, &self.parts) };
        let reason = if matches!(now, Cow::Owned(_)) { CHARACTERS } else { TRAILING };
        // In clean text no white space but space and tab is left.
        let ragged = |s: &str| s.ends_with([' ', '\t']) || (!clean_text && s.ends_with(char::is_whitespace));
        if self.trailing && ragged(&now) {
            now = Cow::Owned(now.trim_end().to_owned());
        }
        match now {
            Cow::Borrowed(_) => None,
            Cow::Owned(text) => Some((text, reason)),
        }
    }
}

impl Transform for Normalize {
    fn apply(&self, doc: &mut Editor<'_>) {
        let found = scan(doc.doc().text());
        // The look at the whole text says nothing about lines that an earlier stage rewrote.
        let clean_text = !found.suspicious && !found.composable && doc.doc().changes.is_empty();
        for i in 0..doc.doc().lines().len() {
            if !doc.doc().lines()[i].is_kept() {
                continue;
            }
            let Some((text, reason)) = self.line(doc.doc(), i, clean_text) else { continue };
            if is_blank(text.as_bytes()) {
                doc.remove(i, INVISIBLE, Evidence::Measure("no visible character".to_owned()));
            } else {
                doc.rewrite(i, text, reason);
            }
        }
    }
}
