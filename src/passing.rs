//! Folders that stand only while a run does: each is gone when it is dropped, and when the run is interrupted. Does not know what
//! is in them.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard};

use crate::lock::locked;

/// The folders that stand right now.
fn standing() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    static STANDING: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    locked(&STANDING)
}

/// Removes folders, again where a job that is about to end still wrote into one; the first argument is the status to end with.
const SWEEP: &str = "trap '' INT TERM HUP
code=$1
shift
for again in 1 2 3 4 5; do
    rm -rf -- \"$@\" 2>/dev/null && break
    chmod -R u+rwx -- \"$@\" 2>/dev/null
    sleep 0.1
done
exit \"$code\"";

/// A new private folder, removed on drop with all that is in it.
#[derive(Debug)]
pub struct Passing {
    folder: Option<tempfile::TempDir>,
    path: PathBuf,
}

impl Passing {
    /// Makes one in the folder `place`, its name beginning with `prefix`.
    ///
    /// # Errors
    /// No folder could be made.
    pub fn inside(place: &Path, prefix: &str) -> io::Result<Self> {
        // Held over both, so that no folder is made that an interrupted run does not know of.
        let mut standing = standing();
        let folder = tempfile::Builder::new().prefix(prefix).tempdir_in(place)?;
        let path = folder.path().canonicalize()?;
        standing.insert(path.clone());
        Ok(Passing {
            folder: Some(folder),
            path,
        })
    }

    /// Returns where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Does something that must not be left half done: an interrupted run ends before it or after it.
    ///
    /// Nothing that is done there may make such a folder or drop one.
    pub fn undisturbed<T>(&self, action: impl FnOnce() -> T) -> T {
        let _held = standing();
        action()
    }

    /// Leaves it where it is, for good, and returns where that is.
    pub fn keep(mut self) -> PathBuf {
        standing().remove(&self.path);
        if let Some(folder) = self.folder.take() {
            let _ = folder.keep();
        }
        self.path.clone()
    }

    /// Removes it, and tells where that fails.
    ///
    /// # Errors
    /// What the file system says.
    pub fn close(mut self) -> io::Result<()> {
        self.folder.take().map_or(Ok(()), tempfile::TempDir::close)
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        if let Some(folder) = self.folder.take()
            && folder.close().is_err()
        {
            // A job may have made folders that their owner cannot search. What still cannot be removed then is nothing a drop could report.
            open_up(&self.path);
            let _ = fs::remove_dir_all(&self.path);
        }
        // Only now, or a run that is interrupted in between would leave what is left.
        standing().remove(&self.path);
    }
}

/// Ends the process with `code` and removes all that stand, for a run that is interrupted and drops nothing.
///
/// A shell takes the place of the process: its threads would go on filling folders that are being removed, and its jobs, which
/// end with it, write until then.
pub fn end(code: i32) -> ! {
    // Whoever makes a folder or drops one waits from here on.
    let standing = standing();
    if !standing.is_empty() {
        let _ = Command::new("/bin/sh")
            .args(["-c", SWEEP, "sh", &code.to_string()])
            .args(&*standing)
            .exec();
        // Without a shell, what can be removed is.
        for path in &*standing {
            let _ = fs::remove_dir_all(path);
        }
    }
    std::process::exit(code)
}

fn open_up(folder: &Path) {
    let _ = fs::set_permissions(folder, fs::Permissions::from_mode(0o700));
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open_up(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_locked_folders_is_removed() {
        let passing = Passing::inside(&std::env::temp_dir(), "patchwright-").unwrap();
        let path = passing.path().to_owned();
        fs::create_dir_all(path.join("a/b")).unwrap();
        fs::write(path.join("a/b/c"), "").unwrap();
        fs::set_permissions(path.join("a/b"), fs::Permissions::from_mode(0o0)).unwrap();
        drop(passing);
        assert!(!path.exists());
    }

    #[test]
    fn a_folder_that_is_kept_or_closed_is_not_swept() {
        let root = tempfile::tempdir().unwrap();
        let make = || Passing::inside(root.path(), "p-").unwrap();
        let (kept, closed) = (make(), make());
        let paths = [kept.path().to_owned(), closed.path().to_owned()];
        assert!(paths.iter().all(|path| standing().contains(path)));
        assert_eq!(kept.undisturbed(|| 1), 1);
        assert_eq!(kept.keep(), paths[0]);
        closed.close().unwrap();
        assert!(paths[0].exists() && !paths[1].exists());
        assert!(!paths.iter().any(|path| standing().contains(path)));
    }
}
