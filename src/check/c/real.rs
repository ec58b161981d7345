//! Cases and situations asked of the linked program: files and ctimes are real, so that what cannot be brought about is not asked.
//! Does not know which patch made the file.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::series::harness::{Case, Linked};
use crate::syntax::c::CFile;
use crate::text::Source;

use super::harness;
use super::linked::{Plan, Program};
use super::scene::{self, Beside};
use super::times::Coming;
use super::{Bench, CTree, CaseResult, Situation, stubs, whole_file};

/// The cases, asked of the real code before and after a change.
#[derive(Clone, Debug)]
pub struct Real {
    /// As the base answers.
    pub before: Vec<CaseResult>,
    /// As the stage answers.
    pub after: Vec<CaseResult>,
    /// The cases whose times no file here has and the program is told, as the base and as the stage answer.
    pub told: (Vec<CaseResult>, Vec<CaseResult>),
    /// What was linked.
    pub with: Linkage,
}

/// The code of a file, linked with its tree.
#[derive(Clone, Debug)]
pub struct RealCode(Arc<Program>);

/// What a program was linked of.
#[derive(Clone, Debug, Default)]
pub struct Linkage {
    /// Files of the tree that are in it beside the one under test.
    pub files: Vec<String>,
    /// Files of the tree that could not be compiled, and why.
    pub left_out: Vec<String>,
    /// Functions that end it where they are called.
    pub stubs: Vec<String>,
    /// What makes it of a checkout of its tree with `sources`, and asks it each case.
    pub script: String,
    /// What the tree lacks: path and content.
    pub sources: Vec<(String, Arc<[u8]>)>,
}

/// What the program did.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Answer {
    meaning: String,
    effects: Vec<String>,
    /// What it did where it had done others before, where that is something else.
    again: Option<Box<Answer>>,
    /// What it did in other surroundings, where that is something else.
    elsewhere: Option<Box<Answer>>,
    /// What it asked its surroundings for.
    asks: Vec<String>,
}

/// How often all cases are read in one process, in turn forwards and backwards.
const ROUNDS: usize = 4;

/// What the program is told to play the cases again.
fn again(words: &[String]) -> Vec<(String, String)> {
    vec![
        ("ROUNDS".to_owned(), ROUNDS.to_string()),
        ("WORDS".to_owned(), words.join(" ")),
    ]
}

/// Words by which a program tells that it could not do as asked.
const UNFIT: [&str; 2] = ["unwritten", "ended"];

impl Bench<'_> {
    /// Begins to make what takes time and no work.
    pub fn prepare(&self) {
        if self.kit.linked.is_some() {
            Coming::begin(self.sandbox);
        }
    }

    /// Asks the real code of a base and of a stage every case that can be brought about with real files.
    ///
    /// # Errors
    /// Why the real code can't be asked, in words: a stand-in has to do.
    pub fn real(&self, stage: CTree, base: CTree, functions: &[String]) -> Result<Real, String> {
        let linked = self.kit.rules.manifest.linked.as_ref();
        let linked = linked.ok_or("the series does not tell how it is linked")?;
        let coming = Coming::begin(self.sandbox);
        let equal = self.equal(base.path, base.file, functions);
        let (base, stage) = rayon::join(|| self.plan(base), || self.plan(stage));
        let (base, stage) = (base?, stage?);
        self.is_due(&equal, &base)?;
        let (before, after) = rayon::join(
            || self.program(&base),
            || (!stage.is_as(&base)).then(|| self.program(&stage)),
        );
        let before = before?;
        let after = match after {
            Some(after) => after.map_err(|reason| format!("with the patch, {reason}"))?,
            None => before.clone(),
        };
        let times = coming.wait()?;
        let (cases, arguments, real) = self.asked_for(linked);
        let told = again(&self.words(&stage, functions));
        let (base, answered) = rayon::join(
            || self.answers_of(&before, times, &arguments, (&told, real)),
            || self.answers_of(&after, times, &arguments, (&told, real)),
        );
        let base = base?;
        let excused: Vec<Answer> = match Arc::ptr_eq(&before, &after) {
            true => Vec::new(),
            false => base.clone(),
        };
        let (mut before_results, told_before) =
            apart(&cases, results(linked, &cases, base, &[]), real)?;
        let answered = answered.map_err(|reason| format!("with the patch, {reason}"))?;
        let mut after_results = results(linked, &cases, answered, &excused);
        let told_after = after_results.split_off(real);
        before_results.truncate(real);
        let told_cases = match told_before {
            Some(told_before) => (told_before, told_after),
            None => Default::default(),
        };
        Ok(Real {
            before: before_results,
            after: after_results,
            told: told_cases,
            with: self.linkage(&after, &arguments, &told),
        })
    }

    /// Asks the real code of a tree as it stands every case that can be brought about with real files.
    ///
    /// # Errors
    /// Why the real code can't be asked, in words: a stand-in has to do.
    pub fn standing(&self, tree: CTree, functions: &[String]) -> Result<Vec<CaseResult>, String> {
        let linked = self.kit.rules.manifest.linked.as_ref();
        let linked = linked.ok_or("the series does not tell how it is linked")?;
        let coming = Coming::begin(self.sandbox);
        // It is asked for its own sake: a tree whose functions are equal may save and load another way.
        let program = self.program(&self.plan(tree)?)?;
        let times = coming.wait()?;
        let (cases, arguments, real) = self.asked_for(linked);
        let plan = self.plan(tree)?;
        let told = again(&self.words(&plan, functions));
        let answers = self.answers_of(&program, times, &arguments, (&told, real))?;
        let (mut found, told) = apart(&cases, results(linked, &cases, answers, &[]), real)?;
        found.extend(told.into_iter().flatten());
        Ok(found)
    }

    /// The texts and numbers that functions name, and those that the series adds to other files.
    fn words(&self, plan: &Plan, functions: &[String]) -> Vec<String> {
        let tree = plan.tree();
        let file = CFile::scan(tree.file);
        let own = file.defined().iter();
        let own = own.filter(|function| functions.contains(&function.name));
        let mut texts: Vec<&str> = own
            .map(|function| &file.live[function.span.start..function.span.end])
            .collect();
        texts.extend(tree.beside.into_iter().flat_map(Beside::added_texts));
        scene::literals_of(&texts)
    }

    /// Links the file of a tree, to ask it what it decides; the functions of `base` tell it apart from those of others, so that equal
    /// ones are linked with one tree; without it, this tree is asked for its own sake.
    ///
    /// # Errors
    /// Why the real code can't be asked, in words.
    pub fn link(
        &self,
        tree: CTree,
        base: Option<CTree>,
        functions: &[String],
    ) -> Result<RealCode, String> {
        Coming::begin(self.sandbox);
        if let Some(base) = base {
            let equal = self.equal(base.path, base.file, functions);
            self.is_due(&equal, &self.plan(base)?)?;
        }
        self.program(&self.plan(tree)?).map(RealCode)
    }

    /// Returns a text that differs where anything does that the file of a tree would be linked with, but for itself; none where it can't
    /// be linked.
    pub fn linked_key(&self, tree: CTree) -> Option<String> {
        self.plan(tree).ok().map(|plan| plan.key)
    }

    /// Returns the paths of what the file of a tree is compiled and linked with.
    pub fn compiled_with(&self, tree: CTree) -> Vec<String> {
        match self.plan(tree) {
            Ok(plan) => plan.paths().map(str::to_owned).collect(),
            Err(_) => Vec::new(),
        }
    }

    /// The text of functions with what stands around them: it is the same wherever they do the same. The whole file where one can't be
    /// told apart from it.
    fn equal(&self, path: &str, base: &Source, functions: &[String]) -> String {
        let beside = Beside::default();
        let rendered = |name: &String| self.rendered(path, (base, &beside), base, name);
        let texts: Option<Vec<String>> = functions.iter().map(rendered).collect();
        texts.map_or_else(|| base.text().to_owned(), |texts| texts.join("\n"))
    }

    /// Asks the real code of a file what comes of situations; none where real files can't bring one about.
    ///
    /// # Errors
    /// Why the real code can't be asked, in words.
    pub fn decide_for_real(
        &self,
        RealCode(program): &RealCode,
        situations: &[Situation],
    ) -> Result<Vec<Option<String>>, String> {
        let linked = self.kit.rules.manifest.linked.as_ref();
        let linked = linked.ok_or("the series does not tell how it is linked")?;
        let coming = Coming::begin(self.sandbox);
        let times = coming.wait()?;
        let defaults = &self.kit.rules.manifest.defaults;
        let asked: Vec<Option<String>> = situations
            .iter()
            .map(|situation| {
                numbered(linked, defaults, situation).map(|given| argument("asked", &given))
            })
            .collect();
        // Thousands of situations come to a few orders of times.
        let mut distinct: Vec<String> = asked.iter().flatten().cloned().collect();
        distinct.sort_unstable();
        distinct.dedup();
        let question = [program.key.as_str(), &distinct.join("\n")];
        let answers = self
            .sandbox
            .memory()
            .once("real decisions", &question, || {
                self.answers_of(program, times, &distinct, (&[], distinct.len()))
            })?;
        let known: BTreeMap<&String, String> = distinct
            .iter()
            .zip(answers)
            .map(|(argument, answer)| (argument, answer.meaning))
            .collect();
        let answers = asked.iter();
        Ok(answers
            .map(|argument| known.get(argument.as_ref()?).cloned())
            .collect())
    }

    /// The cases that the program is asked, and how: first those that real files can bring about, each order of times once, then those
    /// whose times it is told; and how many the first are.
    fn asked_for<'k>(&'k self, linked: &'k Linked) -> (Vec<&'k Case>, Vec<String>, usize) {
        let manifest = &self.kit.rules.manifest;
        let (mut seen, mut cases, mut arguments) = (Vec::new(), Vec::new(), Vec::new());
        let mut rest = Vec::new();
        for case in &manifest.cases {
            let Some(given) = numbered(linked, &manifest.defaults, &case.given) else {
                rest.push(case);
                continue;
            };
            if !seen.contains(&given) {
                cases.push(case);
                arguments.push(argument(&case.id, &given));
                seen.push(given);
            }
        }
        let real = cases.len();
        for case in rest.into_iter().filter(|_| linked.tells_times) {
            if let Some(given) = told(linked, &manifest.defaults, &case.given) {
                cases.push(case);
                arguments.push(argument(&case.id, &given));
            }
        }
        (cases, arguments, real)
    }

    fn answers_of(
        &self,
        program: &Program,
        times: &std::path::Path,
        arguments: &[String],
        (told, real): (&[(String, String)], usize),
    ) -> Result<Vec<Answer>, String> {
        let ran = self.asked(program, times, arguments, told)?;
        if let Some(limit) = ran.stopped {
            return Err(format!("running it was stopped by a limit: {limit}"));
        }
        if let Some(name) = stubs::called(&program.stubs, &String::from_utf8_lossy(&ran.stderr)) {
            return Err(format!(
                "it calls `{name}`, which is not among what is linked"
            ));
        }
        let answers = read(&String::from_utf8_lossy(&ran.stdout), arguments, real)?;
        if answers.len() != arguments.len() {
            return Err(format!("the program ended with status {}", ran.status));
        }
        Ok(answers)
    }
}

impl Bench<'_> {
    fn linkage(
        &self,
        program: &Program,
        arguments: &[String],
        told: &[(String, String)],
    ) -> Linkage {
        let told = told.iter();
        let told: String = told
            .map(|(name, value)| format!("{name}={} ", whole_file::quoted(value)))
            .collect();
        let words = arguments.iter().map(|word| whole_file::quoted(word));
        let run = format!(
            "# TIMES is a folder with the files 1, 2 and 3: 3 made in the second after that of 2, 1 long before.\n\
             TIMES=$(cd \"$TIMES\" && pwd) || exit\n\
             # It fills the folder that it runs in.\n\
             PLAY=$(mktemp -d) && trap 'rm -rf \"$PLAY\"' EXIT && cd \"$PLAY\" || exit\n\
             {told}\"$HERE\"/linked \"$TIMES\" {}\n",
            words.collect::<Vec<_>>().join(" ")
        );
        let of_text = |name: &str, text: &str| (name.to_owned(), Arc::from(text.as_bytes()));
        let mut sources = program.objects.made.clone();
        sources.push(of_text("driver.c", &program.driver));
        if !program.stubs.is_empty() {
            sources.push(of_text("stubs.c", &stubs::source(&program.stubs)));
        }
        let functions = self.kit.linked.iter().flat_map(|(_, functions)| functions);
        sources.extend(functions.map(|text| of_text(text.name(), text.text())));
        Linkage {
            files: program.objects.compiled.clone(),
            left_out: program.objects.left_out.clone(),
            stubs: program.stubs.iter().cloned().collect(),
            script: format!("{}{run}", program.script),
            sources,
        }
    }
}

/// Returns the numbers of files that stand for the times of a situation, with the other inputs; none where there are no such files.
fn numbered(
    linked: &Linked,
    defaults: &BTreeMap<String, i64>,
    given: &Situation,
) -> Option<BTreeMap<String, i64>> {
    let value = |name: &String| given.get(name).or_else(|| defaults.get(name)).copied();
    let mut numbers = BTreeMap::new();
    for [now, written] in &linked.times {
        let times = (value(now)?, value(written)?);
        let is_real = |name, time| {
            (1..=LATEST).contains(&time) || (time == 0 && linked.absent.contains(name))
        };
        if !is_real(now, times.0) || !is_real(written, times.1) {
            return None;
        }
        let (first, second) = files(times);
        numbers.insert(now.clone(), first);
        numbers.insert(written.clone(), second);
    }
    with_others(linked, defaults, given, numbers)
}

/// Returns the times of a situation as they are told, with the other inputs; none where one can't be. A time that is told needs a file
/// that has it.
fn told(
    linked: &Linked,
    defaults: &BTreeMap<String, i64>,
    given: &Situation,
) -> Option<BTreeMap<String, i64>> {
    let value = |name: &String| given.get(name).or_else(|| defaults.get(name)).copied();
    let mut numbers = BTreeMap::from([("told".to_owned(), 1)]);
    for name in linked.times.iter().flatten() {
        let time = value(name)?;
        let is_absent = time == 0 && linked.absent.contains(name);
        numbers.insert(name.clone(), if is_absent { 0 } else { 2 });
        numbers.insert(format!("{name}_at"), time);
    }
    with_others(linked, defaults, given, numbers)
}

/// Adds the inputs that are no times; none where one can't be brought about.
fn with_others(
    linked: &Linked,
    defaults: &BTreeMap<String, i64>,
    given: &Situation,
    mut numbers: BTreeMap<String, i64>,
) -> Option<BTreeMap<String, i64>> {
    let value = |name: &String| given.get(name).or_else(|| defaults.get(name)).copied();
    for [now, written] in &linked.same {
        if value(now) != value(written) {
            return None;
        }
    }
    for (name, value) in given {
        let is_told =
            numbers.contains_key(name) || linked.same.iter().flatten().any(|same| same == name);
        if is_told {
            continue;
        }
        if linked.inputs.contains(name) {
            numbers.insert(name.clone(), *value);
        } else if defaults.get(name) != Some(value) {
            return None;
        }
    }
    Some(numbers)
}

/// The last time that a file of today is taken to have: the end of what 31 bits hold.
const LATEST: i64 = i32::MAX as i64;

/// The numbers of two files whose times stand to each other as these do: 2 and 3 are a second apart, 1 is much older, 0 is none.
fn files((first, second): (i64, i64)) -> (i64, i64) {
    match (first, second) {
        (0, 0) => (0, 0),
        (0, _) => (0, 2),
        (_, 0) => (2, 0),
        _ if first == second => (2, 2),
        _ if first == second - 1 => (2, 3),
        _ if second == first - 1 => (3, 2),
        _ if first < second => (1, 3),
        _ => (3, 1),
    }
}

fn argument(id: &str, given: &BTreeMap<String, i64>) -> String {
    let given = given.iter().map(|(name, value)| format!(" {name}={value}"));
    format!("{id}{}", given.collect::<String>())
}

/// Reads what the program printed: a line for each argument, in order. It has to play the first `real` of them.
fn read(output: &str, arguments: &[String], real: usize) -> Result<Vec<Answer>, String> {
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

fn results(
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
fn apart(
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

#[cfg(test)]
mod tests;
