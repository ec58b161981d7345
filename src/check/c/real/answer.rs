//! What the linked program prints, read and judged by the cases that it was asked. Does not know how it was asked.

use crate::check::c::{CaseResult, harness};
use crate::series::harness::{Case, Linked};

/// What the program did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) meaning: String,
    effects: Vec<String>,
    /// What it did where it had done others before, where that is something else.
    again: Option<Box<Answer>>,
    /// What it did in other surroundings, where that is something else.
    elsewhere: Option<Box<Answer>>,
    /// What it asked its surroundings for.
    asks: Vec<String>,
}

/// Words by which a program tells that it could not do as asked.
const UNFIT: [&str; 2] = ["unwritten", "ended"];

/// Reads what the program printed: a line for each argument, in order. It has to play the first `real` of them.
pub(super) fn read(output: &str, arguments: &[String], real: usize) -> Result<Vec<Answer>, String> {
    let mut answers = Vec::new();
    for (at, (line, argument)) in output.lines().zip(arguments).enumerate() {
        let answer = line.split_once(' ');
        let answer = answer.filter(|(id, _)| Some(*id) == argument.split(' ').next());
        let answer = answer.and_then(|(_, answer)| read_answer(answer));
        let answer = answer.ok_or("the program answers something else than it is asked")?;
        if at < real && UNFIT.contains(&answer.meaning.as_str()) {
            return Err(format!("the program can't play `{argument}`: {line}"));
        }
        answers.push(answer);
    }
    Ok(answers)
}

/// A word and effects, and behind ` | ` what differs: `again …`, `elsewhere …`, and `asks WORD` for what was asked for.
fn read_answer(answer: &str) -> Option<Answer> {
    let mut parts = answer.split(" | ");
    let one = |words: &str| {
        let mut words = words.split(' ').map(str::to_owned);
        Some(Answer {
            meaning: words.next().filter(|word| !word.is_empty())?,
            effects: words.collect(),
            again: None,
            elsewhere: None,
            asks: Vec::new(),
        })
    };
    let mut first = one(parts.next()?)?;
    for part in parts {
        match part.split_once(' ')? {
            ("again", what) => first.again = Some(Box::new(one(what)?)),
            ("elsewhere", what) => first.elsewhere = Some(Box::new(one(what)?)),
            ("asks", what) => first.asks.push(what.to_owned()),
            _ => return None,
        }
    }
    Some(first)
}

/// Judges what was answered to cases; what wavered `before` as well is excused.
pub(super) fn results(
    linked: &Linked,
    cases: &[&Case],
    answers: Vec<Answer>,
    before: &[Answer],
) -> Vec<CaseResult> {
    let pairs = cases.iter().zip(answers).enumerate();
    pairs
        .map(|(at, (case, answer))| {
            let mut found = judged(linked, case, &answer);
            waver(&mut found, linked, case, &answer, before.get(at));
            found
        })
        .collect()
}

/// Marks a case wrong that does not always come out the same, unless it did not before either.
fn waver(
    found: &mut CaseResult,
    linked: &Linked,
    case: &Case,
    answer: &Answer,
    before: Option<&Answer>,
) {
    let told = |other: &Answer| match other.meaning.as_str() {
        "ended" => "crashed".to_owned(),
        _ => judged(linked, case, other).observed,
    };
    let is_excused = |what: fn(&Answer) -> bool| before.is_some_and(what);
    if let Some(again) = &answer.again
        && !is_excused(|before| before.again.is_some())
    {
        found.right = false;
        found.observed = format!(
            "{} at first, {} when asked again",
            found.observed,
            told(again)
        );
    } else if let Some(elsewhere) = &answer.elsewhere
        && !is_excused(|before| before.elsewhere.is_some())
    {
        found.right = false;
        found.observed = format!(
            "{}, but {} with another answer from {}",
            found.observed,
            told(elsewhere),
            harness::asked(&answer.asks)
        );
    }
}

/// Tells the results of real files, the first so many, from those of times that were told; none of the latter where the program does
/// not take them.
pub(super) fn apart(
    cases: &[&Case],
    mut results: Vec<CaseResult>,
    real: usize,
) -> Result<(Vec<CaseResult>, Option<Vec<CaseResult>>), String> {
    let told = results.split_off(real);
    let results = useful(&cases[..real], results)?;
    let is_played = |result: &CaseResult| {
        let mut unfit = UNFIT.iter();
        !unfit.any(|word| result.observed.starts_with(word))
    };
    let told = told.iter().all(is_played).then_some(told);
    Ok((
        results,
        told.and_then(|told| useful(&cases[real..], told).ok()),
    ))
}

/// Returns the results where the cases that must use the cache do: what never does tells nothing of the others.
fn useful(cases: &[&Case], results: Vec<CaseResult>) -> Result<Vec<CaseResult>, String> {
    let mut pairs = results.iter().zip(cases);
    match pairs.find(|(result, case)| case.expect == ["used"] && !result.right) {
        None => Ok(results),
        Some((result, _)) => Err(format!(
            "its cache is of no use outside its build: {}: {}",
            result.title, result.observed
        )),
    }
}

fn judged(linked: &Linked, case: &Case, answer: &Answer) -> CaseResult {
    let seen = |name: &&String| linked.sees.contains(name);
    let told = |name: &String, there: bool| format!(", {}{name}", if there { "" } else { "not " });
    let asked: Vec<&String> = case.effects.keys().filter(seen).collect();
    let expected: String = asked
        .iter()
        .map(|name| told(name, case.effects[*name]))
        .collect();
    let observed: String = asked
        .iter()
        .map(|name| told(name, answer.effects.contains(name)))
        .collect();
    CaseResult {
        id: case.id.clone(),
        title: case.title.clone(),
        right: case.expect.contains(&answer.meaning) && expected == observed,
        expected: format!("{}{expected}", case.expect.join(" or ")),
        observed: format!("{}{observed}", answer.meaning),
    }
}
