//! The installed git, asked about the objects of a repository. Does not know what it is asked.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// The tree without files, which git knows although no repository has it.
pub(super) const NO_FILES: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/// Returns a git that reads the objects of a repository.
///
/// Neither the user's nor the system's configuration has a say, nor what was replaced by `git replace`, which libgit2 doesn't follow.
pub(super) fn git(repository: &Path) -> Command {
    let mut git = Command::new("git");
    git.env_clear()
        .envs(
            ["PATH", "LD_LIBRARY_PATH", "TMPDIR"]
                .iter()
                .filter_map(|name| Some((name, std::env::var_os(name)?))),
        )
        .env("LC_ALL", "C")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_ATTR_NOSYSTEM", "1")
        // Attributes are those of a tree without any.
        .env("GIT_ATTR_SOURCE", NO_FILES)
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("GIT_NO_LAZY_FETCH", "1")
        // Who may read it was decided when it was opened.
        .args(["-c", "safe.directory=*"])
        .arg("--git-dir")
        .arg(repository);
    git
}

/// Runs it with `input`, and returns what it prints.
///
/// # Errors
/// Why it could not be started, or what it says where it fails.
pub(super) fn answer(git: &mut Command, input: &[u8]) -> Result<Vec<u8>, String> {
    let streams = [Stdio::piped(), Stdio::piped(), Stdio::piped()];
    let [stdin, stdout, stderr] = streams;
    let started = git.stdin(stdin).stdout(stdout).stderr(stderr).spawn();
    let mut child = started.map_err(|error| format!("`git` can't be started: {error}"))?;
    let mut stdin = child.stdin.take();
    let ended = std::thread::scope(|scope| {
        // What git does not read it has failed over, and says so by how it ends.
        scope.spawn(move || stdin.as_mut().map(|stdin| stdin.write_all(input)));
        child.wait_with_output()
    });
    let ended = ended.map_err(|error| error.to_string())?;
    if ended.status.success() {
        return Ok(ended.stdout);
    }
    let said = String::from_utf8_lossy(&ended.stderr);
    Err(format!("`git` failed: {}", said.trim()))
}
