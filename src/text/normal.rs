//! Characters that scraping leaves in text and nobody sees: finding them fast, taking them out.

use std::borrow::Cow;

use fearless_simd::dispatch;
use icu_normalizer::ComposingNormalizerBorrowed;

use super::LEVEL;

/// What [`scan`] found in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// A character that [`clean`] may replace or remove.
    pub suspicious: bool,
    /// A character that may not be in NFC.
    pub composable: bool,
}

/// Looks for characters that [`clean`] would touch. May report too much, never too little.
/// White space at the end of lines is not its concern.
pub fn scan(text: &str) -> Found {
    dispatch!(*LEVEL, _simd => scan_bytes(text.as_bytes()))
}

#[inline(always)]
fn scan_bytes(bytes: &[u8]) -> Found {
    match bytes.iter().fold(0, |seen, &b| seen | ascii_flags(b)) {
        0 => Found { suspicious: false, composable: false },
        CONTROL => Found { suspicious: true, composable: false },
        seen => {
            let flags = scan_wide(bytes);
            Found {
                suspicious: (seen & CONTROL) | (flags & SUSPICIOUS) != 0,
                composable: flags & COMPOSABLE != 0,
            }
        }
    }
}

const WIDE: u8 = 1;
const CONTROL: u8 = 2;
const SUSPICIOUS: u8 = 4;
const COMPOSABLE: u8 = 8;

// The functions below have no branches, so that the compiler makes vector code of them, with whatever
// the processor has: they are inlined where that is known.

#[inline(always)]
fn ascii_flags(b: u8) -> u8 {
    let wide = u8::from(b >= 0x80) * WIDE;
    let control = u8::from(((b < 0x20) & (b != b'\t') & (b != b'\n') & (b != b'\r')) | (b == 0x7F));
    wide | (control * CONTROL)
}

/// Flags of a character by its first three bytes.
#[inline(always)]
fn wide_flags(a: u8, b: u8, c: u8) -> u8 {
    // C1 controls, no-break space and soft hyphen.
    let latin = (a == 0xC2) & ((b <= 0xA0) | (b == 0xAD));
    // U+2000..200D, 2028..202F, 205F..206F.
    let general = (a == 0xE2)
        & (((b == 0x80) & ((c <= 0x8D) | (0xA8..=0xAF).contains(&c)))
            | ((b == 0x81) & (0x9F..=0xAF).contains(&c)));
    // U+1680, U+3000, U+FEFF.
    let rare = ((a == 0xE1) & (b == 0x9A) & (c == 0x80))
        | ((a == 0xE3) & (b == 0x80) & (c == 0x80))
        | ((a == 0xEF) & (b == 0xBB) & (c == 0xBF));
    // Below U+0300, and in these blocks, every character is in NFC and composes with nothing
    // in front of it: Cyrillic U+0400..047F, U+2000..20BF, most ideographs and syllables.
    let safe = (a < 0xCC)
        | (a == 0xD0)
        | (a == 0xD1)
        | ((a == 0xE2) & (b <= 0x82))
        | (0xE4..=0xE9).contains(&a)
        | (a == 0xEB)
        | (a == 0xEC);
    (u8::from(latin | general | rare) * SUSPICIOUS) | (u8::from(!safe) * COMPOSABLE)
}

#[inline(always)]
fn scan_wide(bytes: &[u8]) -> u8 {
    // The last characters are looked at with zeros behind them.
    let cut = bytes.len().saturating_sub(2);
    let mut end = [0; 4];
    end[..bytes.len() - cut].copy_from_slice(&bytes[cut..]);
    let flags = wide_flags(end[0], end[1], 0) | wide_flags(end[1], 0, 0);
    let firsts = &bytes[..cut];
    let (seconds, thirds) = (bytes.get(1..).unwrap_or_default(), bytes.get(2..).unwrap_or_default());
    firsts.iter().zip(seconds).zip(thirds).fold(flags, |seen, ((&a, &b), &c)| seen | wide_flags(a, b, c))
}

/// Which kinds of characters [`clean`] works on.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    /// Canonical composition (NFC).
    pub compose: bool,
    /// No-break and exotic spaces become plain ones.
    pub spaces: bool,
    /// Zero-width characters go.
    pub zero_width: bool,
    /// Control characters go.
    pub controls: bool,
    /// Soft hyphens go.
    pub soft_hyphens: bool,
    /// Embeddings, overrides and isolates of writing direction go.
    pub bidi_controls: bool,
}

/// One line without the characters named in `parts`, in NFC if asked for.
pub fn clean<'a>(line: &'a str, parts: &Parts) -> Cow<'a, str> {
    const NFC: ComposingNormalizerBorrowed<'static> = ComposingNormalizerBorrowed::new_nfc();
    let found = scan(line);
    let line = if found.suspicious { replace(line, parts) } else { Cow::Borrowed(line) };
    // Taking a character out can bring a letter and its accent together.
    if !parts.compose || !(found.composable || found.suspicious) || NFC.is_normalized(&line) {
        return line;
    }
    Cow::Owned(NFC.normalize(&line).into_owned())
}

fn replace<'a>(line: &'a str, parts: &Parts) -> Cow<'a, str> {
    let mut out = String::with_capacity(line.len());
    let mut before = None;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let with = match c {
            '\t' => Some(c),
            // UTF-8 that was read as Latin-1 looks like this. What it stood for can still be
            // told, unless half of it is taken away.
            '\u{80}'..='\u{9F}' if matches!(before, Some('\u{80}'..='\u{9F}' | '\u{C2}'..='\u{F4}')) => {
                Some(c)
            }
            // These break lines elsewhere: without them the words would run together.
            '\u{B}' | '\u{C}' | '\u{85}' | '\u{2028}' | '\u{2029}' if parts.controls => Some(' '),
            // In Mongolian it joins a suffix to its word.
            '\u{202F}' if matches!(before, Some('\u{1800}'..='\u{18AF}')) => Some(c),
            '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}'
                if parts.spaces =>
            {
                Some(' ')
            }
            '\u{200B}' | '\u{2060}' | '\u{FEFF}' if parts.zero_width => None,
            '\u{200C}' | '\u{200D}' if parts.zero_width => {
                joiner_means_something(before, c, chars.peek().copied()).then_some(c)
            }
            '\u{AD}' if parts.soft_hyphens => None,
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{206F}' if parts.bidi_controls => None,
            c if c.is_control() && parts.controls => None,
            c => Some(c),
        };
        out.extend(with);
        before = with.or(before);
    }
    if out == line { Cow::Borrowed(line) } else { Cow::Owned(out) }
}

/// Zero-width joiners shape words in some scripts, and make one emoji of several.
fn joiner_means_something(before: Option<char>, joiner: char, after: Option<char>) -> bool {
    let (Some(before), is_zwj) = (before, joiner == '\u{200D}') else {
        return false;
    };
    let shaped_after = after.is_some_and(|c| is_indic(c) || is_cursive(c));
    let emoji = is_zwj && is_emoji_part(before) && after.is_some_and(is_emoji_part);
    // At the end of a word an Indic joiner still chooses a letter's form; in Arabic script
    // only the joiner does, the non-joiner has nothing to part.
    is_indic(before) || (is_cursive(before) && (is_zwj || shaped_after)) || emoji
}

/// Scripts whose letters join: Arabic, Syriac, N'Ko, Mandaic, Mongolian and the like.
fn is_cursive(c: char) -> bool {
    matches!(
        c as u32,
        0x0600..=0x08FF | 0x1800..=0x18AF | 0xA840..=0xA87F | 0xFB50..=0xFDFF | 0xFE70..=0xFEFC
            | 0x10A00..=0x10FFF | 0x1E900..=0x1E95F
    )
}

/// Scripts with conjuncts: from Devanagari to Sinhala, Myanmar, Khmer and their kin.
fn is_indic(c: char) -> bool {
    matches!(
        c as u32,
        0x0900..=0x0DFF | 0x0F00..=0x109F | 0x1700..=0x17FF | 0x1900..=0x1CFF | 0xA800..=0xA83F
            | 0xA880..=0xAADF | 0xABC0..=0xABFF | 0x11000..=0x11FFF
    )
}

fn is_emoji_part(c: char) -> bool {
    matches!(
        c as u32,
        0x00A9 | 0x00AE | 0x203C..=0x203D | 0x2122..=0x2BFF | 0xFE0F | 0x3030 | 0x303D | 0x3297
            | 0x3299 | 0x1F000..=0x1FAFF | 0xE0020..=0xE007F
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: Parts = Parts {
        compose: true,
        spaces: true,
        zero_width: true,
        controls: true,
        soft_hyphens: true,
        bidi_controls: true,
    };

    #[test]
    fn scan_never_reports_too_little() {
        for c in '\0'..=char::MAX {
            for text in [c.to_string(), format!("a{c}"), format!("{c}bc"), format!("a{c}b")] {
                if scan(&text).suspicious || c == '\n' || c == '\r' {
                    continue;
                }
                assert_eq!(replace(&text, &ALL), text, "U+{:04X}", c as u32);
                let nfc = ComposingNormalizerBorrowed::new_nfc();
                assert!(scan(&text).composable || nfc.is_normalized(&text), "U+{:04X}", c as u32);
            }
        }
    }

    #[test]
    fn joiners() {
        for kept in [
            "می\u{200C}روم",
            "ന്\u{200D} ഇ",
            "क्\u{200C}",
            "👩\u{200D}👧",
            "🏳\u{FE0F}\u{200D}🌈",
            "ه\u{200D} ق",
        ] {
            assert_eq!(clean(kept, &ALL), kept, "{kept:?}");
        }
        assert_eq!(clean("می\u{200C} رو", &ALL), "می رو");
        assert_eq!(clean("Auf\u{200C}lage\u{200D}", &ALL), "Auflage");
        assert_eq!(clean("👩\u{200D}.", &ALL), "👩.");
    }

    #[test]
    fn kinds_can_be_left_alone() {
        let none = Parts {
            compose: false,
            spaces: false,
            zero_width: false,
            controls: false,
            soft_hyphens: false,
            bidi_controls: false,
        };
        let text = "e\u{301}\u{A0}\u{200B}\u{200D}\u{7}\u{AD}\u{202E}\u{85}";
        assert_eq!(clean(text, &none), text);
    }

    #[test]
    fn composes_what_comes_together() {
        assert_eq!(clean("e\u{AD}\u{301}", &ALL), "é");
        assert_eq!(clean("ﬁ ² ①", &ALL), "ﬁ ² ①", "not NFKC");
    }

    proptest! {
        #[test]
        fn idempotent(line in "([\\PC]|[\u{0}-\u{20}\u{7F}-\u{AD}\u{300}-\u{304}\u{2000}-\u{2070}\u{FEFF}]|[ا-یक-्👩👧]){0,24}") {
            let once = clean(&line, &ALL).into_owned();
            prop_assert_eq!(clean(&once, &ALL), once.as_str());
            if !scan(&line).suspicious && !scan(&line).composable {
                prop_assert_eq!(once, line);
            }
        }
    }
}
