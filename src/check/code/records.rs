//! What it takes to repeat the checks of C code, as files of the evidence: commands, inputs, outputs. Judges nothing.

use serde_json::{Value, json};

use crate::check::Record;
use crate::check::c::{CaseResult, Playing, Real, Told};

/// A function that a patch changes, as it was parsed.
pub(super) struct Parsed<'p> {
    pub(super) path: &'p str,
    pub(super) function: String,
    pub(super) is_changed: bool,
    /// Places that can't be parsed, before and after.
    pub(super) errors: (usize, usize),
}

/// Tells which functions were parsed and how that went.
pub(super) fn parsed(functions: &[Parsed]) -> Record {
    let told = functions.iter().map(|parsed| {
        json!({
            "file": parsed.path, "function": parsed.function, "changed": parsed.is_changed,
            "unparsable_before": parsed.errors.0, "unparsable_after": parsed.errors.1,
        })
    });
    Record {
        name: "syntax/functions.json".to_owned(),
        bytes: as_bytes(&told.collect()),
    }
}

/// The call of the compiler, what it said before and after, and the headers that are not in the tree.
pub(super) fn compiled(told: &Told) -> Vec<Record> {
    let file = |name: &str, bytes: Vec<u8>| Record {
        name: format!("compile/{name}"),
        bytes,
    };
    let script = format!(
        "# In a checkout of the tree, with the other folders here laid over it: compiles the file.\n{}",
        told.command
    );
    let mut records = vec![
        file("compile.sh", script.into_bytes()),
        file("before.txt", said(&told.before)),
        file("after.txt", said(&told.after)),
    ];
    let made = told.made.iter();
    records.extend(made.map(|(path, content)| file(path, content.to_vec())));
    records
}

fn said(output: &str) -> Vec<u8> {
    match output {
        "" => b"The compiler says nothing.\n".to_vec(),
        _ => output.as_bytes().to_vec(),
    }
}

/// What it takes to link and ask the real code again, and what it answered.
pub(in crate::check) fn linked(real: &Real) -> Vec<Record> {
    let file = |name: &str, bytes: Vec<u8>| Record {
        name: format!("behaviour/linked/{name}"),
        bytes,
    };
    let with = &real.with;
    let about = json!({
        "files": with.files, "left_out": with.left_out, "stubs": with.stubs,
    });
    let script = format!(
        "# In a checkout of the tree, with the files of this folder laid over it: compiles, links and plays each case.\n{}",
        with.script
    );
    let sources = with.sources.iter();
    let mut records: Vec<Record> = sources
        .map(|(name, content)| file(name, content.to_vec()))
        .collect();
    records.push(file("linked.sh", script.into_bytes()));
    records.push(file("linked.json", as_bytes(&about)));
    records.push(file(
        "before.json",
        as_bytes(&cases_of(real.before.iter().chain(&real.told.0))),
    ));
    records.push(file(
        "after.json",
        as_bytes(&cases_of(real.after.iter().chain(&real.told.1))),
    ));
    records
}

fn cases_of<'c>(cases: impl IntoIterator<Item = &'c CaseResult>) -> Value {
    let told = cases.into_iter().map(|case| {
        json!({
            "case": case.id, "title": case.title, "expected": case.expected, "observed": case.observed,
            "right": case.right,
        })
    });
    told.collect()
}

/// What it takes to play functions alone again, and what came of each case.
pub(in crate::check) fn played<'p>(
    playings: &'p [Playing],
    when: &'p str,
) -> impl Iterator<Item = Record> + 'p {
    let alone = playings
        .iter()
        .filter(|playing| !playing.harness.is_empty());
    alone.flat_map(move |playing| {
        let name = |ending: &str| format!("behaviour/{}-{when}.{ending}", playing.function);
        let run = format!(
            "# Beside {0}-{when}.c: compiles it and plays each case.\n\
             {1} -o harness {0}-{when}.c || exit\n{2} ./harness {3}\n",
            playing.function, playing.compiler, playing.again, playing.arguments
        );
        [
            Record {
                name: name("sh"),
                bytes: run.into_bytes(),
            },
            Record {
                name: name("c"),
                bytes: playing.harness.clone().into_bytes(),
            },
            Record {
                name: name("json"),
                bytes: as_bytes(&cases_of(&playing.cases)),
            },
        ]
    })
}

fn as_bytes(value: &Value) -> Vec<u8> {
    format!("{value:#}\n").into_bytes()
}
