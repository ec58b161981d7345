//! The folder a result is written to: it appears whole or not at all, and never over what somebody else wrote. Does not know what
//! is in the files.

use rayon::prelude::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::passing::Passing;
use crate::target::commit::content_id;
use crate::text::Problem;

/// Where in the folder stands what was written to it.
pub const MANIFEST: &str = "evidence/manifest.json";

const SCHEMA: &str = "patchwright/manifest/1";
/// Names that a problem shows before it counts the rest.
const SHOWN: usize = 8;

/// The problems that writing a result can have: code, meaning, what to do.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "output-not-ours",
        "The output folder holds files that patchwright did not write, or that somebody edited since. It is left as it is.",
        "Name another folder with `-o`, or move the files away; `--force` replaces a folder that patchwright wrote, with everything \
         in it.",
    ),
    (
        "output-not-a-directory",
        "The output is a file, a symbolic link or something else that is no folder.",
        "Name another folder with `-o`.",
    ),
    (
        "output-unwritable",
        "The output folder can't be written: the folder above it is missing, or the system refuses.",
        "Create the folder above it, make it writable, or name another one with `-o`.",
    ),
    (
        "output-bad-path",
        "A file of the result would lie outside the output folder, or two would have the same name.",
        "Give what the name is made from another name.",
    ),
];

/// What was written, by path: the ids that git gives such contents.
#[derive(Serialize, Deserialize)]
struct Manifest {
    schema: String,
    files: BTreeMap<String, String>,
    /// Folders that stand there even with nothing in them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    folders: Vec<String>,
}

impl Manifest {
    fn printed(&self) -> Option<String> {
        serde_json::to_string_pretty(self)
            .ok()
            .map(|text| text + "\n")
    }
}

/// Writes `files`, whose paths are relative, and a [`MANIFEST`] of them as the folder `dir`.
///
/// They are written beside it, and put in its place by renaming: nobody sees a half of them, and whoever writes the same folder
/// at the same time replaces it whole. A folder that is there is replaced if it holds nothing but what an earlier call wrote;
/// with `force` also if that was edited or added to, but never one without a manifest.
///
/// # Errors
/// A problem with one of [`CODES`]; the folder is then as it was.
pub fn publish(dir: &Path, files: Vec<(PathBuf, Vec<u8>)>, force: bool) -> Result<(), Problem> {
    publish_with_folders(dir, files, &[], force)
}

/// Writes files as [`publish`] does, and `folders`, which are there even with nothing in them.
///
/// # Errors
/// As [`publish`].
pub fn publish_with_folders(
    dir: &Path,
    files: Vec<(PathBuf, Vec<u8>)>,
    folders: &[PathBuf],
    force: bool,
) -> Result<(), Problem> {
    let (parent, name) = place(dir)?;
    let target = parent.join(&name);
    let files = listed(files, folders)?;
    // One run at a time: another's swap is no edit. Where a file system has no locks each still moves whole folders only, and
    // says so where the other came between.
    let turn = File::open(&parent)
        .ok()
        .filter(|parent| parent.lock().is_ok());
    refuse_foreign(&target, force)?;
    let staging = Passing::inside(&parent, &format!(".{name}."))
        .map_err(|error| unwritable(&parent, &error))?;
    let new = staging.path().join("new");
    fill(&new, files, folders).map_err(|error| unwritable(&target, &error))?;
    swap(&target, &new, staging)?;
    drop(turn);
    Ok(())
}

/// Tells beforehand whether [`publish`] may write `dir`.
///
/// # Errors
/// The problem that it would have, with one of [`CODES`].
pub fn check(dir: &Path, force: bool) -> Result<(), Problem> {
    let (parent, name) = place(dir)?;
    refuse_foreign(&parent.join(name), force)
}

/// Removes a folder that an earlier call wrote and nobody edited since; leaves any other as it is. Returns whether it did.
pub fn withdraw(dir: &Path) -> bool {
    let is_ours = place(dir).is_ok_and(|(parent, name)| {
        let target = parent.join(name);
        manifest_text(&target).is_some() && refuse_foreign(&target, false).is_ok()
    });
    is_ours && fs::remove_dir_all(dir).is_ok()
}

/// Splits a path into the folder that must be there, and the name in it.
fn place(dir: &Path) -> Result<(PathBuf, String), Problem> {
    let unusable = |why: &str| {
        Problem::new(
            "output-unwritable",
            format!("`{}` can't be the output folder: {why}", dir.display()),
        )
        .help("name another folder with `-o`")
    };
    let name = dir
        .file_name()
        .ok_or_else(|| unusable("it has no name of its own"))?;
    let name = name
        .to_str()
        .ok_or_else(|| unusable("its name is not UTF-8"))?;
    let parent = match dir.parent() {
        Some(parent) if parent != Path::new("") => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    match fs::metadata(&parent) {
        Ok(metadata) if metadata.is_dir() => Ok((parent, name.to_string())),
        Ok(_) => Err(unusable(&format!("`{}` is no folder", parent.display()))),
        Err(error) => Err(unwritable(&parent, &error)),
    }
}

/// Returns the files by their paths with `/`, the manifest among them.
fn listed(
    files: Vec<(PathBuf, Vec<u8>)>,
    folders: &[PathBuf],
) -> Result<BTreeMap<String, Vec<u8>>, Problem> {
    let bad = |path: &Path, why: &str| {
        Problem::new(
            "output-bad-path",
            format!("the file `{}` {why}", path.display()),
        )
        .help("give what its name is made from another name")
    };
    let outside = |path: &Path| {
        bad(
            path,
            "would not lie in the output folder under a name of its own",
        )
    };
    let mut manifest = Manifest {
        schema: SCHEMA.to_string(),
        files: BTreeMap::new(),
        folders: Vec::new(),
    };
    for folder in folders {
        let name = inside(folder).ok_or_else(|| outside(folder))?;
        manifest.folders.push(name.to_string());
    }
    let mut list = BTreeMap::new();
    for (path, bytes) in files {
        match inside(&path).filter(|name| *name != MANIFEST) {
            Some(name) => {
                if list.insert(name.to_string(), bytes).is_some() {
                    return Err(bad(&path, "stands there twice"));
                }
            }
            None => return Err(outside(&path)),
        }
    }
    let ids = list.par_iter();
    manifest.files = ids
        .map(|(name, bytes)| (name.clone(), content_id(bytes)))
        .collect();
    let printed = manifest
        .printed()
        .ok_or_else(|| bad(Path::new(MANIFEST), "can't be written as JSON"))?;
    list.insert(MANIFEST.to_string(), printed.into_bytes());
    Ok(list)
}

/// Returns a path of the output folder as text, `None` where it leads out of it.
fn inside(path: &Path) -> Option<&str> {
    let stays = path
        .components()
        .all(|component| matches!(component, Component::Normal(_)));
    let name = path.to_str().filter(|name| stays && !name.is_empty())?;
    Some(name.trim_end_matches('/'))
}

fn fill(dir: &Path, files: BTreeMap<String, Vec<u8>>, folders: &[PathBuf]) -> io::Result<()> {
    fs::create_dir(dir)?;
    for folder in folders {
        fs::create_dir_all(dir.join(folder))?;
    }
    for name in files.keys() {
        let path = dir.join(name);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
    }
    let written: Vec<io::Result<()>> = (files.into_par_iter())
        .map(|(name, bytes)| fs::write(dir.join(name), bytes))
        .collect();
    // Which error is told must not depend on which thread was first.
    written.into_iter().collect()
}

/// Puts `new` in the place of `target`. What was there is in `staging` meanwhile, and goes with it.
fn swap(target: &Path, new: &Path, staging: Passing) -> Result<(), Problem> {
    let old = staging.path().join("old");
    // Whoever is interrupted in between would lose what was there.
    let (swapped, is_back) = staging.undisturbed(|| {
        let had = match fs::rename(target, &old) {
            Ok(()) => true,
            Err(error) if error.kind() == ErrorKind::NotFound => false,
            Err(error) => return (Err(error), true),
        };
        let swapped = fs::rename(new, target);
        let is_back = swapped.is_ok() || !had || fs::rename(&old, target).is_ok();
        (swapped, is_back)
    });
    if let Err(error) = swapped {
        if !is_back {
            let kept = staging.keep().join("old");
            return Err(unwritable(target, &error).help(format!(
                "what was there is now `{}`: move it back",
                kept.display()
            )));
        }
        return Err(unwritable(target, &error));
    }
    let left = staging.path().to_path_buf();
    staging.close().map_err(|error| {
        Problem::new(
            "output-unwritable",
            format!(
                "`{}` is written, but what was there before can't be removed: {error}",
                target.display()
            ),
        )
        .help(format!("remove `{}`", left.display()))
    })
}

/// Refuses a target that is no folder, or that holds what no earlier call wrote.
fn refuse_foreign(target: &Path, force: bool) -> Result<(), Problem> {
    match fs::symlink_metadata(target) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unwritable(target, &error)),
        Ok(metadata) if !metadata.is_dir() => {
            let what = if metadata.is_symlink() {
                "a symbolic link"
            } else {
                "no folder"
            };
            return Err(Problem::new(
                "output-not-a-directory",
                format!("`{}` is {what}", target.display()),
            )
            .help("name another folder with `-o`"));
        }
        Ok(_) => {}
    }
    let Some(printed) = manifest_text(target) else {
        let names = top(target).map_err(|error| unwritable(target, &error))?;
        return match names.is_empty() {
            true => Ok(()),
            false => Err(not_ours(
                target,
                &[("not written by patchwright", names)],
                "name another folder with `-o`",
            )),
        };
    };
    if force {
        return Ok(());
    }
    let found = Found::of(target, &printed).map_err(|error| unwritable(target, &error))?;
    if found.foreign.is_empty() && found.edited.is_empty() {
        return Ok(());
    }
    let groups = [
        ("not written by patchwright", found.foreign),
        ("edited since", found.edited),
    ];
    Err(not_ours(
        target,
        &groups,
        "name another folder with `-o`, or replace all of this one with `--force`",
    ))
}

/// Returns the manifest where a folder has one that names our schema.
fn manifest_text(target: &Path) -> Option<String> {
    let path = target.join(MANIFEST);
    let is_file = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file());
    let text = is_file.then(|| fs::read_to_string(path).ok()).flatten()?;
    text.contains(&format!("\"{SCHEMA}\"")).then_some(text)
}

fn top(target: &Path) -> io::Result<Vec<String>> {
    let mut names: Vec<String> = fs::read_dir(target)?
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<_>>()?;
    names.sort();
    Ok(names)
}

/// What a folder holds that no earlier call left there so.
#[derive(Default)]
struct Found {
    foreign: Vec<String>,
    edited: Vec<String>,
}

impl Found {
    /// Compares a folder with its manifest. A file that is gone is no reason to keep the others.
    fn of(target: &Path, printed: &str) -> io::Result<Self> {
        let mut found = Found::default();
        let manifest = serde_json::from_str::<Manifest>(printed).ok();
        // What we did not print so was edited: then it says nothing of the others.
        let manifest = manifest.filter(|manifest| manifest.printed().as_deref() == Some(printed));
        let Some(manifest) = manifest else {
            found.edited.push(MANIFEST.to_string());
            return Ok(found);
        };
        found.compare(target, String::new(), &manifest)?;
        found.foreign.sort();
        found.edited.sort();
        Ok(found)
    }

    fn compare(&mut self, dir: &Path, prefix: String, manifest: &Manifest) -> io::Result<()> {
        for entry in fs::read_dir(dir)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type()?;
            let within = format!("{name}/");
            if kind.is_dir()
                && (within == "evidence/"
                    || manifest.folders.contains(&name)
                    || manifest.files.keys().any(|key| key.starts_with(&within)))
            {
                self.compare(&entry.path(), within, manifest)?;
            } else if name == MANIFEST {
                // Read already, and of our printing.
            } else if !kind.is_file() || !manifest.files.contains_key(&name) {
                self.foreign.push(name);
            } else if Some(&content_id(&fs::read(entry.path())?)) != manifest.files.get(&name) {
                self.edited.push(name);
            }
        }
        Ok(())
    }
}

fn not_ours(target: &Path, groups: &[(&str, Vec<String>)], help: &str) -> Problem {
    let told: Vec<String> = groups
        .iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(why, names)| {
            let shown: Vec<String> = names
                .iter()
                .take(SHOWN)
                .map(|name| format!("`{}`", name.escape_debug()))
                .collect();
            let more = match names.len().saturating_sub(SHOWN) {
                0 => String::new(),
                rest => format!(" and {rest} more"),
            };
            format!("{}{more} ({why})", shown.join(", "))
        })
        .collect();
    Problem::new(
        "output-not-ours",
        format!("`{}` holds {}", target.display(), told.join(" and ")),
    )
    .help(help)
}

fn unwritable(path: &Path, error: &io::Error) -> Problem {
    Problem::new(
        "output-unwritable",
        format!("`{}` can't be written: {error}", path.display()),
    )
    .help("create the folder above it, make it writable, or name another one with `-o`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &[(&str, &str)]) -> Vec<(PathBuf, Vec<u8>)> {
        list.iter()
            .map(|(path, text)| (PathBuf::from(path), text.as_bytes().to_vec()))
            .collect()
    }

    /// Every file below a folder, with its text.
    fn held(dir: &Path) -> Vec<(String, String)> {
        let mut out = Vec::new();
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_string();
            if path.is_dir() {
                out.extend(
                    held(&path)
                        .into_iter()
                        .map(|(below, text)| (format!("{name}/{below}"), text)),
                );
            } else {
                out.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
        out.sort();
        out
    }

    /// A folder to write in, and the name of one that isn't there yet.
    fn bench() -> (tempfile::TempDir, PathBuf) {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("outgoing");
        (root, dir)
    }

    fn alone(root: &tempfile::TempDir) -> bool {
        top(root.path()).unwrap() == ["outgoing"]
    }

    const FIRST: &[(&str, &str)] = &[("0001-a.patch", "one"), ("evidence/report.json", "{}")];

    #[test]
    fn a_result_appears_with_its_manifest_and_nothing_else() {
        let (root, dir) = bench();
        publish(&dir, files(FIRST), false).unwrap();
        let names: Vec<String> = held(&dir).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["0001-a.patch", MANIFEST, "evidence/report.json"]);
        assert!(alone(&root));
    }

    #[test]
    fn what_an_earlier_call_wrote_is_replaced_whole() {
        let (root, dir) = bench();
        publish(&dir, files(FIRST), false).unwrap();
        fs::remove_file(dir.join("0001-a.patch")).unwrap();
        publish(&dir, files(&[("0001-b.patch", "two")]), false).unwrap();
        let names: Vec<String> = held(&dir).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["0001-b.patch", MANIFEST]);
        assert!(alone(&root));
    }

    #[test]
    fn what_somebody_edited_is_kept_unless_forced() {
        let (root, dir) = bench();
        publish(&dir, files(FIRST), false).unwrap();
        fs::write(dir.join("0001-a.patch"), "edited").unwrap();
        fs::write(dir.join("notes"), "mine").unwrap();
        let before = held(&dir);
        let problem = publish(&dir, files(FIRST), false).unwrap_err();
        assert_eq!(problem.code, "output-not-ours");
        assert!(
            problem.message.contains("`notes` (not written"),
            "{problem}"
        );
        assert!(
            problem.message.contains("`0001-a.patch` (edited since)"),
            "{problem}"
        );
        assert!(problem.help.as_deref().unwrap().contains("--force"));
        assert_eq!(held(&dir), before);
        assert!(alone(&root));
        publish(&dir, files(FIRST), true).unwrap();
        assert!(!dir.join("notes").exists());
    }

    #[test]
    fn an_edited_manifest_vouches_for_nothing() {
        let (_root, dir) = bench();
        publish(&dir, files(FIRST), false).unwrap();
        let text = fs::read_to_string(dir.join(MANIFEST)).unwrap();
        fs::write(dir.join(MANIFEST), text.replace("  ", " ")).unwrap();
        let problem = publish(&dir, files(FIRST), false).unwrap_err();
        assert!(problem.message.contains(MANIFEST), "{problem}");
    }

    #[test]
    fn a_folder_without_a_manifest_is_never_replaced() {
        let (_root, dir) = bench();
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("thesis"), "years").unwrap();
        for force in [false, true] {
            assert_eq!(
                publish(&dir, files(FIRST), force).unwrap_err().code,
                "output-not-ours"
            );
        }
        assert_eq!(held(&dir), [("thesis".to_string(), "years".to_string())]);
    }

    #[test]
    fn an_empty_folder_is_filled() {
        let (root, dir) = bench();
        fs::create_dir(&dir).unwrap();
        publish(&dir, files(FIRST), false).unwrap();
        assert!(dir.join("0001-a.patch").exists() && alone(&root));
    }

    #[test]
    fn an_empty_folder_or_a_link_inside_is_foreign() {
        let (_root, dir) = bench();
        publish(&dir, files(FIRST), false).unwrap();
        fs::create_dir(dir.join("mine")).unwrap();
        assert_eq!(
            publish(&dir, files(FIRST), false).unwrap_err().code,
            "output-not-ours"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_or_a_file_is_no_output_folder() {
        let (root, dir) = bench();
        let real = root.path().join("real");
        fs::create_dir(&real).unwrap();
        std::os::unix::fs::symlink(&real, &dir).unwrap();
        for path in [dir.clone(), dir.join("")] {
            assert_eq!(
                publish(&path, files(FIRST), true).unwrap_err().code,
                "output-not-a-directory"
            );
        }
        fs::remove_file(&dir).unwrap();
        fs::write(&dir, "file").unwrap();
        assert_eq!(
            publish(&dir, files(FIRST), true).unwrap_err().code,
            "output-not-a-directory"
        );
        assert!(held(&real).is_empty());
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_a_problem() {
        let (root, dir) = bench();
        let problem = publish(&dir.join("below"), files(FIRST), false).unwrap_err();
        assert_eq!(problem.code, "output-unwritable");
        for path in ["/", "..", ".", "/proc/self/outgoing"] {
            let problem = publish(Path::new(path), files(FIRST), false).unwrap_err();
            assert_eq!(problem.code, "output-unwritable", "{path}");
        }
        assert!(top(root.path()).unwrap().is_empty());
    }

    #[test]
    fn a_file_outside_the_folder_is_refused() {
        let (root, dir) = bench();
        for path in ["../x", "/x", "", MANIFEST] {
            let problem = publish(&dir, files(&[(path, "x")]), false).unwrap_err();
            assert_eq!(problem.code, "output-bad-path", "{path}");
        }
        assert_eq!(
            publish(&dir, files(&[("a", ""), ("a", "")]), false)
                .unwrap_err()
                .code,
            "output-bad-path"
        );
        assert!(top(root.path()).unwrap().is_empty());
    }

    #[test]
    fn a_file_that_cannot_be_written_leaves_nothing_behind() {
        let (root, dir) = bench();
        let problem =
            publish(&dir, files(&[("a", "file"), ("a/b", "in a file")]), false).unwrap_err();
        assert_eq!(problem.code, "output-unwritable");
        assert!(top(root.path()).unwrap().is_empty());
    }

    #[test]
    fn what_was_there_is_back_when_the_swap_fails_half_way() {
        let (root, dir) = bench();
        publish(&dir, files(FIRST), false).unwrap();
        let before = held(&dir);
        let staging = Passing::inside(root.path(), ".new.").unwrap();
        let missing = staging.path().join("new");
        assert_eq!(
            swap(&dir, &missing, staging).unwrap_err().code,
            "output-unwritable"
        );
        assert_eq!(held(&dir), before);
        assert!(alone(&root));
    }

    #[test]
    fn runs_at_the_same_time_do_not_mix() {
        let (root, dir) = bench();
        std::thread::scope(|scope| {
            for run in 0..8 {
                let dir = &dir;
                scope.spawn(move || {
                    let text = run.to_string();
                    for _ in 0..10 {
                        let names: Vec<String> =
                            (0..5).map(|n| format!("{run}-{n}.patch")).collect();
                        let list: Vec<(&str, &str)> = names
                            .iter()
                            .map(|name| (name.as_str(), text.as_str()))
                            .collect();
                        publish(dir, files(&list), false).unwrap();
                    }
                });
            }
        });
        let held: Vec<(String, String)> = held(&dir)
            .into_iter()
            .filter(|(name, _)| name != MANIFEST)
            .collect();
        assert_eq!(held.len(), 5);
        assert!(
            held.iter()
                .all(|(name, text)| name.starts_with(&format!("{text}-"))),
            "{held:?}"
        );
        assert!(alone(&root));
    }

    #[cfg(unix)]
    #[test]
    fn modes_are_those_of_any_new_folder() {
        use std::os::unix::fs::PermissionsExt;
        let (root, dir) = bench();
        publish(&dir, files(FIRST), false).unwrap();
        let plain = root.path().join("plain");
        fs::create_dir(&plain).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&dir), mode(&plain));
    }
}
