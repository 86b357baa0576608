//! Rows that wait until they become Parquet.
//!
//! A Parquet file cannot be cut off at any byte and gone on with. So rows are first written like
//! any others, as blocks: two numbers of 8 bytes, little endian (bytes of the block and of its rows
//! unpacked), then the rows of a batch as JSON Lines, compressed lightly. Such a file is
//! committed and cut as a file of rows is; Parquet is made of it when it is complete.

#![cfg_attr(not(feature = "parquet"), allow(dead_code, reason = "Parquet alone is made of a spool"))]

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// The fastest: blocks are read once.
const LEVEL: i32 = 1;
const HEAD: usize = 16;

/// Packs rows as one block.
pub(super) fn pack(rows: &[u8]) -> io::Result<Vec<u8>> {
    let packed = zstd::bulk::compress(rows, LEVEL)?;
    let mut block = Vec::with_capacity(HEAD + packed.len());
    block.extend_from_slice(&(packed.len() as u64).to_le_bytes());
    block.extend_from_slice(&(rows.len() as u64).to_le_bytes());
    block.extend_from_slice(&packed);
    Ok(block)
}

/// Blocks that follow each other in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    path: PathBuf,
    bytes: Range<u64>,
}

/// The blocks of a file in groups of at most `most` bytes of rows; a larger block is alone.
pub(super) fn groups(path: &Path, most: u64) -> io::Result<Vec<Group>> {
    let mut file = File::open(path)?;
    let end = file.metadata()?.len();
    let (mut found, mut at, mut start, mut raw) = (Vec::new(), 0, 0, 0);
    let group = |bytes| Group { path: path.to_owned(), bytes };
    while at < end {
        file.seek(SeekFrom::Start(at))?;
        let head = head(&mut file)?;
        if raw > 0 && head.rows.saturating_add(raw) > most {
            found.push(group(start..at));
            (start, raw) = (at, 0);
        }
        raw += head.rows;
        at += HEAD as u64 + head.packed;
    }
    if start < at {
        found.push(group(start..at));
    }
    Ok(found)
}

struct Head {
    packed: u64,
    rows: u64,
}

fn head(from: &mut impl Read) -> io::Result<Head> {
    let mut bytes = [0; HEAD];
    from.read_exact(&mut bytes)?;
    let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("8 bytes"));
    Ok(Head { packed: number(0), rows: number(8) })
}

impl Group {
    /// Hands the rows of each block to `each`.
    pub fn for_each<E: From<io::Error>>(
        &self,
        mut each: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.bytes.start))?;
        let (mut at, mut packed) = (self.bytes.start, Vec::new());
        while at < self.bytes.end {
            let head = head(&mut file)?;
            packed.clear();
            Read::by_ref(&mut file).take(head.packed).read_to_end(&mut packed)?;
            let room = usize::try_from(head.rows).map_err(io::Error::other)?;
            each(&zstd::bulk::decompress(&packed, room)?)?;
            at += HEAD as u64 + head.packed;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_back_in_groups() {
        let dir = tempfile::tempdir().expect("room");
        let path = dir.path().join("spool");
        let blocks: Vec<Vec<u8>> = [300, 300, 500, 2000, 10].iter().map(|n| vec![b'x'; *n]).collect();
        let packed: Vec<u8> = blocks.iter().flat_map(|b| pack(b).expect("memory")).collect();
        std::fs::write(&path, packed).expect("room");
        let sizes = |most| -> Vec<usize> {
            let groups = groups(&path, most).expect("a spool");
            groups
                .iter()
                .map(|group| {
                    let mut sum = 0;
                    let read = group.for_each(|rows| {
                        sum += rows.len();
                        Ok::<_, io::Error>(())
                    });
                    read.expect("a block");
                    sum
                })
                .collect()
        };
        assert_eq!(sizes(1000), [600, 500, 2000, 10]);
        assert_eq!(sizes(1), [300, 300, 500, 2000, 10]);
        assert_eq!(sizes(u64::MAX), [3110]);
    }
}
