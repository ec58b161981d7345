//! The name of a mail's file. Does not know the folder it lies in.

use super::subject::BLANK;

/// Longest name with its suffix; git counts a byte for the end of the string (`log-tree.c`, `fmt_output_subject`).
const LONGEST: usize = 63;
const SUFFIX: &str = ".patch";

/// Returns the name of the cover letter.
pub fn cover(reroll: Option<u32>) -> String {
    named(reroll, 0, "cover-letter")
}

/// Returns the name of the patch `number`, counted from 1, made from the first line of its message.
pub fn patch(reroll: Option<u32>, number: usize, message: &str) -> String {
    let line = message
        .lines()
        .find(|line| !line.trim_end_matches(BLANK).is_empty())
        .unwrap_or_default();
    named(reroll, number, &sanitized(line))
}

fn named(reroll: Option<u32>, number: usize, title: &str) -> String {
    let version = reroll
        .map(|version| format!("v{version}-"))
        .unwrap_or_default();
    let mut name = format!("{version}{number:04}-{title}");
    name.truncate(LONGEST - SUFFIX.len());
    name.push_str(SUFFIX);
    name
}

/// Returns `title` in letters, digits, `.`, `_` and `-`, as `%f` does: others become one `-`, dots never follow each other.
fn sanitized(title: &str) -> String {
    let mut out = String::with_capacity(title.len());
    let mut gap = false;
    let mut previous = None;
    for byte in title.bytes() {
        let keeps = byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
        if keeps && !(byte == b'.' && previous == Some(b'.')) {
            if gap && !out.is_empty() {
                out.push('-');
            }
            out.push(char::from(byte));
        }
        gap = !keeps;
        previous = Some(byte);
    }
    out.truncate(out.trim_end_matches(['.', '-']).len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_name_should_not_have_becomes_one_dash() {
        assert_eq!(
            patch(None, 1, "[x] spec: Remove `a/b' -- during %post...\n"),
            "0001-x-spec-Remove-a-b-during-post.patch"
        );
        assert_eq!(patch(None, 2, "a..b été.c."), "0002-a.b-t-.c.patch");
    }

    #[test]
    fn a_name_is_cut_at_63_bytes() {
        let name = patch(Some(2), 1, &"long ".repeat(30));
        assert_eq!(name.len(), 63);
        assert!(name.starts_with("v2-0001-long-long"));
    }

    #[test]
    fn a_cover_letter_sorts_first() {
        assert_eq!(cover(None), "0000-cover-letter.patch");
        assert_eq!(cover(Some(3)), "v3-0000-cover-letter.patch");
    }
}
