//! A function compiled alone and played through its cases. Does not know why a case is right.

use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::check::Outcome;
use crate::check::sandbox::Scratch;
use crate::series::harness::{Case, Shape};
use crate::syntax::c::Function;

use super::Kit;
use super::diagnostic::{self, Diagnostic};
use super::scene::{self, Part, Reach, Scanned};

/// What playing one function showed.
#[derive(Clone, Debug)]
pub struct Playing {
    /// Name of the function.
    pub function: String,
    /// Shape it has, by the manifest; empty where it has none.
    pub shape: String,
    /// Passed where every case is right.
    pub outcome: Outcome,
    /// Why it could not be played, or not be judged.
    pub reason: Option<String>,
    /// What the compiler said where it did not compile.
    pub diagnostics: Vec<Diagnostic>,
    /// The cases, in the manifest's order.
    pub cases: Vec<CaseResult>,
    /// What the series adds or changes and something else stood in for: of what it does the cases tell nothing.
    pub stood_in: Vec<String>,
    /// What it asks its surroundings for and the base does not, although it does not decide by it.
    pub asks: Vec<String>,
    /// Source of the harness, for the evidence.
    pub harness: String,
    /// The compiler and its options, as a shell takes them.
    pub compiler: String,
    /// What it is told before its arguments: to play the cases again, as a shell takes it before a command.
    pub again: String,
    /// What the harness is given, a word for each case, as a shell takes them.
    pub arguments: String,
}

/// What was seen in one case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CaseResult {
    /// Name of the case.
    pub id: String,
    /// The situation in plain words.
    pub title: String,
    /// What is right in it.
    pub expected: String,
    /// What was seen.
    pub observed: String,
    /// Whether that is right.
    pub right: bool,
}

impl Playing {
    pub(super) fn without_cases(
        function: &str,
        outcome: Outcome,
        reason: impl Into<String>,
    ) -> Self {
        Playing {
            function: function.to_owned(),
            shape: String::new(),
            outcome,
            reason: Some(reason.into()),
            diagnostics: Vec::new(),
            cases: Vec::new(),
            stood_in: Vec::new(),
            asks: Vec::new(),
            harness: String::new(),
            compiler: String::new(),
            again: String::new(),
            arguments: String::new(),
        }
    }
}

/// What a harness printed of one case: the number returned and the effects, or how it died.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// The function returned.
    Returned {
        /// The number.
        number: i64,
        /// Names of what it did beside.
        effects: Vec<String>,
    },
    /// It ended in a signal, or otherwise before returning.
    Died(i32),
}

/// What a harness printed of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The case.
    pub id: String,
    /// What functions returned that nothing is known of.
    pub otherwise: Otherwise,
    /// What was seen in a process of its own.
    pub seen: Seen,
    /// What was seen where others had been played in the process before, where that is something else.
    pub again: Option<Seen>,
    /// What was seen in other surroundings, where that is something else.
    pub elsewhere: Option<Seen>,
    /// What it asked its surroundings for.
    pub asks: Vec<String>,
}

/// A harness that was built and run.
#[derive(Clone, Debug)]
pub struct Built {
    /// Options it was compiled with.
    pub options: String,
    /// What the compiler said; an error where it did not compile.
    pub diagnostics: Vec<Diagnostic>,
    /// What was seen, by case and by what unknown functions return; empty where it did not compile.
    pub seen: Vec<Line>,
    /// Which limit stopped it.
    pub stopped: Option<&'static str>,
    /// Why it could not be built or run at all.
    pub fault: Option<String>,
    /// The folder that the program stands in, where it works.
    pub program: Option<Arc<Scratch>>,
}

/// What functions return that nothing is known of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// 0, false: success for most.
    Zero,
    /// 1, true: for those that are asked a question.
    One,
}

impl Built {
    /// Returns whether it compiled and ran.
    pub fn works(&self) -> bool {
        self.fault.is_none() && !self.seen.is_empty()
    }
}

/// A harness as it is compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// Its source.
    pub source: String,
    /// What the series adds or changes and something else stands in for.
    pub stood_in: Vec<String>,
    /// Texts and numbers that the code names, as its surroundings may answer with them.
    pub words: Vec<String>,
}

/// Renders the harness of a function of `scanned`; what it may stand in for is what `base` uses.
///
/// # Errors
/// A template that can't be rendered, told in words.
pub fn render(
    kit: &Kit,
    path: &str,
    scanned: &Scanned,
    function: &Function,
    shape: &Shape,
    base: &Scanned,
    reach: Reach,
) -> Result<Rendered, String> {
    let inputs = kit.rules.manifest.defaults.iter();
    let values = Values {
        file: path,
        function: scene::verbatim(&scanned.file, function),
        inputs: inputs.map(|(name, &value)| Input { name, value }).collect(),
        scene: scene::derive(kit, scanned, function, shape, base, reach),
        surroundings: &kit.surroundings,
    };
    let source = crate::render::render(&kit.template, &values);
    Ok(Rendered {
        source: source.map_err(|problem| problem.to_string())?,
        stood_in: values.scene.stood_in,
        words: values.scene.words,
    })
}

/// What the template is given.
#[derive(Serialize)]
struct Values<'v> {
    file: &'v str,
    function: scene::Verbatim,
    inputs: Vec<Input<'v>>,
    scene: scene::Scene,
    surroundings: &'v str,
}

#[derive(Serialize)]
struct Input<'v> {
    name: &'v str,
    value: i64,
}

/// Returns a harness without the numbers of its `#line` directives: functions that are equal have equal ones, wherever they stand.
pub(super) fn without_lines(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    for line in source.split_inclusive('\n') {
        match line.strip_prefix("#line ") {
            Some(rest) => text.push_str(rest.trim_start_matches(|c: char| c.is_ascii_digit())),
            None => text.push_str(line),
        }
    }
    text
}

/// Returns the arguments that play the cases, both ways for functions that nothing is known of.
pub fn arguments(cases: &[&Case]) -> Vec<String> {
    let told = |case: &&Case, otherwise| argument(&case.id, &case.given, otherwise);
    cases
        .iter()
        .flat_map(|case| [told(case, 0), told(case, 1)])
        .collect()
}

/// Returns the argument that plays one situation, under an id without blanks.
pub fn argument(id: &str, given: &BTreeMap<String, i64>, otherwise: u8) -> String {
    let given = given.iter().map(|(key, value)| format!(" {key}={value}"));
    format!("{id}{} otherwise={otherwise}", given.collect::<String>())
}

/// Reads what the harness printed: two lines a case, in the order of [`arguments`].
pub fn read(output: &str) -> Vec<Line> {
    let lines = output
        .lines()
        .zip([Otherwise::Zero, Otherwise::One].into_iter().cycle());
    lines
        .filter_map(|(line, otherwise)| read_line(line, otherwise))
        .collect()
}

/// `ID SEEN`, and behind ` | ` what differs: `again SEEN`, `elsewhere SEEN`, and `asks WORD` for what was asked for.
fn read_line(line: &str, otherwise: Otherwise) -> Option<Line> {
    let mut parts = line.split(" | ");
    let (id, first) = parts.next()?.split_once(' ')?;
    let mut read = Line {
        id: id.to_owned(),
        otherwise,
        seen: seen(first)?,
        again: None,
        elsewhere: None,
        asks: Vec::new(),
    };
    for part in parts {
        match part.split_once(' ')? {
            ("again", what) => read.again = Some(seen(what)?),
            ("elsewhere", what) => read.elsewhere = Some(seen(what)?),
            ("asks", what) => read.asks.push(what.to_owned()),
            _ => return None,
        }
    }
    Some(read)
}

fn seen(words: &str) -> Option<Seen> {
    let mut words = words.split(' ');
    let kind = words.next()?;
    let number = words.next()?.parse::<i64>().ok()?;
    Some(match kind {
        "returned" => Seen::Returned {
            number,
            effects: words.map(str::to_owned).collect(),
        },
        _ => Seen::Died(i32::try_from(number).unwrap_or_default()),
    })
}

/// Returns what functions that nothing is known of had better return, judged by the base: the first way in which the cases
/// that must use the cache do.
pub fn otherwise(part: &Part, base: &Built) -> Otherwise {
    let uses = |otherwise| {
        let results = judged(part, base, otherwise, &base.seen);
        let mut pairs = results.iter().zip(&part.cases);
        pairs.all(|(result, case)| result.right || case.expect != ["used"])
    };
    if !uses(Otherwise::Zero) && uses(Otherwise::One) {
        return Otherwise::One;
    }
    Otherwise::Zero
}

/// Judges each case by what was seen. What came out another way when it was asked again, or elsewhere, is wrong, unless it did so in
/// `before` as well.
pub fn judged(
    part: &Part,
    built: &Built,
    otherwise: Otherwise,
    before: &[Line],
) -> Vec<CaseResult> {
    let of = |lines: &[Line], case: &Case| {
        let mut all = lines.iter();
        all.find(|line| line.id == case.id && line.otherwise == otherwise)
            .cloned()
    };
    let cases = part.cases.iter();
    cases
        .map(|case| {
            let line = of(&built.seen, case);
            let seen = line.as_ref().map(|line| &line.seen);
            let mut found = result(case, part.shape, seen);
            if let Some(line) = &line {
                let excused = of(before, case);
                waver(&mut found, case, part.shape, line, excused.as_ref());
            }
            found
        })
        .collect()
}

/// Marks a case wrong that does not always come out the same.
fn waver(found: &mut CaseResult, case: &Case, shape: &Shape, line: &Line, before: Option<&Line>) {
    let is_excused = |what: fn(&Line) -> bool| before.is_some_and(what);
    if let Some(again) = &line.again
        && !is_excused(|before| before.again.is_some())
    {
        let other = result(case, shape, Some(again)).observed;
        found.right = false;
        found.observed = format!("{} at first, {other} when asked again", found.observed);
    } else if let Some(elsewhere) = &line.elsewhere
        && !is_excused(|before| before.elsewhere.is_some())
    {
        let other = result(case, shape, Some(elsewhere)).observed;
        found.right = false;
        found.observed = format!(
            "{}, but {other} with another answer from {}",
            found.observed,
            asked(&line.asks)
        );
    }
}

/// Returns what was asked for, in words.
pub fn asked(asks: &[String]) -> String {
    let words: Vec<String> = asks.iter().map(|word| word.replace('-', " ")).collect();
    match words.is_empty() {
        true => "its surroundings".to_owned(),
        false => words.join(" or "),
    }
}

/// Returns what a function's answer means, in the words of its shape.
pub fn meaning(shape: &Shape, seen: Option<&Seen>) -> String {
    match seen {
        Some(Seen::Returned { number, .. }) => {
            let meaning = shape.returns.get(&number.to_string()).cloned();
            meaning.unwrap_or_else(|| format!("returned {number}"))
        }
        // SIGALRM and SIGVTALRM: the harness gives each case a third of a second's work, and five seconds.
        Some(Seen::Died(14 | 26)) => "never returned".to_owned(),
        Some(Seen::Died(signal)) => format!("crashed (signal {signal})"),
        None => "not played".to_owned(),
    }
}

fn result(case: &Case, shape: &Shape, seen: Option<&Seen>) -> CaseResult {
    let none = Vec::new();
    let meaning = meaning(shape, seen);
    let effects = match seen {
        Some(Seen::Returned { effects, .. }) => effects,
        _ => &none,
    };
    let asked: Vec<_> = case
        .effects
        .iter()
        .filter(|(name, _)| shape.sees.contains(name))
        .collect();
    let effect =
        |(name, there): (&String, bool)| format!(", {}{name}", if there { "" } else { "not " });
    let expected: String = asked
        .iter()
        .map(|(name, there)| effect((name, **there)))
        .collect();
    let observed: String = asked
        .iter()
        .map(|(name, _)| effect((name, effects.contains(name))))
        .collect();
    CaseResult {
        id: case.id.clone(),
        title: case.title.clone(),
        right: case.expect.contains(&meaning) && expected == observed,
        expected: format!("{}{expected}", case.expect.join(" or ")),
        observed: format!("{meaning}{observed}"),
    }
}

/// Returns the diagnostics in a compiler's output; an error without a place where it failed and said nothing readable.
pub(super) fn complaints(output: &str) -> Vec<Diagnostic> {
    let found = diagnostic::read(output);
    if !found.is_empty() {
        return found;
    }
    let first = output
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or("the compiler failed and said nothing");
    vec![Diagnostic {
        file: "compiler".to_owned(),
        line: 0,
        is_error: true,
        message: first.to_owned(),
    }]
}
