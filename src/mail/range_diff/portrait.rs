//! A patch as a range-diff compares it: author, message, and the diff without the line numbers that move. Does not judge whether it
//! applies.

use std::borrow::Cow;
use unicode_width::UnicodeWidthChar;

use crate::syntax::patch::{Body, FilePatch, Hunk, Side};
use crate::target::Ident;
use crate::target::commit::title_and_body;

/// A patch in the form that `git range-diff` compares.
#[derive(Clone, Debug)]
pub struct Portrait {
    /// The commit, where its mail tells.
    pub id: Option<String>,
    pub(super) title: String,
    pub(super) text: Vec<u8>,
    /// Where in the text the diff begins.
    diff_at: usize,
    /// Lines of the diff.
    size: usize,
    pub(super) files: Vec<FilePatch>,
}

/// Columns between two tab stops; `git log` puts blanks there.
const TAB: usize = 8;
/// The file that is none.
const NOTHING: &str = "/dev/null";

impl Portrait {
    /// Makes the portrait of a patch: `patch` is the text that `files` were read from.
    pub fn new(
        id: Option<String>,
        author: &Ident,
        message: &str,
        patch: &[u8],
        files: Vec<FilePatch>,
    ) -> Self {
        let Ident { name, email } = author;
        let mut text =
            format!(" ## Metadata ##\nAuthor: {name} <{email}>\n\n ## Commit message ##\n");
        for line in message.trim_matches('\n').lines() {
            let line = expanded(line.trim_end());
            let indent = if line.is_empty() { "" } else { "    " };
            text.push_str(&format!("{indent}{line}\n"));
        }
        let mut text = text.into_bytes();
        // The empty line above the first file is no part of the diff.
        let diff_at = text.len() + 1;
        for file in &files {
            draw(file, patch, &mut text);
        }
        let diff = text.get(diff_at..).unwrap_or_default();
        let size = diff.iter().filter(|&&byte| byte == b'\n').count();
        Portrait {
            id,
            title: title_and_body(message).0,
            diff_at,
            // The empty lines between the files are not counted.
            size: size.saturating_sub(files.len().saturating_sub(1)),
            files,
            text,
        }
    }

    /// What it costs to have no counterpart, in lines.
    pub(super) fn alone(&self, factor: usize) -> usize {
        self.size * factor / 100
    }

    pub(super) fn diff(&self) -> &[u8] {
        self.text.get(self.diff_at..).unwrap_or_default()
    }
}

/// Replaces tabs as `git log` does.
fn expanded(line: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    for c in line.chars() {
        if c == '\t' {
            let blanks = TAB - column % TAB;
            out.push_str(&" ".repeat(blanks));
            column += blanks;
        } else {
            out.push(c);
            column += c.width().unwrap_or(0);
        }
    }
    out
}

fn draw(file: &FilePatch, patch: &[u8], out: &mut Vec<u8>) {
    let mut name = match (&file.old, &file.new) {
        (None, Some(new)) => format!("{new} (new)"),
        (Some(old), None) => format!("{old} (deleted)"),
        (Some(old), Some(new)) if old != new => format!("{old} => {new}"),
        _ => file.path().to_owned(),
    };
    if let (Some(before), Some(after)) = (file.old_mode, file.new_mode)
        && before != after
        && file.old.is_some()
        && file.new.is_some()
    {
        name.push_str(&format!(" (mode change {before:06o} => {after:06o})"));
    }
    out.extend_from_slice(format!("\n ## {name} ##\n").as_bytes());
    let hunks = match &file.body {
        Body::Text(hunks) => hunks,
        Body::Binary(_) => {
            let old = file.old.as_deref().unwrap_or(NOTHING);
            let new = file.new.as_deref().unwrap_or(NOTHING);
            out.extend_from_slice(format!(" Binary files {old} and {new} differ\n").as_bytes());
            return;
        }
    };
    for hunk in hunks {
        out.extend_from_slice(b"@@");
        let heading = heading(hunk, patch);
        if !heading.is_empty() {
            out.extend_from_slice(format!(" {}: ", file.path()).as_bytes());
            out.extend_from_slice(heading);
        }
        out.push(b'\n');
        for line in &hunk.lines {
            out.push(match line.side {
                Side::Both => b' ',
                Side::Old => b'-',
                Side::New => b'+',
            });
            let bytes = match line.bytes.ends_with(b"\n") {
                true => Cow::Borrowed(&line.bytes),
                false => {
                    Cow::Owned([&line.bytes, &b"\n \\ No newline at end of file\n"[..]].concat())
                }
            };
            out.extend_from_slice(&bytes);
        }
    }
}

/// Returns what stands behind the line numbers of a hunk.
fn heading<'p>(hunk: &Hunk, patch: &'p [u8]) -> &'p [u8] {
    let line = patch
        .get(hunk.span.start..hunk.span.end)
        .unwrap_or_default();
    let line = line.trim_ascii_end();
    let end = line.windows(3).position(|window| window == b" @@");
    let rest = end.and_then(|end| line.get(end + 3..)).unwrap_or_default();
    rest.strip_prefix(b" ").unwrap_or(rest)
}
