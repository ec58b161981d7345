//! What a user points at, a git repository or a plain directory, and the revisions in it. Writes nothing but a branch that is
//! asked for.

use git2::{Oid, Repository};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::commit::{Ident, When};
use super::fault::Fault;
use super::object::Object;
use super::objects::{NoTip, Objects, Tip, tip};
use super::opening::{self, unreadable};
use super::refs::Refs;
use super::tree::Tree;
use crate::text::Problem;

/// The mistakes that a target can have: code, meaning, what to do.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "target-missing",
        "The directory that was named is not there.",
        "Name the directory of a git repository or of a source tree.",
    ),
    (
        "target-unreadable",
        "git can't open the repository, or a file of the target can't be read.",
        "Check that `git log` and `git fsck` work there.",
    ),
    (
        "target-unwritable",
        "A branch was asked for and can't be written.",
        "Check who owns the repository, and that the disk has room.",
    ),
    (
        "object-missing",
        "The repository does not have an object that a revision is made of: a partial clone, or a damaged one.",
        "Fetch it by the line that is told. Nothing is fetched unasked.",
    ),
    (
        "revision-unknown",
        "No commit has that name, or several have.",
        "`git tag` and `git branch -a` list what there is; a shallow clone may lack it.",
    ),
    (
        "revision-in-directory",
        "A revision was named, but the target is a plain directory.",
        "Leave the revision out, or name a git repository.",
    ),
    (
        "branch-exists",
        "The branch that was asked for is there already; patchwright never moves one.",
        "Give another name, or delete the branch first.",
    ),
    (
        "branch-name",
        "A branch can't have that name, or can't be kept here.",
        "Give a name that `git check-ref-format --branch` takes.",
    ),
];

/// A value of git's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Section, subsection and key, as `sendemail.to`.
    pub name: String,
    /// Its value; none for a key alone, which means `true`.
    pub value: Option<String>,
    /// Whose it is: `system`, `global`, `local`, …
    pub level: &'static str,
}

impl Setting {
    /// Returns whether it is of this repository alone.
    pub fn is_local(&self) -> bool {
        matches!(self.level, "local" | "worktree")
    }
}

fn level(level: git2::ConfigLevel) -> &'static str {
    match level {
        git2::ConfigLevel::ProgramData | git2::ConfigLevel::System => "system",
        git2::ConfigLevel::XDG | git2::ConfigLevel::Global => "global",
        git2::ConfigLevel::Local => "local",
        git2::ConfigLevel::Worktree => "worktree",
        _ => "command line",
    }
}

/// What the user points at.
pub enum Target {
    /// A git repository, bare or not.
    Repository {
        /// Its git directory.
        path: PathBuf,
        /// What it holds.
        objects: Arc<Objects>,
    },
    /// A plain source directory.
    Directory {
        /// The directory.
        path: PathBuf,
    },
}

/// One state of a target.
#[derive(Clone)]
pub struct Revision {
    /// As it was typed; `.` for a directory.
    pub name: String,
    /// The commit, none for a directory.
    pub commit: Option<Base>,
    /// Its files.
    pub tree: Tree,
}

/// The commit a revision names.
#[derive(Clone, Debug)]
pub struct Base {
    /// Its id, 40 hex digits.
    pub id: String,
    /// When it was committed.
    pub committed: When,
}

impl Target {
    /// Opens `dir`: a repository if it is one, else a plain directory; never looks upward.
    ///
    /// # Errors
    /// `target-missing` where there is no such directory, `target-unreadable` where git can't open it.
    pub fn open(dir: &Path) -> Result<Self, Problem> {
        opening::open(dir)
    }

    /// Opens the repository around `dir`, looking upward; `dir` itself as a plain directory where there is none.
    ///
    /// # Errors
    /// `target-unreadable` where git can't open it.
    pub fn around(dir: &Path) -> Result<Self, Problem> {
        opening::around(dir)
    }

    /// Resolves a revision: a tag, branch, commit or any expression that git understands. A directory has `.` alone.
    ///
    /// # Errors
    /// `revision-unknown`, `revision-in-directory` for a revision of a plain directory, `object-missing` for one whose commit is
    /// not there.
    pub fn revision(&self, name: &str) -> Result<Revision, Problem> {
        match self {
            Target::Directory { path } if name == "." => Ok(Revision {
                name: name.to_owned(),
                commit: None,
                tree: Tree::of_directory(path),
            }),
            Target::Directory { path } => {
                let message = format!(
                    "`{}` is a plain directory and has no revision `{name}`",
                    path.display()
                );
                Err(Problem::new("revision-in-directory", message)
                    .help("leave the revision out, or name a git repository with `--repo`"))
            }
            Target::Repository { objects, .. } => {
                let tip = objects.tip(name);
                let tip = tip.map_err(|why| no_tip(objects, name, why))?;
                Ok(Revision {
                    name: name.to_owned(),
                    tree: Tree::of_git(objects.clone(), tip.tree),
                    commit: Some(tip.into()),
                })
            }
        }
    }

    /// Makes a fault of this target a problem that says how what is missing is brought.
    pub fn problem(&self, fault: &Fault) -> Problem {
        match self {
            Target::Repository { objects, .. } => fault_in(objects, fault),
            Target::Directory { .. } => fault.clone().into(),
        }
    }

    /// Returns the refs; a directory has none.
    ///
    /// # Errors
    /// `target-unreadable` where they can't be listed.
    pub fn refs(&self) -> Result<Refs, Problem> {
        match self {
            Target::Directory { .. } => Ok(Refs::default()),
            Target::Repository { path, objects } => {
                if let Some(installed) = objects.by_installed() {
                    return Refs::told(installed).map_err(|why| unreadable(path, &why));
                }
                Refs::read(&open(path)?).map_err(|error| unreadable(path, error.message()))
            }
        }
    }

    /// Returns the full name of the ref that a revision names, of the branch for `HEAD`; `None` where it names none.
    pub fn full_name(&self, name: &str) -> Option<String> {
        let Target::Repository { objects, .. } = self else {
            return None;
        };
        if let Some(installed) = objects.by_installed() {
            let told = installed.tell(&[
                "rev-parse",
                "--symbolic-full-name",
                "--end-of-options",
                name,
            ])?;
            return told
                .lines()
                .last()
                .filter(|line| line.starts_with("refs/"))
                .map(str::to_owned);
        }
        let look = |repository: &Repository| -> Result<_, git2::Error> {
            let (_, reference) = repository.revparse_ext(name)?;
            let reference = reference.map(|reference| reference.resolve()).transpose()?;
            let name = |reference: git2::Reference| {
                String::from_utf8_lossy(reference.name_bytes()).into_owned()
            };
            Ok(reference.map(name))
        };
        objects.with(look).ok().flatten().flatten()
    }

    /// Returns why not all tags and branches can be known from this clone, and how they are brought; `None` where they can.
    pub fn narrow(&self) -> Option<(String, String)> {
        let Target::Repository { objects, .. } = self else {
            return None;
        };
        if objects.is_shallow() {
            let how = "`git fetch --unshallow --tags` brings the rest";
            return Some(("the clone is shallow".to_owned(), how.to_owned()));
        }
        let remote = objects.is_narrow()?;
        let how =
            format!("`git remote set-branches {remote} '*' && git fetch {remote}` brings the rest");
        Some((
            format!("the clone has some branches of `{remote}` alone"),
            how,
        ))
    }

    /// Returns whether equal ids of this target have equal contents: not in a directory, or where objects are replaced by others.
    pub fn ids_tell(&self) -> bool {
        match self {
            Target::Repository { objects, .. } => objects.ids_tell(),
            Target::Directory { .. } => false,
        }
    }

    /// Returns what a user means who names no revision: `HEAD`, or `.` in a directory.
    pub fn default_revision(&self) -> &'static str {
        match self {
            Target::Repository { .. } => "HEAD",
            Target::Directory { .. } => ".",
        }
    }

    /// Returns the identity that git is configured with for this target, `None` where name or address is missing.
    pub fn identity(&self) -> Option<Ident> {
        let config = match self {
            Target::Repository { path, .. } => {
                Repository::open(path).and_then(|repository| repository.config())
            }
            Target::Directory { .. } => git2::Config::open_default(),
        };
        let config = config.and_then(|mut config| config.snapshot()).ok()?;
        let name = config.get_str("user.name").ok()?.trim().to_owned();
        let email = config.get_str("user.email").ok()?.trim().to_owned();
        (!name.is_empty() && !email.is_empty()).then_some(Ident { name, email })
    }

    /// Returns the branch that the user stands on, or the commit where there is none; `None` in a directory or an empty repository.
    pub fn standing(&self) -> Option<Revision> {
        let Target::Repository { path, .. } = self else {
            return None;
        };
        let head = open(path).ok()?.head().ok()?.shorthand().ok()?.to_owned();
        let mut revision = self.revision("HEAD").ok()?;
        revision.name = head;
        Some(revision)
    }

    /// Returns what git's configuration sets in the sections that are named, in the order in which it is read; nothing where it can't
    /// be read.
    pub fn settings(&self, sections: &[&str]) -> Vec<Setting> {
        let config = match self {
            Target::Repository { path, .. } => {
                Repository::open(path).and_then(|repository| repository.config())
            }
            Target::Directory { .. } => git2::Config::open_default(),
        };
        let Ok(config) = config else {
            return Vec::new();
        };
        let Ok(mut entries) = config.entries(None) else {
            return Vec::new();
        };
        let mut settings = Vec::new();
        while let Some(Ok(entry)) = entries.next() {
            let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
            let section = name.split('.').next().unwrap_or_default();
            if sections.contains(&section) {
                let value = entry
                    .has_value()
                    .then(|| String::from_utf8_lossy(entry.value_bytes()).into_owned());
                settings.push(Setting {
                    value,
                    level: level(entry.level()),
                    name,
                });
            }
        }
        settings
    }

    /// Returns the folder with the files that are worked on, tracked or not; none for a bare repository.
    pub fn work_folder(&self) -> Option<PathBuf> {
        match self {
            Target::Directory { path } => Some(path.clone()),
            Target::Repository { path, .. } => {
                let repository = Repository::open(path).ok()?;
                repository.workdir().map(Path::to_owned)
            }
        }
    }

    /// Returns which of `paths` have changes in the work tree that `revision` does not hold, where that is the work tree's own.
    pub fn uncommitted(&self, revision: &Revision, paths: &[String]) -> Vec<String> {
        let Target::Repository { objects, .. } = self else {
            return Vec::new();
        };
        let here = revision.commit.as_ref().map(|base| base.id.clone());
        if here.is_none() || self.checked_out() != here {
            return Vec::new();
        }
        let look = |repository: &Repository| -> Result<Vec<String>, git2::Error> {
            let changed = |path: &&String| {
                repository
                    .status_file(Path::new(path))
                    .is_ok_and(|status| !status.is_empty())
            };
            Ok(paths.iter().filter(changed).cloned().collect())
        };
        objects.with(look).ok().flatten().unwrap_or_default()
    }

    /// Returns the commit that is checked out, `None` where there is no work tree or nothing is in it.
    pub fn checked_out(&self) -> Option<String> {
        let Target::Repository { objects, .. } = self else {
            return None;
        };
        let look = |repository: &Repository| -> Result<_, git2::Error> {
            let head = repository.head()?.peel_to_commit()?.id().to_string();
            Ok((!repository.is_bare()).then_some(head))
        };
        objects.with(look).ok().flatten().flatten()
    }

    /// Writes objects and a new branch at `tip`; the only thing that is ever written to a target, and only when asked.
    ///
    /// # Errors
    /// `branch-exists`, `branch-name`, or `target-unwritable`.
    pub fn keep_branch(&self, name: &str, tip: &str, objects: &[Object]) -> Result<(), Problem> {
        let Target::Repository { path, .. } = self else {
            return Err(
                Problem::new("branch-name", "a plain directory can't keep a branch")
                    .help("leave `--branch` out"),
            );
        };
        let repository = open(path)?;
        self.check_branch(name)?;
        let unwritable = |error: git2::Error| {
            Problem::new(
                "target-unwritable",
                format!("can't write to `{}`: {}", path.display(), error.message()),
            )
        };
        let odb = repository.odb().map_err(unwritable)?;
        for object in objects {
            odb.write(object.kind.of_git(), &object.bytes)
                .map_err(unwritable)?;
        }
        let tip = Oid::from_str(tip)
            .and_then(|tip| repository.find_commit(tip))
            .map_err(unwritable)?;
        repository.branch(name, &tip, false).map_err(unwritable)?;
        Ok(())
    }

    /// Returns whether a new branch may have a name, before anything is done for it.
    ///
    /// # Errors
    /// `branch-exists` or `branch-name`.
    pub fn check_branch(&self, name: &str) -> Result<(), Problem> {
        let Target::Repository { path, .. } = self else {
            return Err(
                Problem::new("branch-name", "a plain directory can't keep a branch")
                    .help("leave `--branch` out"),
            );
        };
        if !git2::Branch::name_is_valid(name).unwrap_or(false) {
            return Err(Problem::new(
                "branch-name",
                format!("`{name}` can't be the name of a branch"),
            )
            .help("see `git check-ref-format --help` for what a name may be"));
        }
        let taken = open(path)?
            .find_branch(name, git2::BranchType::Local)
            .is_ok();
        if taken {
            return Err(Problem::new(
                "branch-exists",
                format!("there is a branch `{name}` already"),
            )
            .help("give another name, or delete the branch first; patchwright never moves one"));
        }
        Ok(())
    }
}

/// Opens a handle of libgit2 to a repository.
pub(super) fn open(path: &Path) -> Result<Repository, Problem> {
    Repository::open(path).map_err(|error| unreadable(path, error.message()))
}

/// Resolves a name by a handle that is open already: the commit and its tree.
pub(super) fn resolve(
    repository: &Repository,
    path: &Path,
    name: &str,
) -> Result<(Base, Oid), Problem> {
    let tip = tip(repository, name).map_err(|why| no_tip(&Objects::new(path), name, why))?;
    let tree = tip.tree.to_git();
    Ok((tip.into(), tree))
}

impl From<Tip> for Base {
    fn from(tip: Tip) -> Self {
        Base {
            id: tip.id,
            committed: tip.committed,
        }
    }
}

fn no_tip(objects: &Objects, name: &str, why: NoTip) -> Problem {
    let reason = match why {
        NoTip::Fault(fault) => return fault_in(objects, &fault.of(name)),
        NoTip::Unknown if name.is_empty() || name.starts_with('-') => "is no revision",
        NoTip::Unknown => "names no commit",
        NoTip::Ambiguous => "is ambiguous",
    };
    let path = objects.path();
    let at = path
        .parent()
        .filter(|_| path.ends_with(".git"))
        .unwrap_or(path);
    let message = format!("`{name}` {reason} in `{}`", at.display());
    Problem::new("revision-unknown", message).help(match objects.is_shallow() {
        true => "the clone is shallow; `git fetch --unshallow --tags` brings the rest",
        false => "`git tag` and `git branch -a` list what there is, `git fetch --all --tags` brings what is new",
    })
}

fn fault_in(objects: &Objects, fault: &Fault) -> Problem {
    let Some(id) = fault.absent else {
        return fault.clone().into();
    };
    let message = format!("`{}` is not all there: object {id} is missing", fault.what);
    Problem::new("object-missing", message).help(bringing(objects))
}

/// Says how objects that are missing are brought.
fn bringing(objects: &Objects) -> String {
    let dir = objects.path().display();
    match objects.promisor() {
        Some(remote) => format!(
            "the clone is partial, and nothing is fetched unasked; `git --git-dir={dir} fetch --refetch --no-filter {remote}` brings all"
        ),
        _ => format!(
            "`git --git-dir={dir} fsck` tells what else is missing; `git --git-dir={dir} fetch --all --tags --refetch` may bring it"
        ),
    }
}

/// Reads the bytes of a fault as a problem, for those who can't go on.
impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Problem::new("target-unreadable", fault.to_string())
            .help("check that `git fsck` is content there")
    }
}
