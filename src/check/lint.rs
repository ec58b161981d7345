//! Will a mail survive every client, and does it keep common habits? Looks at the message and the change before anything is
//! written; does not know the mail's header, or who reads it.

mod author;
mod shown;

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};

use super::Severity;
use crate::syntax::patch::FilePatch;
use crate::target::commit::{FileChange, title_and_body};
use crate::text::{is_format, is_letter_without_case};

pub use author::author;

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

/// The findings there are: code, meaning, what to do.
pub const CODES: &[(&str, &str, &str)] = &[
    (
        "subject-empty",
        "The message has no subject.",
        "Write one as its first line.",
    ),
    (
        "subject-bracket",
        "The subject begins with what `git am` takes off: brackets, `Re:` or a colon.",
        "Begin it with a word, as `topic: What changes`.",
    ),
    (
        "subject-encoded-word",
        "The subject holds `=?`, by which mail encodes words: b4 takes it for one, and what it writes `git am` can't read.",
        "Leave it out, or put something between the two signs.",
    ),
    (
        "subject-blanks",
        "The subject holds a blank of another kind, such as one that does not break; b4 makes a common one of it.",
        "Use common blanks.",
    ),
    (
        "message-separator",
        "A line of the message is `---`: what follows is lost when the mail is applied.",
        "Use another line, or indent it.",
    ),
    (
        "message-diff",
        "A line of the message begins like a diff, and would be applied as a part of the patch.",
        "Indent it.",
    ),
    (
        "message-from-line",
        "A line of the message begins with `From `, where a mailbox is split into mails.",
        "Indent it, or begin the line with another word.",
    ),
    (
        "message-quoted-from",
        "A line of the message begins with `>From `, as mailboxes quote `From `; some readers take the `>` off, or add one.",
        "Indent it, or begin the line with another word.",
    ),
    (
        "message-scissors",
        "A line of the message is a pair of scissors: b4 drops everything above it.",
        "Use another line.",
    ),
    (
        "body-header",
        "The body begins like a header (`From:`, `Subject:`, `Date:`, `[PATCH]`), and would replace the real one.",
        "Begin the body with a sentence.",
    ),
    (
        "carriage-return",
        "The message holds a carriage return, which mail does not carry.",
        "Use line feeds alone.",
    ),
    (
        "format-character",
        "The message holds an invisible formatting character, such as a zero width space; b4 refuses such a mail.",
        "Delete the character.",
    ),
    (
        "line-too-long",
        "A line is longer than the 998 bytes that mail carries (RFC 5322, section 2.1.1), and would be encoded or cut.",
        "Break the line, or send the change as a pull request.",
    ),
    (
        "crlf-content",
        "The diff shows lines that end in CR LF; mail carries them as LF, and the patch no longer applies.",
        "Apply it with `git am --keep-cr` and say so in the cover letter, or convert the file first.",
    ),
    (
        "content-carriage-return",
        "The diff shows a line with a carriage return inside; b4 and other readers end the line there, and the patch no longer applies.",
        "Have it taken with `git am` from the file or from an mbox, and say so in the cover letter, or send a pull request.",
    ),
    (
        "content-not-utf8",
        "The diff shows a line whose bytes are no UTF-8; b4 replaces them, and the patch changes or no longer applies.",
        "Have it taken with `git am` from the file or from an mbox, and say so in the cover letter, or send a pull request.",
    ),
    (
        "content-format-character",
        "The diff shows a line with an invisible formatting character, such as a byte order mark; b4 refuses such a mail.",
        "Write the character as an escape where the file allows that, or have the patch taken with `git am`.",
    ),
    (
        "patch-unseen",
        "Nothing of the patch looks like one to b4: no line changes, and the names of its files are in quotes or begin with a blank.",
        "Change a line in the same commit, or take a name without quotes; `git am` takes the mail as it is.",
    ),
    (
        "author-address",
        "The author's address is none that b4 and mail readers take for one: it is not ASCII, or a sign in it means something else.",
        "Amend the commit with another address: `git commit --amend --author`; a host's name has an `xn--` form.",
    ),
    (
        "author-name",
        "The author's name holds what b4 refuses or changes: an invisible character, a blank of another kind, or `=?`.",
        "Amend the commit with the name as it is typed: `git commit --amend --author`.",
    ),
    (
        "subject-long",
        "The subject is longer than 75 columns; lists of commits cut it.",
        "Shorten it.",
    ),
    (
        "subject-period",
        "The subject ends in a period.",
        "Leave it out: a subject is a title.",
    ),
    (
        "body-missing",
        "The message says what but not why: it has no body.",
        "Say why the change is needed.",
    ),
    (
        "body-long-line",
        "A line of the body is longer than 75 columns.",
        "Break it; links, trailers and indented lines may be longer.",
    ),
    (
        "body-indented",
        "The last paragraph of the body begins with a blank, which b4 takes off.",
        "Begin it with a word, or let another one follow.",
    ),
    (
        "stray-trailer",
        "A line of the last paragraph looks like a trailer, and the paragraph is text; b4 moves the line to the end.",
        "Put a blank line before the trailers, or write the line in other words.",
    ),
    (
        "stray-address",
        "A line outside the trailers looks like `Reviewed-by:` or `Cc:`; `git send-email` mails a copy to who stands there.",
        "Move it to the trailers, or indent it.",
    ),
    (
        "trailer-lost",
        "A trailer `Fixes:` names something else than a commit; b4 leaves it out of what it applies.",
        "Name the commit by its id, or use another word, such as `Closes:` or `Resolves:`.",
    ),
    (
        "trailing-whitespace",
        "An added line ends in blanks.",
        "Delete them.",
    ),
    (
        "space-before-tab",
        "An added line is indented by a blank before a tab.",
        "Indent with one of them.",
    ),
    (
        "missing-newline",
        "A file no longer ends in a line feed, or is created without.",
        "End its last line.",
    ),
];

/// What matters where mails are read by b4, and to no `patch`.
pub const OF_MAILS: &[&str] = &[
    "content-carriage-return",
    "content-not-utf8",
    "content-format-character",
    "patch-unseen",
    "author-address",
    "author-name",
];

/// What matters of a message that becomes a commit's, and not of a cover letter.
pub const OF_COMMITS: &[&str] = &["body-indented", "stray-trailer", "trailer-lost"];

/// Columns of a subject and of a line of the body; leaves room for the four that `git log` indents by.
const WIDTH: usize = 75;
/// Bytes of a line of a mail, without its end (RFC 5322, section 2.1.1).
const LONGEST: usize = 998;

const SIGN_OFF: &str = "Signed-off-by: ";
const CHERRY_PICK: &str = "(cherry picked from commit ";

/// Returns what is wrong or unusual in a mail with this message and these changes: the message first, then file by file.
///
/// A cover letter is looked at with no changes.
pub fn lint(message: &str, changes: &[FileChange]) -> Vec<Finding> {
    let (title, body) = title_and_body(message);
    let first = message[..message.len() - body.len()].matches('\n').count() + 1;
    let body = Body::of(body, first);
    let mut findings = Vec::new();
    findings.extend(subject(&title));
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

fn subject(title: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if title.trim().is_empty() {
        return vec![error("subject-empty", None, "the message has no subject")];
    }
    // What `git am` takes off, in any order and number (`mailinfo.c`, `cleanup_subject`).
    let is_reply = title
        .get(..3)
        .is_some_and(|start| start.eq_ignore_ascii_case("re:"));
    // A bracket that nothing closes stays.
    let is_tagged = title.starts_with('[') && title.contains(']');
    if is_reply || is_tagged || title.starts_with(':') {
        findings.push(error(
            "subject-bracket",
            Some(1),
            format!("the subject begins with what `git am` takes off: `{title}`"),
        ));
    }
    if title.contains("=?") {
        let message = format!("the subject holds `=?`, as encoded words do: `{title}`");
        findings.push(error("subject-encoded-word", Some(1), message));
    }
    if title.contains(|c: char| c.is_whitespace() && !matches!(c, ' ' | '\t')) {
        let message = "the subject holds a blank of another kind".to_owned();
        findings.push(note("subject-blanks", Some(1), message));
    }
    let columns = title.chars().count();
    if columns > WIDTH {
        findings.push(note(
            "subject-long",
            Some(1),
            format!("the subject has {columns} columns, expected at most {WIDTH}"),
        ));
    }
    if title.ends_with('.') {
        findings.push(note(
            "subject-period",
            Some(1),
            "the subject ends in a period",
        ));
    }
    findings
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

/// The body of a message, in lines with their numbers.
struct Body<'a> {
    lines: Vec<(usize, &'a str)>,
    /// Where in `lines` the trailers begin; past the end where there are none.
    trailers: usize,
    /// Where in `lines` the last paragraph begins.
    last: usize,
}

impl<'a> Body<'a> {
    fn of(text: &'a str, first: usize) -> Self {
        let lines: Vec<(usize, &str)> = (first..).zip(text.trim_end().lines()).collect();
        let start = lines
            .iter()
            .rposition(|(_, line)| line.trim().is_empty())
            .map_or(0, |at| at + 1);
        let last = &lines[start..];
        let count = last
            .iter()
            .filter(|(_, line)| is_trailer(line) || continues(line))
            .count();
        let is_signed = last
            .iter()
            .any(|(_, line)| line.starts_with(SIGN_OFF) || line.starts_with(CHERRY_PICK));
        // As git tells them: a last paragraph of trailers, or one that git signed and of which a quarter are (`trailer.c`).
        let are_trailers = last.first().is_some_and(|(_, line)| !continues(line))
            && (count == last.len() || is_signed && count * 4 >= last.len());
        let trailers = if are_trailers { start } else { lines.len() };
        Body {
            lines,
            trailers,
            last: start,
        }
    }

    fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.trailers == 0 {
            findings.push(note("body-missing", None, "the message has no body"));
        }
        if let Some((number, line)) = self.lines.first() {
            findings.extend(header_like(line).then(|| {
                error(
                    "body-header",
                    Some(*number),
                    format!("the body begins like a header: `{line}`"),
                )
            }));
        }
        let last = self.lines.get(self.last).into_iter();
        findings.extend(last.flat_map(|&(number, line)| outdented(number, line)));
        for (at, &(number, line)) in self.lines.iter().enumerate() {
            findings.extend(breaks(line).map(|(code, what)| error(code, Some(number), what)));
            let told = if at < self.trailers {
                habits(line)
            } else {
                lost(line)
            };
            findings.extend(told.map(|(code, what)| note(code, Some(number), what)));
            let is_text = at >= self.last && at < self.trailers;
            if is_text && is_trailer(line) && !is_address_line(line) {
                let message = format!("b4 would move the line to the end: `{line}`");
                findings.push(note("stray-trailer", Some(number), message));
            }
        }
        findings
    }
}

fn is_trailer(line: &str) -> bool {
    let is_key = |key: &str| {
        let mut bytes = key.bytes();
        !key.is_empty() && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    line.split_once(':')
        .is_some_and(|(key, value)| is_key(key) && value.starts_with(' '))
}

fn continues(line: &str) -> bool {
    line.starts_with([' ', '\t'])
}

fn header_like(line: &str) -> bool {
    let header = |name: &str| {
        line.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    ["From:", "Subject:", "Date:", "[PATCH]"]
        .into_iter()
        .any(header)
}

/// Returns what comes of the line that begins the last paragraph, off which b4 takes blanks.
fn outdented(number: usize, line: &str) -> Vec<Finding> {
    let text = line.trim_start();
    if text.len() == line.len() {
        return Vec::new();
    }
    let message = "b4 takes the blanks off that the line begins with";
    let mut findings = vec![note("body-indented", Some(number), message)];
    findings.extend(breaks(text).map(|(code, what)| error(code, Some(number), what)));
    findings
}

/// Returns how a line of the body would break the mail.
fn breaks(line: &str) -> Option<(&'static str, String)> {
    let rest = line.strip_prefix("---");
    if rest.is_some_and(|rest| rest.trim().is_empty()) {
        return Some(("message-separator", "the line ends the message".to_string()));
    }
    let names_file = rest.is_some_and(|rest| rest.starts_with(' '));
    if names_file || line.starts_with("diff -") || line.starts_with("Index: ") {
        return Some(("message-diff", format!("the line begins a diff: `{line}`")));
    }
    if line.starts_with("From ") {
        return Some((
            "message-from-line",
            format!("the line begins a mail: `{line}`"),
        ));
    }
    is_scissors(format!("{line}\n").as_bytes()).then(|| {
        (
            "message-scissors",
            format!("the line cuts the message: `{line}`"),
        )
    })
}

/// Returns whether git and b4 take a line for scissors (`git mailinfo --scissors`): scissors and dashes fill more than a third of
/// eight bytes or more, and blanks among them less than half of that. The line feed at the end of the line is one of the blanks.
pub(crate) fn is_scissors(line: &[u8]) -> bool {
    const BLANKS: &[u8] = b" \t\r\n";
    let is_blank = |byte: &u8| BLANKS.contains(byte);
    let begins = line.iter().position(|byte| !is_blank(byte));
    let ends = line.iter().rposition(|byte| !is_blank(byte));
    let visible = begins
        .zip(ends)
        .map_or(0, |(begins, ends)| ends - begins + 1);
    let (mut cut, mut blanks, mut seen, mut within) = (0, 0, false, false);
    let mut rest = line;
    while let Some(byte) = rest.first() {
        let is_pair = matches!(rest, [b'>', b'8' | b'%', ..] | [b'8' | b'%', b'<', ..]);
        match byte {
            _ if is_pair => {
                seen = true;
                within = true;
                cut += 2;
            }
            b'-' => {
                within = true;
                cut += 1;
            }
            byte if is_blank(byte) => {
                blanks += usize::from(within);
                cut += usize::from(within);
            }
            _ => within = false,
        }
        rest = &rest[if is_pair { 2 } else { 1 }..];
    }
    seen && visible >= 8 && visible < cut * 3 && blanks * 2 < cut
}

/// Returns what is unusual in a line above the trailers.
fn habits(line: &str) -> Option<(&'static str, String)> {
    if line.starts_with('>') && line.trim_start_matches('>').starts_with("From ") {
        let message = format!("a mailbox reads or quotes the line otherwise: `{line}`");
        return Some(("message-quoted-from", message));
    }
    if is_address_line(line) {
        return Some((
            "stray-address",
            format!("`git send-email` would mail a copy to who stands here: `{line}`"),
        ));
    }
    let columns = line.chars().count();
    let may_be_long =
        line.starts_with([' ', '\t']) || line.contains("://") || !line.trim().contains([' ', '\t']);
    (columns > WIDTH && !may_be_long).then(|| {
        (
            "body-long-line",
            format!("the line has {columns} columns, expected at most {WIDTH}"),
        )
    })
}

/// Returns how a trailer is lost on the way: b4 keeps one that says what is fixed where it begins as the id of a commit.
fn lost(line: &str) -> Option<(&'static str, String)> {
    /// Digits that b4 wants at least.
    const ID: usize = 6;
    let (key, value) = line.split_once(':')?;
    let digits = value.trim_start().bytes();
    let is_id = digits
        .take_while(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        .count()
        >= ID;
    (key.eq_ignore_ascii_case("fixes") && !is_id).then(|| {
        (
            "trailer-lost",
            format!("b4 leaves this trailer out: `{line}`"),
        )
    })
}

/// Returns whether `git send-email` takes an address from a line of the body: `Cc:`, `Reviewed-by:` and their like.
fn is_address_line(line: &str) -> bool {
    let Some((key, value)) = line.split_once(':') else {
        return false;
    };
    let by = key.len() > 3 && key.to_ascii_lowercase().ends_with("-by");
    let is_key = key
        .bytes()
        .all(|byte| byte.is_ascii_alphabetic() || byte == b'-')
        && !key.starts_with('-');
    is_key && (by || key.eq_ignore_ascii_case("cc")) && value.contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Blob;

    fn change(before: Option<&str>, after: &str) -> FileChange {
        let blob = |text: &str| Blob::new(0o100_644, text.as_bytes());
        FileChange {
            path: "a.c".to_string(),
            before: before.map(blob),
            after: Some(blob(after)),
            ..FileChange::default()
        }
    }

    fn codes(message: &str, changes: &[FileChange]) -> Vec<&'static str> {
        lint(message, changes)
            .into_iter()
            .map(|finding| finding.code)
            .collect()
    }

    const GOOD: &str =
        "topic: What changes\n\nWhy it changes.\n\nSigned-off-by: A U Thor <a@example.com>\n";

    #[test]
    fn a_good_mail_has_no_findings() {
        assert_eq!(codes(GOOD, &[change(Some("a\n"), "b\n")]), [""; 0]);
    }

    /// Code, a body that has it, and one that comes near but is good.
    const BODIES: &[(&str, &str, &str)] = &[
        ("message-separator", "a\n--- \t\nb", "a\n ---\n----\nb"),
        (
            "message-diff",
            "a\ndiff --git a/x b/x",
            "a\n  diff --git a/x b/x",
        ),
        ("message-diff", "a\nIndex: x", "a\nIndex x"),
        ("message-diff", "a\n--- a/x", "a\n---a/x"),
        (
            "message-from-line",
            "a\nFrom here on it works",
            "a\nFrom: here\n\nb",
        ),
        (
            "message-scissors",
            "a\n-- >8 --",
            "a\nthe value >8 is wrong",
        ),
        ("message-scissors", "a\n- - - 8< cut here - -", "a\n-->8"),
        (
            "body-header",
            "Subject: of this",
            "The\nSubject: of this\n\nb",
        ),
        ("body-header", "from: a", "[RFC] a"),
        ("carriage-return", "a\r\nb", "a\nb"),
        ("format-character", "a\u{200b}b", "\u{645}\u{200c}\u{645}"),
        (
            "stray-address",
            "Reported-by: A <a@b.c>\n\nb",
            "Reported-by: nobody\n\nb\n\nReported-by: A <a@b.c>",
        ),
        ("stray-address", "a\ncc: a@b.c\n\nb", "a\n  cc: a@b.c\n\nb"),
        ("message-quoted-from", "a\n>>From here", "a\n> From here"),
        ("body-indented", "  a", "  a\n\n  b\n\nc\n  d"),
        ("body-indented", "a\n\n  b", "a\n  b"),
        ("message-diff", "a\n\n  diff -u", "a\n\n  diff -u\n\nb"),
        (
            "stray-trailer",
            "Words.\nNote: this is\nso.",
            "Note: this is\nso.\n\nWords.\n\nNote: this is\nAnd: that",
        ),
        (
            "trailer-lost",
            "Why.\n\nfixes: #12",
            "Fixes: #12\n\nWhy.\n\nFixes: 012345 (\"x\")\nCloses: #12",
        ),
        (
            "body-missing",
            "Signed-off-by: A <a@b.c>",
            "Why.\n\nSigned-off-by: A <a@b.c>",
        ),
    ];

    #[test]
    fn scissors_are_told_by_bytes_whatever_they_mean() {
        for (line, is_cut) in [
            (&b"---8<-\xd2\xd2\x067W@\xd0\xa3\"\xe37\r\n"[..], true),
            (b"---8<-\xd2\xd2\x067W@\xd0\xa3\"\xe37xx\r\n", false),
            (b"-- >% --\n", true),
            (b"", false),
        ] {
            assert_eq!(is_scissors(line), is_cut, "{line:?}");
        }
    }

    #[test]
    fn a_body_has_the_findings_it_should_have() {
        for (code, bad, good) in BODIES {
            let message = |body: &str| format!("topic: What\n\n{body}\n");
            assert!(codes(&message(bad), &[]).contains(code), "{code}: {bad:?}");
            assert_eq!(codes(&message(good), &[]), [""; 0], "{code}: {good:?}");
        }
    }

    #[test]
    fn a_subject_has_the_findings_it_should_have() {
        let message = |title: &str| format!("{title}\n\nBody.\n");
        for title in ["[x] a", "Re: a", ": a"] {
            assert_eq!(codes(&message(title), &[]), ["subject-bracket"], "{title}");
        }
        for title in ["a [x] Re: b", "[x half", "x] y"] {
            assert_eq!(codes(&message(title), &[]), [""; 0], "{title}");
        }
        assert_eq!(codes(&message(&"x".repeat(76)), &[]), ["subject-long"]);
        assert_eq!(codes(&message(&"é".repeat(75)), &[]), [""; 0]);
        assert_eq!(codes(&message("a."), &[]), ["subject-period"]);
        for title in ["a: =?b", "=?utf-8?q?x?="] {
            assert_eq!(codes(&message(title), &[]), ["subject-encoded-word"]);
        }
        assert_eq!(codes(&message("a\u{a0}b"), &[]), ["subject-blanks"]);
        assert_eq!(codes(&message("a: b? = ?c"), &[]), [""; 0]);
        assert_eq!(codes("", &[]), ["subject-empty", "body-missing"]);
    }

    #[test]
    fn a_long_line_is_found_unless_it_can_not_be_broken() {
        let message = |line: &str| format!("topic: What\n\n{line}\n");
        let words = "word ".repeat(16);
        assert_eq!(codes(&message(&words), &[]), ["body-long-line"]);
        for line in [
            format!("a\n  {words}"),
            format!("{words} https://a.b"),
            "x".repeat(200),
        ] {
            assert_eq!(codes(&message(&line), &[]), [""; 0], "{line}");
        }
        assert_eq!(codes(&message(&"x".repeat(999)), &[]), ["line-too-long"]);
        assert_eq!(codes(&message(&"x".repeat(998)), &[]), [""; 0]);
    }

    #[test]
    fn a_change_has_the_findings_it_should_have() {
        let long = format!("{}\n", "x".repeat(998));
        let fits = format!("{}\n", "x".repeat(997));
        let cases: &[(&str, FileChange, FileChange)] = &[
            ("line-too-long", change(None, &long), change(None, &fits)),
            (
                "crlf-content",
                change(Some("a\r\nb\n"), "a\r\nc\n"),
                change(Some("a\r\n1\n2\n3\n4\n"), "a\r\n1\n2\n3\n5\n"),
            ),
            (
                "trailing-whitespace",
                change(None, "a \n"),
                change(Some("a \nb\n"), "a \nc\n"),
            ),
            (
                "space-before-tab",
                change(None, " \ta\n"),
                change(None, "\t a \tb\n"),
            ),
            (
                "missing-newline",
                change(Some("a\n"), "a"),
                change(Some("a"), "b"),
            ),
            ("missing-newline", change(None, "a"), change(None, "")),
        ];
        for (code, bad, good) in cases {
            let findings = lint(GOOD, std::slice::from_ref(bad));
            assert_eq!(
                findings
                    .iter()
                    .map(|finding| finding.code)
                    .collect::<Vec<_>>(),
                [*code]
            );
            assert_eq!(
                (findings[0].path.as_deref(), findings[0].line),
                (Some("a.c"), Some(1)),
                "{code}"
            );
            assert_eq!(codes(GOOD, std::slice::from_ref(good)), [""; 0], "{code}");
        }
    }

    #[test]
    fn many_bad_lines_of_a_file_are_one_finding() {
        let findings = lint(GOOD, &[change(Some("a\n"), "a\nb \nc \nd\t\n")]);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].line, Some(2));
        assert!(findings[0].message.ends_with(", and 2 more"));
    }

    #[test]
    fn a_finding_in_the_body_tells_its_line_in_the_message() {
        let findings = lint("\ntopic: What\ngoes on\n\n\nBody.\n---\n", &[]);
        assert_eq!(
            findings
                .iter()
                .map(|finding| finding.line)
                .collect::<Vec<_>>(),
            [Some(7)]
        );
    }

    #[test]
    fn binary_files_are_left_alone_and_links_for_what_is_a_habit() {
        let link = |target: &str| {
            let mut link = change(None, target);
            link.after.as_mut().unwrap().mode = 0o120_000;
            link
        };
        assert_eq!(codes(GOOD, &[link("a "), change(None, "\0 \r\n")]), [""; 0]);
        assert_eq!(codes(GOOD, &[link("a\r")]), ["crlf-content"]);
    }

    #[test]
    fn the_lines_of_a_patch_are_looked_at_where_it_is_put_nowhere() {
        let text = b"diff --git a/x y b/x y\n--- a/x y\t\n+++ b/x y\t\n@@ -3,2 +3,3 @@\n a\n-\xe9\n+b \n+c\rd\n";
        let files = crate::syntax::patch::parse(text).unwrap();
        let found = mailed(GOOD, text, &files, &[]).into_iter();
        let found: Vec<_> = found
            .map(|found| (found.code, found.path.unwrap(), found.line.unwrap()))
            .collect();
        let at = |code, line| (code, "x y".to_owned(), line);
        assert_eq!(
            found,
            [
                at("content-carriage-return", 5),
                at("content-not-utf8", 4),
                at("trailing-whitespace", 4)
            ]
        );
    }

    #[test]
    fn a_mailed_patch_is_told_what_its_change_is_told() {
        let above: String = (1..9).map(|line| format!("    {line};\n")).collect();
        let cases = [
            (Some("a\nb\n"), "a\nc \n"),
            (Some("a\nb\n"), "a\nc"),
            (Some("a\nb"), "a\nc"),
            (Some("a\nb"), "a\nc\n"),
            (None, "a\r\n \tb"),
            (
                Some(&*format!("int f\u{200b}(void)\n{above}")),
                &*format!("int f\u{200b}(void)\n{above}x\n"),
            ),
            (
                Some(&*format!("int\rf(void)\n{above}")),
                &*format!("int\rf(void)\n{above}x"),
            ),
        ];
        for (before, after) in cases {
            let change = change(before, after);
            let content = change.content().unwrap();
            let crate::target::compared::Content::Text(printed) = &*content else {
                panic!()
            };
            let mut text =
                b"diff --git a/a.c b/a.c\nindex 1..2 100644\n--- a/a.c\n+++ b/a.c\n".to_vec();
            text.extend_from_slice(&printed.bytes);
            let files = crate::syntax::patch::parse(&text).unwrap();
            let changes = [change];
            let (of_lines, of_files) =
                (mailed(GOOD, &text, &files, &changes), lint(GOOD, &changes));
            assert_eq!(of_lines, of_files, "{after}");
        }
        assert_eq!(
            lint(GOOD, &[change(cases[5].0, cases[5].1)])[0].code,
            "content-format-character"
        );
    }

    #[test]
    fn every_code_is_told_once() {
        let told: std::collections::BTreeSet<&str> = CODES.iter().map(|(code, ..)| *code).collect();
        assert_eq!(told.len(), CODES.len());
        let sources = [
            include_str!("lint.rs"),
            include_str!("lint/author.rs"),
            include_str!("lint/shown.rs"),
        ]
        .concat();
        let used = |code: &str| sources.matches(&format!("\"{code}\"")).count() > 1;
        assert!(CODES.iter().all(|(code, ..)| used(code)));
    }
}
