//! A quick look at how a line begins, before patterns are tried on it.

use aho_corasick::{AhoCorasick, Anchored, Input, StartKind};
use regex_syntax::hir::literal::Extractor;

/// Bytes of a beginning that are looked at.
const LENGTH: usize = 6;

/// Lets through every line that a set of patterns could match, and few others.
#[derive(Debug)]
pub(super) struct Gate {
    /// Beginnings in ASCII, in either case; none if some pattern may begin with anything.
    beginnings: Option<AhoCorasick>,
    /// Some pattern begins outside ASCII.
    wide: bool,
}

impl Gate {
    /// A gate for patterns that are matched from the start of a line, in any case.
    pub fn new<'p>(patterns: impl Iterator<Item = &'p str>) -> Self {
        let (mut literals, mut wide, mut open) = (Vec::new(), false, false);
        for pattern in patterns {
            let found = regex_syntax::parse(pattern).ok().map(|hir| Extractor::new().extract(&hir));
            let found = found.and_then(|mut seq| {
                seq.keep_first_bytes(LENGTH);
                seq.literals().map(|l| l.iter().map(|l| l.as_bytes().to_vec()).collect::<Vec<_>>())
            });
            let Some(found) = found.filter(|f| f.iter().all(|l| !l.is_empty())) else {
                open = true;
                break;
            };
            for mut literal in found {
                // Letters outside ASCII have cases that the search below does not know, and one
                // in ASCII has two such relatives: the long s and the Kelvin sign.
                let plain = literal.iter().take_while(|b| b.is_ascii()).count();
                let plain = literal[..plain].iter().position(|b| b"sSkK".contains(b)).unwrap_or(plain);
                wide |= plain == 0;
                literal.truncate(plain);
                if !literal.is_empty() {
                    literals.push(literal);
                }
            }
        }
        let build = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .start_kind(StartKind::Anchored)
            .build(literals);
        Self { beginnings: build.ok().filter(|_| !open), wide }
    }

    /// Whether some pattern could match `line`.
    pub fn lets_pass(&self, line: &str) -> bool {
        let Some(beginnings) = &self.beginnings else {
            return true;
        };
        match line.as_bytes().first() {
            Some(b) if self.wide && (!b.is_ascii() || b"sSkK".contains(b)) => true,
            _ => beginnings.try_find(Input::new(line).anchored(Anchored::Yes)).is_ok_and(|m| m.is_some()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_could_match_pass() {
        let gate =
            Gate::new(["(sign up|subscribe) for .+", "(©|copyright) [0-9]+", "read (more|on).*"].into_iter());
        for line in
            ["Sign up for it", "SUBSCRIBE for", "© 2024", "Copyright 2024", "READ on", "\u{17F}ign up for it"]
        {
            assert!(gate.lets_pass(line), "{line}");
        }
        assert!(!gate.lets_pass("It rained") && !gate.lets_pass("") && !gate.lets_pass("Reader"));
        assert!(Gate::new([".*reserved"].into_iter()).lets_pass("It rained"));
    }
}
