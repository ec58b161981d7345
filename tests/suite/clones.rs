//! Repositories as CI opens them: shallow, partial, linked, of other formats, of another owner. Judged right, or a mistake that
//! tells the line that helps; never good for want of history.

use crate::support::{Bench, Left, have};

/// The revisions of the sample, and the statuses that they have.
const STATUSES: [(&str, &str); 3] = [
    ("mainline", "missing"),
    ("fixed", "fixed"),
    ("before-cache", "not-affected"),
];

fn gate(bench: &Bench, repository: &str, more: &[&str]) -> Left {
    let args = ["gate", "-q", "--format", "json", "--repo", repository];
    bench.run(&[&args[..], more].concat())
}

fn statuses(left: &Left) -> Vec<(String, String)> {
    let document = left.json();
    let rows = document["revisions"].as_array().unwrap().iter();
    rows.map(|row| {
        let status = row["patches"][1]["status"].as_str().unwrap().to_owned();
        (row["revision"].as_str().unwrap().to_owned(), status)
    })
    .collect()
}

/// Judges the three revisions, which have to come out as in the sample itself.
fn judged_right(bench: &Bench, repository: &str, name: impl Fn(&str) -> String) {
    let names = STATUSES.map(|(revision, _)| name(revision));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let left = gate(bench, repository, &names).ends_with(1);
    let found: Vec<String> = statuses(&left)
        .into_iter()
        .map(|(_, status)| status)
        .collect();
    assert_eq!(found, STATUSES.map(|(_, status)| status), "{repository}");
}

fn url(bench: &Bench, name: &str) -> String {
    format!("file://{}", bench.path(name).display())
}

/// A sample whose branches a clone can be made of.
fn origin() -> Option<Bench> {
    if !have(&["git"]) {
        return None;
    }
    let bench = Bench::new();
    bench.sample("origin");
    for (revision, _) in STATUSES {
        bench.git(
            "origin",
            &["branch", "-f", &format!("ci-{revision}"), revision],
        );
    }
    bench.git("origin", &["config", "uploadpack.allowFilter", "true"]);
    bench.git(
        "origin",
        &["config", "uploadpack.allowAnySHA1InWant", "true"],
    );
    Some(bench)
}

fn same(name: &str) -> String {
    name.to_owned()
}

#[test]
fn a_shallow_clone_is_judged_where_it_has_a_revision_and_says_how_to_fetch_another() {
    let Some(bench) = origin() else { return };
    let url = url(&bench, "origin");
    let clone = [
        "clone",
        "-q",
        "--depth=1",
        "--branch=ci-fixed",
        &url,
        "shallow",
    ];
    bench.git("", &clone);
    let left = gate(&bench, "shallow", &["HEAD"]).ends_with(0);
    assert_eq!(statuses(&left)[0].1, "fixed");
    for missing in ["ci-mainline", "HEAD~1"] {
        let left = gate(&bench, "shallow", &[missing]).ends_with(2);
        assert!(
            left.stderr.contains("git fetch --unshallow --tags"),
            "{left}"
        );
        assert!(left.stdout.is_empty(), "{left}");
    }
}

#[test]
fn all_that_is_asked_of_a_clone_that_lacks_some_is_a_mistake_with_the_line_that_brings_it() {
    let Some(bench) = origin() else { return };
    let url = url(&bench, "origin");
    let shallow = ["clone", "-q", "--depth=1", "--no-single-branch"];
    let narrow = ["clone", "-q", "--single-branch", "--branch=ci-fixed"];
    for (name, args) in [("shallow", &shallow[..]), ("narrow", &narrow[..])] {
        bench.git("", &[args, &[url.as_str(), name]].concat());
        let left = gate(&bench, name, &["--all-branches"]).ends_with(2);
        assert!(left.stderr.contains("error[refs-narrow]"), "{left}");
        assert!(left.stdout.is_empty(), "{left}");
        // Those that are there can be had, and the line that is told brings all.
        let _ = gate(&bench, name, &["--refs", "refs/remotes/origin/ci-fixed"]).ends_with(0);
        let mut parts = left.stderr.split('`');
        let line = parts.find(|part| part.starts_with("git "));
        let _ = bench.shell(name, line.unwrap()).ends_with(0);
        let left = gate(&bench, name, &["--all-branches"]).ends_with(1);
        let found = statuses(&left);
        let has = |name: &str| found.iter().any(|(found, _)| found == name);
        assert!(
            has("origin/ci-mainline") && has("origin/ci-fixed"),
            "{left}"
        );
    }
}

#[test]
fn what_a_partial_clone_lacks_is_a_mistake_with_the_line_that_brings_it() {
    let Some(bench) = origin() else { return };
    let url = url(&bench, "origin");
    let clone = [
        "clone",
        "-q",
        "--filter=blob:none",
        "--no-checkout",
        &url,
        "partial",
    ];
    bench.git("", &clone);
    for name in [
        "origin/ci-fixed",
        "origin/ci-before-cache",
        "origin/ci-mainline",
    ] {
        let left = gate(&bench, "partial", &[name]).ends_with(2);
        assert!(left.stderr.contains("error[object-missing]"), "{left}");
        assert!(left.stdout.is_empty(), "{left}");
    }
    bench.git(
        "",
        &[
            "clone",
            "-q",
            "--filter=tree:0",
            "--no-checkout",
            &url,
            "trees",
        ],
    );
    let left = gate(&bench, "trees", &["origin/ci-fixed"]).ends_with(2);
    assert!(
        left.stderr.contains("fetch --refetch --no-filter"),
        "{left}"
    );
    // Nothing was fetched, and the line that is told does it.
    let left = gate(&bench, "partial", &["origin/ci-fixed"]).ends_with(2);
    let help = left
        .stderr
        .split('`')
        .find(|part| part.starts_with("git --git-dir="));
    let _ = bench.shell("", help.unwrap()).ends_with(0);
    judged_right(&bench, "partial", |name| format!("origin/ci-{name}"));
}

#[test]
fn linked_worktrees_alternates_and_bare_clones_are_judged_as_what_they_come_of() {
    let Some(bench) = origin() else { return };
    bench.git(
        "origin",
        &["worktree", "add", "-q", "--detach", "../linked", "fixed"],
    );
    judged_right(&bench, "linked", same);
    bench.git(
        "",
        &[
            "clone",
            "-q",
            "--shared",
            "--no-checkout",
            "origin",
            "borrows",
        ],
    );
    judged_right(&bench, "borrows", |name| format!("origin/ci-{name}"));
    bench.git("", &["clone", "-q", "--bare", "origin", "bare.git"]);
    judged_right(&bench, "bare.git", same);
    bench.git("bare.git", &["repack", "-adfq", "--depth=50"]);
    judged_right(&bench, "bare.git", same);
    bench.git("", &["clone", "-q", "--sparse", "origin", "sparse"]);
    judged_right(&bench, "sparse", |name| format!("origin/ci-{name}"));
}

#[test]
fn a_worktree_whose_repository_is_gone_is_no_plain_directory() {
    let Some(bench) = origin() else { return };
    bench.git(
        "origin",
        &["worktree", "add", "-q", "--detach", "../linked", "fixed"],
    );
    std::fs::rename(bench.path("origin"), bench.path("moved")).unwrap();
    let left = gate(&bench, "linked", &[]).ends_with(2);
    assert!(left.stderr.contains("error[target-unreadable]"), "{left}");
}

/// A repository of another format with the sample's revisions as tags; `None` where git does not know the format.
fn converted(bench: &Bench, format: &str) -> Option<()> {
    let made = bench.shell("", &format!("git init -q {format} other"));
    if made.status != 0 {
        println!("skipped: this git knows no {format}");
        return None;
    }
    for (revision, _) in STATUSES {
        let script = format!(
            "rm -rf ../other/* && git archive {revision} | tar -x -C ../other && cd ../other && git add -A && \
             git commit -q -m {revision} && git tag {revision}"
        );
        let _ = bench.shell("origin", &script).ends_with(0);
    }
    Some(())
}

#[test]
fn repositories_of_other_formats_are_read_by_the_installed_git() {
    for format in ["--ref-format=reftable", "--object-format=sha256"] {
        let Some(bench) = origin() else { return };
        let Some(()) = converted(&bench, format) else {
            continue;
        };
        judged_right(&bench, "other", same);
        let left = gate(&bench, "other", &["--all-tags"]).ends_with(1);
        let mut found = statuses(&left);
        found.sort();
        let mut expected = STATUSES.map(|(name, status)| (name.to_owned(), status.to_owned()));
        expected.sort();
        assert_eq!(found, expected, "{format}");
        let left = gate(&bench, "other", &["nowhere"]).ends_with(2);
        assert!(left.stderr.contains("error[revision-unknown]"), "{left}");
        let args = ["gate", "-q", "--repo", "other", "fixed"];
        let left = bench.run_without_tools(&args).ends_with(2);
        assert!(left.stderr.contains("no git is installed"), "{left}");
    }
}

#[test]
fn what_is_replaced_is_read_as_git_reads_it() {
    let Some(bench) = origin() else { return };
    let blob = |revision: &str| {
        let path = format!("{revision}:src/qemu/qemu_capabilities.c");
        bench.git("origin", &["rev-parse", &path])
    };
    let left = gate(&bench, "origin", &["mainline"]).ends_with(1);
    assert_eq!(statuses(&left)[0].1, "missing");
    bench.git("origin", &["replace", &blob("mainline"), &blob("fixed")]);
    let left = gate(&bench, "origin", &["mainline"]);
    assert_eq!(statuses(&left)[0].1, "fixed");
}

#[test]
fn the_repository_that_git_s_environment_names_is_judged() {
    let Some(bench) = origin() else { return };
    let mut command = bench.command(env!("CARGO_BIN_EXE_patchwright"));
    command
        .env("GIT_DIR", bench.path("origin/.git"))
        .args(["gate", "-q", "fixed"]);
    assert_eq!(command.status().unwrap().code(), Some(0));
    let mut command = bench.command(env!("CARGO_BIN_EXE_patchwright"));
    command
        .env("GIT_DIR", bench.path("home"))
        .args(["gate", "-q"]);
    assert_eq!(command.output().unwrap().status.code(), Some(2));
}

#[test]
fn a_repository_of_another_owner_is_a_mistake_with_the_line_that_trusts_it() {
    let Some(bench) = origin() else { return };
    if !bench.shell("", "chown -R 65534:65534 origin").status.eq(&0) {
        println!("skipped: no right to give files away");
        return;
    }
    let left = gate(&bench, "origin", &["fixed"]).ends_with(2);
    let line = "git config --global --add safe.directory ";
    assert!(left.stderr.contains(line), "{left}");
    let place = bench.path("origin").canonicalize().unwrap();
    let mut command = bench.command(env!("CARGO_BIN_EXE_patchwright"));
    bench.write(
        "trust",
        &format!("[safe]\n\tdirectory = {}\n", place.display()),
    );
    command
        .env("GIT_CONFIG_GLOBAL", bench.path("trust"))
        .env("HOME", bench.path("home"))
        .args(["gate", "-q", "--repo", "origin", "fixed"]);
    std::fs::copy(bench.path("trust"), bench.path("home/.gitconfig")).unwrap();
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}
