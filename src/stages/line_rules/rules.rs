//! The tests behind the rules of `line-rules`, one function each.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use crate::text::classes::{ends_sentence, words_up_to};

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a tested pattern")
}

static COUNTER: LazyLock<Regex> = LazyLock::new(|| {
    // Without the `$` it would also meet "3 comments from the minister caused an outcry."
    regex(
        r"(?ix)^\W* \d[,.\d]* [kmb]? \s+
          (?:likes|shares|comments|retweets|reposts|quotes|bookmarks|upvotes|downvotes|downloads
            |views|followers) \W*$",
    )
});
static JAVASCRIPT: LazyLock<Regex> = LazyLock::new(|| regex("(?i-u)javascript"));
static POLICY: LazyLock<Regex> = LazyLock::new(|| {
    regex("(?i-u)terms of use|privacy policy|cookie policy|uses cookies|use of cookies|use cookies")
});
static SHORT: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)items in cart|read more(?:\.\.\.|…)\s*$|^\s*sign-in"));
static CITATION: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i-u)\[[0-9]*\]|\[edit\]|\[citation needed\]"));
static LOREM: LazyLock<Regex> = LazyLock::new(|| regex("(?i-u)lorem ipsum"));

/// C4's "terminal punctuation mark", in every script: a full stop, question or exclamation
/// mark, also before closing quotes and brackets; or a closing quotation mark. Dots that
/// trail off do not count.
pub(super) fn is_terminated(line: &str) -> bool {
    let line = line.trim_end();
    let quoted = line.ends_with(['"', '\'', '”', '’', '»', '«', '“', '›', '」', '』']);
    let trails_off = line.ends_with("...") || line.ends_with('…');
    !trails_off && (quoted || ends_sentence(line))
}

/// Characters of the longest word.
pub(super) fn longest_word(line: &str) -> usize {
    line.split_whitespace().map(|w| w.chars().count()).max().unwrap_or(0)
}

/// Share of the characters, not bytes, that are of a kind.
pub(super) fn ratio(line: &str, kind: fn(char) -> bool) -> f64 {
    let (mut all, mut of_kind) = (0u32, 0u32);
    for c in line.trim().chars() {
        all += 1;
        of_kind += u32::from(kind(c));
    }
    f64::from(of_kind) / f64::from(all.max(1))
}

/// "1.2K shares", and nothing else on the line.
pub(super) fn is_counter(line: &str) -> bool {
    line.len() <= 100 && COUNTER.is_match(line)
}

pub(super) fn javascript(line: &str) -> Option<&str> {
    JAVASCRIPT.find(line).map(|m| m.as_str())
}

pub(super) fn policy_phrase(line: &str) -> Option<&str> {
    POLICY.find(line).map(|m| m.as_str())
}

pub(super) fn lorem_ipsum(line: &str) -> bool {
    LOREM.is_match(line)
}

/// The line without the phrases of shops and teasers, if it is short.
pub(super) fn without_short_line_phrases(line: &str) -> Cow<'_, str> {
    if words_up_to(line, 11) > 10 {
        return Cow::Borrowed(line);
    }
    SHORT.replace_all(line, "")
}

/// The line without "[1]", "[edit]" and "[citation needed]".
pub(super) fn without_citations(line: &str) -> Cow<'_, str> {
    CITATION.replace_all(line, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminated() {
        for yes in
            ["He left.", "“He left.”", "He called it “great”", "He left. (AP.)", "»Ja!«", "„Ja“", "走了。」"]
        {
            assert!(is_terminated(yes), "{yes}");
        }
        for no in ["Home", "He left...", "He left…", "Topics:", "(AFP)", ""] {
            assert!(!is_terminated(no), "{no}");
        }
        assert!(is_terminated("“Wait...”"));
    }

    #[test]
    fn counters() {
        for yes in ["1.2K shares", "• 3 comments •", "10,301 Views"] {
            assert!(is_counter(yes), "{yes}");
        }
        for no in ["3 comments from the minister caused an outcry.", "Shares", "3 goals", "fell 3 shares"] {
            assert!(!is_counter(no), "{no}");
        }
    }

    #[test]
    fn ratios_count_characters() {
        assert!((ratio("ÀÉab", char::is_uppercase) - 0.5).abs() < 1e-9);
        assert!(ratio("", char::is_uppercase) < 1e-9);
        assert_eq!(longest_word("naïve ab"), 5);
    }

    #[test]
    fn phrases() {
        assert_eq!(without_short_line_phrases("3 items in cart now"), "3  now");
        assert_eq!(without_short_line_phrases("The flood. Read more..."), "The flood. ");
        assert_eq!(without_short_line_phrases("Read more about it"), "Read more about it");
        assert_eq!(without_short_line_phrases("Please Sign-in"), "Please Sign-in");
        let long = "Sign-in rates rose in all of the nine states last year.";
        assert_eq!(without_short_line_phrases(long), long);
        assert_eq!(without_citations("So[1] it is[edit][citation needed].[]"), "So it is.");
    }
}
