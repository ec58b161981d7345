//! Which files of two trees were renamed or copied: the installed git is asked, whose guesses no library makes alike. Does not
//! know what a commit is.

use git2::Oid;
use std::fmt::Display;
use std::path::Path;
use std::process::Command;

use super::{Pairing, git};
use crate::target::{FileOrigin, OriginKind};
use crate::text::Problem;

/// A file, and the one that it was made of.
pub(super) struct Pair {
    pub(super) path: String,
    pub(super) origin: FileOrigin,
}

/// Asks git once for all pairs of trees, and returns the answers in the order of the questions.
///
/// # Errors
/// `renames-unknown` where git is not installed, fails, or answers what can't be read.
pub(super) fn pairs(
    repository: &Path,
    trees: &[(Oid, Oid)],
    pairing: Pairing,
) -> Result<Vec<Vec<Pair>>, Problem> {
    if trees.is_empty() || pairing == Pairing::None {
        return Ok(trees.iter().map(|_| Vec::new()).collect());
    }
    let told = ask(repository, trees, pairing).map_err(|why| unknown(&why))?;
    answers(&told, trees.len()).ok_or_else(|| unknown("git answered in a form that is not known"))
}

fn unknown(why: &str) -> Problem {
    let message = format!("the range may rename files, and git could not be asked which: {why}");
    Problem::new("renames-unknown", message)
        .help("install git, or give --no-renames to mail renamed files as deleted and created")
}

fn ask(repository: &Path, trees: &[(Oid, Oid)], pairing: Pairing) -> Result<Vec<u8>, String> {
    let mut git = git::git(repository);
    diff_tree(&mut git, pairing);
    git.args(["-z", "--raw", "--no-abbrev"]);
    git::answer(&mut git, questions(trees).as_bytes())
}

/// Lets git compare the trees that it is asked about, and pair files as this program does.
pub(super) fn diff_tree(git: &mut Command, pairing: Pairing) {
    // Those of the command line count more than those of the repository.
    git.args(["-c", "diff.renames=true", "-c", "diff.renameLimit=1000"]);
    git.args(["diff-tree", "--stdin", "-r"]);
    git.arg(match pairing {
        Pairing::None => "--no-renames",
        Pairing::Renames | Pairing::Copies => "-M",
    });
    if pairing == Pairing::Copies {
        git.arg("-C");
    }
}

/// Returns the pairs of trees as git reads them: one a line.
pub(super) fn questions(trees: &[(impl Display, Oid)]) -> String {
    let lines = trees.iter().map(|(old, new)| format!("{old} {new}\n"));
    lines.collect()
}

/// Reads what `git diff-tree --stdin --raw -z` tells: for each question a line with its trees, then the files (diff-format in git's
/// documentation).
fn answers(told: &[u8], questions: usize) -> Option<Vec<Vec<Pair>>> {
    let mut answers = Vec::with_capacity(questions);
    let mut rest = told;
    while !rest.is_empty() {
        if rest[0] != b':' {
            rest = after(rest, b'\n')?.1;
            answers.push(Vec::new());
            continue;
        }
        let (fields, paths) = after(rest, 0)?;
        let status = std::str::from_utf8(fields.split(|&byte| byte == b' ').nth(4)?).ok()?;
        let (path, paths) = after(paths, 0)?;
        rest = paths;
        let kind = match status.as_bytes()[..] {
            [b'R', ..] => OriginKind::Rename,
            [b'C', ..] => OriginKind::Copy,
            _ => continue,
        };
        let (to, paths) = after(rest, 0)?;
        rest = paths;
        let path_of = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
        answers.last_mut()?.push(Pair {
            path: path_of(to)?,
            origin: FileOrigin {
                path: path_of(path)?,
                kind,
                similarity: status[1..].parse().ok()?,
            },
        });
    }
    (answers.len() == questions).then_some(answers)
}

/// Splits at the first of a byte, which belongs to neither part.
fn after(bytes: &[u8], end: u8) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|&byte| byte == end)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_whatever_the_paths_are() {
        let told = b"1 2\n:100644 100644 a b M\0x\ny\0:100644 100755 a b R090\0:old\0n w\0:100644 100644 a b C100\0x\0y\x003 4\n5 6\n:000000 100644 a b A\0z\0";
        let answers = answers(told, 3).unwrap();
        let told: Vec<usize> = answers.iter().map(Vec::len).collect();
        assert_eq!(told, [2, 0, 0]);
        let renamed = &answers[0][0];
        assert_eq!((&*renamed.path, &*renamed.origin.path), ("n w", ":old"));
        assert_eq!(renamed.origin.similarity, 90);
        assert_eq!(answers[0][1].origin.kind, OriginKind::Copy);
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        assert!(answers(b"", 1).is_none());
        assert!(answers(b":100644 100644 a b R090\0x\0y\0", 1).is_none());
        assert!(answers(b"1 2\n:100644 100644 a b R\0x\0y\0", 1).is_none());
        assert!(answers(b"1 2\n:100644 100644 a b R090\0x", 1).is_none());
    }
}
