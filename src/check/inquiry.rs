//! Asks every check of every patch, stage by stage. Knows which check has a question to ask of what; how it asks is the check's.

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use super::c::{Bench, CTree, Kit};
use super::sandbox::{Sandbox, Unavailable};
use super::{Evidence, code, scriptlet};
use crate::compose::{Change, Stage};
use crate::series::Series;
use crate::target::{Commit, Revision, Tree};
use crate::text::{Problem, Span};

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

/// One check of one patch.
struct Question {
    stage: usize,
    check: &'static str,
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
        let kits = self.kits()?;
        let run = |job: &super::sandbox::Job| match place {
            Ok(sandbox) => sandbox.run(job),
            Err(unavailable) => Err(std::io::Error::other(unavailable.to_string())),
        };
        let benches: Vec<Option<Bench>> = kits
            .iter()
            .map(|kit| kit.as_ref().map(|kit| Bench::new(kit, &run)))
            .collect();
        let questions: Vec<Question> = (0..self.stages.len())
            .flat_map(|stage| {
                self.checks
                    .iter()
                    .map(move |&check| Question { stage, check })
            })
            .collect();
        let asked: Vec<(usize, Option<Evidence>)> = questions
            .par_iter()
            .map(|question| {
                hear(&self.stages[question.stage].patch.id, question.check);
                (
                    question.stage,
                    self.answer(question, benches[question.stage].as_ref(), place),
                )
            })
            .collect();
        let mut evidence = vec![Vec::new(); self.stages.len()];
        for (stage, answer) in asked {
            evidence[stage].extend(answer);
        }
        Ok(evidence)
    }

    fn kits(&self) -> Result<Vec<Option<Kit>>, Vec<Problem>> {
        let kit = |stage: &Stage| {
            let Some(manifest) = &stage.patch.harness else {
                return Ok(None);
            };
            let template = |name: &str| {
                self.series
                    .template(name)
                    .map(|source| source.text().to_owned())
            };
            Kit::new(manifest.text(), &template)
                .map(Some)
                .map_err(|fault| {
                    let reason = std::error::Error::source(&fault)
                        .map_or(String::new(), |source| format!(": {source}"));
                    let problem = Problem::new("series-harness", format!("{fault}{reason}"));
                    vec![problem.at(manifest, Span::new(0, 0), "in this manifest")]
                })
        };
        self.stages.iter().map(kit).collect()
    }

    fn answer(
        &self,
        question: &Question,
        bench: Option<&Bench>,
        place: &Place,
    ) -> Option<Evidence> {
        let stage = &self.stages[question.stage];
        let before = self.tree_before(question.stage);
        let (of_code, of_spec): (Vec<&Change>, Vec<&Change>) = stage
            .changes
            .iter()
            .partition(|change| change.made.iter().all(|made| made.inserted.is_none()));
        match question.check {
            "lint" => Some(code::lint(&self.commits[question.stage])),
            "syntax" if !of_code.is_empty() => Some(code::syntax(&of_code)),
            "syntax" => scriptlet::syntax(self.series, stage, &of_spec, before, place),
            "compile" => self.compile(stage, &of_code, before, bench, place),
            "behaviour" if !of_code.is_empty() => self.behaviour(&of_code, bench, place),
            "behaviour" => scriptlet::behaviour(self.series, stage, &of_spec, before, place),
            _ => None,
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
        changes: &[&Change],
        before: &Tree,
        bench: Option<&Bench>,
        place: &Place,
    ) -> Option<Evidence> {
        let (bench, change) = (bench?, changes.first()?);
        if let Err(unavailable) = place {
            return Some(Evidence::skipped("compile", unavailable.to_string()));
        }
        let read_in =
            |tree: &Tree, path: &str| tree.read(path).ok().flatten().map(|blob| blob.bytes);
        let read_after = |path: &str| read_in(&stage.tree, path);
        let read_before = |path: &str| read_in(before, path);
        let after = CTree {
            file: &change.after,
            read: &read_after,
        };
        let before = CTree {
            file: &change.before,
            read: &read_before,
        };
        Some(code::compile(
            bench,
            after,
            before,
            &code::functions(change),
        ))
    }

    fn behaviour(
        &self,
        changes: &[&Change],
        bench: Option<&Bench>,
        place: &Place,
    ) -> Option<Evidence> {
        let (bench, change) = (bench?, changes.first()?);
        if let Err(unavailable) = place {
            return Some(Evidence::skipped("behaviour", unavailable.to_string()));
        }
        Some(code::behaviour(bench, change))
    }
}
