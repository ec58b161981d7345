//! A folder of this machine that is gone, whatever a job did to it, when it is dropped.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::mounted;

/// The folders that stand right now.
fn standing() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    static STANDING: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    STANDING.lock().unwrap_or_else(PoisonError::into_inner)
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
pub struct Scratch {
    folder: Option<tempfile::TempDir>,
    path: PathBuf,
}

impl Scratch {
    /// Makes one where the user's temporary files go; where nothing can be executed there, in another of the usual places.
    ///
    /// # Errors
    /// No folder could be made.
    pub fn new() -> io::Result<Self> {
        let temporary = std::env::temp_dir();
        let place = [temporary.clone(), "/var/tmp".into(), "/dev/shm".into()]
            .into_iter()
            .find(|place| runs_programs(place))
            .unwrap_or(temporary);
        Self::inside(&place)
    }

    /// Makes one in memory, for many small files, where programs may be executed there, else as [`Scratch::new`] does.
    ///
    /// # Errors
    /// No folder could be made.
    pub fn in_memory() -> io::Result<Self> {
        let memory = Path::new("/dev/shm");
        if runs_programs(memory)
            && let Ok(scratch) = Self::inside(memory)
        {
            return Ok(scratch);
        }
        Self::new()
    }

    fn inside(place: &Path) -> io::Result<Self> {
        // Held over both, so that no folder is made that an interrupted run does not know of.
        let mut standing = standing();
        let folder = tempfile::Builder::new()
            .prefix("patchwright-")
            .tempdir_in(place)?;
        let path = folder.path().canonicalize()?;
        standing.insert(path.clone());
        Ok(Scratch {
            folder: Some(folder),
            path,
        })
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

    /// Returns where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
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

fn runs_programs(place: &Path) -> bool {
    let table = mounted::table();
    place.is_dir()
        && !mounted::options_at(&table, place)
            .iter()
            .any(|option| option == "noexec")
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
    fn a_scratch_with_locked_folders_is_removed() {
        let scratch = Scratch::new().unwrap();
        let path = scratch.path().to_owned();
        fs::create_dir_all(path.join("a/b")).unwrap();
        fs::write(path.join("a/b/c"), "").unwrap();
        fs::set_permissions(path.join("a/b"), fs::Permissions::from_mode(0o0)).unwrap();
        drop(scratch);
        assert!(!path.exists());
    }
}
