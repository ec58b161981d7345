//! What a character is that no font shows. Knows no text around it.

use std::sync::LazyLock;

use regex::Regex;

/// Returns whether a character is of the Unicode category Cf (Unicode 16, `DerivedGeneralCategory.txt`).
pub fn is_format(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}' | '\u{8e2}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}' | '\u{e0020}'..='\u{e007f}')
}

/// Returns whether a character is of the Unicode category Lo: a letter of a script that has no capitals.
pub fn is_letter_without_case(c: char) -> bool {
    /// None where the expression could not be compiled, which it can.
    static OTHER_LETTER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{Lo}$").ok());
    let letter = OTHER_LETTER.as_ref();
    !c.is_ascii() && letter.is_some_and(|letter| letter.is_match(c.encode_utf8(&mut [0; 4])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_without_case_are_those_of_their_category() {
        for c in ['\u{645}', '\u{aa}', '\u{4e00}', '\u{5d0}'] {
            assert!(is_letter_without_case(c), "{c}");
        }
        for c in [
            'a', '\u{e9}', '\u{2b9}', '\u{1c5}', '\u{93e}', '\u{2160}', '\u{200b}',
        ] {
            assert!(!is_letter_without_case(c), "{c}");
        }
    }
}
