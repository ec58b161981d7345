//! What the parts of a patch do to names, one after the other: which file goes, which comes, what is a link. Does not know their contents.

use std::collections::{BTreeMap, BTreeSet};

use super::{Seen, is_copy};
use crate::target::commit::mode;
use crate::target::{Fault, Tree};

/// What becomes of a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// A part further down takes its file away.
    Goes,
    /// A part above took it away.
    Gone,
    /// A part above made or changed it.
    Made,
}

/// The names of a patch, and what became of them so far.
pub(super) struct Names<'s> {
    fates: BTreeMap<&'s str, Fate>,
    links_made: BTreeSet<&'s str>,
    links_going: BTreeSet<&'s str>,
}

impl<'s> Names<'s> {
    /// Looks ahead over the whole patch: a file that goes makes room for another of its name, wherever in the patch it goes.
    pub(super) fn of(seen: &[Seen<'s>]) -> Self {
        let mut names = Names {
            fates: BTreeMap::new(),
            links_made: BTreeSet::new(),
            links_going: BTreeSet::new(),
        };
        let is_link = |mode: Option<u32>| mode.is_some_and(|mode| mode & mode::KIND == mode::LINK);
        for seen in seen {
            if let Some(path) = leaving(seen) {
                names.fates.insert(path, Fate::Goes);
                if is_link(seen.old_mode) {
                    names.links_going.insert(path);
                }
            }
            if let Some(path) = seen.new.filter(|_| is_link(seen.mode.or(seen.old_mode))) {
                names.links_made.insert(path);
            }
        }
        names
    }

    /// Goes past a part.
    pub(super) fn pass(&mut self, seen: &Seen<'s>) {
        if let Some(path) = seen.new {
            self.fates.insert(path, Fate::Made);
        }
        if let Some(path) = leaving(seen) {
            self.fates.insert(path, Fate::Gone);
        }
    }

    pub(super) fn is_made(&self, path: &str) -> bool {
        self.fates.get(path) == Some(&Fate::Made)
    }

    pub(super) fn is_gone(&self, path: &str) -> bool {
        self.fates.get(path) == Some(&Fate::Gone)
    }

    /// Whether the file that the tree has under a name goes, or went.
    pub(super) fn makes_room(&self, path: &str) -> bool {
        matches!(self.fates.get(path), Some(Fate::Goes | Fate::Gone))
    }

    /// Returns the symbolic link that a path goes through once the patch is in.
    pub(super) fn link_above(&self, tree: &Tree, path: &str) -> Result<Option<String>, Fault> {
        let made = folders(path).find(|above| self.links_made.contains(above));
        match (made, link_above(tree, path)?) {
            (Some(made), _) => Ok(Some(made.to_owned())),
            (None, Some(link)) if self.links_going.contains(link.as_str()) => Ok(None),
            (None, found) => Ok(found),
        }
    }
}

/// Returns the symbolic link of a tree that a path goes through.
pub(super) fn link_above(tree: &Tree, path: &str) -> Result<Option<String>, Fault> {
    for above in folders(path) {
        let found = tree.entry(above)?;
        if found.is_some_and(|blob| blob.kind() == mode::LINK) {
            return Ok(Some(above.to_owned()));
        }
    }
    Ok(None)
}

/// The folders that a path goes through.
pub(super) fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

/// The name whose file a part takes away.
fn leaving<'s>(seen: &Seen<'s>) -> Option<&'s str> {
    let path = seen
        .old
        .filter(|_| seen.old != seen.new && !is_copy(seen.file))?;
    Some(path.as_str())
}
