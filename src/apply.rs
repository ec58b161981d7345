//! Hunks put on a text, as `git apply` puts them: at another line where the text moved, never over lines that differ. Text in, text
//! out; does not know which file it is.

use std::collections::HashMap;

use crate::syntax::patch::{Hunk, Line, Side};

/// More pairs of equal lines are not counted to tell where a hunk that has no place would be most alike: a text of one line a million
/// times is nobody's.
const MOST_PAIRS: usize = 1 << 26;

/// Which way a change is put on a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// As it was made.
    Forward,
    /// Back: what is after becomes what was before.
    Reverse,
}

/// A hunk that has no place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Which hunk, from 0.
    pub hunk: usize,
    /// The line of the hunk that differs at the place that is most alike.
    pub line: usize,
    /// That place in the text as it was before any hunk, if one line of the hunk is there at all: the line that differs, from 1.
    pub nearest: Option<usize>,
}

impl Direction {
    fn from(self) -> Side {
        match self {
            Direction::Forward => Side::Old,
            Direction::Reverse => Side::New,
        }
    }

    fn to(self) -> Side {
        match self {
            Direction::Forward => Side::New,
            Direction::Reverse => Side::Old,
        }
    }
}

/// Puts hunks on a text, one after the other.
///
/// A hunk is looked for at its line, then ever further from it, after and before in turn. One that begins the text before must begin
/// this one too, and one without lines of context behind must end it (`git apply` without `-C`).
///
/// # Errors
/// The first hunk that has no place.
pub fn apply(text: &[u8], hunks: &[Hunk], direction: Direction) -> Result<Vec<u8>, Misfit> {
    let mut image: Vec<&[u8]> = lines(text);
    // A line that one hunk has put or seen is no place for another.
    let mut taken = vec![false; image.len()];
    let mut moved = 0_isize;
    for (at, hunk) in hunks.iter().enumerate() {
        let from: Vec<&Line> = hunk.version(direction.from()).collect();
        let found = position(&image, &taken, hunk, &from, direction).ok_or_else(|| {
            let (line, nearest) = nearest(&image, &from);
            let nearest = nearest.map(|line| line.saturating_add_signed(-moved));
            Misfit {
                hunk: at,
                line: from.get(line).map_or(0, |line| index(hunk, line)),
                nearest,
            }
        })?;
        let to = hunk.version(direction.to()).map(|line| &line.bytes[..]);
        let before = image.len();
        let to: Vec<&[u8]> = to.collect();
        taken.splice(found..found + from.len(), vec![true; to.len()]);
        image.splice(found..found + from.len(), to);
        moved += isize::try_from(image.len()).unwrap_or(0) - isize::try_from(before).unwrap_or(0);
    }
    Ok(image.concat())
}

fn index(hunk: &Hunk, line: &Line) -> usize {
    hunk.lines
        .iter()
        .position(|known| known.span == line.span)
        .unwrap_or(0)
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    let ends = memchr::memchr_iter(b'\n', text).map(|at| at + 1);
    let last = (text.last() != Some(&b'\n')).then_some(text.len());
    let mut lines = Vec::new();
    let mut start = 0;
    for end in ends.chain(last) {
        lines.extend(text.get(start..end).filter(|line| !line.is_empty()));
        start = end;
    }
    lines
}

/// Returns where in the image a hunk belongs.
fn position(
    image: &[&[u8]],
    taken: &[bool],
    hunk: &Hunk,
    from: &[&Line],
    direction: Direction,
) -> Option<usize> {
    let last = image.len().checked_sub(from.len())?;
    let (old, new) = match direction {
        Direction::Forward => (hunk.old_start, hunk.new_start),
        Direction::Reverse => (hunk.new_start, hunk.old_start),
    };
    let fits = |at: usize| {
        let is_free = !taken[at..at + from.len()].contains(&true);
        let mut there = image[at..].iter().zip(from);
        is_free && there.all(|(line, wanted)| *line == wanted.bytes)
    };
    let ends_in_context = hunk.lines.last().is_none_or(|line| line.side == Side::Both);
    let must_begin = old <= 1;
    let must_end = !ends_in_context;
    if must_begin || must_end {
        let only = if must_begin { 0 } else { last };
        let ends = !must_end || only == last;
        return (ends && fits(only)).then_some(only);
    }
    let start = new.saturating_sub(1).min(last);
    (0..=last)
        .flat_map(|by| [start.checked_add(by), start.checked_sub(by)])
        .flatten()
        .filter(|at| *at <= last)
        .find(|at| fits(*at))
}

/// Returns the first line of a hunk that differs where most of the hunk's lines are, and the line of the text there.
fn nearest(image: &[&[u8]], from: &[&Line]) -> (usize, Option<usize>) {
    // Of places that are equally alike, the first.
    let alike = alike(image, from);
    let best = (0..alike.len()).rev().max_by_key(|at| alike[*at]);
    let Some(at) = best.filter(|at| alike[*at] > 0) else {
        return (0, None);
    };
    let differs = from
        .iter()
        .enumerate()
        .position(|(line, wanted)| image.get(at + line) != Some(&&wanted.bytes[..]));
    let differs = differs.unwrap_or(0);
    (differs, Some(at + differs + 1))
}

/// How many lines of a hunk are there at each line of the text.
fn alike(image: &[&[u8]], from: &[&Line]) -> Vec<u32> {
    let mut wanted: HashMap<&[u8], Vec<usize>> = HashMap::new();
    for (line, text) in from.iter().enumerate() {
        wanted.entry(&text.bytes).or_default().push(line);
    }
    let mut alike = vec![0; image.len()];
    let mut left = MOST_PAIRS;
    for (at, text) in image.iter().enumerate() {
        for line in wanted.get(text).into_iter().flatten() {
            let Some(place) = at.checked_sub(*line) else {
                break;
            };
            alike[place] += 1;
            left -= 1;
            if left == 0 {
                return alike;
            }
        }
    }
    alike
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::patch::{Body, parse};

    fn hunks(text: &str) -> Vec<Hunk> {
        let text = format!("--- a/f\n+++ b/f\n{text}");
        match &parse(text.as_bytes()).unwrap()[0].body {
            Body::Text(hunks) => hunks.clone(),
            Body::Binary(_) => panic!(),
        }
    }

    fn put(text: &str, on: &str) -> Result<String, Misfit> {
        apply(on.as_bytes(), &hunks(text), Direction::Forward)
            .map(|bytes| String::from_utf8(bytes).unwrap())
    }

    const CHANGE: &str = "@@ -2,3 +2,3 @@\n b\n-c\n+C\n d\n";

    #[test]
    fn a_hunk_is_put_where_the_text_moved() {
        assert_eq!(put(CHANGE, "a\nb\nc\nd\n").unwrap(), "a\nb\nC\nd\n");
        assert_eq!(
            put(CHANGE, "x\ny\nz\na\nb\nc\nd\n").unwrap(),
            "x\ny\nz\na\nb\nC\nd\n"
        );
        assert_eq!(put(CHANGE, "b\nc\nd\n").unwrap(), "b\nC\nd\n");
    }

    #[test]
    fn a_line_that_differs_is_told_and_nothing_is_guessed() {
        let misfit = put(CHANGE, "a\nb\nk\nd\n").unwrap_err();
        assert_eq!((misfit.hunk, misfit.line, misfit.nearest), (0, 1, Some(3)));
        assert!(put(CHANGE, "a\nb\n c\nd\n").is_err());
        assert!(put(CHANGE, "").is_err());
    }

    #[test]
    fn the_place_that_is_told_is_the_first_of_those_most_alike() {
        let nearest = |on: &str| {
            let misfit = put("@@ -9,4 +9,4 @@\n b\n-c\n+C\n d\n b\n", on).unwrap_err();
            (misfit.line, misfit.nearest)
        };
        assert_eq!(nearest("x\nb\nk\nd\ny\nb\nc\nk\n"), (1, Some(3)));
        assert_eq!(nearest("b\nk\nx\nb\nc\nd\nk\n"), (4, Some(7)));
        // The hunk may begin before the text does, and end behind it, but is not told there.
        assert_eq!(nearest("d\nb\n"), (1, Some(3)));
        assert_eq!(nearest("x\ny\n"), (0, None));
    }

    #[test]
    fn a_hunk_at_the_beginning_or_the_end_stays_there() {
        let first = "@@ -1,2 +1,3 @@\n+new\n a\n b\n";
        assert!(put(first, "a\nb\nc\n").is_ok());
        assert!(put(first, "x\na\nb\nc\n").is_err());
        let last = "@@ -2,2 +2,3 @@\n b\n c\n+new\n";
        assert!(put(last, "a\nb\nc\n").is_ok());
        assert!(put(last, "a\nb\nc\nx\n").is_err());
    }

    #[test]
    fn a_missing_line_feed_counts() {
        let change = "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n";
        assert_eq!(put(change, "a").unwrap(), "b\n");
        assert!(put(change, "a\n").is_err());
    }

    #[test]
    fn what_was_put_comes_off_again() {
        let before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let text = "@@ -2,3 +2,4 @@\n 2\n-3\n+x\n+y\n 4\n@@ -7,3 +8,2 @@\n 7\n-8\n 9\n";
        let after = put(text, before).unwrap();
        assert_eq!(after, "1\n2\nx\ny\n4\n5\n6\n7\n9\n");
        let back = apply(after.as_bytes(), &hunks(text), Direction::Reverse).unwrap();
        assert_eq!(back, before.as_bytes());
    }

    #[test]
    fn no_hunk_is_put_on_what_another_left() {
        let twice = "@@ -2,3 +2,4 @@\n a\n b\n+x\n c\n@@ -3,3 +3,4 @@\n b\n x\n+y\n c\n";
        assert_eq!(put(twice, "0\na\nb\nc\nd\n").unwrap_err().hunk, 1);
        let apart = "@@ -2,2 +2,3 @@\n a\n+x\n b\n@@ -4,2 +5,3 @@\n c\n+y\n d\n";
        assert_eq!(
            put(apart, "0\na\nb\nc\nd\n").unwrap(),
            "0\na\nx\nb\nc\ny\nd\n"
        );
    }
}
