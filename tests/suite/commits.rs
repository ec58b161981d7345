//! `generate --commits`: commits that exist, mailed as `git format-patch` mails them, checked like any series.

use crate::support::{Bench, Left, have};

const IDENT: &str = "C Ó Mitter <committer@example.org>";

fn mail(bench: &Bench, range: &str, typed: &[&str]) -> Left {
    let args = [
        "generate",
        "--repo",
        "repo",
        "--from",
        IDENT,
        "--commits",
        range,
    ];
    bench.run(&[&args[..], typed].concat())
}

/// A repository with a base and three commits: a text that a name and a mode change, something that is no text, a removal.
fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("repo/old name.c", &"int one;\nint two;\n".repeat(9));
    bench.write("repo/gone", "x\n");
    bench.git(".", &["init", "-q", "-b", "main", "repo"]);
    commit(&bench, "base");
    bench.git("repo", &["mv", "old name.c", "né.c"]);
    bench.replace(
        "repo/né.c",
        "int one;\nint two;\nint one;",
        "int one;\nint 2;\nint one;",
    );
    commit(
        &bench,
        "topic: Give the file a näme\n\nSince the old one says nothing.\n",
    );
    std::fs::write(bench.path("repo/picture"), b"\0\x01picture\xff".repeat(300)).unwrap();
    commit(&bench, "topic: Add a picture\n\nOf no use to a reader.\n");
    bench.git("repo", &["rm", "-q", "gone"]);
    commit(
        &bench,
        "topic: Remove what nobody reads\n\nNobody reads it.\n",
    );
    bench
}

fn commit(bench: &Bench, message: &str) {
    bench.git("repo", &["add", "-A"]);
    bench.git("repo", &["commit", "-qm", message]);
}

fn format_patch(bench: &Bench, args: &[&str]) {
    let ours = [
        "format-patch",
        "-q",
        "--full-index",
        "--no-signature",
        "-o",
        "../git",
    ];
    let from = format!("--from={IDENT}");
    bench.git("repo", &[&ours[..], &[&*from], args].concat());
}

/// Our options for mails without what git's differ in: Message-IDs and the signature.
const BARE: &[&str] = &["--no-thread", "--signature", "", "--check", "lint", "-q"];

#[test]
fn the_mails_of_commits_are_those_of_git_byte_for_byte() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench();
    let _ = mail(
        &bench,
        "HEAD~3..",
        &[
            BARE,
            &["-v", "3", "--rfc", "-s", "--to", "list@example.org"],
        ]
        .concat(),
    )
    .ends_with(0);
    format_patch(
        &bench,
        &[
            "-v3",
            "--rfc",
            "-s",
            "--to=list@example.org",
            "--cover-letter",
            "--base=HEAD~3",
            "-3",
        ],
    );
    let names = bench.names("git");
    assert_eq!(names.len(), 4);
    for name in &names[1..] {
        let (ours, theirs) = (format!("outgoing/{name}"), format!("git/{name}"));
        assert_eq!(bench.read(&ours), bench.read(&theirs), "{name}");
    }
    // Of the cover letter all but the words and the date.
    let below = |text: String| text.split_once("\nA Ú Thor (3):\n").unwrap().1.to_owned();
    let cover = |folder: &str| below(bench.read(&format!("{folder}/v3-0000-cover-letter.patch")));
    assert_eq!(cover("outgoing"), cover("git"));
    assert!(
        cover("outgoing").contains("old name.c => né.c") || cover("outgoing").contains("rename")
    );
}

#[test]
fn the_first_commits_of_a_history_are_made_on_nothing() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench();
    let left = mail(&bench, "-9", BARE).ends_with(0);
    assert!(left.stdout.contains(" on nothing"), "{left}");
    format_patch(&bench, &["--cover-letter", "--root", "HEAD"]);
    for name in &bench.names("git")[1..] {
        assert_eq!(
            bench.read(&format!("outgoing/{name}")),
            bench.read(&format!("git/{name}"))
        );
    }
    assert!(
        !bench
            .read("outgoing/0000-cover-letter.patch")
            .contains("base-commit")
    );
}

#[test]
fn the_base_is_what_the_upstream_has_and_what_stands_between_is_named() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench();
    bench.git("repo", &["branch", "upstream", "HEAD~3"]);
    bench.git("repo", &["branch", "-q", "--set-upstream-to=upstream"]);
    let _ = mail(&bench, "HEAD~1..", &[BARE, &["--no-cover"]].concat()).ends_with(0);
    format_patch(&bench, &["--base=auto", "-1"]);
    let name = &bench.names("git")[0];
    let ours = bench.read(&format!("outgoing/{name}"));
    assert_eq!(ours, bench.read(&format!("git/{name}")));
    assert_eq!(ours.matches("\nprerequisite-patch-id: ").count(), 2);
    let left = mail(&bench, "HEAD~1..", &["--base", "HEAD", "-o", "other"]).ends_with(2);
    assert!(left.stderr.contains("base-not-below"), "{left}");
    assert!(bench.names("other").is_empty());
}

#[test]
fn a_fix_that_exists_is_proven_and_the_letter_says_so() {
    if !have(&["git", "cc", "bwrap"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample_with_the_comparison_fixed("repo");
    bench.write(
        "words",
        "Subject: Read the cache anew\n\nAs the list asked.\n",
    );
    bench.write(
        "notes",
        &format!(
            "[{}]\nTried on two machines.\n",
            &bench.git("repo", &["rev-parse", "HEAD"])[..9]
        ),
    );
    let words = [
        "--description-file",
        "words",
        "--notes",
        "notes",
        "--format",
        "json",
    ];
    let left = mail(&bench, "HEAD^!", &words).ends_with(0);
    let document = left.json();
    let patch = &document["patches"][0];
    assert_eq!(patch["patch"], bench.git("repo", &["rev-parse", "HEAD"]));
    assert_eq!(
        document["base"]["commit"],
        bench.git("repo", &["rev-parse", "HEAD~1"])
    );
    let checks = patch["checks"].as_array().unwrap();
    let behaviour = checks
        .iter()
        .find(|check| check["check"] == "behaviour")
        .unwrap();
    assert_eq!(
        (&behaviour["before"], &behaviour["after"]),
        (&"failed".into(), &"passed".into())
    );
    let cover = bench.read("outgoing/0000-cover-letter.patch");
    for told in [
        "Subject: [PATCH 0/1] Read the cache anew\n",
        "\nAs the list asked.\n",
        " little histories of the series\ncapabilities-cache;",
        "\n  patchwright validate 0*.patch --onto ",
        "\n  behaviour  passed\n             1/1 failed before, passed after: ",
    ] {
        assert!(cover.contains(told), "{told}: {cover}");
    }
    assert!(cover.lines().all(|line| line.len() <= 78), "{cover}");
    let patch = bench.read("outgoing/0001-change.patch");
    let below = patch.split_once("\n---\n").unwrap().1;
    assert!(below.contains("Tried on two machines.\n"), "{patch}");
}

#[test]
fn a_wrong_fix_that_exists_is_not_mailed() {
    if !have(&["git", "cc", "bwrap"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    bench.commit(
        "repo",
        "src/qemu/qemu_capabilities.c",
        "selfctime < virGetSelf",
        "selfctime > virGetSelf",
    );
    let left = mail(&bench, "HEAD^!", &[]).ends_with(1);
    assert!(left.stdout.contains("no mails were written"), "{left}");
    assert!(bench.names("outgoing").is_empty());
    assert_eq!(bench.names("outgoing.failed"), ["evidence"]);
}

#[test]
fn commits_on_both_sides_of_a_merge_are_put_where_their_lines_fit() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    bench.write(
        "repo/a",
        &(1..31).map(|n| format!("{n}\n")).collect::<String>(),
    );
    bench.git(".", &["init", "-q", "-b", "main", "repo"]);
    commit(&bench, "base");
    let edit = |from: &str, to: &str| {
        bench.replace("repo/a", from, to);
        commit(&bench, &format!("a: Write {to}\n\nAs a word."));
    };
    bench.git("repo", &["checkout", "-q", "-b", "side"]);
    edit("\n2\n", "\ntwo\n");
    bench.git("repo", &["checkout", "-q", "main"]);
    edit("\n28\n", "\neight\n");
    bench.git("repo", &["merge", "-q", "-m", "merge", "side"]);
    edit("\n15\n", "\nfifteen\n");
    let _ = mail(&bench, "main~3..", &[BARE, &["--base", "main~3"]].concat()).ends_with(0);
    format_patch(&bench, &["--cover-letter", "--base=main~3", "main~3.."]);
    let names = bench.names("git");
    assert_eq!(names.len(), 4);
    for name in &names[1..] {
        assert_eq!(
            bench.read(&format!("outgoing/{name}")),
            bench.read(&format!("git/{name}"))
        );
    }
    let cover = bench.read("outgoing/0000-cover-letter.patch");
    assert!(!cover.contains("prerequisite-patch-id"), "{cover}");
    bench.git("repo", &["checkout", "-q", "--detach", "main~3"]);
    let patches: Vec<String> = names[1..]
        .iter()
        .map(|name| format!("../outgoing/{name}"))
        .collect();
    let patches: Vec<&str> = patches.iter().map(String::as_str).collect();
    bench.git("repo", &[&["am", "-q"], &patches[..]].concat());
    assert_eq!(
        bench.git("repo", &["rev-parse", "HEAD^{tree}"]),
        bench.git("repo", &["rev-parse", "main^{tree}"])
    );
}

#[test]
fn words_that_would_be_applied_are_refused() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench();
    let diff = "Before:\n\ndiff --git a/gone b/gone\n--- a/gone\n+++ b/gone\n@@ -1 +1 @@\n-x\n+y\n";
    bench.write("words", diff);
    let left = mail(
        &bench,
        "-1",
        &["--description-file", "words", "--check", "lint"],
    )
    .ends_with(1);
    assert!(left.stdout.contains("cover-patch"), "{left}");
    bench.write("words", &diff.replace('\n', "\n  "));
    let _ = mail(
        &bench,
        "-1",
        &["--description-file", "words", "--check", "lint"],
    )
    .ends_with(0);
}

#[test]
fn attributes_do_not_decide_how_a_file_is_mailed() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench();
    bench.write("repo/.gitattributes", "picture diff\n");
    std::fs::write(bench.path("repo/picture"), b"\0other").unwrap();
    commit(&bench, "topic: Change the picture\n\nIt is nicer.\n");
    let _ = mail(&bench, "-1", BARE).ends_with(0);
    let text = bench.read("outgoing/0001-topic-Change-the-picture.patch");
    assert!(text.contains("GIT binary patch\n"), "{text}");
}

#[test]
fn an_author_whose_name_ends_in_a_point_is_mailed() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench();
    bench.write("repo/gone", "again\n");
    bench.git("repo", &["add", "-A"]);
    bench.git(
        "repo",
        &[
            "commit",
            "-qm",
            "topic: Bring it back\n\nIt was read.",
            "--author=Martin King Jr. <m@example.org>",
        ],
    );
    let _ = mail(&bench, "-1", BARE).ends_with(0);
}

#[test]
fn commits_that_do_not_follow_each_other_do_not_apply() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench();
    bench.git("repo", &["checkout", "-q", "-b", "side", "HEAD~3"]);
    bench.write("repo/gone", "changed\n");
    commit(&bench, "topic: Change what is gone");
    bench.git("repo", &["checkout", "-q", "main"]);
    bench.git(
        "repo",
        &["merge", "-q", "-s", "ours", "-m", "merge", "side"],
    );
    let left = mail(&bench, "HEAD~4..", BARE).ends_with(3);
    assert!(left.stderr.contains("given-other-content"), "{left}");
    assert!(bench.names("outgoing").is_empty());
}

#[test]
fn what_only_git_can_tell_is_refused_without_it() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench();
    let alone = |range: &str, typed: &[&str]| {
        let args = [
            "generate",
            "--repo",
            "repo",
            "--from",
            IDENT,
            "--commits",
            range,
            "--force",
        ];
        bench.run_without_tools(&[&args[..], BARE, typed].concat())
    };
    for (range, code) in [
        ("HEAD~3..HEAD~2", "renames-unknown"),
        ("HEAD~2..HEAD~1", "binaries-unknown"),
    ] {
        let left = alone(range, &[]).ends_with(2);
        assert!(left.stderr.contains(code), "{left}");
    }
    assert!(bench.names("outgoing").is_empty());
    let _ = alone("HEAD~1..", &["--base", "HEAD~1"]).ends_with(0);
    let _ = alone("HEAD~3..HEAD~2", &["--no-renames"]).ends_with(0);
    assert_eq!(
        bench
            .read("outgoing/0001-topic-Give-the-file-a-n-me.patch")
            .matches("\ndiff --git ")
            .count(),
        2
    );
    let left = alone("HEAD~1..", &["--base", "HEAD~3"]).ends_with(2);
    assert!(left.stderr.contains("patch-ids-unknown"), "{left}");
}

#[test]
fn ranges_and_options_that_make_no_sense_are_refused_and_write_nothing() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench();
    bench.write("plain/a", "x\n");
    for (range, typed, told) in [
        ("HEAD..", &[][..], "range-empty"),
        ("HEAD~1...HEAD", &[], "range-syntax"),
        ("-0", &[], "range-syntax"),
        ("nowhere..", &[], "revision-unknown"),
        ("HEAD~1..", &["HEAD"], "cannot be used with"),
        ("HEAD~1..", &["--branch", "new"], "cannot be used with"),
        (
            "HEAD~1..",
            &["--only", "ctime-comparison"],
            "cannot be used with",
        ),
        ("HEAD~1..", &["--author", IDENT], "cannot be used with"),
        ("HEAD~1..", &["--export", "dist-git"], "dist-git-option"),
        ("HEAD~1..", &["--base", "nowhere"], "revision-unknown"),
    ] {
        let left = mail(&bench, range, typed).ends_with(2);
        assert!(left.stderr.contains(told), "{range} {typed:?}: {left}");
    }
    let left = bench.run(&[
        "generate",
        "--repo",
        "plain",
        "--from",
        IDENT,
        "--commits",
        "-1",
    ]);
    assert!(left.ends_with(2).stderr.contains("range-in-directory"));
    assert!(bench.names("outgoing").is_empty() && bench.names("outgoing.failed").is_empty());
}

#[test]
fn commits_are_written_in_the_other_forms_too() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench();
    let _ = mail(
        &bench,
        "-1",
        &["--export", "mbox", "-o", "box", "--check", "lint"],
    )
    .ends_with(0);
    bench.git(".", &["clone", "-q", "repo", "clone"]);
    bench.git("clone", &["reset", "-q", "--hard", "HEAD~1"]);
    bench.git("clone", &["am", "-q", "--empty=drop", "../box/series.mbox"]);
    let tree = |repository| bench.git(repository, &["rev-parse", "HEAD^{tree}"]);
    assert_eq!(tree("clone"), tree("repo"));
    let _ = mail(
        &bench,
        "-1",
        &["--export", "quilt", "-o", "quilted", "--check", "lint"],
    )
    .ends_with(0);
    let patch = bench.read("quilted/patches/0001-topic-Remove-what-nobody-reads.patch");
    let commit = bench.git("repo", &["rev-parse", "HEAD"]);
    assert!(
        patch.contains(&format!("Origin: other, commit {commit}\n")),
        "{patch}"
    );
}

#[test]
fn of_many_patches_none_is_played_alone() {
    if !have(&["git", "cc", "bwrap", "rpm"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample_with_the_comparison_fixed("repo");
    for number in 0..5 {
        let file = "repo/src/qemu/qemu_capabilities.c";
        let text = bench.read(file);
        bench.write(file, &format!("/* {number} */\n{text}"));
        bench.git(
            "repo",
            &["commit", "-qam", "qemu: Add a comment\n\nOf no use."],
        );
    }
    let left = mail(&bench, "HEAD~6..", &["--format", "json"]).ends_with(0);
    let scenarios = &left.json()["scenarios"];
    let outcomes = scenarios[0]["outcomes"].as_object().unwrap();
    assert_eq!(outcomes.keys().collect::<Vec<_>>(), ["none", "all"]);
}

#[test]
fn commits_that_git_shows_otherwise_are_refused() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench();
    let refused = |range: &str| {
        let left = mail(&bench, range, BARE).ends_with(2);
        assert!(left.stderr.contains("error[commit-replaced]"), "{left}");
        assert!(!bench.path("outgoing").exists());
    };
    // What lies further down is shown to nobody.
    bench.git("repo", &["replace", "HEAD~3", "HEAD~1"]);
    let _ = mail(&bench, "HEAD~1..", BARE).ends_with(0);
    std::fs::remove_dir_all(bench.path("outgoing")).unwrap();
    bench.git("repo", &["replace", "-d", "HEAD~3"]);
    // One of the range, the one below it, a content.
    for (object, other) in [
        ("HEAD~1", "HEAD"),
        ("HEAD~2", "HEAD"),
        ("HEAD:picture", "HEAD:né.c"),
    ] {
        bench.git("repo", &["replace", "-f", object, other]);
        refused("HEAD~2..");
        bench.git(
            "repo",
            &["-c", "core.useReplaceRefs=false", "replace", "-d", object],
        );
    }
    let id = |name: &str| bench.git("repo", &["rev-parse", name]);
    bench.write(
        "repo/.git/info/grafts",
        &format!("{} {}\n", id("HEAD"), id("HEAD~3")),
    );
    refused("-1");
    // Git passes over a comment there, libgit2 does not.
    bench.write("repo/.git/info/grafts", "# nothing here\n");
    let left = mail(&bench, "-1", BARE).ends_with(2);
    assert!(left.stderr.contains("no comments"), "{left}");
    std::fs::remove_file(bench.path("repo/.git/info/grafts")).unwrap();
    let _ = mail(&bench, "HEAD~2..", BARE).ends_with(0);
}

#[test]
fn neither_attributes_nor_settings_of_diffs_change_what_is_mailed() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench();
    let _ = mail(&bench, "main~3..", &[BARE, &["-o", "plain"]].concat()).ends_with(0);
    // Libgit2 gives contents without a name the name `file`.
    let attributes = "* -diff\nfile binary\n*.c diff=odd\nfile diff=odd\n";
    bench.write("repo/.git/info/attributes", attributes);
    for (name, value) in [
        ("diff.odd.binary", "true"),
        ("diff.odd.xfuncname", "^two"),
        ("diff.context", "0"),
        ("diff.algorithm", "patience"),
        ("diff.indentHeuristic", "false"),
    ] {
        bench.git("repo", &["config", name, value]);
    }
    let _ = mail(&bench, "main~3..", &[BARE, &["-o", "set"]].concat()).ends_with(0);
    let mails = |folder: &str| -> Vec<_> {
        let all = bench.contents(folder).into_iter();
        all.filter(|(path, _)| path.extension().is_some_and(|name| name == "patch"))
            .collect()
    };
    assert_eq!(mails("plain").len(), 4);
    assert_eq!(mails("plain"), mails("set"));
}
