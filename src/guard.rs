//! How much a run may take out before it is stopped: limits against a rule gone wrong.

use std::fmt;

/// What happens when a limit is exceeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The run ends, and nothing of it is published.
    Stop,
    /// The run goes on, and says so at its end.
    Warn,
    /// Nothing is counted.
    Off,
}

/// A share of a whole, in millionths: counts are compared with it exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share(u32);

const WHOLE: u32 = 1_000_000;

impl Share {
    /// `share` of 1, rounded to millionths; `None` unless it is 0 to 1.
    pub fn new(share: f64) -> Option<Self> {
        (0.0..=1.0).contains(&share).then(|| Self((share * f64::from(WHOLE)).round() as u32))
    }

    /// Whether `part` of `whole` is more than this share.
    pub fn is_exceeded(self, part: u64, whole: u64) -> bool {
        u128::from(part) * u128::from(WHOLE) > u128::from(whole) * u128::from(self.0)
    }
}

/// In percent.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 10_000, self.0 % 10_000);
        let rest = format!(".{rest:04}");
        write!(f, "{whole}{} %", rest.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// The limits of a run. `docs/reliability.md` says what is counted and when it is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// What happens beyond them.
    pub action: Action,
    /// Share of the documents of one source that one stage may drop.
    pub max_dropped: Share,
    /// Documents that may be dropped as copies of one kept document.
    pub max_copies: u64,
    /// Share of the bytes of the kept documents of one source that one rule may remove.
    pub max_removed: Share,
    /// Documents of a source before which its shares are not judged; at least 1.
    pub min_documents: u64,
}

impl Guard {
    /// No limits.
    pub fn off() -> Self {
        Self { action: Action::Off, ..Self::default() }
    }
}

impl Default for Guard {
    fn default() -> Self {
        Self {
            action: Action::Stop,
            max_dropped: Share(950_000),
            max_copies: 100_000,
            max_removed: Share(800_000),
            min_documents: 1000,
        }
    }
}

/// In one line, for people.
impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let action = match self.action {
            Action::Stop => "stop",
            Action::Warn => "warn",
            Action::Off => return f.write_str("off"),
        };
        write!(
            f,
            "{action} if a stage drops more than {} of a source, one document has more than {} copies, or a \
             rule removes more than {} of the text; from {} documents on",
            self.max_dropped, self.max_copies, self.max_removed, self.min_documents
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_exact_and_in_percent() {
        let share = |s| Share::new(s).expect("a share");
        for (s, shown) in
            [(0.0, "0 %"), (0.95, "95 %"), (0.5005, "50.05 %"), (0.000_001, "0.0001 %"), (1.0, "100 %")]
        {
            assert_eq!(share(s).to_string(), shown);
        }
        assert!(!share(0.95).is_exceeded(950, 1000) && share(0.95).is_exceeded(951, 1000));
        assert!(!share(1.0).is_exceeded(u64::MAX, u64::MAX));
        assert!(share(0.999_999).is_exceeded(u64::MAX, u64::MAX));
        assert!(share(0.0).is_exceeded(1, u64::MAX) && !share(0.0).is_exceeded(0, 1));
        for wrong in [-0.1, 1.01, f64::NAN, f64::INFINITY] {
            assert_eq!(Share::new(wrong), None);
        }
    }
}
