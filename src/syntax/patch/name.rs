//! The names of files in a patch: quoted or not, with the first part (`a/`) taken off. Does not know which file they name.

/// A name as it stands in a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// `/dev/null`: no file.
    Nothing,
    /// A path.
    Path(String),
}

/// Reads a name up to the end of a line, or to a tab behind which other tools put a date.
pub(super) fn name(text: &[u8], strip: bool) -> Option<Name> {
    let raw = match text.first() {
        Some(b'"') => unquoted(text)?.0,
        _ => {
            let end = text.iter().position(|&byte| byte == b'\t');
            text[..end.unwrap_or(text.len())].to_vec()
        }
    };
    if raw == b"/dev/null" {
        return Some(Name::Nothing);
    }
    let path = if strip { stripped(&raw)? } else { &raw };
    String::from_utf8(path.to_vec()).ok().map(Name::Path)
}

/// Reads both names of a `diff --git` line where they are the same file; without rename lines they must be.
pub(super) fn both(text: &[u8]) -> Option<String> {
    if text.first() == Some(&b'"') || text.ends_with(b"\"") {
        let (first, second) = if text.first() == Some(&b'"') {
            let (first, rest) = unquoted(text)?;
            let second = rest.strip_prefix(b" ")?;
            let second = match second.first() {
                Some(b'"') => unquoted(second)?.0,
                _ => second.to_vec(),
            };
            (first, second)
        } else {
            let at = text.windows(2).position(|pair| pair == b" \"")?;
            (text[..at].to_vec(), unquoted(&text[at + 1..])?.0)
        };
        let same = stripped(&first)? == stripped(&second)?;
        return same
            .then(|| String::from_utf8(stripped(&first)?.to_vec()).ok())
            .flatten();
    }
    // Names may hold blanks: the one in the middle is where both sides agree.
    let blanks = text.iter().enumerate().filter(|(_, byte)| **byte == b' ');
    blanks
        .map(|(at, _)| (&text[..at], &text[at + 1..]))
        .find(|(first, second)| stripped(first).is_some() && stripped(first) == stripped(second))
        .and_then(|(first, _)| String::from_utf8(stripped(first)?.to_vec()).ok())
}

fn stripped(path: &[u8]) -> Option<&[u8]> {
    let at = path.iter().position(|&byte| byte == b'/')?;
    Some(&path[at + 1..])
}

/// Reads a name in quotes, with the escapes of C, and what follows it.
fn unquoted(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut out = Vec::new();
    let mut at = 1;
    loop {
        match text.get(at)? {
            b'"' => return Some((out, &text[at + 1..])),
            b'\\' => {
                at += 1;
                let escaped = *text.get(at)?;
                out.push(match escaped {
                    b'a' => 7,
                    b'b' => 8,
                    b't' => b'\t',
                    b'n' => b'\n',
                    b'v' => 11,
                    b'f' => 12,
                    b'r' => b'\r',
                    b'"' | b'\\' => escaped,
                    b'0'..=b'3' => {
                        let digits = text.get(at..at + 3)?;
                        at += 2;
                        let digits = std::str::from_utf8(digits).ok()?;
                        u8::from_str_radix(digits, 8).ok()?
                    }
                    _ => return None,
                });
            }
            byte => out.push(*byte),
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_with_blanks_quotes_and_dates() {
        let path = |text: &str| Some(Name::Path(text.to_owned()));
        assert_eq!(name(b"a/b c\t2015", true), path("b c"));
        assert_eq!(name(b"\"a/\\303\\251\\t\"", true), path("é\t"));
        assert_eq!(name(b"/dev/null", true), Some(Name::Nothing));
        assert_eq!(name(b"no-part", true), None);
        assert_eq!(both(b"a/x y b/x y"), Some("x y".to_owned()));
        assert_eq!(
            both(b"\"a/\\303\\251\" \"b/\\303\\251\""),
            Some("é".to_owned())
        );
        assert_eq!(both(b"a/x b/y"), None);
    }
}
