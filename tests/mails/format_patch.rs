//! The same bytes as `git format-patch`, option by option.

use std::fs;
use std::path::Path;

use patchwright::mail::{Base, Cover, Mail, Options, Thread, render};

use crate::bench::{Bench, git_is_there, options};

fn lines(count: usize) -> String {
    (1..=count).map(|n| format!("    line {n};\n")).collect()
}

#[test]
fn notes_stand_below_the_separator() {
    if !git_is_there() {
        return;
    }
    let bench = Bench::new();
    bench.write("a", "1\n");
    bench.commit("base\n");
    let notes = [
        "",
        "v2: less\n\n  indented\n---\ndiff --git a/a b/a\nFrom: x <x@y>\n\tmore",
        "one",
    ];
    for (at, note) in notes.iter().enumerate() {
        bench.write("a", format!("{}\n", at + 2));
        bench.commit(&format!("commit {at}\n\nbody\n"));
        if !note.is_empty() {
            bench.git(&[
                "-c",
                "user.name=A",
                "-c",
                "user.email=a@b.c",
                "notes",
                "add",
                "-m",
                note,
            ]);
        }
    }
    let options = Options {
        notes: notes.map(str::to_string).to_vec(),
        ..options()
    };
    bench.require_equal("HEAD~3..HEAD", &options);
    let mails = render(&bench.commits("HEAD~3..HEAD"), &options).unwrap();
    bench.require_same_trees("HEAD~3", "HEAD~3..HEAD", &mails, &[]);
}

/// A history that has everything a mail can have but binary files.
fn rich() -> Bench {
    let bench = Bench::new();
    bench.write(
        "src/a.c",
        format!(
            "/* a */\nstatic int first(void)\n{{\n{}}}\n\nint second(int x)\n{{\n{}}}\n",
            lines(20),
            lines(20)
        ),
    );
    bench.write("mode.sh", "#!/bin/sh\nexit 0\n");
    bench.write("gone.txt", "going\n");
    bench.write("with space/b \"q\".txt", "one\ntwo\n");
    bench.write("été/naïve.txt", "été\n");
    bench.write("no-newline", "one\ntwo");
    bench.write("crlf.txt", "one\r\ntwo\r\n");
    bench.write("link", "text\n");
    bench.write("latin1.c", &b"f\xfcr(void)\n 1\n 2\n 3\n 4\n 5\n"[..]);
    bench.commit("base: Everything\n");

    let text = fs::read_to_string(bench.tree().join("src/a.c")).unwrap();
    bench.write(
        "src/a.c",
        text.replacen("line 15;", "line 15 changed;", 2).replacen(
            "line 2;",
            "line 2;\n    line 2b;",
            1,
        ),
    );
    bench.commit("a: Change lines in two functions\n\nBody text.\n\n\nSigned-off-by: A U Thor <author@example.com>\n\n\n");

    fs::remove_file(bench.tree().join("gone.txt")).unwrap();
    bench.write("new/deep/er/file.c", "int x;\n");
    bench.write("empty", "");
    bench.commit_by("Ünï Cødé <uni@example.com>", "ünï: Add, create\nand go on in a second line of the títle — long enough to be folded somewhere\n\nBödy.\n");

    make_executable(&bench.tree().join("mode.sh"));
    bench.write("no-newline", "one\nthree");
    bench.commit_by("Dr. A. \"Q\" Thor, Jr. <a.q.thor@example.com>", "mode: A very long subject that goes on and on until the header line must be folded because it has no end at all\n");

    make_executable(&bench.tree().join("gone-too.sh"));
    bench.write("with space/b \"q\".txt", "one\n2\n");
    bench.write("été/naïve.txt", "été\nà\n");
    bench.write("no-newline", "one\nthree\n");
    bench.commit_by("Somebody With A Name So Very Long That It Can Not Stand On A Single Line Of A Mail <long@example.com>", "paths: [x] Odd =?names\n\nascii body\n");

    bench.write("crlf.txt", "one\r\n2\r\n");
    fs::remove_file(bench.tree().join("link")).unwrap();
    std::os::unix::fs::symlink("src/a.c", bench.tree().join("link")).unwrap();
    bench.write("latin1.c", &b"f\xfcr(void)\n 1\n 2\n 3\n 4\n six\n"[..]);
    bench.commit_by(
        "C O Mitter <committer@example.com>",
        "a\tb: Tab in the subject ending in dots...\n\nBody.\n\n  From: an indented quotation\n",
    );
    bench
}

fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if !path.exists() {
        fs::write(path, "exit 1\n").unwrap();
    }
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn mails_with_a_cover_letter_are_those_of_git() {
    if !git_is_there() {
        return;
    }
    let bench = rich();
    let base = bench.git(&["rev-parse", "HEAD~5"]);
    let base = Some(Base {
        commit: base,
        prerequisites: Vec::new(),
    });
    let options = Options { base, ..options() };
    bench.require_equal("HEAD~5..HEAD", &options);
}

#[test]
fn mails_without_a_cover_letter_are_those_of_git() {
    if !git_is_there() {
        return;
    }
    let bench = rich();
    let base = Some(Base {
        commit: bench.git(&["rev-parse", "HEAD~5"]),
        prerequisites: Vec::new(),
    });
    let options = Options {
        base,
        cover: None,
        signature: Some("2.47.3\nsecond line\n".into()),
        ..options()
    };
    bench.require_equal("HEAD~5..HEAD", &options);
}

#[test]
fn a_lone_patch_is_numbered_beside_a_cover_letter_only() {
    if !git_is_there() {
        return;
    }
    let bench = rich();
    let range = "HEAD~1..HEAD";
    bench.require_equal(range, &options());
    bench.require_equal(
        range,
        &Options {
            cover: None,
            ..options()
        },
    );
    let no_prefix = Options {
        cover: None,
        prefix: String::new(),
        signature: None,
        ..options()
    };
    bench.require_equal(range, &no_prefix);
}

#[test]
fn prefix_version_and_recipients_are_those_of_git() {
    if !git_is_there() {
        return;
    }
    let bench = rich();
    let options = Options {
        prefix: "libvirt PATCH".into(),
        rfc: true,
        reroll: Some(2),
        to: vec![
            "libvir-list@redhat.com".into(),
            "Some Body <some@example.org>".into(),
        ],
        cc: vec!["\"Q. R.\" <q@example.org>".into()],
        in_reply_to: Some("<earlier@example.org>".into()),
        from: patchwright::mail::ident::parse("Jörg Müller <jm@example.net>").unwrap(),
        cover: None,
        ..options()
    };
    bench.require_equal("HEAD~5..HEAD", &options);
}

#[test]
fn many_recipients_are_folded_as_git_folds_them() {
    if !git_is_there() {
        return;
    }
    let bench = rich();
    let names = [
        "",
        "A",
        "Some Body",
        "\"Doe, J. R.\"",
        "\"A \\\"B\\\" C\"",
        "A Name That Is So Long That It Fills More Than One Whole Line Of A Header By Itself",
    ];
    let people: Vec<String> = (0..60)
        .map(|at| match names[at % names.len()] {
            "" => format!("user{at}@{}.example.org", "host".repeat(at % 7)),
            name => format!("{name} <user{at}@example.org>"),
        })
        .collect();
    for count in [1, 2, 59, 60] {
        let options = Options {
            to: people[..count].to_vec(),
            cc: people[60 - count..].iter().rev().cloned().collect(),
            ..options()
        };
        bench.require_equal("HEAD~2..HEAD", &options);
    }
    // A list in one word, and a comment.
    let options = Options {
        to: vec!["a@b.c, D <d@e.f>".into(), "a@b.c (A, B)".into()],
        ..options()
    };
    bench.require_equal("HEAD~1..HEAD", &options);
}

#[test]
fn a_thousand_patches_are_those_of_git() {
    if !git_is_there() {
        return;
    }
    let bench = Bench::new();
    let author = patchwright::mail::ident::parse("A U Thor <a@example.org>").unwrap();
    for number in 0..1001_u32 {
        let text = format!("{}number {number}\n", lines(9));
        let files = std::collections::BTreeMap::from([("a", (0o100_644, text.into_bytes()))]);
        bench.commit_files(
            &files,
            &author,
            (1_500_000_000 + number, 0),
            &format!("topic: Change {number}\n\nWhy.\n"),
        );
    }
    let options = Options {
        thread: Some(Thread::Deep),
        reroll: Some(3),
        ..options()
    };
    assert_eq!(bench.require_equal("HEAD~1000..HEAD", &options), 1001);
}

/// Dates and authors that `git commit` would not write, and other programs do.
#[test]
fn odd_zones_and_authors_are_written_as_git_writes_them() {
    if !git_is_there() {
        return;
    }
    let bench = Bench::new();
    bench.write("a", "1\n");
    bench.commit("base\n");
    bench.write("a", "2\n");
    bench.commit("change\n");
    let text = bench.git(&["cat-file", "commit", "HEAD"]);
    let author = text.lines().find(|line| line.starts_with("author "));
    let author = author.unwrap().to_owned();
    for line in [
        "A <a@b.c> 1500000000 -0060",
        "A <a@b.c> 1500000000 +0090",
        "A <a@b.c> 1500000000 +1500",
        "A <a@b.c> 1500000000 -2400",
        "A <a@b.c> 1500000000 +051800",
        "A <a@b.c> 1500000000 -0000",
        "A <a@b.c> 99999999999 +0000",
        "Foo <> 1500000000 +0000",
        "<a@b.c> 1500000000 +0000",
    ] {
        let file = bench.root.path().join("commit");
        let changed = text.replace(&author, &format!("author {line}"));
        fs::write(&file, changed + "\n").unwrap();
        let file = file.to_str().unwrap();
        let made = ["hash-object", "-t", "commit", "--literally", "-w", file];
        let id = bench.git(&made);
        let from = if line.starts_with("Foo") { "Foo" } else { "A" };
        for name in [from, "C O Mitter"] {
            let mut options = options();
            options.cover = None;
            options.from.name = name.to_owned();
            bench.require_equal(&format!("{id}^!"), &options);
        }
    }
}

#[test]
fn threads_are_those_of_git() {
    if !git_is_there() {
        return;
    }
    let bench = rich();
    for thread in [Thread::Shallow, Thread::Deep] {
        for cover in [None, options().cover] {
            for in_reply_to in [None, Some("<earlier@example.org>".to_string())] {
                let options = Options {
                    thread: Some(thread),
                    cover: cover.clone(),
                    in_reply_to,
                    ..options()
                };
                bench.require_equal("HEAD~3..HEAD", &options);
            }
        }
    }
}

#[test]
fn more_than_nine_patches_are_padded_as_git_pads_them() {
    if !git_is_there() {
        return;
    }
    let bench = many(11);
    bench.require_equal("HEAD~11..HEAD", &options());
    let mails = render(&bench.commits("HEAD~11..HEAD"), &options()).unwrap();
    bench.require_same_trees("HEAD~11", "HEAD~11..HEAD", &mails, &[]);
}

/// A history of so many small changes to one file.
fn many(count: usize) -> Bench {
    let bench = Bench::new();
    bench.write("a", lines(30));
    bench.commit("base\n");
    for n in 1..=count {
        bench.write("a", lines(30).replace(&format!("line {n};"), "changed;"));
        let author = if n % 3 == 0 {
            "Zoë <z@example.com>"
        } else {
            "A U Thor <author@example.com>"
        };
        bench.commit_by(author, &format!("a: Change line {n}\n"));
    }
    bench
}

#[test]
fn a_table_that_does_not_fit_is_shortened_as_git_does() {
    if !git_is_there() {
        return;
    }
    let bench = Bench::new();
    bench.write("README", "x\n");
    bench.commit("base\n");
    for (n, rows) in [3, 60, 400, 12_345].into_iter().enumerate() {
        bench.write(
            &format!("{}/{n}/file.c", "a-directory-name".repeat(n + 2)),
            lines(rows),
        );
        bench.write(
            &format!("deep/{}{n}.c", "x/y/".repeat(8 * n)),
            lines(rows / 2),
        );
        bench.write("README", lines(n));
        bench.commit(&format!("stat: {rows} lines\n"));
    }
    bench.require_equal("HEAD~4..HEAD", &options());
    for at in 0..4 {
        bench.require_equal(&format!("HEAD~{}..HEAD~{at}", at + 1), &options());
    }
}

#[test]
fn applying_the_mails_gives_the_tree_of_each_commit() {
    if !git_is_there() {
        return;
    }
    let bench = rich();
    for thread in [None, Some(Thread::Shallow)] {
        let mails = render(
            &bench.commits("HEAD~5..HEAD"),
            &Options {
                thread,
                ..options()
            },
        )
        .unwrap();
        bench.require_same_trees("HEAD~5", "HEAD~5..HEAD", &mails, &["--keep-cr"]);
    }
}

#[test]
fn applying_binary_patches_gives_the_tree_of_each_commit() {
    if !git_is_there() {
        return;
    }
    let bench = Bench::new();
    let noise: Vec<u8> = (0..40_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    bench.write("text", "x\n");
    bench.write("changed.bin", &noise);
    bench.write("gone.bin", &noise[..500]);
    bench.commit("base\n");
    let mut changed = noise.clone();
    changed[20_000] ^= 0xff;
    changed[100] = 0;
    bench.write("changed.bin", &changed);
    bench.write("new.bin", &noise[1000..9000]);
    fs::remove_file(bench.tree().join("gone.bin")).unwrap();
    bench.commit("bin: Change, create, delete\n");
    make_executable(&bench.tree().join("changed.bin"));
    bench.write("text", "x\0y\n");
    bench.commit("bin: Modes and a text that becomes binary\n");
    let mails = render(&bench.commits("HEAD~2..HEAD"), &options()).unwrap();
    bench.require_same_trees("HEAD~2", "HEAD~2..HEAD", &mails, &[]);
    // Compression may differ from git's, what stands above the binary patch may not.
    let head = |mail: &Mail| {
        let text = String::from_utf8_lossy(&mail.bytes).into_owned();
        text.split("GIT binary patch").next().unwrap().to_string()
    };
    let theirs = bench.format_patch("HEAD~2..HEAD", &options(), false);
    assert_eq!(
        mails.iter().map(head).collect::<Vec<_>>(),
        theirs.iter().map(head).collect::<Vec<_>>()
    );
}

#[test]
fn two_different_series_share_no_message_id() {
    if !git_is_there() {
        return;
    }
    let bench = rich();
    let commits = bench.commits("HEAD~3..HEAD");
    let threaded = Options {
        thread: Some(Thread::Shallow),
        ..options()
    };
    let variants = [
        threaded.clone(),
        Options {
            reroll: Some(2),
            ..threaded.clone()
        },
        Options {
            rfc: true,
            ..threaded.clone()
        },
        Options {
            to: vec!["list@example.org".into()],
            ..threaded.clone()
        },
        Options {
            message_id_seed: Some("seed".into()),
            ..threaded.clone()
        },
        Options {
            cover: None,
            ..threaded.clone()
        },
        Options {
            thread: Some(Thread::Deep),
            ..threaded.clone()
        },
    ];
    let ids: Vec<String> = variants
        .iter()
        .flat_map(|options| render(&commits, options).unwrap())
        .map(|mail| {
            let text = String::from_utf8_lossy(&mail.bytes).into_owned();
            text.lines()
                .find(|line| line.starts_with("Message-ID: <"))
                .unwrap()
                .to_string()
        })
        .collect();
    let distinct: std::collections::BTreeSet<&String> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len());
    assert_eq!(
        render(&commits, &threaded).unwrap(),
        render(&commits, &threaded).unwrap()
    );
}

#[test]
fn an_rfc_that_the_prefix_says_is_not_said_twice() {
    let bench = if git_is_there() { rich() } else { return };
    let options = Options {
        prefix: "RFC PATCH".into(),
        rfc: true,
        ..options()
    };
    let mails = render(&bench.commits("HEAD~1..HEAD"), &options).unwrap();
    assert!(String::from_utf8_lossy(&mails[0].bytes).contains("\nSubject: [RFC PATCH 0/1] "));
}

#[test]
fn a_series_that_would_smuggle_a_header_is_refused() {
    let bench = if git_is_there() { rich() } else { return };
    let commits = bench.commits("HEAD~1..HEAD");
    let refused = |options: Options| render(&commits, &options).unwrap_err().code;
    assert_eq!(
        refused(Options {
            prefix: "A\nBcc: x@y".into(),
            ..options()
        }),
        "mail-control-character"
    );
    assert_eq!(
        refused(Options {
            prefix: "é".into(),
            ..options()
        }),
        "mail-bad-prefix"
    );
    assert_eq!(
        refused(Options {
            to: vec!["a@b\nBcc: x@y".into()],
            ..options()
        }),
        "mail-control-character"
    );
    assert_eq!(
        refused(Options {
            cc: vec!["nobody".into()],
            ..options()
        }),
        "mail-bad-address"
    );
    assert_eq!(
        refused(Options {
            in_reply_to: Some("a@b>\nBcc: <x@y".into()),
            ..options()
        }),
        "mail-bad-message-id"
    );
    let base = Some(Base {
        commit: "v1.2".into(),
        prerequisites: Vec::new(),
    });
    assert_eq!(refused(Options { base, ..options() }), "mail-bad-base");
    let cover = options().cover.map(|cover| Cover {
        subject: "a\nBcc: x@y".into(),
        ..cover
    });
    assert_eq!(
        refused(Options { cover, ..options() }),
        "mail-control-character"
    );
    assert_eq!(
        render(&[], &options()).unwrap_err().code,
        "mail-empty-patch"
    );
}

#[test]
fn prerequisites_are_those_of_git() {
    if !git_is_there() {
        return;
    }
    let bench = many(5);
    let ids = bench.git(&["rev-list", "--reverse", "HEAD~5..HEAD~2"]);
    let prerequisites = ids.lines().map(|id| bench.patch_id(id)).collect();
    let base = Some(Base {
        commit: bench.git(&["rev-parse", "HEAD~5"]),
        prerequisites,
    });
    for cover in [None, options().cover] {
        let base = base.clone();
        bench.require_equal(
            "HEAD~2..HEAD",
            &Options {
                base,
                cover,
                ..options()
            },
        );
    }
}

#[test]
fn a_charset_is_declared_for_the_diff_alone_where_asked() {
    if !git_is_there() {
        return;
    }
    let bench = Bench::new();
    bench.write("a", "a\n");
    bench.commit("base\n");
    bench.write("a", "é\n");
    bench.commit("a: Change\n\nBody.\n");
    let declares = |declare_diff_charset| {
        let options = Options {
            cover: None,
            declare_diff_charset,
            ..options()
        };
        let mails = render(&bench.commits("HEAD~1..HEAD"), &options).unwrap();
        String::from_utf8_lossy(&mails[0].bytes).contains("charset=UTF-8")
    };
    assert!(!declares(false));
    assert!(declares(true));
}
