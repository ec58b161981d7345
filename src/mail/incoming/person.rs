//! Who wrote a mail, by the rules of `git mailinfo` and of the commit that `git am` makes. Does not know where the header stood.
//!
//! Ours and not mail-parser's: git takes the first word with an `@` for the address wherever it stands, and the rest for the name,
//! and gives up on names of more than 60 bytes.

use super::space::{is_space, single_spaced, trimmed};
use crate::target::Ident;

/// Longest name that git keeps; the address stands in for a longer one.
const NAME_BYTES: usize = 60;

/// Returns name and address as `git mailinfo` tells them, none where the header has no address.
pub(super) fn person(header: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut rest = unquoted(header);
    let Some(at) = rest.iter().position(|&byte| byte == b'@') else {
        return bogus(header);
    };
    let mut start = at;
    while start > 0 && !is_space(rest[start - 1]) {
        start -= 1;
        if rest[start] == b'<' {
            rest[start] = b' ';
            start += 1;
            break;
        }
    }
    let len = rest[start..]
        .iter()
        .take_while(|&&byte| !byte.is_ascii_whitespace() && byte != 0x0b && byte != b'>')
        .count();
    let end = start + len;
    let email = rest[start..end].to_vec();
    rest.drain(start..rest.len().min(end + 1));
    let name = single_spaced(&rest);
    let mut name = trimmed(&name);
    if let Some(inner) = name
        .strip_prefix(b"(")
        .and_then(|name| name.strip_suffix(b")"))
    {
        name = inner;
    }
    Some((sane(name, &email), email))
}

/// Reads `Name <local>`, an address without a host.
fn bogus(header: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let open = header.iter().position(|&byte| byte == b'<')?;
    let close = open + header[open..].iter().position(|&byte| byte == b'>')?;
    let email = header[open + 1..close].to_vec();
    Some((sane(trimmed(&header[..open]), &email), email))
}

fn sane(name: &[u8], email: &[u8]) -> Vec<u8> {
    let is_odd = name.iter().any(|byte| b"@<>".contains(byte));
    if is_odd || name.is_empty() || name.len() > NAME_BYTES {
        return email.to_vec();
    }
    name.to_vec()
}

/// Takes quotes off, and the backslashes in quotes and in comments.
fn unquoted(header: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(header.len());
    let (mut quoted, mut depth) = (false, 0_usize);
    let mut bytes = header.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            b'\\' if quoted || depth > 0 => out.extend(bytes.next()),
            b'"' if depth == 0 => quoted = !quoted,
            b'(' if !quoted => {
                depth += 1;
                out.push(byte);
            }
            b')' if depth > 0 => {
                depth -= 1;
                out.push(byte);
            }
            _ => out.push(byte),
        }
    }
    out
}

/// Returns a text as git puts it into a commit: a byte that is no UTF-8 is taken for one of Latin-1.
fn repaired(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|&byte| char::from(byte)));
    }
    text
}

/// Returns the person as a commit has it: git takes commas, quotes and the like off both ends, and since 2.43 no points, and angle brackets out.
pub(super) fn in_a_commit(name: &[u8], email: &[u8]) -> Ident {
    let clean = |bytes: &[u8]| {
        let text = repaired(bytes);
        let is_crud =
            |c: char| c <= ' ' || matches!(c, ',' | ':' | ';' | '<' | '>' | '"' | '\\' | '\'');
        text.trim_matches(is_crud).replace(['<', '>', '\n'], "")
    };
    Ident {
        name: clean(name),
        email: clean(email),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> (String, String) {
        let (name, email) = person(header.as_bytes()).unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(name), text(email))
    }

    #[test]
    fn the_word_with_an_at_is_the_address_and_the_rest_the_name() {
        for header in [
            "A U Thor <a@b.c>",
            "a@b.c (A U Thor)",
            "\"A U Thor\" <a@b.c>",
            "a@b.c A U Thor",
            "A U  Thor\t<a@b.c> ",
        ] {
            assert_eq!(
                read(header),
                ("A U Thor".into(), "a@b.c".into()),
                "{header}"
            );
        }
        assert_eq!(read("\"Thor, \\\"A\\\" U\" <a@b.c>").0, "Thor, \"A\" U");
        assert_eq!(
            read("A U Thor <local>"),
            ("A U Thor".into(), "local".into())
        );
        assert_eq!(person(b"nobody"), None);
    }

    #[test]
    fn the_address_stands_in_for_a_name_that_git_does_not_keep() {
        assert_eq!(read("Al <a@b.c>").0, "Al");
        assert_eq!(read(&format!("{} <a@b.c>", "x".repeat(61))).0, "a@b.c");
        assert_eq!(read("a@b.c").0, "a@b.c");
    }

    #[test]
    fn bytes_that_are_no_utf_8_are_letters_of_latin_1_in_a_commit() {
        let read = in_a_commit(b"F\xfc \xc3\xbc", b"\xe9@b.c");
        assert_eq!(
            (&*read.name, &*read.email),
            ("F\u{fc} \u{fc}", "\u{e9}@b.c")
        );
    }

    #[test]
    fn a_commit_has_no_quotes_at_the_ends_of_a_name() {
        assert_eq!(
            in_a_commit(b"'A. U. Thor, Jr.',", b"a@b.c").name,
            "A. U. Thor, Jr."
        );
    }
}
