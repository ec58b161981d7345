//! What our reader says of our own mails, against what `git am` makes of them: the commit again, or another.

use std::fs;

use patchwright::check::Severity;
use patchwright::mail::export::{Form, export};
use patchwright::mail::incoming::tidied;
use patchwright::mail::readback::read_back;
use patchwright::mail::{Commit, Options, render};
use proptest::collection::vec;
use proptest::test_runner::TestRunner;

use crate::bench::{Bench, cases, git_is_there};
use crate::random::{PATHS, draft, history, how, text};

const FORMS: [Form; 3] = [Form::Mail, Form::Mbox, Form::Maildir];

/// What a commit is, as far as a mail brings it: a title's lines become one.
fn told(bench: &Bench, dir: &std::path::Path, revision: &str) -> String {
    let of = |format: &str| {
        let args = [
            "log",
            "-1",
            &format!("--format={format}"),
            "--date=raw",
            revision,
        ];
        String::from_utf8_lossy(&bench.run(dir, &args, &[]).stdout).into_owned()
    };
    let message = tidied(&format!("{}\n\n{}", of("%s").trim_end(), of("%b")));
    format!("{}{}", of("%T%n%an%n%ae%n%ad"), message)
}

/// Puts what was written of one commit on its parent with `git am`, and returns whether the commit came back.
fn comes_back(bench: &Bench, commit: &Commit, form: Form, options: &Options) -> bool {
    let mails = render(std::slice::from_ref(commit), options).unwrap();
    let written = export(form, &mails, std::slice::from_ref(commit), |_| {
        String::new()
    })
    .unwrap();
    let out = bench.root.path().join("written");
    fs::remove_dir_all(&out).ok();
    for folder in &written.folders {
        fs::create_dir_all(out.join(folder)).unwrap();
    }
    for (path, bytes) in &written.files {
        fs::create_dir_all(out.join(path).parent().unwrap()).unwrap();
        fs::write(out.join(path), bytes).unwrap();
    }
    let clone = bench.root.path().join("clone");
    if !clone.exists() {
        bench.git(&["worktree", "add", "-q", "--detach", clone.to_str().unwrap()]);
    }
    let run = |args: &[&str]| bench.run(&clone, args, &[]).status.success();
    run(&["am", "--abort"]);
    assert!(run(&[
        "checkout",
        "-q",
        "-f",
        "--detach",
        &format!("{}^", commit.id)
    ]));
    let from = match form {
        Form::Maildir => out.clone(),
        _ => out.join(&written.patches[0]),
    };
    let mut args = vec!["am", "-q"];
    args.extend((form == Form::Mbox).then_some("--patch-format=mboxrd"));
    args.push(from.to_str().unwrap());
    let parent = |revision: &str| bench.run(&clone, &["rev-parse", revision], &[]).stdout;
    run(&args)
        && parent("HEAD^") == parent(&format!("{}^", commit.id))
        && told(bench, &clone, "HEAD") == told(bench, &bench.tree(), &commit.id)
}

#[test]
fn what_reads_back_is_what_git_am_makes_a_commit_of_again() {
    if !git_is_there() {
        return;
    }
    let base = vec(text(), PATHS.len());
    let (good, bad) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let run =
        TestRunner::new(cases(8)).run(&(base, vec(draft(), 1..4), how()), |(base, drafts, how)| {
            let bench = Bench::new();
            // Links with targets that no file system takes are checked out as files.
            bench.git(&["config", "core.symlinks", "false"]);
            history(&bench, &base, &drafts);
            let options = Options { cover: None, ..how };
            for commit in bench.commits(&format!("HEAD~{}..HEAD", drafts.len())) {
                for form in FORMS {
                    let commits = std::slice::from_ref(&commit);
                    let mails = render(commits, &options).unwrap();
                    let written = export(form, &mails, commits, |_| String::new()).unwrap();
                    let found = read_back(form, &written, &mails, commits).remove(0);
                    let fails = found.iter().any(|found| found.severity == Severity::Error);
                    let count = if fails { &bad } else { &good };
                    count.set(count.get() + 1);
                    let comes_back = comes_back(&bench, &commit, form, &options);
                    // Blanks of a title are told, and are no fault.
                    let blanks = found.iter().any(|found| found.code == "read-back-blanks");
                    assert!(
                        comes_back != fails || blanks,
                        "{form:?}: git {comes_back}, we {found:?}:\n{commit:?}"
                    );
                }
            }
            Ok(())
        });
    run.unwrap();
    assert!(good.get() > 0 && bad.get() > 0, "{good:?} {bad:?}");
}
