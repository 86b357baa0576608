//! Making text of others safe to look at.

use std::borrow::Cow;
use std::fmt::Write;

/// Whether a terminal may act on `c`: control characters but line feed and tab, and
/// characters that reorder or hide what stands around them. The joiners U+200C and U+200D
/// do neither: Persian words, Indic scripts and emoji are made with them.
fn acts(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// `text` with such characters shown by their code: `\u{1b}` for an escape.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(acts) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if acts(c) {
            let _ = write!(out, "\\u{{{:x}}}", c as u32);
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// The same on one line: line feeds and tabs are shown by their code too.
pub fn one_line(text: &str) -> String {
    visible(text).replace('\n', "\\u{a}").replace('\t', "\\u{9}")
}

/// The same for what a renderer has drawn, with colours of its own and carets that point at columns: an
/// escape stays, and any other such character is U+FFFD, which is as wide as one.
pub fn covered(drawn: &str) -> String {
    drawn.replace(|c| c != '\u{1b}' && acts(c), "\u{FFFD}")
}

/// The same for JSON, in whose own words: what a parser makes of it does not change. Characters
/// beyond U+FFFF take two codes.
pub fn visible_json(rows: &str) -> Cow<'_, str> {
    if !rows.chars().any(acts) {
        return Cow::Borrowed(rows);
    }
    let mut out = String::with_capacity(rows.len() + 16);
    for c in rows.chars() {
        if acts(c) {
            for code in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{code:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::{covered, one_line, visible, visible_json};

    #[test]
    fn json_means_what_it_meant() {
        let text = "a\u{9b}31m b\u{7f} c\u{202e}d \u{e0041}\u{200d}é";
        let row = serde_json::json!({ "text": text }).to_string();
        let shown = visible_json(&row);
        assert_eq!(shown, "{\"text\":\"a\\u009b31m b\\u007f c\\u202ed \\udb40\\udc41\u{200d}é\"}");
        let back: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
        assert_eq!(back["text"], text);
        assert_eq!(visible_json("{}\n"), "{}\n");
    }

    #[test]
    fn one_line_is_one_line() {
        assert_eq!(one_line("a\nb\tc\u{2028}d"), "a\\u{a}b\\u{9}c\\u{2028}d");
        assert_eq!(covered("\u{1b}[1ma\u{2028}\u{1b}[0m\n"), "\u{1b}[1ma\u{FFFD}\u{1b}[0m\n");
    }

    #[test]
    fn nothing_acts_on_a_terminal() {
        assert_eq!(visible("a\u{1b}[31mb\u{202e}c\rd\u{9b}"), "a\\u{1b}[31mb\\u{202e}c\\u{d}d\\u{9b}");
        assert_eq!(visible("\u{7f}\u{200f}\u{61c}\u{2066}"), "\\u{7f}\\u{200f}\\u{61c}\\u{2066}");
    }

    #[test]
    fn all_else_stays() {
        for text in ["plain, naïve\n\ttext", "می\u{200c}روم", "\u{1f469}\u{200d}\u{1f467}", "क्\u{200d}ष"]
        {
            assert!(matches!(visible(text), std::borrow::Cow::Borrowed(_)), "{text}");
        }
    }
}
