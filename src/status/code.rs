//! The status of a patch of C code: every use of the function that decides is right, wrong, neutral, or keeps the status open.

use super::{Ground, Status, open};
use crate::locate::{self, FunctionTree};
use crate::series::Patch;
use crate::series::judge::CodeJudge;
use crate::series::step::{Edit, Expression};
use crate::syntax::c::{self, CFile, Function};
use crate::syntax::pattern::{Ancestor, Pattern};
use crate::target::Tree;
use crate::text::{Site, Source, Span};

/// The uses found so far.
#[derive(Default)]
struct Uses {
    right: Vec<(String, Site)>,
    wrong: Vec<(String, Site)>,
    /// Right in form, without effect for a reason.
    idle: Vec<(String, Site, &'static str)>,
    open: Vec<(String, Site)>,
}

pub(super) fn judge(judge: &CodeJudge, patch: &Patch, tree: &Tree, revision: &str) -> Ground {
    let step = patch.steps.iter().find(|step| step.id.value == judge.step);
    let Some((step, Edit::Expression(wanted))) = step.map(|step| (step, &step.edit)) else {
        return Ground::new(
            Status::Undetermined,
            "no-decision",
            "the series does not say what to look for",
        );
    };
    let mut uses = Uses::default();
    // A wrong form in another file would undo a right one in the first.
    let looked = match tree.list(&step.elsewhere) {
        Ok(others) => {
            let others = others.into_iter().filter(|path| !step.files.contains(path));
            let paths: Vec<String> = step.files.iter().cloned().chain(others).collect();
            uses.look(judge, wanted, tree, revision, &paths)
        }
        Err(fault) => {
            return Ground::new(Status::Undetermined, "target-unreadable", fault.to_string());
        }
    };
    match looked {
        Ok(()) => uses.ground(judge),
        Err(ground) => *ground,
    }
}

/// Returns the uses in a file that are right, wrong, idle or open: all but those that decide nothing.
pub(super) fn uses(judge: &CodeJudge, wanted: &Expression, file: &CFile) -> Vec<Span> {
    let mut uses = Uses::default();
    uses.collect(judge, wanted, "", file);
    let known = uses.right.iter().chain(&uses.wrong).chain(&uses.open);
    let known = known.map(|(_, site)| site.span);
    known
        .chain(uses.idle.iter().map(|(_, site, _)| site.span))
        .collect()
}

impl Uses {
    fn look(
        &mut self,
        judge: &CodeJudge,
        wanted: &Expression,
        tree: &Tree,
        revision: &str,
        paths: &[String],
    ) -> Result<(), Box<Ground>> {
        for path in paths {
            if let Some(source) = open(tree, path, revision)?
                && source.text().contains(judge.subject.as_str())
            {
                self.collect(judge, wanted, path, &CFile::scan(&source));
            }
        }
        Ok(())
    }

    fn ground(self, judge: &CodeJudge) -> Ground {
        let subject = &judge.subject;
        if !self.wrong.is_empty() {
            let reason = format!("`{}` is a wrong form", one_line(&self.wrong[0].1));
            return Ground::new(Status::Missing, "comparison-wrong", reason).at(self.wrong);
        }
        if let Some((_, site, why)) = self.idle.first() {
            let reason = format!("`{}` is right, but {why}", one_line(site));
            let places = self
                .idle
                .iter()
                .map(|(path, site, _)| (path.clone(), site.clone()))
                .collect();
            return Ground::new(Status::Undetermined, "comparison-idle", reason).at(places);
        }
        if !self.open.is_empty() {
            let reason = format!(
                "`{subject}` is used in a way that structure alone can't tell right from wrong"
            );
            return Ground::new(Status::Undetermined, "comparison-unknown", reason).at(self.open);
        }
        if self.right.is_empty() {
            let reason = format!("no comparison with `{subject}` was found");
            return Ground::new(Status::Undetermined, "comparison-missing", reason);
        }
        let reason = format!(
            "`{}` is a right form, where it decides",
            one_line(&self.right[0].1)
        );
        Ground::new(Status::Fixed, "comparison-right", reason).at(self.right)
    }

    fn collect(&mut self, judge: &CodeJudge, wanted: &Expression, path: &str, file: &CFile) {
        let source = &file.source;
        let at = |span: Span| (path.to_owned(), source.site(span));
        self.wrong.extend(
            locate::expressions(file, wanted)
                .into_iter()
                .map(|found| (path.to_owned(), found.site)),
        );
        let functions = file.functions();
        for function in &functions {
            let code = &file.code[function.span.start..function.span.end];
            let used: Vec<Span> = c::words(code, &judge.subject)
                .map(|start| {
                    Span::new(start, start + judge.subject.len()).shifted(function.span.start)
                })
                .collect();
            if used.is_empty() || function.name == judge.subject {
                continue;
            }
            let tree = FunctionTree::parse(file, function);
            let spans = |patterns: &[Pattern]| -> Vec<Span> {
                let patterns: Vec<&Pattern> = patterns.iter().collect();
                let found = tree.all_uses(source, &patterns, &judge.holes);
                found.into_iter().map(|(_, found)| found.span).collect()
            };
            let (right, neutral) = (spans(&judge.right), spans(&judge.neutral));
            let is_keeper = judge
                .keepers
                .as_ref()
                .is_some_and(|names| names.is_match(&function.name));
            let keeps = is_keeper && right.is_empty();
            for word in used {
                let inside =
                    |spans: &[Span]| spans.iter().copied().find(|span| span.contains(word));
                if self
                    .wrong
                    .iter()
                    .any(|(of, site)| of == path && site.span.contains(word))
                {
                    continue;
                }
                match inside(&right) {
                    Some(span) => match idle(judge, file, &tree, span) {
                        None => self.right.push(at(span)),
                        Some(why) => self.idle.push((path.to_owned(), source.site(span), why)),
                    },
                    // Kept where it is decided or loaded, a value could be made to agree with what it is compared with.
                    None if inside(&neutral).is_some() && (keeps || !is_assigned(&tree, word)) => {}
                    None => self.open.push(at(word)),
                }
            }
        }
        self.open
            .extend(in_directives(source, &judge.subject).into_iter().map(at));
        self.open
            .extend(outside(file, &functions, &judge.subject).map(at));
    }
}

fn one_line(site: &Site) -> String {
    site.text().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A macro may hide a use, so one that names the function keeps the status open.
fn in_directives(source: &Source, word: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut at = 0;
    let mut goes_on = false;
    for line in source.text().split_inclusive('\n') {
        let begins = line.trim_start().starts_with('#');
        if (begins || goes_on) && !line.trim_start().starts_with("#include") {
            spans.extend(
                c::words(line, word).map(|start| Span::new(start, start + word.len()).shifted(at)),
            );
        }
        goes_on = (begins || goes_on) && line.trim_end().ends_with('\\');
        at += line.len();
    }
    spans
}

/// Uses in no function that the scan knows: an initialiser, or a function of a form that it can't cut out. A declaration is none.
fn outside<'f>(
    file: &'f CFile,
    functions: &'f [Function],
    word: &'f str,
) -> impl Iterator<Item = Span> + 'f {
    let is_declared = |span: &Span| {
        let before = &file.code[..span.start];
        let begins = before.rfind([';', '}', '{']).map_or(0, |at| at + 1);
        let kind = before[begins..].trim();
        let is_type = !kind.is_empty()
            && kind
                .chars()
                .all(|c| c.is_alphanumeric() || c.is_whitespace() || "_*".contains(c));
        let rest = file.code[span.end..].trim_start();
        let statement = &rest[..rest.find([';', '{', '}', '=']).unwrap_or(rest.len())];
        let ends = rest[statement.len()..].starts_with(';');
        is_type && ends && statement.starts_with('(')
    };
    c::words(&file.code, word)
        .map(|start| Span::new(start, start + word.len()))
        .filter(|span| {
            !functions
                .iter()
                .any(|function| function.span.contains(*span))
        })
        .filter(move |span| !is_declared(span))
}

/// Returns why a right form has no effect, `None` where it has.
fn idle(judge: &CodeJudge, file: &CFile, tree: &FunctionTree, span: Span) -> Option<&'static str> {
    let chain = tree.ancestors(span);
    let mut inner = span;
    let mut above = chain.iter();
    let condition = loop {
        let Some(node) = above.next() else {
            return Some("no condition is made of it");
        };
        match (node.kind.as_str(), node.operator.as_deref()) {
            // The nodes inside the match itself.
            _ if span.contains(node.span) => {}
            ("parenthesized_expression", _) | ("binary_expression", Some("||")) => {}
            ("binary_expression", Some("&&")) if guarded(judge, file, tree, node, inner) => {}
            ("binary_expression", Some("&&")) => return Some("something else must hold as well"),
            ("if_statement", _) if node.field.as_deref() == Some("condition") => break node,
            _ => return Some("no condition is made of it"),
        }
        inner = node.span;
    };
    if !above.all(|node| is_plain(node) || may_stand_around(judge, file, tree, node)) {
        return Some("it is reached only under a further condition");
    }
    if leaves_before(file, tree, tree.function.span, condition.span.start) {
        return Some("the function leaves the way to it before");
    }
    if !takes_effect(judge, file, tree, condition.span) {
        return Some("nothing that is known to discard the value follows from it");
    }
    let function = &tree.function;
    let called = c::words(&file.code, &function.name).nth(1).is_some();
    let is_static = function
        .returns
        .split_whitespace()
        .any(|word| word == "static");
    (is_static && !called).then_some("its function is not used")
}

fn is_assigned(tree: &FunctionTree, word: Span) -> bool {
    for node in tree.ancestors(word) {
        match node.kind.as_str() {
            "assignment_expression" | "init_declarator" => return true,
            // Handed to another function it is that one's affair.
            "argument_list" => return false,
            _ => {}
        }
    }
    false
}

fn is_plain(node: &Ancestor) -> bool {
    let plain = [
        "compound_statement",
        "function_definition",
        "translation_unit",
        "else_clause",
    ];
    plain.contains(&node.kind.as_str())
}

/// Whether a node is an `if` whose condition is known to leave the way to the decision open.
fn may_stand_around(judge: &CodeJudge, file: &CFile, tree: &FunctionTree, node: &Ancestor) -> bool {
    let Some(condition) = tree
        .field(node.span, "condition")
        .filter(|_| node.kind == "if_statement")
    else {
        return false;
    };
    // By C's habit a negative value tells of failure, and the way goes on in the `else`.
    let asks_failure = file.code[condition.start..condition.end]
        .trim_end_matches(|c: char| c == ')' || c.is_whitespace())
        .ends_with("< 0");
    let goes_on = if asks_failure {
        "alternative"
    } else {
        "consequence"
    };
    if node.field.as_deref() != Some(goes_on) {
        return false;
    }
    let inner = Span::new(
        condition.start + 1,
        condition.end.saturating_sub(1).max(condition.start + 1),
    );
    let whole = |pattern: &Pattern| {
        tree.uses(&file.source, pattern, &judge.holes)
            .iter()
            .any(|found| found.span == inner)
    };
    judge.around.iter().any(whole)
}

/// Whether the other side of an `&&` is one that may stand there.
fn guarded(
    judge: &CodeJudge,
    file: &CFile,
    tree: &FunctionTree,
    node: &Ancestor,
    inner: Span,
) -> bool {
    let fits = |pattern: &Pattern| {
        tree.uses(&file.source, pattern, &judge.holes)
            .iter()
            .any(|found| {
                let rest = node.span.contains(found.span) && !inner.contains(found.span);
                // All of the other side, not a part of it.
                let before = file.code[node.span.start..found.span.start]
                    .trim()
                    .is_empty();
                let after = file.code[found.span.end..node.span.end].trim().is_empty();
                rest && (before || after)
            })
    };
    judge.guards.iter().any(fits)
}

/// Whether a jump that is always taken stands in `within`, before `end`.
fn leaves_before(file: &CFile, tree: &FunctionTree, within: Span, end: usize) -> bool {
    let always = |node: &Ancestor| match node.kind.as_str() {
        "compound_statement" | "do_statement" => true,
        "if_statement" => tree.field(node.span, "condition").is_some_and(|condition| {
            matches!(
                file.code[condition.start..condition.end].trim_matches(|c: char| matches!(
                    c,
                    '(' | ')'
                ) || c
                    .is_whitespace()),
                "1" | "true" | "TRUE"
            )
        }),
        _ => false,
    };
    [
        "return_statement",
        "goto_statement",
        "break_statement",
        "continue_statement",
    ]
    .into_iter()
    .flat_map(|kind| tree.nodes(kind))
    .filter(|span| within.contains(*span) && span.end <= end)
    .any(|span| {
        tree.ancestors(span)
            .iter()
            .take_while(|node| node.span != within && within.contains(node.span))
            .all(always)
    })
}

fn takes_effect(judge: &CodeJudge, file: &CFile, tree: &FunctionTree, condition: Span) -> bool {
    let Some(consequence) = tree.field(condition, "consequence") else {
        return false;
    };
    judge
        .consequences
        .iter()
        .flat_map(|pattern| tree.uses(&file.source, pattern, &judge.holes))
        .any(|found| {
            consequence.contains(found.span)
                && always_runs(tree, consequence, found.span)
                && !leaves_before(file, tree, consequence, found.span.start)
        })
}

/// Whether code runs whenever the branch that it stands in is taken, as far as what stands around it tells.
fn always_runs(tree: &FunctionTree, branch: Span, span: Span) -> bool {
    tree.ancestors(span)
        .iter()
        .take_while(|node| branch.contains(node.span))
        .all(|node| match node.kind.as_str() {
            "compound_statement"
            | "expression_statement"
            | "call_expression"
            | "argument_list"
            | "parenthesized_expression"
            | "cast_expression"
            | "unary_expression"
            | "assignment_expression" => true,
            "return_statement" | "goto_statement" => span.contains(node.span),
            "binary_expression" => {
                node.field.as_deref() == Some("left")
                    || !matches!(node.operator.as_deref(), Some("&&" | "||"))
            }
            "if_statement" => node.field.as_deref() == Some("condition"),
            // What a pattern covers as a whole.
            _ => span.contains(node.span),
        })
}
