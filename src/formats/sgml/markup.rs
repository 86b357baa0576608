//! Tags of SGML: where they are, what they are called, and their attributes.

/// What a record is told by: enough of it to see its header.
const LOOKED_AT: usize = 4 << 10;

/// A tag.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// Its name, as written.
    pub name: &'a str,
    /// It begins with `</`.
    pub closes: bool,
    /// What stands behind its name.
    pub attributes: &'a str,
    /// Its length in bytes.
    pub len: usize,
}

/// The tag at the start of `text`, if there is one: `<`, a name, and a `>` before the next `<`.
pub(super) fn tag(text: &str) -> Option<Tag<'_>> {
    let inside = text.strip_prefix('<')?;
    let closes = inside.starts_with('/');
    let inside = &inside[usize::from(closes)..];
    if !inside.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || b"-_.".contains(b);
    let name = &inside[..inside.bytes().take_while(|b| is_name(b)).count()];
    let rest = &inside[name.len()..];
    let end = memchr::memchr2(b'<', b'>', rest.as_bytes())?;
    let attributes = &rest[..end];
    let is_tag = rest.as_bytes()[end] == b'>'
        && (attributes.is_empty() || attributes.starts_with(|c: char| c.is_ascii_whitespace() || c == '/'));
    is_tag.then(|| Tag { name, closes, attributes, len: 1 + usize::from(closes) + name.len() + end + 1 })
}

/// Attributes in order: names as written, values without their quotation marks.
pub(super) fn attributes(mut rest: &str) -> Vec<(&str, &str)> {
    let mut all = Vec::new();
    while let Some(n) = rest.find(|c: char| c.is_ascii_alphabetic()) {
        rest = &rest[n..];
        let len = rest.find(|c: char| c == '=' || c.is_ascii_whitespace()).unwrap_or(rest.len());
        let (name, after) = rest.split_at(len);
        rest = after.trim_ascii_start();
        let Some(after) = rest.strip_prefix('=') else {
            continue;
        };
        let after = after.trim_ascii_start();
        let value = match after.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => after[1..].split(char::from(*quote)).next().unwrap_or_default(),
            _ => after.split_ascii_whitespace().next().unwrap_or_default(),
        };
        all.push((name, value));
        let used = value.len() + if after.starts_with(['"', '\'']) { 2 } else { 0 };
        rest = after.get(used.min(after.len())..).unwrap_or_default();
    }
    all
}

/// Whether content begins like news in SGML, after white space, comments and declarations:
/// `<REUTERS` with attributes, `<DOC` with an `id`, or `<DOC>` with an element in its header that
/// names or holds the article. `None` if what follows decides, and `content` is not the `whole` of it.
pub(super) fn begins(content: &[u8], whole: bool) -> Option<bool> {
    let mut rest = &content[..content.len().min(LOOKED_AT)];
    let unknown = (whole || content.len() >= LOOKED_AT).then_some(false);
    loop {
        rest = rest.trim_ascii_start();
        let end: &[u8] = match rest {
            [b'<', b'!', b'-', b'-', ..] => b"-->",
            [b'<', b'!' | b'?', ..] => b">",
            _ => break,
        };
        match memchr::memmem::find(rest, end) {
            Some(n) => rest = &rest[n + end.len()..],
            None => return unknown,
        }
    }
    // Nearly all content is something else, which its first byte shows: the check of all of it is spared.
    if !rest.starts_with(b"<") {
        return if rest.is_empty() { unknown } else { Some(false) };
    }
    let text = rest.utf8_chunks().next().map_or("", |c| c.valid());
    let Some(first) = tag(text).filter(|t| !t.closes) else {
        let is_whole = memchr::memchr2(b'<', b'>', rest.get(1..).unwrap_or_default()).is_some();
        return if is_whole { Some(false) } else { unknown };
    };
    let named = |names: &[&str]| {
        attributes(first.attributes)
            .iter()
            .any(|(n, _)| names.iter().any(|name| n.eq_ignore_ascii_case(name)))
    };
    if first.name.eq_ignore_ascii_case("reuters") {
        return Some(named(&["newid", "oldid", "topics", "lewissplit"]));
    }
    if !first.name.eq_ignore_ascii_case("doc") {
        return Some(false);
    }
    if named(&["id", "docid", "docno"]) {
        return Some(true);
    }
    let header = ["docno", "docid", "headline", "dochdr"];
    let next = tag(text[first.len..].trim_ascii_start());
    next.map(|t| header.iter().any(|name| t.name.eq_ignore_ascii_case(name))).or(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_attributes() {
        let found = tag("<DOC id=\"A 1\" type='story' >rest").expect("a tag");
        assert_eq!((found.name, found.closes, found.len), ("DOC", false, 28));
        assert_eq!(attributes(found.attributes), [("id", "A 1"), ("type", "story")]);
        assert_eq!(attributes(" a=b c d = \"e"), [("a", "b"), ("d", "e")]);
        assert_eq!(tag("</P>").map(|t| (t.name, t.closes, t.len)), Some(("P", true, 4)));
        for none in ["< P>", "<3>", "<a", "<a <b>", "<a:b>", "a"] {
            assert_eq!(tag(none), None, "{none}");
        }
    }

    #[test]
    fn what_begins_like_news() {
        for news in [
            "<DOC>\n<DOCNO> AP-1 </DOCNO>",
            "\n<!DOCTYPE lewis SYSTEM \"lewis.dtd\">\n<REUTERS TOPICS=\"YES\" NEWID=\"1\">",
            "<DOC id=\"AFP_1\" type=\"story\" >\n<HEADLINE>",
            "<doc id=\"12\" url=\"https://a.example/12\" title=\"A\">\nA\n",
        ] {
            assert_eq!(begins(news.as_bytes(), true), Some(true), "{news}");
        }
        for other in
            ["<doc>\n<assembly>", "<DOCS id=1>", "<reuters>", "text <DOC id=1>", "<!-- <DOC id=1>", ""]
        {
            assert_eq!(begins(other.as_bytes(), true), Some(false), "{other}");
        }
    }
}
