//! Fixtures, damaged at random: helpers of the modules of archive formats.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use textmill::document::Origin;
use textmill::formats::{InputOptions, Piece, Raw, by_name};

/// A file of the folder of fixtures.
pub fn fixture_path(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/fixtures")).join(name)
}

/// Its bytes.
pub fn fixture(name: &str) -> Vec<u8> {
    let path = fixture_path(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// How many damaged copies of each fixture are tried.
pub const MUTATIONS: usize = 10_000;

/// Random numbers that are the same each time (SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }
}

/// `bytes` with a few bits flipped, numbers changed, pieces lost, doubled or moved.
pub fn mutate(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut random = Random(seed);
    let mut bytes = bytes.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        let len = random.below(64).min(bytes.len() - at);
        match random.below(6) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = [0, 0xFF, 0x7F, b'9', b'\n', b'\r'][random.below(6)],
            2 => drop(bytes.drain(at..at + len)),
            3 => {
                let piece = bytes[at..at + len].to_vec();
                let to = random.below(bytes.len());
                drop(bytes.splice(to..to, piece));
            }
            4 => bytes.truncate(at),
            _ => bytes[at..at + len].fill([0, 0xFF][random.below(2)]),
        }
        if bytes.is_empty() {
            bytes.push(0);
        }
    }
    bytes
}

/// Tries `check` on [`MUTATIONS`] damaged copies of `bytes`, on two threads.
pub fn each_mutation(bytes: &[u8], check: impl Fn(&[u8]) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= MUTATIONS {
                        return;
                    }
                    check(&mutate(bytes, seed as u64));
                }
            });
        }
    });
}

/// A piece, without the life of its chunk.
#[derive(Debug, PartialEq)]
pub enum Owned {
    Record(Range<u64>, Vec<u8>),
    Separator(Range<u64>),
    Header(String),
    Bad(Range<u64>, String, Vec<u8>),
}

/// The pieces of a source that comes in `parts`; they have to tile it.
pub fn segment<'p>(format: &str, max: usize, parts: impl IntoIterator<Item = &'p [u8]>) -> Vec<Owned> {
    let options = InputOptions { max_document_bytes: max, ..InputOptions::default() };
    let mut segmenter = (by_name(format).expect("a format").segmenter)(&options);
    let (mut pieces, mut at, mut length) = (Vec::new(), 0, 0);
    let mut take = |piece: Piece<'_>| {
        let (range, owned) = match piece {
            Piece::Record { bytes, range, .. } => {
                assert_eq!(bytes.len() as u64, range.end - range.start);
                (range.clone(), Owned::Record(range, bytes.to_vec()))
            }
            Piece::Separator(range) => (range.clone(), Owned::Separator(range)),
            Piece::Header(header) => return pieces.push(Owned::Header(header.to_owned())),
            Piece::Verdict(_) => return,
            Piece::Bad { reason, range, head } => {
                (range.clone(), Owned::Bad(range, reason.to_string(), head.to_vec()))
            }
        };
        assert_eq!(range.start, at, "pieces do not tile");
        at = range.end;
        match (pieces.last_mut(), owned) {
            // Separators may be handed out in more than one piece.
            (Some(Owned::Separator(before)), Owned::Separator(range)) => before.end = range.end,
            (_, owned) => pieces.push(owned),
        }
    };
    for part in parts {
        segmenter.push(part, &mut take);
        length += part.len() as u64;
    }
    segmenter.finish(false, &mut take);
    assert_eq!(at, length, "pieces do not tile");
    pieces
}

/// Opens each record: its text, or why it is bad.
pub fn open(format: &str, max: usize, pieces: &[Owned]) -> Vec<Result<String, String>> {
    let options = InputOptions { max_document_bytes: max, ..InputOptions::default() };
    let mut opener = (by_name(format).expect("a format").opener)(&options);
    let mut opened = Vec::new();
    for piece in pieces {
        if let Owned::Header(header) = piece {
            opener = opener.with_header(header).expect("a format reads its own headers");
        }
        if let Owned::Record(range, bytes) = piece {
            let border =
                textmill::document::Border { kind: textmill::document::BorderKind::Record, confidence: 100 };
            let record = opened.len() as u64;
            let origin = Origin { source: "-".into(), record, range: range.clone(), border, verdict: None };
            let document = opener.open(Raw { origin, bytes, url: None });
            opened.push(document.map(|d| d.text().to_owned()).map_err(|bad| bad.to_string()));
        }
    }
    opened
}
