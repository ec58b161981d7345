//! A series as quilt keeps one: patches with headers as DEP-3 has them, and the file that lists them. Does not know which tree
//! they are put on.
//!
//! `From`, `Date` and `Subject` are names that DEP-3 takes for its own, and that `git quiltimport` and `gbp pq` read as git
//! does; the message stands below them as it is. See <https://dep-team.pages.debian.net/deps/dep3/>.

use std::path::PathBuf;

use super::{Exported, plain};
use crate::mail::Binaries;
use crate::mail::letter::{compared, patch_of, trimmed};
use crate::mail::{Commit, Ident, filename, header, ident, subject};
use crate::text::Problem;

const FOLDER: &str = "patches";

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
    let changes = plain::without_descent(&commit.changes);
    let (title, body) = subject::split(&commit.message);
    let diffs = compared(&changes, &title)?;
    plain::check(&diffs)?;
    ident::check(&commit.author)?;
    header::refuse_controls(origin, "where a patch comes from")?;
    header::refuse_controls(&title.replace('\t', " "), "a subject")?;
    let mut out = format!(
        "From: {}\nDate: {}\nSubject: {}\nOrigin: {origin}\nForwarded: no\nLast-Update: {}\n\n",
        person(&commit.author),
        header::date(commit.date)?,
        as_it_is(&title),
        header::day(commit.date)?
    )
    .into_bytes();
    out.extend_from_slice(trimmed(body).as_bytes());
    out.extend_from_slice(b"---\n");
    let (table, diff) = patch_of(&diffs, &Binaries::default())?;
    out.extend_from_slice(table.as_bytes());
    out.extend_from_slice(&diff);
    Ok(out)
}

/// A header of DEP-3 is UTF-8 as it is; only what would be read as an encoded word has to be one.
fn as_it_is(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{FileChange, When};
    use crate::target::Blob;

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

    fn commit(changes: &[FileChange]) -> Commit {
        Commit {
            id: "0".repeat(40),
            author: Ident {
                name: "É, F".to_owned(),
                email: "e@example.org".to_owned(),
            },
            date: When::at(1_432_166_399, 120),
            message: "a: Change\n\nWhy.\n".to_owned(),
            changes: changes.to_vec(),
        }
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
