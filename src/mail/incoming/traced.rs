//! Lines that know where in a file they came from, so that what is wrong with a decoded patch has a place. Does not know what is in
//! them.

use std::borrow::Cow;

use super::space::trimmed_end;
use crate::text::{Site, Source, Span};

/// A line of a mail, with its line feed where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line<'l> {
    /// What it says, decoded or as it stands.
    pub(super) bytes: Cow<'l, [u8]>,
    /// Where in the file it begins.
    pub(super) at: usize,
}

impl Line<'_> {
    /// Returns the line without its line feed and the blanks before it.
    pub(super) fn trimmed(&self) -> &[u8] {
        trimmed_end(&self.bytes)
    }
}

/// A text put together of lines of a file, some of them decoded.
#[derive(Clone, Debug)]
pub struct Traced {
    source: Source,
    bytes: Vec<u8>,
    /// For each line: where it begins in `bytes`, and where in the file the line begins that it came from.
    lines: Vec<(usize, usize)>,
}

impl Traced {
    /// Makes an empty text of lines of `source`.
    pub(super) fn new(source: &Source) -> Self {
        Traced {
            source: source.clone(),
            bytes: Vec::new(),
            lines: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, line: &Line<'_>) {
        self.lines.push((self.bytes.len(), line.at));
        self.bytes.extend_from_slice(&line.bytes);
    }

    /// Returns the text.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns where in the file a part of the text stands: exactly, or the whole line where it stands there encoded.
    pub fn site(&self, span: Span) -> Site {
        let found = self
            .lines
            .partition_point(|(start, _)| *start <= span.start);
        let Some(&(start, at)) = found.checked_sub(1).and_then(|line| self.lines.get(line)) else {
            return self.source.site(Span::new(0, 0));
        };
        let exact = span.shifted(at).start - start;
        let exact = Span::new(exact, exact + (span.end - span.start));
        let file = self.source.bytes();
        let stands = self.bytes.get(span.start..span.end);
        if stands.is_some() && file.get(exact.start..exact.end) == stands {
            return self.source.site(exact);
        }
        self.source.site(line_at(file, at))
    }
}

/// Returns the span of the line that begins at an offset, without its end.
pub(super) fn line_at(file: &[u8], at: usize) -> Span {
    let at = at.min(file.len());
    let len = file[at..].iter().position(|&byte| byte == b'\n');
    let end = at + len.unwrap_or(file.len() - at);
    let end = if end > at && file[end - 1] == b'\r' {
        end - 1
    } else {
        end
    };
    Span::new(at, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_line_that_stands_as_it_is_has_an_exact_place_and_an_encoded_one_its_whole_line()
    {
        let source = Source::new("m", &b"head\nplain text\naGk=\r\n"[..]);
        let mut traced = Traced::new(&source);
        for (bytes, at) in [(&b"plain text\n"[..], 5), (b"hi\n", 16)] {
            traced.push(&Line {
                bytes: bytes.into(),
                at,
            });
        }
        assert_eq!(traced.site(Span::new(6, 10)).text(), "text");
        assert_eq!(traced.site(Span::new(11, 13)).text(), "aGk=");
    }
}
