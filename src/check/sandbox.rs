//! Where everything that comes from a target runs: no network, no home, no environment, within limits, leaving nothing behind.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// What to run, and what of the machine it may see.
#[derive(Clone, Debug)]
pub struct Job {
    /// Program (a path inside the sandbox, or a name looked up in its PATH) and arguments.
    pub command: Vec<OsString>,
    /// Folders and files of this machine shown inside, beside the read-only `/usr`.
    pub mounts: Vec<Mount>,
    /// Environment; nothing is inherited. PATH, LC_ALL=C and TZ=UTC are set unless told otherwise.
    pub env: Vec<(String, String)>,
    /// Working directory inside.
    pub cwd: PathBuf,
    /// What it may use.
    pub limits: Limits,
}

/// A folder or file of this machine, and where it stands inside.
#[derive(Clone, Debug)]
pub struct Mount {
    /// Path on this machine.
    pub outside: PathBuf,
    /// Absolute path inside.
    pub inside: PathBuf,
    /// Whether what runs may write there.
    pub writable: bool,
}

/// The most that a job may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Wall clock.
    pub time: Duration,
    /// Address space of each process, in bytes.
    pub memory: u64,
    /// Largest file it may write, and size of each scratch file system, in bytes.
    pub disk: u64,
    /// Processes at a time.
    pub processes: u32,
    /// Bytes of output kept of each stream; the rest is read and dropped.
    pub output: usize,
}

/// What a finished job left.
#[derive(Clone, Debug)]
pub struct Ran {
    /// Exit status, 128 and the signal's number where a signal ended it.
    pub status: i32,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// Set where a limit ended it: which.
    pub stopped: Option<&'static str>,
}
