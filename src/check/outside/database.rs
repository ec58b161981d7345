//! How a build compiles its files, as it tells in `compile_commands.json` (JSON Compilation Database, Clang documentation). Runs nothing.

use std::fs;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

/// How one file is compiled.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Where the command is run.
    pub(super) directory: PathBuf,
    /// The file, absolute.
    pub(super) file: PathBuf,
    /// The command, without what it writes where.
    pub(super) command: Vec<String>,
}

/// Options that name a file to write, or whose value has to do with one: the object, and what it depends on (GCC, Preprocessor Options).
const WRITES: [&str; 4] = ["-o", "-MF", "-MT", "-MQ"];
const DEPENDS: [&str; 3] = ["-MD", "-MMD", "-MP"];

/// Options that colour what the compiler says though nobody looks at it, as meson has them.
const COLOURS: [&str; 3] = [
    "-fdiagnostics-color",
    "-fcolor-diagnostics",
    "-fansi-escape-codes",
];

#[derive(Deserialize)]
struct Raw {
    directory: PathBuf,
    file: PathBuf,
    command: Option<String>,
    arguments: Option<Vec<String>>,
}

/// Reads the database of a build directory.
///
/// # Errors
/// Why there is none, a sentence fragment.
pub(super) fn read(build_dir: &Path) -> Result<Vec<Entry>, String> {
    let path = build_dir.join("compile_commands.json");
    let shown = path.display();
    let text = fs::read(&path).map_err(|error| {
        format!("can't read `{shown}`: {error}; meson writes one, cmake does with -DCMAKE_EXPORT_COMPILE_COMMANDS=ON, for others there is `bear`")
    })?;
    let raw: Vec<Raw> =
        serde_json::from_slice(&text).map_err(|error| format!("can't read `{shown}`: {error}"))?;
    let base = build_dir
        .canonicalize()
        .unwrap_or_else(|_| build_dir.to_owned());
    Ok(raw
        .into_iter()
        .filter_map(|raw| entry(&base, raw))
        .collect())
}

fn entry(base: &Path, raw: Raw) -> Option<Entry> {
    let directory = plain(&base.join(raw.directory));
    let words = raw.arguments.or_else(|| shlex::split(&raw.command?))?;
    Some(Entry {
        file: plain(&directory.join(raw.file)),
        directory,
        command: without_outputs(words),
    })
}

fn without_outputs(words: Vec<String>) -> Vec<String> {
    let mut kept = Vec::new();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        if WRITES.contains(&word.as_str()) {
            words.next();
        } else if COLOURS.iter().any(|option| word.starts_with(option)) {
            // What is read is to be read as it is.
        } else if DEPENDS.contains(&word.as_str())
            || word.starts_with("-Wp,-M")
            || WRITES.iter().any(|option| word.starts_with(option))
        {
            // What it writes is in the word itself.
        } else {
            kept.push(word);
        }
    }
    kept
}

/// A path without `.` and `..`, as the compiler's messages and mounts have it.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_command_are_read_and_files_are_absolute() {
        let folder = tempfile::tempdir().unwrap();
        assert!(
            read(folder.path())
                .unwrap_err()
                .contains("compile_commands.json")
        );
        let text = "[{\"directory\": \"/b\", \"file\": \"../src/a.c\", \"command\": \"cc -fdiagnostics-color=always -MD -MF a.d -oa.o -c '../src/a.c'\"},\
                    {\"directory\": \"/b\", \"file\": \"/src/b.c\", \"arguments\": [\"cc\", \"-o\", \"x.o\", \"-c\", \"../src/a.c\"]}, {\"directory\": \"/b\", \"file\": \"c\"}]";
        fs::write(folder.path().join("compile_commands.json"), text).unwrap();
        let entries = read(folder.path()).unwrap();
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[0].file, Path::new("/src/a.c"));
        assert_eq!(entries[0].command, entries[1].command);
        fs::write(folder.path().join("compile_commands.json"), "{").unwrap();
        assert!(read(folder.path()).unwrap_err().contains("can't read"));
    }
}
