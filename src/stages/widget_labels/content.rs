//! What looks like a row of labels and is part of the article: a list that the article announces,
//! or names that its prose speaks of.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::table::Table;
use crate::document::{Document, Role};
use crate::text::classes::{ends_sentence, fits, is_prose, words_up_to};
use crate::text::head::after_prose;

/// Lines above an item within which its list has to be announced.
const LIST: usize = 40;

/// Widest item of a list, in columns.
const ITEM: usize = 40;

/// Words from which on a line with a colon announces a list wherever it stands: shorter ones above
/// the prose or below it, such as `Find us on:`, belong to a bar.
const ANNOUNCING: usize = 5;

/// Names of one article that are looked for in its prose.
const NAMES: usize = 64;

/// Words that begin a call to the reader, beside those that begin the labels of the table.
const CALLS: &[&str] =
    &["connect", "find", "get", "join", "keep", "like", "send", "spread", "stay", "tell", "visit"];

/// Takes from `hits` (widgets by line) what is part of the article.
pub fn spare(doc: &Document, hits: &mut HashMap<usize, usize>, table: &Table) {
    let first = (0..doc.lines().len()).find(|&i| is_prose(doc.line(i))).unwrap_or(usize::MAX);
    let prose = first.saturating_add(1)..after_prose(doc);
    let announced: HashSet<usize> =
        hits.keys().copied().filter(|&i| is_announced(doc, i, hits, &prose, table)).collect();
    hits.retain(|i, _| !announced.contains(i));
    let mut named = HashMap::new();
    let spoken: Vec<usize> =
        runs(hits).into_iter().filter(|run| is_spoken_of(doc, run, &mut named)).flatten().collect();
    hits.retain(|i, _| spoken.binary_search(i).is_err());
}

/// Whether line `i` is an item of a list below a line that ends with a colon. Its other items are labels too,
/// or have no blank line below. `prose` is what has prose above it and below.
fn is_announced(
    doc: &Document,
    i: usize,
    hits: &HashMap<usize, usize>,
    prose: &Range<usize>,
    table: &Table,
) -> bool {
    let colon = |line: &str| line.trim_end().ends_with([':', '：']);
    let item = |k: &usize| {
        let line = doc.line(*k);
        let short = fits(line.as_bytes(), ITEM) && !ends_sentence(line) && !colon(line);
        hits.contains_key(k) || (short && !doc.lines()[k + 1].breaks())
    };
    let above = (i.saturating_sub(LIST)..i).rev().find(|k| !item(k));
    above.is_some_and(|k| {
        let line = doc.line(k);
        let within = prose.contains(&k) && prose.contains(&i);
        let enough = if within { 2 } else { ANNOUNCING };
        let text = doc.lines()[k].is_kept() && matches!(doc.lines()[k].role(), Role::Body);
        text && colon(line) && words_up_to(line, enough) >= enough && !calls(line, table)
    })
}

/// Whether a line begins like a call to the reader: `Share this story with your friends on:`.
fn calls(line: &str, table: &Table) -> bool {
    let first = line.split(|c: char| !c.is_alphanumeric()).find(|w| !w.is_empty()).unwrap_or_default();
    let first = first.to_lowercase();
    CALLS.contains(&first.as_str()) || table.begins_label(&first)
}

/// Runs of three or more lines that are all labels, in order.
fn runs(hits: &HashMap<usize, usize>) -> Vec<Vec<usize>> {
    let mut lines: Vec<usize> = hits.keys().copied().collect();
    lines.sort_unstable();
    let runs = lines.chunk_by(|a, b| a + 1 == *b);
    runs.filter(|run| run.len() >= 3).map(<[usize]>::to_vec).collect()
}

/// Whether the prose has each of these lines, as in an article about networks that lists them. A bar
/// has buttons, too, that no prose names. Remembers in `named` what it found.
fn is_spoken_of<'d>(doc: &'d Document, run: &[usize], named: &mut HashMap<&'d str, bool>) -> bool {
    run.iter().all(|i| {
        let name = doc.line(*i).trim();
        named.get(name).copied().unwrap_or_else(|| {
            let found = named.len() < NAMES && is_named(doc, name);
            named.insert(name, found);
            found
        })
    })
}

/// Whether a line of prose has this name, with a capital, as whole words.
fn is_named(doc: &Document, name: &str) -> bool {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let whole = |text: &str, at: usize| {
        !letter(text[..at].chars().next_back()) && !letter(text[at + name.len()..].chars().next())
    };
    let has = |text: &str| text.match_indices(name).any(|(at, _)| whole(text, at));
    let capital = name.chars().next().is_some_and(char::is_uppercase);
    capital && doc.body().any(|(_, text)| has(text) && is_prose(text))
}
