//! Commits that are known by what they hold, as those that a patch may be made on. Does not know the patch.

use git2::{Oid, Repository, Revwalk};
use std::path::Path;

use crate::target::repository::{Target, open, resolve};
use crate::text::Problem;

/// A file that a commit has to hold: its path, and how the id of its content begins.
pub type Wanted = (String, String);

impl Target {
    /// Returns the newest commit whose tree holds all files that are wanted, by its id: of the history behind `tip`, or behind all
    /// branches where that is none; at most `most` commits are looked at. A directory has none, and nothing wanted finds none.
    ///
    /// # Errors
    /// `revision-unknown` where `tip` names no commit; where the repository can't be opened.
    pub fn holding(
        &self,
        tip: Option<&str>,
        most: usize,
        wanted: &[Wanted],
    ) -> Result<Option<String>, Problem> {
        let Target::Repository { path, .. } = self else {
            return Ok(None);
        };
        if wanted.is_empty() {
            return Ok(None);
        }
        let repository = open(path)?;
        let tip = tip.map(|tip| resolve(&repository, path, tip)).transpose()?;
        let walk = walk(&repository, tip.as_ref().map(|(tip, _)| tip.id.as_str()));
        let Ok(walk) = walk else {
            return Ok(None);
        };
        let mut ids = walk.take(most).map_while(Result::ok);
        let found = ids.find(|id| holds(&repository, *id, wanted) == Some(true));
        Ok(found.map(|id| id.to_string()))
    }
}

fn walk<'r>(repository: &'r Repository, tip: Option<&str>) -> Result<Revwalk<'r>, git2::Error> {
    let mut walk = repository.revwalk()?;
    walk.set_sorting(git2::Sort::TIME)?;
    match tip {
        Some(tip) => walk.push(Oid::from_str(tip)?)?,
        None => {
            walk.push_glob("refs/heads/*")?;
            walk.push_glob("refs/remotes/*")?;
        }
    }
    Ok(walk)
}

/// Whether a commit holds what is wanted; none where that can't be read.
fn holds(repository: &Repository, id: Oid, wanted: &[Wanted]) -> Option<bool> {
    let tree = repository.find_commit(id).ok()?.tree().ok()?;
    let is_there = |(path, start): &Wanted| {
        let entry = tree.get_path(Path::new(path)).ok();
        entry.is_some_and(|entry| entry.id().to_string().starts_with(start.as_str()))
    };
    Some(wanted.iter().all(is_there))
}
