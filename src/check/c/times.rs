//! Files whose times the system gave them: ctimes cannot be set, only waited for. Does not know what they stand for.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use crate::check::sandbox::{Sandbox, Scratch};
use crate::lock::locked;

/// A file that is older than anything made now, on every machine that has been up for some seconds.
const OLD: &str = "/bin/sh";
/// Attempts at two files in consecutive seconds: a busy machine may miss the second.
const MOST_ATTEMPTS: usize = 8;

/// Makes the files `1`, `2` and `3` in a folder: 3 in the second after that of 2, 1 at least two seconds before 2.
fn make(folder: &Path) -> io::Result<()> {
    let at = |name: &str| folder.join(name);
    let second = |name: &str| fs::metadata(at(name)).map(|found| found.ctime());
    symlink(OLD, at("1"))?;
    for _ in 0..MOST_ATTEMPTS {
        make_anew(&at("2"))?;
        sleep_to_next_second();
        make_anew(&at("3"))?;
        if second("3")? != second("2")? + 1 {
            continue;
        }
        if second("1").is_ok_and(|old| second("2").is_ok_and(|new| old <= new - 2)) {
            return Ok(());
        }
        make_anew(&at("1"))?;
        thread::sleep(Duration::from_secs(2));
    }
    Err(io::Error::other("no two files in consecutive seconds"))
}

fn make_anew(path: &Path) -> io::Result<()> {
    if path.symlink_metadata().is_ok() {
        fs::remove_file(path)?;
    }
    fs::write(path, "")
}

/// Sleeps until the clock that files get their times from has passed a second: it may be a tick late.
fn sleep_to_next_second() {
    const TICK: Duration = Duration::from_millis(12);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let within = now.map_or(0, |now| now.subsec_nanos());
    thread::sleep(Duration::from_secs(1) - Duration::from_nanos(within.into()) + TICK);
}

/// Files that are being made while others work. Nobody waits for them where nobody asks: the folder goes with this.
pub(super) struct Coming {
    folder: io::Result<Scratch>,
    maker: Mutex<Option<JoinHandle<io::Result<()>>>>,
    made: OnceLock<Result<(), String>>,
}

impl Coming {
    /// Begins to make them, once for all who use the sandbox.
    pub(super) fn begin(sandbox: &Sandbox) -> Arc<Self> {
        sandbox.memory().once("times", &[], || {
            let folder = Scratch::new();
            let place = folder.as_ref().ok().map(|folder| folder.path().to_owned());
            let maker = place.map(|place| thread::spawn(move || make(&place)));
            Arc::new(Coming {
                folder,
                maker: Mutex::new(maker),
                made: OnceLock::new(),
            })
        })
    }

    /// Waits for them, and returns the folder that they are in.
    ///
    /// # Errors
    /// Why there are none, in words.
    pub(super) fn wait(&self) -> Result<&Path, String> {
        let none = |error: &io::Error| format!("no files with different ctimes: {error}");
        let made = self.made.get_or_init(|| {
            let mut maker = locked(&self.maker);
            let maker = maker.take().ok_or("nobody makes them")?;
            let made = maker.join().map_err(|_| "their maker died")?;
            made.map_err(|error| none(&error))
        });
        let folder = self.folder.as_ref().map_err(none)?;
        made.clone().map(|()| folder.path())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_files_have_ctimes_in_the_order_of_their_names() {
        let folder = Scratch::new().unwrap();
        make(folder.path()).unwrap();
        let second = |name: &str| fs::metadata(folder.path().join(name)).unwrap().ctime();
        assert_eq!(second("3"), second("2") + 1);
        assert!(second("1") <= second("2") - 2);
    }

    #[test]
    fn what_nobody_waits_for_is_gone_with_the_sandbox() {
        let sandbox = Sandbox::plain().unwrap();
        let coming = Coming::begin(&sandbox);
        let path = coming.folder.as_ref().unwrap().path().to_owned();
        assert!(path.is_dir());
        drop((coming, sandbox));
        assert!(!path.exists());
    }
}
