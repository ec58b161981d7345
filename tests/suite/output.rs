//! What the output folder is allowed to replace.

use crate::support::Bench;

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
