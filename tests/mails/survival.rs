//! What lint lets pass, git reads back as it was written.

use std::fs;

use patchwright::check::{Severity, lint::lint};
use patchwright::mail::{Options, render};
use proptest::collection::vec;
use proptest::prop_oneof;
use proptest::sample::select;
use proptest::test_runner::TestRunner;

use crate::bench::{Bench, cases, git_is_there, options};

const LINES: &[&str] = &[
    "A sentence.",
    "",
    "---",
    "--- ",
    "----",
    "-- ",
    "--- a/x",
    "---x",
    "diff --git a/x b/x",
    "diff - x",
    " diff -u",
    "diff",
    "Index: x",
    "Index:x",
    "From: A <a@b.c>",
    "from: x",
    "Subject: x",
    "Date: x",
    "[PATCH] x",
    "[PATCH]x",
    "[RFC] x",
    "From here",
    "From a@b.c Thu Jan  1 00:00:00 1970",
    ">From x",
    " From a@b.c Thu Jan  1 00:00:00 1970",
    "-- >8 --",
    "-- 8< -- cut here -- 8< --",
    ">8 and more words to make it long",
    "- 8< -",
    "a - 8<",
    "a -> b >8- c",
    "+ added",
    "- removed",
    "@@ -1 +1 @@",
    "été",
    "  indented",
    "\ttab",
    "Signed-off-by: A <a@b.c>",
    "Cc: x",
    "GIT binary patch",
    "index 1..2",
    "x: y",
    "*** x",
    "=====",
    "end  ",
    "Content-Type: text/html",
    "MIME-Version: 1.0",
    ">",
    "#",
    "Message-ID: <x@y>",
    "Re: x",
    "a\u{c}b",
];
const TITLES: &[&str] = &[
    "a: Change",
    "[a] Change",
    "Re: x",
    "re: x",
    ": x",
    "R: x",
    "rEply",
    "=?utf-8?q?x?=",
    "=?x",
    "été",
    "a [b] c",
    "- x",
    "a: \"b\" <c>",
    "Subject: x",
    "From: x",
    "From x",
    "a very long title that needs more than one line in the header of a mail, since it has so many words",
    "(x) y",
    "---",
    "diff --git",
    "x\ty",
];

#[test]
fn a_message_without_errors_is_read_back_whole() {
    if !git_is_there() {
        return;
    }
    let bench = Bench::new();
    bench.write("a", "a\n");
    bench.commit("base\n");
    bench.write("a", "b\n");
    bench.commit("change\n");
    let commit = bench.commits("HEAD~1..HEAD").remove(0);
    let options = Options {
        cover: None,
        ..options()
    };
    let survived = std::cell::Cell::new(0);
    let line = prop_oneof![1 => select(LINES), 2 => select(&["A sentence.", ""][..])];
    let strategy = (
        select(TITLES),
        vec(line, 0..6),
        select(&["C O Mitter", "Another"][..]),
    );
    let run = TestRunner::new(cases(100)).run(&strategy, |(title, body, author)| {
        let mut commit = commit.clone();
        // Only the sender's own patches have a body that may begin with a header.
        commit.author = options.from.clone();
        commit.author.name = author.to_string();
        commit.message = format!("{title}\n\n{}\n", body.join("\n"));
        let findings = lint(&commit.message, &commit.changes);
        if findings
            .iter()
            .any(|finding| finding.severity == Severity::Error)
        {
            return Ok(());
        }
        survived.set(survived.get() + 1);
        let mail = render(std::slice::from_ref(&commit), &options)
            .unwrap()
            .remove(0);
        let expected: String = body
            .iter()
            .map(|line| line.trim_end().to_string() + "\n")
            .collect();
        let (read_title, read_body, patch) = read_back(&bench, &mail.bytes);
        assert_eq!(read_title, title.replace('\t', " "));
        assert_eq!(read_body.trim_matches('\n'), expected.trim_matches('\n'));
        assert!(
            patch.ends_with("@@ -1 +1 @@\n-a\n+b\n-- \npatchwright\n\n")
                && patch.starts_with("---\n"),
            "{patch}"
        );
        Ok(())
    });
    run.unwrap();
    assert!(survived.get() > 10);
}

/// Returns title, body and patch as `git am` would take them from a mailbox.
fn read_back(bench: &Bench, mail: &[u8]) -> (String, String, String) {
    let root = bench.root.path();
    let split = root.join("split");
    fs::remove_dir_all(&split).ok();
    fs::create_dir(&split).unwrap();
    fs::write(root.join("mail"), mail).unwrap();
    let count = bench.git(&["mailsplit", "-o../split", "../mail"]);
    assert_eq!(count, "1");
    let script = "git mailinfo --scissors ../message ../patch <../split/0001";
    let out = std::process::Command::new("sh")
        .args(["-c", script])
        .current_dir(bench.tree())
        .output()
        .unwrap();
    let info = String::from_utf8(out.stdout).unwrap();
    let subject = info
        .lines()
        .find_map(|line| line.strip_prefix("Subject: "))
        .unwrap_or_default();
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    (subject.to_string(), read("message"), read("patch"))
}
