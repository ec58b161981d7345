//! Will a mail survive every client, and does it keep common habits? Looks at the message and the change before anything is
//! written; does not know the mail's header, or who reads it.

mod author;
mod body;
mod codes;
mod shown;
mod subject;
#[cfg(test)]
mod tests;
mod trailers;

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use super::Severity;
use crate::syntax::patch::FilePatch;
use crate::target::commit::{FileChange, title_and_body};
use crate::text::{is_format, is_letter_without_case};

pub use author::author;
use body::Body;
pub(crate) use body::is_scissors;
pub use codes::{CODES, OF_COMMITS, OF_MAILS};

/// One spot in a message or a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// One of [`CODES`].
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is there, as a lowercase fragment.
    pub message: String,
    /// The file it is in, none for the message.
    pub path: Option<String>,
    /// The line, from 1: of the message, or of the file after the change.
    pub line: Option<usize>,
}

/// Columns of a subject and of a line of the body; leaves room for the four that `git log` indents by.
const WIDTH: usize = 75;
/// Bytes of a line of a mail, without its end (RFC 5322, section 2.1.1).
const LONGEST: usize = 998;

/// Returns what is wrong or unusual in a mail with this message and these changes: the message first, then file by file.
///
/// A cover letter is looked at with no changes.
pub fn lint(message: &str, changes: &[FileChange]) -> Vec<Finding> {
    let (title, body) = title_and_body(message);
    let first = message[..message.len() - body.len()].matches('\n').count() + 1;
    let body = Body::of(body, first);
    let mut findings = Vec::new();
    findings.extend(subject::findings(&title));
    findings.extend(characters(message));
    findings.extend(body.findings());
    let found: Vec<Vec<Finding>> = changes.par_iter().map(shown::file).collect();
    findings.extend(found.into_iter().flatten());
    findings.extend(shown::unseen(changes));
    findings
}

/// Returns what [`lint`] says of a mail with this patch: of its own lines, wherever they belong; of what they make of a file, where it
/// is known, only what no line shows.
pub fn mailed(
    message: &str,
    patch: &[u8],
    files: &[FilePatch],
    changes: &[FileChange],
) -> Vec<Finding> {
    let mut findings = lint(message, &[]);
    findings.extend(files.iter().flat_map(|file| shown::patch(patch, file)));
    findings.extend(shown::unseen(changes));
    findings
}

fn error(code: &'static str, line: Option<usize>, message: impl Into<String>) -> Finding {
    Finding {
        code,
        severity: Severity::Error,
        message: message.into(),
        path: None,
        line,
    }
}

fn note(code: &'static str, line: Option<usize>, message: impl Into<String>) -> Finding {
    Finding {
        severity: Severity::Note,
        ..error(code, line, message)
    }
}

/// Looks for characters and lengths that no line of a message may have.
fn characters(message: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, number) in message.split('\n').zip(1..) {
        if line.contains('\r') {
            findings.push(error(
                "carriage-return",
                Some(number),
                "the line holds a carriage return",
            ));
        }
        if line.len() > LONGEST {
            findings.push(error("line-too-long", Some(number), too_long(line.len())));
        }
        findings.extend(
            unseen_character(line)
                .map(|(c, column)| error("format-character", Some(number), invisible(c, column))),
        );
    }
    findings
}

/// Returns the character of a line that b4 refuses, and its column. Scripts whose letters have no case need joiners, and b4 lets
/// those lines pass.
fn unseen_character(line: &str) -> Option<(char, usize)> {
    let is_script = || line.chars().any(is_letter_without_case);
    let (at, c) = line.char_indices().find(|&(_, c)| is_format(c))?;
    (!is_script()).then_some((c, at + 1))
}

fn invisible(c: char, column: usize) -> String {
    let number = u32::from(c);
    format!("the line holds the invisible character U+{number:04X} at column {column}")
}

fn too_long(len: usize) -> String {
    format!("the line has {len} bytes, mail carries {LONGEST}")
}
