//! The checks of patches that were given: the series' manifests ask, whatever form a patch has. Knows no step.

mod code;
mod compile;
mod each;
pub(super) mod judged;
pub mod kept;
pub mod mended;
mod package;
mod parse;
pub mod proof;
mod scriptlet;
mod sections;
mod standing;
mod syntax;
pub(super) mod touched;

use rayon::prelude::{IntoParallelIterator, ParallelIterator};

use super::c::Bench;
use super::inquiry::{Answers, Inquiry, Means, Place, in_order};
use super::scenario;
use super::spec::Reader;
use super::{Evidence, code as of_code};
use crate::compose::{Given, GivenStage};
use crate::series::Judge;
use crate::status::{self, Judgement, Status};
use crate::target::{Revision, Tree};
use crate::text::Problem;
use judged::Played;

/// The findings that these checks tell beside those of the series' own patches.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "code-unbalanced",
        "The brackets of a file matched before the patch and do not any more.",
        "Look for the bracket that the patch adds or takes away alone.",
    ),
    (
        "played-right",
        "All cases of the patch come out right when they are played: the tree is fixed, in whatever form.",
        "Nothing is to be done.",
    ),
    (
        "played-wrong",
        "A case of the patch comes out wrong when it is played: the fix is missing, or is none.",
        "Look at the case that is told.",
    ),
    (
        "scriptlet-cut",
        "Lines of a scriptlet end up in another section of the spec, although the patch does not take them away.",
        "Look for a heading that the patch puts between them.",
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
    means: &'a [Means],
    benches: &'a [Option<Bench<'a>>],
    /// Reads specs for the distributions that the series names.
    specs: Option<&'a Reader<'a>>,
    /// The part of the base that the status of the patch is told from, where one patch is asked about and that is known.
    part: Option<&'a Tree>,
    /// Whether a patch of the series tells how C is compiled.
    has_kit: bool,
    /// Whether the base is the series' project: what its manifests know is known of no other.
    is_project: bool,
}

/// What playing the cases of a patch of the series came to.
#[derive(Default)]
struct Outlook {
    /// The evidence, by the number of the stage.
    evidence: Vec<(usize, Evidence)>,
    /// How the tree behaves before the first stage that matters, and behind the last; none where none does.
    before: Option<Played>,
    after: Option<Played>,
}

impl Outlook {
    fn skipped(number: usize, check: &'static str, why: impl Into<String>) -> Self {
        Outlook {
            evidence: vec![(number, Evidence::skipped(check, why))],
            ..Outlook::default()
        }
    }
}

/// A question that is asked on its own.
#[derive(Clone, Copy)]
enum Question {
    Lint(usize),
    Syntax(usize),
    Compile(usize),
    /// Of all stages, by a patch of the series.
    Behaviour(usize),
    /// The same, with real packages.
    Package(usize),
}

/// What came of a question: evidence by stage, and the outlook of a patch of the series.
#[derive(Default)]
struct Answer {
    evidence: Vec<(usize, Evidence)>,
    outlook: Option<(usize, Option<Played>, Option<Played>)>,
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
    let mut fixes = fixes(inquiry, stages.last().map(|stage| &stage.tree));
    let asking = Asking {
        inquiry,
        stages,
        place,
        means: &means,
        benches: &benches,
        specs: specs.as_ref(),
        part: None,
        has_kit: means.iter().any(|means| means.kit.is_some()),
        is_project: !fixes.is_empty(),
    };
    let questions = asking.questions().into_par_iter();
    let answers: Vec<Answer> = questions
        .map(|question| asking.answer(question, hear))
        .collect();
    let mut evidence = Vec::new();
    for answer in answers {
        let told = answer.evidence.into_iter();
        evidence.extend(told.map(|(number, evidence)| (number, vec![evidence])));
        if let Some((patch, before, after)) = answer.outlook {
            let id = &series.patches[patch].id;
            let fix = fixes.iter_mut().find(|fix| fix.patch == *id);
            fix.into_iter()
                .for_each(|fix| fix.join(before.as_ref(), after.as_ref()));
        }
    }
    let evidence = in_order(stages.len(), evidence);
    let histories = scenario::stages::of_given(inquiry, stages, &fixes, place, hear);
    Ok(Answers {
        evidence,
        fixes,
        histories,
    })
}

impl Fix {
    /// Joins what structure showed with what was played: what was played is what happens.
    fn join(&mut self, before: Option<&Played>, after: Option<&Played>) {
        join(&mut self.before, before);
        join(&mut self.after, after);
    }
}

fn join(judgement: &mut Judgement, played: Option<&Played>) {
    let Some((played, is_right)) = played.and_then(|played| Some((played, played.is_right()?)))
    else {
        return;
    };
    let (status, code) = match is_right {
        true => (Status::Fixed, "played-right"),
        false => (Status::Missing, "played-wrong"),
    };
    if judgement.status != status {
        judgement.status = status;
        judgement.code = code;
        judgement.reason = played.told();
    }
}

impl Asking<'_> {
    /// The base, as far as the status of a patch is told from it.
    fn judged(&self) -> &Tree {
        self.part.unwrap_or(&self.inquiry.base.tree)
    }

    fn questions(&self) -> Vec<Question> {
        let asks = |check: &str| self.inquiry.checks.contains(&check);
        let mut questions = Vec::new();
        // What takes longest begins first.
        if asks("behaviour") && self.is_project {
            questions.extend((0..self.inquiry.series.patches.len()).map(Question::Behaviour));
        }
        if asks("package") && self.is_project {
            questions.extend((0..self.inquiry.series.patches.len()).map(Question::Package));
        }
        for number in 0..self.stages.len() {
            questions.extend(asks("lint").then_some(Question::Lint(number)));
            questions.extend(asks("syntax").then_some(Question::Syntax(number)));
            questions.extend(asks("compile").then_some(Question::Compile(number)));
        }
        questions
    }

    fn answer(&self, question: Question, hear: &(dyn Fn(&str, &str) + Sync)) -> Answer {
        let tell = |number: usize, check: &str| hear(&self.stages[number].given.id, check);
        let of = |number: usize, evidence: Vec<Evidence>| Answer {
            evidence: evidence
                .into_iter()
                .map(|evidence| (number, evidence))
                .collect(),
            outlook: None,
        };
        match question {
            Question::Lint(number) => {
                tell(number, "lint");
                of(number, vec![lint(self.stages[number].given)])
            }
            Question::Syntax(number) => {
                tell(number, "syntax");
                of(number, syntax::ask(self, number))
            }
            Question::Compile(number) => {
                tell(number, "compile");
                of(number, compile::ask(self, number))
            }
            Question::Behaviour(patch) => {
                hear(&self.inquiry.series.patches[patch].id, "behaviour");
                let outlook = self.behaviour(patch);
                Answer {
                    evidence: outlook.evidence,
                    outlook: Some((patch, outlook.before, outlook.after)),
                }
            }
            Question::Package(patch) => {
                hear(&self.inquiry.series.patches[patch].id, "package");
                Answer {
                    evidence: self.package(patch),
                    outlook: None,
                }
            }
        }
    }

    fn package(&self, at: usize) -> Vec<(usize, Evidence)> {
        let patch = &self.inquiry.series.patches[at];
        match (&patch.judge, &self.means[at].promises) {
            (Judge::Scriptlet(judge), Some(promises)) => {
                scriptlet::packages(self, patch, judge, promises)
            }
            _ => Vec::new(),
        }
    }

    fn behaviour(&self, at: usize) -> Outlook {
        let patch = &self.inquiry.series.patches[at];
        match &patch.judge {
            Judge::Code(judge) => code::ask(self, patch, judge, self.benches[at].as_ref()),
            Judge::Scriptlet(judge) => match &self.means[at].promises {
                Some(promises) => scriptlet::ask(self, patch, judge, promises),
                None => Outlook::default(),
            },
        }
    }

    /// The tree that a stage's patch was put on.
    fn before(&self, number: usize) -> &Tree {
        let before = number.checked_sub(1);
        before.map_or(&self.inquiry.base.tree, |before| &self.stages[before].tree)
    }
}

/// What lint says of a patch as it was mailed, or would be.
fn lint(given: &Given) -> Evidence {
    match &given.mailed {
        Some(mailed) => of_code::lint_mailed(&given.commit, &mailed.text, &mailed.files),
        None => of_code::lint(&given.commit),
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
