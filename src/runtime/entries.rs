//! The entries of an archive, each read as a source of its own.

use std::collections::HashSet;
use std::sync::Arc;

use super::batch::{Item, Place, SourceEnd};
use super::reader::{Reader, Stopped};
use super::stream::Stream;
use crate::formats::archive::{Event, Unpacker};
use crate::formats::bad::{Bad, BadKind};

/// Archives within each other that are read.
const MAX_DEPTH: u8 = 2;
/// Entries whose names are remembered; from then on each name has its number.
const MAX_NAMES: usize = 1 << 20;

/// An archive that is being read.
pub(super) struct Entries {
    unpacker: Box<dyn Unpacker>,
    state: State,
}

struct State {
    /// The archive's own name.
    name: Arc<str>,
    depth: u8,
    /// The entry under way.
    entry: Option<Box<Stream>>,
    /// Hashes of the names so far: one may come twice.
    names: HashSet<u64>,
    /// Number of the next entry.
    number: u64,
}

impl Entries {
    /// The entries of the archive `name`, which stands in `depth` others.
    pub fn new(name: Arc<str>, depth: u8, unpacker: Box<dyn Unpacker>) -> Self {
        Self { unpacker, state: State { name, depth, entry: None, names: HashSet::new(), number: 0 } }
    }

    fn with(
        &mut self,
        reader: &mut Reader<'_>,
        act: impl FnOnce(&mut dyn Unpacker, &mut dyn FnMut(Event<'_>)),
    ) -> Result<(), Stopped> {
        let Self { unpacker, state } = self;
        let mut result = Ok(());
        act(&mut **unpacker, &mut |event| {
            if result.is_ok() {
                result = state.take(event, reader);
            }
        });
        result
    }

    /// Takes the next bytes of the archive.
    pub fn push(&mut self, bytes: &[u8], reader: &mut Reader<'_>) -> Result<(), Stopped> {
        self.with(reader, |unpacker, out| unpacker.push(bytes, out))
    }

    /// What comes next does not continue what came so far.
    pub fn broken(&mut self, reader: &mut Reader<'_>) -> Result<(), Stopped> {
        self.with(reader, |unpacker, out| unpacker.broken(out))
    }

    /// The archive has ended.
    pub fn finish(mut self, reader: &mut Reader<'_>) -> Result<(), Stopped> {
        self.with(reader, |unpacker, out| unpacker.finish(out))?;
        reader.item(&[], |_| Item::End(SourceEnd::default()));
        Ok(())
    }
}

impl State {
    fn take(&mut self, event: Event<'_>, reader: &mut Reader<'_>) -> Result<(), Stopped> {
        match event {
            Event::Begin { name } if self.depth == MAX_DEPTH => {
                let reason = format!("archives within each other are read {MAX_DEPTH} deep");
                tell(self.named(name), BadKind::BadFile.because(reason), reader)
            }
            Event::Begin { name } => {
                let name = self.named(name);
                self.entry = Some(Box::new(Stream::new(name, self.depth + 1)));
                Ok(())
            }
            Event::Bytes(bytes) => match &mut self.entry {
                Some(entry) => entry.push(bytes, reader),
                None => Ok(()),
            },
            Event::End { damage } => {
                let Some(mut entry) = self.entry.take() else { return Ok(()) };
                entry.damaged = damage.is_some();
                entry.damage = damage;
                entry.finish(reader)
            }
            Event::Damage { name, reason } => {
                let name = if name.is_empty() { self.name.clone() } else { self.named(name) };
                tell(name, reason, reader)
            }
        }
    }

    /// What rows call an entry: no two alike.
    fn named(&mut self, entry: &str) -> Arc<str> {
        let number = self.number;
        self.number += 1;
        let is_new =
            self.names.len() < MAX_NAMES && self.names.insert(xxhash_rust::xxh3::xxh3_64(entry.as_bytes()));
        if is_new { format!("{}!/{entry}", self.name) } else { format!("{}!/{entry}#{number}", self.name) }
            .into()
    }
}

/// Notes that a source is damaged.
fn tell(source: Arc<str>, reason: Bad, reader: &mut Reader<'_>) -> Result<(), Stopped> {
    let at = Place { source, format: "", record: 0, range: 0..0 };
    reader.item(&[], |bytes| Item::Damage { at, reason, bytes, len: 0 });
    reader.flush_if_full()
}
