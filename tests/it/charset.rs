//! Character sets: dumps in UTF-16 and UTF-32, records in older sets.

use crate::support::*;
use proptest::prelude::*;

fn utf16(text: &str, big: bool) -> Vec<u8> {
    let unit = |u: u16| if big { u.to_be_bytes() } else { u.to_le_bytes() };
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(unit).collect()
}

fn utf32(text: &str, big: bool) -> Vec<u8> {
    let unit = |c: char| if big { (c as u32).to_be_bytes() } else { (c as u32).to_le_bytes() };
    std::iter::once('\u{FEFF}').chain(text.chars()).flat_map(unit).collect()
}

fn wide(text: &str) -> [Vec<u8>; 4] {
    [utf16(text, false), utf16(text, true), utf32(text, false), utf32(text, true)]
}

const LINES: &str =
    "{\"text\":\"Der Fluß stieg über Nacht. 😀\",\"n\":1}\n{\"text\":\"夜の間に川が増水した。\",\"n\":2}\n";

#[test]
fn wide_dumps_are_read_as_if_they_were_utf8() {
    let want = textmill(&["-p", "plain", "-q"], LINES.as_bytes());
    assert_eq!(want.rows().len(), 2);
    for bytes in wide(LINES) {
        let ran = textmill(&["-p", "plain", "-q"], &bytes);
        assert_eq!((ran.code, &ran.out), (0, &want.out));
    }
    let plain = textmill(&["-p", "plain", "-q"], &utf16("Eine Zeile.\nNoch eine.\n", true));
    assert_eq!(str_of(&plain.rows()[0], "text"), "Noch eine.");
}

#[test]
fn broken_units_are_counted_like_other_bad_bytes() {
    let mut bytes = utf16("A line that is cut in the middle of a pair: ", false);
    bytes.extend_from_slice(&[0x3D, 0xD8]);
    let ran = textmill(&["-p", "plain", "-q"], &bytes);
    assert_eq!(str_of(&ran.rows()[0], "meta"), r#"{"_invalid_utf8":1}"#);
    let strict = textmill(&["-p", "plain", "-q", "--strict"], &bytes);
    assert_eq!((strict.code, strict.rows().len()), (0, 0));
}

#[test]
fn records_in_older_sets_are_told_one_by_one() {
    let text = "Le café était fermé jusqu'à l'été, et personne n'a protesté.";
    let cyrillic = "Вечером на площади зажгли фонари, и улица сразу стала светлее.";
    let encode = |set: &str, text: &str| {
        let set = encoding_rs::Encoding::for_label(set.as_bytes()).expect("a set");
        set.encode(&format!("{{\"text\":\"{text}\"}}\n")).0.into_owned()
    };
    let mixed = [
        encode("latin1", text),
        encode("utf-8", text),
        encode("windows-1251", cyrillic),
        encode("koi8-r", cyrillic),
    ]
    .concat();
    let ran = textmill(&["-p", "plain", "-q", "--format", "jsonl"], &mixed);
    let rows: Vec<_> =
        ran.rows().iter().map(|r| (str_of(r, "text").to_owned(), str_of(r, "meta").to_owned())).collect();
    let row = |text: &str, meta: &str| (text.to_owned(), meta.to_owned());
    assert_eq!(
        rows,
        [
            row(text, r#"{"_encoding":"windows-1252"}"#),
            row(text, "{}"),
            row(cyrillic, r#"{"_encoding":"windows-1251"}"#),
            row(cyrillic, r#"{"_encoding":"KOI8-U"}"#),
        ]
    );
    let strict = textmill(&["-p", "plain", "-q", "--format", "jsonl", "--strict"], &mixed);
    assert_eq!(strict.rows().len(), 1);
}

#[test]
fn a_plain_dump_in_an_older_set_keeps_its_ranges() {
    let text = "Erste Überschrift\n\nDie Brücke über den Fluß wurde für zwei Wochen geschlossen.\n";
    let bytes = encoding_rs::WINDOWS_1252.encode(text).0;
    let ran = textmill(&["-p", "plain", "-q"], &bytes);
    let row = &ran.rows()[0];
    assert_eq!(str_of(row, "text"), "Die Brücke über den Fluß wurde für zwei Wochen geschlossen.");
    assert_eq!(str_of(row, "title"), "Erste Überschrift");
    assert_eq!((row["start"].as_u64(), row["end"].as_u64()), (Some(0), Some(bytes.len() as u64 - 1)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(48)))]

    /// However a wide stream is cut, the same comes out, and what was text comes back.
    #[test]
    fn chunks_do_not_matter(text in "[a-zé\n\u{4E00}-\u{4E20}\u{1F600}-\u{1F610}]{1,60}", which in 0usize..4, cuts in prop::collection::vec(0usize..300, 0..6)) {
        use textmill::formats::{InputOptions, wrapping::{Decoded, source}};
        let bytes = &wide(&text)[which];
        let mut cuts: Vec<usize> = cuts.into_iter().map(|c| c.min(bytes.len())).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let mut out = Vec::new();
        let mut take = |decoded: Decoded<'_>| if let Decoded::Bytes(b) = decoded { out.extend_from_slice(b) };
        let mut decoder = source(&bytes[..bytes.len().min(16)], &InputOptions::default());
        for pair in cuts.windows(2) {
            decoder.push(&bytes[pair[0]..pair[1]], &mut take);
        }
        decoder.finish(&mut take);
        prop_assert_eq!(String::from_utf8(out).expect("UTF-8"), text);
    }
}
