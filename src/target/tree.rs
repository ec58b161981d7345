//! The files of one revision, read in memory; a stage is a tree with some of them replaced, added or removed. Never writes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::commit::{Blob, FileChange, OriginKind, When, mode};
use super::disk;
use super::fault::Fault;
use super::id::Id;
use super::object::{self, Kind, Object, entries};
use super::objects::Objects;
use super::reads::Reads;
use super::rebuild::{Changed, rebuild};
use crate::lock::locked;
use crate::text::{Globs, Source};

/// The files of a revision, with those that stages replaced, added or removed. Cheap to clone.
#[derive(Clone)]
pub struct Tree {
    store: Arc<Store>,
    /// What was read already: a file is looked at by several parts.
    known: Arc<Mutex<HashMap<String, Option<Blob>>>>,
    /// What stages made of a path; `None` where they removed it.
    replaced: Arc<BTreeMap<String, Option<Blob>>>,
    /// The only paths that are there, for a part of a tree.
    only: Option<Arc<BTreeSet<String>>>,
    /// Who takes note of what is read.
    reads: Option<Arc<Reads>>,
}

enum Store {
    Git {
        objects: Arc<Objects>,
        root: Id,
    },
    Directory(PathBuf),
    /// Nothing but what is put there.
    Nothing,
}

pub(super) const FOLDER: u32 = 0o040_000;
/// Files above this are not read: no source file is as large, and a tree may be hostile.
pub(super) const LARGEST: u64 = 64 << 20;

impl Tree {
    pub(super) fn of_git(objects: Arc<Objects>, root: Id) -> Self {
        Tree::of(Store::Git { objects, root })
    }

    pub(super) fn of_directory(path: &Path) -> Self {
        Tree::of(Store::Directory(path.to_owned()))
    }

    /// Returns a tree of what changes were made of, and nothing else: what a patch of them applies to.
    pub fn before(changes: &[FileChange]) -> Self {
        let mut replaced = BTreeMap::new();
        for change in changes {
            let path = change
                .origin
                .as_ref()
                .map_or(&change.path, |origin| &origin.path);
            if change.before.is_some() {
                replaced.insert(path.clone(), change.before.clone());
            }
        }
        Tree {
            replaced: Arc::new(replaced),
            ..Tree::of(Store::Nothing)
        }
    }

    fn of(store: Store) -> Self {
        Tree {
            store: Arc::new(store),
            known: Arc::default(),
            replaced: Arc::default(),
            only: None,
            reads: None,
        }
    }

    /// Returns the part of this tree that is made of `paths`: nothing else is in it. What is read of it is not kept for others.
    #[must_use]
    pub fn only(&self, paths: BTreeSet<String>) -> Self {
        Tree {
            known: Arc::default(),
            only: Some(Arc::new(paths)),
            ..self.clone()
        }
    }

    /// Returns this tree, apart: what is read of it is not kept for others.
    #[must_use]
    pub fn apart(&self) -> Self {
        Tree {
            known: Arc::default(),
            ..self.clone()
        }
    }

    /// Returns this tree, apart, and what is read of it from now on, whatever is made of it.
    #[must_use]
    pub fn watched(&self) -> (Self, Arc<Reads>) {
        let reads = Arc::new(Reads::default());
        if !self.replaced.is_empty() {
            // What was put there is read without a note.
            reads.note_more();
        }
        let tree = Tree {
            reads: Some(reads.clone()),
            ..self.apart()
        };
        (tree, reads)
    }

    /// Takes note of a question that single paths do not answer.
    fn note_more(&self) {
        if let Some(reads) = &self.reads {
            reads.note_more();
        }
    }

    /// Takes note of what stands at a path.
    fn note(&self, path: &str, found: Result<Option<(u32, &str)>, &Fault>) {
        match (&self.reads, found) {
            (None, _) => {}
            (Some(reads), Ok(found)) => {
                reads.note(path, found.map(|(mode, id)| (mode, id.to_owned())));
            }
            (Some(reads), Err(_)) => reads.note_more(),
        }
    }

    /// Returns the id of a folder, empty for the top; `None` where there is none, or ids do not tell.
    ///
    /// # Errors
    /// Where a folder above it can't be read.
    pub fn folder(&self, path: &str) -> Result<Option<Id>, Fault> {
        self.note_more();
        let Some((objects, root)) = self.in_git() else {
            return Ok(None);
        };
        if path.is_empty() {
            return Ok(Some(root));
        }
        let found = objects.find(root, path).map_err(|fault| fault.of(path))?;
        Ok(found.filter(|(mode, _)| *mode == FOLDER).map(|(_, id)| id))
    }

    /// Returns the objects and the tree object, where nothing is changed or left out.
    pub(super) fn in_git(&self) -> Option<(&Arc<Objects>, Id)> {
        match &*self.store {
            Store::Git { objects, root } if self.replaced.is_empty() && self.only.is_none() => {
                Some((objects, *root))
            }
            _ => None,
        }
    }

    /// Returns the id of the tree object, `None` for a directory, a part, or a tree with files replaced.
    pub fn id(&self) -> Option<Id> {
        self.in_git().map(|(_, root)| root)
    }

    /// Returns this tree with a file's content replaced; mode and everything else stay.
    #[must_use]
    pub fn with(&self, path: &str, bytes: Vec<u8>, mode: u32) -> Self {
        self.put(path, Some(Blob::new(mode, bytes)))
    }

    /// Returns this tree with a file, a link or a submodule put at a path, or with none there.
    ///
    /// Whether the path can be there (no file stands where it needs a folder) is for the caller to know.
    #[must_use]
    pub fn put(&self, path: &str, blob: Option<Blob>) -> Self {
        let mut tree = self.clone();
        Arc::make_mut(&mut tree.replaced).insert(path.to_owned(), blob);
        tree
    }

    /// Returns this tree with changes made to it, whatever stood there before.
    #[must_use]
    pub fn changed(&self, changes: &[FileChange]) -> Self {
        let mut tree = self.clone();
        tree.change(changes);
        tree
    }

    /// Makes changes to this tree, as [`Tree::changed`].
    pub fn change(&mut self, changes: &[FileChange]) {
        let renamed = |change: &FileChange| {
            let origin = change.origin.as_ref()?;
            (origin.kind == OriginKind::Rename).then(|| (origin.path.clone(), None))
        };
        // Two files may have changed names: what goes makes room first.
        let replaced = Arc::make_mut(&mut self.replaced);
        replaced.extend(changes.iter().filter_map(renamed));
        let after = |change: &FileChange| (change.path.clone(), change.after.clone());
        replaced.extend(changes.iter().map(after));
    }

    /// Reads a regular file; `None` where there is none of that name, or it is a folder, a link or a submodule.
    ///
    /// # Errors
    /// Where it is there and can't be read, or is larger than 64 MiB.
    pub fn read(&self, path: &str) -> Result<Option<Blob>, Fault> {
        Ok(self.entry(path)?.filter(|blob| is_regular(blob.mode)))
    }

    /// Reads what stands at a path: a regular file, a link (its target as content) or a submodule (its commit as id, no content);
    /// `None` where there is nothing, or a folder.
    ///
    /// # Errors
    /// As [`Tree::read`].
    pub fn entry(&self, path: &str) -> Result<Option<Blob>, Fault> {
        if let Some(file) = self.replaced.get(path) {
            return Ok(file.clone());
        }
        if self.only.as_ref().is_some_and(|only| !only.contains(path)) {
            return Ok(None);
        }
        let known = || locked(&self.known);
        if let Some(blob) = known().get(path) {
            return Ok(blob.clone());
        }
        let read = self.read_from_store(path);
        let found = read.as_ref();
        let found = found.map(|found| found.as_ref().map(|blob| (blob.mode, &*blob.id)));
        self.note(path, found);
        let blob = read?;
        known().insert(path.to_owned(), blob.clone());
        Ok(blob)
    }

    /// Returns mode and id of what stands at a path as [`Tree::entry`] reads it, without reading it where git tells.
    ///
    /// # Errors
    /// As [`Tree::read`].
    pub fn version(&self, path: &str) -> Result<Option<(u32, String)>, Fault> {
        let hidden = self.only.as_ref().is_some_and(|only| !only.contains(path));
        match &*self.store {
            Store::Git { objects, root } if !self.replaced.contains_key(path) && !hidden => {
                let found = objects.find(*root, path).map_err(|fault| fault.of(path))?;
                let found = found.filter(|(mode, _)| *mode != FOLDER);
                let found = found.map(|(mode, id)| (mode, id.to_string()));
                let told = found.as_ref().map(|(mode, id)| (*mode, id.as_str()));
                self.note(path, Ok(told));
                Ok(found)
            }
            _ => Ok(self
                .entry(path)?
                .map(|blob| (blob.mode, blob.id.to_string()))),
        }
    }

    fn read_from_store(&self, path: &str) -> Result<Option<Blob>, Fault> {
        let (objects, root) = match &*self.store {
            Store::Directory(base) => return disk::read(base, path),
            Store::Nothing => return Ok(None),
            Store::Git { objects, root } => (objects, *root),
        };
        let found = objects.find(root, path).map_err(|fault| fault.of(path))?;
        let Some((mode, id)) = found.filter(|(mode, _)| *mode != FOLDER) else {
            return Ok(None);
        };
        let bytes: Arc<[u8]> = match mode {
            mode::SUBMODULE => Arc::default(),
            _ => objects.read(id).map_err(|fault| fault.of(path))?.1,
        };
        Ok(Some(Blob {
            mode,
            id: id.to_string().into(),
            bytes,
        }))
    }

    /// Returns whether a path is that of a folder with something in it.
    ///
    /// # Errors
    /// Where a folder can't be read.
    pub fn is_folder(&self, path: &str) -> Result<bool, Fault> {
        self.note_more();
        let is_below = |other: &str| {
            let rest = other.strip_prefix(path);
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        let put = self.replaced.iter().filter(|(other, _)| is_below(other));
        if put.clone().any(|(_, file)| file.is_some()) {
            return Ok(true);
        }
        let gone: BTreeSet<&str> = put.map(|(other, _)| other.as_str()).collect();
        let stays = |other: &str| {
            !gone.contains(other) && self.only.as_ref().is_none_or(|only| only.contains(other))
        };
        match &*self.store {
            Store::Git { objects, root } => {
                let found = objects.find(*root, path).map_err(|fault| fault.of(path))?;
                match found.filter(|(mode, _)| *mode == FOLDER) {
                    Some((_, id)) => holds(objects, id, path, &stays),
                    None => Ok(false),
                }
            }
            Store::Directory(base) => disk::holds(base, path, &stays),
            Store::Nothing => Ok(false),
        }
    }

    /// Returns the id of a regular file's content, without reading it where git tells; `None` where there is none of that name.
    ///
    /// # Errors
    /// As [`Tree::read`].
    pub fn content(&self, path: &str) -> Result<Option<Id>, Fault> {
        let hidden = self.only.as_ref().is_some_and(|only| !only.contains(path));
        match &*self.store {
            Store::Git { objects, root } if !self.replaced.contains_key(path) && !hidden => {
                let found = objects.find(*root, path).map_err(|fault| fault.of(path))?;
                let found = found.filter(|(mode, _)| *mode != FOLDER);
                let id = found.map(|(_, id)| id.to_string());
                let told = found.zip(id.as_deref());
                self.note(path, Ok(told.map(|((mode, _), id)| (mode, id))));
                Ok(found
                    .filter(|(mode, _)| is_regular(*mode))
                    .map(|(_, id)| id))
            }
            _ => Ok(self.read(path)?.and_then(|blob| Id::from_hex(&blob.id))),
        }
    }

    /// Reads a regular file as a named source (`path@revision`).
    ///
    /// # Errors
    /// As [`Tree::read`].
    pub fn source(&self, path: &str, revision: &str) -> Result<Option<Source>, Fault> {
        let source = |file: Blob| Source::new(name_at(path, revision), file.bytes);
        Ok(self.read(path)?.map(source))
    }

    /// Returns the paths of the regular files that match, sorted.
    ///
    /// # Errors
    /// Where a folder can't be read.
    pub fn list(&self, globs: &Globs) -> Result<Vec<String>, Fault> {
        Ok(self
            .files(globs)?
            .into_iter()
            .map(|(path, _)| path)
            .collect())
    }

    /// Returns the regular files that match, sorted by path, each with the id of its content where git tells it.
    ///
    /// # Errors
    /// Where a folder can't be read.
    pub fn files(&self, globs: &Globs) -> Result<Vec<(String, Option<Id>)>, Fault> {
        self.listed(globs, &is_regular)
    }

    /// Returns the paths of all files and links, sorted.
    ///
    /// # Errors
    /// Where a folder can't be read.
    pub fn everything(&self) -> Result<Vec<String>, Fault> {
        let all = Globs::new(["**"]).map_err(|(_, why)| Fault::new("**", why))?;
        let found = self.listed(&all, &|mode| is_regular(mode) || mode == mode::LINK)?;
        Ok(found.into_iter().map(|(path, _)| path).collect())
    }

    fn listed(
        &self,
        globs: &Globs,
        wanted: &dyn Fn(u32) -> bool,
    ) -> Result<Vec<(String, Option<Id>)>, Fault> {
        if globs.is_empty() {
            return Ok(Vec::new());
        }
        match &self.only {
            // What of them is there is all that a part of a tree has to list.
            Some(only) if self.reads.is_some() => {
                for path in only.iter() {
                    self.version(path)?;
                }
            }
            _ => self.note_more(),
        }
        let mut found = Vec::new();
        match &*self.store {
            Store::Git { objects, root } => list(objects, *root, "", (globs, wanted), &mut found)?,
            Store::Directory(base) => {
                let mut paths = Vec::new();
                disk::list(base, "", (globs, wanted(mode::LINK)), &mut paths)?;
                found.extend(paths.into_iter().map(|path| (path, None)));
            }
            Store::Nothing => {}
        }
        let hidden = |path: &String| self.only.as_ref().is_some_and(|only| !only.contains(path));
        found.retain(|(path, _)| !self.replaced.contains_key(path) && !hidden(path));
        let regular = |blob: &&Blob| wanted(blob.mode);
        let put = self.replaced.iter().filter_map(|(path, blob)| {
            let blob = blob.as_ref().filter(regular)?;
            globs
                .matches(path)
                .then(|| (path.clone(), Id::from_hex(&blob.id)))
        });
        found.extend(put);
        found.sort();
        found.dedup();
        Ok(found)
    }

    /// Returns whether nothing is in the tree but regular files at its top that match.
    ///
    /// # Errors
    /// Where it can't be read.
    pub fn is_made_of(&self, globs: &Globs) -> Result<bool, Fault> {
        self.note_more();
        let Some((objects, root)) = self.in_git() else {
            return match &*self.store {
                Store::Directory(base) => disk::is_made_of(base, globs),
                Store::Git { .. } | Store::Nothing => Ok(false),
            };
        };
        let folder = objects.folder(root)?;
        Ok(entries(&folder, root.as_bytes().len()).all(|entry| {
            let name = std::str::from_utf8(&entry.name);
            is_regular(entry.mode) && name.is_ok_and(|name| globs.matches(name))
        }))
    }

    /// Returns when the newest of `paths` was last changed on disk; `None` for a tree of git, where commits tell.
    pub fn newest(&self, paths: &[String]) -> Option<When> {
        match &*self.store {
            Store::Directory(base) => disk::newest(base, paths),
            Store::Git { .. } | Store::Nothing => None,
        }
    }

    /// Returns the id of the tree and the objects that it needs beyond those of the revision: blobs first, its own tree last.
    /// `None` for a directory, which has no tree.
    ///
    /// # Errors
    /// Where a tree object can't be read.
    pub fn objects(&self) -> Result<Option<(String, Vec<Object>)>, Fault> {
        let Store::Git {
            objects: store,
            root,
        } = &*self.store
        else {
            return Ok(None);
        };
        let changed: Vec<Changed> = self
            .replaced
            .iter()
            .map(|(path, file)| (path.split('/').collect(), file.as_ref()))
            .collect();
        let mut objects = self
            .replaced
            .values()
            .flatten()
            .filter(|file| file.mode != mode::SUBMODULE)
            .map(|file| Object {
                kind: Kind::Blob,
                bytes: file.bytes.to_vec(),
            })
            .collect();
        let root = rebuild(store, Some(*root), &changed, &mut objects)?;
        let id = root.map_or_else(
            || {
                let empty = object::tree_object(Vec::new());
                let id = empty.id();
                objects.push(empty);
                id
            },
            |id| id.to_string(),
        );
        Ok(Some((id, objects)))
    }
}

/// Returns the name that people know a file of a revision by: `path@revision`, the path alone in a directory.
pub fn name_at(path: &str, revision: &str) -> String {
    match revision {
        "." => path.to_owned(),
        revision => format!("{path}@{revision}"),
    }
}

pub(super) fn is_regular(mode: u32) -> bool {
    !matches!(mode, FOLDER | mode::LINK | mode::SUBMODULE)
}

/// Whether something is in a folder that stays.
fn holds(
    objects: &Objects,
    id: Id,
    folder: &str,
    stays: &dyn Fn(&str) -> bool,
) -> Result<bool, Fault> {
    let bytes = objects.folder(id).map_err(|fault| fault.of(folder))?;
    for entry in entries(&bytes, id.as_bytes().len()) {
        let path = format!("{folder}/{}", String::from_utf8_lossy(&entry.name));
        let found = match entry.mode {
            FOLDER => holds(objects, entry.id, &path, stays)?,
            _ => stays(&path),
        };
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

fn list(
    objects: &Objects,
    id: Id,
    folder: &str,
    (globs, wanted): (&Globs, &dyn Fn(u32) -> bool),
    found: &mut Vec<(String, Option<Id>)>,
) -> Result<(), Fault> {
    let bytes = objects.folder(id).map_err(|fault| fault.of(folder))?;
    for entry in entries(&bytes, id.as_bytes().len()) {
        // A name that is not UTF-8 can't be named by a manifest.
        let Ok(name) = std::str::from_utf8(&entry.name) else {
            continue;
        };
        let path = if folder.is_empty() {
            name.to_owned()
        } else {
            format!("{folder}/{name}")
        };
        if entry.mode == FOLDER && globs.reach(&path) {
            list(objects, entry.id, &path, (globs, wanted), found)?;
        } else if wanted(entry.mode) && globs.matches(&path) {
            found.push((path, Some(entry.id)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use git2::{Oid, Repository};

    fn blob(mode: u32, text: &str) -> Option<Blob> {
        Some(Blob::new(mode, text.as_bytes()))
    }

    /// A repository without a commit, and a tree of `files` in it.
    fn bench(files: &[(&str, &str)]) -> (tempfile::TempDir, Tree) {
        let dir = tempfile::tempdir().unwrap();
        let repository = Repository::init(dir.path()).unwrap();
        let empty = repository.treebuilder(None).unwrap().write().unwrap();
        let mut tree = of(dir.path(), Id::of_git(empty));
        for (path, text) in files {
            tree = tree.put(path, blob(0o100_644, text));
        }
        let id = written(dir.path(), &tree);
        let tree = of(dir.path(), Id::from_hex(&id).unwrap());
        (dir, tree)
    }

    fn of(dir: &Path, root: Id) -> Tree {
        Tree::of_git(Arc::new(Objects::new(&dir.join(".git"))), root)
    }

    /// Writes the objects of a tree, as git takes them.
    fn written(dir: &Path, tree: &Tree) -> String {
        let repository = Repository::open(dir).unwrap();
        let (id, objects) = tree.objects().unwrap().unwrap();
        for object in &objects {
            repository
                .odb()
                .unwrap()
                .write(object.kind.of_git(), &object.bytes)
                .unwrap();
        }
        id
    }

    fn paths(dir: &Path, id: &str) -> Vec<String> {
        let repository = Repository::open(dir).unwrap();
        let tree = repository.find_tree(Oid::from_str(id).unwrap()).unwrap();
        let mut paths = Vec::new();
        tree.walk(git2::TreeWalkMode::PreOrder, |folder, entry| {
            paths.push(format!("{folder}{}", entry.name().unwrap()));
            git2::TreeWalkResult::Ok
        })
        .unwrap();
        paths
    }

    #[test]
    fn what_is_removed_is_gone_and_leaves_no_empty_folder() {
        let (dir, tree) = bench(&[("a/b/c", "1"), ("a/d", "2"), ("e", "3")]);
        let without = tree.put("a/b/c", None);
        assert!(without.read("a/b/c").unwrap().is_none());
        let id = written(dir.path(), &without);
        assert_eq!(paths(dir.path(), &id), ["a", "a/d", "e"]);
        let none = without.put("a/d", None).put("e", None);
        let id = written(dir.path(), &none);
        assert_eq!(id, "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    }

    #[test]
    fn a_folder_takes_the_place_of_a_file_and_a_file_that_of_a_folder() {
        let (dir, tree) = bench(&[("a", "1"), ("b/c", "2")]);
        let tree = tree
            .put("a", None)
            .put("a/x", blob(0o100_644, "3"))
            .put("b/c", None)
            .put("b", blob(0o100_755, "4"));
        let id = written(dir.path(), &tree);
        assert_eq!(paths(dir.path(), &id), ["a", "a/x", "b"]);
    }

    #[test]
    fn a_link_is_an_entry_and_no_file() {
        let (dir, tree) = bench(&[("a", "1")]);
        let tree = tree.put("l", blob(mode::LINK, "a"));
        assert!(tree.read("l").unwrap().is_none());
        assert_eq!(tree.entry("l").unwrap().unwrap().bytes.as_ref(), b"a");
        let id = written(dir.path(), &tree);
        let again = of(dir.path(), Id::from_hex(&id).unwrap());
        assert!(again.read("l").unwrap().is_none());
        assert_eq!(again.entry("l").unwrap().unwrap().mode, mode::LINK);
        #[cfg(unix)]
        std::os::unix::fs::symlink("nowhere", dir.path().join("on-disk")).unwrap();
        let disk = Tree::of_directory(dir.path());
        assert!(disk.read("on-disk").unwrap().is_none());
        assert_eq!(
            disk.entry("on-disk").unwrap().unwrap().bytes.as_ref(),
            b"nowhere"
        );
        assert!(disk.entry("on-disk/below").unwrap().is_none());
    }
}
