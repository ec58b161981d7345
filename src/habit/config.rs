//! The syntax of git's configuration files, read as text: sections, keys, values, and where each stands. Opens no file, follows no
//! `include`, and knows no key.
//!
//! Libgit2 reads such files too, but opens what their `include.path` names; a file of a target must not name what is opened.

use crate::text::{Problem, Source, Span};

/// A value that was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Name of the section, in lower case; empty above the first one.
    pub section: String,
    /// Its part in quotes, as it stands; empty where there is none.
    pub subsection: String,
    /// The key, in lower case.
    pub key: String,
    /// The value; none for a key alone, which git takes for `true`.
    pub value: Option<String>,
    /// The key and what follows it.
    pub span: Span,
}

/// Reads a file as `git config --file` does (git-config(1), "Syntax"), in order.
///
/// # Errors
/// `habit-syntax` at the first place that git would refuse too, or at a value that is not UTF-8.
pub fn parse(source: &Source) -> Result<Vec<Entry>, Problem> {
    let bytes = source.bytes();
    let start = if bytes.starts_with(BOM) { BOM.len() } else { 0 };
    let mut reader = Reader {
        source,
        bytes,
        at: start,
        section: String::new(),
        subsection: String::new(),
    };
    let mut entries = Vec::new();
    while let Some(byte) = reader.peek() {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => reader.at += 1,
            b'#' | b';' => reader.skip_line(),
            b'[' => reader.heading()?,
            b'a'..=b'z' | b'A'..=b'Z' => entries.push(reader.entry()?),
            _ => return Err(reader.wrong(reader.at, "expected a section or a key")),
        }
    }
    Ok(entries)
}

/// What some editors put before UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

struct Reader<'r> {
    source: &'r Source,
    bytes: &'r [u8],
    at: usize,
    section: String,
    subsection: String,
}

impl Reader<'_> {
    /// Returns the next byte; the end of a line is a line feed, whatever the system that wrote it.
    fn peek(&self) -> Option<u8> {
        match self.bytes.get(self.at..) {
            Some([b'\r', b'\n', ..]) => Some(b'\n'),
            Some([byte, ..]) => Some(*byte),
            _ => None,
        }
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += usize::from(self.bytes[self.at] != byte) + 1;
        Some(byte)
    }

    fn skip_line(&mut self) {
        while !matches!(self.next(), None | Some(b'\n')) {}
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    fn wrong(&self, at: usize, what: &str) -> Problem {
        let end = (at + 1).min(self.bytes.len());
        let message = format!(
            "`{}` can't be read as git's configuration",
            self.source.name()
        );
        Problem::new("habit-syntax", message)
            .at(self.source, Span::new(at.min(end), end), what)
            .help("write it as `git config --file` does")
    }

    fn heading(&mut self) -> Result<(), Problem> {
        let start = self.at;
        self.at += 1;
        self.subsection.clear();
        let mut name = String::new();
        loop {
            match self.next() {
                Some(byte) if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.') => {
                    name.push(char::from(byte.to_ascii_lowercase()));
                }
                Some(b']') if !name.is_empty() => break,
                Some(b' ' | b'\t') => {
                    self.skip_blanks();
                    self.subsection = self.quoted_part(start)?;
                    break;
                }
                _ => return Err(self.wrong(start, "this heading has no end")),
            }
        }
        // An older form: what follows the first dot is the subsection.
        if let Some((section, rest)) = name.split_once('.').filter(|_| self.subsection.is_empty()) {
            self.subsection = rest.to_owned();
            name = section.to_owned();
        }
        self.section = name;
        Ok(())
    }

    fn quoted_part(&mut self, start: usize) -> Result<String, Problem> {
        let mut part = Vec::new();
        if self.next() != Some(b'"') {
            return Err(self.wrong(start, "expected a name in quotes"));
        }
        loop {
            match self.next() {
                Some(b'"') if self.next() == Some(b']') => break,
                None | Some(b'\n' | b'"') => {
                    return Err(self.wrong(start, "this heading has no end"));
                }
                Some(b'\\') => part.extend(self.next().filter(|byte| *byte != b'\n')),
                Some(byte) => part.push(byte),
            }
        }
        String::from_utf8(part).map_err(|_| self.wrong(start, "this name is not UTF-8"))
    }

    fn entry(&mut self) -> Result<Entry, Problem> {
        let start = self.at;
        let mut key = String::new();
        while let Some(byte) = self
            .peek()
            .filter(|b| b.is_ascii_alphanumeric() || *b == b'-')
        {
            key.push(char::from(byte.to_ascii_lowercase()));
            self.at += 1;
        }
        self.skip_blanks();
        let value = match self.peek() {
            None | Some(b'\n') => None,
            Some(b'=') => {
                self.at += 1;
                Some(self.value(start)?)
            }
            _ => return Err(self.wrong(self.at, "expected `=`")),
        };
        Ok(Entry {
            section: self.section.clone(),
            subsection: self.subsection.clone(),
            key,
            value,
            span: Span::new(start, self.at),
        })
    }

    fn value(&mut self, start: usize) -> Result<String, Problem> {
        let mut value = Vec::new();
        // Blanks outside quotes count where something follows them.
        let mut kept = 0;
        let mut within = false;
        loop {
            match self.peek() {
                None if within => return Err(self.wrong(start, "these quotes have no end")),
                Some(b'\n') if within => return Err(self.wrong(start, "these quotes have no end")),
                None | Some(b'\n') => break,
                Some(b'#' | b';') if !within => {
                    while !matches!(self.peek(), None | Some(b'\n')) {
                        self.at += 1;
                    }
                    break;
                }
                Some(b'"') => {
                    within = !within;
                    self.at += 1;
                    kept = value.len();
                }
                Some(b'\\') => {
                    value.extend(self.escaped()?);
                    kept = value.len();
                }
                // Git has these blanks alone; a carriage return is one where no line feed follows.
                Some(byte @ (b' ' | b'\t' | b'\r')) if !within => {
                    self.at += 1;
                    value.extend((!value.is_empty()).then_some(byte));
                }
                Some(byte) => {
                    self.at += 1;
                    value.push(byte);
                    kept = value.len();
                }
            }
        }
        value.truncate(kept);
        String::from_utf8(value).map_err(|_| self.wrong(start, "this value is not UTF-8"))
    }

    /// Reads what follows a backslash: a character, or a line that goes on.
    fn escaped(&mut self) -> Result<Option<u8>, Problem> {
        let start = self.at;
        self.at += 1;
        match self.next() {
            // The end of a file is the end of its last line.
            None | Some(b'\n') => Ok(None),
            Some(byte @ (b'"' | b'\\')) => Ok(Some(byte)),
            Some(b'n') => Ok(Some(b'\n')),
            Some(b't') => Ok(Some(b'\t')),
            Some(b'b') => Ok(Some(8)),
            _ => Err(self.wrong(start, "git knows no such escape")),
        }
    }
}

/// Reads a truth as git does (git-config(1), "boolean").
pub fn truth(value: Option<&str>) -> Option<bool> {
    let Some(value) = value else {
        return Some(true);
    };
    let is = |words: &[&str]| words.iter().any(|word| value.eq_ignore_ascii_case(word));
    if is(&["true", "yes", "on"]) {
        return Some(true);
    }
    if value.is_empty() || is(&["false", "no", "off"]) {
        return Some(false);
    }
    value.parse::<i64>().ok().map(|number| number != 0)
}
