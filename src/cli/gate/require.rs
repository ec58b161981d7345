//! Which patches a revision needs, and whether it has them. Knows nothing of where revisions come from.

use serde_json::{Value, json};

use crate::cli::Stop;
use crate::series::{Require, Series};
use crate::status::{Judgement, Status};
use crate::text::Problem;

/// Reads `--require`; what the series states where it is left out.
pub(super) fn required(series: &Series, typed: Option<&str>) -> Result<Require, Stop> {
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

/// Returns the form that reports tell.
pub(super) fn told(require: &Require) -> Value {
    match require {
        Require::All => json!("all"),
        Require::Any => json!("any"),
        Require::These(ids) => json!(ids),
    }
}

/// Whether a revision has what it needs. What is not affected needs nothing; what is undetermined has nothing.
pub(super) fn is_ok(require: &Require, judgements: &[Judgement]) -> bool {
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
