//! Outputs that cannot be replaced by a rename: pipes, devices, files that are open already.

use std::fs::File;
use std::io;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use super::stop::Stop;

/// How often a named pipe is asked whether somebody reads it.
const PAUSE: Duration = Duration::from_millis(20);

/// Opens what is at `path` for writing. A named pipe needs somebody who reads it; that is waited for,
/// but not any longer than the run goes on.
///
/// # Errors
/// [`io::ErrorKind::Interrupted`] if the run was stopped; what the system says.
pub(super) fn open(path: &Path, stop: &Stop) -> io::Result<File> {
    let kind = std::fs::metadata(path)?.file_type();
    let mut options = File::options();
    // Whoever has the file open may have written to it: rows go behind that.
    options.write(true).append(kind.is_file());
    if !kind.is_fifo() {
        return options.open(path);
    }
    // Without this flag the call itself waits, and no signal ends it.
    options.custom_flags(OFlags::NONBLOCK.bits() as i32);
    let unread = rustix::io::Errno::NXIO.raw_os_error();
    let pipe = loop {
        match options.open(path) {
            Err(e) if e.raw_os_error() == Some(unread) => {}
            opened => break opened?,
        }
        if stop.flag.load(Ordering::SeqCst) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        std::thread::sleep(PAUSE);
    };
    // Writing may wait.
    fcntl_setfl(&pipe, fcntl_getfl(&pipe)? - OFlags::NONBLOCK)?;
    Ok(pipe)
}
