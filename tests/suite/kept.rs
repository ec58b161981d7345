//! Answers that are kept between runs: the same as those of a run without, never stale, and never in the way.

use crate::support::{Bench, Left, have};
use std::path::Path;
use std::process::Stdio;

const FILE: &str = "src/qemu/qemu_capabilities.c";
const WRONG: &str = "selfctime < virGetSelf";
const RIGHT: &str = "selfctime != virGetSelf";

fn gate(bench: &Bench, more: &[&str]) -> Left {
    let args = [
        "gate",
        "-q",
        "--format",
        "json",
        "--cache-dir",
        "kept",
        "--repo",
        "repo",
    ];
    bench.run(&[&args[..], more].concat())
}

fn statuses(left: &Left) -> Vec<String> {
    let document = left.json();
    let patches = document["revisions"][0]["patches"].as_array().unwrap();
    let status = |patch: &serde_json::Value| patch["status"].as_str().unwrap().to_owned();
    patches.iter().map(status).collect()
}

fn kept(bench: &Bench) -> Vec<String> {
    bench.names("kept/gate")
}

#[test]
fn kept_answers_are_those_of_a_run_without_them() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    let all = ["mainline", "maintenance", "fixed", "before-cache"];
    let without = gate(&bench, &[&all[..], &["--no-cache"]].concat());
    assert_eq!(kept(&bench).len(), 0);
    for _ in 0..3 {
        let with = gate(&bench, &all);
        assert_eq!(with.stdout, without.stdout);
        assert_eq!(with.stderr, "");
        assert_eq!(kept(&bench).len(), 1);
    }
    // They are used: what they are made from need not be read again.
    bench.git("repo", &["tag", "-f", "again", "mainline"]);
    let blob = bench.git("repo", &["rev-parse", &format!("mainline:{FILE}")]);
    bench.git("repo", &["unpack-file", &blob]);
    let _ = bench.shell("repo", "mv .git/objects/pack/* . 2>/dev/null; for p in *.pack; do [ -e $p ] && git unpack-objects -q < $p; done; true");
    let object = format!("repo/.git/objects/{}/{}", &blob[..2], &blob[2..]);
    std::fs::remove_file(bench.path(&object)).unwrap();
    let _ = gate(&bench, &["again"]).ends_with(1);
    let left = gate(&bench, &["again", "--no-cache"]).ends_with(2);
    assert!(left.stderr.contains("error[object-missing]"), "{left}");
}

#[test]
fn what_changes_is_judged_anew() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    assert_eq!(statuses(&gate(&bench, &["HEAD"]))[1], "missing");
    bench.commit("repo", FILE, WRONG, RIGHT);
    assert_eq!(statuses(&gate(&bench, &["HEAD"]))[1], "fixed");
    bench.commit("repo", FILE, RIGHT, WRONG);
    assert_eq!(statuses(&gate(&bench, &["HEAD"]))[1], "missing");
    // A plain directory has no ids, so nothing is kept of it.
    std::fs::remove_dir_all(bench.path("repo/.git")).unwrap();
    assert_eq!(statuses(&gate(&bench, &[]))[1], "missing");
    bench.replace(&format!("repo/{FILE}"), WRONG, RIGHT);
    assert_eq!(statuses(&gate(&bench, &[]))[1], "fixed");
}

#[test]
fn a_series_on_disk_that_is_edited_has_answers_of_its_own() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for part in ["patches", "templates"] {
        let from = root.join(part);
        let script = format!("cp -r '{}' .", from.display());
        let _ = bench.shell("", &script).ends_with(0);
    }
    let own = ["--series", "patches/capabilities-cache", "mainline"];
    assert_eq!(statuses(&gate(&bench, &own))[1], "missing");
    assert_eq!(statuses(&gate(&bench, &["mainline"]))[1], "missing");
    assert_eq!(kept(&bench).len(), 2);
    // By the edited series nothing of this tree is known.
    let manifest = "patches/capabilities-cache/series.toml";
    let text = bench.read(manifest);
    let unmarked = text
        .lines()
        .map(|line| match line.starts_with("matches = ") {
            true => "matches = 'no such text'",
            false => line,
        });
    bench.write(manifest, &unmarked.collect::<Vec<_>>().join("\n"));
    assert_eq!(statuses(&gate(&bench, &own))[1], "undetermined");
    assert_eq!(statuses(&gate(&bench, &["mainline"]))[1], "missing");
    bench.write(manifest, &text);
    assert_eq!(statuses(&gate(&bench, &own))[1], "missing");
}

#[test]
fn answers_that_can_t_be_kept_are_told_and_nothing_else() {
    let bench = Bench::new();
    bench.write("blocked", "");
    let args = ["gate", "-q", "--sample", "fixed", "--cache-dir"];
    let left = bench.run(&[&args[..], &["blocked"]].concat()).ends_with(0);
    assert!(
        left.stderr.contains("no answers are kept in blocked"),
        "{left}"
    );
    if Path::new("/dev/full").exists() {
        // A folder in which nothing can be made.
        let _ = bench.run(&[&args[..], &["/proc"]].concat()).ends_with(0);
    }
    bench.write("kept/gate/README", "mine");
    let _ = bench.run(&[&args[..], &["kept"]].concat()).ends_with(0);
    for name in bench.names("kept/gate") {
        if name != "README" {
            bench.write(&format!("kept/gate/{name}"), "nonsense");
        }
    }
    let left = bench.run(&[&args[..], &["kept"]].concat()).ends_with(0);
    assert_eq!(left.stderr, "");
    assert_eq!(bench.read("kept/gate/README"), "mine");
}

#[test]
fn the_folder_is_that_of_the_user_s_caches() {
    let bench = Bench::new();
    let _ = bench.run(&["gate", "-q", "--sample", "fixed"]).ends_with(0);
    assert_eq!(bench.names("home/.cache/patchwright/gate").len(), 1);
    let mut command = bench.command(env!("CARGO_BIN_EXE_patchwright"));
    command.env("XDG_CACHE_HOME", bench.path("xdg"));
    let output = command.args(["gate", "-q", "--sample", "fixed"]).output();
    assert!(output.unwrap().status.success());
    assert_eq!(bench.names("xdg/patchwright/gate").len(), 1);
}

#[test]
fn runs_at_once_leave_whole_answers() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    let names = ["mainline", "maintenance", "fixed", "before-cache"];
    let runs = (0..12).map(|number| {
        let mut command = bench.command(env!("CARGO_BIN_EXE_patchwright"));
        command.args(["gate", "-q", "--repo", "repo", "--cache-dir", "kept"]);
        command.arg(names[number % 4]).stdout(Stdio::null());
        (number % 4, command.spawn().unwrap())
    });
    let runs: Vec<_> = runs.collect();
    for (number, mut run) in runs {
        let expected = i32::from(number < 2);
        assert_eq!(run.wait().unwrap().code(), Some(expected));
    }
    assert_eq!(kept(&bench).len(), 1, "{:?}", kept(&bench));
    let with = gate(&bench, &names);
    let without = gate(&bench, &[&names[..], &["--no-cache"]].concat());
    assert_eq!(with.stdout, without.stdout);
}
