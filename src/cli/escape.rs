//! Making scraped text safe to look at.

pub use crate::text::visible::{one_line, visible};

/// Bytes that may be anything; those that are no UTF-8 as `\xff`.
pub fn bytes(raw: &[u8]) -> String {
    let mut out = String::with_capacity(raw.len());
    for chunk in raw.utf8_chunks() {
        out.push_str(&visible(chunk.valid()));
        chunk.invalid().iter().for_each(|b| out.push_str(&format!("\\x{b:02x}")));
    }
    out
}
