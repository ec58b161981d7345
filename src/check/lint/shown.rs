//! What a diff shows of a change, and what clients make of that. Does not know the message.

use super::{Finding, LONGEST, error, invisible, note, too_long, unseen_character};
use crate::target::commit::{Blob, FileChange, mode};
use crate::target::hunks::{self, Hunk, Origin};

/// Looks at what a mail would show of a file. A file that turns into another kind of thing is removed and created.
pub(super) fn file(change: &FileChange) -> Vec<Finding> {
    let (before, after) = (change.before.as_ref(), change.after.as_ref());
    let mut findings = if change.changes_kind() {
        let mut findings = version(before, None);
        findings.extend(version(None, after));
        findings
    } else {
        version(before, after)
    };
    for finding in &mut findings {
        finding.path = Some(change.path.clone());
    }
    findings
}

fn version(before: Option<&Blob>, after: Option<&Blob>) -> Vec<Finding> {
    let kind = before.or(after).map_or(mode::SUBMODULE, Blob::kind);
    if kind == mode::SUBMODULE {
        return Vec::new();
    }
    let text = |blob: Option<&Blob>| blob.map(Blob::text).unwrap_or_default();
    let (old, new) = (text(before), text(after));
    if hunks::is_binary(&old) || hunks::is_binary(&new) {
        return Vec::new();
    }
    // A text too large to compare can't be mailed, and whoever writes the mail says so.
    let hunks = hunks::hunks(&old, &new).unwrap_or_default();
    let shown = Shown::of(&hunks);
    let mut findings = shown.errors();
    findings.extend(heading(&hunks));
    if kind != mode::REGULAR {
        return findings;
    }
    findings.extend(shown.notes());
    let ends = |text: &[u8]| text.last().is_none_or(|&last| last == b'\n');
    if ends(&old) && !ends(&new) {
        let line = shown
            .lines
            .iter()
            .rev()
            .find(|line| line.is_added)
            .map(|line| line.number);
        findings.push(note(
            "missing-newline",
            line,
            "the last line has no line feed",
        ));
    }
    findings
}

/// The lines that a diff shows.
struct Shown<'a> {
    lines: Vec<ShownLine<'a>>,
}

struct ShownLine<'a> {
    /// In the file after the change; of a removed line, where it stood.
    number: usize,
    is_added: bool,
    text: &'a [u8],
}

impl<'a> Shown<'a> {
    fn of(hunks: &'a [Hunk]) -> Self {
        let mut lines = Vec::new();
        for hunk in hunks {
            let mut number = hunk.new_start;
            for line in &hunk.lines {
                lines.push(ShownLine {
                    number,
                    is_added: line.origin == Origin::Added,
                    text: &line.text,
                });
                number += usize::from(line.origin != Origin::Removed);
            }
        }
        Shown { lines }
    }

    /// What a client mangles or refuses.
    fn errors(&self) -> Vec<Finding> {
        let crlf = self.first(|line| line.text.ends_with(b"\r"));
        let long = self.first(|line| line.text.len() + 1 > LONGEST);
        let cut = self.first(|line| has_inner_return(line.text));
        let other = self.first(|line| std::str::from_utf8(line.text).is_err());
        let unseen = self.first(|line| refused(line.text).is_some());
        let found = [
            crlf.map(|(line, more)| {
                (
                    "crlf-content",
                    line,
                    format!("the line ends in CR LF{more}"),
                )
            }),
            cut.map(|(line, more)| {
                let message = format!("the line holds a carriage return inside{more}");
                ("content-carriage-return", line, message)
            }),
            other.map(|(line, more)| {
                let message = format!("the bytes of the line are no UTF-8{more}");
                ("content-not-utf8", line, message)
            }),
            unseen.map(|(line, more)| {
                let told = refused(line.text).unwrap_or_default();
                ("content-format-character", line, format!("{told}{more}"))
            }),
            long.map(|(line, more)| {
                let message = format!("{}{more}", too_long(line.text.len() + 1));
                ("line-too-long", line, message)
            }),
        ];
        let found = found.into_iter().flatten();
        found
            .map(|(code, line, message)| error(code, Some(line.number), message))
            .collect()
    }

    /// What people would rather have otherwise.
    fn notes(&self) -> Vec<Finding> {
        let trailing = self.first(|line| line.is_added && ends_in_blanks(line.text));
        let mixed = self.first(|line| line.is_added && indented_by_both(line.text));
        let trailing = trailing.map(|(line, more)| {
            let message = format!("the added line ends in blanks{more}");
            note("trailing-whitespace", Some(line.number), message)
        });
        let mixed = mixed.map(|(line, more)| {
            let message = format!("the added line has a blank before a tab{more}");
            note("space-before-tab", Some(line.number), message)
        });
        trailing.into_iter().chain(mixed).collect()
    }

    /// Returns the first line of a kind, and words for how many there are besides: a file full of them is one finding.
    fn first(&self, is: impl Fn(&ShownLine<'_>) -> bool) -> Option<(&ShownLine<'a>, String)> {
        let mut lines = self.lines.iter().filter(|line| is(line));
        let first = lines.next()?;
        let more = match lines.count() {
            0 => String::new(),
            1 => ", and 1 more".to_string(),
            count => format!(", and {count} more"),
        };
        Some((first, more))
    }
}

fn ends_in_blanks(text: &[u8]) -> bool {
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    text.ends_with(b" ") || text.ends_with(b"\t")
}

fn indented_by_both(text: &[u8]) -> bool {
    let indent = text
        .iter()
        .take_while(|&&byte| byte == b' ' || byte == b'\t')
        .count();
    text[..indent].windows(2).any(|two| two == b" \t")
}

/// Returns whether a carriage return stands elsewhere than before the line feed.
fn has_inner_return(text: &[u8]) -> bool {
    text.strip_suffix(b"\r").unwrap_or(text).contains(&b'\r')
}

/// Returns what b4 would say of a line: it reads bytes that are no UTF-8 as a character of its own.
fn refused(text: &[u8]) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let (c, column) = unseen_character(&String::from_utf8_lossy(text))?;
    Some(invisible(c, column))
}

/// Returns the line above a hunk that a client mangles or refuses, which stands at the end of its `@@` line.
fn heading(hunks: &[Hunk]) -> Option<Finding> {
    let (hunk, code, message) = hunks.iter().find_map(|hunk| {
        if has_inner_return(&hunk.heading) {
            let message = "the line above the hunk holds a carriage return".to_owned();
            return Some((hunk, "content-carriage-return", message));
        }
        refused(&hunk.heading).map(|told| (hunk, "content-format-character", told))
    })?;
    let message = format!("{message}; it stands on the `@@` line of the hunk");
    Some(error(code, Some(hunk.new_start), message))
}

/// Returns what is wrong with a patch that b4 takes for a letter: it looks for changed lines, for a binary patch, and for a
/// `diff --git` line whose names are without quotes and do not begin with a blank.
pub(super) fn unseen(changes: &[FileChange]) -> Option<Finding> {
    let mut changes = changes.iter().filter(|change| change.is_change());
    let first = changes.next()?;
    if shows(first) || changes.any(shows) {
        return None;
    }
    let message =
        "no line changes, and b4 does not take the names of the files for those of a patch";
    let mut found = error("patch-unseen", None, message);
    found.path = Some(first.path.clone());
    Some(found)
}

/// Returns whether b4 sees that a file changes.
fn shows(change: &FileChange) -> bool {
    let text = |blob: &Option<Blob>| blob.as_ref().map(Blob::text).unwrap_or_default();
    let (old, new) = (text(&change.before), text(&change.after));
    let differs = if change.changes_kind() {
        !old.is_empty() || !new.is_empty()
    } else {
        old != new
    };
    let before = change
        .origin
        .as_ref()
        .map_or(&change.path, |origin| &origin.path);
    differs || are_names(before, &change.path)
}

/// Returns whether b4 sees two names on a `diff --git` line: each a letter, a slash and what is no blank, with a blank between.
fn are_names(old: &str, new: &str) -> bool {
    // What git prints without quotes (`core.quotePath`).
    let is_plain = |path: &str| {
        let plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\');
        path.bytes().all(plain)
    };
    let new = if is_plain(new) {
        format!("b/{new}")
    } else {
        "\"".to_owned()
    };
    let line = format!("{old} {new}");
    let Some((first, rest)) = line.split_once(' ') else {
        return false;
    };
    let rest: Vec<char> = rest.chars().take(3).collect();
    let is_name = matches!(rest.as_slice(), [letter, '/', other]
        if (letter.is_alphanumeric() || *letter == '_') && *other != ' ');
    is_plain(old) && !first.is_empty() && is_name
}
