//! Which functions of a file decide what a patch of C is about, and by which statements. Judges none of them.

use super::code;
use crate::locate::FunctionTree;
use crate::series::step::{Edit, Expression, Step};
use crate::series::{Judge, Patch};
use crate::syntax::c::CFile;
use crate::text::{Source, Span};

/// A function that decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deciding {
    /// Its name.
    pub function: String,
    /// The statements that use the value which decides, each with the comment above it, blanks folded.
    pub statements: Vec<String>,
}

/// Returns whether the status of a patch depends on what a file at this path holds.
pub fn is_judged(patch: &Patch, path: &str) -> bool {
    deciding_step(patch).is_some_and(|step| {
        step.files.iter().any(|file| file == path) || step.elsewhere.matches(path)
    })
}

/// Returns the functions of a file that use the value which decides in another way than one that decides nothing.
pub fn deciding(patch: &Patch, source: &Source) -> Vec<Deciding> {
    let (Judge::Code(judge), Some(wanted)) = (&patch.judge, wanted(patch)) else {
        return Vec::new();
    };
    if !source.text().contains(judge.subject.as_str()) {
        return Vec::new();
    }
    let file = CFile::scan(source);
    let uses = code::uses(judge, wanted, &file);
    let functions = file.functions().into_iter();
    functions
        .filter_map(|function| {
            let own: Vec<Span> = uses
                .iter()
                .copied()
                .filter(|span| function.span.contains(*span))
                .collect();
            if own.is_empty() {
                return None;
            }
            let tree = FunctionTree::parse(&file, &function);
            let mut statements: Vec<Span> =
                own.into_iter().map(|span| tree.statement(span)).collect();
            statements.dedup();
            Some(Deciding {
                function: function.name,
                statements: statements
                    .into_iter()
                    .map(|span| told(&file, span))
                    .collect(),
            })
        })
        .collect()
}

/// Returns whether a file uses the value which decides outside of its functions, as in a macro: by playing functions alone nothing is
/// told of that.
pub fn strays(patch: &Patch, source: &Source) -> bool {
    let (Judge::Code(judge), Some(wanted)) = (&patch.judge, wanted(patch)) else {
        return false;
    };
    let file = CFile::scan(source);
    let functions = file.functions();
    let inside = |span: &Span| {
        functions
            .iter()
            .any(|function| function.span.contains(*span))
    };
    code::uses(judge, wanted, &file)
        .iter()
        .any(|span| !inside(span))
}

/// A statement and the comment above it, blanks folded.
fn told(file: &CFile, statement: Span) -> String {
    let start = file
        .comment_before(statement.start)
        .map_or(statement.start, |comment| comment.start);
    let text = file.source.slice(Span::new(start, statement.end));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn deciding_step(patch: &Patch) -> Option<&Step> {
    let name = match &patch.judge {
        Judge::Code(judge) => &judge.step,
        Judge::Scriptlet(judge) => &judge.step,
    };
    patch.steps.iter().find(|step| step.id.value == *name)
}

fn wanted(patch: &Patch) -> Option<&Expression> {
    match &deciding_step(patch)?.edit {
        Edit::Expression(wanted) => Some(wanted),
        Edit::Comment(_) | Edit::Insert(_) => None,
    }
}
