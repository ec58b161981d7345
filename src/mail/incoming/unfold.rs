//! A mail into its headers, its message and its patch, by the rules of `git mailinfo`. Does not know mailboxes, or what a series is.
//!
//! The walk is ours and not that of mail-parser: git goes through a mail line by line. It puts all parts one behind the other,
//! whatever their type, decodes each line on its own, lets a header of a part stand in for one that is missing above, and lets the
//! body begin with headers. What a maintainer gets from `git am` is what has to be judged.

use std::borrow::Cow;

use super::charset::{self, Unreadable};
use super::mark::{attribute, begins_patch, is_header, is_separator, name_and_value};
use super::space::{is_space, trimmed_end};
use super::traced::{Line, Traced};
use crate::check::lint;
use crate::text::{Problem, Source};

/// A header as it is read: decoded, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) value: Vec<u8>,
    pub(super) at: usize,
}

/// The headers that git reads.
#[derive(Clone, Debug, Default)]
pub(super) struct Headers {
    pub(super) from: Option<Header>,
    pub(super) subject: Option<Header>,
    pub(super) date: Option<Header>,
}

impl Headers {
    fn slot(&mut self, name: &str) -> Option<&mut Option<Header>> {
        match name {
            "from" => Some(&mut self.from),
            "subject" => Some(&mut self.subject),
            "date" => Some(&mut self.date),
            _ => None,
        }
    }
}

/// How the body is carried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transfer {
    /// As it is.
    #[default]
    Plain,
    /// Base64.
    Base64,
    /// Quoted-printable.
    QuotedPrintable,
}

/// What git makes of a mail.
#[derive(Clone, Debug)]
pub(super) struct Unfolded {
    /// Headers above the mail and, where it has a patch, those that its body begins with in their place.
    pub(super) headers: Headers,
    pub(super) message: Traced,
    pub(super) patch: Traced,
    pub(super) facts: Facts,
    pub(super) problems: Vec<Problem>,
}

/// What was seen on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Whether the mail has a header at all.
    pub has_header: bool,
    /// The last encoding that a part declared.
    pub transfer: Transfer,
    /// Whether a part is flowed (RFC 3676).
    pub is_flowed: bool,
    /// Whether a charset is declared.
    pub declares_charset: bool,
    /// Whether the mail has parts.
    pub is_multipart: bool,
    /// Whether an encoded line ends in CR LF, which git keeps.
    pub has_quoted_cr: bool,
    /// Whether a part is HTML, which git reads as if it were text.
    pub is_html: bool,
}

/// Parts within parts, at most; git gives up beyond.
const DEEPEST: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The body may still begin with headers.
    Headers,
    Message,
    Patch,
}

struct Walk<'w> {
    source: &'w Source,
    lines: std::iter::Peekable<std::slice::Iter<'w, Line<'w>>>,
    scissors: bool,
    outer: Headers,
    inner: Headers,
    /// A header in the body that may go on in the next line.
    open: Option<Header>,
    charset: String,
    transfer: Transfer,
    flowed: bool,
    delsp: bool,
    boundaries: Vec<Vec<u8>>,
    stage: Stage,
    message: Traced,
    patch: Traced,
    facts: Facts,
    problems: Vec<Problem>,
}

/// Takes a mail apart.
pub(super) fn unfold(source: &Source, lines: &[Line<'_>], scissors: bool) -> Unfolded {
    let mut walk = Walk {
        source,
        lines: lines.iter().peekable(),
        scissors,
        outer: Headers::default(),
        inner: Headers::default(),
        open: None,
        charset: String::new(),
        transfer: Transfer::Plain,
        flowed: false,
        delsp: false,
        boundaries: Vec::new(),
        stage: Stage::Headers,
        message: Traced::new(source),
        patch: Traced::new(source),
        facts: Facts::default(),
        problems: Vec::new(),
    };
    let body = walk.headers(true);
    if let Some(first) = body {
        walk.body(first);
    }
    walk.close_inner();
    walk.finish()
}

impl<'w> Walk<'w> {
    fn finish(self) -> Unfolded {
        let mut headers = self.outer;
        let inner = self.inner;
        let is_patch = !self.patch.bytes().is_empty();
        if is_patch {
            headers.from = inner.from.or(headers.from);
            headers.subject = inner.subject.or(headers.subject);
            headers.date = inner.date.or(headers.date);
        }
        Unfolded {
            headers,
            message: self.message,
            patch: self.patch,
            facts: self.facts,
            problems: self.problems,
        }
    }

    /// Reads headers, of the mail or of a part, and returns the line that ended them; `None` where nothing follows.
    fn headers(&mut self, is_outermost: bool) -> Option<Line<'w>> {
        let mut last = None;
        loop {
            let Some(line) = self.lines.next() else {
                // Where the mail ends with a header, git takes that for the body's first line as well.
                return last.filter(|_| is_outermost);
            };
            let mut text = line.trimmed().to_vec();
            if text.is_empty() || !is_header(&text) {
                text.push(b'\n');
                return Some(Line {
                    bytes: text.into(),
                    at: line.at,
                });
            }
            while let Some(next) = self
                .lines
                .next_if(|next| matches!(next.bytes.first(), Some(b' ' | b'\t')))
            {
                text.push(b' ');
                text.extend_from_slice(trimmed_end(&next.bytes[1..]));
            }
            self.facts.has_header |= is_outermost;
            self.header(&text, line.at, is_outermost);
            last = Some(Line {
                bytes: text.into(),
                at: line.at,
            });
        }
    }

    /// Takes note of a header. Of the mail's own the last one counts, of a part's the first.
    fn header(&mut self, text: &[u8], at: usize, is_outermost: bool) {
        let Some((name, raw)) = name_and_value(text) else {
            return;
        };
        // What git does not read it does not decode, and what can't be decoded there does no harm.
        let slot = self.outer.slot(&name);
        let is_read = slot.map(|slot| slot.is_none() || is_outermost);
        if is_read == Some(true) {
            let value = self.value(raw, at);
            if let Some(slot) = self.outer.slot(&name) {
                *slot = Some(Header { value, at });
            }
            return;
        }
        match name.as_str() {
            "content-type" => {
                let value = self.value(raw, at);
                self.content_type(&String::from_utf8_lossy(&value), at);
            }
            "content-transfer-encoding" => {
                let value = self.value(raw, at).to_ascii_lowercase();
                self.transfer = if charset::find(&value, b"base64").is_some() {
                    Transfer::Base64
                } else if charset::find(&value, b"quoted-printable").is_some() {
                    Transfer::QuotedPrintable
                } else {
                    Transfer::Plain
                };
                self.facts.transfer = self.transfer;
            }
            "message-id" => {
                self.value(raw, at);
            }
            _ => {}
        }
    }

    /// Decodes the value of a header; git reads it up to a NUL.
    fn value(&mut self, raw: &[u8], at: usize) -> Vec<u8> {
        let nul = raw.iter().position(|&byte| byte == 0);
        if nul.is_some() {
            self.nul(at);
        }
        let raw = &raw[..nul.unwrap_or(raw.len())];
        charset::words(raw).unwrap_or_else(|unreadable| {
            self.unreadable(&unreadable, at);
            raw.to_vec()
        })
    }

    fn nul(&mut self, at: usize) {
        let problem = Problem::new("received-nul", "a header holds a NUL byte")
            .at(
                self.source,
                super::traced::line_at(self.source.bytes(), at),
                "`git am` refuses it, or reads no further",
            )
            .help("take the byte out");
        self.problems.push(problem);
    }

    fn unreadable(&mut self, unreadable: &Unreadable, at: usize) {
        let (code, message) = match unreadable {
            Unreadable::Unknown(name) => (
                "received-charset-unknown",
                format!("no charset is called `{name}`"),
            ),
            Unreadable::Word => (
                "received-bad-word",
                "this begins like an encoded word, and is none".to_owned(),
            ),
            Unreadable::Unfit(name) => (
                "received-charset-unfit",
                format!("this is no text in `{name}`, as the mail says"),
            ),
        };
        // One wrong declaration spoils every line; the first tells it.
        if self.problems.iter().all(|problem| problem.code != code) {
            let span = super::traced::line_at(self.source.bytes(), at);
            let problem = Problem::new(code, message)
                .at(self.source, span, "`git am` can't read this")
                .help("ask for the mail in UTF-8, or as a file that `git format-patch` wrote");
            self.problems.push(problem);
        }
    }

    fn content_type(&mut self, value: &str, at: usize) {
        let is = |name: &str, wanted: &str| {
            attribute(value, name).is_some_and(|value| value.eq_ignore_ascii_case(wanted))
        };
        self.flowed = is("format=", "flowed");
        self.delsp = is("delsp=", "yes");
        self.facts.is_flowed |= self.flowed;
        let kind = value.split(';').next().unwrap_or_default().trim();
        self.facts.is_html |= kind.eq_ignore_ascii_case("text/html");
        if let Some(boundary) = attribute(value, "boundary=") {
            self.facts.is_multipart = true;
            if self.boundaries.len() + 1 >= DEEPEST {
                let span = super::traced::line_at(self.source.bytes(), at);
                let problem = Problem::new(
                    "received-too-deep",
                    "the mail has parts within parts within parts",
                )
                .at(self.source, span, "`git am` goes no deeper")
                .help("ask for the patch as a mail of its own");
                self.problems.push(problem);
            } else {
                self.boundaries.push(format!("--{boundary}").into_bytes());
            }
        }
        self.charset = attribute(value, "charset=").unwrap_or_default().to_owned();
        self.facts.declares_charset |= !self.charset.is_empty();
    }

    /// Reads the body, from its first line on.
    fn body(&mut self, first: Line<'w>) {
        // What a line leaves for the next one: a line that goes on, or half a line that was encoded.
        let mut held = Line {
            bytes: Cow::default(),
            at: first.at,
        };
        let mut next = Some(first);
        if !self.boundaries.is_empty() {
            next = self.next_boundary();
        }
        while let Some(mut line) = next {
            if self.is_boundary(&line.bytes) {
                self.flush(&mut held);
                match self.boundary(line) {
                    Some(first) => line = first,
                    None => return,
                }
            }
            self.decode(line, &mut held);
            next = self.lines.next().cloned();
        }
        self.flush(&mut held);
    }

    fn flush(&mut self, held: &mut Line<'static>) {
        if !held.bytes.is_empty() {
            let line = std::mem::replace(
                held,
                Line {
                    bytes: Cow::default(),
                    at: 0,
                },
            );
            self.line(&line);
        }
    }

    fn is_boundary(&self, line: &[u8]) -> bool {
        self.boundaries
            .last()
            .is_some_and(|boundary| line.starts_with(boundary))
    }

    fn next_boundary(&mut self) -> Option<Line<'w>> {
        loop {
            let line = self.lines.next()?;
            if self.is_boundary(&line.bytes) {
                return Some(line.clone());
            }
        }
    }

    /// Goes over a boundary and the headers of the part behind it; returns the part's first line.
    fn boundary(&mut self, mut line: Line<'w>) -> Option<Line<'w>> {
        // Parts that end at once leave one blank line.
        let mut gap = &b"\n"[..];
        loop {
            let boundary = self.boundaries.last()?;
            if !line.bytes[boundary.len()..].starts_with(b"--") {
                break;
            }
            self.boundaries.pop();
            self.line(&Line {
                bytes: gap.into(),
                at: line.at,
            });
            gap = b"";
            line = self.next_boundary()?;
        }
        self.transfer = Transfer::Plain;
        self.charset.clear();
        // The line that ends the headers is blank, or lost.
        self.headers(false)?;
        self.lines.next().map(|line| {
            let mut line = line.clone();
            if !line.bytes.ends_with(b"\n") {
                line.bytes.to_mut().push(b'\n');
            }
            line
        })
    }

    /// Takes the transfer encoding off a line.
    fn decode(&mut self, line: Line<'_>, held: &mut Line<'static>) {
        let decoded = match self.transfer {
            Transfer::Plain => return self.flow(line, held),
            Transfer::Base64 => charset::base64(&line.bytes),
            Transfer::QuotedPrintable => charset::quoted_printable(&line.bytes, false),
        };
        let at = if held.bytes.is_empty() {
            line.at
        } else {
            held.at
        };
        let mut bytes = std::mem::take(&mut held.bytes).into_owned();
        bytes.extend_from_slice(&decoded);
        for (number, part) in bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
            let part = Line {
                bytes: part.into(),
                at: if number == 0 { at } else { line.at },
            };
            if part.bytes.ends_with(b"\n") {
                self.flow(part, held);
            } else {
                let at = if held.bytes.is_empty() {
                    part.at
                } else {
                    held.at
                };
                held.bytes.to_mut().extend_from_slice(&part.bytes);
                held.at = at;
            }
        }
    }

    /// Joins lines that flow (RFC 3676), where the mail says that they do.
    fn flow(&mut self, mut line: Line<'_>, held: &mut Line<'static>) {
        if !self.flowed {
            if self.transfer != Transfer::Plain && line.bytes.ends_with(b"\r\n") {
                self.facts.has_quoted_cr = true;
            }
            return self.line(&line);
        }
        let end = line
            .bytes
            .strip_suffix(b"\n")
            .map(|rest| rest.strip_suffix(b"\r").unwrap_or(rest).len());
        let mut len = end.unwrap_or(line.bytes.len());
        if line.bytes.starts_with(b"-- ") && len == 3 {
            self.flush(held);
            return self.line(&line);
        }
        if len > 0 && line.bytes[0] == b' ' {
            line.bytes.to_mut().remove(0);
            len -= 1;
        }
        if held.bytes.is_empty() {
            held.at = line.at;
        }
        if len > 0 && line.bytes[len - 1] == b' ' {
            let kept = len - usize::from(self.delsp);
            held.bytes.to_mut().extend_from_slice(&line.bytes[..kept]);
            return;
        }
        let at = held.at;
        let mut bytes = std::mem::take(&mut held.bytes).into_owned();
        bytes.extend_from_slice(&line.bytes);
        let bytes = bytes.into();
        self.line(&Line { bytes, at });
    }

    /// Takes a line of the text: a header, a line of the message or of the patch.
    fn line(&mut self, line: &Line<'_>) {
        if self.stage == Stage::Patch {
            self.patch.push(line);
        } else if let Some(first) = self.first_of_patch(line) {
            self.stage = Stage::Patch;
            self.patch.push(&first);
        }
    }

    /// Takes a line of the headers or the message; returns the one that begins the patch, which alone of it has been read as a text.
    fn first_of_patch<'l>(&mut self, line: &'l Line<'_>) -> Option<Line<'l>> {
        if self.stage == Stage::Headers {
            if line.bytes.is_empty() || *line.bytes == *b"\n" {
                if self.open.is_some() {
                    self.close_inner();
                    self.stage = Stage::Message;
                }
                return None;
            }
            if self.inner_header(line) {
                return None;
            }
            self.stage = Stage::Message;
        }
        let text = match charset::to_utf8(&line.bytes, &self.charset) {
            Ok(text) => text,
            Err(unreadable) => {
                self.unreadable(&unreadable, line.at);
                Cow::Borrowed(&*line.bytes)
            }
        };
        if self.scissors && lint::is_scissors(&text) {
            self.message = Traced::new(self.source);
            self.stage = Stage::Headers;
            self.inner = Headers::default();
            return None;
        }
        let (bytes, at) = (text, line.at);
        if begins_patch(&bytes) {
            return Some(Line { bytes, at });
        }
        self.message.push(&Line { bytes, at });
        None
    }

    /// Returns whether a line at the start of the body is a header, and takes it.
    fn inner_header(&mut self, line: &Line<'_>) -> bool {
        let is_cut = self.scissors && lint::is_scissors(&line.bytes);
        if self.open.is_some() && matches!(line.bytes.first(), Some(b' ' | b'\t')) {
            if is_cut {
                self.close_inner();
                return false;
            }
            if let Some(open) = &mut self.open {
                if open.value.ends_with(b"\n") {
                    open.value.pop();
                }
                open.value.extend_from_slice(&line.bytes);
            }
            return true;
        }
        self.close_inner();
        if line.bytes.starts_with(b">From") && line.bytes.get(5).copied().is_some_and(is_space) {
            return is_separator(&line.bytes[1..]);
        }
        if line.bytes.starts_with(b"[PATCH]") && line.bytes.get(7).copied().is_some_and(is_space) {
            self.inner.subject = Some(Header {
                value: line.bytes.to_vec(),
                at: line.at,
            });
            return true;
        }
        let Some((name, _)) = name_and_value(&line.bytes) else {
            return false;
        };
        let is_free = self.inner.slot(&name).is_some_and(|slot| slot.is_none());
        if is_free {
            // With its line feed, which becomes a blank: so does git.
            self.open = Some(Header {
                value: line.bytes.to_vec(),
                at: line.at,
            });
        }
        is_free
    }

    fn close_inner(&mut self) {
        let Some(open) = self.open.take() else {
            return;
        };
        let Some((name, raw)) = name_and_value(&open.value) else {
            return;
        };
        let value = self.value(raw, open.at);
        if let Some(slot) = self.inner.slot(&name) {
            *slot = Some(Header { value, at: open.at });
        }
    }
}
