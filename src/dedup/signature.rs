//! MinHash: a fixed number of values by which the similarity of two sets is estimated.

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, u32x8};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// As many random orders of all 32-bit numbers, of which a signature takes the first of a set.
///
/// Source: Broder, "On the resemblance and containment of documents", 1997. An order `2 i` is by
/// `a * x + b` modulo 2^32 with an odd `a`, and `2 i + 1` by the same value with its halves
/// exchanged: multiplications are what takes the time, and the two orders are as good as
/// independent (a test watches the variance). Without the `b` they are not.
#[derive(Debug, Clone)]
pub struct Permutations {
    count: usize,
    /// One for two permutations, padded to whole vectors.
    factors: Vec<u32>,
    summands: Vec<u32>,
}

/// Lanes of a vector.
const LANES: usize = 8;
/// Vectors that go over the shingles together: as many as stay in registers.
const GROUP: usize = 7;

impl Permutations {
    /// The usual number.
    pub const USUAL: usize = 112;

    /// `count` permutations; the same for the same `seed`, and those of a smaller count are the
    /// first of a larger.
    pub fn new(count: usize, seed: u64) -> Self {
        let padded = count.div_ceil(2).next_multiple_of(LANES);
        let draw = |i: usize| splitmix(seed.wrapping_add(splitmix(i as u64)));
        Self {
            count,
            factors: (0..padded).map(|i| draw(i) as u32 | 1).collect(),
            summands: (0..padded).map(|i| (draw(i) >> 32) as u32).collect(),
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Writes the signature of a set of shingles: for each permutation the least value of any
    /// shingle, and `u32::MAX` if there is none. Order and repetition do not matter; the shingles
    /// have to be hashes. The share of equal values of two signatures estimates the Jaccard
    /// similarity of the sets, without bias and with a variance of `J (1 - J) / count`.
    ///
    /// # Panics
    /// If `out` has another length than [`Permutations::count`].
    pub fn signature(&self, shingles: &[u32], out: &mut [u32]) {
        self.signature_by(Level::new(), shingles, out);
    }

    fn signature_by(&self, level: Level, shingles: &[u32], out: &mut [u32]) {
        assert_eq!(out.len(), self.count, "one value for each permutation");
        dispatch!(level, simd => self.least(simd, shingles, out));
    }

    #[inline(always)]
    fn least<S: Simd>(&self, simd: S, shingles: &[u32], out: &mut [u32]) {
        let (factors, summands) = (self.factors.as_chunks().0, self.summands.as_chunks().0);
        let (mut outs, groups) =
            (out.chunks_mut(2 * LANES), factors.chunks(GROUP).zip(summands.chunks(GROUP)));
        for (factors, summands) in groups {
            if let (Ok(factors), Ok(summands)) = (factors.try_into(), summands.try_into()) {
                group::<S, GROUP>(simd, shingles, factors, summands, &mut outs);
                continue;
            }
            for (factors, summands) in factors.iter().zip(summands) {
                group(simd, shingles, &[*factors], &[*summands], &mut outs);
            }
        }
    }
}

/// `N` vectors of permutations.
#[inline(always)]
fn group<'a, S: Simd, const N: usize>(
    simd: S,
    shingles: &[u32],
    factors: &[[u32; LANES]; N],
    summands: &[[u32; LANES]; N],
    outs: &mut impl Iterator<Item = &'a mut [u32]>,
) {
    let factors = factors.map(|f| u32x8::simd_from(simd, f));
    let summands = summands.map(|s| u32x8::simd_from(simd, s));
    let mut least = [u32x8::splat(simd, u32::MAX); N];
    let mut turned = least;
    for &s in shingles {
        for i in 0..N {
            let value = factors[i] * s + summands[i];
            least[i] = least[i].min(value);
            turned[i] = turned[i].min(value << 16 | value >> 16);
        }
    }
    for ((least, turned), out) in least.iter().zip(&turned).zip(outs) {
        let both = least.as_slice().iter().zip(turned.as_slice()).flat_map(|(a, b)| [*a, *b]);
        out.iter_mut().zip(both).for_each(|(to, value)| *to = value);
    }
}

/// The output function of splitmix64 (Steele, Lea and Flood, 2014) for the state after step `i`.
pub(super) const fn splitmix(i: u64) -> u64 {
    let z = i.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ z >> 31
}

/// A key for each of `bands` bands of `rows` values, from the front of a signature on. Documents
/// that have a key in common agree in that band. (xxh3 with the number of the band as seed.)
///
/// # Panics
/// If `rows` is 0 or the signature is shorter than `bands * rows`.
pub fn bands(signature: &[u32], bands: usize, rows: usize) -> impl Iterator<Item = u64> {
    let mut bytes = Vec::with_capacity(rows * 4);
    signature[..bands * rows].chunks_exact(rows).zip(0..).map(move |(band, number)| {
        bytes.clear();
        band.iter().for_each(|row| bytes.extend_from_slice(&row.to_le_bytes()));
        xxh3_64_with_seed(&bytes, number)
    })
}

/// A key for the value of a single row; two keys are equal only if row and value are.
pub fn row_key(row: u32, value: u32) -> u64 {
    splitmix(u64::from(row) << 32 | u64::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `n` hashes, the same for the same `from`.
    fn hashes(from: u64, n: usize) -> Vec<u32> {
        (0..n as u64).map(|i| splitmix(splitmix(from) ^ i) as u32).collect()
    }

    fn signature(permutations: &Permutations, shingles: &[u32]) -> Vec<u32> {
        let mut out = vec![0; permutations.count()];
        permutations.signature(shingles, &mut out);
        out
    }

    /// The definition, word for word.
    fn reference(permutations: &Permutations, shingles: &[u32]) -> Vec<u32> {
        let value = |i: usize, s: u32| {
            let v = s.wrapping_mul(permutations.factors[i / 2]).wrapping_add(permutations.summands[i / 2]);
            if i.is_multiple_of(2) { v } else { v.rotate_left(16) }
        };
        let least = |i| shingles.iter().map(|&s| value(i, s)).min().unwrap_or(u32::MAX);
        (0..permutations.count()).map(least).collect()
    }

    #[test]
    fn as_defined_at_every_level() {
        for count in [0, 1, 2, 15, 16, 17, 111, 112, 113, 128, 225, 256] {
            let permutations = Permutations::new(count, 5);
            for n in [0, 1, 2, 3, 4, 5, 100] {
                let set = hashes(n as u64, n);
                let expected = reference(&permutations, &set);
                assert_eq!(signature(&permutations, &set), expected, "{count} of {n}");
                for level in crate::text::levels() {
                    let mut out = vec![1; count];
                    permutations.signature_by(level, &set, &mut out);
                    assert_eq!(out, expected, "{count} of {n}, {level:?}");
                }
            }
        }
        let small = signature(&Permutations::new(30, 5), &hashes(1, 50));
        assert_eq!(signature(&Permutations::new(112, 5), &hashes(1, 50))[..30], small);
    }

    /// Mean and variance of the estimate are those of permutations drawn at random.
    #[test]
    fn estimates_without_bias() {
        let permutations = Permutations::new(112, 7);
        for (n, trials) in [(20, 1500u64), (300, 1000), (3000, 150)] {
            for (common, j) in [(n / 5, 0.2), (n / 2, 0.5), (n * 4 / 5, 0.8)] {
                let half = (n - common) / 2;
                let (mut sum, mut squares) = (0.0, 0.0);
                for trial in 0..trials {
                    let all = hashes((trial << 32) + n as u64, n);
                    let other = [&all[..common], &all[common + half..]].concat();
                    let (a, b) =
                        (signature(&permutations, &all[..common + half]), signature(&permutations, &other));
                    let equal = a.iter().zip(&b).filter(|(a, b)| a == b).count();
                    let error = equal as f64 / 112.0 - j;
                    sum += error;
                    squares += error * error;
                }
                let (trials, variance) = (trials as f64, j * (1.0 - j) / 112.0);
                assert!(
                    (sum / trials).abs() < 4.0 * (variance / trials).sqrt(),
                    "{n}, {j}: {}",
                    sum / trials
                );
                let ratio = squares / trials / variance;
                assert!((ratio - 1.0).abs() < 4.0 * (2.0 / trials).sqrt(), "{n}, {j}: {ratio}");
            }
        }
    }

    /// An index on the disk holds these: they may never change.
    #[test]
    fn fixed_for_ever() {
        let values = signature(&Permutations::new(112, 0), &[1, 2, 0xFFFF_FFFF]);
        assert_eq!(values[..4], [411439687, 306649222, 1370850107, 433223696]);
        assert_eq!(
            bands(&[1, 2, 3, 4, 5, 6], 3, 2).collect::<Vec<_>>(),
            [254984204845929552, 5681563201217060630, 10880794235662224996]
        );
        assert_eq!(bands(&[1, 2, 3, 4], 1, 4).collect::<Vec<_>>(), [8052976908588476977]);
        assert_eq!(
            [row_key(0, 0), row_key(0, 1), row_key(1, 0)],
            [16294208416658607535, 7960286522194355700, 5046631899840037604]
        );
    }

    #[test]
    fn bands_differ_by_number() {
        let keys: Vec<u64> = bands(&[7; 12], 4, 3).collect();
        assert_eq!(keys.len(), 4);
        assert!((1..4).all(|i| !keys[..i].contains(&keys[i])), "{keys:?}");
    }
}
