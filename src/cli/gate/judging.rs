//! Judges the revisions that were asked for. Does not know how they were selected, or what is made of the answers.

use std::collections::HashMap;

use super::selection::Asked;
use crate::cli::Stop;
use crate::cli::subject::Subject;
use crate::report::progress::{Event, Progress};
use crate::status::{self, Status};
use crate::target::Revision;
use crate::verdict::gate::{Cell, Row};

/// Returns a row for each revision, in their order; equal commits are judged once.
pub(super) fn judge(
    subject: &Subject,
    asked: &[Asked],
    progress: Progress,
) -> Result<Vec<Row>, Stop> {
    let mut known: HashMap<&str, Vec<Cell>> = HashMap::new();
    let mut rows = Vec::new();
    for one in asked {
        let key = one.commit.as_deref().unwrap_or_default();
        let cells = match (&one.broken, known.get(key)) {
            (Some(why), _) => unreadable(subject, &one.name, why),
            (None, Some(cells)) => cells.clone(),
            (None, None) => {
                let cells = judge_one(subject, one, progress)?;
                known.insert(key, cells.clone());
                cells
            }
        };
        rows.push(Row {
            revision: one.name.clone(),
            commit: one.commit.clone(),
            ok: false,
            exempt: None,
            proved: false,
            cells,
        });
    }
    Ok(rows)
}

fn judge_one(subject: &Subject, asked: &Asked, progress: Progress) -> Result<Vec<Cell>, Stop> {
    progress.tell(&Event::Judging(&asked.name));
    let name = asked.commit.as_deref().unwrap_or(&asked.name);
    let mut revision = subject
        .target
        .revision(name)
        .map_err(|problem| vec![problem])?;
    revision.name.clone_from(&asked.name);
    warn_of_uncommitted(subject, &revision, progress);
    let mut judgements = status::judge(&subject.series, &revision);
    judgements.retain(|judgement| subject.wanted.contains(&judgement.patch));
    Ok(judgements.into_iter().map(Cell::from).collect())
}

/// What leads nowhere is listed, and open: to leave it out would be to call it good.
fn unreadable(subject: &Subject, name: &str, why: &str) -> Vec<Cell> {
    let cell = |patch: &String| Cell {
        patch: patch.clone(),
        status: Status::Undetermined,
        applies: false,
        code: "target-unreadable".to_owned(),
        reason: format!("can't read `{name}`: {why}"),
        places: Vec::new(),
        exempt: None,
    };
    subject.wanted.iter().map(cell).collect()
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
