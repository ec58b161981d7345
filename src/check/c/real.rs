//! Cases and situations asked of the linked program: files and ctimes are real, so that what cannot be brought about is not asked.
//! Does not know which patch made the file.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::series::harness::{Case, Linked};
use crate::text::Source;

use super::linked::Program;
use super::scene::Beside;
use super::times::Coming;
use super::{Bench, CTree, CaseResult, Situation, stubs, whole_file};

/// The cases, asked of the real code before and after a change.
#[derive(Clone, Debug)]
pub struct Real {
    /// As the base answers.
    pub before: Vec<CaseResult>,
    /// As the stage answers.
    pub after: Vec<CaseResult>,
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
        let (cases, arguments): (Vec<&Case>, Vec<String>) = self.played_for_real(linked).unzip();
        let (base, stage) = rayon::join(
            || self.answers_of(&before, times, &arguments),
            || self.answers_of(&after, times, &arguments),
        );
        let before_results = useful(&cases, results(linked, &cases, base?))?;
        let stage = stage.map_err(|reason| format!("with the patch, {reason}"))?;
        Ok(Real {
            before: before_results,
            after: results(linked, &cases, stage),
            with: self.linkage(&after, &arguments),
        })
    }

    /// Asks the real code of a tree as it stands every case that can be brought about with real files.
    ///
    /// # Errors
    /// Why the real code can't be asked, in words: a stand-in has to do.
    pub fn standing(&self, tree: CTree) -> Result<Vec<CaseResult>, String> {
        let linked = self.kit.rules.manifest.linked.as_ref();
        let linked = linked.ok_or("the series does not tell how it is linked")?;
        let coming = Coming::begin(self.sandbox);
        // It is asked for its own sake: a tree whose functions are equal may save and load another way.
        let program = self.program(&self.plan(tree)?)?;
        let times = coming.wait()?;
        let (cases, arguments): (Vec<&Case>, Vec<String>) = self.played_for_real(linked).unzip();
        let answers = self.answers_of(&program, times, &arguments)?;
        useful(&cases, results(linked, &cases, answers))
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
                self.answers_of(program, times, &distinct)
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

    /// The cases that real files can bring about, each order of times once, and how the program is asked.
    fn played_for_real<'k>(
        &'k self,
        linked: &'k Linked,
    ) -> impl Iterator<Item = (&'k Case, String)> {
        let mut seen = Vec::new();
        let manifest = &self.kit.rules.manifest;
        manifest.cases.iter().filter_map(move |case| {
            let given = numbered(linked, &manifest.defaults, &case.given)?;
            if seen.contains(&given) {
                return None;
            }
            let argument = argument(&case.id, &given);
            seen.push(given);
            Some((case, argument))
        })
    }

    fn answers_of(
        &self,
        program: &Program,
        times: &std::path::Path,
        arguments: &[String],
    ) -> Result<Vec<Answer>, String> {
        let ran = self.asked(program, times, arguments)?;
        if let Some(limit) = ran.stopped {
            return Err(format!("running it was stopped by a limit: {limit}"));
        }
        if let Some(name) = stubs::called(&program.stubs, &String::from_utf8_lossy(&ran.stderr)) {
            return Err(format!(
                "it calls `{name}`, which is not among what is linked"
            ));
        }
        let answers = read(&String::from_utf8_lossy(&ran.stdout), arguments)?;
        if answers.len() != arguments.len() {
            return Err(format!("the program ended with status {}", ran.status));
        }
        Ok(answers)
    }
}

impl Bench<'_> {
    fn linkage(&self, program: &Program, arguments: &[String]) -> Linkage {
        let words = arguments.iter().map(|word| whole_file::quoted(word));
        let run = format!(
            "# TIMES is a folder with the files 1, 2 and 3: 3 made in the second after that of 2, 1 long before.\n\
             \"$HERE\"/linked \"$TIMES\" {}\n",
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

/// Reads what the program printed: a line for each argument, in order.
fn read(output: &str, arguments: &[String]) -> Result<Vec<Answer>, String> {
    let mut answers = Vec::new();
    for (line, argument) in output.lines().zip(arguments) {
        let mut words = line.split(' ');
        let (id, meaning) = (words.next(), words.next());
        let meaning = meaning.filter(|_| id == argument.split(' ').next());
        let meaning = meaning.ok_or("the program answers something else than it is asked")?;
        if UNFIT.contains(&meaning) {
            return Err(format!("the program can't play `{argument}`: {line}"));
        }
        answers.push(Answer {
            meaning: meaning.to_owned(),
            effects: words.map(str::to_owned).collect(),
        });
    }
    Ok(answers)
}

fn results(linked: &Linked, cases: &[&Case], answers: Vec<Answer>) -> Vec<CaseResult> {
    let pairs = cases.iter().zip(answers);
    pairs
        .map(|(case, answer)| judged(linked, case, &answer))
        .collect()
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
