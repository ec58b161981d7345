//! A patch put on a tree in memory, file by file, as `git apply` does: the whole patch or nothing of it. Does not know the mail
//! that it came in.

mod names;
mod told;

use super::Standing;
use crate::apply::{Direction, apply};
use crate::syntax::patch::{Binary, Body, FilePatch, MadeOf, Side};
use crate::target::commit::{FileOrigin, OriginKind, mode as kind};
use crate::target::object::{Kind, id_of};
use crate::target::{Blob, Fault, FileChange, Tree};
use crate::text::{Problem, Site, Span};
use names::{Names, folders, link_above};
use told::other_kind;

/// What can be wrong with a patch that is put on a tree: code, meaning, what to do.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "patch-malformed",
        "A patch breaks off, or a header, a hunk or a binary change in it can't be read.",
        "Ask for the mail again, or for what `git format-patch` writes; a client may have wrapped or cut it.",
    ),
    (
        "patch-path",
        "A patch names a file outside the tree, or one of git's own.",
        "Don't apply it: no tool that means well writes such a path.",
    ),
    (
        "patch-link",
        "A patch changes a file behind a symbolic link, which could lie anywhere.",
        "Don't apply it; ask for a patch of the file that the link leads to.",
    ),
    (
        "patch-no-file",
        "A patch changes a file that the tree does not have.",
        "Name the base that the patch was made on with `--onto`.",
    ),
    (
        "patch-file-exists",
        "A patch creates a file that the tree has already.",
        "Name the base that the patch was made on with `--onto`.",
    ),
    (
        "patch-in-the-way",
        "A patch puts a file where the tree has a folder, or into a folder whose name a file has.",
        "Name the base that the patch was made on with `--onto`.",
    ),
    (
        "patch-other-kind",
        "A patch changes a file, a link or a submodule, and the tree has another of these under its name.",
        "Name the base that the patch was made on with `--onto`.",
    ),
    (
        "patch-submodule",
        "A patch makes a submodule of what is no line `Subproject commit` with the id of a commit.",
        "Ask for the mail again, or for what `git format-patch` writes.",
    ),
    (
        "patch-misfit",
        "The lines that a hunk changes are not in the file as the patch expects them.",
        "Rebase the patch, or name the base that it was made on with `--onto`.",
    ),
];

/// What came of putting a patch on a tree.
pub struct Put {
    /// What the patch is to the tree.
    pub standing: Standing,
    /// What it changes there; empty where it does not apply.
    pub changes: Vec<FileChange>,
}

/// Shows where in its mail a part of a patch stands.
pub type SiteOf<'s> = dyn Fn(Span) -> Site + 's;

/// Puts a patch on a tree.
///
/// # Errors
/// Where a file of the tree can't be read.
pub fn put(tree: &Tree, revision: &str, files: &[FilePatch], site: &SiteOf) -> Result<Put, Fault> {
    put_expecting(&[], tree, revision, files, site)
}

/// Does what [`put`] does: where a file comes out as one that is expected, it is that one, and its id is not made again.
///
/// # Errors
/// As [`put`].
pub fn put_expecting(
    expected: &[&Blob],
    tree: &Tree,
    revision: &str,
    files: &[FilePatch],
    site: &SiteOf,
) -> Result<Put, Fault> {
    let run = |direction| {
        Run {
            tree,
            revision,
            site,
            direction,
            expected,
        }
        .all(files)
    };
    match run(Direction::Forward)? {
        Ok(changes) => Ok(Put {
            standing: Standing::Applies,
            changes,
        }),
        Err(problems) => {
            let is_there = run(Direction::Reverse)?.is_ok();
            Ok(Put {
                standing: match is_there {
                    true => Standing::There,
                    false => Standing::Refused(problems),
                },
                changes: Vec::new(),
            })
        }
    }
}

/// A patch on its way onto a tree.
struct Run<'r> {
    tree: &'r Tree,
    revision: &'r str,
    site: &'r SiteOf<'r>,
    direction: Direction,
    expected: &'r [&'r Blob],
}

/// A file of a patch, seen in the direction that it is put in.
struct Seen<'s> {
    file: &'s FilePatch,
    old: Option<&'s String>,
    new: Option<&'s String>,
    old_mode: Option<u32>,
    mode: Option<u32>,
}

impl Run<'_> {
    fn seen<'s>(&self, file: &'s FilePatch) -> Seen<'s> {
        match self.direction {
            Direction::Forward => Seen {
                file,
                old: file.old.as_ref(),
                new: file.new.as_ref(),
                old_mode: file.old_mode,
                mode: file.new_mode,
            },
            Direction::Reverse => Seen {
                file,
                old: file.new.as_ref(),
                new: file.old.as_ref(),
                old_mode: file.new_mode,
                mode: file.old_mode,
            },
        }
    }

    fn all(&self, files: &[FilePatch]) -> Result<Result<Vec<FileChange>, Vec<Problem>>, Fault> {
        let seen: Vec<Seen> = files.iter().map(|file| self.seen(file)).collect();
        let mut names = Names::of(&seen);
        let mut tree = self.tree.clone();
        let (mut changes, mut problems) = (Vec::new(), Vec::new());
        for seen in &seen {
            match self.one(&tree, seen, &names)? {
                Ok(change) => {
                    tree.change(std::slice::from_ref(&change));
                    changes.push(change);
                }
                Err(problem) => {
                    problems.push(*problem);
                    // Backwards it is only asked whether it fits.
                    if self.direction == Direction::Reverse {
                        break;
                    }
                }
            }
            names.pass(seen);
        }
        if !problems.is_empty() {
            return Ok(Err(problems));
        }
        let changes = merged(changes);
        let problems = self.in_the_way(&seen, &changes)?;
        Ok(match problems.is_empty() {
            true => Ok(changes),
            false => Err(problems),
        })
    }

    fn one(
        &self,
        tree: &Tree,
        seen: &Seen,
        names: &Names,
    ) -> Result<Result<FileChange, Box<Problem>>, Fault> {
        let told = |code, message: String, label: &str| {
            Ok(Err(Box::new(self.told(seen, code, message, label))))
        };
        // What is read must not lie behind a link of the tree, what is written behind none that the patch leaves there.
        let read = seen
            .old
            .map(|path| Ok((path, link_above(self.tree, path)?)));
        let written = seen
            .new
            .map(|path| Ok((path, names.link_above(self.tree, path)?)));
        for found in read.into_iter().chain(written) {
            if let (path, Some(link)) = found? {
                let message = format!("`{path}` lies behind the symbolic link `{link}`");
                return told("patch-link", message, "this change goes through it");
            }
        }
        // Files of a git patch that change names do so together: each is made of what was there before the patch.
        let from = match seen.file.made_of {
            None if seen.old.is_some_and(|path| names.is_made(path)) => tree,
            _ => self.tree,
        };
        let is_gone = |path: &&String| seen.file.made_of.is_none() && names.is_gone(path);
        let old = seen.old.filter(|path| !is_gone(path));
        let before = old.map(|path| from.entry(path)).transpose()?.flatten();
        let creates = before.is_none() && self.may_create(seen);
        if let (Some(path), None, false) = (seen.old, &before, creates) {
            let message = format!("`{path}` is not in the tree");
            return told("patch-no-file", message, "this change needs it");
        }
        let is_other = seen.old != seen.new || is_copy(seen.file);
        if let Some(path) = seen.new.filter(|_| is_other) {
            let is_there = self.tree.entry(path)?.is_some() && !names.makes_room(path);
            if is_there {
                let message = format!("`{path}` is in the tree already");
                return told("patch-file-exists", message, "this change creates it");
            }
        }
        if let Some(message) = other_kind(seen, before.as_ref()) {
            return told(
                "patch-other-kind",
                message,
                "this change is of another kind",
            );
        }
        Ok(self.content(seen, before.as_ref()).map(|after| FileChange {
            path: seen.new.or(seen.old).cloned().unwrap_or_default(),
            before,
            after,
            origin: origin(seen),
            ..FileChange::default()
        }))
    }

    /// Whether a file that is missing is created: its patch leaves that open.
    fn may_create(&self, seen: &Seen) -> bool {
        seen.file.may_be_missing(match self.direction {
            Direction::Forward => Side::Old,
            Direction::Reverse => Side::New,
        })
    }

    /// Tells the files that can't be in a tree with the others: a name is that of a file or of a folder.
    fn in_the_way(&self, seen: &[Seen], changes: &[FileChange]) -> Result<Vec<Problem>, Fault> {
        let mut problems = Vec::new();
        let is_new = |seen: &&Seen| seen.old != seen.new || self.may_create(seen);
        let new: Vec<&Seen> = seen.iter().filter(is_new).collect();
        if new.is_empty() {
            return Ok(problems);
        }
        let after = self.tree.changed(changes);
        for seen in new {
            let Some(path) = seen.new else {
                continue;
            };
            let mut above = None;
            for folder in folders(path) {
                if above.is_none() && after.entry(folder)?.is_some() {
                    above = Some(format!("`{path}` can't be where `{folder}` is a file"));
                }
            }
            let is_folder =
                above.is_none() && after.entry(path)?.is_some() && after.is_folder(path)?;
            let message =
                above.or_else(|| is_folder.then(|| format!("`{path}` is a folder in the tree")));
            problems.extend(message.map(|message| {
                self.told(seen, "patch-in-the-way", message, "this change creates it")
            }));
        }
        Ok(problems)
    }

    /// Returns the file after, none where it is deleted.
    fn content(&self, seen: &Seen, before: Option<&Blob>) -> Result<Option<Blob>, Box<Problem>> {
        let text = before.map(Blob::text).unwrap_or_default();
        let after = match &seen.file.body {
            Body::Text(hunks) => apply(&text, hunks, self.direction)
                .map_err(|misfit| Box::new(self.misfit(seen, before, hunks, misfit)))?,
            Body::Binary(binary) => self
                .bytes(binary, &text)
                .ok_or_else(|| Box::new(self.other_bytes(seen)))?,
        };
        let Some(_) = seen.new else {
            return match after.is_empty() {
                true => Ok(None),
                false => Err(Box::new(self.remains(seen))),
            };
        };
        let mode = seen.mode.or(before.map(|blob| blob.mode));
        let mode = mode.unwrap_or(0o100_644);
        let is_it = |blob: &&&Blob| {
            blob.mode == mode && blob.kind() != kind::SUBMODULE && *blob.bytes == *after
        };
        if let Some(blob) = self.expected.iter().find(is_it) {
            return Ok(Some((*blob).clone()));
        }
        let blob = Blob::of_text(mode, after);
        let blob = blob.ok_or_else(|| {
            let path = seen.new.cloned().unwrap_or_default();
            let message = format!("`{path}` is a submodule, and the patch names no commit of it");
            let label = "expected a line `Subproject commit` and an id of 40 digits";
            Box::new(self.told(seen, "patch-submodule", message, label))
        })?;
        Ok(Some(blob))
    }

    /// What a binary change makes of bytes; none where it is made for others, or makes others than it says.
    fn bytes(&self, binary: &Binary, text: &[u8]) -> Option<Vec<u8>> {
        let (delta, from, to) = match self.direction {
            Direction::Forward => (Some(&binary.forward), &binary.ids.0, &binary.ids.1),
            Direction::Reverse => (binary.reverse.as_ref(), &binary.ids.1, &binary.ids.0),
        };
        let is_nothing = |id: &str| id.bytes().all(|byte| byte == b'0');
        let is = |id: &str, bytes: &[u8]| match is_nothing(id) {
            true => bytes.is_empty(),
            // Ids of SHA-256 are not made here.
            false => id.len() != 40 || id_of(Kind::Blob, bytes) == *id.to_ascii_lowercase(),
        };
        if !is(from, text) {
            return None;
        }
        if is_nothing(to) {
            return Some(Vec::new());
        }
        delta?.applied(text).filter(|made| is(to, made))
    }
}

fn is_copy(file: &FilePatch) -> bool {
    matches!(file.made_of, Some(MadeOf::Copy(_)))
}

fn origin(seen: &Seen) -> Option<FileOrigin> {
    let (kind, similarity) = match seen.file.made_of? {
        MadeOf::Rename(similarity) => (OriginKind::Rename, similarity),
        MadeOf::Copy(similarity) => (OriginKind::Copy, similarity),
    };
    let path = seen.old?.clone();
    Some(FileOrigin {
        path,
        kind,
        similarity,
    })
}

/// Brings together what a patch does to one path in several parts, as where a file becomes a link: what goes makes room for what
/// comes, wherever in the patch it stands.
fn merged(changes: Vec<FileChange>) -> Vec<FileChange> {
    let mut merged: Vec<FileChange> = Vec::new();
    for change in changes {
        let known = merged.iter().position(|known| known.path == change.path);
        match known {
            None => merged.push(change),
            Some(_) if change.origin.is_some() => merged.push(change),
            Some(at) if change.after.is_some() => merged[at].after = change.after,
            Some(at) if merged[at].origin.is_some() => merged.insert(0, change),
            Some(_) => {}
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::patch::parse;

    fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Tree) {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let target = crate::target::Target::open(dir.path()).unwrap();
        let tree = target.revision(".").unwrap().tree;
        (dir, tree)
    }

    fn put_on(tree: &Tree, text: &str) -> Put {
        let source = crate::text::Source::new("mail", text.as_bytes().to_vec());
        let site = |span: Span| source.site(span);
        let files = parse(text.as_bytes()).unwrap();
        put(tree, ".", &files, &site).unwrap()
    }

    const CHANGE: &str =
        "diff --git a/d/f b/d/f\n--- a/d/f\n+++ b/d/f\n@@ -1,2 +1,2 @@\n-a\n+A\n b\n";

    #[test]
    fn a_patch_applies_is_there_or_is_refused_with_both_places() {
        let (_dir, old) = tree(&[("d/f", "a\nb\n")]);
        let put = put_on(&old, CHANGE);
        assert!(matches!(put.standing, Standing::Applies));
        assert_eq!(
            put.changes[0].after.as_ref().unwrap().bytes.as_ref(),
            b"A\nb\n"
        );
        let new = old.changed(&put.changes);
        assert!(matches!(put_on(&new, CHANGE).standing, Standing::There));
        let (_dir, other) = tree(&[("d/f", "x\nb\n")]);
        let Standing::Refused(problems) = put_on(&other, CHANGE).standing else {
            panic!()
        };
        assert_eq!(problems[0].code, "patch-misfit");
        assert_eq!(problems[0].labels.len(), 2);
        assert_eq!(problems[0].labels[1].site.place().line, 1);
    }

    #[test]
    fn names_are_swapped_and_files_created_and_deleted() {
        let (_dir, tree) = tree(&[("a", "1\n"), ("b", "2\n"), ("c", "3\n")]);
        let text = "diff --git a/a b/b\nsimilarity index 100%\nrename from a\nrename to b\ndiff --git a/b b/a\nsimilarity index 100%\nrename from b\nrename to a\ndiff --git a/c b/c\ndeleted file mode 100644\n--- a/c\n+++ /dev/null\n@@ -1 +0,0 @@\n-3\ndiff --git a/e b/e\nnew file mode 100755\n--- /dev/null\n+++ b/e\n@@ -0,0 +1 @@\n+5\n";
        let put = put_on(&tree, text);
        assert!(matches!(put.standing, Standing::Applies));
        let after = tree.changed(&put.changes);
        let read = |path: &str| after.read(path).unwrap().map(|blob| blob.bytes.to_vec());
        assert_eq!(read("a"), Some(b"2\n".to_vec()));
        assert_eq!(read("b"), Some(b"1\n".to_vec()));
        assert_eq!((read("c"), read("e")), (None, Some(b"5\n".to_vec())));
    }

    #[cfg(unix)]
    #[test]
    fn what_lies_behind_a_link_is_refused() {
        let (dir, tree) = tree(&[("real/f", "a\nb\n")]);
        std::os::unix::fs::symlink("real", dir.path().join("d")).unwrap();
        let Standing::Refused(problems) = put_on(&tree, CHANGE).standing else {
            panic!()
        };
        assert_eq!(problems[0].code, "patch-link");
    }

    /// The code of the first problem.
    fn code(tree: &Tree, text: &str) -> &'static str {
        match put_on(tree, text).standing {
            Standing::Refused(problems) => {
                assert!(
                    problems
                        .iter()
                        .all(|problem| !problem.labels.is_empty() && problem.help.is_some())
                );
                problems[0].code
            }
            _ => "",
        }
    }

    fn created(path: &str) -> String {
        format!(
            "diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n"
        )
    }

    #[test]
    fn a_file_is_not_put_where_a_folder_is_nor_into_a_file() {
        let (_dir, tree) = tree(&[("d/f", "a\nb\n"), ("file", "1\n")]);
        assert_eq!(code(&tree, &created("d")), "patch-in-the-way");
        assert_eq!(code(&tree, &created("file/x")), "patch-in-the-way");
        assert_eq!(code(&tree, &created("d/f/x/y")), "patch-in-the-way");
        assert_eq!(code(&tree, &created("d/g")), "");
        // What the patch itself takes away is in nobody's way.
        let gone = "diff --git a/d/f b/d/f\ndeleted file mode 100644\n--- a/d/f\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n";
        assert_eq!(code(&tree, &format!("{gone}{}", created("d"))), "");
        assert_eq!(code(&tree, &format!("{}{gone}", created("d"))), "");
        let both = format!("{}{}", created("new"), created("new/x"));
        assert_eq!(code(&tree, &both), "patch-in-the-way");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_no_file_of_its_name() {
        let (dir, tree) = tree(&[("d/g", "")]);
        std::os::unix::fs::symlink("a\nb\n", dir.path().join("d/f")).unwrap();
        assert_eq!(
            code(&tree, &CHANGE.replace("--- a", "index 1..2 100644\n--- a")),
            "patch-other-kind"
        );
        assert_eq!(
            code(&tree, &CHANGE.replace("--- a", "index 1..2 120000\n--- a")),
            ""
        );
    }
}
