//! A diff, line by line, with the words that differ marked. Does not know where it comes from.

use std::borrow::Cow;
use std::ops::Range;

use crate::text::diff::words;

/// So many bytes of a diff are shown: a page that no browser opens shows nothing.
const LONGEST: usize = 256 << 10;

/// A line of a diff.
struct Line<'d> {
    /// `add`, `del`, `at` for the head of a hunk, `file` for what names files, else empty.
    kind: &'static str,
    pieces: Vec<Piece<'d>>,
}

/// A part of a line.
struct Piece<'d> {
    text: &'d str,
    is_new: bool,
}

/// Returns what a page shows of a diff as `git diff` prints it: whole lines from its start, and how many more there are. Bytes that
/// are no UTF-8 are shown as such.
pub fn shown(diff: &[u8]) -> Cow<'_, str> {
    if diff.len() <= LONGEST {
        return String::from_utf8_lossy(diff);
    }
    let end = memchr::memrchr(b'\n', &diff[..LONGEST]).map_or(0, |at| at + 1);
    let (start, rest) = diff.split_at(end);
    let more = rest.split_inclusive(|&byte| byte == b'\n').count();
    let start = String::from_utf8_lossy(start);
    Cow::Owned(format!("{start}\\ {more} more lines are not shown here\n"))
}

/// Returns a diff as HTML: a `span` for each line, its class what the line is, and in it `b` for the words that differ.
pub(super) fn html(diff: &str) -> String {
    let mut html = String::with_capacity(diff.len() * 2);
    for line in lines(diff) {
        html.push_str("<span class=\"");
        html.push_str(line.kind);
        html.push_str("\">");
        for piece in line.pieces {
            html.push_str(if piece.is_new { "<b>" } else { "" });
            escape(&mut html, piece.text);
            html.push_str(if piece.is_new { "</b>" } else { "" });
        }
        html.push_str("</span>");
    }
    html
}

fn escape(html: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['<', '>', '&']) {
        html.push_str(&rest[..at]);
        html.push_str(match rest.as_bytes()[at] {
            b'<' => "&lt;",
            b'>' => "&gt;",
            _ => "&amp;",
        });
        rest = &rest[at + 1..];
    }
    html.push_str(rest);
}

/// Returns the lines of a diff as `git diff` prints it.
fn lines(diff: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut in_hunk = false;
    let mut block = Block::default();
    for text in diff.split_terminator('\n') {
        let kind = match text.as_bytes() {
            [b'@', b'@', ..] => "at",
            [b'd', b'i', b'f', b'f', b' ', ..] => "file",
            _ if !in_hunk => "file",
            [b'+', ..] => "add",
            [b'-', ..] => "del",
            _ => "",
        };
        in_hunk = match kind {
            "at" => true,
            "file" => false,
            _ => in_hunk,
        };
        match kind {
            "del" if block.added.is_empty() => block.removed.push(text),
            "del" => {
                block.flush(&mut lines);
                block.removed.push(text);
            }
            "add" => block.added.push(text),
            _ => {
                block.flush(&mut lines);
                lines.push(whole(kind, text));
            }
        }
    }
    block.flush(&mut lines);
    lines
}

fn whole<'d>(kind: &'static str, text: &'d str) -> Line<'d> {
    let is_new = false;
    let pieces = vec![Piece { text, is_new }];
    Line { kind, pieces }
}

/// Lines that become others.
#[derive(Default)]
struct Block<'d> {
    removed: Vec<&'d str>,
    added: Vec<&'d str>,
}

impl<'d> Block<'d> {
    fn flush(&mut self, lines: &mut Vec<Line<'d>>) {
        let Block { removed, added } = std::mem::take(self);
        let joined = |side: &[&str]| {
            let plain = side.iter().map(|line| line.get(1..).unwrap_or_default());
            plain.collect::<Vec<_>>().join("\n")
        };
        let found = words(&joined(&removed), &joined(&added));
        let [old, new] = found.unwrap_or_default();
        for (kind, side, places) in [("del", removed, old), ("add", added, new)] {
            let mut start = 0;
            for text in side {
                lines.push(marked(kind, text, start, &places));
                // The sign is not there, but a newline is.
                start += text.len();
            }
        }
    }
}

/// Returns a line whose text, without its sign, begins at `start` in what the places are of.
fn marked<'d>(
    kind: &'static str,
    text: &'d str,
    start: usize,
    places: &[Range<usize>],
) -> Line<'d> {
    let mut pieces = Vec::new();
    let mut done = 0;
    let mut push = |range: Range<usize>, is_new: bool| {
        if let Some(text) = text.get(range).filter(|text| !text.is_empty()) {
            pieces.push(Piece { text, is_new });
        }
    };
    for place in places {
        let own = |at: usize| (at + 1).saturating_sub(start).clamp(1, text.len().max(1));
        let (from, to) = (own(place.start), own(place.end));
        if from < to {
            push(done..from, false);
            push(from..to, true);
            done = to;
        }
    }
    push(done..text.len(), false);
    Line { kind, pieces }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines with what is marked in brackets.
    fn told(diff: &str) -> Vec<String> {
        let piece = |piece: &Piece| match piece.is_new {
            true => format!("[{}]", piece.text),
            false => piece.text.to_owned(),
        };
        let line = |line: &Line| {
            let pieces: String = line.pieces.iter().map(piece).collect();
            format!("{:4} {pieces}", line.kind)
        };
        lines(diff).iter().map(line).collect()
    }

    #[test]
    fn words_that_differ_are_marked_line_by_line() {
        let diff = "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1,4 +1,4 @@\n a\n-if (ctime < last()) ü\n-    return;\n+if (ctime != last()) ü\n+    return 0;\n z\n";
        assert_eq!(
            told(diff),
            [
                "file diff --git a/f b/f",
                "file --- a/f",
                "file +++ b/f",
                "at   @@ -1,4 +1,4 @@",
                "      a",
                "del  -if (ctime [<] last()) ü",
                "del  -    return;",
                "add  +if (ctime [!=] last()) ü",
                "add  +    return[ 0];",
                "      z",
            ]
        );
    }

    #[test]
    fn a_diff_is_shown_escaped_and_never_more_of_it_than_a_browser_takes() {
        let drawn = html("@@ -1 +1 @@\n-if (a < b) x\n+if (a > b && c) x\n");
        assert_eq!(
            drawn,
            "<span class=\"at\">@@ -1 +1 @@</span><span class=\"del\">-if (a <b>&lt;</b> b) x</span><span class=\"add\">+if (a <b>&gt;</b> b<b> &amp;&amp; c</b>) x</span>"
        );
        let long = "+long line\n".repeat(LONGEST / 10);
        let (told, all) = (shown(long.as_bytes()), long.lines().count());
        let (last, first) = (told.lines().last().unwrap(), told.lines().count() - 1);
        assert_eq!(
            last,
            format!("\\ {} more lines are not shown here", all - first)
        );
        assert!(told.len() < LONGEST + last.len() + 2 && told.len() > LONGEST - 20);
        assert_eq!(shown(b"+\xff\n"), "+\u{fffd}\n");
    }

    #[test]
    fn a_line_that_looks_like_the_name_of_a_file_is_a_line_in_a_hunk() {
        let diff =
            "--- a/f\n+++ b/f\n@@ -1 +1 @@\n--- old\n+++ new\n\\ No newline at end of file\n";
        let kinds: Vec<&str> = lines(diff).iter().map(|line| line.kind).collect();
        assert_eq!(kinds, ["file", "file", "at", "del", "add", ""]);
    }
}
