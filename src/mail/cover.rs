//! The cover letter: blurb, list of patches, diffstat of the whole. Does not know what the blurb argues.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::letter::{self, Draft, Letterhead, trimmed};
use super::subject::Number;
use super::{
    Blob, Commit, Cover, FileChange, OriginKind, diff, diffstat, filename, header, shortlog,
};
use crate::text::Problem;

/// Writes the cover letter of `commits`.
///
/// # Errors
/// Of what a mail can't hold: no commits, a title or a date that breaks a header, an incomplete base.
pub fn cover(head: &Letterhead<'_>, cover: &Cover, commits: &[Commit]) -> Result<Draft, Problem> {
    let Some(tip) = commits.last() else {
        return Err(
            Problem::new("mail-empty-patch", "the series has no patches").help("name at least one"),
        );
    };
    let number = Some(Number {
        at: 0,
        of: commits.len(),
    });
    let summary = summary(cover, commits)?;
    let in_need_of_charset = cover
        .whole
        .as_ref()
        .is_some_and(|whole| whole.needs_charset)
        || commits.iter().any(in_need_of_charset);
    let written = |body: &str| -> Result<Vec<u8>, Problem> {
        header::refuse_controls(&body.replace(['\n', '\t'], " "), "the cover letter")?;
        let below = format!("{}\n{summary}", trimmed(body));
        let charset = header::declares_charset(&cover.subject)
            || header::declares_charset(&below)
            || in_need_of_charset;
        let mut rest = head.header(head.options.cover_date, number, &cover.subject, charset)?;
        rest.push_str(&below);
        rest.push_str(&head.base()?);
        rest.push_str(&head.signature());
        Ok(rest.into_bytes())
    };
    Ok(Draft {
        name: filename::cover(head.options.reroll),
        envelope: letter::envelope(&tip.id)?,
        rest: written(&cover.body)?,
        diff: 0..0,
        named_by: cover.unobserved.as_deref().map(written).transpose()?,
    })
}

/// Returns whether git declares a charset in the cover letter for this commit, even where nothing of it is shown there.
fn in_need_of_charset(commit: &Commit) -> bool {
    [&commit.message, &commit.author.name, &commit.author.email]
        .into_iter()
        .any(|text| header::declares_charset(text))
}

/// Returns all that stands below the words: the list of patches, the table of files, the appendix.
fn summary(cover: &Cover, commits: &[Commit]) -> Result<String, Problem> {
    let (authors, changes) = match &cover.whole {
        Some(whole) => (
            whole.authors.iter().map(String::as_str).collect(),
            whole.changes.as_deref().map(Cow::Borrowed),
        ),
        None => {
            let authors: Vec<&str> = commits.iter().map(|commit| &*commit.author.name).collect();
            (authors, Some(Cow::Owned(together(commits))))
        }
    };
    let mut summary = shortlog::shortlog(commits, &authors);
    if let Some(changes) = changes {
        summary.push_str(&diffstat::diffstat(&diff::compare(&changes)?));
        summary.push('\n');
    }
    summary.push_str(cover.appendix.as_deref().unwrap_or_default());
    Ok(summary)
}

/// Returns what all the commits change together: each file before the first that touches it, and after the last.
///
/// A file that is made of another counts as new: whether it still is like that other in the end, only git could say.
fn together(commits: &[Commit]) -> Vec<FileChange> {
    type Versions<'c> = (Option<&'c Blob>, Option<&'c Blob>);
    let mut files: BTreeMap<&str, Versions<'_>> = BTreeMap::new();
    let mut note = |path, before, after| {
        let versions = files.entry(path).or_insert((before, after));
        versions.1 = after;
    };
    for change in commits.iter().flat_map(|commit| &commit.changes) {
        let (before, after) = (change.before.as_ref(), change.after.as_ref());
        match &change.origin {
            None => note(&*change.path, before, after),
            Some(origin) => {
                if origin.kind == OriginKind::Rename {
                    note(&*origin.path, before, None);
                }
                note(&*change.path, None, after);
            }
        }
    }
    let changes = files.into_iter().map(|(path, (before, after))| FileChange {
        path: path.to_string(),
        before: before.cloned(),
        after: after.cloned(),
        ..FileChange::default()
    });
    changes.filter(FileChange::is_change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::{Ident, When};

    fn commit(path: &str, before: Option<&str>, after: Option<&str>) -> Commit {
        let blob = |id: &str| Blob {
            mode: 0o100_644,
            id: id.to_string().into(),
            bytes: id.as_bytes().into(),
        };
        Commit {
            id: "1".repeat(40),
            author: Ident {
                name: "A".to_string(),
                email: "a@b.c".to_string(),
            },
            date: When::at(0, 0),
            message: "t\n".to_string(),
            changes: vec![FileChange {
                path: path.to_string(),
                before: before.map(blob),
                after: after.map(blob),
                ..FileChange::default()
            }],
        }
    }

    #[test]
    fn what_a_later_patch_takes_back_is_not_in_the_whole() {
        let commits = [
            commit("a", Some("1"), Some("2")),
            commit("b", None, Some("1")),
            commit("b", Some("1"), None),
            commit("a", Some("2"), Some("3")),
        ];
        let changes = together(&commits);
        let ids = |blob: &Option<Blob>| {
            blob.as_ref()
                .map(|blob| blob.id.to_string())
                .unwrap_or_default()
        };
        let told: Vec<_> = changes
            .iter()
            .map(|change| (&*change.path, ids(&change.before), ids(&change.after)))
            .collect();
        assert_eq!(told, [("a", "1".to_string(), "3".to_string())]);
    }
}
