//! The checks of patches that were given: the series' manifests ask, whatever form a patch has. Knows no step.

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use super::code;
use super::inquiry::{Answers, Inquiry, Place, in_order};
use crate::compose::GivenStage;
use crate::status::{self, Judgement};
use crate::target::{Revision, Tree};
use crate::text::Problem;

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

pub(super) fn ask(
    inquiry: &Inquiry,
    stages: &[GivenStage],
    _place: &Place,
    hear: &(dyn Fn(&str, &str) + Sync),
) -> Result<Answers, Vec<Problem>> {
    let numbered: Vec<(usize, &GivenStage)> = stages.iter().enumerate().collect();
    let asked = numbered.par_iter().map(|(number, stage)| {
        let mut answers = Vec::new();
        if inquiry.checks.contains(&"lint") {
            hear(&stage.given.id, "lint");
            answers.push(code::lint(&stage.given.commit));
        }
        (*number, answers)
    });
    let evidence = in_order(stages.len(), asked.collect());
    let fixes = fixes(inquiry, stages.last().map(|stage| &stage.tree));
    Ok(Answers { evidence, fixes })
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
