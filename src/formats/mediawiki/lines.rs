//! Wikitext to text, second half: lines, by what they begin with.

use std::borrow::Cow;

use super::inline::mark;
use super::tidy;
use crate::text::lines::joint;

/// What is made of a page.
#[derive(Debug, Default)]
pub(super) struct Article {
    /// Paragraphs, with blank lines between.
    pub text: String,
    /// Where the lines that are captions begin.
    pub captions: Vec<usize>,
    /// Names of the categories that the page names.
    pub categories: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A heading of a level, 1 to 6.
    Heading(usize),
    Paragraph,
    /// A line of a list.
    Item,
    /// A line that begins with a space.
    Line,
    Caption,
}

struct Block {
    kind: Kind,
    text: String,
    /// Nothing stands between it and the block before.
    close: bool,
}

/// Makes an article of lines in which only block markup is left.
pub(super) fn read(text: &str, literals: &[String]) -> Article {
    let (mut blocks, mut close) = (Vec::<Block>::new(), false);
    for raw in text.split('\n') {
        let (line, captions) = without_captions(raw);
        for caption in &captions {
            let caption = tidy::line(caption, literals);
            let text = caption.split_whitespace().collect::<Vec<_>>().join(" ");
            if !text.is_empty() {
                blocks.push(Block { kind: Kind::Caption, text, close: false });
                close = false;
            }
        }
        let Some((kind, inside)) = classify(&line) else {
            close = false;
            continue;
        };
        let text = match kind {
            Kind::Item => item(inside, literals),
            Kind::Line => tidy::line(inside, literals),
            _ => tidy::line(&tidy::spaced(inside), literals),
        };
        if text.is_empty() {
            close = false;
            continue;
        }
        let goes_on = close && kind == Kind::Paragraph;
        match blocks.last_mut().filter(|b| goes_on && b.kind == Kind::Paragraph) {
            Some(last) => {
                let broken = last.text.ends_with(mark::BREAK);
                if broken {
                    last.text.pop();
                }
                last.text.push_str(if broken { "\n" } else { joint(&last.text, &text) });
                last.text.push_str(&text);
            }
            None => blocks.push(Block { kind, text, close }),
        }
        // A line of a poem ends where it ends.
        if kind == Kind::Paragraph
            && line.ends_with(mark::BREAK)
            && let Some(last) = blocks.last_mut()
        {
            last.text.push(mark::BREAK);
        }
        close = !matches!(kind, Kind::Heading(_));
    }
    join(&without_empty_sections(blocks))
}

/// A line of a list. Items begin with a dash, terms, definitions and indented lines with nothing.
fn item(line: &str, literals: &[String]) -> String {
    let rest = line.trim_start_matches(['*', '#', ':', ';']);
    let text = tidy::line(&tidy::spaced(rest), literals);
    let dash = line[..line.len() - rest.len()].ends_with(['*', '#']) && !text.is_empty();
    if dash { format!("- {text}") } else { text }
}

/// A line without the captions in it, and those, inner ones first.
fn without_captions(line: &str) -> (Cow<'_, str>, Vec<String>) {
    if !line.contains([mark::CAPTION, mark::END_CAPTION]) {
        return (line.into(), Vec::new());
    }
    let (mut open, mut done) = (vec![String::new()], Vec::new());
    let mut rest = line;
    while let Some(at) = rest.find([mark::CAPTION, mark::END_CAPTION]) {
        open.last_mut().expect("the line itself").push_str(&rest[..at]);
        if rest[at..].starts_with(mark::CAPTION) {
            open.push(String::new());
        } else if open.len() > 1 {
            done.extend(open.pop());
        }
        rest = &rest[at + 1..];
    }
    open.last_mut().expect("the line itself").push_str(rest);
    let mut all = open.into_iter();
    let own = all.next().unwrap_or_default();
    // Captions whose end is in another line.
    done.extend(all);
    (own.into(), done)
}

/// What a line is, and its text. Nothing for what is no text: rules, and rows of tables that have
/// no end or beginning.
fn classify(line: &str) -> Option<(Kind, &str)> {
    let full = line.trim_end();
    match full.bytes().next()? {
        b'=' => {
            let level = |s: &str, n: usize| n.min(6).min(s.len() / 2);
            let front = full.bytes().take_while(|b| *b == b'=').count();
            let back = full.bytes().rev().take_while(|b| *b == b'=').count();
            let level = level(full, front.min(back));
            if level == 0 {
                return Some((Kind::Paragraph, full));
            }
            Some((Kind::Heading(level), full[level..full.len() - level].trim()))
        }
        b'*' | b'#' | b':' | b';' => Some((Kind::Item, full)),
        b'-' if full.starts_with("----") => {
            let rest = full.trim_start_matches('-').trim_start();
            (!rest.is_empty()).then_some((Kind::Paragraph, rest))
        }
        b'|' => None,
        b'{' if full.starts_with("{|") => None,
        b' ' => Some((Kind::Line, full)).filter(|(_, l)| !l.trim_start().starts_with(['|', '!'])),
        _ => Some((Kind::Paragraph, full)),
    }
}

/// Leaves out headings under which nothing is left.
fn without_empty_sections(blocks: Vec<Block>) -> Vec<Block> {
    // The heading that follows, if nothing stands in between; the end is above all of them.
    let mut next = Some(0);
    let mut kept: Vec<Block> = Vec::with_capacity(blocks.len());
    for block in blocks.into_iter().rev() {
        match block.kind {
            Kind::Heading(level) if next.is_some_and(|n| n <= level) => continue,
            Kind::Heading(level) => next = Some(level),
            Kind::Caption => {}
            _ => next = None,
        }
        kept.push(block);
    }
    kept.reverse();
    kept
}

/// The text of all blocks. Items of a list and lines are one paragraph.
fn join(blocks: &[Block]) -> Article {
    let mut article = Article::default();
    let mut before = None;
    for block in blocks {
        if !article.text.is_empty() {
            let joined =
                block.close && before == Some(block.kind) && matches!(block.kind, Kind::Item | Kind::Line);
            article.text.push_str(if joined { "\n" } else { "\n\n" });
        }
        before = Some(block.kind);
        if block.kind == Kind::Caption {
            article.captions.push(article.text.len());
        }
        article.text.push_str(block.text.trim_end_matches(mark::BREAK));
    }
    article
}
