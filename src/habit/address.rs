//! Mail addresses as a target's files have them: split, and refused where they could be anything else. Does not know who they are for.

/// Splits a list at the commas outside quotes, angle brackets and comments; comments are left out.
pub fn split(list: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut quoted, mut angle, mut depth) = (false, false, 0_usize);
    let mut chars = list.chars();
    while let Some(c) = chars.next() {
        let mut keep = depth == 0;
        match c {
            '\\' if quoted => {
                push(&mut parts, c);
                chars.next().into_iter().for_each(|c| push(&mut parts, c));
                keep = false;
            }
            '"' if depth == 0 => quoted = !quoted,
            _ if quoted => {}
            // Behind a blank alone: within a word it would make another address of it.
            '(' if depth > 0
                || parts
                    .iter()
                    .last()
                    .is_some_and(|part| part.is_empty() || part.ends_with(' ')) =>
            {
                depth += 1;
                keep = false;
            }
            ')' if depth > 0 => depth -= 1,
            '<' if depth == 0 => angle = true,
            '>' if depth == 0 => angle = false,
            ',' if depth == 0 && !angle => {
                parts.push(String::new());
                keep = false;
            }
            _ => {}
        }
        if keep {
            push(&mut parts, c);
        }
    }
    let parts = parts.into_iter().map(|part| part.trim().to_owned());
    parts.filter(|part| !part.is_empty()).collect()
}

fn push(parts: &mut [String], c: char) {
    parts
        .iter_mut()
        .last()
        .into_iter()
        .for_each(|part| part.push(c));
}

/// Reads one address and writes it in the one form that every program reads alike: `mail`, `Name <mail>`, `"N, ame" <mail>`.
///
/// `None` where it is none, or where something else could take it for more than an address: a control or invisible character, an
/// address that begins like an option, a second one.
pub fn read(text: &str) -> Option<String> {
    let text = text.trim();
    if text.chars().any(is_unseen) {
        return None;
    }
    let (name, mail) = match text.strip_suffix('>') {
        Some(rest) => rest.rsplit_once('<')?,
        None => ("", text),
    };
    let mail = mail.trim();
    let (local, host) = mail.split_once('@')?;
    let is_local = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    let whole = !local.is_empty() && !host.is_empty();
    if !whole || !local.chars().all(is_local) || !host.chars().all(is_host) || mail.starts_with('-')
    {
        return None;
    }
    let name = unquoted(name.trim())?;
    if name.is_empty() {
        return Some(mail.to_owned());
    }
    if name.contains(|c| "()<>[]:;@,.\"\\".contains(c)) {
        let name = name.replace('\\', "\\\\").replace('"', "\\\"");
        return Some(format!("\"{name}\" <{mail}>"));
    }
    Some(format!("{name} <{mail}>"))
}

/// Returns the address alone, in lower case: two that differ by the name are the same mailbox.
pub fn mailbox(address: &str) -> String {
    let mail = address
        .rsplit_once('<')
        .map_or(address, |(_, rest)| rest.trim_end_matches('>'));
    mail.to_ascii_lowercase()
}

/// Takes the quotes off a name; `None` where they don't match.
fn unquoted(name: &str) -> Option<String> {
    let Some(inner) = name.strip_prefix('"') else {
        return (!name.contains(['"', '<', '>'])).then(|| name.to_owned());
    };
    let mut out = String::new();
    let mut chars = inner.chars();
    loop {
        match chars.next()? {
            '"' => return chars.next().is_none().then_some(out),
            '\\' => out.push(chars.next()?),
            c => out.push(c),
        }
    }
}

/// Returns whether a character can't be seen where it stands, or moves others.
pub fn is_unseen(c: char) -> bool {
    c.is_control() || c.is_whitespace() && c != ' ' || crate::text::is_format(c)
}

/// Returns a text as it can be shown on a terminal: what can't be seen is escaped.
pub fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unseen(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_split_outside_quotes_and_brackets_and_loses_its_comments() {
        assert_eq!(
            split("a@b, \"C, D\" <c@d> (moderated, slow) ,, E <e@f>"),
            ["a@b", "\"C, D\" <c@d>", "E <e@f>"]
        );
        assert_eq!(split("\"a\\\" , b\" <c@d>"), ["\"a\\\" , b\" <c@d>"]);
        assert!(split(" , (x) ").is_empty());
        assert_eq!(split("$(x)@y"), ["$(x)@y"]);
    }

    #[test]
    fn an_address_is_written_in_one_form() {
        for (text, expected) in [
            ("devel@lists.libvirt.org", "devel@lists.libvirt.org"),
            (
                "~emersion/soju-dev@lists.sr.ht",
                "~emersion/soju-dev@lists.sr.ht",
            ),
            (" A U Thor  <a@b.c> ", "A U Thor <a@b.c>"),
            ("\"A U\" <a@b.c>", "A U <a@b.c>"),
            ("J. R. Doe <a@b.c>", "\"J. R. Doe\" <a@b.c>"),
            ("\"Doe, \\\"J\\\"\" <a@b.c>", "\"Doe, \\\"J\\\"\" <a@b.c>"),
            ("Jos\u{e9} <a@b.c>", "Jos\u{e9} <a@b.c>"),
            ("<a@b.c>", "a@b.c"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_could_be_more_than_an_address_is_none() {
        for text in [
            "",
            "nobody",
            "@team",
            "a@",
            "@b",
            "a@b@c",
            "a b@c",
            "--smtp-server=/bin/sh@x",
            "-oQ/tmp@x",
            "A <-X@b>",
            "a@b\nBcc: c@d",
            "A\u{202e} <a@b>",
            "A\u{200b} <a@b>",
            "a@b; rm -rf ~",
            "a@$(id)",
            "$(id)@a",
            "a@`id`",
            "A <a@b> <c@d>",
            "A <B <a@b>",
            "\"A <a@b>",
            "\"A\" B <a@b>",
            "a@b>",
            "a@b\\",
            "\"a b\"@c",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_can_not_be_seen_is_shown() {
        assert_eq!(
            shown("a\n\u{1b}[2J\u{202e}\u{e9} 'x'"),
            "a\\n\\u{1b}[2J\\u{202e}\u{e9} 'x'"
        );
    }
}
