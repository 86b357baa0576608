//! Apostrophes that make text bold and italic.

use std::borrow::Cow;

/// A line without them. Which of an odd number are apostrophes after all (`l'''eau''`) is decided
/// as MediaWiki does.
pub(super) fn strip(line: &str) -> Cow<'_, str> {
    if !line.contains("''") {
        return line.into();
    }
    let runs = runs(line);
    let of = |width: usize| runs.iter().filter(|r| r.marks == width || r.marks == 5).count();
    let odd = of(3) % 2 == 1 && of(2) % 2 == 1;
    let apostrophe = if odd { unlikely(line, &runs) } else { None };
    let (mut out, mut at) = (String::with_capacity(line.len()), 0);
    for (i, run) in runs.iter().enumerate() {
        let literal = run.len - run.marks + usize::from(apostrophe == Some(i));
        out.push_str(&line[at..run.at]);
        out.extend(std::iter::repeat_n('\'', literal));
        at = run.at + run.len;
    }
    out.push_str(&line[at..]);
    out.into()
}

/// Apostrophes in a row.
struct Run {
    at: usize,
    len: usize,
    /// How many of them are markup, from the end: 2, 3 or 5.
    marks: usize,
}

fn runs(line: &str) -> Vec<Run> {
    let bytes = line.as_bytes();
    let (mut all, mut at) = (Vec::new(), 0);
    while let Some(n) = memchr::memchr(b'\'', &bytes[at..]) {
        at += n;
        let len = bytes[at..].iter().take_while(|b| **b == b'\'').count();
        if len > 1 {
            let marks = match len {
                2 => 2,
                3 | 4 => 3,
                _ => 5,
            };
            all.push(Run { at, len, marks });
        }
        at += len;
    }
    all
}

/// Which mark for bold is an apostrophe and a mark for italic: the first behind a word of one
/// letter, else the first behind a longer one, else the first behind a space.
fn unlikely(line: &str, runs: &[Run]) -> Option<usize> {
    let mut found = [None; 3];
    for (i, run) in runs.iter().enumerate().filter(|(_, run)| run.marks == 3) {
        let before = &line[..run.at + run.len - 3];
        let mut letters = before.chars().rev();
        let rank = match (letters.next(), letters.next()) {
            (Some(' '), _) => 2,
            (_, Some(' ')) => 0,
            _ => 1,
        };
        found[rank] = found[rank].or(Some(i));
    }
    found.into_iter().flatten().next()
}

#[cfg(test)]
mod tests {
    use super::strip;

    #[test]
    fn as_mediawiki_reads_them() {
        for (line, want) in [
            ("it's '''bold''' and ''italic''", "it's bold and italic"),
            ("'''''both''''' of it", "both of it"),
            ("the ''''quoted'''' word", "the 'quoted' word"),
            ("de l'''eau'' pure", "de l'eau pure"),
            ("dell'''Acqua''", "dell'Acqua"),
            ("'''open", "open"),
            ("rock 'n' roll", "rock 'n' roll"),
            ("''''''''", "'''"),
        ] {
            assert_eq!(strip(line), want, "{line}");
        }
    }
}
