//! Where the links of an output lead.
//!
//! An output that is replaced by a rename takes the place of the file that a link leads to, and the
//! link stays, as with a shell's `>`. A link to an open file, such as `/dev/stdout`, leads to no name
//! that could be replaced: whatever it shows as its target may be gone, or be another file by now.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Links behind one another, as many as Linux follows.
const MOST_LINKS: usize = 40;

/// What is at the end of a chain of links.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// A name, whether there is anything or not.
    Name(PathBuf),
    /// An open file of some process; this is the link that stands for it.
    Open(PathBuf),
}

/// Follows the links of the last part of `path`.
pub(super) fn follow(path: &Path) -> End {
    let mut at = path.to_owned();
    for _ in 0..MOST_LINKS {
        // What is no link, or not there, is the end.
        let Ok(next) = std::fs::read_link(&at) else { return End::Name(at) };
        if descriptor(&at).is_some() {
            return End::Open(at);
        }
        at.pop();
        at.push(next);
    }
    // A loop: whoever opens it is told so.
    End::Name(path.to_owned())
}

/// The name that `path` leads to if the links of its last part are followed; `path` itself if that
/// is an open file.
pub fn leads_to(path: &Path) -> PathBuf {
    match follow(path) {
        End::Name(path) => path,
        End::Open(_) => path.to_owned(),
    }
}

/// Whether a link stands for the standard output of this process.
pub(super) fn is_stdout(path: &Path) -> bool {
    match follow(path) {
        End::Open(link) => descriptor(&link)
            .is_some_and(|(process, n)| n == "1" && *process == *OsStr::new(&std::process::id().to_string())),
        End::Name(_) => false,
    }
}

/// The process and the number of a descriptor, if `link` is one in `/proc`: `/proc/PID/fd/N`, or
/// the same under `/proc/PID/task/TID`.
fn descriptor(link: &Path) -> Option<(std::ffi::OsString, &OsStr)> {
    let folder = super::durable::folder(link).canonicalize().ok()?;
    let below: Vec<&OsStr> = folder.strip_prefix("/proc").ok()?.iter().collect();
    match below[..] {
        [process, fd] | [process, _, _, fd] if fd == "fd" => Some((process.to_owned(), link.file_name()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_several_links_is_found() {
        let dir = tempfile::tempdir().expect("a folder");
        let at = |name: &str| dir.path().join(name);
        std::os::unix::fs::symlink("b", at("a")).expect("a link");
        std::os::unix::fs::symlink(at("c"), at("b")).expect("a link");
        assert_eq!(follow(&at("a")), End::Name(at("c")));
        std::os::unix::fs::symlink("a", at("c")).expect("a link");
        assert_eq!(follow(&at("a")), End::Name(at("a")), "a loop");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_open_file_has_no_name() {
        for (path, is_ours) in [
            ("/proc/self/fd/1".to_owned(), true),
            (format!("/proc/{}/fd/1", std::process::id()), true),
            ("/proc/self/fd/2".to_owned(), false),
            ("/proc/thread-self/fd/1".to_owned(), true),
        ] {
            assert!(matches!(follow(Path::new(&path)), End::Open(_)), "{path}");
            assert_eq!(is_stdout(Path::new(&path)), is_ours, "{path}");
        }
        assert_eq!(follow(Path::new("/proc/self/exe-not")), End::Name("/proc/self/exe-not".into()));
    }
}
