//! What b4 makes of a mail that `git format-patch` writes: where it brings another commit or none, lint tells it; where lint tells
//! nothing, it brings the commit.

use super::b4::b4;
use crate::support::{Bench, have};

/// Who mails: another than the author, so that the author stands in the body.
const SENDER: &str = "C O Mitter <committer@example.org>";

/// A change of one file, as `before` and `after` by path, and its author. Nothing else differs.
struct Case {
    before: (&'static str, Vec<u8>),
    after: (&'static str, Vec<u8>),
    author: (&'static str, &'static str),
    /// Its message, without what every one has in common.
    message: Message,
    /// What lint tells, empty where b4 brings the commit.
    code: &'static str,
}

/// What a message ends in, or has instead of its title or its body.
#[derive(Clone, Copy)]
enum Message {
    Trailer(&'static str),
    Title(&'static str),
    Body(&'static str),
}

impl Message {
    fn text(self) -> String {
        match self {
            Message::Trailer(trailer) => format!("topic: Change\n\nWhy.\n\n{trailer}\n"),
            Message::Title(title) => format!("{title}\n\nWhy.\n"),
            Message::Body(body) => format!("topic: Change\n\n{body}\n"),
        }
    }
}

const AUTHOR: (&str, &str) = ("A U Thor", "author@example.org");

/// A file whose lines tell no function.
fn lines() -> Vec<u8> {
    (0..20)
        .flat_map(|at| format!(" {at}\n").into_bytes())
        .collect()
}

/// A change of one file.
fn content(before: Vec<u8>, after: Vec<u8>, code: &'static str) -> Case {
    Case {
        before: ("a", before),
        after: ("a", after),
        author: AUTHOR,
        message: Message::Trailer("Closes: #12"),
        code,
    }
}

/// A line that comes, and one that stands by.
fn line(line: &[u8], code: &'static str) -> Vec<Case> {
    let with = |more: &[u8]| [&lines(), line, more].concat();
    vec![
        content(lines(), with(b""), code),
        content(with(b""), with(b"x\n"), code),
    ]
}

/// A line that tells the function of a change below.
fn heading(line: &[u8], code: &'static str) -> Vec<Case> {
    let with = |more: &[u8]| [line, &lines(), more].concat();
    vec![content(with(b""), with(b"x\n"), code)]
}

fn renamed(before: &'static str, after: &'static str, code: &'static str) -> Case {
    Case {
        before: (before, lines()),
        after: (after, lines()),
        author: AUTHOR,
        message: Message::Trailer("Closes: #12"),
        code,
    }
}

fn by(name: &'static str, email: &'static str, code: &'static str) -> Case {
    Case {
        author: (name, email),
        ..content(lines(), [&lines()[..], b"x\n"].concat(), code)
    }
}

fn said(message: Message, code: &'static str) -> Case {
    Case {
        message,
        ..content(lines(), [&lines()[..], b"x\n"].concat(), code)
    }
}

fn cases() -> Vec<Case> {
    let lines = [
        line("été\n".as_bytes(), ""),
        line(b"caf\xe9\n", "content-not-utf8"),
        heading(b"caf\xe9\n", ""),
        line(b"a\rb\n", "content-carriage-return"),
        heading(b"a\rb\n", "content-carriage-return"),
        line("a\x0bb\x0cc\x1cd\u{85}b\u{2028}c\n".as_bytes(), ""),
        line("\u{feff}b\n".as_bytes(), "content-format-character"),
        heading("a\u{200b}b\n".as_bytes(), "content-format-character"),
        line("\u{645}\u{200c}\u{645}\n".as_bytes(), ""),
        heading("\u{2b9}\u{200c}\n".as_bytes(), ""),
        line("\u{2b9}\u{200c}\n".as_bytes(), "content-format-character"),
        vec![content(
            [&lines()[..], b"\xe9\n"].concat(),
            lines(),
            "content-not-utf8",
        )],
    ];
    let names = [
        renamed("a", "b c", ""),
        renamed("a", "bé", "patch-unseen"),
        renamed("bé", "a", "patch-unseen"),
        renamed("b c", "a", "patch-unseen"),
        renamed("b y/z", "é", ""),
        renamed("b y/z", "c", ""),
        renamed("a", "b\"c", "patch-unseen"),
        renamed("a", "d/ c", ""),
    ];
    let authors = [
        by("Jürgen", "j@example.org", ""),
        by("A, U. (T)", "a@example.org", ""),
        by("A", "", ""),
        by("A", "root", ""),
        by("A", ".a..b.@example", ""),
        by("A", "jürgen@example.org", "author-address"),
        by("A", "a@bücher.example", "author-address"),
        by("A", "a@example..org", "author-address"),
        by("A", "a;b@example.org", "author-address"),
        by("A", "a@b@example.org", "author-address"),
        by("A\u{200b}B", "a@example.org", "author-name"),
        by("A\u{a0}B", "a@example.org", "author-name"),
        by("=?x", "a@example.org", "author-name"),
    ];
    let messages = [
        said(Message::Trailer("Fixes: 012345 (\"x\")"), ""),
        said(Message::Trailer("Fixes: 01234"), "trailer-lost"),
        said(Message::Trailer("Fixes: #12"), "trailer-lost"),
        said(Message::Title("topic: =?b"), "subject-encoded-word"),
        said(Message::Title("topic:\u{a0}b"), "subject-blanks"),
        said(Message::Title("[topic: b"), ""),
        said(Message::Body("  a\n\nb"), ""),
        said(Message::Body("  a"), "body-indented"),
        said(Message::Body("a\n\n  b\n\nCloses: #12"), ""),
        said(Message::Body("a\n\n  b"), "body-indented"),
        said(Message::Body("a\n\n  b\n\nc\n  d"), ""),
        said(Message::Body("a\n\nNote: b\nc"), "stray-trailer"),
        said(Message::Body("Note: b\nc\n\na"), ""),
    ];
    let lines = lines.into_iter().flatten();
    lines.chain(names).chain(authors).chain(messages).collect()
}

impl Case {
    /// A repository with the change on top.
    fn bench(&self) -> Bench {
        let bench = Bench::new();
        bench.write("repo/other", "x\n");
        bench.git(".", &["init", "-q", "-b", "main", "repo"]);
        let put = |(path, bytes): &(&str, Vec<u8>), author: (&str, &str)| {
            bench.write(&format!("repo/{path}"), "");
            std::fs::write(bench.path(&format!("repo/{path}")), bytes).unwrap();
            bench.write("message", &self.message.text());
            let (name, email) = author;
            let script = format!(
                "git add -A && GIT_AUTHOR_NAME='{name}' GIT_AUTHOR_EMAIL='{email}' git commit -q --cleanup=verbatim -F ../message"
            );
            let _ = bench.shell("repo", &script).ends_with(0);
        };
        put(&self.before, AUTHOR);
        std::fs::remove_file(bench.path(&format!("repo/{}", self.before.0))).unwrap();
        put(&self.after, self.author);
        bench
    }

    /// Whether the commit comes back, once b4 has read the mail that git writes of it.
    fn comes_back(&self, bench: &Bench, b4: &str) -> bool {
        let script = format!("git format-patch -q --thread --from='{SENDER}' --stdout -1 >../mbox");
        let _ = bench.shell("repo", &script).ends_with(0);
        bench.git(".", &["clone", "-q", "repo", "clone"]);
        bench.git("clone", &["reset", "-q", "--hard", "HEAD^"]);
        let came = |from: &str| {
            bench.shell("clone", &format!("git am -q {from}")).status == 0
                && bench.git("clone", &["log", "-1", "--format=%T%n%an <%ae>%n%B"])
                    == bench.git("repo", &["log", "-1", "--format=%T%n%an <%ae>%n%B"])
        };
        if self.code != "author-name" {
            assert!(came("../mbox"), "git takes the mail itself");
            bench.git("clone", &["reset", "-q", "--hard", "HEAD^"]);
        }
        let am = format!("'{b4}' --offline-mode am -m ../mbox -o ../b4 -n series");
        bench.shell("clone", &am).status == 0
            && bench.path("b4/series.mbx").exists()
            && came("../b4/series.mbx")
    }

    fn check(&self, b4: &str) {
        let bench = self.bench();
        let (before, after) = (&self.before, &self.after);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let shown = format!(
            "{} {:?} -> {} {:?} by {:?}: {}",
            before.0,
            text(&before.1),
            after.0,
            text(&after.1),
            self.author,
            self.message.text()
        );
        let is_good = self.code.is_empty();
        assert_eq!(self.comes_back(&bench, b4), is_good, "{shown}");
        let told = self.told(&bench);
        let is_told = told.iter().all(|code| code == self.code) && told.is_empty() == is_good;
        assert!(is_told, "{told:?}: {shown}");
    }

    /// What lint tells of the commit.
    fn told(&self, bench: &Bench) -> Vec<String> {
        let args = [
            "generate",
            "-q",
            "--repo",
            "repo",
            "--commits",
            "HEAD^!",
            "--from",
            SENDER,
            "--check",
            "lint",
            "--format",
            "json",
        ];
        let told = bench.run(&args).json();
        let findings = told["patches"][0]["checks"][0]["findings"]
            .as_array()
            .cloned();
        let findings = findings.unwrap_or_default().into_iter();
        findings
            .map(|found| found["code"].as_str().unwrap().to_owned())
            .collect()
    }
}

#[test]
fn lint_tells_what_b4_spoils_or_refuses_and_nothing_else() {
    if !have(&["git"]) {
        return;
    }
    let Some(b4) = b4() else { return };
    let cases = cases();
    // b4 takes its time to start.
    std::thread::scope(|scope| {
        for some in cases.chunks(cases.len().div_ceil(4)) {
            scope.spawn(|| some.iter().for_each(|case| case.check(&b4)));
        }
    });
}
