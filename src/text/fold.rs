//! Text with case, spaces and punctuation folded away: what two copies still have in common.

mod wide;

/// What to fold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fold {
    /// Lower case: `char::to_lowercase`, character by character.
    pub case: bool,
    /// A run of white space becomes one space; none at the start and the end.
    pub spaces: bool,
    /// A character that is neither alphanumeric nor white space becomes a space.
    pub punctuation: bool,
}

/// Folds text by a table for ASCII.
#[derive(Debug, Clone)]
pub struct Folder {
    fold: Fold,
    /// What an ASCII character becomes; 0 is white space that runs together.
    table: [u8; 128],
    /// The quicker way for ASCII, where there is one; [`Folder::push_ascii`] is the plain one.
    wide: Option<wide::Wide>,
}

impl Folder {
    /// A folder.
    pub fn new(fold: Fold) -> Self {
        let mut table = [0; 128];
        for (b, to) in (0u8..128).zip(&mut table) {
            *to = match b {
                b'A'..=b'Z' if fold.case => b.to_ascii_lowercase(),
                b if b.is_ascii_alphanumeric() => b,
                b if fold.spaces && is_space(b as char) => 0,
                b if is_space(b as char) || !fold.punctuation => b,
                _ if fold.spaces => 0,
                _ => b' ',
            };
        }
        let everything = Fold { case: true, spaces: true, punctuation: true };
        let wide = (fold == everything).then(wide::Wide::new).flatten();
        Self { fold, table, wide }
    }

    /// Appends `text`, folded, to `out`. A space that ends `out` runs together with what
    /// follows; the caller trims the last one ([`Folder::finish`]).
    pub fn push(&self, text: &str, out: &mut Vec<u8>) {
        let mut rest = text;
        while !rest.is_empty() {
            let ascii = match self.wide {
                Some(wide) if starts_ascii(rest.as_bytes()) => wide.push(rest.as_bytes(), out),
                _ => self.push_ascii(rest.as_bytes(), out),
            };
            let mut chars = rest[ascii..].chars();
            loop {
                rest = chars.as_str();
                match chars.next() {
                    Some(c) if !c.is_ascii() => self.push_wide(c, out),
                    _ => break,
                }
            }
        }
    }

    /// Removes a space at the end, if spaces are folded.
    pub fn finish(&self, out: &mut Vec<u8>) {
        if self.fold.spaces && out.last() == Some(&b' ') {
            out.pop();
        }
    }

    /// Appends ASCII characters at the start of `text`, one block at most; returns how many.
    fn push_ascii(&self, text: &[u8], out: &mut Vec<u8>) -> usize {
        // Nothing in front counts as a space: no space at the start.
        let mut spaced = matches!(out.last(), None | Some(b' '));
        let everything = Fold { case: true, spaces: true, punctuation: true };
        if let Some(block) = text.first_chunk::<BLOCK>()
            && self.fold == everything
            && block.is_ascii()
        {
            push_block(block, spaced, out);
            return BLOCK;
        }
        let (mut to, mut n, mut read) = ([0; BLOCK], 0, 0);
        // Every byte is written, and counted if it stays: no branch that could be mispredicted.
        for &b in &text[..text.len().min(BLOCK)] {
            let Some(&folded) = self.table.get(usize::from(b)) else { break };
            read += 1;
            let space = folded == 0;
            to[n] = if space { b' ' } else { folded };
            n += usize::from(!(space & spaced));
            spaced = space;
        }
        out.extend_from_slice(&to[..n]);
        read
    }

    fn push_wide(&self, c: char, out: &mut Vec<u8>) {
        let mut buffer = [0; 4];
        // Quotes and dashes are the most frequent, and look-ups are slow.
        let general_punctuation = ('\u{2000}'..='\u{206F}').contains(&c);
        let letter = !general_punctuation && c.is_alphanumeric();
        if letter && self.fold.case {
            for lower in c.to_lowercase() {
                out.extend_from_slice(lower.encode_utf8(&mut buffer).as_bytes());
            }
        } else if letter || !(is_space(c) || self.fold.punctuation) {
            out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
        } else if self.fold.spaces {
            if !matches!(out.last(), None | Some(b' ')) {
                out.push(b' ');
            }
        } else if is_space(c) {
            out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
        } else {
            out.push(b' ');
        }
    }
}

/// Whether there are enough ASCII characters in front to be worth a block.
fn starts_ascii(text: &[u8]) -> bool {
    text.first_chunk::<8>().is_some_and(|first| first.is_ascii())
}

/// Bytes that are looked at together.
const BLOCK: usize = 32;

/// Folds a block of ASCII: case, punctuation and spaces.
fn push_block(block: &[u8; BLOCK], mut spaced: bool, out: &mut Vec<u8>) {
    // No branches, so that the compiler makes vector code of it.
    let folded = block.map(|b| {
        let upper = b.wrapping_sub(b'A') < 26;
        let rest = (b.wrapping_sub(b'a') < 26) | (b.wrapping_sub(b'0') < 10);
        if upper | rest { b | (u8::from(upper) << 5) } else { b' ' }
    });
    let (mut to, mut n) = ([0; BLOCK], 0);
    for eight in folded.as_chunks::<8>().0 {
        // The high bit of each byte that is a space; all bytes are below 0x80.
        let other = u64::from_le_bytes(*eight) ^ 0x2020_2020_2020_2020;
        let spaces = !(other + 0x7F7F_7F7F_7F7F_7F7F) & 0x8080_8080_8080_8080;
        let mut doubled = spaces & ((spaces << 8) | (u64::from(spaced) << 7));
        spaced = spaces >> 63 == 1;
        if doubled == 0 {
            to[n..n + 8].copy_from_slice(eight);
            n += 8;
            continue;
        }
        for &b in eight {
            to[n] = b;
            n += usize::from(doubled & 0x80 == 0);
            doubled >>= 8;
        }
    }
    out.extend_from_slice(&to[..n]);
}

fn is_space(c: char) -> bool {
    c.is_whitespace()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fold(text: &str, fold: Fold) -> String {
        let (folder, mut out) = (Folder::new(fold), Vec::new());
        folder.push(text, &mut out);
        folder.finish(&mut out);
        let mut plain = Vec::new();
        let folder = Folder { wide: None, ..folder };
        folder.push(text, &mut plain);
        folder.finish(&mut plain);
        assert_eq!(out, plain);
        String::from_utf8(out).expect("UTF-8")
    }

    /// The definition, word for word.
    fn reference(text: &str, fold: Fold) -> String {
        let mut out = String::new();
        for c in text.chars() {
            if c.is_alphanumeric() {
                if fold.case { out.extend(c.to_lowercase()) } else { out.push(c) }
            } else if c.is_whitespace() || !fold.punctuation {
                out.push(c);
            } else {
                out.push(' ');
            }
        }
        if fold.spaces { out.split_whitespace().collect::<Vec<_>>().join(" ") } else { out }
    }

    #[test]
    fn folds() {
        let all = Fold { case: true, spaces: true, punctuation: true };
        assert_eq!(fold("  “Don’t!”,  said\nÉmile… 5.1% ", all), "don t said émile 5 1");
        let spaces = Fold { case: false, spaces: true, punctuation: false };
        assert_eq!(fold(" A\u{A0}\t b,  c ", spaces), "A b, c");
    }

    #[test]
    fn long_text() {
        let all = Fold { case: true, spaces: true, punctuation: true };
        for len in [4095, 4096, 4097, 9000] {
            let text: String = "It’s 5%;  and -- so on,\n".chars().cycle().take(len).collect();
            assert_eq!(fold(&text, all), reference(&text, all));
            let text = text.replace('’', "'");
            assert_eq!(fold(&text, all), reference(&text, all));
        }
    }

    proptest! {
        #[test]
        fn blocks_as_defined(text in "([ -~\\n\\t]{0,70}[“É]?){0,4}", front in "[aé ]{0,2}") {
            let f = Fold { case: true, spaces: true, punctuation: true };
            let text = front + &text;
            prop_assert_eq!(fold(&text, f), reference(&text, f));
        }

        #[test]
        fn as_defined(text in "[ -~\\n\\tàÉß“”…\u{A0}\u{3000}東京İΣ👧-]{0,90}", bits in 0u8..8) {
            let f = Fold { case: bits & 1 > 0, spaces: bits & 2 > 0, punctuation: bits & 4 > 0 };
            prop_assert_eq!(fold(&text, f), reference(&text, f));
        }
    }
}
