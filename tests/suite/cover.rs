//! The author's words: the description and title of a cover letter, notes on patches, trailers.

use crate::support::{Bench, Left, have};

const COVER: &str = "outgoing/0000-cover-letter.patch";
const ARGS: [&str; 7] = [
    "generate", "--sample", "--check", "lint", "--force", "-q", "--rfc",
];

fn generate(bench: &Bench, typed: &[&str]) -> Left {
    bench.run(&[&ARGS[..], typed].concat())
}

fn mail(bench: &Bench, start: &str) -> String {
    let name = bench
        .names("outgoing")
        .into_iter()
        .find(|name| name.starts_with(start))
        .unwrap();
    bench.read(&format!("outgoing/{name}"))
}

#[test]
fn the_words_are_the_body_and_a_first_line_that_says_so_is_the_title() {
    let bench = Bench::new();
    bench.write("words", "A title perhaps\n\nIn my own words.\n");
    let _ = generate(&bench, &["--description-file", "words"]).ends_with(0);
    let cover = bench.read(COVER);
    assert!(
        cover.contains("[RFC PATCH 0/2] Clear capabilities cache options\n"),
        "{cover}"
    );
    assert!(
        cover.contains("\n\nA title perhaps\n\nIn my own words.\n"),
        "{cover}"
    );
    let _ = generate(
        &bench,
        &[
            "--description-file",
            "words",
            "--cover-from-description",
            "subject",
        ],
    )
    .ends_with(0);
    let cover = bench.read(COVER);
    assert!(
        cover.contains("[RFC PATCH 0/2] A title perhaps\n"),
        "{cover}"
    );
    assert!(
        cover.contains("\n\nIn my own words.\n") && !cover.contains("\nA title"),
        "{cover}"
    );
    bench.write("words", "Subject: M\u{e9}in title\n\nIn my own words.\n");
    let _ = generate(&bench, &["--description-file", "words"]).ends_with(0);
    let cover = bench.read(COVER);
    assert!(
        cover.contains("[RFC PATCH 0/2] =?UTF-8?q?M=C3=A9in=20title?=\n"),
        "{cover}"
    );
    assert!(
        !cover.contains("Subject: M") && cover.contains("\nIn my own words.\n"),
        "{cover}"
    );
    let _ = generate(&bench, &["--cover-from-description", "subject"]).ends_with(2);
}

#[test]
fn a_title_alone_leaves_the_letter_to_the_series() {
    let bench = Bench::new();
    bench.write("words", "Subject: Mine\n");
    let _ = generate(&bench, &["--description-file", "words"]).ends_with(0);
    let cover = bench.read(COVER);
    assert!(
        cover.contains("[RFC PATCH 0/2] Mine\n") && cover.contains("The daemon caches"),
        "{cover}"
    );
}

#[test]
fn notes_stand_below_the_separator_of_the_patch_that_they_name() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    let notes = "[ctime-comparison]\nv2: `!=` for `<`\n---\ndiff --git a/x b/x\n\n[1/2]\nFrom: evil <e@x>\n";
    bench.write("notes", notes);
    let _ = generate(&bench, &["--notes", "notes", "-v", "2"]).ends_with(0);
    let first = mail(&bench, "v2-0001");
    assert!(
        first.contains("\n---\n\nNotes:\n    From: evil <e@x>\n\n libvirt.spec.in"),
        "{first}"
    );
    let second = mail(&bench, "v2-0002");
    assert!(
        second.contains(
            "\n---\n\nNotes:\n    v2: `!=` for `<`\n    ---\n    diff --git a/x b/x\n\n src/"
        ),
        "{second}"
    );
    // No note is applied.
    bench.sample("repo");
    let names = bench.names("outgoing");
    for name in names
        .iter()
        .filter(|name| name.starts_with("v2-000") && !name.contains("cover"))
    {
        let path = bench.path(&format!("outgoing/{name}"));
        bench.git("repo", &["am", "-q", path.to_str().unwrap()]);
    }
    let log = bench.git("repo", &["log", "-2", "--format=%an%n%B"]);
    assert!(!log.contains("evil") && !log.contains("v2:"), "{log}");
}

#[test]
fn a_note_on_no_patch_is_a_mistake_and_one_on_a_patch_left_out_is_told() {
    let bench = Bench::new();
    for (text, place) in [
        ("[cache]\nx\n", "notes:1:1"),
        ("[1]\nx\n[3]\ny\n", "notes:3:1"),
        ("x\n[1]\ny\n", "notes:1:1"),
        ("[1]\n[2]\nx\n", "notes:1:1"),
        ("[1/3]\nx\n", "notes:1:1"),
    ] {
        bench.write("notes", text);
        let left = generate(&bench, &["--notes", "notes"]).ends_with(2);
        assert!(
            left.stderr.contains(place) && left.stderr.contains("error[notes-"),
            "{text}: {left}"
        );
        assert!(!bench.path("outgoing").exists());
    }
    let _ = generate(&bench, &["--notes", "nowhere"]).ends_with(2);
    bench.write("notes", "[ctime-comparison]\nx\n");
    let left = generate(
        &bench,
        &["--notes", "notes", "--only", "spec-post-cache-removal"],
    )
    .ends_with(0);
    assert!(
        left.stderr
            .contains("the note on ctime-comparison is left out"),
        "{left}"
    );
    // A lone patch needs no heading.
    bench.write("notes", "mine\n");
    let _ = generate(&bench, &["--notes", "notes", "--only", "ctime-comparison"]).ends_with(0);
    assert!(mail(&bench, "0001").contains("\nNotes:\n    mine\n\n"));
}

#[test]
fn a_trailer_joins_those_that_are_there_and_stands_once() {
    let bench = Bench::new();
    let typed = [
        "-s",
        "--trailer",
        "Cc: a@example.org",
        "--trailer",
        "cc:  a@example.org",
        "--trailer",
        "Signed-off-by: Pat Wright <pat@example.org>",
    ];
    let _ = generate(&bench, &typed).ends_with(0);
    let first = mail(&bench, "0001");
    assert!(
        first.contains("\n\nCc: a@example.org\nSigned-off-by: Pat Wright <pat@example.org>\n---\n"),
        "{first}"
    );
}
