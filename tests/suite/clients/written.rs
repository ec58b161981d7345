//! The folder of each form: the same bytes each time, nothing on a dry run, kept beside the evidence of a failure, never over what
//! somebody edited.

use super::meant::Meant;
use crate::support::{Bench, have};

const FORMS: [&str; 4] = ["mail", "mbox", "maildir", "quilt"];

#[test]
fn every_form_is_the_same_each_time_and_replaces_itself() {
    if !have(&["git"]) {
        return;
    }
    let meant = Meant::new();
    for form in FORMS {
        let _ = meant.generate("out", &["--export", form]).ends_with(0);
        let first = meant.bench.contents("out");
        let names = meant.bench.names("out");
        // From another form to this one and again: what was there is gone whole.
        let _ = meant.generate("out", &["--export", "mail"]).ends_with(0);
        let _ = meant.generate("out", &["--export", form]).ends_with(0);
        assert_eq!(first, meant.bench.contents("out"), "{form}");
        assert_eq!(names, meant.bench.names("out"), "{form}");
    }
    let _ = meant.generate("out", &["--export", "maildir"]).ends_with(0);
    assert_eq!(meant.bench.names("out"), ["cur", "evidence", "new", "tmp"]);
    let _ = meant.generate("out", &["--export", "mbox"]).ends_with(0);
    assert_eq!(meant.bench.names("out"), ["evidence", "series.mbox"]);
    let _ = meant.generate("out", &["--export", "quilt"]).ends_with(0);
    assert_eq!(meant.bench.names("out"), ["evidence", "patches"]);
}

#[test]
fn the_report_names_the_file_that_each_patch_is_in() {
    if !have(&["git"]) {
        return;
    }
    let meant = Meant::new();
    for form in FORMS {
        let left = meant.generate("out", &["--export", form, "--format", "json"]);
        let document = left.ends_with(0).json();
        for patch in document["patches"].as_array().unwrap() {
            let file = patch["file"].as_str().unwrap();
            let text = meant.bench.read(&format!("out/{file}"));
            let subject = patch["subject"].as_str().unwrap();
            let unfolded = text.replace("\n ", " ");
            assert!(unfolded.contains(subject), "{form} {file}");
        }
    }
}

#[test]
fn a_mail_that_was_read_or_put_there_keeps_a_maildir_from_being_replaced() {
    if !have(&["git"]) {
        return;
    }
    let meant = Meant::new();
    let maildir = ["--export", "maildir"];
    let _ = meant.generate("out", &maildir).ends_with(0);
    let mail = meant.bench.names("out/new").remove(0);
    let read = format!("out/cur/{mail}:2,S");
    std::fs::rename(
        meant.bench.path(&format!("out/new/{mail}")),
        meant.bench.path(&read),
    )
    .unwrap();
    let left = meant.generate("out", &maildir).ends_with(2);
    assert!(left.stderr.contains("output-not-ours"), "{left}");
    assert!(meant.bench.path(&read).is_file());
    let _ = meant
        .generate("out", &[&maildir[..], &["--force"]].concat())
        .ends_with(0);
    assert!(meant.bench.names("out/cur").is_empty());
}

#[test]
fn several_revisions_a_dry_run_and_a_failure_keep_to_the_form() {
    let bench = Bench::new();
    let common = ["generate", "--sample", "-q", "--check", "lint"];
    let run = |more: &[&str]| bench.run(&[&common[..], more].concat());
    let _ = run(&["--export", "mbox", "--dry-run"]).ends_with(0);
    assert!(bench.names("outgoing").is_empty());
    let _ = run(&["--export", "mbox", "mainline", "maintenance"]).ends_with(0);
    for revision in ["mainline", "maintenance"] {
        let names = bench.names(&format!("outgoing/{revision}"));
        assert_eq!(names, ["evidence", "series.mbox"]);
    }
    // A trailer that no client would keep fails lint.
    let bad = ["--trailer", "A: \u{200b}", "--export", "quilt", "-o", "bad"];
    let _ = run(&bad).ends_with(1);
    assert_eq!(bench.names("bad.failed"), ["evidence"]);
    let _ = run(&[&bad[..], &["--keep-failed"]].concat()).ends_with(1);
    assert_eq!(bench.names("bad.failed"), ["evidence", "patches"]);
}

#[test]
fn an_unknown_form_is_a_mistake() {
    let bench = Bench::new();
    let left = bench
        .run(&["generate", "--sample", "--export", "zip"])
        .ends_with(2);
    assert!(left.stderr.contains("maildir"), "{left}");
}
