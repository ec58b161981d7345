//! Opens what a user points at: a repository, by libgit2 where it can and else by the installed git, or a plain directory.
//! Resolves nothing in it.

use git2::{ErrorCode, Repository, RepositoryOpenFlags};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::installed::Installed;
use super::objects::Objects;
use super::repository::Target;
use crate::text::Problem;

/// Opens `dir` itself, never what is above it.
pub(super) fn open(dir: &Path) -> Result<Target, Problem> {
    if !dir.is_dir() {
        let message = format!("`{}` is no directory", dir.display());
        return Err(Problem::new("target-missing", message)
            .help("give `--repo` the directory of a git repository or of a source tree"));
    }
    let opened = Repository::open_ext(dir, RepositoryOpenFlags::NO_SEARCH, None::<&Path>);
    at(dir, opened, Search::Here)
}

/// Opens the repository around `dir`, or the one that git's own environment names, whatever stands around: hooks and CI rely
/// on that.
pub(super) fn around(dir: &Path) -> Result<Target, Problem> {
    match std::env::var_os("GIT_DIR") {
        Some(named) => {
            let named = PathBuf::from(named);
            match at(&named, Repository::open(&named), Search::Environment)? {
                Target::Directory { .. } => Err(unreadable(&named, "there is no repository")),
                repository => Ok(repository),
            }
        }
        None => at(dir, Repository::discover(dir), Search::Upward),
    }
}

/// Where a repository is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Search {
    /// In one place.
    Here,
    /// In a place and all above it.
    Upward,
    /// Where git's environment says, its objects too: what is pushed lies apart until a hook has let it in.
    Environment,
}

impl Search {
    /// Returns the further places of objects.
    pub(super) fn alternates(self) -> Vec<PathBuf> {
        if self != Search::Environment {
            return Vec::new();
        }
        let split = |text: OsString| std::env::split_paths(&text).collect::<Vec<_>>();
        ["GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"]
            .into_iter()
            .filter_map(std::env::var_os)
            .flat_map(split)
            .collect()
    }
}

fn at(
    dir: &Path,
    opened: Result<Repository, git2::Error>,
    search: Search,
) -> Result<Target, Problem> {
    let error = match opened {
        Ok(repository) if !replaces(&repository) => {
            let objects = Objects::new(repository.path()).with_alternates(search.alternates());
            return Ok(repository_of(objects));
        }
        Ok(repository) => {
            let installed = Installed::open(repository.path(), search);
            return match installed {
                Ok(installed) => Ok(repository_of(Objects::installed(installed))),
                Err(said) => {
                    let why = format!(
                        "objects are replaced in it (`git replace -l`), which takes git to read: {said}"
                    );
                    Err(unreadable(dir, &why))
                }
            };
        }
        Err(error) => error,
    };
    match error.code() {
        ErrorCode::NotFound if !is_git(dir) => Ok(Target::Directory {
            path: dir.to_owned(),
        }),
        ErrorCode::Owner => Err(foreign(dir, error.message())),
        // Of a format that libgit2 does not know: reftable, SHA-256.
        _ => match Installed::open(dir, search) {
            Ok(installed) => Ok(repository_of(Objects::installed(installed))),
            Err(said) if said.contains("dubious ownership") => {
                Err(foreign(dir, "another user owns it"))
            }
            Err(said) => Err(unreadable(dir, &format!("{}; {said}", error.message()))),
        },
    }
}

fn repository_of(objects: Objects) -> Target {
    Target::Repository {
        path: objects.path().to_owned(),
        objects: Arc::new(objects),
    }
}

/// Whether something there looks like a repository, so that it is no plain directory even where it can't be opened.
fn is_git(dir: &Path) -> bool {
    let has = |name: &str| std::fs::symlink_metadata(dir.join(name)).is_ok();
    has(".git") || (has("HEAD") && has("objects") && has("refs"))
}

/// Whether the repository replaces objects: libgit2 would read what is replaced, git reads what it is replaced by.
fn replaces(repository: &Repository) -> bool {
    std::env::var_os("GIT_NO_REPLACE_OBJECTS").is_none()
        && repository
            .references_glob("refs/replace/*")
            .is_ok_and(|mut found| found.next().is_some())
}

/// Makes the problem of a repository that can't be opened.
pub(super) fn unreadable(dir: &Path, why: &str) -> Problem {
    let message = format!("can't open `{}`: {why}", dir.display());
    // Git passes over comments and empty lines of that file, libgit2 refuses them.
    let help = match why.contains("graft") {
        true => {
            "leave commits alone in `info/grafts`, no comments and no empty lines: `git replace --convert-graft-file` takes its place"
        }
        false => "check that `git log` works there",
    };
    Problem::new("target-unreadable", message).help(help)
}

fn foreign(dir: &Path, why: &str) -> Problem {
    let full = dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    let place = full
        .parent()
        .filter(|_| full.ends_with(".git"))
        .unwrap_or(&full);
    let message = format!("can't open `{}`: {why}", dir.display());
    let line = format!(
        "git config --global --add safe.directory {}",
        place.display()
    );
    Problem::new("target-unreadable", message).help(line)
}
