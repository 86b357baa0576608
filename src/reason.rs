//! Why something was removed, moved or rewritten.

use std::fmt;

/// A named cause, declared once as a constant by the stage that uses it.
///
/// Displayed as `stage/code`, the form used in the ledger, the report and `explain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// Name of the declaring stage, kebab-case.
    pub stage: &'static str,
    /// Code within the stage, kebab-case.
    pub code: &'static str,
    /// One line for people.
    pub summary: &'static str,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.stage, self.code)
    }
}

/// What a stage saw that made it act.
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// The line equals an earlier line of the same document (index into its lines).
    EqualsLine(u32),
    /// The line matches an entry or a rule of a table, named here.
    Entry(String),
    /// A measured value against a limit, in words: `"12 words, limit 50"`.
    Measure(String),
    /// A score below a limit, both in thousandths. Not in words, which most runs would never read.
    Score {
        /// Of the line.
        score: i32,
        /// That it would need.
        limit: i32,
    },
    /// Many documents of a group have the line.
    Common {
        /// Documents that have it.
        documents: u32,
        /// Documents of the group.
        of: u64,
        /// Those that have it, near copies counted once.
        distinct: u64,
        /// Those that have it among documents in a row, this one among them, and how many these are.
        near: [u64; 2],
    },
    /// The line stands in an earlier document.
    Elsewhere {
        /// `id` of that document.
        id: DocId,
        /// Index into its lines.
        line: u32,
    },
    /// The document duplicates a kept one.
    Witness {
        /// `id` of the kept document.
        id: DocId,
        /// Verified similarity, 0 to 1.
        similarity: f64,
    },
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // People count lines from 1.
            Self::EqualsLine(i) => write!(f, "line equals line {}", i + 1),
            Self::Entry(s) | Self::Measure(s) => f.write_str(s),
            Self::Score { score, limit } => {
                let [score, limit] = [score, limit].map(|n| f64::from(*n) / 1000.0);
                write!(f, "score {score:.3}, limit {limit:.3}")
            }
            Self::Common { documents, of, distinct, near: [near, around] } => {
                write!(
                    f,
                    "in {documents} of {of} documents, {distinct} distinct; in {near} of {around} around it"
                )
            }
            Self::Elsewhere { id, line } => write!(f, "line {} of {id} has it", line + 1),
            Self::Witness { id, similarity } if *similarity >= 1.0 => write!(f, "copy of {id}"),
            Self::Witness { id, similarity } => write!(f, "like {id}, similarity {similarity:.3}"),
        }
    }
}

/// Identity of a document: 128 bits, shown as 32 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct DocId(pub u128);

impl fmt::Display for DocId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}
