//! Which files of many trees hold one of some words: every folder is listed once and every content searched once, however many
//! revisions share them. Does not judge what the words mean where they stand.

use rayon::prelude::{IntoParallelIterator, ParallelIterator};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use super::fault::Fault;
use super::id::Id;
use super::object::entries;
use super::objects::Objects;
use super::search;
use super::tree::{FOLDER, Tree, is_regular};
use super::words::{Held, Words};
use crate::lock::locked;
use crate::text::Globs;

/// What is known of contents: the words that each holds.
pub struct Known {
    words: Words,
    held: Mutex<HashMap<Id, Held>>,
}

/// The files that match globs, in any number of trees.
pub struct Survey {
    globs: Globs,
    known: Arc<Known>,
    folders: Mutex<HashMap<Folder, Arc<Listing>>>,
}

/// A folder at a place: the globs see its path.
type Folder = (String, Id);

/// What a folder has, as it is read: the files that match, and the folders that a match can lie in.
struct Contents {
    files: Vec<(String, Id)>,
    below: Vec<Folder>,
}

/// What a folder has: no more than is asked for again.
struct Listing {
    /// The files that match and hold a word.
    files: Vec<(String, Id, Held)>,
    /// The folders that a match can lie in.
    below: Vec<Folder>,
    /// Whether a file matches, whatever it holds.
    matches: bool,
}

impl Known {
    /// Knows nothing yet.
    pub fn new(words: Words) -> Self {
        Known {
            words,
            held: Mutex::default(),
        }
    }

    /// Returns the words.
    pub fn words(&self) -> &Words {
        &self.words
    }

    /// Learns what the files at `paths` hold, in all of `trees` at once. What can't be read is told when it is asked for.
    pub fn learn(&self, trees: &[&Tree], paths: &[String]) {
        let wanted = trees.iter().flat_map(|tree| {
            let id = |path: &String| tree.content(path).ok().flatten();
            let (objects, _) = tree.in_git()?;
            Some((objects, paths.iter().filter_map(id).collect::<Vec<Id>>()))
        });
        let mut wanted: Vec<_> = wanted.collect();
        let Some(objects) = wanted.first().map(|(objects, _)| *objects) else {
            return;
        };
        // Trees of one target share their objects.
        wanted.retain(|(other, _)| Arc::ptr_eq(objects, other));
        let ids = wanted.iter().flat_map(|(_, ids)| ids.iter().copied());
        self.search(objects, ids);
    }

    /// Returns the words that the file at a path holds, none where there is no such file.
    ///
    /// # Errors
    /// Where it can't be read.
    pub fn held(&self, tree: &Tree, path: &str) -> Result<Held, Fault> {
        let known = tree
            .content(path)?
            .and_then(|id| locked(&self.held).get(&id).copied());
        match known {
            Some(held) => Ok(held),
            None => self.read(tree, path),
        }
    }

    fn read(&self, tree: &Tree, path: &str) -> Result<Held, Fault> {
        let Some(blob) = tree.read(path)? else {
            return Ok(0);
        };
        let held = self.words.held(&blob.bytes);
        if let Some(id) = Id::from_hex(&blob.id) {
            locked(&self.held).insert(id, held);
        }
        Ok(held)
    }

    fn search(&self, objects: &Objects, ids: impl Iterator<Item = Id>) {
        let new: HashSet<Id> = {
            let held = locked(&self.held);
            ids.filter(|id| !held.contains_key(id)).collect()
        };
        let found = search::search(objects, new.into_iter().collect(), &self.words);
        let told = found
            .into_iter()
            .filter_map(|(id, held)| Some((id, held.ok()?)));
        locked(&self.held).extend(told);
    }
}

impl Survey {
    /// Makes a survey of the files that match.
    pub fn new(globs: Globs, known: Arc<Known>) -> Self {
        Survey {
            globs,
            known,
            folders: Mutex::default(),
        }
    }

    /// Learns what the files of all of `trees` hold, on all cores. What can't be read is told when it is asked for.
    pub fn learn(&self, trees: &[&Tree]) {
        if self.globs.is_empty() {
            return;
        }
        let mut roots = trees.iter().filter_map(|tree| tree.in_git());
        let Some((objects, first)) = roots.next() else {
            return;
        };
        let roots = roots.filter(|(other, _)| Arc::ptr_eq(objects, other));
        let roots = std::iter::once(first).chain(roots.map(|(_, root)| root));
        self.walk(objects, roots.map(|root| (String::new(), root)).collect());
    }

    /// Returns the files of a tree that match and hold one of `words`, sorted by path.
    ///
    /// # Errors
    /// Where a folder or a file can't be read.
    pub fn files(&self, tree: &Tree, words: Held) -> Result<Vec<String>, Fault> {
        if self.globs.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        if let Some((objects, root)) = tree.in_git() {
            self.gather(objects, (String::new(), root), &mut |listing| {
                let fits = listing
                    .files
                    .iter()
                    .filter(|(_, _, held)| held & words != 0);
                found.extend(fits.map(|(path, _, _)| path.clone()));
                false
            })?;
        } else {
            for path in tree.list(&self.globs)? {
                if self.known.held(tree, &path)? & words != 0 {
                    found.push(path);
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// Returns whether a file of a tree matches at all.
    ///
    /// # Errors
    /// Where a folder can't be read.
    pub fn has_any(&self, tree: &Tree) -> Result<bool, Fault> {
        match tree.in_git() {
            _ if self.globs.is_empty() => Ok(false),
            Some((objects, root)) => self.gather(objects, (String::new(), root), &mut |listing| {
                listing.matches
            }),
            None => Ok(!tree.list(&self.globs)?.is_empty()),
        }
    }

    /// Shows a folder and all below it, until `look` has seen what it wants; returns whether it has.
    fn gather(
        &self,
        objects: &Objects,
        folder: Folder,
        look: &mut dyn FnMut(&Listing) -> bool,
    ) -> Result<bool, Fault> {
        let mut ahead = vec![folder];
        while let Some(folder) = ahead.pop() {
            let known = locked(&self.folders).get(&folder).cloned();
            let listing = match known {
                Some(listing) => listing,
                None => {
                    self.walk(objects, HashSet::from([folder.clone()]));
                    let known = locked(&self.folders).get(&folder).cloned();
                    known.map_or_else(|| self.list(objects, &folder).map(Arc::new), Ok)?
                }
            };
            if look(&listing) {
                return Ok(true);
            }
            ahead.extend(listing.below.iter().cloned());
        }
        Ok(false)
    }

    /// Lists folders and all below them, level by level, then searches the contents that are new.
    fn walk(&self, objects: &Objects, roots: HashSet<Folder>) {
        let mut walked: Vec<(Folder, Contents)> = Vec::new();
        let mut level = roots;
        while !level.is_empty() {
            {
                let known = locked(&self.folders);
                level.retain(|folder| !known.contains_key(folder));
            }
            // Neighbours in the history are told against each other.
            let mut folders: Vec<Folder> = level.into_iter().collect();
            folders.sort();
            let read = folders.into_par_iter().filter_map(|folder| {
                let contents = self.read(objects, &folder).ok()?;
                Some((folder, contents))
            });
            let read: Vec<_> = read.collect();
            let seen = walked.len();
            walked.extend(read);
            level = walked[seen..]
                .iter()
                .flat_map(|(_, contents)| contents.below.iter().cloned())
                .collect();
        }
        let files = walked.iter().flat_map(|(_, contents)| &contents.files);
        self.known.search(objects, files.map(|(_, id)| *id));
        for (folder, contents) in walked {
            if let Some(listing) = self.listing(contents) {
                locked(&self.folders).insert(folder, Arc::new(listing));
            }
        }
    }

    /// The listing of a folder, `None` where a content is not known.
    fn listing(&self, Contents { files, below }: Contents) -> Option<Listing> {
        let known = locked(&self.known.held);
        let matches = !files.is_empty();
        let with_words = files.into_iter().map(|(path, id)| {
            let held = known.get(&id).copied()?;
            Some((path, id, held))
        });
        let files: Option<Vec<(String, Id, Held)>> = with_words.collect();
        let mut files = files?;
        files.retain(|(_, _, held)| *held != 0);
        files.shrink_to_fit();
        Some(Listing {
            files,
            below,
            matches,
        })
    }

    /// Lists a folder by itself, and tells what can't be read.
    fn list(&self, objects: &Objects, folder: &Folder) -> Result<Listing, Fault> {
        let Contents { files, below } = self.read(objects, folder)?;
        let mut with_words = Vec::new();
        let matches = !files.is_empty();
        for (path, id) in files {
            let known = locked(&self.known.held).get(&id).copied();
            let held = match known {
                Some(held) => held,
                None => {
                    let blob = objects.read(id).map_err(|fault| fault.of(&path))?;
                    self.known.words.held(&blob.1)
                }
            };
            with_words.push((path, id, held));
        }
        with_words.retain(|(_, _, held)| *held != 0);
        Ok(Listing {
            files: with_words,
            below,
            matches,
        })
    }

    fn read(&self, objects: &Objects, (path, id): &Folder) -> Result<Contents, Fault> {
        let bytes = objects.folder(*id).map_err(|fault| fault.of(path))?;
        let (mut files, mut below) = (Vec::new(), Vec::new());
        for entry in entries(&bytes, id.as_bytes().len()) {
            // A name that is not UTF-8 can't be named by a manifest.
            let Ok(name) = std::str::from_utf8(&entry.name) else {
                continue;
            };
            let inside = if path.is_empty() {
                name.to_owned()
            } else {
                format!("{path}/{name}")
            };
            if entry.mode == FOLDER && self.globs.reach(&inside) {
                below.push((inside, entry.id));
            } else if is_regular(entry.mode) && self.globs.matches(&inside) {
                files.push((inside, entry.id));
            }
        }
        Ok(Contents { files, below })
    }
}
