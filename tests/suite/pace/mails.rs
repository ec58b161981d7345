//! How long mails take, beside `git format-patch` on the same commits. Run as the bench of histories is.

use super::{History, TIMES, milliseconds, timed};
use crate::support::{Bench, have};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Commits that are mailed.
const MAILED: usize = 200;
/// Mails that are read.
const READ: usize = 1000;

/// A range of commits of a history, and how many it has without merges.
struct Range {
    text: String,
    count: String,
}

/// Returns the range of the last commits below a revision, along first parents.
fn range(bench: &Bench, history: &History, tip: &str, length: usize) -> Option<Range> {
    let first = format!("--max-count={}", length + 1);
    let told = history.git(bench, &["rev-list", "--first-parent", &first, tip], "");
    let base = told.lines().nth(length)?;
    let text = format!("{base}..{tip}");
    let count = history.git(bench, &["rev-list", "--no-merges", "--count", &text], "");
    let count = count.trim().to_owned();
    Some(Range { text, count })
}

/// Runs a command that writes to a folder which is not there yet.
fn fresh(command: &mut Command, folder: &Path) -> Duration {
    // Where the mails of commits that fail a check are kept.
    let _ = std::fs::remove_dir_all(folder.with_extension("failed"));
    let _ = std::fs::remove_dir_all(folder);
    timed(command.arg("-o").arg(folder), "").0
}

/// The middle one of several ratios.
fn median(mut ratios: Vec<f64>) -> f64 {
    ratios.sort_by(f64::total_cmp);
    ratios[ratios.len() / 2]
}

/// Writes the mails of a range with git and with ours in turn, and prints how the times are to each other.
fn write(bench: &Bench, history: &History, range: &Range) {
    let ways: [(&str, &[&str]); 3] = [
        ("--check lint --dry-run", &["--check", "lint", "--dry-run"]),
        ("--check lint", &["--check", "lint"]),
        ("--check lint,syntax", &["--check", "lint,syntax"]),
    ];
    let (theirs, ours) = (bench.path("theirs"), bench.path("ours"));
    let git = || {
        let mut command = history.command(bench);
        command.args([
            "format-patch",
            "-q",
            "--full-index",
            "--cover-letter",
            &range.text,
        ]);
        fresh(&mut command, &theirs)
    };
    for (what, more) in ways {
        let mut times = Vec::new();
        for _ in 0..TIMES {
            let mut command = bench.command(env!("CARGO_BIN_EXE_patchwright"));
            command.args([
                "generate",
                "-q",
                "--keep-failed",
                "--from",
                "C O Mitter <c@example.org>",
            ]);
            command.args(["--commits", &range.text, "--repo"]);
            command.arg(&history.git_dir).args(more);
            times.push((git(), fresh(&mut command, &ours)));
        }
        let least = |times: Vec<Duration>| milliseconds(times.into_iter().min().unwrap());
        let ratio = |(git, own): &(Duration, Duration)| milliseconds(*own) / milliseconds(*git);
        let (gits, owns) = times.iter().copied().unzip();
        println!(
            "{} mails: git format-patch {:7.1} ms, generate --commits {what:24} {:7.1} ms, median of ratios {:.2}",
            range.count,
            least(gits),
            least(owns),
            median(times.iter().map(ratio).collect()),
        );
    }
    let written = [&ours, &ours.with_extension("failed")].map(std::fs::read_dir);
    let mails = written.into_iter().flatten().flatten().count();
    assert!(mails > MAILED / 2, "{mails}");
}

/// Reads a mailbox of many mails back: all that `validate` does with them but to play them. Translations are left out: those of one
/// release are hundreds of megabytes.
fn read(bench: &Bench, history: &History, range: &Range) {
    let mut command = history.command(bench);
    command.args(["format-patch", "--stdout", "--full-index", &range.text]);
    command.args(["--", ".", ":(exclude)po"]);
    let mailbox = timed(&mut command, "").1;
    std::fs::write(bench.path("mailbox"), &mailbox).unwrap();
    let base = range.text.split("..").next().unwrap();
    let mut times = Vec::new();
    for _ in 0..TIMES {
        let mut command = bench.command(env!("CARGO_BIN_EXE_patchwright"));
        command.args([
            "validate", "-q", "--check", "lint", "--onto", base, "--repo",
        ]);
        command.arg(&history.git_dir).arg("mailbox");
        times.push(milliseconds(timed(&mut command, "").0));
    }
    println!(
        "{} mails of {} MB: validate --check lint {:7.1} ms",
        range.count,
        mailbox.len() >> 20,
        median(times)
    );
}

#[test]
fn mails_are_written_and_read_about_as_fast_as_git_writes_them() {
    let Some(named) = std::env::var_os("PATCHWRIGHT_BENCH").filter(|_| have(&["git"])) else {
        println!("skipped: PATCHWRIGHT_BENCH names no history");
        return;
    };
    let bench = Bench::new();
    let history = History::open(&bench, &named.to_string_lossy());
    let tips = std::env::var("PATCHWRIGHT_BENCH_TIPS");
    let tips = tips.unwrap_or_else(|_| match named == "generated" {
        true => "long".to_owned(),
        false => "HEAD".to_owned(),
    });
    for tip in tips.split_whitespace() {
        println!("{tip}:");
        let mailed = range(&bench, &history, tip, MAILED).expect("200 commits");
        write(&bench, &history, &mailed);
        match range(&bench, &history, tip, READ) {
            Some(many) => read(&bench, &history, &many),
            None => println!("skipped: {tip} has fewer than {READ} commits"),
        }
    }
}
