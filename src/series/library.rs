//! Where series and templates are read: the ones embedded in the binary, or a folder on disk. Does not know what is in them.

use include_dir::{Dir, include_dir};
use std::path::{Path, PathBuf};

use crate::text::{Problem, Source};

static PATCHES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/patches");
static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// A series' folder, and the templates beside it.
#[derive(Clone, Debug)]
pub enum Library {
    /// A series that the binary carries, by name.
    Embedded(String),
    /// A folder on disk.
    Folder(PathBuf),
}

impl Library {
    /// Finds a series by the name of an embedded one, else as a folder.
    ///
    /// # Errors
    /// `series-unknown` where it is neither.
    pub fn find(name: &str) -> Result<Self, Problem> {
        let is_name = !name.contains(['/', '\\', '.']);
        if is_name && PATCHES.get_file(format!("{name}/series.toml")).is_some() {
            return Ok(Library::Embedded(name.to_owned()));
        }
        let path = Path::new(name);
        if path.join("series.toml").is_file() {
            return Ok(Library::Folder(path.to_owned()));
        }
        let what = if path.is_dir() {
            format!("the folder `{name}` has no `series.toml`")
        } else {
            format!("there is no series `{name}`")
        };
        let known = embedded().join("`, `");
        Err(Problem::new("series-unknown", what).help(format!(
            "name an embedded series (`{known}`) or a folder that holds a `series.toml`"
        )))
    }

    /// Returns the series' name: its folder's.
    pub fn name(&self) -> String {
        match self {
            Library::Embedded(name) => name.clone(),
            Library::Folder(path) => {
                let full = path.canonicalize().unwrap_or_else(|_| path.clone());
                full.file_name().map_or_else(
                    || "series".to_owned(),
                    |name| name.to_string_lossy().into_owned(),
                )
            }
        }
    }

    /// Reads a file of the series' folder, `None` where there is none.
    pub fn read(&self, path: &str) -> Option<Source> {
        match self {
            Library::Embedded(name) => {
                let file = PATCHES.get_file(format!("{name}/{path}"))?;
                Some(Source::new(
                    format!("patches/{name}/{path}"),
                    file.contents(),
                ))
            }
            Library::Folder(folder) => read_file(&folder.join(path)),
        }
    }

    /// Reads a template by its name in `folder` of `templates/`: of a series' own `templates/`, with or without such a folder in
    /// it, of the `templates/` two levels up (a checkout of the tool), else an embedded one. `None` where there is none.
    pub fn template(&self, folder: &str, name: &str) -> Option<Source> {
        if let Some(source) = self
            .near(folder, name)
            .iter()
            .find_map(|path| read_file(path))
        {
            return Some(source);
        }
        let file = TEMPLATES.get_file(format!("{folder}/{name}"))?;
        Some(Source::new(
            format!("templates/{folder}/{name}"),
            file.contents(),
        ))
    }

    /// Returns all that a series on disk can be made of, paths and contents, one after the other; empty for an embedded one, which the
    /// build tells. `None` where that can't be told: too much lies there, or something can't be read.
    pub fn all_of(&self, folder: &str) -> Option<Vec<u8>> {
        let Library::Folder(own) = self else {
            return Some(Vec::new());
        };
        let mut all = Vec::new();
        let mut room = LARGEST;
        for base in [own.clone(), own.join("../../templates").join(folder)] {
            if base.is_dir() {
                gather(&base, &mut all, &mut room, 0)?;
            }
        }
        Some(all)
    }

    /// Returns the places on disk where a template is looked for.
    pub fn near(&self, folder: &str, name: &str) -> Vec<PathBuf> {
        match self {
            Library::Embedded(_) => Vec::new(),
            Library::Folder(own) => {
                let up = own.join("../../templates").join(folder).join(name);
                vec![
                    own.join("templates").join(name),
                    own.join("templates").join(folder).join(name),
                    up,
                ]
            }
        }
    }
}

/// Returns the names of the embedded series, sorted.
pub fn embedded() -> Vec<String> {
    let mut names: Vec<String> = PATCHES
        .dirs()
        .filter(|dir| dir.get_file(dir.path().join("series.toml")).is_some())
        .map(|dir| dir.path().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Bytes and depth of what a series on disk can be made of.
const LARGEST: u64 = 16 << 20;
const DEEPEST: usize = 8;

fn gather(folder: &Path, all: &mut Vec<u8>, room: &mut u64, depth: usize) -> Option<()> {
    let entries = std::fs::read_dir(folder).ok()?;
    let mut entries = entries.collect::<Result<Vec<_>, _>>().ok()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let found = std::fs::metadata(&path).ok()?;
        *room = room.checked_sub(found.len().max(100))?;
        if found.is_dir() {
            (depth < DEEPEST).then_some(())?;
            gather(&path, all, room, depth + 1)?;
        } else if found.is_file() {
            let bytes = std::fs::read(&path).ok()?;
            all.extend(format!("{} {path:?}\n", bytes.len()).bytes());
            all.extend(bytes);
        }
    }
    Some(())
}

fn read_file(path: &Path) -> Option<Source> {
    let bytes = std::fs::read(path).ok()?;
    Some(Source::new(
        path.display().to_string().replace('\\', "/"),
        bytes,
    ))
}
