//! Classes of characters and lines: what ends a sentence, what is a word.

/// Closing quotation marks and brackets that may follow the end of a sentence.
const CLOSERS: &[char] =
    &['"', '\'', '”', '’', '»', '«', '“', '›', ')', ']', '）', '」', '』', '】', '〉', '》'];

/// Whether `c` ends a sentence, in any script.
pub fn is_terminal(c: char) -> bool {
    matches!(
        c,
        '.' | '!'
            | '?'
            | '…'
            | '。'
            | '！'
            | '？'
            | '．'
            | '｡'
            | '؟'
            | '۔'
            | '।'
            | '॥'
            | '։'
            | '።'
            | '។'
            | '၊'
            | '။'
            | '‼'
            | '⁇'
            | '⁈'
            | '⁉'
            | '܀'
            | '߹'
            | '᠃'
            | '᱿'
            | '꓿'
            | '꘎'
            | '꛳'
    )
}

/// Whether a line ends like a sentence, closing quotes and brackets set aside.
pub fn ends_sentence(line: &str) -> bool {
    let rest = line.trim_end().trim_end_matches(CLOSERS);
    rest.chars().next_back().is_some_and(is_terminal)
}

/// Whether `c` belongs to a script that sets no spaces between words.
pub fn is_unspaced(c: char) -> bool {
    matches!(
        c as u32,
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3040..=0x30FF | 0x3400..=0x4DBF
            | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF
    )
}

/// Whether `c` belongs to one of those scripts in which a word takes several letters: Thai, Lao,
/// Burmese, Khmer.
fn is_south_east(c: char) -> bool {
    matches!(c as u32, 0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF)
}

/// Words of a line: runs of anything but white space; in scripts without spaces two
/// characters count as a word, in those of South-East Asia four. Counts no further than `limit`.
pub fn words_up_to(line: &str, limit: usize) -> usize {
    let (mut words, mut within, rest) = ascii_words(line, limit);
    // Quarters of words are counted where there are no spaces.
    let mut unspaced = 0;
    if words >= limit {
        return limit;
    }
    for c in rest.chars() {
        if c.is_whitespace() {
            within = false;
        } else if is_unspaced(c) {
            unspaced += if is_south_east(c) { 1 } else { 2 };
        } else if !within {
            within = true;
            words += 1;
        }
        if words + unspaced / 4 >= limit {
            return limit;
        }
    }
    words + unspaced / 4
}

/// Words of the beginning of a line, eight bytes at a time, as far as that is plain ASCII without
/// control characters; whether it ends within a word, and the rest.
fn ascii_words(line: &str, limit: usize) -> (usize, bool, &str) {
    const EACH: u64 = u64::MAX / 0xFF;
    let (mut words, mut before, mut done) = (0, 0u64, 0);
    let (eights, _) = line.as_bytes().as_chunks::<8>();
    for eight in eights {
        let bytes = u64::from_le_bytes(*eight);
        // The high bit of each byte that is at least a space, and of each that is above it.
        let (printed, visible) = (bytes.wrapping_add(EACH * 0x60), bytes.wrapping_add(EACH * 0x5F));
        if bytes & (EACH << 7) != 0 || printed & (EACH << 7) != EACH << 7 || words >= limit {
            break;
        }
        let visible = visible & (EACH << 7);
        words += (visible & !((visible << 8) | before)).count_ones() as usize;
        (before, done) = (visible >> 56, done + 8);
    }
    // Eight bytes of ASCII end where a character does.
    (words, before != 0, &line[done..])
}

/// Whether a line takes at most so many columns of a screen: characters, of which those of Chinese,
/// Japanese and Korean take two. What is no UTF-8 counts by its bytes.
pub fn fits(line: &[u8], columns: usize) -> bool {
    let width = |b: &u8| match b {
        0x80..=0xBF => 0,
        0xE3..=0xED | 0xEF.. => 2,
        _ => 1,
    };
    // No character takes more columns than bytes, nor less than a column for four.
    line.len() <= columns
        || (line.len() <= columns.saturating_mul(4) && line.iter().map(width).sum::<usize>() <= columns)
}

/// Whether a line reads like part of an article's prose: long, and ended like a sentence;
/// or so long that it is no label whatever its end. Thai and its kin have no mark for the end of
/// a sentence: half as long is enough.
pub fn is_prose(line: &str) -> bool {
    let south_east = || line.chars().find(|c| c.is_alphabetic()).is_some_and(is_south_east);
    let enough = match ends_sentence(line) {
        true => 10,
        false if south_east() => 20,
        false => 40,
    };
    // So many words have at least as many bytes, and gaps between them.
    line.len() >= 2 * enough - 1 && words_up_to(line, enough) >= enough
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences() {
        for yes in ["He left.", "He left.”", "「行った。」", "هل ذهب؟", "Really?!)", "समाप्त।"]
        {
            assert!(ends_sentence(yes), "{yes}");
        }
        for no in ["Home", "LNA commander (AFP)", "", "Topics:"] {
            assert!(!ends_sentence(no), "{no}");
        }
    }

    #[test]
    fn words() {
        assert_eq!(words_up_to("one two  three", 9), 3);
        assert_eq!(words_up_to("naïve two", 9), 2);
        assert_eq!(words_up_to("東京都知事選挙", 9), 3);
        assert_eq!(words_up_to("a b c d", 2), 2);
        assert_eq!(words_up_to("นายกเทศมนตรี", 9), 3);
    }

    #[test]
    fn columns() {
        assert!(fits(b"abc", 3) && !fits(b"abcd", 3));
        assert!(fits("東京".as_bytes(), 4) && !fits("東京都".as_bytes(), 4));
        assert!(fits("ฝนตก".as_bytes(), 4) && fits("дождь".as_bytes(), 5) && !fits("مطر".as_bytes(), 2));
        assert!(!fits(&[0x80; 100], 9), "an end to it");
    }

    #[test]
    fn prose_without_marks() {
        let thai = "ชาวประมงหมู่บ้านทางเหนือกลับออกทะเลอีกครั้งหลังพายุพัดอยู่นานเก้าวัน พวกเขาเล่าว่าอวนที่ลากขึ้นมาเบามาก";
        assert!(is_prose(thai) && !is_prose("สะพานเก่าของเมืองท่าเตรียมเปิดอีกครั้ง"));
    }

    proptest::proptest! {
        #[test]
        fn words_are_those_of_each_character(line in "[a-z .é東\\t\\x0b\\x7f\u{a0}]{0,60}", limit in 0usize..20) {
            let (mut words, mut unspaced, mut within) = (0, 0, false);
            for c in line.chars() {
                let starts = !c.is_whitespace() && !super::is_unspaced(c) && !within;
                words += usize::from(starts);
                unspaced += usize::from(super::is_unspaced(c));
                within = if c.is_whitespace() { false } else { within || starts };
            }
            proptest::prop_assert_eq!(words_up_to(&line, limit), (words + unspaced / 2).min(limit));
        }
    }
}
