//! Tests of what is made of outcomes: made-up ones, whatever a series tells.

use super::*;
use crate::check::scenario::{History, Means, Outcome, Walked};
use crate::series::scenario::tests as series;

/// Histories of one group; a letter for each column, `r`ight or `w`rong.
fn played(columns: &[&str], histories: &[&str]) -> Played {
    let one = "[[scenario]]\nid = \"one\"\ntitle = \"one history\"\ngroup = \"g\"\nsteps = [{ install = \"a\", by = \"rpm\" }, { start = \"s\" }]\n";
    assert!(series::SMALL.contains(one));
    let all: String = (0..histories.len())
        .map(|at| one.replacen("\"one\"", &format!("\"h{at}\""), 1))
        .collect();
    let scenarios = series::read(&series::SMALL.replacen(one, &all, 1)).unwrap();
    let outcome = |letter| Outcome {
        scenes: Vec::new(),
        right: letter == 'r',
        starts: Vec::new(),
        wrong_on: Vec::new(),
    };
    let told = histories.iter().enumerate();
    let told = told.map(|(at, letters)| History {
        at,
        outcomes: letters.chars().map(outcome).collect(),
    });
    Played {
        scenarios,
        columns: columns.iter().map(|id| (*id).to_owned()).collect(),
        histories: told.collect(),
        walked: vec![
            Walked {
                orders: 9,
                wrong: 3,
                shortest: Some(vec![0, 1]),
                needless: 0
            };
            columns.len()
        ],
        with: Means::default(),
        records: Vec::new(),
    }
}

const TWO: [&str; 4] = ["none", "p", "q", "all"];

fn sentence(histories: &[&str]) -> String {
    Answer::new(&played(&TWO, histories), &["p", "q"]).sentence()
}

#[test]
fn both_are_advised_where_each_mends_what_the_other_does_not() {
    assert_eq!(
        sentence(&["wrwr", "wwrr", "wwrr", "wwww", "rrrr"]),
        "Of 5 histories 4 go wrong without the series. 1 alone mends 1, 2 alone mends 2, both mend 3; 1 stays wrong. \
         As far as these histories go, both should be used: 1 mends 1 that 2 does not, 2 mends 2 that 1 does not."
    );
}

#[test]
fn one_is_enough_where_the_other_adds_nothing() {
    let said = sentence(&["wrrr", "wwrr"]);
    assert!(
        said.ends_with("both mend 2. As far as these histories go, 2 alone is enough."),
        "{said}"
    );
    let said = sentence(&["wrrr", "wrrr"]);
    assert!(
        said.ends_with("As far as these histories go, 1 or 2 is enough."),
        "{said}"
    );
}

#[test]
fn what_spoils_a_history_is_not_advised_whatever_it_mends() {
    let said = sentence(&["wwrr", "wrrr", "rrww"]);
    assert!(
        said.ends_with("both mend 2. 1 that is right without it goes wrong with it."),
        "{said}"
    );
    // One that mends as much and spoils another is not enough.
    let said = sentence(&["wrrr", "rwrr"]);
    assert!(
        said.ends_with("As far as these histories go, 2 alone is enough."),
        "{said}"
    );
}

#[test]
fn a_cell_that_counts_a_part_of_its_histories_is_explained() {
    let said = |histories: &[&str]| Answer::new(&played(&TWO, histories), &["p", "q"]).explained();
    let partly = said(&["wrrr", "wwrr", "rrrr"]);
    assert!(
        partly.ends_with("2 alone is enough. 1 of 3 in a row counts those that are fresh."),
        "{partly}"
    );
    let whole = said(&["wwrr", "wwrr"]);
    assert!(!whole.contains("in a row"), "{whole}");
}

#[test]
fn patches_that_change_no_history_are_not_counted_up() {
    let answer = played(&TWO, &["wwww", "rrrr", "wwww"]);
    let answer = Answer::new(&answer, &["p", "q"]);
    assert!(!answer.moves());
    assert_eq!(
        answer.sentence(),
        "Of 3 histories 2 go wrong, with the series as without it."
    );
    // An order that goes wrong with them alone is a change as well.
    let mut walked = played(&TWO, &["wwww"]);
    walked.walked[3].wrong += 1;
    assert!(Answer::new(&walked, &["p", "q"]).moves());
}

#[test]
fn no_advice_is_given_where_nothing_is_mended_or_nothing_was_wrong() {
    let said = sentence(&["wwww", "rwrr"]);
    assert!(said.ends_with("both mend 0; 1 stays wrong."), "{said}");
    assert_eq!(
        sentence(&["rrrr"]),
        "Of 1 history none goes wrong without the series."
    );
}

#[test]
fn what_the_series_spoils_is_told() {
    assert!(
        sentence(&["rrww", "wrrr"]).contains(" 1 that is right without it goes wrong with it.")
    );
    assert!(
        sentence(&["rrrw"]).contains("goes wrong with it"),
        "{}",
        sentence(&["rrrw"])
    );
}

#[test]
fn one_patch_has_a_column_before_and_one_after() {
    let played = played(&["none", "q", "all"], &["wrr", "www"]);
    let answer = Answer::new(&played, &["q"]);
    assert!(answer.headings().eq(["before", "after"]));
    assert!(
        answer.sentence().contains("It mends 1; 1 stays wrong."),
        "{}",
        answer.sentence()
    );
    assert!(
        answer
            .walk()
            .unwrap()
            .ends_with("go wrong 3 before, 3 after.")
    );
    assert_eq!(
        answer.shortest()[0].1.as_ref().unwrap(),
        &["build a comes by rpm", "the daemon starts"]
    );
}

#[test]
fn a_column_has_the_number_of_its_mail() {
    let played = played(
        &["none", "p", "q", "r", "all"],
        &["wwrwr", "wrwwr", "wwwrr"],
    );
    let answer = Answer::new(&played, &["p", "q", "r"]);
    assert!(answer.headings().eq(["none", "1", "2", "3", "all"]));
    assert!(
        answer.sentence().contains("3 mends 1 that no other does"),
        "{}",
        answer.sentence()
    );
    assert!(
        answer.sentence().contains("all together mend 3."),
        "{}",
        answer.sentence()
    );
}

#[test]
fn the_table_fits_a_mail_and_wrong_stands_out() {
    let mut played = played(&TWO, &["wrrr", "wwrr"]);
    played.scenarios.groups[0].title =
        "a row whose title is longer than what is left of a line of a mail".to_owned();
    let table = Answer::new(&played, &["p", "q"]).table();
    assert!(
        table.lines().all(|line| line.chars().count() <= 72),
        "{table}"
    );
    let row = table.lines().find(|line| line.contains("STALE")).unwrap();
    assert!(
        row.split_whitespace()
            .rev()
            .take(6)
            .eq(["fresh", "fresh", "2", "of", "1", "STALE"]),
        "{table}"
    );
    let cost: Vec<&str> = table
        .lines()
        .last()
        .unwrap()
        .split_whitespace()
        .rev()
        .take(4)
        .collect();
    assert_eq!(cost, ["0"; 4], "{table}");
}
