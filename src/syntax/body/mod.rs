//! What a C function does, one step after another, as plain data: jumps for every `if`, loop, `switch` and `goto`. Runs nothing.

mod expr;
mod lower;

use std::collections::HashMap;

use super::c::{CFile, Function, Parameter};
use super::pattern::{Branch, Language, Tree};
use lower::Lower;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A number, a character or a truth value.
    Number(i128),
    /// A text: a pointer that is not null.
    Text,
    /// A parameter or a variable of the function, by its slot.
    Local(String),
    /// Any other name.
    Global(String),
    /// A member of what a pointer points to, or of a struct.
    Member(Box<Expr>, String),
    /// `*p`
    Pointed(Box<Expr>),
    /// `&x`
    Address(Box<Expr>),
    /// A call: the name where it is one, the arguments, the text.
    Call(Option<String>, Vec<Expr>, String),
    /// `!x`
    Not(Box<Expr>),
    /// `-x`, and `~x` where it is told so.
    Minus(Box<Expr>, bool),
    /// Two operands: arithmetic, a comparison, or `&&` and `||`.
    Binary(String, Box<Expr>, Box<Expr>),
    /// `c ? a : b`
    Choice(Box<(Expr, Expr, Expr)>),
    /// An assignment, with the operator that stands before its `=`.
    Assign(Box<Expr>, Option<String>, Box<Expr>),
    /// `x++`, `--x`: what is added, and whether the value is the one before.
    Count(Box<Expr>, i128, bool),
    /// A cast.
    Cast(Width, Box<Expr>),
    /// `a, b`
    Comma(Box<Expr>, Box<Expr>),
    /// Something whose value is not told here, by its text.
    Other(String),
}

/// What a type makes of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// Zero or one.
    Truth,
    /// So many bits, with a sign or without.
    Bits(u32, bool),
    /// Nothing that is known.
    Any,
}

/// A step of a function.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// An expression is evaluated.
    Eval(Expr),
    /// A variable begins: its slot, its value, and whether it outlives the call.
    Declare(String, Option<Expr>, bool),
    /// A jump to the step of this number where the expression is false.
    Unless(Expr, usize),
    /// A jump.
    Jump(usize),
    /// The end.
    Return(Option<Expr>),
    /// Code of a form that is not known here, by its text.
    Unknown(String),
}

/// A function as steps.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// The slots of its parameters, in order.
    pub params: Vec<String>,
    /// What it does; after the last step it returns nothing.
    pub steps: Vec<Step>,
    /// What the type of a slot makes of a number.
    pub widths: HashMap<String, Width>,
}

impl Body {
    /// Reads a function of a file; dead branches are left out. `macros` stand for a type, which is their argument, or
    /// only mark what is declared.
    pub fn of(file: &CFile, function: &Function, macros: &[String]) -> Self {
        let text = without_macros(&file.live[function.span.start..function.span.end], macros);
        Body::read(&text, &function.params)
    }

    /// Reads a function-like macro as a function that returns its expansion; none where that is no expression.
    pub fn of_macro(params: &[String], expansion: &str) -> Option<Self> {
        let text = format!("int f(void) {{ return ({expansion}); }}");
        let params: Vec<Parameter> = params.iter().map(|name| named(name)).collect();
        let body = Body::read(&text, &params);
        matches!(body.steps.as_slice(), [Step::Return(Some(_))]).then_some(body)
    }

    fn read(text: &str, params: &[Parameter]) -> Self {
        let tree = Tree::parse(Language::C, text);
        let mut lower = Lower::new(text);
        for param in params {
            let slot = lower.declare(&param.name, width_of(&param.text));
            lower.body.params.push(slot);
        }
        let branch = tree.branch();
        match (tree.errors().is_empty(), body_of(&branch)) {
            (true, Some(block)) => lower.statement(block),
            _ => lower.unknown(&branch),
        }
        lower.finish()
    }
}

fn named(name: &str) -> Parameter {
    Parameter {
        text: name.to_owned(),
        name: name.to_owned(),
    }
}

fn body_of(branch: &Branch) -> Option<&Branch> {
    if branch.kind == "function_definition" {
        return branch.part("body");
    }
    branch.parts.iter().find_map(body_of)
}

/// Puts a type in the place of each macro that stands for one, and nothing in that of one without an argument.
fn without_macros(text: &str, macros: &[String]) -> String {
    let mut text = text.to_owned();
    for name in macros {
        let found: Vec<usize> = super::c::words(&text, name).collect();
        for at in found.into_iter().rev() {
            let open = at + name.len();
            let close = text[open..]
                .find(')')
                .filter(|_| text[open..].starts_with('('));
            let Some(close) = close.map(|close| open + close + 1) else {
                continue;
            };
            let blank = " ".repeat(close - at - "long".len());
            text.replace_range(at..close, &format!("long{blank}"));
        }
    }
    text
}

/// A text with each run of blanks folded to one.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a type makes of a number, by its words; C's on the machines that have `long` of 64 bits.
pub fn width_of(kind: &str) -> Width {
    if kind.contains(['*', '[', '(']) {
        return Width::Any;
    }
    let words: Vec<&str> = kind
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !matches!(*word, "" | "const" | "volatile" | "static" | "register"))
        .collect();
    let has = |word: &str| words.contains(&word);
    let is_unsigned = has("unsigned");
    if has("bool") || has("_Bool") {
        Width::Truth
    } else if has("char") || has("int8_t") || has("uint8_t") {
        Width::Bits(8, !is_unsigned && !has("uint8_t"))
    } else if has("short") || has("int16_t") || has("uint16_t") {
        Width::Bits(16, !is_unsigned && !has("uint16_t"))
    } else if has("long") || has("int64_t") || has("time_t") {
        Width::Bits(64, !is_unsigned)
    } else if has("uint64_t") || has("size_t") {
        Width::Bits(64, false)
    } else if has("int") || has("unsigned") || has("gboolean") || has("int32_t") || has("uint32_t")
    {
        Width::Bits(32, !is_unsigned && !has("uint32_t"))
    } else {
        Width::Any
    }
}

impl Width {
    /// Returns what becomes of a number.
    pub fn fit(self, number: i128) -> i128 {
        match self {
            Width::Truth => i128::from(number != 0),
            Width::Any => number,
            Width::Bits(bits, is_signed) => {
                let low = number & ((1 << bits) - 1);
                let is_negative = is_signed && low >> (bits - 1) != 0;
                if is_negative { low - (1 << bits) } else { low }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Source;

    fn body(text: &str) -> Body {
        let file = CFile::scan(&Source::new("a.c", text.as_bytes().to_vec()));
        Body::of(&file, &file.functions()[0], &["g_auto".to_owned()])
    }

    #[test]
    fn every_form_of_a_way_is_a_jump() {
        let text = "int f(int a)\n{\n    int b = 0;\n    if (a) b = 1; else goto out;\n    while (b) { b--; if (a) break; continue; }\n\
                    for (int i = 0; i < 3; i++) b += i;\n    do { b = 2; } while (0);\n    switch (b) { case 1: return 1; default: break; }\n out:\n    return b;\n}";
        let body = body(text);
        let unknown = |step: &&Step| matches!(step, Step::Unknown(_));
        assert_eq!(body.steps.iter().filter(unknown).count(), 0);
        for step in &body.steps {
            if let Step::Unless(_, to) | Step::Jump(to) = step {
                assert!(*to <= body.steps.len(), "{step:?}");
            }
        }
        assert!(matches!(
            body.steps.last(),
            Some(Step::Return(Some(Expr::Local(_))))
        ));
    }

    #[test]
    fn an_inner_variable_is_not_the_outer_one() {
        let body = body("int f(int a)\n{\n    { int a = 1; a++; }\n    return a;\n}");
        assert_eq!(
            body.steps.last(),
            Some(&Step::Return(Some(Expr::Local("1#a".to_owned()))))
        );
    }

    #[test]
    fn macros_of_types_and_a_cast_of_a_negative_number_are_read() {
        let body =
            body("time_t f(void)\n{\n    g_auto(thing) x = make();\n    return (time_t) -1;\n}");
        let minus = Expr::Minus(Box::new(Expr::Number(1)), false);
        let cast = Expr::Cast(Width::Bits(64, true), Box::new(minus));
        assert_eq!(body.steps.last(), Some(&Step::Return(Some(cast))));
    }

    #[test]
    fn what_is_not_known_is_said_to_be() {
        for text in [
            "int f(int a)\n{\n    if (a\n#ifdef X\n        == 0\n#endif\n        ) return 0;\n    return 1;\n}",
            "int f(int a)\n{\n    goto nowhere;\n}",
        ] {
            let is_unknown = |step: &Step| matches!(step, Step::Unknown(_));
            assert!(body(text).steps.iter().any(is_unknown), "{text}");
        }
        let deep = format!(
            "int f(int a)\n{{\n    return {}a{};\n}}",
            "(".repeat(5000),
            ")".repeat(5000)
        );
        assert!(matches!(
            body(&deep).steps.as_slice(),
            [Step::Return(Some(Expr::Other(_) | Expr::Local(_)))]
        ));
    }

    #[test]
    fn a_type_makes_of_a_number_what_c_does() {
        for (kind, number, made) in [
            ("bool", 256, 1),
            ("unsigned char", 257, 1),
            ("int", (1 << 32) + 5, 5),
            ("int", 1 << 31, -(1 << 31)),
            ("time_t", 1 << 40, 1 << 40),
            ("size_t", -1, (1 << 64) - 1),
            ("virThing", 1 << 70, 1 << 70),
        ] {
            assert_eq!(width_of(kind).fit(number), made, "{kind}");
        }
    }
}
