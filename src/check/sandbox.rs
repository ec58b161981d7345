//! Where everything that comes from a target runs: no network, no home, no environment, within limits, leaving nothing behind.
//!
//! Inside stand a read-only `/usr` (with `/bin`, `/lib` and their like as this machine has them), `/proc`, a minimal `/dev`, scratch
//! file systems of limited size at `/tmp`, `/run` and `/dev/shm`, and what the job mounts. The user is 0 of a user namespace of its own,
//! without capabilities but those over its own files, or a user without any. It does not know what is run, and judges nothing.

mod base;
mod bubblewrap;
mod group;
mod memory;
mod mounted;
mod scratch;
mod system;
mod unshare;
mod usage;
mod watch;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use base::Base;
use group::Groups;
pub use memory::Memory;
pub use scratch::Scratch;

use super::tool;

/// The codes of what this module reports: code, meaning, what to do.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "sandbox-unavailable",
        "nothing on this machine can run a target's code apart from the rest of the machine",
        "install bubblewrap, or allow user namespaces, or run with --unsandboxed where the target is trusted",
    ),
    (
        "sandbox-not-private",
        "a job needs a file system of its own, which a run without a sandbox does not have",
        "install bubblewrap, or allow user namespaces",
    ),
];

/// What to run, and what of the machine it may see.
#[derive(Clone, Debug)]
pub struct Job {
    /// Program (a path inside the sandbox, or a name looked up in its PATH) and arguments.
    pub command: Vec<OsString>,
    /// Folders and files of this machine shown inside, beside the read-only `/usr`; later ones stand over earlier ones.
    pub mounts: Vec<Mount>,
    /// Environment; nothing is inherited. PATH, LC_ALL=C and TZ=UTC are set unless told otherwise.
    pub env: Vec<(String, String)>,
    /// Working directory inside.
    pub cwd: PathBuf,
    /// What it may use.
    pub limits: Limits,
    /// Who runs it inside: 0, or another user, who is nobody's superuser even there.
    pub user: u32,
}

/// The user that nobody else is, as the sandbox's own `/etc/passwd` has it.
pub const NOBODY: u32 = 65534;

impl Job {
    /// Makes a job of a command, with no mounts, in `/tmp`, within the default limits.
    pub fn new<I: IntoIterator<Item = S>, S: Into<OsString>>(command: I) -> Self {
        Job {
            command: command.into_iter().map(Into::into).collect(),
            mounts: Vec::new(),
            env: Vec::new(),
            cwd: PathBuf::from("/tmp"),
            limits: Limits::default(),
            user: 0,
        }
    }

    /// Shows a folder or file of this machine inside, for reading only.
    #[must_use]
    pub fn showing(mut self, outside: impl Into<PathBuf>, inside: impl Into<PathBuf>) -> Self {
        self.mounts.push(Mount {
            outside: outside.into(),
            inside: inside.into(),
            writable: false,
        });
        self
    }

    /// Lends a folder or file of this machine, for reading and writing.
    #[must_use]
    pub fn lending(mut self, outside: impl Into<PathBuf>, inside: impl Into<PathBuf>) -> Self {
        self.mounts.push(Mount {
            outside: outside.into(),
            inside: inside.into(),
            writable: true,
        });
        self
    }

    fn environment(&self) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = [
            ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
            ("LC_ALL", "C"),
            ("TZ", "UTC"),
        ]
        .iter()
        .filter(|(name, _)| self.env.iter().all(|(own, _)| own != name))
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
        all.extend(self.env.iter().cloned());
        all
    }

    // The shell is the first process: when it ends the kernel ends all others before anybody is told, so that nothing outlives a job.
    // All that makes the sandbox ends with whoever started it, but not before it has told the kernel so. Hence the shell says that it
    // is there, and begins when it is answered: by then each of them has, and had one's starter ended before, nobody answers.
    // Its own complaints (`Killed`) are kept out of the job's stderr.
    fn guarded(&self) -> Vec<OsString> {
        let first = format!(
            "exec 3>&2 2>/dev/null; echo; read -r go || exit 125; exec </dev/null; \
             {}(exec 2>&3 3>&-; exec \"$@\"); exit $?",
            self.limits.set()
        );
        let mut all: Vec<OsString> = ["/bin/sh", "-c", &first, "sh"].map(OsString::from).into();
        all.extend(self.command.iter().cloned());
        all
    }
}

impl Limits {
    /// What a shell does to hold itself, and what it starts, to them. A harder limit that it was started with stays.
    fn set(&self) -> String {
        // The units are KiB and blocks of 512 bytes (ulimit in POSIX, and -v in every shell that has it).
        let (time, memory, blocks) = (self.time.as_secs() + 1, self.memory >> 10, self.disk >> 9);
        // Shells call the number of processes `-p`, and bash, to which that is the size of a pipe, `-u`.
        let processes = self.processes;
        format!(
            "ulimit -c 0; ulimit -n 1024; ulimit -t {time}; ulimit -v {memory}; ulimit -f {blocks}; \
             ulimit -p {processes} || ulimit -u {processes}; "
        )
    }
}

/// A folder or file of this machine, and where it stands inside.
#[derive(Clone, Debug)]
pub struct Mount {
    /// Path on this machine.
    pub outside: PathBuf,
    /// Absolute path inside. Where its parent is part of a mount, it must exist there.
    pub inside: PathBuf,
    /// Whether what runs may write there.
    pub writable: bool,
}

/// The most that a job may use. Each process is held to it by `ulimit`, all together by looking at what they use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Wall clock; each process also has no more processor time than this, and a second.
    pub time: Duration,
    /// Address space of each process, and memory of all of them, in bytes.
    pub memory: u64,
    /// Largest file it may write, size of each scratch file system, and all that it may keep in what is lent to it, in bytes.
    pub disk: u64,
    /// Processes and threads at a time.
    pub processes: u32,
    /// Bytes of output kept of each stream; the rest is read and dropped.
    pub output: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            time: Duration::from_secs(20),
            memory: 1 << 30,
            disk: 64 << 20,
            processes: 256,
            output: 4 << 20,
        }
    }
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
    /// Bytes of standard output and standard error read past the limit and dropped.
    pub dropped: u64,
    /// Set where a limit ended it: which.
    pub stopped: Option<&'static str>,
}

/// Why nothing can be run, and how that could be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}; {how}")]
pub struct Unavailable {
    /// What was tried and what it said.
    pub reason: String,
    /// What to do.
    pub how: String,
}

/// A way of running jobs that was tried on this machine and works.
#[derive(Debug)]
pub struct Sandbox {
    backend: Backend,
    base: Base,
    memory: Memory,
    groups: Groups,
}

#[derive(Debug)]
enum Backend {
    Bubblewrap(bubblewrap::Bubblewrap),
    Unshare(unshare::Unshare),
    Plain,
}

impl Sandbox {
    /// Picks what works on this machine: bubblewrap, else namespaces by `unshare`, else, where the user allows it, no sandbox.
    ///
    /// # Errors
    /// Tells what was tried where nothing works.
    pub fn open(unsandboxed: bool) -> Result<Self, Unavailable> {
        let first = match Self::bubblewrap() {
            Ok(sandbox) => return Ok(sandbox),
            Err(unavailable) => unavailable,
        };
        let second = match Self::unshare() {
            Ok(sandbox) => return Ok(sandbox),
            Err(unavailable) => unavailable,
        };
        if unsandboxed {
            return Self::plain();
        }
        Err(Unavailable {
            reason: format!("no sandbox: {}; {}", first.reason, second.reason),
            how: format!(
                "{}; or run with --unsandboxed where the target is trusted",
                tool::how_to_get("bwrap")
            ),
        })
    }

    /// Opens a sandbox made by bubblewrap.
    ///
    /// # Errors
    /// Tells why bubblewrap does not work here.
    pub fn bubblewrap() -> Result<Self, Unavailable> {
        let program = tool::find("bwrap").ok_or_else(|| missing("bwrap"))?;
        // bubblewrap knows `--size` since 0.7.0.
        let sized = bubblewrap::Bubblewrap::new(program.clone(), true);
        Self::probed(Backend::Bubblewrap(sized)).or_else(|_| {
            Self::probed(Backend::Bubblewrap(bubblewrap::Bubblewrap::new(
                program, false,
            )))
        })
    }

    /// Opens a sandbox made by `unshare`, `mount` and `pivot_root`.
    ///
    /// # Errors
    /// Tells why that does not work here.
    pub fn unshare() -> Result<Self, Unavailable> {
        for name in ["unshare", "setpriv"] {
            tool::find(name).ok_or_else(|| missing(name))?;
        }
        Self::probed(Backend::Unshare(unshare::Unshare))
    }

    /// Runs without a sandbox: only the limits hold, and nothing can be mounted anywhere.
    ///
    /// # Errors
    /// Tells why not even that works.
    pub fn plain() -> Result<Self, Unavailable> {
        Self::probed(Backend::Plain)
    }

    fn probed(backend: Backend) -> Result<Self, Unavailable> {
        let unavailable = |reason: String| {
            Unavailable {
            reason,
            how: "allow unprivileged user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone)".to_owned(),
        }
        };
        let base =
            Base::new().map_err(|error| unavailable(format!("no scratch folder: {error}")))?;
        let sandbox = Sandbox {
            backend,
            base,
            memory: Memory::default(),
            groups: Groups::find(),
        };
        let name = sandbox.name();
        match sandbox.run(&Job::new(["true"])) {
            Ok(Ran { status: 0, .. }) => Ok(sandbox),
            Ok(ran) => Err(unavailable(format!(
                "{name} does not work here: {}",
                String::from_utf8_lossy(&ran.stderr)
                    .lines()
                    .next()
                    .unwrap_or("it says nothing")
            ))),
            Err(error) => Err(unavailable(format!("{name} does not work here: {error}"))),
        }
    }

    /// Returns what jobs run in: `bubblewrap`, `unshare` or `no sandbox`.
    pub fn name(&self) -> &'static str {
        match self.backend {
            Backend::Bubblewrap(_) => "bubblewrap",
            Backend::Unshare(_) => "unshare",
            Backend::Plain => "no sandbox",
        }
    }

    /// Returns what was found out in it already; it lives as long as the sandbox.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Returns whether jobs have a file system of their own, so that they can be shown anything anywhere.
    pub fn is_private(&self) -> bool {
        !matches!(self.backend, Backend::Plain)
    }

    /// Returns what this way of running cannot keep a job from.
    pub fn caveats(&self) -> &'static [&'static str] {
        match self.backend {
            Backend::Bubblewrap(_) | Backend::Unshare(_) => &[],
            Backend::Plain => &[
                "the job sees and may change what the user may",
                "the job has the network",
                "a process that leaves its process group may outlive the job",
                "jobs that need a file system of their own are not run",
            ],
        }
    }

    /// Tells whether the job can be run here.
    ///
    /// # Errors
    /// Says what it needs that this way of running does not have.
    pub fn possible(&self, job: &Job) -> Result<(), String> {
        if self.is_private() {
            return Ok(());
        }
        match job
            .mounts
            .iter()
            .find(|mount| mount.inside != mount.outside)
        {
            None => Ok(()),
            Some(mount) => Err(format!(
                "it needs `{}` for itself, which is not possible without a sandbox",
                mount.inside.display()
            )),
        }
    }

    /// Returns where a job should see `outside`: at `wanted` where it has a file system of its own, else where it is.
    pub fn place(&self, outside: &Path, wanted: &str) -> PathBuf {
        if self.is_private() {
            PathBuf::from(wanted)
        } else {
            outside.to_owned()
        }
    }

    /// Runs a job to its end and kills what it left running.
    ///
    /// # Errors
    /// The job could not be started; its own failure is a [`Ran`]. `Unsupported` where it is not [`Sandbox::possible`].
    pub fn run(&self, job: &Job) -> io::Result<Ran> {
        if let Err(reason) = self.possible(job) {
            return Err(io::Error::new(io::ErrorKind::Unsupported, reason));
        }
        let mut command = self.command(job)?;
        // It is gone after the job.
        let group = self.groups.make(job.limits.processes).map(Arc::new);
        let held = group.clone();
        let hold = move |process| held.map_or(Ok(()), |group| group.take(process));
        let lent = job.mounts.iter().filter(|mount| mount.writable);
        let lent: Vec<PathBuf> = lent.map(|mount| mount.outside.clone()).collect();
        watch::run(&mut command, hold, &job.limits, &lent, !self.is_private())
    }

    fn command(&self, job: &Job) -> io::Result<Command> {
        let mut mounts = self.base.mounts(job)?;
        mounts.extend(job.mounts.iter().cloned());
        match &self.backend {
            Backend::Bubblewrap(bubblewrap) => Ok(bubblewrap.command(job, &mounts)),
            Backend::Unshare(unshare) => unshare.command(job, &mounts, &self.base.root()),
            Backend::Plain => Ok(plain(job)),
        }
    }
}

fn plain(job: &Job) -> Command {
    let guarded = job.guarded();
    let mut command = Command::new(&guarded[0]);
    command
        .args(&guarded[1..])
        .env_clear()
        .envs(job.environment())
        .current_dir(&job.cwd);
    command
}

fn missing(name: &str) -> Unavailable {
    Unavailable {
        reason: format!("no {name} on PATH"),
        how: tool::how_to_get(name),
    }
}

#[cfg(test)]
mod tests;
