//! How git prints the files of a range that are no text: the installed git is asked, whose zlib no other packs alike.

use git2::Oid;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::{Pairing, git, pairs};
use crate::target::binary::{Binaries, START};
use crate::target::hunks;
use crate::target::{Blob, FileChange};
use crate::text::Problem;

/// Asks git once for the binary patches of all changes between pairs of trees that have one.
///
/// # Errors
/// `binaries-unknown` where git is not installed, fails, or answers what can't be read.
pub(super) fn packed(
    repository: &Path,
    trees: &[(Option<Oid>, Oid)],
    changes: &[Vec<FileChange>],
    pairing: Pairing,
) -> Result<Binaries, Problem> {
    let mut wanted: BTreeMap<(String, String), &str> = BTreeMap::new();
    let mut asked = Vec::new();
    for ((old, new), changes) in trees.iter().zip(changes) {
        let before = wanted.len();
        for change in changes {
            let keys = keys(change).into_iter();
            wanted.extend(keys.map(|key| (key, &*change.path)));
        }
        if wanted.len() > before {
            let old = old.map_or_else(|| git::NO_FILES.to_owned(), |old| old.to_string());
            asked.push((old, *new));
        }
    }
    let Some(path) = wanted.values().next() else {
        return Ok(Binaries::default());
    };
    let printed = ask(repository, &asked, pairing).map_err(|why| unknown(path, &why))?;
    let found = patches(&printed);
    for (key, path) in &wanted {
        if !found.contains_key(key) {
            return Err(unknown(path, "it prints it in a form that is not known"));
        }
    }
    Ok(found.into_iter().collect())
}

/// The contents between which a change is printed as a binary patch. What turns into another kind of thing is printed twice: as
/// gone and as new.
fn keys(change: &FileChange) -> Vec<(String, String)> {
    let sides = (change.before.as_ref(), change.after.as_ref());
    let printed = match change.changes_kind() {
        true => vec![(sides.0, None), (None, sides.1)],
        false => vec![sides],
    };
    let is_binary = |blob: Option<&Blob>| blob.is_some_and(|blob| hunks::is_binary(&blob.text()));
    let printed = printed
        .into_iter()
        .filter(|(before, after)| is_binary(*before) || is_binary(*after));
    printed
        .map(|(before, after)| Binaries::key(before, after))
        .filter(|(before, after)| before != after)
        .collect()
}

fn unknown(path: &str, why: &str) -> Problem {
    let message =
        format!("`{path}` is no text, and git could not be asked how it prints it: {why}");
    Problem::new("binaries-unknown", message)
        .help("install git, or leave the commit out of the range")
}

fn ask(repository: &Path, trees: &[(String, Oid)], pairing: Pairing) -> Result<Vec<u8>, String> {
    let mut git = git::git(repository);
    // Where the repository has no work tree of its own, git takes the folder that it stands in, and its attributes.
    git.current_dir(repository)
        .args(["-c", "core.attributesFile=/dev/null"])
        // The first is what git has where nobody sets one, the second follows from it.
        .args(["-c", "core.compression=-1"])
        .args(["-c", "core.looseCompression=1"]);
    pairs::diff_tree(&mut git, pairing);
    git.args(["-p", "--binary", "--full-index"]).args([
        "--no-ext-diff",
        "--no-textconv",
        "--no-color",
    ]);
    git::answer(&mut git, pairs::questions(trees).as_bytes())
}

/// Reads the binary patches out of what git prints, each with the ids of the line above it.
///
/// A line of a text begins with a sign or a blank, and one of a binary patch has no blank, so that neither is taken for a header.
fn patches(printed: &[u8]) -> BTreeMap<(String, String), Arc<[u8]>> {
    let mut found = BTreeMap::new();
    let mut ids = None;
    let mut at = 0;
    while let Some(line) = printed[at..].split_inclusive(|&byte| byte == b'\n').next() {
        if let Some(named) = line.strip_prefix(b"index ") {
            ids = ids_of(named);
        }
        if line != START {
            at += line.len();
            continue;
        }
        let len = length(&printed[at..]);
        if let Some(ids) = ids.take() {
            found.insert(ids, Arc::from(&printed[at..at + len]));
        }
        at += len;
    }
    found
}

/// Reads `OLD..NEW` or `OLD..NEW MODE`; zeros stand for a file that is not there.
fn ids_of(named: &[u8]) -> Option<(String, String)> {
    let named = std::str::from_utf8(named).ok()?;
    let (old, new) = named.split_whitespace().next()?.split_once("..")?;
    let nothing = Binaries::key(None, None).0;
    let id = |id: &str| match id.bytes().all(|byte| byte == b'0') {
        true => nothing.clone(),
        false => id.to_owned(),
    };
    Some((id(old), id(new)))
}

/// Returns the length of a binary patch: two parts, each closed by a blank line.
fn length(patch: &[u8]) -> usize {
    let mut len = 0;
    let mut blank = 0;
    for line in patch.split_inclusive(|&byte| byte == b'\n') {
        len += line.len();
        blank += usize::from(line == b"\n");
        if blank == 2 {
            break;
        }
    }
    len
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_patches_are_found_among_texts_that_look_like_them() {
        let (one, two) = ("1".repeat(40), "2".repeat(40));
        let patch = "GIT binary patch\nliteral 1\nIcmZPo000310RR91\n\nliteral 0\nHcmV?d00001\n\n";
        let text = format!(
            "a b\ndiff --git a/x b/x\nindex {one}..{one} 100644\n--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n-GIT binary patch\n+index {one}..{two}\n \ndiff --git a/y b/y\nnew file mode 100644\nindex {}..{two}\n{patch}diff --git a/z b/z\nindex {one}..{two} 100755\n{patch}",
            "0".repeat(40)
        );
        let found = patches(text.as_bytes());
        let nothing = Binaries::key(None, None).0;
        let keys: Vec<_> = found.keys().cloned().collect();
        let mut expected = vec![(nothing, two.clone()), (one, two)];
        expected.sort();
        assert_eq!(keys, expected);
        assert!(found.values().all(|found| **found == *patch.as_bytes()));
    }
}
