//! The character sets as which UTF-8 is read by mistake, from the tables of `encoding_rs`.

use encoding_rs::{Encoding, MACINTOSH, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252};

use crate::reason::Reason;

/// Characters below this are looked up by number; what a set has beyond is too rare to matter.
const TABLE: usize = 0x2600;

/// A character set of one byte a character, and how to treat what was read in it.
pub struct Set {
    /// For people.
    pub name: &'static str,
    /// Why a line that was read in it is rewritten.
    pub reason: Reason,
    /// Bits of evidence that a repair needs.
    pub needs: i32,
    /// Sequences that a repair needs.
    pub at_least: usize,
    /// Whether a repair takes the whole line, with nothing left over outside ASCII.
    pub whole: bool,
    /// For each character its byte, 0 if it has none or is ASCII.
    bytes: Box<[u8; TABLE]>,
}

impl Set {
    /// The byte above 0x7F that was read as `c`.
    pub fn byte(&self, c: char) -> Option<u8> {
        self.bytes.get(c as usize).copied().filter(|b| *b > 0)
    }
}

/// The sets, in the order in which they are tried; of equals the first wins.
///
/// `reasons` are those of windows-1252, windows-1250, windows-1251 and Mac Roman. The first two
/// share the punctuation; in Cyrillic many pairs of letters are both text and UTF-8, and so are
/// signs of mathematics in Mac Roman, so they need more.
pub fn sets(reasons: [Reason; 4]) -> Vec<Set> {
    let [latin, central, cyrillic, roman] = reasons;
    vec![
        set("windows-1252", WINDOWS_1252, latin, (9, 1, false)),
        set("windows-1250", WINDOWS_1250, central, (12, 1, false)),
        set("windows-1251", WINDOWS_1251, cyrillic, (18, 4, true)),
        set("Mac Roman", MACINTOSH, roman, (12, 1, false)),
    ]
}

fn set(
    name: &'static str,
    encoding: &'static Encoding,
    reason: Reason,
    (needs, at_least, whole): (i32, usize, bool),
) -> Set {
    let mut bytes = Box::new([0; TABLE]);
    // The C1 controls stand for their bytes in ISO 8859-1, and where the set has a gap.
    if name != "Mac Roman" {
        (0x80..=0x9F_u8).for_each(|b| bytes[usize::from(b)] = b);
    }
    for byte in 0x80..=0xFF_u8 {
        if let Some(slot) = letter(encoding, byte).and_then(|c| bytes.get_mut(c as usize)) {
            *slot = byte;
        }
    }
    Set { name, reason, needs, at_least, whole, bytes }
}

/// What `byte` is in `encoding`.
pub fn letter(encoding: &'static Encoding, byte: u8) -> Option<char> {
    encoding.decode_without_bom_handling_and_without_replacement(&[byte])?.chars().next()
}
