//! Character references: `&amp;`, `&eacute`, `&#8217;`.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Names, with their semicolon where it is needed, and what they stand for in hexadecimal: the
/// table of the HTML standard.
static TABLE: &str = include_str!("data/entities.tsv");

/// Longest name, semicolon included, in bytes.
const LONGEST: usize = 33;

static NAMES: LazyLock<HashMap<&'static str, String>> = LazyLock::new(|| {
    let entry = |line: &'static str| {
        let (name, codes) = line.split_once('\t')?;
        let chars = codes.split(' ').filter_map(|c| char::from_u32(u32::from_str_radix(c, 16).ok()?));
        Some((name, chars.collect()))
    };
    TABLE.lines().filter_map(entry).collect()
});

/// What numbers 0x80 to 0x9F stand for: pages mean windows-1252.
const C1: [u32; 32] = [
    0x20AC, 0x81, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160, 0x2039, 0x152, 0x8D,
    0x17D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x2DC, 0x2122, 0x161, 0x203A,
    0x153, 0x9D, 0x17E, 0x178,
];

/// Appends `text` with its references resolved. In an attribute a name without a semicolon is
/// none if a letter, digit or `=` follows.
pub fn decode(text: &str, in_attribute: bool, out: &mut String) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'&', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let used = match rest.as_bytes().get(1) {
            Some(b'#') => number(rest, out),
            Some(b) if b.is_ascii_alphanumeric() => name(rest, in_attribute, out),
            _ => 0,
        };
        if used == 0 {
            out.push('&');
        }
        rest = &rest[used.max(1)..];
    }
    out.push_str(rest);
}

/// A reference by number at the start of `text`: how many bytes it has, 0 if there is none.
fn number(text: &str, out: &mut String) -> usize {
    let bytes = text.as_bytes();
    let hex = matches!(bytes.get(2), Some(b'x' | b'X'));
    let (start, radix) = if hex { (3, 16) } else { (2, 10) };
    let digits = bytes[start..].iter().take_while(|b| char::from(**b).is_digit(radix)).count();
    if digits == 0 {
        return 0;
    }
    let end = start + digits;
    // Zeros in front do not count; nine digits are more than any character has.
    let value = text[start..end].trim_start_matches('0');
    let code = if value.len() > 8 { u32::MAX } else { u32::from_str_radix(value, radix).unwrap_or(0) };
    let code = match code {
        0x80..=0x9F => C1[code as usize - 0x80],
        0 => u32::MAX,
        code => code,
    };
    out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
    end + usize::from(bytes.get(end) == Some(&b';'))
}

/// A reference by name, likewise. The longest name counts.
fn name(text: &str, in_attribute: bool, out: &mut String) -> usize {
    let bytes = text.as_bytes();
    let letters = bytes[1..].iter().take(LONGEST).take_while(|b| b.is_ascii_alphanumeric()).count();
    let end = 1 + letters;
    if bytes.get(end) == Some(&b';')
        && let Some(means) = NAMES.get(&text[1..=end])
    {
        out.push_str(means);
        return end + 1;
    }
    // The names that need no semicolon are two to six letters long.
    for n in (3..=end.min(7)).rev() {
        if let Some(means) = NAMES.get(&text[1..n]) {
            let follows = bytes.get(n).is_some_and(|b| *b == b'=' || b.is_ascii_alphanumeric());
            if in_attribute && follows {
                return 0;
            }
            out.push_str(means);
            return n;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    fn decode(text: &str, in_attribute: bool) -> String {
        let mut out = String::new();
        super::decode(text, in_attribute, &mut out);
        out
    }

    #[test]
    fn references() {
        for (text, want) in [
            ("a &amp; b &lt;p&gt;", "a & b <p>"),
            ("caf&eacute; caf&eacute s", "café café s"),
            ("&#8217;&#x2019;&#146;&#x;&#", "’’’&#x;&#"),
            ("&notit; &notin; &nope; &", "¬it; ∉ &nope; &"),
            ("&#0;&#xD800;&#99999999999;", "\u{FFFD}\u{FFFD}\u{FFFD}"),
            ("&é &CounterClockwiseContourIntegral;", "&é ∳"),
        ] {
            assert_eq!(decode(text, false), want);
        }
        assert_eq!(decode("?a=1&copy=2&amp;lt=3&lt", true), "?a=1&copy=2&lt=3<");
    }
}
