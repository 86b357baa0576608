//! How odd a stretch of text is, in bits.
//!
//! A character costs by itself, by how rare it is in text, and by its neighbours: a capital behind a small
//! letter, a currency sign between two letters, letters of two scripts in one word. The figures are rounded
//! guesses of minus the binary logarithm of how often it happens in edited text of any language.

/// What a character is, as far as its neighbours go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A letter of a script, by number; whether it is a capital, and whether it is a small one.
    Letter(Script, Case),
    /// A combining mark.
    Mark,
    /// A sign: its row in [`SIGNS`].
    Sign(Sign),
    /// White space, digits, ASCII punctuation, and the ends of the text.
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Hebrew,
    Arabic,
    Indic,
    SouthEast,
    /// Armenian, Georgian and Ethiopic.
    Caucasian,
    East,
    Rare,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Upper,
    Lower,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Quote,
    LowQuote,
    Apostrophe,
    Dash,
    Ellipsis,
    Space,
    Trade,
    Copyright,
    Degree,
    Raised,
    Bullet,
    Note,
    Currency,
    Maths,
    Opening,
    Hyphen,
    Odd,
    Control,
    Picture,
    Nothing,
}

/// What a sign costs apart from letters, behind one, in front of one, and between two.
fn sign_cost(sign: Sign) -> [i32; 4] {
    match sign {
        Sign::Quote => [1, 1, 1, 8],
        Sign::LowQuote => [1, 5, 1, 8],
        Sign::Apostrophe => [1, 1, 1, 0],
        Sign::Dash => [1, 2, 2, 3],
        Sign::Ellipsis => [1, 1, 1, 3],
        Sign::Space => [1, 1, 1, 1],
        Sign::Trade => [2, 2, 3, 8],
        Sign::Copyright => [3, 5, 3, 8],
        Sign::Degree => [2, 5, 4, 8],
        Sign::Raised => [3, 3, 4, 8],
        Sign::Bullet => [2, 3, 3, 3],
        Sign::Note => [3, 5, 4, 9],
        Sign::Currency => [2, 6, 4, 9],
        Sign::Maths => [4, 6, 5, 9],
        Sign::Opening => [3, 7, 1, 9],
        Sign::Hyphen => [3, 3, 3, 2],
        Sign::Odd => [7, 8, 8, 10],
        Sign::Control => [12; 4],
        Sign::Picture => [3, 3, 3, 4],
        Sign::Nothing => [20; 4],
    }
}

/// Two signs side by side. Closing signs follow each other in text, and so do those of mathematics.
fn beside(a: Sign, b: Sign) -> i32 {
    use Sign::{Apostrophe, Currency, Dash, Ellipsis, LowQuote, Maths, Note, Odd, Quote, Space};
    let punctuation = |s| matches!(s, Quote | LowQuote | Apostrophe | Dash | Ellipsis | Space);
    match (a, b) {
        _ if a == b && !matches!(a, Odd | Note | Currency) => 1,
        (Space, Maths) | (Maths, Space) => 0,
        _ if punctuation(a) && punctuation(b) => 1,
        (Space, _) | (_, Space) => 1,
        _ => 5,
    }
}

/// What a letter costs by itself, and what it is.
fn latin(c: char) -> (Kind, i32) {
    let case = if c.is_uppercase() {
        Case::Upper
    } else if c.is_lowercase() {
        Case::Lower
    } else {
        Case::None
    };
    let cost = match c {
        'A'..='Z' | 'a'..='z' => 0,
        'Ã' | 'Â' => 4,
        'ƒ' => 8,
        'À'..='Þ' => 3,
        'ß'..='ÿ' => 1,
        'ı' => 2,
        '\u{100}'..='\u{17F}' | '\u{1E00}'..='\u{1EFF}' => 2 + i32::from(case == Case::Upper),
        'Ơ'
        | 'ơ'
        | 'Ư'
        | 'ư'
        | 'Ș'
        | 'ș'
        | 'Ț'
        | 'ț'
        | 'Ə'
        | 'ə'
        | 'Ɔ'
        | 'ɔ'
        | 'Ɛ'
        | 'ɛ'
        | 'Ɓ'
        | 'ɓ'
        | 'Ɗ'
        | 'ɗ'
        | 'Ƙ'
        | 'ƙ'
        | 'Ƴ'
        | 'ƴ'
        | '\u{1CD}'..='\u{1DC}' => 3,
        _ => 9,
    };
    (Kind::Letter(Script::Latin, case), cost)
}

/// Kind and cost of a character.
fn kind(c: char) -> (Kind, i32) {
    let cased = |script| {
        let case = if c.is_uppercase() { Case::Upper } else { Case::Lower };
        Kind::Letter(script, case)
    };
    match c {
        '\0'..='\u{7F}' if !c.is_ascii_alphabetic() => (Kind::Other, 0),
        'A'..='Z' | 'a'..='z' | 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='\u{2AF}' | '\u{1E00}'..='\u{1EFF}' => {
            latin(c)
        }
        '\u{80}'..='\u{BF}' | '×' | '÷' | '\u{2B0}'..='\u{2FF}' | '\u{2000}'..='\u{2BFF}' => {
            (Kind::Sign(sign(c)), 0)
        }
        '\u{300}'..='\u{341}' => (Kind::Mark, 1),
        '\u{342}'..='\u{36F}' => (Kind::Mark, 6),
        '\u{386}'..='\u{3CE}' if c.is_alphabetic() => (cased(Script::Greek), 1),
        '\u{1F00}'..='\u{1FFF}' if c.is_alphabetic() => (cased(Script::Greek), 2),
        '\u{401}'..='\u{45F}' => (cased(Script::Cyrillic), 1),
        '\u{490}'..='\u{4FF}' if c.is_alphabetic() => (cased(Script::Cyrillic), 2),
        '\u{400}'..='\u{52F}' if c.is_alphabetic() => (cased(Script::Cyrillic), 9),
        // Punctuation and digits of Arabic and East Asian text.
        '\u{60C}' | '\u{61B}' | '\u{61F}' | '\u{660}'..='\u{66D}' | '\u{6D4}' | '\u{6F0}'..='\u{6F9}' => {
            (Kind::Other, 1)
        }
        '\u{3000}'..='\u{3003}' | '\u{3008}'..='\u{301F}' | '\u{30FB}' | '\u{FF01}'..='\u{FF20}' => {
            (Kind::Other, 1)
        }
        '\u{FE0E}' | '\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}' => (Kind::Mark, 0),
        '\u{1F000}'..='\u{1FAFF}' => (Kind::Sign(Sign::Picture), 0),
        '\u{FEFF}' => (Kind::Other, 3),
        '\u{FFFD}' => (Kind::Other, 6),
        _ => uncased(c).map_or((Kind::Sign(Sign::Nothing), 0), |(script, cost)| {
            (Kind::Letter(script, Case::None), cost)
        }),
    }
}

/// Script and cost of a letter that has no case.
fn uncased(c: char) -> Option<(Script, i32)> {
    Some(match c {
        '\u{5B0}'..='\u{5C7}' => (Script::Hebrew, 4),
        '\u{5D0}'..='\u{5F4}' => (Script::Hebrew, 1),
        '\u{621}'..='\u{65F}' | '\u{670}'..='\u{6D3}' => (Script::Arabic, 1),
        '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' => (Script::Arabic, 3),
        '\u{900}'..='\u{DFF}' => (Script::Indic, 1),
        '\u{E01}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' => (Script::SouthEast, 1),
        '\u{531}'..='\u{58F}' | '\u{10A0}'..='\u{10FF}' | '\u{1200}'..='\u{137F}' => (Script::Caucasian, 1),
        '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{312F}' => (Script::East, 1),
        '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' => (Script::East, 1),
        '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{4DBF}' | '\u{F900}'..='\u{FAFF}' => (Script::East, 3),
        '\u{20000}'..='\u{3134F}' | '\u{FF21}'..='\u{FF9F}' => (Script::East, 3),
        c if c.is_alphabetic() => (Script::Rare, 9),
        _ => return None,
    })
}

/// What a character outside letters is.
fn sign(c: char) -> Sign {
    match c {
        '\u{80}'..='\u{9F}' => Sign::Control,
        '“' | '”' | '«' | '»' | '‹' | '›' | '‘' | '″' => Sign::Quote,
        '„' | '‚' => Sign::LowQuote,
        '’' | 'ʼ' | 'ʻ' | '′' => Sign::Apostrophe,
        '\u{2010}'..='\u{2015}' => Sign::Dash,
        '…' => Sign::Ellipsis,
        '\u{A0}' | '\u{2000}'..='\u{200A}' | '\u{202F}' => Sign::Space,
        '™' | '®' => Sign::Trade,
        '©' => Sign::Copyright,
        '°' | 'º' | 'ª' => Sign::Degree,
        '²' | '³' | '¹' | '\u{2070}'..='\u{209C}' => Sign::Raised,
        '·' | '•' | '‣' => Sign::Bullet,
        '§' | '¶' | '†' | '‡' => Sign::Note,
        '€' | '£' | '¥' | '¢' | '\u{20A1}'..='\u{20BF}' => Sign::Currency,
        '±' | '×' | '÷' | 'µ' | '¼'..='¾' | '\u{2150}'..='\u{215E}' | '\u{2190}'..='\u{22FF}' => {
            Sign::Maths
        }
        '¡' | '¿' => Sign::Opening,
        '\u{AD}' | '\u{200B}'..='\u{200F}' => Sign::Hyphen,
        '\u{2100}'..='\u{214F}'
        | '\u{2460}'..='\u{27BF}'
        | '\u{2B00}'..='\u{2BFF}'
        | '\u{2300}'..='\u{23FF}' => Sign::Picture,
        _ => Sign::Odd,
    }
}

/// Adds up what characters cost, one by one.
#[derive(Debug)]
struct Meter {
    /// The last two characters: kind, and the character itself.
    last: [(Kind, char); 2],
    bits: i32,
}

impl Meter {
    /// A meter behind `before`, the character in front of the stretch.
    fn new(before: Option<char>) -> Self {
        let before = before.unwrap_or(' ');
        Self { last: [(Kind::Other, ' '), (kind(before).0, before)], bits: 0 }
    }

    /// Adds a character.
    fn push(&mut self, c: char) {
        let (kind, cost) = kind(c);
        self.bits += cost + self.pair((kind, c));
        self.sign_behind(kind);
        self.last = [self.last[1], (kind, c)];
    }

    /// The cost, with `after` behind the stretch.
    fn finish(mut self, after: Option<char>) -> i32 {
        let after = after.unwrap_or(' ');
        let kind = kind(after).0;
        self.bits += self.pair((kind, after));
        self.sign_behind(kind);
        self.bits
    }

    /// What the last character costs, if it is a sign, now that `next` is known.
    fn sign_behind(&mut self, next: Kind) {
        let [(before, _), (Kind::Sign(sign), _)] = self.last else { return };
        let letter = |k: Kind| matches!(k, Kind::Letter(..) | Kind::Mark);
        self.bits += sign_cost(sign)[usize::from(letter(before)) + 2 * usize::from(letter(next))];
    }

    /// What the last character and `now` cost together.
    fn pair(&self, now: (Kind, char)) -> i32 {
        let [(before, _), (last, c)] = self.last;
        match (last, now.0) {
            (Kind::Letter(a, _), Kind::Letter(b, _)) if a != b => {
                // Latin letters stand among those of scripts without case: `iPhone手机`.
                if a == Script::East || b == Script::East { 5 } else { 7 }
            }
            (Kind::Letter(_, Case::Lower), Kind::Letter(_, Case::Upper)) => 6 + strange(c, now.1),
            (Kind::Letter(..), Kind::Letter(..)) => strange(c, now.1),
            // No language has these as a word.
            (_, Kind::Sign(_)) if matches!(c, 'Ã' | 'Â') && !matches!(before, Kind::Letter(..)) => 5,
            // The first two bytes of most punctuation, in windows-1252 and in Mac Roman.
            _ if (c, now.1) == ('â', '€') || (c, now.1) == ('‚', 'Ä') => 4,
            (Kind::Sign(a), Kind::Sign(b)) => beside(a, b),
            (Kind::Letter(..), Kind::Mark) | (Kind::Mark, Kind::Mark) => 0,
            (Kind::Sign(Sign::Picture), Kind::Mark) => 0,
            (_, Kind::Mark) => 8,
            _ => 0,
        }
    }
}

/// What two letters cost that stand together in no language, but do where UTF-8 was misread.
fn strange(a: char, b: char) -> i32 {
    let slavic =
        matches!(a, 'É' | 'Í' | 'Ó' | 'Ú' | 'Ý' | 'Ô' | 'á' | 'é' | 'í' | 'ó' | 'ú' | 'ý' | 'ô' | 'ä');
    match b {
        'š' | 'ž' | 'Š' | 'Ž' if slavic => 0,
        'Œ' | 'œ' | 'Š' | 'š' | 'Ž' | 'ž' | 'Ÿ' | 'ƒ' if matches!(a, 'À'..='ô') => 6,
        _ => 0,
    }
}

/// What `text` costs between two characters.
pub fn bits(before: Option<char>, text: impl Iterator<Item = char>, after: Option<char>) -> i32 {
    let mut meter = Meter::new(before);
    text.for_each(|c| meter.push(c));
    meter.finish(after)
}

#[cfg(test)]
mod tests {
    use super::bits;

    fn of(text: &str) -> i32 {
        bits(None, text.chars(), None)
    }

    #[test]
    fn text_costs_less_than_its_garbled_form() {
        for (garbled, text) in [
            ("cafÃ© au lait", "café au lait"),
            ("itâ€™s", "it’s"),
            ("Â© 2024", "© 2024"),
            ("20Â°C", "20°C"),
            ("CAMIÃ“N", "CAMIÓN"),
            ("ÐŸÑ€Ð¸", "При"),
            ("noÃ«l", "noël"),
            ("byÅ‚", "był"),
        ] {
            assert!(of(garbled) - of(text) >= 9, "{garbled} {} {text} {}", of(garbled), of(text));
        }
    }

    #[test]
    fn and_what_is_right_costs_little() {
        for (right, other) in [
            ("“IRMÃ”", "“IRMÔ"),
            ("MANHÃ…", "MANHÅ"),
            ("„JÄ“", "„Jē"),
            ("5 Å²", "5 Ų"),
            ("CAFÉ™", "CAFə"),
            ("« café\u{A0}»", "« caf頻"),
            ("Різдво", "гздво"),
            ("2√π", "2ù"),
        ] {
            assert!(of(right) - of(other) <= 5, "{right} {} {other} {}", of(right), of(other));
        }
    }
}
