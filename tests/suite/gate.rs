//! What `gate` says, in JSON and as a table.

use crate::support::{Bench, have};
use serde_json::json;

#[test]
fn the_document_keeps_the_contract() {
    let bench = Bench::new();
    let args = [
        "gate",
        "--sample",
        "mainline",
        "fixed",
        "before-cache",
        "--format",
        "json",
    ];
    let document = bench.run(&args).ends_with(1).json();
    assert_eq!(document["schema"], "patchwright/gate/1");
    assert_eq!(document["series"], "capabilities-cache");
    assert_eq!(document["require"], "any");
    let expected = json!({"revisions": 3, "ok": 2, "missing": 2, "fixed": 2, "not-affected": 2, "undetermined": 0});
    assert_eq!(document["summary"], expected);
    let first = &document["revisions"][0];
    assert_eq!(first["revision"], "mainline");
    assert_eq!(first["ok"], false);
    assert_eq!(first["exempt"], json!(null));
    assert_eq!(first["proved"], false);
    let patch = &first["patches"][1];
    assert_eq!(patch["patch"], "ctime-comparison");
    assert_eq!(patch["status"], "missing");
    assert_eq!(patch["applies"], true);
    assert_eq!(patch["places"][0]["path"], "src/qemu/qemu_capabilities.c");
    assert!(patch["places"][0]["line"].as_u64().unwrap() > 1);
}

#[test]
fn any_is_satisfied_by_one_fix_and_all_by_none_less() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample_with_the_comparison_fixed("repo");
    let _ = bench.run(&["gate", "--repo", "repo"]).ends_with(0);
    let _ = bench
        .run(&["gate", "--repo", "repo", "--require", "all"])
        .ends_with(1);
    let _ = bench
        .run(&["gate", "--repo", "repo", "--require", "ctime-comparison"])
        .ends_with(0);
    let _ = bench
        .run(&[
            "gate",
            "--repo",
            "repo",
            "--require",
            "spec-post-cache-removal",
        ])
        .ends_with(1);
}

/// The status of the C patch on mainline with a text of its file replaced.
fn code_status(from: &str, to: &str) -> String {
    let bench = Bench::new();
    bench.sample("tree");
    std::fs::remove_dir_all(bench.path("tree/.git")).unwrap();
    bench.replace("tree/src/qemu/qemu_capabilities.c", from, to);
    let document = bench
        .run(&["gate", "--repo", "tree", "--format", "json"])
        .json();
    document["revisions"][0]["patches"][1]["status"]
        .as_str()
        .unwrap()
        .to_owned()
}

const WRONG: &str = "selfctime < virGetSelfLastChanged()";

#[test]
fn a_fix_in_another_form_is_fixed() {
    for right in [
        "virGetSelfLastChanged() != selfctime",
        "!(selfctime == virGetSelfLastChanged())",
        "(selfctime !=\n         virGetSelfLastChanged())",
        "(long long)selfctime != (long long)virGetSelfLastChanged()",
    ] {
        assert_eq!(code_status(WRONG, right), "fixed", "{right}");
    }
}

#[test]
fn a_fix_that_is_none_is_never_fixed() {
    for wrong in [
        // In a comment, in a string, in a dead branch.
        "selfctime < virGetSelfLastChanged() /* selfctime != virGetSelfLastChanged() */",
        "selfctime < virGetSelfLastChanged() || !\"selfctime != virGetSelfLastChanged()\"",
        "\n#if 0\n selfctime != virGetSelfLastChanged()\n#else\n selfctime < virGetSelfLastChanged()\n#endif\n",
        // Another wrong comparison.
        "selfctime > virGetSelfLastChanged()",
        "selfctime <= virGetSelfLastChanged()",
        // Without effect.
        "(selfctime != virGetSelfLastChanged() && qemuCaps->binary == NULL)",
        "(0 && selfctime != virGetSelfLastChanged())",
        "selfctime == virGetSelfLastChanged()",
        "selfctime",
    ] {
        let status = code_status(WRONG, wrong);
        assert!(
            status == "missing" || status == "undetermined",
            "{wrong}: {status}"
        );
    }
}

/// The status of the spec patch on mainline with lines put into `%post daemon`.
fn spec_status(heading: &str, lines: &str) -> String {
    let bench = Bench::new();
    bench.sample("tree");
    std::fs::remove_dir_all(bench.path("tree/.git")).unwrap();
    bench.replace(
        "tree/libvirt.spec.in",
        &format!("\n{heading}\n"),
        &format!("\n{heading}\n{lines}\n"),
    );
    let document = bench
        .run(&["gate", "--repo", "tree", "--format", "json"])
        .json();
    document["revisions"][0]["patches"][0]["status"]
        .as_str()
        .unwrap()
        .to_owned()
}

const DIR: &str = "%{_localstatedir}/cache/libvirt/qemu/capabilities";

#[test]
fn a_safe_cleanup_in_other_words_is_fixed() {
    for right in [
        format!("find {DIR} -xdev -mindepth 1 -delete || :"),
        format!("find \"{DIR}\" -mindepth 1 -delete 2>/dev/null || true"),
        format!("find {DIR} \\\n  -mindepth 1 -xdev \\\n -delete || :"),
        format!("%if %{{with_qemu}}\nfind {DIR} -mindepth 1 -delete || :\n%endif"),
    ] {
        assert_eq!(spec_status("%post daemon", &right), "fixed", "{right}");
    }
}

#[test]
fn a_cleanup_that_is_unsafe_dead_or_elsewhere_is_not_fixed() {
    let find = format!("find {DIR} -mindepth 1 -delete || :");
    for (heading, lines) in [
        ("%post daemon", format!("# {find}")),
        ("%post daemon", format!("%if 0\n{find}\n%endif")),
        ("%post daemon", format!("%if 0%{{?fedora}}\n{find}\n%endif")),
        ("%post daemon", format!("exit 0\n{find}")),
        ("%post daemon", format!("if [ $1 -eq 1 ]; then\n{find}\nfi")),
        (
            "%post daemon",
            format!("[ -L {DIR} ] || rm -rf {DIR}/* || :"),
        ),
        (
            "%post daemon",
            format!("[ -L {DIR} ] || find {DIR}/ -mindepth 1 -delete || :"),
        ),
        ("%post daemon", format!("rm -rf {DIR}/* || :")),
        (
            "%post daemon",
            format!("find {DIR}/ -mindepth 1 -delete || :"),
        ),
        (
            "%post daemon",
            format!("find -L {DIR} -mindepth 1 -delete || :"),
        ),
        ("%post daemon", format!("find {DIR} -delete || :")),
        (
            "%post daemon",
            format!("find {DIR} -mindepth 1 -name '*.xml' -delete || :"),
        ),
        ("%post daemon", format!("echo {find}")),
        ("%post daemon", format!("%{{?never:\n{find}\n}}")),
        ("%post daemon", format!("find() {{ :; }}\n{find}")),
        ("%post daemon", format!("set -e\nfalse\n{find}")),
        ("%post daemon", format!("find {DIR} -mindepth 1 -delete &")),
        ("%postun daemon", find.clone()),
        ("%preun daemon", find.clone()),
    ] {
        let status = spec_status(heading, &lines);
        assert_ne!(status, "fixed", "{heading} {lines}");
        assert_ne!(status, "not-affected", "{heading} {lines}");
    }
}

#[test]
fn a_question_before_a_cleanup_that_follows_no_link_anyway_takes_nothing_from_it() {
    // Played with a link put there before every command, no case of it comes out wrong.
    let lines = format!("[ -L {DIR} ] || find {DIR} -mindepth 1 -delete || :");
    assert_eq!(spec_status("%post daemon", &lines), "fixed");
}

#[test]
fn a_right_comparison_that_is_not_reached_or_not_alone_is_not_fixed() {
    let right = "selfctime != virGetSelfLastChanged()";
    let begins = "    if (qemuctime";
    for (before, status) in [
        // A jump that is always taken stands before it: nothing is used any more, or everything.
        ("    goto cleanup;\n", "undetermined"),
        ("    { return 1; }\n", "missing"),
        // It is the other case of what has to hold.
        (
            "    if (access(capsfile, F_OK) == 0) ; else\n",
            "undetermined",
        ),
    ] {
        let (from, to) = (begins, format!("{before}{begins}"));
        let bench = Bench::new();
        bench.sample("tree");
        std::fs::remove_dir_all(bench.path("tree/.git")).unwrap();
        let file = "tree/src/qemu/qemu_capabilities.c";
        bench.replace(file, WRONG, right);
        bench.replace(file, from, &to);
        assert_eq!(code_status_of(&bench), status, "{to}");
    }
    for function in [
        "static int old(when)\n    long when;\n{\n    return when < virGetSelfLastChanged();\n}\n",
        "#define OLD(when) \\\n    ((when) < virGetSelfLastChanged())\n",
    ] {
        let bench = Bench::new();
        bench.sample("tree");
        std::fs::remove_dir_all(bench.path("tree/.git")).unwrap();
        let file = "tree/src/qemu/qemu_capabilities.c";
        bench.replace(file, WRONG, right);
        let text = bench.read(file);
        bench.write(file, &format!("{text}\n{function}"));
        assert_eq!(code_status_of(&bench), "undetermined", "{function}");
    }
}

fn code_status_of(bench: &Bench) -> String {
    let document = bench
        .run(&["gate", "--repo", "tree", "--format", "json"])
        .json();
    document["revisions"][0]["patches"][1]["status"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[test]
fn a_spec_without_sources_is_not_known_to_be_unaffected() {
    let bench = Bench::new();
    bench.write("tree/libvirt.spec", "Name: libvirt\n%post daemon\n");
    assert_eq!(code_status_of(&bench), "undetermined");
}

#[test]
fn every_section_of_the_package_must_empty_the_cache() {
    let find = format!("find {DIR} -mindepth 1 -delete || :");
    for (heading, status) in [
        (format!("%post -n libvirt-daemon\n{find}"), "fixed"),
        (format!("%post daemon -p <lua>\n{find}"), "undetermined"),
        (
            format!("%if 0%{{?rare}}\n%post daemon\n{find}\n%endif"),
            "undetermined",
        ),
        (
            format!("%if 0%{{?a}}\n%post daemon\n{find}\n{find}\n%else\n%post daemon\n:\n%endif"),
            "missing",
        ),
        (
            format!("%if 0%{{?a}}\n%post daemon\n{find}\n%else\n%post daemon\n{find}\n%endif"),
            "fixed",
        ),
    ] {
        let bench = Bench::new();
        let files = "%files daemon\n%{_sbindir}/libvirtd\n";
        bench.write(
            "tree/libvirt.spec",
            &format!("Name: libvirt\n{heading}\n{files}"),
        );
        bench.write("tree/src/a.c", "int a = sizeof(virGetSelfLastChanged);\n");
        let document = bench
            .run(&["gate", "--repo", "tree", "--format", "json"])
            .json();
        assert_eq!(
            document["revisions"][0]["patches"][0]["status"], status,
            "{heading}"
        );
    }
}

#[test]
fn a_wrong_form_in_another_file_undoes_a_right_one_in_the_first() {
    let bench = Bench::new();
    bench.sample("tree");
    std::fs::remove_dir_all(bench.path("tree/.git")).unwrap();
    bench.replace(
        "tree/src/qemu/qemu_capabilities.c",
        WRONG,
        "selfctime != virGetSelfLastChanged()",
    );
    let status = || {
        let document = bench
            .run(&["gate", "--repo", "tree", "--format", "json"])
            .json();
        document["revisions"][0]["patches"][1]["status"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(status(), "fixed");
    let other = "int stale(long selfctime)\n{\n    if (selfctime < virGetSelfLastChanged())\n        return 1;\n    return 0;\n}\n";
    bench.write("tree/src/qemu/qemu_other.c", other);
    assert_eq!(status(), "missing");
}

#[test]
fn a_value_that_is_made_to_agree_where_it_is_loaded_is_not_fixed() {
    let bench = Bench::new();
    bench.sample("tree");
    std::fs::remove_dir_all(bench.path("tree/.git")).unwrap();
    let file = "tree/src/qemu/qemu_capabilities.c";
    bench.replace(file, WRONG, "selfctime != virGetSelfLastChanged()");
    bench.replace(
        file,
        "    fclose(file);\n    return ret;",
        "    fclose(file);\n    qemuCaps->ctime = virGetSelfLastChanged();\n    return ret;",
    );
    let document = bench
        .run(&["gate", "--repo", "tree", "--format", "json"])
        .json();
    assert_eq!(
        document["revisions"][0]["patches"][1]["status"], "undetermined",
        "{document:#}"
    );
}

/// The names of the rows, in order.
fn revisions(document: &serde_json::Value) -> Vec<String> {
    let rows = document["revisions"].as_array().unwrap();
    rows.iter()
        .map(|row| row["revision"].as_str().unwrap().to_owned())
        .collect()
}

/// A repository with the sample's history and tags and branches of many kinds.
fn bench_with_refs() -> Bench {
    let bench = Bench::new();
    bench.sample("repo");
    for tag in [
        "v1.10",
        "v1.9",
        "v1.10-rc1",
        "v1.10-rc2",
        "v1.10-rc10",
        "both",
    ] {
        bench.git("repo", &["tag", tag, "mainline"]);
    }
    bench.git("repo", &["tag", "-a", "-m", "signed", "v2.0", "fixed"]);
    bench.git("repo", &["tag", "tree", "mainline^{tree}"]);
    bench.git("repo", &["branch", "-q", "both", "fixed"]);
    bench.git(
        "repo",
        &["update-ref", "refs/remotes/origin/main", "mainline"],
    );
    bench.git(
        "repo",
        &[
            "symbolic-ref",
            "refs/remotes/origin/HEAD",
            "refs/remotes/origin/main",
        ],
    );
    bench.git(
        "repo",
        &[
            "symbolic-ref",
            "refs/remotes/gone/HEAD",
            "refs/remotes/gone/main",
        ],
    );
    bench
}

#[test]
fn globs_find_refs_in_the_order_of_versions_under_their_shortest_names() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench_with_refs();
    let gate = |args: &[&str]| {
        let left = bench.run(&[&["gate", "--repo", "repo", "--format", "json"], args].concat());
        (revisions(&left.json()), left.stderr)
    };
    let (names, _) = gate(&["--refs", "refs/tags/v1.*"]);
    let expected = ["v1.9", "v1.10-rc1", "v1.10-rc2", "v1.10-rc10", "v1.10"];
    assert_eq!(names, expected);
    // A tag that leads to a tree is told and left out; a name that two refs have is longer.
    let (names, notes) = gate(&["--all-tags"]);
    let mut tags = vec!["tags/both".to_owned()];
    tags.extend(expected.map(str::to_owned));
    tags.push("v2.0".to_owned());
    assert_eq!(names, tags);
    assert!(notes.contains("refs/tags/tree leads to a tree"), "{notes}");
    // Remote branches too; what is another name of a branch that is there is not listed again, and one that dangles is told.
    let (names, notes) = gate(&["--all-branches"]);
    assert!(names.contains(&"heads/both".to_owned()), "{names:?}");
    assert!(names.contains(&"origin/main".to_owned()), "{names:?}");
    assert!(
        !names
            .iter()
            .any(|name| name.contains("HEAD") || name == "origin"),
        "{names:?}"
    );
    assert!(notes.contains("refs/remotes/gone/HEAD"), "{notes}");
    // In the order asked, a ref once.
    let (names, _) = gate(&[
        "--refs",
        "refs/tags/v2*",
        "mainline",
        "--refs",
        "refs/tags/v*",
    ]);
    assert_eq!(names[..2], ["v2.0", "mainline"]);
    assert_eq!(names[2..], expected);
    // Without a wildcard it is the ref itself, or what is below it.
    let (names, _) = gate(&["--refs", "refs/remotes/origin"]);
    assert_eq!(names, ["origin/main"]);
}

#[test]
fn equal_commits_have_equal_answers_under_each_of_their_names() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench_with_refs();
    let args = [
        "gate", "--repo", "repo", "--format", "json", "mainline", "v1.9", "v1.10",
    ];
    let document = bench.run(&args).ends_with(1).json();
    assert_eq!(revisions(&document), ["mainline", "v1.9", "v1.10"]);
    for row in document["revisions"].as_array().unwrap() {
        assert_eq!(row["patches"], document["revisions"][0]["patches"]);
        assert_eq!(row["commit"], document["revisions"][0]["commit"]);
    }
    assert_eq!(document["summary"]["missing"], 6);
}

#[test]
fn what_names_no_commit_is_a_mistake() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench_with_refs();
    bench.write("plain/a", "");
    for (args, code) in [
        (
            &["--repo", "repo", "--refs", "refs/tags/v9*"][..],
            "refs-unmatched",
        ),
        (&["--repo", "repo", "--refs", "v1.*"], "refs-unmatched"),
        (&["--repo", "repo", "--refs", ""], "refs-unmatched"),
        (
            &["--repo", "repo", "--refs", "refs/tags/tree"],
            "refs-unmatched",
        ),
        (&["--repo", "repo", "--refs", "refs/tags/[v"], "refs-glob"),
        (&["--repo", "repo", "tree"], "revision-unknown"),
        (&["--repo", "plain", "--all-tags"], "revision-in-directory"),
        (
            &[
                "--sample",
                "--only",
                "ctime-comparison",
                "--require",
                "spec-post-cache-removal",
            ],
            "patch-unknown",
        ),
    ] {
        let left = bench.run(&[&["gate"], args].concat()).ends_with(2);
        assert!(left.stderr.contains(&format!("error[{code}]")), "{left}");
        assert_eq!(left.stdout, "");
    }
    let left = bench.run(&["gate", "--repo", "repo", "--refs", "v1.*"]);
    assert!(left.stderr.contains("--refs 'refs/tags/v1.*'"), "{left}");
}

#[test]
fn a_ref_that_leads_nowhere_is_listed_and_open() {
    if !have(&["git"]) {
        return;
    }
    let bench = bench_with_refs();
    let nowhere = "1234567890123456789012345678901234567890";
    bench.write("repo/.git/refs/heads/lost", &format!("{nowhere}\n"));
    let args = [
        "gate",
        "--repo",
        "repo",
        "--format",
        "json",
        "--refs",
        "refs/heads/*",
    ];
    let document = bench.run(&args).ends_with(1).json();
    let row = document["revisions"].as_array().unwrap().iter();
    let row = row.clone().find(|row| row["revision"] == "lost").unwrap();
    assert_eq!(row["ok"], false);
    assert_eq!(row["commit"], nowhere);
    assert_eq!(row["patches"][0]["status"], "undetermined");
}

#[test]
fn many_revisions_are_counted_on_a_terminal_and_told_in_a_line_elsewhere() {
    if !have(&["git", "script"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    for at in 0..10 {
        bench.git(
            "repo",
            &["tag", &format!("v1.{at}"), &format!("mainline~{at}")],
        );
    }
    let args = ["gate", "--repo", "repo", "--all-tags"];
    let told = bench.run(&args).stderr;
    assert_eq!(told.matches("Judging").count(), 1, "{told}");
    assert!(told.contains("Judging 10 revisions"), "{told}");
    assert_eq!(bench.run(&[&args[..], &["-q"]].concat()).stderr, "");
    let program = env!("CARGO_BIN_EXE_patchwright");
    let terminal = |more: &str| {
        let line = format!(
            "TERM=xterm script -qec '{program} {}{more}' /dev/null",
            args.join(" ")
        );
        bench.shell(".", &line).stdout
    };
    let told = terminal("");
    assert!(told.contains("of 10, v1."), "{told}");
    // The line goes away again.
    assert!(
        told.ends_with("revisions have what they need\r\n"),
        "{told}"
    );
    assert!(!terminal(" -q").contains("Judging"), "{told}");
}
