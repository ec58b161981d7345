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
fn the_words_say_of_a_tree_that_has_one_of_the_fixes_only_what_is_left() {
    let bench = Bench::new();
    bench.sample_with_the_comparison_fixed("tree");
    let from = ["generate", "--from", "A <a@example.org>", "--check", "lint"];
    let generate = |typed: &[&str]| bench.run(&[&from[..], typed].concat()).ends_with(0);
    let _ = generate(&["--repo", "tree"]);
    let cover = bench.read("outgoing/0000-cover-letter.patch");
    let patch =
        bench.read("outgoing/0001-spec-Remove-capabilities-cache-during-post-install.patch");
    // An older or newer daemon discards the cache there already.
    for false_there in ["rollback", "bind mount", "rolled", "set back"] {
        assert!(!cover.contains(false_there), "{false_there}: {cover}");
        assert!(!patch.contains(false_there), "{false_there}: {patch}");
    }
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        flat(&cover).contains("installed in the same second"),
        "{cover}"
    );
    assert!(
        patch.contains("installations may fall into the same second. The new"),
        "{patch}"
    );

    bench.sample("spoilt");
    let _ = bench
        .shell("spoilt", "git am -q ../outgoing/0001-*")
        .ends_with(0);
    let _ = generate(&["--repo", "spoilt", "-o", "other"]);
    let cover = bench.read("other/0000-cover-letter.patch");
    let patch = bench.read("other/0001-qemu-Force-capabilities-cache-read-if-libvirtd-date-.patch");
    for text in [cover, patch] {
        assert!(
            flat(&text).contains("here no package is installed, the remedy"),
            "{text}"
        );
    }
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

/// The range-diff of a cover letter: from its title to the base.
fn range_diff(cover: &str) -> &str {
    let start = cover.find("\nRange-diff against ").unwrap() + 1;
    let end = start + cover[start..].find("\n\n").unwrap();
    &cover[start..end]
}

#[test]
fn what_became_of_the_version_before_stands_below_the_table() {
    let bench = Bench::new();
    let _ = generate(&bench, &["-o", "one"]).ends_with(0);
    let one = bench.read("one/0000-cover-letter.patch");
    let base = one
        .lines()
        .find_map(|line| line.strip_prefix("base-commit: "))
        .unwrap();
    // The same again, then with another message, then on another base.
    let _ = generate(&bench, &["-v", "2", "--range-diff", "one"]).ends_with(0);
    let cover = bench.read("outgoing/v2-0000-cover-letter.patch");
    let told = range_diff(&cover);
    let heading = format!("Range-diff against v1, on the same base {}:\n", &base[..12]);
    assert!(told.starts_with(&heading), "{told}");
    assert_eq!(
        told.lines().filter(|line| line.contains(" = ")).count(),
        2,
        "{told}"
    );
    assert_eq!(told.lines().count(), 3, "{told}");

    let reviewed = [
        "--trailer",
        "Reviewed-by: R <r@example.org>",
        "--export",
        "mbox",
        "-o",
        "two",
    ];
    let _ = generate(
        &bench,
        &[&["-v", "2", "--range-diff", "one"], &reviewed[..]].concat(),
    )
    .ends_with(0);
    let mbox = bench.read("two/series.mbox");
    assert_eq!(
        mbox.matches("\n    +    Reviewed-by: R <r@example.org>\n")
            .count(),
        2,
        "{mbox}"
    );

    let again = ["-v", "3", "--range-diff", "two/series.mbox", "maintenance"];
    let _ = generate(&bench, &again).ends_with(0);
    let cover = bench.read("outgoing/v3-0000-cover-letter.patch");
    let told = range_diff(&cover);
    let base = cover
        .lines()
        .find_map(|line| line.strip_prefix("base-commit: "))
        .unwrap();
    assert!(
        told.starts_with("Range-diff against v2, made on "),
        "{told}"
    );
    assert!(
        told.lines()
            .next()
            .unwrap()
            .ends_with(&format!("(this one on {}):", &base[..12])),
        "{told}"
    );
    assert!(!told.contains(" = "), "{told}");
}

#[test]
fn a_patch_whose_place_moved_is_not_unchanged() {
    if !have(&["git"]) {
        return;
    }
    let bench = Bench::new();
    bench.sample("repo");
    let args = [
        "generate",
        "--repo",
        "repo",
        "--from",
        "E <e@example.org>",
        "--check",
        "lint",
        "-q",
    ];
    let _ = bench
        .run(&[&args[..], &["-o", "one"]].concat())
        .ends_with(0);
    let file = "repo/src/qemu/qemu_capabilities.c";
    let text = bench.read(file);
    bench.write(file, &format!("/* one */\n/* more */\n{text}"));
    bench.git("repo", &["commit", "-qam", "two lines above"]);
    let _ = bench
        .run(&[&args[..], &["--range-diff", "one"]].concat())
        .ends_with(0);
    let cover = bench.read(COVER);
    let told = range_diff(&cover);
    assert!(
        told.contains("\n1:  ")
            && told
                .lines()
                .any(|line| line.starts_with("2:  ") && line.contains(" ! 2:  ")),
        "{told}"
    );
    assert!(
        told.contains("src/qemu/qemu_capabilities.c: what stood at line "),
        "{told}"
    );
}

#[test]
fn a_version_before_that_is_none_is_refused_and_nothing_is_written() {
    let bench = Bench::new();
    bench.write("empty/readme", "no mail\n");
    for (previous, code) in [
        ("nowhere", "received-unreadable"),
        ("empty", "received-nothing"),
    ] {
        let left = generate(&bench, &["--range-diff", previous]).ends_with(2);
        assert!(left.stderr.contains(code), "{left}");
    }
    let _ = generate(&bench, &["-o", "one"]).ends_with(0);
    let left = generate(&bench, &["--range-diff", "one", "--no-cover"]).ends_with(2);
    assert!(left.stderr.contains("range-diff-nowhere"), "{left}");
    assert!(bench.names("outgoing").is_empty());
}
