//! Writes a tree out to a folder, as git checks it out. Knows no revision, and runs nothing.

use std::fs;
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Component, Path};

use crate::target::commit::mode;
use crate::target::{Blob, Tree};

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
            _ => file(&place, &blob)?,
        }
    }
    // Behind all files, so that none is written through one.
    for (place, blob) in links {
        symlink(String::from_utf8_lossy(&blob.bytes).as_ref(), place)?;
    }
    Ok(())
}

/// Brings paths of a folder to what a tree has there; what is the same already keeps its time. Returns those that were not.
///
/// No link of the folder is followed: what stands where a folder has to be is replaced by one.
///
/// # Errors
/// Where one can't be read or written.
pub(super) fn renew(tree: &Tree, paths: &[String], folder: &Path) -> io::Result<Vec<String>> {
    let mut renewed = Vec::new();
    for path in paths {
        let relative = Path::new(path);
        let is_plain = |part: Component| matches!(part, Component::Normal(_));
        if !relative.components().all(is_plain) {
            return Err(io::Error::other(format!("`{path}` is no path of a tree")));
        }
        let place = folder.join(relative);
        let blob = tree.entry(path).map_err(io::Error::other)?;
        if blob
            .as_ref()
            .is_some_and(|blob| blob.kind() == mode::SUBMODULE)
            || stands(folder, relative, blob.as_ref())
        {
            continue;
        }
        // Above it stand real folders from here on, so that nothing is touched behind a link.
        folders(folder, relative.parent().unwrap_or(Path::new("")))?;
        clear(&place)?;
        match blob {
            Some(blob) if blob.kind() == mode::LINK => {
                symlink(String::from_utf8_lossy(&blob.bytes).as_ref(), &place)?;
            }
            Some(blob) => file(&place, &blob)?,
            None => {}
        }
        renewed.push(path.clone());
    }
    Ok(renewed)
}

fn file(place: &Path, blob: &Blob) -> io::Result<()> {
    fs::write(place, &blob.bytes)?;
    if blob.mode & 0o111 != 0 {
        fs::set_permissions(place, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// Whether a path of the folder is what the tree has there, reached through no link.
fn stands(folder: &Path, path: &Path, blob: Option<&Blob>) -> bool {
    let above = path.ancestors().skip(1).map(|above| folder.join(above));
    let is_real = |above: &Path| fs::symlink_metadata(above).is_ok_and(|found| found.is_dir());
    let place = folder.join(path);
    let found = fs::symlink_metadata(&place)
        .ok()
        .filter(|_| above.into_iter().all(|above| is_real(&above)));
    match (blob, found) {
        (None, None) => true,
        (Some(blob), Some(found)) if found.is_symlink() => {
            blob.kind() == mode::LINK
                && fs::read_link(&place)
                    .is_ok_and(|target| target.to_string_lossy().as_bytes() == blob.bytes.as_ref())
        }
        (Some(blob), Some(found)) if found.is_file() && blob.kind() == mode::REGULAR => {
            let executable = |mode: u32| mode & 0o100 != 0;
            found.len() == blob.bytes.len() as u64
                && executable(found.permissions().mode()) == executable(blob.mode)
                && fs::read(&place).is_ok_and(|bytes| bytes == *blob.bytes)
        }
        _ => false,
    }
}

/// Removes what stands at a place, and nothing behind a link.
fn clear(place: &Path) -> io::Result<()> {
    match fs::symlink_metadata(place) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(place),
        Ok(_) => fs::remove_file(place),
        Err(_) => Ok(()),
    }
}

/// Makes real folders of a path, one after the other.
fn folders(folder: &Path, path: &Path) -> io::Result<()> {
    let mut place = folder.to_owned();
    for part in path.components() {
        place.push(part);
        if !fs::symlink_metadata(&place).is_ok_and(|found| found.is_dir()) {
            clear(&place)?;
            fs::create_dir(&place)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::time::{Duration, SystemTime};

    fn tree(files: &[(&str, u32, &str)]) -> Tree {
        let mut tree = Tree::before(&[]);
        for (path, mode, text) in files {
            tree = tree.with(path, text.as_bytes().to_vec(), *mode);
        }
        tree
    }

    #[test]
    fn what_is_the_same_keeps_its_time_and_what_is_not_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path();
        fs::create_dir(top.join("a")).unwrap();
        let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        for (name, text) in [
            ("a/same", "same"),
            ("a/other", "old"),
            ("gone", "gone"),
            ("run", "x"),
        ] {
            fs::write(top.join(name), text).unwrap();
            fs::File::open(top.join(name))
                .unwrap()
                .set_modified(then)
                .unwrap();
        }
        let files = [
            ("a/same", 0o100_644, "same"),
            ("a/other", 0o100_644, "new"),
            ("run", 0o100_755, "x"),
            ("b/c", 0o100_644, "c"),
            ("l", mode::LINK, "a/same"),
        ];
        let tree = tree(&files);
        let paths: Vec<String> = ["a/same", "a/other", "run", "b/c", "l", "gone"]
            .map(str::to_owned)
            .into();
        let renewed = renew(&tree, &paths, top).unwrap();
        assert_eq!(renewed, ["a/other", "run", "b/c", "l", "gone"]);
        let times: BTreeMap<&str, bool> = ["a/same", "a/other", "run"]
            .map(|name| {
                (
                    name,
                    fs::metadata(top.join(name)).unwrap().modified().unwrap() == then,
                )
            })
            .into();
        assert_eq!(
            times,
            [("a/same", true), ("a/other", false), ("run", false)].into()
        );
        assert_eq!(fs::read_to_string(top.join("l")).unwrap(), "same");
        assert!(!top.join("gone").exists());
        assert!(renew(&tree, &paths, top).unwrap().is_empty());
    }

    #[test]
    fn nothing_is_written_or_removed_behind_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (top, other) = (folder.path().join("top"), folder.path().join("other"));
        for made in [&top, &other] {
            fs::create_dir(made).unwrap();
        }
        fs::write(other.join("file"), "mine").unwrap();
        for name in ["a", "b"] {
            symlink(&other, top.join(name)).unwrap();
        }
        symlink(other.join("file"), top.join("c")).unwrap();
        let tree = tree(&[("a/file", 0o100_644, "theirs"), ("c", 0o100_644, "theirs")]);
        let paths: Vec<String> = ["a/file", "b/file", "c"].map(str::to_owned).into();
        renew(&tree, &paths, &top).unwrap();
        assert_eq!(fs::read_to_string(other.join("file")).unwrap(), "mine");
        assert_eq!(fs::read_to_string(top.join("a/file")).unwrap(), "theirs");
        assert_eq!(fs::read_to_string(top.join("c")).unwrap(), "theirs");
        assert!(renew(&tree, &["../x".to_owned()], &top).is_err());
    }
}
