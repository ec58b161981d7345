//! Which combinations of patches the histories are played in, for stages that a series made and for those of given patches.

use super::{Combination, Histories, play};
use crate::check::given::{Fix, touched};
use crate::check::inquiry::{Inquiry, Place};
use crate::compose::{self, GivenStage, Stage};
use crate::series::Series;
use crate::status::Status;
use crate::target::{FileChange, Tree};

/// Who is told what is asked of which patch.
type Hear<'h> = &'h (dyn Fn(&str, &str) + Sync);

/// Plays the histories with none of the patches of the stages, with each alone, with all; a patch that has no place without those
/// before it is not played alone.
pub(in crate::check) fn of_made(
    inquiry: &Inquiry,
    stages: &[Stage],
    place: &Place,
    hear: Hear,
) -> Histories {
    let Some(last) = stages.last().filter(|_| is_asked(inquiry)) else {
        return Histories::Unasked;
    };
    let base = inquiry.base;
    let alone = stages.iter().filter_map(|stage| {
        let alone = compose::stage(stage.patch, &base.tree, &base.name).ok()?;
        Some((stage.patch.id.clone(), alone.tree))
    });
    hear("the series", "histories");
    played(inquiry, &alone.collect::<Vec<_>>(), &last.tree, &[], place)
}

/// Given patches that are played alone: a table has no room for more.
const MOST_ALONE: usize = 4;

/// Plays the histories for given patches where they have to do with a defect of the series that the base has: those that do alone,
/// unless they are many.
pub(in crate::check) fn of_given(
    inquiry: &Inquiry,
    stages: &[GivenStage],
    fixes: &[Fix],
    place: &Place,
    hear: Hear,
) -> Histories {
    let is_there = fixes.iter().any(|fix| fix.before.status == Status::Missing);
    let concerning = stages.iter().filter(|stage| {
        let mut changes = stage.given.commit.changes.iter();
        changes.any(|change| concerns(inquiry.series, &change.path))
    });
    let concerning: Vec<&GivenStage> = concerning.collect();
    let is_asked = is_there && !concerning.is_empty() && is_asked(inquiry);
    let Some(last) = stages.last().filter(|_| is_asked) else {
        return Histories::Unasked;
    };
    let alone = match concerning.len() {
        ..=MOST_ALONE => &concerning[..],
        _ => &[],
    };
    let alone = alone.iter().filter_map(|stage| {
        let tree = compose::given::alone(inquiry.base, stage.given).ok()??;
        Some((stage.given.id.clone(), tree))
    });
    let changes = stages.iter().flat_map(|stage| &stage.given.commit.changes);
    let changes: Vec<&FileChange> = changes.collect();
    hear("the series", "histories");
    played(
        inquiry,
        &alone.collect::<Vec<_>>(),
        &last.tree,
        &changes,
        place,
    )
}

fn is_asked(inquiry: &Inquiry) -> bool {
    inquiry.histories && inquiry.checks.contains(&"behaviour") && inquiry.series.scenarios.is_some()
}

/// Whether a patch of the series changes such a file.
fn concerns(series: &Series, path: &str) -> bool {
    let steps = series.patches.iter().flat_map(|patch| &patch.steps);
    steps
        .into_iter()
        .any(|step| step.files.iter().any(|file| file == path) || step.elsewhere.matches(path))
}

fn played(
    inquiry: &Inquiry,
    alone: &[(String, Tree)],
    all: &Tree,
    changes: &[&FileChange],
    place: &Place,
) -> Histories {
    let combination = |id: &str, tree| Combination {
        id: id.to_owned(),
        tree,
        sources: touched::beside(changes, &inquiry.base.tree, tree),
    };
    let mut combinations = vec![combination("none", &inquiry.base.tree)];
    combinations.extend(alone.iter().map(|(id, tree)| combination(id, tree)));
    combinations.push(combination("all", all));
    match play(inquiry.series, &combinations, place) {
        Ok(played) => Histories::Played(Box::new(played)),
        Err(reason) => Histories::Unplayed(reason),
    }
}
