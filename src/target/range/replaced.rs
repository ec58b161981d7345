//! Commits that a repository shows otherwise than they are: by `git replace`, or by a file of grafts. Git mails what it shows, libgit2
//! reads what is stored, so that such a range is refused. Does not know how the commits are read.

use std::collections::HashSet;
use std::path::Path;

use git2::{ObjectType, Oid, Repository};

use crate::text::Problem;

/// Where `git replace` keeps what stands for which object.
const REPLACED: &str = "refs/replace/";
/// Where a repository keeps other parents of its commits, below its common folder (`git help gitglossary`, grafts).
const GRAFTS: &str = "info/grafts";

/// Refuses commits of which, or of whose parents, another stands in the place, and all where a folder or a content is replaced.
///
/// # Errors
/// `commit-replaced`.
pub(super) fn refuse(repository: &Repository, commits: &[Oid]) -> Result<(), Problem> {
    let replaced = replaced(repository);
    let grafted = grafted(&repository.commondir().join(GRAFTS));
    if replaced.is_empty() && grafted.is_empty() {
        return Ok(());
    }
    let mut shown: HashSet<Oid> = commits.iter().copied().collect();
    for commit in commits
        .iter()
        .filter_map(|id| repository.find_commit(*id).ok())
    {
        shown.extend(commit.parent_ids());
    }
    let is_content = |id: &Oid| {
        let object = repository.find_object(*id, None).ok();
        object.is_some_and(|object| object.kind() != Some(ObjectType::Commit))
    };
    if let Some(id) = replaced
        .iter()
        .find(|id| shown.contains(id) || is_content(id))
    {
        return Err(problem(
            format!("git shows another object in the place of {id}"),
            &format!(
                "make the commits real with `git filter-repo`, or take it back: `git replace -d {id}`"
            ),
        ));
    }
    if let Some(id) = grafted.iter().find(|id| shown.contains(id)) {
        return Err(problem(
            format!("a graft gives {id} other parents"),
            "make the commits real with `git filter-repo`, or take the line out of `info/grafts`",
        ));
    }
    Ok(())
}

fn problem(message: String, help: &str) -> Problem {
    Problem::new("commit-replaced", message).help(help)
}

/// The objects in whose place git shows another, unless it was told not to.
fn replaced(repository: &Repository) -> Vec<Oid> {
    let is_off = std::env::var_os("GIT_NO_REPLACE_OBJECTS").is_some();
    let config = repository
        .config()
        .and_then(|config| config.get_bool("core.useReplaceRefs"));
    if is_off || config == Ok(false) {
        return Vec::new();
    }
    let Ok(references) = repository.references_glob(&format!("{REPLACED}*")) else {
        return Vec::new();
    };
    let names = references.flatten().filter_map(|reference| {
        let name = reference.name().ok()?;
        Oid::from_str(name.strip_prefix(REPLACED)?).ok()
    });
    names.collect()
}

/// The commits that a file of grafts gives other parents.
fn grafted(file: &Path) -> Vec<Oid> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| Oid::from_str(line.split_whitespace().next()?).ok())
        .collect()
}
