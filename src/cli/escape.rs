//! Making scraped text safe to look at.

pub use crate::text::visible::visible;

/// `text` on one line: line feeds and tabs are shown by their code too.
pub fn one_line(text: &str) -> String {
    visible(text).replace('\n', "\\u{a}").replace('\t', "\\u{9}")
}

/// Bytes that may be anything; those that are no UTF-8 as `\xff`.
pub fn bytes(raw: &[u8]) -> String {
    let mut out = String::with_capacity(raw.len());
    for chunk in raw.utf8_chunks() {
        out.push_str(&visible(chunk.valid()));
        chunk.invalid().iter().for_each(|b| out.push_str(&format!("\\x{b:02x}")));
    }
    out
}
