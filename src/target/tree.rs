//! The files of one revision, read in memory; a stage is a tree with some of them replaced, added or removed. Never writes.

use git2::{ObjectType, Oid, Repository};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use super::commit::{Blob, FileChange, OriginKind, When};
use super::object::{self, Entry, Kind, Object};
use crate::text::{Globs, Source};

/// What went wrong while reading a target; not the user's mistake, but theirs to know.
#[derive(Clone, Debug, thiserror::Error)]
#[error("can't read `{what}`: {reason}")]
pub struct Fault {
    /// What was read.
    pub what: String,
    /// Why it could not be.
    pub reason: String,
}

impl Fault {
    pub(super) fn new(what: impl Into<String>, reason: impl ToString) -> Self {
        Fault {
            what: what.into(),
            reason: reason.to_string(),
        }
    }
}

/// The files of a revision, with those that stages replaced, added or removed. Cheap to clone.
#[derive(Clone)]
pub struct Tree {
    store: Arc<Store>,
    /// What was read already: a file is looked at by several parts.
    known: Arc<Mutex<HashMap<String, Option<Blob>>>>,
    /// What stages made of a path; `None` where they removed it.
    replaced: BTreeMap<String, Option<Blob>>,
}

enum Store {
    Git {
        repository: Mutex<Repository>,
        root: Oid,
    },
    Directory(PathBuf),
}

const FOLDER: u32 = 0o040_000;
const LINK: u32 = 0o120_000;
const SUBMODULE: u32 = 0o160_000;
/// Files above this are not read: no source file is as large, and a tree may be hostile.
const LARGEST: u64 = 64 << 20;

impl Tree {
    pub(super) fn of_git(repository: Repository, root: Oid) -> Self {
        Tree {
            store: Arc::new(Store::Git {
                repository: Mutex::new(repository),
                root,
            }),
            known: Arc::default(),
            replaced: BTreeMap::new(),
        }
    }

    pub(super) fn of_directory(path: &Path) -> Self {
        Tree {
            store: Arc::new(Store::Directory(path.to_owned())),
            known: Arc::default(),
            replaced: BTreeMap::new(),
        }
    }

    /// Returns this tree with a file's content replaced; mode and everything else stay.
    #[must_use]
    pub fn with(&self, path: &str, bytes: Vec<u8>, mode: u32) -> Self {
        let id = object::id_of(Kind::Blob, &bytes);
        let bytes = bytes.into();
        self.put(path, Some(Blob { mode, id, bytes }))
    }

    /// Returns this tree with a file, a link or a submodule put at a path, or with none there.
    ///
    /// Whether the path can be there (no file stands where it needs a folder) is for the caller to know.
    #[must_use]
    pub fn put(&self, path: &str, blob: Option<Blob>) -> Self {
        let mut tree = self.clone();
        tree.replaced.insert(path.to_owned(), blob);
        tree
    }

    /// Returns this tree with changes made to it, whatever stood there before.
    #[must_use]
    pub fn changed(&self, changes: &[FileChange]) -> Self {
        let mut tree = self.clone();
        let renamed = |change: &FileChange| {
            let origin = change.origin.as_ref()?;
            (origin.kind == OriginKind::Rename).then(|| (origin.path.clone(), None))
        };
        // Two files may have changed names: what goes makes room first.
        tree.replaced.extend(changes.iter().filter_map(renamed));
        let after = |change: &FileChange| (change.path.clone(), change.after.clone());
        tree.replaced.extend(changes.iter().map(after));
        tree
    }

    /// Reads a regular file; `None` where there is none of that name, or it is a folder, a link or a submodule.
    ///
    /// # Errors
    /// Where it is there and can't be read, or is larger than 64 MiB.
    pub fn read(&self, path: &str) -> Result<Option<Blob>, Fault> {
        let regular = |blob: &Blob| !matches!(blob.mode, LINK | SUBMODULE);
        Ok(self.entry(path)?.filter(regular))
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
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(blob) = known().get(path) {
            return Ok(blob.clone());
        }
        let blob = self.read_from_store(path)?;
        known().insert(path.to_owned(), blob.clone());
        Ok(blob)
    }

    fn read_from_store(&self, path: &str) -> Result<Option<Blob>, Fault> {
        match &*self.store {
            Store::Git { repository, root } => {
                let repository = repository
                    .lock()
                    .map_err(|_| Fault::new(path, "an earlier read panicked"))?;
                read_blob(&repository, *root, path)
            }
            Store::Directory(base) => read_from_disk(base, path),
        }
    }

    /// Reads a regular file as a named source (`path@revision`).
    ///
    /// # Errors
    /// As [`Tree::read`].
    pub fn source(&self, path: &str, revision: &str) -> Result<Option<Source>, Fault> {
        let name = if revision == "." {
            path.to_owned()
        } else {
            format!("{path}@{revision}")
        };
        Ok(self.read(path)?.map(|file| Source::new(name, file.bytes)))
    }

    /// Returns the paths of the regular files that match, sorted.
    ///
    /// # Errors
    /// Where a folder can't be read.
    pub fn list(&self, globs: &Globs) -> Result<Vec<String>, Fault> {
        let mut paths = Vec::new();
        if globs.is_empty() {
            return Ok(paths);
        }
        match &*self.store {
            Store::Git { repository, root } => {
                let repository = repository
                    .lock()
                    .map_err(|_| Fault::new("tree", "an earlier read panicked"))?;
                list_git(&repository, *root, "", globs, &mut paths)?;
            }
            Store::Directory(base) => list_disk(base, "", globs, &mut paths)?,
        }
        paths.retain(|path| !self.replaced.contains_key(path));
        let regular = |blob: &&Blob| !matches!(blob.mode, LINK | SUBMODULE);
        let put = self.replaced.iter();
        let put = put
            .filter(|(path, blob)| globs.matches(path) && blob.as_ref().filter(regular).is_some());
        paths.extend(put.map(|(path, _)| path.clone()));
        paths.sort();
        paths.dedup();
        Ok(paths)
    }

    /// Returns when the newest of `paths` was last changed on disk; `None` for a tree of git, where commits tell.
    pub fn newest(&self, paths: &[String]) -> Option<When> {
        let Store::Directory(base) = &*self.store else {
            return None;
        };
        let changed = |path: &String| {
            let modified = std::fs::symlink_metadata(base.join(path))
                .ok()?
                .modified()
                .ok()?;
            i64::try_from(modified.duration_since(UNIX_EPOCH).ok()?.as_secs()).ok()
        };
        let seconds = paths.iter().filter_map(changed).max()?;
        Some(When {
            seconds,
            offset_minutes: 0,
        })
    }

    /// Returns the id of the tree and the objects that it needs beyond those of the revision: blobs first, its own tree last.
    /// `None` for a directory, which has no tree.
    ///
    /// # Errors
    /// Where a tree object can't be read.
    pub fn objects(&self) -> Result<Option<(String, Vec<Object>)>, Fault> {
        let Store::Git { repository, root } = &*self.store else {
            return Ok(None);
        };
        let repository = repository
            .lock()
            .map_err(|_| Fault::new("tree", "an earlier read panicked"))?;
        let changed: Vec<Changed> = self
            .replaced
            .iter()
            .map(|(path, file)| (path.split('/').collect(), file.as_ref()))
            .collect();
        let mut objects = self
            .replaced
            .values()
            .flatten()
            .filter(|file| file.mode != SUBMODULE)
            .map(|file| Object {
                kind: Kind::Blob,
                bytes: file.bytes.to_vec(),
            })
            .collect();
        let root = rebuild(&repository, Some(*root), &changed, &mut objects)?;
        let id = root.unwrap_or_else(|| {
            let empty = object::tree_object(Vec::new());
            let id = empty.id();
            objects.push(empty);
            id
        });
        Ok(Some((id, objects)))
    }
}

fn read_blob(repository: &Repository, root: Oid, path: &str) -> Result<Option<Blob>, Fault> {
    let tree = repository
        .find_tree(root)
        .map_err(|error| Fault::new("tree", error.message()))?;
    let entry = match tree.get_path(Path::new(path)) {
        Ok(entry) => entry,
        Err(error) if error.code() == git2::ErrorCode::NotFound => return Ok(None),
        Err(error) => return Err(Fault::new(path, error.message())),
    };
    let mode = entry.filemode().unsigned_abs();
    if entry.kind() == Some(ObjectType::Commit) {
        return Ok(Some(Blob {
            mode: SUBMODULE,
            id: entry.id().to_string(),
            bytes: Vec::new().into(),
        }));
    }
    if entry.kind() != Some(ObjectType::Blob) {
        return Ok(None);
    }
    let blob = repository
        .find_blob(entry.id())
        .map_err(|error| Fault::new(path, error.message()))?;
    if blob.size() as u64 > LARGEST {
        return Err(Fault::new(path, "larger than 64 MiB"));
    }
    Ok(Some(Blob {
        mode,
        id: entry.id().to_string(),
        bytes: blob.content().into(),
    }))
}

fn read_from_disk(base: &Path, path: &str) -> Result<Option<Blob>, Fault> {
    let mut full = base.to_owned();
    let mut metadata: Option<std::fs::Metadata> = None;
    for part in path.split('/') {
        // A link could lead out of the tree: in a tree of git it would be a link as well, and no folder.
        if metadata.is_some_and(|above| above.is_symlink()) {
            return Ok(None);
        }
        full.push(part);
        match std::fs::symlink_metadata(&full) {
            Ok(found) => metadata = Some(found),
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
                ) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(Fault::new(path, error)),
        }
    }
    let Some(metadata) = metadata.filter(|found| found.is_file() || found.is_symlink()) else {
        return Ok(None);
    };
    if metadata.is_symlink() {
        let target = std::fs::read_link(&full).map_err(|error| Fault::new(path, error))?;
        let bytes = target.into_os_string().into_encoded_bytes();
        return Ok(Some(Blob {
            mode: LINK,
            id: object::id_of(Kind::Blob, &bytes),
            bytes: bytes.into(),
        }));
    }
    if metadata.len() > LARGEST {
        return Err(Fault::new(path, "larger than 64 MiB"));
    }
    let bytes = std::fs::read(&full).map_err(|error| Fault::new(path, error))?;
    Ok(Some(Blob {
        mode: mode_of(&metadata),
        id: object::id_of(Kind::Blob, &bytes),
        bytes: bytes.into(),
    }))
}

#[cfg(unix)]
fn mode_of(metadata: &std::fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    if metadata.permissions().mode() & 0o100 == 0 {
        0o100_644
    } else {
        0o100_755
    }
}

#[cfg(not(unix))]
fn mode_of(_: &std::fs::Metadata) -> u32 {
    0o100_644
}

fn list_git(
    repository: &Repository,
    id: Oid,
    folder: &str,
    globs: &Globs,
    paths: &mut Vec<String>,
) -> Result<(), Fault> {
    let tree = repository
        .find_tree(id)
        .map_err(|error| Fault::new(folder, error.message()))?;
    for entry in &tree {
        // A name that is not UTF-8 can't be named by a manifest.
        let Ok(name) = entry.name() else { continue };
        let path = if folder.is_empty() {
            name.to_owned()
        } else {
            format!("{folder}/{name}")
        };
        match entry.kind() {
            Some(ObjectType::Tree) if globs.reach(&path) => {
                list_git(repository, entry.id(), &path, globs, paths)?;
            }
            Some(ObjectType::Blob) if entry.filemode() != 0o120_000 && globs.matches(&path) => {
                paths.push(path);
            }
            _ => {}
        }
    }
    Ok(())
}

fn list_disk(
    base: &Path,
    folder: &str,
    globs: &Globs,
    paths: &mut Vec<String>,
) -> Result<(), Fault> {
    let entries =
        std::fs::read_dir(base.join(folder)).map_err(|error| Fault::new(folder, error))?;
    for entry in entries {
        let entry = entry.map_err(|error| Fault::new(folder, error))?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let kind = entry
            .file_type()
            .map_err(|error| Fault::new(&name, error))?;
        let path = if folder.is_empty() {
            name
        } else {
            format!("{folder}/{name}")
        };
        if kind.is_dir() && globs.reach(&path) {
            list_disk(base, &path, globs, paths)?;
        } else if kind.is_file() && globs.matches(&path) {
            paths.push(path);
        }
    }
    Ok(())
}

/// A path, part by part, and what stands there now.
type Changed<'c> = (Vec<&'c str>, Option<&'c Blob>);

/// Rebuilds the tree `id` with files changed, and returns its new id, `None` where nothing is left in it; new tree objects are
/// added behind their parts.
fn rebuild(
    repository: &Repository,
    id: Option<Oid>,
    changed: &[Changed],
    objects: &mut Vec<Object>,
) -> Result<Option<String>, Fault> {
    let mut entries = Vec::new();
    if let Some(id) = id {
        let tree = repository
            .find_tree(id)
            .map_err(|error| Fault::new("tree", error.message()))?;
        if changed.is_empty() {
            return Ok(Some(id.to_string()));
        }
        entries.extend(tree.iter().map(|entry| Entry {
            mode: entry.filemode_raw().unsigned_abs(),
            name: entry.name_bytes().to_vec(),
            id: entry.id().to_string(),
        }));
    }
    let mut below: BTreeMap<&str, Vec<Changed>> = BTreeMap::new();
    // What goes makes room first: a folder may take the place of a file.
    let order = changed.iter().filter(|(_, file)| file.is_none());
    let order = order.chain(changed.iter().filter(|(_, file)| file.is_some()));
    for (path, file) in order {
        match path.split_first() {
            Some((name, [])) => set(
                &mut entries,
                name,
                file.map(|file| (file.mode, file.id.clone())),
            ),
            Some((name, rest)) => below.entry(name).or_default().push((rest.to_vec(), *file)),
            None => {}
        }
    }
    for (name, files) in below {
        let folder = entries
            .iter()
            .find(|entry| entry.name == name.as_bytes() && entry.mode == FOLDER);
        let folder = folder.and_then(|entry| Oid::from_str(&entry.id).ok());
        let rebuilt = rebuild(repository, folder, &files, objects)?;
        if folder.is_some() || rebuilt.is_some() {
            set(&mut entries, name, rebuilt.map(|id| (FOLDER, id)));
        }
    }
    // git keeps no empty folders.
    if entries.is_empty() {
        return Ok(None);
    }
    let tree = object::tree_object(entries);
    let id = tree.id();
    objects.push(tree);
    Ok(Some(id))
}

/// Puts mode and id under a name, or takes the name out.
fn set(entries: &mut Vec<Entry>, name: &str, now: Option<(u32, String)>) {
    entries.retain(|entry| entry.name != name.as_bytes());
    entries.extend(now.map(|(mode, id)| Entry {
        mode,
        name: name.as_bytes().to_vec(),
        id,
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(mode: u32, text: &str) -> Option<Blob> {
        Some(Blob {
            mode,
            id: object::id_of(Kind::Blob, text.as_bytes()),
            bytes: text.as_bytes().into(),
        })
    }

    /// A repository without a commit, and a tree of `files` in it.
    fn bench(files: &[(&str, &str)]) -> (tempfile::TempDir, Tree) {
        let dir = tempfile::tempdir().unwrap();
        let repository = Repository::init(dir.path()).unwrap();
        let empty = repository.treebuilder(None).unwrap().write().unwrap();
        let mut tree = Tree::of_git(repository, empty);
        for (path, text) in files {
            tree = tree.put(path, blob(0o100_644, text));
        }
        let id = written(dir.path(), &tree);
        let repository = Repository::open(dir.path()).unwrap();
        let tree = Tree::of_git(repository, Oid::from_str(&id).unwrap());
        (dir, tree)
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
        let tree = tree.put("l", blob(LINK, "a"));
        assert!(tree.read("l").unwrap().is_none());
        assert_eq!(tree.entry("l").unwrap().unwrap().bytes.as_ref(), b"a");
        let id = written(dir.path(), &tree);
        let again = Tree::of_git(
            Repository::open(dir.path()).unwrap(),
            Oid::from_str(&id).unwrap(),
        );
        assert!(again.read("l").unwrap().is_none());
        assert_eq!(again.entry("l").unwrap().unwrap().mode, LINK);
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
