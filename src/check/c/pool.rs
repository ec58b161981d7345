//! Objects that were compiled in this run, found again where the compiler would read the same. Does not compile.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::check::sandbox::{Memory, Scratch};
use crate::lock::locked;

use super::closure::{self, Closure};

/// What a compiler may say of what it read, in bytes: a thousand long paths.
const MOST_SAID: u64 = 1 << 20;

/// The objects that were made with one compiler and its options, of trees that have files of the same names laid down: what an
/// `#include` finds is the same in all of them.
#[derive(Clone)]
pub(super) struct Pool(Arc<Mutex<Vec<Known>>>);

struct Known {
    source: String,
    /// What the compiler read of the tree, the source among it: path and content.
    read: Vec<(String, Arc<[u8]>)>,
    folder: Arc<Scratch>,
    at: usize,
}

impl Pool {
    /// Returns the pool of a run for a compiler with `options` and the names in `closure`.
    pub(super) fn of(memory: &Memory, options: &str, closure: &Closure) -> Self {
        let names: Vec<&str> = closure.files.keys().map(String::as_str).collect();
        let generated = closure.generated.iter();
        let generated: Vec<String> = generated
            .map(|(header, from)| format!("{header} {from}"))
            .collect();
        let question = [options, &names.join("\n"), &generated.join("\n")];
        memory.once("pool", &question, || Pool(Arc::default()))
    }

    /// Returns where the object of a source is, if the compiler would read of `closure` what it read for it.
    pub(super) fn find(&self, source: &str, closure: &Closure) -> Option<PathBuf> {
        let known = locked(&self.0);
        let same =
            |(path, content): &(String, Arc<[u8]>)| content_of(closure, path) == Some(content);
        let found = known
            .iter()
            .find(|known| known.source == source && known.read.iter().all(same))?;
        Some(object(found.folder.path(), found.at))
    }

    /// Keeps the object with the number `at` in `folder`, unless the compiler does not say what it read, or read what is not of the tree.
    pub(super) fn keep(&self, source: &str, at: usize, folder: &Arc<Scratch>, closure: &Closure) {
        let Some(said) = said(&folder.path().join(format!("objects/{at}.d"))) else {
            return;
        };
        let read = prerequisites(&said).into_iter().map(|path| {
            let content = content_of(closure, &path)?.clone();
            Some((path, content))
        });
        if let Some(read) = read.collect() {
            locked(&self.0).push(Known {
                source: source.to_owned(),
                read,
                folder: folder.clone(),
                at,
            });
        }
    }
}

/// Puts an object that was found where the one with the number `at` is looked for in `folder`.
///
/// # Errors
/// What the file system says.
pub(super) fn put(found: &Path, folder: &Path, at: usize) -> io::Result<()> {
    let place = object(folder, at);
    fs::hard_link(found, &place).or_else(|_| fs::copy(found, &place).map(|_| ()))
}

fn object(folder: &Path, at: usize) -> PathBuf {
    folder.join(format!("objects/{at}.o"))
}

/// The content of a file of the tree, or of what a header was generated from.
fn content_of<'c>(closure: &'c Closure, path: &str) -> Option<&'c Arc<[u8]>> {
    let from = closure.generated.get(path);
    closure.files.get(from.map_or(path, String::as_str))
}

fn said(place: &Path) -> Option<String> {
    let told = fs::symlink_metadata(place).ok()?;
    let is_plain = told.is_file() && told.len() <= MOST_SAID;
    is_plain.then(|| fs::read_to_string(place).ok()).flatten()
}

/// Returns what a rule for `make` has behind its colon: paths in the tree. A blank in one stands behind a backslash, as GCC writes it
/// (`-MMD`, Preprocessor Options in its manual); a line goes on behind one at its end.
fn prerequisites(rule: &str) -> Vec<String> {
    let rule = rule.replace("\\\n", " ").replace("\\ ", "\0");
    let behind = rule.split_once(": ").map_or("", |(_, behind)| behind);
    let paths = behind.split_whitespace();
    paths
        .map(|path| closure::joined("", &path.replace('\0', " ")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closure(files: &[(&str, &str)]) -> Closure {
        let files = files.iter().map(|(path, text)| {
            let content: Arc<[u8]> = text.as_bytes().into();
            ((*path).to_owned(), content)
        });
        Closure {
            files: files.collect(),
            ..Closure::default()
        }
    }

    #[test]
    fn a_rule_is_read_as_gcc_writes_it() {
        let rule = "objects/0.o: src/util/a.c src/util/../b.h \\\n src/my\\ own.h\n";
        assert_eq!(
            prerequisites(rule),
            ["src/util/a.c", "src/b.h", "src/my own.h"]
        );
        assert!(prerequisites("").is_empty());
    }

    #[test]
    fn an_object_is_found_where_all_that_was_read_is_the_same_and_nowhere_else() {
        let memory = Memory::default();
        let before = closure(&[("a.c", "a"), ("a.h", "h"), ("b.h", "not read")]);
        let folder = Arc::new(Scratch::new().unwrap());
        fs::create_dir(folder.path().join("objects")).unwrap();
        fs::write(folder.path().join("objects/3.d"), "objects/3.o: a.c a.h\n").unwrap();
        fs::write(folder.path().join("objects/3.o"), "object").unwrap();
        let pool = Pool::of(&memory, "-O0", &before);
        assert_eq!(pool.find("a.c", &before), None);
        pool.keep("a.c", 3, &folder, &before);
        let found = pool.find("a.c", &before).unwrap();
        let other = closure(&[("a.c", "a"), ("a.h", "h"), ("b.h", "another")]);
        assert_eq!(
            Pool::of(&memory, "-O0", &other).find("a.c", &other),
            Some(found.clone())
        );
        for other in [
            closure(&[("a.c", "a"), ("a.h", "another"), ("b.h", "not read")]),
            closure(&[("a.c", "another"), ("a.h", "h"), ("b.h", "not read")]),
            // What is new could be what an `#include` finds now.
            closure(&[("a.c", "a"), ("a.h", "h"), ("b.h", ""), ("c.h", "")]),
        ] {
            assert_eq!(Pool::of(&memory, "-O0", &other).find("a.c", &other), None);
        }
        assert_eq!(Pool::of(&memory, "-O1", &before).find("a.c", &before), None);
        assert_eq!(pool.find("b.c", &before), None);
        put(&found, folder.path(), 4).unwrap();
        assert_eq!(
            fs::read(folder.path().join("objects/4.o")).unwrap(),
            b"object"
        );
    }

    #[test]
    fn what_the_compiler_does_not_tell_is_not_kept() {
        let memory = Memory::default();
        let tree = closure(&[("a.c", "a")]);
        let pool = Pool::of(&memory, "", &tree);
        let folder = Arc::new(Scratch::new().unwrap());
        fs::create_dir(folder.path().join("objects")).unwrap();
        pool.keep("a.c", 0, &folder, &tree);
        assert_eq!(pool.find("a.c", &tree), None);
        fs::write(
            folder.path().join("objects/0.d"),
            "objects/0.o: a.c gone.h\n",
        )
        .unwrap();
        pool.keep("a.c", 0, &folder, &tree);
        assert_eq!(pool.find("a.c", &tree), None);
    }
}
