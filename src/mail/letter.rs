//! One patch as a mail: header, message, diffstat, diff. Does not know which other mails there are.

use std::ops::Range;

use super::diff::{self, FileDiff};
use super::subject::{self, BLANK, Number};
use super::{Commit, FileChange, Options, diffstat, filename, header, ident, notes};
use crate::target::binary::Binaries;
use crate::text::Problem;

/// A mail that has no Message-ID yet.
#[derive(Clone, Debug)]
pub struct Draft {
    /// File name.
    pub name: String,
    /// The line that a mailbox starts a mail with; the ids go below it.
    pub envelope: String,
    /// Everything below the ids.
    pub rest: Vec<u8>,
    /// Where in it the diff is; empty in a cover letter.
    pub diff: Range<usize>,
    /// What the ids are made of instead of `rest`, where they leave something out.
    pub named_by: Option<Vec<u8>>,
}

impl Draft {
    /// Returns its diff.
    pub fn diff(&self) -> &[u8] {
        &self.rest[self.diff.clone()]
    }
}

/// What all the mails of a series share.
#[derive(Clone, Debug)]
pub struct Letterhead<'a> {
    /// How the series is mailed.
    pub options: &'a Options,
    /// The words in the brackets.
    pub prefix: String,
    /// The `To:` and `Cc:` headers.
    pub recipients: String,
}

impl<'a> Letterhead<'a> {
    /// Makes the shared parts.
    ///
    /// # Errors
    /// Of what the options hold that a header can't.
    pub fn new(options: &'a Options) -> Result<Self, Problem> {
        ident::check(&options.from)?;
        let to = header::recipients("To", &options.to)?;
        let cc = header::recipients("Cc", &options.cc)?;
        Ok(Letterhead {
            options,
            prefix: subject::prefix(options)?,
            recipients: to + &cc,
        })
    }

    /// Returns the header from `From:` to the blank line below it.
    ///
    /// # Errors
    /// Of a title or a date that a header can't hold.
    pub fn header(
        &self,
        date: super::When,
        number: Option<Number>,
        title: &str,
        charset: bool,
    ) -> Result<String, Problem> {
        let from = ident::display(&self.options.from, "From: ".len());
        let date = header::date(date)?;
        let subject = subject::header(&self.prefix, number, title)?;
        let charset = if charset { header::CHARSET } else { "" };
        Ok(format!(
            "From: {from}\nDate: {date}\n{subject}{charset}{}\n",
            self.recipients
        ))
    }

    /// Returns the lines that say what the series is made on; the first mail has them.
    ///
    /// # Errors
    /// `mail-bad-base` where a commit or a patch id is not told in full.
    pub fn base(&self) -> Result<String, Problem> {
        let Some(base) = &self.options.base else {
            return Ok(String::new());
        };
        let mut out = format!("\nbase-commit: {}\n", whole_id(&base.commit)?);
        for id in &base.prerequisites {
            out.push_str(&format!("prerequisite-patch-id: {}\n", whole_id(id)?));
        }
        Ok(out)
    }

    /// Returns the signature with the line that opens it, empty where there is none.
    pub fn signature(&self) -> String {
        match self.options.signature.as_deref() {
            None | Some("") => String::new(),
            Some(text) => format!("-- \n{}\n\n", text.strip_suffix('\n').unwrap_or(text)),
        }
    }
}

fn whole_id(id: &str) -> Result<&str, Problem> {
    if matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(id);
    }
    Err(Problem::new(
        "mail-bad-base",
        format!("`{}` is not a full object id", id.escape_debug()),
    )
    .help("give all of its 40 hex digits"))
}

/// Returns the first line of a mail in a mailbox: by its date readers know that git wrote it.
///
/// # Errors
/// `mail-bad-base` where `commit` is no object id.
pub fn envelope(commit: &str) -> Result<String, Problem> {
    Ok(format!(
        "From {} Mon Sep 17 00:00:00 2001\n",
        whole_id(commit)?
    ))
}

/// Compares the files of a patch, which must change something.
///
/// # Errors
/// `mail-empty-patch` where it does not, `mail-diff-failed` where libgit2 refuses.
pub(super) fn compared<'c>(
    changes: &'c [FileChange],
    title: &str,
) -> Result<Vec<FileDiff<'c>>, Problem> {
    let diffs = diff::compare(changes)?;
    if diffs.is_empty() {
        let message = format!("the patch `{}` changes nothing", title.escape_debug());
        return Err(Problem::new("mail-empty-patch", message).help("leave it out of the series"));
    }
    Ok(diffs)
}

/// Writes the mail of one commit; `position` counts from 1, `below` goes between diff and signature.
///
/// # Errors
/// Of what a mail can't hold: an empty commit, an author, a title or a date that breaks a header.
pub fn letter(
    head: &Letterhead<'_>,
    commit: &Commit,
    position: usize,
    number: Option<Number>,
    below: &str,
) -> Result<Draft, Problem> {
    let options = head.options;
    ident::check(&commit.author)?;
    let (title, body) = subject::split(&commit.message);
    let diffs = compared(&commit.changes, &title)?;
    header::refuse_nul(body, "a message")?;
    let in_body = if commit.author == options.from {
        String::new()
    } else {
        format!("From: {} <{}>\n\n", commit.author.name, commit.author.email)
    };
    let note = options.notes.get(position - 1).map_or("", String::as_str);
    let note = notes::below_separator(note);
    header::refuse_controls(&note.replace(['\n', '\t'], " "), "a note")?;
    let (table, diff) = patch_of(&diffs, &options.binaries)?;
    let charset = header::declares_charset(&commit.message)
        || header::declares_charset(&in_body)
        || header::declares_charset(&note)
        || options.declare_diff_charset && !(table.is_ascii() && diff.is_ascii());
    let mut rest = head
        .header(commit.date, number, &title, charset)?
        .into_bytes();
    rest.extend_from_slice(in_body.as_bytes());
    rest.extend_from_slice(trimmed(body).as_bytes());
    rest.extend_from_slice(b"---\n");
    rest.extend_from_slice(note.as_bytes());
    rest.extend_from_slice(table.as_bytes());
    let start = rest.len();
    rest.extend_from_slice(&diff);
    let diff = start..rest.len();
    rest.extend_from_slice(below.as_bytes());
    rest.extend_from_slice(head.signature().as_bytes());
    Ok(Draft {
        name: filename::patch(options.reroll, position, &commit.message),
        envelope: envelope(&commit.id)?,
        rest,
        diff,
        named_by: None,
    })
}

/// Returns the diffstat with a blank line below it, and the diff.
pub(super) fn patch_of(
    diffs: &[FileDiff<'_>],
    binaries: &Binaries,
) -> Result<(String, Vec<u8>), Problem> {
    let mut out = Vec::new();
    diffs
        .iter()
        .try_for_each(|diff| diff.write(&mut out, binaries))?;
    Ok((diffstat::diffstat(diffs) + "\n", out))
}

/// Returns `text` without blanks at the ends of lines and without blank lines at its start and end; each line ends in a line feed.
pub(super) fn trimmed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split('\n') {
        let line = line.trim_end_matches(BLANK);
        if !(line.is_empty() && out.is_empty()) {
            out.push_str(line);
            out.push('\n');
        }
    }
    let end = out.trim_end_matches(BLANK).len();
    out.truncate(end);
    if end > 0 {
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_loses_blanks_at_the_ends_of_lines_and_of_the_whole() {
        assert_eq!(trimmed("\n \na  \n\n  b\t\n\n\n"), "a\n\n  b\n");
        assert_eq!(trimmed(" \n\n"), "");
    }

    #[test]
    fn an_id_that_is_not_whole_is_refused() {
        assert!(envelope(&"a".repeat(40)).is_ok());
        for id in ["", "v1.2", "abc1234", &"g".repeat(40)] {
            assert_eq!(envelope(id).unwrap_err().code, "mail-bad-base", "{id}");
        }
    }
}
