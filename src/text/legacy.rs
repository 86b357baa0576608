//! Sets older than UTF-8: in which one a source is, and what a line or a record of it says.
//!
//! A source's set is told from many lines at once; one of its lines or records is in another only with evidence.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::Encoding;
use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, GBK, KOI8_U, SHIFT_JIS, WINDOWS_874, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252,
    WINDOWS_1253, WINDOWS_1254, WINDOWS_1255, WINDOWS_1256, WINDOWS_1257, WINDOWS_1258,
};

use super::oddities::oddities;

/// Sets that are tried where the first guess reads oddly; those that more texts are in come first.
const SETS: &[&Encoding] = &[
    WINDOWS_1252,
    WINDOWS_1251,
    GBK,
    SHIFT_JIS,
    EUC_KR,
    BIG5,
    WINDOWS_1250,
    WINDOWS_1256,
    WINDOWS_1254,
    WINDOWS_1253,
    WINDOWS_1255,
    KOI8_U,
    EUC_JP,
    WINDOWS_874,
    WINDOWS_1257,
    WINDOWS_1258,
];

/// Bytes by which sets are compared.
const ENOUGH: usize = 16 << 10;

/// The set of those lines of `bytes` that are not UTF-8: `None` if there are none, or if they are damaged UTF-8 or
/// no text.
pub fn tell(bytes: &[u8]) -> Option<&'static Encoding> {
    let lines: Vec<u8> =
        bytes.split_inclusive(|b| *b == b'\n').filter(|line| is_foreign(line)).collect::<Vec<_>>().concat();
    if lines.is_empty() || has_controls(&lines) {
        return None;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&lines, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    let few = &lines[..lines.len().min(ENOUGH)];
    let first = Reading::new(few, guess);
    let others = SETS.iter().filter(|set| first.odd > 0 && **set != guess);
    let readings = others.map(|set| Reading::new(few, set)).filter(|r| r.outweighs(&first));
    let best = readings.min_by_key(|reading| reading.odd).unwrap_or(first);
    // A few odd characters are no evidence that it is no text.
    (best.odd * 3 <= best.characters.max(24)).then_some(best.set)
}

/// A text, read in some set.
struct Reading<'a> {
    set: &'static Encoding,
    text: Cow<'a, str>,
    odd: usize,
    /// How many characters are outside ASCII.
    characters: usize,
}

impl<'a> Reading<'a> {
    fn new(bytes: &'a [u8], set: &'static Encoding) -> Self {
        let text = set.decode_without_bom_handling(bytes).0;
        let characters = text.chars().filter(|c| !c.is_ascii()).count();
        Self { set, odd: oddities(&text), text, characters }
    }

    /// Whether it is so much better than the reading in the set that `guess` found by frequencies that these do not
    /// count: if that is odd all over, or if both differ only where it is odd. A few oddities are in many texts:
    /// names, quotations, damage.
    fn outweighs(&self, guess: &Self) -> bool {
        if guess.odd < 2 || self.odd * 4 > guess.odd {
            return false;
        }
        guess.odd * 25 > guess.characters || {
            let differ = self.text.chars().zip(guess.text.chars()).filter(|(a, b)| a != b).count();
            self.characters == guess.characters && differ <= 2 * guess.odd
        }
    }
}

/// Whether a line is neither UTF-8 nor damaged UTF-8, which has more whole characters outside ASCII than faults.
fn is_foreign(line: &[u8]) -> bool {
    simdutf8::basic::from_utf8(line).is_err() && {
        let (good, bad) = whole_and_broken(line);
        bad > good
    }
}

/// How many characters outside ASCII are whole, and how many bytes are in none. FE and FF are in no text but a rare
/// letter: they are damage of UTF-8. A sequence that is cut short is no sign of another set.
pub(super) fn whole_and_broken(bytes: &[u8]) -> (usize, usize) {
    let (mut good, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        match chunk.invalid() {
            [0xFE | 0xFF] => good += 1,
            [_] => bad += 1,
            _ => {}
        }
    }
    (good, bad)
}

/// Whether one byte in a thousand is a control character that is in no text.
fn has_controls(bytes: &[u8]) -> bool {
    let controls = bytes.iter().filter(|b| matches!(b, 0..=8 | 0xE..=0x1A | 0x1C..=0x1F)).count();
    controls * 1000 > bytes.len()
}

/// Reads a line or a record of a source that is in `set`: `None` if it is UTF-8, damaged or not.
pub fn read<'a>(bytes: &'a [u8], set: &'static Encoding) -> Option<Cow<'a, str>> {
    if bytes.is_ascii() {
        return None;
    }
    let text = set.decode_without_bom_handling(bytes).0;
    let (good, bad) = whole_and_broken(bytes);
    // A fault counts as two oddities, and what was misread as one for nearly each character.
    if bad <= good && oddities(&String::from_utf8_lossy(bytes)) < oddities(&text) * 4 {
        return None;
    }
    Some(text)
}

/// Whether `text`, a record read in its source's set, reads so much better in `other` that it is in that.
pub fn overrules(other: &str, text: &str) -> bool {
    // Three oddities are a name or a quotation, not evidence.
    let odd = oddities(text);
    odd > 3 && odd * 20 > text.chars().filter(|c| !c.is_ascii()).count() && oddities(other) * 4 < odd
}

/// How many bytes of `bytes`, a text in `set`, have `len` bytes as UTF-8.
pub fn prefix(bytes: &[u8], set: &'static Encoding, len: usize) -> usize {
    if read(bytes, set).is_none() {
        return len.min(bytes.len());
    }
    let mut decoder = set.new_decoder_without_bom_handling();
    let (mut made, mut room) = (0, [0; 32]);
    for (at, byte) in bytes.iter().enumerate() {
        if made >= len {
            return at;
        }
        made += decoder.decode_to_utf8(&[*byte], &mut room, false).2;
    }
    bytes.len()
}
