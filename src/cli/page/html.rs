//! Writing HTML: every text goes through [`Html::text`] or an attribute, and is escaped there.

use super::super::escape::visible;

/// HTML under way.
#[derive(Debug, Default)]
pub(super) struct Html {
    out: String,
}

/// Attributes of an element, in order.
pub(super) type Attributes<'a> = &'a [(&'a str, &'a str)];

/// Elements that have no end tag.
const VOID: &[&str] = &["meta", "input", "br"];

impl Html {
    /// Begins an element.
    pub fn open(&mut self, tag: &str, attributes: Attributes<'_>) -> &mut Self {
        self.out.push('<');
        self.out.push_str(tag);
        for (name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            self.escaped(value, true);
            self.out.push('"');
        }
        self.out.push('>');
        self
    }

    /// Ends an element.
    pub fn close(&mut self, tag: &str) -> &mut Self {
        self.out.push_str("</");
        self.out.push_str(tag);
        self.out.push('>');
        self
    }

    /// An element with nothing but text in it.
    pub fn leaf(&mut self, tag: &str, attributes: Attributes<'_>, text: &str) -> &mut Self {
        self.open(tag, attributes);
        if VOID.contains(&tag) {
            return self;
        }
        self.text(text).close(tag)
    }

    /// An element with what `inside` writes.
    pub fn within(
        &mut self,
        tag: &str,
        attributes: Attributes<'_>,
        inside: impl FnOnce(&mut Self),
    ) -> &mut Self {
        self.open(tag, attributes);
        inside(self);
        self.close(tag)
    }

    /// Text of anyone. What would act on the reader is shown by its code.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.escaped(text, false);
        self
    }

    /// Scraped text on its own: its direction is its own, and nobody knows its language.
    pub fn scraped(&mut self, tag: &str, class: &str, text: &str) -> &mut Self {
        self.leaf(tag, &[("class", class), ("dir", "auto"), ("lang", ""), ("translate", "no")], text)
    }

    /// What is HTML already: only files of this module.
    pub fn trusted(&mut self, html: &'static str) -> &mut Self {
        self.out.push_str(html);
        self
    }

    /// A line feed, so that the file can be read.
    pub fn line(&mut self) -> &mut Self {
        self.out.push('\n');
        self
    }

    /// Bytes so far.
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// The whole.
    pub fn finish(self) -> String {
        self.out
    }

    fn escaped(&mut self, text: &str, quoted: bool) {
        for c in visible(text).chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' if quoted => self.out.push_str("&quot;"),
                c => self.out.push(c),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_scraped_is_markup(text in "[<>&\"' a-z/=!\\-\u{0}\u{1b}\u{202e}\u{2028}é]{0,80}") {
            let mut html = Html::default();
            html.leaf("p", &[("title", &text)], &text);
            let out = html.finish();
            let (head, inner) = out.split_once("\">").expect("one start tag");
            let quoted = &head["<p title=\"".len()..];
            prop_assert!(!quoted.contains(['"', '<', '>']), "{}", quoted);
            let inner = inner.strip_suffix("</p>").expect("one end tag");
            let acts = ['<', '>', '\0', '\u{1b}', '\u{202e}', '\u{2028}'];
            prop_assert!(!inner.contains(acts), "{}", inner);
            // Each ampersand is one of ours.
            for after in inner.split('&').skip(1) {
                prop_assert!(["amp;", "lt;", "gt;"].iter().any(|e| after.starts_with(e)), "{}", after);
            }
        }
    }
}
