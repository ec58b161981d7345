//! Edits into a new text: outside their spans every byte stays as it was. Does not know why an edit is made.

use regex::Regex;
use std::collections::BTreeMap;
use std::ops::Range;
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
/// tokens that stay are kept, new tokens are spaced as in `becomes`, and what is taken out leaves no blank of its own behind.
/// `$NAME` in `becomes` stands for the text of that hole.
pub fn rewrite(
    source: &Source,
    span: Span,
    becomes: &str,
    holes: &BTreeMap<String, Span>,
) -> Vec<Edit> {
    let old = Tokens::of(source.slice(span));
    let wanted = fill(source, becomes, holes);
    let new = Tokens::of(&wanted);
    let replaced = diff::replacements(&old.texts(), &new.texts());
    let edits =
        replaced
            .into_iter()
            .filter_map(|(from, to)| match (from.is_empty(), to.is_empty()) {
                (true, true) => None,
                (true, false) => Some(put_in(&old, from.start, &new, to)),
                (false, true) => Some(take_out(&old, from, &new, to.start)),
                (false, false) => Some(Edit {
                    span: old.run(&from),
                    text: new.slice(&to).to_owned(),
                }),
            });
    edits
        .map(|edit| Edit {
            span: edit.span.shifted(span.start),
            text: edit.text,
        })
        .collect()
}

/// The tokens of a text of C, comments left out.
struct Tokens<'t> {
    text: &'t str,
    spans: Vec<Span>,
}

impl<'t> Tokens<'t> {
    fn of(text: &'t str) -> Self {
        Tokens {
            text,
            spans: tokens(text),
        }
    }

    fn texts(&self) -> Vec<&'t str> {
        let texts = self.spans.iter();
        texts
            .map(|token| &self.text[token.start..token.end])
            .collect()
    }

    /// Returns where a run of tokens stands; it must not be empty.
    fn run(&self, tokens: &Range<usize>) -> Span {
        Span::new(
            self.spans[tokens.start].start,
            self.spans[tokens.end - 1].end,
        )
    }

    /// Returns a run of tokens and all that stands between them; it must not be empty.
    fn slice(&self, tokens: &Range<usize>) -> &'t str {
        let run = self.run(tokens);
        &self.text[run.start..run.end]
    }

    /// Returns where what stands before a token begins and ends; none before the first and behind the last.
    fn gap(&self, before: usize) -> Option<Span> {
        let last = self.spans.get(before.checked_sub(1)?)?;
        Some(Span::new(last.end, self.spans.get(before)?.start))
    }

    fn gap_text(&self, before: usize) -> Option<&'t str> {
        self.gap(before).map(|gap| &self.text[gap.start..gap.end])
    }
}

/// Returns the edit that puts the tokens `to` of `new` before the token `at` of `old`. A line break or a comment there stays before them.
fn put_in(old: &Tokens<'_>, at: usize, new: &Tokens<'_>, to: Range<usize>) -> Edit {
    let text = new.slice(&to);
    let before = new.gap_text(to.start).unwrap_or_default();
    let behind = new.gap_text(to.end).unwrap_or_default();
    match (old.gap(at), old.spans.get(at)) {
        (Some(gap), _) if is_plain(&old.text[gap.start..gap.end]) => Edit {
            span: gap,
            text: format!("{before}{text}{behind}"),
        },
        (_, Some(next)) => Edit {
            span: Span::new(next.start, next.start),
            text: format!("{text}{behind}"),
        },
        (_, None) => {
            let end = old.spans.last().map_or(old.text.len(), |last| last.end);
            Edit {
                span: Span::new(end, end),
                text: format!("{before}{text}"),
            }
        }
    }
}

/// Returns the edit that takes the tokens `from` out of `old`; in `new`, what stands behind them is the token `at`.
///
/// Of what stood on both sides one is left: that which `new` has there, else what both have. Line breaks and comments stay.
fn take_out(old: &Tokens<'_>, from: Range<usize>, new: &Tokens<'_>, at: usize) -> Edit {
    let run = old.run(&from);
    let before = old.gap(from.start);
    let behind = old.gap(from.end);
    let text = |gap: Span| &old.text[gap.start..gap.end];
    let around = Span::new(
        before.map_or(run.start, |gap| gap.start),
        behind.map_or(run.end, |gap| gap.end),
    );
    let left = match (before.map(text), behind.map(text)) {
        // Nothing of the expression is left on one side: the blanks there were between its tokens. A comment may need its line break.
        (None, Some(gap)) => gap.trim_start().to_owned(),
        (Some(gap), None) if !gap.contains("//") => gap.trim_end().to_owned(),
        (Some(gap), None) => gap.to_owned(),
        (None, None) => String::new(),
        (Some(before), Some(behind)) => {
            let wanted = new.gap_text(at).unwrap_or_default();
            match (is_plain(before), is_plain(behind)) {
                (true, true) if before == wanted || behind == wanted => wanted.to_owned(),
                (true, true) if before == behind && !before.is_empty() => before.to_owned(),
                (true, true) => wanted.to_owned(),
                (true, false) => behind.to_owned(),
                (false, true) => before.to_owned(),
                (false, false) if before.trim().is_empty() => behind.to_owned(),
                (false, false) if behind.trim().is_empty() => before.to_owned(),
                (false, false) => format!("{before}{behind}"),
            }
        }
    };
    Edit {
        span: around,
        text: left,
    }
}

/// Returns whether a text between two tokens is blanks of one line, or nothing.
fn is_plain(gap: &str) -> bool {
    gap.bytes().all(|byte| byte == b' ' || byte == b'\t')
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

    /// Rewrites `expression` in a statement around it; the holes are given by their text.
    fn rewritten(expression: &str, becomes: &str, holes: &[(&str, &str)]) -> String {
        let text = format!("if ({expression}) {{");
        let source = Source::new("a.c", text.as_bytes());
        let holes = holes.iter().map(|(name, hole)| {
            let start = text.find(hole).unwrap();
            ((*name).to_owned(), Span::new(start, start + hole.len()))
        });
        let whole = Span::new(4, 4 + expression.len());
        let edits = rewrite(&source, whole, becomes, &holes.collect());
        String::from_utf8(apply(&source, &edits).unwrap().bytes).unwrap()
    }

    #[test]
    fn what_is_taken_out_leaves_no_blank_behind() {
        let taken = |expression, becomes| rewritten(expression, becomes, &[]);
        assert_eq!(
            taken("n > room(r) + 1", "n > room(r)"),
            "if (n > room(r)) {"
        );
        assert_eq!(
            taken("1 + n > room(r)", "n > room(r)"),
            "if (n > room(r)) {"
        );
        assert_eq!(
            taken("n + 1 > room(r)", "n > room(r)"),
            "if (n > room(r)) {"
        );
        assert_eq!(taken("f(a, b, c)", "f(b, c)"), "if (f(b, c)) {");
        assert_eq!(taken("f(a, b, c)", "f(a, b)"), "if (f(a, b)) {");
        assert_eq!(taken("f( a, b )", "f(b)"), "if (f( b )) {");
        assert_eq!(taken("!f(a)", "f(a)"), "if (f(a)) {");
        assert_eq!(taken("a +\n    1 > b", "a > b"), "if (a > b) {");
        assert_eq!(taken("a + 1\n    > b", "a > b"), "if (a\n    > b) {");
        assert_eq!(taken("a /* w */ + 1 > b", "a > b"), "if (a /* w */ > b) {");
        assert_eq!(taken("a > b /* w */ + 1", "a > b"), "if (a > b /* w */) {");
        assert_eq!(taken("sizeof(a)", "sizeof a"), "if (sizeof a) {");
    }

    #[test]
    fn what_is_put_in_is_spaced_as_its_author_wrote_it() {
        let put = |expression, becomes| rewritten(expression, becomes, &[("X", "n->len")]);
        assert_eq!(
            put("f(n->len) < 0", "f($X) <= g($X)"),
            "if (f(n->len) <= g(n->len)) {"
        );
        assert_eq!(put("f(n->len)", "!f($X)"), "if (!f(n->len)) {");
        assert_eq!(put("f(n->len)", "f($X, &a->b)"), "if (f(n->len, &a->b)) {");
        assert_eq!(put("f(n->len)", "f(-1, $X)"), "if (f(-1, n->len)) {");
        assert_eq!(put("f(n->len)", "f($X) && *p"), "if (f(n->len) && *p) {");
        assert_eq!(put("f(n->len)", "(f($X))"), "if ((f(n->len))) {");
        assert_eq!(
            put("f(n->len) <\n    0", "f($X) < p[0]"),
            "if (f(n->len) <\n    p[0]) {"
        );
        assert_eq!(
            put("f(n->len,\n  0)", "f($X, a, 0)"),
            "if (f(n->len,\n  a, 0)) {"
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
