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

/// Whether a line begins with two characters of drawing, as banners do.
pub fn starts_drawn(line: &[u8]) -> bool {
    line.trim_ascii().iter().take_while(|b| is_drawing(b)).count() >= 2
}

/// Whether banners are drawn with it.
fn is_drawing(b: &u8) -> bool {
    matches!(b, b'=' | b'-' | b'*' | b'#' | b'+' | b'~' | b'_' | b'<' | b'>' | b'[' | b' ')
}

/// A line that announces an article: drawing or a label, then an address or a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Banner<'a> {
    /// Equal for all banners of one kind.
    pub key: u64,
    /// The address, if it holds one.
    pub url: Option<&'a str>,
}

/// Reads a banner: `=== URL`, `--- 12 ---`, `URL: https://…`, or an address alone.
pub fn banner(line: &[u8]) -> Option<Banner<'_>> {
    let line = line.trim_ascii();
    if line.len() < 5 || line.len() > 2000 {
        return None;
    }
    let drawn = line.iter().take_while(|b| is_drawing(b)).count();
    let rest = &line[drawn..];
    // Few lines have a colon: no need for anything that takes time to set up.
    if let Some(at) = memchr::memchr_iter(b':', rest).find(|at| rest[*at..].starts_with(b"://")) {
        let scheme = rest[..at].iter().rev().take_while(|b| b.is_ascii_alphabetic()).count();
        let before = &rest[..at - scheme];
        let after = &rest[at..];
        let len = after.iter().position(|b| b.is_ascii_whitespace() || b"<>\"]".contains(b));
        let url = &rest[at - scheme..at + len.unwrap_or(after.len())];
        let tail = &rest[at + len.unwrap_or(after.len())..];
        // A label before the address may be a word or two; nothing but drawing may follow.
        let label = before.len() <= 16 && !before.iter().any(|b| b".,!?".contains(b));
        let bare = tail.iter().all(|b| is_drawing(b) || *b == b']');
        let drawn_or_labelled = drawn >= 2 || before.trim_ascii_end().ends_with(b":") || before.is_empty();
        if scheme >= 3 && label && bare && drawn_or_labelled {
            let key = xxh3_64(&[&line[..drawn], b"\0", before].concat());
            return Some(Banner { key, url: std::str::from_utf8(url).ok() });
        }
        return None;
    }
    // `=== article 12 ===`: the same words, another number each time.
    if drawn >= 3 && rest.len() <= 60 && rest.iter().any(u8::is_ascii_digit) {
        let mut shape = line[..drawn].to_vec();
        for &b in rest {
            match b {
                b'0'..=b'9' if shape.last() == Some(&b'0') => {}
                b'0'..=b'9' => shape.push(b'0'),
                _ => shape.push(b),
            }
        }
        return Some(Banner { key: xxh3_64(&shape), url: None });
    }
    None
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
    fn banners() {
        let url = |s: &'static str| banner(s.as_bytes()).and_then(|b| b.url);
        assert_eq!(url("=== https://a.example/1"), Some("https://a.example/1"));
        assert_eq!(url("--- http://a.example/x ---"), Some("http://a.example/x"));
        assert_eq!(url("URL: http://a.example/x"), Some("http://a.example/x"));
        assert_eq!(url("https://a.example/x"), Some("https://a.example/x"));
        assert_eq!(url("See https://a.example/x for more"), None);
        assert!(banner(b"=== article 12 ===").is_some());
        assert_eq!(banner(b"=== article 12 ==="), banner(b"=== article 7 ==="));
        assert!(banner(b"=== Judiciary under fire ===").is_none());
        assert!(banner(b"- 12 apples").is_none());
    }
}
