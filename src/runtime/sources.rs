//! The inputs a user names, in a fixed order.

use std::io;
use std::path::{Path, PathBuf};

use super::links::{End, follow};
use crate::text::names;

mod twice;

pub use twice::repeated;
use twice::{Share, is_hidden, shares};

/// The input that is no file.
const STDIN: &str = "-";

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
            Self::Stdin => STDIN.to_owned(),
            Self::File(path) => name(path),
        }
    }
}

/// The name of a path in rows and messages.
fn name(path: &Path) -> String {
    names::name(path.as_os_str().as_encoded_bytes())
}

/// The files that a run writes.
#[derive(Debug, Default)]
pub struct Own(Vec<PathBuf>);

impl Own {
    /// Files and folders, as far as their own folders exist.
    pub fn new(paths: &[PathBuf]) -> Self {
        Self(paths.iter().filter_map(|p| real(p)).collect())
    }

    fn contains(&self, path: &Path) -> bool {
        // Only a name that is the same can be the same file: the disk is asked for few.
        self.0.iter().any(|own| own.file_name() == path.file_name() && real(path).as_ref() == Some(own))
    }
}

/// Where `path` really leads, whether it exists yet or not; `None` if its folder does not.
pub fn real(path: &Path) -> Option<PathBuf> {
    if let Ok(real) = path.canonicalize() {
        return Some(real);
    }
    // A link may lead to a file that is not there yet.
    let End::Name(path) = follow(path) else { return None };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    Some(folder.canonicalize().ok()?.join(path.file_name()?))
}

/// The sources behind `inputs`: directories are walked in sorted order, without hidden files,
/// without the run's `own` outputs and without following symbolic links; no input at all is
/// standard input. What is named twice comes once, where it is named first. Lazy, so that millions of files
/// need no list in memory.
pub fn walk<'a>(
    inputs: &'a [PathBuf],
    own: &'a Own,
) -> impl Iterator<Item = Result<Source, (String, io::Error)>> + 'a {
    let stdin = inputs.is_empty().then_some(Ok(Source::Stdin));
    let all = inputs.iter().zip(shares(inputs)).flat_map(|(input, share)| one(input, share, own));
    stdin.into_iter().chain(all)
}

type Found<'a> = Box<dyn Iterator<Item = Result<Source, (String, io::Error)>> + 'a>;

fn one<'a>(input: &'a Path, share: Share, own: &'a Own) -> Found<'a> {
    let without = match share {
        Share::Nothing(_) => return Box::new(std::iter::empty()),
        Share::AllBut(without) => without,
    };
    if input.as_os_str() == STDIN {
        return Box::new([Ok(Source::Stdin)].into_iter());
    }
    if !input.is_dir() {
        return Box::new([Ok(Source::File(input.to_owned()))].into_iter());
    }
    let hidden = |e: &walkdir::DirEntry| e.depth() > 0 && is_hidden(e.file_name());
    // By name: of two paths in one folder only the names differ, and to find where those begin costs more.
    let by_name =
        |a: &walkdir::DirEntry, b: &walkdir::DirEntry| a.path().as_os_str().cmp(b.path().as_os_str());
    let entries = walkdir::WalkDir::new(input).sort_by(by_name).into_iter();
    let known = move |e: &walkdir::DirEntry| {
        !without.is_empty() && e.path().strip_prefix(input).is_ok_and(|place| without.contains_key(place))
    };
    let skipped =
        move |e: &walkdir::DirEntry| hidden(e) || (e.depth() > 0 && (own.contains(e.path()) || known(e)));
    Box::new(entries.filter_entry(move |e| !skipped(e)).filter_map(move |entry| match entry {
        Ok(e) if e.file_type().is_file() => Some(Ok(Source::File(e.into_path()))),
        Ok(_) => None,
        Err(e) => {
            let path = name(e.path().unwrap_or(input));
            Some(Err((path, e.into_io_error().unwrap_or_else(|| io::Error::other("a loop of links")))))
        }
    }))
}

/// Whether all inputs are files, without the run's `own` outputs of `most` bytes together at most.
pub fn are_small(inputs: &[PathBuf], own: &[PathBuf], most: u64) -> bool {
    let own = Own::new(own);
    let size = |path| std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|m| m.len());
    let small = walk(inputs, &own).try_fold(0u64, |sum, source| match source {
        Ok(Source::File(path)) => size(path).map(|n| sum + n).filter(|sum| *sum <= most),
        Ok(Source::Stdin) => None,
        Err(_) => Some(sum),
    });
    small.is_some()
}

/// Size of all inputs in bytes, where every one of them has a size.
pub fn total_bytes(inputs: &[PathBuf]) -> Option<u64> {
    walk(inputs, &Own::default()).try_fold(0, |sum, source| match source {
        Ok(Source::File(path)) => {
            let meta = std::fs::metadata(path).ok()?;
            meta.is_file().then(|| sum + meta.len())
        }
        Ok(Source::Stdin) => None,
        Err(_) => Some(sum),
    })
}
