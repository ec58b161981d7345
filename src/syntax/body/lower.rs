//! Statements into steps. Does not know what an expression is.

use std::collections::HashMap;

use super::{Body, Expr, Step, Width, folded, width_of};
use crate::syntax::pattern::Branch;
use crate::text::Span;

/// What was read so far of a function.
pub(super) struct Lower<'t> {
    text: &'t str,
    pub(super) body: Body,
    labels: HashMap<String, usize>,
    /// Jumps whose label may come later: number of the step, label.
    gotos: Vec<(usize, String)>,
    breaks: Vec<Vec<usize>>,
    continues: Vec<Vec<usize>>,
    /// Slot of each name, innermost block last.
    scopes: Vec<HashMap<String, String>>,
    count: usize,
}

impl<'t> Lower<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Lower {
            text,
            body: Body::default(),
            labels: HashMap::new(),
            gotos: Vec::new(),
            breaks: Vec::new(),
            continues: Vec::new(),
            scopes: vec![HashMap::new()],
            count: 0,
        }
    }

    pub(super) fn finish(mut self) -> Body {
        for (at, label) in std::mem::take(&mut self.gotos) {
            let Some(to) = self.labels.get(&label).copied() else {
                self.body.steps[at] = Step::Unknown(format!("goto {label}"));
                continue;
            };
            self.body.steps[at] = Step::Jump(to);
        }
        self.body
    }

    pub(super) fn slice(&self, span: Span) -> &str {
        &self.text[span.start..span.end]
    }

    pub(super) fn unknown(&mut self, branch: &Branch) {
        let text = self.slice(branch.span);
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.body.steps.push(Step::Unknown(text));
    }

    fn here(&self) -> usize {
        self.body.steps.len()
    }

    fn push(&mut self, step: Step) -> usize {
        self.body.steps.push(step);
        self.here() - 1
    }

    /// Lets jumps that were left open go to this place.
    fn land(&mut self, jumps: &[usize], to: usize) {
        for at in jumps {
            match &mut self.body.steps[*at] {
                Step::Unless(_, target) | Step::Jump(target) => *target = to,
                _ => {}
            }
        }
    }

    pub(super) fn declare(&mut self, name: &str, width: Width) -> String {
        self.count += 1;
        // The name stays readable in the slot: what a value is, is told by it.
        let slot = format!("{}#{name}", self.count);
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.to_owned(), slot.clone());
        }
        self.body.widths.insert(slot.clone(), width);
        slot
    }

    pub(super) fn slot(&self, name: &str) -> Option<&String> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name))
    }

    pub(super) fn statement(&mut self, branch: &Branch) {
        match branch.kind.as_str() {
            "compound_statement" => {
                self.scopes.push(HashMap::new());
                for part in branch.named() {
                    self.statement(part);
                }
                self.scopes.pop();
            }
            "declaration" => self.declaration(branch),
            "expression_statement" => {
                for part in branch.named() {
                    let expr = self.expr(part);
                    self.push(Step::Eval(expr));
                }
            }
            "if_statement" => self.branches(branch),
            "else_clause" => {
                for part in branch.named() {
                    self.statement(part);
                }
            }
            "while_statement" | "for_statement" => self.repeats(branch),
            "do_statement" => self.repeats_after(branch),
            "switch_statement" => self.switches(branch),
            "return_statement" => {
                let value = branch.named().next().map(|part| self.expr(part));
                self.push(Step::Return(value));
            }
            "goto_statement" => {
                let label = branch.part("label").map(|label| self.slice(label.span));
                let label = label.unwrap_or_default().to_owned();
                let at = self.push(Step::Jump(usize::MAX));
                self.gotos.push((at, label));
            }
            "labeled_statement" => self.labelled(branch),
            "break_statement" => self.leave(branch, true),
            "continue_statement" => self.leave(branch, false),
            "preproc_if" | "preproc_ifdef" | "preproc_elif" => self.compiled(branch),
            "preproc_else" => {
                for part in branch.named() {
                    self.statement(part);
                }
            }
            _ => self.unknown(branch),
        }
    }

    /// Whole statements in an `#if`: which of them is compiled is a question like any other, but not one of the program.
    fn compiled(&mut self, branch: &Branch) {
        let Some(asked) = branch.part("condition").or_else(|| branch.part("name")) else {
            return self.unknown(branch);
        };
        let directive = branch
            .parts
            .first()
            .map_or("#if", |part| part.kind.as_str());
        let text = folded(self.slice(asked.span));
        let question = match text.parse() {
            Ok(number) => Expr::Number(number),
            Err(_) if directive == "#ifndef" => {
                Expr::Not(Box::new(Expr::Global(format!("#ifdef {text}"))))
            }
            Err(_) => Expr::Global(format!("{} {text}", directive.replace("el", ""))),
        };
        let unless = self.push(Step::Unless(question, usize::MAX));
        let alternative = branch.part("alternative");
        let others = [Some(asked.span), alternative.map(|part| part.span)];
        for part in branch
            .named()
            .filter(|part| !others.contains(&Some(part.span)))
        {
            self.statement(part);
        }
        let over = self.push(Step::Jump(usize::MAX));
        let begins = self.here();
        self.land(&[unless], begins);
        if let Some(alternative) = alternative {
            self.statement(alternative);
        }
        let end = self.here();
        self.land(&[over], end);
    }

    fn labelled(&mut self, branch: &Branch) {
        let Some(label) = branch.part("label") else {
            return self.unknown(branch);
        };
        let name = self.slice(label.span).to_owned();
        self.labels.insert(name, self.here());
        let rest = branch.named().filter(|part| part.span != label.span);
        for part in rest {
            self.statement(part);
        }
    }

    fn leave(&mut self, branch: &Branch, is_break: bool) {
        let at = self.push(Step::Jump(usize::MAX));
        let open = if is_break {
            &mut self.breaks
        } else {
            &mut self.continues
        };
        match open.last_mut() {
            Some(jumps) => jumps.push(at),
            None => {
                self.body.steps.pop();
                self.unknown(branch);
            }
        }
    }

    fn declaration(&mut self, branch: &Branch) {
        let words = |part: &Branch| self.slice(part.span).to_owned();
        let kinds = branch.parts.iter();
        let stores: Vec<String> = kinds
            .filter(|part| part.kind == "storage_class_specifier")
            .map(words)
            .collect();
        let is_static = stores
            .iter()
            .any(|word| word == "static" || word == "extern");
        let kind = branch.part("type").map(|part| self.slice(part.span));
        let width = kind.map_or(Width::Any, width_of);
        let declarators = branch.parts.iter();
        let declarators: Vec<&Branch> = declarators
            .filter(|part| part.field.as_deref() == Some("declarator"))
            .collect();
        for declarator in declarators {
            let is_pointer = self.slice(declarator.span).starts_with('*');
            let value = declarator.part("value").map(|value| self.expr(value));
            let Some(name) = name_of(declarator) else {
                self.unknown(declarator);
                continue;
            };
            let name = self.slice(name).to_owned();
            let width = if is_pointer { Width::Any } else { width };
            let slot = self.declare(&name, width);
            self.push(Step::Declare(slot, value, is_static));
        }
    }

    fn branches(&mut self, branch: &Branch) {
        let parts = (branch.part("condition"), branch.part("consequence"));
        let (Some(condition), Some(consequence)) = parts else {
            return self.unknown(branch);
        };
        let condition = self.expr(condition);
        let unless = self.push(Step::Unless(condition, usize::MAX));
        self.statement(consequence);
        let Some(alternative) = branch.part("alternative") else {
            let end = self.here();
            return self.land(&[unless], end);
        };
        let over = self.push(Step::Jump(usize::MAX));
        let begins = self.here();
        self.land(&[unless], begins);
        self.statement(alternative);
        let end = self.here();
        self.land(&[over], end);
    }

    fn repeats(&mut self, branch: &Branch) {
        let Some(body) = branch.part("body") else {
            return self.unknown(branch);
        };
        self.scopes.push(HashMap::new());
        if let Some(first) = branch.part("initializer") {
            match first.kind.as_str() {
                "declaration" => self.declaration(first),
                _ => {
                    let expr = self.expr(first);
                    self.push(Step::Eval(expr));
                }
            }
        }
        let again = self.here();
        let condition = branch.part("condition").map(|part| self.expr(part));
        let unless = condition.map(|expr| self.push(Step::Unless(expr, usize::MAX)));
        self.breaks.push(unless.into_iter().collect());
        self.continues.push(Vec::new());
        self.statement(body);
        let next = self.here();
        let continues = self.continues.pop().unwrap_or_default();
        self.land(&continues, next);
        if let Some(update) = branch.part("update") {
            let expr = self.expr(update);
            self.push(Step::Eval(expr));
        }
        self.push(Step::Jump(again));
        let end = self.here();
        let breaks = self.breaks.pop().unwrap_or_default();
        self.land(&breaks, end);
        self.scopes.pop();
    }

    fn repeats_after(&mut self, branch: &Branch) {
        let (Some(body), Some(condition)) = (branch.part("body"), branch.part("condition")) else {
            return self.unknown(branch);
        };
        let again = self.here();
        self.breaks.push(Vec::new());
        self.continues.push(Vec::new());
        self.statement(body);
        let next = self.here();
        let continues = self.continues.pop().unwrap_or_default();
        self.land(&continues, next);
        let condition = self.expr(condition);
        let leave = self.push(Step::Unless(condition, usize::MAX));
        self.push(Step::Jump(again));
        let end = self.here();
        let mut breaks = self.breaks.pop().unwrap_or_default();
        breaks.push(leave);
        self.land(&breaks, end);
    }

    fn switches(&mut self, branch: &Branch) {
        let parts = (branch.part("condition"), branch.part("body"));
        let (Some(condition), Some(body)) = parts else {
            return self.unknown(branch);
        };
        let value = self.expr(condition);
        let slot = self.declare("switch", Width::Any);
        self.push(Step::Declare(slot.clone(), Some(value), false));
        let cases: Vec<&Branch> = body.named().collect();
        if cases.iter().any(|case| case.kind != "case_statement") {
            return self.unknown(branch);
        }
        let mut entries = Vec::new();
        for case in &cases {
            entries.push(case.part("value").map(|value| {
                let other = Box::new(Expr::Local(slot.clone()));
                let differs = Expr::Binary("!=".to_owned(), other, Box::new(self.expr(value)));
                self.push(Step::Unless(differs, usize::MAX))
            }));
        }
        let otherwise = self.push(Step::Jump(usize::MAX));
        self.breaks.push(Vec::new());
        self.scopes.push(HashMap::new());
        let mut is_open = true;
        for (case, entry) in cases.iter().zip(entries) {
            let begins = self.here();
            is_open &= entry.is_some();
            self.land(&[entry.unwrap_or(otherwise)], begins);
            let value = case.part("value").map(|value| value.span);
            for part in case.named().filter(|part| Some(part.span) != value) {
                self.statement(part);
            }
        }
        self.scopes.pop();
        let end = self.here();
        let mut breaks = self.breaks.pop().unwrap_or_default();
        breaks.extend(is_open.then_some(otherwise));
        self.land(&breaks, end);
    }
}

fn name_of(declarator: &Branch) -> Option<Span> {
    match declarator.kind.as_str() {
        "identifier" => Some(declarator.span),
        "function_declarator" => None,
        _ => declarator.part("declarator").and_then(name_of),
    }
}
