//! Wrong fixes, generated from the files that a tree has, mailed, and judged by `validate`: which does it let pass?
//!
//! A few of each kind are tried on the sample. `PATCHWRIGHT_MUTANTS=all` tries every one there (`=4` every fourth of a kind), and where
//! `PATCHWRIGHT_LIBVIRT_GIT` names a clone, on releases of libvirt. The number that is refused is printed, and every one that is not.

mod code;
mod spec;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::support::{Bench, have};

const CODE: &str = "src/qemu/qemu_capabilities.c";
const SPEC: &str = "libvirt.spec.in";

/// A file as a fix leaves it.
struct Mutant {
    kind: &'static str,
    name: String,
    path: String,
    text: String,
}

/// A tree to try fixes on.
struct Ground {
    bench: Bench,
    repository: String,
    revision: String,
}

impl Ground {
    fn sample() -> Self {
        let bench = Bench::new();
        bench.sample("tree");
        Ground {
            bench,
            repository: "tree".to_owned(),
            revision: "mainline".to_owned(),
        }
    }

    fn text(&self, path: &str) -> String {
        let name = format!("{}:{path}", self.revision);
        let show = ["-C", &self.repository, "show", &name];
        let output = self.bench.command("git").args(show).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    /// Mails a fix and has it judged; returns the exit code and what was said.
    fn judge(&self, number: usize, mutant: &Mutant) -> (i32, String) {
        let folder = format!("mutants/{number}");
        let before = self.text(&mutant.path);
        self.bench
            .write(&format!("{folder}/a/{}", mutant.path), &before);
        self.bench
            .write(&format!("{folder}/b/{}", mutant.path), &mutant.text);
        let diff = self
            .bench
            .shell(&folder, "git diff --no-index --no-prefix a b");
        let mail = format!(
            "From: A <author@example.org>\nDate: Wed, 20 May 2015 08:05:17 -0400\nSubject: [PATCH] topic: Mend the cache\n\n\
             Since it is wrong.\n---\n{}-- \n2.0\n",
            diff.stdout
        );
        self.bench.write(&format!("{folder}/mail"), &mail);
        let mail = format!("{folder}/mail");
        let args = [
            "validate",
            &mail,
            "--repo",
            &self.repository,
            "--onto",
            &self.revision,
            "--check",
            "syntax,compile,behaviour",
            "-q",
            "--jobs",
            "1",
        ];
        let left = self.bench.run(&args);
        (left.status, format!("{}{}", left.stdout, left.stderr))
    }

    /// Judges all, on two cores, in their order.
    fn judge_all(&self, mutants: &[Mutant]) -> Vec<(i32, String)> {
        let next = AtomicUsize::new(0);
        let judged: Mutex<BTreeMap<usize, (i32, String)>> = Mutex::default();
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let Some(mutant) = mutants.get(number) else {
                            return;
                        };
                        let answer = self.judge(number, mutant);
                        let mut judged = judged.lock().unwrap_or_else(PoisonError::into_inner);
                        judged.insert(number, answer);
                    }
                });
            }
        });
        let judged = judged.into_inner().unwrap_or_else(PoisonError::into_inner);
        judged.into_values().collect()
    }
}

/// Keeps one of each `step`, of every kind at least one.
fn sampled(mutants: Vec<Mutant>, step: usize) -> Vec<Mutant> {
    let mut seen: BTreeMap<&'static str, usize> = BTreeMap::new();
    let chosen = mutants.into_iter().filter(|mutant| {
        let count = seen.entry(mutant.kind).or_default();
        *count += 1;
        (*count - 1).is_multiple_of(step)
    });
    chosen.collect()
}

/// Every how many of a kind are tried, where the environment says so.
fn asked() -> Option<usize> {
    match std::env::var("PATCHWRIGHT_MUTANTS").ok()?.as_str() {
        "all" => Some(1),
        number => Some(number.parse().expect("`all`, or a number")),
    }
}

/// The trees to try fixes on: the sample, and releases of libvirt where all are asked for and a clone is named.
fn grounds() -> Vec<Ground> {
    let mut grounds = vec![Ground::sample()];
    if let (Some(_), Ok(repository)) = (asked(), std::env::var("PATCHWRIGHT_LIBVIRT_GIT")) {
        for revision in ["v1.2.15", "v1.2.8", "v1.2.3"] {
            grounds.push(Ground {
                bench: Bench::new(),
                repository: repository.clone(),
                revision: revision.to_owned(),
            });
        }
    }
    grounds
}

/// Judges fixes on every ground; tells those whose exit code is not `expected`.
fn tried(make: &dyn Fn(&Ground) -> Vec<Mutant>, step: usize, expected: i32) -> Vec<String> {
    let mut odd = Vec::new();
    for ground in grounds() {
        let mutants = make(&ground);
        let whole = mutants.len();
        let mutants = sampled(mutants, asked().unwrap_or(step));
        let judged = ground.judge_all(&mutants);
        let mut as_expected = 0;
        for (mutant, (status, said)) in mutants.iter().zip(judged) {
            if status == expected {
                as_expected += 1;
            } else {
                odd.push(format!(
                    "{}: {}: {}: exit {status}\n{said}",
                    ground.revision, mutant.kind, mutant.name
                ));
            }
        }
        let what = if expected == 0 { "took" } else { "killed" };
        println!(
            "{}: {what} {as_expected} of {} ({whole} generated)",
            ground.revision,
            mutants.len()
        );
    }
    odd
}

fn require_none(odd: &[String], what: &str) {
    assert!(odd.is_empty(), "{} {what}:\n{}", odd.len(), odd.join("\n"));
}

#[test]
fn wrong_comparisons_are_refused() {
    if !have(&["git", "cc", "bwrap"]) {
        return;
    }
    let make = |ground: &Ground| code::wrong(CODE, &ground.text(CODE));
    require_none(&tried(&make, 60, 1), "survive");
}

#[test]
fn wrong_cleanups_are_refused() {
    if !have(&["git", "rpmspec", "bwrap"]) {
        return;
    }
    let make = |ground: &Ground| spec::wrong(SPEC, &ground.text(SPEC));
    require_none(&tried(&make, 60, 1), "survive");
}

#[test]
fn right_fixes_in_other_forms_are_taken() {
    if !have(&["git", "cc", "rpmspec", "bwrap"]) {
        return;
    }
    let make = |ground: &Ground| {
        let mut all = code::right(CODE, &ground.text(CODE));
        all.extend(spec::right(SPEC, &ground.text(SPEC)));
        all
    };
    require_none(&tried(&make, 8, 0), "refused");
}
