//! `validate --hook`, asked by those who ask: `git send-email` by its hook, b4 by its check commands.

use std::process::Command;

use super::b4::b4;
use super::send::Sink;
use crate::support::{Bench, Left, have, missing};

const HOOK: &str = "tree/.git/hooks/sendemail-validate";
const FIRST: &str = "outgoing/0001-spec-Remove-capabilities-cache-during-post-install.patch";
const SECOND: &str = "outgoing/0002-qemu-Force-capabilities-cache-read-if-libvirtd-date-.patch";

/// A sample tree, and its series in `outgoing`.
fn bench() -> Bench {
    let bench = Bench::new();
    bench.sample("tree");
    let from = "A Ú Thor <author@example.org>";
    let made = [
        "generate", "--repo", "tree", "--from", from, "-q", "--check", "lint",
    ];
    let _ = bench.run(&made).ends_with(0);
    bench
}

/// Sets the hook up as the README says.
fn set_up(bench: &Bench, options: &str) {
    let program = env!("CARGO_BIN_EXE_patchwright");
    let line = format!(
        "#!/bin/sh\nexec '{program}' validate --hook sendemail-validate {options} \"$1\"\n"
    );
    bench.write(HOOK, &line);
    let _ = bench.shell("", &format!("chmod +x {HOOK}")).ends_with(0);
}

fn ask(bench: &Bench, dir: &str, hook: &str, path: &str) -> Left {
    let program = env!("CARGO_BIN_EXE_patchwright");
    bench.shell(
        dir,
        &format!("'{program}' validate --hook {hook} --check lint {path}"),
    )
}

#[test]
fn git_send_email_sends_a_good_series_and_nothing_of_one_with_a_bad_mail() {
    if !have(&["git", "perl"]) {
        return;
    }
    let bench = bench();
    let Some(sink) = Sink::start(&bench, "kept") else {
        return;
    };
    set_up(&bench, "--check lint");
    let send = "git send-email --to=list@example.org ../outgoing";
    let good = bench.read(SECOND);
    let message = "\n\nA capabilities cache";
    assert!(good.contains(message), "{good}");
    for (from, to, told) in [
        // It would not apply behind the patch before it.
        ("\n-    ", "\n-     ", "patch-misfit"),
        // It leaves the tree.
        ("src/qemu/", "../qemu/", "patch-path"),
        // A mailbox would be cut there; b4 would refuse it.
        (
            message,
            "\n\nFrom here on\n\nA capabilities cache",
            "message-from-line",
        ),
        (
            message,
            "\n\nA\u{200b}\n\nA capabilities cache",
            "format-character",
        ),
    ] {
        bench.replace(SECOND, from, to);
        let left = sink.send(&bench, "tree", send);
        assert_ne!(left.status, 0, "{told}: {left}");
        assert!(left.stderr.contains(told), "{told}: {left}");
        assert!(left.stderr.contains("0002-qemu"), "{left}");
        assert!(bench.names("kept").is_empty(), "{left}");
        bench.write(SECOND, &good);
    }
    let left = sink.send(&bench, "tree", send).ends_with(0);
    assert_eq!(bench.names("kept").len(), 6, "{left}");
    // Commits that one stands on are judged where they stand, whatever their mails name.
    bench.git(
        "tree",
        &["am", "-q", &format!("../{FIRST}"), &format!("../{SECOND}")],
    );
    let left = sink.send(&bench, "tree", "git send-email --to=list@example.org -2");
    assert_eq!((left.status, bench.names("kept").len()), (0, 10), "{left}");
}

/// The mail with lines `index` that name contents that are nowhere.
fn elsewhere(mail: &str) -> String {
    let lines = mail
        .split_inclusive('\n')
        .map(|line| match line.find("..") {
            Some(at) if line.starts_with("index ") => {
                format!("index {}{}", "1".repeat(at - 6), &line[at..])
            }
            _ => line.to_owned(),
        });
    lines.collect()
}

#[test]
fn a_mail_of_a_series_is_judged_where_its_commit_or_what_it_needs_is_known_and_alone_elsewhere() {
    let bench = bench();
    let quiet = |left: Left| assert_eq!((left.status, left.stdout.as_str()), (0, ""), "{left}");
    // Its base, and the patch before it, stand beside it.
    quiet(ask(&bench, "tree", "b4-prep", &format!("../{SECOND}")));
    quiet(ask(
        &bench,
        "tree",
        "b4-prep",
        "../outgoing/0000-cover-letter.patch",
    ));
    // It comes alone, and what it was made on is there: it fits, and another that does not is refused.
    quiet(ask(&bench, "tree", "b4-prep", &format!("- <../{SECOND}")));
    let misfit = bench
        .read(SECOND)
        .replace("-        selfctime <", "-        selfctime <=");
    bench.write("misfit.eml", &misfit);
    let left = ask(&bench, "tree", "b4-prep", "- <../misfit.eml").ends_with(3);
    assert!(left.stdout.contains("ERROR: apply: hunk 1"), "{left}");
    // Nothing is: a mail alone is no fault, and that it was not put on a tree is told.
    bench.write("alone.eml", &elsewhere(&bench.read(SECOND)));
    let left = ask(&bench, "tree", "b4-prep", "- <../alone.eml").ends_with(0);
    assert!(
        left.stdout
            .starts_with("warning: apply: patch 2 of a series came without"),
        "{left}"
    );
    let first = ask(&bench, "tree", "b4-prep", &format!("- <../{FIRST}")).ends_with(0);
    assert_eq!(first.stdout, "");
    // What nobody named as the base is no proof against the patch; what somebody named is.
    bench.git("tree", &["checkout", "-q", "before-cache"]);
    let unnamed = elsewhere(&bench.read(FIRST).replace("base-commit: ", ""));
    bench.write("unnamed.eml", &unnamed.replace("[PATCH 1/2]", "[PATCH]"));
    let left = ask(
        &bench,
        "tree",
        "b4-prep",
        "../unnamed.eml --onto before-cache",
    );
    let left = left.ends_with(3);
    assert!(left.stdout.contains("ERROR: apply: hunk 1"), "{left}");
    let left = ask(&bench, "tree", "b4-prep", "../unnamed.eml").ends_with(0);
    assert!(left.stdout.contains("warning: apply: hunk 1"), "{left}");
    // Its commit is there: the parent is what it is put on.
    bench.git("tree", &["checkout", "-q", "mainline"]);
    bench.git(
        "tree",
        &["am", "-q", &format!("../{FIRST}"), &format!("../{SECOND}")],
    );
    quiet(ask(&bench, "tree", "b4-prep", &format!("- <../{SECOND}")));
}

#[test]
fn what_is_no_mail_of_its_own_is_refused_in_the_form_that_was_asked_for() {
    let bench = bench();
    bench.write("empty.eml", "");
    let cover = bench.read("outgoing/0000-cover-letter.patch");
    bench.write("hollow.eml", &cover.replace("[PATCH 0/2]", "[PATCH 1/2]"));
    bench.write("two.mbox", &format!("{cover}{cover}"));
    for (path, code) in [
        ("empty.eml", "received-nothing"),
        ("missing.eml", "received-unreadable"),
        ("hollow.eml", "series-empty-patch"),
        ("two.mbox", "hook-one-mail"),
        ("outgoing", "hook-one-mail"),
        ("two.mbox empty.eml", "hook-one-mail"),
    ] {
        let path: Vec<String> = path.split(' ').map(|path| format!("../{path}")).collect();
        let path = path.join(" ");
        let left = ask(&bench, "tree", "sendemail-validate", &path).ends_with(2);
        assert!(
            left.stdout.starts_with("ERROR: ") && left.stdout.contains(code),
            "{left}"
        );
        let told = ask(&bench, "tree", "b4-review", &path).ends_with(2).json();
        let entries = told.as_array().unwrap();
        let last = entries.last().unwrap();
        assert_eq!(last["status"], "fail", "{told}");
        assert!(last["summary"].as_str().unwrap().contains(code), "{told}");
    }
    let _ = ask(&bench, "tree", "b4", "-").ends_with(2);
    let _ = ask(&bench, "tree", "b4-prep", "--format json -").ends_with(2);
}

#[test]
fn b4_asks_about_the_patches_that_it_prepares() {
    if !have(&["git"]) {
        return;
    }
    let Some(b4) = b4() else { return };
    let bench = bench();
    let program = env!("CARGO_BIN_EXE_patchwright");
    let set = |key: &str, value: &str| bench.git("tree", &["config", key, value]);
    set(
        "b4.prep-perpatch-check-cmd",
        &format!("'{program}' validate --hook b4-prep --check lint -"),
    );
    set("b4.prep-cover-strategy", "branch-description");
    set("user.name", "A Ú Thor");
    set("user.email", "author@example.org");
    bench.git("tree", &["checkout", "-q", "mainline"]);
    let prep = |more: &str| bench.shell("tree", &format!("'{b4}' --offline-mode prep {more} 2>&1"));
    let _ = prep("-n series -f mainline").ends_with(0);
    bench.git(
        "tree",
        &["am", "-q", &format!("../{FIRST}"), &format!("../{SECOND}")],
    );
    let told = prep("--check --no-cache").ends_with(0);
    assert!(
        told.stdout.contains("Success: 2, Warning: 0, Error: 0"),
        "{told}"
    );
    bench.git(
        "tree",
        &[
            "commit",
            "-q",
            "--amend",
            "-m",
            "qemu: Odd\n\nOne\u{200b}line.",
        ],
    );
    let told = prep("--check --no-cache").ends_with(0);
    assert!(
        told.stdout.contains("Success: 1, Warning: 0, Error: 1"),
        "{told}"
    );
    assert!(told.stdout.contains("[format-character]"), "{told}");
}

#[test]
fn b4_reads_what_a_review_is_told() {
    let bench = bench();
    let python = std::env::var("PATCHWRIGHT_MAIL_PYTHON").unwrap_or("python3".into());
    let has = Command::new(&python)
        .args(["-c", "import b4.review.checks"])
        .output();
    if !has.is_ok_and(|output| output.status.success()) {
        missing("no Python with b4 of 0.16 or later on this machine");
        return;
    }
    bench.write("review.py", include_str!("review.py"));
    let program = env!("CARGO_BIN_EXE_patchwright");
    let told = |path: &str| {
        let command = format!("{program} validate --hook b4-review --check lint -");
        let left = bench.shell(
            "tree",
            &format!("'{python}' ../review.py '{command}' ../{path}"),
        );
        left.ends_with(0).json()
    };
    let good = told(FIRST);
    assert_eq!(good[0]["tool"], "patchwright lint");
    assert_eq!(
        (good.as_array().unwrap().len(), &good[0]["status"]),
        (1, &"pass".into())
    );
    let cover = told("outgoing/0000-cover-letter.patch");
    assert_eq!(cover[0]["status"], "pass", "{cover}");
    bench.replace(FIRST, "/libvirt.spec.in", "/../libvirt.spec.in");
    let bad = told(FIRST);
    assert_eq!(bad[0]["status"], "fail");
    assert!(
        bad[0]["summary"].as_str().unwrap().contains("patch-path"),
        "{bad}"
    );
    // A branch under review has the commits of the series.
    bench.git(
        "tree",
        &["checkout", "-q", "-b", "b4/review/change", "mainline"],
    );
    bench.write(FIRST, &bench.read(FIRST).replace("/../", "/"));
    bench.git(
        "tree",
        &["am", "-q", &format!("../{FIRST}"), &format!("../{SECOND}")],
    );
    bench.git("tree", &["checkout", "-q", "mainline"]);
    let known = told(SECOND);
    assert_eq!(known.as_array().unwrap().len(), 1, "{known}");
    // Nothing in the mail tells any more what it was made on.
    let second = bench.read(SECOND);
    let index = second.lines().find(|line| line.starts_with("index "));
    let index = format!("{}\n", index.unwrap());
    bench.write(SECOND, &second.replace(&index, ""));
    assert_eq!(told(SECOND)[1]["status"], "warn");
    bench.write("tracking.json", "{\"series\": {\"change-id\": \"change\"}}");
    let script = format!(
        "B4_TRACKING_FILE=../tracking.json '{program}' validate --hook b4-review --check lint - <../{SECOND}"
    );
    let told = bench.shell("tree", &script).ends_with(0).json();
    assert_eq!(told.as_array().unwrap().len(), 1, "{told}");
}
