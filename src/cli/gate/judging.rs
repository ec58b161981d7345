//! Judges the revisions that were asked for. Does not know how they were selected, or what is made of the answers.

use crate::cli::Stop;
use crate::cli::subject::Subject;
use crate::report::progress::{Event, Progress};
use crate::status::{self, Judgement};
use crate::target::Revision;

/// A revision and the judgement of each patch that was asked for.
pub(super) struct Answer {
    pub(super) revision: String,
    pub(super) commit: Option<String>,
    pub(super) judgements: Vec<Judgement>,
}

/// Returns the answers in the order of the revisions.
pub(super) fn judge(
    subject: &Subject,
    revisions: Vec<Revision>,
    progress: Progress,
) -> Result<Vec<Answer>, Stop> {
    let mut answers = Vec::new();
    for revision in revisions {
        progress.tell(&Event::Judging(&revision.name));
        warn_of_uncommitted(subject, &revision, progress);
        let mut judgements = status::judge(&subject.series, &revision);
        judgements.retain(|judgement| subject.wanted.contains(&judgement.patch));
        answers.push(Answer {
            commit: revision.commit.map(|base| base.id),
            revision: revision.name,
            judgements,
        });
    }
    Ok(answers)
}

/// Files that the series looks at may have changes that are in no revision.
fn warn_of_uncommitted(subject: &Subject, revision: &Revision, progress: Progress) {
    let steps = subject.series.patches.iter().flat_map(|patch| &patch.steps);
    let mut paths: Vec<String> = steps.flat_map(|step| step.files.clone()).collect();
    paths.sort();
    paths.dedup();
    for path in subject.target.uncommitted(revision, &paths) {
        let text = format!("{path} has changes that are not committed; they were not read");
        progress.tell(&Event::Notice(&text));
    }
}
