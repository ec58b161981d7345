//! A real history, where a variable names one: years of changes by hundreds of authors, mailed as git mails them.

use std::path::PathBuf;

use patchwright::mail::{Options, render};

use crate::bench::{Bench, git_is_there, options};

/// Commits compared at a time, and how many such runs are spread over the history.
const RUN: usize = 25;
const RUNS: usize = 8;

#[test]
fn a_real_history_is_mailed_as_git_mails_it() {
    let Some(real) = std::env::var_os("PATCHWRIGHT_LIBVIRT_GIT").map(PathBuf::from) else {
        eprintln!("skipped: no history: name a clone of libvirt in PATCHWRIGHT_LIBVIRT_GIT");
        return;
    };
    if !git_is_there() {
        return;
    }
    let bench = Bench::onto(&real);
    let all = bench.git(&["rev-list", "--no-merges", "--reverse", "HEAD"]);
    let all: Vec<&str> = all.lines().collect();
    let options = Options {
        cover: None,
        ..options()
    };
    for run in 1..=RUNS {
        let at = all.len() * run / (RUNS + 1);
        let range = format!("{}..{}", all[at], all[at + RUN]);
        bench.require_equal(&range, &options);
        let ours = render(&bench.commits(&range), &options).unwrap();
        assert!(ours.len() > RUN / 2);
    }
}
