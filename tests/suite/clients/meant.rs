//! A series that is hard on clients, as commits and as what was written of it: a non-ASCII author who is not the sender, subjects
//! that fold, RFC and a version, recipients, trailers.

use crate::support::{Bench, Left};

pub(super) const TO: &str = "Öl Ist <list@example.org>";
pub(super) const CC: &str = "\"Q, Mr.\" <q@example.org>";
pub(super) const SENDER: &str = "Zoë Ünder <zoe@example.org>";
pub(super) const AUTHOR: &str = "Jürgen Ärger <juergen@example.org>";

/// A bench with a tree in `repo`, the commits of the series on the branch `meant`.
pub(super) struct Meant {
    pub(super) bench: Bench,
    series: &'static str,
}

impl Meant {
    /// The series that ships, on the sample: its subjects fold.
    pub(super) fn new() -> Self {
        let bench = Bench::new();
        bench.sample("repo");
        Self::kept(bench, "capabilities-cache")
    }

    /// A series whose subjects and messages are in another alphabet, and long.
    pub(super) fn encoded() -> Self {
        let bench = Bench::new();
        let series = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/clients/limits");
        bench.write("repo/tool.c", include_str!("limits/tree/tool.c"));
        bench.git("repo", &["init", "-q", "-b", "mainline"]);
        bench.git("repo", &["add", "."]);
        bench.git("repo", &["commit", "-qm", "tool"]);
        Self::kept(bench, series)
    }

    /// Both, for what every series has to survive.
    pub(super) fn all() -> [Self; 2] {
        [Self::new(), Self::encoded()]
    }

    fn kept(bench: Bench, series: &'static str) -> Self {
        let meant = Meant { bench, series };
        let _ = meant.generate("first", &["--branch", "meant"]).ends_with(0);
        meant
    }

    /// Writes the series to `out`.
    pub(super) fn generate(&self, out: &str, more: &[&str]) -> Left {
        let args = [
            "generate",
            "-q",
            "--series",
            self.series,
            "--repo",
            "repo",
            "--check",
            "lint",
            "--from",
            SENDER,
            "--author",
            AUTHOR,
            "--rfc",
            "-v",
            "2",
            "--to",
            TO,
            "--cc",
            CC,
            "-s",
            "--trailer",
            "Reviewed-by: Øy Vind <oy@example.org>",
            "-o",
            out,
        ];
        self.bench.run(&[&args[..], more].concat())
    }

    /// A clone of the base to put the series on.
    pub(super) fn clone(&self, name: &str) {
        self.bench
            .git("", &["clone", "-q", "-b", "mainline", "repo", name]);
    }

    /// Asserts that a clone's commits since the base are those that were meant: trees, authors, dates, messages.
    pub(super) fn arrived(&self, clone: &str) {
        self.arrived_as(clone, "--format=%T%n%an <%ae>%n%ad%n%B");
    }

    /// Asserts the same but for the dates, which a mail that was sent has from its sending.
    pub(super) fn arrived_by_mail(&self, clone: &str) {
        self.arrived_as(clone, "--format=%T%n%an <%ae>%n%B");
    }

    fn arrived_as(&self, clone: &str, format: &str) {
        let told =
            |repository: &str, range: &str| self.bench.git(repository, &["log", format, range]);
        assert_eq!(
            told(clone, "origin/mainline..HEAD"),
            told("repo", "mainline..meant"),
            "{clone}"
        );
    }

    /// Runs a command line in a folder of the bench, which must succeed, and returns what it printed.
    pub(super) fn shell(&self, dir: &str, script: &str) -> String {
        let left = self.bench.shell(dir, script).ends_with(0);
        left.stdout
    }

    /// Returns a command that was printed to go on with, by its word.
    pub(super) fn printed(left: &Left, word: &str) -> String {
        let line = left
            .stdout
            .lines()
            .find_map(|line| line.trim_start().strip_prefix(word))
            .unwrap_or_else(|| panic!("no command to {word}: {left}"));
        line.trim().to_owned()
    }
}
