//! The subject of a mail: brackets, numbers, title. Does not know the rest of the message.

use super::Options;
use super::header::{self, Encoded};
use super::wrap::{Start, wrapped};
use crate::text::Problem;

pub(super) use crate::target::commit::BLANK;
pub use crate::target::commit::title_and_body as split;

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
/// `mail-empty-subject`, or `mail-control-character` where the title would end the header.
pub fn header(prefix: &str, number: Option<Number>, title: &str) -> Result<String, Problem> {
    if title.trim().is_empty() {
        return Err(Problem::new("mail-empty-subject", "a mail has no subject")
            .help("write one as the first line of the message"));
    }
    header::refuse_breaks(title, "a subject")?;
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
