//! Tables are read in a process of their own: the crates for Parquet and Arrow trust what a file
//! says of itself, and a broken one can make them panic, or abort for want of memory. That ends
//! the child, which has limits of memory and of processor time; here it is a damaged source.
//!
//! The child gets the file as its standard input and writes rows as JSON Lines. It has no environment
//! and leaves no image of its memory behind.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};

use super::reader::{Reader, Stopped};
use super::stream::Stream;
use crate::formats::bad::{Bad, BadKind};
use crate::formats::parquet::{MAGIC_BYTES, is_called_table, is_table};

#[cfg(feature = "parquet")]
mod rows;

/// The hidden subcommand that the child runs.
pub const COMMAND: &str = "__rows";

/// Memory that the child may take beside what it has at its start, in bytes: half of what the run may take, within
/// these bounds. The least is what a page of each of some hundred columns takes.
const CHILD_BYTES: std::ops::RangeInclusive<u64> = 64 << 20..=1 << 30;
/// Processor time that the child may take for any file, in seconds: a hundred times what a small one takes
/// on a slow machine.
const LEAST_SECONDS: u64 = 60;
/// Bytes of a file for each further second: rows come at some 50 MB a second, so that a file may become a
/// hundred times as much and still have time left.
const BYTES_PER_SECOND: u64 = 256 << 10;
/// Bytes that are read from it at a time.
const PIPE_BYTES: usize = 64 << 10;
/// Bytes of the child's last words that are read.
const WORDS: u64 = 4096;

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Says which program reads tables: textmill's own. Without one they are sources that cannot be read.
pub fn read_tables_with(program: PathBuf) {
    // Whoever comes second means the same program.
    let _ = PROGRAM.set(program);
}

/// Whether a file is a table, by its first bytes or, if they are damaged, by its name.
pub(super) fn is_file(file: &mut File, name: &str) -> io::Result<bool> {
    // What is no file cannot be read again.
    if !file.metadata()?.is_file() {
        return Ok(false);
    }
    let mut first = Vec::new();
    Read::by_ref(file).take(MAGIC_BYTES as u64).read_to_end(&mut first)?;
    file.rewind()?;
    Ok(is(&first, name))
}

/// Whether a file that begins with `first` is a table.
pub(super) fn is(first: &[u8], name: &str) -> bool {
    is_table(first) || (!first.is_empty() && is_called_table(name))
}

/// Reads a table; its rows go to `stream`. What is wrong with it comes back.
pub(super) fn read(
    file: File,
    name: &str,
    stream: &mut Stream,
    reader: &mut Reader<'_>,
) -> Result<Option<Bad>, Stopped> {
    let system = |e| Stopped::System(name.to_owned(), e);
    let limits = Limits::of(&file, reader.memory_bytes).map_err(system)?;
    let mut rows = Rows::open(file, limits).map_err(system)?;
    let mut buffer = vec![0; PIPE_BYTES];
    loop {
        if reader.stop.load(Ordering::Relaxed) {
            return Err(Stopped::Gone);
        }
        (reader.pace)();
        match rows.out.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => stream.rows(&buffer[..n], reader)?,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(system(e)),
        }
    }
    match rows.end() {
        Ok(()) => Ok(None),
        Err(Broken::Table(what)) => Ok(Some(BadKind::BadFile.because(what))),
        Err(Broken::System(e)) => Err(system(e)),
    }
}

/// What the child may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Memory beside what it has at its start, in bytes.
    pub memory_bytes: u64,
    /// Processor time.
    pub seconds: u64,
}

impl Limits {
    /// For a file, in a run that may take `memory_bytes`.
    fn of(file: &File, memory_bytes: u64) -> io::Result<Self> {
        let memory_bytes = (memory_bytes / 2).clamp(*CHILD_BYTES.start(), *CHILD_BYTES.end());
        Ok(Self { memory_bytes, seconds: LEAST_SECONDS + file.metadata()?.len() / BYTES_PER_SECOND })
    }
}

/// A table that is being read.
struct Rows {
    limits: Limits,
    child: Child,
    out: ChildStdout,
}

/// Why a table was not read to its end.
enum Broken {
    /// Because of what is in it.
    Table(String),
    /// Because of the system.
    System(io::Error),
}

impl Rows {
    /// Starts reading `file` from its beginning.
    fn open(file: File, limits: Limits) -> io::Result<Self> {
        let program =
            PROGRAM.get().ok_or_else(|| io::Error::other("no program that reads tables is known"))?;
        let mut child = Command::new(program)
            .arg(COMMAND)
            .args([limits.memory_bytes.to_string(), limits.seconds.to_string()])
            .env_clear()
            .env("RUST_BACKTRACE", "0")
            .stdin(file)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // An interrupt on the terminal is for the parent, which ends the child.
            .process_group(0)
            .spawn()?;
        let out = child.stdout.take().ok_or_else(|| io::Error::other("the child has no pipe"))?;
        Ok(Self { limits, child, out })
    }

    /// After the last byte: whether the child has read all of the table.
    fn end(mut self) -> Result<(), Broken> {
        let mut words = Vec::new();
        if let Some(err) = self.child.stderr.take() {
            err.take(WORDS).read_to_end(&mut words).map_err(Broken::System)?;
        }
        let status = self.child.wait().map_err(Broken::System)?;
        if status.success() {
            return Ok(());
        }
        let words = String::from_utf8_lossy(&words);
        let words = words.trim();
        match status.signal() {
            None => Err(Broken::Table(words.to_owned())),
            Some(signal) if signal == Signal::XCPU.as_raw() => {
                let seconds = self.limits.seconds;
                Err(Broken::Table(format!("it was not read to its end in {seconds} s of processor time")))
            }
            // It has ended itself: out of memory, or worse.
            Some(4..=8 | 11) => {
                Err(Broken::Table(format!("its reader was ended by signal {status}: {words}")))
            }
            Some(_) => {
                Err(Broken::System(io::Error::other(format!("the reader of a table was ended: {status}"))))
            }
        }
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the child does: the table on standard input goes to standard output, as JSON Lines. It takes no more
/// than `limits`.
///
/// # Errors
/// What is wrong with the table, in words; a row that was begun is whole.
pub fn child(limits: Limits) -> Result<(), String> {
    limit(limits);
    let file = io::stdin();
    let file = std::os::fd::AsFd::as_fd(&file).try_clone_to_owned().map_err(|e| e.to_string())?;
    let mut out = io::BufWriter::with_capacity(64 << 10, io::stdout().lock());
    // What it panics of is about the table.
    std::panic::set_hook(Box::new(|_| {}));
    let write = AssertUnwindSafe(|| write_rows(File::from(file), &mut out));
    let written = catch_unwind(write).unwrap_or_else(|panic| {
        let what = panic.downcast_ref::<String>().map(String::as_str);
        let what = what.or(panic.downcast_ref::<&str>().copied()).unwrap_or_default();
        Err(format!("its reader gave up: {what}"))
    });
    out.flush().map_err(|e| e.to_string())?;
    written
}

#[cfg(feature = "parquet")]
fn write_rows(file: File, out: &mut dyn Write) -> Result<(), String> {
    rows::write(file, out).map_err(|e| e.to_string())
}

#[cfg(not(feature = "parquet"))]
fn write_rows(_: File, _: &mut dyn Write) -> Result<(), String> {
    Err("this textmill was built without the feature `parquet`".to_owned())
}

/// Sets the limits. Where one cannot be set, there is none.
fn limit(Limits { memory_bytes, seconds }: Limits) {
    let pages = std::fs::read_to_string("/proc/self/statm").ok();
    let pages = pages.and_then(|s| s.split_ascii_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0);
    let most = pages * rustix::param::page_size() as u64 + memory_bytes;
    for (what, most) in [(Resource::As, most), (Resource::Cpu, seconds), (Resource::Core, 0)] {
        let now = getrlimit(what);
        let most = now.current.map_or(most, |now| now.min(most));
        // A signal that can be told from others comes at the first limit.
        let end = now.maximum.map_or(most + 1, |end| end.min(most + 1));
        let _ = setrlimit(what, Rlimit { current: Some(most), maximum: Some(end) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_child_is_told() {
        let limits = Limits { memory_bytes: 0, seconds: 7 };
        let end = |script: &str| {
            let mut child = Command::new("sh");
            child.args(["-c", script]).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut child = child.spawn().expect("a shell");
            let out = child.stdout.take().expect("a pipe");
            Rows { limits, child, out }.end()
        };
        assert!(matches!(end("exit 0"), Ok(())));
        assert!(matches!(end("echo broken >&2; exit 1"), Err(Broken::Table(what)) if what == "broken"));
        let slow = "it was not read to its end in 7 s of processor time";
        assert!(matches!(end("kill -XCPU $$"), Err(Broken::Table(what)) if what == slow));
        assert!(matches!(end("kill -TERM $$"), Err(Broken::System(_))));
    }
}
