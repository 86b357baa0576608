//! A quick look whether a text may need repair at all.

use fearless_simd::{Level, dispatch};

/// What [`signs`] saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signs(u8);

const WIDE: u8 = 1;
/// In each of the sets, in their order: a character that begins a sequence, and one that goes on with it.
const LATIN: u8 = 2;
const CENTRAL: u8 = 4;
const CYRILLIC: u8 = 8;
const ROMAN: u8 = 16;
const CONTROLS: u8 = 32;

impl Signs {
    /// Nothing here can be repaired.
    pub fn none(self) -> bool {
        self.0 & !WIDE == 0
    }

    /// Whether set number `n` of [`super::sets`] may have to do with it.
    pub fn of_set(self, n: usize) -> bool {
        self.0 & [LATIN, CENTRAL, CYRILLIC, ROMAN][n] != 0
    }

    /// There is nothing outside ASCII.
    pub fn is_ascii(self) -> bool {
        self.0 == 0
    }

    /// A C1 control is there.
    pub fn controls(self) -> bool {
        self.0 & CONTROLS != 0
    }
}

/// Looks for a character that may begin a misread sequence, with one behind it that may go on
/// with it. May report too much, never too little.
pub fn signs(text: &str) -> Signs {
    if text.is_ascii() {
        return Signs(0);
    }
    let bytes = text.as_bytes();
    dispatch!(Level::new(), _simd => if suspicious(bytes) { look(bytes) } else { Signs(WIDE) })
}

// The loops of the two functions below have no branches, so that the compiler makes vector code of them.

/// Whether there are two characters outside ASCII side by side, a C1 control, or U+00C3: text in Latin
/// letters has hardly any.
#[inline(always)]
fn suspicious(bytes: &[u8]) -> bool {
    let pair = |a: u8, b: u8| {
        let beside = ((a & 0xC0) == 0x80) & (b >= 0xC0);
        u8::from(beside | ((a == 0xC2) & (b <= 0x9F)) | ((a == 0xC3) & (b == 0x83)))
    };
    let seconds = bytes.get(1..).unwrap_or_default();
    bytes.iter().zip(seconds).fold(0, |seen, (&a, &b)| seen | pair(a, b)) != 0
}

#[inline(always)]
fn look(bytes: &[u8]) -> Signs {
    // The last characters are looked at with zeros behind them.
    let cut = bytes.len().saturating_sub(3);
    let mut end = [0; 6];
    end[..bytes.len() - cut].copy_from_slice(&bytes[cut..]);
    let mut seen = WIDE;
    for at in 0..3 {
        seen |= flags(end[at], end[at + 1], end[at + 2], end[at + 3]);
    }
    let behind = |n: usize| bytes.get(n..).unwrap_or_default();
    let windows = bytes.iter().zip(behind(1)).zip(behind(2)).zip(behind(3));
    Signs(windows.fold(seen, |seen, (((&a, &b), &c), &d)| seen | flags(a, b, c, d)))
}

/// Flags of a character by its first bytes and those of the one behind it.
#[inline(always)]
fn flags(a: u8, b: u8, c: u8, d: u8) -> u8 {
    // U+00C2..00F4, then one of U+0080..00BF, a letter of windows-1252 beyond Latin-1 (U+0152..0192),
    // U+02C6, U+02DC, or one of U+2000..2FFF; or U+00C3 and a space, where a no-break space was.
    let after_latin = (c == 0xC2) | (c == 0xC5) | (c == 0xC6) | (c == 0xCB) | (c == 0xE2);
    let latin = (a == 0xC3) & (0x82..=0xB4).contains(&b) & (after_latin | ((b == 0x83) & (c == b' ')));
    // The letters of windows-1250 at C3 and C5; what it has at C2, C4 and E2 is as in windows-1252,
    // but for what goes on with it.
    let central = ((a == 0xC4) & ((b == 0x82) | (b == 0xB9)) & (c >= 0x80))
        | ((a == 0xC3) & ((b == 0x82) | (b == 0x84) | (b == 0xA2)) & (c >= 0xC2));
    // Er and Es, then a letter that Russian has not, or a sign.
    let after_cyrillic = (c == 0xC2)
        | (c == 0xE2)
        | (c == 0xD2)
        | ((c == 0xD0) & (d <= 0x8F))
        | ((c == 0xD1) & (0x90..=0x9F).contains(&d));
    let cyrillic = (a == 0xD0) & ((b == 0xA0) | (b == 0xA1)) & after_cyrillic;
    // A root, a low quotation mark or a wavy equals sign, then anything but ASCII; or a florin or not sign.
    let root = (a == 0xE2) & (((b <= 0x88) & (c == 0x9A)) | ((b == 0x89) & (c == 0x88))) & (d >= 0x80);
    let not_sign = (((a == 0xC2) & (b == 0xAC)) | ((a == 0xC6) & (b == 0x92))) & (c >= 0x80);
    let controls = (a == 0xC2) & (b <= 0x9F);
    (u8::from(latin) * LATIN)
        | (u8::from(central) * CENTRAL)
        | (u8::from(cyrillic) * CYRILLIC)
        | (u8::from(root | not_sign) * ROMAN)
        | (u8::from(controls) * CONTROLS)
}

#[cfg(test)]
mod tests {
    use super::signs;

    #[test]
    fn nothing_to_see() {
        for text in [
            "",
            "a",
            "é",
            "plain",
            "SÃO PAULO, NÃO",
            "naïve café, „Übung“",
            "東京都",
            "Привет, мир",
            "x = √2",
            "مرحبا",
        ] {
            assert!(signs(text).none(), "{text}");
        }
    }

    #[test]
    fn something_at_any_place() {
        for (garbled, set) in [("Ã©", 0), ("â€™", 0), ("Ã ", 0), ("Ä‚", 0), ("Ĺ‚", 1), ("Рџ", 2), ("√©", 3)]
        {
            for text in
                [garbled.to_owned(), format!("a{garbled}"), format!("{garbled}bcd"), format!("éa{garbled}b")]
            {
                assert!(signs(&text).of_set(set), "{text}");
            }
        }
        assert!(signs("it\u{92}s").controls());
    }
}
