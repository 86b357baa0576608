//! The bytes of a source so far: how many, their hash, and whether they are still the same.

use super::reader::Stopped;
use super::record::Cursor;
use super::small::FileBytes;

/// Counts and hashes what is read of one source.
#[derive(Default)]
pub(super) struct Prefix {
    /// Set if checkpoints are wanted.
    hasher: Option<blake3::Hasher>,
    read: u64,
    /// Length and hash that an earlier run saw, until they are reached.
    expected: Option<(u64, String)>,
    /// A source that was read as a whole: it is hashed if a checkpoint stands in it, which few have.
    whole: Option<FileBytes>,
}

impl Prefix {
    /// Hashes from now on.
    pub fn wanted(&mut self) {
        self.hasher = Some(blake3::Hasher::new());
    }

    /// A new source begins.
    pub fn restart(&mut self) {
        self.read = 0;
        self.expected = None;
        self.whole = None;
        if let Some(hasher) = &mut self.hasher {
            hasher.reset();
        }
    }

    /// The source should begin as it did when `cursor` was noted.
    pub fn expect(&mut self, cursor: &Cursor) {
        self.expected = (cursor.read > 0).then(|| (cursor.read, cursor.hash.clone()));
    }

    /// Whether nothing is left to compare.
    pub fn is_verified(&self) -> bool {
        self.expected.is_none()
    }

    /// Takes the next bytes.
    pub fn add(&mut self, mut bytes: &[u8], name: &str) -> Result<(), Stopped> {
        let Some(hasher) = &mut self.hasher else {
            self.read += bytes.len() as u64;
            return Ok(());
        };
        if let Some((upto, hash)) = &self.expected {
            let left = upto - self.read;
            if bytes.len() as u64 >= left {
                let (before, after) = bytes.split_at(left as usize);
                hasher.update(before);
                if hasher.finalize().to_hex().as_str() != hash {
                    let what = format!("the first {upto} bytes of {name} are not the same as before");
                    return Err(Stopped::Changed(what));
                }
                self.expected = None;
                self.read += left;
                bytes = after;
            }
        }
        hasher.update(bytes);
        self.read += bytes.len() as u64;
        Ok(())
    }

    /// Takes all bytes of a source, for which nothing is left to compare.
    pub fn whole(&mut self, stored: FileBytes) {
        self.read = stored.bytes().len() as u64;
        self.whole = Some(stored);
    }

    /// The source has ended.
    pub fn end(&self, name: &str) -> Result<(), Stopped> {
        match &self.expected {
            None => Ok(()),
            Some((upto, _)) => Err(Stopped::Changed(format!(
                "{name} has {} bytes and had at least {upto} before",
                self.read
            ))),
        }
    }

    /// How many bytes, and their hash.
    pub fn so_far(&self) -> (u64, String) {
        let hash = |hasher: &blake3::Hasher| match &self.whole {
            Some(stored) => blake3::hash(stored.bytes()),
            None => hasher.finalize(),
        };
        (self.read, self.hasher.as_ref().map_or_else(String::new, |h| hash(h).to_hex().to_string()))
    }
}
