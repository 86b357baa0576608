//! WAT: metadata of pages as JSON. Its text is the descriptions that the page states itself.

use memchr::memmem;
use serde::Deserialize;

/// What a page says of itself.
#[derive(Debug, Default)]
pub(super) struct Stated {
    pub title: String,
    /// Its descriptions, each once.
    pub text: String,
}

/// Whether a block may hold a description; most do not.
pub(super) fn may_have_text(block: &[u8]) -> bool {
    memmem::find(block, b"HTML-Metadata")
        .is_some_and(|at| memmem::find(&block[at..], b"escription").is_some())
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Wat {
    #[serde(rename = "Envelope")]
    envelope: Envelope,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Envelope {
    #[serde(rename = "Payload-Metadata")]
    payload: Payload,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Payload {
    #[serde(rename = "HTTP-Response-Metadata")]
    response: Response,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Response {
    #[serde(rename = "HTML-Metadata")]
    html: Html,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Html {
    #[serde(rename = "Head")]
    head: Head,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Head {
    #[serde(rename = "Title")]
    title: String,
    #[serde(rename = "Metas")]
    metas: Vec<Meta>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Meta {
    name: String,
    property: String,
    content: String,
}

/// Reads a block.
pub(super) fn read(block: &[u8]) -> Result<Stated, serde_json::Error> {
    let Wat { envelope } = serde_json::from_slice(block)?;
    let Head { title, metas } = envelope.payload.response.html.head;
    let mut stated = Stated { title, text: String::new() };
    let mut last = "";
    for meta in &metas {
        let name = if meta.name.is_empty() { &meta.property } else { &meta.name };
        let is_description = ["description", "og:description", "twitter:description"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known));
        let content = meta.content.trim();
        if is_description && !content.is_empty() && content != last {
            stated.text += if stated.text.is_empty() { "" } else { "\n\n" };
            stated.text += content;
            last = content;
        }
    }
    Ok(stated)
}
