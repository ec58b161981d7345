//! The diff of a patch, file by file, in the form that `git apply` takes. Does not know the message, and finds no renames: it is told of them.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Blob, FileChange, FileOrigin, OriginKind};
use crate::target::binary::Binaries;
pub use crate::target::compared::Content;
use crate::target::hunks::HunksError;
use crate::text::Problem;

/// The id that stands for no file.
const NOBODY: &str = "0000000000000000000000000000000000000000";

/// A change of a file, compared.
#[derive(Clone, Debug)]
pub struct FileDiff<'a> {
    /// The change.
    pub change: &'a FileChange,
    /// What differs inside.
    pub content: Arc<Content>,
}

impl<'a> FileDiff<'a> {
    /// Compares the file before and after.
    ///
    /// # Errors
    /// `mail-diff-failed` where libgit2 refuses.
    pub fn of(change: &'a FileChange) -> Result<Self, Problem> {
        let content = change.content();
        let content = content.map_err(|error| failed(&change.path, &error))?;
        Ok(FileDiff { change, content })
    }

    /// Appends what a patch has of the file.
    ///
    /// A file that turns into another kind of thing is deleted and created anew, as git has it.
    ///
    /// # Errors
    /// `mail-diff-failed` where libgit2 refuses.
    pub fn write(&self, out: &mut Vec<u8>, binaries: &Binaries) -> Result<(), Problem> {
        if !self.change.changes_kind() {
            return self.write_one(out, binaries);
        }
        let halves = [
            FileChange {
                after: None,
                ..self.change.clone()
            },
            FileChange {
                before: None,
                ..self.change.clone()
            },
        ];
        halves
            .iter()
            .try_for_each(|half| FileDiff::of(half)?.write_one(out, binaries))
    }

    fn write_one(&self, out: &mut Vec<u8>, binaries: &Binaries) -> Result<(), Problem> {
        let FileChange {
            path,
            before,
            after,
            origin,
            ..
        } = self.change;
        let old_path = origin.as_ref().map_or(path, |origin| &origin.path);
        let old_name = quoted(&format!("a/{old_path}")).into_owned();
        let new_name = quoted(&format!("b/{path}")).into_owned();
        out.extend_from_slice(format!("diff --git {old_name} {new_name}\n").as_bytes());
        out.extend_from_slice(modes(before.as_ref(), after.as_ref()).as_bytes());
        if let Some(origin) = origin {
            out.extend_from_slice(descent(origin, path).as_bytes());
        }
        if !matches!(*self.content, Content::Same) {
            out.extend_from_slice(index(before.as_ref(), after.as_ref()).as_bytes());
        }
        match &*self.content {
            Content::Text(printed) if !printed.bytes.is_empty() => {
                let label = |blob: &Option<Blob>, name: String| match blob {
                    Some(_) => name,
                    None => "/dev/null".to_string(),
                };
                out.extend_from_slice(labelled("---", &label(before, old_name)).as_bytes());
                out.extend_from_slice(labelled("+++", &label(after, new_name)).as_bytes());
                out.extend_from_slice(&printed.bytes);
            }
            Content::Binary { .. } => {
                let patch = binaries.patch(before.as_ref(), after.as_ref());
                let patch = patch.map_err(|error| failed(path, &error))?;
                out.extend_from_slice(&patch);
            }
            Content::Text(_) | Content::Same => {}
        }
        Ok(())
    }
}

/// Compares the files of a commit, in the order of git: by the bytes of their paths.
///
/// # Errors
/// `mail-diff-failed` where libgit2 refuses.
pub fn compare(changes: &[FileChange]) -> Result<Vec<FileDiff<'_>>, Problem> {
    let mut sorted: Vec<&FileChange> = changes.iter().filter(|change| change.is_change()).collect();
    sorted.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
    sorted.into_iter().map(FileDiff::of).collect()
}

/// Returns the diff of a commit as one text, for people; bytes that are no UTF-8 are shown as such.
///
/// # Errors
/// `mail-diff-failed` where libgit2 refuses.
pub fn text(changes: &[FileChange]) -> Result<String, Problem> {
    let mut out = Vec::new();
    for file in compare(changes)? {
        file.write(&mut out, &Binaries::default())?;
    }
    Ok(String::from_utf8_lossy(&out).into_owned())
}

fn failed(path: &str, error: &HunksError) -> Problem {
    let cause = std::error::Error::source(error)
        .map(|cause| format!(": {cause}"))
        .unwrap_or_default();
    Problem::new(
        "mail-diff-failed",
        format!("the two versions of `{path}` could not be compared{cause}"),
    )
    .help("leave the file out of the series")
}

fn modes(before: Option<&Blob>, after: Option<&Blob>) -> String {
    match (before, after) {
        (None, Some(after)) => format!("new file mode {:06o}\n", after.mode),
        (Some(before), None) => format!("deleted file mode {:06o}\n", before.mode),
        (Some(before), Some(after)) if before.mode != after.mode => {
            format!(
                "old mode {:06o}\nnew mode {:06o}\n",
                before.mode, after.mode
            )
        }
        _ => String::new(),
    }
}

/// Returns the lines that tell of which file another was made.
fn descent(origin: &FileOrigin, path: &str) -> String {
    let verb = match origin.kind {
        OriginKind::Rename => "rename",
        OriginKind::Copy => "copy",
    };
    let (from, to) = (quoted(&origin.path), quoted(path));
    let similarity = origin.similarity;
    format!("similarity index {similarity}%\n{verb} from {from}\n{verb} to {to}\n")
}

fn index(before: Option<&Blob>, after: Option<&Blob>) -> String {
    let id =
        |blob: Option<&Blob>| blob.map_or_else(|| NOBODY.to_string(), |blob| blob.id.to_string());
    let mode = match (before, after) {
        (Some(before), Some(after)) if before.mode == after.mode => format!(" {:06o}", after.mode),
        _ => String::new(),
    };
    format!("index {}..{}{mode}\n", id(before), id(after))
}

/// Returns a `---` or `+++` line. A name with a blank is closed by a tab, as GNU patch reads a date there.
fn labelled(mark: &str, name: &str) -> String {
    let tab = if name.contains(' ') { "\t" } else { "" };
    format!("{mark} {name}{tab}\n")
}

/// Returns a path as git prints it: in quotes and escaped where it has a quote, a backslash, a control character or anything
/// that is not ASCII (`core.quotePath`).
pub fn quoted(path: &str) -> Cow<'_, str> {
    let plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
    if path.bytes().all(plain) {
        return Cow::Borrowed(path);
    }
    let mut out = String::from('"');
    for byte in path.bytes() {
        match byte {
            7 => out.push_str("\\a"),
            8 => out.push_str("\\b"),
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            11 => out.push_str("\\v"),
            12 => out.push_str("\\f"),
            b'\r' => out.push_str("\\r"),
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            byte if plain(byte) => out.push(char::from(byte)),
            byte => out.push_str(&format!("\\{byte:03o}")),
        }
    }
    out.push('"');
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(mode: u32, text: &str) -> Option<Blob> {
        Some(Blob::new(mode, text.as_bytes()))
    }

    fn printed(path: &str, before: Option<Blob>, after: Option<Blob>) -> String {
        let change = FileChange {
            path: path.to_string(),
            before,
            after,
            ..FileChange::default()
        };
        let mut out = Vec::new();
        FileDiff::of(&change)
            .unwrap()
            .write(&mut out, &Binaries::default())
            .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_path_is_quoted_where_git_quotes_it() {
        assert_eq!(quoted("a b/c.d"), "a b/c.d");
        assert_eq!(quoted("é\"\t\u{1}"), r#""\303\251\"\t\001""#);
    }

    #[test]
    fn a_name_with_a_blank_is_closed_by_a_tab() {
        let text = printed("a b", blob(0o100_644, "x\n"), blob(0o100_644, "y\n"));
        assert!(
            text.contains("--- a/a b\t\n+++ b/a b\t\n@@ -1 +1 @@\n"),
            "{text}"
        );
        assert!(text.starts_with("diff --git a/a b b/a b\nindex 587be6b4c3f93f93c489c0111bba5596147a26cb..975fbec8256d3e8a3797e7a3611380f27c49f4ac 100644\n"));
    }

    #[test]
    fn an_empty_file_is_created_without_hunks() {
        assert_eq!(
            printed("e", None, blob(0o100_644, "")),
            format!(
                "diff --git a/e b/e\nnew file mode 100644\nindex {NOBODY}..e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\n"
            )
        );
    }

    #[test]
    fn a_changed_mode_alone_has_no_index_line() {
        assert_eq!(
            printed("e", blob(0o100_644, "x\n"), blob(0o100_755, "x\n")),
            "diff --git a/e b/e\nold mode 100644\nnew mode 100755\n"
        );
    }

    #[test]
    fn a_file_that_becomes_a_link_is_deleted_and_created() {
        let text = printed("e", blob(0o100_644, "x\n"), blob(0o120_000, "y"));
        assert!(
            text.contains("deleted file mode 100644\n") && text.contains("new file mode 120000\n"),
            "{text}"
        );
    }

    #[test]
    fn a_copied_file_is_told_with_what_it_was_made_of() {
        let change = FileChange {
            path: "b".to_string(),
            before: blob(0o100_644, "x\ny\n"),
            after: blob(0o100_644, "x\nz\n"),
            origin: Some(FileOrigin {
                path: "a \"".to_string(),
                kind: OriginKind::Copy,
                similarity: 50,
            }),
            ..FileChange::default()
        };
        let mut out = Vec::new();
        FileDiff::of(&change)
            .unwrap()
            .write(&mut out, &Binaries::default())
            .unwrap();
        let text = String::from_utf8(out).unwrap();
        let start = "diff --git \"a/a \\\"\" b/b\nsimilarity index 50%\ncopy from \"a \\\"\"\ncopy to b\nindex ";
        assert!(text.starts_with(start), "{text}");
        assert!(text.contains("--- \"a/a \\\"\"\t\n+++ b/b\n"), "{text}");
    }

    #[test]
    fn files_stand_in_the_order_of_their_bytes() {
        let change = |path: &str| FileChange {
            path: path.to_string(),
            before: None,
            after: blob(0o100_644, "x\n"),
            ..FileChange::default()
        };
        let changes = [change("a/b"), change("a.c"), change("B")];
        let paths: Vec<&str> = compare(&changes)
            .unwrap()
            .iter()
            .map(|diff| diff.change.path.as_str())
            .collect();
        assert_eq!(paths, ["B", "a.c", "a/b"]);
    }
}
