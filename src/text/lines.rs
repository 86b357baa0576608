//! Cutting bytes into lines: LF, CRLF and CR all end one.

use std::ops::Range;

/// Spans of the lines of a byte slice, without their endings.
///
/// A final line without an ending counts; an ending at the very end opens no further line.
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    /// Lines of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }
}

impl Iterator for Lines<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        if start >= self.bytes.len() {
            return None;
        }
        let Some(n) = memchr::memchr2(b'\n', b'\r', &self.bytes[start..]) else {
            self.at = self.bytes.len();
            return Some(start..self.at);
        };
        let end = start + n;
        let crlf = self.bytes[end] == b'\r' && self.bytes.get(end + 1) == Some(&b'\n');
        self.at = end + 1 + usize::from(crlf);
        Some(start..end)
    }
}

/// Whether a line holds nothing to see: white space, zero-width characters or a BOM.
///
/// A form feed counts as blank here; segmenters look at it before.
pub fn is_blank(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    match line.first() {
        None => true,
        // Nearly every line starts with a visible ASCII character.
        Some(b) if b.is_ascii() && !b.is_ascii_control() => false,
        // A look at the first characters spares a check of the whole line.
        Some(_) => starts_blank(&line[..line.len().min(16)]) && line.utf8_chunks().all(blank_chunk),
    }
}

fn starts_blank(prefix: &[u8]) -> bool {
    let first = prefix.utf8_chunks().next();
    first.is_none_or(|c| c.valid().chars().all(is_blank_char))
}

fn blank_chunk(chunk: std::str::Utf8Chunk<'_>) -> bool {
    chunk.invalid().is_empty() && chunk.valid().chars().all(is_blank_char)
}

/// What joins two lines of one paragraph: a space, or nothing between characters of scripts that
/// have none (Chinese, Japanese, Thai and its kin).
pub fn joint(before: &str, after: &str) -> &'static str {
    let spaceless = |c: char| matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FF60}' | '\u{20000}'..='\u{3FFFF}');
    let both = before.ends_with(spaceless) && after.starts_with(spaceless);
    if both { "" } else { " " }
}

/// White space, zero-width space, joiners, word joiner or BOM.
pub fn is_blank_char(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{00AD}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ending() {
        let text = b"a\nb\r\nc\rd\n\ne";
        let got: Vec<_> = Lines::new(text).map(|r| &text[r]).collect();
        assert_eq!(got, [&b"a"[..], b"b", b"c", b"d", b"", b"e"]);
        assert_eq!(Lines::new(b"a\n").count(), 1);
        assert_eq!(Lines::new(b"").count(), 0);
    }

    #[test]
    fn blank_lines() {
        assert!(is_blank(b" \t"));
        assert!(is_blank("\u{A0}\u{200B}\u{3000}\u{FEFF}".as_bytes()));
        assert!(!is_blank(b"  x"));
        assert!(!is_blank(b" \xff"));
    }
}
