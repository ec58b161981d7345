//! Messages and changes with the findings that they should have, and those that come near it and have none.

use super::*;
use crate::target::Blob;

fn change(before: Option<&str>, after: &str) -> FileChange {
    let blob = |text: &str| Blob::new(0o100_644, text.as_bytes());
    FileChange {
        path: "a.c".to_string(),
        before: before.map(blob),
        after: Some(blob(after)),
        ..FileChange::default()
    }
}

fn codes(message: &str, changes: &[FileChange]) -> Vec<&'static str> {
    lint(message, changes)
        .into_iter()
        .map(|finding| finding.code)
        .collect()
}

const GOOD: &str =
    "topic: What changes\n\nWhy it changes.\n\nSigned-off-by: A U Thor <a@example.com>\n";

#[test]
fn a_good_mail_has_no_findings() {
    assert_eq!(codes(GOOD, &[change(Some("a\n"), "b\n")]), [""; 0]);
}

/// Code, a body that has it, and one that comes near but is good.
const BODIES: &[(&str, &str, &str)] = &[
    ("message-separator", "a\n--- \t\nb", "a\n ---\n----\nb"),
    (
        "message-diff",
        "a\ndiff --git a/x b/x",
        "a\n  diff --git a/x b/x",
    ),
    ("message-diff", "a\nIndex: x", "a\nIndex x"),
    ("message-diff", "a\n--- a/x", "a\n---a/x"),
    (
        "message-from-line",
        "a\nFrom here on it works",
        "a\nFrom: here\n\nb",
    ),
    (
        "message-scissors",
        "a\n-- >8 --",
        "a\nthe value >8 is wrong",
    ),
    ("message-scissors", "a\n- - - 8< cut here - -", "a\n-->8"),
    (
        "body-header",
        "Subject: of this",
        "The\nSubject: of this\n\nb",
    ),
    ("body-header", "from: a", "[RFC] a"),
    ("carriage-return", "a\r\nb", "a\nb"),
    ("format-character", "a\u{200b}b", "\u{645}\u{200c}\u{645}"),
    (
        "stray-address",
        "Reported-by: A <a@b.c>\n\nb",
        "Reported-by: nobody\n\nb\n\nReported-by: A <a@b.c>",
    ),
    ("stray-address", "a\ncc: a@b.c\n\nb", "a\n  cc: a@b.c\n\nb"),
    ("message-quoted-from", "a\n>>From here", "a\n> From here"),
    ("body-indented", "  a", "  a\n\n  b\n\nc\n  d"),
    ("body-indented", "a\n\n  b", "a\n  b"),
    ("message-diff", "a\n\n  diff -u", "a\n\n  diff -u\n\nb"),
    (
        "stray-trailer",
        "Words.\nNote: this is\nso.",
        "Note: this is\nso.\n\nWords.\n\nNote: this is\nAnd: that",
    ),
    (
        "trailer-lost",
        "Why.\n\nfixes: #12",
        "Fixes: #12\n\nWhy.\n\nFixes: 012345 (\"x\")\nCloses: #12",
    ),
    (
        "body-missing",
        "Signed-off-by: A <a@b.c>",
        "Why.\n\nSigned-off-by: A <a@b.c>",
    ),
];

#[test]
fn scissors_are_told_by_bytes_whatever_they_mean() {
    for (line, is_cut) in [
        (&b"---8<-\xd2\xd2\x067W@\xd0\xa3\"\xe37\r\n"[..], true),
        (b"---8<-\xd2\xd2\x067W@\xd0\xa3\"\xe37xx\r\n", false),
        (b"-- >% --\n", true),
        (b"-- >8 --\r\xb4\xb4\0\xff and more that is neither\n", true),
        (b"", false),
    ] {
        assert_eq!(is_scissors(line), is_cut, "{line:?}");
    }
}

#[test]
fn a_body_has_the_findings_it_should_have() {
    for (code, bad, good) in BODIES {
        let message = |body: &str| format!("topic: What\n\n{body}\n");
        assert!(codes(&message(bad), &[]).contains(code), "{code}: {bad:?}");
        assert_eq!(codes(&message(good), &[]), [""; 0], "{code}: {good:?}");
    }
}

#[test]
fn a_subject_has_the_findings_it_should_have() {
    let message = |title: &str| format!("{title}\n\nBody.\n");
    for title in ["[x] a", "Re: a", ": a"] {
        assert_eq!(codes(&message(title), &[]), ["subject-bracket"], "{title}");
    }
    for title in ["a [x] Re: b", "[x half", "x] y"] {
        assert_eq!(codes(&message(title), &[]), [""; 0], "{title}");
    }
    assert_eq!(codes(&message(&"x".repeat(76)), &[]), ["subject-long"]);
    assert_eq!(codes(&message(&"é".repeat(75)), &[]), [""; 0]);
    assert_eq!(codes(&message("a."), &[]), ["subject-period"]);
    for title in ["a: =?b", "=?utf-8?q?x?="] {
        assert_eq!(codes(&message(title), &[]), ["subject-encoded-word"]);
    }
    assert_eq!(codes(&message("a\u{a0}b"), &[]), ["subject-blanks"]);
    assert_eq!(codes(&message("a: b? = ?c"), &[]), [""; 0]);
    assert_eq!(codes("", &[]), ["subject-empty", "body-missing"]);
}

#[test]
fn a_long_line_is_found_unless_it_can_not_be_broken() {
    let message = |line: &str| format!("topic: What\n\n{line}\n");
    let words = "word ".repeat(16);
    assert_eq!(codes(&message(&words), &[]), ["body-long-line"]);
    for line in [
        format!("a\n  {words}"),
        format!("{words} https://a.b"),
        "x".repeat(200),
    ] {
        assert_eq!(codes(&message(&line), &[]), [""; 0], "{line}");
    }
    assert_eq!(codes(&message(&"x".repeat(999)), &[]), ["line-too-long"]);
    assert_eq!(codes(&message(&"x".repeat(998)), &[]), [""; 0]);
}

#[test]
fn a_change_has_the_findings_it_should_have() {
    let long = format!("{}\n", "x".repeat(998));
    let fits = format!("{}\n", "x".repeat(997));
    let cases: &[(&str, FileChange, FileChange)] = &[
        ("line-too-long", change(None, &long), change(None, &fits)),
        (
            "crlf-content",
            change(Some("a\r\nb\n"), "a\r\nc\n"),
            change(Some("a\r\n1\n2\n3\n4\n"), "a\r\n1\n2\n3\n5\n"),
        ),
        (
            "trailing-whitespace",
            change(None, "a \n"),
            change(Some("a \nb\n"), "a \nc\n"),
        ),
        (
            "space-before-tab",
            change(None, " \ta\n"),
            change(None, "\t a \tb\n"),
        ),
        (
            "missing-newline",
            change(Some("a\n"), "a"),
            change(Some("a"), "b"),
        ),
        ("missing-newline", change(None, "a"), change(None, "")),
    ];
    for (code, bad, good) in cases {
        let findings = lint(GOOD, std::slice::from_ref(bad));
        assert_eq!(
            findings
                .iter()
                .map(|finding| finding.code)
                .collect::<Vec<_>>(),
            [*code]
        );
        assert_eq!(
            (findings[0].path.as_deref(), findings[0].line),
            (Some("a.c"), Some(1)),
            "{code}"
        );
        assert_eq!(codes(GOOD, std::slice::from_ref(good)), [""; 0], "{code}");
    }
}

#[test]
fn many_bad_lines_of_a_file_are_one_finding() {
    let findings = lint(GOOD, &[change(Some("a\n"), "a\nb \nc \nd\t\n")]);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].line, Some(2));
    assert!(findings[0].message.ends_with(", and 2 more"));
}

#[test]
fn a_finding_in_the_body_tells_its_line_in_the_message() {
    let findings = lint("\ntopic: What\ngoes on\n\n\nBody.\n---\n", &[]);
    assert_eq!(
        findings
            .iter()
            .map(|finding| finding.line)
            .collect::<Vec<_>>(),
        [Some(7)]
    );
}

#[test]
fn binary_files_are_left_alone_and_links_for_what_is_a_habit() {
    let link = |target: &str| {
        let mut link = change(None, target);
        link.after.as_mut().unwrap().mode = 0o120_000;
        link
    };
    assert_eq!(codes(GOOD, &[link("a "), change(None, "\0 \r\n")]), [""; 0]);
    assert_eq!(codes(GOOD, &[link("a\r")]), ["crlf-content"]);
}

#[test]
fn the_lines_of_a_patch_are_looked_at_where_it_is_put_nowhere() {
    let text = b"diff --git a/x y b/x y\n--- a/x y\t\n+++ b/x y\t\n@@ -3,2 +3,3 @@\n a\n-\xe9\n+b \n+c\rd\n";
    let files = crate::syntax::patch::parse(text).unwrap();
    let found = mailed(GOOD, text, &files, &[]).into_iter();
    let found: Vec<_> = found
        .map(|found| (found.code, found.path.unwrap(), found.line.unwrap()))
        .collect();
    let at = |code, line| (code, "x y".to_owned(), line);
    assert_eq!(
        found,
        [
            at("content-carriage-return", 5),
            at("content-not-utf8", 4),
            at("trailing-whitespace", 4)
        ]
    );
}

#[test]
fn a_mailed_patch_is_told_what_its_change_is_told() {
    let above: String = (1..9).map(|line| format!("    {line};\n")).collect();
    let cases = [
        (Some("a\nb\n"), "a\nc \n"),
        (Some("a\nb\n"), "a\nc"),
        (Some("a\nb"), "a\nc"),
        (Some("a\nb"), "a\nc\n"),
        (None, "a\r\n \tb"),
        (
            Some(&*format!("int f\u{200b}(void)\n{above}")),
            &*format!("int f\u{200b}(void)\n{above}x\n"),
        ),
        (
            Some(&*format!("int\rf(void)\n{above}")),
            &*format!("int\rf(void)\n{above}x"),
        ),
    ];
    for (before, after) in cases {
        let change = change(before, after);
        let content = change.content().unwrap();
        let crate::target::compared::Content::Text(printed) = &*content else {
            panic!()
        };
        let mut text =
            b"diff --git a/a.c b/a.c\nindex 1..2 100644\n--- a/a.c\n+++ b/a.c\n".to_vec();
        text.extend_from_slice(&printed.bytes);
        let files = crate::syntax::patch::parse(&text).unwrap();
        let changes = [change];
        let (of_lines, of_files) = (mailed(GOOD, &text, &files, &changes), lint(GOOD, &changes));
        assert_eq!(of_lines, of_files, "{after}");
    }
    assert_eq!(
        lint(GOOD, &[change(cases[5].0, cases[5].1)])[0].code,
        "content-format-character"
    );
}

#[test]
fn every_code_is_told_once() {
    let told: std::collections::BTreeSet<&str> = CODES.iter().map(|(code, ..)| *code).collect();
    assert_eq!(told.len(), CODES.len());
    let sources = [
        include_str!("../lint.rs"),
        include_str!("author.rs"),
        include_str!("shown.rs"),
        include_str!("codes.rs"),
        include_str!("subject.rs"),
        include_str!("body.rs"),
        include_str!("trailers.rs"),
    ]
    .concat();
    let used = |code: &str| sources.matches(&format!("\"{code}\"")).count() > 1;
    assert!(CODES.iter().all(|(code, ..)| used(code)));
}
