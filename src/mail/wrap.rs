//! Breaks a line of text into several, as git does for headers and short logs. Does not know what a header is.

use unicode_width::UnicodeWidthChar;

/// Where the first line begins.
#[derive(Clone, Copy, Debug)]
pub(super) enum Start {
    /// The text follows what fills so many columns; it may break before its first word.
    Column(usize),
    /// The text is indented by so many blanks.
    Indent(usize),
}

/// Returns `text` broken where it would pass `width` columns, further lines indented by `indent`.
///
/// Each single blank or tab is a place to break, and goes where a line breaks. A word that is too long stays whole.
pub(super) fn wrapped(text: &str, start: Start, indent: usize, width: usize) -> String {
    let mut out = String::new();
    if text.is_empty() {
        return out;
    }
    let (mut column, mut may_break) = match start {
        Start::Column(column) => (column, true),
        Start::Indent(by) => {
            out.push_str(&" ".repeat(by));
            (by, false)
        }
    };
    for piece in text.split_inclusive([' ', '\t']).scan(None, separated) {
        let (separator, word) = piece;
        let at_word = match separator {
            Some('\t') => (column | 7) + 1,
            Some(_) => column + 1,
            None => column,
        };
        let end = at_word + columns(word);
        if end <= width || !may_break {
            out.extend(separator);
            out.push_str(word);
            column = end;
        } else {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            out.push_str(word);
            column = indent + columns(word);
        }
        may_break = true;
    }
    out
}

/// Pairs each word with the blank before it: `piece` ends in the blank that belongs to the next.
fn separated<'a>(before: &mut Option<char>, piece: &'a str) -> Option<(Option<char>, &'a str)> {
    let word = piece.strip_suffix([' ', '\t']).unwrap_or(piece);
    let separator = std::mem::replace(before, piece[word.len()..].chars().next());
    Some((separator, word))
}

fn columns(word: &str) -> usize {
    word.chars().map(|c| c.width().unwrap_or(0)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_may_fill_the_width_but_not_pass_it() {
        assert_eq!(wrapped("ab cd", Start::Indent(0), 1, 5), "ab cd");
        assert_eq!(wrapped("ab cde", Start::Indent(0), 1, 5), "ab\n cde");
    }

    #[test]
    fn a_word_that_is_too_long_stays_whole() {
        assert_eq!(
            wrapped("abcdefgh i", Start::Indent(2), 4, 5),
            "  abcdefgh\n    i"
        );
    }

    #[test]
    fn a_text_after_a_header_name_may_break_before_its_first_word() {
        assert_eq!(
            wrapped("abcdefgh i", Start::Column(6), 1, 10),
            "\n abcdefgh\n i"
        );
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(wrapped("日本 x", Start::Indent(0), 1, 5), "日本\n x");
    }
}
