//! A hermetic bench: an empty environment, a home of its own, and the program to be tested.

pub(crate) mod browser;

use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A place to run things in, with nothing of the user's.
pub(crate) struct Bench {
    root: TempDir,
}

/// What a run left.
#[must_use = "look at the exit status or at what was printed"]
pub(crate) struct Left {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl std::fmt::Display for Left {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}\n--- stderr ---\n{}\n[exit status: {}]",
            self.stdout, self.stderr, self.status
        )
    }
}

impl Left {
    /// Asserts the exit status, showing everything where it is another.
    pub(crate) fn ends_with(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{self}");
        self
    }

    /// Parses what was printed as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }
}

impl Bench {
    pub(crate) fn new() -> Self {
        let bench = Bench {
            root: tempfile::tempdir().unwrap(),
        };
        std::fs::create_dir(bench.path("home")).unwrap();
        bench
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// A command in the bench's root with the bench's environment.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.root.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path("home"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .env("GIT_AUTHOR_NAME", "A Ú Thor")
            .env("GIT_AUTHOR_EMAIL", "author@example.org")
            .env("GIT_COMMITTER_NAME", "C Ó Mitter")
            .env("GIT_COMMITTER_EMAIL", "committer@example.org")
            .env("GIT_AUTHOR_DATE", "1432123517 -0400")
            .env("GIT_COMMITTER_DATE", "1432123517 -0400");
        command
    }

    /// Runs patchwright.
    pub(crate) fn run(&self, args: &[&str]) -> Left {
        left(self.command(env!("CARGO_BIN_EXE_patchwright")).args(args))
    }

    /// Runs patchwright where it finds no programs.
    pub(crate) fn run_without_tools(&self, args: &[&str]) -> Left {
        left(
            self.command(env!("CARGO_BIN_EXE_patchwright"))
                .env("PATH", self.path("empty"))
                .args(args),
        )
    }

    /// Runs git, which must succeed, and returns what it printed.
    pub(crate) fn git(&self, dir: &str, args: &[&str]) -> String {
        let left = left(self.command("git").arg("-C").arg(self.path(dir)).args(args)).ends_with(0);
        left.stdout.trim_end().to_owned()
    }

    /// Runs a command line in a folder.
    pub(crate) fn shell(&self, dir: &str, script: &str) -> Left {
        left(
            self.command("sh")
                .current_dir(self.path(dir))
                .args(["-c", script]),
        )
    }

    /// Writes the sample repository to `name`.
    pub(crate) fn sample(&self, name: &str) {
        let _ = self.run(&["sample", name]).ends_with(0);
    }

    /// Writes the sample repository to `name`, with a commit that mends its comparison, and its spec as it was.
    pub(crate) fn sample_with_the_comparison_fixed(&self, name: &str) {
        self.sample(name);
        let file = "src/qemu/qemu_capabilities.c";
        self.commit(
            name,
            file,
            "selfctime < virGetSelf",
            "selfctime != virGetSelf",
        );
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Replaces a text in a file, which must have it.
    pub(crate) fn replace(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} does not have {from}");
        self.write(name, &text.replace(from, to));
    }

    /// Replaces a text in a file of a repository and commits that.
    pub(crate) fn commit(&self, repository: &str, file: &str, from: &str, to: &str) {
        self.replace(&format!("{repository}/{file}"), from, to);
        self.git(repository, &["commit", "-qam", "change"]);
    }

    /// The names in a folder, sorted; empty where there is none.
    pub(crate) fn names(&self, dir: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.path(dir)) else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Every file under a folder with its content, to compare whole folders.
    pub(crate) fn contents(&self, dir: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        gather(&self.path(dir), &self.path(dir), &mut found);
        found.sort();
        found
    }
}

fn gather(base: &Path, dir: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            gather(base, &path, found);
        } else if path.is_file() {
            found.push((
                path.strip_prefix(base).unwrap().to_owned(),
                std::fs::read(&path).unwrap(),
            ));
        }
    }
}

/// Runs a command to its end.
pub(crate) fn left(command: &mut Command) -> Left {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    Left {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Whether the programs are there; where one is not, the test says that it was skipped, or fails where tools are required.
pub(crate) fn have(programs: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let missing: Vec<&&str> = programs
        .iter()
        .filter(|program| {
            !std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
        })
        .collect();
    if !missing.is_empty() {
        self::missing(&format!("no {missing:?} on this machine"));
    }
    missing.is_empty()
}

/// Says that a test is skipped for want of something; fails where tools are required.
pub(crate) fn missing(what: &str) {
    let what = format!("skipped: {what}");
    assert!(
        std::env::var_os("PATCHWRIGHT_REQUIRE_TOOLS").is_none_or(|value| value != "1"),
        "{what}"
    );
    println!("{what}");
}
