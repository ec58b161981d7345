//! Macros of a file that make a function something else than it looks like: a keyword, an operator or a value by another name, a call
//! that leaves. Does not expand them.

use crate::syntax::body::Body;
use crate::syntax::c::{self, CFile, Function};
use crate::text::Span;

/// Words of C that say where a way goes, and how large something is.
const KEYWORDS: [&str; 13] = [
    "break", "case", "continue", "default", "do", "else", "for", "goto", "if", "return", "sizeof",
    "switch", "while",
];

/// A macro that a file defines.
struct Macro<'f> {
    name: &'f str,
    /// None where it takes no arguments.
    params: Option<Vec<String>>,
    expansion: String,
    span: Span,
}

/// Returns where a macro is defined that a function uses, and by which its code is not what it looks like.
pub(super) fn masks(file: &CFile, function: &Function) -> Option<Span> {
    let code = &file.code[function.span.start..function.span.end];
    let is_there = |name: &str| c::words(code, name).next().is_some();
    let mut macros = macros(file).into_iter();
    let found = macros.find(|one| {
        one.span.start < function.span.end && is_there(one.name) && !one.is_plain(&is_there)
    });
    found.map(|one| one.span)
}

impl Macro<'_> {
    /// Whether it is an expression that stands for itself: a constant, or one of its arguments alone.
    fn is_plain(&self, is_there: &dyn Fn(&str) -> bool) -> bool {
        if KEYWORDS.contains(&self.name) {
            return false;
        }
        match &self.params {
            Some(params) => Body::of_macro(params, &self.expansion).is_some(),
            None => {
                let mut words = words(&self.expansion);
                let is_expression = Body::of_macro(&[], &self.expansion).is_some();
                is_expression && !words.any(is_there)
            }
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(move |c| !is_word(c))
        .filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
}

/// The macros that a file defines outside of dead branches, in order.
fn macros(file: &CFile) -> Vec<Macro<'_>> {
    let live = &file.live;
    let mut found = Vec::new();
    let mut at = 0;
    while at < live.len() {
        let end = logical_end(live, at);
        let is_said = |one: &Macro| !is_in_comment(file, one.span.start);
        found.extend(defined(live, Span::new(at, end)).filter(is_said));
        at = end;
    }
    found
}

fn is_in_comment(file: &CFile, at: usize) -> bool {
    let next = file.comments.partition_point(|comment| comment.start <= at);
    let before = next.checked_sub(1).map(|last| file.comments[last]);
    before.is_some_and(|comment| at < comment.end)
}

/// Where a line ends that goes on behind each backslash at its end.
fn logical_end(text: &str, from: usize) -> usize {
    let mut at = from;
    for line in text[from..].split_inclusive('\n') {
        at += line.len();
        if !line.trim_end_matches(['\n', '\r']).ends_with('\\') {
            break;
        }
    }
    at
}

fn defined(text: &str, line: Span) -> Option<Macro<'_>> {
    let whole = &text[line.start..line.end];
    let rest = whole.trim_start().strip_prefix('#')?.trim_start();
    let rest = rest.strip_prefix("define")?.trim_start();
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    let (name, rest) = rest.split_at(length);
    let (params, expansion) = match rest.strip_prefix('(') {
        Some(rest) => {
            let (params, expansion) = rest.split_once(')')?;
            let params = params.split(',').map(|param| param.trim().to_owned());
            (Some(params.collect()), expansion)
        }
        None => (None, rest),
    };
    let indent = whole.len() - whole.trim_start().len();
    Some(Macro {
        name,
        params,
        expansion: expansion.replace("\\\r\n", " ").replace("\\\n", " "),
        span: Span::new(line.start + indent, line.start + whole.trim_end().len()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;

    fn masked(defined: &str) -> Option<String> {
        let text = format!(
            "{defined}\nint f(int when)\n{{\n    int x = LIMIT(when) + MOST;\n    if (when DIFFERS x)\n        LEAVE(when);\n    return 0;\n}}\n#define return break\n"
        );
        let file = CFile::scan(&Source::new("a.c", text.as_bytes()));
        let function = &file.functions()[0];
        masks(&file, function).map(|span| text[span.start..span.end].to_owned())
    }

    #[test]
    fn what_makes_code_another_is_found_and_what_stands_for_itself_is_not() {
        for plain in [
            "",
            "#define MOST 10",
            "#define MOST (1 << 4)",
            "#define MOST sizeof(struct s)",
            "#define LIMIT(x) ((x) + 1)",
            "#define OTHER if",
            "#if 0\n#define if while\n#endif",
            "/*\n#define if while\n*/",
        ] {
            assert_eq!(masked(plain), None, "{plain}");
        }
        for mask in [
            "#define if(x) if (0 && (x))",
            "#  define return goto",
            "#define DIFFERS <",
            "#define DIFFERS",
            "#define MOST when",
            "#define when x",
            "#define LEAVE(x) do { return x; } while (0)",
            "#define LEAVE(x) \\\n    return x",
            "#define LEAVE(...)",
        ] {
            assert_eq!(masked(mask).as_deref(), Some(mask), "{mask}");
        }
    }
}
