//! The inputs a user names, in a fixed order.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

/// One input to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl Source {
    /// The name in rows and messages: the path as given, `-` for standard input.
    pub fn name(&self) -> String {
        match self {
            Self::Stdin => "-".to_owned(),
            Self::File(path) => path.to_string_lossy().into_owned(),
        }
    }
}

/// The sources behind `inputs`: directories are walked in sorted order, without hidden files
/// and without following symbolic links; no input at all is standard input. Lazy, so that
/// millions of files need no list in memory.
pub fn walk(inputs: &[PathBuf]) -> impl Iterator<Item = Result<Source, (String, io::Error)>> + '_ {
    let stdin = inputs.is_empty().then_some(Ok(Source::Stdin));
    stdin.into_iter().chain(inputs.iter().flat_map(|input| one(input)))
}

type Found<'a> = Box<dyn Iterator<Item = Result<Source, (String, io::Error)>> + 'a>;

fn one(input: &Path) -> Found<'_> {
    if input.as_os_str() == OsStr::new("-") {
        return Box::new([Ok(Source::Stdin)].into_iter());
    }
    if !input.is_dir() {
        return Box::new([Ok(Source::File(input.to_owned()))].into_iter());
    }
    let hidden = |e: &walkdir::DirEntry| e.depth() > 0 && e.file_name().as_encoded_bytes().starts_with(b".");
    let entries = walkdir::WalkDir::new(input).sort_by_file_name().into_iter();
    Box::new(entries.filter_entry(move |e| !hidden(e)).filter_map(move |entry| match entry {
        Ok(e) if e.file_type().is_file() => Some(Ok(Source::File(e.into_path()))),
        Ok(_) => None,
        Err(e) => {
            let path = e.path().unwrap_or(input).to_string_lossy().into_owned();
            Some(Err((path, e.into_io_error().unwrap_or_else(|| io::Error::other("a loop of links")))))
        }
    }))
}

/// Size of all inputs in bytes, where every one of them has a size.
pub fn total_bytes(inputs: &[PathBuf]) -> Option<u64> {
    walk(inputs).try_fold(0, |sum, source| match source {
        Ok(Source::File(path)) => {
            let meta = std::fs::metadata(path).ok()?;
            meta.is_file().then(|| sum + meta.len())
        }
        Ok(Source::Stdin) => None,
        Err(_) => Some(sum),
    })
}
