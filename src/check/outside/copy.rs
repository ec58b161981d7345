//! Copies a folder with the times of its files, so that a build tool sees nothing as changed. Knows no build.

use std::fs::{self, File, FileTimes};
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

/// Copies all below a folder into an empty one: files, folders and links, with permissions and times of modification. What `leave`
/// names is left out, and so is what is neither of these.
///
/// # Errors
/// Where one can't be read or written, with its path.
pub(super) fn copy(from: &Path, to: &Path, leave: &dyn Fn(&Path) -> bool) -> io::Result<()> {
    let entries = fs::read_dir(from).map_err(|error| at(from, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| at(from, &error))?.path();
        let place = to.join(path.file_name().unwrap_or_default());
        let kind = fs::symlink_metadata(&path).map_err(|error| at(&path, &error))?;
        if leave(&path) {
            continue;
        }
        let copied = if kind.is_dir() {
            fs::create_dir(&place).and_then(|()| copy(&path, &place, leave))
        } else if kind.is_symlink() {
            fs::read_link(&path).and_then(|target| symlink(target, &place))
        } else if kind.is_file() {
            fs::copy(&path, &place).map(|_| ())
        } else {
            Ok(())
        };
        copied.map_err(|error| at(&path, &error))?;
        if kind.is_dir() || kind.is_file() {
            let times = FileTimes::new().set_modified(kind.modified()?);
            // A file that may not be written can't be opened for it either; its times can be set all the same.
            let opened = File::open(&place).and_then(|file| file.set_times(times));
            opened.map_err(|error| at(&path, &error))?;
        }
    }
    Ok(())
}

/// The error with the path that it is about; one that has a path already stays as it is.
fn at(path: &Path, error: &io::Error) -> io::Error {
    let text = error.to_string();
    match error.raw_os_error() {
        Some(_) => io::Error::new(error.kind(), format!("{}: {text}", path.display())),
        None => io::Error::new(error.kind(), text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::time::{Duration, SystemTime};

    #[test]
    fn a_copy_has_the_times_and_permissions_of_what_it_was_made_of() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("a/b")).unwrap();
        fs::create_dir_all(from.join("left")).unwrap();
        fs::create_dir(&to).unwrap();
        fs::write(from.join("a/b/c"), "text").unwrap();
        fs::set_permissions(from.join("a/b/c"), fs::Permissions::from_mode(0o555)).unwrap();
        symlink("nowhere", from.join("a/link")).unwrap();
        let then = SystemTime::UNIX_EPOCH + Duration::new(1_432_123_517, 123_456_789);
        for name in ["a/b/c", "a/b", "a"] {
            let file = File::open(from.join(name)).unwrap();
            file.set_times(FileTimes::new().set_modified(then)).unwrap();
        }
        copy(&from, &to, &|path| path.ends_with("left")).unwrap();
        for name in ["a/b/c", "a/b", "a"] {
            let copied = fs::metadata(to.join(name)).unwrap();
            assert_eq!(copied.modified().unwrap(), then, "{name}");
        }
        let mode = fs::metadata(to.join("a/b/c")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o555);
        assert_eq!(
            fs::read_link(to.join("a/link")).unwrap(),
            Path::new("nowhere")
        );
        assert!(!to.join("left").exists());
        let missing = copy(&from.join("none"), &to, &|_| false).unwrap_err();
        assert!(missing.to_string().contains("none: "), "{missing}");
    }
}
