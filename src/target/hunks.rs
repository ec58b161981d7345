//! The hunks of a unified diff, as git prints them. Does not know paths, modes or attributes.

use git2::{Blob, DiffLineType, DiffOptions, Patch};

/// Libgit2 could not compare two texts, or name one.
#[derive(Debug, thiserror::Error)]
#[error("libgit2 could not compare two texts")]
pub struct HunksError(#[from] git2::Error);

/// Changed lines that stand near each other, with the lines around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// First line in the old text, from 1; the line before where `old_len` is 0.
    pub old_start: usize,
    /// Lines of the old text.
    pub old_len: usize,
    /// First line in the new text, from 1; the line before where `new_len` is 0.
    pub new_start: usize,
    /// Lines of the new text.
    pub new_len: usize,
    /// The line that says which function this is, empty where none does.
    pub heading: Vec<u8>,
    /// The lines, in order.
    pub lines: Vec<Line>,
}

/// A line of a hunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Which text has it.
    pub origin: Origin,
    /// The line, without its line feed.
    pub text: Vec<u8>,
    /// Whether a line feed ends it; only the last line of a text can lack one.
    pub terminated: bool,
}

/// Which text has a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Both.
    Context,
    /// The old one only.
    Removed,
    /// The new one only.
    Added,
}

/// Lines shown around a change.
const CONTEXT: u32 = 3;
/// Longest heading; git keeps the line in a buffer of that size (`xemit.c`).
const HEADING_BYTES: usize = 80;
/// How far git looks for a NUL to call a file binary (`xdiff-interface.c`).
const SNIFFED_BYTES: usize = 8000;

/// Returns whether git takes a file of this content for binary: a NUL among its first 8000 bytes.
pub fn is_binary(bytes: &[u8]) -> bool {
    bytes[..bytes.len().min(SNIFFED_BYTES)].contains(&0)
}

/// Returns the line of a text that heads what stands below it, the last one above `line` (from 1) that does, as git cuts it; empty
/// where there is none.
pub fn heading(text: &[u8], line: usize) -> Vec<u8> {
    Headings::of(text).before(line.saturating_sub(1))
}

/// Hunks as a patch has them, and how many lines they change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// From the first `@@` line to the end.
    pub bytes: Vec<u8>,
    /// Lines added.
    pub added: usize,
    /// Lines removed.
    pub removed: usize,
}

/// Returns the hunks that turn `old` into `new`, with three lines of context, as `git diff` without options cuts them.
///
/// # Errors
/// Where libgit2 refuses, as for a text of more than 1 GiB.
pub fn hunks(old: &[u8], new: &[u8]) -> Result<Vec<Hunk>, HunksError> {
    let mut hunks: Vec<Hunk> = Vec::new();
    visit(old, new, |piece| match piece {
        Piece::Hunk(hunk) => hunks.push(hunk),
        Piece::Line(origin, content) => {
            let text = content.strip_suffix(b"\n");
            if let Some(hunk) = hunks.last_mut() {
                hunk.lines.push(Line {
                    origin,
                    text: text.unwrap_or(content).to_vec(),
                    terminated: text.is_some(),
                });
            }
        }
    })?;
    Ok(hunks)
}

/// Returns what [`hunks`] does, printed, at the cost of its bytes alone.
///
/// # Errors
/// As [`hunks`].
pub fn printed(old: &[u8], new: &[u8]) -> Result<Printed, HunksError> {
    let mut printed = Printed::default();
    visit(old, new, |piece| printed.push(piece))?;
    Ok(printed)
}

/// Returns what [`printed`] does of contents of a repository: their ids are known, where those of texts are made first.
///
/// # Errors
/// As [`hunks`].
pub(super) fn printed_of(old: &Blob<'_>, new: &Blob<'_>) -> Result<Printed, HunksError> {
    let mut printed = Printed::default();
    let (before, after) = (old.content(), new.content());
    visit_with(
        (before, after),
        |options| Patch::from_blobs(old, None, new, None, Some(options)),
        |piece| printed.push(piece),
    )?;
    Ok(printed)
}

impl Printed {
    fn push(&mut self, piece: Piece<'_>) {
        match piece {
            Piece::Hunk(hunk) => self.bytes.extend_from_slice(&hunk.header()),
            Piece::Line(origin, content) => {
                self.added += usize::from(origin == Origin::Added);
                self.removed += usize::from(origin == Origin::Removed);
                self.bytes.push(origin.mark());
                self.bytes.extend_from_slice(content);
                if content.last() != Some(&b'\n') {
                    self.bytes.extend_from_slice(UNTERMINATED);
                }
            }
        }
    }

    /// Returns its lines in order, and what stands above each hunk.
    pub fn lines(&self) -> impl Iterator<Item = PrintedLine<'_>> {
        // A line of a text begins with a mark, be it empty.
        let lines = self.bytes.split_inclusive(|&byte| byte == b'\n');
        lines.filter_map(|line| {
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            let (mark, text) = text.split_first()?;
            let origin = match mark {
                b'@' => return head(text),
                b' ' => Origin::Context,
                b'-' => Origin::Removed,
                b'+' => Origin::Added,
                _ => return None,
            };
            Some(PrintedLine::Text { origin, text })
        })
    }
}

/// A line of printed hunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrintedLine<'p> {
    /// What stands above a hunk.
    Head {
        /// First line in the new text, from 1; the line before where none of it is shown.
        new_start: usize,
        /// The line that says which function this is, empty where none does.
        heading: &'p [u8],
    },
    /// A line of a text, without its line feed.
    Text {
        /// Which text has it.
        origin: Origin,
        /// The line.
        text: &'p [u8],
    },
}

/// Reads `@ -1,2 +3,4 @@ heading`, the first `@` taken off.
fn head(text: &[u8]) -> Option<PrintedLine<'_>> {
    let from = memchr::memchr(b'+', text)? + 1;
    let rest = &text[from..];
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let new_start = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    let end = memchr::memchr(b'@', rest)? + 2;
    let heading = rest.get(end..)?;
    let heading = heading.strip_prefix(b" ").unwrap_or(heading);
    Some(PrintedLine::Head { new_start, heading })
}

/// What stands below a line that no line feed ends, with the line feed of that line.
const UNTERMINATED: &[u8] = b"\n\\ No newline at end of file\n";

/// A part of the difference of two texts, as it comes by.
enum Piece<'t> {
    /// A hunk, its lines still to come.
    Hunk(Hunk),
    /// A line of it, with its line feed.
    Line(Origin, &'t [u8]),
}

fn visit(old: &[u8], new: &[u8], see: impl FnMut(Piece<'_>)) -> Result<(), HunksError> {
    visit_with(
        (old, new),
        |options| Patch::from_buffers(old, None, new, None, Some(options)),
        see,
    )
}

/// Shows the hunks between two texts: `compare` has libgit2 compare the two.
fn visit_with<'t>(
    (old, new): (&'t [u8], &'t [u8]),
    compare: impl FnOnce(&mut DiffOptions) -> Result<Patch<'t>, git2::Error>,
    mut see: impl FnMut(Piece<'_>),
) -> Result<(), HunksError> {
    if old == new {
        return Ok(());
    }
    if old.is_empty() || new.is_empty() {
        one_sided(old, new, see);
        return Ok(());
    }
    // Libgit2 leaves the heuristic out unless asked; git has it on by default.
    let mut options = DiffOptions::new();
    options
        .context_lines(CONTEXT)
        .interhunk_lines(0)
        .indent_heuristic(true)
        .force_text(true);
    let patch = compare(&mut options)?;
    let mut headings = Headings::of(old);
    for at in 0..patch.num_hunks() {
        let (hunk, lines) = patch.hunk(at)?;
        let old_start = hunk.old_start() as usize;
        let old_len = hunk.old_lines() as usize;
        see(Piece::Hunk(Hunk {
            old_start,
            old_len,
            new_start: hunk.new_start() as usize,
            new_len: hunk.new_lines() as usize,
            heading: headings.before(old_start - usize::from(old_len > 0)),
            lines: Vec::new(),
        }));
        for line in 0..lines {
            let line = patch.line_in_hunk(at, line)?;
            if let Some(origin) = origin_of(&line) {
                see(Piece::Line(origin, line.content()));
            }
        }
    }
    Ok(())
}

/// Shows the one hunk of a text that comes from nothing, or goes.
fn one_sided(old: &[u8], new: &[u8], mut see: impl FnMut(Piece<'_>)) {
    let (origin, text) = match new.is_empty() {
        true => (Origin::Removed, old),
        false => (Origin::Added, new),
    };
    let lines = text.split_inclusive(|&byte| byte == b'\n');
    let count = lines.clone().count();
    let of = |is_there: bool| if is_there { (1, count) } else { (0, 0) };
    let (old, new) = (of(new.is_empty()), of(old.is_empty()));
    see(Piece::Hunk(Hunk {
        old_start: old.0,
        old_len: old.1,
        new_start: new.0,
        new_len: new.1,
        heading: Vec::new(),
        lines: Vec::new(),
    }));
    lines.for_each(|line| see(Piece::Line(origin, line)));
}

/// The marks of a missing last line feed come as lines of their own: the line before shows it already.
fn origin_of(line: &git2::DiffLine<'_>) -> Option<Origin> {
    match line.origin_value() {
        DiffLineType::Context => Some(Origin::Context),
        DiffLineType::Addition => Some(Origin::Added),
        DiffLineType::Deletion => Some(Origin::Removed),
        _ => None,
    }
}

impl Origin {
    /// Returns what stands before a line of a hunk.
    fn mark(self) -> u8 {
        match self {
            Origin::Context => b' ',
            Origin::Removed => b'-',
            Origin::Added => b'+',
        }
    }
}

impl Hunk {
    fn header(&self) -> Vec<u8> {
        let range = |start: usize, len: usize| match len {
            1 => format!("{start}"),
            _ => format!("{start},{len}"),
        };
        let old = range(self.old_start, self.old_len);
        let new = range(self.new_start, self.new_len);
        let mut header = format!("@@ -{old} +{new} @@").into_bytes();
        if !self.heading.is_empty() {
            header.push(b' ');
            header.extend_from_slice(&self.heading);
        }
        header.push(b'\n');
        header
    }
}

/// The lines of a text that head what follows them, read no further than they are asked for.
struct Headings<'a> {
    rest: &'a [u8],
    /// Lines read, and the last of them that heads what follows.
    read: usize,
    last: &'a [u8],
}

impl<'a> Headings<'a> {
    fn of(text: &'a [u8]) -> Self {
        Headings {
            rest: text,
            read: 0,
            last: b"",
        }
    }

    /// Returns the last one at or before a line, counted from 1, cut as git cuts it; lines are asked for in their order.
    ///
    /// By git's rule for a file without a driver such a line begins with a letter, `_` or `$` (`xemit.c`, `def_ff`).
    fn before(&mut self, number: usize) -> Vec<u8> {
        while self.read < number && !self.rest.is_empty() {
            let end = memchr::memchr(b'\n', self.rest);
            let line = &self.rest[..end.unwrap_or(self.rest.len())];
            self.rest = &self.rest[end.map_or(self.rest.len(), |at| at + 1)..];
            self.read += 1;
            if matches!(line.first(), Some(b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$')) {
                self.last = line;
            }
        }
        let cut = &self.last[..self.last.len().min(HEADING_BYTES)];
        // To git, form feeds are no blanks.
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let end = cut.iter().rposition(|byte| !blank(byte));
        let end = end.map_or(0, |at| at + 1);
        cut[..whole_characters(&cut[..end])].to_vec()
    }
}

/// Returns how many bytes git prints of a heading: up to the first that is no whole character to it (`diff.c`, `sane_truncate_line`).
fn whole_characters(bytes: &[u8]) -> usize {
    let Some(chunk) = bytes.utf8_chunks().next() else {
        return 0;
    };
    // To git, U+FFFE and U+FFFF are no characters either.
    let valid = chunk.valid();
    valid.find(['\u{fffe}', '\u{ffff}']).unwrap_or(valid.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(old: &str, new: &str) -> String {
        let printed = super::printed(old.as_bytes(), new.as_bytes()).unwrap();
        String::from_utf8(printed.bytes).unwrap()
    }

    #[test]
    fn equal_texts_have_no_hunks() {
        assert_eq!(printed("a\n", "a\n"), "");
    }

    #[test]
    fn a_hunk_is_headed_by_the_last_line_before_it_that_begins_with_a_letter() {
        let old = "int f(void)\n{\n    1;\n    2;\n    3;\n    4;\n    5;\n}\n";
        let new = old.replace("    5;", "    6;");
        assert_eq!(
            printed(old, &new),
            "@@ -4,5 +4,5 @@ int f(void)\n     2;\n     3;\n     4;\n-    5;\n+    6;\n }\n"
        );
    }

    #[test]
    fn the_first_line_of_a_hunk_does_not_head_it() {
        assert_eq!(
            printed("int x;\n", "int y;\n"),
            "@@ -1 +1 @@\n-int x;\n+int y;\n"
        );
    }

    #[test]
    fn a_missing_last_line_feed_is_marked_on_the_side_that_lacks_it() {
        assert_eq!(
            printed("a\n", "b"),
            "@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n"
        );
        assert_eq!(
            printed("a\nb", "a2\nb"),
            "@@ -1,2 +1,2 @@\n-a\n+a2\n b\n\\ No newline at end of file\n"
        );
    }

    #[test]
    fn a_created_text_starts_at_line_0_of_nothing() {
        assert_eq!(printed("", "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
    }

    #[test]
    fn a_heading_is_cut_at_80_bytes_and_never_inside_a_character() {
        let head = format!("f{}é tail", "x".repeat(78));
        let old = format!("{head}\n 1\n 2\n 3\n 4\n");
        let new = old.replace(" 4", " 5");
        assert!(printed(&old, &new).starts_with(&format!("@@ -2,4 +2,4 @@ f{}\n", "x".repeat(78))));
    }

    #[test]
    fn a_nul_near_the_start_makes_a_file_binary() {
        assert!(is_binary(b"a\0b"));
        let mut late = vec![b'a'; SNIFFED_BYTES];
        late.push(0);
        assert!(!is_binary(&late));
    }
}
