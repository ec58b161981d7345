//! Differences between two texts. The hunks of a mail come from git's own algorithm, not from here.

use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::collections::HashMap;
use std::ops::Range;

/// Returns which ranges of `before` become which ranges of `after`, in order; what is equal is left out.
pub fn replacements<T: Eq + std::hash::Hash + Ord>(
    before: &[T],
    after: &[T],
) -> Vec<(Range<usize>, Range<usize>)> {
    capture_diff_slices(Algorithm::Myers, before, after)
        .into_iter()
        .filter(|op| !matches!(op, DiffOp::Equal { .. }))
        .map(|op| (op.old_range(), op.new_range()))
        .collect()
}

/// Texts that are longer than this together are not compared by words.
const LONGEST: usize = 1 << 15;

/// Returns the places of the words that differ in two texts, before and after, neighbours joined. `None` where the texts have so
/// little in common that the words tell nothing, or are too long.
pub fn words(before: &str, after: &str) -> Option<[Vec<Range<usize>>; 2]> {
    if before.len() + after.len() > LONGEST {
        return None;
    }
    let texts = [before, after];
    let cut = texts.map(cut);
    let slices = [0, 1].map(|side| -> Vec<&str> {
        let words = cut[side].iter().cloned();
        words.map(|range| &texts[side][range]).collect()
    });
    let totals = [0, 1].map(|side| weight(&slices[side]));
    // Two fifths of both together have to be the same.
    let is_alike = |differing: usize| differing * 5 < (totals[0] + totals[1]) * 3;
    if totals.contains(&0) || !is_alike(totals[0] + totals[1] - 2 * shared(&slices)) {
        return None;
    }
    let replaced = replacements(&slices[0], &slices[1]);
    let mut places = [Vec::new(), Vec::new()];
    let mut differs = [0, 0];
    for (old, new) in &replaced {
        for (side, range) in [old, new].into_iter().enumerate() {
            let Some(words) = cut[side]
                .get(range.clone())
                .filter(|words| !words.is_empty())
            else {
                continue;
            };
            let place = words[0].start..words[words.len() - 1].end;
            differs[side] += texts[side][place.clone()].trim().len();
            places[side].push(place);
        }
    }
    is_alike(differs[0] + differs[1]).then_some(places)
}

/// Counts the bytes of words that are no blanks.
fn weight(words: &[&str]) -> usize {
    words.iter().map(|word| word.trim().len()).sum()
}

/// Returns how many bytes the words have that are in both texts, wherever they stand: no order of them has more in common.
fn shared(words: &[Vec<&str>; 2]) -> usize {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for word in &words[0] {
        *counts.entry(word).or_default() += 1;
    }
    let mut is_shared = |word: &&&str| {
        let count = counts.get_mut(**word).filter(|count| **count > 0);
        count.map(|count| *count -= 1).is_some()
    };
    let found = words[1].iter().filter(|word| is_shared(word));
    found.map(|word| word.trim().len()).sum()
}

/// Cuts a text into words, runs of blanks, and single other characters.
fn cut(text: &str) -> Vec<Range<usize>> {
    #[derive(PartialEq)]
    enum Kind {
        Word,
        Blank,
        Other,
    }
    let kind = |character: char| match character {
        '_' => Kind::Word,
        character if character.is_alphanumeric() => Kind::Word,
        ' ' | '\t' => Kind::Blank,
        _ => Kind::Other,
    };
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut last = Kind::Other;
    for (at, character) in text.char_indices() {
        let this = kind(character);
        let end = at + character.len_utf8();
        match ranges.last_mut() {
            Some(range) if this == last && this != Kind::Other => range.end = end,
            _ => ranges.push(at..end),
        }
        last = this;
    }
    ranges
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_words_that_differ_are_found_where_texts_are_alike() {
        let (old, new) = ("if (ctime < last(now)) {", "if (ctime != last(now)) {");
        let [before, after] = super::words(old, new).unwrap();
        assert_eq!(&old[before[0].clone()], "<");
        assert_eq!(&new[after[0].clone()], "!=");
        assert_eq!(super::words("one two three", "four five six"), None);
        assert_eq!(super::words("", "new"), None);
        let (old, new) = ("häuser a b", "häuser ß b");
        let [before, after] = super::words(old, new).unwrap();
        assert_eq!(&old[before[0].clone()], "a");
        assert_eq!(&new[after[0].clone()], "ß");
    }

    #[test]
    fn only_what_differs_is_told() {
        let replaced = super::replacements(&["a", "<", "b"], &["a", "!=", "b"]);
        assert_eq!(replaced, [(1..2, 1..2)]);
    }
}
