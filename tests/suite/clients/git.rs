//! git itself: `git am` of the mails, of a mailbox and of a maildir, `git quiltimport` of the quilt series.

use super::meant::Meant;
use crate::support::have;

/// Names in a printed command are as seen from the bench's root.
fn from_clone(command: &str, out: &str) -> String {
    command.replace(out, &format!("../{out}"))
}

#[test]
fn the_command_that_is_printed_applies_mails_a_mailbox_and_a_maildir() {
    if !have(&["git"]) {
        return;
    }
    for meant in Meant::all() {
        for form in ["mail", "mbox", "maildir"] {
            for cover in [&[][..], &["--no-cover"]] {
                let out = format!("{form}-{}", cover.len());
                let left = meant.generate(&out, &[&["--export", form], cover].concat());
                let left = left.ends_with(0);
                let command = Meant::printed(&left, "apply");
                let clone = format!("clone-{out}");
                meant.clone(&clone);
                meant.shell(&clone, &from_clone(&command, &out));
                meant.arrived(&clone);
            }
        }
    }
}

#[test]
fn words_that_would_open_a_mail_arrive_in_a_mailbox_and_break_none() {
    if !have(&["git"]) {
        return;
    }
    let meant = Meant::new();
    let words = "Words.\n\nFrom me at 10:00:00 2015\n>From Thu Jan  1 00:00:00 1970 on\n";
    meant.bench.write("words.txt", words);
    let more = ["--export", "mbox", "--description-file", "words.txt"];
    let left = meant.generate("out", &more).ends_with(0);
    let mbox = meant.bench.read("out/series.mbox");
    assert!(mbox.contains("\n>From me at"), "{mbox}");
    assert!(mbox.contains("\n>>From Thu"), "{mbox}");
    let command = Meant::printed(&left, "apply");
    assert!(command.contains("--patch-format=mboxrd"), "{command}");
    meant.clone("clone");
    meant.shell("clone", &from_clone(&command, "out"));
    meant.arrived("clone");
    std::fs::create_dir(meant.bench.path("split")).unwrap();
    let split = "git mailsplit --mboxrd -osplit out/series.mbox";
    assert_eq!(meant.shell("", split).trim(), "3");
    let cover = meant.bench.read("split/0001");
    assert!(cover.contains(words), "{cover}");
}

#[test]
fn git_imports_the_quilt_series_with_authors_dates_and_messages() {
    if !have(&["git"]) {
        return;
    }
    for meant in Meant::all() {
        let _ = meant.generate("out", &["--export", "quilt"]).ends_with(0);
        meant.clone("clone");
        meant.shell("clone", "git quiltimport --patches ../out/patches");
        meant.arrived("clone");
    }
}
