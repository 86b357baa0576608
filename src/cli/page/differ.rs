//! Two texts as one, with what differs marked.

use similar::{ChangeTag, TextDiff};

use super::html::Html;

/// Writes `new` with what it has beside `old` inserted, and what it lacks struck.
pub(super) fn write(html: &mut Html, old: &str, new: &str) {
    html.open("div", &[("class", "diff"), ("dir", "auto"), ("lang", ""), ("translate", "no")]);
    let diff = TextDiff::from_words(old, new);
    let mut run = (ChangeTag::Equal, String::new());
    for change in diff.iter_all_changes() {
        if change.tag() != run.0 {
            flush(html, &run);
            run = (change.tag(), String::new());
        }
        run.1.push_str(change.value());
    }
    flush(html, &run);
    html.close("div");
}

fn flush(html: &mut Html, (tag, text): &(ChangeTag, String)) {
    match tag {
        _ if text.is_empty() => html,
        ChangeTag::Equal => html.text(text),
        ChangeTag::Delete => html.leaf("del", &[], text),
        ChangeTag::Insert => html.leaf("ins", &[], text),
    };
}
