//! The history of the sample as it is told in `templates/sample`, made into commits. Does not know where they are written to.

use std::collections::BTreeMap;
use std::rc::Rc;

use git2::{Index, IndexEntry, IndexTime, ObjectType, Oid, Repository, Signature, Time};
use include_dir::{Dir, include_dir};
use serde::Deserialize;
use toml::value::{Datetime, Offset};

use super::SampleError;

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates/sample");

/// Mode of every file: the sample has no programs and no links.
const FILE_MODE: u32 = 0o100_644;

/// The files of a commit by their paths.
pub(super) type Files = BTreeMap<String, File>;

#[derive(Clone)]
pub(super) struct File {
    pub(super) id: Oid,
    pub(super) text: Rc<str>,
}

impl File {
    /// Returns the index entry of the file, untouched by any work tree.
    pub(super) fn entry(&self, path: &str) -> IndexEntry {
        IndexEntry {
            ctime: IndexTime::new(0, 0),
            mtime: IndexTime::new(0, 0),
            dev: 0,
            ino: 0,
            mode: FILE_MODE,
            uid: 0,
            gid: 0,
            file_size: 0,
            id: self.id,
            flags: 0,
            flags_extended: 0,
            path: path.into(),
        }
    }
}

/// A commit that was made.
pub(super) struct Made {
    pub(super) id: Oid,
    pub(super) files: Files,
}

/// `templates/sample/history.toml`, which says what its keys mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct History {
    pub(super) head: String,
    pub(super) branches: BTreeMap<String, String>,
    people: BTreeMap<String, Person>,
    commits: Vec<Commit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Person {
    name: String,
    email: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Commit {
    id: String,
    parent: Option<String>,
    author: String,
    date: Datetime,
    committer: Option<String>,
    committed: Option<Datetime>,
    message: String,
    #[serde(default)]
    writes: Vec<String>,
    #[serde(default)]
    deletes: Vec<String>,
    #[serde(default)]
    edits: Vec<Replacement>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Replacement {
    path: String,
    find: String,
    replace: String,
}

impl History {
    /// Reads what is embedded.
    pub(super) fn embedded() -> Result<Self, SampleError> {
        toml::from_str(embedded_text("history.toml")?)
            .map_err(|error| SampleError::Damaged(error.to_string()))
    }

    /// Makes all commits, in order.
    pub(super) fn replay(
        &self,
        repository: &Repository,
    ) -> Result<BTreeMap<String, Made>, SampleError> {
        let mut commits: BTreeMap<String, Made> = BTreeMap::new();
        for commit in &self.commits {
            let parent = match &commit.parent {
                Some(parent) => Some(found(&commits, parent)?),
                None => None,
            };
            let files = commit.files(parent, repository)?;
            let id = self.commit(commit, parent, &files, repository)?;
            commits.insert(commit.id.clone(), Made { id, files });
        }
        Ok(commits)
    }

    fn commit(
        &self,
        commit: &Commit,
        parent: Option<&Made>,
        files: &Files,
        repository: &Repository,
    ) -> Result<Oid, SampleError> {
        let mut index = Index::new()?;
        for (path, file) in files {
            index.add(&file.entry(path))?;
        }
        let tree = repository.find_tree(index.write_tree_to(repository)?)?;
        let parent = match parent {
            Some(parent) => Some(repository.find_commit(parent.id)?),
            None => None,
        };
        let author = self.signature(&commit.author, &commit.date)?;
        let committer = self.signature(
            commit.committer.as_ref().unwrap_or(&commit.author),
            commit.committed.as_ref().unwrap_or(&commit.date),
        )?;
        let parents: Vec<_> = parent.iter().collect();
        Ok(repository.commit(None, &author, &committer, &commit.message, &tree, &parents)?)
    }

    fn signature(&self, person: &str, date: &Datetime) -> Result<Signature<'static>, SampleError> {
        let Person { name, email } = found(&self.people, person)?;
        let damaged = || SampleError::Damaged(format!("`{date}` is no date with an offset"));
        let instant: jiff::Timestamp = date.to_string().parse().map_err(|_| damaged())?;
        let minutes = match date.offset.ok_or_else(damaged)? {
            Offset::Z => 0,
            Offset::Custom { minutes } => minutes,
        };
        Ok(Signature::new(
            name,
            email,
            &Time::new(instant.as_second(), minutes.into()),
        )?)
    }
}

impl Commit {
    /// Returns the files of the tree, those that are new in it stored already.
    fn files(&self, parent: Option<&Made>, repository: &Repository) -> Result<Files, SampleError> {
        let mut texts: BTreeMap<&str, Rc<str>> = BTreeMap::new();
        let mut files = parent
            .map(|parent| parent.files.clone())
            .unwrap_or_default();
        for path in &self.deletes {
            if files.remove(path).is_none() {
                return Err(SampleError::Damaged(format!(
                    "no `{path}` to delete in `{}`",
                    self.id
                )));
            }
        }
        for path in &self.writes {
            texts.insert(path, embedded_text(&format!("{}/{path}", self.id))?.into());
        }
        for edit in &self.edits {
            let old = match texts.get(&*edit.path) {
                Some(text) => text,
                None => &found(&files, &edit.path)?.text,
            };
            let new = edit.made(old).ok_or_else(|| {
                SampleError::Damaged(format!(
                    "`{}` stands not once in `{}` before `{}`",
                    edit.find, edit.path, self.id
                ))
            })?;
            texts.insert(&edit.path, new);
        }
        let odb = repository.odb()?;
        for (path, text) in texts {
            let id = odb.write(ObjectType::Blob, text.as_bytes())?;
            files.insert(path.to_owned(), File { id, text });
        }
        Ok(files)
    }
}

impl Replacement {
    /// Returns the text with the replacement made, where it has exactly one place.
    fn made(&self, text: &str) -> Option<Rc<str>> {
        let (before, after) = text.split_once(&self.find)?;
        (!after.contains(&self.find)).then(|| format!("{before}{}{after}", self.replace).into())
    }
}

fn embedded_text(path: &str) -> Result<&'static str, SampleError> {
    FILES
        .get_file(path)
        .and_then(|file| file.contents_utf8())
        .ok_or_else(|| SampleError::Damaged(format!("no text `{path}`")))
}

/// Looks up what the data refers to.
pub(super) fn found<'a, T>(map: &'a BTreeMap<String, T>, key: &str) -> Result<&'a T, SampleError> {
    map.get(key)
        .ok_or_else(|| SampleError::Damaged(format!("nothing is called `{key}`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_file_is_written_by_a_commit() {
        fn all(dir: &Dir<'_>, into: &mut Vec<String>) {
            into.extend(dir.files().map(|file| file.path().display().to_string()));
            dir.dirs().for_each(|dir| all(dir, into));
        }
        let mut embedded = Vec::new();
        all(&FILES, &mut embedded);
        let mut written = vec!["history.toml".to_owned()];
        for commit in History::embedded().unwrap().commits {
            written.extend(
                commit
                    .writes
                    .iter()
                    .map(|path| format!("{}/{path}", commit.id)),
            );
        }
        embedded.sort();
        written.sort();
        assert_eq!(embedded, written);
    }

    #[test]
    fn a_replacement_that_fits_twice_or_nowhere_is_not_made() {
        let replacement = Replacement {
            path: String::new(),
            find: "b".to_owned(),
            replace: "c".to_owned(),
        };
        assert_eq!(replacement.made("abd").as_deref(), Some("acd"));
        assert_eq!(replacement.made("ad"), None);
        assert_eq!(replacement.made("bb"), None);
    }
}
