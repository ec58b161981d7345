//! Who wrote a commit, as clients read it in a mail. Does not know the message, or who sends it.

use super::{Finding, error, unseen_character};
use crate::target::commit::Ident;

/// Returns what keeps an author from arriving: b4 reads `From:` as a mail reader does, and writes it anew.
pub fn author(ident: &Ident) -> Vec<Finding> {
    let Ident { name, email } = ident;
    let told = |what: &str| {
        format!(
            "{what}: `{} <{}>`",
            name.escape_debug(),
            email.escape_debug()
        )
    };
    let mut findings = Vec::new();
    if !is_address(email) {
        let what = if email.is_ascii() {
            "the author's address is none that b4 reads"
        } else {
            "the author's address is not ASCII"
        };
        findings.push(error("author-address", None, told(what)));
    }
    // Another's name stands in the body of the mail, as a line.
    let what = if unseen_character(&format!("{name} {email}")).is_some() {
        "the author's name holds an invisible character"
    } else if name.contains(|c: char| c.is_whitespace() && c != ' ') {
        "the author's name holds a blank of another kind, of which b4 makes a common one"
    } else if name.contains("=?") {
        "the author's name reads as an encoded word"
    } else {
        return findings;
    };
    findings.push(error("author-name", None, told(what)));
    findings
}

/// Returns whether an address is read as one: signs that mean something in a header (RFC 5322, section 3.2.3) are in neither part,
/// and the host is dots and words, or stands in brackets. None at all, and a name without host, pass.
fn is_address(email: &str) -> bool {
    let means = |c: char| "()<>[]:;@,\" \t".contains(c);
    let Some((local, host)) = email.split_once('@') else {
        return email.is_ascii() && !email.contains(means);
    };
    let literal = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let is_host = match literal {
        Some(literal) => !literal.contains(means) || literal.starts_with("IPv6:"),
        None => host
            .split('.')
            .all(|word| !word.is_empty() && !word.contains(means) && !word.contains('\\')),
    };
    email.is_ascii() && !local.is_empty() && !local.contains(means) && is_host
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(name: &str, email: &str) -> Vec<&'static str> {
        let ident = Ident {
            name: name.to_owned(),
            email: email.to_owned(),
        };
        author(&ident).into_iter().map(|found| found.code).collect()
    }

    #[test]
    fn an_address_that_b4_reads_as_it_is_has_no_findings() {
        for email in [
            "a@b.c",
            "",
            "root",
            "..",
            ".a@b.c",
            "a..b@c",
            "a.@c",
            "a@[1.2.3.4]",
            "o'x@c.d",
            "a@b_c",
            "a\\b@c.d",
        ] {
            assert_eq!(codes("A, U. \"T\" (x)", email), [""; 0], "{email}");
        }
    }

    #[test]
    fn an_address_that_b4_reads_otherwise_is_told() {
        for email in [
            "\u{fc}@b.c",
            "a@\u{fc}.c",
            "a@b..c",
            "a@c.",
            "a@.c",
            "a@b@c",
            "@c.d",
            "a@",
            "a,b@c",
            "a;b@c",
            "a:b@c",
            "(a)@c",
            "a[b@c",
            "b)@c",
            "b@c]d",
            "b@[c",
            "b@[c]d",
            "b@c\\d",
            "ro;ot",
            "a b@c",
            "a\"b@c",
        ] {
            assert_eq!(codes("A", email), ["author-address"], "{email}");
        }
    }

    #[test]
    fn a_name_that_b4_refuses_or_changes_is_told() {
        for name in [
            "A\u{200b}U",
            "A\u{a0}U",
            "\u{3000}A",
            "A\u{85}B",
            "A\tB",
            "=?x",
            "=?utf-8?q?x?=",
        ] {
            assert_eq!(codes(name, "a@b.c"), ["author-name"], "{name:?}");
        }
        for name in ["", "J\u{fc}", "\u{645}\u{200c}\u{645}", "a (b)"] {
            assert_eq!(codes(name, "a@b.c"), [""; 0], "{name:?}");
        }
    }
}
