//! Who may read and write what a run makes.

use std::fs::{DirBuilder, File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{Gid, Uid, fchown};

use super::durable::folder;

/// The bits of a mode that say who may do what.
const ALL: u32 = 0o777;

/// Gives `file` the mode, the owner and the group of the file at `path`, which it is about to
/// replace; if there is none, it stays as it is. Without the right to give a file away it stays its
/// maker's, and a group that cannot be kept loses its rights.
pub(super) fn copy(file: &File, path: &Path) -> io::Result<()> {
    let (Ok(old), now) = (std::fs::metadata(path), file.metadata()?) else { return Ok(()) };
    let mut mode = old.mode() & ALL;
    if (old.uid(), old.gid()) != (now.uid(), now.gid()) {
        let group = Some(Gid::from_raw(old.gid()));
        let given =
            fchown(file, Some(Uid::from_raw(old.uid())), group).or_else(|_| fchown(file, None, group));
        if given.is_err() && old.gid() != now.gid() {
            mode &= !0o070;
        }
    }
    // Some file systems know no modes, and refuse to change them even to what they are.
    if file.metadata()?.mode() & ALL == mode {
        Ok(())
    } else {
        file.set_permissions(Permissions::from_mode(mode))
    }
}

/// Makes a folder for what will replace the file `output`: nobody may look into it who may not read
/// that file. One that is there already is closed to them.
pub(super) fn make_folder(path: &Path, output: &Path) -> io::Result<()> {
    let file = std::fs::metadata(output).ok().filter(Metadata::is_file);
    // A right to read a file is one to read and to enter a folder.
    let most = file.map_or(ALL, |file| 0o700 | file.mode() & 0o044 | (file.mode() & 0o044) >> 2);
    let made = DirBuilder::new().mode(most).create(path);
    if made.as_ref().is_err_and(|e| e.kind() == io::ErrorKind::AlreadyExists) {
        let meta = std::fs::symlink_metadata(path)?;
        if meta.is_dir() && meta.mode() & ALL & !most != 0 {
            std::fs::set_permissions(path, Permissions::from_mode(meta.mode() & ALL & most))?;
        }
    }
    made
}

/// Refuses what another user has put where a run keeps something of its own. The owner of the folder
/// that it stands in can do there what they like anyway, and on some file systems all files are theirs.
pub(super) fn is_own(meta: &Metadata, path: &Path) -> io::Result<()> {
    let me = rustix::process::geteuid().as_raw();
    if meta.uid() == me || std::fs::metadata(folder(path)).is_ok_and(|m| m.uid() == meta.uid()) {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "{} belongs to another user (number {}); remove it",
        path.display(),
        meta.uid()
    )))
}

/// Refuses what is no file, or a file that has a second name: writing to it would change another file.
pub(super) fn is_single(meta: &Metadata, path: &Path) -> io::Result<()> {
    let what = match (meta.is_file(), meta.nlink()) {
        // Its former writer may have removed it in the meantime.
        (true, 0 | 1) => return Ok(()),
        (true, _) => "has a second name (a hard link), whose content would be overwritten",
        (false, _) => "is no regular file",
    };
    Err(io::Error::other(format!("{} {what}; remove it", path.display())))
}
