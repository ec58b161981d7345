//! The structure of a patch: files, hunks, binary changes, as `git apply` reads them. Does not know the tree that it is for.

mod binary;
mod header;
mod name;

pub use binary::{Binary, Delta};

use crate::text::Span;

/// What a patch does to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePatch {
    /// The path before, without its first part (`a/`); none where the file is created.
    pub old: Option<String>,
    /// The path after; none where the file is deleted.
    pub new: Option<String>,
    /// The mode before, where the patch tells.
    pub old_mode: Option<u32>,
    /// The mode after, where the patch tells.
    pub new_mode: Option<u32>,
    /// Whether the file is made of another one.
    pub made_of: Option<MadeOf>,
    /// Whether it is told if the file is there before and after. Other tools than git leave that open: a change of one hunk without
    /// lines before may create the file.
    pub is_settled: bool,
    /// What its line `index` says of the contents before and after, ids that may be cut; empty where it says nothing.
    pub ids: (String, String),
    /// What changes inside.
    pub body: Body,
    /// The line that opens it.
    pub span: Span,
}

/// How a file is made of another, and how much of it is kept, in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MadeOf {
    /// The other is gone.
    Rename(u8),
    /// The other stays.
    Copy(u8),
}

/// What changes inside a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Lines; none where only mode or name change.
    Text(Vec<Hunk>),
    /// Bytes.
    Binary(Binary),
}

/// Lines that change together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// First line before, from 1; 0 where there is none.
    pub old_start: usize,
    /// First line after, from 1; 0 where there is none.
    pub new_start: usize,
    /// Its lines.
    pub lines: Vec<Line>,
    /// Its `@@` line.
    pub span: Span,
}

/// A line of a hunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it stands.
    pub side: Side,
    /// What it says, with its line feed where it has one.
    pub bytes: Vec<u8>,
    /// Where in the patch it is.
    pub span: Span,
}

/// In which version a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// In both.
    Both,
    /// Before.
    Old,
    /// After.
    New,
}

/// Why a patch can't be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The place in the patch.
    pub span: Span,
    /// What is wrong, a lowercase fragment.
    pub message: String,
}

impl FilePatch {
    /// Returns the path to call it by.
    pub fn path(&self) -> &str {
        let path = self.new.as_deref().or(self.old.as_deref());
        path.unwrap_or_default()
    }
}

impl FilePatch {
    /// Returns whether the file may be missing on one side, the old or the new: nothing says that it is there, and no line of it is.
    pub fn may_be_missing(&self, side: Side) -> bool {
        let is_empty = match &self.body {
            Body::Text(hunks) => {
                matches!(hunks.as_slice(), [hunk] if hunk.version(side).next().is_none())
            }
            Body::Binary(_) => false,
        };
        !self.is_settled && is_empty
    }
}

impl Hunk {
    /// Returns the lines of one version.
    pub fn version(&self, side: Side) -> impl Iterator<Item = &Line> {
        self.lines
            .iter()
            .filter(move |line| line.side == Side::Both || line.side == side)
    }
}

/// Reads the files of a patch; what stands between them is passed over, as `git apply` does.
///
/// # Errors
/// Where a header or a hunk breaks off, a count is wrong, or a binary change can't be decoded.
pub fn parse(bytes: &[u8]) -> Result<Vec<FilePatch>, Malformed> {
    let mut lines = Lines {
        bytes,
        at: 0,
        parts: None,
    };
    let mut files = Vec::new();
    while let Some(line) = lines.peek() {
        if line.bytes.starts_with(b"diff --git ") {
            files.push(header::git(&mut lines)?);
        } else if lines.opens_traditional() {
            files.push(header::traditional(&mut lines)?);
        } else if line.bytes.starts_with(b"@@ -") {
            return Err(Malformed {
                span: line.span,
                message: "a hunk without a file above it".to_owned(),
            });
        } else {
            lines.next();
        }
    }
    Ok(files)
}

/// A line of the patch, with its line feed.
#[derive(Clone, Copy)]
struct Raw<'a> {
    bytes: &'a [u8],
    span: Span,
}

impl Raw<'_> {
    /// The line without its end.
    fn trimmed(&self) -> &[u8] {
        let line = self.bytes.strip_suffix(b"\n").unwrap_or(self.bytes);
        line.strip_suffix(b"\r").unwrap_or(line)
    }
}

/// The lines of the patch that are still to be read.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    /// How many parts are taken off every name from here on, once a name has told.
    parts: Option<usize>,
}

impl<'a> Lines<'a> {
    fn peek(&self) -> Option<Raw<'a>> {
        let rest = self.bytes.get(self.at..)?;
        let bytes = rest.split_inclusive(|&byte| byte == b'\n').next()?;
        Some(Raw {
            bytes,
            span: Span::new(self.at, self.at + bytes.len()),
        })
    }

    fn next(&mut self) -> Option<Raw<'a>> {
        let line = self.peek()?;
        self.at = line.span.end;
        Some(line)
    }

    /// How many parts are taken off a name.
    fn strip(&self) -> usize {
        self.parts.unwrap_or(1)
    }

    /// A name behind `+++` without a folder tells that nothing is to be taken off, here and in what follows (`git apply` without `-p`).
    fn settle_parts(&mut self, new: &[u8]) {
        if self.parts.is_none() && !name::is_nothing(new) && !name::has_folders(new) {
            self.parts = Some(0);
        }
    }

    /// Where the patch ends.
    fn end(&self) -> Span {
        Span::new(self.bytes.len(), self.bytes.len())
    }

    /// Whether `---`, `+++` and `@@` follow: a change that git did not write.
    fn opens_traditional(&self) -> bool {
        let mut ahead = Lines {
            bytes: self.bytes,
            at: self.at,
            parts: self.parts,
        };
        let mut begins = |with: &[u8]| {
            ahead
                .next()
                .is_some_and(|line| line.bytes.starts_with(with))
        };
        begins(b"--- ") && begins(b"+++ ") && begins(b"@@ -")
    }
}

/// Reads the hunks that follow.
fn hunks(lines: &mut Lines) -> Result<Vec<Hunk>, Malformed> {
    let mut hunks = Vec::new();
    while let Some(line) = lines.peek().filter(|line| line.bytes.starts_with(b"@@ -")) {
        lines.next();
        hunks.push(hunk(line, lines)?);
    }
    Ok(hunks)
}

fn hunk(opening: Raw, lines: &mut Lines) -> Result<Hunk, Malformed> {
    let malformed = |span: Span, message: &str| Malformed {
        span,
        message: message.to_owned(),
    };
    let (old, new) = header::ranges(opening.trimmed()).ok_or_else(|| {
        malformed(
            opening.span,
            "a hunk must open with `@@ -LINE,COUNT +LINE,COUNT @@`",
        )
    })?;
    let mut hunk = Hunk {
        old_start: old.0,
        new_start: new.0,
        lines: Vec::new(),
        span: opening.span,
    };
    let (mut old_left, mut new_left) = (old.1, new.1);
    while old_left > 0 || new_left > 0 {
        let line = lines
            .next()
            .ok_or_else(|| malformed(lines.end(), "the patch breaks off inside a hunk"))?;
        let Some(side) = side_of(line)? else {
            unterminate(&mut hunk);
            continue;
        };
        let counts = (side != Side::New, side != Side::Old);
        if counts.0 && old_left == 0 || counts.1 && new_left == 0 {
            return Err(malformed(
                line.span,
                "the hunk has more lines than it counts",
            ));
        }
        old_left -= usize::from(counts.0);
        new_left -= usize::from(counts.1);
        let bytes = match line.bytes.first() {
            Some(b' ' | b'+' | b'-') => &line.bytes[1..],
            _ => line.bytes,
        };
        hunk.lines.push(Line {
            side,
            bytes: bytes.to_vec(),
            span: line.span,
        });
    }
    let is_mark = |line: &Raw| {
        line.bytes.starts_with(UNTERMINATED) && lines.bytes.len() - line.span.start > SHORTEST
    };
    if lines.peek().as_ref().is_some_and(is_mark) {
        lines.next();
        unterminate(&mut hunk);
    }
    Ok(hunk)
}

/// What marks that the line above has no line feed; words in any language follow, and with them it is no shorter than so many bytes
/// (tried with git 2.47, which behind the last line of a hunk counts all that is left of the patch).
const UNTERMINATED: &[u8] = b"\\ ";
const SHORTEST: usize = 12;

/// Returns on which side a line stands, none for the mark of a missing line feed.
fn side_of(line: Raw) -> Result<Option<Side>, Malformed> {
    match line.bytes.first() {
        // Mailers drop the blank of an empty context line.
        Some(b' ' | b'\n') => Ok(Some(Side::Both)),
        Some(b'\r') if line.bytes == b"\r\n" => Ok(Some(Side::Both)),
        Some(b'-') => Ok(Some(Side::Old)),
        Some(b'+') => Ok(Some(Side::New)),
        Some(b'\\') if line.bytes.starts_with(UNTERMINATED) && line.bytes.len() >= SHORTEST => Ok(None),
        // A no-break space, in UTF-8 or in Latin-1: what a mailer makes of blanks that it shows as HTML.
        _ if line.bytes.starts_with(b"\xc2\xa0") || line.bytes.starts_with(b"\xa0") => Err(Malformed {
            span: line.span,
            message: "a line of a hunk begins with a no-break space (U+00A0) where a blank must be".to_owned(),
        }),
        _ => Err(Malformed {
            span: line.span,
            message: "a line of a hunk must begin with a blank, `+` or `-`: the hunk's counts and its lines differ"
                .to_owned(),
        }),
    }
}

/// Takes the line feed off the last line: `\ No newline at end of file` follows it, in whatever language.
fn unterminate(hunk: &mut Hunk) {
    if let Some(line) = hunk.lines.last_mut()
        && line.bytes.last() == Some(&b'\n')
    {
        line.bytes.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_the_files_is_passed_over() {
        let text = b"words\n a | 2 +-\n\ndiff --git a/a b/a\nindex 1..2 100644\n--- a/a\n+++ b/a\n@@ -1 +1 @@ f\n-x\n+y\n-- \n2.47\n";
        let files = parse(text).unwrap();
        assert_eq!(files.len(), 1);
        let Body::Text(hunks) = &files[0].body else {
            panic!()
        };
        assert_eq!(hunks[0].lines.len(), 2);
        assert_eq!(files[0].old_mode, Some(0o100_644));
    }

    #[test]
    fn a_hunk_that_breaks_off_is_told_where() {
        let text = b"diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,2 +1 @@\n-x\n";
        let error = parse(text).unwrap_err();
        assert_eq!(error.span.start, text.len());
        let text = b"--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n x\nwrapped\n";
        assert!(parse(text).unwrap_err().message.contains("must begin"));
    }

    #[test]
    fn a_change_that_git_did_not_write_is_read() {
        let text = b"--- a/dir/a\t2015-05-20\n+++ b/dir/a\t2015-05-20\n@@ -1 +1 @@\n-x\n+y\n\\ No newline at end of file\n";
        let files = parse(text).unwrap();
        assert_eq!(files[0].path(), "dir/a");
        let Body::Text(hunks) = &files[0].body else {
            panic!()
        };
        assert_eq!(hunks[0].lines[1].bytes, b"y");
    }

    #[test]
    fn an_empty_line_of_context_may_have_lost_its_blank() {
        let text = b"--- a/a\n+++ b/a\n@@ -1,3 +1,3 @@\n x\n\n-y\n+z\n";
        assert_eq!(parse(text).unwrap().len(), 1);
    }

    #[test]
    fn the_mark_of_a_missing_line_feed_has_words() {
        let ends = |mark: &str| {
            let text = format!("--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n{mark}+y\n");
            parse(text.as_bytes()).map(|files| match &files[0].body {
                Body::Text(hunks) => hunks[0].lines[0].bytes.ends_with(b"\n"),
                Body::Binary(_) => panic!(),
            })
        };
        assert_eq!(ends(""), Ok(true));
        assert_eq!(ends("\\ Kein Zeilenende\n"), Ok(false));
        assert!(ends("\\ No\n").is_err());
        assert!(ends("\\No newline at end\n").is_err());
    }
}
