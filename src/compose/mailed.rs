//! A patch put on a tree in memory, file by file, as `git apply` does: the whole patch or nothing of it. Does not know the mail
//! that it came in.

use std::collections::BTreeSet;

use super::Standing;
use crate::apply::{Direction, Misfit, apply};
use crate::syntax::patch::{Body, FilePatch, Hunk, MadeOf, Side};
use crate::target::commit::{FileOrigin, OriginKind, mode};
use crate::target::tree::name_at;
use crate::target::{Blob, Fault, FileChange, Tree};
use crate::text::{Problem, Site, Source, Span};

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
    let run = |direction| {
        Run {
            tree,
            revision,
            site,
            direction,
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
}

/// A file of a patch, seen in the direction that it is put in.
struct Seen<'s> {
    file: &'s FilePatch,
    old: Option<&'s String>,
    new: Option<&'s String>,
    mode: Option<u32>,
}

impl Run<'_> {
    fn seen<'s>(&self, file: &'s FilePatch) -> Seen<'s> {
        match self.direction {
            Direction::Forward => Seen {
                file,
                old: file.old.as_ref(),
                new: file.new.as_ref(),
                mode: file.new_mode,
            },
            Direction::Reverse => Seen {
                file,
                old: file.new.as_ref(),
                new: file.old.as_ref(),
                mode: file.old_mode,
            },
        }
    }

    fn all(&self, files: &[FilePatch]) -> Result<Result<Vec<FileChange>, Vec<Problem>>, Fault> {
        let seen: Vec<Seen> = files.iter().map(|file| self.seen(file)).collect();
        // A file that goes makes room for another of its name, wherever in the patch it goes.
        let leaves = |seen: &&Seen| seen.old != seen.new && !is_copy(seen.file);
        let leaving: BTreeSet<&String> = seen
            .iter()
            .filter(leaves)
            .filter_map(|seen| seen.old)
            .collect();
        let mut tree = self.tree.clone();
        let (mut changes, mut problems) = (Vec::new(), Vec::new());
        for seen in &seen {
            match self.one(&tree, seen, &leaving)? {
                Ok(change) => {
                    tree = tree.changed(std::slice::from_ref(&change));
                    changes.push(change);
                }
                Err(problem) => problems.push(*problem),
            }
        }
        Ok(match problems.is_empty() {
            true => Ok(merged(changes)),
            false => Err(problems),
        })
    }

    fn one(
        &self,
        tree: &Tree,
        seen: &Seen,
        leaving: &BTreeSet<&String>,
    ) -> Result<Result<FileChange, Box<Problem>>, Fault> {
        let told = |code, message: String, label: &str| {
            let problem = Problem::new(code, message).at_site(&(self.site)(seen.file.span), label);
            Ok(Err(Box::new(problem.help(
                "rebase the patch, or name the base that it was made on with `--onto`",
            ))))
        };
        for path in seen.old.into_iter().chain(seen.new) {
            if let Some(link) = link_above(tree, path)? {
                let message = format!("`{path}` lies behind the symbolic link `{link}`");
                return told("patch-link", message, "this change goes through it");
            }
        }
        // Files of a git patch that change names do so together: each is made of what was there before the patch.
        let from = match seen.file.made_of {
            Some(_) => self.tree,
            None => tree,
        };
        let before = seen.old.map(|path| from.entry(path)).transpose()?.flatten();
        if let (Some(path), None) = (seen.old, &before) {
            let message = format!("`{path}` is not in the tree");
            return told("patch-no-file", message, "this change needs it");
        }
        if let Some(path) = seen.new.filter(|_| seen.old != seen.new) {
            let is_there = tree.entry(path)?.is_some() && !leaving.contains(path);
            if is_there {
                let message = format!("`{path}` is in the tree already");
                return told("patch-file-exists", message, "this change creates it");
            }
        }
        Ok(self.content(seen, before.as_ref()).map(|after| FileChange {
            path: seen.new.or(seen.old).cloned().unwrap_or_default(),
            before,
            after,
            origin: origin(seen),
        }))
    }

    /// Returns the file after, none where it is deleted.
    fn content(&self, seen: &Seen, before: Option<&Blob>) -> Result<Option<Blob>, Box<Problem>> {
        let text = before.map(Blob::text).unwrap_or_default();
        let after = match &seen.file.body {
            Body::Text(hunks) => apply(&text, hunks, self.direction)
                .map_err(|misfit| Box::new(self.misfit(seen, before, hunks, misfit)))?,
            Body::Binary(binary) => {
                let delta = match self.direction {
                    Direction::Forward => Some(&binary.forward),
                    Direction::Reverse => binary.reverse.as_ref(),
                };
                let made = delta.and_then(|delta| delta.applied(&text));
                let back = |made: &Vec<u8>| match (self.direction, &binary.reverse) {
                    (Direction::Forward, Some(reverse)) => {
                        reverse.applied(made).is_some_and(|back| back == *text)
                    }
                    (Direction::Forward, None) => true,
                    (Direction::Reverse, _) => binary
                        .forward
                        .applied(made)
                        .is_some_and(|back| back == *text),
                };
                made.filter(back)
                    .ok_or_else(|| Box::new(self.other_bytes(seen)))?
            }
        };
        let Some(_) = seen.new else {
            return match after.is_empty() {
                true => Ok(None),
                false => Err(Box::new(self.remains(seen))),
            };
        };
        let mode = seen.mode.or(before.map(|blob| blob.mode));
        Ok(Some(Blob::of_text(mode.unwrap_or(0o100_644), after)))
    }

    fn misfit(
        &self,
        seen: &Seen,
        before: Option<&Blob>,
        hunks: &[Hunk],
        misfit: Misfit,
    ) -> Problem {
        let path = seen.old.or(seen.new).cloned().unwrap_or_default();
        let hunk = &hunks[misfit.hunk.min(hunks.len().saturating_sub(1))];
        let line = hunk
            .lines
            .get(misfit.line)
            .map_or(hunk.span, |line| line.span);
        let message = format!("hunk {} of `{path}` does not fit", misfit.hunk + 1);
        let mut problem = Problem::new("patch-misfit", message)
            .at_site(&(self.site)(without_end(line)), "expected this line");
        let source =
            before.map(|blob| Source::new(name_at(&path, self.revision), blob.bytes.clone()));
        if let (Some(source), Some(number)) = (source, misfit.nearest) {
            let label = "found this one where the rest is most alike";
            problem = problem.at(&source, source.line(number), label);
        }
        let removed = hunk.version(Side::Old).count();
        let help = if before.is_some() && removed > 0 {
            "rebase the patch, or name the base that it was made on with `--onto`"
        } else {
            "name the base that the patch was made on with `--onto`"
        };
        problem.help(help)
    }

    fn other_bytes(&self, seen: &Seen) -> Problem {
        let path = seen.old.or(seen.new).cloned().unwrap_or_default();
        Problem::new(
            "patch-misfit",
            format!("`{path}` does not have the bytes that the binary change is made for"),
        )
        .at_site(&(self.site)(seen.file.span), "this change")
        .help("name the base that the patch was made on with `--onto`")
    }

    fn remains(&self, seen: &Seen) -> Problem {
        let path = seen.old.cloned().unwrap_or_default();
        Problem::new(
            "patch-misfit",
            format!("`{path}` is deleted by the patch, and has lines that the patch does not have"),
        )
        .at_site(&(self.site)(seen.file.span), "this change deletes it")
        .help("name the base that the patch was made on with `--onto`")
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

/// Brings together what a patch does to one path in several parts, as where a file becomes a link.
fn merged(changes: Vec<FileChange>) -> Vec<FileChange> {
    let mut merged: Vec<FileChange> = Vec::new();
    for change in changes {
        let known = merged
            .iter_mut()
            .find(|known| known.path == change.path && change.origin.is_none());
        match known {
            Some(known) => known.after = change.after,
            None => merged.push(change),
        }
    }
    merged
}

/// The span of a line without its line feed, so that a picture shows one line.
fn without_end(line: Span) -> Span {
    Span::new(line.start, line.end.saturating_sub(1).max(line.start))
}

/// Returns the symbolic link that a path goes through.
fn link_above(tree: &Tree, path: &str) -> Result<Option<String>, Fault> {
    for (at, _) in path.match_indices('/') {
        let above = &path[..at];
        if tree
            .entry(above)?
            .is_some_and(|blob| blob.kind() == mode::LINK)
        {
            return Ok(Some(above.to_owned()));
        }
    }
    Ok(None)
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
        let source = Source::new("mail", text.as_bytes().to_vec());
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
}
