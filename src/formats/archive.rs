//! Archives: tar and zip files, read as streams. Their entries are sources of their own; nothing is
//! ever written under an entry's name.

use super::Bad;
use crate::text::names;

mod tar;
mod zip;

/// What an archive holds, in order.
#[derive(Debug)]
pub enum Event<'a> {
    /// A file begins.
    Begin {
        /// Its path in the archive, as [`names::name`] writes it.
        name: &'a str,
        /// Where its bytes begin in the archive.
        at: u64,
    },
    /// The next bytes of it.
    Bytes(&'a [u8]),
    /// It ends.
    End {
        /// What is wrong with it, if its end is missing or its checksum does not match.
        damage: Option<Bad>,
    },
    /// Something that cannot be read.
    Damage {
        /// Path of the entry; empty if it is the archive itself.
        name: &'a str,
        /// Why not.
        reason: Bad,
    },
}

/// Receives entries in order.
pub type Sink<'s> = dyn FnMut(Event<'_>) + 's;

/// Takes an archive apart. Sans-IO: the result does not depend on how chunks are cut.
pub trait Unpacker: Send {
    /// Takes the next bytes.
    fn push(&mut self, chunk: &[u8], out: &mut Sink<'_>);
    /// What comes next does not continue what came so far: the next entry has to be looked for.
    fn broken(&mut self, out: &mut Sink<'_>);
    /// The archive has ended.
    fn finish(&mut self, out: &mut Sink<'_>);
}

/// Bytes that [`unpacker`] wants to see.
pub const MAGIC_BYTES: usize = 512;

/// Most bytes of an entry's name.
const MAX_NAME: usize = 4096;

/// A kind of archive that is taken apart.
#[derive(Debug)]
pub struct Archive {
    /// Its name.
    pub name: &'static str,
    /// What its files are usually called, with the dot; they are told by content alone.
    pub endings: &'static [&'static str],
    begins: fn(&[u8]) -> bool,
    /// Whether it may, whatever follows.
    may_begin: fn(&[u8]) -> bool,
    unpacker: fn() -> Box<dyn Unpacker>,
}

/// Every kind of archive, in the order in which they are tried.
pub static ARCHIVES: &[Archive] = &[
    Archive {
        name: "zip",
        endings: &[".zip"],
        begins: zip::begins,
        may_begin: zip::may_begin,
        unpacker: || Box::new(zip::Zip::default()),
    },
    Archive {
        name: "tar",
        endings: &[".tar"],
        begins: tar::begins,
        may_begin: tar::may_begin,
        unpacker: || Box::new(tar::Tar::default()),
    },
];

/// An unpacker for the archive that begins with `first`, if one does.
pub fn unpacker(first: &[u8]) -> Option<Box<dyn Unpacker>> {
    ARCHIVES.iter().find(|a| (a.begins)(first)).map(|a| (a.unpacker)())
}

/// Whether what begins with `first` may be an archive, as far as can be seen.
pub fn may_begin(first: &[u8]) -> bool {
    ARCHIVES.iter().any(|a| (a.may_begin)(first))
}

/// A name as text, cut to [`MAX_NAME`].
fn name(bytes: &[u8]) -> String {
    names::name(&bytes[..bytes.len().min(MAX_NAME)])
}

/// Bytes that are not settled yet.
#[derive(Default)]
struct Buffer {
    bytes: Vec<u8>,
    at: usize,
    /// Bytes that were taken out so far.
    taken: u64,
}

impl Buffer {
    fn rest(&self) -> &[u8] {
        &self.bytes[self.at..]
    }

    fn skip(&mut self, n: usize) {
        self.at += n;
        self.taken += n as u64;
    }

    fn push(&mut self, chunk: &[u8]) {
        self.bytes.drain(..self.at);
        self.at = 0;
        self.bytes.extend_from_slice(chunk);
    }
}
