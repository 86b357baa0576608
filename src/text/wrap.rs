//! Hard-wrapped text: which lines go on in the next one.
//!
//! Whoever wraps text fills each line with as many words as fit a width. So a line is wrapped if the
//! first word of the next would not have fitted, which ends of paragraphs, verses and entries of a list do
//! by chance only. The width of a document is the one for which most pairs of lines pass that test.

use std::ops::RangeInclusive;

use crate::document::{Document, Role};
use crate::text::classes::{ends_sentence, is_unspaced};
use crate::text::lines::joint;

/// Widths to which people and programs wrap: mail and books from 50 columns on, wide terminals up to 132.
const WIDTHS: RangeInclusive<usize> = 45..=132;

/// Longest line that is looked at, in bytes: a character takes four at most.
const LONGEST: usize = 4 * *WIDTHS.end();

/// Pairs of lines that have to pass the test.
const PAIRS: u32 = 3;

/// What the test needs to know of a line.
#[derive(Debug, Clone, Copy, Default)]
struct Shape {
    /// Columns, white space at the end set aside; 0 of a line that is too long or belongs to no paragraph.
    columns: usize,
    /// Columns in front of the text.
    indent: usize,
    /// Columns of the first word.
    first_word: usize,
    /// Columns in front of the text behind a bullet or a number.
    hanging: usize,
    /// Begins with a bullet, a number or a sign of Markdown.
    starts_item: bool,
    /// Begins with a small letter.
    starts_small: bool,
    /// Begins with a letter.
    starts_letter: bool,
    /// Ends as a sentence does, or with a colon.
    ends: bool,
    /// Ends with two spaces: a line break in Markdown.
    hard_break: bool,
    /// No blank line stands above it.
    joined: bool,
    /// A part of a link of Markdown is open at its end.
    open: bool,
}

/// For each line whether it goes on with the text of the line above; empty if the document is not wrapped.
pub fn continuations(doc: &Document) -> Vec<bool> {
    let shapes: Vec<Shape> = (0..doc.lines().len()).map(|i| shape(doc, i)).collect();
    let width = width(&shapes);
    let links = shapes.iter().any(|s| s.open);
    if width.is_none() && !links {
        return Vec::new();
    }
    let mut goes_on = vec![false; shapes.len()];
    for i in 1..shapes.len() {
        let (above, here) = (&shapes[i - 1], &shapes[i]);
        let wrapped = width.is_some_and(|width| is_wrapped(above, here, width, goes_on[i - 1]));
        goes_on[i] = here.joined && above.columns > 0 && here.columns > 0 && (wrapped || above.open);
    }
    goes_on
}

/// Words that join two parts of a sentence, after which the first may be cut short: `pre- and post-war`.
const CONJUNCTIONS: &[&str] =
    &["and", "or", "und", "oder", "bzw", "et", "ou", "y", "o", "e", "en", "of", "och", "og"];

/// Appends a line to the text that it goes on with.
pub fn append(text: &mut String, line: &str) {
    let line = line.trim_start();
    text.truncate(text.trim_end().len());
    let word = line.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let cut = text.strip_suffix('-').is_some_and(|rest| rest.ends_with(char::is_alphanumeric));
    if !cut || word.is_empty() || CONJUNCTIONS.contains(&word) {
        text.push_str(joint(text, line));
    }
    text.push_str(line);
}

/// Whether `here` goes on with `above`, in text of this width. A line that itself `goes_on` has the indentation
/// of its paragraph; the first may stand further to the left or the right.
fn is_wrapped(above: &Shape, here: &Shape, width: usize, goes_on: bool) -> bool {
    if here.starts_item || above.hard_break || above.columns > width {
        return false;
    }
    let fits_in = if goes_on { here.indent == above.indent } else { here.indent <= above.hanging + 8 };
    let full = above.columns + here.first_word >= width;
    // Blocks may have a margin on their right, and people do not fill lines to the last column.
    let nearly = above.columns * 5 >= width * 3 && !above.ends && here.starts_small;
    fits_in && (full || nearly)
}

/// The width for which most pairs of lines pass the test, if enough do.
fn width(shapes: &[Shape]) -> Option<usize> {
    // Pairs that pass for each width, and those of them within a sentence; both as differences at first.
    let most = *WIDTHS.end();
    let (mut passed, mut small) = (vec![0i32; most + 2], vec![0i32; most + 2]);
    let mut by_length = vec![0u32; most + 2];
    for pair in shapes.windows(2) {
        let (above, here) = (&pair[0], &pair[1]);
        if !here.joined || above.columns == 0 || here.columns == 0 || here.starts_item || above.hard_break {
            continue;
        }
        by_length[above.columns] += 1;
        let (from, to) = (above.columns, (above.columns + here.first_word).min(most) + 1);
        passed[from] += 1;
        passed[to] -= 1;
        if !above.ends && (here.starts_small || !here.starts_letter) {
            small[from] += 1;
            small[to] -= 1;
        }
    }
    let sums = |of: &mut Vec<i32>| (1..of.len()).for_each(|w| of[w] += of[w - 1]);
    sums(&mut passed);
    sums(&mut small);
    let best = WIDTHS.max_by_key(|w| (passed[*w], std::cmp::Reverse(*w)))?;
    let (passed, small) = (passed[best].max(0) as u32, small[best].max(0) as u32);
    is_width(passed, by_length[best / 2..].iter().sum(), small).then_some(best)
}

/// Whether a width is no chance: `passed` pairs of the `long` ones, whose first line fills half of it, `small` of them
/// within a sentence.
///
/// Of lines of any length every sixth passes, as words have five letters and a space; of what programs wrap
/// nearly all. Where much else stands beside the text, as on a page with long lists, more pairs have to speak.
fn is_width(passed: u32, long: u32, small: u32) -> bool {
    let of = |part: u32, whole: u32, percent: u32| part * 100 >= whole * percent;
    let few = passed < 8;
    passed >= PAIRS
        && ((of(passed, long, if few { 75 } else { 50 }) && of(small, passed, 40))
            || (!few && of(passed, long, 80) && of(small, passed, 30))
            || (passed >= 30 && of(passed, long, 25) && of(small, passed, 70)))
}

fn shape(doc: &Document, i: usize) -> Shape {
    let line = &doc.lines()[i];
    let text = doc.original(i);
    let in_text = line.role().is_text() || line.role() == Role::Title;
    let paragraph = line.is_kept() && in_text && text.len() <= LONGEST;
    if !paragraph || text.contains('\n') {
        return Shape::default();
    }
    let body = text.trim();
    let indent = columns(&text[..text.len() - text.trim_start().len()]);
    let marker = marker(body);
    let first = body.split(char::is_whitespace).next().unwrap_or_default();
    let opener = body.chars().find(|c| c.is_alphanumeric() || *c == '[');
    let unspaced = first.chars().next().is_some_and(is_unspaced);
    let columns_of_body = columns(body);
    let within = indent + columns_of_body <= *WIDTHS.end() && !has_columns(body);
    Shape {
        columns: if within { indent + columns_of_body } else { 0 },
        indent,
        first_word: if unspaced { 2 } else { columns(first) },
        hanging: indent + marker,
        starts_item: marker > 0 || starts_block(body),
        starts_small: opener.is_some_and(char::is_lowercase),
        starts_letter: opener.is_some_and(|c| c.is_lowercase() || c.is_uppercase()),
        ends: ends_sentence(body) || body.ends_with([':', '：']),
        hard_break: text.ends_with("  "),
        joined: i > 0 && !line.breaks(),
        open: is_open(body),
    }
}

/// Columns of a terminal: those of Chinese, Japanese and Korean count twice.
fn columns(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let width = |b: u8| match b {
        0x80..=0xBF => 0,
        0xE3..=0xED => 2,
        _ => 1,
    };
    text.bytes().map(width).sum()
}

/// Columns of a bullet or a number and the space behind it; 0 if there is none.
fn marker(body: &str) -> usize {
    let (first, rest) = body.split_once(' ').unwrap_or((body, ""));
    let digits = first.trim_end_matches(['.', ')']);
    let number =
        digits.len() < first.len() && digits.len() <= 4 && digits.bytes().all(|b| b.is_ascii_digit());
    let bullet = matches!(
        first,
        "*" | "+"
            | "o"
            | "#"
            | "@"
            | "-"
            | "•"
            | "◦"
            | "○"
            | "●"
            | "□"
            | "■"
            | "▪"
            | "–"
            | "·"
            | "†"
            | "☆"
    );
    if !(bullet || number) {
        return 0;
    }
    columns(first) + 1 + (rest.len() - rest.trim_start().len())
}

/// Whether a line begins what no wrapped line does: a heading, a row, a quotation, a fence or a rule.
fn starts_block(body: &str) -> bool {
    body.starts_with(['#', '|', '>']) || body.starts_with("```") || body.starts_with("---")
}

/// Whether words stand far apart, as in a table that is set in columns.
fn has_columns(body: &str) -> bool {
    body.contains("   ") || body.contains(" | ")
}

/// Whether a link of Markdown is open at the end of the line: `[text](https://example.org/a-`.
fn is_open(body: &str) -> bool {
    match body.rfind("](") {
        Some(at) if !body[at..].contains(')') => true,
        _ => body.rfind("![").is_some_and(|at| !body[at..].contains("](")),
    }
}
