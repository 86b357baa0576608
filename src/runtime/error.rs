//! Why a run came to no good end.

use std::io;
use std::path::Path;

use rustix::io::Errno;

use super::work::Bug;

/// A run that came to no good end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Output cannot be written.
    #[error("cannot write {path}: {error}")]
    Output {
        /// What was written to.
        path: String,
        /// What the system says.
        error: io::Error,
    },
    /// Another process writes the same output.
    #[error("{path} is being written by {}", if holder.is_empty() { "another process" } else { holder })]
    Busy {
        /// The output.
        path: String,
        /// Who writes it, if that is known.
        holder: String,
    },
    /// What an earlier run left is not as it was left.
    #[error("{path} is damaged: {what}")]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// An index cannot be used.
    #[error("cannot use the index {path}: {what}")]
    Index {
        /// Its folder.
        path: String,
        /// Why.
        what: String,
    },
    /// The run is not the one that it should go on with.
    #[error("{0}")]
    Refused(String),
    /// The system refused something that no input can be read without.
    #[error("cannot open {path}: {error}")]
    System {
        /// What was to be opened.
        path: String,
        /// What the system says.
        error: io::Error,
    },
    /// The system gives no more threads.
    #[error("cannot start {}: {error}", threads(*wanted))]
    Thread {
        /// How many were to be started.
        wanted: usize,
        /// What the system says.
        error: io::Error,
    },
    /// A bug in textmill.
    #[error("internal error: {0}")]
    Internal(String),
}

/// Whether the process, or the system, has as many files open as it may.
pub fn lacks_files(error: &io::Error) -> bool {
    let limits = [Errno::MFILE, Errno::NFILE].map(Errno::raw_os_error);
    error.raw_os_error().is_some_and(|code| limits.contains(&code))
}

fn threads(wanted: usize) -> String {
    if wanted == 1 { "a thread".to_owned() } else { format!("{wanted} threads") }
}

impl From<Bug> for RunError {
    fn from(bug: Bug) -> Self {
        Self::Internal(bug.0)
    }
}

impl RunError {
    pub(super) fn output(path: &Path, error: io::Error) -> Self {
        Self::Output { path: path.display().to_string(), error }
    }
}
