//! Whether C that nobody compiles here is broken for sure: what a macro of the tree may explain is not held against it.

use crate::check::c::token::{self, Token, tokens};
use crate::locate::FunctionTree;
use crate::syntax::c::CFile;
use crate::text::Span;

/// Returns whether a function of that name has a place that can't be parsed and that no macro explains.
pub(super) fn broken(file: &CFile, name: &str) -> bool {
    let functions = file.defined().iter();
    let mut named = functions.filter(|function| function.name == name);
    named.any(|function| {
        let errors = FunctionTree::parse(file, function).error_spans();
        // What stands in the head is a macro's affair more often than not.
        let in_body = errors
            .iter()
            .filter(|span| span.start > function.body.start);
        in_body
            .into_iter()
            .any(|span| !explained(statement(file, *span)))
    })
}

/// Returns which brackets match in the file before and do not in the one after; none where `#else` may choose among them.
pub(super) fn unmatched(before: &CFile, after: &CFile) -> Option<&'static str> {
    let (old, new) = (surplus(&before.code), surplus(&after.code));
    let names = ["braces", "parentheses", "square brackets"];
    let which = (0..names.len()).find(|at| old[*at] == 0 && new[*at] != 0)?;
    let choices = |file: &CFile| {
        let lines = file.live.lines().map(str::trim_start);
        lines.filter(|line| line.starts_with("#el")).count()
    };
    (choices(after) == choices(before)).then_some(names[which])
}

/// How many more braces, parentheses and square brackets are opened than closed.
fn surplus(code: &str) -> [isize; 3] {
    let mut surplus = [0; 3];
    for byte in code.bytes() {
        match byte {
            b'{' => surplus[0] += 1,
            b'}' => surplus[0] -= 1,
            b'(' => surplus[1] += 1,
            b')' => surplus[1] -= 1,
            b'[' => surplus[2] += 1,
            b']' => surplus[2] -= 1,
            _ => {}
        }
    }
    surplus
}

/// The code from the end of the statement before a place to the end of its line; of the next where nothing stands behind the place.
fn statement(file: &CFile, place: Span) -> &str {
    let code = &file.code;
    let start = code[..place.start]
        .rfind([';', '{', '}'])
        .map_or(0, |at| at + 1);
    let rest = &code[place.end..];
    let next = place.end + rest.len() - rest.trim_start().len();
    let end = code[next..].find('\n').map_or(code.len(), |at| next + at);
    &code[start..end]
}

/// Whether code has a form that is none of C by itself, and may be one with a macro in it: two names in a row, a call with a block
/// or a statement behind it, a type among the arguments of a call, an extension of the compiler.
fn explained(code: &str) -> bool {
    let tokens = tokens(code);
    let name = |at: usize| {
        let word = tokens.get(at).and_then(|token| token.word());
        word.filter(|word| !token::is_keyword(word) || word.starts_with("__"))
    };
    // What begins a statement does not go on with a declaration.
    let goes_on = |next: &Token| {
        next.word()
            .is_some_and(|word| !token::is_keyword(word) || is_type(word))
    };
    let mut heads: Vec<Option<usize>> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let next = tokens.get(at + 1);
        match token {
            Token::Word(word, _) if word.starts_with("__") => return true,
            Token::Word(word, _) if is_type(word) && heads.last().is_some_and(Option::is_some) => {
                return true;
            }
            Token::Word(..) if name(at).is_some() && next.is_some_and(goes_on) => return true,
            Token::Word(..)
                if name(at).is_some() && heads.is_empty() && next == Some(&Token::Sign(b'{')) =>
            {
                return true;
            }
            Token::Sign(b'(') => {
                heads.push(at.checked_sub(1).filter(|before| name(*before).is_some()));
            }
            Token::Sign(b')') => {
                let of_name = heads.pop().is_some_and(|head| head.is_some());
                if of_name && matches!(next, Some(Token::Word(..) | Token::Sign(b'{'))) {
                    return true;
                }
            }
            // A pointer to a type as an argument; `case 1 ... 5`; a label's address.
            Token::Sign(b'*') if matches!(next, Some(Token::Sign(b')' | b','))) => return true,
            Token::Sign(b'.') if next == Some(&Token::Sign(b'.')) => return true,
            Token::Sign(b'&') if next == Some(&Token::Sign(b'&')) && at == 0 => return true,
            _ => {}
        }
    }
    code.contains("goto *")
}

fn is_type(word: &str) -> bool {
    const TYPES: [&str; 13] = [
        "bool", "char", "const", "double", "enum", "float", "int", "long", "short", "struct",
        "union", "unsigned", "void",
    ];
    TYPES.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;

    fn is_broken(statement: &str) -> bool {
        let text = format!("int f(int a)\n{{\n    int q;\n    {statement}\n    return 0;\n}}\n");
        let file = CFile::scan(&Source::new("a.c", text.into_bytes()));
        broken(&file, "f")
    }

    #[test]
    fn what_a_macro_explains_is_not_broken() {
        for statement in [
            "g_autofree char *x = NULL;",
            "g_autoptr(virFoo) foo = NULL;",
            "list_for_each_entry(pos, head, member) { y(); }",
            "list_for_each_entry(pos, head,\n        member) {\n y(); }",
            "list_for_each_entry(pos, head, member)\n y();",
            "STAILQ_FOREACH(p, &h, link) if (p) break;",
            "scoped_guard(mutex, &lock) { z(); }",
            "x = va_arg(ap, char *);",
            "p = container_of(ptr, struct foo, member);",
            "switch (x) { case 1 ... 5: break; }",
            "int x UNUSED = 1;",
            "const char *p __attribute__((unused)) = 0;",
            "int __user *p;",
            "goto *tab[x];",
            "G_STMT_START { } G_STMT_END;",
            "char buf[10] __aligned(4);",
            "x = a ?: b;",
        ] {
            assert!(!is_broken(statement), "{statement}");
        }
    }

    #[test]
    fn what_no_macro_explains_is_broken() {
        for statement in [
            "if (a &&) x();",
            "x(;",
            "if (a != b) ) x();",
            "x = 1\n    y = 2;",
            "if (a < b { x(); }",
            "do { } while (0)",
            "return a",
            "if (a != != b) x();",
        ] {
            assert!(is_broken(statement), "{statement}");
        }
    }

    #[test]
    fn brackets_are_counted_where_no_condition_chooses() {
        let file = |text: &str| CFile::scan(&Source::new("a.c", text.as_bytes().to_vec()));
        let whole = file("int f(void) { return (1); }\n");
        assert_eq!(
            unmatched(&whole, &file("int f(void) { return (1;  }\n")),
            Some("parentheses")
        );
        assert_eq!(
            unmatched(&whole, &file("int f(void) { if (1) { return (1); }\n")),
            Some("braces")
        );
        assert_eq!(
            unmatched(&whole, &file("int f(void) { return ')'; }\n")),
            None
        );
        let chosen = "#ifdef A\nint f(void) {\n#else\nint g(void) {\n#endif\n}\n";
        assert_eq!(unmatched(&whole, &file(chosen)), None);
        assert_eq!(unmatched(&file("}"), &file("")), None);
    }
}
