//! Copies of a build directory and of its source, in which stage after stage is built where the build was configured. The user's own
//! stay as they are. It does not know what is built.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::database::{self, Entry};
use super::stand_in::{SHOWN, StandIns};
use super::{copy, last_lines, materialise, whole_build};
use crate::check::c::diagnostic;
use crate::check::sandbox::{Job, Sandbox, Scratch};
use crate::target::Tree;

/// Lines of a failing build that are told.
const TOLD: usize = 6;
/// Files of a build that are looked up in the tree, to find where the source is.
const LOOKED_UP: usize = 100;

/// A build directory and its source, copied.
pub(super) struct Works<'w> {
    sandbox: &'w Sandbox,
    build: Place,
    /// None where the tree is built in its own folders.
    source: Option<Place>,
    /// Files that the build names and the sandbox does not show.
    stand_ins: StandIns,
    /// Files of the source that are not as they were.
    renewed: usize,
}

/// A folder, where it stands inside, and the copy that stands there.
struct Place {
    /// Its names; the first is the one that the build knows.
    names: Vec<PathBuf>,
    copy: Scratch,
}

impl Place {
    fn new<'n>(all: impl IntoIterator<Item = &'n PathBuf>) -> io::Result<Self> {
        let mut names: Vec<PathBuf> = Vec::new();
        for name in all {
            // A build may hold both of two names.
            for name in [Some(name.clone()), name.canonicalize().ok()] {
                names.extend(name.filter(|name| !names.contains(name)));
            }
        }
        Ok(Place {
            names,
            copy: Scratch::new()?,
        })
    }
}

/// A build directory, and what its compile commands tell.
pub(super) struct Configured {
    folder: PathBuf,
    /// Where it was configured: it may have been copied or moved since.
    known: Option<PathBuf>,
    source: PathBuf,
}

impl Configured {
    /// Reads where the source of a build is: above the files that it compiles and the tree has.
    ///
    /// # Errors
    /// Why that can't be told, a sentence fragment.
    pub(super) fn read(build_dir: &Path, tree: &Tree) -> Result<Self, String> {
        let entries = database::read(build_dir)?;
        let folder = std::path::absolute(build_dir).map_err(|error| error.to_string())?;
        let source = source_of(&entries, tree).ok_or_else(|| {
            format!(
                "the build directory `{}` compiles none of the tree's files",
                build_dir.display()
            )
        })?;
        if !source.is_dir() {
            return Err(format!(
                "the source of the build directory `{}` is not there: `{}`",
                build_dir.display(),
                source.display()
            ));
        }
        let known = configured_in(&entries).filter(|known| !known.starts_with(&folder));
        Ok(Configured {
            folder,
            known,
            source,
        })
    }

    /// Returns a file of the build directory as text; `None` where it can't be read.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        let bytes = fs::read(self.folder.join(path)).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The folder that all files are compiled in, where there is one.
fn configured_in(entries: &[Entry]) -> Option<PathBuf> {
    let first = &entries.first()?.directory;
    let is_same = entries.iter().all(|entry| entry.directory == *first);
    is_same.then(|| first.clone())
}

/// The folder that most of the compiled files are in by their paths in the tree.
fn source_of(entries: &[Entry], tree: &Tree) -> Option<PathBuf> {
    let mut found: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for entry in entries.iter().take(LOOKED_UP) {
        let parts: Vec<Component> = entry.file.components().collect();
        let root = (1..parts.len()).find_map(|at| {
            let (above, path) = parts.split_at(at);
            let path: PathBuf = path.iter().collect();
            let known = tree.entry(path.to_str()?).ok()?.is_some();
            known.then(|| above.iter().collect::<PathBuf>())
        });
        if let Some(root) = root {
            *found.entry(root).or_default() += 1;
        }
    }
    let most = found.into_iter().max_by_key(|(_, count)| *count);
    most.map(|(root, _)| root)
}

impl<'w> Works<'w> {
    /// Copies a build directory and its source, and brings the source to a tree.
    ///
    /// # Errors
    /// Where something can't be read or written.
    pub(super) fn open(
        sandbox: &'w Sandbox,
        configured: &Configured,
        tree: &Tree,
    ) -> io::Result<Self> {
        let build = Place::new(configured.known.iter().chain([&configured.folder]))?;
        let root = configured.source.canonicalize()?;
        let folder = configured.folder.canonicalize()?;
        let is_gits = |path: &Path| path.ends_with(".git");
        copy::copy(&folder, build.copy.path(), &is_gits)?;
        let below = folder.strip_prefix(&root).ok();
        let mut source = None;
        if below != Some(Path::new("")) {
            let place = Place::new([&configured.source])?;
            // Other builds may lie in the source.
            let leave =
                |path: &Path| path == folder || is_gits(path) || path.join(".ninja_log").is_file();
            copy::copy(&root, place.copy.path(), &leave)?;
            for (name, above) in build.names.iter().flat_map(|name| {
                let above = place.names.iter();
                above.map(move |above| (name, above))
            }) {
                if let Ok(below) = name.strip_prefix(above) {
                    fs::create_dir_all(place.copy.path().join(below))?;
                }
            }
            source = Some(place);
        }
        let text = configured.text("build.ninja").unwrap_or_default();
        let own = build
            .names
            .iter()
            .chain(source.iter().flat_map(|source| &source.names));
        let shown: Vec<&Path> = SHOWN
            .iter()
            .map(Path::new)
            .chain(own.map(PathBuf::as_path))
            .collect();
        let stand_ins = StandIns::of(&text, &shown)?;
        let mut works = Works {
            sandbox,
            build,
            source,
            stand_ins,
            renewed: 0,
        };
        let is_built = |path: &String| {
            below.is_some_and(|below| below != Path::new("") && Path::new(path).starts_with(below))
        };
        let mut paths = tree.everything().map_err(io::Error::other)?;
        paths.retain(|path| !is_built(path));
        works.renewed = works.bring(tree, &paths)?;
        Ok(works)
    }

    /// Returns how many files of the user's source are others in the tree.
    pub(super) fn renewed(&self) -> usize {
        self.renewed
    }

    /// Brings paths of the source to a tree; returns how many were another.
    ///
    /// # Errors
    /// Where one can't be read or written.
    pub(super) fn bring(&mut self, tree: &Tree, paths: &[String]) -> io::Result<usize> {
        let renewed = materialise::renew(tree, paths, self.source().copy.path())?;
        Ok(renewed.len())
    }

    fn source(&self) -> &Place {
        self.source.as_ref().unwrap_or(&self.build)
    }

    /// Runs a command that builds; `Err` of the inner result are its last words.
    ///
    /// # Errors
    /// The sandbox could not be used.
    pub(super) fn build(&self, command: &[String]) -> io::Result<Result<(), String>> {
        let mut job = self.job(command.iter().map(String::as_str), true);
        job.limits = whole_build();
        let ran = self.sandbox.run(&job)?;
        if let Some(limit) = ran.stopped {
            return Ok(Err(format!("building is ended by its limit of {limit}")));
        }
        if ran.status == 0 {
            return Ok(Ok(()));
        }
        let said = [&ran.stdout[..], &ran.stderr[..]].concat();
        Ok(Err(format!(
            "building ends with status {}: {}",
            ran.status,
            self.last_words(&said)
        )))
    }

    /// Makes a job in the build directory; it may write there if it `builds`.
    pub(super) fn job<'c>(&self, command: impl Iterator<Item = &'c str>, builds: bool) -> Job {
        let mut job = Job::new(command);
        let mut mounts: Vec<(&PathBuf, &Place)> = Vec::new();
        for place in self.source.iter().chain([&self.build]) {
            mounts.extend(place.names.iter().map(|name| (name, place)));
        }
        // What stands in another folder is mounted behind it.
        mounts.sort_by_key(|(name, _)| name.components().count());
        for (name, place) in mounts {
            let is_build = std::ptr::eq(place, &raw const self.build);
            job = if builds && is_build {
                job.lending(place.copy.path(), name)
            } else {
                job.showing(place.copy.path(), name)
            };
        }
        for (outside, inside) in self.stand_ins.all() {
            job = job.showing(outside, inside);
        }
        job.env = vec![
            (
                "BUILD".to_owned(),
                self.build.names[0].display().to_string(),
            ),
            (
                "SOURCE".to_owned(),
                self.source().names[0].display().to_string(),
            ),
        ];
        job.cwd.clone_from(&self.build.names[0]);
        job
    }

    /// Returns a text with names for the folders, so that it is the same wherever they are.
    pub(super) fn named(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let mut places: Vec<(&PathBuf, &str)> = Vec::new();
        places.extend(self.source().names.iter().map(|name| (name, "$SOURCE")));
        places.extend(self.build.names.iter().map(|name| (name, "$BUILD")));
        places.sort_by_key(|(name, _)| std::cmp::Reverse(name.components().count()));
        for (name, word) in places {
            text = text.replace(&name.display().to_string(), word);
        }
        text
    }

    /// The errors of a compiler, or else the last lines that were said.
    fn last_words(&self, said: &[u8]) -> String {
        let said = self.named(&without_colours(&String::from_utf8_lossy(said)));
        let errors = diagnostic::read(&said).into_iter();
        let errors: Vec<String> = errors
            .filter(|said| said.is_error)
            .map(|said| said.to_string())
            .take(TOLD)
            .collect();
        if !errors.is_empty() {
            return errors.join("\n");
        }
        last_lines(&said, TOLD)
    }
}

/// A text without the sequences that colour it (ECMA-48, control sequences: ESC, `[`, and all to a letter).
fn without_colours(text: &str) -> String {
    let mut plain = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            letters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(letter);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_of_a_build_is_above_the_files_that_the_tree_has() {
        let tree = Tree::before(&[])
            .with("src/a.c", Vec::new(), 0o100_644)
            .with("a.c", Vec::new(), 0o100_644);
        let entry = |file: &str| Entry {
            directory: PathBuf::from("/b"),
            file: PathBuf::from(file),
            command: Vec::new(),
        };
        let entries = [entry("/b/gen/x.c"), entry("/home/u/src/a.c")];
        assert_eq!(source_of(&entries, &tree), Some(PathBuf::from("/home/u")));
        assert_eq!(source_of(&entries[..1], &tree), None);
    }

    #[test]
    fn colours_are_no_part_of_what_is_said() {
        let said = "\u{1b}[01m\u{1b}[Ka.c:1:2:\u{1b}[m\u{1b}[K \u{1b}[01;31m\u{1b}[Kerror: \u{1b}[m\u{1b}[Kno";
        assert_eq!(without_colours(said), "a.c:1:2: error: no");
    }
}
