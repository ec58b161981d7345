//! Trailers, and what b4 makes of each where it puts a message together anew (`LoreMessage.get_body_parts`, `LoreTrailer`). Does not
//! know which lines are trailers.

/// What b4 takes for no trailer, and leaves out.
const LEFT_OUT: [&str; 5] = [
    "phone",
    "mail",
    "email",
    "e-mail",
    "prerequisite-message-id",
];
/// What b4 keeps as it stands, whoever is named in it.
const KEPT: [&str; 9] = [
    "fixes",
    "link",
    "buglink",
    "closes",
    "obsoleted-by",
    "message-id",
    "change-id",
    "base-commit",
    "based-on",
];
/// Digits of a commit that b4 wants at least.
const ID: usize = 6;

/// Returns what b4 changes of a line among the trailers, `above` the one above it there: code and words.
pub(super) fn changed(line: &str, above: Option<&str>) -> Option<(&'static str, String)> {
    let Some((key, value)) = parts(line) else {
        // What is said of a trailer in brackets below it stays there.
        let is_said = is_bracket(line) && above.is_some_and(|above| parts(above).is_some());
        return (!is_said).then(|| {
            let message =
                format!("b4 takes the line for text, and puts it above the trailers: `{line}`");
            ("trailer-moved", message)
        });
    };
    let name = key.to_ascii_lowercase();
    let lost = |what: &str| Some(("trailer-lost", format!("b4 leaves {what} out: `{line}`")));
    if LEFT_OUT.contains(&name.as_str()) || name == "fixes" && !begins_with_id(value) {
        return lost("this trailer");
    }
    let (value, remark) = remark(value);
    let is_person = !KEPT.contains(&name.as_str()) && !value.contains("://") && has_address(value);
    let person = match is_person {
        true => match person(value) {
            Some(person) => person,
            None => return lost("a part of this trailer"),
        },
        false => value.to_owned(),
    };
    let written = format!("{key}: {person}{remark}");
    (written != line).then(|| {
        let message = format!("b4 writes this trailer as `{written}`: `{line}`");
        ("trailer-rewritten", message)
    })
}

/// Cuts a trailer as b4 does: blanks, a word of two signs or more that ends in a colon, blanks, the rest.
fn parts(line: &str) -> Option<(&str, &str)> {
    let text = line.trim_start();
    let end = text.find(char::is_whitespace)?;
    let (key, value) = (text[..end].strip_suffix(':')?, text[end..].trim_start());
    let mut signs = key.chars();
    let is_word = |sign: char| sign.is_alphanumeric() || sign == '_';
    let is_key = signs.next().is_some_and(is_word) && signs.next().is_some();
    (is_key && !value.is_empty()).then_some((key, value))
}

fn is_bracket(line: &str) -> bool {
    let text = line.trim();
    let inner = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    line.len() > 2 && inner.is_some_and(|inner| !inner.is_empty() && !inner.contains(']'))
}

fn begins_with_id(value: &str) -> bool {
    let digits = value.bytes();
    digits
        .take_while(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        .count()
        >= ID
}

/// Cuts what stands behind a `#` off a value, with the blanks before it.
fn remark(value: &str) -> (&str, &str) {
    let Some(at) = value.rfind('#') else {
        return (value, "");
    };
    let front = value[..at].trim_end();
    let is_remark = front.len() < at && !front.is_empty() && at + 1 < value.len();
    match is_remark {
        true => value.split_at(front.len()),
        false => (value, ""),
    }
}

/// Whether something like an address stands in a value.
fn has_address(value: &str) -> bool {
    value.split_whitespace().any(|word| {
        word.split_once('@').is_some_and(|(user, host)| {
            let dot = host.char_indices().skip(1).find(|(_, sign)| *sign == '.');
            !user.is_empty() && dot.is_some_and(|(at, _)| at + 1 < host.len())
        })
    })
}

/// Returns a person as b4 writes one: single blanks, no brackets around an address alone; none where it drops what else stands there.
fn person(value: &str) -> Option<String> {
    let single = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = value.trim();
    let Some((name, address)) = text.strip_suffix('>').and_then(|text| text.split_once('<')) else {
        let is_alone = !text.contains(|sign: char| sign.is_whitespace() || "<>(),;".contains(sign));
        return is_alone.then(|| text.to_owned());
    };
    if address.contains(['<', '>']) || address.starts_with("mailto:") {
        return None;
    }
    let (name, address) = (single(name), address.trim());
    Some(match name.is_empty() {
        true => address.to_owned(),
        false => format!("{name} <{address}>"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_b4_makes_of_a_trailer_is_told() {
        let sign = "Signed-off-by: A <a@x.org>";
        // What b4 0.16 makes of each.
        for (line, code) in [
            (sign, ""),
            ("change-id: 20200101-x", ""),
            ("Cc: stable@x.org # 4.2+", ""),
            ("Reviewed-by: \"A, B\" <a@x.org>", ""),
            ("Reviewed-by: A, B <a@x.org>", ""),
            ("BugLink: x # y", ""),
            ("Bug: https://x/1", ""),
            ("Tested-by: É <e@x.org>", ""),
            ("Message-ID: <x@y.org>", ""),
            ("Fixes: 012345 (\"x\")", ""),
            ("[a: mended it]", ""),
            ("(cherry picked from commit 0123456789)", "trailer-moved"),
            ("Reviewed-by:A <a@x.org>", "trailer-moved"),
            ("Reviewed-by : A <a@x.org>", "trailer-moved"),
            (" and goes on", "trailer-moved"),
            ("A: b", "trailer-moved"),
            ("Key:", "trailer-moved"),
            ("Reviewed-by:  A <a@x.org>", "trailer-rewritten"),
            ("Reviewed-by: A <a@x.org>  ", "trailer-rewritten"),
            ("Reviewed-by:\tA <a@x.org>", "trailer-rewritten"),
            ("Reviewed-by: A  B <a@x.org>", "trailer-rewritten"),
            ("Cc: <stable@x.org> # 4.2", "trailer-rewritten"),
            ("Acked-by: <a@x.org>", "trailer-rewritten"),
            ("Phone: 123", "trailer-lost"),
            ("Email: a@x.org", "trailer-lost"),
            ("Fixes: #12", "trailer-lost"),
            ("Reported-by: S <a@x.org>, b@x.org", "trailer-lost"),
            ("Reviewed-by: A <a@x.org> (maybe)", "trailer-lost"),
            ("Reviewed-by: A <mailto:a@x.org>", "trailer-lost"),
        ] {
            let told = changed(line, Some(sign)).map_or("", |(code, _)| code);
            assert_eq!(told, code, "{line}");
        }
        let moved = changed("[a: mended it]", None).map(|(code, _)| code);
        assert_eq!(moved, Some("trailer-moved"));
    }
}
