//! Where the hunks of each patch of a version stand in the files that the series was made on. Does not know what they change.

use super::portrait::Portrait;
use crate::syntax::patch::{Body, FilePatch, Hunk, Side};

/// A hunk's place: the file, and the line in the file of the base; none where the series itself created the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    path: String,
    line: Option<usize>,
}

/// Returns the places of each patch: lines are counted in the base, so that what an earlier patch adds moves nothing.
pub(super) fn of(version: &[Portrait]) -> Vec<Vec<Place>> {
    let places = |at: usize| {
        let files = version[at].files.iter();
        let hunks = files.flat_map(|file| hunks(file).iter().map(move |hunk| (file, hunk)));
        let place = |(file, hunk): (&FilePatch, &Hunk)| {
            let path = file.old.as_deref().unwrap_or(file.path());
            in_base(&version[..at], path, hunk.old_start)
        };
        hunks.map(place).collect()
    };
    (0..version.len()).map(places).collect()
}

fn hunks(file: &FilePatch) -> &[Hunk] {
    match &file.body {
        Body::Text(hunks) => hunks,
        Body::Binary(_) => &[],
    }
}

/// Follows a line back through the patches before.
fn in_base(before: &[Portrait], path: &str, line: usize) -> Place {
    let (mut path, mut line) = (path.to_owned(), line);
    for portrait in before.iter().rev() {
        let mut files = portrait.files.iter();
        let Some(file) = files.find(|file| file.new.as_deref() == Some(&*path)) else {
            continue;
        };
        let Some(old) = &file.old else {
            return Place { path, line: None };
        };
        let count = |hunk: &Hunk, side| hunk.version(side).count();
        let is_above = |hunk: &&Hunk| hunk.new_start + count(hunk, Side::New) <= line;
        let above = hunks(file).iter().take_while(is_above);
        let (added, removed) = above.fold((0, 0), |(added, removed), hunk| {
            (
                added + count(hunk, Side::New),
                removed + count(hunk, Side::Old),
            )
        });
        line = (line + removed).saturating_sub(added);
        path.clone_from(old);
    }
    Place {
        path,
        line: Some(line),
    }
}

/// Tells which hunks of a patch stand elsewhere, a line each; empty where none does.
pub(super) fn moved(old: &[Place], new: &[Place]) -> String {
    let mut told = String::new();
    for (from, to) in old.iter().zip(new) {
        if let (Some(old_line), Some(new_line)) = (from.line, to.line)
            && from != to
        {
            told.push_str(&format!(
                "    {}: what stood at line {old_line} stands at line {new_line}\n",
                to.path
            ));
        }
    }
    told
}
