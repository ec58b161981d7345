//! The files that differ between two trees. Does not read what they hold.

use git2::{Oid, Repository, Tree};
use std::cmp::Ordering;

use super::unreadable;
use crate::text::Problem;

/// How deep folders may lie: git itself follows no more (`core.maxTreeDepth`).
const DEEPEST: usize = 2048;
const FOLDER: i32 = 0o040_000;

/// A file that differs between two trees: its path, and its mode and id before and after.
pub(super) type Differing = (Vec<u8>, [Option<(u32, Oid)>; 2]);

/// An entry of a tree: its name, its mode, its id.
struct Named {
    name: Vec<u8>,
    mode: i32,
    id: Oid,
}

/// Returns the files that differ between two trees, in the order of their paths; all of `new` where there is no `old`.
///
/// Folders that are the same are not looked into, and nothing but trees is read.
///
/// # Errors
/// `commit-unreadable` where a tree can't be read, or lies too deep.
pub(super) fn differing(
    repository: &Repository,
    old: Option<Oid>,
    new: Oid,
) -> Result<Vec<Differing>, Problem> {
    let mut walk = Walk {
        repository,
        found: Vec::new(),
        path: Vec::new(),
    };
    walk.folder(old, Some(new), 0)?;
    Ok(walk.found)
}

struct Walk<'r> {
    repository: &'r Repository,
    found: Vec<Differing>,
    /// The folder that is looked into, with a slash at its end.
    path: Vec<u8>,
}

impl Walk<'_> {
    fn folder(&mut self, old: Option<Oid>, new: Option<Oid>, depth: usize) -> Result<(), Problem> {
        if depth > DEEPEST {
            let error = git2::Error::from_str("its folders lie too deep");
            let id = new.or(old).unwrap_or(Oid::ZERO_SHA1);
            return Err(unreadable(id, &error));
        }
        let (old, new) = (self.entries(old)?, self.entries(new)?);
        let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => return Ok(()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(one), Some(other)) => one.cmp(other),
            };
            let before = old.next_if(|_| order != Ordering::Greater);
            let after = new.next_if(|_| order != Ordering::Less);
            self.entry(before, after, depth)?;
        }
    }

    /// Looks at what two trees have under one name: both a folder, or neither.
    fn entry(
        &mut self,
        before: Option<&Named>,
        after: Option<&Named>,
        depth: usize,
    ) -> Result<(), Problem> {
        let version = |named: Option<&Named>| named.map(|named| (named.mode, named.id));
        let Some(named) = after.or(before) else {
            return Ok(());
        };
        if version(before) == version(after) {
            return Ok(());
        }
        let above = self.path.len();
        self.path.extend_from_slice(&named.name);
        if named.mode == FOLDER {
            self.path.push(b'/');
            let id = |named: Option<&Named>| named.map(|named| named.id);
            self.folder(id(before), id(after), depth + 1)?;
        } else {
            let side = |named: &Named| (named.mode.unsigned_abs(), named.id);
            let sides = [before, after].map(|named| named.map(side));
            self.found.push((self.path.clone(), sides));
        }
        self.path.truncate(above);
        Ok(())
    }

    fn entries(&self, id: Option<Oid>) -> Result<Vec<Named>, Problem> {
        let Some(id) = id else {
            return Ok(Vec::new());
        };
        let tree = self.repository.find_tree(id);
        let tree: Tree<'_> = tree.map_err(|error| unreadable(id, &error))?;
        let named = tree.iter().map(|entry| Named {
            name: entry.name_bytes().to_vec(),
            mode: entry.filemode_raw(),
            id: entry.id(),
        });
        let mut entries: Vec<Named> = named.collect();
        // As they are in what git has written.
        if !entries.is_sorted_by(|one, other| one.cmp(other) == Ordering::Less) {
            entries.sort_by(Named::cmp);
        }
        Ok(entries)
    }
}

impl Named {
    /// Compares by the order of paths: the name of a folder goes on with a slash.
    fn cmp(&self, other: &Self) -> Ordering {
        let slash = |named: &Self| (named.mode == FOLDER).then_some(b'/');
        let common = self.name.len().min(other.name.len());
        let start = self.name[..common].cmp(&other.name[..common]);
        let next = |named: &Self| named.name.get(common).copied().or_else(|| slash(named));
        let rest = || {
            let tail = self.name.len().cmp(&other.name.len());
            next(self).cmp(&next(other)).then(tail)
        };
        start.then_with(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(repository: &Repository, files: &[(&str, i32, &str)]) -> Oid {
        let mut folders: std::collections::BTreeMap<&str, Vec<(&str, i32, &str)>> =
            std::collections::BTreeMap::new();
        let mut builder = repository.treebuilder(None).unwrap();
        for (path, mode, text) in files {
            match path.split_once('/') {
                Some((folder, rest)) => folders
                    .entry(folder)
                    .or_default()
                    .push((rest, *mode, *text)),
                None => {
                    let id = repository.blob(text.as_bytes()).unwrap();
                    builder.insert(path, id, *mode).unwrap();
                }
            }
        }
        for (folder, files) in folders {
            let id = tree(repository, &files);
            builder.insert(folder, id, FOLDER).unwrap();
        }
        builder.write().unwrap()
    }

    #[test]
    fn files_that_differ_are_found_in_the_order_of_their_paths_with_those_in_the_place_of_folders()
    {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::init_bare(folder.path()).unwrap();
        let file = 0o100_644;
        let old = [
            ("a", file, "1"),
            ("b/c/d", file, "1"),
            ("b/same", file, "1"),
            ("e", file, "1"),
            ("same/x", file, "1"),
        ];
        let new = [
            ("a/x", file, "1"),
            ("a.c", file, "1"),
            ("b/c/d", 0o100_755, "1"),
            ("b/same", file, "1"),
            ("e", 0o120_000, "1"),
            ("same/x", file, "1"),
        ];
        let (old, new) = (tree(&repository, &old), tree(&repository, &new));
        let told = |old, new| -> Vec<(String, Option<u32>, Option<u32>)> {
            let found = differing(&repository, old, new).unwrap().into_iter();
            found
                .map(|(path, sides)| {
                    let [before, after] = sides.map(|side| side.map(|(mode, _)| mode));
                    (String::from_utf8(path).unwrap(), before, after)
                })
                .collect()
        };
        let expected = [
            ("a", Some(0o100_644), None),
            ("a.c", None, Some(0o100_644)),
            ("a/x", None, Some(0o100_644)),
            ("b/c/d", Some(0o100_644), Some(0o100_755)),
            ("e", Some(0o100_644), Some(0o120_000)),
        ];
        let expected = expected.map(|(path, before, after)| (path.to_owned(), before, after));
        assert_eq!(told(Some(old), new), expected);
        assert_eq!(told(None, old).len(), 5);
        assert_eq!(told(Some(new), new), []);
        let missing = Oid::from_str(&"1".repeat(40)).unwrap();
        let problem = differing(&repository, Some(missing), new).unwrap_err();
        assert_eq!(problem.code, "commit-unreadable");
    }
}
