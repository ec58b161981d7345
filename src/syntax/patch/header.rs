//! What opens the change of a file: git's extended header, or the two lines of any other tool. Does not know the hunks.

use super::name::{Name, both, name};
use super::{Body, FilePatch, Lines, MadeOf, Malformed, Raw, binary, hunks};
use crate::text::Span;

/// The line at which a range begins, and how many lines it has.
type Range = (usize, usize);

/// Reads the two ranges of an `@@` line.
pub(super) fn ranges(line: &[u8]) -> Option<(Range, Range)> {
    let text = std::str::from_utf8(line.get(..line.len().min(120))?)
        .map_or_else(|error| &line[..error.valid_up_to()], str::as_bytes);
    let text = std::str::from_utf8(text).ok()?.strip_prefix("@@ -")?;
    let (ranges, _) = text.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    Some((range(old)?, range(new)?))
}

fn range(text: &str) -> Option<Range> {
    let digits = |text: &str| {
        let all = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        all.then(|| text.parse::<u32>().ok()).flatten()
    };
    let (start, len) = match text.split_once(',') {
        Some((start, len)) => (digits(start)?, digits(len)?),
        None => (digits(text)?, 1),
    };
    Some((start as usize, len as usize))
}

/// Reads the change of a file behind `---` and `+++`.
pub(super) fn traditional(lines: &mut Lines) -> Result<FilePatch, Malformed> {
    let mut file = empty(lines);
    let (old, new) = (lines.next(), lines.next());
    for (line, mark, side) in [(old, "--- ", 0), (new, "+++ ", 1)] {
        let Some(line) = line else { continue };
        let found = named(line, mark, true)?;
        let path = match found {
            Name::Nothing => None,
            Name::Path(path) => Some(path),
        };
        if side == 0 {
            file.old = path;
        } else {
            file.new = path;
        }
    }
    file.body = Body::Text(hunks(lines)?);
    Ok(file)
}

fn empty(lines: &Lines) -> FilePatch {
    FilePatch {
        old: None,
        new: None,
        old_mode: None,
        new_mode: None,
        made_of: None,
        body: Body::Text(Vec::new()),
        span: lines.peek().map_or(lines.end(), |line| line.span),
    }
}

fn named(line: Raw, mark: &str, strip: bool) -> Result<Name, Malformed> {
    let text = line.trimmed();
    let text = text.strip_prefix(mark.as_bytes()).unwrap_or(text);
    name(text, strip).ok_or_else(|| {
        malformed(
            line.span,
            "a file's name can't be read: expected `a/PATH` or `b/PATH`, in UTF-8",
        )
    })
}

fn malformed(span: Span, message: &str) -> Malformed {
    Malformed {
        span,
        message: message.to_owned(),
    }
}

/// What the lines of an extended header say.
struct Extended {
    file: FilePatch,
    /// What `---` and `+++` say.
    labels: (Option<Name>, Option<Name>),
    creates: bool,
    deletes: bool,
    /// Paths of `rename from` and `rename to`, or of a copy.
    moved: (Option<String>, Option<String>),
    similarity: u8,
    is_copy: bool,
}

/// Reads the change of a file behind `diff --git`.
pub(super) fn git(lines: &mut Lines) -> Result<FilePatch, Malformed> {
    let mut extended = Extended {
        file: empty(lines),
        labels: (None, None),
        creates: false,
        deletes: false,
        moved: (None, None),
        similarity: 0,
        is_copy: false,
    };
    let opening = lines.next();
    let opening = opening.map_or(&b""[..], |line| {
        line.bytes.strip_prefix(b"diff --git ").unwrap_or_default()
    });
    let opening = opening.strip_suffix(b"\n").unwrap_or(opening);
    let common = both(opening.strip_suffix(b"\r").unwrap_or(opening));
    while let Some(line) = lines.peek() {
        let text = line.trimmed();
        if text.starts_with(b"@@ -") || text.starts_with(b"diff --git ") {
            break;
        }
        if text == b"GIT binary patch" {
            lines.next();
            extended.file.body = Body::Binary(binary::read(lines)?);
            break;
        }
        if text.starts_with(b"Binary files ") && text.ends_with(b" differ") {
            return Err(malformed(
                line.span,
                "a binary file changes, and the patch does not carry its bytes: it was made without `--binary`",
            ));
        }
        if !extended.take(line)? {
            break;
        }
        lines.next();
    }
    if matches!(extended.file.body, Body::Text(_)) {
        extended.file.body = Body::Text(hunks(lines)?);
    }
    extended.settled(common)
}

impl Extended {
    /// Takes a line; false where it is none of the header.
    fn take(&mut self, line: Raw) -> Result<bool, Malformed> {
        let text = line.trimmed();
        let after = |mark: &str| text.strip_prefix(mark.as_bytes());
        let path = |mark: &str| match named(line, mark, false)? {
            Name::Path(path) => Ok(Some(path)),
            Name::Nothing => Ok(None),
        };
        if after("--- ").is_some() {
            self.labels.0 = Some(named(line, "--- ", true)?);
        } else if after("+++ ").is_some() {
            self.labels.1 = Some(named(line, "+++ ", true)?);
        } else if let Some(mode) = after("old mode ") {
            self.file.old_mode = Some(mode_of(mode, line)?);
        } else if let Some(mode) = after("new mode ") {
            self.file.new_mode = Some(mode_of(mode, line)?);
        } else if let Some(mode) = after("deleted file mode ") {
            self.file.old_mode = Some(mode_of(mode, line)?);
            self.deletes = true;
        } else if let Some(mode) = after("new file mode ") {
            self.file.new_mode = Some(mode_of(mode, line)?);
            self.creates = true;
        } else if after("rename from ").is_some() {
            self.moved.0 = path("rename from ")?;
        } else if after("rename to ").is_some() {
            self.moved.1 = path("rename to ")?;
        } else if after("copy from ").is_some() {
            self.is_copy = true;
            self.moved.0 = path("copy from ")?;
        } else if after("copy to ").is_some() {
            self.moved.1 = path("copy to ")?;
        } else if let Some(percent) = after("similarity index ") {
            let digits = percent.strip_suffix(b"%").unwrap_or(percent);
            let percent = std::str::from_utf8(digits).ok();
            let percent = percent.and_then(|digits| digits.parse::<u8>().ok());
            self.similarity = percent.unwrap_or(0).min(100);
        } else if let Some(ids) = after("index ") {
            if let Some(at) = ids.iter().position(|&byte| byte == b' ') {
                self.file.old_mode = Some(mode_of(&ids[at + 1..], line)?);
            }
        } else {
            return Ok(after("dissimilarity index ").is_some());
        }
        Ok(true)
    }

    /// Brings the names together.
    fn settled(self, common: Option<String>) -> Result<FilePatch, Malformed> {
        let mut file = self.file;
        let unnamed = malformed(file.span, "the patch does not say which file it changes");
        if let (Some(from), Some(to)) = self.moved {
            file.made_of = Some(match self.is_copy {
                true => MadeOf::Copy(self.similarity),
                false => MadeOf::Rename(self.similarity),
            });
            (file.old, file.new) = (Some(from), Some(to));
            return Ok(file);
        }
        let path = |name: Option<Name>| match name {
            Some(Name::Path(path)) => Some(path),
            Some(Name::Nothing) | None => None,
        };
        let creates = self.creates || self.labels.0 == Some(Name::Nothing);
        let deletes = self.deletes || self.labels.1 == Some(Name::Nothing);
        let (old, new) = (path(self.labels.0), path(self.labels.1));
        let any = old.clone().or(new.clone()).or(common);
        let any = any.ok_or_else(|| unnamed.clone())?;
        if let (Some(old), Some(new)) = (&old, &new)
            && old != new
        {
            let message = format!("the patch names two files for one change: `{old}` and `{new}`");
            return Err(malformed(unnamed.span, &message));
        }
        file.old = (!creates).then(|| any.clone());
        file.new = (!deletes).then_some(any);
        if file.old.is_none() && file.new.is_none() {
            return Err(unnamed);
        }
        Ok(file)
    }
}

fn mode_of(text: &[u8], line: Raw) -> Result<u32, Malformed> {
    let digits = std::str::from_utf8(text).ok();
    let mode = digits.and_then(|text| u32::from_str_radix(text.trim(), 8).ok());
    // What git keeps: a file, a link, a submodule.
    mode.filter(|mode| matches!(mode & 0o170_000, 0o100_000 | 0o120_000 | 0o160_000))
        .ok_or_else(|| malformed(line.span, "a file's mode can't be read"))
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    #[test]
    fn a_rename_is_read_with_its_likeness() {
        let text = b"diff --git a/x y b/z\nsimilarity index 86%\nrename from x y\nrename to z\n";
        let files = parse(text).unwrap();
        assert_eq!(files[0].old.as_deref(), Some("x y"));
        assert_eq!(files[0].new.as_deref(), Some("z"));
        assert_eq!(files[0].made_of, Some(MadeOf::Rename(86)));
    }

    #[test]
    fn modes_creation_and_deletion_are_read() {
        let text = b"diff --git a/e b/e\nnew file mode 100755\nindex 0000000..e69de29\ndiff --git a/d b/d\ndeleted file mode 120000\nindex 1..0\n--- a/d\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\\ No newline at end of file\n";
        let files = parse(text).unwrap();
        assert_eq!(
            (files[0].old.as_deref(), files[0].new_mode),
            (None, Some(0o100_755))
        );
        assert_eq!(
            (files[1].new.as_deref(), files[1].old_mode),
            (None, Some(0o120_000))
        );
    }

    #[test]
    fn what_names_no_file_or_two_is_refused() {
        assert!(parse(b"diff --git a/x b/y\nold mode 100644\nnew mode 100755\n").is_err());
        assert!(parse(b"diff --git a/x b/x\n--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n").is_err());
        assert!(parse(b"diff --git a/x b/x\nnew file mode 040000\n").is_err());
    }

    #[test]
    fn counts_that_are_left_out_are_one() {
        assert_eq!(ranges(b"@@ -1 +2,0 @@ f"), Some(((1, 1), (2, 0))));
        assert_eq!(ranges(b"@@ -1,x +2 @@"), None);
        assert_eq!(ranges(b"@@ -99999999999 +2 @@"), None);
    }
}
