//! The hunks of a unified diff, as git prints them. Does not know paths, modes or attributes.

use git2::{DiffLineType, DiffOptions, Patch};

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

/// Returns the hunks that turn `old` into `new`, with three lines of context, as `git diff` without options cuts them.
///
/// # Errors
/// Where libgit2 refuses, as for a text of more than 1 GiB.
pub fn hunks(old: &[u8], new: &[u8]) -> Result<Vec<Hunk>, HunksError> {
    if old == new {
        return Ok(Vec::new());
    }
    // Libgit2 leaves the heuristic out unless asked; git has it on by default.
    let mut options = DiffOptions::new();
    options
        .context_lines(CONTEXT)
        .interhunk_lines(0)
        .indent_heuristic(true)
        .force_text(true);
    let patch = Patch::from_buffers(old, None, new, None, Some(&mut options))?;
    let headings = Headings::of(old);
    (0..patch.num_hunks())
        .map(|at| {
            let (hunk, lines) = patch.hunk(at)?;
            let old_start = hunk.old_start() as usize;
            let old_len = hunk.old_lines() as usize;
            Ok(Hunk {
                old_start,
                old_len,
                new_start: hunk.new_start() as usize,
                new_len: hunk.new_lines() as usize,
                heading: headings.before(if old_len == 0 {
                    old_start
                } else {
                    old_start - 1
                }),
                lines: (0..lines)
                    .filter_map(|line| {
                        patch
                            .line_in_hunk(at, line)
                            .map(|line| line_of(&line))
                            .transpose()
                    })
                    .collect::<Result<_, _>>()?,
            })
        })
        .collect()
}

/// Returns the `GIT binary patch` that turns `old` into `new`, forth and back, with its blank lines.
///
/// It is libgit2's: `git apply` takes it, but git might have compressed it otherwise.
///
/// # Errors
/// Where libgit2 refuses.
pub fn binary_patch(old: &[u8], new: &[u8]) -> Result<Vec<u8>, HunksError> {
    const START: &[u8] = b"GIT binary patch\n";
    let mut options = DiffOptions::new();
    options.show_binary(true).force_binary(true);
    let mut patch = Patch::from_buffers(old, None, new, None, Some(&mut options))?;
    let printed = patch.to_buf()?;
    let start = printed
        .windows(START.len())
        .position(|window| window == START);
    Ok(start.map(|at| printed[at..].to_vec()).unwrap_or_default())
}

fn line_of(line: &git2::DiffLine<'_>) -> Option<Line> {
    let origin = match line.origin_value() {
        DiffLineType::Context => Origin::Context,
        DiffLineType::Addition => Origin::Added,
        DiffLineType::Deletion => Origin::Removed,
        // The marks of a missing last line feed come as lines of their own: the line before shows it already.
        _ => return None,
    };
    let content = line.content();
    let text = content.strip_suffix(b"\n");
    Some(Line {
        origin,
        text: text.unwrap_or(content).to_vec(),
        terminated: text.is_some(),
    })
}

impl Hunk {
    /// Appends the hunk as a patch has it: the `@@` line, the lines, the marks of a missing last line feed.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.header().as_slice());
        for line in &self.lines {
            out.push(match line.origin {
                Origin::Context => b' ',
                Origin::Removed => b'-',
                Origin::Added => b'+',
            });
            out.extend_from_slice(&line.text);
            out.push(b'\n');
            if !line.terminated {
                out.extend_from_slice(b"\\ No newline at end of file\n");
            }
        }
    }

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

/// The lines of a text that head what follows them.
struct Headings<'a> {
    /// Number of the line, from 1, and the line.
    lines: Vec<(usize, &'a [u8])>,
}

impl<'a> Headings<'a> {
    /// Finds them by git's rule for a file without a driver: the line begins with a letter, `_` or `$` (`xemit.c`, `def_ff`).
    fn of(text: &'a [u8]) -> Self {
        let heads =
            |line: &[u8]| matches!(line.first(), Some(b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$'));
        let lines = text.split(|&byte| byte == b'\n').zip(1..);
        Headings {
            lines: lines
                .filter(|(line, _)| heads(line))
                .map(|(line, number)| (number, line))
                .collect(),
        }
    }

    /// Returns the last one at or before a line, cut as git cuts it.
    fn before(&self, number: usize) -> Vec<u8> {
        let found = self.lines.partition_point(|(at, _)| *at <= number);
        let Some((_, line)) = found.checked_sub(1).and_then(|at| self.lines.get(at)) else {
            return Vec::new();
        };
        let cut = &line[..line.len().min(HEADING_BYTES)];
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let end = cut
            .iter()
            .rposition(|byte| !blank(byte))
            .map_or(0, |at| at + 1);
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
        let mut out = Vec::new();
        for hunk in hunks(old.as_bytes(), new.as_bytes()).unwrap() {
            hunk.write(&mut out);
        }
        String::from_utf8(out).unwrap()
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
