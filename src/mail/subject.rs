//! The subject of a mail: brackets, numbers, title. Does not know the rest of the message.

use super::Options;
use super::header::{self, Encoded};
use super::wrap::{Start, wrapped};
use crate::text::Problem;

/// Longest header line (RFC 2822, section 2.1.1).
const WIDTH: usize = 78;

/// Which mail of how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// 0 for the cover letter.
    pub at: usize,
    /// Patches.
    pub of: usize,
}

/// Splits a message into its title, the lines of its first paragraph joined by blanks, and what follows.
pub fn split(message: &str) -> (String, &str) {
    let mut title = Vec::new();
    let mut rest = skip_blank_lines(message);
    while let Some(line) = rest.split_inclusive('\n').next() {
        rest = &rest[line.len()..];
        let line = line.trim_end_matches(BLANK);
        if line.is_empty() {
            break;
        }
        title.push(line);
    }
    (title.join(" "), skip_blank_lines(rest))
}

/// What git trims from the end of a line; form feeds and wider blanks stay.
pub(super) const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

fn skip_blank_lines(text: &str) -> &str {
    let mut rest = text;
    while let Some(line) = rest.split_inclusive('\n').next() {
        if !line.trim_end_matches(BLANK).is_empty() {
            break;
        }
        rest = &rest[line.len()..];
    }
    rest
}

/// Returns the words in the brackets: `RFC`, the prefix, the version.
///
/// # Errors
/// `mail-control-character` or `mail-bad-prefix`.
pub fn prefix(options: &Options) -> Result<String, Problem> {
    let mut words = options.prefix.trim().to_string();
    header::refuse_controls(&words, "the subject prefix")?;
    if !words.is_ascii() {
        return Err(Problem::new(
            "mail-bad-prefix",
            format!("the subject prefix `{words}` is not ASCII"),
        )
        .help("use ASCII letters, as in `libvirt PATCH`"));
    }
    if options.rfc
        && !words
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| word == "RFC")
    {
        words.insert_str(0, if words.is_empty() { "RFC" } else { "RFC " });
    }
    if let Some(version) = options.reroll {
        words.push_str(&format!(" v{version}"));
    }
    Ok(words)
}

/// Returns the `Subject:` header.
///
/// Only the title is ever encoded: clients read the brackets as they stand.
///
/// # Errors
/// `mail-empty-subject`, or `mail-control-character` where the title has one that is not a tab.
pub fn header(prefix: &str, number: Option<Number>, title: &str) -> Result<String, Problem> {
    if title.trim().is_empty() {
        return Err(Problem::new("mail-empty-subject", "a mail has no subject")
            .help("write one as the first line of the message"));
    }
    header::refuse_controls(&title.replace('\t', " "), "a subject")?;
    let brackets = match number {
        Some(Number { at, of }) => {
            let width = of.to_string().len();
            let blank = if prefix.is_empty() { "" } else { " " };
            format!("[{prefix}{blank}{at:0width$}/{of}] ")
        }
        None if prefix.is_empty() => String::new(),
        None => format!("[{prefix}] "),
    };
    let start = format!("Subject: {brackets}");
    let title = if header::needs_encoding(title) {
        header::encoded(title, Encoded::Subject, start.len())
    } else {
        wrapped(title, Start::Column(start.len()), 1, WIDTH)
    };
    Ok(format!("{start}{title}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_paragraph_is_the_title() {
        assert_eq!(
            split("\n\none  \ntwo\n\n\nbody\n"),
            ("one two".to_string(), "body\n")
        );
        assert_eq!(split("one"), ("one".to_string(), ""));
        assert_eq!(split(""), (String::new(), ""));
    }

    #[test]
    fn numbers_are_padded_to_the_width_of_the_last() {
        let number = Some(Number { at: 0, of: 11 });
        assert_eq!(
            header("PATCH", number, "t").unwrap(),
            "Subject: [PATCH 00/11] t\n"
        );
    }

    #[test]
    fn an_empty_prefix_alone_leaves_no_brackets() {
        assert_eq!(header("", None, "t").unwrap(), "Subject: t\n");
        assert_eq!(
            header("", Some(Number { at: 1, of: 1 }), "t").unwrap(),
            "Subject: [1/1] t\n"
        );
    }

    #[test]
    fn only_the_title_is_encoded() {
        assert_eq!(
            header("PATCH", None, "é").unwrap(),
            "Subject: [PATCH] =?UTF-8?q?=C3=A9?=\n"
        );
    }

    #[test]
    fn a_title_that_smuggles_a_header_is_refused() {
        assert_eq!(
            header("PATCH", None, "t\rBcc: x@y").unwrap_err().code,
            "mail-control-character"
        );
        assert_eq!(
            header("PATCH", None, " ").unwrap_err().code,
            "mail-empty-subject"
        );
    }
}
