//! A folder of this machine that a job may use, and that is gone, whatever it did to it, when it is dropped.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::{mounted, usage};
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
        // What is mounted, and how, is looked up once: the table is long where containers are many.
        static PLACE: OnceLock<PathBuf> = OnceLock::new();
        let place = PLACE.get_or_init(|| {
            let temporary = std::env::temp_dir();
            [temporary.clone(), "/var/tmp".into(), MEMORY.into()]
                .into_iter()
                .find(|place| runs_programs(place))
                .unwrap_or(temporary)
        });
        Self::inside(place)
    }

    /// Makes one in memory, for many small files, where programs may be executed there and there is room, else as
    /// [`Scratch::new`] does.
    ///
    /// # Errors
    /// No folder could be made.
    pub fn in_memory() -> io::Result<Self> {
        static RUNS_PROGRAMS: OnceLock<bool> = OnceLock::new();
        let memory = Path::new(MEMORY);
        if *RUNS_PROGRAMS.get_or_init(|| runs_programs(memory))
            && has_room(memory)
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

/// Where a file system in memory is on Linux.
const MEMORY: &str = "/dev/shm";

/// Room that a folder in memory must have, in bytes: a container gives 64 MiB, which headers and objects of one tree can fill.
const ROOM: u64 = 512 << 20;

fn has_room(place: &Path) -> bool {
    usage::room(place).0 >= ROOM
}

fn runs_programs(place: &Path) -> bool {
    let table = mounted::table();
    place.is_dir()
        && !mounted::options_at(&table, place)
            .iter()
            .any(|option| option == "noexec")
}
