//! What the first of two passes looks at: all of a little, and a quarter of much.
//!
//! Which quarter depends on the input alone, so that what is learned does too.

/// Records of a source, and sources of a folder, that are all looked at.
const ALL: u64 = 256;

/// Items of a source, its end included, above which it is no single page.
const PAGE: u64 = 3;

/// Picks sources and records.
#[derive(Debug, Default)]
pub(super) struct Sparse {
    folder: String,
    /// Sources of the folder so far, those that were read, and their items.
    sources: u64,
    read: u64,
    items: u64,
}

/// One in four, without a period that an input could share.
fn is_picked(number: u64) -> bool {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 62 == 0
}

impl Sparse {
    /// Whether to read the source that comes next. In a folder of dumps every one is read: each may be
    /// of another site.
    pub fn wants_source(&mut self, name: &str) -> bool {
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        if self.folder != folder {
            *self = Self { folder: folder.to_owned(), ..Self::default() };
        }
        self.sources += 1;
        self.sources <= ALL || self.items > self.read * PAGE || is_picked(self.sources)
    }

    /// Notes a source that was read, and its items.
    pub fn source_read(&mut self, items: u64) {
        self.read += 1;
        self.items += items;
    }

    /// Whether to look at the item of a source with this number, from 1.
    pub fn wants_item(number: u64) -> bool {
        number <= ALL || is_picked(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of so many sources of a folder, each with so many items, are read.
    fn read(sources: u64, items: u64) -> u64 {
        let mut sparse = Sparse::default();
        for n in 0..sources {
            if sparse.wants_source(&format!("a/{n}")) {
                sparse.source_read(items);
            }
        }
        let read = sparse.read;
        assert!(sparse.wants_source("b/0"));
        read
    }

    #[test]
    fn a_quarter_of_many_pages_and_all_dumps() {
        assert_eq!(read(256, 2), 256);
        assert!((480..520).contains(&read(1256, 2)));
        assert_eq!(read(1256, 13), 1256);
        let picked = (0..4000).filter(|n| Sparse::wants_item(256 + n * 20)).count();
        assert!((900..1100).contains(&picked), "{picked}");
    }
}
