//! What is hardly ever in a text that was read in its own character set.

use std::sync::LazyLock;

use encoding_rs::{BIG5, EUC_KR, Encoding, GBK, SHIFT_JIS};

use super::script::block_name;

/// How many characters of `text`, and pairs of neighbours, are odd: what does not decode and control characters count
/// twice; accents that stand alone, rare characters of Chinese and Korean, a capital right after a small letter,
/// letters of two scripts in one word and signs inside of words once. Pairs within ASCII never count: they are the
/// same in every set.
pub fn oddities(text: &str) -> usize {
    let (mut count, mut before) = (0, ' ');
    for c in text.chars() {
        if !c.is_ascii() {
            count += alone(c);
        }
        if !(c.is_ascii() && before.is_ascii()) {
            count += usize::from(side_by_side(before, c));
        }
        before = c;
    }
    count
}

fn alone(c: char) -> usize {
    match c {
        '\u{80}'..='\u{9F}' | '\u{FFFD}' | '\u{E000}'..='\u{F8FF}' | '\u{FFFE}' | '\u{FFFF}' => 2,
        '¤' | '¦' | '¨' | '¬' | '¯' | '´' | '¸' | 'ƒ' | '\u{2C6}'..='\u{2DD}' => 1,
        '\u{FF61}'..='\u{FF9F}' => 1,
        '\u{3400}'..='\u{4DBF}' | '\u{F900}'..='\u{FAFF}' => 1,
        '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' => usize::from(!COMMON.has(c)),
        _ => 0,
    }
}

fn side_by_side(before: char, c: char) -> bool {
    if (wide_sign(before) && c.is_ascii_alphabetic()) || (wide_sign(c) && before.is_ascii_alphabetic()) {
        return true;
    }
    if !before.is_alphabetic() {
        // Another sign or a fraction may begin a word.
        return c.is_alphabetic() && matches!(before, '‰' | '†' | '‡' | '¶' | '※' | '\u{2500}'..='\u{259F}');
    }
    if !c.is_alphabetic() {
        return sign_in_word(c)
            || (c.is_ascii_digit() && !before.is_ascii() && block_name(before) == "Latin");
    }
    (before.is_lowercase() && c.is_uppercase()) || strange_pair(block_name(before), block_name(c))
}

/// Signs of Chinese, Japanese and Korean. English that is quoted there has them beside it now and then, English by
/// itself never.
fn wide_sign(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{303F}' | '\u{3200}'..='\u{33FF}' | '\u{FF00}'..='\u{FF20}' | '\u{FF3B}'..='\u{FF40}' | '\u{FF5B}'..='\u{FF60}' | '\u{FFE0}'..='\u{FFE6}')
}

/// Whether `c` hardly ever stands right after a letter.
fn sign_in_word(c: char) -> bool {
    matches!(
        c,
        '¡' | '¿'
            | '¢'
            | '£'
            | '¥'
            | '€'
            | '©'
            | '°'
            | '±'
            | '¶'
            | '¼'
            | '½'
            | '¾'
            | '‚'
            | '„'
            | '‰'
            | '†'
            | '‡'
    ) || matches!(c, '\u{2500}'..='\u{259F}')
}

/// Whether a word is hardly ever written in both scripts. Chinese, Japanese and Korean take words of English in
/// without a space.
fn strange_pair(a: &str, b: &str) -> bool {
    let east = |script| matches!(script, "Han" | "Kana" | "Hangul");
    match (a, b) {
        ("Other", _) | (_, "Other") => false,
        ("Kana", "Hangul") | ("Hangul", "Kana") => true,
        _ if east(a) && east(b) => false,
        ("Latin", east_of) | (east_of, "Latin") if east(east_of) => false,
        _ => a != b,
    }
}

/// Characters of Chinese and Korean that are not rare, as bits by code point.
struct Common(Vec<u64>);

impl Common {
    fn has(&self, c: char) -> bool {
        let n = c as usize;
        self.0.get(n / 64).is_some_and(|bits| bits >> (n % 64) & 1 == 1)
    }

    fn add(&mut self, set: &'static Encoding, leads: std::ops::RangeInclusive<u8>) {
        for lead in leads {
            for trail in 0x40..=0xFE {
                let pair = [lead, trail];
                let Some(text) = set.decode_without_bom_handling_and_without_replacement(&pair) else {
                    continue;
                };
                // GBK has rare characters beside those of GB 2312, whose second byte is high; so has Korean.
                let old = trail >= 0xA1 || (set != GBK && set != EUC_KR);
                for c in text.chars().filter(|c| old && !c.is_ascii()) {
                    self.0[c as usize / 64] |= 1 << (c as usize % 64);
                }
            }
        }
    }
}

/// The first levels of GB 2312, Big5 and JIS X 0208, which their makers chose by frequency, and the syllables of
/// KS X 1001.
static COMMON: LazyLock<Common> = LazyLock::new(|| {
    let mut common = Common(vec![0; 0x11_0000 / 64]);
    common.add(GBK, 0xB0..=0xD7);
    common.add(BIG5, 0xA4..=0xC6);
    common.add(SHIFT_JIS, 0x88..=0x98);
    common.add(EUC_KR, 0xB0..=0xC8);
    common
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_none() {
        for text in [
            "“It’s 20°C – £5, ¿no?”, dit-elle ; «à Évry» ŁÓDŹ, Žižkov, ½ Tasse, İstanbul",
            "В субботу BBC показала «Утро» — №5, 20°",
            "وقال: «نعم»، ثم ذهب، 50%",
            "傍晚广场上的路灯亮了，我的iPhone手机很贵。",
            "夕方になるとＡ駅のテレビがついた。",
            "저녁이 되자 KBS는 켜지고",
            "ตอนเย็นโคมไฟในจัตุรัสสว่างขึ้น",
        ] {
            assert_eq!(oddities(text), 0, "{text}");
        }
    }

    #[test]
    fn what_was_misread_has_many() {
        for (text, set) in [
            ("Дом стоит у реки", "windows-1251"),
            ("Дом стоит у реки", "koi8-r"),
            ("今天下雨了", "gbk"),
            ("مطر في الشمال", "windows-1256"),
            ("It’s é", "windows-1252"),
            ("Don’t say — “no”", "gbk"),
            ("저녁이 되자", "euc-kr"),
        ] {
            let set = Encoding::for_label(set.as_bytes()).expect("a set");
            let misread = set.decode_without_bom_handling(text.as_bytes()).0;
            assert!(oddities(&misread) >= 2, "{misread}");
        }
    }
}
