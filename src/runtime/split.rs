//! Splits: which part of a data set a row belongs to.

/// Named shares of all rows.
///
/// A row's split follows from its fingerprint alone: from the first 8 bytes, little endian, of the
/// BLAKE3 of the fingerprint's 16 bytes, as a share of 2^64. So it is the same in every run and
/// every order, and rows of one fingerprint are never in two splits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Splits {
    names: Vec<String>,
    /// Where each ends; the last one takes the rest.
    ends: Vec<u64>,
    /// As given.
    text: String,
}

/// Most splits: each has a file open.
const MOST: usize = 32;
/// How far from 1 the shares may add up to.
const SLACK: f64 = 1e-9;

impl Splits {
    /// Reads `train=0.98,validation=0.02`.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (mut all, mut sum) = (Self::default(), 0.0);
        for part in text.split(',') {
            let (name, share) = part.split_once('=').ok_or_else(|| format!("{part:?} is not NAME=SHARE"))?;
            check_name(name)?;
            if all.names.iter().any(|n| n == name) {
                return Err(format!("the split {name} is named twice"));
            }
            sum += read_share(share)?;
            all.names.push(name.to_owned());
            // A share of 2^64; as a number it stops at the largest.
            all.ends.push((sum * 2f64.powi(64)) as u64);
        }
        if all.names.len() > MOST {
            return Err(format!("there are {} splits; {MOST} are the most", all.names.len()));
        }
        if (sum - 1.0).abs() > SLACK {
            return Err(format!("the shares add up to {sum}, not to 1"));
        }
        all.text = text.to_owned();
        Ok(all)
    }

    /// Their names in the order given; none if rows are not split.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Number of the split of a fingerprint.
    pub(super) fn of(&self, fingerprint: u128) -> usize {
        if self.names.len() < 2 {
            return 0;
        }
        let hash = blake3::hash(&fingerprint.to_be_bytes());
        let first = hash.as_bytes().first_chunk().expect("a hash has 32 bytes");
        let place = u64::from_le_bytes(*first);
        let last = self.ends.len() - 1;
        self.ends[..last].iter().position(|end| place < *end).unwrap_or(last)
    }
}

impl std::fmt::Display for Splits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// What the `datasets` library takes as the name of a split, in lower case.
fn check_name(name: &str) -> Result<(), String> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if name.is_empty() || name.len() > 64 || !name.bytes().all(fits) {
        return Err(format!("the name {name:?} of a split is not made of a-z, 0-9 and _"));
    }
    if name == "all" {
        return Err("a split cannot be called all: loaders mean every split by it".to_owned());
    }
    Ok(())
}

fn read_share(text: &str) -> Result<f64, String> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let share = text.parse().ok().filter(|s: &f64| plain && *s > 0.0 && *s <= 1.0);
    share.ok_or_else(|| format!("the share {text:?} is not a number above 0, up to 1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_wrong_is_said() {
        for (text, what) in [
            ("", "NAME=SHARE"),
            ("train", "NAME=SHARE"),
            ("a=0.5,b=0.4", "add up to 0.9"),
            ("a=0.5,b=0.50000001", "add up to"),
            ("a=0.5,a=0.5", "twice"),
            ("A=1", "a-z"),
            ("a-b=1", "a-z"),
            ("../x=1", "a-z"),
            ("all=1", "loaders"),
            ("a=0,b=1", "above 0"),
            ("a=1e0", "above 0"),
            ("a=-1", "above 0"),
            ("a=.", "above 0"),
            ("a=nan", "above 0"),
        ] {
            let error = Splits::parse(text).expect_err(text);
            assert!(error.contains(what), "{text}: {error}");
        }
        let thirds = Splits::parse("a=0.3333333333,b=0.3333333333,c=0.3333333334").expect("they add up to 1");
        assert_eq!(thirds.names(), ["a", "b", "c"]);
    }

    #[test]
    fn shares_come_out() {
        let splits = Splits::parse("train=0.9,validation=0.06,test=0.04").expect("fits");
        let mut found = [0u32; 3];
        // Of real ones: fingerprints are hashes themselves.
        (0..100_000u128).for_each(|n| found[splits.of(n << 64 | n)] += 1);
        for (n, want) in found.into_iter().zip([90_000, 6_000, 4_000]) {
            assert!(n.abs_diff(want) < 600, "{found:?}");
        }
    }

    proptest! {
        #[test]
        fn more_of_the_first_takes_nothing_from_it(fingerprint: u128) {
            let few = Splits::parse("train=0.5,rest=0.5").expect("fits");
            let more = Splits::parse("train=0.6,rest=0.4").expect("fits");
            prop_assert!(few.of(fingerprint) == 1 || more.of(fingerprint) == 0);
        }
    }
}
