//! The entries of an archive, each read as a source of its own.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::Arc;

use super::batch::{Item, Place, SourceEnd};
use super::reader::{Reader, Stopped};
use super::stream::Stream;
use crate::formats::archive::{Event, Unpacker};
use crate::formats::bad::{Bad, BadKind};

/// Archives within each other that are read.
const MAX_DEPTH: u8 = 2;
/// Bytes that may come out of the archives in an archive: this, and [`NESTED_RATIO`] times what was
/// read of the outer one before the entry. Otherwise a few kilobytes could unpack for days.
const NESTED_BYTES: u64 = 256 << 20;
const NESTED_RATIO: u64 = 100;
/// Entries whose names are remembered; from then on each name has its number.
const MAX_NAMES: usize = 1 << 20;

/// An archive that is being read.
pub(super) struct Entries {
    unpacker: Box<dyn Unpacker>,
    state: State,
}

/// Where a source stands among archives.
#[derive(Clone, Default)]
pub(super) struct Nest {
    /// Archives that it stands in.
    depth: u8,
    /// Bytes that came out of archives in the outermost one.
    given: Rc<Cell<u64>>,
    /// Bytes that may have come out by now.
    most: u64,
}

struct State {
    /// The archive's own name.
    name: Arc<str>,
    nest: Nest,
    /// It gives more than it may: the rest is passed over.
    over: bool,
    /// The entry under way.
    entry: Option<Box<Stream>>,
    /// Hashes of the names so far: one may come twice.
    names: HashSet<u64>,
    /// Number of the next entry.
    number: u64,
}

impl Entries {
    /// The entries of the archive `name`, which stands where `nest` says.
    pub fn new(name: Arc<str>, nest: Nest, unpacker: Box<dyn Unpacker>) -> Self {
        let state = State { name, nest, over: false, entry: None, names: HashSet::new(), number: 0 };
        Self { unpacker, state }
    }

    fn with(
        &mut self,
        reader: &mut Reader<'_>,
        act: impl FnOnce(&mut dyn Unpacker, &mut dyn FnMut(Event<'_>)),
    ) -> Result<(), Stopped> {
        let Self { unpacker, state } = self;
        if state.over {
            return Ok(());
        }
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
            _ if self.over => Ok(()),
            Event::Begin { name, .. } if self.nest.depth == MAX_DEPTH => {
                let reason = format!("archives within each other are read {MAX_DEPTH} deep");
                tell(self.named(name), BadKind::BadFile.because(reason), reader)
            }
            Event::Begin { name, at } => {
                let name = self.named(name);
                let mut nest = Nest { depth: self.nest.depth + 1, ..self.nest.clone() };
                if self.nest.depth == 0 {
                    nest.most = NESTED_BYTES.saturating_add(at.saturating_mul(NESTED_RATIO));
                }
                self.entry = Some(Box::new(Stream::new(name, nest)));
                Ok(())
            }
            Event::Bytes(bytes) => self.bytes(bytes, reader),
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

    fn bytes(&mut self, mut bytes: &[u8], reader: &mut Reader<'_>) -> Result<(), Stopped> {
        let Some(entry) = &mut self.entry else { return Ok(()) };
        if self.nest.depth > 0 {
            let given = &self.nest.given;
            let left = self.nest.most.saturating_sub(given.get());
            self.over = bytes.len() as u64 > left;
            bytes = &bytes[..bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX))];
            given.set(given.get() + bytes.len() as u64);
        }
        entry.push(bytes, reader)?;
        match self.entry.take_if(|_| self.over) {
            Some(mut entry) => {
                let what = "an archive in an archive that expands without end? Unpack the outer one first";
                entry.damage = Some(BadKind::BadFile.because(what));
                entry.damaged = true;
                entry.finish(reader)
            }
            None => Ok(()),
        }
    }

    /// What rows call an entry: no two alike. A name that was there gets the entry's number, more than once if
    /// another entry is called so.
    fn named(&mut self, entry: &str) -> Arc<str> {
        let mut name = format!("{}!/{entry}", self.name);
        let begin = self.name.len();
        if self.names.len() >= MAX_NAMES {
            let _ = write!(name, "#{}", self.number);
        }
        // Two entries with numbers of their own differ in them; with a name that is remembered they might not.
        while !self.is_new(&name[begin..]) {
            let _ = write!(name, "#{}", self.number);
        }
        self.number += 1;
        name.into()
    }

    fn is_new(&mut self, name: &str) -> bool {
        let hash = xxhash_rust::xxh3::xxh3_64(name.as_bytes());
        if self.names.len() < MAX_NAMES { self.names.insert(hash) } else { !self.names.contains(&hash) }
    }
}

/// Notes that a source is damaged.
fn tell(source: Arc<str>, reason: Bad, reader: &mut Reader<'_>) -> Result<(), Stopped> {
    let at = Place { source, format: "", record: 0, range: 0..0 };
    reader.item(&[], |bytes| Item::Damage { at, reason, bytes, len: 0 });
    reader.flush_if_full()
}
