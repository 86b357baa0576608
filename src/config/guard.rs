//! The section `[guard]` of a pipeline file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::guard::{self, Share};
use crate::registry::{Options, OptionsError};

/// Limits on what a run may take out: beyond them a rule has probably gone wrong.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Guard {
    /// Beyond a limit: `stop` the run with exit code 3 and publish nothing, `warn` at its end,
    /// or `off`.
    action: Action,
    /// Share of the documents of one source that one stage may drop, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    max_dropped: f64,
    /// Documents that may be dropped as copies of one kept document; at least 1.
    #[schemars(range(min = 1))]
    max_copies: u64,
    /// Share of the bytes of one source's kept documents that one rule may remove, 0 to 1.
    #[schemars(range(min = 0, max = 1))]
    max_removed: f64,
    /// Documents of a source before which its shares are not judged; at least 1.
    #[schemars(range(min = 1))]
    min_documents: u64,
}

/// What happens beyond a limit.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Action {
    Stop,
    Warn,
    Off,
}

impl Default for Guard {
    fn default() -> Self {
        // A test compares them with those of the run.
        Self {
            action: Action::Stop,
            max_dropped: 0.95,
            max_copies: 100_000,
            max_removed: 0.8,
            min_documents: 1000,
        }
    }
}

/// Reads `[guard]`.
pub fn guard(options: &Options<'_>) -> Result<guard::Guard, OptionsError> {
    let read: Guard = options.read()?;
    let share = |key, value| {
        let message = || OptionsError::at(key, format!("`{key}` has to be a share between 0 and 1"));
        Share::new(value).ok_or_else(message)
    };
    let count = |key, value| match value {
        0 => Err(OptionsError::at(key, format!("`{key}` has to be at least 1"))),
        n => Ok(n),
    };
    Ok(guard::Guard {
        action: match read.action {
            Action::Stop => guard::Action::Stop,
            Action::Warn => guard::Action::Warn,
            Action::Off => guard::Action::Off,
        },
        max_dropped: share("max-dropped", read.max_dropped)?,
        max_copies: count("max-copies", read.max_copies)?,
        max_removed: share("max-removed", read.max_removed)?,
        min_documents: count("min-documents", read.min_documents)?,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_section_and_the_run_have_the_same_defaults() {
        let table = toml_edit::Table::new();
        let read = super::guard(&crate::registry::Options::new(&table)).expect("valid");
        assert_eq!(read, crate::guard::Guard::default());
    }
}
