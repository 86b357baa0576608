//! Paragraphs of text that was wrapped at a width: one line each.

use crate::text::lines::joint;

/// Wider text is not wrapped by hand, in characters.
const WIDEST: usize = 120;

/// A paragraph, while it is put together.
#[derive(Default)]
struct Paragraph {
    text: String,
    /// Lines of the source in it.
    lines: usize,
    /// Characters of the last of them.
    last: usize,
    /// A blank line stands in front of it.
    apart: bool,
}

/// The text with its paragraphs apart. A paragraph begins behind a blank line, or with a line that
/// is indented more than the least. Lines are joined where the next word had no room left; what is
/// shorter, as in a table, stays a line.
pub(super) fn unwrap(raw: &str) -> String {
    let lines = || raw.lines().map(str::trim_ascii_end);
    let full = || lines().filter(|l| !l.is_empty());
    let width = full().map(length).max().unwrap_or(0);
    if width > WIDEST {
        return tidy(lines().map(str::trim_ascii));
    }
    // Where all is indented alike, blank lines are what sets paragraphs apart, if there are any.
    let has_blanks = raw.trim_ascii().lines().any(|l| l.trim_ascii().is_empty());
    let least = if has_blanks { full().map(indent).min().unwrap_or(0) } else { 0 };
    let (mut out, mut now, mut before) = (String::with_capacity(raw.len()), Paragraph::default(), 0);
    for line in lines() {
        if line.is_empty() || indent(line) > least {
            finish(&mut now, &mut before, &mut out);
            now.apart = line.is_empty() || now.apart;
        }
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        if now.lines > 0 {
            let word = line.split_ascii_whitespace().next().map_or(0, |w| w.chars().count());
            let had_room = (now.last + 1 + word) * 10 <= width * 7;
            now.text.push_str(if had_room { "\n" } else { joint(&now.text, line) });
        }
        now.text.push_str(line);
        now.lines += 1;
        now.last = length(line);
    }
    finish(&mut now, &mut before, &mut out);
    out
}

/// Ends the paragraph under way. Lines that are each indented, one by one, are rows of a table.
fn finish(now: &mut Paragraph, before: &mut usize, out: &mut String) {
    if now.lines == 0 {
        return;
    }
    if !out.is_empty() {
        let row = !now.apart && *before == 1 && now.lines == 1;
        out.push_str(if row { "\n" } else { "\n\n" });
    }
    out.push_str(&now.text);
    *before = now.lines;
    *now = Paragraph::default();
}

/// Lines as they are, blank ones once.
fn tidy<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let (mut out, mut blank) = (String::new(), false);
    for line in lines {
        if line.is_empty() {
            blank = !out.is_empty();
            continue;
        }
        if !out.is_empty() {
            out.push('\n');
        }
        if std::mem::take(&mut blank) {
            out.push('\n');
        }
        out.push_str(line);
    }
    out
}

fn length(line: &str) -> usize {
    line.chars().count()
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_ascii_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs() {
        let indented = "    It rained all night in the north, and\nthe rivers rose again by noon, the mayor\nsaid.\n    Nobody knows when the bridge over the\nriver will open again.\n Reuter\n";
        assert_eq!(
            unwrap(indented),
            "It rained all night in the north, and the rivers rose again by noon, the mayor said.\n\nNobody knows when the bridge over the river will open again.\n\nReuter"
        );
        let table = "    Shr 34 cts vs 1.19 dlrs\n    Net 807,000 vs 2,858,000\n    Note: all figures\n";
        assert_eq!(unwrap(table), "Shr 34 cts vs 1.19 dlrs\nNet 807,000 vs 2,858,000\nNote: all figures");
        let blank = "  One line that goes up to the very margin\n  of it.\n\n  Two.";
        assert_eq!(unwrap(blank), "One line that goes up to the very margin of it.\n\nTwo.");
        let wide = format!("{}\nnext\n\n\nlast", "long ".repeat(40));
        assert!(unwrap(&wide).ends_with("long\nnext\n\nlast"));
        assert_eq!(
            unwrap("昨夜北方下了一整夜的雨河水到\n中午又涨了"),
            "昨夜北方下了一整夜的雨河水到中午又涨了"
        );
        assert_eq!(unwrap(" \n\n"), "");
    }
}
