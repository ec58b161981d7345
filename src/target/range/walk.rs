//! Which commits a range names, and in which order. Does not know what they hold.

use git2::{Oid, Repository};
use std::path::Path;

use super::{replaced, unreadable};
use crate::target::repository::resolve;
use crate::text::Problem;

/// What a range names.
pub(super) struct Span {
    /// Every commit that can be reached from here,
    tip: Oid,
    /// and not from here;
    hidden: Vec<Oid>,
    /// at most so many of the newest.
    most: usize,
}

/// Reads a range, in one of the forms of `git help gitrevisions`, or with no more than a start, as `git format-patch` does.
///
/// # Errors
/// `range-syntax` or `revision-unknown`.
pub(super) fn span(repository: &Repository, path: &Path, name: &str) -> Result<Span, Problem> {
    let commit = |name: &str| {
        let name = if name.is_empty() { "HEAD" } else { name };
        let (base, _) = resolve(repository, path, name)?;
        Oid::from_str(&base.id).map_err(|error| unreadable(Oid::ZERO_SHA1, &error))
    };
    let name = name.trim();
    let refused = |why: &str| {
        Problem::new("range-syntax", format!("`{name}` {why}"))
            .help("write `A..B`, `A` for what HEAD has beyond A, `-N` for the last N commits, or `A^!` for one")
    };
    if name.is_empty() {
        return Err(refused("names no commits"));
    }
    if let Some(number) = name.strip_prefix('-') {
        let most = number.parse().ok().filter(|&most| most > 0);
        return Ok(Span {
            tip: commit("HEAD")?,
            hidden: Vec::new(),
            most: most.ok_or_else(|| refused("is no number of commits"))?,
        });
    }
    if name.contains("...") {
        return Err(refused(
            "names the commits of two sides, which are no series",
        ));
    }
    let all = |tip: Oid, hidden: Vec<Oid>| Span {
        tip,
        hidden,
        most: usize::MAX,
    };
    if let Some((start, end)) = name.split_once("..") {
        return Ok(all(commit(end)?, vec![commit(start)?]));
    }
    let parents = |id: Oid| -> Result<Vec<Oid>, Problem> {
        let commit = repository
            .find_commit(id)
            .map_err(|error| unreadable(id, &error))?;
        Ok(commit.parent_ids().collect())
    };
    if let Some(one) = name.strip_suffix("^!") {
        let tip = commit(one)?;
        return Ok(all(tip, parents(tip)?));
    }
    if let Some((one, number)) = name.rsplit_once("^-") {
        let number = if number.is_empty() {
            Some(1)
        } else {
            number.parse().ok()
        };
        let tip = commit(one)?;
        let parents = parents(tip)?;
        let parent = number.and_then(|number: usize| parents.get(number.checked_sub(1)?).copied());
        let parent =
            parent.ok_or_else(|| refused("names a parent that the commit doesn't have"))?;
        return Ok(all(tip, vec![parent]));
    }
    Ok(all(commit("HEAD")?, vec![commit(name)?]))
}

/// Returns the commits of a span without merges, oldest first, in the order of `git format-patch`.
///
/// # Errors
/// `commit-unreadable` where history is not whole, `commit-replaced` where git shows another.
pub(super) fn commits(repository: &Repository, span: &Span) -> Result<Vec<Oid>, Problem> {
    let unreadable = |error: git2::Error| unreadable(span.tip, &error);
    let mut walk = repository.revwalk().map_err(unreadable)?;
    walk.push(span.tip).map_err(unreadable)?;
    for hidden in &span.hidden {
        walk.hide(*hidden).map_err(unreadable)?;
    }
    let (mut ids, mut walked) = (Vec::new(), Vec::new());
    for id in walk {
        if ids.len() == span.most {
            break;
        }
        let id = id.map_err(unreadable)?;
        walked.push(id);
        let commit = repository.find_commit(id).map_err(unreadable)?;
        if commit.parent_count() <= 1 {
            ids.push(id);
        }
    }
    replaced::refuse(repository, &walked)?;
    ids.reverse();
    Ok(ids)
}
