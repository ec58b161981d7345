//! What is needed to play the histories again, as files of the evidence: inputs, harnesses, scriptlets, answers, outcomes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Played;
use super::ask::situation;
use super::machine::{Cleaning, Decision, Left, Started};
use super::theatre::Theatre;
use crate::check::Record;
use crate::series::scenario::Directory;

/// Returns the files, their names relative to the folder of the evidence.
pub(super) fn records(theatre: &Theatre, played: &Played) -> Vec<Record> {
    let mut records = vec![
        json_file("scenarios/outcomes.json", &outcomes(theatre, played)),
        json_file("scenarios/walk.json", &walk(theatre, played)),
        json_file("scenarios/decisions.json", &decisions(theatre)),
        json_file("scenarios/scriptlets.json", &cleanings(theatre)),
        file("scenarios/scenarios.toml", theatre.scenarios.source.text()),
    ];
    for (at, (decider, _)) in theatre.deciders.iter().enumerate() {
        for (name, _, source) in &decider.harnesses {
            records.push(file(&harness_name(at, name), source));
        }
    }
    for (at, cleaner) in theatre.cleaning.cleaners.iter().enumerate() {
        records.push(file(&scriptlet_name(at), &cleaner.text));
    }
    records
}

fn file(name: &str, text: &str) -> Record {
    Record {
        name: name.to_owned(),
        bytes: text.as_bytes().to_vec(),
    }
}

fn json_file(name: &str, value: &Value) -> Record {
    file(name, &format!("{value:#}\n"))
}

fn harness_name(decider: usize, function: &str) -> String {
    format!("scenarios/function-{}-{function}.c", decider + 1)
}

fn scriptlet_name(cleaner: usize) -> String {
    format!("scenarios/scriptlet-{}.sh", cleaner + 1)
}

/// Every history: its steps, and what each start came to.
fn outcomes(theatre: &Theatre, played: &Played) -> Value {
    let scenarios = theatre.scenarios;
    let history = |history: &super::History| {
        let scenario = &scenarios.scenarios[history.at];
        let outcomes = played.columns.iter().zip(&history.outcomes).map(|(column, outcome)| {
            let starts: Vec<Value> =
                outcome.starts.iter().map(|(at, started)| start(theatre, *at, started)).collect();
            let told = json!({"outcome": word(outcome.right), "starts": starts, "wrong_on": outcome.wrong_on});
            (column.clone(), told)
        });
        json!({
            "scenario": scenario.id,
            "title": scenario.title,
            "group": scenarios.groups[scenario.group].title,
            "steps": scenario.steps.iter().map(|step| scenarios.told(step)).collect::<Vec<_>>(),
            "outcomes": outcomes.collect::<serde_json::Map<String, Value>>(),
        })
    };
    played.histories.iter().map(history).collect()
}

fn start(theatre: &Theatre, at: usize, started: &Started) -> Value {
    let decision = started.decision.as_ref();
    json!({
        "step": at + 1,
        "cache": theatre.scenarios.caches[started.cache].id,
        "decision": decision.map(|decision| situation(theatre.scenarios, decision)),
        "used": started.used,
        "outcome": word(started.right),
        "needless": started.needless,
    })
}

/// Returns the word that the contract has for an outcome.
pub(super) fn word(right: bool) -> &'static str {
    if right { "right" } else { "wrong" }
}

fn walk(theatre: &Theatre, played: &Played) -> Value {
    let Some(walk) = &theatre.scenarios.walk else {
        return Value::Null;
    };
    let told = |at: &usize| theatre.scenarios.told(&walk.steps[*at]);
    let columns = played
        .columns
        .iter()
        .zip(&played.walked)
        .map(|(column, walked)| {
            let shortest = walked
                .shortest
                .as_ref()
                .map(|steps| steps.iter().map(told).collect::<Vec<_>>());
            let told =
                json!({"wrong": walked.wrong, "needless": walked.needless, "shortest": shortest});
            (column.clone(), told)
        });
    json!({
        "length": walk.length,
        "steps": walk.steps.iter().map(|step| theatre.scenarios.told(step)).collect::<Vec<_>>(),
        "orders": played.walked.first().map(|walked| walked.orders),
        "columns": columns.collect::<serde_json::Map<String, Value>>(),
    })
}

fn decisions(theatre: &Theatre) -> Value {
    let one = |(at, decider): (usize, &super::ask::Decider)| {
        let columns = theatre.columns.iter().zip(&theatre.deciding);
        let columns: Vec<&String> = columns
            .filter(|(_, of)| **of == at)
            .map(|(column, _)| column)
            .collect();
        let harnesses = decider.harnesses.iter().map(|(name, compiler, _)| {
            let file = harness_name(at, name);
            json!({"function": name, "harness": file, "compile": format!("{compiler} -o harness {file}")})
        });
        let sorted: BTreeMap<&Decision, &bool> = decider.known.iter().collect();
        let answers = sorted.into_iter().map(|(decision, used)| {
            let is_real = decider.real.contains(decision);
            json!({"given": situation(theatre.scenarios, decision), "used": used, "real": is_real})
        });
        json!({
            "columns": columns,
            "functions": harnesses.collect::<Vec<_>>(),
            "stand_in_because": decider.stand_in,
            "answers": answers.collect::<Vec<_>>(),
        })
    };
    let deciders = theatre.deciders.iter().map(|(decider, _)| decider);
    deciders.enumerate().map(one).collect()
}

fn cleanings(theatre: &Theatre) -> Value {
    let scenarios = theatre.scenarios;
    let answer = |(cleaning, left): (&Cleaning, &Vec<Left>)| {
        let caches = scenarios.caches.iter().zip(&cleaning.caches).zip(left);
        let caches = caches.map(|((cache, (state, has_file)), left)| {
            json!({
                "directory": cache.directory,
                "is": state_word(*state),
                "file": has_file,
                "directory_left": left.directory,
                "file_left": left.file,
            })
        });
        json!({"argument": cleaning.argument, "caches": caches.collect::<Vec<_>>()})
    };
    let one = |(at, cleaner): (usize, &super::ask::Cleaner)| {
        let mut uses = Vec::new();
        for class in &theatre.cleaning.classes {
            for (column, of) in theatre.columns.iter().zip(&class.cleaners) {
                if *of == at {
                    uses.push(json!({"column": column, "distributions": class.variants}));
                }
            }
        }
        let sorted: BTreeMap<&Cleaning, &Vec<Left>> = cleaner.known.iter().collect();
        json!({
            "scriptlet": scriptlet_name(at),
            "uses": uses,
            "runs": sorted.into_iter().map(answer).collect::<Vec<_>>(),
        })
    };
    theatre
        .cleaning
        .cleaners
        .iter()
        .enumerate()
        .map(one)
        .collect()
}

fn state_word(state: Directory) -> &'static str {
    match state {
        Directory::Missing => "missing",
        Directory::Plain => "there",
        Directory::Full => "full",
        Directory::Linked => "linked",
    }
}
