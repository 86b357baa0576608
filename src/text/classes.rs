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

/// Words of a line: runs of anything but white space; in scripts without spaces two
/// characters count as a word. Counts no further than `limit`.
pub fn words_up_to(line: &str, limit: usize) -> usize {
    if line.is_ascii() {
        return ascii_words_up_to(line.as_bytes(), limit);
    }
    let (mut words, mut unspaced, mut within) = (0, 0, false);
    for c in line.chars() {
        if c.is_whitespace() {
            within = false;
        } else if is_unspaced(c) {
            unspaced += 1;
        } else if !within {
            within = true;
            words += 1;
        }
        if words + unspaced / 2 >= limit {
            return limit;
        }
    }
    words + unspaced / 2
}

fn ascii_words_up_to(line: &[u8], limit: usize) -> usize {
    let (mut words, mut within) = (0, false);
    for eight in line.chunks(8) {
        for b in eight {
            let visible = !b.is_ascii_whitespace();
            words += usize::from(visible & !within);
            within = visible;
        }
        if words >= limit {
            return limit;
        }
    }
    words
}

/// Whether a line reads like part of an article's prose: long, and ended like a sentence;
/// or so long that it is no label whatever its end.
pub fn is_prose(line: &str) -> bool {
    let enough = if ends_sentence(line) { 10 } else { 40 };
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
    }
}
