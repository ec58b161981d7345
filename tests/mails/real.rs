//! A real history, where a variable names one: years of changes by hundreds of authors, mailed as git mails them.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use patchwright::compose::{Standing, mailed};
use patchwright::mail::Options;
use patchwright::mail::incoming::{Reading, Received, series, take};
use patchwright::syntax::patch::{FilePatch, parse};
use patchwright::target::Target;
use patchwright::text::{Source, Span};

use crate::bench::{Bench, git_is_there, options};

/// Commits compared at a time, and how many such runs are spread over the history.
const RUN: usize = 25;
const RUNS: usize = 8;

/// The real history, if a variable names one and git is there to ask.
fn real() -> Option<PathBuf> {
    let Some(real) = std::env::var_os("PATCHWRIGHT_LIBVIRT_GIT").map(PathBuf::from) else {
        eprintln!("skipped: no history: name a clone of libvirt in PATCHWRIGHT_LIBVIRT_GIT");
        return None;
    };
    git_is_there().then_some(real)
}

/// Returns the full id of what a name means in the real history.
fn id(real: &PathBuf, name: &str) -> String {
    let found = Command::new("git")
        .arg("-C")
        .arg(real)
        .args(["rev-parse", &format!("{name}^{{commit}}")])
        .output()
        .unwrap();
    String::from_utf8(found.stdout).unwrap().trim().to_string()
}

#[test]
fn every_range_between_two_releases_is_mailed_as_git_mails_it() {
    let Some(real) = real() else { return };
    let bench = Bench::onto(&real);
    let releases: Vec<String> = (3..=16).map(|n| id(&real, &format!("v1.2.{n}"))).collect();
    let mut mailed = 0;
    for two in releases.windows(2) {
        let range = format!("{}..{}", two[0], two[1]);
        let started = std::time::Instant::now();
        for cover in [None, options().cover] {
            mailed += bench.require_equal(&range, &Options { cover, ..options() });
        }
        eprintln!("{range} {:?}", started.elapsed());
    }
    assert!(mailed > 2 * 3000, "{mailed}");
    println!("{mailed} mails are those of git");
}

#[test]
fn commits_from_all_over_a_real_history_are_mailed_as_git_mails_them() {
    let Some(real) = real() else { return };
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
        assert!(bench.require_equal(&range, &options) > RUN / 2);
    }
}

/// Patches of the mailbox that is read back.
const THOUSAND: usize = 1000;
/// Bytes of a mail that is larger than what people write.
const LARGE: usize = 1 << 20;

#[test]
fn a_mailbox_of_a_thousand_patches_is_read_in_a_second_and_makes_the_tree_of_the_last() {
    let Some(real) = real() else { return };
    let bench = Bench::onto(&real);
    let tip = id(&real, "v1.2.16");
    let all = bench.git(&["rev-list", "--first-parent", &tip]);
    let base = all.lines().nth(THOUSAND).unwrap();
    let range = format!("{base}..{tip}");
    let args = ["format-patch", "--stdout", "--full-index", &range];
    let mailbox = bench.run(&bench.tree(), &args, &[]).stdout;
    let source = Source::new("mailbox", mailbox);
    let series = series::series(take(&source, Reading::default())).unwrap();
    let read = |mail: &Received| parse(mail.patch.bytes()).unwrap();
    let parsed: Vec<Vec<FilePatch>> = (series.patches.iter())
        .map(|member| read(&member.mail))
        .collect();
    assert!(parsed.len() >= THOUSAND, "{}", parsed.len());
    let target = Target::open(&bench.tree()).unwrap();
    let mut tree = target.revision(base).unwrap().tree;
    for (member, files) in series.patches.iter().zip(&parsed) {
        let site = |span| member.mail.patch.site(span);
        let put = mailed::put(&tree, base, files, &site).unwrap();
        assert!(
            matches!(put.standing, Standing::Applies),
            "{}",
            member.mail.subject
        );
        tree = tree.changed(&put.changes);
    }
    let wanted = bench.git(&["rev-parse", &format!("{tip}^{{tree}}")]);
    assert_eq!(tree.objects().unwrap().unwrap().0, wanted);
    // New translations are hundreds of megabytes; what people write is measured without them.
    let spans = series.patches.iter().map(|member| member.mail.span);
    let spans: Vec<Span> = spans.filter(|span| span.end - span.start < LARGE).collect();
    let small: Vec<&[u8]> = (spans.iter())
        .map(|span| &source.bytes()[span.start..span.end])
        .collect();
    let small = Source::new("small", small.concat());
    let started = Instant::now();
    let mails = take(&small, Reading::default());
    mails.iter().for_each(|mail| drop(read(mail)));
    let took = started.elapsed();
    assert_eq!(mails.len(), spans.len());
    println!(
        "{} patches of {} bytes read in {took:?}",
        mails.len(),
        small.bytes().len()
    );
    // What is compiled for debugging is no measure.
    assert!(cfg!(debug_assertions) || took.as_secs() < 1, "{took:?}");
}
