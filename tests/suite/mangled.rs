//! Commits that a mail would not bring to the other side as they are: each is told with its code, and nothing is written.

use crate::support::Bench;

/// A message, and the code of what a client would make of it.
const ERRORS: &[(&str, &str)] = &[
    // `git am` ends the message there, and drops what follows.
    ("topic: What\n\nBefore.\n---\nAfter.\n", "message-separator"),
    // Applied as a part of the patch.
    (
        "topic: What\n\nAs in\n\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
        "message-diff",
    ),
    ("topic: What\n\nAs in\n\n--- a/x\n+++ b/x\n", "message-diff"),
    ("topic: What\n\nIndex: x\n", "message-diff"),
    // A mailbox is cut there.
    (
        "topic: What\n\nFrom now on it works.\n",
        "message-from-line",
    ),
    (
        "topic: What\n\nWhy.\n\nFrom a@example.org Thu Jan  1 00:00:00 1970\n",
        "message-from-line",
    ),
    // Taken off the title.
    ("[topic] What\n\nWhy.\n", "subject-bracket"),
    ("Re: topic: What\n\nWhy.\n", "subject-bracket"),
    // Taken for a header of the mail.
    ("topic: What\n\nSubject: of this commit\n", "body-header"),
    ("topic: What\n\nFrom: the beginning\n", "body-header"),
    ("topic: What\n\n[PATCH] is a word.\n", "body-header"),
    // b4 drops everything above.
    (
        "topic: What\n\nWhy.\n\n-- 8< --\n\nMore.\n",
        "message-scissors",
    ),
    ("topic: What\n\nWhy.\r\n", "carriage-return"),
    // b4 refuses the mail.
    ("topic: What\n\nWhy\u{200b}.\n", "format-character"),
    ("topic: What\u{202e}\n\nWhy.\n", "format-character"),
];

/// What is told, and lets the mail be written.
const NOTES: &[(&str, &str)] = &[
    // `git send-email` would mail a copy to who stands there.
    (
        "topic: What\n\nReported-by: B <b@example.org>\n\nWhy.\n",
        "stray-address",
    ),
    (
        "topic: What\n\nWhy.\nCc: b@example.org\n\nMore.\n",
        "stray-address",
    ),
    ("topic:  What\n\nWhy.\n", "read-back-blanks"),
];

/// A repository with one commit.
fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("tree/a", "a\n");
    bench.git("tree", &["init", "-q", "-b", "main"]);
    bench.git("tree", &["add", "."]);
    bench.git("tree", &["commit", "-qm", "base"]);
    bench
}

/// Commits what stands in the tree with a message, mails that, and returns the codes that are told.
fn codes(bench: &Bench, message: &str, exit: i32) -> Vec<String> {
    bench.write("message", message);
    bench.git("tree", &["add", "."]);
    bench.git(
        "tree",
        &["commit", "-q", "--cleanup=verbatim", "-F", "../message"],
    );
    let args = [
        "generate",
        "--repo",
        "tree",
        "--commits",
        "HEAD^!",
        "--from",
        "A Ú Thor <author@example.org>",
        "--check",
        "lint",
        "--format",
        "json",
        "-q",
        "--force",
    ];
    let told = bench.run(&args).ends_with(exit).json();
    bench.git("tree", &["reset", "-q", "--soft", "HEAD^"]);
    let findings = told["patches"][0]["checks"][0]["findings"]
        .as_array()
        .cloned();
    let findings = findings.unwrap_or_default();
    findings
        .iter()
        .map(|found| found["code"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_message_that_a_client_would_mangle_is_told_and_not_mailed() {
    let bench = bench();
    bench.write("tree/a", "b\n");
    for (message, code) in ERRORS {
        let told = codes(&bench, message, 1);
        assert!(
            told.iter().any(|told| told == code),
            "{message:?}: {told:?}"
        );
        assert!(!bench.path("outgoing").exists(), "{message:?}");
    }
    for (message, code) in NOTES {
        let told = codes(&bench, message, 0);
        assert_eq!(told, [*code], "{message:?}");
    }
    for message in ["topic: What\n\nWhy, été.\n", "[half: What\n\nWhy.\n"] {
        assert_eq!(codes(&bench, message, 0), [""; 0], "{message:?}");
    }
}

#[test]
fn content_that_mail_does_not_carry_is_told_and_not_mailed() {
    let bench = bench();
    let long = format!("{}\n", "x".repeat(998));
    for (content, code) in [
        ("a\r\nb\r\n", "crlf-content"),
        (long.as_str(), "line-too-long"),
    ] {
        bench.write("tree/a", content);
        let told = codes(&bench, "topic: What\n\nWhy.\n", 1);
        assert_eq!(told, [code]);
        assert!(!bench.path("outgoing").exists());
    }
    // The longest line that fits, with the mark before it.
    bench.write("tree/a", &format!("{}\n", "x".repeat(997)));
    assert_eq!(codes(&bench, "topic: What\n\nWhy.\n", 0), [""; 0]);
}
