//! One mail as `git am` would take it: author, date, message and patch. Does not know the other mails.

use mail_parser::MessageParser;

use super::Reading;
use super::person::{in_a_commit, person};
use super::space::{is_space, single_spaced};
use super::split::Split;
use super::title::{Tags, cleaned};
use super::traced::{Traced, line_at};
use super::unfold::{Facts, Header, Unfolded, unfold};
use super::when::when;
use crate::target::{Ident, When};
use crate::text::{Problem, Source, Span};

/// A mail, taken apart.
#[derive(Clone, Debug)]
pub struct Received {
    /// The file that it was read from.
    pub source: Source,
    /// Where in the file it stands.
    pub span: Span,
    /// The line of the file that shows which mail it is: its subject, else its first.
    pub line: Span,
    /// What `git mailinfo` makes of its headers and its message.
    pub info: Info,
    /// Its author as a commit has it, none where git finds none.
    pub author: Option<Ident>,
    /// When it was written, none where git can't tell.
    pub date: Option<When>,
    /// Its subject without brackets.
    pub subject: String,
    /// What the brackets say.
    pub tags: Tags,
    /// The message of the commit: subject, blank line, body, tidied as git does.
    pub message: String,
    /// The patch, empty where the mail has none.
    pub patch: Traced,
    /// Its Message-ID, without angle brackets.
    pub message_id: Option<String>,
    /// The Message-ID that it replies to.
    pub in_reply_to: Option<String>,
    /// The Message-IDs of the thread above it, the first mail first.
    pub references: Vec<String>,
    /// What its `base-commit:` line says.
    pub base_commit: Option<String>,
    /// What was seen of its form.
    pub facts: Facts,
    /// Why git would not take it.
    pub problems: Vec<Problem>,
}

/// What `git mailinfo` prints of a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// `Author:`, none where there is no line.
    pub name: Option<Vec<u8>>,
    /// `Email:`.
    pub email: Option<Vec<u8>>,
    /// `Subject:`.
    pub subject: Option<Vec<u8>>,
    /// `Date:`, as it was written.
    pub date: Option<Vec<u8>>,
    /// The message, without its subject.
    pub message: Vec<u8>,
}

/// Reads the mails of one file.
pub fn take(source: &Source, how: Reading) -> Vec<Received> {
    let mails = super::split::split(source, how.splitting);
    mails
        .iter()
        .map(|mail| received(source, mail, how))
        .collect()
}

fn received(source: &Source, mail: &Split<'_>, how: Reading) -> Received {
    let unfolded = unfold(source, trimmed_start(mail).as_slice(), how.scissors);
    let mut problems = unfolded.problems.clone();
    let info = info(&unfolded, source, &mut problems);
    let (author, date) = who_and_when(&info, &unfolded, source, mail.span, &mut problems);
    let raw = unfolded.headers.subject.as_ref();
    let raw =
        raw.map(|subject| String::from_utf8_lossy(&single_spaced(&subject.value)).into_owned());
    let subject = info
        .subject
        .as_deref()
        .map(|text| String::from_utf8_lossy(text).trim().to_owned());
    let subject = subject.unwrap_or_default();
    let mut text = info.subject.clone().unwrap_or_default();
    text.extend_from_slice(b"\n\n");
    text.extend_from_slice(&info.message);
    if std::str::from_utf8(&text).is_err() {
        problems.push(not_utf8(source, &unfolded, mail.span));
    }
    let thread = Thread::of(&source.bytes()[mail.span.start..mail.span.end]);
    Received {
        source: source.clone(),
        span: mail.span,
        line: line_at(
            source.bytes(),
            unfolded
                .headers
                .subject
                .as_ref()
                .map_or(mail.span.start, |subject| subject.at),
        ),
        author,
        date,
        tags: Tags::of(raw.as_deref().unwrap_or_default()),
        subject,
        message: tidied(&String::from_utf8_lossy(&text)),
        base_commit: base_commit(&info.message).or_else(|| base_commit(unfolded.patch.bytes())),
        patch: unfolded.patch,
        message_id: thread.id,
        in_reply_to: thread.in_reply_to,
        references: thread.references,
        facts: unfolded.facts,
        info,
        problems,
    }
}

/// Git reads over blanks and blank lines above the first header.
fn trimmed_start<'f>(mail: &Split<'f>) -> Vec<super::traced::Line<'f>> {
    let mut lines = mail.lines.clone();
    while let Some(first) = lines.first_mut() {
        let blank = first
            .bytes
            .iter()
            .take_while(|&&byte| is_space(byte))
            .count();
        if blank > 0 {
            first.bytes.to_mut().drain(..blank);
        }
        first.at += blank;
        if !first.bytes.is_empty() {
            break;
        }
        lines.remove(0);
    }
    lines
}

fn info(unfolded: &Unfolded, source: &Source, problems: &mut Vec<Problem>) -> Info {
    let headers = &unfolded.headers;
    for header in [&headers.from, &headers.subject, &headers.date]
        .into_iter()
        .flatten()
    {
        if header.value.contains(&0) {
            let problem = Problem::new("received-nul", "a header holds a NUL byte").at(
                source,
                line_at(source.bytes(), header.at),
                "`git am` refuses it",
            );
            problems.push(problem.help("take the byte out"));
        }
    }
    if let Some(at) = unfolded.message.bytes().iter().position(|&byte| byte == 0) {
        let problem = Problem::new("received-nul", "the message holds a NUL byte").at_site(
            &unfolded.message.site(Span::new(at, at + 1)),
            "`git am` makes no commit of it",
        );
        problems.push(problem.help("take the byte out"));
    }
    let spaced =
        |header: &Option<Header>| header.as_ref().map(|header| single_spaced(&header.value));
    let from = spaced(&headers.from);
    // Git prints both lines as soon as there is a header, even where it finds nobody in it.
    let person = from.as_deref().map(|from| person(from).unwrap_or_default());
    Info {
        name: person.as_ref().map(|(name, _)| name.clone()),
        email: person.map(|(_, email)| email),
        subject: headers
            .subject
            .as_ref()
            .map(|subject| cleaned(&subject.value)),
        date: spaced(&headers.date),
        message: unfolded.message.bytes().to_vec(),
    }
}

fn who_and_when(
    info: &Info,
    unfolded: &Unfolded,
    source: &Source,
    mail: Span,
    problems: &mut Vec<Problem>,
) -> (Option<Ident>, Option<When>) {
    let place = |header: &Option<Header>| {
        line_at(
            source.bytes(),
            header.as_ref().map_or(mail.start, |header| header.at),
        )
    };
    if !unfolded.facts.has_header {
        let problem = Problem::new(
            "received-no-header",
            "there is no mail around this patch: no author, no date, no message",
        )
        .at(
            source,
            line_at(source.bytes(), mail.start),
            "expected a header such as `From:`",
        )
        .help("ask for what `git format-patch` writes");
        problems.push(problem);
        return (None, None);
    }
    let author = match (&info.name, &info.email) {
        (Some(name), Some(email)) => Some(in_a_commit(name, email)),
        _ => None,
    };
    let author = author.filter(|author| !author.name.is_empty());
    let from = place(&unfolded.headers.from);
    problems.extend(author_not_utf8(info, source, from));
    if author.is_none() {
        let problem = Problem::new("received-no-author", "the mail does not say who wrote it")
            .at(source, from, "expected `From: Name <user@example.org>`")
            .help("give the mail a `From:` header with a name and an address");
        problems.push(problem);
    }
    let date = info
        .date
        .as_deref()
        .and_then(|date| when(&String::from_utf8_lossy(date)));
    if date.is_none() {
        let problem = Problem::new(
            "received-bad-date",
            "the mail has no date that git can read",
        )
        .at(
            source,
            place(&unfolded.headers.date),
            "expected a date as in `Wed, 20 May 2015 08:05:17 -0400`",
        )
        .help("give the mail a `Date:` header");
        problems.push(problem);
    }
    (author, date)
}

fn author_not_utf8(info: &Info, source: &Source, from: Span) -> Option<Problem> {
    let mut told = [&info.name, &info.email].into_iter().flatten();
    let is_other = told.any(|told| std::str::from_utf8(told).is_err());
    is_other.then(|| {
        Problem::new(
            "received-not-utf8",
            "the author is no UTF-8: `git am` takes the bytes for Latin-1, and others for nothing",
        )
        .at(source, from, "not UTF-8")
        .help("write the name as an encoded word, as in `=?UTF-8?q?J=C3=BCrgen?=`")
    })
}

fn not_utf8(source: &Source, unfolded: &Unfolded, mail: Span) -> Problem {
    let bytes = unfolded.message.bytes();
    let in_message = std::str::from_utf8(bytes)
        .err()
        .map(|error| error.valid_up_to());
    let problem = Problem::new(
        "received-not-utf8",
        "the subject or the message is no UTF-8, and no charset is declared that says what it is",
    );
    let problem = match in_message {
        Some(at) => problem.at_site(
            &unfolded.message.site(Span::new(at, at + 1)),
            "not UTF-8 from here on",
        ),
        None => problem.at(source, line_at(source.bytes(), mail.start), "not UTF-8"),
    };
    problem.help("declare the charset, as in `Content-Type: text/plain; charset=ISO-8859-1`")
}

/// Message-IDs of a mail and of those above it.
#[derive(Default)]
struct Thread {
    id: Option<String>,
    in_reply_to: Option<String>,
    references: Vec<String>,
}

impl Thread {
    fn of(mail: &[u8]) -> Self {
        // The first line of a mailbox is no header to the crate, and would be taken for one.
        let start = if mail.starts_with(b"From ") {
            mail.split_inclusive(|&byte| byte == b'\n')
                .next()
                .map_or(0, <[u8]>::len)
        } else {
            0
        };
        let parser = MessageParser::new()
            .with_message_ids()
            .default_header_ignore();
        let Some(parsed) = parser.parse_headers(&mail[start..]) else {
            return Thread::default();
        };
        let list = |value: &mail_parser::HeaderValue<'_>| -> Vec<String> {
            match (value.as_text_list(), value.as_text()) {
                (Some(list), _) => list.iter().map(ToString::to_string).collect(),
                (None, Some(one)) => vec![one.to_owned()],
                (None, None) => Vec::new(),
            }
        };
        let references = list(parsed.references());
        let in_reply_to = list(parsed.in_reply_to()).into_iter().next();
        Thread {
            id: parsed.message_id().map(str::to_owned),
            in_reply_to: in_reply_to.or_else(|| references.last().cloned()),
            references,
        }
    }
}

/// Returns what a line `base-commit:` says.
fn base_commit(text: &[u8]) -> Option<String> {
    let lines = text.split(|&byte| byte == b'\n');
    let mut values = lines.filter_map(|line| line.strip_prefix(b"base-commit:"));
    let value = values.next_back()?;
    Some(String::from_utf8_lossy(value.trim_ascii()).into_owned())
}

/// Returns a message as git keeps it: no blanks at the ends of lines, no two blank lines in a row, none at its ends.
pub fn tidied(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut is_blank = false;
    for line in text.split('\n') {
        let line = line.trim_end_matches(|c: char| u8::try_from(c).is_ok_and(is_space));
        if line.is_empty() {
            is_blank = true;
            continue;
        }
        if is_blank && !out.is_empty() {
            out.push('\n');
        }
        is_blank = false;
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Received {
        take(&Source::new("m", text.as_bytes()), Reading::default()).remove(0)
    }

    const MAIL: &str = "From 0123 Mon Sep 17 00:00:00 2001\nMessage-ID: <2@h>\nIn-Reply-To: <1@h>\nReferences: <0@h>\n\t<1@h>\n\
        From: C O Mitter <c@example.org>\nDate: Wed, 20 May 2015 08:05:17 -0400\nSubject: [PATCH v2 2/3] a: Change\n\n\
        From: A U Thor <a@example.org>\n\nWhy.  \n\n\nMore.\n---\n a | 2 +-\n\ndiff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n+y\n\
        -- \n2.47\n\nbase-commit: 0123456789012345678901234567890123456789\n";

    #[test]
    fn a_mail_is_taken_apart_into_what_a_commit_needs() {
        let mail = read(MAIL);
        assert!(mail.problems.is_empty(), "{:?}", mail.problems);
        let author = mail.author.unwrap();
        assert_eq!(
            (author.name.as_str(), author.email.as_str()),
            ("A U Thor", "a@example.org")
        );
        assert_eq!(mail.date.unwrap().seconds, 1_432_123_517);
        assert_eq!(mail.message, "a: Change\n\nWhy.\n\nMore.\n");
        assert_eq!(
            (mail.tags.number, mail.tags.of, mail.tags.version),
            (Some(2), Some(3), Some(2))
        );
        assert!(mail.patch.bytes().starts_with(b"---\n a | 2 +-\n"));
        assert_eq!(mail.message_id.as_deref(), Some("2@h"));
        assert_eq!(mail.in_reply_to.as_deref(), Some("1@h"));
        assert_eq!(mail.references, ["0@h", "1@h"]);
        assert_eq!(
            mail.base_commit.as_deref(),
            Some("0123456789012345678901234567890123456789")
        );
    }

    #[test]
    fn a_diff_without_a_mail_around_it_is_told() {
        let mail = read("diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n+y\n");
        assert_eq!(mail.problems[0].code, "received-no-header");
        assert!(!mail.patch.bytes().is_empty());
    }

    #[test]
    fn who_and_when_nobody_can_read_are_told_where_they_stand() {
        let mail = read("From: nobody\nDate: once\nSubject: x\n\nx\n");
        let codes: Vec<&str> = mail.problems.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, ["received-no-author", "received-bad-date"]);
        assert_eq!(mail.problems[1].labels[0].site.place().line, 2);
    }
}
