//! Text with case, spaces and punctuation folded away: what two copies still have in common.

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
        Self { fold, table }
    }

    /// Appends `text`, folded, to `out`. A space that ends `out` runs together with what
    /// follows; the caller trims the last one ([`Folder::finish`]).
    pub fn push(&self, text: &str, out: &mut Vec<u8>) {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let ascii = rest.iter().position(|b| !b.is_ascii()).unwrap_or(rest.len());
            self.push_ascii(&rest[..ascii], out);
            rest = &rest[ascii..];
            let wide = rest.iter().position(u8::is_ascii).unwrap_or(rest.len());
            // Cuts next to ASCII never part a character.
            for c in std::str::from_utf8(&rest[..wide]).unwrap_or_default().chars() {
                self.push_wide(c, out);
            }
            rest = &rest[wide..];
        }
    }

    /// Removes a space at the end, if spaces are folded.
    pub fn finish(&self, out: &mut Vec<u8>) {
        if self.fold.spaces && out.last() == Some(&b' ') {
            out.pop();
        }
    }

    fn push_ascii(&self, text: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        out.resize(start + text.len(), 0);
        // Nothing in front counts as a space: no space at the start.
        let mut spaced = start == 0 || out[start - 1] == b' ';
        let to = &mut out[start..];
        let mut n = 0;
        // No branches: every byte is written, and counted if it stays.
        for &b in text {
            let folded = self.table[usize::from(b & 0x7F)];
            let space = folded == 0;
            to[n] = if space { b' ' } else { folded };
            n += usize::from(!(space & spaced));
            spaced = space;
        }
        out.truncate(start + n);
    }

    fn push_wide(&self, c: char, out: &mut Vec<u8>) {
        let mut buffer = [0; 4];
        if c.is_alphanumeric() && self.fold.case {
            for lower in c.to_lowercase() {
                out.extend_from_slice(lower.encode_utf8(&mut buffer).as_bytes());
            }
        } else if c.is_alphanumeric() || !(is_space(c) || self.fold.punctuation) {
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

    proptest! {
        #[test]
        fn as_defined(text in "[ -~\\n\\tàÉß“”…\u{A0}\u{3000}東京İΣ👧-]{0,40}", bits in 0u8..8) {
            let f = Fold { case: bits & 1 > 0, spaces: bits & 2 > 0, punctuation: bits & 4 > 0 };
            prop_assert_eq!(fold(&text, f), reference(&text, f));
        }
    }
}
