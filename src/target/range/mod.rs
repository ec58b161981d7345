//! Commits that exist already, as a range names them: which they are, what each changes, what they change together. Does not know
//! how they are mailed.

mod below;
mod contents;
mod git;
mod holding;
mod packed;
mod pairs;
mod replaced;
mod stored;
mod titled;
mod trees;
mod walk;

use git2::{Mailmap, Oid, Repository, Signature, Time};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::binary::Binaries;
use super::commit::{Commit, FileChange, Ident};
use super::repository::{Target, open};
use crate::text::Problem;
pub use below::Below;
use contents::{Contents, Entry};
pub use holding::Wanted;
use stored::Stored;

/// The mistakes that a range can have: code, meaning, what to do.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "range-syntax",
        "A range of commits is written in a way that names no series of them, such as `A...B`.",
        "Write `A..B`, `A` for what HEAD has beyond A, `-N` for the last N commits, or `A^!` for one.",
    ),
    (
        "range-empty",
        "A range has no commits, or merges alone.",
        "Check that it is the right way round: `A..B` has what B has beyond A.",
    ),
    (
        "range-in-directory",
        "Commits were named, but the target is a plain directory.",
        "Name a git repository with --repo.",
    ),
    (
        "commit-unreadable",
        "A commit, or what it holds, can't be read.",
        "Check that `git fsck` is content; a shallow or partial clone may lack it.",
    ),
    (
        "commit-encoding",
        "A commit's message or author is neither in UTF-8 nor in the encoding that the commit tells.",
        "Amend the commit with `i18n.commitEncoding` set to what it is in.",
    ),
    (
        "commit-path",
        "A commit changes a file whose path is not UTF-8.",
        "Leave the commit out of the range, or rename the file.",
    ),
    (
        "commit-replaced",
        "By `git replace` or a graft, git shows other commits than those that the range is made of, and would mail those.",
        "Make them real with `git filter-repo`, or take the replacement back with `git replace -d`.",
    ),
    (
        "renames-unknown",
        "A range may rename files, and the installed git, which alone tells renames as git does, is missing or failed.",
        "Install git, or give --no-renames to mail renamed files as deleted and created.",
    ),
    (
        "base-not-below",
        "The commit that --base names is not below every commit of the range.",
        "Name one that all of them are made on, or `--base auto`.",
    ),
    (
        "patch-ids-unknown",
        "A series needs commits that its base has not, and the installed git, which tells them by their patch ids, is missing or \
         failed.",
        "Install git, or name with `--base` the commit right below the range.",
    ),
    (
        "binaries-unknown",
        "A range changes files that are no text, and the installed git, which alone packs them as git does, is missing or failed.",
        "Install git, or leave such commits out of the range.",
    ),
];

/// Which files are told as made of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pairing {
    /// None: a renamed file is deleted and created.
    None,
    /// Renamed ones, as git does by default.
    Renames,
    /// Copied ones too, of files that the same commit changes.
    Copies,
}

/// The commits of a range.
#[derive(Clone, Debug)]
pub struct Range {
    /// As it was typed.
    pub name: String,
    /// The commits without merges, oldest first.
    pub commits: Vec<Commit>,
    /// The first parent of the oldest commit, 40 hex digits; none for one without parents.
    pub parent: Option<String>,
    /// What they change together: none where no single commit lies below them, for which git tells no such thing either.
    pub changes: Option<Vec<FileChange>>,
    /// The author of each commit as `.mailmap` names them.
    pub authors: Vec<Ident>,
    /// Whether a commit has bytes for which git declares a charset, be it in what no mail shows.
    pub needs_charset: bool,
    /// How git prints the files that are no text.
    pub binaries: Binaries,
}

impl Target {
    /// Reads the commits that `name` names, in a form that `git format-patch` takes: `A..B`, `A` (what HEAD has beyond it), `-N` (the
    /// last N of HEAD), `A^!` (A alone). Merges are left out.
    ///
    /// # Errors
    /// `revision-unknown`, or a problem with one of [`CODES`].
    pub fn range(&self, name: &str, pairing: Pairing) -> Result<Range, Problem> {
        let Target::Repository { path, .. } = self else {
            let message = format!("`{name}` names commits, and the target is a plain directory");
            return Err(Problem::new("range-in-directory", message)
                .help("name a git repository with --repo"));
        };
        let repository = open(path)?;
        // As git does for what it only shows: hashing every content again takes longer than reading it.
        git2::opts::strict_hash_verification(false);
        let span = walk::span(&repository, path, name)?;
        let ids = walk::commits(&repository, &span)?;
        if ids.is_empty() {
            let message = format!("`{name}` has no commits to mail");
            return Err(Problem::new("range-empty", message)
                .help("`A..B` has what B has beyond A: is it the right way round?"));
        }
        Reader {
            path,
            repository,
            pairing,
        }
        .range(name, &ids)
    }
}

struct Reader<'r> {
    path: &'r Path,
    repository: Repository,
    pairing: Pairing,
}

impl Reader<'_> {
    fn range(&self, name: &str, ids: &[Oid]) -> Result<Range, Problem> {
        let stored: Vec<Stored> = ids
            .iter()
            .map(|id| self.stored(*id))
            .collect::<Result<_, _>>()?;
        let mut trees = Vec::with_capacity(ids.len() + 1);
        for commit in &stored {
            let parent = commit.parents.first();
            let parent = parent.map(|id| self.stored(*id)).transpose()?;
            trees.push((parent.map(|parent| parent.tree), commit.tree));
        }
        if let (Some(origin), Some(tip)) = (origin(ids, &stored), stored.last()) {
            trees.push((Some(self.stored(origin)?.tree), tip.tree));
        }
        let mut changes = self.changes(&trees)?;
        let together = (trees.len() > ids.len()).then(|| changes.pop()).flatten();
        let authors = self.authors(&stored);
        let binaries = packed::packed(self.path, &trees, &changes, self.pairing)?;
        Ok(Range {
            binaries,
            name: name.to_owned(),
            parent: stored
                .first()
                .and_then(|first| first.parents.first())
                .map(Oid::to_string),
            changes: together,
            authors,
            needs_charset: stored.iter().any(|commit| commit.needs_charset),
            commits: (ids.iter().zip(stored).zip(changes))
                .map(|((id, stored), changes)| Commit {
                    id: id.to_string(),
                    author: stored.author,
                    date: stored.date,
                    message: stored.message,
                    changes,
                })
                .collect(),
        })
    }

    fn stored(&self, id: Oid) -> Result<Stored, Problem> {
        let odb = self
            .repository
            .odb()
            .map_err(|error| unreadable(id, &error))?;
        let object = odb.read(id).map_err(|error| unreadable(id, &error))?;
        Stored::read(id, object.data())
    }

    /// Returns what changes between the trees of each pair, contents read once whoever asks for them.
    fn changes(&self, trees: &[(Option<Oid>, Oid)]) -> Result<Vec<Vec<FileChange>>, Problem> {
        let mut entries: Vec<Vec<Entry>> = self.each(trees, |repository, (old, new)| {
            contents::entries(repository, *old, *new)
        })?;
        self.pair(trees, &mut entries)?;
        let chains = contents::chains(&entries);
        let read = self.each(&chains, Contents::read)?;
        let contents = Contents::join(read);
        Ok(entries
            .into_iter()
            .map(|entries| {
                entries
                    .into_iter()
                    .map(|entry| contents.fill(entry))
                    .collect()
            })
            .collect())
    }

    /// Ties files to what they were made of, in the pairs of trees where there is something to tie.
    fn pair(
        &self,
        trees: &[(Option<Oid>, Oid)],
        entries: &mut [Vec<Entry>],
    ) -> Result<(), Problem> {
        let asked: Vec<usize> = (0..trees.len())
            .filter(|&at| contents::may_pair(&entries[at], self.pairing))
            .collect();
        let questions: Vec<(Oid, Oid)> = asked
            .iter()
            .filter_map(|&at| Some((trees[at].0?, trees[at].1)))
            .collect();
        let answers = pairs::pairs(self.path, &questions, self.pairing)?;
        for (at, pairs) in asked.into_iter().zip(answers) {
            contents::tie(&mut entries[at], pairs);
        }
        Ok(())
    }

    /// Does something for each item on all cores, each with the repository opened for itself.
    fn each<T: Sync, R: Send>(
        &self,
        items: &[T],
        one: impl Fn(&Repository, &T) -> Result<R, Problem> + Sync,
    ) -> Result<Vec<R>, Problem> {
        let next = AtomicUsize::new(0);
        let done = rayon::broadcast(|_| {
            let mut repository = None;
            let mut done = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(item) = items.get(at) else {
                    return done;
                };
                let result = match repository.get_or_insert_with(|| open(self.path)) {
                    Ok(repository) => one(repository, item),
                    Err(problem) => Err(problem.clone()),
                };
                done.push((at, result));
            }
        });
        let mut done: Vec<(usize, Result<R, Problem>)> = done.into_iter().flatten().collect();
        // Which problem is told must not depend on which thread was first.
        done.sort_by_key(|(at, _)| *at);
        done.into_iter().map(|(_, result)| result).collect()
    }

    /// Returns the authors as the `.mailmap` of the work tree names them, or in a bare repository that of HEAD.
    fn authors(&self, commits: &[Stored]) -> Vec<Ident> {
        let mailmap = self
            .mailmap()
            .and_then(|text| Mailmap::from_buffer(&text).ok());
        let named = |ident: &Ident| {
            let signature = Signature::new(&ident.name, &ident.email, &Time::new(0, 0)).ok()?;
            let found = mailmap.as_ref()?.resolve_signature(&signature).ok()?;
            Some(Ident {
                name: found.name().ok()?.to_owned(),
                email: found.email().ok()?.to_owned(),
            })
        };
        let authors = commits.iter().map(|commit| &commit.author);
        authors
            .map(|author| named(author).unwrap_or_else(|| author.clone()))
            .collect()
    }

    fn mailmap(&self) -> Option<String> {
        const NAME: &str = ".mailmap";
        if let Some(folder) = self.repository.workdir() {
            let file = folder.join(NAME);
            let plain = file.symlink_metadata().is_ok_and(|found| found.is_file());
            return plain.then(|| std::fs::read_to_string(file).ok()).flatten();
        }
        let tree = self
            .repository
            .head()
            .and_then(|head| head.peel_to_tree())
            .ok()?;
        let entry = tree.get_name(NAME)?;
        let blob = self.repository.find_blob(entry.id()).ok()?;
        String::from_utf8(blob.content().to_vec()).ok()
    }
}

/// Returns the one commit that lies below all of them, if there is but one.
fn origin(ids: &[Oid], commits: &[Stored]) -> Option<Oid> {
    let mut below = commits
        .iter()
        .flat_map(|commit| &commit.parents)
        .filter(|parent| !ids.contains(parent));
    let first = *below.next()?;
    below.all(|other| *other == first).then_some(first)
}

fn unreadable(id: Oid, error: &git2::Error) -> Problem {
    let message = format!("can't read the object {id}: {}", error.message());
    Problem::new("commit-unreadable", message)
        .help("check that `git fsck` is content; a shallow or partial clone may lack it")
}
