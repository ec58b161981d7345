//! The commit message of a patch: its subject, its template rendered for where it went, its trailers.

use serde::Serialize;

use super::{Stage, trailers};
use crate::render::render;
use crate::series::Series;
use crate::text::Problem;

/// What a message's template may use.
#[derive(Serialize)]
struct Context<'c> {
    project: &'c str,
    places: Vec<PlaceContext<'c>>,
    /// Ids of the patches that the tree has already.
    there: &'c [&'c str],
}

#[derive(Serialize)]
struct PlaceContext<'c> {
    step: &'c str,
    path: &'c str,
    within: &'c str,
    package: Option<&'c str>,
}

/// Returns subject, blank line, body and trailers, ending in a newline. `there` are the patches of the series that the tree had already.
///
/// # Errors
/// Where the template can't be rendered.
pub fn message(
    series: &Series,
    stage: &Stage,
    there: &[&str],
    trailers: &[String],
) -> Result<String, Problem> {
    let places = stage
        .changes
        .iter()
        .flat_map(|change| {
            change.made.iter().map(|made| PlaceContext {
                step: &made.step,
                path: &change.path,
                within: &made.within,
                package: made.package.as_deref(),
            })
        })
        .collect();
    let body = render(
        &stage.patch.message,
        Context {
            project: &series.project.name,
            places,
            there,
        },
    )?;
    let mut message = format!("{}\n", stage.patch.subject.value);
    let body = body.trim_matches('\n').trim_end();
    if !body.is_empty() {
        message.push_str(&format!("\n{body}\n"));
    }
    Ok(trailers::with(&message, trailers))
}
