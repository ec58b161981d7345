//! The target's own daemon, built at every stage and asked: a small one of this repository, and with a long suite libvirt's.

mod real;

use serde_json::Value;

use crate::support::{Bench, Left, have};

const FRESH: &str = "repo/src/fresh.c";
const WRONG: &str = "cached < own_time()";

/// A repository with the small daemon, a series for it, and a build of it, where `build` is: a folder beside the repository or in it.
fn bench(build: &str) -> Option<Bench> {
    if !have(&["cc", "ninja", "bwrap"]) {
        return None;
    }
    let bench = Bench::new();
    let shop = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/daemon/shop");
    let copy = format!("cp -R {shop} shop && cp -R shop/tree repo");
    let _ = bench.shell("", &copy).ends_with(0);
    bench.git("repo", &["init", "-q", "-b", "mainline"]);
    bench.git("repo", &["add", "."]);
    bench.git("repo", &["commit", "-qm", "shop"]);
    configure(&bench, build);
    Some(bench)
}

fn configure(bench: &Bench, build: &str) {
    let from = match build {
        "repo" => ".",
        "repo/build" => "..",
        _ => "../repo",
    };
    let configured = format!(
        "mkdir -p {build} && cd {build} && sh $OLDPWD/repo/configure {from} && ninja shopd ask >/dev/null"
    );
    let _ = bench.shell("", &configured).ends_with(0);
}

fn generate(bench: &Bench, build: &str, more: &[&str]) -> Left {
    let args = [
        "generate",
        "--series",
        "shop",
        "--repo",
        "repo",
        "--from",
        "A <a@example.org>",
        "--format",
        "json",
        "-q",
        "--check",
        "daemon",
        "--build-dir",
        build,
    ];
    bench.run(&[&args[..], more].concat())
}

/// Judges a commit that replaces a text of a file; returns what the check says, if it says anything.
fn validate(bench: &Bench, file: &str, from: &str, to: &str, code: i32) -> Value {
    bench.commit("repo", file, from, to);
    bench.git("repo", &["format-patch", "-q", "-1", "-o", "../mails"]);
    bench.git("repo", &["reset", "-q", "--hard", "HEAD^"]);
    let args = [
        "validate",
        "mails",
        "--series",
        "shop",
        "--repo",
        "repo",
        "--onto",
        "mainline",
        "--format",
        "json",
        "-q",
        "--check",
        "daemon",
        "--build-dir",
        "build",
    ];
    let left = bench.run(&args).ends_with(code);
    let _ = bench.shell("", "rm -r mails").ends_with(0);
    found(&left.json())
}

/// What the check says of the only patch; null where it says nothing.
fn found(document: &Value) -> Value {
    let checks = document["patches"][0]["checks"].as_array().unwrap();
    assert!(checks.len() < 2, "{document:#}");
    checks.first().cloned().unwrap_or_default()
}

fn words(told: &Value) -> [&str; 3] {
    ["before", "after", "outcome"].map(|key| told[key].as_str().unwrap_or("none"))
}

#[test]
fn a_daemon_goes_wrong_before_and_right_behind_the_patch_wherever_it_is_built() {
    for build in ["build", "repo/build", "repo"] {
        let Some(bench) = bench(build) else { return };
        let (tree, made) = (bench.contents("repo"), bench.contents(build));
        let left = generate(&bench, build, &["--strict"]);
        let told = found(&left.ends_with(0).json());
        assert_eq!(words(&told), ["failed", "passed", "passed"], "{told:#}");
        let detail = "1 of 3 cases wrong before, 0 after";
        assert_eq!(told["detail"], detail, "{build}");
        let with = "the tree's own daemon, built and run: shopd, asked through ask";
        let played = serde_json::json!({"real": true, "with": with});
        assert_eq!(told["played"], played, "{build}");
        assert!(tree == bench.contents("repo") && made == bench.contents(build));
        let said = |name: &str| bench.read(&format!("outgoing/evidence/fresh/daemon/{name}"));
        let with = |newer: &str| {
            format!(
                "== equal: the cache is this daemon's\nfrom the cache\n\
                 == older: the cache is an older daemon's\nfound out anew\n\
                 == newer: the cache is a newer daemon's\n{newer}\n"
            )
        };
        assert_eq!(said("before.txt"), with("from the cache"));
        assert_eq!(said("after.txt"), with("found out anew"));
        assert!(
            said("run.sh").contains("ninja shopd ask"),
            "{}",
            said("run.sh")
        );
    }
}

#[test]
fn a_build_that_was_copied_or_moved_is_built_where_it_was_configured() {
    for then in ["cp -a build other", "mv build other"] {
        let Some(bench) = bench("build") else { return };
        // It knows its own place.
        let own = bench.path("build").canonicalize().unwrap();
        bench.replace(
            "build/build.ninja",
            "-I../repo",
            &format!("-I{}/../repo", own.display()),
        );
        let _ = bench.shell("", then).ends_with(0);
        let told = found(&generate(&bench, "other", &["--strict"]).ends_with(0).json());
        assert_eq!(
            words(&told),
            ["failed", "passed", "passed"],
            "{then}: {told:#}"
        );
    }
}

#[test]
fn the_lines_in_the_evidence_play_the_cases_again() {
    let Some(bench) = bench("build") else { return };
    let _ = generate(&bench, "build", &["--strict"]).ends_with(0);
    let again = "export TMPDIR=$PWD/home BUILD=$PWD/build SOURCE=$PWD/repo; sh outgoing/evidence/fresh/daemon/run.sh";
    let left = bench.shell("", again).ends_with(0);
    let before = bench.read("outgoing/evidence/fresh/daemon/before.txt");
    assert_eq!(left.stdout, before);
}

#[test]
fn a_fix_that_is_none_is_refused_and_a_right_one_in_another_form_passes() {
    let Some(bench) = bench("build") else { return };
    let refused = [
        (
            "cached > own_time()",
            "an older daemon's: expected discarded, saw served",
        ),
        (
            "cached <= own_time()",
            "this daemon's: expected served, saw discarded",
        ),
        ("cached <= own_time() || 1", "it was right before"),
        (
            "(cached < own_time())",
            "a newer daemon's: expected discarded, saw served",
        ),
        ("cached != owntime()", "building ends with status 1"),
        (
            "*(volatile int *)0 + own_time()",
            "the daemon answers in no case",
        ),
    ];
    for (to, message) in refused {
        let told = validate(&bench, "src/fresh.c", WRONG, to, 1);
        assert_eq!(words(&told), ["failed"; 3], "{to}: {told:#}");
        assert!(told.to_string().contains(message), "{to}: {told:#}");
    }
    for to in ["!(cached == own_time())", "own_time() - cached"] {
        let told = validate(&bench, "src/fresh.c", WRONG, to, 0);
        assert_eq!(
            words(&told),
            ["failed", "passed", "passed"],
            "{to}: {told:#}"
        );
    }
    // A patch of something else leaves the defect, and is not asked to mend it.
    let told = validate(&bench, "src/ask.c", "answer[64]", "answer[65]", 0);
    assert!(told.is_null(), "{told:#}");
    // It is asked all the same where it breaks what it is no part of.
    let told = validate(&bench, "src/ask.c", "length <= 0", "length > 0", 1);
    assert!(
        told.to_string().contains("the daemon answers in no case"),
        "{told:#}"
    );
}

#[test]
fn a_daemon_that_hangs_is_ended_and_refused() {
    let Some(bench) = bench("build") else { return };
    bench.replace(
        "shop/fresh/daemon.toml",
        "script = \"play.sh\"",
        "script = \"play.sh\"\nseconds = 3",
    );
    let told = validate(&bench, "src/fresh.c", "return 1;", "for (;;);", 1);
    let message =
        "the cache is this daemon's: expected served, saw no answer, ended by its limit of time";
    assert!(told.to_string().contains(message), "{told:#}");
}

#[test]
fn a_mistake_in_the_manifest_is_told_at_its_file() {
    let bench = Bench::new();
    let shop = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite/daemon/shop");
    let _ = bench.shell("", &format!("cp -R {shop} shop")).ends_with(0);
    let _ = bench.run(&["series", "lint", "shop"]).ends_with(0);
    for (from, to, told) in [
        (
            "expect = [\"served\"]",
            "expect = [\"else\"]",
            "series-daemon",
        ),
        ("[[answer]]", "[[reply]]", "series-manifest"),
        ("\"play.sh\"", "\"none.sh\"", "series-file-missing"),
    ] {
        bench.replace("shop/fresh/daemon.toml", from, to);
        let left = bench.run(&["series", "lint", "shop"]).ends_with(2);
        let both = left.to_string();
        assert!(
            both.contains(told) && both.contains("daemon.toml"),
            "{both}"
        );
        bench.replace("shop/fresh/daemon.toml", to, from);
    }
}

#[test]
fn a_series_that_mends_nothing_is_refused() {
    let Some(bench) = bench("build") else { return };
    let rewrite = "becomes = \"cached != own_time()\"";
    let wrong = "becomes = \"cached <= own_time()\"";
    bench.replace("shop/fresh/patch.toml", rewrite, wrong);
    let told = found(&generate(&bench, "build", &[]).ends_with(1).json());
    assert_eq!(words(&told), ["failed", "failed", "failed"], "{told:#}");
    // Cases that come out right before prove nothing.
    bench.replace("shop/fresh/patch.toml", wrong, rewrite);
    bench.replace("shop/fresh/daemon.toml", "OFF = \"10\"", "OFF = \"-1\"");
    let told = found(&generate(&bench, "build", &[]).ends_with(1).json());
    assert!(told.to_string().contains("behaviour-unproven"), "{told:#}");
}

#[test]
fn a_base_that_is_broken_is_not_the_patches_fault() {
    for (file, from, to, message) in [
        ("src/shopd.c", "return 1;", "return one;", "src/shopd.c:"),
        (
            "src/shopd.c",
            "long cached = -1;",
            "long cached = -1; return 3;",
            "the daemon answers in no case: no answer, status 1: nobody answers",
        ),
    ] {
        let Some(bench) = bench("build") else { return };
        bench.commit("repo", file, from, to);
        let left = generate(&bench, "build", &[]).ends_with(4);
        let told = found(&left.json());
        assert_eq!(told["findings"][0]["code"], "daemon-base", "{told:#}");
        assert!(told.to_string().contains(message), "{told:#}");
        assert!(
            !left.to_string().contains(bench.path("").to_str().unwrap()),
            "{left}"
        );
    }
}

#[test]
fn the_daemon_is_that_of_the_revision_and_not_of_what_lies_in_the_source() {
    let Some(bench) = bench("build") else { return };
    // Mended where the build was made, uncommitted, and built so.
    bench.replace(FRESH, WRONG, "cached != own_time()");
    bench.write("repo/src/own.c", "not C");
    let told = found(&generate(&bench, "build", &["--strict"]).ends_with(0).json());
    assert_eq!(words(&told), ["failed", "passed", "passed"], "{told:#}");
    let detail = told["detail"].as_str().unwrap();
    assert!(
        detail.ends_with("; 2 files are others in the build's own source"),
        "{detail}"
    );
    assert_eq!(bench.read("repo/src/own.c"), "not C");
}

#[test]
fn a_stand_that_does_not_fit_shows_nothing() {
    let Some(bench) = bench("build") else { return };
    bench.replace("shop/templates/play.sh", "+ OFF))", "+ OFF - 1))");
    let told = found(&generate(&bench, "build", &[]).ends_with(0).json());
    assert_eq!(told["outcome"], "skipped", "{told:#}");
    assert!(
        told.to_string()
            .contains("the stand does not fit this build"),
        "{told:#}"
    );
    let _ = generate(&bench, "build", &["--strict"]).ends_with(5);
}

#[test]
fn what_is_not_there_is_skipped_with_a_reason() {
    let Some(bench) = bench("build") else { return };
    let skipped = |left: Left, reason: &str| {
        let told = found(&left.ends_with(5).json());
        assert_eq!(told["outcome"], "skipped", "{told:#}");
        assert!(
            told["detail"].as_str().unwrap().contains(reason),
            "{told:#}"
        );
    };
    skipped(
        generate(&bench, "none", &["--strict"]),
        "compile_commands.json",
    );
    let args = [
        "generate",
        "--series",
        "shop",
        "--repo",
        "repo",
        "--from",
        "A <a@example.org>",
        "--format",
        "json",
        "-q",
        "--check",
        "daemon",
        "--strict",
    ];
    skipped(bench.run(&args), "--build-dir");
    bench.write(
        "other/compile_commands.json",
        "[{\"directory\": \"/b\", \"file\": \"/b/x.c\", \"command\": \"cc /b/x.c\"}]",
    );
    skipped(
        generate(&bench, "other", &["--strict"]),
        "compiles none of the tree's files",
    );
    let without = [&args[..], &["--build-dir", "build"]].concat();
    skipped(bench.run_without_tools(&without), "no bwrap on PATH");
    let moved: Vec<&str> = without
        .iter()
        .map(|word| if *word == "repo" { "moved" } else { *word })
        .collect();
    let _ = bench.shell("", "mv repo moved").ends_with(0);
    skipped(bench.run(&moved), "is not there: ");
    let _ = bench.shell("", "mv moved repo").ends_with(0);
    bench.replace("build/build.ninja", "build shopd: ", "build renamed: ");
    skipped(
        generate(&bench, "build", &["--strict"]),
        "makes none of these: another, which is not made; shopd",
    );
}

#[test]
fn what_a_build_and_a_daemon_try_stays_inside() {
    let Some(bench) = bench("build") else { return };
    let secret = bench.path("home/secret");
    bench.write("home/secret", "mine");
    let secret = secret.canonicalize().unwrap();
    let own = bench.path("repo/src/own.c").canonicalize().unwrap();
    let tries = format!(
        "if grep -q mine {0} || (echo >{0}) || (echo >{1}); then exit 1; fi",
        secret.display(),
        own.display()
    );
    let hostile = format!("command = {tries}; cc -Wall");
    bench.replace("repo/configure", "command = cc -Wall", &hostile);
    let _ = bench.shell("", "rm -r build").ends_with(0);
    bench.git("repo", &["commit", "-qam", "hostile"]);
    // Configured, and never built but in the sandbox.
    let configured = "mkdir build && cd build && sh ../repo/configure ../repo";
    let _ = bench.shell("", configured).ends_with(0);
    bench.replace(
        "shop/templates/play.sh",
        "set -eu\n",
        &format!(
            "set -eu\n[ \"$(id -u)\" != 0 ]\n! cat {} 2>/dev/null\n! (: >$BUILD/mark)\n",
            secret.display()
        ),
    );
    let left = generate(&bench, "build", &["--strict"]);
    let told = found(&left.ends_with(0).json());
    assert_eq!(words(&told), ["failed", "passed", "passed"], "{told:#}");
    assert_eq!(bench.read("home/secret"), "mine");
    assert_eq!(bench.git("repo", &["status", "--porcelain"]), "");
}

#[test]
fn a_daemon_is_started_without_bubblewrap_too() {
    let Some(bench) = bench("build") else { return };
    let broken = "mkdir bin && printf '#!/bin/sh\\nexit 1\\n' >bin/bwrap && chmod 755 bin/bwrap";
    let _ = bench.shell("", broken).ends_with(0);
    let path = std::env::var("PATH").unwrap();
    let output = bench
        .command(env!("CARGO_BIN_EXE_patchwright"))
        .env("PATH", format!("{}:{path}", bench.path("bin").display()))
        .args([
            "generate",
            "--series",
            "shop",
            "--repo",
            "repo",
            "--from",
            "A <a@example.org>",
            "--format",
            "json",
            "-q",
        ])
        .args(["--check", "daemon", "--build-dir", "build"])
        .output()
        .unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let told = found(&document);
    assert_eq!(words(&told), ["failed", "passed", "passed"], "{told:#}");
}
