//! What `generate` puts where, on which targets, and what it leaves behind.

use crate::support::{Bench, have};

const SPEC: &str = "0001-spec-Remove-capabilities-cache-during-post-install.patch";
const CODE: &str = "0002-qemu-Force-capabilities-cache-read-if-libvirtd-date-.patch";

#[test]
fn a_ready_series_is_three_mails_and_evidence_and_nothing_else() {
    let bench = Bench::new();
    let left = bench.run(&["generate", "--sample", "--rfc"]).ends_with(0);
    assert_eq!(
        bench.names("outgoing"),
        ["0000-cover-letter.patch", SPEC, CODE, "evidence"]
    );
    assert!(
        left.stdout.contains("ready: 3 mails are in outgoing"),
        "{left}"
    );
    assert!(left.stdout.contains("git am outgoing/0001-"), "{left}");
    let cover = bench.read("outgoing/0000-cover-letter.patch");
    assert!(
        cover.contains("Subject: [RFC PATCH 0/2] Clear capabilities cache options\n"),
        "{cover}"
    );
    assert!(cover.contains("\n libvirt.spec.in "), "{cover}");
}

#[test]
fn git_am_of_the_mails_gives_exactly_the_trees_of_the_stages() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    for revision in ["mainline", "maintenance"] {
        let args = [
            "generate",
            "--repo",
            "repo",
            "--from",
            "É <e@example.org>",
            "--force",
            "--branch",
        ];
        let branch = format!("series-{revision}");
        let _ = bench
            .run(&[&args[..], &[&branch, revision]].concat())
            .ends_with(0);
        bench.git("repo", &["checkout", "-q", "--detach", revision]);
        for (number, back) in [(1, "~1"), (2, "")] {
            let names = bench.names("outgoing");
            let mail = names
                .iter()
                .find(|name| name.starts_with(&format!("000{number}-")))
                .unwrap();
            bench.git(
                "repo",
                &[
                    "am",
                    "-q",
                    bench.path(&format!("outgoing/{mail}")).to_str().unwrap(),
                ],
            );
            let of = |name: &str| bench.git("repo", &["rev-parse", name]);
            assert_eq!(
                of("HEAD^{tree}"),
                of(&format!("{branch}{back}^{{tree}}")),
                "{revision} {mail}"
            );
            let author = bench.git("repo", &["log", "-1", "--format=%an <%ae>"]);
            assert_eq!(author, "É <e@example.org>");
            let told = |name: &str| bench.git("repo", &["log", "-1", "--format=%B%ad", name]);
            assert_eq!(
                told("HEAD"),
                told(&format!("{branch}{back}")),
                "{revision} {mail}"
            );
        }
    }
}

#[test]
fn the_same_command_gives_the_same_bytes_and_leaves_the_repository_as_it_was() {
    let bench = Bench::new();
    bench.sample("repo");
    let before = bench.contents("repo");
    let args = ["generate", "--repo", "repo", "--from", "E <e@example.org>"];
    let _ = bench.run(&args).ends_with(0);
    let first = bench.contents("outgoing");
    let _ = bench.run(&args).ends_with(0);
    assert_eq!(first, bench.contents("outgoing"));
    let _ = bench
        .run(&[&args[..], &["-o", "other", "--jobs", "1"]].concat())
        .ends_with(0);
    assert_eq!(first, bench.contents("other"));
    assert_eq!(before, bench.contents("repo"));
}

#[test]
fn a_series_on_its_own_result_finds_nothing_to_do() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    for revision in ["mainline", "maintenance"] {
        let args = [
            "generate",
            "--repo",
            "repo",
            "--from",
            "E <e@example.org>",
            "-q",
            "--force",
        ];
        let _ = bench
            .run(&[&args[..], &["--branch", &format!("s-{revision}"), revision]].concat())
            .ends_with(0);
        let left = bench
            .run(&[&args[..], &[&format!("s-{revision}")]].concat())
            .ends_with(6);
        assert!(left.stdout.contains("fixed"), "{left}");
    }
}

#[test]
fn a_bare_repository_a_tag_a_commit_and_a_plain_directory_are_targets() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    bench.git("repo", &["tag", "-a", "-m", "release", "v1"]);
    bench.git("", &["clone", "-q", "--bare", "repo", "bare.git"]);
    let commit = bench.git("repo", &["rev-parse", "mainline"]);
    let run = |repo: &str, out: &str, revision: &[&str]| {
        let args = [
            "generate",
            "-q",
            "--from",
            "E <e@example.org>",
            "--check",
            "lint",
            "--repo",
            repo,
            "-o",
            out,
        ];
        let _ = bench.run(&[&args[..], revision].concat()).ends_with(0);
        // The ids depend on the cover letter, which names the revision.
        let mail = bench.read(&format!("{out}/{CODE}"));
        mail[mail.find("\nFrom: ").unwrap()..].to_owned()
    };
    let mail = run("repo", "a", &[]);
    assert_eq!(mail, run("repo", "b", &["v1"]));
    assert_eq!(mail, run("bare.git", "c", &[&commit]));
    assert_eq!(mail, run("bare.git", "d", &["HEAD"]));
    // The same tree without its history has no base, but the same patch.
    std::fs::remove_dir_all(bench.path("repo/.git")).unwrap();
    let plain = run("repo", "e", &[]);
    let diff = |mail: &str| mail[mail.find("\ndiff --git").unwrap()..].to_owned();
    assert_eq!(diff(&mail), diff(&plain));
    assert!(
        !bench
            .read("e/0000-cover-letter.patch")
            .contains("base-commit")
    );
    assert!(
        bench
            .read("a/0000-cover-letter.patch")
            .contains(&format!("base-commit: {commit}"))
    );
}

#[test]
fn several_revisions_have_a_folder_each_and_one_that_fails_stops_no_other() {
    let bench = Bench::new();
    let args = [
        "generate",
        "--sample",
        "mainline",
        "fixed",
        "maintenance",
        "--format",
        "json",
        "-q",
    ];
    let left = bench.run(&args).ends_with(6);
    let document = left.json();
    let verdicts: Vec<&str> = document["series"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["verdict"].as_str().unwrap())
        .collect();
    assert_eq!(verdicts, ["ready", "nothing-to-do", "ready"]);
    assert_eq!(bench.names("outgoing"), ["mainline", "maintenance"]);
    assert!(
        bench
            .names("outgoing/maintenance")
            .contains(&CODE.to_owned())
    );
}

#[test]
fn only_the_patch_that_was_asked_for_is_mailed() {
    let bench = Bench::new();
    let left = bench
        .run(&[
            "generate",
            "--sample",
            "--only",
            "ctime-comparison",
            "--no-cover",
        ])
        .ends_with(0);
    let names = bench.names("outgoing");
    assert_eq!(
        names,
        [
            "0001-qemu-Force-capabilities-cache-read-if-libvirtd-date-.patch",
            "evidence"
        ],
        "{left}"
    );
    let mail = bench.read(&format!("outgoing/{}", names[0]));
    assert!(mail.contains("Subject: [PATCH] qemu: Force"), "{mail}");
}

#[test]
fn what_is_fixed_already_is_left_out_and_said() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample_with_the_comparison_fixed("repo");
    let left = bench
        .run(&["generate", "--repo", "repo", "--from", "E <e@example.org>"])
        .ends_with(0);
    assert_eq!(bench.names("outgoing").len(), 3, "{left}");
    assert!(
        left.stdout.contains("fixed         ctime-comparison"),
        "{left}"
    );
    let cover = bench.read("outgoing/0000-cover-letter.patch");
    assert!(cover.contains("Left out:\n  qemu: Force capabilities cache read if libvirtd date is different\n      is in this tree already\n"), "{cover}");
    assert!(cover.contains("[PATCH 0/1]"), "{cover}");
}

#[test]
fn what_was_typed_stands_in_the_mails() {
    let bench = Bench::new();
    bench.write("words", "In my own words.\n\nTwo paragraphs.\n");
    let _ = bench
        .run(&[
            "generate",
            "--sample",
            "--rfc",
            "-v",
            "3",
            "--subject-prefix",
            "libvirt PATCH",
            "--from",
            "Señor Sender <s@example.org>",
            "--author",
            "\"A. Author\" <a@example.org>",
            "--to",
            "list@example.org",
            "--cc",
            "B <b@example.org>",
            "-s",
            "--trailer",
            "Fixes: 0123456789ab",
            "--in-reply-to",
            "<x@example.org>",
            "--thread=deep",
            "--description-file",
            "words",
            "--signature",
            "mine",
            "--date",
            "2015-05-20T08:05:17-04:00",
        ])
        .ends_with(0);
    let cover = bench.read("outgoing/v3-0000-cover-letter.patch");
    for part in [
        "Subject: [RFC libvirt PATCH v3 0/2]",
        "From: =?UTF-8?q?Se=C3=B1or=20Sender?= <s@example.org>\n",
        "To: list@example.org\n",
        "Cc: B <b@example.org>\n",
        "In-Reply-To: <x@example.org>\n",
        "\nIn my own words.\n\nTwo paragraphs.\n",
        "-- \nmine\n",
    ] {
        assert!(cover.contains(part), "{part} is not in\n{cover}");
    }
    let name = bench
        .names("outgoing")
        .into_iter()
        .find(|name| name.starts_with("v3-0002"))
        .unwrap();
    let mail = bench.read(&format!("outgoing/{name}"));
    for part in [
        "Date: Wed, 20 May 2015 08:05:18 -0400\n",
        "\n\nFrom: A. Author <a@example.org>\n\n",
        "\nFixes: 0123456789ab\nSigned-off-by: Señor Sender <s@example.org>\n---\n",
    ] {
        assert!(mail.contains(part), "{part} is not in\n{mail}");
    }
}

#[test]
fn the_report_keeps_the_contract() {
    let bench = Bench::new();
    let left = bench
        .run(&[
            "generate",
            "--sample",
            "--format",
            "json",
            "--report",
            "json=copy.json",
        ])
        .ends_with(0);
    let document = left.json();
    assert_eq!(document["schema"], "patchwright/series/1");
    assert_eq!(document["base"]["revision"], "mainline");
    assert_eq!(document["base"]["commit"].as_str().unwrap().len(), 40);
    assert_eq!(document["verdict"], "ready");
    assert_eq!(document["patches"][0]["file"], SPEC);
    assert_eq!(document["patches"][1]["patch"], "ctime-comparison");
    assert_eq!(document["patches"][1]["status"], "missing");
    assert_eq!(
        bench.read("copy.json"),
        bench.read("outgoing/evidence/report.json")
    );
    assert_eq!(left.stdout, bench.read("copy.json"));
}

#[test]
fn a_dry_run_writes_nothing() {
    let bench = Bench::new();
    let left = bench
        .run(&["generate", "--sample", "--dry-run"])
        .ends_with(0);
    assert!(
        left.stdout.contains("3 mails would be in outgoing"),
        "{left}"
    );
    assert_eq!(bench.names(""), ["home"]);
}

#[test]
fn changes_that_are_not_committed_are_not_read_and_that_is_said() {
    let bench = Bench::new();
    bench.sample("repo");
    bench.replace(
        "repo/src/qemu/qemu_capabilities.c",
        "selfctime < ",
        "selfctime != ",
    );
    let left = bench.run(&[
        "generate",
        "--repo",
        "repo",
        "--from",
        "E <e@example.org>",
        "--check",
        "lint",
        "-q",
    ]);
    let left = left.ends_with(0);
    assert!(
        left.stderr
            .contains("src/qemu/qemu_capabilities.c has changes that are not committed"),
        "{left}"
    );
    assert_eq!(bench.names("outgoing").len(), 4);
}

#[test]
fn the_edit_touches_nothing_outside_its_spans() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    // Line ends of another system, bytes of another charset, and no newline at the end.
    let file = bench.path("repo/src/qemu/qemu_capabilities.c");
    let text = bench.read("repo/src/qemu/qemu_capabilities.c");
    let mut bytes = text.replace('\n', "\r\n").into_bytes();
    bytes.extend(b"/* \xe9 */");
    std::fs::write(&file, &bytes).unwrap();
    bench.git("repo", &["commit", "-qam", "other bytes"]);
    let args = [
        "generate",
        "--repo",
        "repo",
        "--from",
        "E <e@example.org>",
        "--check",
        "syntax",
        "--branch",
        "s",
    ];
    let _ = bench.run(&args).ends_with(0);
    bench.git("repo", &["checkout", "-q", "s"]);
    let after = std::fs::read(&file).unwrap();
    assert!(after.ends_with(b"}\r\n/* \xe9 */"));
    assert!(
        !after
            .windows(2)
            .any(|pair| pair[1] == b'\n' && pair[0] != b'\r')
    );
    let changed = bench.git("repo", &["diff", "--numstat", "s~1", "s"]);
    assert!(changed.starts_with("4\t2\t"), "{changed}");
}

#[test]
fn every_file_that_a_patch_changes_is_asked_about() {
    let bench = Bench::new();
    bench.sample("tree");
    std::fs::remove_dir_all(bench.path("tree/.git")).unwrap();
    let other = "long virGetSelfLastChanged(void);\nint stale(long selfctime)\n{\n    \
                 if (selfctime < virGetSelfLastChanged())\n        return 1;\n    return 0;\n}\n";
    bench.write("tree/src/qemu/qemu_other.c", other);
    let args = [
        "generate",
        "--repo",
        "tree",
        "--from",
        "E <e@example.org>",
        "--format",
        "json",
        "-q",
    ];
    let document = bench
        .run(&[&args[..], &["--only", "ctime-comparison"]].concat())
        .json();
    let checks = document["patches"][1]["checks"].as_array().unwrap();
    for name in ["compile", "behaviour"] {
        let asked = checks.iter().filter(|check| check["check"] == name).count();
        assert_eq!(asked, 2, "{name}: {document:#}");
    }
}

#[test]
fn mails_that_would_not_bring_the_commit_back_are_not_written() {
    let bench = Bench::new();
    let name = "A name of more than sixty characters, which git takes for no name at all";
    let from = format!("{name} <author@example.org>");
    for form in ["mail", "mbox", "maildir"] {
        let args = [
            "generate", "--sample", "--from", &from, "-q", "--check", "lint", "--export", form,
            "--format", "json",
        ];
        let left = bench.run(&args).ends_with(1);
        let told = left.json();
        let found = &told["patches"][0]["checks"][0]["findings"][0];
        assert_eq!(found["code"], "read-back-author", "{told}");
        assert!(found["message"].as_str().unwrap().contains(name), "{told}");
        assert!(!bench.path("outgoing").exists());
    }
    let short = [
        "generate",
        "--sample",
        "--from",
        "A B <a@example.org>",
        "-q",
        "--check",
        "lint",
    ];
    let _ = bench.run(&short).ends_with(0);
}
