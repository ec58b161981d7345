//! A commit object as git stores it, read: parents, author, date, message. Does not know what the commit changes.

use encoding_rs::Encoding;
use git2::Oid;

use crate::target::commit::short;
use crate::target::{Ident, When};
use crate::text::Problem;

/// A commit object.
pub(super) struct Stored {
    pub(super) tree: Oid,
    pub(super) parents: Vec<Oid>,
    pub(super) author: Ident,
    pub(super) date: When,
    /// In UTF-8, whatever the object is in.
    pub(super) message: String,
    /// Whether the object has a byte for which git declares a charset: one that is not ASCII, or an escape.
    pub(super) needs_charset: bool,
}

impl Stored {
    /// Reads the object (gitformat-commit is told in `git help commit-tree` and by `git cat-file commit`).
    ///
    /// # Errors
    /// `commit-unreadable` where it has no tree or no author, `commit-encoding` where it is neither in UTF-8 nor in what it says.
    pub(super) fn read(id: Oid, bytes: &[u8]) -> Result<Self, Problem> {
        let end = bytes.windows(2).position(|two| two == b"\n\n");
        let (header, message) = match end {
            Some(at) => (&bytes[..=at], &bytes[at + 2..]),
            None => (bytes, &bytes[bytes.len()..]),
        };
        let field = |name: &'static str| fields(header, name).next();
        let oid = |value: &[u8]| {
            let text = std::str::from_utf8(value).ok()?;
            Oid::from_str(text.trim_end()).ok()
        };
        let tree = field("tree")
            .and_then(oid)
            .ok_or_else(|| unreadable(id, "tree"))?;
        let encoding = field("encoding");
        let author = decoded(id, field("author").unwrap_or_default(), encoding)?;
        let (author, date) = signature(&author).ok_or_else(|| unreadable(id, "author"))?;
        Ok(Stored {
            tree,
            parents: fields(header, "parent").filter_map(oid).collect(),
            author,
            date,
            message: decoded(id, message, encoding)?,
            needs_charset: bytes.iter().any(|&byte| byte >= 0x80 || byte == 0x1b),
        })
    }
}

fn fields<'h>(header: &'h [u8], name: &'static str) -> impl Iterator<Item = &'h [u8]> {
    let lines = header.split(|&byte| byte == b'\n');
    lines.filter_map(move |line| line.strip_prefix(name.as_bytes())?.strip_prefix(b" "))
}

fn unreadable(id: Oid, what: &str) -> Problem {
    let message = format!(
        "commit {} names no {what} that can be read",
        short(&id.to_string())
    );
    Problem::new("commit-unreadable", message)
        .help("leave the commit out of the range, or amend it")
}

/// Returns bytes of a commit as text: recoded from the encoding it tells, else as UTF-8.
///
/// As in git, an encoding that is not known, or that the bytes don't follow, is passed over.
fn decoded(id: Oid, bytes: &[u8], encoding: Option<&[u8]>) -> Result<String, Problem> {
    let recoded = encoding.and_then(|label| recoded(bytes, &label.to_ascii_lowercase()));
    if let Some(text) = recoded {
        return Ok(text);
    }
    String::from_utf8(bytes.to_vec()).map_err(|_| {
        let told = match encoding {
            Some(label) => format!("in `{}`, as it says", String::from_utf8_lossy(label)),
            None => "in UTF-8, and says no other encoding".to_owned(),
        };
        let message = format!("the message or the author of commit {} is not {told}", short(&id.to_string()));
        Problem::new("commit-encoding", message)
            .help("amend it, with `i18n.commitEncoding` set to what it is in, or leave it out of the range")
    })
}

fn recoded(bytes: &[u8], label: &[u8]) -> Option<String> {
    const ASCII: [&[u8]; 4] = [b"ascii", b"us-ascii", b"ansi_x3.4-1968", b"iso646-us"];
    let encoding = Encoding::for_label_no_replacement(label)?;
    if ASCII.contains(&label) {
        return None;
    }
    // Web browsers take ISO 8859 for the Windows code page that extends it; git doesn't.
    let iso = label.starts_with(b"iso") || label.starts_with(b"l");
    if iso && encoding.is_single_byte() {
        let decode = |byte: &u8| match byte {
            0x80..=0x9f => Some(char::from(*byte)),
            _ => one_character(encoding, *byte),
        };
        return bytes.iter().map(decode).collect();
    }
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    Some(text.into_owned())
}

fn one_character(encoding: &'static Encoding, byte: u8) -> Option<char> {
    let byte = [byte];
    let text = encoding.decode_without_bom_handling_and_without_replacement(&byte)?;
    text.chars().next()
}

/// Reads `Name <mail> seconds zone`. A date that can't be read is the start of 1970, as in git.
fn signature(text: &str) -> Option<(Ident, When)> {
    let (name, rest) = text.split_once('<')?;
    let (email, _) = rest.split_once('>')?;
    let ident = Ident {
        name: name.trim_end().to_owned(),
        email: email.to_owned(),
    };
    // A name or an address may hold a `>` of its own.
    let (_, date) = text.rsplit_once('>')?;
    Some((ident, date_of(date).unwrap_or_default()))
}

fn date_of(text: &str) -> Option<When> {
    let text = text.trim_start();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let seconds = text[..digits].parse().ok()?;
    let zone = text[digits..].trim_start();
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let zone = &zone[1..];
    let digits = zone.find(|c: char| !c.is_ascii_digit());
    let zone: i32 = zone[..digits.unwrap_or(zone.len())].parse().ok()?;
    Some(When {
        seconds,
        zone: sign * zone,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(author: &str, extra: &[u8], message: &[u8]) -> Result<Stored, Problem> {
        let tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
        let mut bytes = format!("tree {tree}\nparent {tree}\nauthor {author}\n").into_bytes();
        bytes.extend_from_slice(b"committer c <c@d> 1 +0000\n");
        bytes.extend_from_slice(extra);
        bytes.push(b'\n');
        bytes.extend_from_slice(message);
        Stored::read(Oid::ZERO_SHA1, &bytes)
    }

    fn date(author: &str) -> (i64, i32) {
        let date = read(author, b"", b"s\n").unwrap().date;
        (date.seconds, date.zone)
    }

    #[test]
    fn a_commit_is_read_whatever_stands_between_its_header_and_its_message() {
        let signed = b"gpgsig -----BEGIN\n author x <y@z> 1 +0000\n \n -----END\n";
        let stored = read("A U Thor <a@b> 1432123517 -0430", signed, b"t\n\nbody\n").unwrap();
        assert_eq!(stored.author.name, "A U Thor");
        assert_eq!(stored.author.email, "a@b");
        assert_eq!(
            (stored.date.seconds, stored.date.zone),
            (1_432_123_517, -430)
        );
        assert_eq!(stored.message, "t\n\nbody\n");
        assert_eq!(stored.parents.len(), 1);
        assert!(!stored.needs_charset);
    }

    #[test]
    fn odd_authors_and_dates_are_read_as_git_reads_them() {
        for (author, told) in [
            ("A <a@b> 1", (0, 0)),
            ("A <a@b>", (0, 0)),
            ("A <a@b> -5 +0000", (0, 0)),
            ("A <a@b> 18446744073709551616 +0000", (0, 0)),
            ("A <a@b> 1 0530", (0, 0)),
            ("A <a@b> 1 +05", (1, 5)),
            ("A <a@b>1 +0500", (1, 500)),
            ("A <a@b> x> 1 +0000", (1, 0)),
            ("A <a@b> 1 -0060", (1, -60)),
            ("<a@b> 1 +051800", (1, 51_800)),
        ] {
            assert_eq!(date(author), told, "{author}");
        }
        let named = |author: &str| read(author, b"", b"s\n").unwrap().author.name;
        assert_eq!(named("<a@b> 1 +0000"), "");
        assert_eq!(named(" Lead  <a@b> 1 +0000"), " Lead");
        assert_eq!(
            read("A a@b 1 +0000", b"", b"s\n").err().unwrap().code,
            "commit-unreadable"
        );
    }

    #[test]
    fn a_message_is_recoded_from_the_encoding_it_tells() {
        for (label, bytes, text) in [
            ("ISO-8859-1", &b"\xe9\x80"[..], "\u{e9}\u{80}"),
            ("latin1", b"\xe9", "\u{e9}"),
            ("ISO-8859-15", b"\xa4", "\u{20ac}"),
            ("ISO-8859-9", b"\xf0\x80", "\u{11f}\u{80}"),
            ("cp1252", b"\x80", "\u{20ac}"),
            ("KOI8-R", b"\xc1", "\u{430}"),
            ("UTF-8", "\u{e9}".as_bytes(), "\u{e9}"),
            ("no-such", "\u{e9}".as_bytes(), "\u{e9}"),
            ("euc-jp", b"\xb4\xc1", "\u{6f22}"),
        ] {
            let header = format!("encoding {label}\n");
            let stored = read("A <a@b> 1 +0000", header.as_bytes(), bytes).unwrap();
            assert_eq!(stored.message, text, "{label}");
            assert!(stored.needs_charset);
        }
    }

    #[test]
    fn bytes_in_no_known_encoding_are_refused() {
        for header in [&b""[..], b"encoding no-such\n", b"encoding ascii\n"] {
            let problem = read("A <a@b> 1 +0000", header, b"caf\xe9\n").err().unwrap();
            assert_eq!(problem.code, "commit-encoding");
        }
    }
}
