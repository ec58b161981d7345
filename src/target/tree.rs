//! The files of one revision, read in memory; a stage is a tree with some of them replaced. Never writes.

use git2::{ObjectType, Oid, Repository};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use super::commit::{Blob, When};
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

/// The files of a revision, with those that stages replaced. Cheap to clone.
#[derive(Clone)]
pub struct Tree {
    store: Arc<Store>,
    /// What was read already: a file is looked at by several parts.
    known: Arc<Mutex<HashMap<String, Option<Blob>>>>,
    replaced: BTreeMap<String, Blob>,
}

enum Store {
    Git {
        repository: Mutex<Repository>,
        root: Oid,
    },
    Directory(PathBuf),
}

const FOLDER: u32 = 0o040_000;
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
        let mut tree = self.clone();
        let id = object::id_of(Kind::Blob, &bytes);
        tree.replaced.insert(
            path.to_owned(),
            Blob {
                mode,
                id,
                bytes: bytes.into(),
            },
        );
        tree
    }

    /// Reads a regular file; `None` where there is none of that name, or it is a folder, a link or a submodule.
    ///
    /// # Errors
    /// Where it is there and can't be read, or is larger than 64 MiB.
    pub fn read(&self, path: &str) -> Result<Option<Blob>, Fault> {
        if let Some(file) = self.replaced.get(path) {
            return Ok(Some(file.clone()));
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
        paths.extend(
            self.replaced
                .keys()
                .filter(|path| globs.matches(path))
                .cloned(),
        );
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
        let changed: Vec<(Vec<&str>, &Blob)> = self
            .replaced
            .iter()
            .map(|(path, file)| (path.split('/').collect(), file))
            .collect();
        let mut objects = self
            .replaced
            .values()
            .map(|file| Object {
                kind: Kind::Blob,
                bytes: file.bytes.to_vec(),
            })
            .collect();
        let id = rebuild(&repository, Some(*root), &changed, &mut objects)?;
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
    if entry.kind() != Some(ObjectType::Blob) || mode == 0o120_000 {
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
    let mut metadata = None;
    for part in path.split('/') {
        full.push(part);
        match std::fs::symlink_metadata(&full) {
            // A link could lead out of the tree: in a tree of git it would be a link as well, and no file.
            Ok(found) if found.file_type().is_symlink() => return Ok(None),
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
    let Some(metadata) = metadata.filter(std::fs::Metadata::is_file) else {
        return Ok(None);
    };
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

/// Rebuilds the tree `id` with files changed, and returns its new id; new tree objects are added behind their parts.
fn rebuild(
    repository: &Repository,
    id: Option<Oid>,
    changed: &[(Vec<&str>, &Blob)],
    objects: &mut Vec<Object>,
) -> Result<String, Fault> {
    let mut entries = Vec::new();
    if let Some(id) = id {
        let tree = repository
            .find_tree(id)
            .map_err(|error| Fault::new("tree", error.message()))?;
        if changed.is_empty() {
            return Ok(id.to_string());
        }
        entries.extend(tree.iter().map(|entry| Entry {
            mode: entry.filemode_raw().unsigned_abs(),
            name: entry.name_bytes().to_vec(),
            id: entry.id().to_string(),
        }));
    }
    let mut below: BTreeMap<&str, Vec<(Vec<&str>, &Blob)>> = BTreeMap::new();
    for (path, file) in changed {
        match path.split_first() {
            Some((name, [])) => {
                set(&mut entries, name, file.mode, file.id.clone());
            }
            Some((name, rest)) => below.entry(name).or_default().push((rest.to_vec(), file)),
            None => {}
        }
    }
    for (name, files) in below {
        let folder = entries
            .iter()
            .find(|entry| entry.name == name.as_bytes() && entry.mode == FOLDER);
        let folder = folder.and_then(|entry| Oid::from_str(&entry.id).ok());
        let id = rebuild(repository, folder, &files, objects)?;
        set(&mut entries, name, FOLDER, id);
    }
    let tree = object::tree_object(entries);
    let id = tree.id();
    objects.push(tree);
    Ok(id)
}

fn set(entries: &mut Vec<Entry>, name: &str, mode: u32, id: String) {
    match entries
        .iter_mut()
        .find(|entry| entry.name == name.as_bytes())
    {
        Some(entry) => {
            entry.mode = mode;
            entry.id = id;
        }
        None => entries.push(Entry {
            mode,
            name: name.as_bytes().to_vec(),
            id,
        }),
    }
}
