//! Brings characters into one form, without a change of meaning.
//!
//! ## What it changes
//! * Unicode normalisation form C ([UAX 15](https://www.unicode.org/reports/tr15/)); never the
//!   compatibility forms, which would turn `x²` into `x2`.
//! * No-break and other special spaces become a plain space.
//! * Zero-width spaces, word joiners, byte order marks, soft hyphens, control characters
//!   (but the tab) and bidirectional overrides go. Joiners stay where a script or an emoji
//!   needs them; direction marks stay.
//! * White space at the end of lines goes; at the beginning it stays, for it may be an
//!   indentation.
//!
//! ## Why
//! The same word in two encodings is two words to a model and to a deduplicator.
//!
//! ## Options
//! * `nfc`, `spaces`, `invisible`, `trim` (all default true): one for each part.
//!
//! ## When not to use
//! When output has to equal the input byte for byte.

use std::borrow::Cow;
use std::sync::Arc;

use icu_normalizer::ComposingNormalizerBorrowed;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::Document;
use crate::editor::Editor;
use crate::reason::{Evidence, Reason};
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Stage, StageSpec, Transform};
use crate::text::lines::is_blank_char;

const CHARACTERS: Reason =
    Reason { stage: "normalize-text", code: "characters", summary: "characters brought into one form" };
const EMPTY: Reason =
    Reason { stage: "normalize-text", code: "empty", summary: "nothing visible was in the line" };

/// The stage's description.
pub static SPEC: StageSpec = StageSpec {
    name: "normalize-text",
    summary: "brings characters into one form: NFC, plain spaces, nothing invisible",
    source: include_str!("normalize_text.rs"),
    reasons: &[CHARACTERS, EMPTY],
    examples: &[
        Example {
            name: "accents, spaces and invisible characters",
            options: "",
            before: "Title\n\nA cafe\u{301}\u{A0}in\u{202F}the sun\u{AD}shine.\u{200B} \n\nNai\u{308}ve\u{7} talk.",
            after: Some("A caf\u{e9} in the sunshine.\n\nNa\u{ef}ve talk."),
            captions: &[],
            removed: &[],
        },
        Example {
            name: "meaning is kept: superscripts, joiners, indentation",
            options: "",
            before: "Title\n\n  x² + y² = 1\n\nمی\u{200C}خواهم 👩\u{200D}🔬",
            after: Some("  x² + y² = 1\n\nمی\u{200C}خواهم 👩\u{200D}🔬"),
            captions: &[],
            removed: &[],
        },
    ],
    requires: &[],
    build,
    schema: |g| g.subschema_for::<Settings>(),
};

/// Options of the stage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Settings {
    /// Bring text into Unicode normalisation form C.
    nfc: bool,
    /// Turn special spaces into plain ones.
    spaces: bool,
    /// Remove control, zero-width and other invisible characters.
    invisible: bool,
    /// Remove white space at the end of lines.
    trim: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { nfc: true, spaces: true, invisible: true, trim: true }
    }
}

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    let settings = options.read()?;
    Ok(Stage::Map(Arc::new(Normalize { settings, nfc: ComposingNormalizerBorrowed::new_nfc() })))
}

struct Normalize {
    settings: Settings,
    nfc: ComposingNormalizerBorrowed<'static>,
}

impl Transform for Normalize {
    fn apply(&self, doc: &mut Editor<'_>) {
        if self.is_clean(doc.doc()) {
            return;
        }
        for i in 0..doc.doc().lines().len() {
            if !doc.doc().lines()[i].is_kept() {
                continue;
            }
            let line = doc.doc().line(i);
            let Cow::Owned(new) = self.line(line) else {
                continue;
            };
            if new.chars().all(is_blank_char) {
                doc.remove(i, EMPTY, Evidence::Measure(format!("{} characters", line.chars().count())));
            } else {
                doc.rewrite(i, new, CHARACTERS);
            }
        }
    }
}

impl Normalize {
    /// Whether nothing has to be done, told for the whole document at once: most are clean,
    /// and one long look is cheaper than many short ones.
    fn is_clean(&self, doc: &Document) -> bool {
        let text = doc.text();
        let untrimmed = |i: usize| doc.original(i).ends_with([' ', '\t']);
        let trimmed = !self.settings.trim || !(0..doc.lines().len()).any(untrimmed);
        trimmed
            && text.bytes().all(|b| b >= b' ' || matches!(b, b'\n' | b'\r' | b'\t'))
            && !text.as_bytes().contains(&0x7F)
            && (text.is_ascii() || (!suspicious(text) && self.nfc.is_normalized(text)))
    }

    fn line<'l>(&self, line: &'l str) -> Cow<'l, str> {
        let s = &self.settings;
        let mut out = Cow::Borrowed(line);
        if (s.spaces || s.invisible) && line.chars().any(|c| special(c) != Special::None) {
            out = Cow::Owned(self.characters(line));
        }
        if s.nfc
            && !out.is_ascii()
            && let Cow::Owned(composed) = self.nfc.normalize(&out)
        {
            out = Cow::Owned(composed);
        }
        if s.trim && out.ends_with(char::is_whitespace) {
            out = Cow::Owned(out.trim_end().to_owned());
        }
        out
    }

    fn characters(&self, line: &str) -> String {
        let mut out = String::with_capacity(line.len());
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            match special(c) {
                Special::Space if self.settings.spaces => out.push(' '),
                Special::Invisible if self.settings.invisible => {}
                Special::Joiner if self.settings.invisible => {
                    let needed =
                        out.chars().next_back().is_some_and(joins) && chars.peek().is_some_and(|n| joins(*n));
                    if needed {
                        out.push(c);
                    }
                }
                _ => out.push(c),
            }
        }
        out
    }
}

#[derive(PartialEq)]
enum Special {
    None,
    Space,
    Invisible,
    Joiner,
}

fn special(c: char) -> Special {
    match c {
        '\t' | ' '..='~' => Special::None,
        '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => {
            Special::Space
        }
        '\u{AD}'
        | '\u{200B}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206F}'
        | '\u{FEFF}'
        | '\u{FFF9}'..='\u{FFFB}' => Special::Invisible,
        '\u{200C}' | '\u{200D}' => Special::Joiner,
        c if c.is_control() => Special::Invisible,
        _ => Special::None,
    }
}

/// Whether a joiner beside `c` means something: letters of scripts that join or stack, emoji
/// and their modifiers.
fn joins(c: char) -> bool {
    matches!(
        c as u32,
        0x0600..=0x08FF | 0x0900..=0x0DFF | 0x1000..=0x109F | 0x1780..=0x18AF | 0xFB50..=0xFDFF | 0xFE70..=0xFEFC
            | 0x2190..=0x2BFF | 0xFE0F | 0x1F000..=0x1FAFF
    )
}

/// A quick look at the bytes: `false` means that no special character is in `text`. Lead
/// bytes C2, E1, E2, E3 and EF begin them all.
fn suspicious(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().any(|(i, b)| match b {
        0xC2 => bytes[i + 1] <= 0xA0 || bytes[i + 1] == 0xAD,
        0xE1 => bytes[i + 1] == 0x9A,
        // The dashes and quotes of U+2010 to U+2027 are the usual guests and no harm.
        0xE2 => match bytes[i + 1] {
            0x80 => !(0x90..=0xA7).contains(&bytes[i + 2]) && !(0xB0..=0xBF).contains(&bytes[i + 2]),
            0x81 => bytes[i + 2] >= 0x9F,
            _ => false,
        },
        0xE3 => bytes[i + 1] == 0x80 && bytes[i + 2] == 0x80,
        0xEF => matches!((bytes[i + 1], bytes[i + 2]), (0xBB, 0xBF) | (0xBF, 0xB9..=0xBB)),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_look_misses_nothing() {
        for c in (0x80..=0x1_FFFF).filter_map(char::from_u32) {
            if special(c) != Special::None {
                assert!(suspicious(&format!("x{c}")), "U+{:04X}", c as u32);
            }
        }
    }

    #[test]
    fn twice_is_once() {
        let n = Normalize { settings: Settings::default(), nfc: ComposingNormalizerBorrowed::new_nfc() };
        for line in ["e\u{301}\u{200D}x \u{A0}", "\u{200C}می\u{200C} ", "a\u{AD}\u{300}", "\u{FEFF}  b"] {
            let once = n.line(line).into_owned();
            assert_eq!(n.line(&once), once.as_str());
        }
    }
}
