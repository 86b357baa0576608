//! Which documents belong together.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::Document;

/// What belongs together.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Grouping {
    /// The host of a document's URL; without one, its source.
    Auto,
    /// The folder of its source.
    Directory,
    /// Everything.
    All,
}

impl Grouping {
    /// The name of a document's group.
    pub fn of(self, doc: &Document) -> String {
        let source = &*doc.origin.source;
        match self {
            Self::Auto => host(doc.meta()).unwrap_or_else(|| source.to_owned()),
            Self::Directory => source.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned(),
            Self::All => "*".to_owned(),
        }
    }
}

/// The host in the URL that `meta` states.
fn host(meta: &str) -> Option<String> {
    if meta.len() < 4 {
        return None;
    }
    let meta: serde_json::Value = serde_json::from_str(meta).ok()?;
    let rest = meta.get("url")?.as_str()?.split_once("://")?.1;
    let host = rest.split(['/', '?', '#', ':']).next()?.to_lowercase();
    (!host.is_empty()).then(|| host.trim_start_matches("www.").to_owned())
}

#[cfg(test)]
mod tests {
    use super::host;

    #[test]
    fn hosts() {
        let of = |meta: &str| host(meta).unwrap_or_default();
        assert_eq!(of(r#"{"url":"https://www.News.example:80/a?b"}"#), "news.example");
        assert_eq!(of(r#"{"url":"news"}"#), "");
        assert_eq!(of("{}"), "");
    }
}
