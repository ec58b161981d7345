//! A series as quilt keeps one: patches with headers as DEP-3 has them, and the file that lists them. Does not know which tree
//! they are put on.
//!
//! `From`, `Date` and `Subject` are names that DEP-3 takes for its own, and that `git quiltimport` and `gbp pq` read as git
//! does; the message stands below them as it is. See <https://dep-team.pages.debian.net/deps/dep3/>.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::Exported;
use crate::mail::diff::{self, Content, FileDiff};
use crate::mail::letter::{patch_of, trimmed};
use crate::mail::{Commit, FileChange, Ident, OriginKind, filename, header, ident, subject};
use crate::target::Blob;
use crate::text::Problem;

const FOLDER: &str = "patches";
/// The bits of a mode that tell what a thing is, and those of a regular file.
const KIND: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const LINK: u32 = 0o120_000;

/// Writes the commits as patches, in order; `origin` tells where one comes from.
///
/// # Errors
/// `export-not-for-patch`, or what keeps a commit from being mailed too.
pub fn export(commits: &[Commit], origin: impl Fn(&Commit) -> String) -> Result<Exported, Problem> {
    let mut files = Vec::new();
    let mut series = String::new();
    for (commit, at) in commits.iter().zip(1..) {
        let name = filename::patch(None, at, &commit.message);
        series.push_str(&name);
        series.push('\n');
        let path = PathBuf::from(FOLDER).join(name);
        files.push((path, patch(commit, &origin(commit))?));
    }
    let patches = files
        .iter()
        .map(|(path, _)| path.display().to_string())
        .collect();
    files.push((PathBuf::from(FOLDER).join("series"), series.into_bytes()));
    Ok(Exported {
        files,
        folders: Vec::new(),
        patches,
    })
}

fn patch(commit: &Commit, origin: &str) -> Result<Vec<u8>, Problem> {
    let changes = without_descent(&commit.changes);
    let diffs = diff::compare(&changes)?;
    let (title, body) = subject::split(&commit.message);
    if diffs.is_empty() {
        return Err(Problem::new(
            "mail-empty-patch",
            format!("the patch `{}` changes nothing", title.escape_debug()),
        )
        .help("leave it out of the series"));
    }
    refuse_what_patch_cannot(&diffs)?;
    ident::check(&commit.author)?;
    header::refuse_controls(&title.replace('\t', " "), "a subject")?;
    let mut out = format!(
        "From: {}\nDate: {}\nSubject: {}\nOrigin: {origin}\nForwarded: no\nLast-Update: {}\n\n",
        person(&commit.author),
        header::date(commit.date)?,
        plain(&title),
        header::day(commit.date)?
    )
    .into_bytes();
    out.extend_from_slice(trimmed(body).as_bytes());
    out.extend_from_slice(b"---\n");
    out.extend_from_slice(&patch_of(&diffs)?);
    Ok(out)
}

/// Returns the changes with renames and copies told as files that go and files that come: quilt knows no others.
fn without_descent(changes: &[FileChange]) -> Vec<FileChange> {
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
        origin: None,
    });
    plain.collect()
}

/// A header of DEP-3 is UTF-8 as it is; only what would be read as an encoded word has to be one.
fn plain(text: &str) -> String {
    if text.contains("=?") {
        header::encoded(text, header::Encoded::Subject, 0).replace('\n', "")
    } else {
        text.to_owned()
    }
}

/// Quotes and other alphabets together are for encoded words alone.
fn person(author: &Ident) -> String {
    let as_in_mails = author.name.is_ascii()
        || author.name.contains(['"', '(', ')', ',', '\\'])
        || author.name.contains("=?");
    if as_in_mails {
        ident::display(author, 0).replace('\n', "")
    } else {
        format!("{} <{}>", author.name, author.email)
    }
}

/// Refuses what GNU patch can't apply, or quilt can't take back. Tried with patch 2.7.6, quilt 0.66 and dpkg 1.21: they take new
/// links, modes, and names with blanks; quilt keeps no copy of an empty file, and none of a link.
fn refuse_what_patch_cannot(diffs: &[FileDiff<'_>]) -> Result<(), Problem> {
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
    let kind = |blob: &Option<Blob>| blob.as_ref().map(|blob| blob.mode & KIND);
    let (was, is) = (kind(before), kind(after));
    if matches!(diff.content, Content::Binary { .. }) {
        Some("its content is binary")
    } else if [was, is]
        .into_iter()
        .flatten()
        .any(|kind| !matches!(kind, REGULAR | LINK))
    {
        Some("it is a submodule")
    } else if was == Some(LINK) {
        Some("a link that is there is changed or removed")
    } else if was.is_some() && is.is_some() && was != is {
        Some("it becomes another kind of thing")
    } else if before.as_ref().is_some_and(|blob| blob.bytes.is_empty()) {
        Some("the file is empty before")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{FileOrigin, When};

    fn blob(mode: u32, text: &str) -> Option<Blob> {
        Some(Blob {
            mode,
            id: crate::target::commit::content_id(text.as_bytes()).unwrap(),
            bytes: text.as_bytes().into(),
        })
    }

    fn change(path: &str, before: Option<Blob>, after: Option<Blob>) -> FileChange {
        FileChange {
            path: path.to_owned(),
            before,
            after,
            origin: None,
        }
    }

    fn commit(changes: &[FileChange]) -> Commit {
        Commit {
            id: "0".repeat(40),
            author: Ident {
                name: "É, F".to_owned(),
                email: "e@example.org".to_owned(),
            },
            date: When {
                seconds: 1_432_166_399,
                offset_minutes: 120,
            },
            message: "a: Change\n\nWhy.\n".to_owned(),
            changes: changes.to_vec(),
        }
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
        ];
        for changes in refused {
            let problem = export(&[commit(&changes)], |_| String::new()).unwrap_err();
            assert_eq!(problem.code, "export-not-for-patch", "{changes:?}");
        }
        let taken = [
            change("a b", file(), blob(0o100_755, "a\n")),
            change("e", None, empty()),
            change("f", file(), empty()),
            change("g", file(), None),
            change("l", None, link()),
        ];
        assert!(export(&[commit(&taken)], |_| String::new()).is_ok());
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

    #[test]
    fn the_day_is_the_author_s_and_a_name_that_needs_quotes_is_encoded() {
        let changes = [change("x", None, blob(0o100_644, "a\n"))];
        let exported = export(&[commit(&changes)], |_| "other".to_owned()).unwrap();
        let text = String::from_utf8(exported.files[0].1.clone()).unwrap();
        assert!(
            text.starts_with("From: =?UTF-8?q?=C3=89=2C=20F?= <e@example.org>\n"),
            "{text}"
        );
        assert!(
            text.contains("\nLast-Update: 2015-05-21\n\nWhy.\n---\n"),
            "{text}"
        );
        assert_eq!(exported.files[1].0, PathBuf::from("patches/series"));
        assert_eq!(exported.files[1].1, b"0001-a-Change.patch\n");
    }
}
