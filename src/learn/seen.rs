//! What one document shows: its lines as shapes, where they stand, and what tells it from others.

use crate::document::{Document, Role};
use crate::text::classes::is_prose;

use super::shape;

/// Lines longer than this are never learned; bytes.
pub const MAX_LINE: usize = 240;

/// Where a line stands: above the first line of prose, among prose, or below the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Zone {
    /// Above the first line of prose, or in a document without any.
    Head,
    /// Between lines of prose.
    Inside,
    /// Below the last line of prose.
    Tail,
}

impl Zone {
    /// All zones, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Head, Self::Inside, Self::Tail];

    /// As a profile names it.
    pub fn name(self) -> &'static str {
        ["head", "inside", "tail"][self as usize]
    }
}

/// One line of a document that may be learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Hash of its shape.
    pub shape: u64,
    /// Index into the document's lines.
    pub at: u32,
    /// Where it stands.
    pub zone: Zone,
    /// Shapes of the lines above and below; 0 for prose, long lines and the ends.
    pub beside: [u64; 2],
}

/// What one document shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// Three hashes that near copies share: the smallest of the words' triples, hashed in three
    /// ways.
    pub body: [u32; 3],
    /// Its lines but prose, long ones, bylines and datelines.
    pub lines: Vec<Line>,
}

/// Ways of hashing triples.
const WAYS: [u32; 3] = [0x9E37_79B1, 0x85EB_CA77, 0xC2B2_AE3D];

/// Looks at a document as the stages before have left it.
pub fn document(doc: &Document) -> Seen {
    let body: Vec<(usize, &str)> = doc.body().collect();
    let prose: Vec<bool> = body.iter().map(|(_, line)| is_prose(line)).collect();
    let (first, last) = (prose.iter().position(|p| *p), prose.iter().rposition(|p| *p));
    let mut buffer = String::new();
    let shapes: Vec<u64> = body
        .iter()
        .zip(&prose)
        .map(|((_, line), prose)| {
            let fits = !prose && line.len() <= MAX_LINE;
            if fits { shape::hash(line, &mut buffer) } else { 0 }
        })
        .collect();
    let lines = (0..body.len()).filter(|&k| shapes[k] != 0).filter_map(|k| {
        let at = body[k].0;
        let zone = match (first, last) {
            (Some(first), Some(last)) if k > first => {
                if k > last {
                    Zone::Tail
                } else {
                    Zone::Inside
                }
            }
            _ => Zone::Head,
        };
        let beside =
            [k.checked_sub(1), Some(k + 1)].map(|k| k.and_then(|k| shapes.get(k)).copied().unwrap_or(0));
        // The byline and the dateline are the article's own.
        let own = !matches!(doc.lines()[at].role(), Role::Byline | Role::Dateline);
        own.then_some(Line { shape: shapes[k], at: at as u32, zone, beside })
    });
    let lines = lines.collect();
    let prose_only = prose.iter().any(|p| *p);
    let text = body.iter().zip(&prose).filter(|(_, p)| **p || !prose_only).map(|((_, line), _)| *line);
    Seen { body: smallest(text), lines }
}

/// Words that tell a body from others: more would cost time, and copies share their beginnings.
const ENOUGH: usize = 300;

/// The smallest hashes of triples of words, in three ways; of a text without triples, of all of it.
fn smallest<'d>(lines: impl Iterator<Item = &'d str>) -> [u32; 3] {
    let (mut least, mut whole, mut left) = ([u32::MAX; 3], 0u32, ENOUGH);
    for line in lines {
        let (mut a, mut b) = (0u32, 0u32);
        for word in line.split_ascii_whitespace().take(left) {
            left -= 1;
            let bytes = word.as_bytes();
            let c = xxhash_rust::xxh3::xxh3_64(bytes) as u32;
            let triple = (a.rotate_left(7) ^ b).rotate_left(7) ^ c;
            whole = whole.rotate_left(5) ^ triple;
            if a != 0 {
                for (least, way) in least.iter_mut().zip(WAYS) {
                    let h = (triple ^ (triple >> 15)).wrapping_mul(way);
                    *least = (*least).min(h ^ (h >> 13));
                }
            }
            (a, b) = (b, c);
        }
    }
    // The smallest of many are all small: spread out again, for counting.
    WAYS.map(|way| {
        let k = WAYS.iter().position(|w| *w == way).unwrap_or(0);
        let value = if least[k] == u32::MAX { whole } else { least[k] };
        xxhash_rust::xxh3::xxh3_64(&value.to_le_bytes()) as u32
    })
}

impl Seen {
    /// As numbers, to be handed from one thread to the next.
    pub fn encode(&self) -> Vec<u64> {
        let mut out: Vec<u64> = self.body.iter().map(|b| u64::from(*b)).collect();
        for l in &self.lines {
            let place = (u64::from(l.at) << 2) | l.zone as u64;
            out.extend([l.shape, place, l.beside[0], l.beside[1]]);
        }
        out
    }

    /// Back from numbers.
    pub fn decode(numbers: &[u64]) -> Self {
        let Some((body, lines)) = numbers.split_first_chunk::<3>() else {
            return Self::default();
        };
        let line = |n: &[u64]| Line {
            shape: n[0],
            at: (n[1] >> 2) as u32,
            zone: Zone::ALL[(n[1] & 3) as usize % 3],
            beside: [n[2], n[3]],
        };
        Self { body: body.map(|b| b as u32), lines: lines.chunks_exact(4).map(line).collect() }
    }
}
