//! Running a plan over sources: the only module that names tokio or rayon.
//!
//! ```text
//! reader thread ──batches──> rayon job ──> ordered step ──> rayon job ──rows──> writer thread
//!   read, decode,   queue     open, map,    in order         rows        queue   files
//!   segment                   keys
//! ```
//!
//! Small files are read by the workers, ahead of the reader, which adds what they found in order.
//! Batches are cut by input alone and stay in order, so the output does not depend on the
//! number of threads. Three places are bounded: the batch queue, the window of batches in
//! flight and the writer's queue; a budget of bytes bounds all three together.

mod access;
mod batch;
mod card;
mod checkpoint;
mod clock;
mod decide;
mod driver;
mod durable;
mod entries;
mod error;
mod folder;
mod guard;
mod hold;
mod index;
pub mod inline;
mod kept;
mod links;
mod lock;
mod manifest;
pub mod memory;
mod options;
mod output;
#[cfg(feature = "parquet")]
mod parquet;
mod part;
mod pauses;
mod phases;
mod plan;
mod prefix;
pub mod quarantine;
mod reader;
mod reading;
mod record;
pub mod replay;
mod rows;
mod run;
mod seal;
mod setup;
mod shards;
mod small;
pub mod sources;
mod sparse;
mod special;
mod split;
mod spool;
mod stash;
mod steps;
mod stop;
mod store;
mod stream;
pub mod survey;
pub mod table;
mod tally;
mod target;
mod windows;
mod work;
mod writing;

pub use clock::Times;
pub use error::{RunError, lacks_files};
pub use folder::{About, Folder, Format};
pub use index::care;
pub use links::leads_to;
pub use options::{LastingIndex, RunOptions};
pub use output::write_whole;
pub use plan::{Plan, WHOLE_BYTES};
#[doc(hidden)]
pub use record::is_record;
pub use rows::{LedgerRow, QuarantineRow, Row};
pub use run::{Outcome, run};
pub use split::Splits;
pub use steps::StepCount;
pub use stop::Interrupt;
pub use store::is_damage;
pub use tally::{Progress, Report};
pub use target::{Outputs, Target};
pub use writing::Leftovers;
