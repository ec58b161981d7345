//! Broken and hostile mails, every one with what `validate` finds and how it ends.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::Bench;

/// Name of the mail, exit code, the codes of what is told.
const EXPECTED: &[(&str, i32, &str)] = &[
    (
        "alternative-html",
        3,
        "patch-misfit received-html received-attached",
    ),
    ("announced-and-empty", 2, "patch-malformed"),
    ("attached-mail", 0, "received-attached"),
    ("attachment", 0, "received-attached"),
    ("author-encoded", 0, ""),
    ("author-in-quotes", 0, ""),
    ("author-latin-1", 1, "received-not-utf8"),
    ("author-missing", 1, "received-no-author"),
    ("author-of-a-list", 0, ""),
    ("author-without-host", 0, ""),
    ("bare", 0, ""),
    (
        "base64-crlf",
        3,
        "patch-misfit crlf-content received-quoted-cr",
    ),
    ("base64", 0, ""),
    ("behind-a-link", 3, "patch-link"),
    ("behind-its-own-link", 3, "patch-link"),
    ("binary-bomb", 2, "patch-malformed"),
    ("binary-cut", 2, "patch-malformed"),
    ("binary-odd-letters", 2, "patch-malformed"),
    ("binary-other-bytes", 3, "patch-misfit"),
    ("binary-short-ids", 2, "patch-malformed"),
    ("binary-without-bytes", 2, "patch-malformed"),
    ("binary", 0, ""),
    ("blanks-lost", 2, "patch-malformed"),
    ("brackets-in-title", 0, "received-brackets"),
    ("charset-unknown", 1, "received-charset-unknown"),
    ("count-not-a-number", 2, "patch-malformed"),
    ("count-too-large", 2, "patch-malformed"),
    ("count-too-small", 3, "patch-misfit"),
    ("created-again", 3, "patch-file-exists"),
    ("created-twice", 3, "patch-in-the-way patch-in-the-way"),
    ("crlf-file", 0, ""),
    ("crlf-kept", 1, "crlf-content received-quoted-cr"),
    ("cut-message", 0, "received-cut-message"),
    ("date-odd", 1, "received-bad-date"),
    ("dev-null-unsaid", 2, "patch-malformed"),
    ("diff-in-message-alone", 0, "received-cut-message"),
    ("diff-in-message", 3, "patch-no-file"),
    ("empty", 2, "received-nothing"),
    ("file-for-a-folder", 3, "patch-in-the-way"),
    ("flowed-not-stuffed", 2, "patch-malformed"),
    ("flowed", 0, "received-flowed"),
    ("folder-for-a-file", 3, "patch-in-the-way"),
    (
        "from-line-in-message",
        1,
        "subject-period body-missing received-no-author received-bad-date",
    ),
    ("gb18030", 0, ""),
    ("html", 3, "patch-misfit trailer-lost received-html"),
    ("header-8bit", 0, "received-undeclared"),
    ("header-in-header", 0, ""),
    ("header-latin-1", 1, "received-not-utf8 received-undeclared"),
    ("header-only", 2, "received-nothing"),
    ("hunk-without-a-file", 2, "patch-malformed"),
    ("in-body-author", 0, ""),
    ("in-body-late", 0, ""),
    ("inline-part", 0, "received-attached"),
    ("koi8-r", 0, ""),
    (
        "latin-1-as-ascii",
        1,
        "received-charset-unfit received-not-utf8",
    ),
    ("latin-1-as-utf-8", 1, "received-not-utf8"),
    ("latin-1-declared", 0, ""),
    (
        "latin-1-undeclared",
        1,
        "received-not-utf8 received-undeclared",
    ),
    ("link-as-file", 3, "patch-other-kind"),
    ("long-line", 1, "line-too-long"),
    ("mailbox", 0, ""),
    ("misfit-and-mangled", 3, "patch-misfit format-character"),
    ("mode-of-a-folder", 2, "patch-malformed"),
    ("nbsp", 2, "patch-malformed"),
    ("nested-parts", 0, "received-attached"),
    ("no-blank-line", 0, ""),
    (
        "no-header",
        1,
        "subject-empty body-missing received-no-header",
    ),
    ("no-names", 2, "patch-malformed"),
    ("not-there", 3, "patch-no-file"),
    ("nul-in-message", 1, "received-nul"),
    ("nul-in-subject", 1, "received-nul"),
    ("only-blank", 2, "received-nothing"),
    ("path-absolute", 2, "patch-path"),
    ("path-backslash", 2, "patch-path"),
    ("path-git-case", 2, "patch-path"),
    ("path-git-hidden", 2, "patch-path"),
    ("path-git-short", 2, "patch-path"),
    ("path-git-stream", 2, "patch-path"),
    ("path-git", 2, "patch-path"),
    ("path-rename-up", 2, "patch-path"),
    ("path-up-inside", 2, "patch-path"),
    ("path-up", 2, "patch-path"),
    ("plain", 0, ""),
    ("quoted-as-a-reply", 2, "received-nothing"),
    (
        "quoted-from-line",
        0,
        "message-quoted-from message-quoted-from",
    ),
    ("quoted-printable-undeclared", 0, ""),
    ("quoted-printable", 0, ""),
    ("renamed-from-nowhere", 3, "patch-no-file"),
    ("reply-only", 0, ""),
    ("scissors", 1, "message-scissors"),
    ("second-of-two", 2, "series-incomplete"),
    ("series-of-billions", 2, "series-incomplete"),
    ("stray-address", 0, "stray-address"),
    ("subject-folded-bracket", 0, ""),
    ("submodule", 0, ""),
    ("tabs-lost", 3, "patch-misfit"),
    ("text-below-the-line", 0, "received-cut-message"),
    ("there-already", 6, ""),
    ("there-and-mangled", 1, "format-character"),
    ("too-many-parts-in-parts", 0, "received-attached"),
    ("trailing-blanks", 0, "trailing-whitespace"),
    ("truncated", 2, "patch-malformed"),
    ("two-names", 2, "patch-malformed"),
    ("unfinished-mark", 2, "patch-malformed"),
    ("utf-8-undeclared", 0, "received-undeclared"),
    ("utf-8", 0, ""),
    ("wrapped", 2, "patch-malformed"),
    ("zero-width", 1, "format-character"),
];

/// The tree that the mails are put on: a file, a folder, a link, a file with ends of lines as on Windows.
fn bench() -> Bench {
    let bench = Bench::new();
    bench.write(
        "tree/file.c",
        "int main(void)\n{\n    return 1;\n}\n/* end */\n",
    );
    bench.write("tree/d/f", "f\n");
    bench.write("tree/w", "a\r\n");
    bench.git("tree", &["init", "-q", "-b", "main"]);
    let _ = bench.shell("tree", "ln -s file.c link").ends_with(0);
    bench.git("tree", &["add", "."]);
    bench.git("tree", &["commit", "-qm", "base"]);
    bench
}

/// The codes that a run told: of problems, and of findings on the mails.
fn told(stdout: &str, stderr: &str) -> String {
    let problems = stderr.lines().filter_map(|line| {
        let (code, _) = line.strip_prefix("error[")?.split_once(']')?;
        Some(code.to_owned())
    });
    let mut codes: Vec<String> = problems.collect();
    let document: serde_json::Value = serde_json::from_str(stdout).unwrap_or_default();
    let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
    for patch in list(&document["patches"]) {
        for check in list(&patch["checks"]) {
            let findings = list(&check["findings"]);
            codes.extend(
                findings
                    .iter()
                    .map(|found| found["code"].as_str().unwrap().to_owned()),
            );
        }
    }
    codes.join(" ")
}

#[test]
fn every_mail_of_the_corpus_ends_with_its_finding_and_its_exit_code() {
    let bench = bench();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/mails");
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        names.extend(name.strip_suffix(".eml").map(str::to_owned));
    }
    let expected: BTreeSet<String> = EXPECTED
        .iter()
        .map(|(name, ..)| (*name).to_owned())
        .collect();
    assert_eq!(names, expected, "every mail has a line in the table");
    let mut wrong = Vec::new();
    for (name, exit, codes) in EXPECTED {
        let path = folder.join(format!("{name}.eml"));
        let args = [
            "validate",
            path.to_str().unwrap(),
            "--repo",
            "tree",
            "--onto",
            "HEAD",
            "--check",
            "lint",
            "--format",
            "json",
            "-q",
        ];
        let left = bench.run(&args);
        let found = (left.status, told(&left.stdout, &left.stderr));
        if (found.0, found.1.as_str()) != (*exit, *codes) {
            wrong.push(format!("{name}: expected {exit} {codes}, found {found:?}"));
        }
        // What is wrong with a patch is told with its place in the mail.
        let is_placed = left.stderr.contains(&format!("{name}.eml:"));
        assert!(!codes.contains("patch-") || is_placed, "{name}: {left}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    // Nothing came of it.
    assert_eq!(bench.git("tree", &["status", "--porcelain"]), "");
    assert_eq!(bench.names(""), ["home", "tree"]);
}
