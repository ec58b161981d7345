//! The sandbox that bubblewrap makes. Knows its options, and nothing of what is run.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use super::system::{self, Top};
use super::{Job, Mount};

/// Bubblewrap on this machine.
#[derive(Debug)]
pub(super) struct Bubblewrap {
    program: PathBuf,
    sized: bool,
}

impl Bubblewrap {
    /// Makes one of the program; `sized` where it knows `--size`.
    pub(super) fn new(program: PathBuf, sized: bool) -> Self {
        Bubblewrap { program, sized }
    }

    /// Returns the command that runs `job` with `mounts` over the read-only system.
    pub(super) fn command(&self, job: &Job, mounts: &[Mount]) -> Command {
        let mut command = Command::new(&self.program);
        // bubblewrap hands its own environment on.
        command.env_clear().envs(job.environment());
        // With `--as-pid-1` bubblewrap returns only when every process of the job is gone.
        let user = job.user.to_string();
        command.args(["--unshare-all", "--unshare-user", "--uid", &user]);
        command.args(["--gid", &user, "--cap-drop", "ALL"]);
        if job.user == 0 {
            command.args(["--cap-add", "CAP_DAC_OVERRIDE"]);
            command.args(["--cap-add", "CAP_FOWNER"]);
        }
        command.args(["--die-with-parent", "--new-session", "--as-pid-1"]);
        for top in system::tops() {
            match top {
                Top::Folder(path) => command.args(["--ro-bind", path, path]),
                Top::Link { path, target } => command.arg("--symlink").arg(target).arg(path),
            };
        }
        command.args(["--proc", "/proc", "--dev", "/dev"]);
        // The kernel's settings belong to the machine's superuser, which a job started by it still is to them.
        for settings in system::SETTINGS {
            command.args(["--ro-bind-try", settings, settings]);
        }
        for scratch in ["/tmp", "/run", "/dev/shm"] {
            command.args(self.scratch(job, scratch));
        }
        for mount in mounts {
            command.arg(if mount.writable {
                "--bind"
            } else {
                "--ro-bind"
            });
            command.arg(&mount.outside).arg(&mount.inside);
        }
        // The root and /dev are memory without a limit of size.
        command.args(["--remount-ro", "/dev", "--remount-ro", "/", "--chdir"]);
        command.arg(&job.cwd).arg("--").args(job.guarded());
        command
    }

    fn scratch(&self, job: &Job, path: &str) -> Vec<OsString> {
        let mut words = Vec::new();
        if self.sized {
            words.extend(["--size".to_owned(), job.limits.disk.to_string()]);
        }
        words.extend(["--tmpfs".to_owned(), path.to_owned()]);
        words.into_iter().map(OsString::from).collect()
    }
}
