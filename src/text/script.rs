//! The script that a text is written in.

/// Letters that are looked at.
const LETTERS: usize = 64;

/// Scripts that are told apart, with the blocks of their letters (Unicode 16, `Blocks.txt`). What is in none
/// of them is `Other`.
const BLOCKS: &[(&str, &[(u32, u32)])] = &[
    ("Latin", &[(0x41, 0x5A), (0x61, 0x7A), (0xC0, 0x24F), (0x1E00, 0x1EFF), (0xFF21, 0xFF5A)]),
    ("Greek", &[(0x370, 0x3FF), (0x1F00, 0x1FFF)]),
    ("Cyrillic", &[(0x400, 0x52F), (0x1C80, 0x1C8F), (0x2DE0, 0x2DFF), (0xA640, 0xA69F)]),
    ("Armenian", &[(0x530, 0x58F)]),
    ("Hebrew", &[(0x590, 0x5FF)]),
    ("Arabic", &[(0x600, 0x6FF), (0x750, 0x77F), (0x8A0, 0x8FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFF)]),
    ("Devanagari", &[(0x900, 0x97F)]),
    ("Bengali", &[(0x980, 0x9FF)]),
    ("Tamil", &[(0xB80, 0xBFF)]),
    ("Telugu", &[(0xC00, 0xC7F)]),
    ("Thai", &[(0xE00, 0xE7F)]),
    ("Georgian", &[(0x10A0, 0x10FF), (0x1C90, 0x1CBF)]),
    ("Ethiopic", &[(0x1200, 0x139F)]),
    ("Hangul", &[(0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7AF)]),
    ("Kana", &[(0x3040, 0x30FF)]),
    ("Han", &[(0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF)]),
    (OTHER, &[]),
];

const OTHER: &str = "Other";

/// How many scripts there are, `Other` among them.
pub const SCRIPTS: usize = BLOCKS.len();

/// A script, by its number below [`SCRIPTS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Script(pub usize);

impl Script {
    /// Its English name; `Kana` for Japanese.
    pub fn name(self) -> &'static str {
        BLOCKS.get(self.0).map_or(OTHER, |(name, _)| name)
    }
}

/// The script that most of the first 64 letters of `lines` are in; Japanese, which mixes Han and Kana,
/// is `Kana` if a tenth of its letters are. `Other` if there are no letters.
pub fn script<'a>(lines: impl Iterator<Item = &'a str>) -> Script {
    let (mut counts, mut room) = ([0usize; BLOCKS.len()], LETTERS);
    for line in lines {
        // Most text is this, and told by its first bytes.
        let first = &line.as_bytes()[..line.len().min(2 * LETTERS)];
        if first.is_ascii() && (first.len() == line.len() || room * 3 < first.len() * 2) {
            let letters = first.iter().filter(|b| b.is_ascii_alphabetic()).count().min(room);
            counts[0] += letters;
            room -= letters;
        } else {
            for c in line.chars().filter(|c| c.is_alphabetic()).take(room) {
                counts[block(c)] += 1;
                room -= 1;
            }
        }
        if room == 0 {
            break;
        }
    }
    let named = |name: &str| BLOCKS.iter().position(|(n, _)| *n == name).unwrap_or(BLOCKS.len() - 1);
    let (han, kana) = (counts[named("Han")], counts[named("Kana")]);
    if kana * 10 >= han + kana && kana > 0 && han + kana >= counts.iter().sum::<usize>() / 2 {
        return Script(named("Kana"));
    }
    let most = (0..SCRIPTS).rev().max_by_key(|&i| counts[i]).filter(|&i| counts[i] > 0);
    Script(most.unwrap_or(SCRIPTS - 1))
}

/// The English name of the script of a letter, as [`Script::name`] has it.
pub(super) fn block_name(c: char) -> &'static str {
    Script(block(c)).name()
}

fn block(c: char) -> usize {
    if c.is_ascii() {
        return 0;
    }
    let code = c as u32;
    let within = |(_, blocks): &(&str, &[(u32, u32)])| blocks.iter().any(|(a, b)| (*a..=*b).contains(&code));
    BLOCKS.iter().position(within).unwrap_or(BLOCKS.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::script;

    #[test]
    fn scripts() {
        for (text, want) in [
            ("It rained.", "Latin"),
            ("Naïve Übung", "Latin"),
            ("Дождь шёл, BBC", "Cyrillic"),
            ("هل ذهب؟", "Arabic"),
            ("東京都知事選挙", "Han"),
            ("東京で雨が降った", "Kana"),
            ("ฝนตก", "Thai"),
            ("비가 왔다", "Hangul"),
            ("12 + 3", "Other"),
            ("", "Other"),
            ("ᚠᚢᚦ", "Other"),
        ] {
            assert_eq!(script(text.lines()).name(), want, "{text}");
        }
    }
}
