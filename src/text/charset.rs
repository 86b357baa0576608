//! Character sets: bytes to text.
//!
//! The order is that of the WHATWG Encoding Standard: a byte order mark, then what is declared. A
//! declaration that does not fit gives way to UTF-8 where that fits without a fault, and without
//! any declaration bytes that are not UTF-8 are judged by their statistics.

use std::borrow::Cow;

use encoding_rs::Encoding;

use super::legacy::{self, whole_and_broken};
use super::oddities::oddities;

/// Bytes that detection looks at; more of one document would tell nothing new.
const LOOK: usize = 64 << 10;

/// Text, and how it was read.
#[derive(Debug)]
pub struct Decoded<'a> {
    /// The text, without a byte order mark.
    pub text: Cow<'a, str>,
    /// Name of the encoding, as the Encoding Standard has it; `UTF-32LE` and `UTF-32BE` beside.
    pub encoding: &'static str,
    /// Sequences that were replaced by U+FFFD.
    pub replaced: u32,
}

impl Decoded<'_> {
    /// The encoding, if it is not UTF-8.
    pub fn foreign(&self) -> Option<&'static str> {
        Some(self.encoding).filter(|e| *e != "UTF-8")
    }
}

/// Reads `bytes`: by a byte order mark, else as `declared` (a label such as `latin1`), else as
/// UTF-8 if they are, else as what they look like; damaged UTF-8 stays UTF-8 with U+FFFD in it.
pub fn decode<'a>(bytes: &'a [u8], declared: Option<&str>) -> Decoded<'a> {
    if let Some((wide, mark)) = Wide::of(bytes) {
        return wide.decode(&bytes[mark..]);
    }
    if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return lossy(rest);
    }
    let encoding = declared.and_then(|label| Encoding::for_label(label.trim().as_bytes()));
    if let Some(encoding) = encoding.filter(|e| *e != encoding_rs::UTF_8) {
        let (text, faults) = encoding.decode_without_bom_handling(bytes);
        let fits = !faults || std::str::from_utf8(bytes).is_err();
        if fits {
            let replaced = if faults { count_replaced(&text) } else { 0 };
            return Decoded { text, encoding: encoding.name(), replaced };
        }
    }
    match simdutf8::basic::from_utf8(bytes) {
        Ok(text) => Decoded { text: text.into(), encoding: "UTF-8", replaced: 0 },
        Err(_) => foreign(bytes).unwrap_or_else(|| lossy(bytes)),
    }
}

fn count_replaced(text: &str) -> u32 {
    text.matches(char::REPLACEMENT_CHARACTER).count() as u32
}

fn lossy(bytes: &[u8]) -> Decoded<'_> {
    let replaced = bytes.utf8_chunks().filter(|c| !c.invalid().is_empty()).count() as u32;
    Decoded { text: String::from_utf8_lossy(bytes), encoding: "UTF-8", replaced }
}

/// Reads bytes that are not UTF-8 at all: `None` if they are damaged UTF-8, or no text.
///
/// UTF-8 with faults has more whole characters outside ASCII than faults. What is detected has to
/// decode without a fault and without control characters.
pub fn foreign(bytes: &[u8]) -> Option<Decoded<'_>> {
    if simdutf8::basic::from_utf8(bytes).is_ok() {
        return None;
    }
    let (good, bad) = whole_and_broken(bytes);
    if bad <= good || bytes.contains(&0) {
        return None;
    }
    let start = bytes.iter().position(|b| !b.is_ascii())?.saturating_sub(LOOK / 8);
    let end = bytes.len().min(start + LOOK);
    let encoding = legacy::tell(&bytes[start..end])?;
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    let control = |c: char| matches!(c, '\u{80}'..='\u{9F}' | '\0'..='\u{8}' | '\u{E}'..='\u{1F}');
    (!text.contains(control)).then_some(Decoded { text, encoding: encoding.name(), replaced: 0 })
}

/// Bytes without a byte order mark that can be told to be UTF-16 or UTF-32.
const LEAST: usize = 16;

/// Encodings of two or four bytes a unit, told by their byte order marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wide {
    /// UTF-16, little end first.
    Utf16Le,
    /// UTF-16, big end first.
    Utf16Be,
    /// UTF-32, little end first.
    Utf32Le,
    /// UTF-32, big end first.
    Utf32Be,
}

impl Wide {
    /// The encoding whose byte order mark `bytes` begin with, and the length of the mark. Four
    /// bytes are enough to tell.
    pub fn of(bytes: &[u8]) -> Option<(Self, usize)> {
        match bytes {
            [0xFF, 0xFE, 0, 0, ..] => Some((Self::Utf32Le, 4)),
            [0, 0, 0xFE, 0xFF, ..] => Some((Self::Utf32Be, 4)),
            [0xFF, 0xFE, ..] => Some((Self::Utf16Le, 2)),
            [0xFE, 0xFF, ..] => Some((Self::Utf16Be, 2)),
            _ => None,
        }
    }

    /// The encoding that `bytes`, the beginning of a text without a mark, are in. Zeros tell it, which spaces and
    /// line endings of any text have. Text of one byte a character with a zero in it is not taken for Chinese.
    pub fn without_mark(bytes: &[u8]) -> Option<Self> {
        let zeros = |side: usize| bytes.iter().skip(side).step_by(2).filter(|b| **b == 0).count();
        let (even, odd, n) = (zeros(0), zeros(1), bytes.len());
        let of_text = |b: &u8| b.is_ascii_graphic() || matches!(b, b'\t' | b'\n' | b'\x0C' | b'\r' | b' ');
        let strange = bytes.iter().filter(|b| **b != 0 && !of_text(b)).count();
        let wide = (even + odd) * 4 >= n || ((even + odd) * 100 >= n && strange * 8 >= n);
        let sets = match (even + odd) * 2 >= n {
            true if even > 0 && odd > 0 => &[Self::Utf32Le, Self::Utf32Be][..],
            _ if odd >= even => &[Self::Utf16Le],
            _ => &[Self::Utf16Be],
        };
        sets.iter().copied().find(|set| wide && n >= LEAST && set.reads_well(bytes))
    }

    fn reads_well(self, bytes: &[u8]) -> bool {
        let mut utf8 = Vec::new();
        self.append(bytes, false, &mut utf8);
        std::str::from_utf8(&utf8).is_ok_and(|text| {
            let control = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\x0C' | '\r');
            !text.contains(control) && oddities(text) * 10 <= text.chars().count()
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Utf32Le => "UTF-32LE",
            Self::Utf32Be => "UTF-32BE",
        }
    }

    fn decode<'a>(self, bytes: &[u8]) -> Decoded<'a> {
        let mut out = Vec::with_capacity(bytes.len());
        let left = self.append(bytes, true, &mut out);
        debug_assert_eq!(left, bytes.len());
        let replaced = out.iter().filter(|b| **b == BROKEN).count() as u32;
        let text = match String::from_utf8(out) {
            Ok(text) => text,
            Err(e) => String::from_utf8_lossy(e.as_bytes()).into_owned(),
        };
        Decoded { text: text.into(), encoding: self.name(), replaced }
    }

    /// Appends `bytes` as UTF-8 to `out`, a unit that means nothing as [`BROKEN`]. Returns how
    /// many bytes were used: a unit or a pair that is not whole yet is left, unless this is the
    /// `last` of the text.
    pub fn append(self, bytes: &[u8], last: bool, out: &mut Vec<u8>) -> usize {
        let mut at = 0;
        while let Some((code, len)) = self.next(&bytes[at..], last) {
            at += len;
            match code.and_then(char::from_u32) {
                Some(c) if c.is_ascii() => out.push(c as u8),
                Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                None => out.push(BROKEN),
            }
        }
        at
    }

    /// The next code point, `None` in it if it is broken, and its length in bytes.
    fn next(self, bytes: &[u8], last: bool) -> Option<(Option<u32>, usize)> {
        let broken = |n: usize| (last && n > 0).then_some((None, n));
        let word = |at: usize| -> Option<u32> {
            let pair = *bytes.get(at..)?.first_chunk()?;
            Some(u32::from(if self == Self::Utf16Le {
                u16::from_le_bytes(pair)
            } else {
                u16::from_be_bytes(pair)
            }))
        };
        if matches!(self, Self::Utf32Le | Self::Utf32Be) {
            let Some(four) = bytes.first_chunk() else { return broken(bytes.len()) };
            let little = self == Self::Utf32Le;
            return Some((
                Some(if little { u32::from_le_bytes(*four) } else { u32::from_be_bytes(*four) }),
                4,
            ));
        }
        let Some(first) = word(0) else { return broken(bytes.len()) };
        if !matches!(first, 0xD800..=0xDBFF) {
            return Some((Some(first), 2));
        }
        match word(2) {
            Some(second @ 0xDC00..=0xDFFF) => {
                Some((Some(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)), 4))
            }
            Some(_) => Some((None, 2)),
            None if bytes.len() == 2 => broken(2),
            None => broken(bytes.len().min(2)),
        }
    }
}

/// Stands for a unit that means nothing: no byte of UTF-8, so that it is counted, replaced or
/// refused like any other bad byte.
pub const BROKEN: u8 = 0xFF;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_evidence() {
        let latin = b"Le caf\xE9 est ferm\xE9 jusqu'\xE0 l'\xE9t\xE9.";
        let seen = |bytes: &[u8], declared: Option<&str>| {
            let d = decode(bytes, declared);
            (d.text.into_owned(), d.encoding, d.replaced)
        };
        let want = "Le café est fermé jusqu'à l'été.".to_owned();
        assert_eq!(seen(latin, None), (want.clone(), "windows-1252", 0));
        assert_eq!(seen(latin, Some("iso-8859-1")), (want.clone(), "windows-1252", 0));
        assert_eq!(seen(latin, Some("utf-8")), (want.clone(), "windows-1252", 0));
        assert_eq!(seen(want.as_bytes(), Some("shift_jis")).0, want, "a declaration that does not fit");
        assert_eq!(seen(b"\xEF\xBB\xBFa\xE9", Some("latin1")), ("a\u{FFFD}".to_owned(), "UTF-8", 1));
        assert_eq!(seen(b"\xFF\xFEa\0\x3D\xD8", None), ("a\u{FFFD}".to_owned(), "UTF-16LE", 1));
        assert_eq!(seen(b"\0\0\xFE\xFF\0\x01\xF6\x00\0", None), ("😀\u{FFFD}".to_owned(), "UTF-32BE", 1));
    }

    #[test]
    fn damaged_utf8_stays_utf8() {
        for bytes in [
            "naïve café".as_bytes().iter().chain(b" \xE9").copied().collect::<Vec<_>>(),
            b"cut \xE2\x80".to_vec(),
            b"binary \xFF\xFE\xFF".to_vec(),
            b"nul \0 \xE9".to_vec(),
            b"no text \x81\x01\x02\x9D".to_vec(),
        ] {
            assert!(foreign(&bytes).is_none(), "{:?}", String::from_utf8_lossy(&bytes));
            assert_eq!(decode(&bytes, None).encoding, "UTF-8");
        }
    }

    #[test]
    fn languages_in_their_old_sets() {
        for (label, text) in [
            ("windows-1251", "Вечером на площади зажгли фонари, и улица сразу стала светлее."),
            ("koi8-r", "Вечером на площади зажгли фонари, и улица сразу стала светлее."),
            ("windows-1256", "في المساء أضيئت المصابيح في الساحة وصار الشارع أكثر إشراقا."),
            ("windows-1255", "בערב הדליקו את הפנסים בכיכר והרחוב נעשה מואר יותר."),
            ("gb18030", "傍晚广场上的路灯亮了，街道一下子明亮起来，人们在河边散步。"),
            ("big5", "傍晚廣場上的路燈亮了，街道一下子明亮起來，人們在河邊散步。"),
            ("shift_jis", "夕方になると広場の街灯がともり、通りはすぐに明るくなりました。"),
            ("euc-kr", "저녁이 되자 광장의 가로등이 켜지고 거리가 금세 환해졌습니다."),
            ("windows-874", "ตอนเย็นโคมไฟในจัตุรัสสว่างขึ้น และถนนก็สว่างขึ้นทันที"),
        ] {
            let bytes = Encoding::for_label(label.as_bytes()).expect("a label").encode(text).0;
            assert_eq!(decode(&bytes, None).text, text, "{label}");
        }
    }
}
