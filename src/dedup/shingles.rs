//! Units to shingles: every run of so many units, hashed.

use fearless_simd::{Level, dispatch};

/// Appends a hash for every run of `n` units to `out`, in order: `units.len() - n + 1` of them, or
/// a single one of all units if there are fewer than `n`, or nothing if there is no unit.
///
/// Only the low 16 bits of each unit count, and so units may be kept as `u16`. A hash depends on
/// the order of the units and on how many there are.
///
/// # Panics
/// If `n` is 0.
pub fn shingles<U: Copy + Into<u32>>(units: &[U], n: usize, out: &mut Vec<u32>) {
    assert!(n > 0, "a shingle has at least one unit");
    shingles_by(Level::new(), units, n, out);
}

fn shingles_by<U: Copy + Into<u32>>(level: Level, units: &[U], n: usize, out: &mut Vec<u32>) {
    // The functions for usual lengths have their inner loop unrolled.
    dispatch!(level, _simd => match n {
        3 => fixed::<U, 3>(units, out),
        4 => fixed::<U, 4>(units, out),
        5 => fixed::<U, 5>(units, out),
        _ => passes(units, n, out),
    });
}

#[inline(always)]
fn fixed<U: Copy + Into<u32>, const N: usize>(units: &[U], out: &mut Vec<u32>) {
    if units.len() < N {
        return passes(units, N, out);
    }
    let start = out.len();
    out.resize(start + units.len() - (N - 1), 0);
    for (window, to) in units.windows(N).zip(&mut out[start..]) {
        *to = mix((0..N).fold(N as u32, |h, i| step(h, window[i])));
    }
}

/// The same for any number: one pass over all shingles for each of their units.
#[inline(always)]
fn passes<U: Copy + Into<u32>>(units: &[U], n: usize, out: &mut Vec<u32>) {
    let n = n.min(units.len());
    if n == 0 {
        return;
    }
    let start = out.len();
    out.resize(start + units.len() - (n - 1), n as u32);
    for i in 0..n {
        units[i..].iter().zip(&mut out[start..]).for_each(|(unit, to)| *to = step(*to, *unit));
    }
    out[start..].iter_mut().for_each(|to| *to = mix(*to));
}

/// One more unit. The shift lets high bits act on low ones, which a product alone never does.
#[inline(always)]
fn step<U: Into<u32>>(h: u32, unit: U) -> u32 {
    let h = h.wrapping_add(unit.into() & 0xFFFF).wrapping_mul(0x9E37_79B1);
    h ^ h >> 15
}

/// The finaliser of MurmurHash3: a bijection after which every bit depends on every bit.
#[inline(always)]
fn mix(mut h: u32) -> u32 {
    h ^= h >> 16;
    h = h.wrapping_mul(0x85EB_CA6B);
    h ^= h >> 13;
    h = h.wrapping_mul(0xC2B2_AE35);
    h ^ h >> 16
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(units: &[u32], n: usize) -> Vec<u32> {
        let mut out = Vec::new();
        shingles(units, n, &mut out);
        out
    }

    /// The definition, word for word.
    fn reference(units: &[u32], n: usize) -> Vec<u32> {
        let one = |run: &[u32]| {
            mix(run.iter().fold(run.len() as u32, |h, unit| {
                let h = h.wrapping_add(unit % 65_536).wrapping_mul(0x9E37_79B1);
                h ^ h >> 15
            }))
        };
        match units.len() {
            0 => Vec::new(),
            len if len < n => vec![one(units)],
            _ => units.windows(n).map(one).collect(),
        }
    }

    #[test]
    fn order_and_number_matter() {
        let all = [
            of(&[1, 2, 3], 3),
            of(&[3, 2, 1], 3),
            of(&[2, 1, 3], 3),
            of(&[1, 2, 3], 5),
            of(&[1, 2], 3),
            of(&[1, 2, 0], 3),
            of(&[0, 1, 2], 3),
            of(&[0], 3),
            of(&[0, 0], 3),
            of(&[0, 0, 0], 3),
        ];
        let expected_same = |i, j| (i, j) == (0, 3);
        for i in 0..all.len() {
            for j in i + 1..all.len() {
                assert_eq!(all[i] == all[j], expected_same(i, j), "{i} and {j}");
            }
        }
        assert!(of(&[], 3).is_empty());
    }

    /// Texts repeat their words: runs of few different units, in all orders, must not collide more
    /// than 32 bits do by chance.
    #[test]
    fn few_collisions() {
        let mut all: Vec<u32> = Vec::new();
        for words in 0..1u32 << 20 {
            let units: [u32; 5] = std::array::from_fn(|i| (words >> (4 * i) & 15) * 4096 + 17);
            all.extend(of(&units, 5));
        }
        let n = all.len();
        all.sort_unstable();
        all.dedup();
        // 128 are expected of 2^20 draws.
        assert!(n - all.len() < 200, "{}", n - all.len());
    }

    /// An index on the disk holds these: they may never change.
    #[test]
    fn fixed_for_ever() {
        let units = [1, 2, 3, 0xFFFF, 5, 6, 7];
        assert_eq!(of(&units, 5), [4114910853, 3838176704, 1879464736]);
        assert_eq!(of(&units, 7), [2275389927]);
        assert_eq!(of(&units[..2], 5), [2752195696]);
    }

    proptest! {
        #[test]
        fn as_defined(units in prop::collection::vec(any::<u32>(), 0..70), n in 1usize..9) {
            let expected = reference(&units, n);
            let short: Vec<u16> = units.iter().map(|&u| u as u16).collect();
            for level in crate::text::levels() {
                let mut out = vec![7];
                shingles_by(level, &units, n, &mut out);
                prop_assert_eq!(&out[1..], &expected);
                out.truncate(1);
                shingles_by(level, &short, n, &mut out);
                prop_assert_eq!(&out[1..], &expected);
            }
        }
    }
}
