//! Writes a tree out to a folder, as git checks it out. Knows no revision, and runs nothing.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::target::Tree;
use crate::target::commit::mode;

/// Writes every file and link of a tree below an empty folder; submodules are left out.
///
/// # Errors
/// Where one can't be read or written.
pub(super) fn write(tree: &Tree, folder: &Path) -> io::Result<()> {
    let mut links = Vec::new();
    for path in tree.everything().map_err(io::Error::other)? {
        let Some(blob) = tree.entry(&path).map_err(io::Error::other)? else {
            continue;
        };
        let place = folder.join(&path);
        if let Some(above) = place.parent() {
            fs::create_dir_all(above)?;
        }
        match blob.kind() {
            mode::LINK => links.push((place, blob)),
            mode::SUBMODULE => {}
            _ => {
                fs::write(&place, &blob.bytes)?;
                if blob.mode & 0o111 != 0 {
                    fs::set_permissions(&place, fs::Permissions::from_mode(0o755))?;
                }
            }
        }
    }
    // Behind all files, so that none is written through one.
    for (place, blob) in links {
        symlink(String::from_utf8_lossy(&blob.bytes).as_ref(), place)?;
    }
    Ok(())
}
