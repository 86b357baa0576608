//! What the beginning of a page declares: that it is one, and its encoding.

use crate::formats::after_bom;
use crate::html::attributes::Name;
use crate::html::tag::Tag;
use crate::html::token::{Token, Tokens};

/// Bytes in which an encoding has to be declared; the standard says 1024, pages do not care.
const LOOKED_AT: usize = 8 << 10;

/// Whether content begins like a page: `<!doctype html` or `<html`, after a byte order mark, white
/// space, comments and an XML declaration. `None` if what follows decides, and `content` is not the `whole` of it.
pub(super) fn is_html(content: &[u8], whole: bool) -> Option<bool> {
    let unknown = whole.then_some(false);
    let mut narrow;
    let mut rest = content;
    if !whole && content.first().is_some_and(|b| *b >= 0xFE) {
        return None;
    }
    if matches!(content, [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..]) {
        // UTF-16: the ASCII part of each unit is enough.
        narrow = content[2..].iter().copied().take(4096).collect::<Vec<u8>>();
        narrow.retain(|b| *b != 0);
        rest = &narrow;
    }
    rest = after_bom(rest, whole)?;
    loop {
        rest = rest.trim_ascii_start();
        let end: &[u8] = match rest {
            [b'<', b'!', b'-', b'-', ..] => b"-->",
            [b'<', b'?', ..] => b">",
            _ => break,
        };
        match memchr::memmem::find(rest, end) {
            Some(n) => rest = &rest[n + end.len()..],
            None => return unknown,
        }
    }
    if starts_page(rest) {
        return Some(true);
    }
    let may_begin = rest.first().is_none_or(|b| *b == b'<') && rest.len() < LONGEST_START;
    if may_begin { unknown } else { Some(false) }
}

/// Bytes that tell whether a page begins with them: those of a doctype with eight spaces in it are fewer.
const LONGEST_START: usize = 32;

/// Whether `rest` begins with `<!doctype html` or `<html`, in any case of letters.
pub(super) fn starts_page(rest: &[u8]) -> bool {
    starts_doctype(rest) || starts_tag(rest, b"<html")
}

/// `<!doctype html`, in any case of letters.
pub(super) fn starts_doctype(rest: &[u8]) -> bool {
    let Some((doctype, rest)) = rest.split_at_checked(9) else {
        return false;
    };
    let name = &rest[rest.iter().take(8).take_while(|b| b.is_ascii_whitespace()).count()..];
    doctype.eq_ignore_ascii_case(b"<!doctype") && name.len() < rest.len() && starts_tag(name, b"html")
}

/// `tag`, and the end of a name after it.
pub(super) fn starts_tag(rest: &[u8], tag: &[u8]) -> bool {
    rest.len() > tag.len()
        && rest[..tag.len()].eq_ignore_ascii_case(tag)
        && (rest[tag.len()].is_ascii_whitespace() || matches!(rest[tag.len()], b'>' | b'/'))
}

/// The encoding that a page declares: `<?xml encoding="…"?>`, `<meta charset>`, `<meta
/// http-equiv=content-type content="…; charset=…">`. Bytes that look like UTF-16 without a byte
/// order mark are.
pub(super) fn encoding(bytes: &[u8]) -> Option<String> {
    match bytes {
        [b'<', 0, ..] => return Some("utf-16le".to_owned()),
        [0, b'<', ..] => return Some("utf-16be".to_owned()),
        _ => {}
    }
    let beginning = String::from_utf8_lossy(&bytes[..bytes.len().min(LOOKED_AT)]);
    let declaration = beginning.trim_start_matches('\u{FEFF}').trim_ascii_start();
    if declaration.starts_with("<?xml")
        && let Some(found) = named(declaration.split("?>").next().unwrap_or_default(), "encoding")
    {
        return Some(found);
    }
    let (mut attributes, mut tokens) = (Vec::new(), Tokens::new(&beginning));
    while let Some(token) = tokens.next(&mut attributes) {
        let Token::Start { tag: Tag::Meta, attributes: own, .. } = token else {
            continue;
        };
        for attribute in &attributes[own.start as usize..own.end as usize] {
            let value = &beginning[attribute.value.start as usize..attribute.value.end as usize];
            let found = match attribute.name {
                Name::Charset => Some(value.trim().to_owned()),
                Name::Content => named(value, "charset"),
                _ => None,
            };
            if let Some(found) = found {
                // Who can read this declaration does not read UTF-16.
                let wide = found.to_ascii_lowercase().starts_with("utf-16");
                return Some(if wide { "utf-8".to_owned() } else { found });
            }
        }
    }
    None
}

/// The value in `key=value`, without quotes.
fn named(text: &str, key: &str) -> Option<String> {
    let at = text.to_ascii_lowercase().find(key)?;
    let value = text[at + key.len()..].trim_start().strip_prefix('=')?.trim_start();
    let value = value.trim_start_matches(['"', '\'']);
    let end =
        value.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '?')).unwrap_or(value.len());
    (end > 0).then(|| value[..end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_told_from_other_markup() {
        for page in [
            "<!DOCTYPE html>",
            "\u{FEFF}\n<!-- saved -->\n<!doctype  HTML PUBLIC \"\">",
            "<?xml version=\"1.0\"?><html lang=\"en\">",
            "<HTML>",
        ] {
            assert_eq!(is_html(page.as_bytes(), true), Some(true), "{page}");
        }
        for other in [
            "<DOC>",
            "<REUTERS>",
            "<!DOCTYPE lewis>",
            "<htmlx>",
            "A <html> tag",
            "<!-- <html>",
            "<p>a</p>",
            "",
        ] {
            assert_eq!(is_html(other.as_bytes(), true), Some(false), "{other}");
        }
        let wide: Vec<u8> = "\u{FEFF}<!doctype html>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(is_html(&wide, true), Some(true));
    }

    #[test]
    fn encodings_are_declared_in_several_ways() {
        for (page, want) in [
            ("<meta charset=windows-1251>", Some("windows-1251")),
            ("<META http-equiv='Content-Type' content='text/html; charset=\"gbk\"'>", Some("gbk")),
            ("<?xml version='1.0' encoding='koi8-r'?><html>", Some("koi8-r")),
            ("<meta charset=utf-16>", Some("utf-8")),
            ("<meta name=description content=none><p>", None),
            ("<script>'<meta charset=gbk>'</script>", None),
        ] {
            assert_eq!(encoding(page.as_bytes()).as_deref(), want, "{page}");
        }
    }
}
