//! What the output folder is allowed to replace.

use std::process::Stdio;
use std::time::Duration;

use crate::support::{Bench, have};

#[test]
fn an_edited_or_foreign_file_is_never_replaced_unasked() {
    let bench = Bench::new();
    let args = ["generate", "--sample", "--check", "lint"];
    let _ = bench.run(&args).ends_with(0);
    bench.replace(
        "outgoing/0000-cover-letter.patch",
        "There are two ways",
        "I see two ways",
    );
    let edited = bench.contents("outgoing");
    let left = bench.run(&args).ends_with(2);
    assert!(left.stderr.contains("0000-cover-letter.patch"), "{left}");
    assert_eq!(edited, bench.contents("outgoing"));
    let _ = bench.run(&[&args[..], &["--force"]].concat()).ends_with(0);
    assert!(
        !bench
            .read("outgoing/0000-cover-letter.patch")
            .contains("I see two ways")
    );
}

#[test]
fn a_folder_of_somebody_else_is_refused_even_by_force() {
    let bench = Bench::new();
    bench.write("outgoing/notes", "mine");
    for force in [&[][..], &["--force"]] {
        let left = bench
            .run(&[&["generate", "--sample", "--check", "lint"], force].concat())
            .ends_with(2);
        assert!(left.stderr.contains("error[output-not-ours]"), "{left}");
        assert_eq!(bench.names("outgoing"), ["notes"]);
    }
}

#[test]
fn a_run_that_failed_goes_away_when_the_next_is_ready() {
    let bench = Bench::new();
    let _ = bench
        .run_without_tools(&["generate", "--sample", "--strict"])
        .ends_with(5);
    assert_eq!(bench.names("outgoing.failed"), ["evidence"]);
    let left = bench.run(&["generate", "--sample"]).ends_with(0);
    assert!(bench.names("outgoing.failed").is_empty(), "{left}");
}

#[test]
fn mails_of_a_series_that_is_not_ready_are_kept_beside_its_evidence_on_request() {
    let bench = Bench::new();
    let _ = bench
        .run_without_tools(&["generate", "--sample", "--strict", "--keep-failed"])
        .ends_with(5);
    assert_eq!(bench.names("outgoing.failed").len(), 4);
    assert!(bench.names("outgoing").is_empty());
}

#[test]
fn a_run_that_is_interrupted_leaves_nothing() {
    if !have(&["rpmspec", "bwrap", "cc"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample("tree");
    std::fs::create_dir(bench.path("tmp")).unwrap();
    let mut interrupted = 0;
    for (signal, after) in [
        ("INT", 40),
        ("TERM", 150),
        ("INT", 300),
        ("HUP", 600),
        ("INT", 1200),
    ] {
        let mut run = bench
            .command(env!("CARGO_BIN_EXE_patchwright"))
            .args(["generate", "--repo", "tree", "--no-cache", "-q"])
            .args(["--from", "A <a@example.org>"])
            .env("TMPDIR", bench.path("tmp"))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(after));
        let kill = format!("kill -{signal} {}", run.id());
        let _ = bench.shell(".", &kill);
        let status = run.wait().unwrap().code();
        // Whoever has not set up to be interrupted yet ends by the signal itself.
        interrupted += usize::from(status == Some(130));
        assert!([Some(130), None, Some(0)].contains(&status), "{status:?}");
        assert!(bench.names("tmp").is_empty(), "{:?}", bench.names("tmp"));
        if status != Some(0) {
            assert!(bench.names("outgoing").is_empty(), "{after}");
        }
    }
    assert!(interrupted >= 2, "only {interrupted} were interrupted");
}
