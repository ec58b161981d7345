//! Whether a right form has an effect: it is reached, it decides, and what follows discards the value. Does not know which forms are
//! right.

use crate::locate::FunctionTree;
use crate::series::judge::CodeJudge;
use crate::syntax::c::{self, CFile};
use crate::syntax::pattern::{Ancestor, Pattern};
use crate::text::Span;

/// What leaves a function, or the way through it.
const JUMPS: [&str; 2] = ["return_statement", "goto_statement"];

/// Returns why a right form has no effect, `None` where it has.
pub(super) fn idle(
    judge: &CodeJudge,
    file: &CFile,
    tree: &FunctionTree,
    span: Span,
) -> Option<&'static str> {
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
    if leaves_by_date(judge, file, tree, span, condition.span) {
        return Some("a condition on such a value leaves the way to it before");
    }
    if is_set(judge, file, tree, span) {
        return Some("what is compared is set in the same function");
    }
    if !takes_effect(judge, file, tree, condition.span) {
        return Some("nothing that is known to discard the value follows from it");
    }
    file.is_unused(&tree.function)
        .then_some("its function is not used")
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
                if !node.span.contains(found.span) || inner.contains(found.span) {
                    return false;
                }
                // All of the other side, not a part of it.
                let before = file.code[node.span.start..found.span.start]
                    .trim()
                    .is_empty();
                let after = file.code[found.span.end..node.span.end].trim().is_empty();
                before || after
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

/// Whether an `if` before the decision asks for a value of the kind that is compared, and leaves without discarding.
fn leaves_by_date(
    judge: &CodeJudge,
    file: &CFile,
    tree: &FunctionTree,
    comparison: Span,
    decision: Span,
) -> bool {
    let compared = &file.code[comparison.start..comparison.end];
    let asks =
        |condition: Span| of_one_kind(judge, compared, &file.code[condition.start..condition.end]);
    let leaves = |branch: Span| {
        let mut jumps = JUMPS.into_iter().flat_map(|kind| tree.nodes(kind));
        jumps.any(|jump| branch.contains(jump))
    };
    tree.nodes("if_statement").into_iter().any(|span| {
        let condition = tree.field(span, "condition");
        span.end <= decision.start
            && condition.is_some_and(asks)
            && leaves(span)
            && !takes_effect(judge, file, tree, span)
    })
}

/// Whether one side of a comparison is set to the other in the same function, or to another value of its kind; what is read from
/// elsewhere is no such thing.
fn is_set(judge: &CodeJudge, file: &CFile, tree: &FunctionTree, comparison: Span) -> bool {
    let compared = &file.code[comparison.start..comparison.end];
    let is_compared = |name: &str| {
        let is_name = name
            .chars()
            .all(|c| c.is_alphanumeric() || "_->.".contains(c));
        !name.is_empty() && is_name && c::words(compared, name).next().is_some()
    };
    let names = |text| -> Vec<&str> {
        let is_name = |word: &&str| word.starts_with(|c: char| c.is_alphabetic() || c == '_');
        words(text).filter(is_name).collect()
    };
    let is_made = |span: &Span| {
        let (left, right) = assigned(file, *span);
        let (own, made_of) = (names(left), names(right));
        let mut others = names(compared)
            .into_iter()
            .filter(|word| !own.contains(word));
        is_compared(left)
            && (of_one_kind(judge, compared, right) || others.any(|word| made_of.contains(&word)))
    };
    tree.nodes("assignment_expression").iter().any(is_made)
}

/// The words of a piece of code.
fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

/// Whether both pieces of code have a word that stands for the same value in the forms of the series.
fn of_one_kind(judge: &CodeJudge, one: &str, other: &str) -> bool {
    let mut holes = judge.holes.values();
    holes.any(|hole| {
        [one, other]
            .iter()
            .all(|code| words(code).any(|word| hole.is_match(word)))
    })
}

/// Splits an assignment into what is set, and what it is set to.
fn assigned(file: &CFile, span: Span) -> (&str, &str) {
    let code = &file.code[span.start..span.end];
    let (left, right) = code.split_once('=').unwrap_or((code, ""));
    let left = left.trim_end_matches(['+', '-', '*', '/', '|', '&', '^']);
    (left.trim(), right)
}

fn takes_effect(judge: &CodeJudge, file: &CFile, tree: &FunctionTree, condition: Span) -> bool {
    let Some(consequence) = tree.field(condition, "consequence") else {
        return false;
    };
    let patterns = judge.consequences.iter();
    let found = patterns.flat_map(|pattern| tree.uses(&file.source, pattern, &judge.holes));
    let found = found.map(|found| found.span);
    let found: Vec<Span> = found.filter(|span| consequence.contains(*span)).collect();
    let is_undone = |span: &Span| is_set_again(file, tree, consequence, *span);
    let counts = |span: &Span| {
        always_runs(tree, consequence, *span)
            && !leaves_before(file, tree, consequence, span.start)
            && (goes(tree, consequence, *span) || stands_apart(file, tree, condition))
    };
    found.iter().any(counts) && !found.iter().any(is_undone)
}

/// Whether what an effect sets is set to something else behind the label that its branch goes to.
fn is_set_again(file: &CFile, tree: &FunctionTree, branch: Span, effect: Span) -> bool {
    let (set, value) = assigned(file, effect);
    let code = |span: Span| &file.code[span.start..span.end];
    let jumps = tree.nodes("goto_statement").into_iter();
    let mut jumps = jumps.filter(|jump| branch.contains(*jump) && jump.start >= effect.end);
    let label = jumps.next().and_then(|jump| words(code(jump)).nth(1));
    let (Some(label), false) = (label, value.is_empty()) else {
        return false;
    };
    let labels = tree.nodes("labeled_statement").into_iter();
    let mut labels = labels.filter(|at| words(code(*at)).next() == Some(label));
    let Some(behind) = labels.next() else {
        return false;
    };
    let assignments = tree.nodes("assignment_expression").into_iter();
    let mut later = assignments.filter(|span| span.start >= behind.start);
    let value = value.trim_end_matches(';').trim();
    later.any(|span| {
        let (again, other) = assigned(file, span);
        again == set && other.trim() != value
    })
}

/// Whether the branch is left for good once what follows from the decision has run.
fn goes(tree: &FunctionTree, branch: Span, effect: Span) -> bool {
    let mut jumps = JUMPS.into_iter().flat_map(|kind| tree.nodes(kind));
    jumps.any(|jump| {
        effect.contains(jump)
            || (branch.contains(jump)
                && jump.start >= effect.end
                && always_runs(tree, branch, jump))
    })
}

/// Whether what else would happen is in the other branch: the value that it sets there is set nowhere behind.
fn stands_apart(file: &CFile, tree: &FunctionTree, decision: Span) -> bool {
    let Some(other) = tree.field(decision, "alternative") else {
        return false;
    };
    let assignments = tree.nodes("assignment_expression");
    let (within, behind): (Vec<Span>, Vec<Span>) = assignments
        .into_iter()
        .filter(|span| other.contains(*span) || span.start >= decision.end)
        .partition(|span| other.contains(*span));
    let set = |span: &Span| assigned(file, *span).0;
    let behind: Vec<&str> = behind.iter().map(set).collect();
    !within.is_empty() && !within.iter().map(set).any(|name| behind.contains(&name))
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
