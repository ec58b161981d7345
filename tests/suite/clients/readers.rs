//! What people read and stack mails with: mutt, StGit.

use super::meant::{AUTHOR, CC, Meant, SENDER, TO};
use crate::support::have;

/// What mutt is told to put behind each mail.
const PAUSE: &str = "pipe_sep=\"\\n=====\\n\"";

#[test]
fn mutt_shows_a_mailbox_and_a_maildir_as_they_were_written() {
    if !have(&["git", "mutt", "script"]) {
        return;
    }
    for meant in Meant::all() {
        mutt_shows(&meant);
    }
}

fn mutt_shows(meant: &Meant) {
    // The first start would ask to make `~/Mail`.
    let settings = [
        "folder=.",
        "charset=utf-8",
        "sort=threads",
        "pipe_decode",
        "wait_key=no",
        PAUSE,
    ];
    let settings: String = settings.map(|setting| format!("set {setting}\n")).concat();
    meant.bench.write("muttrc", &settings);
    for (form, from) in [("mbox", "mbox/series.mbox"), ("maildir", "maildir")] {
        let _ = meant.generate(form, &["--export", form]).ends_with(0);
        let before = meant.bench.contents(form);
        let keys = "<tag-pattern>~A<enter><tag-prefix><pipe-message>cat>read<enter><exit>";
        let mutt = format!("mutt -n -F muttrc -R -f {from} -e \"push '{keys}'\"");
        meant.bench.write("mutt.sh", &mutt);
        // Keys come from a pipe that nobody writes to and that never ends: the end of one is a key as well.
        meant.shell(
            "",
            "rm -f keys && mkfifo keys && exec 9<>keys && export TERM=xterm LC_ALL=C.UTF-8 && \
             timeout 60 script -qec 'sh mutt.sh' /dev/null <&9",
        );
        assert_eq!(before, meant.bench.contents(form));
        let read = meant.bench.read("read");
        let mails: Vec<&str> = read.split_terminator("\n=====\n").collect();
        assert_eq!(mails.len(), 3, "{read}");
        let git = |format: &str, commit: &str| {
            let format = format!("--format={format}");
            meant.bench.git("repo", &["log", "-1", &format, commit])
        };
        for (mail, commit) in mails[1..].iter().zip(["meant~1", "meant"]) {
            let line = |start: &str| mail.lines().any(|line| line == start);
            assert!(line(&format!("From: {SENDER}")), "{mail}");
            assert!(line(&format!("To: {TO}")), "{mail}");
            assert!(line(&format!("Cc: {CC}")), "{mail}");
            assert!(line(&format!("From: {AUTHOR}")), "{mail}");
            assert!(
                mail.replace("\n ", " ").contains(&git("%s", commit)),
                "{mail}"
            );
            assert!(mail.contains(&git("%b", commit)), "{mail}");
        }
        std::fs::remove_file(meant.bench.path("read")).unwrap();
    }
}

#[test]
fn stgit_stacks_mails_and_a_mailbox() {
    if !have(&["git", "stg"]) {
        return;
    }
    for meant in Meant::all() {
        stgit_stacks(&meant);
    }
}

fn stgit_stacks(meant: &Meant) {
    let _ = meant.generate("mail", &[]).ends_with(0);
    let _ = meant
        .generate("mbox", &["--export", "mbox", "--no-cover"])
        .ends_with(0);
    for (clone, import) in [
        (
            "clone-mail",
            "for mail in ../mail/v2-000[12]-*; do stg import -m $mail || exit 1; done",
        ),
        ("clone-mbox", "stg import -M ../mbox/series.mbox"),
    ] {
        meant.clone(clone);
        meant.shell(clone, &format!("stg init && {import}"));
        assert_eq!(meant.shell(clone, "stg series").lines().count(), 2);
        meant.arrived(clone);
    }
}
