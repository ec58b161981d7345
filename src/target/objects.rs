//! The objects of one repository, read by many threads at once: each has a handle of its own while it reads. Knows which of
//! libgit2 and the installed git can read it; writes nothing.

use git2::{ErrorCode, ObjectType, Odb, Repository};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Once};

use crate::lock::locked;

use super::commit::When;
use super::fault::Fault;
use super::id::Id;
use super::installed::Installed;
use super::object::{Kind, entries};
use super::tree::{FOLDER, LARGEST};

/// The objects of a repository.
pub struct Objects {
    path: PathBuf,
    /// Further places of objects.
    alternates: Vec<PathBuf>,
    through: Through,
    /// Folders that were read already: neighbouring revisions share most of theirs.
    folders: Mutex<HashMap<Id, Folder>>,
}

enum Through {
    /// Handles that nobody reads with just now.
    Library(Mutex<Vec<Repository>>),
    Installed(Installed),
}

/// A commit, as far as a revision needs it.
pub(super) struct Tip {
    /// Its id in hex.
    pub(super) id: String,
    /// Its tree.
    pub(super) tree: Id,
    /// When it was committed.
    pub(super) committed: When,
}

/// Why a name is no revision.
pub(super) enum NoTip {
    /// Nothing has that name, or what has is no commit.
    Unknown,
    /// Several have it.
    Ambiguous,
    /// It is there and can't be read.
    Fault(Fault),
}

/// A tree object as git keeps it.
pub(super) type Folder = Arc<[u8]>;

/// Folders kept; a history may have any number.
const FOLDERS: usize = 2048;

impl Objects {
    /// Makes the objects of the repository at `path`, its git directory, which libgit2 reads.
    pub(super) fn new(path: &Path) -> Self {
        static ONCE: Once = Once::new();
        // git does not hash what it reads from a pack either; its checksums tell damage.
        ONCE.call_once(|| git2::opts::strict_hash_verification(false));
        Objects {
            path: path.to_owned(),
            alternates: Vec::new(),
            through: Through::Library(Mutex::default()),
            folders: Mutex::default(),
        }
    }

    /// Returns the folders that objects lie in; none where it is the installed git that reads.
    pub(super) fn places(&self) -> Vec<PathBuf> {
        let own =
            self.with(|repository| Ok::<_, git2::Error>(repository.commondir().join("objects")));
        let own = own.ok().flatten();
        own.into_iter()
            .flat_map(|own| std::iter::once(own).chain(self.alternates.clone()))
            .collect()
    }

    /// Adds further places of objects.
    pub(super) fn with_alternates(self, alternates: Vec<PathBuf>) -> Self {
        Objects { alternates, ..self }
    }

    /// Makes the objects of a repository that the installed git reads.
    pub(super) fn installed(installed: Installed) -> Self {
        Objects {
            path: installed.dir().to_owned(),
            alternates: Vec::new(),
            through: Through::Installed(installed),
            folders: Mutex::default(),
        }
    }

    /// Returns the git directory.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the installed git, where it is the one that reads.
    pub(super) fn by_installed(&self) -> Option<&Installed> {
        match &self.through {
            Through::Library(_) => None,
            Through::Installed(installed) => Some(installed),
        }
    }

    /// Returns whether the clone is shallow.
    pub(super) fn is_shallow(&self) -> bool {
        if let Some(installed) = self.by_installed() {
            let told = installed.tell(&["rev-parse", "--is-shallow-repository"]);
            return told.as_deref() == Some("true");
        }
        let told = self.with(|repository| Ok::<_, git2::Error>(repository.is_shallow()));
        told.ok().flatten().unwrap_or_default()
    }

    /// Returns the remote that promises what a partial clone lacks.
    pub(super) fn promisor(&self) -> Option<String> {
        let named = self.configured("^remote\\..*\\.promisor$").into_iter();
        let mut named = named.map(|(key, _)| {
            let name = key.strip_prefix("remote.").unwrap_or(&key);
            name.strip_suffix(".promisor").unwrap_or(name).to_owned()
        });
        named.next().or_else(|| {
            let old = self.configured("^extensions\\.partialclone$");
            old.into_iter().next().map(|(_, remote)| remote)
        })
    }

    /// Returns whether the clone was told to fetch some branches of a remote alone: the remote.
    pub(super) fn is_narrow(&self) -> Option<String> {
        let mut all: HashMap<String, bool> = HashMap::new();
        for (key, refspec) in self.configured("^remote\\..*\\.fetch$") {
            let name = key.strip_prefix("remote.").unwrap_or(&key);
            let name = name.strip_suffix(".fetch").unwrap_or(name);
            let from = refspec.trim_start_matches('+').split(':').next();
            let is_all = matches!(from, Some("refs/heads/*" | "refs/*"));
            *all.entry(name.to_owned()).or_default() |= is_all;
        }
        let mut narrow = all.into_iter().filter(|(_, is_all)| !is_all);
        narrow.next().map(|(remote, _)| remote)
    }

    /// Returns keys and values of the configuration whose keys match a regular expression; none where it can't be read.
    fn configured(&self, keys: &str) -> Vec<(String, String)> {
        if let Some(installed) = self.by_installed() {
            let told = installed.tell(&["config", "--get-regexp", keys]);
            let told = told.unwrap_or_default();
            let pair = |line: &str| {
                let (key, value) = line.split_once(' ').unwrap_or((line, ""));
                (key.to_owned(), value.to_owned())
            };
            return told.lines().map(pair).collect();
        }
        let read = |repository: &Repository| {
            let config = repository.config()?.snapshot()?;
            let mut entries = config.entries(Some(keys))?;
            let mut found = Vec::new();
            while let Some(entry) = entries.next() {
                let entry = entry?;
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let value = if entry.has_value() {
                    text(entry.value_bytes())
                } else {
                    String::new()
                };
                found.push((text(entry.name_bytes()), value));
            }
            Ok::<_, git2::Error>(found)
        };
        self.with(read).ok().flatten().unwrap_or_default()
    }

    /// Returns whether an id tells what is read under it: not where objects are replaced by others.
    pub(super) fn ids_tell(&self) -> bool {
        self.by_installed().is_none_or(|installed| {
            let told = installed.tell(&["for-each-ref", "--count=1", "refs/replace/"]);
            told.is_some_and(|told| told.is_empty())
        })
    }

    /// Lends a handle of libgit2, `None` where it is the installed git that reads.
    ///
    /// # Errors
    /// Where the repository can't be opened, or as `read` says.
    pub(super) fn with<T, E: From<git2::Error>>(
        &self,
        read: impl FnOnce(&Repository) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        let Through::Library(handles) = &self.through else {
            return Ok(None);
        };
        let idle = || locked(handles);
        let waiting = idle().pop();
        let repository = match waiting {
            Some(repository) => repository,
            None => self.open()?,
        };
        let result = read(&repository);
        idle().push(repository);
        result.map(Some)
    }

    fn open(&self) -> Result<Repository, git2::Error> {
        let repository = Repository::open(&self.path)?;
        let odb = repository.odb()?;
        for place in self.alternates.iter().filter_map(|place| place.to_str()) {
            odb.add_disk_alternate(place)?;
        }
        drop(odb);
        Ok(repository)
    }

    /// Reads an object.
    ///
    /// # Errors
    /// Where it is not there, is larger than 64 MiB, or can't be read.
    pub(super) fn read(&self, id: Id) -> Result<(Kind, Arc<[u8]>), Fault> {
        if let Through::Installed(installed) = &self.through {
            let answer = installed.read(&id.to_string())?;
            let answer = answer.ok_or_else(|| Fault::absent(id))?;
            return Ok((answer.kind.unwrap_or(Kind::Blob), answer.bytes));
        }
        let read = |odb: &Odb| {
            let (size, _) = odb.read_header(id.to_git())?;
            if size as u64 > LARGEST {
                return Err(Read::Fault(Fault::new(
                    id.to_string(),
                    "larger than 64 MiB",
                )));
            }
            let object = odb.read(id.to_git())?;
            let kind = match object.kind() {
                ObjectType::Tree => Kind::Tree,
                ObjectType::Commit => Kind::Commit,
                _ => Kind::Blob,
            };
            Ok((kind, Arc::from(object.data())))
        };
        let found = self.with(|repository| read(&repository.odb()?));
        found
            .map_err(|error| match error {
                Read::Fault(fault) => fault,
                Read::Git(error) if error.code() == ErrorCode::NotFound => Fault::absent(id),
                Read::Git(error) => Fault::new(id.to_string(), error.message()),
            })?
            .ok_or_else(|| Fault::absent(id))
    }

    /// Resolves a name to a commit.
    ///
    /// # Errors
    /// Where it names none.
    pub(super) fn tip(&self, name: &str) -> Result<Tip, NoTip> {
        match &self.through {
            Through::Library(_) => self
                .with(|repository| tip(repository, name))?
                .ok_or(NoTip::Unknown),
            Through::Installed(_) if is_no_name(name) => Err(NoTip::Unknown),
            Through::Installed(installed) => {
                let answer = installed.read(&format!("{name}^{{commit}}"));
                let answer = answer.map_err(NoTip::Fault)?.ok_or(NoTip::Unknown)?;
                tip_of(answer.id, &answer.bytes).ok_or(NoTip::Unknown)
            }
        }
    }

    /// Reads a tree object.
    ///
    /// # Errors
    /// As [`Objects::read`], and where it is none.
    pub(super) fn folder(&self, id: Id) -> Result<Folder, Fault> {
        let folders = || locked(&self.folders);
        if let Some(folder) = folders().get(&id) {
            return Ok(folder.clone());
        }
        let (kind, bytes) = self.read(id)?;
        if kind != Kind::Tree {
            return Err(Fault::new(id.to_string(), "no tree"));
        }
        let mut folders = folders();
        if folders.len() >= FOLDERS {
            folders.clear();
        }
        folders.insert(id, bytes.clone());
        Ok(bytes)
    }

    /// Finds what stands at a path below a tree: its mode and id; `None` where nothing does.
    ///
    /// # Errors
    /// As [`Objects::folder`].
    pub(super) fn find(&self, root: Id, path: &str) -> Result<Option<(u32, Id)>, Fault> {
        let mut at = root;
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            let folder = self.folder(at)?;
            let mut found = entries(&folder, at.as_bytes().len());
            let Some(entry) = found.find(|entry| entry.name == part.as_bytes()) else {
                return Ok(None);
            };
            if parts.peek().is_none() {
                return Ok(Some((entry.mode, entry.id)));
            }
            if entry.mode != FOLDER {
                return Ok(None);
            }
            at = entry.id;
        }
        Ok(None)
    }
}

/// Resolves a name to a commit by a handle.
///
/// # Errors
/// Where it names none.
pub(super) fn tip(repository: &Repository, name: &str) -> Result<Tip, NoTip> {
    if is_no_name(name) {
        return Err(NoTip::Unknown);
    }
    let object = repository.revparse_single(name)?;
    let commit = match object.peel_to_commit() {
        Ok(commit) => commit,
        // A tag may name what a partial or damaged repository lacks.
        Err(error) if error.code() == ErrorCode::NotFound => return Err(absent(&object, &error)),
        Err(_) => return Err(NoTip::Unknown),
    };
    let when = commit.committer().when();
    Ok(Tip {
        id: commit.id().to_string(),
        tree: Id::of_git(commit.tree_id()),
        committed: When::at(when.seconds(), when.offset_minutes()),
    })
}

fn is_no_name(name: &str) -> bool {
    name.is_empty() || name.starts_with('-') || name.contains('\n')
}

fn absent(object: &git2::Object, error: &git2::Error) -> NoTip {
    let target = object.as_tag().map(|tag| Id::of_git(tag.target_id()));
    NoTip::Fault(match target {
        Some(id) => Fault::absent(id),
        None => Fault::new(object.id().to_string(), error.message()),
    })
}

/// Reads a commit object: its tree, and the stamp at the end of its `committer` line.
fn tip_of(id: String, bytes: &[u8]) -> Option<Tip> {
    let text = String::from_utf8_lossy(bytes);
    let header = text.split("\n\n").next()?;
    let line = |key: &str| header.lines().find_map(|line| line.strip_prefix(key));
    let mut stamp = line("committer ")?.rsplit(' ');
    let (zone, seconds) = (stamp.next()?, stamp.next()?);
    let zone: i32 = zone.parse().ok()?;
    Some(Tip {
        id,
        tree: Id::from_hex(line("tree ")?)?,
        committed: When {
            seconds: seconds.parse().ok()?,
            zone,
        },
    })
}

impl From<git2::Error> for NoTip {
    fn from(error: git2::Error) -> Self {
        match error.code() {
            ErrorCode::Ambiguous => NoTip::Ambiguous,
            _ => NoTip::Unknown,
        }
    }
}

/// What may go wrong inside of a lent handle.
enum Read {
    Git(git2::Error),
    Fault(Fault),
}

impl From<git2::Error> for Read {
    fn from(error: git2::Error) -> Self {
        Read::Git(error)
    }
}
