//! Asks every check of every patch, stage by stage. Knows which check has a question to ask of what; how it asks is the check's.

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use super::c::{Bench, CTree, Kit, KitFault};
use super::given::{self, Fix};
use super::outside::{self, Outside};
use super::sandbox::{Sandbox, Unavailable};
use super::scenario::{self, Histories};
use super::scriptlet::{self, Asked};
use super::{Evidence, NAMES, code, crew};
use crate::compose::{Change, GivenStage, Stage};
use crate::series::scriptlet::Scriptlet;
use crate::series::{Patch, Series};
use crate::target::{Commit, Revision, Tree};
use crate::text::{Problem, Span};

/// What is asked about.
pub struct Inquiry<'i> {
    /// The series.
    pub series: &'i Series,
    /// The base: stage 0.
    pub base: &'i Revision,
    /// The stages behind it.
    pub stages: Stages<'i>,
    /// Names of the checks to ask.
    pub checks: Vec<&'static str>,
    /// Whether the histories of the series are played, where its behaviour is asked for.
    pub histories: bool,
    /// What the user brings for some of them.
    pub outside: Outside,
}

/// The stages that are asked about.
#[derive(Clone, Copy)]
pub enum Stages<'i> {
    /// Those that the series' patches made, and the commit of each.
    Made(&'i [Stage<'i>], &'i [Commit]),
    /// Those of given patches: the series alone tells what is right.
    Given(&'i [GivenStage<'i>]),
}

/// What came of asking.
#[derive(Default)]
pub struct Answers {
    /// The evidence of each stage, in the order of [`super::NAMES`].
    pub evidence: Vec<Vec<Evidence>>,
    /// What became of the defects that the series mends; empty for stages that it made.
    pub fixes: Vec<Fix>,
    /// What the histories of the series came to.
    pub histories: Histories,
}

/// A place for everything that comes from the target, or why there is none. Opened once for all revisions.
pub type Place = Result<Sandbox, Unavailable>;

/// Checks of one part of a patch that are asked together.
struct Question {
    stage: usize,
    part: Part,
    checks: Vec<&'static str>,
}

/// What of a patch is asked about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Its message and the code that it changes.
    Code,
    /// The specs that it changes.
    Spec,
}

/// What the manifests of a patch come to.
pub(super) struct Means {
    pub(super) kit: Option<Kit>,
    pub(super) promises: Option<Scriptlet>,
}

impl Means {
    pub(super) fn of(series: &Series, patch: &Patch) -> Result<Self, Vec<Problem>> {
        let promises = patch.scriptlet.as_ref().map(scriptlet::promises);
        let kit = Kit::of(series, patch).map(|kit| kit.map_err(|fault| unusable(patch, &fault)));
        Ok(Means {
            promises: promises.transpose().map_err(|problem| vec![problem])?,
            kit: kit.transpose().map_err(|problem| vec![problem])?,
        })
    }
}

fn unusable(patch: &Patch, fault: &KitFault) -> Problem {
    let reason =
        std::error::Error::source(fault).map_or(String::new(), |source| format!(": {source}"));
    let message = format!("{fault}{}", reason.lines().next().unwrap_or_default());
    let problem = Problem::new("series-harness", message);
    let problem = match &patch.harness {
        Some(rules) => problem.at(&rules.source, Span::new(0, 0), "in this manifest"),
        None => problem,
    };
    problem.help(reason)
}

/// Gathers the evidence of each stage, in the order of the checks.
pub(super) fn in_order(stages: usize, asked: Vec<(usize, Vec<Evidence>)>) -> Vec<Vec<Evidence>> {
    let mut evidence = vec![Vec::new(); stages];
    for (stage, answers) in asked {
        evidence[stage].extend(answers);
    }
    for answers in &mut evidence {
        answers
            .sort_by_key(|answer: &Evidence| NAMES.iter().position(|name| *name == answer.check));
    }
    evidence
}

impl Inquiry<'_> {
    /// Asks, in parallel; `hear` is told what is asked of which patch.
    ///
    /// # Errors
    /// Where a manifest of the series can't be used.
    pub fn ask(
        &self,
        place: &Place,
        hear: &(dyn Fn(&str, &str) + Sync),
    ) -> Result<Answers, Vec<Problem>> {
        crew::put_to_work(|| {
            let mut answers = self.ask_of_the_tree(place, hear)?;
            let outside = outside::ask(self, place, hear);
            for (evidence, told) in answers.evidence.iter_mut().zip(outside) {
                evidence.extend(told);
            }
            Ok(answers)
        })
    }

    fn ask_of_the_tree(
        &self,
        place: &Place,
        hear: &(dyn Fn(&str, &str) + Sync),
    ) -> Result<Answers, Vec<Problem>> {
        match self.stages {
            Stages::Made(stages, commits) => {
                let made = Asking {
                    inquiry: self,
                    stages,
                    commits,
                };
                let evidence = made.ask(place, hear)?;
                Ok(Answers {
                    evidence,
                    fixes: Vec::new(),
                    histories: scenario::stages::of_made(self, stages, place, hear),
                })
            }
            Stages::Given(stages) => given::ask(self, stages, place, hear),
        }
    }
}

/// The stages of the series' own patches, and what is asked about.
struct Asking<'i> {
    inquiry: &'i Inquiry<'i>,
    stages: &'i [Stage<'i>],
    commits: &'i [Commit],
}

impl Asking<'_> {
    fn ask(
        &self,
        place: &Place,
        hear: &(dyn Fn(&str, &str) + Sync),
    ) -> Result<Vec<Vec<Evidence>>, Vec<Problem>> {
        let stages = self.stages.iter();
        let means: Vec<Means> = stages
            .map(|stage| Means::of(self.inquiry.series, stage.patch))
            .collect::<Result<_, _>>()?;
        let benches: Vec<Option<Bench>> = means
            .iter()
            .map(|means| Some(Bench::new(means.kit.as_ref()?, place.as_ref().ok()?)))
            .collect();
        let asked: Vec<(usize, Vec<Evidence>)> = self
            .questions()
            .par_iter()
            .map(|question| {
                for check in &question.checks {
                    hear(&self.stages[question.stage].patch.id, check);
                }
                let bench = benches[question.stage].as_ref();
                let promises = means[question.stage].promises.as_ref();
                (
                    question.stage,
                    self.answer(question, bench, promises, place),
                )
            })
            .collect();
        Ok(in_order(self.stages.len(), asked))
    }

    /// The questions that there are. Those of a spec are asked together, since rpm reads it once for both.
    fn questions(&self) -> Vec<Question> {
        let mut questions = Vec::new();
        let checks = &self.inquiry.checks;
        for (number, stage) in self.stages.iter().enumerate() {
            let (of_code, of_spec) = parts(stage);
            let mut put = |part, checks| {
                questions.push(Question {
                    stage: number,
                    part,
                    checks,
                });
            };
            for check in checks.iter().copied() {
                // What changes no file is a question of code: that it proves nothing has to be said.
                if matches!(check, "package" | "object" | "daemon" | "build") {
                    continue;
                }
                if check == "lint" || !of_code.is_empty() || of_spec.is_empty() {
                    put(Part::Code, vec![check]);
                }
            }
            let together = checks.iter().copied();
            let together: Vec<&'static str> = together
                .filter(|check| matches!(*check, "syntax" | "behaviour" | "package"))
                .collect();
            if !of_spec.is_empty() && !together.is_empty() {
                put(Part::Spec, together);
            }
        }
        questions
    }

    fn answer(
        &self,
        question: &Question,
        bench: Option<&Bench>,
        promises: Option<&Scriptlet>,
        place: &Place,
    ) -> Vec<Evidence> {
        let stage = &self.stages[question.stage];
        let before = self.tree_before(question.stage);
        let (of_code, of_spec) = parts(stage);
        match (question.part, question.checks.as_slice()) {
            (Part::Code, ["lint"]) => vec![code::lint(&self.commits[question.stage])],
            (Part::Code, ["compile"]) => each(&of_code, &|change| {
                compile(&stage.tree, change, before, bench, place)
            }),
            (Part::Code, ["syntax"]) => vec![code::syntax(&of_code)],
            (Part::Code, _) => each(&of_code, &|change| {
                behaviour(&stage.tree, change, before, bench, place)
            }),
            (Part::Spec, checks) => promises.map_or_else(
                || unproven(checks),
                |promises| {
                    let asked = Asked {
                        series: self.inquiry.series,
                        stage,
                        changes: &of_spec,
                        promises,
                        checks,
                    };
                    scriptlet::ask(&asked, before, place)
                },
            ),
        }
    }

    fn tree_before(&self, stage: usize) -> &Tree {
        stage
            .checked_sub(1)
            .map_or(&self.inquiry.base.tree, |before| &self.stages[before].tree)
    }
}

fn compile(
    after: &Tree,
    change: &Change,
    before: &Tree,
    bench: Option<&Bench>,
    place: &Place,
) -> Evidence {
    let bench = match usable("compile", bench, place) {
        Ok(bench) => bench,
        Err(skipped) => return *skipped,
    };
    in_trees(change, (after, before), &|after, before| {
        code::compile(bench, after, before, &code::functions(change))
    })
}

fn behaviour(
    after: &Tree,
    change: &Change,
    before: &Tree,
    bench: Option<&Bench>,
    place: &Place,
) -> Evidence {
    match usable("behaviour", bench, place) {
        Ok(bench) => in_trees(change, (after, before), &|after, before| {
            code::behaviour(bench, change, after, before)
        }),
        Err(skipped) => *skipped,
    }
}

/// Asks of the file as it stands in the tree behind a change, and in the one before it.
fn in_trees(
    change: &Change,
    (after, before): (&Tree, &Tree),
    ask: &dyn Fn(CTree, CTree) -> Evidence,
) -> Evidence {
    let read_in = |tree: &Tree, path: &str| tree.read(path).ok().flatten().map(|blob| blob.bytes);
    let read_after = |path: &str| read_in(after, path);
    let read_before = |path: &str| read_in(before, path);
    let after = CTree {
        path: &change.path,
        file: &change.after,
        read: &read_after,
        beside: None,
    };
    let before = CTree {
        path: &change.path,
        file: &change.before,
        read: &read_before,
        beside: None,
    };
    ask(after, before)
}

/// Asks of each changed file: a patch may change several.
fn each(changes: &[&Change], ask: &dyn Fn(&Change) -> Evidence) -> Vec<Evidence> {
    changes.iter().map(|change| ask(change)).collect()
}

/// Returns the bench, or the evidence of a check that has none to ask with.
fn usable<'b, 'k>(
    check: &'static str,
    bench: Option<&'b Bench<'k>>,
    place: &Place,
) -> Result<&'b Bench<'k>, Box<Evidence>> {
    match (place, bench) {
        (Err(unavailable), _) => Err(Box::new(Evidence::skipped(check, unavailable.to_string()))),
        (Ok(_), None) => Err(Box::new(Evidence::skipped(check, NO_CASES))),
        (Ok(_), Some(bench)) => Ok(bench),
    }
}

/// Why a check has nothing to ask with; a patch without cases is not proven.
pub const NO_CASES: &str = "the patch brings no cases, so nothing is proven of it";

fn unproven(checks: &[&'static str]) -> Vec<Evidence> {
    checks
        .iter()
        .map(|check| Evidence::skipped(check, NO_CASES))
        .collect()
}

/// The changes of a stage to code, and those to specs.
fn parts<'s>(stage: &'s Stage) -> (Vec<&'s Change>, Vec<&'s Change>) {
    stage
        .changes
        .iter()
        .partition(|change| change.made.iter().all(|made| made.inserted.is_none()))
}
