//! Tests of the machine, with answers made up here: every way of installing, every kind of step, right and wrong rules.

use std::cell::RefCell;

use super::machine::{Cleaning, Decision, Left, Oracle, Started};
use super::walk::{history, walk};
use crate::series::Scenarios;
use crate::series::scenario::{Directory, tests as series};

/// How a made-up daemon and a made-up scriptlet behave.
struct Rule {
    uses: fn(&Decision) -> bool,
    cleans: bool,
    asked: RefCell<Vec<Cleaning>>,
}

fn rule(uses: fn(&Decision) -> bool, cleans: bool) -> Rule {
    Rule {
        uses,
        cleans,
        asked: RefCell::default(),
    }
}

/// What is wrong: a cache of a newer daemon is used.
fn not_older(decision: &Decision) -> bool {
    decision.cached_own >= decision.own && decision.cached_probed == decision.probed
}

fn the_same(decision: &Decision) -> bool {
    decision.cached_own == decision.own
        && decision.cached_probed == decision.probed
        && decision.cached_version == decision.version
}

impl Oracle for Rule {
    fn uses(&self, patched: bool, decision: &Decision) -> Option<bool> {
        Some(if patched {
            (self.uses)(decision)
        } else {
            not_older(decision)
        })
    }

    fn left(&self, patched: bool, cleaning: &Cleaning) -> Option<Vec<Left>> {
        self.asked.borrow_mut().push(cleaning.clone());
        let left = |(state, file): &(Directory, bool)| Left {
            directory: *state != Directory::Missing,
            // As the shipped one, it follows no link.
            file: *file && !(self.cleans && patched && *state != Directory::Linked),
        };
        Some(cleaning.caches.iter().map(left).collect())
    }
}

fn told(steps: &str) -> Scenarios {
    let whole = r#"[{ install = "a", by = "rpm" }, { start = "s" }]"#;
    series::read(&series::SMALL.replacen(whole, &format!("[{steps}]"), 1)).unwrap()
}

fn starts(steps: &str, rule: &Rule) -> Vec<Started> {
    let scenarios = told(steps);
    let played = history(&scenarios, &scenarios.scenarios[0].steps, rule).unwrap();
    played
        .starts
        .into_iter()
        .map(|(_, started)| started)
        .collect()
}

/// Whether the last start is right with none, with the scriptlet, with the comparison, with both.
fn right(steps: &str) -> [bool; 4] {
    let rules = [
        rule(not_older, false),
        rule(not_older, true),
        rule(the_same, false),
        rule(the_same, true),
    ];
    rules.map(|rule| starts(steps, &rule).last().unwrap().right)
}

const BOTH_BY_RPM: &str = r#"{ install = "b", by = "rpm" }, { start = "s" }, "#;

fn then(steps: &str) -> [bool; 4] {
    right(&format!("{BOTH_BY_RPM}{steps}, {{ start = \"s\" }}"))
}

#[test]
fn rpm_renews_the_time_so_that_nothing_is_wrong() {
    assert_eq!(then(r#"{ install = "a", by = "rpm" }"#), [true; 4]);
}

#[test]
fn a_clock_set_back_is_mended_by_either() {
    let steps = r#"{ clock = -500 }, { install = "a", by = "rpm" }"#;
    assert_eq!(then(steps), [false, true, true, true]);
}

#[test]
fn two_installs_in_one_second_are_mended_by_the_scriptlet_alone() {
    let steps = r#"{ install = "b", by = "rpm" }, { start = "s", after = 0 },
                   { install = "a", by = "rpm", after = 0 }, { start = "s" }"#;
    assert_eq!(right(steps), [false, true, false, true]);
}

#[test]
fn a_kept_time_is_mended_by_the_comparison_alone() {
    assert_eq!(
        then(r#"{ install = "a", by = "mount" }"#),
        [false, false, true, true]
    );
}

#[test]
fn a_kept_time_is_the_one_that_the_file_had_on_this_machine() {
    let steps = r#"{ install = "a", by = "rpm" }, { start = "s" }, { install = "b", by = "rpm" }, { start = "s" },
                   { install = "a", by = "mount" }, { start = "s" }"#;
    let last = starts(steps, &rule(the_same, false)).pop().unwrap();
    assert_eq!(last.decision.unwrap().own, 1010);
    assert_eq!(last.decision.unwrap().cached_own, 1030);
}

#[test]
fn times_that_are_all_the_same_are_mended_by_nothing() {
    let steps = r#"{ install = "b", by = "image" }, { start = "s" }, { install = "a", by = "image" }, { start = "s" }"#;
    assert_eq!(right(steps), [false; 4]);
}

#[test]
fn a_machine_that_comes_back_with_its_cache_is_right() {
    let steps = r#"{ install = "a", by = "rpm" }, { start = "s" }, { install = "b", by = "rpm" }, { start = "s" },
                   { install = "a", by = "machine" }, { start = "s" }"#;
    assert_eq!(right(steps), [true; 4]);
    assert!(starts(steps, &rule(the_same, true)).pop().unwrap().used);
}

#[test]
fn a_part_put_back_under_a_newer_one_is_not_seen() {
    // The other part stays the newest.
    assert_eq!(
        then(r#"{ install = "a", by = "mount", parts = ["m"] }"#),
        [false; 4]
    );
    // The scriptlet belongs to the package of the other part.
    let rule = rule(not_older, true);
    let steps = r#"{ install = "b", by = "rpm" }, { install = "a", by = "rpm", parts = ["m"] }, { start = "s" }"#;
    assert!(starts(steps, &rule).pop().unwrap().right);
    assert_eq!(rule.asked.borrow().len(), 1);
}

#[test]
fn a_running_daemon_writes_what_it_was_when_it_started() {
    let steps = r#"{ clock = -500 }, { install = "a", by = "rpm" }, { write = "s" }"#;
    assert_eq!(then(steps), [false, false, true, true]);
    assert_eq!(
        then(r#"{ install = "a", by = "rpm" }, { write = "s" }"#),
        [true; 4]
    );
}

#[test]
fn a_build_without_the_patches_behaves_as_the_base() {
    assert_eq!(then(r#"{ install = "old", by = "mount" }"#), [false; 4]);
    assert_eq!(
        then(r#"{ clock = -500 }, { install = "old", by = "rpm" }"#),
        [false; 4]
    );
    assert_eq!(then(r#"{ install = "old", by = "rpm" }"#), [true; 4]);
}

#[test]
fn another_thing_to_probe_is_seen_by_its_time() {
    assert_eq!(then(r#"{ probe = "q", by = "rpm" }"#), [true; 4]);
    assert_eq!(then(r#"{ probe = "q", by = "mount" }"#), [true; 4]);
    let steps = r#"{ install = "a", by = "rpm" }, { probe = "p", by = "image" }, { start = "s" }, { probe = "q", by = "image" }, { start = "s" }"#;
    assert_eq!(right(steps), [false; 4]);
}

#[test]
fn the_scriptlet_is_given_what_rpm_gives_and_finds_what_stands_there() {
    let asked = |steps: &str| {
        let rule = rule(not_older, true);
        starts(steps, &rule);
        rule.asked.into_inner()
    };
    let first = asked(r#"{ install = "a", by = "rpm" }, { start = "s" }"#);
    assert_eq!(
        first,
        [Cleaning {
            argument: 1,
            caches: vec![(Directory::Missing, false)]
        }]
    );
    let again = asked(&format!(
        r#"{BOTH_BY_RPM}{{ install = "b", by = "rpm" }}, {{ start = "s" }}"#
    ));
    assert_eq!(
        again[1],
        Cleaning {
            argument: 2,
            caches: vec![(Directory::Plain, true)]
        }
    );
    let laid = |word: &str| {
        let steps = format!(
            r#"{BOTH_BY_RPM}{{ directory = "{word}", of = "s" }}, {{ install = "b", by = "rpm" }}, {{ start = "s" }}"#
        );
        asked(&steps)[1].caches[0]
    };
    assert_eq!(laid("missing"), (Directory::Missing, false));
    assert_eq!(laid("empty"), (Directory::Plain, false));
    assert_eq!(laid("full"), (Directory::Full, true));
    assert_eq!(laid("linked"), (Directory::Linked, true));
}

#[test]
fn a_link_in_the_directory_s_place_is_not_followed() {
    let steps =
        r#"{ directory = "linked", of = "s" }, { clock = -500 }, { install = "a", by = "rpm" }"#;
    assert_eq!(then(steps), [false, false, true, true]);
}

#[test]
fn a_scriptlet_that_takes_the_directory_takes_the_file() {
    struct TakesAll;
    impl Oracle for TakesAll {
        fn uses(&self, _: bool, decision: &Decision) -> Option<bool> {
            Some(not_older(decision))
        }
        fn left(&self, _: bool, cleaning: &Cleaning) -> Option<Vec<Left>> {
            Some(vec![
                Left {
                    directory: false,
                    file: true
                };
                cleaning.caches.len()
            ])
        }
    }
    let scenarios = told(&format!(
        r#"{BOTH_BY_RPM}{{ clock = -500 }}, {{ install = "a", by = "rpm" }}, {{ start = "s" }}"#
    ));
    let played = history(&scenarios, &scenarios.scenarios[0].steps, &TakesAll).unwrap();
    let (starts, scenes) = (played.starts, played.scenes);
    assert!(starts[1].1.right && !starts[1].1.used);
    // How the machine stood is told after each step, and a start that probed has written its cache.
    assert_eq!(scenes.len(), scenarios.scenarios[0].steps.len());
    let (at, started) = starts[1];
    let written = scenes[at].caches[started.cache].entry.as_ref().unwrap();
    let installed: Vec<usize> = scenes[at]
        .parts
        .iter()
        .flatten()
        .map(|(build, _)| *build)
        .collect();
    assert_eq!(written.parts, installed);
}

#[test]
fn a_probe_is_needless_where_the_last_cache_was_good() {
    let needless = |steps: &str, rule: &Rule| {
        starts(steps, rule)
            .iter()
            .filter(|started| started.needless)
            .count()
    };
    let same_again = r#"{ install = "a", by = "rpm" }, { start = "s" }, { clock = -500 }, { install = "a", by = "rpm" }, { start = "s" }"#;
    let twins = r#"{ install = "a", by = "mount" }, { start = "s" }, { install = "twin", by = "mount" }, { start = "s" }, { install = "a", by = "mount" }, { start = "s" }"#;
    let counts = |steps: &str| {
        [
            rule(not_older, false),
            rule(not_older, true),
            rule(the_same, false),
        ]
        .map(|rule| needless(steps, &rule))
    };
    assert_eq!(counts(same_again), [0, 1, 1]);
    assert_eq!(counts(twins), [1, 1, 2]);
}

#[test]
fn wrong_rules_come_out_wrong() {
    let newer = r#"{ install = "b", by = "mount" }, { start = "s" }, { install = "a", by = "mount" }, { start = "s" }"#;
    let older = r#"{ install = "a", by = "mount" }, { start = "s" }, { install = "b", by = "mount" }, { start = "s" }"#;
    let same = r#"{ install = "a", by = "mount" }, { start = "s" }, { start = "s" }"#;
    let last =
        |steps: &str, uses: fn(&Decision) -> bool| starts(steps, &rule(uses, false)).pop().unwrap();
    // Discarded where not newer: `<=` in the place of `<`. It probes at every start, and still uses the newer.
    assert!(!last(newer, |d| d.cached_own > d.own).right);
    assert!(last(same, |d| d.cached_own > d.own).needless);
    // Discarded where newer: `>`.
    assert!(last(newer, |d| d.cached_own <= d.own).right);
    assert!(!last(older, |d| d.cached_own <= d.own).right);
}

#[test]
fn a_walk_counts_every_order_that_can_happen_and_finds_the_shortest_that_is_wrong() {
    let steps = r#"steps = [{ install = "b", by = "mount" }, { install = "a", by = "mount" }, { start = "s" }, { write = "s" }]"#;
    let whole = r#"steps = [{ install = "a", by = "rpm" }, { start = "s" }]"#;
    let at = series::SMALL.rfind(whole).unwrap();
    let text = format!(
        "{}{steps}{}",
        &series::SMALL[..at],
        &series::SMALL[at + whole.len()..]
    );
    let scenarios = series::read(&text).unwrap();
    let plan = scenarios.walk.as_ref().unwrap();
    let walked = walk(&scenarios, plan, &rule(not_older, false)).unwrap();
    // Nothing starts before an install, and nothing is written before a start: 2, then 2*3, then 2*2*3 + 2*1*4.
    assert_eq!(walked.orders, 2 + 6 + 20);
    assert_eq!(walked.shortest, Some(vec![0, 2, 1]));
    assert_eq!(walked.wrong, 1);
    let walked = walk(&scenarios, plan, &rule(the_same, false)).unwrap();
    assert_eq!((walked.wrong, walked.shortest), (0, None));
}

#[test]
fn what_is_not_known_yet_stops_a_history() {
    struct Nobody;
    impl Oracle for Nobody {
        fn uses(&self, _: bool, _: &Decision) -> Option<bool> {
            None
        }
        fn left(&self, _: bool, _: &Cleaning) -> Option<Vec<Left>> {
            None
        }
    }
    let scenarios = told(r#"{ install = "a", by = "mount" }, { start = "s" }, { start = "s" }"#);
    let steps = &scenarios.scenarios[0].steps;
    assert!(history(&scenarios, steps, &Nobody).is_err());
    assert!(history(&scenarios, &steps[..2], &Nobody).is_ok());
    assert!(walk(&scenarios, scenarios.walk.as_ref().unwrap(), &Nobody).is_err());
}
