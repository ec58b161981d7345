//! The checks of patches that were given: the series' manifests ask, whatever form a patch has. Knows no step.

mod compile;
mod parse;
mod syntax;
mod touched;

use rayon::prelude::{IntoParallelIterator, ParallelIterator};

use super::c::Bench;
use super::inquiry::{Answers, Inquiry, Means, Place, in_order};
use super::spec::Reader;
use super::{Evidence, code};
use crate::compose::GivenStage;
use crate::status::{self, Judgement};
use crate::target::{Revision, Tree};
use crate::text::Problem;

/// The findings that these checks tell beside those of the series' own patches.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "code-unbalanced",
        "The brackets of a file matched before the patch and do not any more.",
        "Look for the bracket that the patch adds or takes away alone.",
    ),
    (
        "shell-syntax",
        "bash takes a script for no program any more.",
        "Mend what it says: `bash -n` on the patched file.",
    ),
];

/// What became of a defect that a patch of the series mends.
#[derive(Clone, Debug)]
pub struct Fix {
    /// The series' patch.
    pub patch: String,
    /// Its status on the base.
    pub before: Judgement,
    /// Its status behind the last of the given patches.
    pub after: Judgement,
}

/// The given patches as stages, and the means to ask about them.
struct Asking<'a> {
    inquiry: &'a Inquiry<'a>,
    stages: &'a [GivenStage<'a>],
    place: &'a Place,
    /// The means of each patch of the series.
    benches: &'a [Option<Bench<'a>>],
    /// Reads specs for the distributions that the series names.
    specs: Option<&'a Reader<'a>>,
    /// Whether a patch of the series tells how C is compiled.
    has_kit: bool,
    /// Whether the base is the series' project: what its manifests know is known of no other.
    is_project: bool,
}

/// A question that is asked on its own.
#[derive(Clone, Copy)]
enum Question {
    Lint(usize),
    Syntax(usize),
    Compile(usize),
}

pub(super) fn ask(
    inquiry: &Inquiry,
    stages: &[GivenStage],
    place: &Place,
    hear: &(dyn Fn(&str, &str) + Sync),
) -> Result<Answers, Vec<Problem>> {
    let series = inquiry.series;
    let means: Vec<Means> = series
        .patches
        .iter()
        .map(|patch| Means::of(series, patch))
        .collect::<Result<_, _>>()?;
    let benches: Vec<Option<Bench>> = means
        .iter()
        .map(|means| Some(Bench::new(means.kit.as_ref()?, place.as_ref().ok()?)))
        .collect();
    let promises = means.iter().find_map(|means| means.promises.as_ref());
    let specs = place
        .as_ref()
        .ok()
        .zip(promises)
        .and_then(|(sandbox, promises)| {
            let macros = series.template(&promises.macros)?;
            Some(Reader::new(sandbox, promises, macros.text()))
        });
    let fixes = fixes(inquiry, stages.last().map(|stage| &stage.tree));
    let asking = Asking {
        inquiry,
        stages,
        place,
        benches: &benches,
        specs: specs.as_ref(),
        has_kit: means.iter().any(|means| means.kit.is_some()),
        is_project: !fixes.is_empty(),
    };
    let asked = asking
        .questions()
        .into_par_iter()
        .map(|question| asking.answer(question, hear));
    let evidence = in_order(stages.len(), asked.collect());
    Ok(Answers { evidence, fixes })
}

impl Asking<'_> {
    fn questions(&self) -> Vec<Question> {
        let asks = |check: &str| self.inquiry.checks.contains(&check);
        let mut questions = Vec::new();
        for number in 0..self.stages.len() {
            questions.extend(asks("lint").then_some(Question::Lint(number)));
            questions.extend(asks("syntax").then_some(Question::Syntax(number)));
            questions.extend(asks("compile").then_some(Question::Compile(number)));
        }
        questions
    }

    fn answer(
        &self,
        question: Question,
        hear: &(dyn Fn(&str, &str) + Sync),
    ) -> (usize, Vec<Evidence>) {
        let tell = |number: usize, check: &str| hear(&self.stages[number].given.id, check);
        match question {
            Question::Lint(number) => {
                tell(number, "lint");
                (number, vec![code::lint(&self.stages[number].given.commit)])
            }
            Question::Syntax(number) => {
                tell(number, "syntax");
                (number, syntax::ask(self, number))
            }
            Question::Compile(number) => {
                tell(number, "compile");
                (number, compile::ask(self, number))
            }
        }
    }

    /// The tree that a stage's patch was put on.
    fn before(&self, number: usize) -> &Tree {
        let before = number.checked_sub(1);
        before.map_or(&self.inquiry.base.tree, |before| &self.stages[before].tree)
    }
}

/// What the defects of the series are before and behind all patches; none where the tree is not the series' project.
fn fixes(inquiry: &Inquiry, last: Option<&Tree>) -> Vec<Fix> {
    let behind = Revision {
        tree: last.unwrap_or(&inquiry.base.tree).clone(),
        ..inquiry.base.clone()
    };
    let judged = |revision| status::judge(inquiry.series, revision);
    let (before, after) = rayon::join(|| judged(inquiry.base), || judged(&behind));
    before
        .into_iter()
        .zip(after)
        .filter(|(before, _)| before.code != "project-unknown")
        .map(|(before, after)| Fix {
            patch: before.patch.clone(),
            before,
            after,
        })
        .collect()
}

/// Says how many of what, in words.
fn counted(count: usize, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {many}"),
    }
}
