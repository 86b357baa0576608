//! A run: entries in order of their keys, in a file that is written once.
//!
//! ```text
//! header     64 bytes: what follows, how long it is, a checksum
//! blocks     4096 bytes each: up to 340 entries of 12 bytes, their number, a checksum
//! fences     the first key of each block, 8 bytes each, and a checksum
//! filter     see `filter.rs`, and a checksum
//! ```
//!
//! Fences and filter are held in memory; a look-up that passes the filter reads one block.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use xxhash_rust::xxh3::xxh3_64;

use super::Entry;
use super::files::{at, read_at, write_at};
use super::filter::Filter;

const MAGIC: [u8; 8] = *b"TMRUN\0\0\x01";
const HEADER: usize = 64;
const BLOCK: usize = 4096;
const ENTRY: usize = 12;
/// Entries of a block.
const FULL: usize = 340;
/// Bytes written at once.
const CHUNK: usize = 256 * BLOCK;

/// An open run.
pub(super) struct Sorted {
    pub id: u64,
    pub entries: u64,
    /// The log up to here is in this run and those before it.
    pub covered: u64,
    file: File,
    name: Option<PathBuf>,
    fences: Vec<u64>,
    filter: Filter,
}

/// Writes a run.
pub(super) struct Writing {
    file: File,
    at: u64,
    chunk: Vec<u8>,
    block: Vec<Entry>,
    fences: Vec<u64>,
    filter: Filter,
    bits: u32,
    entries: u64,
}

impl Writing {
    /// Into `file`, which is empty; at most `entries` will come, with `bits` of filter each.
    pub fn new(file: File, entries: u64, bits: u32) -> Self {
        Self {
            file,
            at: HEADER as u64,
            chunk: Vec::with_capacity(CHUNK),
            block: Vec::with_capacity(FULL),
            fences: Vec::new(),
            filter: Filter::new(entries, bits),
            bits,
            entries: 0,
        }
    }

    /// The next entry, in order.
    pub fn push(&mut self, entry: Entry) -> io::Result<()> {
        if self.block.is_empty() {
            self.fences.push(entry.key);
        }
        self.block.push(entry);
        self.filter.insert(entry.key);
        self.entries += 1;
        if self.block.len() == FULL { self.end_block() } else { Ok(()) }
    }

    fn end_block(&mut self) -> io::Result<()> {
        let start = self.chunk.len();
        for entry in &self.block {
            self.chunk.extend_from_slice(&entry.key.to_le_bytes()[..6]);
            self.chunk.extend_from_slice(&entry.place.to_le_bytes()[..6]);
        }
        self.chunk.resize(start + BLOCK - 16, 0);
        self.chunk.extend_from_slice(&(self.block.len() as u64).to_le_bytes());
        let sum = xxh3_64(&self.chunk[start..]);
        self.chunk.extend_from_slice(&sum.to_le_bytes());
        self.block.clear();
        if self.chunk.len() >= CHUNK { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> io::Result<()> {
        write_at(&self.file, &self.chunk, self.at)?;
        self.at += self.chunk.len() as u64;
        self.chunk.clear();
        Ok(())
    }

    /// The finished run; it is not on the disk yet.
    pub fn finish(mut self, id: u64, covered: u64) -> io::Result<Sorted> {
        if !self.block.is_empty() {
            self.end_block()?;
        }
        for numbers in [&self.fences, self.filter.words()] {
            let start = self.chunk.len();
            numbers.iter().for_each(|n| self.chunk.extend_from_slice(&n.to_le_bytes()));
            let sum = xxh3_64(&self.chunk[start..]);
            self.chunk.extend_from_slice(&sum.to_le_bytes());
        }
        self.write()?;
        let mut header = MAGIC.to_vec();
        let (fences, words) = (self.fences.len() as u64, self.filter.words().len() as u64);
        for number in [id, self.entries, covered, fences, words, u64::from(self.bits)] {
            header.extend_from_slice(&number.to_le_bytes());
        }
        header.extend_from_slice(&xxh3_64(&header).to_le_bytes());
        write_at(&self.file, &header, 0)?;
        let Self { file, fences, filter, entries, .. } = self;
        Ok(Sorted { id, entries, covered, file, name: None, fences, filter })
    }
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// `count` numbers and their checksum at `at`.
fn numbers(file: &File, at: u64, count: u64) -> io::Result<Vec<u64>> {
    let length = file.metadata()?.len();
    if count.checked_mul(8).and_then(|n| n.checked_add(at + 8)).is_none_or(|end| end > length) {
        return Err(damaged("it is shorter than its header says"));
    }
    let mut bytes = vec![0; count as usize * 8 + 8];
    read_at(file, &mut bytes, at)?;
    let (content, sum) = bytes.split_at(count as usize * 8);
    if xxh3_64(content).to_le_bytes() != *sum {
        return Err(damaged("a checksum does not match"));
    }
    Ok(content.as_chunks::<8>().0.iter().map(|n| u64::from_le_bytes(*n)).collect())
}

impl Sorted {
    /// Opens a finished run and checks what it holds in memory.
    pub fn open(file: File) -> io::Result<Self> {
        let mut header = [0; HEADER];
        read_at(&file, &mut header, 0)?;
        if header[..8] != MAGIC {
            return Err(damaged("it is no run of this version"));
        }
        if xxh3_64(&header[..56]).to_le_bytes() != header[56..] {
            return Err(damaged("the checksum of its header does not match"));
        }
        let number = |n: usize| u64::from_le_bytes(*header[8 * n..].first_chunk().expect("64 bytes"));
        let [id, entries, covered, fences, words, bits] = [1, 2, 3, 4, 5, 6].map(number);
        let at = fences.checked_mul(BLOCK as u64).ok_or_else(|| damaged("its header makes no sense"))?;
        let at = at + HEADER as u64;
        let filter = Filter::over(numbers(&file, at + fences * 8 + 8, words)?, bits as u32);
        let fences = numbers(&file, at, fences)?;
        Ok(Self { id, entries, covered, file, name: None, fences, filter })
    }

    /// The same with the path it stands at, for messages.
    pub fn named(self, name: Option<PathBuf>) -> Self {
        Self { name, ..self }
    }

    pub fn file(&self) -> &File {
        &self.file
    }

    /// Bytes held in memory.
    pub fn resident(&self) -> u64 {
        (self.fences.len() + self.filter.words().len()) as u64 * 8
    }

    /// Hands `each` the places of `key`, in order.
    pub fn find(&self, key: u64, mut each: impl FnMut(u64)) -> io::Result<()> {
        if !self.filter.may_hold(key) {
            return Ok(());
        }
        // The block before the first that begins with the key may end with it.
        let first = self.fences.partition_point(|&fence| fence < key).saturating_sub(1);
        let mut block = [0; BLOCK];
        for n in first..self.fences.len() {
            if self.fences[n] > key {
                break;
            }
            let entries = self.block(n, &mut block)?;
            let from = entries.partition_point(|e| decode(e).key < key);
            entries[from..].iter().map(decode).take_while(|e| e.key == key).for_each(|e| each(e.place));
        }
        Ok(())
    }

    fn block<'b>(&self, n: usize, to: &'b mut [u8; BLOCK]) -> io::Result<&'b [[u8; ENTRY]]> {
        self.read_block(n, to).map_err(|e| at(self.name.as_deref(), e))
    }

    fn read_block<'b>(&self, n: usize, to: &'b mut [u8; BLOCK]) -> io::Result<&'b [[u8; ENTRY]]> {
        read_at(&self.file, to, (HEADER + n * BLOCK) as u64)?;
        let sum = to.last_chunk::<8>().expect("a block is longer");
        if xxh3_64(&to[..BLOCK - 8]).to_le_bytes() != *sum {
            return Err(damaged("the checksum of a block does not match"));
        }
        let count = to[BLOCK - 16] as usize | (to[BLOCK - 15] as usize) << 8;
        to.as_chunks::<ENTRY>().0.get(..count).ok_or_else(|| damaged("a block makes no sense"))
    }

    /// All entries in order, block by block.
    pub fn entries(&self) -> impl Iterator<Item = io::Result<Entry>> + '_ {
        (0..self.fences.len()).flat_map(|n| {
            let mut block = [0; BLOCK];
            let entries = self.block(n, &mut block).map(|e| e.iter().map(decode).collect::<Vec<_>>());
            let (good, bad) = match entries {
                Ok(entries) => (entries, None),
                Err(e) => (Vec::new(), Some(Err(e))),
            };
            good.into_iter().map(Ok).chain(bad)
        })
    }
}

fn decode(entry: &[u8; ENTRY]) -> Entry {
    let number = |n: &[u8]| n.iter().rev().fold(0, |all, &b| all << 8 | u64::from(b));
    Entry { key: number(&entry[..6]), place: number(&entry[6..]) }
}

/// Merges runs, oldest first, into one.
pub(super) fn merge(runs: &[Sorted], file: File, id: u64, bits: u32) -> io::Result<Sorted> {
    let covered = runs.last().map_or(0, |r| r.covered);
    let mut out = Writing::new(file, runs.iter().map(|r| r.entries).sum(), bits);
    let mut heads: Vec<_> = runs.iter().map(|r| r.entries().peekable()).collect();
    loop {
        let (mut least, mut failed): (Option<(Entry, usize)>, _) = (None, None);
        for (n, head) in heads.iter_mut().enumerate() {
            match head.peek() {
                Some(Ok(entry)) if least.is_none_or(|(l, _)| *entry < l) => least = Some((*entry, n)),
                Some(Err(_)) => failed = Some(n),
                _ => {}
            }
        }
        if let Some(Err(e)) = failed.and_then(|n| heads[n].next()) {
            return Err(e);
        }
        let Some((entry, n)) = least else { return out.finish(id, covered) };
        out.push(entry)?;
        heads[n].next();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run(entries: &[Entry], id: u64) -> Sorted {
        let mut writing = Writing::new(tempfile::tempfile().expect("room"), entries.len() as u64, 10);
        entries.iter().for_each(|&e| writing.push(e).expect("room"));
        let written = writing.finish(id, 7).expect("room");
        Sorted::open(written.file.try_clone().expect("a file")).expect("what was written")
    }

    fn entries() -> impl Strategy<Value = Vec<Entry>> {
        let entry = (0u64..300, 0u64..1 << 48).prop_map(|(k, place)| Entry { key: (k * k) << 20, place });
        prop::collection::vec(entry, 0..1500).prop_map(|mut all| {
            all.sort();
            all
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn it_finds_what_it_holds(a in entries(), b in entries()) {
            let (run_a, run_b) = (run(&a, 1), run(&b, 2));
            let merged = merge(&[run_a, run_b], tempfile::tempfile().expect("room"), 3, 8).expect("merged");
            let mut all = [a, b].concat();
            all.sort();
            prop_assert_eq!((merged.id, merged.entries, merged.covered), (3, all.len() as u64, 7));
            for key in (0..300).map(|k| (k * k) << 20).chain([1, (5 << 20) | 1]) {
                let mut got = Vec::new();
                merged.find(key, |place| got.push(place)).expect("readable");
                let want: Vec<_> = all.iter().filter(|e| e.key == key).map(|e| e.place).collect();
                prop_assert_eq!(got, want);
            }
            let got: Result<Vec<_>, _> = merged.entries().collect();
            prop_assert_eq!(got.expect("readable"), all);
        }

        #[test]
        fn damage_is_noticed(all in entries(), at in any::<prop::sample::Index>(), bit in 0u8..8) {
            let whole = run(&all, 1);
            let length = whole.file.metadata().expect("a file").len() as usize;
            let mut bytes = vec![0; length];
            read_at(&whole.file, &mut bytes, 0).expect("readable");
            let at = at.index(length);
            bytes[at] ^= 1 << bit;
            let file = tempfile::tempfile().expect("room");
            write_at(&file, &bytes, 0).expect("room");
            let read = Sorted::open(file).and_then(|run| run.entries().collect::<io::Result<Vec<_>>>());
            prop_assert!(read.is_err());
        }
    }
}
