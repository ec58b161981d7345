//! People in mails: reading `Name <mail>`, and writing it so that every client reads the same. Does not know which header it stands in.

use super::Ident;
use super::header::{self, Encoded};
use super::wrap::{Start, wrapped};
use crate::habit::address;
use crate::text::Problem;

/// Longest header line (RFC 2822, section 2.1.1).
const WIDTH: usize = 78;
/// Longest header line that holds an encoded word (RFC 2047, section 2).
const ENCODED_WIDTH: usize = 76;
/// Characters that a name can't have outside quotes (RFC 2822, section 3.2.1).
const SPECIAL: &str = "()<>[]:;@,.\"\\";

/// Reads `Name <mail>`, `"Name" <mail>` or `mail`.
///
/// # Errors
/// `mail-bad-address` where there is no address in it, `mail-control-character` where it could break a header.
pub fn parse(text: &str) -> Result<Ident, Problem> {
    header::refuse_controls(text, "an address")?;
    let text = text.trim();
    let bad = |why: &str| {
        Problem::new(
            "mail-bad-address",
            format!("`{text}` is not a mail address: {why}"),
        )
        .help("write it as `Name <user@example.org>`")
    };
    let (name, email) = match text.strip_suffix('>') {
        Some(rest) => rest
            .rsplit_once('<')
            .ok_or_else(|| bad("its `<` is missing"))?,
        None => ("", text),
    };
    let email = email.trim();
    if email.contains(['<', '>', ' ', ','])
        || name.contains(['<', '>']) && !name.trim().starts_with('"')
    {
        return Err(bad("its angle brackets or commas don't match"));
    }
    if !email.contains('@') {
        return Err(bad("it has no `@`"));
    }
    Ok(Ident {
        name: unquoted(name.trim()),
        email: email.to_string(),
    })
}

/// Takes the quotes off a name, and the `\` before its characters.
fn unquoted(name: &str) -> String {
    let Some(inner) = name
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    else {
        return name.to_string();
    };
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        out.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    out
}

/// Returns `ident` as a header has it after `column` columns: encoded (RFC 2047) or quoted (RFC 2822) where it must be, folded.
pub fn display(ident: &Ident, column: usize) -> String {
    let Ident { name, email } = ident;
    let (mut out, width) = if header::needs_encoding(name) {
        (
            header::encoded(name, Encoded::Address, column),
            ENCODED_WIDTH,
        )
    } else if name.contains(|c| SPECIAL.contains(c)) {
        let quoted = format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""));
        (wrapped(&quoted, Start::Column(column), 1, WIDTH), WIDTH)
    } else {
        (wrapped(name, Start::Column(column), 1, WIDTH), WIDTH)
    };
    let used = match out.rfind('\n') {
        Some(at) => out.len() - at - 1,
        None => column + out.len(),
    };
    if width < used + " <>".len() + email.len() {
        out.push('\n');
    }
    out.push_str(&format!(" <{email}>"));
    out
}

/// Returns a recipient as a header has it after `column` columns: as it was typed where that is ASCII, as git does, else encoded.
///
/// # Errors
/// As [`parse`]; and `mail-bad-address` where the address itself is not ASCII.
pub fn recipient(text: &str, column: usize) -> Result<String, Problem> {
    header::refuse_controls(text, "a recipient")?;
    if text.is_ascii() {
        // A list is written as it was typed too, as long as each of it is an address.
        let parts = address::split(text);
        parts.iter().try_for_each(|part| parse(part).map(drop))?;
        if !parts.is_empty() {
            return Ok(text.trim().to_string());
        }
    }
    let ident = parse(text)?;
    if !ident.email.is_ascii() {
        return Err(Problem::new(
            "mail-bad-address",
            format!(
                "the address `{}` has characters that are not ASCII",
                ident.email
            ),
        )
        .help("write the host name in its `xn--` form"));
    }
    Ok(display(&ident, column))
}

/// Refuses an author or sender that would break a header.
///
/// # Errors
/// `mail-control-character` or `mail-bad-address`.
pub fn check(ident: &Ident) -> Result<(), Problem> {
    header::refuse_breaks(&ident.name, "a name")?;
    header::refuse_breaks(&ident.email, "an address")?;
    if ident.email.contains(['<', '>']) || ident.name.contains(['<', '>']) {
        return Err(Problem::new(
            "mail-bad-address",
            format!(
                "`{} <{}>` has angle brackets inside",
                ident.name, ident.email
            ),
        )
        .help("write it as `Name <user@example.org>`"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ident(name: &str, email: &str) -> Ident {
        Ident {
            name: name.to_string(),
            email: email.to_string(),
        }
    }

    #[test]
    fn a_name_and_an_address_are_read() {
        assert_eq!(
            parse("A U Thor <a@b.c>").unwrap(),
            ident("A U Thor", "a@b.c")
        );
        assert_eq!(
            parse("\"Thor, \\\"A\\\" U\" <a@b.c>").unwrap(),
            ident("Thor, \"A\" U", "a@b.c")
        );
        assert_eq!(parse(" a@b.c ").unwrap(), ident("", "a@b.c"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "nobody",
            "A <a@b.c",
            "A a@b.c>",
            "A <a b@c>",
            "A <B <a@b.c>",
        ] {
            assert_eq!(parse(text).unwrap_err().code, "mail-bad-address", "{text}");
        }
        assert_eq!(
            parse("A <a@b.c>\nBcc: x@y").unwrap_err().code,
            "mail-control-character"
        );
    }

    #[test]
    fn a_name_with_special_characters_is_quoted() {
        assert_eq!(
            display(&ident("A. U. \"T\"", "a@b.c"), 6),
            r#""A. U. \"T\"" <a@b.c>"#
        );
    }

    #[test]
    fn a_name_that_is_not_ascii_is_encoded() {
        assert_eq!(
            display(&ident("A Ú Thor", "a@b.c"), 6),
            "=?UTF-8?q?A=20=C3=9A=20Thor?= <a@b.c>"
        );
    }

    #[test]
    fn an_address_that_does_not_fit_goes_to_the_next_line() {
        let long = format!("{}@example.org", "a".repeat(60));
        assert_eq!(
            display(&ident("A U Thor", &long), 6),
            format!("A U Thor\n <{long}>")
        );
    }

    #[test]
    fn a_recipient_in_ascii_stays_as_it_was_typed() {
        assert_eq!(recipient("J. R. <j@b.c>", 4).unwrap(), "J. R. <j@b.c>");
        for text in ["a@b.c, D <d@e.f>", "\"D, E\" <d@e.f>", "a@b.c (A, B)"] {
            assert_eq!(recipient(text, 4).unwrap(), text);
        }
        for text in [
            "D <d@e.f",
            "D d@e.f>",
            "a@b.c, D <d@e.f",
            "D <d@e.f> E",
            "",
            " , ",
            "a b@c.d",
        ] {
            let problem = recipient(text, 4).unwrap_err();
            assert_eq!(problem.code, "mail-bad-address", "{text}");
        }
        assert_eq!(
            recipient("J\u{f6}rg <j@b.c>", 4).unwrap(),
            "=?UTF-8?q?J=C3=B6rg?= <j@b.c>"
        );
        assert_eq!(
            recipient("J <j@b\u{f6}.c>", 4).unwrap_err().code,
            "mail-bad-address"
        );
    }

    #[test]
    fn an_author_with_a_line_feed_in_the_name_is_refused() {
        assert_eq!(
            check(&ident("A\nBcc: x", "a@b.c")).unwrap_err().code,
            "mail-control-character"
        );
        assert_eq!(
            check(&ident("A <x>", "a@b.c")).unwrap_err().code,
            "mail-bad-address"
        );
        assert!(check(&ident("A", "a@b.c")).is_ok());
    }
}
