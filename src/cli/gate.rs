//! `patchwright gate`: judges whether revisions carry the fixes.

use serde_json::{Value, json};

use super::args::{Format, Gate};
use super::subject::Subject;
use super::{Stop, print, use_color};
use crate::report::json::{self as document, Judged};
use crate::report::progress::{Event, Progress};
use crate::report::terminal;
use crate::series::{Require, Series};
use crate::status::{self, Judgement, Status};
use crate::target::Revision;
use crate::text::Problem;
use crate::verdict::Exit;

pub(super) fn run(typed: &Gate) -> Result<Exit, Stop> {
    use_color(typed.common.color);
    let subject = Subject::open(&typed.common, &typed.revisions)?;
    let require = required(&subject.series, typed.require.as_deref())?;
    let files = super::reports::files(&typed.common.reports)?;
    let revisions = subject.resolve()?;
    super::reports::probe(&files)?;
    let progress = Progress {
        quiet: typed.common.quiet,
    };
    let mut judged = Vec::new();
    for revision in revisions {
        progress.tell(&Event::Judging(&revision.name));
        warn_of_uncommitted(&subject, &revision, progress);
        let mut judgements = status::judge(&subject.series, &revision);
        judgements.retain(|judgement| subject.wanted.contains(&judgement.patch));
        let commit = revision.commit.map(|base| base.id);
        judged.push(Judged {
            ok: is_ok(&require, &judgements),
            revision: revision.name,
            commit,
            judgements,
        });
    }
    let document = document::gate(&subject.series.name, &told(&require), &judged);
    super::reports::write(&files, &document)?;
    match typed.common.format {
        Format::Json => print(&format!("{document:#}\n"))?,
        Format::Terminal => print(&terminal::matrix(&judged, typed.common.verbose))?,
    }
    Ok(if judged.iter().all(|judged| judged.ok) {
        Exit::Good
    } else {
        Exit::Failed
    })
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

fn required(series: &Series, typed: Option<&str>) -> Result<Require, Stop> {
    match typed {
        None => Ok(series.require.clone()),
        Some("all") => Ok(Require::All),
        Some("any") => Ok(Require::Any),
        Some(list) => {
            let ids: Vec<String> = list.split(',').map(|id| id.trim().to_owned()).collect();
            match ids.iter().find(|id| series.patch(id).is_none()) {
                None => Ok(Require::These(ids)),
                Some(id) => {
                    let known: Vec<&str> = series
                        .patches
                        .iter()
                        .map(|patch| patch.id.as_str())
                        .collect();
                    let message = format!("--require names no patch of the series: `{id}`");
                    let help = format!("write all, any, or some of `{}`", known.join("`, `"));
                    Err(vec![Problem::new("patch-unknown", message).help(help)])
                }
            }
        }
    }
}

fn told(require: &Require) -> Value {
    match require {
        Require::All => json!("all"),
        Require::Any => json!("any"),
        Require::These(ids) => json!(ids),
    }
}

/// Whether a revision has what it needs. What is not affected needs nothing; what is undetermined has nothing.
fn is_ok(require: &Require, judgements: &[Judgement]) -> bool {
    let good =
        |judgement: &Judgement| matches!(judgement.status, Status::Fixed | Status::NotAffected);
    match require {
        Require::All => judgements.iter().all(good),
        Require::Any => {
            judgements
                .iter()
                .any(|judgement| judgement.status == Status::Fixed)
                || judgements
                    .iter()
                    .all(|judgement| judgement.status == Status::NotAffected)
        }
        Require::These(ids) => judgements
            .iter()
            .filter(|judgement| ids.contains(&judgement.patch))
            .all(good),
    }
}
