//! What was read of a tree: paths and what stood at them, so that another tree can be told to read the same. Does not know who reads.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::lock::locked;

use super::commit::content_id;
use super::{Id, Tree};

/// What stands at a path: mode and id, as git tells them; `None` where nothing does, or a folder.
type Version = Option<(u32, String)>;

/// What is read of a tree while it is watched.
#[derive(Debug, Default)]
pub struct Reads {
    paths: Mutex<BTreeMap<String, Version>>,
    /// Whether something was asked that single paths do not tell, or could not be read.
    is_more: AtomicBool,
}

impl Reads {
    /// Takes note of what stood at a path.
    pub(super) fn note(&self, path: &str, version: Version) {
        let mut paths = locked(&self.paths);
        paths.insert(path.to_owned(), version);
    }

    /// Takes note of a question that single paths do not answer.
    pub(super) fn note_more(&self) {
        self.is_more.store(true, Ordering::Relaxed);
    }

    /// Returns what was read until now; `None` where that does not tell all that was asked.
    pub fn trace(&self) -> Option<Trace> {
        if self.is_more.load(Ordering::Relaxed) {
            return None;
        }
        let paths = locked(&self.paths);
        Some(Trace::new(paths.clone()))
    }
}

/// Paths that were read, and what stood at each.
#[derive(Debug, Default)]
pub struct Trace {
    /// The paths by folder: its path, empty for the top, and the names in it.
    folders: Vec<(String, Vec<String>)>,
    versions: BTreeMap<String, Version>,
    own: String,
    /// What stands there in a folder, by its id: equal folders are looked into once.
    known: Mutex<HashMap<(usize, Id), String>>,
}

impl Trace {
    /// Makes one of paths, and what stood at each.
    pub fn new(versions: BTreeMap<String, Version>) -> Self {
        let mut folders: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for path in versions.keys() {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            folders.entry(folder).or_default().push(name.to_owned());
        }
        let folders = folders.into_iter();
        let folders = folders.map(|(folder, names)| (folder.to_owned(), names));
        let mut trace = Trace {
            folders: folders.collect(),
            versions,
            ..Trace::default()
        };
        let version = |path: &str| trace.versions.get(path).cloned().flatten();
        let own = trace.folders.iter();
        let own =
            own.filter_map(|(folder, names)| told(folder, names, &|path| Some(version(path))));
        trace.own = own.collect();
        trace
    }

    /// Returns the paths, and what stood at each.
    pub fn versions(&self) -> &BTreeMap<String, Version> {
        &self.versions
    }

    /// Returns what stands at the paths in a tree, in short: equal for trees that have the same there. `None` where it can't be read.
    pub fn seen(&self, tree: &Tree) -> Option<String> {
        let mut all = String::new();
        for (at, (folder, names)) in self.folders.iter().enumerate() {
            let id = tree.folder(folder).ok()?;
            let known = || locked(&self.known);
            if let Some(seen) = id.and_then(|id| known().get(&(at, id)).cloned()) {
                all.push_str(&seen);
                continue;
            }
            let seen = told(folder, names, &|path| tree.version(path).ok())?;
            all.push_str(&seen);
            known().extend(id.map(|id| ((at, id), seen)));
        }
        Some(all)
    }

    /// Returns whether the same stands at the paths in a tree.
    pub fn is_of(&self, tree: &Tree) -> bool {
        self.seen(tree).as_ref() == Some(&self.own)
    }
}

/// Tells what stands in a folder, in short.
fn told(
    folder: &str,
    names: &[String],
    version: &dyn Fn(&str) -> Option<Version>,
) -> Option<String> {
    let mut all = String::new();
    for name in names {
        let path = match folder {
            "" => name.clone(),
            folder => format!("{folder}/{name}"),
        };
        let _ = match version(&path)? {
            Some((mode, id)) => writeln!(all, "{mode:o} {id} {path}"),
            None => writeln!(all, "- {path}"),
        };
    }
    Some(content_id(all.as_bytes()))
}
