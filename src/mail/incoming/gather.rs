//! From paths to mails: files, mailboxes, maildirs, folders of patch files, quilt's too, standard input. Does not know what the mails say.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::received::{Received, take};
use super::{Reading, Tags, quilt};
use crate::text::{Problem, Source};

/// What was found under the paths that were named.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// The mails, in the order of the paths, inside a folder in the order of the names, or of quilt's list where there is one.
    pub mails: Vec<Received>,
    /// Files of a folder that hold no mail, and were left out.
    pub left_out: Vec<PathBuf>,
}

/// Files above this are not read: no mailbox of a series is as large, and a file may be hostile.
const LARGEST: u64 = 1 << 30;
/// How compressed files begin: gzip, xz, bzip2, zstd.
const COMPRESSED: [&[u8]; 4] = [b"\x1f\x8b", b"\xfd7zXZ\0", b"BZh", b"\x28\xb5\x2f\xfd"];

/// Reads the mails under `paths`; `-` is standard input.
///
/// # Errors
/// `received-unreadable`, `received-compressed` or `received-list` for each path that can't be read, `received-nothing` where there
/// is no mail.
pub fn gather(paths: &[PathBuf], how: Reading) -> Result<Gathered, Vec<Problem>> {
    let mut gathered = Gathered::default();
    let mut problems = Vec::new();
    for path in paths {
        if let Err(problem) = one(path, how, &mut gathered) {
            problems.push(problem);
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    if gathered.mails.is_empty() {
        let named: Vec<String> = paths
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let problem = Problem::new(
            "received-nothing",
            format!("there is no mail in `{}`", named.join("`, `")),
        )
        .help(
            "name patch files, a mailbox, a maildir, a folder of them or of quilt's, or `-` for standard input",
        );
        return Err(vec![problem]);
    }
    Ok(gathered)
}

fn one(path: &Path, how: Reading, gathered: &mut Gathered) -> Result<(), Problem> {
    if path == Path::new("-") {
        let bytes =
            limited(&mut std::io::stdin().lock()).map_err(|error| unreadable(path, &error))?;
        return add("standard input", bytes, how, gathered);
    }
    if path.is_dir() {
        return folder(path, how, gathered);
    }
    add(&path.display().to_string(), content(path)?, how, gathered)
}

fn add(name: &str, bytes: Vec<u8>, how: Reading, gathered: &mut Gathered) -> Result<(), Problem> {
    if COMPRESSED.iter().any(|start| bytes.starts_with(start)) {
        return Err(
            Problem::new("received-compressed", format!("`{name}` is compressed"))
                .help("unpack it first, as with `gunzip`"),
        );
    }
    gathered.mails.extend(take(&Source::new(name, bytes), how));
    Ok(())
}

/// Reads a maildir, or a folder with a file for each mail.
fn folder(path: &Path, how: Reading, gathered: &mut Gathered) -> Result<(), Problem> {
    let parts: Vec<PathBuf> = ["cur", "new"]
        .iter()
        .map(|part| path.join(part))
        .filter(|part| part.is_dir())
        .collect();
    let is_maildir = !parts.is_empty();
    if !is_maildir && quilted(path, how, gathered)? {
        return Ok(());
    }
    let mut files = Vec::new();
    for part in if is_maildir {
        parts
    } else {
        vec![path.to_owned()]
    } {
        let mut names = names(&part)?;
        names.sort_by_cached_key(|name| sorting(name));
        files.extend(names.into_iter().map(|name| part.join(name)));
    }
    for file in files.into_iter().filter(|file| file.is_file()) {
        let bytes = content(&file)?;
        let source = Source::new(file.display().to_string(), bytes);
        let mails = take(&source, how);
        let is_mail = |mail: &Received| mail.facts.has_header || !mail.patch.bytes().is_empty();
        if is_maildir || mails.iter().any(is_mail) {
            gathered.mails.extend(mails);
        } else {
            gathered.left_out.push(file);
        }
    }
    Ok(())
}

/// Reads the patches of a folder that quilt keeps, and returns whether it is one. The list tells their order, and that all of them are
/// meant: what their subjects say of another place is not theirs any more.
fn quilted(path: &Path, how: Reading, gathered: &mut Gathered) -> Result<bool, Problem> {
    let Some(list) = quilt::list(path) else {
        return Ok(false);
    };
    let source = Source::new(list.display().to_string(), content(&list)?);
    let patches = quilt::listed(&source, list.parent().unwrap_or(path))?;
    for patch in &patches {
        let known = gathered.mails.len();
        add(&patch.display().to_string(), content(patch)?, how, gathered)?;
        for mail in &mut gathered.mails[known..] {
            let words = std::mem::take(&mut mail.tags.words);
            mail.tags = Tags {
                words,
                has_title_bracket: mail.tags.has_title_bracket,
                ..Tags::default()
            };
        }
    }
    Ok(!patches.is_empty())
}

/// Returns the names in a folder, but for those that begin with a point.
fn names(folder: &Path) -> Result<Vec<String>, Problem> {
    let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut names = Vec::new();
    for entry in entries {
        let name = entry
            .map_err(|error| unreadable(folder, &error))?
            .file_name();
        match name.into_string() {
            Ok(name) if name.starts_with('.') => {}
            Ok(name) => names.push(name),
            Err(name) => {
                let path = folder.join(name);
                return Err(Problem::new(
                    "received-unreadable",
                    format!("`{}` has a name that is not UTF-8", path.display()),
                )
                .help("give the file another name, or name the others one by one"));
            }
        }
    }
    Ok(names)
}

/// A name cut into texts and numbers, so that `10-b` follows `9-a`.
fn sorting(name: &str) -> Vec<(String, u128)> {
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let text = rest
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(rest.len());
        let (text, after) = rest.split_at(text);
        let digits = after
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(after.len());
        let (digits, after) = after.split_at(digits);
        parts.push((text.to_owned(), digits.parse().unwrap_or(0)));
        rest = after;
    }
    parts
}

fn content(path: &Path) -> Result<Vec<u8>, Problem> {
    let mut file = std::fs::File::open(path).map_err(|error| unreadable(path, &error))?;
    limited(&mut file).map_err(|error| unreadable(path, &error))
}

fn limited(from: &mut dyn Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(std::io::Error::other("it is larger than 1 GiB"));
    }
    Ok(bytes)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(
        "received-unreadable",
        format!("can't read `{}`: {error}", path.display()),
    )
    .help("name a file, a mailbox or a folder of mails that is there and that you may read")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_by_their_numbers() {
        let mut names = ["10-b", "9-a", "v2-0001-x", "0002-y", "1:2,S"];
        names.sort_by_key(|name| sorting(name));
        assert_eq!(names, ["1:2,S", "0002-y", "9-a", "10-b", "v2-0001-x"]);
    }
}
