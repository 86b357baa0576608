//! What mail does to text: base64, quoted-printable, lines that flow.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Undoes base64. Whatever is not of its alphabet is passed over, as RFC 2045 wants it.
pub(super) fn base64(text: &[u8]) -> Vec<u8> {
    let is_letter = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    let mut letters: Vec<u8> = text.iter().copied().filter(is_letter).collect();
    // A single letter at the end is less than a byte.
    if letters.len() % 4 == 1 {
        letters.pop();
    }
    LENIENT.decode(&letters).unwrap_or_default()
}

/// Undoes quoted-printable. What is no escape stays as it is. In a `word` of a header there are no
/// lines.
pub(super) fn quoted(text: &[u8], word: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'=', rest) {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at..];
        let soft = if word { None } else { soft_break(rest) };
        if let Some(len) = soft {
            rest = &rest[len..];
        } else if let Some(byte) = escaped(rest) {
            out.push(byte);
            rest = &rest[3..];
        } else {
            out.push(b'=');
            rest = &rest[1..];
        }
    }
    out.extend_from_slice(rest);
    out
}

fn escaped(rest: &[u8]) -> Option<u8> {
    let digit = |n: usize| char::from(*rest.get(n)?).to_digit(16);
    Some((digit(1)? * 16 + digit(2)?) as u8)
}

/// Length of a `=` that ends a line, with white space after it, and the line ending.
fn soft_break(rest: &[u8]) -> Option<usize> {
    let spaces = rest[1..].iter().take(64).take_while(|b| matches!(b, b' ' | b'\t')).count();
    match &rest[1 + spaces..] {
        [b'\r', b'\n', ..] => Some(spaces + 3),
        [b'\n', ..] => Some(spaces + 2),
        [] => Some(spaces + 1),
        _ => None,
    }
}

/// Joins the lines of a text that flows (RFC 3676): those that end with a space go on in the next,
/// if that is quoted as deep. `join` takes the space away (`DelSp=yes`).
pub(super) fn flowed(text: &str, join: bool) -> String {
    let mut out = String::with_capacity(text.len());
    // The depth of the line before, if it goes on.
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let depth = line.bytes().take_while(|b| *b == b'>').count();
        let inside = &line[depth..];
        let inside = inside.strip_prefix(' ').unwrap_or(inside);
        if open != Some(depth) {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&line[..depth]);
            out.push_str(if depth > 0 { " " } else { "" });
        }
        // A signature begins with a line that ends with a space and does not flow.
        let goes_on = inside.ends_with(' ') && inside != "-- ";
        open = goes_on.then_some(depth);
        out.push_str(if goes_on && join { &inside[..inside.len() - 1] } else { inside });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codings() {
        assert_eq!(base64(b"SGFy\r\nYm91cg=="), b"Harbour");
        assert_eq!(base64(b"S G!Fy Y"), b"Har");
        assert_eq!(quoted(b"Gr=C3=BC=\r\n=C3=9fe =3D 1=2", false), "Grüße = 1=2".as_bytes());
        assert_eq!(quoted(b"a= \nb=", false), b"ab");
        assert_eq!(
            flowed("one \ntwo\n> three \n> four\n>> five\n-- \nme", false),
            "one two\n> three four\n>> five\n-- \nme"
        );
        assert_eq!(flowed("昨 \n夜", true), "昨夜");
    }
}
