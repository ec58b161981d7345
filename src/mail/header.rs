//! The header of a mail: dates, recipients, encoded words, the block that declares a charset. Does not know what is mailed.

use std::fmt::Write;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{When, ident};
use crate::text::Problem;

/// The block that declares a mail to be UTF-8.
pub(super) const CHARSET: &str =
    "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n";

/// Longest encoded word with what stands before it on its line (RFC 2047, section 2).
const ENCODED_WIDTH: usize = 76;
/// What opens an encoded word; git writes a lower-case `q`.
const ENCODED_OPEN: &str = "=?UTF-8?q?";

/// Where an encoded word stands: a name may keep fewer characters as they are (RFC 2047, section 5, rule 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoded {
    /// In a title.
    Subject,
    /// In the name of an address.
    Address,
}

/// Returns whether a header can't carry `text` as it is: not ASCII, or it would be read as an encoded word.
pub fn needs_encoding(text: &str) -> bool {
    declares_charset(text) || text.contains('\n') || text.contains("=?")
}

/// Returns whether `text` makes git declare a charset: it isn't ASCII, or holds an escape.
pub(super) fn declares_charset(text: &str) -> bool {
    !text.is_ascii() || text.contains('\u{1b}')
}

/// Returns `text` as encoded words (RFC 2047), after `column` columns of its line; no character is split over two.
pub fn encoded(text: &str, place: Encoded, column: usize) -> String {
    let mut out = String::from(ENCODED_OPEN);
    let mut column = column + ENCODED_OPEN.len();
    for c in text.chars() {
        let plain = stays(c, place);
        let len = if plain { 1 } else { 3 * c.len_utf8() };
        if column + len + "?=".len() > ENCODED_WIDTH {
            out.push_str("?=\n ");
            out.push_str(ENCODED_OPEN);
            column = ENCODED_OPEN.len() + 1;
        }
        if plain {
            out.push(c);
        } else {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a String can't fail.
                let _ = write!(out, "={byte:02X}");
            }
        }
        column += len;
    }
    out.push_str("?=");
    out
}

/// Returns whether a character stands for itself in an encoded word. A blank never does: many clients leave `_` as it is.
fn stays(c: char, place: Encoded) -> bool {
    match place {
        Encoded::Subject => c.is_ascii_graphic() && !matches!(c, '=' | '?' | '_'),
        Encoded::Address => c.is_ascii_alphanumeric() || matches!(c, '!' | '*' | '+' | '-' | '/'),
    }
}

/// Returns a moment as a `Date:` header has it (RFC 2822, section 3.3).
///
/// # Errors
/// `mail-bad-date` outside the years that can be told.
pub fn date(when: When) -> Result<String, Problem> {
    let clock = clock(when)?.strftime("%a, %-d %b %Y %H:%M:%S");
    Ok(format!("{clock} {:+05}", when.zone))
}

/// Returns the day of a moment where it was told, as `2015-05-20`.
///
/// # Errors
/// As [`date`].
pub fn day(when: When) -> Result<String, Problem> {
    Ok(clock(when)?.strftime("%Y-%m-%d").to_string())
}

/// What a clock of the zone showed.
fn clock(when: When) -> Result<DateTime, Problem> {
    let bad = |_| {
        Problem::new(
            "mail-bad-date",
            format!(
                "{} seconds since 1970 is no date that a mail can state",
                when.seconds
            ),
        )
        .help("give the commit another date")
    };
    let east = i64::from(when.offset_minutes()) * 60;
    let shown = Timestamp::from_second(when.seconds.saturating_add(east)).map_err(bad)?;
    Ok(shown.to_zoned(TimeZone::UTC).datetime())
}

/// Returns a `To:` or `Cc:` header, empty where there is nobody.
///
/// # Errors
/// `mail-bad-address` or `mail-control-character` of a recipient.
pub fn recipients(name: &str, list: &[String]) -> Result<String, Problem> {
    const INDENT: &str = "    ";
    if list.is_empty() {
        return Ok(String::new());
    }
    let people: Vec<String> = list
        .iter()
        .map(|text| ident::recipient(text, INDENT.len()))
        .collect::<Result<_, _>>()?;
    Ok(format!(
        "{name}: {}\n",
        people.join(&format!(",\n{INDENT}"))
    ))
}

/// Refuses a text that is typed for a header and holds a control character.
///
/// # Errors
/// `mail-control-character` where it has one.
pub fn refuse_controls(text: &str, what: &str) -> Result<(), Problem> {
    refuse(text, what, char::is_control)
}

/// Refuses a text of a commit that would end a header early; other control characters are carried, as git does.
///
/// # Errors
/// `mail-control-character` where it has a line feed, a carriage return or a NUL.
pub fn refuse_breaks(text: &str, what: &str) -> Result<(), Problem> {
    refuse(text, what, |c| matches!(c, '\n' | '\r' | '\0'))
}

/// Refuses a text that stands below the header and holds a NUL, at which git would end it.
///
/// # Errors
/// `mail-control-character` where it has one.
pub fn refuse_nul(text: &str, what: &str) -> Result<(), Problem> {
    refuse(text, what, |c| c == '\0')
}

fn refuse(text: &str, what: &str, bad: impl Fn(char) -> bool) -> Result<(), Problem> {
    match text.chars().find(|c| bad(*c)) {
        None => Ok(()),
        Some(c) => Err(Problem::new(
            "mail-control-character",
            format!(
                "{what} has the control character {}: `{}`",
                c.escape_unicode(),
                text.escape_debug()
            ),
        )
        .help("take the character out")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_what_has_a_meaning_are_encoded_in_a_title() {
        assert_eq!(
            encoded("é a_b=?.", Encoded::Subject, 0),
            "=?UTF-8?q?=C3=A9=20a=5Fb=3D=3F.?="
        );
    }

    #[test]
    fn a_name_keeps_fewer_characters_than_a_title() {
        assert_eq!(
            encoded("é.!", Encoded::Address, 0),
            "=?UTF-8?q?=C3=A9=2E!?="
        );
    }

    #[test]
    fn an_encoded_word_ends_before_76_columns_and_splits_no_character() {
        let lines = encoded(&"é".repeat(40), Encoded::Subject, 9);
        assert!(lines.lines().all(|line| line.len() <= 76), "{lines}");
        assert!(
            lines.lines().all(|line| line.matches('=').count() % 2 == 0),
            "{lines}"
        );
        assert!(lines.contains("?=\n =?UTF-8?q?"));
    }

    #[test]
    fn a_date_tells_the_zone_of_its_author() {
        let when = When::at(1_432_123_517, -240);
        assert_eq!(date(when).unwrap(), "Wed, 20 May 2015 08:05:17 -0400");
        let when = When::at(0, 0);
        assert_eq!(date(when).unwrap(), "Thu, 1 Jan 1970 00:00:00 +0000");
    }

    #[test]
    fn a_zone_that_is_none_is_told_as_git_tells_it() {
        // What `git format-patch` 2.47 wrote of each.
        for (zone, told) in [
            (-60, "Fri, 14 Jul 2017 01:40:00 -0060"),
            (1500, "Fri, 14 Jul 2017 17:40:00 +1500"),
            (9999, "Tue, 18 Jul 2017 07:19:00 +9999"),
            (51_800, "Fri, 4 Aug 2017 16:40:00 +51800"),
            (12, "Fri, 14 Jul 2017 02:52:00 +0012"),
        ] {
            let seconds = 1_500_000_000;
            assert_eq!(date(When { seconds, zone }).unwrap(), told);
        }
    }

    #[test]
    fn a_date_no_mail_can_state_is_a_problem() {
        let when = When::at(i64::MAX, 0);
        assert_eq!(date(when).unwrap_err().code, "mail-bad-date");
    }

    #[test]
    fn recipients_stand_on_a_line_each() {
        let list = ["a@b.c".to_string(), "D <d@e.f>".to_string()];
        assert_eq!(
            recipients("To", &list).unwrap(),
            "To: a@b.c,\n    D <d@e.f>\n"
        );
        assert_eq!(recipients("Cc", &[]).unwrap(), "");
    }
}
