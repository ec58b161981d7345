//! A text with a name, and where in it something stands. Does not know where the text came from.

use std::fmt;
use std::sync::{Arc, OnceLock};

/// A half-open range of byte offsets in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

impl Span {
    /// Returns the span from `start` up to, not including, `end`.
    pub fn new(start: usize, end: usize) -> Self {
        debug_assert!(start <= end);
        Span { start, end }
    }

    /// Returns whether `other` lies inside this span.
    pub fn contains(&self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Returns the span moved right by `by` bytes.
    pub fn shifted(self, by: usize) -> Self {
        Span::new(self.start + by, self.end + by)
    }
}

impl From<std::ops::Range<usize>> for Span {
    fn from(range: std::ops::Range<usize>) -> Self {
        Span::new(range.start, range.end)
    }
}

/// A line and a column, both counted from 1; columns count bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in bytes, from 1.
    pub column: usize,
}

/// A named text, cheap to clone.
///
/// The bytes are kept as they are. [`Source::text`] shows them as a `str` of the same length, in which every byte that is not
/// part of valid UTF-8 stands as `?`: offsets found in the one hold in the other.
#[derive(Clone)]
pub struct Source(Arc<Inner>);

struct Inner {
    name: String,
    bytes: Arc<[u8]>,
    text: String,
    /// Where each line begins, found when a place is first asked for.
    starts: OnceLock<Vec<usize>>,
}

impl Source {
    /// Makes a source of `bytes` under the name a user knows it by (`path@revision`, or a path).
    pub fn new(name: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Self {
        let bytes = bytes.into();
        let text = view_of(&bytes);
        Source(Arc::new(Inner {
            name: name.into(),
            bytes,
            text,
            starts: OnceLock::new(),
        }))
    }

    /// Returns the name shown to the user.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns the bytes as they are.
    pub fn bytes(&self) -> &Arc<[u8]> {
        &self.0.bytes
    }

    /// Returns the text, of the same length as the bytes.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// Returns the text inside `span`, empty where the span does not fit.
    pub fn slice(&self, span: Span) -> &str {
        self.text().get(span.start..span.end).unwrap_or_default()
    }

    /// Returns the line and column of a byte offset; past the end, the place after the last byte.
    pub fn place(&self, offset: usize) -> Place {
        let offset = offset.min(self.0.bytes.len());
        let starts = self.starts();
        let line = starts.partition_point(|start| *start <= offset);
        Place {
            line,
            column: offset - starts[line - 1] + 1,
        }
    }

    /// Returns the span of a line, counted from 1, without its line feed; the last for a number behind it.
    pub fn line(&self, number: usize) -> Span {
        let (bytes, starts) = (&self.0.bytes, self.starts());
        let start = starts[number.clamp(1, starts.len()) - 1];
        let len = memchr::memchr(b'\n', &bytes[start..]);
        Span::new(start, len.map_or(bytes.len(), |len| start + len))
    }

    /// Where each line begins, the first at 0; behind a last line feed an empty one.
    fn starts(&self) -> &[usize] {
        self.0.starts.get_or_init(|| {
            let feeds = memchr::memchr_iter(b'\n', &self.0.bytes);
            std::iter::once(0).chain(feeds.map(|at| at + 1)).collect()
        })
    }

    /// Returns the span of the whole text.
    pub fn whole(&self) -> Span {
        Span::new(0, self.0.bytes.len())
    }

    /// Returns a site in this source: the span, with the whole of a character that it begins or ends in.
    pub fn site(&self, span: Span) -> Site {
        let text = self.text();
        let (mut start, mut end) = (span.start.min(text.len()), span.end.min(text.len()));
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        while !text.is_char_boundary(end) {
            end += 1;
        }
        Site {
            source: self.clone(),
            span: Span::new(start, end.max(start)),
        }
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({}, {} bytes)", self.0.name, self.0.bytes.len())
    }
}

fn view_of(bytes: &[u8]) -> String {
    let mut view = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        view.push_str(chunk.valid());
        view.extend(chunk.invalid().iter().map(|_| '?'));
    }
    view
}

/// A span in a source: where an anchor was found.
#[derive(Clone, Debug)]
pub struct Site {
    /// The text it is in.
    pub source: Source,
    /// Where in it.
    pub span: Span,
}

impl Site {
    /// Returns the text that stands there.
    pub fn text(&self) -> &str {
        self.source.slice(self.span)
    }

    /// Returns where it begins.
    pub fn place(&self) -> Place {
        self.source.place(self.span.start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_hold_in_a_text_that_is_not_utf8() {
        let source = Source::new("a.c", &b"/* caf\xe9 */ int x;\n"[..]);
        let at = source.text().find("int").unwrap();
        assert_eq!(&source.bytes()[at..at + 3], b"int");
        assert_eq!(source.text().len(), source.bytes().len());
    }

    #[test]
    fn a_line_is_found_by_its_number_and_the_last_for_one_behind_it() {
        let source = Source::new("a", "one\n\nthree".as_bytes());
        let line = |number: usize| source.slice(source.line(number));
        assert_eq!(
            [line(1), line(2), line(3), line(9)],
            ["one", "", "three", "three"]
        );
        let closed = Source::new("a", "one\n".as_bytes());
        assert_eq!(closed.line(2), Span::new(4, 4));
    }

    #[test]
    fn places_count_from_one_and_columns_in_bytes() {
        let source = Source::new("a", "é\nab".as_bytes());
        assert_eq!(source.place(0), Place { line: 1, column: 1 });
        assert_eq!(source.place(2), Place { line: 1, column: 3 });
        assert_eq!(source.place(4), Place { line: 2, column: 2 });
        assert_eq!(source.place(99), Place { line: 2, column: 3 });
    }

    #[test]
    fn a_site_has_whole_characters_of_its_text() {
        let source = Source::new("s", "aéb".as_bytes());
        let site = |start, end| source.site(Span::new(start, end)).span;
        assert_eq!(site(0, 2), Span::new(0, 3));
        assert_eq!(site(2, 2), Span::new(1, 3));
        assert_eq!(site(9, 12), Span::new(4, 4));
        assert_eq!(site(1, 3), Span::new(1, 3));
    }
}
