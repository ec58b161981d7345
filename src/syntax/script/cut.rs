//! Parts of values: what `${x%…}`, `${x#…}`, `${x/…}` and `${x:…}` come to.

use super::words::matches_glob;

/// What an operator makes of a value; `None` where that is not told here.
pub(super) fn part(value: &str, sign: &str, operand: &str) -> Option<String> {
    match sign {
        "%" | "%%" => Some(without_end(value, operand, sign == "%%").to_owned()),
        "#" | "##" => Some(without_start(value, operand, sign == "##").to_owned()),
        "/" | "//" => replaced(value, operand, sign == "//"),
        ":" => from(value, operand),
        _ => None,
    }
}

/// The places between the characters of a value, its ends too.
fn places(value: &str) -> Vec<usize> {
    let starts = value.char_indices().map(|(at, _)| at);
    starts.chain([value.len()]).collect()
}

fn without_end<'v>(value: &'v str, pattern: &str, longest: bool) -> &'v str {
    let places = places(value);
    let fits = |at: &&usize| matches_glob(pattern, &value[**at..]);
    let at = if longest {
        places.iter().find(fits)
    } else {
        places.iter().rev().find(fits)
    };
    at.map_or(value, |at| &value[..*at])
}

fn without_start<'v>(value: &'v str, pattern: &str, longest: bool) -> &'v str {
    let places = places(value);
    let fits = |at: &&usize| matches_glob(pattern, &value[..**at]);
    let at = if longest {
        places.iter().rev().find(fits)
    } else {
        places.iter().find(fits)
    };
    at.map_or(value, |at| &value[*at..])
}

fn replaced(value: &str, operand: &str, all: bool) -> Option<String> {
    let (pattern, by) = operand.split_once('/').unwrap_or((operand, ""));
    let is_plain = !pattern.is_empty() && !pattern.contains(['*', '?', '[', '\\', '#', '%', '&']);
    let count = if all { usize::MAX } else { 1 };
    (is_plain && !by.contains('&')).then(|| value.replacen(pattern, by, count))
}

fn from(value: &str, operand: &str) -> Option<String> {
    let (start, length) = match operand.split_once(':') {
        Some((start, length)) => (start, Some(length.trim().parse::<usize>().ok()?)),
        None => (operand, None),
    };
    let start = start.trim().parse::<usize>().ok()?;
    let rest = value.chars().skip(start);
    Some(match length {
        Some(length) => rest.take(length).collect(),
        None => rest.collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_what_the_shell_makes_of_a_value() {
        for (value, sign, operand, expected) in [
            ("/a/b/", "%", "/", Some("/a/b")),
            ("/a/b", "%", "/", Some("/a/b")),
            ("/a/b/c", "%", "/*", Some("/a/b")),
            ("/a/b/c", "%%", "/*", Some("")),
            ("/a/b/c", "#", "*/", Some("a/b/c")),
            ("/a/b/c", "##", "*/", Some("c")),
            ("x.x", "/", "x/y", Some("y.x")),
            ("x.x", "//", "x/y", Some("y.y")),
            ("x.x", "//", "x", Some(".")),
            ("x.x", "/", "?/y", None),
            ("abc", ":", "1", Some("bc")),
            ("abc", ":", "1:1", Some("b")),
            ("abc", ":", " -1", None),
        ] {
            let found = part(value, sign, operand);
            assert_eq!(found.as_deref(), expected, "{value} {sign} {operand}");
        }
    }
}
