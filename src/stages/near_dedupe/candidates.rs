//! Who may be a witness: kept documents by the keys they have in common with this one.

use super::Settings;
use crate::dedup::curve::NEEDED;
use crate::stage::Index;

/// A bucket of a band holds so many times as many documents as one of a single row: that so
/// many rows agree by chance is far less likely.
const BAND: usize = 8;

/// Candidates of one document. Kept from one to the next for its memory.
#[derive(Default)]
pub struct Candidates {
    found: Vec<(u32, u64)>,
    /// Place, and keys in common: one of a band counts as enough.
    ranked: Vec<(u64, usize)>,
    places: Vec<u64>,
    free: Vec<u64>,
}

impl Candidates {
    /// Finds the candidates for `keys`: bands first, then single rows. Says whether somebody may
    /// have been left out.
    pub fn find(&mut self, keys: &[u64], s: &Settings, index: &mut dyn Index) -> bool {
        let Self { found, ranked, places, free } = self;
        index.find(keys, found);
        free.clear();
        ranked.clear();
        // How much a document may have in common with this one that nobody has looked at.
        let (mut at, mut unseen) = (0, 0);
        for (n, &key) in (0..).zip(keys) {
            let len = found[at..].iter().take_while(|(k, _)| *k == n).count();
            let (most, weight) =
                if (n as usize) < s.bands { (s.bucket * BAND, NEEDED) } else { (s.bucket, 1) };
            if len < most {
                free.push(key);
                ranked.extend(found[at..at + len].iter().map(|&(_, place)| (place, weight)));
            } else {
                unseen += weight;
            }
            at += len;
        }
        ranked.sort_unstable();
        ranked.dedup_by(|later, first| {
            let same = later.0 == first.0;
            first.1 += if same { later.1 } else { 0 };
            same
        });
        // A full key alone leads to nobody: it has to be enough with what else there is.
        let nearly = ranked.iter().any(|(_, weight)| (NEEDED - unseen.min(NEEDED)..NEEDED).contains(weight));
        let left_out = unseen >= NEEDED || nearly;
        ranked.retain(|(_, weight)| *weight >= NEEDED);
        ranked.sort_unstable_by_key(|&(place, weight)| (usize::MAX - weight, place));
        places.clear();
        places.extend(ranked.iter().take(s.candidates).map(|(place, _)| *place));
        left_out || ranked.len() > s.candidates
    }

    /// The candidates, the likeliest first.
    pub fn places(&self) -> &[u64] {
        &self.places
    }

    /// The keys under which there is room.
    pub fn free_keys(&self) -> &[u64] {
        &self.free
    }
}
