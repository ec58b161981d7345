//! The files of a plain directory, read as git would keep them: a link is its target, and no way out of the tree. Never writes.

use std::path::Path;
use std::time::UNIX_EPOCH;

use super::commit::{Blob, When, mode};
use super::fault::Fault;
use super::tree::LARGEST;
use crate::text::Globs;

/// Reads what stands at a path.
pub(super) fn read(base: &Path, path: &str) -> Result<Option<Blob>, Fault> {
    let mut full = base.to_owned();
    let mut metadata: Option<std::fs::Metadata> = None;
    for part in path.split('/') {
        // A link could lead out of the tree: in a tree of git it would be a link as well, and no folder.
        if metadata.is_some_and(|above| above.is_symlink()) {
            return Ok(None);
        }
        full.push(part);
        match std::fs::symlink_metadata(&full) {
            Ok(found) => metadata = Some(found),
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
                ) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(Fault::new(path, error)),
        }
    }
    let Some(metadata) = metadata.filter(|found| found.is_file() || found.is_symlink()) else {
        return Ok(None);
    };
    if metadata.is_symlink() {
        let target = std::fs::read_link(&full).map_err(|error| Fault::new(path, error))?;
        let bytes = target.into_os_string().into_encoded_bytes();
        return Ok(Some(Blob::new(mode::LINK, bytes)));
    }
    if metadata.len() > LARGEST {
        return Err(Fault::new(path, "larger than 64 MiB"));
    }
    let bytes = std::fs::read(&full).map_err(|error| Fault::new(path, error))?;
    Ok(Some(Blob::new(mode_of(&metadata), bytes)))
}

#[cfg(unix)]
fn mode_of(metadata: &std::fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    if metadata.permissions().mode() & 0o100 == 0 {
        0o100_644
    } else {
        0o100_755
    }
}

#[cfg(not(unix))]
fn mode_of(_: &std::fs::Metadata) -> u32 {
    0o100_644
}

/// Returns when the newest of `paths` was last changed.
pub(super) fn newest(base: &Path, paths: &[String]) -> Option<When> {
    let changed = |path: &String| {
        let modified = std::fs::symlink_metadata(base.join(path))
            .ok()?
            .modified()
            .ok()?;
        i64::try_from(modified.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
    };
    let seconds = paths.iter().filter_map(changed).max()?;
    Some(When::at(seconds, 0))
}

/// Whether something is in a folder that stays; an empty folder is none to git.
pub(super) fn holds(
    base: &Path,
    folder: &str,
    stays: &dyn Fn(&str) -> bool,
) -> Result<bool, Fault> {
    let full = base.join(folder);
    if !full.symlink_metadata().is_ok_and(|found| found.is_dir()) {
        return Ok(false);
    }
    let failed = |error: std::io::Error| Fault::new(folder, error);
    for entry in std::fs::read_dir(full).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        let is_folder = entry.file_type().map_err(failed)?.is_dir();
        if if is_folder {
            holds(base, &path, stays)?
        } else {
            stays(&path)
        } {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Adds the paths of the regular files below a folder that match, and of links where they are asked for.
pub(super) fn list(
    base: &Path,
    folder: &str,
    (globs, links): (&Globs, bool),
    paths: &mut Vec<String>,
) -> Result<(), Fault> {
    let entries =
        std::fs::read_dir(base.join(folder)).map_err(|error| Fault::new(folder, error))?;
    for entry in entries {
        let entry = entry.map_err(|error| Fault::new(folder, error))?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let kind = entry
            .file_type()
            .map_err(|error| Fault::new(&name, error))?;
        let path = if folder.is_empty() {
            name
        } else {
            format!("{folder}/{name}")
        };
        if kind.is_dir() && globs.reach(&path) {
            list(base, &path, (globs, links), paths)?;
        } else if (kind.is_file() || links && kind.is_symlink()) && globs.matches(&path) {
            paths.push(path);
        }
    }
    Ok(())
}

/// Whether nothing is in a folder but regular files that match.
pub(super) fn is_made_of(base: &Path, globs: &Globs) -> Result<bool, Fault> {
    let fault = |error| Fault::new(".", error);
    for entry in std::fs::read_dir(base).map_err(fault)? {
        let entry = entry.map_err(fault)?;
        let is_file = entry.file_type().map_err(fault)?.is_file();
        let name = entry.file_name();
        if !is_file || !name.to_str().is_some_and(|name| globs.matches(name)) {
            return Ok(false);
        }
    }
    Ok(true)
}
