//! Trailers added to messages, as the installed git adds them.

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::prelude::*;

use crate::bench::{cases, git_is_there};
use patchwright::compose::trailers;

const ADDED: [&str; 3] = [
    "Fixes: 0123456789ab",
    "Signed-off-by: E <e@example.org>",
    "Cc: x@y",
];

fn by_git(message: &str, added: &[String]) -> String {
    let mut command = Command::new("git");
    command.args([
        "interpret-trailers",
        "--no-divider",
        "--if-exists",
        "addIfDifferent",
    ]);
    command.args(
        added
            .iter()
            .flat_map(|trailer| ["--trailer", trailer.as_str()]),
    );
    let dir = tempfile::tempdir().unwrap();
    let mut child = command
        .current_dir(dir.path())
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(message.as_bytes())
        .unwrap();
    String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap()
}

/// Without blanks at the ends of lines and of the whole, and with one empty line where there are several.
fn tidy(message: &str) -> String {
    let mut lines: Vec<&str> = message.lines().map(str::trim_end).collect();
    lines.dedup_by(|a, b| a.is_empty() && b.is_empty());
    lines.join("\n").trim_end().to_owned()
}

fn message() -> impl Strategy<Value = String> {
    const LINES: &[&str] = &[
        "",
        "",
        "",
        "a sentence.",
        "key: value",
        "Fixes: 0123456789ab",
        "fixes:  0123456789ab ",
        "Signed-off-by: E <e@example.org>",
        "Signed-off-by: F <f@example.org>",
        "Signed-off-by:",
        "(cherry picked from commit 0123)",
        " continued",
        "\tcontinued",
        "Cc : x@y",
        "two words: value",
        "Cc: x@y",
        "---",
        "  ",
        "http://example.org",
    ];
    prop::collection::vec(prop::sample::select(LINES), 0..9)
        .prop_map(|lines| format!("{}\n", format!("title\n{}", lines.join("\n")).trim_end()))
}

#[test]
fn trailers_are_added_as_git_adds_them() {
    if !git_is_there() {
        return;
    }
    let added = prop::collection::vec(prop::sample::select(&ADDED[..]), 1..3);
    let mut runner = proptest::test_runner::TestRunner::new(cases(128));
    let ran = runner.run(&(message(), added), |(message, added)| {
        let added: Vec<String> = added.into_iter().map(str::to_owned).collect();
        let ours = trailers::with(&message, &added);
        // Git writes the blanks of those that are there anew; ours leaves them to their author.
        let theirs = tidy(&by_git(&message, &added));
        prop_assert_eq!(tidy(&by_git(&ours, &[])), theirs, "{:?}", message);
        prop_assert!(ours.starts_with(message.trim_end()), "{:?}", ours);
        Ok(())
    });
    ran.unwrap();
}
