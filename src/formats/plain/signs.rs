//! What a single line of a dump may be, told from its bytes alone.

use xxhash_rust::xxh3::xxh3_64;

use crate::text::classes::fits;

/// Longest line that can be a title, in columns, or a rule, in bytes.
pub const SHORT: usize = 300;

/// Hash by which equal lines are told; trailing and leading ASCII space does not count.
pub fn line_hash(line: &[u8]) -> u64 {
    xxh3_64(line.trim_ascii())
}

/// Whether a blank line counts towards a run that separates articles. One that holds a space
/// of some special kind is a page's spacer, not the work of whoever wrote the dump.
pub fn counts_as_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

/// Whether a line is a rule: three or more of one drawing character, spaces between allowed.
pub fn is_rule(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    // Drawing characters outside ASCII are three bytes long.
    if line.len() < 3 || line.len() > SHORT || line[0].is_ascii_alphanumeric() {
        return false;
    }
    let Ok(s) = std::str::from_utf8(line) else {
        return false;
    };
    let mut chars = s.chars().filter(|c| *c != ' ');
    let first = chars.next().expect("a trimmed line is not empty");
    let drawing = matches!(first, '-' | '=' | '_' | '*' | '~' | '#' | '+' | '%' | '•')
        || matches!(first, '\u{2010}'..='\u{2015}' | '\u{2500}'..='\u{257F}' | '\u{2580}'..='\u{259F}');
    drawing && s.chars().filter(|c| *c != ' ').count() >= 3 && chars.all(|c| c == first)
}

/// Bytes of drawing in a rule line.
pub fn rule_len(line: &[u8]) -> usize {
    line.trim_ascii().iter().filter(|b| **b != b' ').count()
}

fn is_drawing(b: &u8) -> bool {
    matches!(b, b'=' | b'-' | b'*' | b'#' | b'+' | b'~' | b'_' | b'<' | b'>' | b'[' | b' ')
}

/// How a line states that an article begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkKind {
    /// Drawing around a name, such as `==> name.txt <==`, as `head` and `tail` write it.
    Name,
    /// Drawing or a label in front of an address: `=== URL`, `URL: https://…`.
    Address,
    /// An address alone.
    BareAddress,
    /// Words and a number that is another one each time: `--- 12 ---`, `Document 12 of 80`.
    Number,
    /// A number behind two signs, with the text on the same line: `@@287650 The text`.
    Prefix,
    /// A heading of the first level in WikiText: ` = Title = `.
    Heading,
    /// `%` or `%%` alone, as between fortunes.
    Symbol,
    /// A line in capitals that says that something ends: `END OF DOCUMENT`.
    End,
}

/// A line that may stand between two articles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark<'a> {
    /// What it looks like.
    pub kind: MarkKind,
    /// Equal for all marks of one kind in one dump: what does not change from one to the next.
    pub key: u64,
    /// What changes: the name, the address, the number.
    pub value: &'a [u8],
    /// The address, if it holds one.
    pub url: Option<&'a str>,
    /// Bytes at the beginning of the line that are no part of an article; all of them, but for
    /// [`MarkKind::Prefix`] and [`MarkKind::Heading`].
    pub taken: usize,
}

/// Longest mark without an address, in bytes.
const MARK: usize = 160;
/// Reads a mark.
pub fn mark(line: &[u8]) -> Option<Mark<'_>> {
    let whole = line.len();
    let indent = whole - line.trim_ascii_start().len();
    let line = line.trim_ascii();
    if line.is_empty() || line.len() > 2000 {
        return None;
    }
    let found = |kind, key: &[u8], value, url, taken| {
        let key = xxh3_64(&[key, &[kind as u8]].concat());
        Some(Mark { kind, key, value, url, taken })
    };
    let drawn = line.iter().take_while(|b| is_drawing(b)).count();
    let rest = &line[drawn..];
    // Few lines have a colon: no need for anything that takes time to set up.
    if let Some(at) = memchr::memchr_iter(b':', rest).find(|at| rest[*at..].starts_with(b"://")) {
        let (kind, before, url) = address(&line[..drawn], rest, at)?;
        // A page names other addresses too, often of another scheme.
        let scheme = if kind == MarkKind::BareAddress { url.split(|b| *b == b':').next() } else { None };
        let indented: &[u8] = if indent > 0 { b" " } else { b"" };
        let key = [&line[..drawn], b"\0", before, scheme.unwrap_or_default(), indented].concat();
        return found(kind, &key, url, std::str::from_utf8(url).ok(), whole);
    }
    if let Some(number) = prefix(line) {
        let text = line[number.len()..].trim_ascii_start();
        return found(MarkKind::Prefix, &number[..2], &number[2..], None, indent + line.len() - text.len());
    }
    if line.len() > MARK {
        return None;
    }
    if let Some((frame, name)) = framed(line, drawn) {
        return found(MarkKind::Name, &frame, name, None, whole);
    }
    if let Some(title) = heading(line) {
        return found(MarkKind::Heading, b"=", title, None, 0);
    }
    if let Some((shape, number)) = numbered(line, drawn) {
        return found(MarkKind::Number, &shape, number, None, whole);
    }
    if says_end(line) {
        return found(MarkKind::End, line, b"", None, whole);
    }
    // Other signs stand alone in what is printed from a page: between links, around icons.
    if matches!(line, b"%" | b"%%") { found(MarkKind::Symbol, line, b"", None, whole) } else { None }
}

/// The address of a line that holds `://` at `at`: what kind of mark it is, what stands before it, and the address.
fn address<'a>(drawn: &[u8], rest: &'a [u8], at: usize) -> Option<(MarkKind, &'a [u8], &'a [u8])> {
    let scheme = rest[..at].iter().rev().take_while(|b| b.is_ascii_alphabetic()).count();
    let before = &rest[..at - scheme];
    let after = &rest[at..];
    let len = after.iter().position(|b| b.is_ascii_whitespace() || b"<>\"]".contains(b));
    let url = &rest[at - scheme..at + len.unwrap_or(after.len())];
    let tail = &rest[at + len.unwrap_or(after.len())..];
    // A label before the address may be a word or two; nothing but drawing may follow.
    let label = before.len() <= 16 && !before.iter().any(|b| b".,!?()".contains(b));
    let bare = tail.iter().all(|b| is_drawing(b) || *b == b']');
    let labelled = names_address(before);
    let alone = before.is_empty() && drawn.is_empty();
    if scheme < 3 || !label || !bare || !(is_drawn(drawn) || labelled || alone) {
        return None;
    }
    Some((if alone { MarkKind::BareAddress } else { MarkKind::Address }, before, url))
}

/// Words that announce an address, in lower case. What browsers print (`IFRAME: …`) does not.
const LABELS: &[&str] = &[
    "url",
    "uri",
    "link",
    "source",
    "address",
    "page",
    "permalink",
    "website",
    "web",
    "location",
    "href",
    "from",
    "quelle",
    "fuente",
    "fonte",
    "bron",
    "источник",
    "ссылка",
    "адрес",
    "المصدر",
    "الرابط",
    "رابط",
    "来源",
    "链接",
    "出典",
    "출처",
    "url source",
    "source url",
    "page url",
    "warc-target-uri",
];

/// Whether what stands in front of an address announces it.
fn names_address(before: &[u8]) -> bool {
    let Ok(label) = std::str::from_utf8(before) else { return false };
    let label = label.trim();
    label.strip_suffix([':', '：']).is_some_and(|word| LABELS.contains(&word.trim().to_lowercase().as_str()))
}

/// Whether drawing announces something: three signs of one kind or two that point. Bullets and headings of
/// Markdown do not.
fn is_drawn(drawn: &[u8]) -> bool {
    let mut signs = drawn.iter().filter(|b| **b != b' ');
    let count = signs.clone().count();
    let Some(first) = signs.next() else { return false };
    let least = match first {
        b'=' | b'-' | b'~' | b'+' => 3,
        b'>' | b'<' => 2,
        // Markdown has headings of up to six.
        _ => 7,
    };
    let one = signs.all(|b| b == first) || (first == &b'=' && drawn.contains(&b'>'));
    one && count >= least
}

/// The two signs and the number with which a line begins: `@@287650`, `##4000165`.
fn prefix(line: &[u8]) -> Option<&[u8]> {
    let signs = line.first_chunk::<2>().filter(|s| s[0] == s[1] && b"@#%$&".contains(&s[0]))?;
    let digits = line[signs.len()..].iter().take_while(|b| b.is_ascii_digit()).count();
    let end = signs.len() + digits;
    (digits >= 3 && line.get(end).is_none_or(|b| *b == b' ' || *b == b'\t')).then_some(&line[..end])
}

/// A name between drawing, such as `==> name <==`: the drawing and the name.
///
/// Headings are drawn too (`== History ==`): what is between has to be the name of a file or a
/// number, unless the drawing points to it.
fn framed(line: &[u8], drawn: usize) -> Option<(Vec<u8>, &[u8])> {
    let behind = line.iter().rev().take_while(|b| is_drawing(b)).count();
    if drawn < 3 || behind < 3 || drawn + behind >= line.len() {
        return None;
    }
    let (before, after) = (&line[..drawn], &line[line.len() - behind..]);
    let name = &line[drawn..line.len() - behind];
    let points = before.trim_ascii_end().ends_with(b">") && after.trim_ascii_start().starts_with(b"<");
    let dotted = name
        .rsplit(|b| *b == b'.')
        .next()
        .is_some_and(|e| (1..=5).contains(&e.len()) && e.len() + 1 < name.len());
    let ending = dotted && !name.contains(&b' ');
    let only_number = name.iter().all(u8::is_ascii_digit);
    (points || ending || only_number).then(|| ([before, b"\0", after].concat(), name))
}

/// The title in a WikiText heading of the first level: ` = Title = `.
fn heading(line: &[u8]) -> Option<&[u8]> {
    let title = line.strip_prefix(b"= ")?.strip_suffix(b" =")?;
    let inner = !title.is_empty() && !title.starts_with(b"=") && !title.ends_with(b"=");
    inner.then_some(title)
}

/// Words that number documents, in lower case.
const NUMBERED: &[&str] = &[
    "document",
    "doc",
    "docid",
    "docno",
    "article",
    "record",
    "story",
    "text",
    "post",
    "dokument",
    "artikel",
    "artículo",
    "articulo",
    "documento",
    "articolo",
    "artigo",
    "texte",
    "texto",
    "testo",
    "документ",
    "статья",
    "текст",
    "مقال",
    "مقالة",
    "وثيقة",
    "文章",
    "文档",
    "記事",
    "文書",
    "문서",
    "기사",
];

/// A line that numbers an article: what does not change, with `0` for its numbers, and its first number.
fn numbered(line: &[u8], drawn: usize) -> Option<(Vec<u8>, &[u8])> {
    let rest = &line[drawn..];
    let at = rest.iter().position(u8::is_ascii_digit)?;
    let number = &rest[at..at + rest[at..].iter().take_while(|b| b.is_ascii_digit()).count()];
    if rest.len() > 60 {
        return None;
    }
    let mut shape = line[..drawn].to_vec();
    for &b in rest {
        match b {
            b'0'..=b'9' if shape.last() == Some(&b'0') => {}
            b'0'..=b'9' => shape.push(b'0'),
            _ => shape.push(b),
        }
    }
    let words = String::from_utf8_lossy(rest).to_lowercase();
    let first = words.split(|c: char| !c.is_alphabetic()).find(|w| !w.is_empty());
    let known = first.is_some_and(|word| NUMBERED.contains(&word));
    // `=== article 12 ===`: the same words, another number each time; `12 of 80` counts as well.
    let counts = || {
        let total = words[number.len()..].trim_start().strip_prefix("of ")?;
        let what = total.trim_start_matches(|c: char| c.is_ascii_digit()).trim();
        (what.is_empty() || NUMBERED.contains(&what.trim_end_matches('s'))).then_some(())
    };
    let counts = rest.starts_with(number) && drawn == 0 && counts().is_some();
    // A title may begin with such a word too.
    let letters =
        words.chars().filter(|c| c.is_alphabetic()).count() - first.map_or(0, |w| w.chars().count());
    let known = known && drawn == 0 && letters <= 3;
    (is_drawn(&line[..drawn]) || known || counts).then_some((shape, number))
}

/// Whether a line says that a text ends: `END OF DOCUMENT`, `*** EOF ***`, `ENDOFARTICLE.`.
fn says_end(line: &[u8]) -> bool {
    let letters = || line.iter().filter(|b| b.is_ascii_alphabetic());
    line.len() <= 40
        && line.is_ascii()
        && letters().all(u8::is_ascii_uppercase)
        && line
            .split(|b| !b.is_ascii_alphabetic())
            .any(|w| matches!(w, b"EOF" | b"EOD" | b"EOT" | b"EOS" | b"END") || w.starts_with(b"ENDOF"))
}

/// Text that delimits documents wherever it stands in a line, as training sets for language models have it.
///
/// Marks of turns in a talk (`<|im_end|>`) are none.
pub fn delimiter(line: &[u8]) -> Option<std::ops::Range<usize>> {
    let known =
        [&b"</s>"[..], b"[SEP]", b"[EOS]", b"[EOD]", b"<eos>", b"<EOS>", b"<eod>", b"<EOD>", b"</doc>"];
    let piped = memchr::memmem::find(line, b"<|").and_then(|at| {
        let name = line[at + 2..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        let text = line[at + 2..at + 2 + name].to_ascii_lowercase();
        let delimits = ["end", "eo", "sep", "doc", "start", "begin", "bo"]
            .iter()
            .any(|w| text.starts_with(w.as_bytes()));
        let turn = text.starts_with(b"eot_id") || text.ends_with(b"header_id");
        let closed = line[at + 2 + name..].starts_with(b"|>");
        (closed && delimits && !turn).then_some(at..at + name + 4)
    });
    // One of them nearly always ends its line.
    let others = || known.iter().find_map(|t| memchr::memmem::find(line, t).map(|at| at..at + t.len()));
    let may_be = |b: &u8| *b == b'>' || *b == b']';
    piped.or_else(|| if line.iter().any(may_be) { others() } else { None })
}

/// A line of so many bytes that ends with a full stop is a sentence, not a title.
const SENTENCE: usize = 60;

/// Whether a line ends with a full stop, in any script that a dump is likely to be in.
fn full_stop(line: &[u8]) -> bool {
    [".", "。", "．", "।", "۔", "።"].iter().any(|stop| line.ends_with(stop.as_bytes()))
}

/// Whether a line that is printed twice could be a title: short, with letters, no sentence and
/// no code.
pub fn may_be_title(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let code = |b: &u8| matches!(b, b'{' | b'}' | b';' | b'<' | b'>' | b'\\' | b'/');
    fits(line, SHORT)
        && !(line.len() >= SENTENCE && full_stop(line))
        && line.iter().any(|b| b.is_ascii_alphabetic() || *b >= 0x80)
        && !line.first().is_some_and(code)
        && !line.last().is_some_and(|b| code(b) && *b != b'>')
}

/// Whether a line could be a title: short, no code, no lower-case start, no comma at its end.
pub fn title_like(line: &[u8]) -> bool {
    if !may_be_title(line) {
        return false;
    }
    let text = String::from_utf8_lossy(line.trim_ascii());
    let starts = text.chars().find(|c| c.is_alphanumeric()).is_some_and(|c| !c.is_lowercase());
    starts && !matches!(text.chars().last(), Some(',' | '，' | '،' | '、'))
}

/// Whether a line is a title beyond doubt of being a sentence: [`title_like`], not long, no
/// full stop at its end, no Markdown heading below the first level.
pub fn clear_title(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let stopped = full_stop(line) || line.ends_with(b":") || line.ends_with("：".as_bytes());
    title_like(line) && fits(line, 200) && !stopped && !line.starts_with(b"##")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules() {
        for yes in ["---", "----------", "* * *", "=====", "━━━━━━", "_____ "] {
            assert!(is_rule(yes.as_bytes()), "{yes}");
        }
        for no in ["--", "-- x", "...", "1111", "--=--", ""] {
            assert!(!is_rule(no.as_bytes()), "{no}");
        }
    }

    #[test]
    fn marks() {
        let url = |s: &'static str| mark(s.as_bytes()).and_then(|m| m.url);
        assert_eq!(url("=== https://a.example/1"), Some("https://a.example/1"));
        assert_eq!(url("--- http://a.example/x ---"), Some("http://a.example/x"));
        assert_eq!(url("URL: http://a.example/x"), Some("http://a.example/x"));
        assert_eq!(url("https://a.example/x"), Some("https://a.example/x"));
        assert_eq!(url("See https://a.example/x for more"), None);
        let kind = |s: &'static str| mark(s.as_bytes()).map(|m| m.kind);
        for (line, is) in [
            ("=== article 12 ===", Some(MarkKind::Number)),
            ("Document 12 of 80", Some(MarkKind::Number)),
            ("3 of 120 DOCUMENTS", Some(MarkKind::Number)),
            ("==> a/b.txt <==", Some(MarkKind::Name)),
            ("##### page.txt #####", Some(MarkKind::Name)),
            ("@@287650 The text", Some(MarkKind::Prefix)),
            ("##4000165", Some(MarkKind::Prefix)),
            (" = Robert Boulter = ", Some(MarkKind::Heading)),
            ("%", Some(MarkKind::Symbol)),
            ("***END***", Some(MarkKind::End)),
            ("ENDOFARTICLE.", Some(MarkKind::End)),
            ("=== Judiciary under fire ===", None),
            (" = = Career = = ", None),
            ("- 12 apples", None),
            ("Page 3 of 12", None),
            ("Chapter 3", None),
            ("12 comments", None),
            ("## 4 ways", None),
            ("Article 12 about the river", None),
            ("* [4]News", None),
            ("3 of 11 comments", None),
            ("IFRAME: https://a.example/x", None),
            ("- https://a.example/x", None),
            ("|", None),
        ] {
            assert_eq!(kind(line), is, "{line}");
        }
        let key = |s: &'static str| mark(s.as_bytes()).map(|m| m.key);
        assert_eq!(key("=== article 12 ==="), key("=== article 7 ==="));
        assert_eq!(mark(b"@@287650 The text").map(|m| m.taken), Some(9));
    }

    #[test]
    fn delimiters() {
        for (line, at) in
            [("<|endoftext|>", 0..13), ("The end.<|endoftext|>", 8..21), ("The end.</s>", 8..12)]
        {
            assert_eq!(delimiter(line.as_bytes()), Some(at), "{line}");
        }
        for no in ["<|im_end|>", "<|user|>", "a < b | c > d", "[12]"] {
            assert_eq!(delimiter(no.as_bytes()), None, "{no}");
        }
    }
}
