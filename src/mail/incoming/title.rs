//! The subject of a mail: what git keeps of it, and what its brackets say of the place in a series. Does not know the other mails.

use super::space::{single_spaced, trimmed};

/// Returns a subject without what `git am` takes off its start: brackets, `Re:`, colons and blanks.
pub(super) fn cleaned(subject: &[u8]) -> Vec<u8> {
    let mut rest = subject;
    loop {
        rest = match rest {
            [b'r' | b'R', b'e' | b'E', b':', after @ ..] | [b' ' | b'\t' | b':', after @ ..] => {
                after
            }
            [b'[', inner @ ..] => match inner.iter().position(|&byte| byte == b']') {
                Some(end) => &inner[end + 1..],
                None => break,
            },
            _ => break,
        };
    }
    single_spaced(trimmed(rest))
}

/// Returns what is left of a commit's title when it was mailed and taken again.
pub fn title(title: &str) -> String {
    String::from_utf8_lossy(&cleaned(title.as_bytes())).into_owned()
}

/// What the brackets of a subject say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// The words in the brackets that are neither number nor version.
    pub words: Vec<String>,
    /// Place in the series; 0 is the cover letter.
    pub number: Option<u32>,
    /// Number of patches of the series.
    pub of: Option<u32>,
    /// The version, 1 where none is told.
    pub version: Option<u32>,
    /// Whether the subject begins as a reply or a forwarded mail does.
    pub is_reply: bool,
    /// Whether brackets stand behind those that say that a patch is here: `git am` takes them off too.
    pub has_title_bracket: bool,
}

/// What clients put before the subject of an answer.
const ANSWERS: [&str; 8] = ["re", "aw", "sv", "antw", "fw", "fwd", "wg", "vs"];

impl Tags {
    /// Reads the brackets that a subject begins with.
    pub(super) fn of(subject: &str) -> Self {
        let mut tags = Tags::default();
        let mut rest = subject.trim_start();
        loop {
            if let Some((inner, after)) = bracket(rest) {
                tags.has_title_bracket |= tags.says_patch();
                let words = inner.split(|c: char| c.is_whitespace() || c == ',');
                words
                    .filter(|word| !word.is_empty())
                    .for_each(|word| tags.word(word));
                rest = after.trim_start();
            } else if let Some(after) = answer(rest) {
                // Behind the brackets a word with a colon is the topic, as in `[PATCH] re: x`.
                if tags.says_patch() {
                    break;
                }
                tags.is_reply = true;
                rest = after.trim_start();
            } else {
                break;
            }
        }
        tags
    }

    fn word(&mut self, word: &str) {
        if let Some((word, number, of)) = numbered(word) {
            self.number = Some(number);
            self.of = Some(of);
            if !word.is_empty() {
                self.word(word);
            }
            return;
        }
        if let Some((word, version)) = versioned(word) {
            self.version = Some(version);
            if !word.is_empty() {
                self.words.push(word.to_owned());
            }
            return;
        }
        self.words.push(word.to_owned());
    }

    /// Returns whether the brackets say that a patch is here.
    pub fn says_patch(&self) -> bool {
        self.number.is_some()
            || self.words.iter().any(|word| {
                let word = word.to_ascii_uppercase();
                word.contains("PATCH") || word == "RFC"
            })
    }
}

fn bracket(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('[')?.split_once(']')
}

fn answer(text: &str) -> Option<&str> {
    let (word, rest) = text.split_once(':')?;
    // Some count the answers: `Re[2]:`.
    let word = word.split('[').next().unwrap_or(word).trim();
    ANSWERS
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
        .then_some(rest)
}

/// Splits `n/m` off the end of a word: `3/7`, `PATCH03/07`, `v2-1/2`.
fn numbered(word: &str) -> Option<(&str, u32, u32)> {
    let (left, of) = word.split_once('/')?;
    let start = left.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (word, number) = left.split_at(start);
    let word = word.trim_end_matches(['-', '_', '.', '#']);
    Some((word, number.parse().ok()?, of.parse().ok()?))
}

/// Splits a version off the end of a word: `v2`, `V3`, `PATCHv2`, `v2.1` of which the first number counts.
fn versioned(word: &str) -> Option<(&str, u32)> {
    let start = word.rfind(['v', 'V'])?;
    let (before, version) = word.split_at(start);
    let version = version[1..].trim_end_matches([':', ';']);
    let major = version.split('.').next().unwrap_or(version);
    let is_version = !major.is_empty()
        && version
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
    // `PATCHv2` and `RFC-v2`, but no word that happens to end like this.
    let fits = before.is_empty()
        || before.ends_with('-')
        || before.to_ascii_uppercase().ends_with("PATCH")
        || before == "RFC";
    if !is_version || !fits {
        return None;
    }
    Some((before.trim_end_matches('-'), major.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_brackets_and_answers_come_off_as_git_takes_them() {
        let read = |text: &str| String::from_utf8(cleaned(text.as_bytes())).unwrap();
        assert_eq!(read("[PATCH] [list] Re: a: b [c]"), "a: b [c]");
        assert_eq!(read("[PATCH a"), "[PATCH a");
        assert_eq!(read(": re:  x\ty"), "x y");
        assert_eq!(read("regular: x"), "regular: x");
    }

    #[test]
    fn numbers_and_versions_are_read_in_all_the_forms_in_use() {
        for (subject, number, of, version) in [
            ("[PATCH] x", None, None, None),
            ("[PATCH 1/2] x", Some(1), Some(2), None),
            ("[PATCH v2 01/12] x", Some(1), Some(12), Some(2)),
            ("[PATCHv3 0/2] x", Some(0), Some(2), Some(3)),
            ("[PATCH1/8] x", Some(1), Some(8), None),
            ("[RFC libvirt PATCH v10 3/4] x", Some(3), Some(4), Some(10)),
            ("[libvirt] [PATCH V2 3/4] x", Some(3), Some(4), Some(2)),
            ("[v2,1/3] x", Some(1), Some(3), Some(2)),
            ("[PATCH 1/3 v4] x", Some(1), Some(3), Some(4)),
            ("[PATCH v2.1 1/3] x", Some(1), Some(3), Some(2)),
            ("[PATCH-v2-1/3] x", Some(1), Some(3), Some(2)),
            ("[PATCH dev5 1/3] x", Some(1), Some(3), None),
        ] {
            let tags = Tags::of(subject);
            assert_eq!(
                (tags.number, tags.of, tags.version),
                (number, of, version),
                "{subject}"
            );
            assert!(tags.says_patch(), "{subject}");
        }
    }

    #[test]
    fn an_answer_is_told_from_a_topic() {
        assert!(Tags::of("Re: [PATCH 1/2] x").is_reply);
        assert!(Tags::of("[libvirt] AW: [PATCH] x").says_patch());
        assert!(Tags::of("Fwd: x").is_reply);
        assert!(!Tags::of("[PATCH] re: x").is_reply);
        assert!(!Tags::of("qemu: x").is_reply);
    }
}
