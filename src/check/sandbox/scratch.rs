//! A folder of this machine that a job may use, and that is gone, whatever it did to it, when it is dropped.

use std::io;
use std::path::Path;

use super::mounted;
use crate::passing::Passing;

/// A new private folder, removed on drop with all that is in it.
#[derive(Debug)]
pub struct Scratch(Passing);

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
        Passing::inside(place, "patchwright-").map(Scratch)
    }

    /// Returns where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

fn runs_programs(place: &Path) -> bool {
    let table = mounted::table();
    place.is_dir()
        && !mounted::options_at(&table, place)
            .iter()
            .any(|option| option == "noexec")
}
