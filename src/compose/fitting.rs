//! A change that was made on another version of a file, put on this one by the lines around it, as `git am` would. Does not know
//! where the change comes from.

use crate::apply::{Direction, apply};
use crate::syntax::patch::{Hunk, Line, Side};
use crate::target::compared::Compared;
use crate::target::hunks::{self, Origin};
use crate::target::{Blob, Commit, Fault, FileChange, Tree};
use crate::text::Span;

/// Returns what a commit changes on a tree, where each of its changes fits there; `None` where one does not.
///
/// # Errors
/// Where a file of the tree can't be read.
pub(super) fn fitted(tree: &Tree, commit: &Commit) -> Result<Option<Vec<FileChange>>, Fault> {
    let mut changes = Vec::with_capacity(commit.changes.len());
    for change in &commit.changes {
        let path = change
            .origin
            .as_ref()
            .map_or(&change.path, |origin| &origin.path);
        let found = tree.entry(path)?;
        if found == change.before {
            changes.push(change.clone());
            continue;
        }
        match found.and_then(|found| on(change, found)) {
            Some(fitting) => changes.push(fitting),
            None => return Ok(None),
        }
    }
    Ok(Some(changes))
}

/// Puts a change of a text on another version of it.
fn on(change: &FileChange, found: Blob) -> Option<FileChange> {
    let (before, after) = (change.before.as_ref()?, change.after.as_ref()?);
    let texts = [before, after, &found];
    let is_text = |blob: &&Blob| {
        blob.kind() == crate::target::commit::mode::REGULAR && !hunks::is_binary(&blob.bytes)
    };
    if found.mode != before.mode || !texts.iter().all(is_text) {
        return None;
    }
    let hunks = hunks::hunks(&before.bytes, &after.bytes).ok()?;
    let hunks: Vec<Hunk> = hunks.iter().map(as_patch).collect();
    let bytes = apply(&found.bytes, &hunks, Direction::Forward).ok()?;
    Some(FileChange {
        before: Some(found),
        after: Some(Blob::new(after.mode, bytes)),
        compared: Compared::default(),
        ..change.clone()
    })
}

/// A hunk as a patch has it; it stands in no text.
fn as_patch(hunk: &hunks::Hunk) -> Hunk {
    let nowhere = Span::new(0, 0);
    let lines = hunk.lines.iter().map(|line| Line {
        side: match line.origin {
            Origin::Context => Side::Both,
            Origin::Removed => Side::Old,
            Origin::Added => Side::New,
        },
        bytes: match line.terminated {
            true => [&line.text[..], b"\n"].concat(),
            false => line.text.clone(),
        },
        span: nowhere,
    });
    Hunk {
        old_start: hunk.old_start,
        new_start: hunk.new_start,
        lines: lines.collect(),
        span: nowhere,
    }
}
