//! Cases and situations asked of the linked program: files and ctimes are real, so that what cannot be brought about is not asked.
//! Does not know which patch made the file.

mod answer;
mod situation;

use std::collections::BTreeMap;
use std::sync::Arc;

use answer::{Answer, apart, read, results};
use situation::{Given, argument};

use crate::series::harness::{Case, Linked};
use crate::syntax::c::CFile;
use crate::text::Source;

use super::linked::Program;
use super::plan::Plan;
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

/// How often all cases are read in one process, in turn forwards and backwards.
const ROUNDS: usize = 4;

/// What the program is told to play the cases again.
fn again(words: &[String]) -> Vec<(String, String)> {
    vec![
        ("ROUNDS".to_owned(), ROUNDS.to_string()),
        ("WORDS".to_owned(), words.join(" ")),
    ]
}

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
        let plan = self.plan(tree)?;
        let program = self.program(&plan)?;
        let times = coming.wait()?;
        let (cases, arguments, real) = self.asked_for(linked);
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
        let asked: Vec<Option<String>> = situations
            .iter()
            .map(|situation| {
                let numbers = self.given(linked, situation).numbered();
                numbers.map(|numbers| argument("asked", &numbers))
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

    fn given<'g>(&'g self, linked: &'g Linked, situation: &'g Situation) -> Given<'g> {
        Given {
            linked,
            defaults: &self.kit.rules.manifest.defaults,
            situation,
        }
    }

    /// The cases that the program is asked, and how: first those that real files can bring about, each order of times once, then those
    /// whose times it is told; and how many the first are.
    fn asked_for<'k>(&'k self, linked: &'k Linked) -> (Vec<&'k Case>, Vec<String>, usize) {
        let manifest = &self.kit.rules.manifest;
        let (mut seen, mut cases, mut arguments) = (Vec::new(), Vec::new(), Vec::new());
        let mut rest = Vec::new();
        for case in &manifest.cases {
            let Some(given) = self.given(linked, &case.given).numbered() else {
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
            if let Some(given) = self.given(linked, &case.given).told() {
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

#[cfg(test)]
mod tests;
