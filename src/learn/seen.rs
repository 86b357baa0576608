//! What one document shows: its lines as shapes, where they stand, and what tells it from others.

use crate::document::{Document, Role};
use crate::text::classes::is_prose;

use super::body::smallest;
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
    /// Lines of the body above it and below it; 255 for more.
    pub places: [u8; 2],
    /// Shapes of the lines above and below, cut off; 0 for prose, long lines and the ends.
    pub beside: [u32; 2],
}

/// What one document shows, as numbers that are handed from one thread to the next.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'n> {
    /// Three hashes that near copies share: the smallest of the groups of five words in its longest
    /// lines of prose, hashed in three ways.
    pub body: [u32; 3],
    /// Three for each line.
    lines: &'n [[u64; 3]],
}

/// A line of the body.
struct Mark<'d> {
    at: usize,
    line: &'d str,
    is_prose: bool,
    /// Hash of its shape, unless it is prose or long.
    shape: u64,
}

/// Looks at a document as the stages before have left it: the numbers of a [`Seen`].
pub fn document(doc: &Document) -> Vec<u64> {
    let marks = marks(doc, |_| true);
    let has_prose = marks.iter().any(|m| m.is_prose);
    // What a site says on every page in whole sentences is shorter than what its articles say.
    let mut told: Vec<&str> = marks.iter().filter(|m| m.is_prose == has_prose).map(|m| m.line).collect();
    told.sort_by_key(|line| std::cmp::Reverse(line.len()));
    let mut out = Vec::with_capacity(3 + 3 * marks.len());
    out.extend(smallest(told.into_iter()).map(u64::from));
    out.extend(of_marks(doc, &marks).flat_map(Line::encode));
    out
}

/// The lines of a document that may be learned and that `wanted` picks, without what stands beside them.
pub fn lines(doc: &Document, wanted: impl Fn(&str) -> bool) -> Vec<Line> {
    of_marks(doc, &marks(doc, wanted)).collect()
}

/// No line of prose is shorter: ten words and what stands between them; bytes.
const SHORTEST: usize = 19;

fn marks(doc: &Document, wanted: impl Fn(&str) -> bool) -> Vec<Mark<'_>> {
    let mut buffer = Vec::new();
    let mut marks = Vec::with_capacity(doc.lines().len());
    marks.extend(doc.body().map(|(at, line)| {
        let is_prose = line.len() >= SHORTEST && is_prose(line);
        let fits = !is_prose && line.len() <= MAX_LINE && wanted(line);
        Mark { at, line, is_prose, shape: if fits { shape::hash(line, &mut buffer) } else { 0 } }
    }));
    marks
}

fn of_marks<'d>(doc: &'d Document, marks: &'d [Mark<'_>]) -> impl Iterator<Item = Line> + 'd {
    let (first, last) = (marks.iter().position(|m| m.is_prose), marks.iter().rposition(|m| m.is_prose));
    let shape_of = |k: Option<usize>| k.and_then(|k| marks.get(k)).map_or(0, |m| m.shape as u32);
    marks.iter().enumerate().filter(|(_, m)| m.shape != 0).filter_map(move |(k, m)| {
        let zone = match (first, last) {
            (Some(first), _) if k < first => Zone::Head,
            (_, Some(last)) if k < last => Zone::Inside,
            (_, Some(_)) => Zone::Tail,
            _ => Zone::Head,
        };
        let beside = [shape_of(k.checked_sub(1)), shape_of(Some(k + 1))];
        // The byline and the dateline are the article's own.
        let own = !matches!(doc.lines()[m.at].role(), Role::Byline | Role::Dateline);
        let places = [k, marks.len() - 1 - k].map(|lines| u8::try_from(lines).unwrap_or(u8::MAX));
        own.then_some(Line { shape: m.shape, at: m.at as u32, zone, places, beside })
    })
}

impl Line {
    pub(super) fn encode(self) -> [u64; 3] {
        let places = u64::from(u16::from_le_bytes(self.places)) << 34;
        let place = places | (u64::from(self.at) << 2) | self.zone as u64;
        let [above, below] = self.beside.map(u64::from);
        [self.shape, place, above << 32 | below]
    }

    fn decode([shape, place, beside]: [u64; 3]) -> Self {
        Self {
            shape,
            at: (place >> 2) as u32,
            zone: Zone::ALL[(place & 3) as usize % 3],
            places: ((place >> 34) as u16).to_le_bytes(),
            beside: [(beside >> 32) as u32, beside as u32],
        }
    }
}

impl<'n> Seen<'n> {
    /// By the numbers that [`document`] gave.
    pub fn new(numbers: &'n [u64]) -> Self {
        let (body, lines) = numbers.split_first_chunk::<3>().unwrap_or((&[0; 3], &[]));
        Self { body: body.map(|b| b as u32), lines: lines.as_chunks().0 }
    }

    /// Its lines but prose, long ones, bylines and datelines.
    pub fn lines(self) -> impl Iterator<Item = Line> + 'n {
        self.lines.iter().map(|numbers| Line::decode(*numbers))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A document of short lines with these shapes.
    pub fn numbers(body: u32, shapes: &[u64]) -> Vec<u64> {
        let line = |at: usize, shape: u64| {
            let beside = [1, 7].map(|step| (shape * step % 5) as u32);
            Line { shape, at: at as u32, zone: Zone::ALL[shape as usize % 3], places: [at as u8, 9], beside }
        };
        let lines = shapes.iter().enumerate().flat_map(|(at, shape)| line(at, *shape).encode());
        [0x9E37_79B1, 0x85EB_CA77, 0xC2B2_AE3D_u32]
            .map(|way| u64::from(body.wrapping_mul(way)))
            .into_iter()
            .chain(lines)
            .collect()
    }

    proptest! {
        #[test]
        fn lines_come_back(shape in any::<u64>(), at in any::<u32>(), zone in 0usize..3, places in any::<[u8; 2]>(), beside in any::<[u32; 2]>()) {
            let line = Line { shape, at, zone: Zone::ALL[zone], places, beside };
            prop_assert_eq!(Line::decode(line.encode()), line);
        }
    }

    #[test]
    fn the_shortest_prose() {
        let prose = "a b c d e f g h i .";
        assert!(is_prose(prose) && prose.len() == SHORTEST && !is_prose(&prose[1..]));
    }
}
