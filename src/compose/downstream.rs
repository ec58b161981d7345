//! A source and the spec that packages it, as one tree that a series can be put on. Does not know how either was found.
//!
//! Downstream the spec ships from a repository of its own, and what the source has of it (a template, a spec of its own) is not used.

use crate::series::Series;
use crate::series::step::Edit;
use crate::target::{Blob, Fault, Tree};

/// Returns the path at which the series looks for the spec that ships downstream: what it says, else the spec's own name.
pub fn place_of_spec(series: &Series, file: &str) -> String {
    series.downstream.clone().unwrap_or_else(|| file.to_owned())
}

/// Returns the source with the spec at `place`, and without the other files that the series changes as specs.
///
/// # Errors
/// Where the source can't be read.
pub fn joined(series: &Series, source: &Tree, place: &str, spec: Blob) -> Result<Tree, Fault> {
    let steps = series.patches.iter().flat_map(|patch| &patch.steps);
    let specs = steps
        .filter(|step| matches!(step.edit, Edit::Insert(_)))
        .flat_map(|step| &step.files);
    let mut tree = source.clone();
    for path in specs {
        if path != place && tree.entry(path)?.is_some() {
            tree = tree.put(path, None);
        }
    }
    Ok(tree.put(place, Some(spec)))
}
