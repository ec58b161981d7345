//! What a diff shows of a change, and what clients make of that. Does not know the message.

use super::{Finding, LONGEST, error, invisible, note, too_long, unseen_character};
use crate::syntax::patch::{Body, FilePatch, Side};
use crate::target::commit::{Blob, FileChange, mode};
use crate::target::compared::Content;
use crate::target::hunks::{Origin, Printed, PrintedLine};

/// Looks at what a mail would show of a file. A file that turns into another kind of thing is removed and created.
pub(super) fn file(change: &FileChange) -> Vec<Finding> {
    let mut findings = if change.changes_kind() {
        let half = |before: &Option<Blob>, after: &Option<Blob>| FileChange {
            before: before.clone(),
            after: after.clone(),
            ..FileChange::default()
        };
        let mut findings = version(&half(&change.before, &None));
        findings.extend(version(&half(&None, &change.after)));
        findings
    } else {
        version(change)
    };
    for finding in &mut findings {
        finding.path = Some(change.path.clone());
    }
    findings
}

fn version(change: &FileChange) -> Vec<Finding> {
    let (before, after) = (change.before.as_ref(), change.after.as_ref());
    let kind = before.or(after).map_or(mode::SUBMODULE, Blob::kind);
    if kind == mode::SUBMODULE {
        return Vec::new();
    }
    let content = change.content();
    let shown = match content.as_deref() {
        Ok(Content::Text(printed)) => Shown::of(printed),
        // A text too large to compare can't be mailed, and whoever writes the mail says so.
        Ok(Content::Same | Content::Binary { .. }) | Err(_) => return Vec::new(),
    };
    let mut findings = shown.errors();
    findings.extend(shown.heading.clone());
    if kind != mode::REGULAR {
        return findings;
    }
    findings.extend(shown.notes());
    let ends = |blob: Option<&Blob>| {
        let last = blob.and_then(|blob| blob.bytes.last());
        last.is_none_or(|&last| last == b'\n')
    };
    if ends(before) && !ends(after) {
        findings.push(missing_newline(shown.last_added));
    }
    findings
}

fn missing_newline(last_added: Option<usize>) -> Finding {
    note(
        "missing-newline",
        last_added,
        "the last line has no line feed",
    )
}

/// Returns what stands behind the second `@@` of a hunk's first line, and the blank that follows it.
fn heading_of(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let marks = memchr::memmem::find_iter(line, b"@@").nth(1);
    let heading = marks.map_or(&b""[..], |at| &line[at + 2..]);
    heading.strip_prefix(b" ").unwrap_or(heading)
}

/// Looks at the lines of a patch that was mailed, wherever it belongs; `text` is that of the patch.
pub(super) fn patch(text: &[u8], file: &FilePatch) -> Vec<Finding> {
    let Body::Text(hunks) = &file.body else {
        return Vec::new();
    };
    let kind = |mode: Option<u32>| mode.map(|mode| mode & mode::KIND);
    let kind = kind(file.new_mode).or(kind(file.old_mode));
    let mut shown = Shown::default();
    for hunk in hunks {
        if shown.heading.is_none() {
            let heading = heading_of(&text[hunk.span.start..hunk.span.end]);
            shown.heading = self::heading(hunk.new_start, heading);
        }
        let mut number = hunk.new_start;
        for line in &hunk.lines {
            let text = line.bytes.strip_suffix(b"\n").unwrap_or(&line.bytes);
            shown.see((number, text), line.side == Side::New);
            number += usize::from(line.side != Side::Old);
        }
    }
    if kind == Some(mode::SUBMODULE) {
        return Vec::new();
    }
    let mut findings = shown.errors();
    findings.extend(shown.heading.clone());
    if kind.is_none_or(|kind| kind == mode::REGULAR) {
        findings.extend(shown.notes());
        let ends = |side: Side| {
            let mut lines = hunks.iter().flat_map(|hunk| hunk.version(side));
            lines.all(|line| line.bytes.ends_with(b"\n"))
        };
        if ends(Side::Old) && !ends(Side::New) {
            findings.push(missing_newline(shown.last_added));
        }
    }
    for finding in &mut findings {
        finding.path = Some(file.path().to_owned());
    }
    findings
}

/// The lines of a kind that a diff shows.
#[derive(Default)]
struct Tally<'a> {
    /// The first: its number, and what it says.
    first: Option<(usize, &'a [u8])>,
    count: usize,
}

impl<'a> Tally<'a> {
    fn add(&mut self, is: bool, line: (usize, &'a [u8])) {
        if is {
            self.first.get_or_insert(line);
            self.count += 1;
        }
    }

    /// Returns the number of the first line, and what `told` says of it and how many there are besides: a file full of them is one
    /// finding.
    fn told(&self, told: impl FnOnce(&[u8]) -> String) -> Option<(usize, String)> {
        let (number, text) = self.first?;
        let more = match self.count - 1 {
            0 => String::new(),
            1 => ", and 1 more".to_string(),
            count => format!(", and {count} more"),
        };
        Some((number, told(text) + &more))
    }
}

/// What the lines are that a diff shows.
#[derive(Default)]
struct Shown<'a> {
    crlf: Tally<'a>,
    cut: Tally<'a>,
    other: Tally<'a>,
    unseen: Tally<'a>,
    long: Tally<'a>,
    trailing: Tally<'a>,
    mixed: Tally<'a>,
    /// What is wrong with the first line above a hunk that is not right.
    heading: Option<Finding>,
    /// The number of the last line that is added.
    last_added: Option<usize>,
}

impl<'a> Shown<'a> {
    fn of(printed: &'a Printed) -> Self {
        let mut shown = Shown::default();
        // In the file after the change; of a removed line, where it stood.
        let mut number = 0;
        for line in printed.lines() {
            match line {
                PrintedLine::Head { new_start, heading } => {
                    number = new_start;
                    if shown.heading.is_none() {
                        shown.heading = self::heading(new_start, heading);
                    }
                }
                PrintedLine::Text { origin, text } => {
                    shown.see((number, text), origin == Origin::Added);
                    number += usize::from(origin != Origin::Removed);
                }
            }
        }
        shown
    }

    fn see(&mut self, line: (usize, &'a [u8]), is_added: bool) {
        let text = line.1;
        self.crlf.add(text.ends_with(b"\r"), line);
        self.cut.add(has_inner_return(text), line);
        if !text.is_ascii() {
            self.other.add(std::str::from_utf8(text).is_err(), line);
            self.unseen.add(refused(text).is_some(), line);
        }
        self.long.add(text.len() + 1 > LONGEST, line);
        if is_added {
            self.trailing.add(ends_in_blanks(text), line);
            self.mixed.add(indented_by_both(text), line);
            self.last_added = Some(line.0);
        }
    }

    /// What a client mangles or refuses.
    fn errors(&self) -> Vec<Finding> {
        let always = |told: &'static str| move |_: &[u8]| told.to_owned();
        let found = [
            (
                "crlf-content",
                self.crlf.told(always("the line ends in CR LF")),
            ),
            (
                "content-carriage-return",
                (self.cut).told(always("the line holds a carriage return inside")),
            ),
            (
                "content-not-utf8",
                (self.other).told(always("the bytes of the line are no UTF-8")),
            ),
            (
                "content-format-character",
                self.unseen.told(|text| refused(text).unwrap_or_default()),
            ),
            (
                "line-too-long",
                self.long.told(|text| too_long(text.len() + 1)),
            ),
        ];
        let found = found.into_iter();
        found
            .filter_map(|(code, told)| {
                let (number, message) = told?;
                Some(error(code, Some(number), message))
            })
            .collect()
    }

    /// What people would rather have otherwise.
    fn notes(&self) -> Vec<Finding> {
        let trailing = (self.trailing).told(|_| "the added line ends in blanks".to_owned());
        let mixed = (self.mixed).told(|_| "the added line has a blank before a tab".to_owned());
        let found = [
            ("trailing-whitespace", trailing),
            ("space-before-tab", mixed),
        ];
        let found = found.into_iter();
        found
            .filter_map(|(code, told)| {
                let (number, message) = told?;
                Some(note(code, Some(number), message))
            })
            .collect()
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

/// Returns what a client mangles or refuses of the line above a hunk, which stands at the end of its `@@` line.
fn heading(new_start: usize, heading: &[u8]) -> Option<Finding> {
    let (code, message) = if has_inner_return(heading) {
        let message = "the line above the hunk holds a carriage return".to_owned();
        ("content-carriage-return", message)
    } else {
        ("content-format-character", refused(heading)?)
    };
    let message = format!("{message}; it stands on the `@@` line of the hunk");
    Some(error(code, Some(new_start), message))
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
