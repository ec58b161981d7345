//! The diffs that would fix what is missing, for reports that show them. Does not judge.

use std::collections::HashMap;

use super::partition;
use super::selection::Asked;
use crate::cli::subject::Subject;
use crate::compose;
use crate::mail::diff;
use crate::target::Revision;
use crate::verdict::gate::Row;

/// Names for each cell that is missing and can be placed the diff that its patch makes, and returns the diffs, each once. For one that
/// can't be made none is named: the page says that the patch can't be placed.
pub(super) fn add(subject: &Subject, asked: &[Asked], rows: &mut [Row]) -> Vec<String> {
    let mut diffs: Vec<String> = Vec::new();
    let mut numbers: HashMap<String, usize> = HashMap::new();
    // Equal contents have equal diffs.
    let mut known: HashMap<(String, String), Option<usize>> = HashMap::new();
    for (one, row) in asked.iter().zip(rows) {
        if !row.cells.iter().any(|cell| cell.applies) {
            continue;
        }
        let name = one.commit.as_deref().unwrap_or(&one.name);
        let Ok(revision) = subject.target.revision(name) else {
            continue;
        };
        let content = partition::files(subject, &revision).unwrap_or_else(|_| one.name.clone());
        for cell in row.cells.iter_mut().filter(|cell| cell.applies) {
            let key = (content.clone(), cell.patch.clone());
            cell.diff = *known.entry(key).or_insert_with(|| {
                let text = made(subject, &revision, &cell.patch)?;
                Some(*numbers.entry(text).or_insert_with_key(|text| {
                    diffs.push(text.clone());
                    diffs.len() - 1
                }))
            });
        }
    }
    diffs
}

fn made(subject: &Subject, revision: &Revision, patch: &str) -> Option<String> {
    let patch = subject.series.patch(patch)?;
    let stage = compose::stage(patch, &revision.tree, &revision.name).ok()?;
    let changes: Vec<_> = stage
        .changes
        .iter()
        .map(|change| change.blobs.clone())
        .collect();
    diff::text(&changes).ok()
}
