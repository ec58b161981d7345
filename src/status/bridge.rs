//! Comparisons in forms that structure does not know: would a right one in their place decide? Each is put in right words, and what
//! stands around it is judged as ever. Whether a form is right is not known here; playing it tells.

use super::Status;
use super::code;
use crate::locate::FunctionTree;
use crate::series::judge::CodeJudge;
use crate::series::step::{Edit, Expression};
use crate::series::{Judge, Patch};
use crate::syntax::c::{CFile, Function};
use crate::target::{Fault, Tree};
use crate::text::{Source, Span};

/// Functions of C's library that tell of their arguments alone.
const LIBRARY: [&str; 6] = ["abs", "difftime", "labs", "llabs", "memcmp", "sizeof"];

/// What is known of the comparisons of a tree beside their form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bridge {
    /// Whether only values that the series names are compared.
    pub is_known: bool,
    /// Whether right forms in their places would make the tree fixed.
    pub decides: bool,
}

/// Looks at the comparisons of a tree that structure does not know, or takes for wrong.
///
/// # Errors
/// Where a file can't be read.
pub fn bridge(patch: &Patch, tree: &Tree) -> Result<Bridge, Fault> {
    let Judge::Code(judge) = &patch.judge else {
        return Ok(Bridge::default());
    };
    let step = patch.steps.iter().find(|step| step.id.value == judge.step);
    let Some((step, Edit::Expression(wanted))) = step.map(|step| (step, &step.edit)) else {
        return Ok(Bridge::default());
    };
    let mut paths = step.files.clone();
    paths.extend(tree.list(&step.elsewhere)?);
    let mut bridged = tree.clone();
    let mut found = Bridge {
        is_known: true,
        decides: true,
    };
    for path in paths {
        let Some(blob) = tree.read(&path)? else {
            continue;
        };
        let source = Source::new(path.as_str(), blob.bytes.clone());
        if !source.text().contains(judge.subject.as_str()) {
            continue;
        }
        match reworded(judge, wanted, &source) {
            Reworded::As(text) => bridged = bridged.with(&path, text.into_bytes(), blob.mode),
            Reworded::Not { is_known } => {
                found.is_known &= is_known;
                found.decides = false;
            }
        }
    }
    found.decides &= code::judge(judge, patch, &bridged, ".").status == Status::Fixed;
    Ok(found)
}

/// A file with every open comparison in right words.
enum Reworded {
    As(String),
    /// It can't be done, and whether that is for a value that the series does not name.
    Not {
        is_known: bool,
    },
}

fn reworded(judge: &CodeJudge, wanted: &Expression, source: &Source) -> Reworded {
    let file = CFile::scan(source);
    let functions = file.functions();
    let mut changes: Vec<(Span, String)> = Vec::new();
    let mut not = None;
    for span in code::unsettled(judge, wanted, &file) {
        let function = functions.iter().find(|one| one.span.contains(span));
        let whole = function.map(|function| expression(&file, function, span));
        let Some(whole) = whole else {
            not = not.or(Some(true));
            continue;
        };
        match operand(judge, &file.code[whole.start..whole.end]) {
            Operand::Of(name) => {
                let text = format!("({name} != {}())", judge.subject);
                if !changes.iter().any(|(known, _)| known.contains(whole)) {
                    changes.push((whole, text));
                }
            }
            Operand::None => not = not.or(Some(true)),
            Operand::Unknown => not = Some(false),
        }
    }
    if let Some(is_known) = not {
        return Reworded::Not { is_known };
    }
    changes.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    let mut text = source.text().to_owned();
    for (span, right) in changes {
        text.replace_range(span.start..span.end, &right);
    }
    Reworded::As(text)
}

/// The whole expression that a use is compared in: up to what joins conditions.
fn expression(file: &CFile, function: &Function, used: Span) -> Span {
    let tree = FunctionTree::parse(file, function);
    let mut whole = used;
    for node in tree.ancestors(used) {
        let is_part = match node.kind.as_str() {
            _ if used.contains(node.span) => true,
            "binary_expression" => !matches!(node.operator.as_deref(), Some("&&" | "||")),
            "argument_list" | "call_expression" | "cast_expression" => true,
            "conditional_expression" | "parenthesized_expression" | "unary_expression" => true,
            _ => false,
        };
        if !is_part {
            break;
        }
        whole = node.span;
    }
    whole
}

/// What an expression compares.
enum Operand {
    /// A value that the series names.
    Of(String),
    /// Nothing.
    None,
    /// Something that the series does not name.
    Unknown,
}

fn operand(judge: &CodeJudge, code: &str) -> Operand {
    let code = code.replace("->", ".");
    let names = code.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '.');
    let is_number = |name: &str| name.starts_with(|c: char| c.is_ascii_digit());
    let others = names.filter(|name| {
        !name.is_empty() && *name != judge.subject && !is_number(name) && !LIBRARY.contains(name)
    });
    let mut operand = Operand::None;
    for name in others {
        let is_named = judge.holes.values().any(|hole| hole.is_match(name));
        match &operand {
            _ if !is_named => return Operand::Unknown,
            Operand::None if !is_type(name) => operand = Operand::Of(name.replace('.', "->")),
            _ => {}
        }
    }
    operand
}

fn is_type(name: &str) -> bool {
    let words = ["long", "int", "unsigned", "signed", "const"];
    words.contains(&name) || name.ends_with("_t")
}
