//! A table that comes as a stream: kept in a temporary file without a name until it is whole,
//! because its end says where its parts are.

use std::fs::File;
use std::io::{self, Seek, Write};

use super::reader::{Reader, Stopped};
use super::stream::Stream;
use super::table;
use crate::formats::bad::{Bad, BadKind};

/// Most bytes that are kept.
const MAX_BYTES: u64 = 16 << 30;

/// The table so far.
#[derive(Default)]
pub(super) struct Stash {
    file: Option<File>,
    bytes: u64,
    /// Why it could not be kept.
    error: Option<io::Error>,
}

impl Stash {
    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        if self.error.is_none() && self.bytes <= MAX_BYTES {
            self.error = self.write(bytes).err();
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        file.write_all(bytes)
    }

    /// Reads the table; what is wrong with it comes back.
    pub fn read(self, stream: &mut Stream, reader: &mut Reader<'_>) -> Result<Option<Bad>, Stopped> {
        let name = stream.name();
        let system = |e| Stopped::System(format!("{name} (through a temporary file)"), e);
        if let Some(error) = self.error {
            return Err(system(error));
        }
        if self.bytes > MAX_BYTES {
            let what = format!("a table of {} bytes in a stream; give it as a file", self.bytes);
            return Ok(Some(BadKind::BadFile.because(what)));
        }
        let Some(mut file) = self.file else { return Ok(None) };
        file.rewind().map_err(system)?;
        table::read(file, &name, stream, reader)
    }
}
