//! What each exit code is reached by; 70 is reached in `cli`'s own tests.

use crate::support::{Bench, have};

#[test]
fn zero_when_all_is_good() {
    let bench = Bench::new();
    let _ = bench.run(&["generate", "--sample"]).ends_with(0);
    let _ = bench.run(&["gate", "--sample", "fixed"]).ends_with(0);
    let _ = bench.run(&["--help"]).ends_with(0);
}

#[test]
fn one_when_a_required_fix_is_missing() {
    let bench = Bench::new();
    let _ = bench.run(&["gate", "--sample", "mainline"]).ends_with(1);
}

#[test]
fn two_when_what_was_typed_is_wrong_and_nothing_is_written() {
    let bench = Bench::new();
    bench.write("plain/a", "");
    for args in [
        &["generate", "--sample", "no-such-revision"][..],
        &["generate", "--sample", "-x"],
        &["generate", "--sample", "--only", "no-such-patch"],
        &["generate", "--sample", "--check", "no-such-check"],
        &["generate", "--sample", "--series", "no-such-series"],
        &["generate", "--sample", "--date", "yesterday"],
        &["generate", "--sample", "--from", "nobody"],
        &["generate", "--sample", "--to", "a@b\nBcc: c@d"],
        &["generate", "--sample", "--trailer", "no trailer"],
        &["generate", "--sample", "--description-file", "missing"],
        &["generate", "--sample", "--report", "pdf=x"],
        &[
            "generate",
            "--sample",
            "mainline",
            "maintenance",
            "--branch",
            "b",
        ],
        &["generate", "--repo", "missing"],
        &[
            "generate",
            "--repo",
            "plain",
            "v1.0",
            "--from",
            "E <e@example.org>",
        ],
        &["gate", "--sample", "--require", "no-such-patch"],
        &["explain", "no-such-code"],
        &["series", "show", "missing"],
        &["no-such-command"],
        &[],
    ] {
        let left = bench.run(args).ends_with(2);
        assert!(!left.stderr.is_empty(), "{args:?}");
        assert_eq!(bench.names(""), ["home", "plain"], "{args:?}");
    }
}

#[test]
fn two_when_nobody_is_known_to_send() {
    let bench = Bench::new();
    bench.sample("repo");
    let left = bench.run(&["generate", "--repo", "repo"]).ends_with(2);
    assert!(
        left.stderr.contains("error[sender-unknown]") && left.stderr.contains("--from"),
        "{left}"
    );
}

#[test]
fn three_when_the_tree_is_not_the_project() {
    let bench = Bench::new();
    bench.write("other/README", "another project\n");
    let left = bench
        .run(&["generate", "--repo", "other", "--from", "E <e@example.org>"])
        .ends_with(3);
    assert!(
        left.stdout
            .contains("nothing shows that this tree is libvirt"),
        "{left}"
    );
    assert_eq!(bench.names("outgoing.failed"), ["evidence"]);
    assert!(bench.names("outgoing").is_empty());
}

#[test]
fn three_when_a_patch_can_not_be_placed_and_every_candidate_is_shown() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    bench.replace(
        "repo/libvirt.spec.in",
        "%post daemon\n",
        "%post daemon-driver-qemu\n",
    );
    bench.git("repo", &["commit", "-qam", "elsewhere"]);
    let args = ["generate", "--repo", "repo", "--from", "E <e@example.org>"];
    let left = bench.run(&args).ends_with(3);
    assert!(left.stdout.contains("undetermined"), "{left}");
    // The other patch alone is still possible.
    let _ = bench
        .run(&[&args[..], &["--only", "ctime-comparison"]].concat())
        .ends_with(0);
}

#[test]
fn four_when_the_base_does_not_compile() {
    if !have(&["git", "cc"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    bench.commit(
        "repo",
        "src/qemu/qemu_capabilities.c",
        "int ret = -1;",
        "int ret = -1 oops;",
    );
    let left = bench
        .run(&["generate", "--repo", "repo", "--from", "E <e@example.org>"])
        .ends_with(4);
    assert!(left.stdout.contains("the base fails already"), "{left}");
    assert_eq!(bench.names("outgoing.failed"), ["evidence"]);
}

#[test]
fn five_when_a_check_can_not_run_and_strict_asked_for_it() {
    let bench = Bench::new();
    let left = bench
        .run_without_tools(&["generate", "--sample"])
        .ends_with(0);
    assert!(left.stdout.contains("could not run here"), "{left}");
    assert!(left.stdout.contains("skipped"), "{left}");
    std::fs::remove_dir_all(bench.path("outgoing")).unwrap();
    let _ = bench
        .run_without_tools(&["generate", "--sample", "--strict"])
        .ends_with(5);
    assert!(bench.names("outgoing").is_empty());
    let _ = bench
        .run_without_tools(&["doctor", "--strict"])
        .ends_with(5);
}

#[test]
fn six_when_there_is_nothing_to_do_and_nothing_is_written() {
    let bench = Bench::new();
    for revision in ["fixed", "before-cache"] {
        let left = bench.run(&["generate", "--sample", revision]).ends_with(6);
        assert!(left.stdout.contains("nothing to do"), "{left}");
    }
    assert_eq!(bench.names(""), ["home"]);
}

#[test]
fn a_closed_pipe_ends_quietly() {
    if !have(&["sh"]) {
        return;
    }
    let bench = Bench::new();
    let program = env!("CARGO_BIN_EXE_patchwright");
    let script = format!("({program} explain; echo $? >&2) | true");
    let output = bench.command("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr).trim(), "0");
}

#[test]
fn two_when_what_was_asked_for_can_not_be_printed() {
    if !std::path::Path::new("/dev/full").exists() {
        return;
    }
    let bench = Bench::new();
    for typed in ["--help", "--version", "generate --help", "explain"] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
        let mut command = bench.command(env!("CARGO_BIN_EXE_patchwright"));
        command.args(typed.split(' ')).stdout(full.unwrap());
        let left = command.output().unwrap();
        let said = String::from_utf8_lossy(&left.stderr);
        assert_eq!(left.status.code(), Some(2), "{typed}: {said}");
        assert!(said.contains("error[output-lost]"), "{typed}: {said}");
    }
}
