//! Patches that no step made: commits that exist, patches that came by mail. Laid one on the other into stages; does not know
//! how they were read.

use std::sync::Arc;

use super::fitting::fitted;
use crate::syntax::patch::FilePatch;
use crate::target::commit::short;
use crate::target::{Blob, Commit, Fault, Revision, Tree};
use crate::text::Problem;

/// What a given patch is to the tree that it is put on: code, meaning, what to do.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "given-applies",
        "The patch applies to the tree that the patches before it left.",
        "Nothing is to be done.",
    ),
    (
        "given-there",
        "The tree has what the patch would make of it already.",
        "Leave the patch out.",
    ),
    (
        "given-refused",
        "The patch can't be put on the tree.",
        "Rebase it onto the base, or name the base that it was made on.",
    ),
    (
        "given-other-content",
        "A file is not what the patch was made on, so that its change would undo another.",
        "Rebase the patch onto the base, or name the base that it was made on.",
    ),
];

/// A patch that was given.
#[derive(Clone, Debug)]
pub struct Given {
    /// What it is called: the id of its commit, or its position in the series.
    pub id: String,
    /// Message, author, date, changes.
    pub commit: Commit,
    /// The Message-ID of its mail, without angle brackets.
    pub message_id: Option<String>,
    /// Where it was read: a file, or a place in a mailbox.
    pub source: Option<String>,
    /// What it is to the tree before it.
    pub standing: Standing,
    /// The patch as it came, where it was mailed.
    pub mailed: Option<Mailed>,
}

/// A patch as it came in a mail.
#[derive(Clone, Debug)]
pub struct Mailed {
    /// Its text, with what stands above it.
    pub text: Arc<[u8]>,
    /// What was read from it, file by file.
    pub files: Arc<[FilePatch]>,
}

/// What a given patch is to the tree before it.
#[derive(Clone, Debug)]
pub enum Standing {
    /// It applies.
    Applies,
    /// The tree has its change already.
    There,
    /// It can't be put there.
    Refused(Vec<Problem>),
}

/// The tree after a given patch.
#[derive(Clone)]
pub struct GivenStage<'g> {
    /// The patch that made it of the stage before.
    pub given: &'g Given,
    /// Its tree.
    pub tree: Tree,
}

impl Given {
    /// Makes a patch of a commit that exists; its id is the commit's.
    pub fn of_commit(commit: Commit) -> Self {
        Given {
            id: commit.id.clone(),
            commit,
            message_id: None,
            source: None,
            standing: Standing::Applies,
            mailed: None,
        }
    }
}

/// Settles what patches are to the tree that they are laid on, one on the other.
///
/// A patch that was found to apply stays so where each file is what the patch changes, or where its lines fit, as on the other side of
/// a merge. One whose files are all what it would make of them is there already; any other is refused, and those behind it are asked on the tree without it.
///
/// # Errors
/// Where a file of the base can't be read.
pub fn settle(base: &Revision, given: Vec<Given>) -> Result<Vec<Given>, Fault> {
    let mut tree = base.tree.clone();
    let mut settled = Vec::new();
    for mut patch in given {
        if matches!(patch.standing, Standing::Applies) {
            patch.standing = standing(&tree, &patch.commit)?;
            if matches!(patch.standing, Standing::Refused(_))
                && let Some(changes) = fitted(&tree, &patch.commit)?
            {
                patch.commit.changes = changes;
                patch.standing = Standing::Applies;
            }
            if matches!(patch.standing, Standing::Applies) {
                tree = tree.changed(&patch.commit.changes);
            }
        }
        settled.push(patch);
    }
    Ok(settled)
}

/// Lays the patches that apply one on the other; stage 0, the base, is left out.
pub fn stages<'g>(base: &Revision, given: &'g [Given]) -> Vec<GivenStage<'g>> {
    let mut stages: Vec<GivenStage> = Vec::new();
    let applying = |patch: &&Given| matches!(patch.standing, Standing::Applies);
    for patch in given.iter().filter(applying) {
        let before = stages.last().map_or(&base.tree, |stage| &stage.tree);
        let tree = before.changed(&patch.commit.changes);
        stages.push(GivenStage { given: patch, tree });
    }
    stages
}

/// Lays one patch on the base without those before it; none where it does not apply there.
///
/// # Errors
/// Where a file of the base can't be read.
pub fn alone(base: &Revision, given: &Given) -> Result<Option<Tree>, Fault> {
    let changes = fitted(&base.tree, &given.commit)?;
    Ok(changes.map(|changes| base.tree.changed(&changes)))
}

fn standing(tree: &Tree, commit: &Commit) -> Result<Standing, Fault> {
    let mut others = Vec::new();
    let mut there = 0;
    for change in &commit.changes {
        let found = tree.version(&change.path)?;
        let (path, made_of) = match &change.origin {
            Some(origin) => (&origin.path, tree.version(&origin.path)?),
            None => (&change.path, found.clone()),
        };
        let before = version(change.before.as_ref());
        if made_of == before {
            continue;
        }
        there += usize::from(found == version(change.after.as_ref()));
        others.push(other_content(path, before, made_of));
    }
    Ok(match others.len() {
        0 => Standing::Applies,
        count if count == there && count == commit.changes.len() => Standing::There,
        _ => Standing::Refused(others),
    })
}

/// What tells a file from others: mode and id.
type Version = (u32, String);

fn version(blob: Option<&Blob>) -> Option<Version> {
    blob.map(|blob| (blob.mode, blob.id.to_string()))
}

fn other_content(path: &str, expected: Option<Version>, found: Option<Version>) -> Problem {
    let told = |version: Option<Version>| {
        version.map_or("no file".to_owned(), |(mode, id)| {
            format!("{} {mode:06o}", short(&id))
        })
    };
    let message = format!(
        "`{path}` is another than the patch changes: expected {}, found {}",
        told(expected),
        told(found)
    );
    Problem::new("given-other-content", message)
        .help("rebase the patch onto the base, or name the base that it was made on")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::commit::{FileOrigin, OriginKind};
    use crate::target::{FileChange, Ident, When};
    use std::fs;

    fn blob(text: &str) -> Option<Blob> {
        Some(Blob::new(0o100_644, text.as_bytes()))
    }

    fn patch(id: &str, path: &str, before: Option<Blob>, after: Option<Blob>) -> Given {
        Given::of_commit(Commit {
            id: id.to_owned(),
            author: Ident {
                name: "A".to_owned(),
                email: "a@example.org".to_owned(),
            },
            date: When::at(0, 0),
            message: "subject\n".to_owned(),
            changes: vec![FileChange {
                path: path.to_owned(),
                before,
                after,
                ..FileChange::default()
            }],
        })
    }

    fn base() -> (tempfile::TempDir, Revision) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "one\n").unwrap();
        let target = crate::target::Target::open(folder.path()).unwrap();
        let base = target.revision(".").unwrap();
        (folder, base)
    }

    #[test]
    fn each_patch_is_laid_on_what_those_before_it_left() {
        let (_folder, base) = base();
        let given = vec![
            patch("1", "a", blob("one\n"), blob("two\n")),
            patch("2", "a", blob("two\n"), blob("three\n")),
            patch("3", "b", None, blob("new\n")),
            patch("4", "a", blob("three\n"), None),
        ];
        let given = settle(&base, given).unwrap();
        let stages = stages(&base, &given);
        let texts: Vec<Option<Vec<u8>>> = stages
            .iter()
            .map(|stage| {
                stage
                    .tree
                    .read("a")
                    .unwrap()
                    .map(|blob| blob.bytes.to_vec())
            })
            .collect();
        let expected = [
            Some(b"two\n".to_vec()),
            Some(b"three\n".to_vec()),
            Some(b"three\n".to_vec()),
            None,
        ];
        assert_eq!(texts, expected);
        assert!(stages[2].tree.read("b").unwrap().is_some());
    }

    #[test]
    fn a_renamed_file_is_gone_from_its_old_place_and_a_copied_one_is_not() {
        let (_folder, base) = base();
        let made_of = |kind, path: &str| FileOrigin {
            path: path.to_owned(),
            kind,
            similarity: 100,
        };
        let mut copy = patch("1", "b", blob("one\n"), blob("one\n"));
        copy.commit.changes[0].origin = Some(made_of(OriginKind::Copy, "a"));
        let mut rename = patch("2", "c", blob("one\n"), blob("two\n"));
        rename.commit.changes[0].origin = Some(made_of(OriginKind::Rename, "a"));
        let given = settle(&base, vec![copy, rename]).unwrap();
        let stages = stages(&base, &given);
        let there = |at: usize, path: &str| stages[at].tree.read(path).unwrap().is_some();
        assert!(there(0, "a") && there(0, "b"));
        assert!(!there(1, "a") && there(1, "b") && there(1, "c"));
    }

    #[test]
    fn what_is_there_is_told_from_what_does_not_fit() {
        let (_folder, base) = base();
        let given = vec![
            patch("1", "a", blob("zero\n"), blob("one\n")),
            patch("2", "a", blob("other\n"), blob("else\n")),
            patch("3", "a", None, blob("else\n")),
            patch("4", "a", blob("one\n"), blob("two\n")),
        ];
        let given = settle(&base, given).unwrap();
        assert!(matches!(given[0].standing, Standing::There));
        assert!(
            matches!(&given[1].standing, Standing::Refused(problems) if problems[0].code == "given-other-content")
        );
        assert!(matches!(given[2].standing, Standing::Refused(_)));
        assert!(matches!(given[3].standing, Standing::Applies));
        assert_eq!(stages(&base, &given).len(), 1);
    }
}
