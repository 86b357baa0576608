//! Inputs that are named twice.
//!
//! A walk through a folder meets each of its files once, so all that has to be remembered is what was named:
//! as much as a command line holds.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::fs::Metadata;
use std::path::{Path, PathBuf};

use super::STDIN;

/// What is read of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Share {
    /// Nothing: the input at this position has all of it.
    Nothing(usize),
    /// All but these places in it, each with the position of the input that has it.
    AllBut(BTreeMap<PathBuf, usize>),
}

/// A file or folder, whatever its name.
#[cfg(unix)]
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(_: &Path, meta: &Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    Some((meta.dev(), meta.ino()))
}

#[cfg(not(unix))]
type Identity = PathBuf;

#[cfg(not(unix))]
fn identity(path: &Path, _: &Metadata) -> Option<Identity> {
    path.canonicalize().ok()
}

/// Whether a walk through a folder passes over an entry of this name.
pub(super) fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// Whether a walk comes by `place` in the folder it goes through.
fn is_met(place: &Path) -> bool {
    place.components().all(|part| !is_hidden(part.as_os_str()))
}

/// What was named so far.
#[derive(Default)]
struct Named {
    stdin: Option<usize>,
    all: HashMap<Identity, usize>,
    /// Where files and folders really stand, with their positions: known if there are folders.
    places: BTreeMap<PathBuf, usize>,
    folders: HashMap<PathBuf, usize>,
}

impl Named {
    /// The share of the input `path` at `position`.
    fn add(&mut self, path: &Path, meta: &Metadata, place: Option<PathBuf>, position: usize) -> Share {
        if let Some(earlier) = identity(path, meta).and_then(|id| Some(*self.all.get(&id)?)) {
            return Share::Nothing(earlier);
        }
        let mut within = BTreeMap::new();
        if let Some(place) = place {
            // Only those are met by a walk.
            if (meta.is_file() || meta.is_dir())
                && let Some(folder) = self.folder_of(&place)
            {
                return Share::Nothing(folder);
            }
            if meta.is_dir() {
                let beneath = self.places.range(place.clone()..).take_while(|(at, _)| at.starts_with(&place));
                let beneath =
                    beneath.filter_map(|(at, n)| Some((at.strip_prefix(&place).ok()?.to_owned(), *n)));
                within = beneath.filter(|(at, _)| is_met(at)).collect();
                self.folders.insert(place.clone(), position);
            }
            self.places.insert(place, position);
        }
        self.all.extend(identity(path, meta).map(|id| (id, position)));
        Share::AllBut(within)
    }

    /// The folder named so far whose walk comes by `place`.
    fn folder_of(&self, place: &Path) -> Option<usize> {
        let above = place.ancestors().skip(1);
        let mut named = above.filter_map(|folder| Some((folder, *self.folders.get(folder)?)));
        named.find(|(folder, _)| place.strip_prefix(folder).is_ok_and(is_met)).map(|(_, position)| position)
    }
}

/// What is read of each of `inputs`.
pub(super) fn shares(inputs: &[PathBuf]) -> Vec<Share> {
    let all = || Share::AllBut(BTreeMap::new());
    if inputs.len() < 2 {
        return inputs.iter().map(|_| all()).collect();
    }
    let metas: Vec<_> = inputs.iter().map(|path| std::fs::metadata(path).ok()).collect();
    let has_folders = metas.iter().flatten().any(Metadata::is_dir);
    let mut named = Named::default();
    let share = |(position, (path, meta)): (usize, (&PathBuf, &Option<Metadata>))| {
        if path.as_os_str() == STDIN {
            let first = *named.stdin.get_or_insert(position);
            return if first == position { all() } else { Share::Nothing(first) };
        }
        // What cannot be found fails when it is opened.
        let Some(meta) = meta else { return all() };
        let place = has_folders.then(|| path.canonicalize().ok()).flatten();
        named.add(path, meta, place, position)
    };
    inputs.iter().zip(&metas).enumerate().map(share).collect()
}

/// Inputs that are read once though two of `inputs` name them: the one that is read, and the other.
pub fn repeated(inputs: &[PathBuf]) -> Vec<(&Path, &Path)> {
    let of = |n: usize| inputs[n].as_path();
    let pairs = shares(inputs).into_iter().enumerate().flat_map(|(n, share)| match share {
        Share::Nothing(earlier) => vec![(of(earlier), of(n))],
        Share::AllBut(places) => places.into_values().map(|earlier| (of(earlier), of(n))).collect(),
    });
    pairs.collect()
}
