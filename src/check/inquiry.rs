//! Asks every check of every patch, stage by stage. Knows which check has a question to ask of what; how it asks is the check's.

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use super::c::{Bench, CTree, Kit};
use super::sandbox::{Sandbox, Unavailable};
use super::scriptlet::{self, Asked};
use super::{Evidence, NAMES, code};
use crate::compose::{Change, Stage};
use crate::series::Series;
use crate::series::scriptlet::Scriptlet;
use crate::target::{Commit, Revision, Tree};
use crate::text::{Problem, Source, Span};

/// What is asked about.
pub struct Inquiry<'i> {
    /// The series.
    pub series: &'i Series,
    /// The base: stage 0.
    pub base: &'i Revision,
    /// The stages behind it.
    pub stages: &'i [Stage<'i>],
    /// The commit of each stage.
    pub commits: &'i [Commit],
    /// Names of the checks to ask.
    pub checks: Vec<&'static str>,
}

/// A place for everything that comes from the target, or why there is none. Opened once for all revisions.
pub type Place = Result<Sandbox, Unavailable>;

/// Checks of one patch that are asked together.
struct Question {
    stage: usize,
    checks: Vec<&'static str>,
}

/// What the manifests of a patch come to.
struct Means {
    kit: Option<Kit>,
    promises: Option<Scriptlet>,
}

impl Inquiry<'_> {
    /// Asks, on all cores, and returns the evidence of each stage in the order of [`super::NAMES`].
    ///
    /// # Errors
    /// Where a manifest of the series can't be used.
    pub fn ask(
        &self,
        place: &Place,
        hear: &(dyn Fn(&str, &str) + Sync),
    ) -> Result<Vec<Vec<Evidence>>, Vec<Problem>> {
        let means = self.means()?;
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
                (
                    question.stage,
                    self.answer(
                        question,
                        bench,
                        means[question.stage].promises.as_ref(),
                        place,
                    ),
                )
            })
            .collect();
        let mut evidence = vec![Vec::new(); self.stages.len()];
        for (stage, answers) in asked {
            evidence[stage].extend(answers);
        }
        for answers in &mut evidence {
            answers.sort_by_key(|answer: &Evidence| {
                NAMES.iter().position(|name| *name == answer.check)
            });
        }
        Ok(evidence)
    }

    /// The questions that there are. Those of a spec are asked together, since rpm reads it once for both.
    fn questions(&self) -> Vec<Question> {
        let mut questions = Vec::new();
        for (number, stage) in self.stages.iter().enumerate() {
            let (of_code, of_spec) = parts(stage);
            let asks = |check: &&'static str| match *check {
                "lint" => true,
                "syntax" | "behaviour" => of_spec.is_empty(),
                _ => !of_code.is_empty(),
            };
            let single = self.checks.iter().copied().filter(asks);
            questions.extend(single.map(|check| Question {
                stage: number,
                checks: vec![check],
            }));
            let together = self
                .checks
                .iter()
                .copied()
                .filter(|check| matches!(*check, "syntax" | "behaviour"));
            let together: Vec<&'static str> = together.collect();
            if !of_spec.is_empty() && !together.is_empty() {
                questions.push(Question {
                    stage: number,
                    checks: together,
                });
            }
        }
        questions
    }

    fn means(&self) -> Result<Vec<Means>, Vec<Problem>> {
        let one = |problem: Problem| vec![problem];
        let of_stage = |stage: &Stage| {
            let promises = stage
                .patch
                .scriptlet
                .as_ref()
                .map(scriptlet::promises)
                .transpose()
                .map_err(one)?;
            let kit = stage
                .patch
                .harness
                .as_ref()
                .map(|manifest| self.kit(manifest))
                .transpose()
                .map_err(one)?;
            Ok(Means { kit, promises })
        };
        self.stages.iter().map(of_stage).collect()
    }

    fn kit(&self, manifest: &Source) -> Result<Kit, Problem> {
        let template = |name: &str| {
            self.series
                .template(name)
                .map(|source| source.text().to_owned())
        };
        Kit::new(manifest.text(), &template).map_err(|fault| {
            let reason = std::error::Error::source(&fault)
                .map_or(String::new(), |source| format!(": {source}"));
            let message = format!("{fault}{}", reason.lines().next().unwrap_or_default());
            Problem::new("series-harness", message)
                .at(manifest, Span::new(0, 0), "in this manifest")
                .help(reason)
        })
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
        match question.checks.as_slice() {
            ["lint"] => vec![code::lint(&self.commits[question.stage])],
            ["compile"] => each(&of_code, &|change| {
                self.compile(stage, change, before, bench, place)
            }),
            ["syntax"] if of_spec.is_empty() => vec![code::syntax(&of_code)],
            ["behaviour"] if of_spec.is_empty() => {
                each(&of_code, &|change| behaviour(change, bench, place))
            }
            checks => promises.map_or_else(
                || unproven(checks),
                |promises| {
                    let asked = Asked {
                        series: self.series,
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
            .map_or(&self.base.tree, |before| &self.stages[before].tree)
    }

    fn compile(
        &self,
        stage: &Stage,
        change: &Change,
        before: &Tree,
        bench: Option<&Bench>,
        place: &Place,
    ) -> Evidence {
        let bench = match usable("compile", bench, place) {
            Ok(bench) => bench,
            Err(skipped) => return *skipped,
        };
        let read_in =
            |tree: &Tree, path: &str| tree.read(path).ok().flatten().map(|blob| blob.bytes);
        let read_after = |path: &str| read_in(&stage.tree, path);
        let read_before = |path: &str| read_in(before, path);
        let after = CTree {
            path: &change.path,
            file: &change.after,
            read: &read_after,
        };
        let before = CTree {
            path: &change.path,
            file: &change.before,
            read: &read_before,
        };
        code::compile(bench, after, before, &code::functions(change))
    }
}

fn behaviour(change: &Change, bench: Option<&Bench>, place: &Place) -> Evidence {
    match usable("behaviour", bench, place) {
        Ok(bench) => code::behaviour(bench, change),
        Err(skipped) => *skipped,
    }
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
const NO_CASES: &str = "the patch brings no cases, so nothing is proven of it";

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
