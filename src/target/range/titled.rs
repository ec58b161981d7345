//! Commits that are known by their title alone, as those that a mail may stand for. Does not know what they change.

use git2::{Oid, Repository};

use super::stored::Stored;
use crate::target::commit::title_and_body;
use crate::target::repository::{Target, open, resolve};
use crate::text::Problem;

impl Target {
    /// Returns the commits of a history whose titles are asked for, newest first, by their ids: `tip` names the newest, and at most
    /// `most` are looked at. Merges, first commits and those that can't be read are passed over; a directory has none.
    ///
    /// # Errors
    /// `revision-unknown` where `tip` names no commit; where the repository can't be opened.
    pub fn titled(
        &self,
        tip: &str,
        most: usize,
        is_asked: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<String>, Problem> {
        let Target::Repository { path, .. } = self else {
            return Ok(Vec::new());
        };
        let repository = open(path)?;
        let (tip, _) = resolve(&repository, path, tip)?;
        let is_wanted = |id: &Oid| {
            let stored = stored(&repository, *id)?;
            let is_one = stored.parents.len() == 1;
            Some(is_one && is_asked(&title_and_body(&stored.message).0))
        };
        let ids = newest(&repository, &tip.id, most).unwrap_or_default();
        let wanted = ids.into_iter().filter(|id| is_wanted(id) == Some(true));
        Ok(wanted.map(|id| id.to_string()).collect())
    }
}

/// The newest commits behind a tip, as far as history is there.
fn newest(repository: &Repository, tip: &str, most: usize) -> Result<Vec<Oid>, git2::Error> {
    let mut walk = repository.revwalk()?;
    walk.push(Oid::from_str(tip)?)?;
    Ok(walk.take(most).map_while(Result::ok).collect())
}

fn stored(repository: &Repository, id: Oid) -> Option<Stored> {
    let odb = repository.odb().ok()?;
    let object = odb.read(id).ok()?;
    Stored::read(id, object.data()).ok()
}
