//! Values while the ways of a function are followed: numbers that are known, pointers, and terms of which nothing is known. Follows
//! nothing.

use std::rc::Rc;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Value {
    /// A number, and whether it comes from an input in which the cases differ.
    Number(i128, bool),
    /// A pointer to a place of the function, or to a text.
    Pointer(Rc<str>),
    /// Anything, by the text that stands for it, and whether an input of the case is in it.
    Term(Rc<str>, bool),
}

impl Value {
    /// A number that comes from no input.
    pub(super) fn plain(number: i128) -> Self {
        Value::Number(number, false)
    }

    /// Something of which nothing is known.
    pub(super) fn term(text: impl Into<Rc<str>>, has_input: bool) -> Self {
        Value::Term(text.into(), has_input)
    }

    /// Whether an input of the case is in it.
    pub(super) fn has_input(&self) -> bool {
        match self {
            Value::Number(_, has_input) | Value::Term(_, has_input) => *has_input,
            Value::Pointer(_) => false,
        }
    }

    /// Whether it is true, where that is known.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Value::Number(number, _) => Some(*number != 0),
            Value::Pointer(_) => Some(true),
            Value::Term(..) => None,
        }
    }

    /// The text that stands for it in terms.
    pub(super) fn text(&self) -> String {
        match self {
            Value::Number(number, _) => number.to_string(),
            Value::Pointer(place) => format!("&{place}"),
            Value::Term(text, _) => text.to_string(),
        }
    }

    /// Two operands joined by an operator other than `&&` and `||`, as C does it with 64 bits.
    pub(super) fn joined(operator: &str, left: &Value, right: &Value) -> Value {
        let has_input = left.has_input() || right.has_input();
        let known = match (left, right) {
            (Value::Number(a, _), Value::Number(b, _)) => computed(operator, *a, *b),
            (Value::Pointer(_), Value::Number(0, _)) | (Value::Number(0, _), Value::Pointer(_)) => {
                match operator {
                    "==" => Some(0),
                    "!=" => Some(1),
                    _ => None,
                }
            }
            _ if left == right => match operator {
                "==" | "<=" | ">=" => Some(1),
                "!=" | "<" | ">" | "-" | "^" => Some(0),
                _ => None,
            },
            _ => None,
        };
        match known {
            Some(number) => Value::Number(number, has_input),
            None => {
                let text = format!("({} {operator} {})", left.text(), right.text());
                Value::term(text, has_input)
            }
        }
    }

    /// Its negation.
    pub(super) fn negated(self) -> Value {
        match self.truth() {
            Some(truth) => Value::Number(i128::from(!truth), self.has_input()),
            None => Value::joined("==", &self, &Value::plain(0)),
        }
    }
}

fn computed(operator: &str, a: i128, b: i128) -> Option<i128> {
    let shift = || u32::try_from(b).ok().filter(|by| *by < 64);
    let truth = |is_true: bool| Some(i128::from(is_true));
    match operator {
        "==" => truth(a == b),
        "!=" => truth(a != b),
        "<" => truth(a < b),
        "<=" => truth(a <= b),
        ">" => truth(a > b),
        ">=" => truth(a >= b),
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        "/" => a.checked_div(b),
        "%" => a.checked_rem(b),
        "&" => Some(a & b),
        "|" => Some(a | b),
        "^" => Some(a ^ b),
        "<<" => a.checked_shl(shift()?),
        ">>" => a.checked_shr(shift()?),
        _ => None,
    }
}
