//! A series as a packaging repository has it: the spec as it ships, changed, and the patches of the source beside it, named in it.
//!
//! What the series changes in the spec stands in the spec itself; every other change is a file that a `Patch` tag names. `Release`
//! and `%changelog` are the packager's own. Runs nothing, and knows no repository but by the names of its files.

pub mod prep;
pub mod tags;

use std::path::PathBuf;

use super::{Exported, plain};
use crate::edit;
use crate::mail::{self, Commit, Options, diff, filename};
use crate::syntax::spec::Spec;
use crate::text::{Problem, Source};
use tags::Tag;

/// The packaging that a series is put into.
#[derive(Clone, Debug)]
pub struct Packaging {
    /// Path of the spec in its repository.
    pub path: String,
    /// Folder of the patches there, empty for the top.
    pub folder: String,
    /// Names of the files in that folder.
    pub files: Vec<String>,
    /// Path of the spec in the tree that the series was put on; none where it is in none.
    pub inside: Option<String>,
}

/// The problems of a packaging repository: code, meaning, what to do.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "dist-git-no-place",
        "The spec names neither a source nor a patch, so that there is no place to name one.",
        "Name the source in the spec first.",
    ),
    (
        "dist-git-prep-unknown",
        "`%prep` of the spec applies its patches in a way that is not known, so that one more would not be applied.",
        "Apply them with `%autosetup -p1`, or with a `%patch -P N -p1` each.",
    ),
    (
        "dist-git-strip",
        "The spec applies its patches without `-p1`, but those that git makes have a folder in front of every path.",
        "Write `-p1` in the spec, and make the patches that are there fit it.",
    ),
];

/// Writes the patches of the commits that change more than the spec, and `spec` with their tags; `options` tells the signature.
///
/// # Errors
/// A problem with one of [`CODES`], `export-not-for-patch` where `patch` applies the patches, or what keeps a commit from being
/// mailed too.
pub fn export(
    packaging: &Packaging,
    spec: &Source,
    commits: &[Commit],
    options: &Options,
) -> Result<Exported, Problem> {
    let scanned = Spec::scan(spec);
    let old = tags::patches(&scanned);
    let ours: Vec<Option<Commit>> = commits
        .iter()
        .map(|commit| of_source(commit, packaging.inside.as_deref()))
        .collect();
    let sources: Vec<&Commit> = ours.iter().flatten().collect();
    let naming = Naming::of(
        &old,
        &packaging.files,
        scanned.tag("name").unwrap_or_default(),
    );
    let mut names: Vec<String> = Vec::new();
    let mut edits = Vec::new();
    let mut by_git = false;
    if !sources.is_empty() {
        let named = tags::name(&scanned, &old, sources.len(), |number| {
            let name = naming.name(names.len(), number, &sources[names.len()].message);
            names.push(name.clone());
            name
        })?;
        let applied = prep::apply(&scanned, &old, &named.numbers)?;
        by_git = applied.by_git;
        edits.push(named.edit);
        edits.extend(applied.edit);
    }
    let within = |name: &str| match packaging.folder.as_str() {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    };
    let mut files = vec![(
        PathBuf::from(&packaging.path),
        edit::apply(spec, &edits)?.bytes,
    )];
    for (commit, name) in sources.iter().zip(&names) {
        files.push((PathBuf::from(within(name)), patch(commit, options, by_git)?));
    }
    let mut left = names.iter();
    let patches = ours.iter().map(|ours| match ours {
        Some(_) => left.next().map(|name| within(name)).unwrap_or_default(),
        None => packaging.path.clone(),
    });
    Ok(Exported {
        patches: patches.collect(),
        files,
        folders: Vec::new(),
    })
}

/// Returns what a commit changes beside the spec.
fn of_source(commit: &Commit, spec: Option<&str>) -> Option<Commit> {
    let mut commit = commit.clone();
    commit
        .changes
        .retain(|change| Some(change.path.as_str()) != spec);
    (!commit.changes.is_empty()).then_some(commit)
}

/// A patch as `git format-patch -N` writes it, which packagers keep, and `git am` of `%autosetup` needs.
fn patch(commit: &Commit, options: &Options, by_git: bool) -> Result<Vec<u8>, Problem> {
    let mut commit = commit.clone();
    if !by_git {
        commit.changes = plain::without_descent(&commit.changes);
        plain::check(&diff::compare(&commit.changes)?)?;
    }
    let options = Options {
        from: commit.author.clone(),
        ..options.clone()
    };
    let mails = mail::render(std::slice::from_ref(&commit), &options)?;
    Ok(mails
        .into_iter()
        .map(|mail| mail.bytes)
        .collect::<Vec<_>>()
        .concat())
}

/// How the files of patches are named.
enum Naming {
    /// A number in front: the first new one, and its digits.
    Numbered { first: u32, width: usize },
    /// A word in front, as many packages have their own name; and the names that are taken.
    Named { word: String, taken: Vec<String> },
}

impl Naming {
    /// The patches that are there tell: all begin with the package's name, or they are numbered; so are the first ones.
    fn of(old: &[Tag], files: &[String], package: &str) -> Self {
        let names: Vec<&str> = old.iter().map(|tag| tag.file.as_str()).collect();
        let word = format!("{package}-");
        // The name may be told by a macro.
        let is_named = |name: &&str| {
            [word.as_str(), "%{name}-"]
                .iter()
                .any(|word| name.starts_with(word))
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
        if !package.is_empty()
            && package.chars().all(is_plain)
            && !names.is_empty()
            && names.iter().all(is_named)
        {
            return Naming::Named {
                word,
                taken: files.to_vec(),
            };
        }
        let numbers = files
            .iter()
            .map(String::as_str)
            .chain(names.iter().copied());
        let numbers: Vec<(u32, usize)> = numbers.filter_map(numbered).collect();
        let last = numbers.iter().map(|(number, _)| *number).max();
        Naming::Numbered {
            first: last.map_or(0, |last| last.saturating_add(1)),
            width: numbers.iter().map(|(_, width)| *width).max().unwrap_or(4),
        }
    }

    /// Returns the name for the patch `at`, which has `number` in the spec.
    fn name(&self, at: usize, number: u32, message: &str) -> String {
        match self {
            Naming::Numbered { first: 0, width } => named(&format!("{number:0width$}-"), message),
            Naming::Numbered { first, width } => {
                let number = first.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
                named(&format!("{number:0width$}-"), message)
            }
            Naming::Named { word, taken } => {
                let name = named(word, message);
                if taken.contains(&name) {
                    named(&format!("{word}{number}-"), message)
                } else {
                    name
                }
            }
        }
    }
}

/// Returns the number that a patch's file begins with, and how many digits it has.
fn numbered(file: &str) -> Option<(u32, usize)> {
    let file = file.strip_suffix(".patch")?;
    let (number, _) = file.split_once('-')?;
    Some((number.parse().ok()?, number.len()))
}

/// The file name that git gives a patch, with another start than its number.
fn named(start: &str, message: &str) -> String {
    let name = filename::patch(None, 1, message);
    let (_, title) = name.split_once('-').unwrap_or(("", &name));
    let title = title.trim_end_matches(".patch");
    format!("{start}{}.patch", title.trim_end_matches(['-', '.']))
}

#[cfg(test)]
mod tests;
