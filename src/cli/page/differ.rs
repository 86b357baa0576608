//! Two texts as one, with what differs marked.

use similar::{ChangeTag, TextDiff};

use super::html::Html;

/// What differs in one place.
#[derive(Default)]
struct Change {
    old: String,
    new: String,
    /// White space behind it, which both have.
    space: String,
}

/// Writes `new` with what it has beside `old` inserted, and what it lacks struck.
pub(super) fn write(html: &mut Html, old: &str, new: &str) {
    html.open("div", &[("class", "diff"), ("dir", "auto"), ("lang", ""), ("translate", "no")]);
    let diff = TextDiff::from_words(old, new);
    let mut change = Change::default();
    for part in diff.iter_all_changes() {
        let text: &str = part.value();
        match part.tag() {
            // Words that change next to each other read better as a phrase.
            ChangeTag::Equal if change.is_open() && text.trim().is_empty() => change.space.push_str(text),
            ChangeTag::Equal => {
                change.flush(html);
                html.text(text);
            }
            tag => change.add(tag, text),
        }
    }
    change.flush(html);
    html.close("div").line();
}

impl Change {
    fn is_open(&self) -> bool {
        !self.old.is_empty() || !self.new.is_empty()
    }

    fn add(&mut self, tag: ChangeTag, text: &str) {
        let space = std::mem::take(&mut self.space);
        self.old.push_str(&space);
        self.new.push_str(&space);
        let side = if tag == ChangeTag::Delete { &mut self.old } else { &mut self.new };
        side.push_str(text);
    }

    fn flush(&mut self, html: &mut Html) {
        let Self { old, new, space } = std::mem::take(self);
        for (tag, text) in [("del", old), ("ins", new)] {
            if !text.is_empty() {
                html.leaf(tag, &[], &text);
            }
        }
        html.text(&space);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(old: &str, new: &str) -> String {
        let mut html = Html::default();
        write(&mut html, old, new);
        let html = html.finish();
        html[html.find('>').expect("a tag") + 1..].replace("</div>\n", "")
    }

    #[test]
    fn words_side_by_side_are_one_change() {
        assert_eq!(diff("a b c d", "a x y d"), "a <del>b c</del><ins>x y</ins> d");
        assert_eq!(diff("a <b>", "a <i>"), "a <del>&lt;b&gt;</del><ins>&lt;i&gt;</ins>");
        assert_eq!(diff("same", "same"), "same");
        assert_eq!(diff("", "new"), "<ins>new</ins>");
    }
}
