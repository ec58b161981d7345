//! What lies below a range: the commit that it is told to be made on, and what stands between that one and the range.

use git2::{Oid, Repository};
use std::collections::HashSet;
use std::path::Path;

use super::{Range, git, unreadable};
use crate::target::repository::{Target, open, resolve};
use crate::text::Problem;

/// A commit that a range is made on.
#[derive(Clone, Debug)]
pub struct Below {
    /// Its id, 40 hex digits.
    pub commit: String,
    /// The stable patch ids of the commits between it and the range without merges, oldest first: 40 hex digits each.
    pub prerequisites: Vec<String>,
}

impl Target {
    /// Returns what a range is made on: the commit that is named, else the last one that the upstream of the branch one is on has
    /// too, else the one right below. `None` where there is nothing below.
    ///
    /// # Errors
    /// `revision-unknown`, `base-not-below`, or where a commit between them can't be read.
    pub fn below(&self, range: &Range, named: Option<&str>) -> Result<Option<Below>, Problem> {
        let Target::Repository { path, .. } = self else {
            return Ok(None);
        };
        let repository = open(path)?;
        let ids: Vec<Oid> = (range.commits.iter())
            .filter_map(|commit| Oid::from_str(&commit.id).ok())
            .collect();
        let roots = roots(&repository, &ids)?;
        let base = match named {
            Some(name) => {
                let (base, _) = resolve(&repository, path, name)?;
                let id = Oid::from_str(&base.id);
                let id = id.map_err(|error| unreadable(Oid::ZERO_SHA1, &error))?;
                let is_below = |root: &Oid| *root == id || descends(&repository, *root, id);
                if roots.is_empty() || !roots.iter().all(is_below) {
                    let message = format!("`{name}` is not below the commits of `{}`", range.name);
                    return Err(Problem::new("base-not-below", message)
                        .help("name with --base a commit that all of them are made on"));
                }
                Some(id)
            }
            None => shared(&repository, &roots).or(roots.first().copied()),
        };
        let Some(base) = base else {
            return Ok(None);
        };
        let needs = needs(&repository, &roots, base).map_err(|error| unreadable(base, &error))?;
        let prerequisites = match needs {
            true => ask(path, base, &ids, &roots).map_err(|why| unknown(&why))?,
            false => Vec::new(),
        };
        Ok(Some(Below {
            commit: base.to_string(),
            prerequisites,
        }))
    }
}

/// Returns the commits right below a range: parents of its commits that are not in it, and no merge in the midst of it either.
fn roots(repository: &Repository, ids: &[Oid]) -> Result<Vec<Oid>, Problem> {
    let parents = |id: Oid| -> Result<Vec<Oid>, Problem> {
        let commit = repository.find_commit(id);
        let commit = commit.map_err(|error| unreadable(id, &error))?;
        Ok(commit.parent_ids().collect())
    };
    let mut roots = Vec::new();
    let mut seen: HashSet<Oid> = ids.iter().copied().collect();
    let mut waiting = Vec::new();
    for id in ids {
        waiting.extend(parents(*id)?);
    }
    // The one below the oldest is told first.
    waiting.reverse();
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        let above = parents(id)?;
        let is_within = above.len() > 1 && ids.iter().any(|of| descends(repository, id, *of));
        match is_within {
            true => waiting.extend(above),
            false => roots.push(id),
        }
    }
    Ok(roots)
}

fn descends(repository: &Repository, commit: Oid, ancestor: Oid) -> bool {
    repository
        .graph_descendant_of(commit, ancestor)
        .unwrap_or(false)
}

/// Returns the last commit that all of these and the upstream of the current branch have in common.
fn shared(repository: &Repository, roots: &[Oid]) -> Option<Oid> {
    let head = repository.head().ok()?;
    let upstream = repository.branch_upstream_name(head.name().ok()?).ok()?;
    let upstream = repository
        .find_reference(upstream.as_str().ok()?)
        .and_then(|reference| reference.peel_to_commit())
        .ok()?;
    let mut base = upstream.id();
    for root in roots {
        base = repository.merge_base(base, *root).ok()?;
    }
    Some(base)
}

/// Returns whether anything stands between the base and a range.
fn needs(repository: &Repository, roots: &[Oid], base: Oid) -> Result<bool, git2::Error> {
    let mut walk = repository.revwalk()?;
    for root in roots {
        walk.push(*root)?;
    }
    walk.hide(base)?;
    Ok(walk.next().transpose()?.is_some())
}

fn unknown(why: &str) -> Problem {
    let message = format!("git could not be asked for the ids of what the range needs: {why}");
    Problem::new("patch-ids-unknown", message)
        .help("install git, or name with --base the commit right below the range")
}

/// Asks git for the patch ids that it tells below a mail: those of `git patch-id` are others where a file is no text.
fn ask(path: &Path, base: Oid, ids: &[Oid], roots: &[Oid]) -> Result<Vec<String>, String> {
    let mut git = git::git(path);
    git.args(["-c", "diff.renames=true", "-c", "diff.renameLimit=1000"])
        .args([
            "format-patch",
            "--stdout",
            "--no-cover-letter",
            "--no-attach",
        ])
        .args([
            "--no-notes",
            "--no-thread",
            "--no-signature",
            "--no-ext-diff",
        ])
        .arg(format!("--base={base}"));
    match (roots, ids) {
        // Of commits in a row the first says it for all.
        ([_], [first, ..]) => git.arg("-1").arg(first.to_string()),
        _ => git
            .args(ids.last().map(Oid::to_string))
            .args(roots.iter().map(|root| format!("^{root}"))),
    };
    let mails = git::answer(&mut git, b"")?;
    let mails = String::from_utf8_lossy(&mails);
    // A message may have such lines too; those of git are the last.
    let start = mails.rfind("\nbase-commit: ");
    let start = start.ok_or("it tells no base")?;
    let lines = mails[start + 1..].lines();
    let told = lines.filter_map(|line| line.strip_prefix("prerequisite-patch-id: "));
    Ok(told.map(|id| id.trim().to_owned()).collect())
}
