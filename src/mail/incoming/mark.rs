//! What lines of a mail are by themselves: a header, a first line of a mailbox, the first line of a patch. Does not know where in a
//! mail they stand.

use super::space::is_space;

/// Returns whether a line is a header: printable characters and a colon (RFC 5322, section 3.6.8), or the first line of a mailbox.
pub(super) fn is_header(line: &[u8]) -> bool {
    if line.starts_with(b"From ") || line.starts_with(b">From ") {
        return true;
    }
    let name = line
        .iter()
        .take_while(|byte| byte.is_ascii_graphic() && **byte != b':');
    line.get(name.count()) == Some(&b':')
}

/// Splits a header into its name in small letters and its value.
pub(super) fn name_and_value(line: &[u8]) -> Option<(String, &[u8])> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let name = String::from_utf8_lossy(&line[..colon]).to_ascii_lowercase();
    let value = &line[colon + 1..];
    let blanks = value.iter().take_while(|&&byte| is_space(byte)).count();
    Some((name, &value[blanks..]))
}

/// Returns the value of a parameter of a header, such as `charset=`: in quotes, or up to a blank or a semicolon.
pub(super) fn attribute<'v>(value: &'v str, name: &str) -> Option<&'v str> {
    // Small letters of ASCII have the length of their capitals.
    let start = value.to_ascii_lowercase().find(name)? + name.len();
    let rest = &value[start..];
    let (rest, ends): (&str, &[char]) = match rest.strip_prefix('"') {
        Some(rest) => (rest, &['"']),
        None => (rest, &[';', ' ', '\t']),
    };
    Some(rest.find(ends).map_or(rest, |end| &rest[..end]))
}

/// Returns whether a line is the first line of a mail that `git format-patch` wrote.
pub(super) fn is_separator(line: &[u8]) -> bool {
    const REST: &[u8] = b" Mon Sep 17 00:00:00 2001\n";
    let Some(rest) = line.strip_prefix(b"From ") else {
        return false;
    };
    rest.len() == 40 + REST.len()
        && rest[..40].iter().all(u8::is_ascii_hexdigit)
        && rest.ends_with(REST)
}

/// Returns whether the message ends at a line: `---`, or the first line of a diff.
pub(super) fn begins_patch(line: &[u8]) -> bool {
    if line.starts_with(b"diff -") || line.starts_with(b"Index: ") {
        return true;
    }
    let Some(rest) = line.strip_prefix(b"---") else {
        return false;
    };
    match rest {
        [b' '] => true,
        [b' ', name, ..] if !is_space(*name) => true,
        rest => {
            let blanks = rest
                .iter()
                .take_while(|&&byte| byte != b'\n' && is_space(byte))
                .count();
            rest.get(blanks) == Some(&b'\n')
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_begins_with_a_diff_or_with_three_dashes_alone() {
        for line in [
            &b"---\n"[..],
            b"--- \n",
            b"---\r\n",
            b"--- a/x\n",
            b"diff --git a b\n",
            b"diff -u\n",
            b"Index: x\n",
        ] {
            assert!(begins_patch(line), "{}", String::from_utf8_lossy(line));
        }
        for line in [
            &b"----\n"[..],
            b"---x\n",
            b"--\n",
            b"diff\n",
            b"index: x\n",
            b" ---\n",
        ] {
            assert!(!begins_patch(line), "{}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn a_parameter_ends_with_its_quotes_or_at_a_blank() {
        let value = "multipart/mixed; BOUNDARY=\"a b;c\"; charset=utf-8 ; x=1";
        assert_eq!(attribute(value, "boundary="), Some("a b;c"));
        assert_eq!(attribute(value, "charset="), Some("utf-8"));
        assert_eq!(attribute(value, "delsp="), None);
    }
}
