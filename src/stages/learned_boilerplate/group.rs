//! Which documents belong together.

use std::borrow::Cow;

use regex::Regex;
use serde::Deserialize;

use crate::document::Document;
use crate::learn::site::{Place, folder};

/// What belongs together.
#[derive(Debug, Clone)]
pub enum Grouping {
    /// The host of a document's URL; without one its source, or the source's folder.
    Auto,
    /// The host of its URL without the names of single machines; otherwise like `Auto`.
    Site,
    /// Its source.
    File,
    /// The folder of its source.
    Directory,
    /// Everything.
    All,
    /// What the first group of a pattern captures in its URL, or else in its source.
    Pattern(Regex),
}

impl Grouping {
    /// Reads the option.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        Ok(match text {
            "auto" => Self::Auto,
            "site" => Self::Site,
            "file" => Self::File,
            "directory" => Self::Directory,
            "all" => Self::All,
            _ if text.contains('(') => {
                let pattern = Regex::new(text).map_err(|e| format!("`group` is no pattern: {e}"))?;
                if pattern.captures_len() < 2 {
                    return Err(
                        "`group` has to capture the name of the group: `^https://([^/]+)/`".to_owned()
                    );
                }
                Self::Pattern(pattern)
            }
            _ => {
                return Err("`group` is \"auto\", \"site\", \"file\", \"directory\", \"all\" or a pattern \
                            with a capture such as `^https://([^/]+)/`"
                    .to_owned());
            }
        })
    }

    /// The name of a document's group; empty if its source tells.
    pub fn of(&self, doc: &Document) -> String {
        let source = &*doc.origin.source;
        match self {
            Self::Auto => url(doc.meta()).as_deref().and_then(host).unwrap_or_default(),
            Self::Site => {
                url(doc.meta()).as_deref().and_then(host).map_or(String::new(), |h| site(&h).to_owned())
            }
            Self::File => source.to_owned(),
            Self::Directory => folder(source).to_owned(),
            Self::All => "*".to_owned(),
            Self::Pattern(pattern) => {
                let url = url(doc.meta());
                let captured = |text| Some(pattern.captures(text)?.get(1)?.as_str().to_owned());
                url.as_deref().and_then(captured).or_else(|| captured(source)).unwrap_or_default()
            }
        }
    }
}

/// The place of a document in a group with this name.
pub fn place<'a>(name: &'a str, doc: &'a Document) -> Place<'a> {
    if name.is_empty() { Place::Source(&doc.origin.source) } else { Place::Group(name) }
}

/// The URL that `meta` states.
fn url(meta: &str) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Meta<'a> {
        #[serde(borrow)]
        url: Option<Cow<'a, str>>,
    }
    if meta.len() < 4 {
        return None;
    }
    serde_json::from_str::<Meta<'_>>(meta).ok()?.url
}

/// The host in a URL, lower case, without `www.`.
fn host(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let host = rest.split(['/', '?', '#', ':']).next()?.to_lowercase();
    (!host.is_empty()).then(|| host.trim_start_matches("www.").to_owned())
}

/// The last two names of a host, or three if the last two are short as in `co.uk`.
fn site(host: &str) -> &str {
    let dots: Vec<usize> = host.rmatch_indices('.').map(|(at, _)| at).take(3).collect();
    let is_address = host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    match dots.as_slice() {
        _ if is_address => host,
        [_, second, third] if host.len() - second <= 7 && dots[0] - second <= 4 => &host[third + 1..],
        [_, second] if host.len() - second <= 7 && dots[0] - second <= 4 => host,
        [_, second, ..] => &host[second + 1..],
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::{host, site, url};

    #[test]
    fn hosts() {
        let of = |meta: &str| url(meta).as_deref().and_then(host).unwrap_or_default();
        assert_eq!(of(r#"{"url":"https://www.News.example:80/a?b"}"#), "news.example");
        assert_eq!(of(r#"{"x":[1,{}],"url":"https:\/\/a.b"}"#), "a.b");
        assert_eq!(of(r#"{"url":"news"}"#), "");
        assert_eq!(of(r#"{"url":7}"#), "");
        assert_eq!(of("{}"), "");
    }

    #[test]
    fn sites() {
        for (host, want) in [
            ("news.example", "news.example"),
            ("edition.news.example", "news.example"),
            ("a.b.bbc.co.uk", "bbc.co.uk"),
            ("bbc.co.uk", "bbc.co.uk"),
            ("10.0.0.1", "10.0.0.1"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(site(host), want);
        }
    }
}
