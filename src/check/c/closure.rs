//! The files that one C file includes, read from a tree and nothing else of it. Does not know which branch of an `#if` is live.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::series::harness::Parts;

use super::Kit;

/// Reads a file of a tree by its path.
pub type Read<'r> = &'r (dyn Fn(&str) -> Option<Arc<[u8]>> + Sync);

/// What has to lie on the disk beside the file so that it compiles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Closure {
    /// Path and content, relative to the tree.
    pub files: BTreeMap<String, Arc<[u8]>>,
    /// Headers to generate, and the text of the tree that each is made of.
    pub generated: BTreeMap<String, String>,
}

impl Closure {
    /// Returns the files that the tree does not have as they stand: path and content.
    pub fn made(&self, read: Read) -> Vec<(String, Arc<[u8]>)> {
        let files = self.files.iter();
        files
            .filter(|(path, _)| read(path).is_none())
            .map(|(path, content)| (path.clone(), content.clone()))
            .collect()
    }
}

/// Follows the includes of `path`, whose content is `text`.
///
/// What is not found is left to the compiler: a header of the system, or one behind an `#if` that is not taken.
pub fn read(kit: &Kit, path: &str, text: &Arc<[u8]>, read: Read) -> Closure {
    of_all(kit, vec![(path.to_owned(), text.clone())], read)
}

/// Follows the includes of several files, given by path and content.
pub(super) fn of_all(kit: &Kit, files: Vec<(String, Arc<[u8]>)>, read: Read) -> Closure {
    let mut walk = Walk {
        kit,
        read,
        values: values(kit, read),
        looked_up: HashMap::new(),
        closure: Closure::default(),
    };
    let mut open = files;
    while let Some((path, text)) = open.pop() {
        for include in includes(&text) {
            if let Some(found) = walk.find(&path, &include) {
                open.push(found);
            }
        }
    }
    walk.closure
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Quoted,
    Angled,
}

struct Walk<'w> {
    kit: &'w Kit,
    read: Read<'w>,
    values: Vec<(String, String)>,
    /// Content by path; nothing where the tree has no such file.
    looked_up: HashMap<String, Option<Arc<[u8]>>>,
    closure: Closure,
}

impl Walk<'_> {
    /// Finds an included file as the compiler would, lays it down, and returns it where it was not laid down before.
    fn find(
        &mut self,
        includer: &str,
        (name, form): &(String, Form),
    ) -> Option<(String, Arc<[u8]>)> {
        let whole_file = &self.kit.rules.manifest.whole_file;
        let beside = (*form == Form::Quoted)
            .then(|| includer.rsplit_once('/').map_or("", |(folder, _)| folder));
        // An angled include of the tree itself is looked for in the first directories only: nearly all are the system's.
        let depth = if *form == Form::Quoted {
            whole_file.includes.len()
        } else {
            whole_file.angled
        };
        let folders = beside
            .into_iter()
            .chain(whole_file.includes.iter().take(depth).map(String::as_str));
        let paths: Vec<String> = folders.map(|folder| joined(folder, name)).collect();
        if let Some(path) = paths.iter().find(|path| self.content(path).is_some()) {
            let content = self.content(path)?;
            return self.lay(path, content);
        }
        paths.iter().find_map(|path| self.made(path))
    }

    fn lay(&mut self, path: &str, content: Arc<[u8]>) -> Option<(String, Arc<[u8]>)> {
        let known = self.closure.files.insert(path.to_owned(), content.clone());
        known.is_none().then(|| (path.to_owned(), content))
    }

    fn content(&mut self, path: &str) -> Option<Arc<[u8]>> {
        if let Some(known) = self.looked_up.get(path) {
            return known.clone();
        }
        let folder = format!("{}/", self.kit.rules.manifest.whole_file.stand_in_folder);
        let stand_in = path.strip_prefix(&folder).and_then(|name| {
            let mut texts = self.kit.stand_ins.iter();
            texts.find(|(known, _)| known == name)
        });
        let content = match stand_in {
            Some((_, text)) => Some(self.filled(text)),
            None if path.starts_with(&folder) => None,
            None => (self.read)(path),
        };
        self.looked_up.insert(path.to_owned(), content.clone());
        content
    }

    /// Makes a header of what the tree has instead of it.
    fn made(&mut self, path: &str) -> Option<(String, Arc<[u8]>)> {
        let whole_file = &self.kit.rules.manifest.whole_file;
        let template = format!("{path}{}", whole_file.filled_in);
        if template != path
            && let Some(text) = self.content(&template)
        {
            let content = self.filled(&String::from_utf8_lossy(&text));
            return self.lay(path, content);
        }
        let generated = whole_file.generated.as_ref()?;
        let from = format!("{}{}", path.strip_suffix(".h")?, generated.from);
        let text = self.content(&from)?;
        self.closure.generated.insert(path.to_owned(), from.clone());
        self.lay(&from, text)
    }

    fn filled(&self, text: &str) -> Arc<[u8]> {
        let mut text = text.to_owned();
        for (name, value) in &self.values {
            text = text.replace(&format!("@{name}@"), value);
        }
        text.into_bytes().into()
    }
}

/// Returns whether a text includes a file by that name.
pub(super) fn names(text: &[u8], file: &str) -> bool {
    includes(text).iter().any(|(name, _)| name == file)
}

/// Returns what a text includes; the lines that rpcgen passes through (`%#include`) count.
fn includes(text: &[u8]) -> Vec<(String, Form)> {
    let mut found = Vec::new();
    for line in text.split(|&b| b == b'\n') {
        let line = line.trim_ascii_start();
        let line = line.strip_prefix(b"%").unwrap_or(line);
        let Some(directive) = line.strip_prefix(b"#") else {
            continue;
        };
        let Some(operand) = directive.trim_ascii_start().strip_prefix(b"include") else {
            continue;
        };
        let operand = operand.trim_ascii();
        let (form, close) = match operand.first() {
            Some(b'"') => (Form::Quoted, b'"'),
            Some(b'<') => (Form::Angled, b'>'),
            _ => continue,
        };
        let name = operand[1..]
            .split(|&b| b == close)
            .next()
            .unwrap_or_default();
        if let Ok(name) = std::str::from_utf8(name) {
            found.push((name.to_owned(), form));
        }
    }
    found
}

/// Joins a folder and a relative path, `..` and `.` resolved; a path never leaves the tree.
pub(super) fn joined(folder: &str, name: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(name.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// Reads the values that the manifest names; one that is found nowhere is left out.
fn values(kit: &Kit, read: Read) -> Vec<(String, String)> {
    let mut texts: HashMap<&str, Option<String>> = HashMap::new();
    let mut found = Vec::new();
    for (value, patterns) in kit.rules.manifest.values.iter().zip(&kit.values) {
        let parts = value
            .from
            .iter()
            .zip(patterns)
            .find_map(|(source, pattern)| {
                let text = texts.entry(&source.file).or_insert_with(|| {
                    let bytes = read(&source.file)?;
                    Some(String::from_utf8_lossy(&bytes).into_owned())
                });
                let captures = pattern.captures(text.as_deref()?)?;
                let parts = captures.iter().skip(1).flatten();
                Some(
                    parts
                        .map(|part| part.as_str().to_owned())
                        .collect::<Vec<_>>(),
                )
            });
        if let Some(parts) = parts {
            found.push((value.name.clone(), made_of(&parts, value.parts)));
        }
    }
    found
}

fn made_of(parts: &[String], form: Parts) -> String {
    match form {
        Parts::Text => parts.concat(),
        Parts::Thousands => {
            let number = parts.iter().fold(0u64, |sum, part| {
                sum * 1000 + part.parse::<u64>().unwrap_or(0)
            });
            number.to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn includes_are_read_with_blanks_and_through_rpcgen() {
        let found = includes(b"  # include \"a.h\"\n#include <b/c.h> // x\n%#include \"d.h\"\n#define include \"e.h\"\n#include M\n");
        let expected = [
            ("a.h", Form::Quoted),
            ("b/c.h", Form::Angled),
            ("d.h", Form::Quoted),
        ];
        assert_eq!(found, expected.map(|(name, form)| (name.to_owned(), form)));
    }

    #[test]
    fn a_joined_path_never_leaves_the_tree() {
        assert_eq!(joined("src/qemu", "../util/a.h"), "src/util/a.h");
        assert_eq!(joined("src", "../../../etc/passwd"), "etc/passwd");
        assert_eq!(joined("", "./a.h"), "a.h");
    }

    #[test]
    fn a_version_counts_in_thousands() {
        let parts = ["1", "2", "15"].map(str::to_owned);
        assert_eq!(made_of(&parts, Parts::Thousands), "1002015");
    }
}
