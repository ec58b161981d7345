//! Words that many texts are searched for, all at once. Knows no borders of words: a longer word holds a shorter one.

use memchr::memmem::Finder;

/// Words to search for. Those from the 64th on share a bit: what holds one of them holds any, for all that is told.
#[derive(Debug)]
pub struct Words {
    texts: Vec<String>,
    finders: Vec<Finder<'static>>,
    /// Whether two bytes stand side by side in one of the words.
    neighbours: Vec<u64>,
    longest: usize,
}

/// Which of the words a text holds: a bit for each.
pub type Held = u64;

/// A word in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    /// Offset of its first byte.
    pub(super) at: usize,
    /// Its number.
    pub(super) word: usize,
}

impl Words {
    /// Makes a set of words, each once; the empty one is left out.
    pub fn new(words: impl IntoIterator<Item = String>) -> Self {
        let mut texts: Vec<String> = Vec::new();
        for word in words {
            if !word.is_empty() && !texts.contains(&word) {
                texts.push(word);
            }
        }
        let mut neighbours = vec![0; 1 << 10];
        for pair in texts.iter().flat_map(|text| text.as_bytes().windows(2)) {
            let pair = pair_of(pair[0], pair[1]);
            neighbours[pair / 64] |= 1 << (pair % 64);
        }
        Words {
            finders: texts
                .iter()
                .map(|text| Finder::new(text).into_owned())
                .collect(),
            longest: texts.iter().map(String::len).max().unwrap_or(0),
            neighbours,
            texts,
        }
    }

    /// Returns the words in order.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Returns the bits of some of the words; one that is not among them has none.
    pub fn bits(&self, words: &[String]) -> Held {
        let number = |word: &String| self.texts.iter().position(|text| text == word);
        words
            .iter()
            .filter_map(number)
            .fold(0, |bits, number| bits | bit(number))
    }

    /// Returns which words a text holds.
    pub fn held(&self, text: &[u8]) -> Held {
        let found = self.finders.iter().enumerate();
        found
            .filter(|(_, finder)| finder.find(text).is_some())
            .fold(0, |bits, (number, _)| bits | bit(number))
    }

    /// Returns all hits in a text, those that overlap too, in order.
    pub(super) fn hits(&self, text: &[u8]) -> Vec<Hit> {
        let mut hits = Vec::new();
        for (word, finder) in self.finders.iter().enumerate() {
            let mut from = 0;
            while let Some(at) = finder.find(&text[from..]) {
                hits.push(Hit {
                    at: from + at,
                    word,
                });
                from += at + 1;
            }
        }
        hits.sort_unstable();
        hits
    }

    pub(super) fn len_of(&self, hit: Hit) -> usize {
        self.texts[hit.word].len()
    }

    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Whether a word may go across the border between two bytes.
    pub(super) fn may_cross(&self, before: u8, after: u8) -> bool {
        let pair = pair_of(before, after);
        self.neighbours[pair / 64] >> (pair % 64) & 1 != 0
    }
}

/// The bit of the word of a number.
pub(super) fn bit(number: usize) -> Held {
    1 << number.min(63)
}

fn pair_of(before: u8, after: u8) -> usize {
    usize::from(before) << 8 | usize::from(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(texts: &[&str]) -> Words {
        Words::new(texts.iter().map(|text| (*text).to_owned()))
    }

    #[test]
    fn hits_are_in_order_whatever_the_word_and_overlapping_ones_are_told() {
        let words = words(&["abab", "b", ""]);
        let at = |text: &[u8]| -> Vec<(usize, usize)> {
            let hits = words.hits(text).into_iter();
            hits.map(|hit| (hit.at, hit.word)).collect()
        };
        assert_eq!(at(b"ababab"), [(0, 0), (1, 1), (2, 0), (3, 1), (5, 1)]);
        assert_eq!(at(b""), []);
    }

    #[test]
    fn words_beyond_the_last_bit_share_it() {
        let texts: Vec<String> = (0..70).map(|number| format!("<{number}>")).collect();
        let words = Words::new(texts.clone());
        assert_eq!(words.held(b"<3>"), words.bits(&texts[3..4]));
        assert_eq!(words.held(b"<69>"), words.bits(&texts[64..65]));
        assert_ne!(words.held(b"<69>") & words.bits(&texts[69..]), 0);
    }
}
