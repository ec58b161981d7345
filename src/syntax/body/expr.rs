//! Expressions of the syntax tree as plain data. Knows no steps.

use super::lower::Lower;
use super::{Expr, folded, width_of};
use crate::syntax::pattern::Branch;

impl Lower<'_> {
    pub(super) fn expr(&self, branch: &Branch) -> Expr {
        let text = self.slice(branch.span);
        let part = |field: &str| branch.part(field).map(|part| Box::new(self.expr(part)));
        let operator = branch.part("operator").map(|part| part.kind.as_str());
        let expr = match branch.kind.as_str() {
            "number_literal" => number(text).map(Expr::Number),
            "true" => Some(Expr::Number(1)),
            "false" | "null" => Some(Expr::Number(0)),
            "string_literal" | "concatenated_string" => Some(Expr::Text),
            "identifier" => Some(self.name(text)),
            "parenthesized_expression" => {
                let mut inner = branch.named();
                match (inner.next(), inner.next()) {
                    (Some(inner), None) => Some(self.expr(inner)),
                    _ => None,
                }
            }
            "field_expression" => {
                let field = branch.part("field").map(|field| self.slice(field.span));
                let of = part("argument").zip(field);
                of.map(|(of, field)| Expr::Member(of, field.to_owned()))
            }
            "pointer_expression" => part("argument").map(|of| match operator {
                Some("&") => Expr::Address(of),
                _ => Expr::Pointed(of),
            }),
            "call_expression" => Some(self.call(branch, text)),
            "unary_expression" => part("argument").and_then(|of| match operator {
                Some("!") => Some(Expr::Not(of)),
                Some("-") => Some(Expr::Minus(of, false)),
                Some("~") => Some(Expr::Minus(of, true)),
                Some("+") => Some(*of),
                _ => None,
            }),
            "binary_expression" => self.binary(branch),
            "char_literal" => text
                .strip_prefix('\'')
                .and_then(|rest| rest.strip_suffix('\''))
                .filter(|rest| rest.len() == 1)
                .map(|rest| Expr::Number(i128::from(rest.as_bytes()[0]))),
            _ => self.compound(branch),
        };
        expr.unwrap_or_else(|| Expr::Other(folded(text)))
    }

    /// Expressions that assign, count, choose or cast.
    fn compound(&self, branch: &Branch) -> Option<Expr> {
        let text = self.slice(branch.span);
        let part = |field: &str| branch.part(field).map(|part| Box::new(self.expr(part)));
        let operator = branch.part("operator").map(|part| part.kind.as_str());
        match branch.kind.as_str() {
            "conditional_expression" => {
                let three = (part("condition"), part("consequence"), part("alternative"));
                match three {
                    (Some(c), Some(a), Some(b)) => Some(Expr::Choice(Box::new((*c, *a, *b)))),
                    _ => None,
                }
            }
            "assignment_expression" => {
                let before = operator.and_then(|text| text.strip_suffix('='));
                let before = before.filter(|text| !text.is_empty()).map(str::to_owned);
                let sides = part("left").zip(part("right"));
                sides.map(|(left, right)| Expr::Assign(left, before, right))
            }
            "update_expression" => part("argument").map(|of| {
                let by = if operator == Some("--") { -1 } else { 1 };
                Expr::Count(of, by, !text.starts_with(['+', '-']))
            }),
            "cast_expression" => {
                let kind = branch.part("type").map(|part| self.slice(part.span));
                let value = part("value").zip(kind);
                value.map(|(value, kind)| Expr::Cast(width_of(kind), value))
            }
            "comma_expression" => {
                let sides = part("left").zip(part("right"));
                sides.map(|(left, right)| Expr::Comma(left, right))
            }
            _ => None,
        }
    }

    fn name(&self, name: &str) -> Expr {
        match (name, self.slot(name)) {
            (_, Some(slot)) => Expr::Local(slot.clone()),
            ("TRUE", None) => Expr::Number(1),
            ("FALSE", None) => Expr::Number(0),
            _ => Expr::Global(name.to_owned()),
        }
    }

    fn call(&self, branch: &Branch, text: &str) -> Expr {
        let function = branch.part("function");
        let name = function
            .filter(|function| function.kind == "identifier")
            .map(|function| self.slice(function.span))
            .filter(|name| self.slot(name).is_none())
            .map(str::to_owned);
        let args = branch.part("arguments").into_iter().flat_map(Branch::named);
        let args = args.map(|arg| self.expr(arg)).collect();
        Expr::Call(name, args, folded(text))
    }

    fn binary(&self, branch: &Branch) -> Option<Expr> {
        let operator = branch.part("operator")?.kind.clone();
        let (left, right) = (branch.part("left")?, branch.part("right")?);
        let right_expr = Box::new(self.expr(right));
        // `(time_t) -1` reads like a difference.
        let name = self.slice(left.span).trim_matches(['(', ')', ' ']);
        let is_type = left.kind == "parenthesized_expression" && name.ends_with("_t");
        if is_type && operator == "-" && self.slot(name).is_none() {
            let minus = Box::new(Expr::Minus(right_expr, false));
            return Some(Expr::Cast(width_of(name), minus));
        }
        let left = Box::new(self.expr(left));
        Some(Expr::Binary(operator, left, right_expr))
    }
}

fn number(text: &str) -> Option<i128> {
    let text = text.trim_end_matches(['u', 'U', 'l', 'L']);
    let lower = text.to_ascii_lowercase();
    if let Some(digits) = lower.strip_prefix("0x") {
        return i128::from_str_radix(digits, 16).ok();
    }
    match lower.strip_prefix('0').filter(|rest| !rest.is_empty()) {
        Some(digits) => i128::from_str_radix(digits, 8).ok(),
        None => lower.parse().ok(),
    }
}
