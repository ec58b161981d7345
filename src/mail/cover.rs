//! The cover letter: blurb, list of patches, diffstat of the whole. Does not know what the blurb argues.

use std::collections::BTreeMap;

use super::letter::{self, Draft, Letterhead, trimmed};
use super::subject::Number;
use super::{Blob, Commit, Cover, FileChange, diff, diffstat, filename, header, shortlog};
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
    let changes = whole(commits);
    let mut summary = shortlog::shortlog(commits);
    summary.push_str(&diffstat::diffstat(&diff::compare(&changes)?));
    summary.push('\n');
    summary.push_str(cover.appendix.as_deref().unwrap_or_default());
    let in_need_of_charset = commits.iter().any(in_need_of_charset);
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
        named_by: cover.unobserved.as_deref().map(written).transpose()?,
    })
}

/// Returns whether git declares a charset in the cover letter for this commit, even where nothing of it is shown there.
fn in_need_of_charset(commit: &Commit) -> bool {
    [&commit.message, &commit.author.name, &commit.author.email]
        .into_iter()
        .any(|text| header::declares_charset(text))
}

/// Returns what all the commits change together: each file before the first that touches it, and after the last.
fn whole(commits: &[Commit]) -> Vec<FileChange> {
    let mut files: BTreeMap<&str, (&Option<Blob>, &Option<Blob>)> = BTreeMap::new();
    for change in commits.iter().flat_map(|commit| &commit.changes) {
        files
            .entry(&change.path)
            .and_modify(|(_, after)| *after = &change.after)
            .or_insert((&change.before, &change.after));
    }
    let changes = files.into_iter().map(|(path, (before, after))| FileChange {
        path: path.to_string(),
        before: before.clone(),
        after: after.clone(),
        origin: None,
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
            id: id.to_string(),
            bytes: id.as_bytes().into(),
        };
        Commit {
            id: "1".repeat(40),
            author: Ident {
                name: "A".to_string(),
                email: "a@b.c".to_string(),
            },
            date: When {
                seconds: 0,
                offset_minutes: 0,
            },
            message: "t\n".to_string(),
            changes: vec![FileChange {
                path: path.to_string(),
                before: before.map(blob),
                after: after.map(blob),
                origin: None,
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
        let changes = whole(&commits);
        let ids = |blob: &Option<Blob>| {
            blob.as_ref()
                .map(|blob| blob.id.clone())
                .unwrap_or_default()
        };
        let told: Vec<_> = changes
            .iter()
            .map(|change| (&*change.path, ids(&change.before), ids(&change.after)))
            .collect();
        assert_eq!(told, [("a", "1".to_string(), "3".to_string())]);
    }
}
