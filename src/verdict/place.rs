//! The places that a given patch changes, one a file: the line, and the function or section around it. Reads no tree.

use super::PutPlace;
use crate::compose::Given;
use crate::syntax::patch::{Body, FilePatch, Hunk, Side};
use crate::syntax::spec::Spec;
use crate::target::compared::Content;
use crate::target::hunks::{self, Origin, PrintedLine};
use crate::target::{Blob, FileChange};
use crate::text::Source;

/// Returns the first line of each file that a patch changes, and what is around it.
pub(super) fn all(given: &Given) -> Vec<PutPlace> {
    let mailed = given.mailed.as_ref().map(|mailed| &mailed.files[..]);
    let changes = given.commit.changes.iter();
    changes
        .map(|change| place(change, mailed.unwrap_or_default()))
        .collect()
}

fn place(change: &FileChange, mailed: &[FilePatch]) -> PutPlace {
    let mut place = PutPlace {
        step: String::new(),
        path: change.path.clone(),
        line: 1,
        within: String::new(),
    };
    let (Some(_), Some(after)) = (&change.before, &change.after) else {
        let word = if change.after.is_some() {
            "created"
        } else {
            "deleted"
        };
        word.clone_into(&mut place.within);
        return place;
    };
    if let Some(line) = mailed_line(after, change, mailed).or_else(|| compared_line(change)) {
        place.line = line.max(1);
        place.within = within(&change.path, after, place.line);
    }
    place
}

/// Returns the first line that the mail says it changes, where the lines of its hunk stand there.
fn mailed_line(after: &Blob, change: &FileChange, mailed: &[FilePatch]) -> Option<usize> {
    let mut files = mailed.iter().filter(|file| file.path() == change.path);
    let (Some(file), None) = (files.next(), files.next()) else {
        return None;
    };
    let Body::Text(hunks) = &file.body else {
        return None;
    };
    let hunk = hunks.first()?;
    let same = hunk.lines.iter().take_while(|line| line.side == Side::Both);
    stands(&after.bytes, hunk).then(|| hunk.new_start + same.count())
}

/// Whether the new lines of a hunk are those of a text at the line that it names; it may have been put elsewhere.
fn stands(text: &[u8], hunk: &Hunk) -> bool {
    let Some(above) = hunk.new_start.checked_sub(1) else {
        return false;
    };
    let mut rest = text;
    for _ in 0..above {
        match memchr::memchr(b'\n', rest) {
            Some(at) => rest = &rest[at + 1..],
            None => return false,
        }
    }
    let mut lines = hunk.version(Side::New).peekable();
    lines.peek().is_some()
        && lines.all(|line| {
            let after = rest.strip_prefix(&line.bytes[..]);
            rest = after.unwrap_or_default();
            after.is_some()
        })
}

/// Returns the first line that differs between the versions; none where libgit2 can't compare them, and no mail can show them either.
fn compared_line(change: &FileChange) -> Option<usize> {
    let content = change.content().ok()?;
    let Content::Text(printed) = &*content else {
        return None;
    };
    let mut lines = printed.lines();
    let Some(PrintedLine::Head { new_start, .. }) = lines.next() else {
        return None;
    };
    let is_same = |line: &PrintedLine<'_>| {
        let same = Origin::Context;
        matches!(line, PrintedLine::Text { origin, .. } if *origin == same)
    };
    Some(new_start + lines.take_while(is_same).count())
}

/// Returns the section of a spec that a line is in, of another file the line that heads it.
fn within(path: &str, after: &Blob, line: usize) -> String {
    let is_spec = path.ends_with(".spec") || path.ends_with(".spec.in");
    if !is_spec {
        let heading = hunks::heading(&after.bytes, line);
        return String::from_utf8_lossy(&heading).into_owned();
    }
    let spec = Spec::scan(&Source::new(path, after.bytes.clone()));
    let starts = |start: usize| spec.source.place(start).line;
    let mut sections = spec.sections.iter().rev();
    let section = sections.find(|section| starts(section.heading.start) <= line);
    section.map_or(String::new(), |section| {
        let heading = spec.source.slice(section.heading);
        heading.trim_end().to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::patch;

    const BEFORE: &str = "int f(void)\n{\n    1;\n    2;\n    3;\n    4;\n    5;\n}\n";

    fn change(path: &str, before: &str, after: &str) -> FileChange {
        let blob = |text: &str| Some(Blob::new(0o100_644, text.as_bytes()));
        FileChange {
            path: path.to_owned(),
            before: blob(before),
            after: blob(after),
            ..FileChange::default()
        }
    }

    fn told(change: &FileChange, mailed: &str) -> (usize, String) {
        let text = format!("--- a/{0}\n+++ b/{0}\n{mailed}", change.path);
        let files = patch::parse(text.as_bytes()).unwrap();
        let place = place(change, &files);
        (place.line, place.within)
    }

    #[test]
    fn a_mailed_line_is_taken_where_it_stands_and_looked_for_where_it_does_not() {
        let change = change("a.c", BEFORE, &BEFORE.replace("5;", "6;"));
        let expected = (7, "int f(void)".to_owned());
        let hunk = " 2;\n     3;\n     4;\n-    5;\n+    6;\n }\n";
        for head in ["-4,5 +4,5", "-3,5 +3,5", "-400,5 +400,5"] {
            let mailed = format!("@@ {head} @@ int lie(void)\n    {hunk}");
            assert_eq!(told(&change, &mailed), expected, "{head}");
        }
        // What is mailed of another file tells nothing.
        let other =
            patch::parse(b"--- a/b.c\n+++ b/b.c\n@@ -1 +1 @@\n-int f(void)\n+int f(void)\n");
        assert_eq!(place(&change, &other.unwrap()).line, 7);
    }

    #[test]
    fn what_a_spec_changes_is_told_by_its_section() {
        let before = "Name: a\n%post daemon\nx\nexit 0\n\n\n\ny\n";
        let change = change("a.spec.in", before, &before.replace('y', "z"));
        let mailed = "@@ -5,4 +5,4 @@ exit 0\n \n \n \n-y\n+z\n";
        assert_eq!(told(&change, mailed), (8, "%post daemon".to_owned()));
    }
}
