//! What `patch` takes of a series: changes without renames, and none that it can't apply. Does not know what is done with them.

use std::collections::{BTreeMap, BTreeSet};

use crate::mail::diff::{Content, FileDiff, quoted};
use crate::mail::{FileChange, OriginKind};
use crate::target::Blob;
use crate::target::commit::mode;
use crate::text::Problem;

/// Returns the changes with renames and copies told as files that go and files that come: not every `patch` knows others.
pub fn without_descent(changes: &[FileChange]) -> Vec<FileChange> {
    let mut files: BTreeMap<&str, (Option<Blob>, Option<Blob>)> = BTreeMap::new();
    for change in changes {
        let before = match &change.origin {
            None => Some(&change.path),
            Some(origin) => (origin.kind == OriginKind::Rename).then_some(&origin.path),
        };
        if let (Some(path), Some(blob)) = (before, &change.before) {
            files.entry(path).or_default().0 = Some(blob.clone());
        }
        if let Some(blob) = &change.after {
            files.entry(&change.path).or_default().1 = Some(blob.clone());
        }
    }
    let plain = files.into_iter().map(|(path, (before, after))| FileChange {
        path: path.to_owned(),
        before,
        after,
        ..FileChange::default()
    });
    plain.collect()
}

/// Refuses what GNU patch can't apply, or quilt can't take back. Tried with patch 2.7.6, quilt 0.66 and dpkg 1.21: they take new
/// links, modes, and names with blanks; quilt keeps no copy of an empty file, and none of a link.
///
/// # Errors
/// `export-not-for-patch`, with the first file that can't be told.
pub fn check(diffs: &[FileDiff<'_>]) -> Result<(), Problem> {
    let paths: BTreeSet<&str> = diffs.iter().map(|diff| diff.change.path.as_str()).collect();
    let stands_in_the_way = |path: &str| {
        path.match_indices('/')
            .any(|(slash, _)| paths.contains(&path[..slash]))
    };
    for diff in diffs {
        let path = &diff.change.path;
        let why = cannot(diff).or_else(|| {
            stands_in_the_way(path).then_some("a file takes a folder's place, or a folder a file's")
        });
        if let Some(why) = why {
            return Err(Problem::new(
                "export-not-for-patch",
                format!("`patch` can't apply the change of `{path}`: {why}"),
            )
            .help("leave that commit out, or export mails, which `git am` takes"));
        }
    }
    Ok(())
}

fn cannot(diff: &FileDiff<'_>) -> Option<&'static str> {
    let FileChange { before, after, .. } = diff.change;
    let kind = |blob: &Option<Blob>| blob.as_ref().map(Blob::kind);
    let (was, is) = (kind(before), kind(after));
    if matches!(*diff.content, Content::Binary { .. }) {
        Some("its content is binary")
    } else if [was, is]
        .into_iter()
        .flatten()
        .any(|kind| !matches!(kind, mode::REGULAR | mode::LINK))
    {
        Some("it is a submodule")
    } else if was == Some(mode::LINK) {
        Some("a link that is there is changed or removed")
    } else if was.is_some() && is.is_some() && was != is {
        Some("it becomes another kind of thing")
    } else if before.as_ref().is_some_and(|blob| blob.bytes.is_empty()) {
        Some("the file is empty before")
    } else if diff.change.path.ends_with(' ') {
        Some("its name ends in a blank, which `patch` takes off")
    } else if !shows_lines(&diff.content) && has_bare_blank(&diff.change.path) {
        Some("no line of it changes, and its name has a blank, which ends a name there")
    } else {
        None
    }
}

fn shows_lines(content: &Content) -> bool {
    matches!(content, Content::Text(printed) if !printed.bytes.is_empty())
}

/// Whether a name has a blank and stands without quotes.
fn has_bare_blank(path: &str) -> bool {
    path.contains(' ') && !quoted(path).starts_with('"')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{FileOrigin, diff};

    fn blob(mode: u32, text: &str) -> Option<Blob> {
        Some(Blob::new(mode, text.as_bytes()))
    }

    fn change(path: &str, before: Option<Blob>, after: Option<Blob>) -> FileChange {
        FileChange {
            path: path.to_owned(),
            before,
            after,
            ..FileChange::default()
        }
    }

    fn taken(changes: &[FileChange]) -> Result<(), Problem> {
        check(&diff::compare(changes).unwrap())
    }

    #[test]
    fn what_patch_cannot_apply_or_quilt_not_take_back_is_refused() {
        let file = || blob(0o100_644, "a\n");
        let link = || blob(0o120_000, "a");
        let empty = || blob(0o100_644, "");
        let refused = [
            vec![change("x", None, blob(0o100_644, "\0"))],
            vec![change("x", link(), blob(0o120_000, "b"))],
            vec![change("x", link(), None)],
            vec![change("x", file(), link())],
            vec![change("x", None, blob(0o160_000, ""))],
            vec![change("x", empty(), file())],
            vec![change("x", empty(), None)],
            vec![change("d", None, file()), change("d/e", file(), None)],
            vec![change("a b", file(), blob(0o100_755, "a\n"))],
            vec![change("a b", None, empty())],
            vec![change("a ", file(), blob(0o100_644, "b\n"))],
        ];
        for changes in refused {
            let problem = taken(&changes).unwrap_err();
            assert_eq!(problem.code, "export-not-for-patch", "{changes:?}");
        }
        let fine = [
            change("a b", file(), blob(0o100_755, "b\n")),
            change("c", file(), blob(0o100_755, "a\n")),
            change("\u{e9} b", file(), blob(0o100_755, "a\n")),
            change("d /e", file(), blob(0o100_644, "b\n")),
            change("e", None, empty()),
            change("f", file(), empty()),
            change("g", file(), None),
            change("l", None, link()),
        ];
        assert!(taken(&fine).is_ok());
    }

    #[test]
    fn renames_and_copies_are_files_that_go_and_come() {
        let made_of = |path: &str, kind: OriginKind, of: &str, text: &str| FileChange {
            origin: Some(FileOrigin {
                path: of.to_owned(),
                kind,
                similarity: 90,
            }),
            ..change(
                path,
                blob(0o100_644, &format!("{of}\n")),
                blob(0o100_644, text),
            )
        };
        // A row of renames, and a copy of the first.
        let changes = [
            made_of("b", OriginKind::Rename, "a", "a2\n"),
            made_of("c", OriginKind::Rename, "b", "b2\n"),
            made_of("d", OriginKind::Copy, "a", "a3\n"),
        ];
        let file = |text: &str| blob(0o100_644, text);
        assert_eq!(
            without_descent(&changes),
            [
                change("a", file("a\n"), None),
                change("b", file("b\n"), file("a2\n")),
                change("c", None, file("b2\n")),
                change("d", None, file("a3\n")),
            ]
        );
    }
}
