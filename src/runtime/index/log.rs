//! Records one after the other: what was added, with the keys it was added under.
//!
//! The log is what an index consists of; everything else can be made again from it. A record is
//! a header of 12 bytes (length of what follows, checksum of it, number of keys), the keys at 6
//! bytes each, and the content.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use xxhash_rust::xxh3::xxh3_64;

use super::files::{at, read_at, write_at};

const HEADER: usize = 12;
const KEY: usize = 6;
/// Bytes held back before they are written.
const TAIL: usize = 1 << 20;
/// Bytes that most records fit into: read at once.
const GUESS: usize = 2048;

/// Where the bytes of a log stand.
pub(super) struct Log {
    /// Bytes of another log in front of this one, which is not written to.
    older: Option<(File, PathBuf)>,
    /// Bytes of it.
    before: u64,
    file: Option<File>,
    name: Option<PathBuf>,
    /// Makes the file when there is more than fits into memory.
    make: fn() -> io::Result<File>,
    /// Bytes of `older` and of `file`.
    written: u64,
    tail: Vec<u8>,
}

/// One record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Record {
    pub keys: Vec<u64>,
    pub content: Vec<u8>,
}

impl Log {
    /// A log that stands in no folder.
    pub fn nameless() -> Self {
        let make = tempfile::tempfile;
        Self { older: None, before: 0, file: None, name: None, make, written: 0, tail: Vec::new() }
    }

    /// A log in `file`, which stands at `name`, of which `length` bytes count.
    pub fn named(file: File, name: PathBuf, length: u64) -> Self {
        Self { file: Some(file), name: Some(name), written: length, ..Self::nameless() }
    }

    /// Lets this log go on after `length` bytes of `older`.
    pub fn after(mut self, older: Option<(File, PathBuf)>, length: u64) -> Self {
        self.older = older;
        self.before = length;
        self.written += length;
        self
    }

    /// Bytes so far: where the next record will stand.
    pub fn len(&self) -> u64 {
        self.written + self.tail.len() as u64
    }

    /// Appends a record; its place comes back.
    pub fn append(&mut self, keys: &[u64], content: &[u8]) -> io::Result<u64> {
        let place = self.len();
        let start = self.tail.len();
        let length = keys.len() * KEY + content.len();
        self.tail.extend_from_slice(&(length as u32).to_le_bytes());
        self.tail.extend_from_slice(&[0; 4]);
        self.tail.extend_from_slice(&(keys.len() as u32).to_le_bytes());
        for key in keys {
            self.tail.extend_from_slice(&key.to_le_bytes()[..KEY]);
        }
        self.tail.extend_from_slice(content);
        let sum = xxh3_64(&self.tail[start + 8..]) as u32;
        self.tail[start + 4..start + 8].copy_from_slice(&sum.to_le_bytes());
        if self.tail.len() >= TAIL {
            self.flush()?;
        }
        Ok(place)
    }

    /// Writes what was held back.
    pub fn flush(&mut self) -> io::Result<()> {
        if self.tail.is_empty() {
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert((self.make)()?),
        };
        write_at(file, &self.tail, self.written - self.before).map_err(|e| at(self.name.as_deref(), e))?;
        self.written += self.tail.len() as u64;
        self.tail.clear();
        Ok(())
    }

    /// Whether there is a file that has to be written before a checkpoint.
    pub fn file(&self) -> Option<&File> {
        self.file.as_ref()
    }

    /// The record at `place`, and where the next one stands.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] if no whole record stands there.
    pub fn read(&self, place: u64) -> io::Result<(Record, u64)> {
        let older = self.older.as_ref().filter(|_| place < self.before).map(|(_, name)| name);
        self.record(place).map_err(|e| at(older.or(self.name.as_ref()).map(PathBuf::as_path), e))
    }

    fn record(&self, place: u64) -> io::Result<(Record, u64)> {
        let damaged = || {
            let what = format!("there is no whole record at byte {place}");
            io::Error::new(io::ErrorKind::InvalidData, what)
        };
        let mut bytes =
            vec![0; GUESS.min(usize::try_from(self.len().saturating_sub(place)).unwrap_or(GUESS))];
        self.bytes(place, &mut bytes)?;
        let header = bytes.first_chunk::<HEADER>().ok_or_else(damaged)?;
        let number =
            |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let (length, sum, keys) = (number(0) as usize, number(4), number(8) as usize);
        let end = place + (HEADER + length) as u64;
        if end > self.len() || keys.checked_mul(KEY).is_none_or(|k| k > length) {
            return Err(damaged());
        }
        let there = bytes.len().min(HEADER + length);
        bytes.resize(HEADER + length, 0);
        self.bytes(place + there as u64, &mut bytes[there..])?;
        if xxh3_64(&bytes[8..]) as u32 != sum {
            return Err(damaged());
        }
        let content = bytes.split_off(HEADER + keys * KEY);
        let key = |k: &[u8; KEY]| u64::from_le_bytes([k[0], k[1], k[2], k[3], k[4], k[5], 0, 0]);
        let keys = bytes[HEADER..].as_chunks::<KEY>().0.iter().map(key).collect();
        Ok((Record { keys, content }, end))
    }

    /// Fills `to` with the bytes at `place`, wherever they stand.
    fn bytes(&self, place: u64, to: &mut [u8]) -> io::Result<()> {
        let cut = |upto: u64| upto.saturating_sub(place).min(to.len() as u64) as usize;
        let (a, b) = (cut(self.before), cut(self.written));
        let (stored, tail) = to.split_at_mut(b);
        let (first, second) = stored.split_at_mut(a);
        if let (Some((file, _)), false) = (&self.older, first.is_empty()) {
            read_at(file, first, place)?;
        }
        if let (Some(file), false) = (&self.file, second.is_empty()) {
            read_at(file, second, place + a as u64 - self.before)?;
        }
        if !tail.is_empty() {
            let from = (place + b as u64 - self.written) as usize;
            let held = self.tail.get(from..from + tail.len()).ok_or(io::ErrorKind::InvalidData)?;
            tail.copy_from_slice(held);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record() -> impl Strategy<Value = Record> {
        let keys = prop::collection::vec(0u64..1 << 48, 0..30);
        let content = prop_oneof![prop::collection::vec(any::<u8>(), 0..60), Just(vec![7; 5000])];
        (keys, content).prop_map(|(keys, content)| Record { keys, content })
    }

    proptest! {
        #[test]
        fn what_was_appended_is_read(
            records in prop::collection::vec(record(), 1..20),
            flushes in prop::collection::vec(any::<bool>(), 20),
            split in 0usize..20,
        ) {
            let split = split % records.len();
            let mut log = Log::nameless();
            let mut places = Vec::new();
            for (n, r) in records.iter().enumerate() {
                if n == split {
                    log.flush().expect("room");
                    let length = log.len();
                    let older = log.file.take().unwrap_or_else(|| tempfile::tempfile().expect("room"));
                    log = Log::nameless().after(Some((older, PathBuf::new())), length);
                }
                places.push(log.append(&r.keys, &r.content).expect("room"));
                if flushes[n] {
                    log.flush().expect("room");
                }
            }
            places.push(log.len());
            for (n, r) in records.iter().enumerate() {
                let (got, next) = log.read(places[n]).expect("a record");
                prop_assert_eq!(&got, r);
                prop_assert_eq!(next, places[n + 1]);
            }
            prop_assert!(log.read(places[0] + 1).is_err());
            prop_assert!(log.read(log.len()).is_err());
        }
    }
}
