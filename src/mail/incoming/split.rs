//! A mailbox into its mails, as `git mailsplit` tells them apart. Does not know what a mail looks like inside.

use std::borrow::Cow;

use super::space::{is_space, trimmed_start};
use super::traced::Line;
use crate::text::{Source, Span};

/// How a mailbox is read where mailboxes differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Splitting {
    /// What a `>` before `From ` is.
    pub quotes: Quotes,
    /// A carriage return at the end of a line is a part of the text.
    pub keep_cr: bool,
}

/// What is done with a `>` before `From ` at the start of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quotes {
    /// It stays, as git leaves it (mboxo).
    #[default]
    Kept,
    /// It is taken off, as it was put on (mboxrd).
    Taken,
    /// It is taken off where the mailbox itself shows that it was put on: it quotes some such lines, and leaves none as it is.
    Told,
}

/// One mail of a mailbox: its lines as they are read, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Split<'f> {
    pub(super) lines: Vec<Line<'f>>,
    pub(super) span: Span,
}

/// Returns whether a line begins a mail: `From `, and something like a time and a year (gitformat: `git mailsplit` takes no other).
///
/// A message may have a line that begins with `From `; without a time in it no mail is split there.
pub(super) fn begins_mail(line: &[u8]) -> bool {
    let digit = |at: Option<usize>| {
        at.and_then(|at| line.get(at))
            .is_some_and(u8::is_ascii_digit)
    };
    if line.len() < 20 || !line.starts_with(b"From ") {
        return false;
    }
    let inner = &line[5..line.len() - 2];
    let Some(colon) = inner.iter().rposition(|&byte| byte == b':') else {
        return false;
    };
    let colon = colon + 5;
    let around = [
        colon.checked_sub(4),
        colon.checked_sub(2),
        colon.checked_sub(1),
        Some(colon + 1),
        Some(colon + 2),
    ];
    if !around.into_iter().all(digit) {
        return false;
    }
    let year = trimmed_start(&line[colon + 3..]);
    let digits = year.iter().take_while(|byte| byte.is_ascii_digit());
    let year = digits.fold(0_u64, |year, digit| {
        year.saturating_mul(10)
            .saturating_add(u64::from(digit - b'0'))
    });
    year > 90
}

/// Splits a file into mails. A file whose first line begins no mail is one mail.
pub(super) fn split(source: &Source, how: Splitting) -> Vec<Split<'_>> {
    let file = source.bytes();
    let blank = file.iter().take_while(|byte| is_space(**byte)).count();
    let mut raws = lines(&file[blank..]).peekable();
    let is_bare = raws.peek().is_none_or(|first| !begins_mail(first));
    let takes = match how.quotes {
        Quotes::Kept => false,
        Quotes::Taken => true,
        Quotes::Told => !is_bare && quotes(&file[blank..]),
    };
    let mut mails: Vec<Split<'_>> = Vec::new();
    let mut at = blank;
    for raw in raws {
        if mails.is_empty() || (!is_bare && begins_mail(raw)) {
            mails.push(Split {
                lines: Vec::new(),
                span: Span::new(at, at),
            });
        }
        if let Some(mail) = mails.last_mut() {
            let bytes = read(raw, takes, how.keep_cr);
            mail.lines.push(Line { bytes, at });
            mail.span.end = at + raw.len();
        }
        at += raw.len();
    }
    mails
}

/// Cuts a text behind each line feed.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, below) = rest.split_at(end);
        rest = below;
        (!line.is_empty()).then_some(line)
    })
}

/// Returns whether a mailbox quotes the lines of its mails that begin with `From `: there are quoted ones, and no others.
fn quotes(mailbox: &[u8]) -> bool {
    let is_plain = |line: &[u8]| line.starts_with(b"From ") && !begins_mail(line);
    lines(mailbox).any(is_quoted) && !lines(mailbox).any(is_plain)
}

fn is_quoted(line: &[u8]) -> bool {
    let quotes = line.iter().take_while(|&&byte| byte == b'>').count();
    quotes > 0 && line[quotes..].starts_with(b"From ")
}

/// Returns the bytes that a line stands for.
fn read(raw: &[u8], takes: bool, keep_cr: bool) -> Cow<'_, [u8]> {
    let raw = &raw[usize::from(takes && is_quoted(raw))..];
    match raw.strip_suffix(b"\r\n") {
        Some(line) if !keep_cr => Cow::Owned([line, b"\n"].concat()),
        _ => Cow::Borrowed(raw),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_begins_where_a_time_and_a_year_follow() {
        assert!(begins_mail(b"From a@b Thu Jan  1 00:00:00 1970\n"));
        assert!(begins_mail(b"From 0123 Mon Sep 17 00:00:00 2001\n"));
        for line in [
            &b"From here on the cache is read again\n"[..],
            b"From a Thu Jan  1 00:00:00 12\n",
            b"From x 1:2:3\n",
            b"From ",
            b">From a@b Thu Jan  1 00:00:00 1970\n",
        ] {
            assert!(!begins_mail(line), "{}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn a_bare_mail_is_never_split() {
        let text = b"Subject: x\n\nFrom a@b Thu Jan  1 00:00:00 1970\n";
        assert_eq!(
            split(&Source::new("m", &text[..]), Splitting::default()).len(),
            1
        );
    }

    #[test]
    fn quotes_come_off_only_where_they_were_put_on() {
        let text = b"Subject: x\n\n>From a\n>>From b\n> From c\r\n";
        let lines = |how| {
            let source = Source::new("m", &text[..]);
            let mails = split(&source, how);
            let lines = mails[0].lines.iter().skip(2);
            lines
                .map(|line| String::from_utf8_lossy(&line.bytes).into_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            lines(Splitting::default()),
            [">From a\n", ">>From b\n", "> From c\n"]
        );
        let mboxrd = Splitting {
            quotes: Quotes::Taken,
            keep_cr: true,
        };
        assert_eq!(lines(mboxrd), ["From a\n", ">From b\n", "> From c\r\n"]);
    }

    #[test]
    fn a_mailbox_tells_whether_it_quotes() {
        let read = |body: &str| {
            let text = format!("From a@b Thu Jan  1 00:00:00 1970\nSubject: x\n\n{body}");
            let source = Source::new("m", text.into_bytes());
            let how = Splitting {
                quotes: Quotes::Told,
                keep_cr: false,
            };
            let mails = split(&source, how);
            let lines = mails[0].lines.iter().skip(3);
            let lines = lines.map(|line| String::from_utf8_lossy(&line.bytes).into_owned());
            lines.collect::<String>()
        };
        assert_eq!(
            read(">From a\n>>From b\n+From\n"),
            "From a\n>From b\n+From\n"
        );
        assert_eq!(read(">From a\nFrom here\n"), ">From a\nFrom here\n");
    }
}
