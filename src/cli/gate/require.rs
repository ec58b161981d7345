//! Which patches a revision needs. Knows nothing of revisions.

use crate::cli::Stop;
use crate::cli::subject::Subject;
use crate::series::Require;
use crate::text::Problem;

/// Reads `--require`; what the series states where it is left out.
///
/// # Errors
/// Where it names a patch that the series does not have or that is not asked for: nothing would be needed of it.
pub(super) fn required(subject: &Subject, typed: Option<&str>) -> Result<Require, Stop> {
    let require = match typed {
        None => subject.series.require.clone(),
        Some("all") => Require::All,
        Some("any") => Require::Any,
        Some(list) => Require::These(list.split(',').map(|id| id.trim().to_owned()).collect()),
    };
    let Require::These(ids) = &require else {
        return Ok(require);
    };
    let wanted = &subject.wanted;
    let help = format!("write all, any, or some of `{}`", wanted.join("`, `"));
    let problem = |message: String| vec![Problem::new("patch-unknown", message).help(help)];
    if typed.is_none() {
        return if ids.iter().any(|id| wanted.contains(id)) {
            Ok(require)
        } else {
            let message = "what the series requires is left out by `--only`; say what a revision needs with `--require`";
            Err(problem(message.to_owned()))
        };
    }
    match ids.iter().find(|id| !wanted.contains(id)) {
        None => Ok(require),
        Some(id) if subject.series.patch(id).is_some() => Err(problem(format!(
            "--require names a patch that --only leaves out: `{id}`"
        ))),
        Some(id) => Err(problem(format!(
            "--require names no patch of the series: `{id}`"
        ))),
    }
}
