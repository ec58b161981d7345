//! The names of files in a patch: quoted or not, with the first part (`a/`) taken off. Does not know which file they name.

/// A name as it stands in a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// `/dev/null`: no file.
    Nothing,
    /// A path.
    Path(String),
}

/// Reads a name of git's up to the end of a line, or to a tab behind which other tools put a date, and takes its first parts off.
pub(super) fn name(text: &[u8], strip: usize) -> Option<Name> {
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
    let path = stripped(&raw, strip)?.to_vec();
    String::from_utf8(path).ok().map(Name::Path)
}

/// Reads the name that another tool than git put behind `---` or `+++`, with its first parts taken off; none where there are no more.
/// It ends at a tab, or before a time that ends the line.
pub(super) fn foreign(text: &[u8], strip: usize) -> Option<Vec<u8>> {
    let whole = foreign_whole(text);
    let path = stripped(&whole, strip)?;
    (!path.is_empty()).then(|| path.to_vec())
}

/// Returns whether that name is a file in a folder.
pub(super) fn has_folders(text: &[u8]) -> bool {
    foreign_whole(text).contains(&b'/')
}

/// Returns whether another tool says that there is no file.
pub(super) fn is_nothing(text: &[u8]) -> bool {
    let rest = text.strip_prefix(b"/dev/null");
    rest.is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_whitespace))
}

fn foreign_whole(text: &[u8]) -> Vec<u8> {
    if text.first() == Some(&b'"')
        && let Some((name, _)) = unquoted(text)
    {
        return name;
    }
    let end = match stamp(text) {
        Some(at) => text[..at].trim_ascii_end().len(),
        None => text
            .iter()
            .position(|&byte| byte == b'\t')
            .unwrap_or(text.len()),
    };
    text[..end].to_vec()
}

/// Returns where the time begins that ends a line, as `2015-05-20 10:11:12.5 +0200`, with a blank or a tab before it.
fn stamp(text: &[u8]) -> Option<usize> {
    let word = |end: usize| {
        let start = text[..end]
            .iter()
            .rposition(|&byte| matches!(byte, b' ' | b'\t'));
        start.map(|at| (at + 1, &text[at + 1..end]))
    };
    let (zone_at, zone) = word(text.len())?;
    let (time_at, time) = word(zone_at - 1)?;
    let (date_at, date) = word(time_at - 1)?;
    let (zone_sign, zone) = zone.split_first()?;
    let is_zone = matches!(zone_sign, b'+' | b'-') && (is(zone, b"0000") || is(zone, b"00:00"));
    let (clock, fraction) = time.split_at_checked(8)?;
    let is_fraction = match fraction {
        [] => true,
        [b'.', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    let is_stamp = is_zone && is(clock, b"00:00:00") && is_fraction && is(date, b"0000-00-00");
    is_stamp.then_some(date_at)
}

/// Whether a text is of a form: a digit where that has a `0`, else the same.
fn is(text: &[u8], form: &[u8]) -> bool {
    text.len() == form.len()
        && text.iter().zip(form).all(|(byte, form)| match form {
            b'0' => byte.is_ascii_digit(),
            form => byte == form,
        })
}

/// Returns whether the time behind the last tab is the start of 1970, by which other tools say that there is no file.
pub(super) fn is_epoch(text: &[u8]) -> bool {
    let Some(tab) = text.iter().rposition(|&byte| byte == b'\t') else {
        return false;
    };
    let told = std::str::from_utf8(&text[tab + 1..]).unwrap_or_default();
    let words: Vec<&str> = told.split(' ').collect();
    let &[date, time, zone] = words.as_slice() else {
        return false;
    };
    let day = match date {
        "1969-12-31" => 24 * 60,
        "1970-01-01" => 0,
        _ => return false,
    };
    if stamp(text) != Some(tab + 1) || time.get(6..8) != Some("00") {
        return false;
    }
    let is_whole = time.get(8..).is_some_and(|rest| {
        rest.is_empty() || rest.len() > 1 && rest[1..].bytes().all(|byte| byte == b'0')
    });
    let minutes = |text: &str| {
        let digits = text.replace(':', "");
        let number = |range| {
            digits
                .get(range)
                .and_then(|two: &str| two.parse::<i32>().ok())
        };
        Some(number(0..2)? * 60 + number(2..4)?)
    };
    let (Some(clock), Some(offset)) = (
        time.get(..5).and_then(minutes),
        zone.get(1..).and_then(minutes),
    ) else {
        return false;
    };
    let offset = if zone.starts_with('-') {
        -offset
    } else {
        offset
    };
    is_whole && clock - offset == day
}

/// Reads both names of a `diff --git` line where they are the same file; without rename lines they must be.
pub(super) fn both(text: &[u8], strip: usize) -> Option<String> {
    let stripped = |path| stripped(path, strip);
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
        let (first, second) = (stripped(&first)?.to_vec(), stripped(&second)?);
        return (first == second)
            .then(|| String::from_utf8(first).ok())
            .flatten();
    }
    // Names may hold blanks: the one in the middle is where both sides agree.
    let blanks = text.iter().enumerate().filter(|(_, byte)| **byte == b' ');
    blanks
        .map(|(at, _)| (&text[..at], &text[at + 1..]))
        .find(|(first, second)| stripped(first).is_some() && stripped(first) == stripped(second))
        .and_then(|(first, _)| String::from_utf8(stripped(first)?.to_vec()).ok())
}

/// Takes first parts off a path; none where it has no more.
fn stripped(path: &[u8], parts: usize) -> Option<&[u8]> {
    (0..parts).try_fold(path, |path, _| {
        let at = path.iter().position(|&byte| byte == b'/')?;
        Some(&path[at + 1..])
    })
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
        assert_eq!(name(b"a/b c\t2015", 1), path("b c"));
        assert_eq!(name(b"\"a/\\303\\251\\t\"", 1), path("é\t"));
        assert_eq!(name(b"/dev/null", 1), Some(Name::Nothing));
        assert_eq!(name(b"no-part", 1), None);
        assert_eq!(both(b"a/x y b/x y", 1), Some("x y".to_owned()));
        assert_eq!(
            both(b"\"a/\\303\\251\" \"b/\\303\\251\"", 1),
            Some("é".to_owned())
        );
        assert_eq!(both(b"a/x b/y", 1), None);
    }

    #[test]
    fn a_name_of_another_tool_ends_at_a_tab_or_before_a_time() {
        for text in [
            "a/b c",
            "a/b c\t(revision 1)",
            "a/b c\t2015-05-20 10:11:12.5 +0200",
            "a/b c  2015-05-20 10:11:12 +02:00",
            "\"a/b c\"\tx",
        ] {
            assert_eq!(
                foreign(text.as_bytes(), 1).as_deref(),
                Some(&b"b c"[..]),
                "{text}"
            );
        }
        assert_eq!(foreign(b"a", 1), None);
        assert_eq!(
            foreign(b"a/b 2015-05-20", 0).as_deref(),
            Some(&b"a/b 2015-05-20"[..])
        );
        assert!(is_nothing(b"/dev/null\t2015") && !is_nothing(b"/dev/nullx"));
    }

    #[test]
    fn the_start_of_1970_is_known_in_every_zone() {
        for time in [
            "1970-01-01 00:00:00 +0000",
            "1970-01-01 00:00:00.000 +0000",
            "1969-12-31 19:00:00 -0500",
            "1970-01-01 05:30:00 +05:30",
        ] {
            assert!(is_epoch(format!("a/b\t{time}").as_bytes()), "{time}");
            assert!(!is_epoch(format!("a/b {time}").as_bytes()), "{time}");
        }
        for time in [
            "1970-01-01 00:00:00",
            "1970-01-01 00:00:01 +0000",
            "1970-01-01 00:00:00.1 +0000",
            "1970-01-01 01:00:00 +0000",
            "1969-12-31 00:00:00 +0000",
            "1970-01-01 00:00:00  +0000",
            "",
        ] {
            assert!(!is_epoch(format!("a/b\t{time}").as_bytes()), "{time}");
        }
    }
}
