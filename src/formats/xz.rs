//! What liblzma reads: `.xz` streams, `.lz` members, and the older `.lzma`, which has no magic.

use std::marker::PhantomData;

use liblzma::stream::{Action, Error, Status, Stream};
use memchr::memmem::Finder;

use super::bad::BadKind;
use super::members::{Codec, Members, Step, find_magic};
use super::wrapping::Decoder;

const OUT_BYTES: usize = 128 << 10;
/// Most input for one step.
const IN_BYTES: usize = 8 << 10;
/// Most memory of a decoder: twice what `xz -9` asks for, whose dictionary is 64 MiB.
const MEMORY: u64 = 130 << 20;

/// One of the three.
pub(super) trait Kind: Send + 'static {
    /// What a member is called.
    const NAME: &'static str;
    /// Whether zeros may follow a member.
    const PADDED: bool;
    /// Its first bytes; empty if nothing marks them.
    const MAGIC: &'static [u8];
    /// A decoder for one member.
    fn open() -> Result<Stream, Error>;
    /// Whether `bytes`, as many as [`Kind::HEAD`] or all there are, may begin one.
    fn may_begin(bytes: &[u8]) -> bool {
        Self::MAGIC.starts_with(&bytes[..bytes.len().min(Self::MAGIC.len())])
    }
    /// Bytes that settle whether one begins.
    const HEAD: usize = Self::MAGIC.len();
}

/// `.xz`
pub struct Xz;
/// `.lz`
pub struct Lzip;
/// `.lzma`
pub struct Alone;

impl Kind for Xz {
    const NAME: &'static str = "xz stream";
    const PADDED: bool = true;
    const MAGIC: &'static [u8] = &[0xFD, b'7', b'z', b'X', b'Z', 0];
    fn open() -> Result<Stream, Error> {
        Stream::new_stream_decoder(MEMORY, 0)
    }
}

impl Kind for Lzip {
    const NAME: &'static str = "lzip member";
    const PADDED: bool = false;
    const MAGIC: &'static [u8] = b"LZIP";
    fn open() -> Result<Stream, Error> {
        Stream::new_lzip_decoder(MEMORY, 0)
    }
}

impl Kind for Alone {
    const NAME: &'static str = "lzma stream";
    const PADDED: bool = false;
    const MAGIC: &'static [u8] = &[];
    const HEAD: usize = 13;
    fn open() -> Result<Stream, Error> {
        Stream::new_lzma_decoder(MEMORY)
    }
    /// The properties that every encoder writes, a dictionary of a usual size, and a length that
    /// is unknown or below 256 GiB: the test of liblzma itself.
    fn may_begin(bytes: &[u8]) -> bool {
        let dictionary =
            bytes.get(1..5).map_or(1 << 16, |b| u32::from_le_bytes(*b.first_chunk().expect("four bytes")));
        let top = 1u64 << dictionary.max(1).ilog2();
        let usual = u64::from(dictionary) == top || u64::from(dictionary) == top + top / 2;
        let length =
            bytes.get(5..13).map_or(0, |b| u64::from_le_bytes(*b.first_chunk().expect("eight bytes")));
        bytes.first().is_none_or(|b| *b == 0x5D)
            && bytes.iter().skip(1).take(2).all(|b| *b == 0)
            && (usual && dictionary != 0)
            && (length == u64::MAX || length < 1 << 38)
    }
}

/// Whether `bytes` begin a member of kind `K`.
pub(super) fn is<K: Kind>(bytes: &[u8]) -> bool {
    Lzma::<K>::begins(bytes) == Some(true)
}

/// A decoder for any number of members of kind `K`.
pub(super) fn decoder<K: Kind>() -> impl Decoder {
    let buffer = vec![0; OUT_BYTES].into_boxed_slice();
    Members::new(Lzma::<K> { inner: None, buffer, begin: Finder::new(K::MAGIC), kind: PhantomData })
}

struct Lzma<K> {
    inner: Option<Stream>,
    buffer: Box<[u8]>,
    begin: Finder<'static>,
    kind: PhantomData<K>,
}

impl<K: Kind> Codec for Lzma<K> {
    const NAME: &'static str = K::NAME;
    const PADDED: bool = K::PADDED;

    fn begins(bytes: &[u8]) -> Option<bool> {
        let may = K::may_begin(bytes);
        (bytes.len() >= K::HEAD || !may).then_some(may)
    }

    fn find(&self, bytes: &[u8]) -> Option<usize> {
        if K::MAGIC.is_empty() { None } else { find_magic(&self.begin, bytes) }
    }

    fn reset(&mut self, _is_thrifty: bool) {
        self.inner = None;
    }

    fn step(&mut self, input: &[u8], out: &mut dyn FnMut(&[u8])) -> Step {
        let input = &input[..input.len().min(IN_BYTES)];
        if self.inner.is_none() {
            self.inner = K::open().ok();
        }
        let Some(inner) = &mut self.inner else {
            return Step::Bad(0, BadKind::BadMember, "no memory for its decoder".to_owned());
        };
        let (was_in, was_out) = (inner.total_in(), inner.total_out());
        let status = inner.process(input, &mut self.buffer, Action::Run);
        let read = (inner.total_in() - was_in) as usize;
        let wrote = (inner.total_out() - was_out) as usize;
        out(&self.buffer[..wrote]);
        let bad = |what: &str| Step::Bad(read, BadKind::BadMember, what.to_owned());
        match status {
            Ok(Status::StreamEnd) => Step::End(read),
            Ok(_) if read + wrote == 0 => Step::More,
            Ok(_) => Step::Read(read),
            Err(Error::MemLimit | Error::Mem) => {
                bad("its dictionary takes more than 128 MiB of memory; compress it with a smaller one")
            }
            Err(Error::Options) => bad("it asks for what no known version has"),
            Err(Error::UnsupportedCheck | Error::NoCheck) => bad("its kind of checksum is not known"),
            Err(_) => bad("its data is damaged"),
        }
    }
}
