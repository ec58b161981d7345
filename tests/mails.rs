//! Mails against the real git: the same bytes as `git format-patch`, and the same trees after `git am`.

#![expect(clippy::unwrap_used, reason = "a test that goes wrong panics")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use patchwright::mail::{
    Base, Blob, Commit, Cover, FileChange, Ident, Mail, Options, Thread, When, render,
};

/// Returns whether git is there; without it a test says so, or fails where the environment wants every tool.
fn git_is_there() -> bool {
    let there = Command::new("git")
        .arg("--version")
        .output()
        .is_ok_and(|out| out.status.success());
    if !there {
        assert!(
            std::env::var_os("PATCHWRIGHT_REQUIRE_TOOLS").is_none_or(|value| value != "1"),
            "no git"
        );
        eprintln!("skipped: no git: install it to compare with git format-patch");
    }
    there
}

/// A repository of its own, out of reach of the user's configuration.
struct Bench {
    root: tempfile::TempDir,
    clock: std::cell::Cell<i64>,
}

const FROM: &str = "C O Mitter <committer@example.com>";

impl Bench {
    fn new() -> Self {
        let bench = Bench {
            root: tempfile::tempdir().unwrap(),
            clock: std::cell::Cell::new(1_432_123_517),
        };
        fs::create_dir(bench.tree()).unwrap();
        bench.git(&["init", "-q", "-b", "main"]);
        bench
    }

    fn tree(&self) -> PathBuf {
        self.root.path().join("tree")
    }

    fn run(&self, dir: &Path, args: &[&str], env: &[(&str, &str)]) -> Output {
        Command::new("git")
            .args(args)
            .current_dir(dir)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.root.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("LC_ALL", "C")
            .env("TZ", "UTC")
            .env("GIT_COMMITTER_NAME", "C O Mitter")
            .env("GIT_COMMITTER_EMAIL", "committer@example.com")
            .env("GIT_COMMITTER_DATE", "1500000000 +0200")
            .envs(env.iter().copied())
            .output()
            .unwrap()
    }

    fn git(&self, args: &[&str]) -> String {
        let out = self.run(&self.tree(), args, &[]);
        assert!(
            out.status.success(),
            "git {args:?}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
        String::from_utf8_lossy(&out.stdout).trim_end().to_string()
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.tree().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn commit(&self, message: &str) {
        self.commit_by("A U Thor <author@example.com>", message);
    }

    fn commit_by(&self, author: &str, message: &str) {
        let (name, email) = author.strip_suffix('>').unwrap().rsplit_once('<').unwrap();
        self.clock.set(self.clock.get() + 3661);
        self.git(&["add", "-A"]);
        let file = self.root.path().join("message");
        fs::write(&file, message).unwrap();
        let date = format!("{} -0430", self.clock.get());
        let env = [
            ("GIT_AUTHOR_NAME", name.trim()),
            ("GIT_AUTHOR_EMAIL", email),
            ("GIT_AUTHOR_DATE", &date),
        ];
        let args = [
            "commit",
            "-q",
            "--allow-empty",
            "--cleanup=verbatim",
            "-F",
            file.to_str().unwrap(),
        ];
        let out = self.run(&self.tree(), &args, &env);
        assert!(
            out.status.success(),
            "{}",
            String::from_utf8_lossy(&out.stderr)
        );
    }

    /// Reads the commits of a range, oldest first.
    fn commits(&self, range: &str) -> Vec<Commit> {
        let repository = git2::Repository::open(self.tree()).unwrap();
        let list = self.git(&["rev-list", "--reverse", range]);
        list.lines().map(|id| read(&repository, id)).collect()
    }

    /// Runs `git format-patch` as the options say.
    fn format_patch(&self, range: &str, options: &Options) -> Vec<Mail> {
        let out = self.root.path().join("out");
        let description = self.root.path().join("description");
        let mut args: Vec<String> = [
            "format-patch",
            "-q",
            "--full-index",
            "--no-renames",
            "-o",
            out.to_str().unwrap(),
        ]
        .map(str::to_string)
        .to_vec();
        args.push(format!(
            "--from={} <{}>",
            options.from.name, options.from.email
        ));
        args.push(format!("--subject-prefix={}", options.prefix));
        args.push(format!(
            "--signature={}",
            options.signature.as_deref().unwrap_or_default()
        ));
        args.extend(options.rfc.then(|| "--rfc".to_string()));
        args.extend(options.reroll.map(|version| format!("-v{version}")));
        args.extend(options.to.iter().map(|to| format!("--to={to}")));
        args.extend(options.cc.iter().map(|cc| format!("--cc={cc}")));
        args.extend(
            options
                .in_reply_to
                .iter()
                .map(|id| format!("--in-reply-to={id}")),
        );
        args.extend(
            options
                .base
                .iter()
                .map(|base| format!("--base={}", base.commit)),
        );
        match options.thread {
            None => args.push("--no-thread".into()),
            Some(Thread::Shallow) => args.push("--thread=shallow".into()),
            Some(Thread::Deep) => args.push("--thread=deep".into()),
        }
        if let Some(cover) = &options.cover {
            fs::write(&description, format!("{}\n\n{}", cover.subject, cover.body)).unwrap();
            args.extend([
                "--cover-letter".into(),
                "--cover-from-description=subject".into(),
            ]);
            args.push(format!("--description-file={}", description.display()));
        }
        args.push(range.to_string());
        self.git(&args.iter().map(String::as_str).collect::<Vec<_>>());
        let mut mails: Vec<Mail> = fs::read_dir(&out)
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                Mail {
                    name: entry.file_name().into_string().unwrap(),
                    bytes: fs::read(entry.path()).unwrap(),
                }
            })
            .collect();
        fs::remove_dir_all(&out).unwrap();
        mails.sort_by(|a, b| a.name.cmp(&b.name));
        mails
    }

    /// Requires that our mails of a range are those of git, byte for byte.
    fn require_equal(&self, range: &str, options: &Options) {
        let ours = render(&self.commits(range), options).unwrap();
        let theirs = self.format_patch(range, options);
        let names = |mails: &[Mail]| {
            mails
                .iter()
                .map(|mail| mail.name.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(names(&ours), names(&theirs));
        for (our, their) in ours.iter().zip(&theirs) {
            let shown =
                |mail: &Mail| String::from_utf8_lossy(&without_ids(&mail.bytes)).into_owned();
            assert_eq!(shown(our), shown(their), "{}", our.name);
            assert_eq!(
                without_ids(&our.bytes),
                without_ids(&their.bytes),
                "{}",
                our.name
            );
        }
    }

    /// Requires that `git am` of the mails, each alone, gives the tree of each commit of the range.
    fn require_same_trees(&self, base: &str, range: &str, mails: &[Mail], am: &[&str]) {
        let clone = self.root.path().join("clone");
        let path = clone.to_str().unwrap().to_string();
        self.git(&["worktree", "add", "-q", "--detach", &path, base]);
        let ids = self.git(&["rev-list", "--reverse", range]);
        let patches: Vec<&Mail> = mails
            .iter()
            .filter(|mail| !mail.name.contains("0000-cover-letter"))
            .collect();
        assert_eq!(ids.lines().count(), patches.len());
        for (id, mail) in ids.lines().zip(patches) {
            let file = self.root.path().join(&mail.name);
            fs::write(&file, &mail.bytes).unwrap();
            let mut args = vec!["am", "-q"];
            args.extend(am);
            args.push(file.to_str().unwrap());
            let out = self.run(&clone, &args, &[]);
            assert!(
                out.status.success(),
                "{}: {}",
                mail.name,
                String::from_utf8_lossy(&out.stderr)
            );
            let tree = self.run(&clone, &["rev-parse", "HEAD^{tree}"], &[]);
            let tree = String::from_utf8_lossy(&tree.stdout).trim().to_string();
            assert_eq!(
                tree,
                self.git(&["rev-parse", &format!("{id}^{{tree}}")]),
                "{}",
                mail.name
            );
        }
        self.git(&["worktree", "remove", "--force", &path]);
    }
}

/// Returns a mail with each Message-ID replaced by its place in the thread: git's ids tell the time.
fn without_ids(mail: &[u8]) -> Vec<u8> {
    let end = mail
        .windows(2)
        .position(|two| two == b"\n\n")
        .unwrap_or(mail.len());
    let Ok(header) = std::str::from_utf8(&mail[..end]) else {
        return mail.to_vec();
    };
    let mut out = String::new();
    for line in header.split_inclusive('\n') {
        let is_id = ["Message-ID: <", "In-Reply-To: <", "References: <", "\t<"]
            .iter()
            .any(|start| line.starts_with(start));
        let is_ours = line.contains(".git.") || line.contains(".patchwright@");
        match line.split_once('<') {
            Some((start, _)) if is_id && is_ours => out.push_str(&format!("{start}<id>\n")),
            _ => out.push_str(line),
        }
    }
    let mut out = out.into_bytes();
    out.extend_from_slice(&mail[end..]);
    out
}

fn read(repository: &git2::Repository, id: &str) -> Commit {
    let commit = repository
        .find_commit(git2::Oid::from_str(id).unwrap())
        .unwrap();
    let tree = commit.tree().unwrap();
    let parent = commit.parents().next().map(|parent| parent.tree().unwrap());
    let mut options = git2::DiffOptions::new();
    options.include_typechange(true);
    let diff = repository
        .diff_tree_to_tree(parent.as_ref(), Some(&tree), Some(&mut options))
        .unwrap();
    let blob = |file: &git2::DiffFile<'_>| {
        (!file.id().is_zero()).then(|| Blob {
            mode: u32::from(file.mode()),
            id: file.id().to_string(),
            bytes: repository.find_blob(file.id()).unwrap().content().into(),
        })
    };
    let changes = diff.deltas().map(|delta| FileChange {
        path: std::str::from_utf8(delta.new_file().path_bytes().unwrap())
            .unwrap()
            .to_string(),
        before: blob(&delta.old_file()),
        after: blob(&delta.new_file()),
    });
    let author = commit.author();
    Commit {
        id: id.to_string(),
        author: Ident {
            name: String::from_utf8(author.name_bytes().to_vec()).unwrap(),
            email: String::from_utf8(author.email_bytes().to_vec()).unwrap(),
        },
        date: When {
            seconds: author.when().seconds(),
            offset_minutes: author.when().offset_minutes(),
        },
        message: String::from_utf8(commit.message_bytes().to_vec()).unwrap(),
        changes: changes.collect(),
    }
}

fn options() -> Options {
    Options {
        prefix: "PATCH".into(),
        rfc: false,
        reroll: None,
        from: patchwright::mail::ident::parse(FROM).unwrap(),
        to: Vec::new(),
        cc: Vec::new(),
        in_reply_to: None,
        thread: None,
        base: None,
        signature: Some("patchwright".into()),
        cover: Some(Cover {
            subject: "Clear what is old".into(),
            body: "First paragraph.\n\n  * an item  \n\nLast.".into(),
            appendix: None,
        }),
        cover_date: When {
            seconds: 1_500_000_000,
            offset_minutes: 120,
        },
        message_id_seed: None,
        declare_diff_charset: false,
    }
}

fn lines(count: usize) -> String {
    (1..=count).map(|n| format!("    line {n};\n")).collect()
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
    let bench = Bench::new();
    bench.write("a", lines(30));
    bench.commit("base\n");
    for n in 1..=11 {
        bench.write("a", lines(30).replace(&format!("line {n};"), "changed;"));
        bench.commit_by(
            if n % 3 == 0 {
                "Zoë <z@example.com>"
            } else {
                "A U Thor <author@example.com>"
            },
            &format!("a: Change line {n}\n"),
        );
    }
    bench.require_equal("HEAD~11..HEAD", &options());
    let mails = render(&bench.commits("HEAD~11..HEAD"), &options()).unwrap();
    bench.require_same_trees("HEAD~11", "HEAD~11..HEAD", &mails, &[]);
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
    let theirs = bench.format_patch("HEAD~2..HEAD", &options());
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
