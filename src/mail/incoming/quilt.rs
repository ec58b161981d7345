//! A folder of patches as quilt keeps it: the file `series` lists them in order. Does not read the patches.
//!
//! Format facts, from quilt's manual: a line names a patch, relative to the folder, and may go on with options for patch (`-p0`,
//! `-R`); what follows a `#` at the start of a line or behind a blank is a comment.

use std::path::{Component, Path, PathBuf};

use crate::text::{Problem, Source, Span};

/// The file that lists the patches.
const LIST: &str = "series";
/// The folder that quilt keeps them in.
const FOLDER: &str = "patches";

/// Returns the file that lists the patches of a folder, of the folder itself or of `patches` in it. `None` where there is none.
pub(super) fn list(folder: &Path) -> Option<PathBuf> {
    let candidates = [folder.join(LIST), folder.join(FOLDER).join(LIST)];
    candidates.into_iter().find(|file| file.is_file())
}

/// Returns the patches that a list names, in order. None where no line names a file that is there: that is no list of patches.
///
/// # Errors
/// `received-list` with each line that can't be followed: a patch that is not there or lies elsewhere, or is put on in another way
/// than `git am` does it.
pub(super) fn listed(list: &Source, folder: &Path) -> Result<Vec<PathBuf>, Problem> {
    let mut patches = Vec::new();
    let mut problem = Problem::new(
        "received-list",
        "a list of patches names what can't be read or put on",
    );
    let mut start = 0;
    for line in list.text().split_inclusive('\n') {
        let told = Span::new(start, start + line.trim_end().len());
        start += line.len();
        let mut words = line
            .split_ascii_whitespace()
            .take_while(|word| !word.starts_with('#'));
        let Some(name) = words.next() else {
            continue;
        };
        match followed(name, words, folder) {
            Ok(path) => patches.push(path),
            Err(why) => problem = problem.at(list, told, why),
        }
    }
    if patches.is_empty() || problem.labels.is_empty() {
        return Ok(patches);
    }
    Err(problem.help(
        "mend the list, or name the patches one by one; `quilt refresh -p ab` writes one anew as git does",
    ))
}

/// The path of a patch, or what keeps it from being read.
fn followed<'w>(
    name: &str,
    mut options: impl Iterator<Item = &'w str>,
    folder: &Path,
) -> Result<PathBuf, String> {
    let is_below = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if !Path::new(name).components().all(is_below) {
        return Err("it lies outside of the folder".into());
    }
    let path = folder.join(name);
    if !path.is_file() {
        return Err("there is no such file".into());
    }
    match options.find(|option| !matches!(*option, "-p1" | "-p" | "1")) {
        Some(option) => Err(format!("`{option}` is another way than that of `git am`")),
        None => Ok(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Label;

    fn read(text: &str) -> Result<Vec<String>, Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        for name in ["b.patch", "a.patch", "sub/c.patch"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let list = Source::new("series", text.as_bytes());
        let below = |path: &PathBuf| {
            let path = path.strip_prefix(folder.path()).unwrap();
            path.display().to_string()
        };
        let told = |label: &Label| format!("{}: {}", label.site.text(), label.text);
        match listed(&list, folder.path()) {
            Ok(paths) => Ok(paths.iter().map(below).collect()),
            Err(problem) => Err(problem.labels.iter().map(told).collect()),
        }
    }

    #[test]
    fn patches_are_listed_in_order_with_comments_and_the_strip_level_of_git() {
        let text =
            "# first these\nb.patch -p1\n\n  sub/c.patch # a comment\n#a.patch\n./a.patch -p 1\n";
        assert_eq!(read(text).unwrap(), ["b.patch", "sub/c.patch", "a.patch"]);
        assert_eq!(read("").unwrap(), [""; 0]);
    }

    #[test]
    fn a_line_that_can_t_be_followed_is_told() {
        let text = "a.patch\nb.patch -p0\nsub/c.patch -R\ngone.patch\n../x\n/etc/passwd\n";
        assert_eq!(
            read(text).unwrap_err(),
            [
                "b.patch -p0: `-p0` is another way than that of `git am`",
                "sub/c.patch -R: `-R` is another way than that of `git am`",
                "gone.patch: there is no such file",
                "../x: it lies outside of the folder",
                "/etc/passwd: it lies outside of the folder",
            ]
        );
    }

    #[test]
    fn a_file_that_names_no_patch_is_no_list() {
        assert_eq!(read("Episodes of a series\n1. Pilot\n").unwrap(), [""; 0]);
    }
}
