//! Edits into a new text: outside their spans every byte stays as it was. Does not know why an edit is made.

use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::text::{Problem, Source, Span, diff};

/// A span and what shall stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// A text after its edits.
#[derive(Clone, Debug)]
pub struct Edited {
    /// The new bytes.
    pub bytes: Vec<u8>,
    /// Where each edit's text stands in them, in the order the edits were given.
    pub spans: Vec<Span>,
}

/// Applies edits.
///
/// # Errors
/// `edits-overlap` where two edits touch the same bytes.
pub fn apply(source: &Source, edits: &[Edit]) -> Result<Edited, Problem> {
    let mut order: Vec<usize> = (0..edits.len()).collect();
    order.sort_by_key(|&at| (edits[at].span, at));
    let mut bytes = Vec::with_capacity(source.bytes().len());
    let mut spans = vec![Span::new(0, 0); edits.len()];
    let mut done = 0;
    for at in order {
        let edit = &edits[at];
        if edit.span.start < done {
            return Err(
                Problem::new("edits-overlap", "two steps change the same place")
                    .at(source, edit.span, "changed twice")
                    .help("narrow one of the steps"),
            );
        }
        bytes.extend(&source.bytes()[done..edit.span.start]);
        spans[at] = Span::new(bytes.len(), bytes.len() + edit.text.len());
        bytes.extend(edit.text.as_bytes());
        done = edit.span.end;
    }
    bytes.extend(&source.bytes()[done..]);
    Ok(Edited { bytes, spans })
}

/// Returns the edits that make `becomes` of the expression at `span`, token by token: blanks, line breaks and comments between
/// tokens that stay are kept. `$NAME` in `becomes` stands for the text of that hole.
pub fn rewrite(
    source: &Source,
    span: Span,
    becomes: &str,
    holes: &BTreeMap<String, Span>,
) -> Vec<Edit> {
    let before = tokens(source.slice(span));
    let wanted = fill(source, becomes, holes);
    let after = tokens(&wanted);
    let old: Vec<&str> = before
        .iter()
        .map(|token| &source.slice(span)[token.start..token.end])
        .collect();
    let new: Vec<&str> = after
        .iter()
        .map(|token| &wanted[token.start..token.end])
        .collect();
    let replaced = diff::replacements(&old, &new);
    let edits = replaced.into_iter().map(|(from, to)| {
        let text = new[to].join(" ");
        match (from.is_empty(), before.get(from.start)) {
            (false, Some(first)) => Edit {
                span: Span::new(first.start, before[from.end - 1].end),
                text,
            },
            (_, Some(next)) => Edit {
                span: Span::new(next.start, next.start),
                text: format!("{text} "),
            },
            (_, None) => Edit {
                span: Span::new(span.end - span.start, span.end - span.start),
                text: format!(" {text}"),
            },
        }
    });
    edits
        .map(|edit| Edit {
            span: edit.span.shifted(span.start),
            text: edit.text,
        })
        .collect()
}

fn fill(source: &Source, becomes: &str, holes: &BTreeMap<String, Span>) -> String {
    let mut text = becomes.to_owned();
    // Longest names first, so that `$A` does not eat the start of `$AB`.
    let mut names: Vec<(&String, &Span)> = holes.iter().collect();
    names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    for (name, span) in names {
        text = text.replace(&format!("${name}"), source.slice(*span));
    }
    text
}

/// Tokens of C, comments left out.
fn tokens(text: &str) -> Vec<Span> {
    static TOKEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(concat!(
            r#"(?s)(?P<comment>/\*.*?\*/|//[^\n]*)|[A-Za-z_]\w*|\.?\d[\w.]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|"#,
            r"->|\+\+|--|<<=|>>=|<<|>>|[-+*/%&|^<>=!]=|&&|\|\||\S"
        ))
        .ok()
    });
    TOKEN
        .as_ref()
        .map(|re| {
            re.captures_iter(text)
                .filter(|found| found.name("comment").is_none())
                .filter_map(|found| found.get(0).map(|token| token.range().into()))
                .collect()
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_tokens_that_differ_are_replaced() {
        let source = Source::new("a.c", &b"if (x || caps->when /* w */\n      <  now())"[..]);
        let whole = source.text().find("caps").unwrap();
        let end = source.text().len() - 1;
        let hole = Span::new(whole, whole + "caps->when".len());
        let edits = rewrite(
            &source,
            Span::new(whole, end),
            "$W != now()",
            &BTreeMap::from([("W".to_owned(), hole)]),
        );
        let edited = apply(&source, &edits).unwrap();
        assert_eq!(
            String::from_utf8(edited.bytes).unwrap(),
            "if (x || caps->when /* w */\n      !=  now())"
        );
    }

    #[test]
    fn bytes_outside_the_spans_stay_as_they_are() {
        let source = Source::new("a", &b"one\r\ntw\xffo\r\nthree"[..]);
        let edits = [
            Edit {
                span: Span::new(0, 3),
                text: "1".into(),
            },
            Edit {
                span: Span::new(15, 15),
                text: "!".into(),
            },
        ];
        let edited = apply(&source, &edits).unwrap();
        assert_eq!(edited.bytes, b"1\r\ntw\xffo\r\nthre!e");
        assert_eq!(edited.spans[1], Span::new(13, 14));
    }

    #[test]
    fn two_edits_of_one_place_are_refused() {
        let source = Source::new("a", &b"abc"[..]);
        let edits = [
            Edit {
                span: Span::new(0, 2),
                text: String::new(),
            },
            Edit {
                span: Span::new(1, 3),
                text: String::new(),
            },
        ];
        assert_eq!(apply(&source, &edits).unwrap_err().code, "edits-overlap");
    }
}
