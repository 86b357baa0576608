//! Where kept rows go: one output, or a folder of shards.

use std::path::PathBuf;

use super::checkpoint::folder_of;
use super::durable;
use super::error::RunError;
use super::output::{Output, Place};
use super::record::{Extent, Record, Shelf};
use super::seal::Means;
use super::shards::Shards;
use super::stop::Stop;
use super::tally::Report;
use super::target::Target;
use super::work::Piece;

pub(super) enum Kept {
    One(Output),
    Shards(Box<Shards>),
}

impl Kept {
    /// Opens the target; nothing appears under its name yet. It goes on where `record` says,
    /// or starts empty; runs with checkpoints have a `digest`.
    pub fn open(
        target: &Target,
        record: Option<&Record>,
        digest: Option<&str>,
        stop: &Stop,
    ) -> Result<Self, RunError> {
        if let Target::Folder(folder) = target {
            return Shards::open(folder, record, digest).map(|s| Self::Shards(Box::new(s)));
        }
        let lasting = digest.is_some();
        let place = if lasting { Place::Folder } else { Place::Beside };
        let extent = record.and_then(|r| r.outputs.first());
        if let (Some(extent), true) = (extent, record.is_some_and(|r| r.finished)) {
            return Output::reopen_finished(target, place, extent).map(Self::One);
        }
        let rows: Option<PathBuf> = target.regular().map(|path| folder_of(&path).join("rows"));
        if let Some(rows) = rows.filter(|r| record.is_none() && r.is_dir()) {
            // An earlier run to a folder of that name left it.
            durable::remove_tree(&rows).map_err(|e| RunError::output(&rows, e))?;
        }
        let mut out = Output::open(target, place, lasting, stop)?;
        match (out.is_part(), record) {
            (true, Some(_)) => out.go_on(extent.unwrap_or(&Extent::nothing()))?,
            _ => out.start()?,
        }
        Ok(Self::One(out))
    }

    /// Writes the rows of a batch, packed already.
    pub fn write(&mut self, pieces: &[Piece]) -> Result<(), RunError> {
        match self {
            Self::One(out) => pieces.iter().try_for_each(|piece| out.write(&piece.bytes)),
            Self::Shards(shards) => shards.write(pieces),
        }
    }

    /// Brings everything written so far to the disk, and says what that is.
    pub fn settle(&mut self) -> Result<(Option<Extent>, Option<Shelf>), RunError> {
        match self {
            Self::One(out) => Ok((out.settle()?, None)),
            Self::Shards(shards) => Ok((None, Some(shards.settle()?))),
        }
    }

    /// Files of rows in a folder, those under way included.
    pub fn shards(&self) -> u64 {
        match self {
            Self::One(_) => 0,
            Self::Shards(shards) => shards.count(),
        }
    }

    /// All rows are there.
    pub fn complete(&mut self) -> Result<(), RunError> {
        match self {
            Self::One(out) => out.complete(),
            Self::Shards(shards) => shards.complete(),
        }
    }

    /// Whether rows wait to be made into what was asked for.
    pub fn is_spooled(&self) -> bool {
        matches!(self, Self::Shards(shards) if shards.is_spooled())
    }

    /// Makes of all rows what was asked for, where that is not done while they come; whether it
    /// came to its end.
    pub fn seal(&mut self, means: Means<'_>) -> Result<bool, RunError> {
        match self {
            Self::One(_) => Ok(true),
            Self::Shards(shards) => shards.seal(means),
        }
    }

    /// Says beside the rows what they are, where there is a place for it.
    pub fn describe(&mut self, report: &Report) -> Result<(), RunError> {
        match self {
            Self::One(_) => Ok(()),
            Self::Shards(shards) => shards.describe(report),
        }
    }

    /// The rows go when this does.
    pub fn discard(&mut self) {
        match self {
            Self::One(out) => out.discard(),
            Self::Shards(shards) => shards.discard(),
        }
    }

    /// Makes everything durable and visible.
    pub fn publish(self) -> Result<(), RunError> {
        match self {
            Self::One(out) => out.publish(),
            Self::Shards(shards) => shards.publish(),
        }
    }
}
