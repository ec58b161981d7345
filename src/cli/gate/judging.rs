//! Judges the revisions that were asked for. Does not know how they were selected, or what is made of the answers.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::selection::Asked;
use crate::cli::Stop;
use crate::cli::subject::Subject;
use crate::report::progress::{Event, Progress};
use crate::status::history::History;
use crate::status::kept::{Folder, Kept};
use crate::status::{Judgement, Matter, Status};
use crate::target::Revision;
use crate::verdict::gate::{Cell, Row};

/// What was found out of a revision: the answer for each patch that is wanted.
pub(super) struct Answers {
    pub(super) revision: Revision,
    pub(super) cells: Vec<Cell>,
    /// What the status of each patch of the series was told from, wanted or not, where ids tell that.
    pub(super) matters: Vec<Option<Matter>>,
}

/// Judges the revisions, equal commits once. Answers are kept in `place`.
pub(super) fn judge(
    subject: &Subject,
    asked: &[Asked],
    place: Option<&Path>,
    progress: Progress,
) -> Result<Vec<Answers>, Stop> {
    let revisions = distinct(subject, asked)?;
    warn_of_uncommitted(subject, &revisions, progress);
    let counting = progress.count(revisions.len());
    let hear = |name: &str| counting.begin(name);
    let history = History::new(&subject.series);
    let place = place.filter(|_| subject.target.ids_tell());
    let folder = place.and_then(|place| Folder::new(place, &subject.series));
    let mut kept = folder
        .as_ref()
        .map_or_else(Kept::default, |folder| folder.read(&subject.series));
    let judged = history
        .judge_all(&revisions, &mut kept, &hear)
        .map_err(|fault| vec![subject.target.problem(&fault)])?;
    drop(counting);
    if let (Some(folder), Some(place)) = (folder, place)
        && let Err(error) = folder.write(kept, &subject.series)
    {
        let text = format!("no answers are kept in {}: {error}", place.display());
        progress.tell(&Event::Notice(&text));
    }
    let answers = revisions.into_iter().zip(judged);
    let answers = answers.map(|(revision, judged)| {
        let (matters, judged): (_, Vec<Judgement>) = judged.into_iter().unzip();
        let is_wanted = |answer: &Judgement| subject.wanted.contains(&answer.patch);
        let judged = judged.into_iter().filter(is_wanted);
        Answers {
            revision,
            cells: judged.map(Cell::from).collect(),
            matters,
        }
    });
    Ok(answers.collect())
}

/// Returns a row for each revision that was asked for, in their order.
pub(super) fn rows(subject: &Subject, asked: &[Asked], answers: Vec<Answers>) -> Vec<Row> {
    let known = answers.into_iter();
    let known = known.map(|one| (one.revision.commit.map(|base| base.id), one.cells));
    let known: HashMap<Option<String>, Vec<Cell>> = known.collect();
    let row = |one: &Asked| {
        let cells = match &one.broken {
            Some(why) => unreadable(subject, &one.name, why),
            None => known.get(&one.commit).cloned().unwrap_or_default(),
        };
        Row {
            position: None,
            revision: one.name.clone(),
            commit: one.commit.clone(),
            ok: false,
            exempt: None,
            proved: cells.iter().any(Cell::is_proved) && !cells.iter().any(Cell::is_open),
            cells,
        }
    };
    asked.iter().map(row).collect()
}

/// Opens the commits that are asked for, each once, under the first name that it is asked by.
fn distinct(subject: &Subject, asked: &[Asked]) -> Result<Vec<Revision>, Stop> {
    let mut seen = HashSet::new();
    let mut revisions = Vec::new();
    for one in asked {
        if one.broken.is_some() || !seen.insert(&one.commit) {
            continue;
        }
        let name = one.commit.as_deref().unwrap_or(&one.name);
        let mut revision = subject
            .target
            .revision(name)
            .map_err(|problem| vec![problem])?;
        revision.name.clone_from(&one.name);
        revisions.push(revision);
    }
    Ok(revisions)
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
        proof: None,
        diff: None,
    };
    subject.wanted.iter().map(cell).collect()
}

/// Files that the series looks at may have changes that are in no revision.
fn warn_of_uncommitted(subject: &Subject, revisions: &[Revision], progress: Progress) {
    let head = subject.target.checked_out();
    let is_head = |revision: &&Revision| {
        let commit = revision.commit.as_ref();
        head.is_some() && commit.map(|base| &base.id) == head.as_ref()
    };
    let Some(revision) = revisions.iter().find(is_head) else {
        return;
    };
    let steps = subject.series.patches.iter().flat_map(|patch| &patch.steps);
    let mut paths: Vec<String> = steps.flat_map(|step| step.files.clone()).collect();
    paths.sort();
    paths.dedup();
    for path in subject.target.uncommitted(revision, &paths) {
        let text = format!("{path} has changes that are not committed; they were not read");
        progress.tell(&Event::Notice(&text));
    }
}
